//! Runs: queued, running, ended, with their phases and counts.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::jobs::{self, IfWaiting, NewJob};
use storage::{Sql, Tx, Value, marks, now_ms, params};

use crate::error::Problem;
use crate::{Error, Platform, Result};

/// The kind of the job that is a run.
pub(super) const KIND: &str = "sync.run";

/// Its payload.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub run: i64,
}

/// Why a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person pressed the button.
    User,
    /// The schedule of the integration.
    Schedule,
    /// Dependency-Track told of a change.
    Webhook,
    /// A pipeline asked for it.
    Pipeline,
    /// The asset was just imported.
    Import,
}

impl Cause {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::User => "USER",
            Cause::Schedule => "SCHEDULE",
            Cause::Webhook => "WEBHOOK",
            Cause::Pipeline => "PIPELINE",
            Cause::Import => "IMPORT",
        }
    }
}

/// A run.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// Whose asset it is.
    pub company_id: i64,
    /// The asset.
    pub asset_id: i64,
    /// The integration.
    pub integration_id: i64,
    /// The link between asset and project.
    pub link_id: i64,
    /// The word of its [`Cause`].
    pub cause: String,
    /// `QUEUED`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`.
    pub state: String,
    /// `CONNECT`, `PROJECT`, `FINDINGS`, `MATCH`, `APPLY`, `PUSH`, `DONE`.
    pub phase: String,
    /// How much of the phase is done.
    pub done: i64,
    /// Of how much.
    pub total: Option<i64>,
    /// Issues made.
    pub created: i64,
    /// Issues changed.
    pub updated: i64,
    /// Issues found to be gone.
    pub fixed: i64,
    /// Issues found again.
    pub reopened: i64,
    /// Issues as they were.
    pub unchanged: i64,
    /// Findings left out by the severity filter.
    pub filtered_out: i64,
    /// Decisions that were sent out (again).
    pub pushed: i64,
    /// JSON list of problems.
    pub problems: String,
    /// Its job.
    pub job_id: Option<i64>,
    /// When it was queued (epoch milliseconds).
    pub created_at: i64,
    /// When it was started.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

const COLUMNS: &str = "id, company_id, asset_id, integration_id, link_id, cause, state, phase, done, total, created, \
     updated, fixed, reopened, unchanged, filtered_out, pushed, problems, job_id, created_at, started_at, ended_at";

/// The phases and the share of the whole at which each begins.
const PHASES: [(&str, f64); 7] = [
    ("CONNECT", 0.0),
    ("PROJECT", 0.05),
    ("FINDINGS", 0.1),
    ("MATCH", 0.5),
    ("APPLY", 0.6),
    ("PUSH", 0.95),
    ("DONE", 1.0),
];

impl Run {
    /// Why it failed.
    pub fn problems(&self) -> Vec<Problem> {
        serde_json::from_str(&self.problems).unwrap_or_default()
    }

    /// How far it is, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.state == "SUCCEEDED" {
            return 1.0;
        }
        let at = PHASES.iter().position(|(name, _)| *name == self.phase).unwrap_or_default();
        let start = PHASES.get(at).map_or(0.0, |(_, start)| *start);
        let end = PHASES.get(at + 1).map_or(1.0, |(_, start)| *start);
        let share = match self.total {
            Some(total) if total > 0 => (self.done as f64 / total as f64).clamp(0.0, 1.0),
            _ => 0.0,
        };
        start + (end - start) * share
    }
}

/// Queues a run of a link, not before `run_at`; the run that already waits, if one does.
pub async fn queue(tx: &Tx, link: i64, cause: Cause, run_at: i64) -> Result<i64> {
    let link = crate::integration::link_by_id(tx, link).await?.ok_or(Error::NotFound("link"))?;
    let company: Option<i64> =
        tx.scalar("SELECT company_id FROM asset WHERE id = ?", params![link.asset_id]).await?;
    let lane = format!("asset:{}", link.asset_id);
    tx.lock(&format!("sync:{lane}")).await?;
    let waiting: Option<i64> = tx
        .scalar(
            "SELECT r.id FROM sync_run r JOIN job j ON j.id = r.job_id WHERE r.link_id = ? AND j.state = 'READY' \
             AND j.attempt = 0 ORDER BY r.id LIMIT 1",
            params![link.id],
        )
        .await?;
    if let Some(run) = waiting {
        if run_at == 0 {
            // Somebody wants it now: it does not wait for further events.
            tx.execute(
                "UPDATE job SET run_at = ? WHERE id = (SELECT job_id FROM sync_run WHERE id = ?) AND state = 'READY'",
                params![now_ms(), run],
            )
            .await?;
        }
        return Ok(run);
    }
    let run = tx
        .insert(
            "sync_run",
            &[
                ("company_id", company.unwrap_or_default().into()),
                ("asset_id", link.asset_id.into()),
                ("integration_id", link.integration_id.into()),
                ("link_id", link.id.into()),
                ("cause", cause.as_str().into()),
                ("state", "QUEUED".into()),
                ("phase", "CONNECT".into()),
                ("done", 0_i64.into()),
                ("created", 0_i64.into()),
                ("updated", 0_i64.into()),
                ("fixed", 0_i64.into()),
                ("reopened", 0_i64.into()),
                ("unchanged", 0_i64.into()),
                ("filtered_out", 0_i64.into()),
                ("pushed", 0_i64.into()),
                ("problems", "[]".into()),
                ("created_at", now_ms().into()),
            ],
        )
        .await?;
    let job = NewJob::new(KIND, Payload { run })?
        .lane(lane, IfWaiting::Append)
        .pool(format!("integration:{}", link.integration_id))
        .run_at(run_at.max(now_ms()));
    let job = jobs::enqueue(tx, job).await?;
    tx.update("sync_run", run, &[("job_id", job.into())]).await?;
    Ok(run)
}

/// Queues a run for every asset of an integration. Their ids.
pub async fn queue_all(tx: &Tx, integration: i64, cause: Cause) -> Result<Vec<i64>> {
    let links: Vec<i64> = tx
        .column("SELECT id FROM asset_link WHERE integration_id = ? ORDER BY id", params![integration])
        .await?;
    let mut runs = Vec::with_capacity(links.len());
    for link in links {
        runs.push(queue(tx, link, cause, 0).await?);
    }
    Ok(runs)
}

/// The run, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Run>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM sync_run WHERE company_id IN ({list}) AND id = ?"), values)
        .await?)
}

/// The runs with these ids.
pub async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Run>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(&format!("SELECT {COLUMNS} FROM sync_run WHERE id IN ({})", marks(ids.len())), values)
        .await?)
}

/// The last run of each of these assets.
pub async fn latest(sql: &impl Sql, assets: &[i64]) -> Result<HashMap<i64, Run>> {
    let values = assets.iter().map(|id| (*id).into()).collect();
    let rows: Vec<Run> = sql
        .rows(
            &format!(
                "SELECT {COLUMNS} FROM sync_run WHERE id IN (SELECT max(id) FROM sync_run WHERE asset_id IN ({}) GROUP BY asset_id)",
                marks(assets.len())
            ),
            values,
        )
        .await?;
    Ok(rows.into_iter().map(|run| (run.asset_id, run)).collect())
}

/// A page of a company's runs, newest first, and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &[(&str, Option<Value>)],
    offset: i64,
    limit: i64,
) -> Result<(Vec<Run>, i64)> {
    let mut conditions = vec!["company_id = ?".to_owned()];
    let mut values = params![company];
    for (column, value) in filter {
        if let Some(value) = value {
            conditions.push(format!("{column} = ?"));
            values.push(value.clone());
        }
    }
    let conditions = conditions.join(" AND ");
    let count =
        sql.count(&format!("SELECT count(*) FROM sync_run WHERE {conditions}"), values.clone()).await?;
    values.extend(params![limit, offset]);
    let rows = sql
        .rows(
            &format!("SELECT {COLUMNS} FROM sync_run WHERE {conditions} ORDER BY id DESC LIMIT ? OFFSET ?"),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// Cancels a run that waits or runs.
pub async fn cancel(platform: &Platform, run: &Run) -> Result<()> {
    let tx = platform.db.begin().await?;
    if let Some(job) = run.job_id {
        jobs::cancel(&tx, job).await?;
    }
    tx.execute(
        "UPDATE sync_run SET state = 'CANCELLED', ended_at = ? WHERE id = ? AND state = 'QUEUED'",
        params![now_ms(), run.id],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
