//! Search in everything (behaviour reference §13.1), in the tables themselves: what is written is
//! found at once, and nobody finds what he may not see.

mod api;
mod index;

pub(crate) use api::routes;

use crate::openapi::Schema;

pub(crate) const SCHEMAS: &[Schema] = &[Schema { name: "SearchResult", members: "results!: any" }];
