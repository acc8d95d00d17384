//! Granting permissions (behaviour reference §11.4).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Permission, PermissionSet};
use serde::Deserialize;

use super::{MANAGE, UNMAPPED, view};
use crate::server::{AppState, Error, Json, Result, Route, route, total};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/permission", MANAGE, list)
            .says("Lists the permissions that there are.")
            .gives(200, "[Permission]"),
        route(Method::PUT, "/v1/permission/team", MANAGE, set_of_team)
            .says("Grants exactly these permissions to a team.")
            .takes("TeamPermissions")
            .gives(200, "Team")
            .gives(304, "none"),
        route(Method::PUT, "/v1/permission/user", MANAGE, set_of_user)
            .says("Grants exactly these permissions to a user.")
            .takes("UserPermissions")
            .gives(200, "User")
            .gives(304, "none"),
        route(Method::POST, "/v1/permission/{permission}/team/{uuid}", MANAGE, grant_to_team)
            .says("Grants a permission to a team.")
            .gives(200, "Team")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/permission/{permission}/team/{uuid}", MANAGE, revoke_from_team)
            .says("Takes a permission from a team.")
            .gives(200, "Team")
            .gives(304, "none"),
        route(Method::POST, "/v1/permission/{permission}/user/{username}", MANAGE, grant_to_user)
            .says("Grants a permission to a user.")
            .gives(200, "User")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/permission/{permission}/user/{username}", MANAGE, revoke_from_user)
            .says("Takes a permission from a user.")
            .gives(200, "User")
            .gives(304, "none"),
    ]
}

async fn list() -> Response {
    let all = PermissionSet::from_iter(Permission::ALL);
    let count = i64::try_from(Permission::ALL.len()).unwrap_or(i64::MAX);
    (total(count), axum::Json(view::permissions(all))).into_response()
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
    let team = super::team::find(&state, &tx, &uuid).await?;
    let permission = parse(&name)?;
    let changed = if grant {
        state.identity.grant_to_team(&tx, team.id, permission).await?
    } else {
        state.identity.revoke_from_team(&tx, team.id, permission).await?
    };
    if !changed {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::team(&state.identity, &tx, &team).await?;
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
    let user = super::user::find(&state, &tx, &username).await?;
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

/// All of a list of names that a body has.
fn parse_all(names: &[String]) -> Result<PermissionSet> {
    let one = |name: &String| {
        Permission::parse(name)
            .ok_or_else(|| Error::problem(UNMAPPED, format!("There is no permission {name:?}.")))
    };
    names.iter().map(one).collect()
}

#[derive(Deserialize)]
struct TeamPermissions {
    team: String,
    permissions: Vec<String>,
}

async fn set_of_team(State(state): State<AppState>, Json(wanted): Json<TeamPermissions>) -> Result<Response> {
    let set = parse_all(&wanted.permissions)?;
    let tx = state.db.begin().await?;
    let team = super::team::find(&state, &tx, wanted.team.trim()).await?;
    if !state.identity.set_permissions_of_team(&tx, team.id, set).await? {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::team(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

#[derive(Deserialize)]
struct UserPermissions {
    username: String,
    permissions: Vec<String>,
}

async fn set_of_user(State(state): State<AppState>, Json(wanted): Json<UserPermissions>) -> Result<Response> {
    let set = parse_all(&wanted.permissions)?;
    let tx = state.db.begin().await?;
    let user = super::user::find(&state, &tx, wanted.username.trim()).await?;
    if !state.identity.set_permissions_of_user(&tx, user.id, set).await? {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}
