//! Teams (behaviour reference §11.3).

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Permission, PrincipalKind, Team};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::Sql;

use super::{MANAGE, acl, given, view};
use crate::server::{Access, AppState, Caller, Error, Json, Page, Result, Route, Uuid, route, total};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/team", MANAGE, list).says("Lists all teams.").paged().gives(200, "[Team]"),
        route(Method::PUT, "/v1/team", MANAGE, create)
            .says("Makes a team.")
            .takes("TeamName")
            .gives(201, "Team"),
        route(Method::POST, "/v1/team", MANAGE, update)
            .says("Renames a team.")
            .takes("TeamUpdate")
            .gives(200, "Team"),
        route(Method::DELETE, "/v1/team", MANAGE, delete)
            .says("Removes a team with its API keys.")
            .takes("TeamId")
            .gives(204, "none"),
        route(Method::GET, "/v1/team/visible", Access::Authenticated, visible)
            .says("Lists the teams that the caller may assign projects to.")
            .gives(200, "[VisibleTeam]"),
        route(Method::GET, "/v1/team/self", Access::Authenticated, show_self)
            .says("Shows the team of the API key.")
            .gives(200, "Team"),
        route(Method::GET, "/v1/team/{uuid}", MANAGE, show).says("Shows a team.").gives(200, "Team"),
    ]
}

/// The team with this uuid.
pub(super) async fn find(state: &AppState, sql: &impl Sql, uuid: &str) -> Result<Team> {
    let team = state.identity.team_by_uuid(sql, uuid).await?;
    team.ok_or_else(|| Error::not_found("The team could not be found."))
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    // 4.14 answers all teams whatever is searched; version 5 has pages.
    let page = page.unless_asked_all();
    let teams = state.identity.teams(&state.db).await?;
    let count = i64::try_from(teams.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let teams: Vec<Team> = teams.into_iter().skip(skip).take(take).collect();
    let out = view::teams(&state.identity, &state.db, &teams).await?;
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
    tx.lock("identity teams").await?;
    // As in version 5: nobody wants two, and nothing tells them apart where teams are chosen by name.
    if let Some(team) = state.identity.team_by_name(&tx, name).await? {
        return Ok(exists(&team));
    }
    let team = state.identity.create_team(&tx, name).await?;
    let body = view::team(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

fn exists(team: &Team) -> Response {
    let body = json!({
        "status": 409,
        "title": "Team already exists",
        "detail": format!("A team with name \"{}\" already exists", team.name),
        "teamUuid": team.uuid,
        "teamName": team.name,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::CONFLICT, kind, body.to_string()).into_response()
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = name(Some(&body))?;
    let tx = state.db.begin().await?;
    let mut team = find(&state, &tx, body.uuid.trim()).await?;
    state.identity.rename_team(&tx, team.id, name).await?;
    team.name = name.to_owned();
    let body = view::team_short(&state.identity, &tx, &team).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}

async fn delete(State(state): State<AppState>, Json(body): Json<Body>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let team = find(&state, &tx, body.uuid.trim()).await?;
    acl::team_deleted(&tx, team.id).await?;
    state.identity.delete_team(&tx, team.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The teams that the caller may give projects to: all for who manages access, else the own ones.
pub(super) async fn own(state: &AppState, sql: &impl Sql, caller: &identity::Principal) -> Result<Vec<Team>> {
    Ok(match &caller.kind {
        _ if caller.allows(Permission::AccessManagement) => state.identity.teams(sql).await?,
        PrincipalKind::User { id, .. } => state.identity.teams_of_user(sql, *id).await?,
        PrincipalKind::TeamKey { teams, .. } => {
            let own: Vec<i64> = teams.iter().map(|(id, _)| *id).collect();
            state.identity.teams(sql).await?.into_iter().filter(|team| own.contains(&team.id)).collect()
        }
        PrincipalKind::CompanyKey { .. } => Vec::new(),
    })
}

async fn visible(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response> {
    let teams = own(&state, &state.db, &caller).await?;
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
    let team = find(&state, &state.db, uuid.as_str()).await?;
    Ok(axum::Json(view::team(&state.identity, &state.db, &team).await?).into_response())
}
