//! Background work as version 5 shows it: each kind of job is a queue, each job a run.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::{Asked, Cursor, Refusal, page};
use crate::server::{Access, AppState, Error, Json, Route, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

pub(super) fn routes() -> Vec<Route> {
    let paged = |route: Route| route.query("limit", "integer").query("page_token", "string");
    let mut runs = route(Method::GET, "/v2/internal/workflow-runs", MANAGE, runs)
        .says("Lists background work, the latest first unless sorted otherwise.")
        .query("sort_by", "string")
        .query("sort_direction", "ASC|DESC");
    for name in ["workflow_name", "workflow_instance_id", "status"] {
        runs = runs.query(name, "string");
    }
    for name in ["created_since", "created_before", "completed_since", "completed_before"] {
        runs = runs.query(name, "integer");
    }
    vec![
        paged(route(Method::GET, "/v2/internal/task-queues/{type}", MANAGE, queues))
            .says("Lists the queues of background work.")
            .gives(200, "TaskQueuePageV2"),
        route(Method::PATCH, "/v2/internal/task-queues/{type}/{name}", MANAGE, change_queue)
            .says("Changes a queue; the queues of this server cannot be changed.")
            .takes("TaskQueueChangeV2")
            .gives(204, "none"),
        paged(runs).gives(200, "WorkflowRunPageV2"),
        route(Method::GET, "/v2/internal/workflow-runs/{id}", MANAGE, run)
            .says("Shows a piece of background work.")
            .gives(200, "WorkflowRunV2"),
        paged(route(Method::GET, "/v2/internal/workflow-runs/{id}/events", MANAGE, events))
            .says("Lists what happened to a piece of background work.")
            .query("from_sequence_number", "integer")
            .gives(200, "WorkflowEventPageV2"),
        route(Method::GET, "/v2/internal/workflow-instances/{id}", MANAGE, instance)
            .says("Shows the unfinished background work of an instance.")
            .gives(200, "WorkflowRunV2"),
    ]
}

async fn queues(
    State(state): State<AppState>,
    Path(kind): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Value>, Refusal> {
    #[derive(FromQueryResult)]
    struct Queue {
        kind: String,
        depth: i64,
        created_at: i64,
    }
    asked.sort(&["name"])?;
    let items = match kind.as_str() {
        // There is one kind of queues here.
        "WORKFLOW" => Vec::new(),
        "ACTIVITY" => {
            let text = "SELECT kind, count(*) FILTER (WHERE state = 'READY') AS depth, min(created_at) AS created_at \
                 FROM job GROUP BY kind ORDER BY kind";
            state.db.rows::<Queue>(text, params![]).await?
        }
        other => return Err(Error::invalid("type", "must be ACTIVITY or WORKFLOW", other).into()),
    };
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let items = items.into_iter().map(|queue| {
        json!({
            "name": queue.kind, "status": "ACTIVE", "capacity": 1000, "depth": queue.depth,
            "created_at": queue.created_at,
        })
    });
    Ok(axum::Json(page(items.collect(), None, count)))
}

async fn change_queue(
    State(state): State<AppState>,
    Path((_, name)): Path<(String, String)>,
    body: Result<Json<Map<String, Value>>, Error>,
) -> Result<StatusCode, Refusal> {
    let Json(_) = body?;
    let known = "SELECT count(*) FROM job WHERE kind = ?";
    if name.contains('\0') || state.db.count(known, params![name]).await? == 0 {
        return Err(Error::not_found("The task queue could not be found.").into());
    }
    Err(Error::bad_request("The queues of this server cannot be paused or resized.").into())
}

/// Ids of runs are UUIDs that hold the id of the job.
const PREFIX: u128 = 0x0000_6a6f_6200_8000_8000_0000_0000_0000;

fn uuid_of(id: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128(PREFIX | u128::from(id.unsigned_abs() & 0xffff_ffff_ffff))
}

fn id_of(text: &str) -> Result<i64, Refusal> {
    let uuid = uuid::Uuid::parse_str(text);
    let uuid = uuid.map_err(|_| Error::invalid("id", "must be a UUID", text))?.as_u128();
    let id = i64::try_from(uuid & 0xffff_ffff_ffff).ok().filter(|_| uuid >> 48 == PREFIX >> 48);
    id.ok_or_else(|| Error::not_found("The workflow run could not be found.").into())
}

#[derive(FromQueryResult)]
struct Run {
    id: i64,
    kind: String,
    lane: Option<String>,
    state: String,
    priority: i64,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
}

const COLUMNS: &str = "j.id, j.kind, j.lane, j.state, j.priority, j.created_at, j.started_at, j.ended_at";

/// The status of a run, and the states of jobs that it stands for.
const STATUSES: [(&str, &[&str]); 6] = [
    ("CREATED", &["READY"]),
    ("RUNNING", &["RUNNING"]),
    ("SUSPENDED", &[]),
    ("FAILED", &["FAILED"]),
    ("COMPLETED", &["DONE"]),
    ("CANCELLED", &["CANCELLED", "SUPERSEDED"]),
];

impl Run {
    fn status(&self) -> &'static str {
        let found = STATUSES.iter().find(|(_, states)| states.contains(&self.state.as_str()));
        found.map_or("FAILED", |(status, _)| status)
    }

    fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("id".to_owned(), json!(uuid_of(self.id)));
        out.insert("workflow_name".to_owned(), json!(self.kind));
        out.insert("workflow_version".to_owned(), json!(1));
        out.insert("task_queue_name".to_owned(), json!(self.kind));
        out.insert("status".to_owned(), json!(self.status()));
        out.insert("priority".to_owned(), json!(self.priority.clamp(0, 100)));
        if let Some(lane) = &self.lane {
            out.insert("workflow_instance_id".to_owned(), json!(lane));
            out.insert("concurrency_key".to_owned(), json!(lane));
        }
        out.insert("created_at".to_owned(), json!(self.created_at));
        for (name, at) in [("started_at", self.started_at), ("completed_at", self.ended_at)] {
            if let Some(at) = at {
                out.insert(name.to_owned(), json!(at));
            }
        }
        out.into()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    workflow_name: Option<String>,
    workflow_instance_id: Option<String>,
    status: Option<String>,
    created_since: Option<i64>,
    created_before: Option<i64>,
    completed_since: Option<i64>,
    completed_before: Option<i64>,
    limit: Option<i64>,
    page_token: Option<String>,
    sort_by: Option<String>,
    sort_direction: Option<String>,
}

async fn runs(
    State(state): State<AppState>,
    Query(filter): Query<Filter>,
) -> Result<axum::Json<Value>, Refusal> {
    let direction = filter.sort_direction.clone();
    // Unless somebody sorts, the latest come first.
    let direction = direction.or_else(|| filter.sort_by.is_none().then(|| "DESC".to_owned()));
    let asked = Asked {
        limit: filter.limit,
        page_token: filter.page_token,
        sort_by: filter.sort_by,
        sort_direction: direction,
    };
    let sort = asked.sort(&["id", "created_at", "completed_at"])?;
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values: Vec<storage::Value> = Vec::new();
    for (column, text) in [("j.kind", filter.workflow_name), ("j.lane", filter.workflow_instance_id)] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            conditions.push(format!("{column} = ?"));
            values.push(text.replace('\0', "").into());
        }
    }
    if let Some(status) = filter.status.filter(|status| !status.is_empty()) {
        let states = STATUSES.iter().find(|(name, _)| *name == status).map(|(_, states)| *states);
        let states = states.ok_or_else(|| Error::invalid("status", "is not a status of runs", status))?;
        conditions.push(format!("j.state IN ({})", storage::marks(states.len())));
        values.extend(states.iter().map(|state| (*state).into()));
    }
    let bounds = [
        ("j.created_at >= ?", filter.created_since),
        ("j.created_at < ?", filter.created_before),
        ("j.ended_at >= ?", filter.completed_since),
        ("j.ended_at < ?", filter.completed_before),
    ];
    for (condition, at) in bounds {
        if let Some(at) = at {
            conditions.push(condition.to_owned());
            values.push(at.into());
        }
    }
    let count = format!("SELECT count(*) FROM job j WHERE {}", conditions.join(" AND "));
    let count = state.db.count(&count, values.clone()).await?;
    let column = match sort.by.as_str() {
        "created_at" => "j.created_at",
        "completed_at" => "COALESCE(j.ended_at, 0)",
        _ => "j.id",
    };
    let (order, direction) = if sort.descending { ("<", "DESC") } else { (">", "ASC") };
    if let Some(cursor) = &sort.after {
        conditions.push(format!("({column} {order} ? OR ({column} = ? AND j.id {order} ?))"));
        let value = cursor.value.as_i64().unwrap_or_default();
        values.extend(params![value, value, cursor.id]);
    }
    values.push(sort.limit.into());
    let text = format!(
        "SELECT {COLUMNS} FROM job j WHERE {} ORDER BY {column} {direction}, j.id {direction} LIMIT ?",
        conditions.join(" AND ")
    );
    let rows: Vec<Run> = state.db.rows(&text, values).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == sort.limit);
    let next = rows.last().filter(|_| full).map(|last| Cursor {
        value: match sort.by.as_str() {
            "created_at" => last.created_at.into(),
            "completed_at" => last.ended_at.unwrap_or_default().into(),
            _ => last.id.into(),
        },
        by: sort.by,
        descending: sort.descending,
        id: last.id,
    });
    Ok(axum::Json(page(rows.iter().map(Run::json).collect(), next, count)))
}

async fn find(state: &AppState, id: &str) -> Result<Run, Refusal> {
    let text = format!("SELECT {COLUMNS} FROM job j WHERE j.id = ?");
    let found = state.db.row(&text, params![id_of(id)?]).await?;
    found.ok_or_else(|| Error::not_found("The workflow run could not be found.").into())
}

async fn run(State(state): State<AppState>, Path(id): Path<String>) -> Result<axum::Json<Value>, Refusal> {
    Ok(axum::Json(find(&state, &id).await?.json()))
}

async fn instance(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Refusal> {
    let text = format!(
        "SELECT {COLUMNS} FROM job j WHERE j.lane = ? AND j.state IN ('READY', 'RUNNING') ORDER BY j.id LIMIT 1"
    );
    let found: Option<Run> = state.db.row(&text, params![id.replace('\0', "")]).await?;
    let unknown = || Error::not_found("The workflow instance could not be found.");
    Ok(axum::Json(found.ok_or_else(unknown)?.json()))
}

async fn events(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(given): Query<HashMap<String, String>>,
) -> Result<axum::Json<Value>, Refusal> {
    let run = find(&state, &id).await?;
    let seen = given.get("from_sequence_number").and_then(|text| text.parse::<usize>().ok());
    let happened = [
        ("RUN_CREATED", Some(run.created_at)),
        ("RUN_STARTED", run.started_at),
        (if run.status() == "COMPLETED" { "RUN_COMPLETED" } else { "RUN_ENDED" }, run.ended_at),
    ];
    let items: Vec<Value> = happened
        .iter()
        .filter_map(|(name, at)| Some((name, (*at)?)))
        .enumerate()
        .filter(|(n, _)| seen.is_none_or(|seen| *n > seen))
        .map(|(n, (name, at))| json!({ "sequence_number": n, "event": { "type": name, "timestamp": at } }))
        .collect();
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(axum::Json(page(items, None, count)))
}
