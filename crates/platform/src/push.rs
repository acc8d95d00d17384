//! Decisions on their way to Dependency-Track: put into the outbox with the change itself, delivered
//! in order for each finding, superseded by a newer one, never given up while the finding exists.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, Tx, now_ms, outbox, params};

use crate::connector::{self, Decision, Place};
use crate::error::Problem;
use crate::integration;
use crate::issue::{Issue, Pair, Status};
use crate::sync::{self, Cause};
use crate::{Error, Platform, Result};

/// The outbox's channel of pushes.
const CHANNEL: &str = "dependency-track.push";

#[derive(Serialize, Deserialize)]
struct Payload {
    push: i64,
}

/// A finding behind an issue.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct FindingLink {
    pub id: i64,
    pub issue_id: i64,
    pub link_id: i64,
    pub component_uuid: String,
    pub vulnerability_uuid: String,
    pub state: String,
    pub suppressed: bool,
    pub agreed_at: i64,
}

impl FindingLink {
    /// What both sides last agreed on.
    pub(crate) fn base(&self) -> Pair {
        Pair::new(self.state.clone(), self.suppressed)
    }
}

pub(crate) const FINDING: &str = "f.id, f.issue_id, f.link_id, f.component_uuid, f.vulnerability_uuid, f.state, f.suppressed, f.agreed_at FROM finding_link f";

/// A push as it is shown.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Push {
    /// Its id.
    pub id: i64,
    /// Of which issue.
    pub issue_id: i64,
    /// The status that goes out.
    pub status: String,
    /// The last failure (JSON).
    pub problem: Option<String>,
    /// The state of its delivery.
    pub job_state: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next (epoch milliseconds).
    pub next_at: Option<i64>,
    /// When it was put into the outbox.
    pub created_at: i64,
    /// When it arrived.
    pub delivered_at: Option<i64>,
}

const SHOWN: &str = "p.id, p.issue_id, p.status, p.problem, j.state AS job_state, COALESCE(j.attempt, 0) AS attempts, \
     j.run_at AS next_at, p.created_at, p.delivered_at";

/// The push, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Push>> {
    let mut values: Vec<storage::Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = storage::marks(companies.len());
    let text = format!(
        "SELECT {SHOWN} FROM push p LEFT JOIN job j ON j.id = p.job_id WHERE p.company_id IN ({list}) AND p.id = ?"
    );
    Ok(sql.row(&text, values).await?)
}

/// The pushes of an integration that have not arrived yet, newest first, and how many there are.
pub async fn pending(
    sql: &impl Sql,
    integration: i64,
    asset: Option<i64>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Push>, i64)> {
    let from = "FROM push p JOIN issue i ON i.id = p.issue_id LEFT JOIN job j ON j.id = p.job_id \
         WHERE p.integration_id = ? AND p.delivered_at IS NULL AND (? OR i.asset_id = ?) \
         AND j.state IN ('READY', 'RUNNING', 'FAILED') \
         AND EXISTS (SELECT 1 FROM finding_link f WHERE f.id = p.finding_link_id)";
    let values = params![integration, asset.is_none(), asset.unwrap_or_default()];
    let count = sql.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let rows = sql
        .rows(
            &format!("SELECT {SHOWN} {from} ORDER BY p.id DESC LIMIT ? OFFSET ?"),
            [values, params![limit, offset]].concat(),
        )
        .await?;
    Ok((rows, count))
}

/// Puts what an issue's status means for each of its findings into the outbox. How many pushes.
pub(crate) async fn of_issue(
    platform: &Platform,
    tx: &Tx,
    issue: &Issue,
    who: &str,
    reason: Option<&str>,
) -> Result<i64> {
    let links: Vec<FindingLink> =
        tx.rows(&format!("SELECT {FINDING} WHERE f.issue_id = ? ORDER BY f.id"), params![issue.id]).await?;
    let mut pushed = 0;
    for link in links {
        pushed += i64::from(of_finding(platform, tx, issue, &link, who, reason).await?);
    }
    Ok(pushed)
}

/// The same for one finding. Says whether something is to be pushed.
pub(crate) async fn of_finding(
    platform: &Platform,
    tx: &Tx,
    issue: &Issue,
    link: &FindingLink,
    who: &str,
    reason: Option<&str>,
) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Target {
        integration_id: i64,
        show_work: bool,
    }
    let lane = format!("finding:{}", link.id);
    let target: Option<Target> = tx
        .row(
            "SELECT l.integration_id, n.show_work FROM asset_link l JOIN integration n ON n.id = l.integration_id \
             WHERE l.id = ?",
            params![link.link_id],
        )
        .await?;
    let Some(Target { integration_id: integration, show_work }) = target else { return Ok(false) };
    let Some((state, suppressed)) = issue.status().to_push(show_work) else { return Ok(false) };
    let base = link.base();
    // Work in progress agrees with what is there whether it is shown or not; shown, it is sent.
    let agrees = match state {
        Some(state @ "IN_TRIAGE") => base == Pair::new(state, suppressed),
        _ => issue.status().agrees(&base, show_work),
    };
    // Back to what both agreed on: what still waits is not to leave any more.
    if agrees {
        tx.execute(
            "UPDATE job SET state = 'SUPERSEDED', ended_at = ? WHERE kind = ? AND lane = ? AND state = 'READY'",
            params![now_ms(), CHANNEL, lane.clone()],
        )
        .await?;
        let running = tx
            .count(
                "SELECT count(*) FROM job WHERE kind = ? AND lane = ? AND state = 'RUNNING'",
                params![CHANNEL, lane.clone()],
            )
            .await?;
        if running == 0 {
            return Ok(false);
        }
    }
    let url = format!("{}/issues/{}", platform.public_url, issue.id);
    let comment = match reason {
        Some(reason) => format!("{reason} ({who}, {url})"),
        None => format!("Set to {} by {who} ({url})", issue.status),
    };
    let push = tx
        .insert(
            "push",
            &[
                ("company_id", issue.company_id.into()),
                ("issue_id", issue.id.into()),
                ("finding_link_id", link.id.into()),
                ("integration_id", integration.into()),
                ("status", issue.status.clone().into()),
                ("comment", comment.into()),
                ("created_at", now_ms().into()),
            ],
        )
        .await?;
    let job = outbox::put(tx, CHANNEL, lane, Payload { push }, true).await?;
    tx.update("push", push, &[("job_id", job.into())]).await?;
    Ok(true)
}

pub(crate) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.on(CHANNEL, 8, move |context: Context| {
        let platform = platform.clone();
        async move {
            let Payload { push } = context.payload()?;
            match deliver(&platform, push).await {
                Ok(()) => Ok(()),
                Err(error) => Err(failed(&platform, push, error).await),
            }
        }
    })
}

#[derive(FromQueryResult)]
struct Stored {
    issue_id: i64,
    finding_link_id: i64,
    integration_id: i64,
    status: String,
    comment: String,
}

async fn deliver(platform: &Platform, id: i64) -> Result<()> {
    let db = &platform.db;
    let stored: Option<Stored> = db
        .row(
            "SELECT issue_id, finding_link_id, integration_id, status, comment FROM push WHERE id = ?",
            params![id],
        )
        .await?;
    // The asset or the integration was removed meanwhile: there is nothing to tell any more.
    let Some(push) = stored else { return Ok(()) };
    let link: Option<FindingLink> =
        db.row(&format!("SELECT {FINDING} WHERE f.id = ?"), params![push.finding_link_id]).await?;
    let Some(link) = link else { return Ok(()) };
    let project: Option<String> =
        db.scalar("SELECT project_uuid FROM asset_link WHERE id = ?", params![link.link_id]).await?;
    let settings = integration::any_by_id(db, push.integration_id).await?;
    let (Some(project), Some(settings), Some(status)) = (project, settings, Status::parse(&push.status))
    else {
        return Ok(());
    };
    let Some((state, suppressed)) = status.to_push(settings.show_work) else { return Ok(()) };
    let decision = Decision {
        base: link.base(),
        place: Place { project, component: link.component_uuid, flaw: link.vulnerability_uuid },
        state,
        suppressed,
        will_not_fix: status == Status::RiskAccepted,
        comment: push.comment,
    };
    let there = connector::open(platform, &settings)?.decide(decision).await?;
    let tx = db.begin().await?;
    let now = now_ms();
    let Some(there) = there else {
        // Which change is the later one a synchronization finds out, and writes into the history.
        let message = "the analysis was changed too: a synchronization takes the later change".to_owned();
        let problem = Error::Conflict(message).problem();
        tx.update("push", id, &[("problem", problem.text().into())]).await?;
        sync::queue(&tx, link.link_id, Cause::User, 0).await?;
        return Ok(tx.commit().await?);
    };
    tx.update("push", id, &[("delivered_at", now.into()), ("problem", None::<String>.into())]).await?;
    let row =
        [("state", there.state.into()), ("suppressed", there.suppressed.into()), ("agreed_at", now.into())];
    tx.update("finding_link", link.id, &row).await?;
    integration::worked(&tx, push.integration_id).await?;
    tracing::debug!(push = id, issue = push.issue_id, "a decision has arrived");
    tx.commit().await?;
    Ok(())
}

/// Writes the failure where people see it, and says whether to try again.
async fn failed(platform: &Platform, push: i64, error: Error) -> Failure {
    let problem = error.problem();
    let written = note(platform, push, &error, &problem).await;
    if let Err(error) = written {
        tracing::warn!(%error, push, "the failure of a push could not be written down");
    }
    match error {
        // The finding is gone: the next synchronization says what became of it.
        error if error.is_final() => Failure::Final(problem.message),
        Error::DependencyTrack(error) => {
            Failure::Retry { message: problem.message, after: error.retry_after() }
        }
        _ => Failure::Retry { message: problem.message, after: None },
    }
}

async fn note(platform: &Platform, push: i64, error: &Error, problem: &Problem) -> Result<()> {
    let tx = platform.db.begin().await?;
    tx.update("push", push, &[("problem", problem.text().into())]).await?;
    let integration: Option<i64> =
        tx.scalar("SELECT integration_id FROM push WHERE id = ?", params![push]).await?;
    if error.is_final() {
        // What it was about is gone, or is something else now: a synchronization looks.
        let link: Option<i64> = tx
            .scalar(
                "SELECT f.link_id FROM finding_link f JOIN push p ON p.finding_link_id = f.id WHERE p.id = ?",
                params![push],
            )
            .await?;
        if let Some(link) = link {
            sync::queue(&tx, link, Cause::User, 0).await?;
        }
    } else if let (Some(integration), Error::DependencyTrack(_)) = (integration, error) {
        integration::failed(&tx, integration, problem).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives up what still waits to be told about these issues: what it was about is no longer followed.
pub(crate) async fn forget(tx: &Tx, issues: &[i64]) -> Result<()> {
    for chunk in issues.chunks(500) {
        let mut values = params![now_ms()];
        values.extend(chunk.iter().map(|id| storage::Value::from(*id)));
        tx.execute(
            &format!(
                "UPDATE job SET state = 'SUPERSEDED', ended_at = ? WHERE state = 'READY' AND id IN \
                 (SELECT job_id FROM push WHERE issue_id IN ({}))",
                storage::marks(chunk.len())
            ),
            values,
        )
        .await?;
    }
    Ok(())
}

/// Tries a push again at once.
pub async fn retry(platform: &Platform, companies: &[i64], id: i64) -> Result<()> {
    let tx = platform.db.begin().await?;
    let mut values: Vec<storage::Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = storage::marks(companies.len());
    let job: Option<Option<i64>> = tx
        .scalar(&format!("SELECT job_id FROM push WHERE company_id IN ({list}) AND id = ?"), values)
        .await?;
    let job = job.flatten().ok_or(Error::NotFound("push"))?;
    storage::jobs::retry_now(&tx, job).await?;
    tx.commit().await?;
    Ok(())
}
