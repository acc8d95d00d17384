//! Tokens of asynchronous work (behaviour reference §1.9): what follows an upload is done when the
//! job that it queued has ended.

use axum::extract::State;
use axum::http::Method;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use crate::server::{Access, AppState, Result, Route, Scope, Uuid, route};

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema { name: "Processing", members: "processing!: boolean" },
    crate::openapi::Schema { name: "Token", members: "token!: uuid" },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/event/token/{uuid}", Access::Authenticated, show)
            .says("Tells whether the work that a token stands for is still to be done.")
            .gives(200, "Processing"),
    ]
}

/// Makes a token for a job that is queued in this transaction.
pub(crate) async fn create(tx: &Tx, job: i64) -> Result<String> {
    let uuid = uuid::Uuid::new_v4().to_string();
    tx.execute("INSERT INTO event_token (uuid, job_id) VALUES (?, ?)", params![uuid.clone(), job]).await?;
    Ok(uuid)
}

#[derive(FromQueryResult)]
struct Work {
    lane: Option<String>,
    state: String,
}

pub(crate) async fn show(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
) -> Result<axum::Json<Value>> {
    let text = "SELECT j.lane, j.state FROM event_token t JOIN job j ON j.id = t.job_id WHERE t.uuid = ?";
    let Some(work) = state.db.row::<Work>(text, params![uuid.as_str()]).await? else {
        return Ok(axum::Json(json!({ "processing": false })));
    };
    // Work on a project stands in its lane.
    let project = work.lane.as_deref().and_then(|lane| lane.strip_prefix("project:")?.parse().ok());
    if let Some(project) = project {
        scope.check(&state.db, project).await?;
    }
    Ok(axum::Json(json!({ "processing": matches!(work.state.as_str(), "READY" | "RUNNING") })))
}
