//! Which teams see which projects when access to the portfolio is controlled (behaviour reference
//! §11.5). [`crate::server::Scope`] is what follows from it.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Permission, Principal, PrincipalKind};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{Sql, Tx, params, sql::like};

use super::{MANAGE, team};
use crate::config_property;
use crate::project::{self, Project, Show};
use crate::server::{AppState, Error, Json, Page, Result, Route, Uuid, flag, route, total};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/acl/team/{uuid}", MANAGE, list)
            .says("Lists the projects that are assigned to a team.")
            .query("excludeInactive", "boolean")
            .query("onlyRoot", "boolean")
            .paged()
            .gives(200, "[Project]"),
        route(Method::PUT, "/v1/acl/mapping", MANAGE, add)
            .says("Assigns a project to a team.")
            .takes("AclMapping")
            .gives(200, "AclMapping"),
        route(Method::DELETE, "/v1/acl/mapping/team/{teamUuid}/project/{projectUuid}", MANAGE, remove)
            .says("Takes a project from a team.")
            .gives(204, "none"),
    ]
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    #[serde(deserialize_with = "flag")]
    exclude_inactive: bool,
    #[serde(deserialize_with = "flag")]
    only_root: bool,
}

async fn list(
    State(state): State<AppState>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let team = state.identity.team_by_uuid(&state.db, uuid.as_str()).await?;
    let team = team.ok_or_else(|| Error::not_found("The UUID of the team could not be found."))?;
    let page = page.unless_asked_all();
    let from = "FROM project p JOIN project_team t ON t.project_id = p.id WHERE t.team_id = ? \
         AND (p.active OR ?) AND (p.parent_id IS NULL OR ?) AND lower(p.name) LIKE ? ESCAPE '\\'";
    let search = like(page.search.as_deref().unwrap_or_default());
    let values = params![team.id, !filter.exclude_inactive, !filter.only_root, search];
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let (limit, paging) = page.clause();
    let order = page.order(&[("name", "p.name"), ("version", "p.version")], "p.name, p.version", "p.id");
    let ids: Vec<i64> =
        state.db.column(&format!("SELECT p.id {from}{order}{limit}"), [values, paging].concat()).await?;
    let mut projects: Vec<Project> = Vec::new();
    for chunk in ids.chunks(500) {
        projects.extend(project::by_ids(&state.db, chunk).await?);
    }
    let places: HashMap<i64, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    projects.sort_by_key(|project| places.get(&project.id).copied());
    let out = project::list_json(&state.db, &projects, Show::default()).await?;
    Ok((total(count), axum::Json(out)).into_response())
}

#[derive(Deserialize)]
struct Mapping {
    team: String,
    project: String,
}

async fn add(State(state): State<AppState>, Json(mapping): Json<Mapping>) -> Result<Response> {
    for (name, uuid) in [("team", &mapping.team), ("project", &mapping.project)] {
        if !Uuid::is_valid(uuid) {
            return Err(Error::invalid(name, "Invalid UUID", uuid.as_str()));
        }
    }
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, &mapping.team).await?;
    let team = team.ok_or_else(|| Error::not_found("The UUID of the team could not be found."))?;
    let project = project::by_uuid(&tx, &mapping.project).await?;
    let project = project.ok_or_else(|| Error::not_found("The UUID of the project could not be found."))?;
    if !assign(&tx, project.id, team.id).await? {
        return Err(Error::conflict("A mapping with the same team and project already exists."));
    }
    tx.commit().await?;
    Ok(axum::Json(json!({ "team": team.uuid, "project": project.uuid })).into_response())
}

async fn remove(
    State(state): State<AppState>,
    Path((team, project)): Path<(String, String)>,
) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, &team).await?;
    let (Some(team), Some(project)) = (team, project::by_uuid(&tx, &project).await?) else {
        return Err(Error::not_found("The UUID of the team or project could not be found."));
    };
    let text = "DELETE FROM project_team WHERE project_id = ? AND team_id = ?";
    tx.execute(text, params![project.id, team.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Assigns a project to a team. False when it is already.
async fn assign(tx: &Tx, project: i64, team: i64) -> Result<bool> {
    let text = "INSERT INTO project_team (project_id, team_id) VALUES (?, ?) ON CONFLICT DO NOTHING";
    Ok(tx.execute(text, params![project, team]).await? > 0)
}

/// Takes all projects from a team that is going to be removed.
pub(super) async fn team_deleted(tx: &Tx, team: i64) -> Result<()> {
    tx.execute("DELETE FROM project_team WHERE team_id = ?", params![team]).await?;
    Ok(())
}

/// Assigns a new project to the teams that are asked for (`accessTeams`: `[{uuid}]` or `[{name}]`), else,
/// when access is controlled, to the first team of the key that made it.
///
/// # Errors
/// 400 when a team is not there, or is not one of the caller's and the caller does not manage access.
pub(crate) async fn on_creation(
    tx: &Tx,
    state: &AppState,
    caller: &Principal,
    access_teams: Option<&Value>,
    project: i64,
) -> Result<()> {
    let wanted: &[Value] = access_teams.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut teams = Vec::new();
    if !wanted.is_empty() {
        let own = team::own(state, tx, caller).await?;
        for one in wanted {
            let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::trim);
            let (what, found) = match (text("uuid"), text("name")) {
                (Some(uuid), _) => (format!("UUID {uuid}"), own.iter().find(|team| team.uuid == uuid)),
                (None, Some(name)) => (format!("name {name}"), own.iter().find(|team| team.name == name)),
                (None, None) => {
                    return Err(Error::bad_request(
                        "accessTeams must have the uuid or the name of each team.",
                    ));
                }
            };
            let found = found.ok_or_else(|| {
                Error::bad_request(format!(
                    "The team with {what} can not be assigned because it does not exist, or is not accessible \
                     to the authenticated principal."
                ))
            })?;
            teams.push(found.id);
        }
    } else if let PrincipalKind::TeamKey { teams: own, .. } = &caller.kind
        && config_property::is_on(tx, "access-management", "acl.enabled").await?
        && !caller.allows(Permission::PortfolioAccessControlBypass)
    {
        teams.extend(own.first().map(|(id, _)| *id));
    }
    for team in teams {
        assign(tx, project, team).await?;
    }
    Ok(())
}
