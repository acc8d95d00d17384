//! What people decide about violations, with its trail (behaviour reference §7.6).

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{Sql, Tx, marks, now_ms, params};

use super::api::{VIEW, find_component};
use super::{COLUMNS, Violation, told};
use crate::component::Component;
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, Scope, Uuid, route};
use crate::{metrics, notification, policy};

const CHANGE: Access = Access::Any(&[Permission::PolicyViolationAnalysis]);
const STATES: [&str; 3] = ["APPROVED", "REJECTED", NOT_SET];
const NOT_SET: &str = "NOT_SET";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/violation/analysis", VIEW, show)
            .says("Shows what was decided about a violation; empty when nothing was.")
            .query("component", "uuid")
            .query("policyViolation", "uuid")
            .gives(200, "ViolationAnalysis"),
        route(Method::PUT, "/v1/violation/analysis", CHANGE, put)
            .says("Decides about a violation.")
            .takes("ViolationAnalysisChange")
            .gives(200, "ViolationAnalysis"),
    ]
}

#[derive(FromQueryResult)]
struct Analysis {
    id: i64,
    violation_id: i64,
    state: String,
    suppressed: bool,
}

/// What was decided about these violations, by violation.
pub(super) async fn of_violations(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Value>> {
    #[derive(FromQueryResult)]
    struct Comment {
        analysis_id: i64,
        at: i64,
        comment: String,
        commenter: Option<String>,
    }
    let mut out = HashMap::new();
    for chunk in ids.chunks(1_000) {
        let list = marks(chunk.len());
        let values = || chunk.iter().map(|id| (*id).into()).collect::<Vec<storage::Value>>();
        let text = format!(
            "SELECT id, violation_id, state, suppressed FROM violation_analysis WHERE violation_id IN ({list})"
        );
        let analyses: Vec<Analysis> = sql.rows(&text, values()).await?;
        if analyses.is_empty() {
            continue;
        }
        let text = format!(
            "SELECT t.analysis_id, t.at, t.comment, t.commenter FROM violation_analysis_comment t \
             JOIN violation_analysis a ON a.id = t.analysis_id WHERE a.violation_id IN ({list}) ORDER BY t.id"
        );
        let mut comments: HashMap<i64, Vec<Value>> = HashMap::new();
        for row in sql.rows::<Comment>(&text, values()).await? {
            let mut shown = json!({ "timestamp": row.at, "comment": row.comment });
            if let (Some(commenter), Some(object)) = (row.commenter, shown.as_object_mut()) {
                object.insert("commenter".to_owned(), json!(commenter));
            }
            comments.entry(row.analysis_id).or_default().push(shown);
        }
        for analysis in analyses {
            let shown = json!({
                "analysisState": analysis.state,
                "analysisComments": comments.remove(&analysis.id).unwrap_or_default(),
                "isSuppressed": analysis.suppressed,
            });
            out.insert(analysis.violation_id, shown);
        }
    }
    Ok(out)
}

async fn subjects(
    sql: &impl Sql,
    scope: &Scope,
    component: &str,
    violation: &str,
) -> Result<(Component, Violation)> {
    let component = find_component(sql, scope, component).await?;
    let text = format!("SELECT {COLUMNS} FROM policy_violation b WHERE b.uuid = ? AND b.component_id = ?");
    let violation = sql.row(&text, params![violation, component.id]).await?;
    let violation = violation.ok_or_else(|| Error::not_found("The policy violation could not be found."))?;
    Ok((component, violation))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    component: String,
    policy_violation: String,
}

async fn show(State(state): State<AppState>, scope: Scope, Query(wanted): Query<Wanted>) -> Result<Response> {
    for (at, uuid) in [&wanted.component, &wanted.policy_violation].into_iter().enumerate() {
        if !Uuid::is_valid(uuid) {
            return Err(Error::invalid(&format!("retrieveAnalysis.arg{at}"), "Invalid UUID", uuid.as_str()));
        }
    }
    let (_, violation) = subjects(&state.db, &scope, &wanted.component, &wanted.policy_violation).await?;
    Ok(match of_violations(&state.db, &[violation.id]).await?.remove(&violation.id) {
        Some(analysis) => axum::Json(analysis).into_response(),
        None => StatusCode::OK.into_response(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    component: Option<String>,
    policy_violation: Option<String>,
    analysis_state: Option<String>,
    comment: Option<String>,
    is_suppressed: Option<bool>,
    // Older clients call it so; some send both.
    suppressed: Option<bool>,
}

fn needed(name: &'static str, value: Option<String>) -> Result<String> {
    let value = value.ok_or_else(|| {
        Error::problem(
            "The provided JSON payload could not be mapped",
            format!("Missing required creator property '{name}'"),
        )
    })?;
    if Uuid::is_valid(&value) {
        return Ok(value);
    }
    let message = format!("The {name} must be a valid 36 character UUID");
    Err(Error::invalid(name, &message, value))
}

async fn put(
    State(state): State<AppState>,
    scope: Scope,
    Caller(caller): Caller,
    Json(request): Json<Request>,
) -> Result<axum::Json<Value>> {
    let wanted = request.analysis_state.as_deref().map(str::trim).filter(|state| !state.is_empty());
    let wanted = wanted.unwrap_or(NOT_SET).to_owned();
    if !STATES.contains(&wanted.as_str()) {
        return Err(Error::problem(
            "The provided JSON payload could not be mapped",
            format!("analysisState: {wanted:?} is not one of {}", STATES.join(", ")),
        ));
    }
    let component = needed("component", request.component)?;
    let violation = needed("policyViolation", request.policy_violation)?;
    let tx = state.db.begin().await?;
    let (component, violation) = subjects(&tx, &scope, &component, &violation).await?;
    tx.lock(&format!("violation:{}", violation.id)).await?;
    let change = Change {
        state: wanted,
        suppressed: request.is_suppressed.or(request.suppressed),
        comment: request.comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
    };
    apply(&tx, &component, &violation, change, Some(&caller.name())).await?;
    let out = of_violations(&tx, &[violation.id]).await?.remove(&violation.id).unwrap_or_default();
    tx.commit().await?;
    Ok(axum::Json(out))
}

struct Change {
    state: String,
    suppressed: Option<bool>,
    comment: Option<String>,
}

async fn apply(
    tx: &Tx,
    component: &Component,
    violation: &Violation,
    change: Change,
    commenter: Option<&str>,
) -> Result<()> {
    let text = "SELECT id, violation_id, state, suppressed FROM violation_analysis WHERE violation_id = ?";
    let before: Option<Analysis> = tx.row(text, params![violation.id]).await?;
    let is_first = before.is_none();
    let before = match before {
        Some(before) => before,
        None => {
            let row = [
                ("violation_id", violation.id.into()),
                ("state", NOT_SET.into()),
                ("suppressed", false.into()),
            ];
            let id = tx.insert("violation_analysis", &row).await?;
            Analysis { id, violation_id: violation.id, state: NOT_SET.to_owned(), suppressed: false }
        }
    };
    let suppressed = change.suppressed.unwrap_or(before.suppressed);
    let mut trail = Vec::new();
    if change.state != before.state {
        trail.push(format!("{} → {}", before.state, change.state));
    }
    if suppressed != before.suppressed {
        trail.push(if suppressed { "Suppressed" } else { "Unsuppressed" }.to_owned());
    }
    let (state_changed, has_changed) = (change.state != before.state, !trail.is_empty());
    trail.extend(change.comment);
    let state = change.state;
    let row = [("state", state.clone().into()), ("suppressed", suppressed.into())];
    tx.update("violation_analysis", before.id, &row).await?;
    let now = now_ms();
    let rows = trail.into_iter().map(|comment| params![before.id, now, comment, commenter]).collect();
    let columns = ["analysis_id", "at", "comment", "commenter"];
    tx.insert_many("violation_analysis_comment", &columns, rows, "").await?;
    if has_changed {
        metrics::mark_where(tx, "id = ?", params![component.project_id]).await?;
        policy::queue(tx).await?;
    }
    if let (true, Some(told)) = (has_changed || is_first, told(tx, &[violation.id]).await?.pop()) {
        let now = (state.as_str(), suppressed);
        notification::violation_audit_changed(tx, &told, now, state_changed || is_first).await?;
    }
    Ok(())
}
