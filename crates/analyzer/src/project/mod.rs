//! Projects: what components belong to, with versions, tags and a hierarchy.

mod api;
mod body;
mod clone;
mod concise;
mod nested;
mod property;
mod rule;
mod store;
mod view;
mod write;

pub(crate) use body::{apply, tag_names};
pub(crate) use clone::{Includes, clone, clone_refusal, register};
pub(crate) use nested::{contacts, organization, references};
pub(crate) use property::{KINDS, checked, reseal};
pub(crate) use rule::{Rules, scalar, text, word};
pub(crate) use store::{analysed, by_ids, by_name, by_uuid, insert, latest, set_tags, tags, update};
pub(crate) use view::{Show, author, json, list_json};

use sea_orm::FromQueryResult;

use crate::openapi::Schema;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    [api::routes(), write::routes(), clone::routes(), concise::routes(), property::routes()]
        .into_iter()
        .flatten()
        .collect()
}

pub(crate) const SCHEMAS: &[Schema] = view::SCHEMAS;

/// The kinds of thing a project or component can be.
pub(crate) const CLASSIFIERS: [&str; 14] = [
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
    "CRYPTOGRAPHIC_ASSET",
];

/// A project that is no collection.
pub(crate) const NO_COLLECTION: &str = "NONE";
/// A collection of the children with its tag.
const WITH_TAG: &str = "AGGREGATE_DIRECT_CHILDREN_WITH_TAG";
/// What the metrics of a project are taken from.
const LOGICS: [&str; 4] =
    [NO_COLLECTION, "AGGREGATE_DIRECT_CHILDREN", WITH_TAG, "AGGREGATE_LATEST_VERSION_CHILDREN"];

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
    /// Who supplied and made the last SBOM.
    pub metadata: Option<String>,
    pub collection_logic: String,
    pub collection_tag: Option<String>,
    pub active: bool,
    /// When it was made inactive; none for those of older releases.
    pub inactive_since: Option<i64>,
    pub is_latest: bool,
    pub last_bom_import: Option<i64>,
    pub last_bom_import_format: Option<String>,
    pub last_inherited_risk_score: Option<f64>,
    pub last_vulnerability_analysis: Option<i64>,
}

impl Project {
    /// A new, active project.
    pub(crate) fn new(name: String, version: Option<String>) -> Project {
        Project {
            uuid: uuid::Uuid::new_v4().to_string(),
            name,
            version,
            classifier: Some("APPLICATION".to_owned()),
            collection_logic: NO_COLLECTION.to_owned(),
            active: true,
            ..Project::default()
        }
    }

    /// Whether its metrics are taken from its children: such a project has no components of its own.
    pub(crate) fn is_collection(&self) -> bool {
        self.collection_logic != NO_COLLECTION
    }

    /// Whether something is otherwise that policies and collections ask of a project.
    fn weighs_otherwise(&self, other: &Project) -> bool {
        let texts = |one: &Project| {
            [
                &one.version,
                &one.group_name,
                &one.classifier,
                &one.cpe,
                &one.purl,
                &one.swid_tag_id,
                &one.collection_tag,
            ]
            .map(Clone::clone)
        };
        (self.parent_id, self.active, self.is_latest) != (other.parent_id, other.active, other.is_latest)
            || (&self.name, &self.collection_logic) != (&other.name, &other.collection_logic)
            || texts(self) != texts(other)
    }

    /// `group : name : version`, as notifications name it.
    pub(crate) fn title(&self) -> String {
        let parts = [self.group_name.as_deref(), Some(self.name.as_str()), self.version.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" : ")
    }
}
