//! What follows from changed advisories: the package versions they touch are analysed anew, and the
//! projects that use them are counted anew. Both are marked in the transaction of the change, so
//! that nothing is forgotten, and a job does it at once.

use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Tx};

use crate::server::Result;
use crate::{package_version, policy};

const FOLLOW: &str = "advisory.follow";

/// How many package versions are looked up at once.
const CHUNK: i64 = 2_000;

/// Has what follows done as soon as this transaction commits.
pub(crate) async fn queue(tx: &Tx) -> Result<()> {
    enqueue(tx, NewJob::new(FOLLOW, ())?.lane(FOLLOW, IfWaiting::Keep)).await?;
    Ok(())
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(FOLLOW, 1, |context: Context| async move {
        let told = |done| context.progress("package versions", i64::try_from(done).unwrap_or(0), None, None);
        follow(&context.db, told).await.map(|_| ()).map_err(Failure::retry)
    })
}

/// Analyses every package version that is marked, tells of what is found, and counts the projects.
/// How many package versions there were.
pub(crate) async fn follow(db: &Db, told: impl Fn(u64)) -> Result<u64> {
    let (mut after, mut done) = (0, 0);
    loop {
        let due = package_version::due(db, after, CHUNK).await?;
        let Some(last) = due.last() else { break };
        after = *last;
        let found = package_version::analyse(db, &due, package_version::Which::Due).await?;
        done += found.matched;
        told(done);
    }
    policy::settle(db).await?;
    Ok(done)
}
