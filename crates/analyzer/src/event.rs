//! Tokens of asynchronous work (behaviour reference §1.9): what follows an upload is done when the
//! job that it queued has ended.

use axum::extract::State;
use axum::http::Method;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use crate::server::{Access, AppState, Result, Route, Uuid, route};

pub(crate) fn routes() -> Vec<Route> {
    vec![route(Method::GET, "/v1/event/token/{uuid}", Access::Authenticated, show)]
}

/// Makes a token for a job that is queued in this transaction.
pub(crate) async fn create(tx: &Tx, job: i64) -> Result<String> {
    let uuid = uuid::Uuid::new_v4().to_string();
    tx.execute("INSERT INTO event_token (uuid, job_id) VALUES (?, ?)", params![uuid.clone(), job]).await?;
    Ok(uuid)
}

pub(crate) async fn show(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    let waiting = state
        .db
        .count(
            "SELECT count(*) FROM event_token t JOIN job j ON j.id = t.job_id \
             WHERE t.uuid = ? AND j.state IN ('READY', 'RUNNING')",
            params![uuid.as_str()],
        )
        .await?;
    Ok(axum::Json(json!({ "processing": waiting > 0 })))
}
