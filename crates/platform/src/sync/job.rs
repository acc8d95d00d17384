//! A run from beginning to end: connect, look at the project, read all findings, decide, apply.
//!
//! Nothing is written before the whole list was read; after a crash the run starts again, and what
//! was applied is found applied.

use std::sync::atomic::{AtomicI64, Ordering};

use dependency_track as dt;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Value, now_ms, params};
use uuid::Uuid;

use super::apply::{Application, Counts, Times, conflicts};
use super::gather::gather;
use super::run::{self, KIND, Payload, Run};
use crate::error::Problem;
use crate::integration::{self, AssetLink};
use crate::{Error, Platform, Result};

/// How many runs go on at once in a process: gentle with the other side.
const AT_ONCE: usize = 2;

pub(crate) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.on(KIND, AT_ONCE, move |context: Context| {
        let platform = platform.clone();
        async move {
            let Payload { run } = context.payload()?;
            let Some(run) = run::by_ids(&platform.db, &[run]).await.map_err(Failure::retry)?.pop() else {
                return Ok(());
            };
            let outcome = go(&platform, &context, &run).await;
            end(&platform, &context, &run, outcome).await
        }
    })
}

async fn set(db: &Db, run: i64, row: &[(&str, Value)]) -> Result<()> {
    let tx = db.begin().await?;
    tx.update("sync_run", run, row).await?;
    Ok(tx.commit().await?)
}

async fn phase(db: &Db, run: i64, name: &str, done: i64, total: Option<i64>) -> Result<()> {
    set(db, run, &[("phase", name.into()), ("done", done.into()), ("total", total.into())]).await
}

/// How a run went: its counts, or none when it was cancelled.
async fn go(platform: &Platform, context: &Context, run: &Run) -> Result<Option<Counts>> {
    let db = &platform.db;
    let started = run.started_at.unwrap_or_else(now_ms);
    set(
        db,
        run.id,
        &[("state", "RUNNING".into()), ("started_at", started.into()), ("phase", "CONNECT".into())],
    )
    .await?;
    let link = integration::link_by_id(db, run.link_id).await?.ok_or(Error::NotFound("link"))?;
    let settings = integration::by_id(db, &[run.company_id], run.integration_id).await?;
    let settings = settings.ok_or(Error::NotFound("integration"))?;
    let client = integration::client(platform, &settings)?;
    let check = client.check().await?;
    for permission in [dt::Permission::ViewPortfolio, dt::Permission::ViewVulnerability] {
        if !check.has(permission) {
            let (call, detail) = ("read the findings", String::new());
            return Err(dt::Error::Forbidden { call, permission, detail }.into());
        }
    }
    let tx = db.begin().await?;
    integration::worked(&tx, settings.id).await?;
    let row = [("dt_version", check.version.version.clone().into()), ("checked_at", now_ms().into())];
    tx.update("integration", settings.id, &row).await?;
    tx.commit().await?;

    let uuid = Uuid::parse_str(&link.project_uuid).map_err(|_| Error::NotFound("project"))?;
    let Some((project, findings)) = read(db, context, run, &client, uuid).await? else { return Ok(None) };
    phase(db, run.id, "MATCH", 0, None).await?;
    let gathered = gather(&findings, &settings.api_url);
    let skew = check.version.clock_skew.map_or(0, |skew| skew.num_milliseconds());
    let times = times(db, &client, &link, uuid, &gathered, skew).await?;
    if context.cancelled() {
        return Ok(None);
    }
    let total = i64::try_from(gathered.len()).ok();
    phase(db, run.id, "APPLY", 0, total).await?;
    let severities = settings.severities();
    let application = Application {
        platform,
        link: &link,
        company: run.company_id,
        run: run.id,
        severities: &severities,
        times: &times,
    };
    let shown = AtomicI64::new(0);
    let applied =
        application.all(&gathered, |done| shown.store(i64::try_from(done).unwrap_or(0), Ordering::Relaxed));
    let mut counts = watched(db, run.id, &shown, total, applied).await?;
    if may_mark_fixed(&client, &link, &project, &findings).await? {
        application.gone(&gathered, &mut counts).await?;
    }
    phase(db, run.id, "PUSH", counts.pushed, Some(counts.pushed)).await?;
    let tx = db.begin().await?;
    tx.update(
        "asset_link",
        link.id,
        &[
            ("project_name", project.name.into()),
            ("project_version", project.version.into()),
            ("last_bom_import", project.last_bom_import.into()),
            ("problem", None::<String>.into()),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Some(counts))
}

/// Runs the work and meanwhile writes down how far it is, for those who watch.
async fn watched<T>(
    db: &Db,
    run: i64,
    shown: &AtomicI64,
    total: Option<i64>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(std::time::Duration::from_millis(400)) => {
                // Between two transactions of the work, which waits for none of ours for long.
                let done = shown.load(Ordering::Relaxed);
                let row = [("done", Value::from(done)), ("total", total.into())];
                tokio::select! {
                    finished = &mut work => return finished,
                    written = set(db, run, &row) => written?,
                }
            }
        }
    }
}

/// The project and the whole list of its findings; none when the run was cancelled. An SBOM that is
/// processed meanwhile makes it read once more.
async fn read(
    db: &Db,
    context: &Context,
    run: &Run,
    client: &dt::Client,
    uuid: Uuid,
) -> Result<Option<(dt::Project, Vec<dt::Finding>)>> {
    let mut attempt = 0;
    loop {
        phase(db, run.id, "PROJECT", 0, None).await?;
        let before = client.project(uuid).await?;
        phase(db, run.id, "FINDINGS", 0, None).await?;
        let (read, total) = (AtomicI64::new(0), AtomicI64::new(0));
        let findings = client
            .findings(uuid, |done, all| {
                read.store(i64::try_from(done).unwrap_or(0), Ordering::Relaxed);
                total.store(i64::try_from(all).unwrap_or(0), Ordering::Relaxed);
            })
            .await?;
        let total = total.load(Ordering::Relaxed);
        phase(db, run.id, "FINDINGS", read.load(Ordering::Relaxed), Some(total)).await?;
        if context.cancelled() {
            return Ok(None);
        }
        let after = client.project(uuid).await?;
        if after.last_bom_import == before.last_bom_import || attempt > 0 {
            return Ok(Some((after, findings)));
        }
        attempt += 1;
    }
}

/// An empty list is believed only when the project is seen to have changed since the last run.
async fn may_mark_fixed(
    client: &dt::Client,
    link: &AssetLink,
    project: &dt::Project,
    findings: &[dt::Finding],
) -> Result<bool> {
    if !findings.is_empty() {
        return Ok(true);
    }
    if client.component_count(project.uuid).await? > 0 {
        return Ok(true);
    }
    // No components either: the project may be in the middle of an import.
    Ok(project.last_bom_import > link.last_bom_import)
}

/// When Dependency-Track changed what the platform changed too, in the platform's time.
async fn times(
    db: &Db,
    client: &dt::Client,
    link: &AssetLink,
    project: Uuid,
    gathered: &[super::gather::Gathered],
    skew: i64,
) -> Result<Times> {
    let mut times = Times::new();
    for (component, vulnerability) in conflicts(db, link, gathered).await? {
        let (Ok(c), Ok(v)) = (Uuid::parse_str(&component), Uuid::parse_str(&vulnerability)) else { continue };
        let at = client.analysis(project, c, v).await?.and_then(|analysis| analysis.changed_at());
        if let Some(at) = at {
            times.insert((component, vulnerability), at - skew);
        }
    }
    Ok(times)
}

async fn end(
    platform: &Platform,
    context: &Context,
    run: &Run,
    outcome: Result<Option<Counts>>,
) -> Result<(), Failure> {
    let db = &platform.db;
    let now = now_ms();
    match outcome {
        Ok(Some(c)) => {
            let row = [
                ("state", "SUCCEEDED".into()),
                ("phase", "DONE".into()),
                ("created", c.created.into()),
                ("updated", c.updated.into()),
                ("fixed", c.fixed.into()),
                ("reopened", c.reopened.into()),
                ("unchanged", c.unchanged.into()),
                ("filtered_out", c.filtered_out.into()),
                ("pushed", c.pushed.into()),
                ("problems", "[]".into()),
                ("ended_at", now.into()),
            ];
            set(db, run.id, &row).await.map_err(Failure::retry)
        }
        Ok(None) => {
            // The server's end is not the run's: it goes on after the restart.
            let asked: Option<bool> = db
                .scalar("SELECT cancel_requested FROM job WHERE id = ?", params![context.job.id])
                .await
                .map_err(Failure::retry)?;
            if asked.unwrap_or_default() {
                let row = [("state", "CANCELLED".into()), ("ended_at", now.into())];
                set(db, run.id, &row).await.map_err(Failure::retry)?;
            }
            Err(Failure::Cancelled)
        }
        // The database: another attempt may work.
        Err(error @ (Error::Storage(_) | Error::Identity(_))) if context.job.attempt < 5 => {
            Err(Failure::retry(error))
        }
        Err(error) => {
            let problem = error.problem();
            note(platform, run, &error, &problem).await.map_err(Failure::retry)?;
            Err(Failure::Final(problem.message))
        }
    }
}

/// Writes a failure where people see it: at the run, and at the link or the integration it is of.
async fn note(platform: &Platform, run: &Run, error: &Error, problem: &Problem) -> Result<()> {
    let tx = platform.db.begin().await?;
    let list = serde_json::to_string(&[problem]).map_err(storage::Error::Json)?;
    let row = [("state", "FAILED".into()), ("problems", list.into()), ("ended_at", now_ms().into())];
    tx.update("sync_run", run.id, &row).await?;
    match error {
        Error::DependencyTrack(dt::Error::ProjectGone { .. }) => {
            tx.update("asset_link", run.link_id, &[("problem", problem.text().into())]).await?;
        }
        Error::DependencyTrack(_) => integration::failed(&tx, run.integration_id, problem).await?,
        _ => {}
    }
    tx.commit().await?;
    Ok(())
}
