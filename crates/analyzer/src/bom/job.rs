//! Processing an upload (behaviour reference §3.10).
//!
//! The job can be killed at any point and run again: the components are written in one transaction,
//! and what follows from it (matches, announcements, metrics) is found again from the rows.

use std::sync::Arc;

use storage::worker::{Context, Failure, Worker};
use storage::{Db, blobs, params};

use super::write::write;
use super::{PROCESS, Process};
use crate::notification::Document;
use crate::package_version::{self, Which};
use crate::project;
use crate::server::{Error, Result};
use crate::{notification, policy, remote, repository, vex};

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(PROCESS, 2, run)
}

async fn run(context: Context) -> Result<(), Failure> {
    let Process { project, blob } = context.payload()?;
    process(&context, project, blob).await.map_err(Failure::retry)
}

async fn process(context: &Context, project_id: i64, blob: i64) -> Result<()> {
    let db = &context.db;
    context.progress("reading", 0, None, None);
    let Some(bytes) = blobs::get(db, blob).await? else {
        // The document is forgotten when all is done: only the end was not written down.
        return Ok(());
    };
    let bytes = Arc::new(bytes);
    let parsed = tokio::task::spawn_blocking({
        let bytes = bytes.clone();
        move || sbom::parse_unvalidated(&bytes)
    });
    let job = Some(context.job.id);
    let bom = match parsed.await {
        Ok(Ok(bom)) => bom,
        Ok(Err(error)) => {
            tracing::warn!(project = project_id, %error, "an uploaded document could not be processed");
            let tx = db.begin().await?;
            let document = Document { bytes: &bytes, format: None, job };
            notification::bom_failed(&tx, project_id, &document, &error.to_string()).await?;
            blobs::delete(&tx, blob).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(error) => return Err(Error::bad_request(error.to_string())),
    };
    context.progress("components", 0, None, None);
    let tx = db.begin().await?;
    let Some(project) = project::by_ids(&tx, &[project_id]).await?.pop() else {
        // Deleted meanwhile.
        blobs::delete(&tx, blob).await?;
        tx.commit().await?;
        return Ok(());
    };
    let format = bom.format.to_string();
    notification::bom_consumed(&tx, &project, &Document { bytes: &bytes, format: Some(&format), job })
        .await?;
    let versions = write(&tx, project, &bom).await?;
    remote::queue(&tx).await?;
    repository::queue(&tx, project_id).await?;
    tx.commit().await?;

    context.progress("vulnerabilities", 0, i64::try_from(versions.len()).ok(), None);
    package_version::analyse(db, &versions, Which::Due).await?;
    let tx = db.begin().await?;
    project::analysed(&tx, &[project_id]).await?;
    if bom.vulnerabilities.iter().any(|one| one.analysis.is_some()) {
        vex::apply(&tx, project_id, &bom, true).await?;
    }
    tx.commit().await?;
    policy::settle_project(db, project_id).await?;
    announce(db, project_id, blob, &Document { bytes: &bytes, format: Some(&format), job }).await
}

/// Tells of new vulnerabilities once, and forgets the document, in one transaction.
async fn announce(db: &Db, project: i64, blob: i64, document: &Document<'_>) -> Result<()> {
    let tx = db.begin().await?;
    notification::bom_processed(&tx, project, document).await?;
    tx.execute("UPDATE component SET is_new = ? WHERE project_id = ? AND is_new", params![false, project])
        .await?;
    blobs::delete(&tx, blob).await?;
    // Other projects with a package version whose advisories had just changed.
    policy::queue_if_due(&tx).await?;
    tx.commit().await?;
    Ok(())
}
