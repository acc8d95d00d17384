//! Groups of the OpenID Connect provider that stand for teams (behaviour reference §11.6).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::OidcGroup;
use serde::Deserialize;
use storage::Sql;

use super::{MANAGE, given, view};
use crate::server::{Access, AppState, Error, Json, Result, Route, Uuid, route, total};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/oidc/available", Access::Public, available)
            .says("Tells whether people can log in with OpenID Connect.")
            .gives(200, "boolean"),
        route(Method::GET, "/v1/oidc/group", MANAGE, list)
            .says("Lists the groups of the provider that are known here.")
            .gives(200, "[OidcGroup]"),
        route(Method::PUT, "/v1/oidc/group", MANAGE, create)
            .says("Makes a group of the provider known.")
            .takes("OidcGroupName")
            .gives(201, "OidcGroup"),
        route(Method::POST, "/v1/oidc/group", MANAGE, update)
            .says("Renames a group of the provider.")
            .takes("OidcGroup")
            .gives(200, "OidcGroup"),
        route(Method::DELETE, "/v1/oidc/group/{uuid}", MANAGE, delete)
            .says("Forgets a group of the provider.")
            .gives(204, "none"),
        route(Method::GET, "/v1/oidc/group/{uuid}/team", MANAGE, teams)
            .says("Lists the teams that a group stands for.")
            .gives(200, "[Team]"),
        route(Method::PUT, "/v1/oidc/mapping", MANAGE, add)
            .says("Lets a group stand for a team.")
            .takes("OidcMappingRequest")
            .gives(200, "OidcMapping"),
        route(Method::DELETE, "/v1/oidc/mapping/{uuid}", MANAGE, remove)
            .says("Lets a group no longer stand for a team.")
            .gives(204, "none"),
        route(Method::DELETE, "/v1/oidc/group/{uuid}/team/{teamUuid}/mapping", MANAGE, unmap)
            .says("Lets a group no longer stand for a team.")
            .gives(204, "none"),
    ]
}

async fn available(State(state): State<AppState>) -> axum::Json<bool> {
    axum::Json(state.identity.has_provider().await)
}

async fn list(State(state): State<AppState>) -> Result<Response> {
    let groups = state.identity.oidc_groups(&state.db).await?;
    let count = i64::try_from(groups.len()).unwrap_or(i64::MAX);
    Ok((total(count), axum::Json(groups.iter().map(view::oidc_group).collect::<Vec<_>>())).into_response())
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    uuid: String,
    name: Option<String>,
}

impl Body {
    fn name(&self) -> Result<&str> {
        let name = self.name.as_deref();
        given(name).ok_or_else(|| Error::not_blank("name", name))
    }
}

/// Refuses a name that another group has.
async fn check_free(state: &AppState, sql: &impl Sql, name: &str, but: &str) -> Result<()> {
    let groups = state.identity.oidc_groups(sql).await?;
    if groups.iter().any(|group| group.name == name && group.uuid != but) {
        return Err(Error::conflict("A group with the same name already exists. Cannot create new group"));
    }
    Ok(())
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = body.name()?;
    let tx = state.db.begin().await?;
    tx.lock("oidc groups").await?;
    check_free(&state, &tx, name, "").await?;
    let group = state.identity.create_oidc_group(&tx, name).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(view::oidc_group(&group))).into_response())
}

async fn find(state: &AppState, sql: &impl Sql, uuid: &str) -> Result<OidcGroup> {
    let text = "An OpenID Connect group with the specified UUID could not be found.";
    state.identity.oidc_group(sql, uuid).await?.ok_or_else(|| Error::not_found(text))
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = body.name()?;
    let tx = state.db.begin().await?;
    tx.lock("oidc groups").await?;
    let mut group = find(&state, &tx, body.uuid.trim()).await?;
    check_free(&state, &tx, name, &group.uuid).await?;
    state.identity.rename_oidc_group(&tx, group.id, name).await?;
    group.name = name.to_owned();
    tx.commit().await?;
    Ok(axum::Json(view::oidc_group(&group)).into_response())
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    find(&state, &tx, uuid.as_str()).await?;
    state.identity.delete_oidc_group(&tx, uuid.as_str()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn teams(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let group = find(&state, &state.db, uuid.as_str()).await?;
    let mappings = state.identity.oidc_mappings(&state.db).await?;
    let mut teams = state.identity.teams(&state.db).await?;
    teams.retain(|team| mappings.iter().any(|m| m.team_id == team.id && m.group.id == group.id));
    Ok(axum::Json(view::teams(&state.identity, &state.db, &teams).await?).into_response())
}

#[derive(Deserialize)]
struct Wanted {
    team: String,
    group: String,
}

async fn add(State(state): State<AppState>, Json(wanted): Json<Wanted>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, wanted.team.trim()).await?;
    let team = team.ok_or_else(|| Error::not_found("The UUID of the team could not be found."))?;
    let group = state.identity.oidc_group(&tx, wanted.group.trim()).await?;
    let group = group.ok_or_else(|| Error::not_found("The UUID of the group could not be found."))?;
    let made = state.identity.map_oidc_group(&tx, team.id, group.id).await?;
    tx.commit().await?;
    Ok(axum::Json(made.as_ref().map(view::oidc_mapping)).into_response())
}

fn mapping_not_found() -> Error {
    Error::not_found("The UUID of the mapping could not be found.")
}

async fn remove(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    if !state.identity.delete_oidc_mapping(&tx, uuid.as_str()).await? {
        return Err(mapping_not_found());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unmap(
    State(state): State<AppState>,
    Path((group, team)): Path<(String, String)>,
) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, &team).await?;
    let (Some(team), Some(group)) = (team, state.identity.oidc_group(&tx, &group).await?) else {
        return Err(mapping_not_found());
    };
    if !state.identity.unmap_oidc_group(&tx, team.id, group.id).await? {
        return Err(mapping_not_found());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
