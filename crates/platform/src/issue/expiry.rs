//! Accepted risks that end: back to Identified on the day, recorded and pushed like any change.

use std::time::Duration;

use storage::worker::{Context, Failure, Worker};
use storage::{Sql, now_ms, params};

use super::{Actor, Status, by_ids, day, set_status};
use crate::asset::risk;
use crate::{Platform, Result, push};

const KIND: &str = "issue.expiry";

pub(crate) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.every(KIND, Duration::from_secs(10)).on(KIND, 1, move |context: Context| {
        let platform = platform.clone();
        async move { expire(&platform, &context).await.map_err(Failure::retry) }
    })
}

async fn expire(platform: &Platform, context: &Context) -> Result<()> {
    let actor = Actor { source: "SYSTEM", name: "Twintrack".to_owned(), user: None, run: None };
    loop {
        let due: Vec<i64> = platform
            .db
            .column(
                "SELECT id FROM issue WHERE expires_at <= ? AND status = 'RISK_ACCEPTED' ORDER BY expires_at LIMIT 100",
                params![now_ms()],
            )
            .await?;
        if due.is_empty() || context.cancelled() {
            return Ok(());
        }
        for id in due {
            let tx = platform.db.begin().await?;
            tx.lock(&format!("issue:{id}")).await?;
            let Some(mut issue) = by_ids(&tx, &[id]).await?.pop() else { continue };
            // Somebody may have decided anew in this moment.
            let Some(at) = issue.expires_at.filter(|at| *at <= now_ms()) else { continue };
            let reason = format!("the risk was accepted until {}", day(at));
            set_status(&tx, &mut issue, Status::Identified, &actor, Some(&reason)).await?;
            push::of_issue(platform, &tx, &issue, &actor.name, Some(&reason)).await?;
            risk::refresh(&tx, &[issue.asset_id]).await?;
            tx.commit().await?;
        }
    }
}
