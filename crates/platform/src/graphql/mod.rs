//! The GraphQL API of the platform: published names, one file a noun.

mod asset;
mod caller;
mod company;
mod component;
mod integration;
mod issue;
mod issue_input;
mod limit;
mod loader;
mod mutation;
mod policy;
mod query;
mod scalar;
mod serve;
mod subscription;
mod sync;

pub use serve::router;

use async_graphql::{InputType, Schema};

use crate::{Error, Result};
use mutation::Mutation;
use query::Query;
use subscription::Subscription;

type Api = Schema<Query, Mutation, Subscription>;

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<issue::FindingInterface>()
        .register_output_type::<issue::BaseFields>()
        .limit_depth(15)
        .limit_complexity(400)
}

/// The schema in the schema definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

/// A filter of issues as it is written in JSON.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong with it.
pub(crate) fn filter_from_json(json: serde_json::Value, viewer: Option<i64>) -> Result<crate::issue::Filter> {
    let told = |what: String| Error::invalid("filters", what);
    let value = async_graphql::Value::from_json(json).map_err(|e| told(e.to_string()))?;
    let input = issue_input::IssuesFiltersInput::parse(Some(value))
        .map_err(|e| told(e.into_server_error(Default::default()).message))?;
    Ok(input.filter(viewer))
}
