//! Searching over the wire.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::Method;
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::index::{self, Index};
use crate::server::{Access, AppState, Error, Result, Route, Scope, route};

pub(crate) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewPortfolio]);
    let manage = Access::Any(&[Permission::SystemConfiguration]);
    let searched = |route: Route, says: &'static str| {
        route.says(says).query("query", "string").gives(200, "SearchResult")
    };
    let of = |path: &'static str, index: Index, says: &'static str| {
        searched(
            route(
                Method::GET,
                path,
                view,
                move |State(state): State<AppState>, scope: Scope, wanted: Query<Wanted>| async move {
                    answer(&state, &scope, &wanted, &[index]).await
                },
            ),
            says,
        )
    };
    vec![
        searched(
            route(Method::GET, "/v1/search", view, everywhere),
            "Searches in everything but affected software.",
        ),
        of("/v1/search/project", Index::Project, "Searches projects."),
        of("/v1/search/component", Index::Component, "Searches components."),
        of("/v1/search/service", Index::Service, "Searches services."),
        of("/v1/search/license", Index::License, "Searches licences."),
        of("/v1/search/vulnerability", Index::Vulnerability, "Searches vulnerabilities."),
        of("/v1/search/vulnerablesoftware", Index::Software, "Searches affected software.")
            .query("cpe", "string"),
        route(Method::POST, "/v1/search/reindex", manage, reindex)
            .says("Answers a token of work that is done already: there is no index beside the tables.")
            .query("type", "string")
            .gives(200, "Token"),
    ]
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    query: Option<String>,
    cpe: Option<String>,
}

async fn answer(
    state: &AppState,
    scope: &Scope,
    wanted: &Wanted,
    indexes: &[Index],
) -> Result<axum::Json<Value>> {
    let given = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut results = Map::new();
    for index in indexes {
        let hits = match (index, given(&wanted.cpe), given(&wanted.query)) {
            (Index::Software, Some(cpe), _) => index::by_cpe(&state.db, &cpe).await?,
            (_, _, Some(query)) => index::search(&state.db, scope, *index, &query).await?,
            _ => Vec::new(),
        };
        results.insert(index.name().to_owned(), hits.into());
    }
    Ok(axum::Json(json!({ "results": results })))
}

async fn everywhere(
    State(state): State<AppState>,
    scope: Scope,
    wanted: Query<Wanted>,
) -> Result<axum::Json<Value>> {
    let all = [Index::Project, Index::Component, Index::Service, Index::Vulnerability, Index::License];
    answer(&state, &scope, &wanted, &all).await
}

/// The names of the indexes that version 4 has.
const INDEXES: [&str; 6] =
    ["PROJECT", "COMPONENT", "SERVICECOMPONENT", "VULNERABILITY", "LICENSE", "VULNERABLESOFTWARE"];

async fn reindex(Query(pairs): Query<Vec<(String, String)>>) -> Result<axum::Json<Value>> {
    let known = |name: &str| INDEXES.iter().any(|index| index.eq_ignore_ascii_case(name.trim()));
    if !pairs.iter().any(|(key, value)| key == "type" && known(value)) {
        return Err(Error::bad_request("No valid index type was provided"));
    }
    // Nothing waits for this token: whoever asks hears that it is done.
    let token: HashMap<&str, String> = HashMap::from([("token", uuid::Uuid::new_v4().to_string())]);
    Ok(axum::Json(json!(token)))
}
