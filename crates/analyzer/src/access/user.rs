//! Administration of users (behaviour reference §11.2).

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{NewUser, User, UserKind};
use serde::Deserialize;
use serde_json::Value;
use storage::Sql;

use super::{MANAGE, given, view};
use crate::notification;
use crate::server::{AppState, Error, Json, Page, Result, Route, route, total};

pub(super) fn routes() -> Vec<Route> {
    let (managed, ldap, oidc) = ("/v1/user/managed", "/v1/user/ldap", "/v1/user/oidc");
    vec![
        route(Method::GET, managed, MANAGE, list_managed)
            .says("Lists the users with a password here.")
            .paged()
            .gives(200, "[User]"),
        route(Method::PUT, managed, MANAGE, create)
            .says("Adds a user with a password.")
            .takes("ManagedUser")
            .gives(201, "User"),
        route(Method::POST, managed, MANAGE, update)
            .says("Changes a user with a password; the password only when it is given.")
            .takes("ManagedUser")
            .gives(200, "User"),
        route(Method::DELETE, managed, MANAGE, delete_managed)
            .says("Removes a user with a password.")
            .takes("UserName")
            .gives(204, "none"),
        route(Method::GET, ldap, MANAGE, list_ldap)
            .says("Lists the users of the LDAP directory.")
            .paged()
            .gives(200, "[User]"),
        route(Method::PUT, ldap, MANAGE, create_ldap)
            .says("Lets somebody of the LDAP directory log in.")
            .takes("UserName")
            .gives(201, "User"),
        route(Method::DELETE, ldap, MANAGE, delete_ldap)
            .says("Removes a user of the LDAP directory.")
            .takes("UserName")
            .gives(204, "none"),
        route(Method::GET, oidc, MANAGE, list_oidc)
            .says("Lists the users of OpenID Connect.")
            .paged()
            .gives(200, "[User]"),
        route(Method::PUT, oidc, MANAGE, create_oidc)
            .says("Lets somebody log in with OpenID Connect.")
            .takes("UserName")
            .gives(201, "User"),
        route(Method::DELETE, oidc, MANAGE, delete_oidc)
            .says("Removes a user of OpenID Connect.")
            .takes("UserName")
            .gives(204, "none"),
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

#[derive(Deserialize)]
struct Name {
    username: Option<String>,
}

async fn list_managed(state: State<AppState>, page: Page) -> Result<Response> {
    list(state, page, UserKind::Managed).await
}

async fn list_ldap(state: State<AppState>, page: Page) -> Result<Response> {
    list(state, page, UserKind::Ldap).await
}

async fn list_oidc(state: State<AppState>, page: Page) -> Result<Response> {
    list(state, page, UserKind::Oidc).await
}

async fn list(State(state): State<AppState>, page: Page, kind: UserKind) -> Result<Response> {
    let page = page.unless_asked_all();
    let search = page.search.as_deref().unwrap_or_default();
    let (users, count) = state.identity.users(&state.db, kind, search, (page.offset, page.limit)).await?;
    let out = view::users(&state.identity, &state.db, &users).await?;
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

fn username(text: Option<&str>) -> Result<&str> {
    given(text).ok_or_else(|| Error::bad_request("Username cannot be null or blank."))
}

fn full_name(text: Option<&str>) -> Result<&str> {
    given(text).ok_or_else(|| Error::bad_request("The users full name is missing."))
}

fn email(text: Option<&str>) -> Result<&str> {
    given(text).ok_or_else(|| Error::bad_request("The users email address is missing."))
}

/// Refuses a name that a user has, wherever the user is from.
async fn check_free(state: &AppState, sql: &impl Sql, username: &str) -> Result<()> {
    if state.identity.user_by_name(sql, username).await?.is_some() {
        return Err(Error::conflict("A user with the same username already exists. Cannot create new user."));
    }
    Ok(())
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let username = username(body.username.as_deref())?;
    let full_name = full_name(body.fullname.as_deref())?;
    let email = email(body.email.as_deref())?;
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
    tx.lock("identity users").await?;
    check_free(&state, &tx, username).await?;
    state.identity.create_user(&tx, user).await?;
    let user = find(&state, &tx, username).await?;
    notification::user_created(&tx, &user).await?;
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

async fn create_ldap(state: State<AppState>, body: Json<Name>) -> Result<Response> {
    create_of(state, body, UserKind::Ldap).await
}

async fn create_oidc(state: State<AppState>, body: Json<Name>) -> Result<Response> {
    create_of(state, body, UserKind::Oidc).await
}

async fn create_of(
    State(state): State<AppState>,
    Json(body): Json<Name>,
    kind: UserKind,
) -> Result<Response> {
    let username = username(body.username.as_deref())?;
    let tx = state.db.begin().await?;
    tx.lock("identity users").await?;
    check_free(&state, &tx, username).await?;
    state.identity.create_user_of(&tx, kind, username).await?;
    let user = find(&state, &tx, username).await?;
    notification::user_created(&tx, &user).await?;
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// The user with this name, wherever the user is from.
pub(super) async fn find(state: &AppState, sql: &impl Sql, username: &str) -> Result<User> {
    let user = state.identity.user_by_name(sql, username).await?;
    user.ok_or_else(|| Error::not_found("The user could not be found."))
}

async fn find_of(state: &AppState, sql: &impl Sql, username: Option<&str>, kind: UserKind) -> Result<User> {
    let user = find(state, sql, given(username).unwrap_or_default()).await?;
    match user.kind() == kind {
        true => Ok(user),
        false => Err(Error::not_found("The user could not be found.")),
    }
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let mut user = find_of(&state, &state.db, body.username.as_deref(), UserKind::Managed).await?;
    user.full_name = Some(full_name(body.fullname.as_deref())?.to_owned());
    user.email = Some(email(body.email.as_deref())?.to_owned());
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
        state.identity.end_sessions(&tx, user.id, None).await?;
    }
    state.identity.update_user(&tx, &user).await?;
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

async fn delete_managed(state: State<AppState>, body: Json<Name>) -> Result<StatusCode> {
    delete(state, body, UserKind::Managed).await
}

async fn delete_ldap(state: State<AppState>, body: Json<Name>) -> Result<StatusCode> {
    delete(state, body, UserKind::Ldap).await
}

async fn delete_oidc(state: State<AppState>, body: Json<Name>) -> Result<StatusCode> {
    delete(state, body, UserKind::Oidc).await
}

async fn delete(State(state): State<AppState>, Json(body): Json<Name>, kind: UserKind) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let user = find_of(&state, &tx, body.username.as_deref(), kind).await?;
    state.identity.delete_user(&tx, user.id).await?;
    notification::user_deleted(&tx, &user).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
