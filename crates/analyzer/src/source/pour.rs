//! From a reader that blocks to the database: records are read and understood on one thread while
//! others are written, a bounded number at a time.

use storage::{Db, Tx};
use tokio::sync::mpsc;

use crate::advisory::{self, Origin, Record, Report};
use crate::metrics;
use crate::server::{Error, Result};

/// How many records are written in one transaction.
const BATCH: usize = 500;

/// What a reader hands over: a record, or which one it could not read and why.
pub(super) type Read = std::result::Result<Record, (String, String)>;

/// Hands a record over; false when nobody wants more.
pub(super) type Give<'a> = &'a mut dyn FnMut(Read) -> bool;

/// Runs `read` on a thread of its own and writes what it gives. What was given before it failed is
/// written, too.
pub(super) async fn pour<T, F>(
    db: &Db,
    origin: Origin,
    report: &mut Report,
    told: &(dyn Fn(u64) + Send + Sync),
    read: F,
) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(Give<'_>) -> Result<T> + Send + 'static,
{
    let (send, mut receive) = mpsc::channel::<Vec<Read>>(2);
    let reader = tokio::task::spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH);
        let outcome = read(&mut |one| {
            batch.push(one);
            batch.len() < BATCH || send.blocking_send(std::mem::take(&mut batch)).is_ok()
        });
        if !batch.is_empty() {
            let _ = send.blocking_send(batch);
        }
        outcome
    });
    let mut failed = None;
    while let Some(batch) = receive.recv().await {
        if let Err(error) = write(db, origin, batch, report).await {
            // The reader ends when nobody takes what it gives.
            failed = Some(error);
            break;
        }
        told(report.read);
    }
    drop(receive);
    let outcome = reader.await.map_err(|e| Error::Source {
        place: origin.as_str().to_owned(),
        message: format!("reading ended: {e}"),
    })?;
    match failed {
        Some(error) => Err(error),
        None => outcome,
    }
}

/// Opens a transaction that writes records. Sources that tell of the same flaws write one after the
/// other.
pub(super) async fn begin(db: &Db) -> Result<Tx> {
    let tx = db.begin().await?;
    tx.lock("advisories of sources").await?;
    Ok(tx)
}

/// Writes a batch, and what follows from it is queued with it.
pub(super) async fn write(db: &Db, origin: Origin, batch: Vec<Read>, report: &mut Report) -> Result<()> {
    let mut records = Vec::with_capacity(batch.len());
    for one in batch {
        report.read += 1;
        match one {
            Ok(record) => records.push(record),
            Err((place, error)) => report.fail(&place, error),
        }
    }
    let tx = begin(db).await?;
    let before = (report.new, report.changed);
    let written = advisory::write(&tx, origin, records, report).await?;
    if before != (report.new, report.changed) {
        metrics::mark_vulnerabilities(&tx, &written.changed).await?;
        advisory::queue(&tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
