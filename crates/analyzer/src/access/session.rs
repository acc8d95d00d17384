//! Logging in and out, the forced change of a password, and a user's own account (behaviour reference
//! §11.1).

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{LoginError, PasswordChangeError, Permission, Principal, PrincipalKind, UserKind};
use serde::Deserialize;

use super::{given, view};
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, route};

pub(super) fn routes() -> Vec<Route> {
    const FORM: &str = "application/x-www-form-urlencoded";
    vec![
        route(Method::POST, "/v1/user/login", Access::Public, login)
            .says("Begins a session; the answer is its token.")
            .takes_as(FORM, "Login")
            .gives(200, "text"),
        route(Method::POST, "/v1/user/oidc/login", Access::Public, login_with_provider)
            .says("Begins a session with tokens of the OpenID Connect provider; 204 when there is none.")
            .takes_as(FORM, "OidcLogin")
            .gives(200, "text")
            .gives(204, "none"),
        route(Method::POST, "/v1/user/forceChangePassword", Access::Public, force_change_password)
            .says("Changes a password by whoever knows the present one.")
            .takes_as(FORM, "PasswordChange")
            .gives(200, "none"),
        route(Method::POST, "/v1/user/logout", Access::Authenticated, logout)
            .says("Ends the session: its token is no longer valid.")
            .gives(204, "none"),
        route(Method::GET, "/v1/user/self", Access::Authenticated, show_self)
            .says("Shows the user of the session.")
            .gives(200, "User"),
        route(Method::POST, "/v1/user/self", Access::Authenticated, update_self)
            .says("Changes the user of the session.")
            .takes("SelfUpdate")
            .gives(200, "User"),
        route(Method::GET, "/v1/user/self/permissions", Access::Authenticated, own_permissions)
            .says("Lists the permissions of the user of the session, those of teams included.")
            .gives(200, "[string]"),
    ]
}

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

fn text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain;charset=iso-8859-1")], body).into_response()
}

fn refusal(error: LoginError) -> Result<Response> {
    match error {
        LoginError::Other(error) => Err(error.into()),
        LoginError::Suspended | LoginError::UnmappedAccount => {
            Ok(text(StatusCode::FORBIDDEN, error.to_string()))
        }
        _ => Ok(text(StatusCode::UNAUTHORIZED, error.to_string())),
    }
}

async fn login(State(state): State<AppState>, form: Result<Form<Login>, FormRejection>) -> Result<Response> {
    // Anything but a form is refused as the original does: 415, no body.
    let Ok(Form(form)) = form else { return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()) };
    match state.identity.login(&form.username, &form.password).await {
        Ok(token) => Ok(text(StatusCode::OK, token)),
        Err(error) => refusal(error),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OidcLogin {
    #[serde(default)]
    id_token: String,
    access_token: Option<String>,
}

async fn login_with_provider(
    State(state): State<AppState>,
    form: Result<Form<OidcLogin>, FormRejection>,
) -> Result<Response> {
    let Ok(Form(form)) = form else { return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()) };
    if !state.identity.has_provider().await {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let access_token = given(form.access_token.as_deref());
    match state.identity.login_with_provider(form.id_token.trim(), access_token).await {
        Ok(token) => Ok(text(StatusCode::OK, token)),
        Err(error) => refusal(error),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    confirm_password: String,
}

async fn force_change_password(
    State(state): State<AppState>,
    form: Result<Form<Change>, FormRejection>,
) -> Result<Response> {
    let Ok(Form(form)) = form else { return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()) };
    let changed = state
        .identity
        .change_password(&form.username, &form.password, &form.new_password, &form.confirm_password)
        .await;
    match changed {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(PasswordChangeError::Login(error)) => refusal(error),
        Err(error) => Ok(text(StatusCode::NOT_ACCEPTABLE, error.to_string())),
    }
}

/// API keys have no session; for them there is nothing to end.
async fn logout(State(state): State<AppState>, Caller(caller): Caller) -> Result<StatusCode> {
    if let Some(session) = &caller.session {
        state.identity.end_session(session).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The user behind a session; API keys have none.
async fn own_account(state: &AppState, caller: &Principal) -> Result<identity::User> {
    let id = caller.user_id().ok_or(Error::Unauthorized)?;
    state.identity.users_by_id(&state.db, &[id]).await?.pop().ok_or(Error::Unauthorized)
}

async fn show_self(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response> {
    let user = own_account(&state, &caller).await?;
    Ok(axum::Json(view::user(&state.identity, &state.db, &user).await?).into_response())
}

/// With all that follows from a permission, so that a client needs to know nothing of that.
async fn own_permissions(Caller(caller): Caller) -> Result<axum::Json<Vec<&'static str>>> {
    let PrincipalKind::User { .. } = caller.kind else { return Err(Error::Unauthorized) };
    Ok(axum::Json(caller.permissions.iter().map(Permission::as_str).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    fullname: Option<String>,
    email: Option<String>,
    new_password: Option<String>,
    confirm_password: Option<String>,
}

async fn update_self(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Json(update): Json<Update>,
) -> Result<Response> {
    let mut user = own_account(&state, &caller).await?;
    if user.kind() != UserKind::Managed {
        // What is known of them comes from elsewhere.
        let user = view::user(&state.identity, &state.db, &user).await?;
        return Ok((StatusCode::BAD_REQUEST, axum::Json(user)).into_response());
    }
    let full_name =
        given(update.fullname.as_deref()).ok_or_else(|| Error::bad_request("Full name is required."))?;
    let email =
        given(update.email.as_deref()).ok_or_else(|| Error::bad_request("Email address is required."))?;
    user.full_name = Some(full_name.to_owned());
    user.email = Some(email.to_owned());
    let hash = match given(update.new_password.as_deref()) {
        Some(_) if update.new_password != update.confirm_password => {
            return Err(Error::bad_request("Passwords do not match."));
        }
        Some(new) => Some(state.identity.hash_password(new).await?),
        None => None,
    };
    let tx = state.db.begin().await?;
    state.identity.update_user(&tx, &user).await?;
    if let Some(hash) = hash {
        state.identity.set_password(&tx, user.id, hash, false).await?;
        // Whoever else may know the old password is out.
        state.identity.end_sessions(&tx, user.id, caller.session.as_deref()).await?;
    }
    let body = view::user(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}
