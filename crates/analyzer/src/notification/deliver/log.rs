//! What became of deliveries: those that wait, those that failed for good, and those that succeeded
//! where the rule asks for it.

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Db, Sql, params};

use super::{CHANNEL, Delivery, lane};
use crate::notification::publisher::{self, Publisher};
use crate::notification::rule::{self, Rule};
use crate::server::{Access, AppState, Error, Page, Result, Route, Scope, Uuid, route, total};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const STATES: [&str; 3] = ["PENDING", "FAILED", "SUCCEEDED"];
/// How long outcomes are kept.
const KEEP_MS: i64 = 30 * 24 * 3_600_000;

#[rustfmt::skip]
pub(in crate::notification) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/notification/delivery", MANAGE, list)
            .says("Lists deliveries that failed for good, that succeeded where the rule logs it, or that wait")
            .query("state", "PENDING|FAILED|SUCCEEDED").query("ruleUuid", "uuid")
            .paged().gives(200, "[NotificationDelivery]"),
        route(Method::POST, "/v1/notification/delivery/{uuid}/retry", MANAGE, retry)
            .says("Puts a delivery that failed into the queue of its rule again").gives(204, "none"),
        route(Method::DELETE, "/v1/notification/delivery/{uuid}", MANAGE, forget)
            .says("Forgets what became of a delivery").gives(204, "none"),
    ]
}

/// How a delivery ended.
pub(super) struct Outcome {
    pub state: &'static str,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub attempts: i64,
}

/// Keeps how a delivery ended; once more for the same one replaces it. Old ones are forgotten.
pub(super) async fn keep(db: &Db, delivery: &Delivery, outcome: Outcome) -> Result<()> {
    let now = storage::now_ms();
    let notice = serde_json::to_string(&delivery.notice).map_err(storage::Error::Json)?;
    let tx = db.begin().await?;
    tx.execute("DELETE FROM notification_delivery WHERE ended_at < ?", params![now - KEEP_MS]).await?;
    let columns = [
        "uuid",
        "rule_id",
        "state",
        "group_name",
        "title",
        "status",
        "error",
        "attempts",
        "notice",
        "created_at",
        "ended_at",
    ];
    let row = params![
        delivery.uuid.clone(),
        delivery.rule,
        outcome.state,
        delivery.notice.group.clone(),
        delivery.notice.title.clone(),
        outcome.status.map(i64::from),
        outcome.error,
        outcome.attempts,
        notice,
        delivery.notice.at,
        now,
    ];
    let tail = "ON CONFLICT (uuid) DO UPDATE SET state = excluded.state, status = excluded.status, \
                error = excluded.error, attempts = excluded.attempts, ended_at = excluded.ended_at";
    tx.insert_many("notification_delivery", &columns, vec![row], tail).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    state: Option<String>,
    rule_uuid: Option<String>,
}

#[derive(FromQueryResult)]
struct Kept {
    uuid: String,
    rule_id: i64,
    state: String,
    group_name: String,
    title: String,
    status: Option<i64>,
    error: Option<String>,
    attempts: i64,
    created_at: i64,
    ended_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct Waiting {
    payload: String,
    attempt: i64,
    run_at: i64,
    last_error: Option<String>,
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    scope: Scope,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let wanted = filter.state.filter(|state| !state.is_empty()).unwrap_or_else(|| "FAILED".to_owned());
    if !STATES.contains(&wanted.as_str()) {
        return Err(Error::invalid("state", "must be PENDING, FAILED or SUCCEEDED", wanted));
    }
    let rule = match filter.rule_uuid.as_deref().filter(|uuid| !uuid.is_empty()) {
        None => None,
        Some(uuid) if !Uuid::is_valid(uuid) => return Err(Uuid::refuse("getDeliveries", uuid)),
        Some(uuid) => match rule::by_uuid(&state.db, uuid).await? {
            Some(rule) => Some(rule.id),
            None => return Err(Error::not_found("The notification rule could not be found.")),
        },
    };
    let (limit, paging) = page.clause();
    let (count, rows, next) = if wanted == "PENDING" {
        let filter = "FROM job WHERE kind = ? AND state IN ('READY', 'RUNNING') AND (? OR lane = ?)";
        let values = params![CHANNEL, rule.is_none(), rule.map(lane).unwrap_or_default()];
        let count = state.db.count(&format!("SELECT count(*) {filter}"), values.clone()).await?;
        let text = format!("SELECT payload, attempt, run_at, last_error {filter} ORDER BY id{limit}");
        let waiting: Vec<Waiting> = state.db.rows(&text, [values, paging].concat()).await?;
        let next: Vec<i64> = waiting.iter().map(|row| row.run_at).collect();
        (count, waiting.into_iter().filter_map(Waiting::kept).collect(), next)
    } else {
        let filter = "FROM notification_delivery WHERE state = ? AND (? OR rule_id = ?)";
        let values = params![wanted, rule.is_none(), rule.unwrap_or_default()];
        let count = state.db.count(&format!("SELECT count(*) {filter}"), values.clone()).await?;
        let text = format!(
            "SELECT uuid, rule_id, state, group_name, title, status, error, attempts, created_at, ended_at \
             {filter} ORDER BY id DESC{limit}"
        );
        let kept: Vec<Kept> = state.db.rows(&text, [values, paging].concat()).await?;
        (count, kept, Vec::new())
    };
    let mut out = shown(&state, &rows, scope == Scope::All).await?;
    for (row, next) in out.iter_mut().zip(next) {
        if let Some(row) = row.as_object_mut() {
            row.insert("nextAttemptAt".to_owned(), json!(next));
        }
    }
    Ok((total(count), axum::Json(Value::Array(out))).into_response())
}

impl Waiting {
    fn kept(self) -> Option<Kept> {
        let delivery: Delivery = serde_json::from_str(&self.payload).ok()?;
        Some(Kept {
            uuid: delivery.uuid,
            rule_id: delivery.rule,
            state: "PENDING".to_owned(),
            group_name: delivery.notice.group,
            title: delivery.notice.title,
            status: None,
            error: self.last_error,
            attempts: self.attempt,
            created_at: delivery.notice.at,
            ended_at: None,
        })
    }
}

/// The JSON of deliveries. Titles name projects: they are for those who may see all.
async fn shown(state: &AppState, rows: &[Kept], titles: bool) -> Result<Vec<Value>> {
    let mut ids: Vec<i64> = rows.iter().map(|row| row.rule_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut rules: Vec<Rule> = Vec::new();
    for chunk in ids.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let text = format!("{} WHERE id IN ({})", rule::SELECT, storage::marks(chunk.len()));
        rules.extend(state.db.rows::<Rule>(&text, values).await?);
    }
    let mut ids: Vec<i64> = rules.iter().map(|rule| rule.publisher_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let publishers: Vec<Publisher> = publisher::by_ids(&state.db, &ids).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let rule = rules.iter().find(|rule| rule.id == row.rule_id);
        let publisher = publishers.iter().find(|one| rule.is_some_and(|rule| rule.publisher_id == one.id));
        let mut shown = Map::new();
        let members = [
            ("uuid", Some(json!(row.uuid))),
            ("state", Some(json!(row.state))),
            ("rule", Some(json!(rule.map(|rule| json!({ "uuid": rule.uuid, "name": rule.name }))))),
            ("publisher", Some(json!(publisher.map(|one| json!({ "uuid": one.uuid, "name": one.name }))))),
            ("group", Some(json!(row.group_name))),
            ("title", titles.then(|| json!(row.title))),
            ("status", row.status.map(|status| json!(status))),
            ("error", row.error.as_ref().map(|error| json!(error))),
            ("attempts", Some(json!(row.attempts))),
            ("createdAt", Some(json!(row.created_at))),
            ("endedAt", row.ended_at.map(|at| json!(at))),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                shown.insert(name.to_owned(), value);
            }
        }
        out.push(shown.into());
    }
    Ok(out)
}

fn not_found() -> Error {
    Error::not_found("The delivery could not be found.")
}

async fn retry(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        rule_id: i64,
        notice: String,
    }
    let tx = state.db.begin().await?;
    let text = "SELECT id, rule_id, notice FROM notification_delivery WHERE uuid = ? AND state = 'FAILED'";
    let row: Option<Row> = tx.row(text, params![uuid.as_str()]).await?;
    let row = row.ok_or_else(not_found)?;
    let mut notice: super::Notice = serde_json::from_str(&row.notice).map_err(storage::Error::Json)?;
    // It gets all its time again.
    notice.at = storage::now_ms();
    super::put_any(&tx, row.rule_id, notice).await?;
    tx.execute("DELETE FROM notification_delivery WHERE id = ?", params![row.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn forget(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let text = "DELETE FROM notification_delivery WHERE uuid = ?";
    if tx.execute(text, params![uuid.as_str()]).await? == 0 {
        return Err(not_found());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
