//! CWE: MITRE's dictionary, a few times a year. The one that is built in does without it.

use std::io::BufReader;
use std::path::Path;

use storage::Db;

use super::file::{ARCHIVE, open, refuse};
use super::run::Run;
use super::unpack::Entries;
use crate::advisory::Report;
use crate::cwe;
use crate::server::Result;

/// Mirrors the dictionary.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    let url = format!("{}/cwec_latest.xml.zip", run.settings.base_url);
    let Some(file) = run.fetch("dictionary", &url, "cwe.xml.zip").await? else { return Ok(()) };
    let db = run.db.clone();
    store(&db, &file, &mut run.report).await?;
    run.fetched("dictionary").await
}

/// Replaces the dictionary by that of a file.
pub(super) async fn store(db: &Db, file: &Path, report: &mut Report) -> Result<()> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || read(&path));
    let names = read.await.map_err(|e| refuse(file, e))??;
    if names.is_empty() {
        return Err(refuse(file, "there is no weakness in it"));
    }
    report.read += names.len() as u64;
    let tx = db.begin().await?;
    report.changed += cwe::store(&tx, &names).await? as u64;
    tx.commit().await?;
    cwe::load(db).await
}

fn read(path: &Path) -> Result<Vec<(u32, String)>> {
    let mut names = Vec::new();
    if path.extension().is_some_and(|e| e == "zip") {
        let entries =
            Entries::open(path, ARCHIVE, |name| name.ends_with(".xml")).map_err(|e| refuse(path, e))?;
        for entry in entries {
            let (_, bytes) = entry.map_err(|e| refuse(path, e))?;
            advisories::cwe::read_xml(bytes.as_slice(), |id, name| names.push((id, name.to_owned())))
                .map_err(|e| refuse(path, e))?;
        }
    } else {
        let input = BufReader::new(open(path)?);
        advisories::cwe::read_xml(input, |id, name| names.push((id, name.to_owned())))
            .map_err(|e| refuse(path, e))?;
    }
    Ok(names)
}
