//! Who is in which team (behaviour reference §11.2).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{MANAGE, team, user, view};
use crate::server::{AppState, Json, Result, Route, route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/user/{username}/membership", MANAGE, add)
            .says("Puts a user into a team.")
            .takes("TeamId")
            .gives(200, "User")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/user/{username}/membership", MANAGE, remove)
            .says("Takes a user out of a team.")
            .takes("TeamId")
            .gives(200, "User")
            .gives(304, "none"),
        route(Method::PUT, "/v1/user/membership", MANAGE, set)
            .says("Makes a user a member of exactly these teams.")
            .takes("Membership")
            .gives(200, "User")
            .gives(304, "none"),
    ]
}

#[derive(Deserialize)]
struct TeamReference {
    #[serde(default)]
    uuid: String,
}

async fn add(
    state: State<AppState>,
    username: Path<String>,
    Json(team): Json<TeamReference>,
) -> Result<Response> {
    change(state, username, team, true).await
}

async fn remove(
    state: State<AppState>,
    username: Path<String>,
    Json(team): Json<TeamReference>,
) -> Result<Response> {
    change(state, username, team, false).await
}

async fn change(
    State(state): State<AppState>,
    Path(username): Path<String>,
    team: TeamReference,
    add: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = team::find(&state, &tx, team.uuid.trim()).await?;
    let user = user::find(&state, &tx, &username).await?;
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

#[derive(Deserialize)]
struct Wanted {
    username: String,
    teams: Vec<String>,
}

async fn set(State(state): State<AppState>, Json(wanted): Json<Wanted>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let user = user::find(&state, &tx, wanted.username.trim()).await?;
    let mut teams = Vec::new();
    for uuid in &wanted.teams {
        teams.push(team::find(&state, &tx, uuid.trim()).await?.id);
    }
    if !state.identity.set_teams(&tx, user.id, &teams).await? {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let body = view::member(&state.identity, &tx, &user).await?;
    tx.commit().await?;
    Ok(axum::Json(body).into_response())
}
