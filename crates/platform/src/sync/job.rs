//! A run from beginning to end: connect, look at the project, read all findings, decide, apply.
//!
//! Nothing is written before the whole list was read; after a crash the run starts again, and what
//! was applied is found applied.

use std::sync::atomic::{AtomicI64, Ordering};

use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Value, now_ms, params};

use super::apply::{Application, Counts, Words};
use super::gather::gather;
use super::present::Present;
use super::run::{self, Cause, KIND, Payload, Run};
use super::{advice, schedule};
use crate::asset::{component, risk};
use crate::connector::{self, Connector, Finding, Place, Project};
use crate::error::Problem;
use crate::integration::{self, AssetLink, Integration};
use crate::issue::Actor;
use crate::{Error, Platform, Result};

/// How many runs go on at once in a process.
const AT_ONCE: usize = 8;
/// For how many changed analyses the scanner is asked who changed them, in one run.
const ASKED: usize = 100;

pub(crate) fn register(platform: Platform, worker: Worker) -> Worker {
    let per_integration = platform.limits.runs_per_integration;
    let runs = platform.clone();
    let worker = worker.on_pooled(KIND, AT_ONCE, per_integration, move |context: Context| {
        let platform = runs.clone();
        async move {
            let Payload { run } = context.payload()?;
            let Some(run) = run::by_ids(&platform.db, &[run]).await.map_err(Failure::retry)?.pop() else {
                return Ok(());
            };
            let outcome = go(&platform, &context, &run).await;
            end(&platform, &context, &run, outcome).await
        }
    });
    schedule::register(platform.clone(), advice::register(platform, worker))
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
    let scanner = connector::open(platform, &settings)?;
    let server = scanner.ready().await?;
    let tx = db.begin().await?;
    integration::worked(&tx, settings.id).await?;
    let row = [("dt_version", server.version.clone().into()), ("checked_at", now_ms().into())];
    tx.update("integration", settings.id, &row).await?;
    tx.commit().await?;

    let read_at = now_ms();
    let Some((project, findings)) = read(db, context, run, scanner.as_ref(), &link).await? else {
        return Ok(None);
    };
    phase(db, run.id, "MATCH", 0, None).await?;
    let gathered = gather(&findings);
    let present = Present::load(db, &link).await?;
    let changed = present.changed(&gathered, settings.show_work, &project.id);
    let words = words(scanner.as_ref(), changed, server.clock_skew_ms).await?;
    if context.cancelled() {
        return Ok(None);
    }
    let total = i64::try_from(gathered.len()).unwrap_or_default();
    phase(db, run.id, "APPLY", 0, Some(total)).await?;
    let severities = settings.severities();
    let application = Application {
        platform,
        link: &link,
        company: run.company_id,
        actor: actor(run),
        severities: &severities,
        show_work: settings.show_work,
        words: &words,
        read_at,
    };
    let shown = Shown::default();
    shown.total.store(total, Ordering::Relaxed);
    let applied =
        application.all(&gathered, present, |done| shown.tell(u64::try_from(done).unwrap_or(0), None));
    let mut counts = watched(db, run.id, &shown, applied).await?;
    if may_mark_fixed(scanner.as_ref(), &link, &project, &findings).await? {
        application.gone(&gathered, &mut counts).await?;
    }
    let import = project.last_import.unwrap_or_default();
    if link.components_at != Some(import) || link.project_uuid != project.id {
        let components = scanner.components(&project.id).await?;
        component::replace(db, link.asset_id, &components).await?;
    }
    phase(db, run.id, "PUSH", counts.pushed, Some(counts.pushed)).await?;
    finish(platform, run, &link, &project, &settings).await?;
    Ok(Some(counts))
}

/// Who changes issues in a run: the scanner, by what started the run.
fn actor(run: &Run) -> Actor {
    let source = match run.cause.as_str() {
        word if word == Cause::Webhook.as_str() => "WEBHOOK",
        word if word == Cause::Pipeline.as_str() => "PIPELINE",
        _ => "SYNC",
    };
    Actor { source, name: "Dependency-Track".to_owned(), user: None, run: Some(run.id) }
}

/// What is known of the project by now, and what follows from the run for the asset.
async fn finish(
    platform: &Platform,
    run: &Run,
    link: &AssetLink,
    project: &Project,
    settings: &Integration,
) -> Result<()> {
    let tx = platform.db.begin().await?;
    // The asset goes by the project's name as long as nobody named it otherwise.
    let (old, new) = (link.asset_name(), integration::asset_name(project, &link.follow));
    if old != new {
        tx.execute(
            "UPDATE asset SET name = ?, updated_at = ? WHERE id = ? AND name = ?",
            params![new, now_ms(), link.asset_id, old],
        )
        .await?;
    }
    let row = [
        ("project_uuid", project.id.clone().into()),
        ("project_name", project.name.clone().into()),
        ("project_version", project.version.clone().into()),
        ("last_bom_import", project.last_import.into()),
        ("components_at", project.last_import.unwrap_or_default().into()),
        ("active", project.active.into()),
        ("latest", project.latest.into()),
        ("problem", None::<String>.into()),
    ];
    tx.update("asset_link", link.id, &row).await?;
    risk::refresh(&tx, &[link.asset_id]).await?;
    advice::queue(&tx, settings.id, run.asset_id).await?;
    Ok(tx.commit().await?)
}

/// How far a phase is, for those who watch.
#[derive(Default)]
struct Shown {
    done: AtomicI64,
    total: AtomicI64,
}

impl Shown {
    fn tell(&self, done: u64, total: Option<u64>) {
        self.done.store(i64::try_from(done).unwrap_or(0), Ordering::Relaxed);
        if let Some(total) = total {
            self.total.store(i64::try_from(total).unwrap_or(0), Ordering::Relaxed);
        }
    }
}

/// Runs the work and meanwhile writes down how far it is.
async fn watched<T>(db: &Db, run: i64, shown: &Shown, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(std::time::Duration::from_millis(400)) => {
                // Between two transactions of the work, which waits for none of ours for long.
                let done = shown.done.load(Ordering::Relaxed);
                let total = Some(shown.total.load(Ordering::Relaxed)).filter(|total| *total > 0);
                let row = [("done", Value::from(done)), ("total", total.into())];
                tokio::select! {
                    finished = &mut work => return finished,
                    written = set(db, run, &row) => written?,
                }
            }
        }
    }
}

/// The project that a link follows at the moment.
async fn followed(scanner: &dyn Connector, link: &AssetLink) -> Result<Project> {
    let latest = match link.follow.as_str() {
        "LATEST" => scanner.latest(&link.project_name).await?,
        _ => None,
    };
    let project = match latest {
        Some(project) => project,
        None => scanner.project(&link.project_uuid).await?,
    };
    if project.collection {
        return Err(integration::is_collection(&project));
    }
    Ok(project)
}

/// The project and the whole list of its findings; none when the run was cancelled. An SBOM that is
/// processed meanwhile makes it read once more.
async fn read(
    db: &Db,
    context: &Context,
    run: &Run,
    scanner: &dyn Connector,
    link: &AssetLink,
) -> Result<Option<(Project, Vec<Finding>)>> {
    let mut attempt = 0;
    loop {
        phase(db, run.id, "PROJECT", 0, None).await?;
        let before = followed(scanner, link).await?;
        phase(db, run.id, "FINDINGS", 0, None).await?;
        let shown = Shown::default();
        let told = |done: u64, all: u64| shown.tell(done, Some(all));
        let reading = scanner.findings(&before.id, &told);
        let findings = tokio::select! {
            findings = watched(db, run.id, &shown, reading) => findings?,
            () = context.until_cancelled() => return Ok(None),
        };
        let count = i64::try_from(findings.len()).unwrap_or_default();
        phase(db, run.id, "FINDINGS", count, Some(count)).await?;
        let after = scanner.project(&before.id).await?;
        if after.last_import == before.last_import || attempt > 0 {
            return Ok(Some((after, findings)));
        }
        attempt += 1;
    }
}

/// An empty list is believed only when the project is seen to have changed since the last run.
async fn may_mark_fixed(
    scanner: &dyn Connector,
    link: &AssetLink,
    project: &Project,
    findings: &[Finding],
) -> Result<bool> {
    if !findings.is_empty() || scanner.component_count(&project.id).await? > 0 {
        return Ok(true);
    }
    // No components either: the project may be in the middle of an import.
    let before = link.last_bom_import.filter(|_| link.project_uuid == project.id);
    Ok(project.last_import > before)
}

/// What the scanner's users said where they changed an analysis, in the platform's time.
async fn words(scanner: &dyn Connector, changed: Vec<(Place, bool)>, skew: i64) -> Result<Words> {
    let mut words = Words::new();
    for (at, (place, conflict)) in changed.into_iter().enumerate() {
        // Who was later decides a conflict, so that is always asked; the rest is for the history.
        if !conflict && at >= ASKED {
            break;
        }
        if let Some(mut said) = scanner.said(&place).await? {
            said.at = said.at.map(|at| at - skew);
            words.insert((place.component, place.flaw), said);
        }
    }
    Ok(words)
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
        error if error.is_of_project() => {
            tx.update("asset_link", run.link_id, &[("problem", problem.text().into())]).await?;
        }
        Error::DependencyTrack(_) => integration::failed(&tx, run.integration_id, problem).await?,
        _ => {}
    }
    tx.commit().await?;
    Ok(())
}
