//! Notifications: rules say who is told of what; deliveries leave through the outbox
//! (behaviour reference §10).

mod api;
mod deliver;
mod event;
mod publisher;
mod rule;

pub(crate) use deliver::register;
pub(crate) use event::{
    analyzer_failed, audit_changed, bom_failed, bom_processed, mirrored, new_matches, project_created,
};
pub(crate) use publisher::make_defaults;

use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = publisher::routes();
    routes.extend(api::routes());
    routes
}
