//! Groups of the LDAP directory that stand for teams (behaviour reference §11.7), and the job that keeps
//! what is known of its users up to date.

use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Identity;
use serde::Deserialize;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, now_ms, settings};

use super::{MANAGE, given, view};
use crate::config_property;
use crate::server::{AppState, Error, Json, Page, Result, Route, Uuid, route, total};

const SYNC: &str = "ldap.sync";
/// The setting with the time of the last synchronization.
const DONE: &str = "ldap_synchronized_at";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/ldap/groups", MANAGE, groups)
            .says("Lists the groups of the LDAP directory; 204 when it does not answer.")
            .paged()
            .gives(200, "[string]")
            .gives(204, "none"),
        route(Method::GET, "/v1/ldap/team/{uuid}", MANAGE, of_team)
            .says("Lists the LDAP groups that stand for a team.")
            .gives(200, "[LdapMapping]"),
        route(Method::PUT, "/v1/ldap/mapping", MANAGE, add)
            .says("Lets an LDAP group stand for a team.")
            .takes("LdapMappingRequest")
            .gives(200, "LdapMapping"),
        route(Method::DELETE, "/v1/ldap/mapping/{uuid}", MANAGE, remove)
            .says("Lets an LDAP group no longer stand for a team.")
            .gives(204, "none"),
    ]
}

fn team_not_found() -> Error {
    Error::not_found("The UUID of the team could not be found.")
}

async fn groups(State(state): State<AppState>, page: Page) -> Result<Response> {
    let Some(groups) = state.identity.directory_groups(page.search.as_deref()).await else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let count = i64::try_from(groups.len()).unwrap_or(i64::MAX);
    let page = page.unless_asked_all();
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let shown: Vec<String> = groups.into_iter().skip(skip).take(take).collect();
    Ok((total(count), axum::Json(shown)).into_response())
}

async fn of_team(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let team = state.identity.team_by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(team_not_found)?;
    let mappings = state.identity.ldap_mappings(&state.db).await?;
    let out: Vec<_> = mappings.iter().filter(|m| m.team_id == team.id).map(view::ldap_mapping).collect();
    let count = i64::try_from(out.len()).unwrap_or(i64::MAX);
    Ok((total(count), axum::Json(out)).into_response())
}

#[derive(Deserialize)]
struct Wanted {
    team: String,
    dn: String,
}

async fn add(State(state): State<AppState>, Json(wanted): Json<Wanted>) -> Result<Response> {
    let dn = given(Some(&wanted.dn)).ok_or_else(|| Error::not_blank("dn", Some(&wanted.dn)))?;
    let tx = state.db.begin().await?;
    let team = state.identity.team_by_uuid(&tx, wanted.team.trim()).await?.ok_or_else(team_not_found)?;
    tx.lock("ldap mappings").await?;
    let known = state.identity.ldap_mappings(&tx).await?;
    if known.iter().any(|mapping| mapping.team_id == team.id && mapping.dn == dn) {
        return Err(Error::conflict("A mapping with the same team and dn already exists."));
    }
    let made = state.identity.create_ldap_mapping(&tx, team.id, dn).await?;
    tx.commit().await?;
    Ok(axum::Json(view::ldap_mapping(&made)).into_response())
}

async fn remove(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    if !state.identity.delete_ldap_mapping(&tx, uuid.as_str()).await? {
        return Err(Error::not_found("The UUID of the mapping could not be found."));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds the job to a worker. Its first run is ten seconds after the start.
pub(crate) fn register(worker: Worker, identity: &Identity) -> Worker {
    if !identity.has_directory() {
        return worker;
    }
    let identity = identity.clone();
    let started = now_ms();
    worker.every(SYNC, Duration::from_secs(10)).on(SYNC, 1, move |context: Context| {
        let identity = identity.clone();
        async move { synchronize(&context.db, &identity, started).await.map_err(Failure::retry) }
    })
}

/// Synchronizes when it is time: after the start, and each so many hours.
async fn synchronize(db: &Db, identity: &Identity, started: i64) -> Result<()> {
    let hours = config_property::get(db, "task-scheduler", "ldap.sync.cadence").await?;
    let hours = hours.and_then(|text| text.parse::<i64>().ok()).unwrap_or(6);
    let done = settings::get(db, DONE).await?.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if done >= started && now_ms() < done.saturating_add(hours.saturating_mul(3_600_000)) {
        return Ok(());
    }
    let count = identity.synchronize_directory().await?;
    let tx = db.begin().await?;
    settings::set(&tx, DONE, &now_ms().to_string()).await?;
    tx.commit().await?;
    tracing::info!(count, "users of the directory are up to date");
    Ok(())
}
