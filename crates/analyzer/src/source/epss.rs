//! EPSS: a CSV of all CVEs with their scores, once a day.

use std::io::BufReader;
use std::path::Path;

use advisories::epss;
use storage::{Db, params};

use super::file::{open, refuse};
use super::run::Run;
use crate::advisory::Report;
use crate::policy;
use crate::server::Result;

/// Mirrors the scores of today.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    let url = format!("{}/epss_scores-current.csv.gz", run.settings.base_url);
    let Some(file) = run.fetch("scores", &url, "epss.csv.gz").await? else { return Ok(()) };
    let db = run.db.clone();
    store(&db, &file, &mut run.report).await?;
    run.fetched("scores").await
}

/// Replaces the scores by those of a file.
pub(super) async fn store(db: &Db, file: &Path, report: &mut Report) -> Result<()> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let (mut rows, mut failed) = (Vec::new(), Vec::new());
        epss::read(BufReader::new(open(&path)?), |row| match row {
            Ok(row) => rows.push(row),
            Err(error) => failed.push(error.to_string()),
        })
        .map_err(|e| refuse(&path, e))?;
        Ok::<_, crate::Error>((rows, failed))
    });
    let (rows, failed) = read.await.map_err(|e| refuse(file, e))??;
    for error in failed {
        report.read += 1;
        report.fail(&file.display().to_string(), error);
    }
    if rows.is_empty() {
        return Err(refuse(file, "there is no score in it"));
    }
    report.read += rows.len() as u64;
    report.changed += rows.len() as u64;
    // One transaction: readers see the scores of one day.
    let tx = db.begin().await?;
    tx.execute("DELETE FROM epss", params![]).await?;
    for chunk in rows.chunks(5_000) {
        let values = chunk.iter().map(|row| params![row.cve.clone(), row.score, row.percentile]).collect();
        tx.insert_many("epss", &["cve", "score", "percentile"], values, "ON CONFLICT DO NOTHING").await?;
    }
    policy::mark_subjects(&tx, &["EPSS"]).await?;
    tx.commit().await?;
    Ok(())
}
