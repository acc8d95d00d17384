//! The description of the API, made from the routes and the shapes that they name (OpenAPI 3.1), and
//! the table of its operations.

mod document;
mod elsewhere;
mod operations;
mod shape;

use axum::http::{Method, header};
use axum::response::IntoResponse;

pub use document::document;
pub use elsewhere::{Elsewhere, NOT_ANSWERED};
pub use operations::operations;
pub(crate) use shape::Schema;

use crate::server::{Access, Route, route};

pub(crate) const SCHEMAS: &[Schema] = &[];

pub(crate) fn routes() -> Vec<Route> {
    let json = || async { axum::Json(document()) };
    // JSON is YAML, too.
    let yaml =
        || async { ([(header::CONTENT_TYPE, "application/yaml")], document().to_string()).into_response() };
    vec![
        route(Method::GET, "/openapi.json", Access::Public, json)
            .says("Describes the API, in JSON.")
            .gives(200, "any"),
        route(Method::GET, "/openapi.yaml", Access::Public, yaml)
            .says("Describes the API, in YAML.")
            .gives(200, "file"),
    ]
}
