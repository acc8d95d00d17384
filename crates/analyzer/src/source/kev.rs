//! KEV: a catalogue of CVEs that are exploited.

use std::path::Path;

use storage::{Db, params};

use super::file::{kev_entries, refuse};
use super::run::Run;
use crate::advisory::Report;
use crate::server::Result;

/// Mirrors the catalogue.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    let url = format!("{}/known_exploited_vulnerabilities.json", run.settings.base_url);
    let Some(file) = run.fetch("catalogue", &url, "kev.json").await? else { return Ok(()) };
    let db = run.db.clone();
    store(&db, &file, &mut run.report).await?;
    run.fetched("catalogue").await
}

/// Replaces the catalogue by that of a file.
pub(super) async fn store(db: &Db, file: &Path, report: &mut Report) -> Result<()> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || kev_entries(&path));
    let entries = read.await.map_err(|e| refuse(file, e))??;
    if entries.is_empty() {
        return Err(refuse(file, "there is no vulnerability in it"));
    }
    report.read += entries.len() as u64;
    report.changed += entries.len() as u64;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = serde_json::to_string(&entry).map_err(storage::Error::Json)?;
        rows.push(params![entry.cve, entry.added, text]);
    }
    let tx = db.begin().await?;
    tx.execute("DELETE FROM known_exploited", params![]).await?;
    tx.insert_many("known_exploited", &["cve", "date_added", "entry"], rows, "ON CONFLICT DO NOTHING")
        .await?;
    tx.commit().await?;
    Ok(())
}
