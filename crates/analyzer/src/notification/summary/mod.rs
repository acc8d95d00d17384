//! Rules that sum up by a schedule (behaviour reference §10.2).
//!
//! Every minute the rules that are due are claimed, one transaction each: their next time is set and
//! the summary is queued together, so that each time is taken once, whichever node sees it first.

mod violation;
mod vulnerability;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, now_ms, params};

use super::deliver;
use super::group::{INFORMATIONAL, PORTFOLIO, SCHEDULE, VIOLATIONS_SUMMARY, VULNERABILITIES_SUMMARY};
use super::notice::Notice;
use super::rule::{self, Rule};
use crate::server::Result;

const TICK: &str = "notification.schedule";
const SUM_UP: &str = "notification.summary";
/// How many findings or violations a summary names; its counts are of all.
const MOST_DETAILS: i64 = 2_000;

pub(super) fn register(worker: Worker) -> Worker {
    worker
        .on(TICK, 1, |context: Context| async move { claim(&context.db).await.map_err(Failure::retry) })
        .on(SUM_UP, 2, |context: Context| async move {
            let due: Due = context.payload()?;
            sum_up(&context.db, &due).await.map_err(Failure::retry)
        })
        .every(TICK, Duration::from_secs(60))
}

/// A summary that is due: what is newer than a time and a component.
#[derive(Serialize, Deserialize)]
struct Due {
    rule: i64,
    /// Epoch milliseconds.
    since: i64,
    component: i64,
}

/// What is new for the projects of a rule.
struct Summary {
    is_empty: bool,
    title: &'static str,
    content: String,
    subject: Value,
}

async fn claim(db: &Db) -> Result<()> {
    let text = "SELECT id FROM notification_rule WHERE enabled AND trigger_type = ? AND schedule_next <= ? \
                ORDER BY schedule_next, id";
    let ids: Vec<i64> = db.column(text, params![SCHEDULE, now_ms()]).await?;
    for id in ids {
        let tx = db.begin().await?;
        tx.lock(&format!("schedule:{id}")).await?;
        let now = now_ms();
        let Some(rule) = rule::by_id(&tx, id).await? else { continue };
        // Another node may have been faster.
        if !rule.enabled || rule.schedule_next.is_none_or(|next| next > now) {
            continue;
        }
        let newest = tx.count("SELECT max(id) FROM component", params![]).await?;
        let due = Due {
            rule: id,
            since: rule.schedule_last.unwrap_or(now),
            component: rule.schedule_component.unwrap_or(newest),
        };
        let next = rule::next(rule.schedule_cron.as_deref().unwrap_or_default(), now);
        let changes = [
            ("schedule_last", now.into()),
            ("schedule_next", next.into()),
            ("schedule_component", newest.into()),
        ];
        tx.update("notification_rule", id, &changes).await?;
        enqueue(&tx, NewJob::new(SUM_UP, due)?.lane(format!("rule:{id}"), IfWaiting::Append)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The projects that a rule is limited to, and the active ones below them if it asks for those.
async fn projects(db: &Db, rule: &Rule) -> Result<Vec<i64>> {
    let text = "WITH RECURSIVE below (id) AS (SELECT project_id FROM notification_rule_project WHERE rule_id = ? \
                UNION SELECT p.id FROM project p JOIN below b ON p.parent_id = b.id WHERE p.active AND ?) \
                SELECT id FROM below ORDER BY id";
    Ok(db.column(text, params![rule.id, rule.notify_children]).await?)
}

async fn sum_up(db: &Db, due: &Due) -> Result<()> {
    let Some(rule) = rule::by_id(db, due.rule).await?.filter(|rule| rule.enabled) else { return Ok(()) };
    let projects = projects(db, &rule).await?;
    if projects.is_empty() {
        return Ok(());
    }
    let mut notices = Vec::new();
    for group in rule.groups() {
        let summary = match group.as_str() {
            VULNERABILITIES_SUMMARY => vulnerability::summary(db, &projects, due).await?,
            VIOLATIONS_SUMMARY => violation::summary(db, &projects, due).await?,
            _ => continue,
        };
        if summary.is_empty && rule.schedule_skip_unchanged {
            continue;
        }
        let kind = (PORTFOLIO, group.as_str(), INFORMATIONAL);
        notices.push(Notice::new(kind, summary.title, summary.content, summary.subject));
    }
    let tx = db.begin().await?;
    for notice in notices {
        deliver::put(&tx, &rule, notice).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The conditions that hold for what is new in some projects, which are whole numbers of ours.
fn listed(projects: &[i64]) -> String {
    projects.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
