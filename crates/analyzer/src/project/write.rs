//! Making, changing and deleting projects, with the rules they must keep (behaviour reference §3.3).

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde_json::{Map, Value};
use storage::{Sql, Tx, params};

use super::api::uuid_not_found;
use super::body::Body;
use super::{Project, Show, json, store, tag_names};
use crate::access::acl;
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, Scope, Uuid, route};
use crate::{notification, policy};

const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);
/// How many projects can be deleted by one request.
const MOST: usize = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/project", MANAGE, create)
            .says("Makes a project.")
            .takes("Project")
            .gives(201, "Project"),
        route(Method::POST, "/v1/project", MANAGE, update)
            .says("Replaces all fields of a project.")
            .takes("Project")
            .gives(200, "Project"),
        route(Method::PATCH, "/v1/project/{uuid}", MANAGE, patch)
            .says("Changes the fields of a project that are sent.")
            .takes("Project")
            .gives(200, "Project")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/project/{uuid}", MANAGE, delete)
            .says("Deletes a project and everything below it.")
            .gives(204, "none"),
        route(Method::POST, "/v1/project/batchDelete", MANAGE, delete_many)
            .says("Deletes these projects, all or none.")
            .takes("[uuid]")
            .gives(204, "none"),
    ]
}

fn forbidden(text: &str) -> Error {
    Error::Text(StatusCode::FORBIDDEN, text.to_owned())
}

/// The parent that is asked for, checked against the rules of the hierarchy.
async fn parent(tx: &Tx, scope: &Scope, body: &Body, project: Option<&Project>) -> Result<Option<i64>> {
    let Some(parent) = body.get("parent") else { return Ok(None) };
    let uuid = parent.get("uuid").and_then(Value::as_str);
    let uuid = uuid.ok_or_else(|| Error::bad_request("parent.uuid must be provided when parent is set"))?;
    // A parent that does not exist is ignored, as the original does.
    let Some(parent) = store::by_uuid(tx, uuid).await? else { return Ok(None) };
    if !scope.allows(tx, parent.id).await? {
        return Err(forbidden("Access to the specified parent project is forbidden"));
    }
    if let Some(project) = project {
        if parent.id == project.id {
            return Err(Error::conflict("A project cannot select itself as a parent"));
        }
        if store::descendants(tx, project.id).await?.contains(&parent.id) {
            return Err(Error::conflict("The new parent project cannot be a child of the current project."));
        }
        if !parent.active && project.parent_id != Some(parent.id) {
            return Err(Error::conflict("An inactive project cannot be selected as a parent"));
        }
    } else if !parent.active {
        return Err(Error::conflict("An inactive Parent cannot be selected as parent"));
    }
    Ok(Some(parent.id))
}

/// Whether a version of this name may become the latest: that takes the mark from another one.
async fn latest_allowed(tx: &Tx, scope: &Scope, project: &Project) -> Result<()> {
    if !project.is_latest {
        return Ok(());
    }
    let Some(latest) = store::latest(tx, &project.name).await? else { return Ok(()) };
    if latest.id == project.id || scope.allows(tx, latest.id).await? {
        return Ok(());
    }
    Err(forbidden(
        "Cannot set this project version to latest. Access to current latest version is forbidden!",
    ))
}

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    Caller(caller): Caller,
    Json(body): Json<Body>,
) -> Result<Response> {
    body.check(true)?;
    let mut project = Project::new(String::new(), None);
    body.apply(&mut project, true)?;
    let tx = state.db.begin().await?;
    tx.lock("project names").await?;
    project.parent_id = parent(&tx, &scope, &body, None).await?;
    if store::by_name(&tx, &project.name, project.version.as_deref()).await?.is_some() {
        return Err(Error::conflict("A project with the specified name already exists."));
    }
    latest_allowed(&tx, &scope, &project).await?;
    project.id = store::insert(&tx, &project).await?;
    acl::on_creation(&tx, &state, &caller, body.get("accessTeams"), project.id).await?;
    if let Some(tags) = body.get("tags") {
        store::set_tags(&tx, project.id, &tag_names(tags)).await?;
    }
    notification::project_created(&tx, &project).await?;
    let show = Show { children: true, parent: true, ..Show::default() }.to(&state);
    let out = json(&tx, &project, show).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(out)).into_response())
}

/// Writes a changed project after checking the rules that changes must keep.
async fn save(tx: &Tx, scope: &Scope, before: &Project, project: &Project) -> Result<()> {
    if (&before.name, &before.version) != (&project.name, &project.version) {
        tx.lock("project names").await?;
        let other = store::by_name(tx, &project.name, project.version.as_deref()).await?;
        if other.is_some_and(|other| other.id != project.id) {
            return Err(Error::conflict("A project with the specified name and version already exists."));
        }
    }
    if project.is_collection() && !before.is_collection() && store::has_content(tx, project.id).await? {
        return Err(Error::conflict(
            "Project cannot be made a collection project while it has components or services!",
        ));
    }
    if before.active && !project.active {
        let sql = "SELECT count(*) FROM project WHERE parent_id = ? AND active";
        if tx.count(sql, params![project.id]).await? > 0 {
            return Err(Error::conflict("Project cannot be set to inactive if active children are present."));
        }
    }
    latest_allowed(tx, scope, project).await?;
    store::update(tx, project).await
}

async fn update(State(state): State<AppState>, scope: Scope, Json(body): Json<Body>) -> Result<Response> {
    body.check(true)?;
    let tx = state.db.begin().await?;
    let uuid = body.text("uuid").unwrap_or_default();
    let before = store::by_uuid(&tx, &uuid).await?.ok_or_else(uuid_not_found)?;
    scope.check(&tx, before.id).await?;
    let mut project = before.clone();
    body.apply(&mut project, true)?;
    project.parent_id = parent(&tx, &scope, &body, Some(&before)).await?;
    save(&tx, &scope, &before, &project).await?;
    let tags = body.get("tags").map(tag_names).unwrap_or_default();
    store::set_tags(&tx, project.id, &tags).await?;
    let out = json(&tx, &project, Show { parent: true, ..Show::default() }.to(&state)).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn patch(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    body: Option<Json<Body>>,
) -> Result<Response> {
    if let Some(Json(body)) = &body {
        body.check(false)?;
    }
    let tx = state.db.begin().await?;
    let before = store::by_uuid(&tx, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    scope.check(&tx, before.id).await?;
    let Some(Json(body)) = body else { return Ok(StatusCode::NOT_MODIFIED.into_response()) };
    let mut project = before.clone();
    body.apply(&mut project, false)?;
    if let Some(parent) = parent(&tx, &scope, &body, Some(&before)).await? {
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
    save(&tx, &scope, &before, &project).await?;
    let out =
        json(&tx, &project, Show { children: true, parent: true, ..Show::default() }.to(&state)).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn remove(tx: &Tx, project: &Project) -> Result<()> {
    // Children, components, analyses and metrics go with it.
    policy::project_changed(tx, project.id).await?;
    tx.execute("DELETE FROM project WHERE id = ?", params![project.id]).await?;
    Ok(())
}

async fn delete(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let project = store::by_uuid(&tx, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    scope.check(&tx, project.id).await?;
    remove(&tx, &project).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_many(
    State(state): State<AppState>,
    scope: Scope,
    Json(uuids): Json<Vec<String>>,
) -> Result<StatusCode> {
    if uuids.is_empty() || uuids.len() > MOST {
        let message = format!("size must be between 1 and {MOST}");
        return Err(Error::invalid("deleteProjects.arg0", &message, uuids.len()));
    }
    let tx = state.db.begin().await?;
    let mut kept = Map::new();
    let mut projects = Vec::new();
    for uuid in &uuids {
        match store::by_uuid(&tx, uuid).await? {
            None => {
                kept.insert(uuid.clone(), "Project not found".into());
            }
            Some(project) if scope.allows(&tx, project.id).await? => projects.push(project),
            Some(_) => {
                kept.insert(uuid.clone(), "Access denied to project".into());
            }
        }
    }
    if !kept.is_empty() {
        return Err(Error::Problem {
            status: StatusCode::BAD_REQUEST,
            title: "Project operation failed",
            detail: "The projects could not be deleted".to_owned(),
            errors: Some(kept.into()),
        });
    }
    for project in &projects {
        remove(&tx, project).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
