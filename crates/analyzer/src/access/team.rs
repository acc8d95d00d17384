//! Teams and their API keys (behaviour reference §11.3).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{ApiKey, Permission, PrincipalKind, Team};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{given, view};
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, Uuid, route, total};

const MANAGE: Access = Access::Any(&[Permission::AccessManagement]);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/team", MANAGE, list),
        route(Method::PUT, "/v1/team", MANAGE, create),
        route(Method::POST, "/v1/team", MANAGE, update),
        route(Method::DELETE, "/v1/team", MANAGE, delete),
        route(Method::GET, "/v1/team/visible", Access::Authenticated, visible),
        route(Method::GET, "/v1/team/self", Access::Authenticated, show_self),
        route(Method::GET, "/v1/team/{uuid}", MANAGE, show),
        route(Method::PUT, "/v1/team/{uuid}/key", MANAGE, create_key),
        route(Method::POST, "/v1/team/key/{key}", MANAGE, regenerate_key),
        route(Method::POST, "/v1/team/key/{key}/comment", MANAGE, comment_key),
        route(Method::DELETE, "/v1/team/key/{key}", MANAGE, delete_key),
    ]
}

fn not_found() -> Error {
    Error::not_found("The team could not be found.")
}

async fn list(State(state): State<AppState>) -> Result<Response> {
    // 4.14 answers all teams whatever page or search is asked for.
    let teams = state.identity.teams(&state.db).await?;
    let mut out = Vec::with_capacity(teams.len());
    for team in &teams {
        out.push(view::team(&state.identity, &state.db, team).await?);
    }
    let count = i64::try_from(out.len()).unwrap_or(i64::MAX);
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    uuid: String,
    name: Option<String>,
}

fn name(body: Option<&Body>) -> Result<&str> {
    let name = body.and_then(|body| body.name.as_deref());
    given(name).ok_or_else(|| Error::not_blank("name", name))
}

async fn create(State(state): State<AppState>, body: Option<Json<Body>>) -> Result<Response> {
    let body = body.map(|Json(body)| body);
    let name = name(body.as_ref())?;
    let tx = state.db.begin().await?;
    let team = state.identity.create_team(&tx, name).await?;
    let body = view::team(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = name(Some(&body))?;
    let tx = state.db.begin().await?;
    let mut team = state.identity.team_by_uuid(&tx, body.uuid.trim()).await?.ok_or_else(not_found)?;
    state.identity.rename_team(&tx, team.id, name).await?;
    team.name = name.to_owned();
    let body = view::team_short(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

async fn delete(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, body.uuid.trim()).await?.ok_or_else(not_found)?;
    state.identity.delete_team(&tx, team.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn visible(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response> {
    let teams: Vec<Team> = match &caller.kind {
        _ if caller.allows(Permission::AccessManagement) => state.identity.teams(&state.db).await?,
        PrincipalKind::User { id, .. } => state.identity.teams_of_user(&state.db, *id).await?,
        PrincipalKind::TeamKey { teams, .. } => {
            let own: Vec<i64> = teams.iter().map(|(id, _)| *id).collect();
            state.identity.teams(&state.db).await?.into_iter().filter(|team| own.contains(&team.id)).collect()
        }
        PrincipalKind::CompanyKey { .. } => Vec::new(),
    };
    let out: Value = teams.iter().map(|team| json!({ "name": team.name, "uuid": team.uuid })).collect();
    Ok(axum::Json(out).into_response())
}

async fn show_self(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response> {
    let PrincipalKind::TeamKey { teams, .. } = &caller.kind else {
        return Err(Error::bad_request("Invalid API key supplied."));
    };
    let own = teams.first().map(|(id, _)| *id);
    let all = state.identity.teams(&state.db).await?;
    let team = all.iter().find(|team| Some(team.id) == own);
    let team = team.ok_or_else(|| Error::not_found("No Team for the given API key found."))?;
    Ok(axum::Json(view::team_short(&state.identity, &state.db, team).await?).into_response())
}

async fn show(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let team = state.identity.team_by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    Ok(axum::Json(view::team_short(&state.identity, &state.db, &team).await?).into_response())
}

async fn create_key(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, uuid.as_str()).await?.ok_or_else(not_found)?;
    let made = state.identity.create_team_key(&tx, team.id, None).await?;
    let key = find_key(&state, &tx, &made.public_id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(view::api_key(&key, Some(&made)))).into_response())
}

async fn find_key(state: &AppState, sql: &impl storage::Sql, key: &str) -> Result<ApiKey> {
    let key = state.identity.team_key(sql, key).await?;
    key.ok_or_else(|| Error::not_found("The API key could not be found."))
}

async fn regenerate_key(State(state): State<AppState>, Path(key): Path<String>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let key = find_key(&state, &tx, &key).await?;
    let made = state.identity.regenerate_team_key(&tx, &key).await?;
    let key = find_key(&state, &tx, &made.public_id).await?;
    tx.commit().await?;
    Ok(axum::Json(view::api_key(&key, Some(&made))).into_response())
}

async fn comment_key(
    State(state): State<AppState>,
    Path(key): Path<String>,
    comment: String,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let mut key = find_key(&state, &tx, &key).await?;
    key.comment = given(Some(&comment)).map(str::to_owned);
    state.identity.comment_key(&tx, key.id, key.comment.as_deref()).await?;
    tx.commit().await?;
    Ok(axum::Json(view::api_key(&key, None)).into_response())
}

async fn delete_key(State(state): State<AppState>, Path(key): Path<String>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let key = find_key(&state, &tx, &key).await?;
    state.identity.delete_key(&tx, key.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
