//! Analysing a project again (behaviour reference §6.3).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, params};

use super::project;
use crate::package_version::{self, Which};
use crate::server::{AppState, Result, Scope, Uuid};
use crate::{event, policy, remote, repository};

const ANALYSE: &str = "project.analyse";

#[derive(Serialize, Deserialize)]
struct Analyse {
    project: i64,
}

/// Starts it, or answers with the token of the one that waits.
pub(super) async fn start(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<Response> {
    let tx = state.db.begin().await?;
    let project = project::visible(&tx, &scope, &uuid).await?;
    let job = NewJob::new(ANALYSE, Analyse { project: project.id })?
        .lane(format!("project:{}", project.id), IfWaiting::Keep);
    let job = enqueue(&tx, job).await?;
    let token = event::create(&tx, job).await?;
    remote::queue(&tx).await?;
    repository::queue(&tx, project.id).await?;
    tx.commit().await?;
    Ok((StatusCode::OK, axum::Json(json!({ "token": token }))).into_response())
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(ANALYSE, 1, |context: Context| async move {
        let Analyse { project } = context.payload()?;
        reanalyse(&context, project).await.map_err(Failure::retry)
    })
}

async fn reanalyse(context: &Context, project: i64) -> Result<()> {
    let versions: Vec<i64> = context
        .db
        .column(
            "SELECT DISTINCT package_version_id FROM component WHERE project_id = ? AND package_version_id IS NOT NULL",
            params![project],
        )
        .await?;
    package_version::analyse(&context.db, &versions, Which::All).await?;
    let tx = context.db.begin().await?;
    crate::project::analysed(&tx, &[project]).await?;
    tx.commit().await?;
    policy::settle(&context.db).await?;
    policy::settle_project(&context.db, project).await
}
