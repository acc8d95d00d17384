//! The loop that takes due jobs and runs their handlers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::jobs::{COLUMNS, IfWaiting, Job, NewJob, enqueue};
use crate::{Db, Result, Sql, dialect, now_ms, params};

/// How long a worker that fell silent keeps its jobs.
const LEASE_MS: i64 = 15_000;
/// How often a worker renews its leases and writes progress down.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How often the table is looked at when nobody calls.
const POLL: Duration = Duration::from_millis(1_000);
/// How long ended jobs are kept.
const KEEP_ENDED_MS: i64 = 14 * 24 * 3_600_000;

/// How an attempt ended badly.
#[derive(Debug)]
pub enum Failure {
    /// Try again, after the given time if one is given, else with growing pauses.
    Retry {
        /// What went wrong.
        message: String,
        /// When to try again.
        after: Option<Duration>,
    },
    /// Do not try again.
    Final(String),
    /// The handler saw that it was asked to stop.
    Cancelled,
}

impl Failure {
    /// An error that another attempt may not meet.
    pub fn retry(error: impl std::fmt::Display) -> Failure {
        Failure::Retry { message: error.to_string(), after: None }
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        Failure::retry(error)
    }
}

#[derive(Debug, Default, Clone)]
struct Progress {
    phase: String,
    done: i64,
    total: Option<i64>,
    message: Option<String>,
    dirty: bool,
}

/// What a handler gets.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The job.
    pub job: Job,
    progress: Arc<Mutex<Progress>>,
    cancel: CancellationToken,
}

impl Context {
    /// The payload in its own shape.
    ///
    /// # Errors
    /// [`Failure::Final`] when the stored payload has another shape.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.job.payload).map_err(|e| Failure::Final(format!("payload: {e}")))
    }

    /// Tells how far the job is. Costs nothing: it is written down twice a second.
    pub fn progress(&self, phase: &str, done: i64, total: Option<i64>, message: Option<String>) {
        if let Ok(mut progress) = self.progress.lock() {
            *progress = Progress { phase: phase.to_owned(), done, total, message, dirty: true };
        }
    }

    /// Whether somebody asked for the job to stop, or the server is ending. A handler that sees it
    /// returns [`Failure::Cancelled`]; after a server's end the job is taken up again.
    pub fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Waits until [`Context::cancelled`] is true.
    pub async fn until_cancelled(&self) {
        self.cancel.cancelled().await;
    }
}

type Handler = Arc<dyn Fn(Context) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

struct Kind {
    handler: Handler,
    slots: Arc<Semaphore>,
    per_pool: Option<i64>,
}

/// Takes due jobs and runs them. Build it with [`Worker::on`], then [`Worker::run`].
pub struct Worker {
    db: Db,
    name: String,
    kinds: HashMap<&'static str, Kind>,
    schedules: Vec<(&'static str, Duration)>,
}

impl Worker {
    /// A worker without handlers.
    pub fn new(db: Db) -> Worker {
        Worker { db, name: uuid::Uuid::new_v4().to_string(), kinds: HashMap::new(), schedules: Vec::new() }
    }

    /// Runs jobs of `kind` with `handler`, at most `at_once` of them at the same time in this process.
    #[must_use]
    pub fn on<F, Fut>(self, kind: &'static str, at_once: usize, handler: F) -> Worker
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.add(kind, at_once, None, handler)
    }

    /// As [`Worker::on`], and at most `per_pool` jobs of one pool at the same time on all nodes.
    #[must_use]
    pub fn on_pooled<F, Fut>(self, kind: &'static str, at_once: usize, per_pool: i64, handler: F) -> Worker
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.add(kind, at_once, Some(per_pool.max(1)), handler)
    }

    fn add<F, Fut>(mut self, kind: &'static str, at_once: usize, per_pool: Option<i64>, handler: F) -> Worker
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |context| Box::pin(handler(context)));
        let slots = Arc::new(Semaphore::new(at_once.max(1)));
        self.kinds.insert(kind, Kind { handler, slots, per_pool });
        self
    }

    /// Queues a job of `kind` (empty payload) every so often, on one node at a time.
    #[must_use]
    pub fn every(mut self, kind: &'static str, interval: Duration) -> Worker {
        self.schedules.push((kind, interval));
        self
    }

    /// Takes back at once what a killed process of the same data folder was doing. Call it only
    /// when no other worker uses the database (a server on SQLite is alone by its lock file).
    pub async fn take_back(&self) -> Result<()> {
        let tx = self.db.begin().await?;
        tx.execute(
            "UPDATE job SET state = 'READY', worker = NULL, lease_until = NULL WHERE state = 'RUNNING'",
            params![],
        )
        .await?;
        tx.commit().await
    }

    /// Runs until `stop`; then running handlers are asked to end and waited for (up to 10 s).
    /// What did not end is taken up by the next worker.
    pub async fn run(self, stop: CancellationToken) -> Result<()> {
        let worker = Arc::new(self);
        let tasks = tokio_util::task::TaskTracker::new();
        loop {
            if let Err(error) = worker.tick(&tasks, &stop).await {
                tracing::warn!(%error, "the job table could not be read; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = worker.db.queued() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        tasks.close();
        if tokio::time::timeout(Duration::from_secs(10), tasks.wait()).await.is_err() {
            tracing::warn!("some jobs did not end in time; they will be taken up again");
        }
        Ok(())
    }

    async fn tick(
        self: &Arc<Self>,
        tasks: &tokio_util::task::TaskTracker,
        stop: &CancellationToken,
    ) -> Result<()> {
        self.schedule().await?;
        let now = now_ms();
        let due: Vec<String> = self
            .db
            .column(
                "SELECT kind FROM job WHERE state = 'READY' AND run_at <= ? GROUP BY kind \
                 UNION SELECT kind FROM job WHERE state = 'RUNNING' AND lease_until < ? GROUP BY kind",
                params![now, now],
            )
            .await?;
        for (name, kind) in &self.kinds {
            if !due.iter().any(|d| d == name) {
                continue;
            }
            let free = kind.slots.available_permits();
            if free == 0 {
                continue;
            }
            for job in self.claim(name, free, kind.per_pool).await? {
                let Ok(permit) = kind.slots.clone().acquire_owned().await else { continue };
                let worker = self.clone();
                let handler = kind.handler.clone();
                let stop = stop.clone();
                tasks.spawn(async move {
                    worker.run_one(job, handler, stop).await;
                    drop(permit);
                    // A slot is free and a lane may have a next job: look again.
                    worker.db.wake();
                });
            }
        }
        Ok(())
    }

    async fn claim(&self, kind: &str, free: usize, per_pool: Option<i64>) -> Result<Vec<Job>> {
        let Some(per_pool) = per_pool else {
            let tx = self.db.begin().await?;
            let jobs = self.claim_in(&tx, kind, free, "").await?;
            tx.commit().await?;
            return Ok(jobs);
        };
        // One after the other, so that each sees how full its pool is by then.
        let room = format!(
            "AND (j.pool IS NULL OR (SELECT count(*) FROM job o WHERE o.kind = j.kind AND o.pool = j.pool \
             AND o.state = 'RUNNING' AND o.id <> j.id) < {per_pool}) "
        );
        let mut jobs = Vec::new();
        let tx = self.db.begin().await?;
        tx.lock(&format!("claim:{kind}")).await?;
        while jobs.len() < free {
            let Some(job) = self.claim_in(&tx, kind, 1, &room).await?.pop() else { break };
            jobs.push(job);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    async fn claim_in(&self, tx: &crate::Tx, kind: &str, free: usize, room: &str) -> Result<Vec<Job>> {
        let now = now_ms();
        let sql = format!(
            "UPDATE job SET state = 'RUNNING', worker = ?, lease_until = ?, attempt = attempt + 1, \
             started_at = COALESCE(started_at, ?) WHERE id IN (SELECT j.id FROM job j WHERE j.kind = ? \
             AND ((j.state = 'READY' AND j.run_at <= ?) OR (j.state = 'RUNNING' AND j.lease_until < ?)) \
             AND (j.lane IS NULL OR NOT EXISTS (SELECT 1 FROM job o WHERE o.kind = j.kind AND o.lane = j.lane \
             AND o.id < j.id AND o.state IN ('READY', 'RUNNING'))) {room}\
             ORDER BY j.priority DESC, j.run_at, j.id LIMIT {free}{}) RETURNING {COLUMNS}",
            dialect::skip_locked(tx.connection().get_database_backend())
        );
        tx.rows(&sql, params![self.name.clone(), now + LEASE_MS, now, kind, now, now]).await
    }

    async fn run_one(&self, job: Job, handler: Handler, stop: CancellationToken) {
        let (id, attempt, kind) = (job.id, job.attempt, job.kind.clone());
        let max_attempts = job.max_attempts;
        let cancel = stop.child_token();
        let progress = Arc::new(Mutex::new(Progress::default()));
        let context =
            Context { db: self.db.clone(), job, progress: progress.clone(), cancel: cancel.clone() };
        // A task of its own, so that a bug in a handler fails the job and not the worker.
        let mut running = tokio::spawn(handler(context));
        let outcome = loop {
            tokio::select! {
                ended = &mut running => break ended,
                () = tokio::time::sleep(HEARTBEAT) => {
                    match self.heartbeat(id, attempt, &progress).await {
                        Ok(Some(true)) => cancel.cancel(),
                        Ok(Some(false)) => {}
                        // The job is somebody else's by now: stop working on it.
                        Ok(None) => { running.abort(); return; }
                        Err(error) => tracing::warn!(job = id, %error, "heartbeat failed"),
                    }
                }
            }
        };
        let result = match outcome {
            Ok(result) => result,
            Err(error) => Err(Failure::retry(format!("the handler of {kind} ended unexpectedly: {error}"))),
        };
        let last = progress.lock().map(|p| p.clone()).unwrap_or_default();
        // The end must be written down; the database may be busy for a while.
        for pause in [0_u64, 200, 1_000, 5_000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match self.finish(id, attempt, max_attempts, &result, &last, &stop).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(job = id, %error, "the end of a job could not be written"),
            }
        }
    }

    /// Renews the lease and writes progress. `Some(cancel requested)`, or none if the job was lost.
    async fn heartbeat(&self, id: i64, attempt: i64, progress: &Mutex<Progress>) -> Result<Option<bool>> {
        let seen = match progress.lock() {
            Ok(mut progress) => {
                let seen = progress.clone();
                progress.dirty = false;
                seen
            }
            Err(_) => Progress::default(),
        };
        let tx = self.db.begin().await?;
        let lease = now_ms() + LEASE_MS;
        let fence = params![id, self.name.clone(), attempt];
        let (sql, mut values) = if seen.dirty {
            (
                "UPDATE job SET lease_until = ?, phase = ?, done = ?, total = ?, message = ? \
                 WHERE id = ? AND worker = ? AND attempt = ? AND state = 'RUNNING' RETURNING cancel_requested",
                params![lease, seen.phase, seen.done, seen.total, seen.message],
            )
        } else {
            (
                "UPDATE job SET lease_until = ? WHERE id = ? AND worker = ? AND attempt = ? \
                 AND state = 'RUNNING' RETURNING cancel_requested",
                params![lease],
            )
        };
        values.extend(fence);
        let cancel = tx.scalar::<bool>(sql, values).await?;
        tx.commit().await?;
        Ok(cancel)
    }

    async fn finish(
        &self,
        id: i64,
        attempt: i64,
        max_attempts: i64,
        result: &Result<(), Failure>,
        last: &Progress,
        stop: &CancellationToken,
    ) -> Result<()> {
        let now = now_ms();
        let (state, error, run_at) = match result {
            Ok(()) => ("DONE", None, now),
            // The server ends: the job goes on after the restart, and this attempt does not count.
            Err(Failure::Cancelled) if stop.is_cancelled() => ("READY", None, now),
            Err(Failure::Cancelled) => ("CANCELLED", None, now),
            Err(Failure::Final(message)) => ("FAILED", Some(message.clone()), now),
            Err(Failure::Retry { message, .. }) if max_attempts > 0 && attempt >= max_attempts => {
                ("FAILED", Some(message.clone()), now)
            }
            Err(Failure::Retry { message, after }) => {
                let pause =
                    after.map_or_else(|| backoff_ms(attempt), |d| i64::try_from(d.as_millis()).unwrap_or(0));
                ("READY", Some(message.clone()), now + pause)
            }
        };
        let tx = self.db.begin().await?;
        let ended = if state == "READY" { None } else { Some(now) };
        tx.execute(
            "UPDATE job SET state = ?, last_error = COALESCE(?, last_error), run_at = ?, ended_at = ?, \
             worker = NULL, lease_until = NULL, phase = COALESCE(?, phase), done = ?, total = ?, \
             message = COALESCE(?, message) \
             WHERE id = ? AND worker = ? AND attempt = ? AND state = 'RUNNING'",
            params![
                state,
                error,
                run_at,
                ended,
                (!last.phase.is_empty()).then(|| last.phase.clone()),
                last.done,
                last.total,
                last.message.clone(),
                id,
                self.name.clone(),
                attempt
            ],
        )
        .await?;
        if state == "READY" {
            // A newer entry that collapses its lane may have come while this one ran.
            tx.execute(
                "UPDATE job SET state = 'SUPERSEDED', ended_at = ? WHERE id = ? AND state = 'READY' \
                 AND lane IS NOT NULL AND EXISTS (SELECT 1 FROM job n WHERE n.kind = job.kind \
                 AND n.lane = job.lane AND n.id > job.id AND n.state = 'READY' AND n.replaces)",
                params![now, id],
            )
            .await?;
        }
        tx.commit().await
    }

    async fn schedule(&self) -> Result<()> {
        let now = now_ms();
        for (kind, interval) in &self.schedules {
            let every = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
            let next: Option<i64> =
                self.db.scalar("SELECT next_at FROM job_schedule WHERE kind = ?", params![*kind]).await?;
            if next.is_some_and(|next| next > now) {
                continue;
            }
            let tx = self.db.begin().await?;
            let mine = tx
                .execute(
                    "INSERT INTO job_schedule (kind, every_ms, last_at, next_at) VALUES (?, ?, NULL, ?) \
                     ON CONFLICT (kind) DO UPDATE SET every_ms = excluded.every_ms, \
                     last_at = ?, next_at = excluded.next_at WHERE job_schedule.next_at <= ?",
                    params![*kind, every, now + every, now, now],
                )
                .await?;
            if mine > 0 && next.is_some() {
                enqueue(&tx, NewJob::new(kind, serde_json::json!({}))?.lane("schedule", IfWaiting::Keep))
                    .await?;
            }
            tx.execute(
                "DELETE FROM job WHERE ended_at IS NOT NULL AND ended_at < ?",
                params![now - KEEP_ENDED_MS],
            )
            .await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// 1 s, 2 s, 4 s … up to 5 min, each up to a quarter longer so that many do not come at once.
fn backoff_ms(attempt: i64) -> i64 {
    let base = 1_000_i64 << attempt.saturating_sub(1).clamp(0, 9);
    let base = base.min(300_000);
    base + rand::random_range(0..=base / 4)
}
