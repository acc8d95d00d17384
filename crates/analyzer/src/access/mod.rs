//! Users, teams, API keys and permissions over the wire, as Dependency-Track 4.14 speaks of them.
//!
//! The objects themselves live in the `identity` crate; here are only their shapes and refusals.

mod permission;
mod session;
mod team;
mod user;
mod view;

use crate::server::Route;

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    let mut routes = session::routes();
    routes.extend(user::routes());
    routes.extend(team::routes());
    routes.extend(permission::routes());
    routes
}

/// A text without surrounding white space, or none when nothing is left (behaviour reference §1.1).
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
