//! Components of projects.

mod api;
mod body;
mod internal;
mod list;
mod occurrence;
mod property;
mod store;
mod view;

pub(crate) use api::add;
pub(crate) use internal::{Internal, queue as queue_identification, register};
pub(crate) use list::{Picked, of, outdated, ranked, with_hash};
pub(crate) use store::{
    COLUMNS, by_row, by_uuid, direct_dependencies, direct_dependencies_of_projects, identify_all, occurrences,
};
pub(crate) use view::{Show, list_json};

use sea_orm::FromQueryResult;

use crate::openapi::Schema;
use crate::package_version::{Coordinates, Identity};
use crate::server::Route;

pub(crate) const SCHEMAS: &[Schema] = view::SCHEMAS;

pub(crate) fn routes() -> Vec<Route> {
    [list::routes(), api::routes(), property::routes(), occurrence::routes(), internal::routes()]
        .into_iter()
        .flatten()
        .collect()
}

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
    pub is_internal: bool,
    pub by_hand: bool,
    pub notes: Option<String>,
}

impl Component {
    /// A component that a person makes.
    pub(crate) fn by_hand(project_id: i64) -> Component {
        Component {
            id: 0,
            uuid: uuid::Uuid::new_v4().to_string(),
            project_id,
            name: String::new(),
            group_name: None,
            version: None,
            purl: None,
            purl_coordinates: None,
            cpe: None,
            swid_tag_id: None,
            classifier: String::new(),
            scope: None,
            licence_id: None,
            details: "{}".to_owned(),
            is_internal: false,
            by_hand: true,
            notes: None,
        }
    }

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
