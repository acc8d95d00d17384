//! API keys of teams (behaviour reference §1.2, §11.3).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::ApiKey;
use storage::Sql;

use super::{MANAGE, given, team, view};
use crate::server::{AppState, Error, Result, Route, Uuid, route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/team/{uuid}/key", MANAGE, create)
            .says("Makes an API key for a team; only this answer has its secret.")
            .gives(201, "ApiKey"),
        route(Method::POST, "/v1/team/key/{publicIdOrKey}", MANAGE, regenerate)
            .says("Gives an API key a new secret, which only this answer has.")
            .gives(200, "ApiKey"),
        route(Method::POST, "/v1/team/key/{publicIdOrKey}/comment", MANAGE, comment)
            .says("Notes something about an API key.")
            .takes_as("text/plain", "string")
            .gives(200, "ApiKey"),
        route(Method::DELETE, "/v1/team/key/{publicIdOrKey}", MANAGE, delete)
            .says("Removes an API key: it stops working at once.")
            .gives(204, "none"),
    ]
}

async fn create(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = team::find(&state, &tx, uuid.as_str()).await?;
    let made = state.identity.create_team_key(&tx, team.id, None).await?;
    let key = find(&state, &tx, &made.public_id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(view::api_key(&key, Some(&made)))).into_response())
}

async fn find(state: &AppState, sql: &impl Sql, key: &str) -> Result<ApiKey> {
    let key = state.identity.team_key(sql, key).await?;
    key.ok_or_else(|| Error::not_found("The API key could not be found."))
}

async fn regenerate(State(state): State<AppState>, Path(key): Path<String>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let key = find(&state, &tx, &key).await?;
    let made = state.identity.regenerate_team_key(&tx, &key).await?;
    let key = find(&state, &tx, &made.public_id).await?;
    tx.commit().await?;
    Ok(axum::Json(view::api_key(&key, Some(&made))).into_response())
}

async fn comment(
    State(state): State<AppState>,
    Path(key): Path<String>,
    comment: String,
) -> Result<Response> {
    if comment.contains('\0') {
        return Err(Error::bad_request("The comment has a NUL character in it."));
    }
    let tx = state.db.begin().await?;
    let mut key = find(&state, &tx, &key).await?;
    key.comment = given(Some(&comment)).map(str::to_owned);
    state.identity.comment_key(&tx, key.id, key.comment.as_deref()).await?;
    tx.commit().await?;
    Ok(axum::Json(view::api_key(&key, None)).into_response())
}

async fn delete(State(state): State<AppState>, Path(key): Path<String>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let key = find(&state, &tx, &key).await?;
    state.identity.delete_key(&tx, key.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
