//! Services over the wire.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde_json::{Map, Value};
use storage::{Sql, params, sql::like};

use super::{COLUMNS, Service, body, store, view};
use crate::project;
use crate::server::{
    Access, AppState, Error, Json, Page, Result, Route, Scope, Uuid, check_sort, route, total,
};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

const SORTABLE: [(&str, &str); 5] = [
    ("name", "s.name"),
    ("version", "s.version"),
    ("group", "s.group_name"),
    ("description", "s.description"),
    ("uuid", "s.uuid"),
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/service/project/{uuid}", VIEW, of_project)
            .says("Lists the services of a project.")
            .paged()
            .gives(200, "[Service]"),
        route(Method::PUT, "/v1/service/project/{uuid}", MANAGE, create)
            .says("Adds a service to a project.")
            .takes("NewService")
            .gives(201, "Service"),
        route(Method::POST, "/v1/service", MANAGE, update)
            .says("Replaces all fields of a service.")
            .takes("NewService")
            .gives(200, "Service"),
        route(Method::GET, "/v1/service/{uuid}", VIEW, show).says("Shows a service.").gives(200, "Service"),
        route(Method::DELETE, "/v1/service/{uuid}", MANAGE, delete)
            .says("Deletes a service.")
            .gives(204, "none"),
    ]
}

/// The service with this uuid, if the caller may see it.
async fn visible(sql: &impl Sql, scope: &Scope, uuid: &str, unknown: &str) -> Result<Service> {
    let service = match Uuid::is_valid(uuid) {
        true => store::by_uuid(sql, uuid).await?,
        false => None,
    };
    let service = service.ok_or_else(|| Error::not_found(unknown))?;
    if scope.allows(sql, service.project_id).await? {
        return Ok(service);
    }
    let text = "Access to the specified service is forbidden";
    Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()))
}

const UNKNOWN: &str = "The service could not be found.";
const UNKNOWN_UUID: &str = "The UUID of the service could not be found.";

async fn of_project(State(state): State<AppState>, scope: Scope, uuid: Uuid, page: Page) -> Result<Response> {
    check_sort(&page, "ServiceComponent", &SORTABLE)?;
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let values = params![project.id, pattern.clone(), pattern];
    let from = "FROM service s WHERE s.project_id = ? \
         AND (lower(s.name) LIKE ? ESCAPE '\\' OR lower(s.group_name) LIKE ? ESCAPE '\\')";
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "s.name, s.version DESC", "s.id");
    let (limit, paging) = page.clause();
    let text = format!("SELECT {COLUMNS} {from}{order}{limit}");
    let rows: Vec<Service> = state.db.rows(&text, [values, paging].concat()).await?;
    Ok((total(count), axum::Json(view::list_json(&state.db, &rows).await?)).into_response())
}

async fn one(state: &AppState, service: &Service) -> Result<Value> {
    Ok(view::list_json(&state.db, std::slice::from_ref(service)).await?.pop().unwrap_or_default())
}

async fn show(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<axum::Json<Value>> {
    let service = visible(&state.db, &scope, uuid.as_str(), UNKNOWN).await?;
    Ok(axum::Json(one(&state, &service).await?))
}

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(sent): Json<Map<String, Value>>,
) -> Result<Response> {
    let mut service = Service {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        project_id: 0,
        name: String::new(),
        group_name: None,
        version: None,
        description: None,
        details: "{}".to_owned(),
        by_hand: true,
        notes: None,
    };
    body::read(&sent, &mut service)?;
    let tx = state.db.begin().await?;
    let project = project::by_uuid(&tx, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&tx, project.id).await?;
    if project.is_collection() {
        return Err(Error::bad_request("Collection project cannot contain services."));
    }
    service.project_id = project.id;
    store::save(&tx, &mut service).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(one(&state, &service).await?)).into_response())
}

async fn update(
    State(state): State<AppState>,
    scope: Scope,
    Json(sent): Json<Map<String, Value>>,
) -> Result<axum::Json<Value>> {
    let uuid = sent.get("uuid").and_then(Value::as_str).unwrap_or_default();
    let tx = state.db.begin().await?;
    let mut service = visible(&tx, &scope, uuid, UNKNOWN_UUID).await?;
    body::read(&sent, &mut service)?;
    store::save(&tx, &mut service).await?;
    tx.commit().await?;
    Ok(axum::Json(one(&state, &service).await?))
}

async fn delete(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let service = visible(&tx, &scope, uuid.as_str(), UNKNOWN_UUID).await?;
    tx.execute("DELETE FROM service WHERE id = ?", params![service.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
