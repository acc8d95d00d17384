//! Services of projects: what they call over a network (behaviour reference §4.5).

mod api;
mod body;
mod store;
mod view;

pub(crate) use api::routes;
pub(crate) use store::ingest;
pub(crate) use view::SCHEMAS;

use sea_orm::FromQueryResult;

/// A stored service. `details` is the rest of its JSON as it is answered.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Service {
    pub id: i64,
    pub uuid: String,
    pub project_id: i64,
    pub name: String,
    pub group_name: Option<String>,
    pub version: Option<String>,
    pub description: Option<String>,
    pub details: String,
    pub by_hand: bool,
    pub notes: Option<String>,
}

const COLUMNS: &str = "s.id, s.uuid, s.project_id, s.name, s.group_name, s.version, s.description, s.details, \
     s.by_hand, s.notes";
