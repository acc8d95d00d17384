//! Components of projects.

mod api;
mod body;
mod store;
mod view;

pub(crate) use api::routes;
pub(crate) use store::{COLUMNS, by_uuid, direct_dependencies_of_projects, identify_all};
pub(crate) use view::list_json;

use sea_orm::FromQueryResult;

use crate::package_version::{Coordinates, Identity};

/// A stored component. `details` is the rest of its JSON as it is answered.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Component {
    pub id: i64,
    pub uuid: String,
    pub project_id: i64,
    pub name: String,
    pub group_name: Option<String>,
    pub version: Option<String>,
    pub purl: Option<String>,
    pub purl_coordinates: Option<String>,
    pub cpe: Option<String>,
    pub swid_tag_id: Option<String>,
    pub classifier: String,
    pub scope: Option<String>,
    pub licence_id: Option<String>,
    pub details: String,
}

impl Component {
    /// What tells its package version apart.
    pub(crate) fn identity(&self) -> Identity {
        Identity::of(&Coordinates {
            purl: self.purl.as_deref(),
            cpe: self.cpe.as_deref(),
            group: self.group_name.as_deref(),
            name: &self.name,
            version: self.version.as_deref(),
            hint: None,
        })
    }
}
