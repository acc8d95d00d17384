//! What can be watched. The database is looked at a few times a second, so that a watcher on one node
//! sees what happens on another.

use std::time::Duration;

use async_graphql::{Context, ID};
use futures::Stream;
use storage::{Sql, params};

use super::caller::{caller, number, platform, told};
use super::issue::{IssueInterface, ScaFinding};
use super::sync::SyncRun;
use crate::company::Action;
use crate::{Error, Platform, issue, sync};

/// How often a run is looked at.
const RUN: Duration = Duration::from_millis(250);
/// How often a company's history is looked at.
const HISTORY: Duration = Duration::from_millis(500);

/// Everything that can be watched.
pub(super) struct Subscription;

/// What a watcher of runs has seen.
struct Watch {
    platform: Platform,
    companies: Vec<i64>,
    asset: Option<i64>,
    run: Option<i64>,
    seen: Option<(i64, String, String, i64)>,
    ended: bool,
}

impl Watch {
    async fn look(&self) -> crate::Result<Option<sync::Run>> {
        match (self.run, self.asset) {
            (Some(run), _) => sync::by_id(&self.platform.db, &self.companies, run).await,
            (None, Some(asset)) => Ok(sync::latest(&self.platform.db, &[asset]).await?.remove(&asset)),
            (None, None) => Ok(None),
        }
    }

    /// The next change of the run; none when a single run has ended.
    async fn next(&mut self) -> Option<sync::Run> {
        loop {
            if self.ended {
                return None;
            }
            if let Ok(Some(run)) = self.look().await {
                let now = Some((run.id, run.state.clone(), run.phase.clone(), run.done));
                if now != self.seen {
                    self.seen = now;
                    self.ended = self.run.is_some() && !matches!(run.state.as_str(), "QUEUED" | "RUNNING");
                    return Some(run);
                }
            }
            tokio::time::sleep(RUN).await;
        }
    }
}

#[async_graphql::Subscription]
impl Subscription {
    /// A run, or the runs of an asset, whenever they change.
    async fn sync_progress(
        &self,
        context: &Context<'_>,
        asset_id: Option<ID>,
        run_id: Option<ID>,
    ) -> async_graphql::Result<impl Stream<Item = SyncRun>> {
        let (platform, companies) = (platform(context)?.clone(), caller(context)?.company_ids());
        let (asset, run) = (asset_id.as_ref().map(number), run_id.as_ref().map(number));
        match (asset, run) {
            (None, None) => return Err(told(Error::invalid("assetId", "name an asset or a run"))),
            (_, Some(run)) => {
                let found = sync::by_id(&platform.db, &companies, run).await.map_err(told)?;
                found.ok_or_else(|| told(Error::NotFound("run")))?;
            }
            (Some(asset), None) => {
                let found = crate::asset::by_id(&platform.db, &companies, asset).await.map_err(told)?;
                found.ok_or_else(|| told(Error::NotFound("asset")))?;
            }
        }
        let watch = Watch { platform, companies, asset, run, seen: None, ended: false };
        Ok(futures::stream::unfold(watch, |mut watch| async move {
            let run = watch.next().await?;
            Some((SyncRun(run), watch))
        }))
    }

    /// The issues of a company whenever they change.
    async fn issue_changed(
        &self,
        context: &Context<'_>,
        company_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = IssueInterface>> {
        let (platform, company) = (platform(context)?.clone(), number(&company_id));
        let viewer = caller(context)?.user();
        caller(context)?.require(company, Action::See).map_err(told)?;
        let last = platform.db.count("SELECT max(id) FROM issue_event", params![]).await;
        let last = last.map_err(|e| told(e.into()))?;
        let start = (platform, last, Vec::<i64>::new());
        Ok(futures::stream::unfold(start, move |(platform, mut last, mut waiting)| async move {
            loop {
                while let Some(id) = waiting.pop() {
                    if let Ok(Some(found)) = issue::by_id(&platform.db, &[company], viewer, id).await {
                        return Some((ScaFinding(found).into(), (platform, last, waiting)));
                    }
                }
                tokio::time::sleep(HISTORY).await;
                if let Ok((newest, mut changed)) = changes(&platform, company, last).await {
                    last = newest;
                    changed.reverse();
                    waiting = changed;
                }
            }
        }))
    }
}

/// The issues of a company that changed after an event, in order, and the last event there is.
async fn changes(platform: &Platform, company: i64, last: i64) -> crate::Result<(i64, Vec<i64>)> {
    let newest = platform.db.count("SELECT max(id) FROM issue_event", params![]).await?;
    let changed = platform
        .db
        .column(
            "SELECT e.issue_id FROM issue_event e JOIN issue i ON i.id = e.issue_id \
             WHERE e.id > ? AND e.id <= ? AND i.company_id = ? GROUP BY e.issue_id ORDER BY max(e.id) LIMIT 1000",
            params![last, newest, company],
        )
        .await?;
    Ok((newest, changed))
}
