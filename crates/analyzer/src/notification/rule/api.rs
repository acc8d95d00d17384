//! Rules over the wire.

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, Tx, params, sql::like};

use super::body::Body;
use super::{Rule, SELECT, by_uuid, next, view};
use crate::notification::group::{EVENT, INFORMATIONAL, PORTFOLIO, SCHEDULE};
use crate::notification::publisher::{self, Kind};
use crate::project;
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Scope, Uuid, route, total};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const ONE: &str = "NotificationRule";
/// The schedule of a new rule: every hour.
const HOURLY: &str = "0 * * * *";

#[rustfmt::skip]
pub(in crate::notification) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/notification/rule", MANAGE, list)
            .says("Lists the rules").query("triggerType", "EVENT|SCHEDULE").paged().gives(200, "[NotificationRule]"),
        route(Method::PUT, "/v1/notification/rule", MANAGE, create)
            .says("Makes a rule that tells of events").takes(ONE).gives(201, ONE),
        route(Method::PUT, "/v1/notification/rule/scheduled", MANAGE, create_scheduled)
            .says("Makes a rule that sums up by a schedule").takes(ONE).gives(201, ONE),
        route(Method::POST, "/v1/notification/rule", MANAGE, update)
            .says("Changes a rule").takes(ONE).gives(200, ONE),
        route(Method::DELETE, "/v1/notification/rule", MANAGE, delete)
            .says("Deletes a rule").takes(ONE).gives(204, "none"),
        route(Method::POST, "/v1/notification/rule/{uuid}/project/{project}", MANAGE, add_project)
            .says("Limits a rule to a project, among others").gives(200, ONE).gives(304, "none"),
        route(Method::DELETE, "/v1/notification/rule/{uuid}/project/{project}", MANAGE, remove_project)
            .says("Takes a project from those that a rule is limited to").gives(200, ONE).gives(304, "none"),
        route(Method::POST, "/v1/notification/rule/{uuid}/team/{team}", MANAGE, add_team)
            .says("Sends the mail of a rule to the members of a team too").gives(200, ONE).gives(304, "none"),
        route(Method::DELETE, "/v1/notification/rule/{uuid}/team/{team}", MANAGE, remove_team)
            .says("No longer sends the mail of a rule to a team").gives(200, ONE).gives(304, "none"),
    ]
}

fn not_found() -> Error {
    Error::not_found("The UUID of the notification rule could not be found.")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    trigger_type: Option<String>,
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    scope: Scope,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let trigger = filter.trigger_type.filter(|trigger| !trigger.is_empty());
    if trigger.as_deref().is_some_and(|trigger| trigger != EVENT && trigger != SCHEDULE) {
        return Err(Error::invalid("triggerType", "must be EVENT or SCHEDULE", trigger));
    }
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let filter = "WHERE lower(name) LIKE ? ESCAPE '\\' AND (? OR trigger_type = ?)";
    let values = params![pattern, trigger.is_none(), trigger.unwrap_or_default()];
    let count =
        state.db.count(&format!("SELECT count(*) FROM notification_rule {filter}"), values.clone()).await?;
    let order = page.order(&[("name", "name"), ("enabled", "enabled")], "name", "id");
    let (limit, paging) = page.clause();
    let rules: Vec<Rule> =
        state.db.rows(&format!("{SELECT} {filter}{order}{limit}"), [values, paging].concat()).await?;
    let out = view::list(&state, &state.db, &rules, &scope).await?;
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

async fn answer(state: &AppState, tx: Tx, scope: &Scope, status: StatusCode, uuid: &str) -> Result<Response> {
    let rule = by_uuid(&tx, uuid).await?.ok_or_else(not_found)?;
    let out = view::list(state, &tx, &[rule], scope).await?.pop().unwrap_or_default();
    tx.commit().await?;
    Ok((status, axum::Json(out)).into_response())
}

async fn create(state: State<AppState>, scope: Scope, Json(body): Json<Body>) -> Result<Response> {
    make(state, scope, body, EVENT).await
}

async fn create_scheduled(state: State<AppState>, scope: Scope, Json(body): Json<Body>) -> Result<Response> {
    make(state, scope, body, SCHEDULE).await
}

async fn make(
    State(state): State<AppState>,
    visible: Scope,
    body: Body,
    trigger: &'static str,
) -> Result<Response> {
    let name = body.name()?;
    let level = body.level()?.unwrap_or_else(|| INFORMATIONAL.to_owned());
    let scope = body.scope()?;
    let filter = body.filter()?.flatten();
    let now = storage::now_ms();
    let is_event = trigger == EVENT;
    let tx = state.db.begin().await?;
    let publisher = body.publisher();
    let publisher = match Uuid::is_valid(publisher) {
        true => publisher::by_uuid(&tx, publisher).await?,
        false => None,
    };
    let publisher = publisher.ok_or_else(not_found)?;
    let newest = tx.count("SELECT max(id) FROM component", params![]).await?;
    let uuid = uuid::Uuid::new_v4().to_string();
    tx.insert(
        "notification_rule",
        &[
            ("uuid", uuid.clone().into()),
            ("name", name.into()),
            ("enabled", is_event.into()),
            ("notify_children", is_event.into()),
            ("log_successful_publish", false.into()),
            ("scope", scope.into()),
            ("level", level.into()),
            ("notify_on", "[]".into()),
            ("publisher_id", publisher.id.into()),
            ("trigger_type", trigger.into()),
            ("schedule_cron", (!is_event).then(|| HOURLY.to_owned()).into()),
            ("schedule_last", (!is_event).then_some(now).into()),
            ("schedule_next", if is_event { None } else { next(HOURLY, now) }.into()),
            ("schedule_component", (!is_event).then_some(newest).into()),
            ("schedule_skip_unchanged", false.into()),
            ("filter_expression", filter.into()),
        ],
    )
    .await?;
    answer(&state, tx, &visible, StatusCode::CREATED, &uuid).await
}

/// The rule that a body names.
async fn named(tx: &Tx, body: &Body) -> Result<Rule> {
    let uuid = body.uuid.as_deref().unwrap_or_default();
    let found = if Uuid::is_valid(uuid) { by_uuid(tx, uuid).await? } else { None };
    found.ok_or_else(not_found)
}

async fn update(State(state): State<AppState>, scope: Scope, Json(body): Json<Body>) -> Result<Response> {
    let name = body.name()?;
    let config = body.config()?;
    let level = body.level()?;
    let schedule = body.schedule()?;
    let (message, tags, filter) = (body.message()?, body.tags()?, body.filter()?);
    let tx = state.db.begin().await?;
    let rule = named(&tx, &body).await?;
    body.check_trigger(&rule)?;
    let groups = body.groups(&rule)?;
    let mut changes = vec![
        ("name", name.into()),
        ("enabled", body.enabled.unwrap_or_default().into()),
        ("notify_children", body.notify_children.unwrap_or_default().into()),
        ("log_successful_publish", body.log_successful_publish.unwrap_or_default().into()),
        ("level", level.unwrap_or_else(|| rule.level.clone()).into()),
        ("notify_on", groups.into()),
        ("message", message.into()),
        ("publisher_config", config.into()),
    ];
    if rule.trigger_type == SCHEDULE {
        changes.push(("schedule_skip_unchanged", body.schedule_skip_unchanged.unwrap_or_default().into()));
        if let Some((cron, next)) = schedule {
            changes.push(("schedule_cron", cron.into()));
            changes.push(("schedule_next", next.into()));
        }
    }
    if let Some(filter) = filter {
        changes.push(("filter_expression", filter.into()));
    }
    tx.update("notification_rule", rule.id, &changes).await?;
    if let Some(tags) = tags {
        tx.execute("DELETE FROM notification_rule_tag WHERE rule_id = ?", params![rule.id]).await?;
        let rows = tags.into_iter().map(|tag| params![rule.id, tag]).collect();
        tx.insert_many("notification_rule_tag", &["rule_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    }
    answer(&state, tx, &scope, StatusCode::OK, &rule.uuid).await
}

async fn delete(State(state): State<AppState>, Json(body): Json<Body>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let rule = named(&tx, &body).await?;
    tx.execute("DELETE FROM notification_rule WHERE id = ?", params![rule.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_project(state: State<AppState>, scope: Scope, path: Path<(String, String)>) -> Result<Response> {
    change_project(state, scope, path, true).await
}

async fn remove_project(
    state: State<AppState>,
    scope: Scope,
    path: Path<(String, String)>,
) -> Result<Response> {
    change_project(state, scope, path, false).await
}

/// The rule of a path, and the other uuid there when it is well formed.
async fn of_path(tx: &Tx, operation: &str, uuid: &str, other: &str) -> Result<Rule> {
    for text in [uuid, other] {
        if !Uuid::is_valid(text) {
            return Err(Uuid::refuse(operation, text));
        }
    }
    let rule = by_uuid(tx, uuid).await?;
    rule.ok_or_else(|| Error::not_found("The notification rule could not be found."))
}

async fn change_project(
    State(state): State<AppState>,
    scope: Scope,
    Path((uuid, project)): Path<(String, String)>,
    add: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let rule = of_path(&tx, "addProjectToRule", &uuid, &project).await?;
    if rule.scope != PORTFOLIO {
        let text = "Project limitations are only possible on notification rules with PORTFOLIO scope.";
        return Err(Error::Text(StatusCode::NOT_ACCEPTABLE, text.to_owned()));
    }
    let project = project::by_uuid(&tx, &project).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&tx, project.id).await?;
    let sql = if add {
        "INSERT INTO notification_rule_project (rule_id, project_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM notification_rule_project WHERE rule_id = ? AND project_id = ?"
    };
    if tx.execute(sql, params![rule.id, project.id]).await? == 0 {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    answer(&state, tx, &scope, StatusCode::OK, &rule.uuid).await
}

async fn add_team(state: State<AppState>, scope: Scope, path: Path<(String, String)>) -> Result<Response> {
    change_team(state, scope, path, true).await
}

async fn remove_team(state: State<AppState>, scope: Scope, path: Path<(String, String)>) -> Result<Response> {
    change_team(state, scope, path, false).await
}

async fn change_team(
    State(state): State<AppState>,
    scope: Scope,
    Path((uuid, team)): Path<(String, String)>,
    add: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let rule = of_path(&tx, "addTeamToRule", &uuid, &team).await?;
    let publishers = publisher::by_ids(&tx, &[rule.publisher_id]).await?;
    if publishers.first().and_then(|publisher| publisher.kind()) != Some(Kind::Email) {
        let text = "Team subscriptions are only possible on notification rules with EMAIL publisher.";
        return Err(Error::Text(StatusCode::NOT_ACCEPTABLE, text.to_owned()));
    }
    let team = state.identity.team_by_uuid(&tx, &team).await?;
    let team = team.ok_or_else(|| Error::not_found("The team could not be found."))?;
    let sql = if add {
        "INSERT INTO notification_rule_team (rule_id, team_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM notification_rule_team WHERE rule_id = ? AND team_id = ?"
    };
    if tx.execute(sql, params![rule.id, team.id]).await? == 0 {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    answer(&state, tx, &scope, StatusCode::OK, &rule.uuid).await
}
