//! Projects over the wire (behaviour reference §3.3 to §3.6).

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, Tx, params, sql::like};

use super::body::Body;
use super::{CLASSIFIERS, Project, Show, json, list_json, store, tag_names};
use crate::notification;
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Uuid, check_sort, route, total};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

const SORTABLE: [(&str, &str); 9] = [
    ("name", "p.name"),
    ("version", "p.version"),
    ("group", "p.group_name"),
    ("classifier", "p.classifier"),
    ("lastBomImport", "p.last_bom_import"),
    ("lastBomImportFormat", "p.last_bom_import_format"),
    ("lastInheritedRiskScore", "p.last_inherited_risk_score"),
    ("metrics.inheritedRiskScore", "p.last_inherited_risk_score"),
    ("active", "p.active"),
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/project", VIEW, list),
        route(Method::PUT, "/v1/project", MANAGE, create),
        route(Method::POST, "/v1/project", MANAGE, update),
        route(Method::POST, "/v1/project/batchDelete", MANAGE, delete_many),
        route(Method::GET, "/v1/project/lookup", VIEW, lookup),
        route(Method::GET, "/v1/project/latest/{name}", VIEW, latest),
        route(Method::GET, "/v1/project/tag/{tag}", VIEW, with_tag),
        route(Method::GET, "/v1/project/classifier/{classifier}", VIEW, with_classifier),
        route(Method::GET, "/v1/project/withoutDescendantsOf/{uuid}", VIEW, without_descendants),
        route(Method::GET, "/v1/project/{uuid}", VIEW, show),
        route(Method::PATCH, "/v1/project/{uuid}", MANAGE, patch),
        route(Method::DELETE, "/v1/project/{uuid}", MANAGE, delete),
        route(Method::GET, "/v1/project/{uuid}/children", VIEW, children),
        route(Method::GET, "/v1/project/{uuid}/children/tag/{tag}", VIEW, children_with_tag),
        route(
            Method::GET,
            "/v1/project/{uuid}/children/classifier/{classifier}",
            VIEW,
            children_with_classifier,
        ),
    ]
}

fn not_found() -> Error {
    Error::not_found("The project could not be found.")
}

fn uuid_not_found() -> Error {
    Error::not_found("The UUID of the project could not be found.")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    name: Option<String>,
    version: Option<String>,
    exclude_inactive: bool,
    only_root: bool,
}

/// A list: its conditions, their values, and what is shown.
async fn answer(
    state: &AppState,
    page: &Page,
    filter: &Filter,
    conditions: &[&str],
    values: Vec<storage::Value>,
    show: Show,
) -> Result<Response> {
    check_sort(page, "Project", &SORTABLE)?;
    let mut conditions: Vec<String> = conditions.iter().map(|c| (*c).to_owned()).collect();
    let mut values = values;
    if filter.exclude_inactive {
        conditions.push("p.active".to_owned());
    }
    if filter.only_root {
        conditions.push("p.parent_id IS NULL".to_owned());
    }
    if let Some(name) = filter.name.as_deref().filter(|name| !name.is_empty()) {
        conditions.push("p.name = ?".to_owned());
        values.push(name.into());
    }
    if let Some(search) = &page.search {
        conditions.push(
            "(lower(p.name) LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM project_tag t WHERE t.project_id = p.id AND t.name = ?))"
                .to_owned(),
        );
        values.push(like(search).into());
        values.push(search.to_lowercase().into());
    }
    let filter =
        if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    let count = state.db.count(&format!("SELECT count(*) FROM project p {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "p.name, p.version DESC", "p.id");
    let (limit, paging) = page.clause();
    values.extend(paging);
    let projects: Vec<Project> = state
        .db
        .rows(&format!("SELECT {} FROM project p {filter}{order}{limit}", store::COLUMNS), values)
        .await?;
    Ok((total(count), axum::Json(list_json(&state.db, &projects, show).await?)).into_response())
}

async fn list(State(state): State<AppState>, Query(filter): Query<Filter>, page: Page) -> Result<Response> {
    // Version 4 has no page unless one is asked for, and no metrics when a name is given.
    let page = page.unless_asked_all();
    let show =
        Show { children: filter.only_root, parent: true, metrics: filter.name.is_none(), versions: false };
    answer(&state, &page, &filter, &[], Vec::new(), show).await
}

async fn with_tag(
    State(state): State<AppState>,
    Path(tag): Path<String>,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let condition = "EXISTS (SELECT 1 FROM project_tag t WHERE t.project_id = p.id AND t.name = ?)";
    let values = params![tag.trim().to_lowercase()];
    answer(&state, &page, &filter, &[condition], values, Show { parent: true, ..Show::default() }).await
}

fn classifier(text: &str) -> Result<&str> {
    if CLASSIFIERS.contains(&text) {
        Ok(text)
    } else {
        Err(Error::bad_request("The classifier type specified is not valid."))
    }
}

async fn with_classifier(
    State(state): State<AppState>,
    Path(kind): Path<String>,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let values = params![classifier(&kind)?];
    answer(&state, &page, &filter, &["p.classifier = ?"], values, Show { parent: true, ..Show::default() })
        .await
}

async fn without_descendants(
    State(state): State<AppState>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let project = store::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    let below = store::descendants(&state.db, project.id).await?;
    let condition = format!("p.id NOT IN ({})", storage::marks(below.len()));
    let values = below.into_iter().map(Into::into).collect();
    answer(&state, &page, &filter, &[&condition], values, Show::default()).await
}

async fn children_where(
    state: &AppState,
    uuid: &Uuid,
    filter: &Filter,
    page: &Page,
    more: Option<(&str, String)>,
    show: Show,
) -> Result<Response> {
    let project = store::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    let mut conditions = vec!["p.parent_id = ?"];
    let mut values = params![project.id];
    if let Some((condition, value)) = more {
        conditions.push(condition);
        values.push(value.into());
    }
    answer(state, page, filter, &conditions, values, show).await
}

const FAMILY: Show = Show { children: true, parent: true, versions: false, metrics: false };

async fn children(
    State(state): State<AppState>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let show = Show { metrics: true, ..FAMILY };
    children_where(&state, &uuid, &filter, &page, None, show).await
}

async fn children_with_tag(
    State(state): State<AppState>,
    Path((_, tag)): Path<(String, String)>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let condition = "EXISTS (SELECT 1 FROM project_tag t WHERE t.project_id = p.id AND t.name = ?)";
    children_where(&state, &uuid, &filter, &page, Some((condition, tag.to_lowercase())), Show::default())
        .await
}

async fn children_with_classifier(
    State(state): State<AppState>,
    Path((_, kind)): Path<(String, String)>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let more = ("p.classifier = ?", classifier(&kind)?.to_owned());
    children_where(&state, &uuid, &filter, &page, Some(more), FAMILY).await
}

async fn lookup(State(state): State<AppState>, Query(filter): Query<Filter>) -> Result<axum::Json<Value>> {
    let name = filter.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).ok_or_else(not_found)?;
    let version = filter.version.as_deref().map(str::trim).filter(|version| !version.is_empty());
    let project = store::by_name(&state.db, name, version).await?.ok_or_else(not_found)?;
    let show = Show { versions: true, metrics: true, parent: true, children: false };
    Ok(axum::Json(json(&state.db, &project, show).await?))
}

async fn latest(State(state): State<AppState>, Path(name): Path<String>) -> Result<axum::Json<Value>> {
    let project = store::latest(&state.db, name.trim()).await?.ok_or_else(not_found)?;
    let show = Show { versions: true, metrics: true, parent: true, children: false };
    Ok(axum::Json(json(&state.db, &project, show).await?))
}

async fn show(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    let project = store::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    let show = Show { children: true, parent: true, versions: true, metrics: true };
    Ok(axum::Json(json(&state.db, &project, show).await?))
}

/// The parent that is asked for, checked against the rules of the hierarchy.
async fn parent(tx: &Tx, body: &Body, project: Option<&Project>) -> Result<Option<i64>> {
    let Some(parent) = body.get("parent") else { return Ok(None) };
    let uuid = parent.get("uuid").and_then(Value::as_str);
    let uuid = uuid.ok_or_else(|| Error::bad_request("parent.uuid must be provided when parent is set"))?;
    // A parent that does not exist is ignored, as the original does.
    let Some(parent) = store::by_uuid(tx, uuid).await? else { return Ok(None) };
    if let Some(project) = project {
        if parent.id == project.id {
            return Err(Error::conflict("A project cannot select itself as a parent"));
        }
        if store::descendants(tx, project.id).await?.contains(&parent.id) {
            return Err(Error::conflict("The new parent project cannot be a child of the current project."));
        }
        if !parent.active {
            return Err(Error::conflict("An inactive project cannot be selected as a parent"));
        }
    } else if !parent.active {
        return Err(Error::conflict("An inactive Parent cannot be selected as parent"));
    }
    Ok(Some(parent.id))
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    body.check(true)?;
    let mut project = Project::new(String::new(), None);
    body.apply(&mut project, true);
    let tx = state.db.begin().await?;
    tx.lock("project names").await?;
    if store::by_name(&tx, &project.name, project.version.as_deref()).await?.is_some() {
        return Err(Error::conflict("A project with the specified name already exists."));
    }
    project.parent_id = parent(&tx, &body, None).await?;
    project.id = store::insert(&tx, &project).await?;
    if let Some(tags) = body.get("tags") {
        store::set_tags(&tx, project.id, &tag_names(tags)).await?;
    }
    notification::project_created(&tx, &project).await?;
    let show = Show { children: true, parent: true, ..Show::default() };
    let out = json(&tx, &project, show).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(out)).into_response())
}

/// Writes a changed project after checking the rules that changes must keep.
async fn save(tx: &Tx, before: &Project, project: &Project) -> Result<()> {
    if (&before.name, &before.version) != (&project.name, &project.version) {
        tx.lock("project names").await?;
        let other = store::by_name(tx, &project.name, project.version.as_deref()).await?;
        if other.is_some_and(|other| other.id != project.id) {
            return Err(Error::conflict("A project with the specified name and version already exists."));
        }
    }
    if before.active && !project.active {
        let sql = "SELECT count(*) FROM project WHERE parent_id = ? AND active";
        if tx.count(sql, params![project.id]).await? > 0 {
            return Err(Error::conflict("Project cannot be set to inactive if active children are present."));
        }
    }
    store::update(tx, project).await
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    body.check(true)?;
    let tx = state.db.begin().await?;
    let uuid = body.text("uuid").unwrap_or_default();
    let before = store::by_uuid(&tx, &uuid).await?.ok_or_else(uuid_not_found)?;
    let mut project = before.clone();
    body.apply(&mut project, true);
    project.parent_id = parent(&tx, &body, Some(&project)).await?;
    save(&tx, &before, &project).await?;
    let tags = body.get("tags").map(tag_names).unwrap_or_default();
    store::set_tags(&tx, project.id, &tags).await?;
    let out = json(&tx, &project, Show { parent: true, ..Show::default() }).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn patch(State(state): State<AppState>, uuid: Uuid, body: Option<Json<Body>>) -> Result<Response> {
    let Some(Json(body)) = body else { return Ok(StatusCode::NOT_MODIFIED.into_response()) };
    body.check(false)?;
    let tx = state.db.begin().await?;
    let before = store::by_uuid(&tx, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    let mut project = before.clone();
    body.apply(&mut project, false);
    if let Some(parent) = parent(&tx, &body, Some(&before)).await? {
        project.parent_id = Some(parent);
    }
    let mut changed = format!("{before:?}") != format!("{project:?}");
    if let Some(tags) = body.get("tags").map(tag_names) {
        let mut wanted = tags.clone();
        wanted.sort();
        let present = store::tags(&tx, &[project.id]).await?.remove(&project.id).unwrap_or_default();
        if wanted != present {
            store::set_tags(&tx, project.id, &tags).await?;
            changed = true;
        }
    }
    if !changed {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    save(&tx, &before, &project).await?;
    let out = json(&tx, &project, Show { parent: true, ..Show::default() }).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn remove(tx: &Tx, project: &Project) -> Result<()> {
    // Children, components, analyses and metrics go with it.
    tx.execute("DELETE FROM project WHERE id = ?", params![project.id]).await?;
    Ok(())
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let project = store::by_uuid(&tx, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    remove(&tx, &project).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_many(State(state): State<AppState>, Json(uuids): Json<Vec<String>>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let mut missing = serde_json::Map::new();
    for uuid in &uuids {
        match store::by_uuid(&tx, uuid).await? {
            Some(project) => remove(&tx, &project).await?,
            None => {
                missing.insert(uuid.clone(), "Project not found".into());
            }
        }
    }
    if !missing.is_empty() {
        return Err(Error::Problem {
            status: StatusCode::BAD_REQUEST,
            title: "Project operation failed",
            detail: "The projects could not be deleted".to_owned(),
            errors: Some(missing.into()),
        });
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
