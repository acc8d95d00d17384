//! Everything that leaves the house: written in the transaction of the change that causes it,
//! delivered by a job of its own until the other side has taken it.
//!
//! An entry is a job that is never given up: entries of one lane leave in order, and an entry that
//! still waits is superseded by a newer one when `collapse` is asked for.

use serde::Serialize;

use crate::jobs::{self, IfWaiting, NewJob};
use crate::{Result, Tx};

/// Puts a delivery into the outbox and returns the id of its job.
///
/// `channel` is the kind of the job that delivers it; `lane` is what must stay in order (a
/// finding, a receiver). With `collapse`, entries of the lane that still wait are superseded.
pub async fn put(
    tx: &Tx,
    channel: &'static str,
    lane: impl Into<String>,
    payload: impl Serialize,
    collapse: bool,
) -> Result<i64> {
    let if_waiting = if collapse { IfWaiting::Replace } else { IfWaiting::Append };
    jobs::enqueue(tx, NewJob::new(channel, payload)?.lane(lane, if_waiting).max_attempts(0)).await
}
