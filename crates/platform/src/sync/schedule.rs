//! Synchronizations that start by themselves: a cron expression for each integration, in UTC.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use croner::Cron;
use sea_orm::FromQueryResult;
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, now_ms, params};

use super::run::{Cause, queue_all};
use crate::{Error, Platform, Result};

const KIND: &str = "sync.schedule";

/// How often the schedules are looked at.
const EVERY: Duration = Duration::from_secs(15);

/// When a schedule is due next (epoch milliseconds).
///
/// # Errors
/// [`Error::Invalid`] for what is no cron expression, and for one that is never due.
pub fn next_after(cron: &str, now: i64) -> Result<i64> {
    let told = |what: String| {
        Error::invalid(
            "cron",
            format!("{what}; write five fields in UTC, for instance 0 3 * * * for every day at three"),
        )
    };
    let parsed = Cron::from_str(cron.trim()).map_err(|e| told(format!("{cron:?} is no schedule: {e}")))?;
    let now = DateTime::<Utc>::from_timestamp_millis(now).unwrap_or_default();
    let next =
        parsed.find_next_occurrence(&now, false).map_err(|e| told(format!("{cron:?} is never due: {e}")))?;
    Ok(next.timestamp_millis())
}

pub(super) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.every(KIND, EVERY).on(KIND, 1, move |_: Context| {
        let platform = platform.clone();
        async move { look(&platform).await.map_err(Failure::retry) }
    })
}

async fn look(platform: &Platform) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Due {
        id: i64,
        cron: String,
    }
    let now = now_ms();
    let due: Vec<Due> = platform
        .db
        .rows(
            "SELECT id, cron FROM integration WHERE cron IS NOT NULL AND next_sync_at <= ? ORDER BY id",
            params![now],
        )
        .await?;
    for one in due {
        let tx = platform.db.begin().await?;
        queue_all(&tx, one.id, Cause::Schedule).await?;
        let next = next_after(&one.cron, now).ok();
        tx.update("integration", one.id, &[("next_sync_at", next.into())]).await?;
        tx.commit().await?;
    }
    Ok(())
}
