//! Components over the wire (behaviour reference §4.2).

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value};
use storage::{Sql, Tx, params, sql::like};

use super::{COLUMNS, Component, body, by_uuid, view};
use crate::package_version::{self, Which};
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Uuid, check_sort, route, total};
use crate::{attribution, metrics, project};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);
const SORTABLE: [(&str, &str); 5] = [
    ("name", "c.name"),
    ("version", "c.version"),
    ("group", "c.group_name"),
    ("purl", "c.purl"),
    ("classifier", "c.classifier"),
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/component/project/{uuid}", VIEW, of_project),
        route(Method::PUT, "/v1/component/project/{uuid}", MANAGE, create),
        route(Method::POST, "/v1/component", MANAGE, update),
        route(Method::GET, "/v1/component/identity", VIEW, by_identity),
        route(Method::GET, "/v1/component/hash/{hash}", VIEW, by_hash),
        route(Method::GET, "/v1/component/{uuid}", VIEW, show),
        route(Method::DELETE, "/v1/component/{uuid}", MANAGE, delete),
    ]
}

fn not_found() -> Error {
    Error::not_found("The component could not be found.")
}

fn project_not_found() -> Error {
    Error::not_found("The project could not be found.")
}

async fn answer(
    state: &AppState,
    page: &Page,
    filter: &str,
    values: Vec<storage::Value>,
) -> Result<Response> {
    check_sort(page, "Component", &SORTABLE)?;
    let from = format!("FROM component c JOIN project p ON p.id = c.project_id WHERE {filter}");
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "c.name, c.version DESC", "c.id");
    let (limit, paging) = page.clause();
    let rows: Vec<Component> =
        state.db.rows(&format!("SELECT {COLUMNS} {from}{order}{limit}"), [values, paging].concat()).await?;
    Ok((total(count), axum::Json(view::list_json(&state.db, &rows).await?)).into_response())
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    only_outdated: bool,
    only_direct: bool,
}

async fn of_project(
    State(state): State<AppState>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(project_not_found)?;
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let mut condition =
        "c.project_id = ? AND (lower(c.name) LIKE ? ESCAPE '\\' OR lower(c.group_name) LIKE ? ESCAPE '\\')"
            .to_owned();
    if filter.only_direct {
        condition.push_str(
            " AND EXISTS (SELECT 1 FROM dependency d WHERE d.project_id = c.project_id \
             AND d.component_id IS NULL AND d.depends_on = c.id)",
        );
    }
    if filter.only_outdated {
        // Nothing is known about newer versions yet, so nothing is known to be outdated.
        condition.push_str(" AND c.id < 0");
    }
    answer(&state, &page, &condition, params![project.id, pattern.clone(), pattern]).await
}

async fn show(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    let component = by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    Ok(axum::Json(view::list_json(&state.db, &[component]).await?.pop().unwrap_or_default()))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    group: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    swid_tag_id: Option<String>,
    project: Option<String>,
    exclude_inactive_projects: bool,
    only_latest_project_versions: bool,
}

async fn by_identity(
    State(state): State<AppState>,
    Query(wanted): Query<Identity>,
    page: Page,
) -> Result<Response> {
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut add = |column: &str, text: String| {
        conditions.push(format!("lower({column}) LIKE ? ESCAPE '\\'"));
        values.push(like(&text).into());
    };
    let coordinates =
        [("c.group_name", &wanted.group), ("c.name", &wanted.name), ("c.version", &wanted.version)];
    let coordinates: Vec<_> =
        coordinates.iter().filter_map(|(column, text)| Some((*column, given(text)?))).collect();
    if !coordinates.is_empty() {
        coordinates.into_iter().for_each(|(column, text)| add(column, text));
    } else if let Some(purl) = given(&wanted.purl) {
        // What is not a package URL is no criterion.
        if let Some(purl) = sbom::parse_purl(&purl) {
            add("c.purl", purl.canonical);
        }
    } else if let Some(cpe) = given(&wanted.cpe) {
        add("c.cpe", cpe);
    } else if let Some(swid) = given(&wanted.swid_tag_id) {
        add("c.swid_tag_id", swid);
    }
    if conditions.is_empty() {
        return Ok((total(0), ()).into_response());
    }
    if let Some(uuid) = given(&wanted.project) {
        let project = project::by_uuid(&state.db, &uuid).await?.ok_or_else(project_not_found)?;
        conditions.push("c.project_id = ?".to_owned());
        values.push(project.id.into());
    }
    if wanted.exclude_inactive_projects {
        conditions.push("p.active".to_owned());
    }
    if wanted.only_latest_project_versions {
        conditions.push("p.is_latest".to_owned());
    }
    answer(&state, &page, &conditions.join(" AND "), values).await
}

async fn by_hash(State(state): State<AppState>, Path(hash): Path<String>, page: Page) -> Result<Response> {
    let condition = "EXISTS (SELECT 1 FROM component_hash h WHERE h.component_id = c.id AND h.value = ?)";
    answer(&state, &page, condition, params![hash.to_lowercase()]).await
}

/// Writes the row of a component and its hashes; analysed when the transaction is over.
async fn save(tx: &Tx, component: &mut Component, hashes: &[String]) -> Result<Option<i64>> {
    let identity = component.identity();
    let version = package_version::ensure(tx, std::slice::from_ref(&identity)).await?.remove(&identity.key());
    let row: Vec<(&str, storage::Value)> = vec![
        ("project_id", component.project_id.into()),
        ("package_version_id", version.into()),
        ("name", component.name.clone().into()),
        ("group_name", component.group_name.clone().into()),
        ("version", component.version.clone().into()),
        ("purl", component.purl.clone().into()),
        ("purl_coordinates", component.purl_coordinates.clone().into()),
        ("cpe", component.cpe.clone().into()),
        ("swid_tag_id", component.swid_tag_id.clone().into()),
        ("classifier", component.classifier.clone().into()),
        ("scope", component.scope.clone().into()),
        ("licence_id", component.licence_id.clone().into()),
        ("details", component.details.clone().into()),
        ("is_new", false.into()),
    ];
    if component.id == 0 {
        let mut row = row;
        row.push(("uuid", component.uuid.clone().into()));
        component.id = tx.insert("component", &row).await?;
    } else {
        tx.update("component", component.id, &row).await?;
        if let Some(version) = version {
            attribution::follow(tx, component.id, version).await?;
        }
        tx.execute("DELETE FROM component_hash WHERE component_id = ?", params![component.id]).await?;
    }
    let rows = hashes.iter().map(|hash| params![component.id, hash.clone()]).collect();
    tx.insert_many("component_hash", &["component_id", "value"], rows, "").await?;
    Ok(version)
}

async fn finish(state: &AppState, component: Component, version: Option<i64>) -> Result<Value> {
    if let Some(version) = version {
        package_version::analyse(&state.db, &[version], Which::Due).await?;
    }
    metrics::refresh(&state.db, component.project_id).await?;
    Ok(view::list_json(&state.db, &[component]).await?.pop().unwrap_or_default())
}

async fn create(
    State(state): State<AppState>,
    uuid: Uuid,
    Json(sent): Json<Map<String, Value>>,
) -> Result<Response> {
    let mut component = Component {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        project_id: 0,
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
    };
    let hashes = body::read(&sent, &mut component)?;
    let tx = state.db.begin().await?;
    component.project_id = project::by_uuid(&tx, uuid.as_str()).await?.ok_or_else(project_not_found)?.id;
    let version = save(&tx, &mut component, &hashes).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(finish(&state, component, version).await?)).into_response())
}

async fn update(State(state): State<AppState>, Json(sent): Json<Map<String, Value>>) -> Result<Response> {
    let uuid = sent.get("uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let tx = state.db.begin().await?;
    let unknown = || Error::not_found("The UUID of the component could not be found.");
    let mut component = by_uuid(&tx, &uuid).await?.ok_or_else(unknown)?;
    let hashes = body::read(&sent, &mut component)?;
    let version = save(&tx, &mut component, &hashes).await?;
    tx.commit().await?;
    Ok(axum::Json(finish(&state, component, version).await?).into_response())
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let unknown = || Error::not_found("The UUID of the component could not be found.");
    let component = by_uuid(&tx, uuid.as_str()).await?.ok_or_else(unknown)?;
    tx.execute("DELETE FROM component WHERE id = ?", params![component.id]).await?;
    tx.commit().await?;
    metrics::refresh(&state.db, component.project_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
