//! Administration of users (behaviour reference §11.2).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{NewUser, Permission, User};
use serde::Deserialize;
use serde_json::Value;

use super::{given, view};
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, route, total};

const MANAGE: Access = Access::Any(&[Permission::AccessManagement]);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/user/managed", MANAGE, list),
        route(Method::PUT, "/v1/user/managed", MANAGE, create),
        route(Method::POST, "/v1/user/managed", MANAGE, update),
        route(Method::DELETE, "/v1/user/managed", MANAGE, delete),
        route(Method::GET, "/v1/user/ldap", MANAGE, none),
        route(Method::GET, "/v1/user/oidc", MANAGE, none),
        route(Method::POST, "/v1/user/{username}/membership", MANAGE, add_membership),
        route(Method::DELETE, "/v1/user/{username}/membership", MANAGE, remove_membership),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    username: Option<String>,
    fullname: Option<String>,
    email: Option<String>,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    force_password_change: bool,
    #[serde(default)]
    non_expiry_password: bool,
    new_password: Option<String>,
    confirm_password: Option<String>,
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    let (users, count) = state.identity.users(&state.db, page.offset, page.limit).await?;
    let mut out = Vec::with_capacity(users.len());
    for user in &users {
        out.push(view::user(&state.identity, &state.db, user).await?);
    }
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

/// There are no users from LDAP or OpenID Connect.
async fn none() -> Response {
    (total(0), axum::Json(Value::Array(Vec::new()))).into_response()
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let username = given(body.username.as_deref())
        .ok_or_else(|| Error::bad_request("Username cannot be null or blank."))?;
    let full_name = given(body.fullname.as_deref())
        .ok_or_else(|| Error::bad_request("The users full name is missing."))?;
    let email = given(body.email.as_deref())
        .ok_or_else(|| Error::bad_request("The users email address is missing."))?;
    let (Some(new), Some(confirm)) =
        (given(body.new_password.as_deref()), given(body.confirm_password.as_deref()))
    else {
        return Err(Error::bad_request("A password must be set."));
    };
    if new != confirm {
        return Err(Error::bad_request("The passwords do not match."));
    }
    let user = NewUser {
        username: username.to_owned(),
        full_name: Some(full_name.to_owned()),
        email: Some(email.to_owned()),
        password_hash: state.identity.hash_password(new).await?,
        suspended: body.suspended,
        force_password_change: body.force_password_change,
        non_expiry_password: body.non_expiry_password,
    };
    let tx = state.db.begin().await?;
    if state.identity.user_by_name(&tx, username).await?.is_some() {
        return Err(Error::conflict("A user with the same username already exists. Cannot create new user."));
    }
    state.identity.create_user(&tx, user).await?;
    let user = find(&state, &tx, username).await?;
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

async fn find(state: &AppState, sql: &impl storage::Sql, username: &str) -> Result<User> {
    let user = state.identity.user_by_name(sql, username).await?;
    user.ok_or_else(|| Error::not_found("The user could not be found."))
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let mut user = find(&state, &state.db, given(body.username.as_deref()).unwrap_or_default()).await?;
    let full_name = given(body.fullname.as_deref())
        .ok_or_else(|| Error::bad_request("The users full name is missing."))?;
    let email = given(body.email.as_deref())
        .ok_or_else(|| Error::bad_request("The users email address is missing."))?;
    user.full_name = Some(full_name.to_owned());
    user.email = Some(email.to_owned());
    user.suspended = body.suspended;
    user.force_password_change = body.force_password_change;
    user.non_expiry_password = body.non_expiry_password;
    let hash = match (given(body.new_password.as_deref()), given(body.confirm_password.as_deref())) {
        (Some(new), Some(confirm)) if new == confirm => Some(state.identity.hash_password(new).await?),
        (Some(_), Some(_)) => return Err(Error::bad_request("The passwords do not match.")),
        _ => None,
    };
    let tx = state.db.begin().await?;
    if let Some(hash) = hash {
        state.identity.set_password(&tx, user.id, hash, user.force_password_change).await?;
    }
    state.identity.update_user(&tx, &user).await?;
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

async fn delete(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let user = find(&state, &tx, given(body.username.as_deref()).unwrap_or_default()).await?;
    state.identity.delete_user(&tx, user.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct TeamReference {
    #[serde(default)]
    uuid: String,
}

async fn add_membership(
    state: State<AppState>,
    username: Path<String>,
    Json(team): Json<TeamReference>,
) -> Result<Response> {
    change_membership(state, username, team, true).await
}

async fn remove_membership(
    state: State<AppState>,
    username: Path<String>,
    Json(team): Json<TeamReference>,
) -> Result<Response> {
    change_membership(state, username, team, false).await
}

async fn change_membership(
    State(state): State<AppState>,
    Path(username): Path<String>,
    team: TeamReference,
    add: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, team.uuid.trim()).await?;
    let team = team.ok_or_else(|| Error::not_found("The team could not be found."))?;
    let user = find(&state, &tx, &username).await?;
    let changed = if add {
        state.identity.add_member(&tx, team.id, user.id).await?
    } else {
        state.identity.remove_member(&tx, team.id, user.id).await?
    };
    if !changed {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::member(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}
