//! One run of mirroring a source: its row, its checkpoint, its progress, its end.

use std::collections::HashMap;
use std::path::PathBuf;

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure};
use storage::{Db, Sql, Tx, now_ms, params};

use super::download::{self, Downloader, Outcome, Request};
use super::file::LARGEST_FILE;
use super::settings::{self, Settings};
use super::{Source, ask, cwe, epss, github, kev, nvd, osv};
use crate::advisory::Report;
use crate::server::{Error, Result};
use crate::{Options, config_property, notification};

/// The kind of the job.
pub(super) const MIRROR: &str = "source.mirror";

/// The first pause after a failed run; it doubles with every further failure, up to the cadence.
const PAUSE_MS: i64 = 15 * 60_000;
/// How many runs of a source are kept.
const KEPT: i64 = 50;

#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    run: i64,
}

/// A stored run.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Row {
    pub id: i64,
    pub source: String,
    pub job_id: i64,
    pub cause: String,
    /// `QUEUED`, `RUNNING`, `COMPLETED`, `FAILED` or `CANCELLED`.
    pub state: String,
    /// JSON of its [`Report`].
    pub report: Option<String>,
    pub error: Option<String>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

const COLUMNS: &str = "id, source, job_id, cause, state, report, error, created_at, ended_at FROM source_run";

/// Queues a run of a source; none when one waits or runs.
pub(super) async fn start(tx: &Tx, source: Source, cause: &str) -> Result<Option<i64>> {
    tx.lock(&format!("source:{}", source.name())).await?;
    // A run whose job was given up does not keep others waiting.
    let dead = "UPDATE source_run SET state = 'FAILED', error = 'its job was given up', ended_at = ? \
         WHERE source = ? AND state IN ('QUEUED', 'RUNNING') AND NOT EXISTS \
         (SELECT 1 FROM job WHERE job.id = source_run.job_id AND job.state IN ('READY', 'RUNNING'))";
    tx.execute(dead, params![now_ms(), source.name()]).await?;
    let text = "SELECT count(*) FROM source_run WHERE source = ? AND state IN ('QUEUED', 'RUNNING')";
    if tx.count(text, params![source.name()]).await? > 0 {
        return Ok(None);
    }
    let row = [
        ("source", source.name().into()),
        ("job_id", 0_i64.into()),
        ("cause", cause.into()),
        ("state", "QUEUED".into()),
        ("created_at", now_ms().into()),
    ];
    let run = tx.insert("source_run", &row).await?;
    let job = NewJob::new(MIRROR, Payload { run })?.lane(source.name(), IfWaiting::Append);
    let job = enqueue(tx, job).await?;
    tx.update("source_run", run, &[("job_id", job.into())]).await?;
    let old = "DELETE FROM source_run WHERE source = ? AND id <= ? - ? AND id NOT IN \
         (SELECT id FROM source_run WHERE source = ? ORDER BY id DESC LIMIT ?)";
    tx.execute(old, params![source.name(), run, KEPT, source.name(), KEPT]).await?;
    Ok(Some(run))
}

/// Ends a run that waits, and asks one that is in progress to stop.
pub(super) async fn cancel(tx: &Tx, row: &Row) -> Result<()> {
    storage::jobs::cancel(tx, row.job_id).await?;
    // It waits for its first attempt, or for the next one.
    let text = "UPDATE source_run SET state = 'CANCELLED', ended_at = ? WHERE id = ? AND ended_at IS NULL \
         AND EXISTS (SELECT 1 FROM job WHERE job.id = source_run.job_id AND job.state = 'CANCELLED')";
    tx.execute(text, params![now_ms(), row.id]).await?;
    Ok(())
}

/// The latest runs of a source, the newest first.
pub(super) async fn latest(sql: &impl Sql, source: Source, limit: i64) -> Result<Vec<Row>> {
    let text = format!("SELECT {COLUMNS} WHERE source = ? ORDER BY id DESC LIMIT ?");
    Ok(sql.rows(&text, params![source.name(), limit]).await?)
}

/// What a run works with.
pub(super) struct Run {
    pub db: Db,
    pub settings: Settings,
    pub report: Report,
    pub http: reqwest::Client,
    downloader: Downloader,
    source: Source,
    options: Options,
    checkpoint: Map<String, Value>,
    /// What tells files that were fetched and are not stored yet from later ones.
    pending: HashMap<String, download::Validators>,
    context: Context,
    /// What is wrong with the folder for downloads.
    disk: Option<String>,
}

impl Run {
    /// Tells how far it is.
    pub(super) fn tell(&self, phase: &str, done: u64, total: Option<u64>) {
        tell(&self.context, phase, done, total);
    }

    /// The context of the job, to tell progress from elsewhere.
    pub(super) fn context(&self) -> Context {
        self.context.clone()
    }

    /// A secret among the properties of the sources.
    pub(super) async fn secret(&self, name: &str) -> Result<Option<String>> {
        config_property::secret(&self.db, &self.options, settings::GROUP, name).await
    }

    /// What the checkpoint holds under a key.
    pub(super) fn recall<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.checkpoint.get(key)?.clone()).ok()
    }

    /// Notes something in the checkpoint, durably: the next run goes on behind it.
    pub(super) async fn note(&mut self, key: &str, value: impl Serialize) -> Result<()> {
        self.checkpoint.insert(key.to_owned(), serde_json::to_value(value).map_err(storage::Error::Json)?);
        let tx = self.db.begin().await?;
        let text = "UPDATE source_state SET checkpoint = ? WHERE source = ?";
        let checkpoint = Value::Object(self.checkpoint.clone()).to_string();
        tx.execute(text, params![checkpoint, self.source.name()]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The file at an address, if it is not the one that was mirrored before under this key. After
    /// it is stored, [`Run::fetched`] says so.
    pub(super) async fn fetch(&mut self, key: &str, url: &str, name: &str) -> Result<Option<PathBuf>> {
        let before: Option<download::Validators> = self.recall(key);
        self.fetch_if(key, url, name, before).await
    }

    /// As [`Run::fetch`], with the validators of another occasion.
    pub(super) async fn fetch_if(
        &mut self,
        key: &str,
        url: &str,
        name: &str,
        before: Option<download::Validators>,
    ) -> Result<Option<PathBuf>> {
        let folder = self.options.work_dir.join(self.source.name());
        let place = folder.join(name);
        let told = |e: &dyn std::fmt::Display| Error::Source {
            place: folder.display().to_string(),
            message: e.to_string(),
        };
        if let Err(error) = tokio::fs::create_dir_all(&folder).await {
            self.disk = Some(format!("{}: {error}", folder.display()));
            return Err(told(&error));
        }
        // A file that somebody removed is fetched again.
        let before = before.filter(|_| place.is_file());
        let request = Request { url, to: &place, known: before.as_ref(), limit: LARGEST_FILE, sha256: None };
        let (context, phase) = (self.context.clone(), format!("downloading {key}"));
        let progress = move |done, total| tell(&context, &phase, done, total);
        let fetched = self.downloader.fetch(&request, &progress).await;
        if let Err(error @ download::Error::File { .. }) = &fetched {
            self.disk = Some(error.to_string());
        }
        let fetched = fetched.map_err(|e| match e {
            download::Error::NotFound { url } => Error::Missing { place: url },
            e => Error::Source { place: self.source.title().to_owned(), message: e.to_string() },
        });
        match fetched? {
            Outcome::NotModified => Ok(None),
            Outcome::Fetched { validators, .. } => {
                self.pending.insert(key.to_owned(), validators);
                Ok(Some(place))
            }
        }
    }

    /// What tells the file that was fetched under this key from a later one.
    pub(super) fn pending(&mut self, key: &str) -> Option<download::Validators> {
        self.pending.remove(key)
    }

    /// The file that was fetched under this key is stored.
    pub(super) async fn fetched(&mut self, key: &str) -> Result<()> {
        let validators = self.pending(key);
        self.note(key, validators).await
    }
}

fn tell(context: &Context, phase: &str, done: u64, total: Option<u64>) {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    context.progress(phase, number(done), total.map(number), None);
}

/// Runs the job.
pub(super) async fn run(context: Context, options: Options) -> Result<(), Failure> {
    let Payload { run } = context.payload()?;
    go(&context, run, options).await.map_err(|error| match error {
        Error::Stopped => Failure::Cancelled,
        error => Failure::retry(error),
    })
}

async fn go(context: &Context, id: i64, options: Options) -> Result<()> {
    let db = &context.db;
    let row: Option<Row> = db.row(&format!("SELECT {COLUMNS} WHERE id = ?"), params![id]).await?;
    let Some((row, source)) =
        row.and_then(|row| Some((Source::parse(&row.source)?, row))).map(|(s, r)| (r, s))
    else {
        return Ok(());
    };
    if row.ended_at.is_some() {
        return Ok(());
    }
    let tx = db.begin().await?;
    tx.update("source_run", id, &[("state", "RUNNING".into())]).await?;
    let text =
        "INSERT INTO source_state (source, checkpoint, next_run) VALUES (?, '{}', 0) ON CONFLICT DO NOTHING";
    tx.execute(text, params![source.name()]).await?;
    tx.commit().await?;
    let text = "SELECT checkpoint FROM source_state WHERE source = ?";
    let checkpoint: Option<String> = db.scalar(text, params![source.name()]).await?;
    let downloader = Downloader::new(download::Limits::default())
        .map_err(|e| Error::Source { place: source.title().to_owned(), message: e.to_string() })?;
    let mut run = Run {
        db: db.clone(),
        settings: settings::of(db, source).await?,
        report: Report::default(),
        http: ask::client()?,
        downloader,
        source,
        options,
        checkpoint: checkpoint.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        pending: HashMap::new(),
        context: context.clone(),
        disk: None,
    };
    // Whatever it waits for: what is not committed is as if it had not happened.
    let outcome = tokio::select! {
        outcome = mirror(&mut run) => outcome,
        () = context.until_cancelled() => Err(Error::Stopped),
    };
    if let Err(Error::Storage(error)) = outcome {
        // The database itself fails: the job is tried again, and goes on where it was.
        return Err(Error::Storage(error));
    }
    if let Err(Error::Stopped) = outcome {
        let asked = storage::jobs::get(db, row.job_id).await?.is_some_and(|job| job.cancel_requested);
        if !asked {
            // The server ends; the next one goes on.
            return Err(Error::Stopped);
        }
    }
    end(&run, id, outcome).await
}

async fn mirror(run: &mut Run) -> Result<()> {
    if url::Url::parse(&run.settings.base_url).is_err() {
        return Err(Error::Source {
            place: run.source.title().to_owned(),
            message: format!(
                "there is no address to mirror it from: set the property vuln-source / {}",
                settings::properties(run.source).1
            ),
        });
    }
    match run.source {
        Source::Osv => osv::mirror(run).await,
        Source::Nvd => nvd::mirror(run).await,
        Source::Github => github::mirror(run).await,
        Source::Epss => epss::mirror(run).await,
        Source::Kev => kev::mirror(run).await,
        Source::Cwe => cwe::mirror(run).await,
    }
}

/// Writes down how a run ended, when the next one is, and tells it.
async fn end(run: &Run, id: i64, outcome: Result<()>) -> Result<()> {
    let (state, error) = match &outcome {
        Ok(()) => ("COMPLETED", None),
        Err(Error::Stopped) => ("CANCELLED", None),
        Err(error) => ("FAILED", Some(error.to_string())),
    };
    let cadence = run.settings.cadence_ms();
    let tx = run.db.begin().await?;
    let pause = if error.is_some() { pause(&tx, run.source).await?.min(cadence) } else { cadence };
    let changes = [
        ("state", state.into()),
        ("report", serde_json::to_string(&run.report).map_err(storage::Error::Json)?.into()),
        ("error", error.clone().into()),
        ("ended_at", now_ms().into()),
    ];
    tx.update("source_run", id, &changes).await?;
    let text = "UPDATE source_state SET next_run = ? WHERE source = ?";
    tx.execute(text, params![now_ms().saturating_add(pause), run.source.name()]).await?;
    match &error {
        Some(error) => {
            tracing::warn!(source = run.source.name(), %error, "a source could not be mirrored");
            notification::mirrored(&tx, run.source, Some(error)).await?;
            if let Some(disk) = &run.disk {
                notification::file_failed(&tx, disk).await?;
            }
        }
        None if state == "COMPLETED" => notification::mirrored(&tx, run.source, None).await?,
        None => {}
    }
    tx.commit().await?;
    Ok(())
}

/// The pause after a failure: the longer, the more runs failed in a row.
async fn pause(sql: &impl Sql, source: Source) -> Result<i64> {
    let text = "SELECT count(*) FROM source_run WHERE source = ? AND state = 'FAILED' AND id > COALESCE(\
         (SELECT max(id) FROM source_run WHERE source = ? AND state = 'COMPLETED'), 0)";
    let failures = sql.count(text, params![source.name(), source.name()]).await?;
    Ok(PAUSE_MS.saturating_mul(1_i64 << failures.clamp(0, 10)))
}
