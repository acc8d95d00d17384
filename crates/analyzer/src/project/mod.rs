//! Projects: what components belong to, with versions, tags and a hierarchy.

mod api;
mod body;
mod store;
mod view;

pub(crate) use api::routes;
pub(crate) use body::tag_names;
pub(crate) use store::{by_ids, by_name, by_uuid, descendants, insert, set_tags, tags, update};
pub(crate) use view::{Show, json, list_json};

use sea_orm::FromQueryResult;

/// The kinds of thing a project or component can be.
pub(crate) const CLASSIFIERS: [&str; 13] = [
    "MACHINE_LEARNING_MODEL",
    "CONTAINER",
    "DATA",
    "OPERATING_SYSTEM",
    "APPLICATION",
    "DEVICE_DRIVER",
    "PLATFORM",
    "DEVICE",
    "NONE",
    "LIBRARY",
    "FILE",
    "FRAMEWORK",
    "FIRMWARE",
];

/// A stored project. Lists and nested objects are JSON texts in the shape they are answered in.
#[derive(Debug, Clone, Default, FromQueryResult)]
pub(crate) struct Project {
    pub id: i64,
    pub uuid: String,
    pub parent_id: Option<i64>,
    pub name: String,
    pub version: Option<String>,
    pub group_name: Option<String>,
    pub publisher: Option<String>,
    pub description: Option<String>,
    pub classifier: Option<String>,
    pub cpe: Option<String>,
    pub purl: Option<String>,
    pub swid_tag_id: Option<String>,
    pub authors: Option<String>,
    pub supplier: Option<String>,
    pub manufacturer: Option<String>,
    pub external_references: Option<String>,
    pub active: bool,
    pub is_latest: bool,
    pub last_bom_import: Option<i64>,
    pub last_bom_import_format: Option<String>,
    pub last_inherited_risk_score: Option<f64>,
}

impl Project {
    /// A new, active project.
    pub(crate) fn new(name: String, version: Option<String>) -> Project {
        Project {
            uuid: uuid::Uuid::new_v4().to_string(),
            name,
            version,
            classifier: Some("APPLICATION".to_owned()),
            active: true,
            ..Project::default()
        }
    }

    /// `group : name : version`, as notifications name it.
    pub(crate) fn title(&self) -> String {
        let parts = [self.group_name.as_deref(), Some(self.name.as_str()), self.version.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" : ")
    }
}
