//! Granting permissions (behaviour reference §11.4).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Permission, PermissionSet};

use super::view;
use crate::server::{Access, AppState, Error, Result, Route, route};

const MANAGE: Access = Access::Any(&[Permission::AccessManagement]);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/permission", MANAGE, list),
        route(Method::POST, "/v1/permission/{name}/team/{uuid}", MANAGE, grant_to_team),
        route(Method::DELETE, "/v1/permission/{name}/team/{uuid}", MANAGE, revoke_from_team),
        route(Method::POST, "/v1/permission/{name}/user/{username}", MANAGE, grant_to_user),
        route(Method::DELETE, "/v1/permission/{name}/user/{username}", MANAGE, revoke_from_user),
    ]
}

async fn list() -> Response {
    axum::Json(view::permissions(PermissionSet::from_iter(Permission::ALL))).into_response()
}

async fn grant_to_team(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_team(state, path, true).await
}

async fn revoke_from_team(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_team(state, path, false).await
}

async fn change_team(
    State(state): State<AppState>,
    Path((name, uuid)): Path<(String, String)>,
    grant: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, &uuid).await?;
    let team = team.ok_or_else(|| Error::not_found("The team could not be found."))?;
    let permission = parse(&name)?;
    let changed = if grant {
        state.identity.grant_to_team(&tx, team.id, permission).await?
    } else {
        state.identity.revoke_from_team(&tx, team.id, permission).await?
    };
    if !changed {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::team_short(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

async fn grant_to_user(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_user(state, path, true).await
}

async fn revoke_from_user(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_user(state, path, false).await
}

async fn change_user(
    State(state): State<AppState>,
    Path((name, username)): Path<(String, String)>,
    grant: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let user = state.identity.user_by_name(&tx, &username).await?;
    let user = user.ok_or_else(|| Error::not_found("The user could not be found."))?;
    let permission = parse(&name)?;
    let changed = if grant {
        state.identity.grant_to_user(&tx, user.id, permission).await?
    } else {
        state.identity.revoke_from_user(&tx, user.id, permission).await?
    };
    if !changed {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

fn parse(name: &str) -> Result<Permission> {
    Permission::parse(name).ok_or_else(|| Error::not_found("The permission could not be found."))
}
