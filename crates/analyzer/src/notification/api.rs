//! Rules over the wire (behaviour reference §10.2).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, Tx, params, sql::like};

use super::publisher;
use super::rule::{self, Rule, SELECT, by_uuid};
use crate::project::{self, tag_names};
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, route, total};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const LEVELS: [&str; 3] = ["INFORMATIONAL", "WARNING", "ERROR"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/notification/rule", MANAGE, list),
        route(Method::PUT, "/v1/notification/rule", MANAGE, create),
        route(Method::POST, "/v1/notification/rule", MANAGE, update),
        route(Method::DELETE, "/v1/notification/rule", MANAGE, delete),
        route(Method::POST, "/v1/notification/rule/{uuid}/project/{project}", MANAGE, add_project),
        route(Method::DELETE, "/v1/notification/rule/{uuid}/project/{project}", MANAGE, remove_project),
    ]
}

fn not_found() -> Error {
    Error::not_found("The UUID of the notification rule could not be found.")
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let filter = "WHERE lower(name) LIKE ? ESCAPE '\\'";
    let count = state
        .db
        .count(&format!("SELECT count(*) FROM notification_rule {filter}"), params![pattern.clone()])
        .await?;
    let (limit, paging) = page.clause();
    let rules: Vec<Rule> = state
        .db
        .rows(&format!("{SELECT} {filter} ORDER BY name, id{limit}"), [params![pattern], paging].concat())
        .await?;
    let mut out = Vec::new();
    for rule in &rules {
        out.push(rule::json(&state.db, rule).await?);
    }
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    uuid: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
    notify_children: Option<bool>,
    log_successful_publish: Option<bool>,
    scope: Option<String>,
    notification_level: Option<String>,
    notify_on: Option<Vec<String>>,
    publisher: Option<Value>,
    publisher_config: Option<String>,
    tags: Option<Value>,
}

impl Body {
    fn name(&self) -> Result<String> {
        let name = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| Error::not_blank("name", self.name.as_deref()))
    }

    fn level(&self) -> Result<Option<String>> {
        match &self.notification_level {
            Some(level) if !LEVELS.contains(&level.as_str()) => Err(Error::problem(
                "The provided JSON payload could not be mapped",
                format!("notificationLevel: {level:?} is not one of {}", LEVELS.join(", ")),
            )),
            level => Ok(level.clone()),
        }
    }

    /// The publisher's configuration must be JSON, and its destination an address.
    fn config(&self) -> Result<Option<String>> {
        let Some(text) = self.publisher_config.as_ref().filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let parsed: Value = serde_json::from_str(text)
            .map_err(|e| Error::bad_request(format!("publisherConfig: not a JSON object: {e}")))?;
        if let Some(destination) = parsed.get("destination").and_then(Value::as_str)
            && destination.contains("://")
            && url::Url::parse(destination).is_err()
        {
            return Err(Error::bad_request("publisherConfig: the destination is not an address"));
        }
        Ok(Some(text.clone()))
    }
}

async fn answer(tx: Tx, status: StatusCode, uuid: &str) -> Result<Response> {
    let rule = by_uuid(&tx, uuid).await?.ok_or_else(not_found)?;
    let out = rule::json(&tx, &rule).await?;
    tx.commit().await?;
    Ok((status, axum::Json(out)).into_response())
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = body.name()?;
    let level = body.level()?.unwrap_or_else(|| "INFORMATIONAL".to_owned());
    let scope = body.scope.clone().unwrap_or_else(|| "PORTFOLIO".to_owned());
    if !["PORTFOLIO", "SYSTEM"].contains(&scope.as_str()) {
        return Err(Error::problem(
            "The provided JSON payload could not be mapped",
            format!("scope: {scope:?} is not one of PORTFOLIO, SYSTEM"),
        ));
    }
    let tx = state.db.begin().await?;
    let publisher =
        body.publisher.as_ref().and_then(|p| p.get("uuid")).and_then(Value::as_str).unwrap_or_default();
    let publisher = publisher::by_uuid(&tx, publisher).await?.ok_or_else(not_found)?;
    let uuid = uuid::Uuid::new_v4().to_string();
    tx.insert(
        "notification_rule",
        &[
            ("uuid", uuid.clone().into()),
            ("name", name.into()),
            ("enabled", true.into()),
            ("notify_children", true.into()),
            ("log_successful_publish", false.into()),
            ("scope", scope.into()),
            ("level", level.into()),
            ("notify_on", "[]".into()),
            ("publisher_id", publisher.id.into()),
        ],
    )
    .await?;
    answer(tx, StatusCode::CREATED, &uuid).await
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let name = body.name()?;
    let config = body.config()?;
    let level = body.level()?;
    let tx = state.db.begin().await?;
    let rule = by_uuid(&tx, body.uuid.as_deref().unwrap_or_default()).await?.ok_or_else(not_found)?;
    let groups = serde_json::to_string(&body.notify_on.unwrap_or_default()).map_err(storage::Error::Json)?;
    tx.update(
        "notification_rule",
        rule.id,
        &[
            ("name", name.into()),
            ("enabled", body.enabled.unwrap_or_default().into()),
            ("notify_children", body.notify_children.unwrap_or_default().into()),
            ("log_successful_publish", body.log_successful_publish.unwrap_or_default().into()),
            ("level", level.unwrap_or(rule.level).into()),
            ("notify_on", groups.into()),
            ("publisher_config", config.into()),
        ],
    )
    .await?;
    if let Some(tags) = &body.tags {
        tx.execute("DELETE FROM notification_rule_tag WHERE rule_id = ?", params![rule.id]).await?;
        let rows = tag_names(tags).into_iter().map(|tag| params![rule.id, tag]).collect();
        tx.insert_many("notification_rule_tag", &["rule_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    }
    answer(tx, StatusCode::OK, &rule.uuid).await
}

async fn delete(State(state): State<AppState>, Json(body): Json<Body>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let rule = by_uuid(&tx, body.uuid.as_deref().unwrap_or_default()).await?.ok_or_else(not_found)?;
    tx.execute("DELETE FROM notification_rule WHERE id = ?", params![rule.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_project(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_project(state, path, true).await
}

async fn remove_project(state: State<AppState>, path: Path<(String, String)>) -> Result<Response> {
    change_project(state, path, false).await
}

async fn change_project(
    State(state): State<AppState>,
    Path((uuid, project)): Path<(String, String)>,
    add: bool,
) -> Result<Response> {
    let tx = state.db.begin().await?;
    let rule = by_uuid(&tx, &uuid).await?;
    let rule = rule.ok_or_else(|| Error::not_found("The notification rule could not be found."))?;
    if rule.scope != "PORTFOLIO" {
        let text = "Project limitations are only possible on notification rules with PORTFOLIO scope.";
        return Err(Error::Text(StatusCode::NOT_ACCEPTABLE, text.to_owned()));
    }
    let project = project::by_uuid(&tx, &project).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    let sql = if add {
        "INSERT INTO notification_rule_project (rule_id, project_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM notification_rule_project WHERE rule_id = ? AND project_id = ?"
    };
    if tx.execute(sql, params![rule.id, project.id]).await? == 0 {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    answer(tx, StatusCode::OK, &rule.uuid).await
}
