//! Groups of licences, with which policies forbid or allow many at once (behaviour reference §2.2).

mod api;
mod defaults;

pub(crate) use api::{SCHEMAS, routes};
pub(crate) use defaults::make_defaults;
