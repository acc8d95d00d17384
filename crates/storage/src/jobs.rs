//! Work that is queued in the transaction that causes it.
//!
//! A job has a kind (which handler runs it), a payload (JSON) and, if order matters, a lane: jobs
//! of one kind and lane run one at a time, oldest first, a waiting retry included.

use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};

use crate::{Result, Sql, Tx, dialect, now_ms, params};

/// What happens when the lane already has a job of this kind that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfWaiting {
    /// Queue behind it.
    Append,
    /// The waiting one will do: nothing is queued and its id is returned.
    Keep,
    /// The waiting one is superseded by the new one.
    Replace,
}

/// A job to be queued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler runs it, for instance `bom.process`.
    pub kind: &'static str,
    /// Jobs of the same kind and lane run one after the other.
    pub lane: Option<String>,
    /// Jobs of the same kind and pool share a limit: see [`crate::worker::Worker::on_pooled`].
    pub pool: Option<String>,
    /// What the handler needs to know.
    pub payload: serde_json::Value,
    /// Not before this time (epoch milliseconds).
    pub run_at: i64,
    /// Higher runs first.
    pub priority: i64,
    /// A failure after this many attempts is final. 0: never final.
    pub max_attempts: i64,
    /// What to do about a waiting job of the same lane.
    pub if_waiting: IfWaiting,
}

impl NewJob {
    /// A job that runs at once, at most 10 times.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn new(kind: &'static str, payload: impl Serialize) -> Result<NewJob> {
        Ok(NewJob {
            kind,
            lane: None,
            pool: None,
            payload: serde_json::to_value(payload)?,
            run_at: now_ms(),
            priority: 0,
            max_attempts: 10,
            if_waiting: IfWaiting::Append,
        })
    }

    /// Sets the lane and what happens when a job waits in it.
    #[must_use]
    pub fn lane(mut self, lane: impl Into<String>, if_waiting: IfWaiting) -> NewJob {
        self.lane = Some(lane.into());
        self.if_waiting = if_waiting;
        self
    }

    /// Sets the pool.
    #[must_use]
    pub fn pool(mut self, pool: impl Into<String>) -> NewJob {
        self.pool = Some(pool.into());
        self
    }

    /// Sets the time before which it does not run (epoch milliseconds).
    #[must_use]
    pub fn run_at(mut self, at: i64) -> NewJob {
        self.run_at = at;
        self
    }

    /// Sets after how many attempts a failure is final (0: never).
    #[must_use]
    pub fn max_attempts(mut self, n: i64) -> NewJob {
        self.max_attempts = n;
        self
    }

    /// Sets the priority: higher runs first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> NewJob {
        self.priority = priority;
        self
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Waits for its time or a free worker.
    Ready,
    /// A worker has it.
    Running,
    /// It ended well.
    Done,
    /// It ended badly and is not tried again.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// A newer job of its lane took its place.
    Superseded,
}

impl State {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Ready => "READY",
            State::Running => "RUNNING",
            State::Done => "DONE",
            State::Failed => "FAILED",
            State::Cancelled => "CANCELLED",
            State::Superseded => "SUPERSEDED",
        }
    }

    /// Reads the stored word; anything unknown counts as failed.
    pub fn parse(word: &str) -> State {
        match word {
            "READY" => State::Ready,
            "RUNNING" => State::Running,
            "DONE" => State::Done,
            "CANCELLED" => State::Cancelled,
            "SUPERSEDED" => State::Superseded,
            _ => State::Failed,
        }
    }

    /// Whether nothing more will happen to the job.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Ready | State::Running)
    }
}

/// A job as it is stored.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Job {
    /// Its id.
    pub id: i64,
    /// Which handler runs it.
    pub kind: String,
    /// Its lane.
    pub lane: Option<String>,
    /// The word of its [`State`].
    pub state: String,
    /// JSON text of the payload.
    pub payload: String,
    /// How often it was started.
    pub attempt: i64,
    /// After how many attempts a failure is final; 0 never.
    pub max_attempts: i64,
    /// When it runs next (epoch milliseconds).
    pub run_at: i64,
    /// What it is doing.
    pub phase: Option<String>,
    /// How much of it is done.
    pub done: i64,
    /// Of how much, when known.
    pub total: Option<i64>,
    /// A sentence for a person.
    pub message: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Whether somebody asked for it to stop.
    pub cancel_requested: bool,
    /// When it was queued.
    pub created_at: i64,
    /// When it was first started.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

pub(crate) const COLUMNS: &str = "id, kind, lane, state, payload, attempt, max_attempts, run_at, phase, done, \
     total, message, last_error, cancel_requested, created_at, started_at, ended_at";

/// Queues a job in this transaction and returns its id (see [`IfWaiting`] for which).
pub async fn enqueue(tx: &Tx, job: NewJob) -> Result<i64> {
    if let Some(lane) = &job.lane
        && job.if_waiting != IfWaiting::Append
    {
        tx.lock(&format!("job:{}:{lane}", job.kind)).await?;
        if job.if_waiting == IfWaiting::Keep {
            // It must not be taken before this transaction ends: it would not see what it is kept for.
            let text = format!(
                "SELECT id FROM job WHERE kind = ? AND lane = ? AND state = 'READY' ORDER BY id LIMIT 1{}",
                dialect::for_update(tx.connection().get_database_backend())
            );
            if let Some(id) = tx.scalar(&text, params![job.kind, lane.clone()]).await? {
                tx.wake_workers();
                return Ok(id);
            }
        } else {
            tx.execute(
                "UPDATE job SET state = 'SUPERSEDED', ended_at = ? WHERE kind = ? AND lane = ? AND state = 'READY'",
                params![now_ms(), job.kind, lane.clone()],
            )
            .await?;
        }
    }
    tx.wake_workers();
    tx.insert(
        "job",
        &[
            ("kind", job.kind.into()),
            ("lane", job.lane.into()),
            ("pool", job.pool.into()),
            ("state", State::Ready.as_str().into()),
            ("payload", job.payload.to_string().into()),
            ("priority", job.priority.into()),
            ("run_at", job.run_at.into()),
            ("attempt", 0_i64.into()),
            ("max_attempts", job.max_attempts.into()),
            ("done", 0_i64.into()),
            ("cancel_requested", false.into()),
            ("replaces", (job.if_waiting == IfWaiting::Replace).into()),
            ("created_at", now_ms().into()),
        ],
    )
    .await
}

/// The job with this id.
pub async fn get(sql: &impl Sql, id: i64) -> Result<Option<Job>> {
    sql.row(&format!("SELECT {COLUMNS} FROM job WHERE id = ?"), params![id]).await
}

/// The jobs with these ids (at most a page of them).
pub async fn get_many(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Job>> {
    let params = ids.iter().map(|id| (*id).into()).collect();
    sql.rows(
        &format!("SELECT {COLUMNS} FROM job WHERE id IN ({}) ORDER BY id", crate::marks(ids.len())),
        params,
    )
    .await
}

/// How many jobs of these kinds wait or run.
pub async fn unfinished(sql: &impl Sql, kind: &str) -> Result<i64> {
    sql.count("SELECT count(*) FROM job WHERE kind = ? AND state IN ('READY', 'RUNNING')", params![kind])
        .await
}

/// Cancels a job: a waiting one at once, a running one when its handler next looks.
pub async fn cancel(tx: &Tx, id: i64) -> Result<()> {
    tx.execute(
        "UPDATE job SET state = 'CANCELLED', ended_at = ? WHERE id = ? AND state = 'READY'",
        params![now_ms(), id],
    )
    .await?;
    tx.execute("UPDATE job SET cancel_requested = ? WHERE id = ? AND state = 'RUNNING'", params![true, id])
        .await?;
    Ok(())
}

/// Makes a waiting or failed job run at once.
pub async fn retry_now(tx: &Tx, id: i64) -> Result<bool> {
    tx.wake_workers();
    let changed = tx
        .execute(
            "UPDATE job SET state = 'READY', run_at = ?, ended_at = NULL WHERE id = ? AND state IN ('READY', 'FAILED')",
            params![now_ms(), id],
        )
        .await?;
    Ok(changed > 0)
}
