//! The dictionary of weaknesses (CWE): built in, and what a mirrored one has beyond it.

use std::collections::BTreeMap;
use std::sync::RwLock;

use advisories::cwe;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use crate::server::{Access, Error, Page, Result, Route, route, total};

pub(crate) const SCHEMAS: &[crate::openapi::Schema] =
    &[crate::openapi::Schema { name: "Cwe", members: "cweId!: integer\nname!: string" }];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/cwe", Access::Authenticated, list)
            .says("Lists the weaknesses of the dictionary.")
            .paged()
            .gives(200, "[Cwe]"),
        route(Method::GET, "/v1/cwe/{id}", Access::Authenticated, show)
            .says("Shows a weakness.")
            .gives(200, "Cwe"),
    ]
}

/// Names that the database has otherwise than the built-in dictionary. Every answer with a weakness
/// needs them, and they change once or twice a year.
static NAMES: RwLock<BTreeMap<u32, String>> = RwLock::new(BTreeMap::new());

/// Reads the names of the database.
pub(crate) async fn load(sql: &impl Sql) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        name: String,
    }
    let rows: Vec<Row> = sql.rows("SELECT id, name FROM cwe", params![]).await?;
    if let Ok(mut names) = NAMES.write() {
        *names = rows.into_iter().filter_map(|row| Some((row.id.try_into().ok()?, row.name))).collect();
    }
    Ok(())
}

/// Keeps the names that the built-in dictionary has not, or otherwise. How many there are.
pub(crate) async fn store(tx: &Tx, dictionary: &[(u32, String)]) -> Result<usize> {
    let rows: Vec<_> = dictionary
        .iter()
        .filter(|(id, name)| cwe::name(*id) != Some(name.as_str()))
        .map(|(id, name)| params![i64::from(*id), name.clone()])
        .collect();
    let count = rows.len();
    tx.execute("DELETE FROM cwe", params![]).await?;
    tx.insert_many("cwe", &["id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    Ok(count)
}

/// The name of a weakness; of an unknown one its number.
pub(crate) fn name(id: u32) -> String {
    find(id).unwrap_or_else(|| format!("CWE-{id}"))
}

fn find(id: u32) -> Option<String> {
    let stored = NAMES.read().ok().and_then(|names| names.get(&id).cloned());
    stored.or_else(|| cwe::name(id).map(str::to_owned))
}

async fn list(page: Page) -> Response {
    let mut all: BTreeMap<u32, String> =
        cwe::all().iter().map(|(id, name)| (*id, (*name).to_owned())).collect();
    if let Ok(names) = NAMES.read() {
        all.extend(names.iter().map(|(id, name)| (*id, name.clone())));
    }
    let wanted = page.search.as_deref().unwrap_or_default().to_lowercase();
    let found: Vec<Value> = all
        .into_iter()
        .filter(|(id, name)| id.to_string().contains(&wanted) || name.to_lowercase().contains(&wanted))
        .map(|(id, name)| json!({ "cweId": id, "name": name }))
        .collect();
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let shown: Vec<Value> = found.into_iter().skip(skip).take(take).collect();
    (total(count), axum::Json(shown)).into_response()
}

async fn show(Path(id): Path<String>) -> Result<Response> {
    let number: u32 = id.parse().map_err(|_| Error::Empty(StatusCode::NOT_FOUND))?;
    let name = find(number).ok_or_else(|| Error::not_found("The CWE could not be found."))?;
    Ok(axum::Json(json!({ "cweId": number, "name": name })).into_response())
}
