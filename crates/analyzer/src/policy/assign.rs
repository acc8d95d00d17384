//! Which projects and tags a policy is limited to.

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use storage::{Sql, Tx, params};

use super::api::MANAGE;
use super::mark::mark_policies;
use super::store::{Policy, by_uuid, json, not_found};
use crate::project;
use crate::server::{AppState, Error, Result, Route, Scope, Uuid, route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/policy/{uuid}/project/{projectUuid}", MANAGE, add_project)
            .says("Limits a policy to a project, beside those that it is limited to.")
            .gives(200, "Policy")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/policy/{uuid}/project/{projectUuid}", MANAGE, remove_project)
            .says("Takes a project from those that a policy is limited to.")
            .gives(200, "Policy")
            .gives(304, "none"),
        route(Method::POST, "/v1/policy/{uuid}/tag/{tagName}", MANAGE, add_tag)
            .says("Limits a policy to the projects with a tag. Deprecated.")
            .gives(200, "Policy")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/policy/{uuid}/tag/{tagName}", MANAGE, remove_tag)
            .says("Takes a tag from those that a policy is limited to. Deprecated.")
            .gives(200, "Policy")
            .gives(304, "none"),
    ]
}

async fn find(tx: &Tx, uuid: &str) -> Result<Policy> {
    if !Uuid::is_valid(uuid) {
        return Err(Uuid::refuse("operation", uuid));
    }
    by_uuid(tx, uuid).await?.ok_or_else(not_found)
}

async fn both(tx: &Tx, scope: &Scope, (policy, uuid): (String, String)) -> Result<(Policy, i64)> {
    if !Uuid::is_valid(&uuid) {
        return Err(Uuid::refuse("operation", &uuid));
    }
    let policy = find(tx, &policy).await?;
    let project = project::by_uuid(tx, &uuid).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(tx, project.id).await?;
    Ok((policy, project.id))
}

/// The policy as it is now; 304 when nothing changed.
async fn answer(tx: Tx, scope: &Scope, policy: Policy, changes: u64) -> Result<Response> {
    if changes == 0 {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    mark_policies(&tx, &[policy.id]).await?;
    let out = json(&tx, scope, &policy).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn add_project(
    State(state): State<AppState>,
    scope: Scope,
    Path(path): Path<(String, String)>,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let (policy, project) = both(&tx, &scope, path).await?;
    mark_policies(&tx, &[policy.id]).await?;
    let columns = ["policy_id", "project_id"];
    let rows = vec![params![policy.id, project]];
    let changes = tx.insert_many("policy_project", &columns, rows, "ON CONFLICT DO NOTHING").await?;
    answer(tx, &scope, policy, changes).await
}

async fn remove_project(
    State(state): State<AppState>,
    scope: Scope,
    Path(path): Path<(String, String)>,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let (policy, project) = both(&tx, &scope, path).await?;
    mark_policies(&tx, &[policy.id]).await?;
    let text = "DELETE FROM policy_project WHERE policy_id = ? AND project_id = ?";
    let changes = tx.execute(text, params![policy.id, project]).await?;
    answer(tx, &scope, policy, changes).await
}

/// The name of a tag that is in use somewhere.
async fn tag(tx: &Tx, name: &str) -> Result<String> {
    let name = name.trim().to_lowercase();
    let text = "SELECT (SELECT count(*) FROM project_tag WHERE name = ?) + (SELECT count(*) FROM policy_tag \
         WHERE name = ?) + (SELECT count(*) FROM notification_rule_tag WHERE name = ?)";
    if tx.count(text, params![name.clone(), name.clone(), name.clone()]).await? == 0 {
        return Err(Error::not_found("The tag could not be found."));
    }
    Ok(name)
}

async fn add_tag(
    State(state): State<AppState>,
    scope: Scope,
    Path((uuid, name)): Path<(String, String)>,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let policy = find(&tx, &uuid).await?;
    let name = tag(&tx, &name).await?;
    mark_policies(&tx, &[policy.id]).await?;
    let rows = vec![params![policy.id, name]];
    let changes =
        tx.insert_many("policy_tag", &["policy_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    answer(tx, &scope, policy, changes).await
}

async fn remove_tag(
    State(state): State<AppState>,
    scope: Scope,
    Path((uuid, name)): Path<(String, String)>,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let policy = find(&tx, &uuid).await?;
    let name = tag(&tx, &name).await?;
    mark_policies(&tx, &[policy.id]).await?;
    let text = "DELETE FROM policy_tag WHERE policy_id = ? AND name = ?";
    let changes = tx.execute(text, params![policy.id, name]).await?;
    answer(tx, &scope, policy, changes).await
}
