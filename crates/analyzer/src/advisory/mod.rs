//! Importing advisories: from an archive, a folder or a server, again and again; what has not
//! changed is skipped, and only packages of changed advisories are analysed anew.

mod source;
mod store;

pub use source::Source;

use std::collections::BTreeSet;

use serde::Serialize;
use storage::Db;

use crate::server::Result;
use crate::{notification, package_version};

/// How many advisories are written in one transaction.
const BATCH: usize = 500;

/// What an import did.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Report {
    /// How many records were read.
    pub read: u64,
    /// Of these, not known before.
    pub new: u64,
    /// Known, with another content.
    pub changed: u64,
    /// Known, with the same content.
    pub unchanged: u64,
    /// Taken back by their source.
    pub withdrawn: u64,
    /// Records that could not be read: which, and why. At most a hundred are listed.
    pub failed: Vec<String>,
    /// How many could not be read.
    pub failures: u64,
    /// How many package versions were analysed anew.
    pub analysed: u64,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} advisories read: {} new, {} changed, {} unchanged, {} withdrawn, {} unreadable; {} package versions analysed anew",
            self.read, self.new, self.changed, self.unchanged, self.withdrawn, self.failures, self.analysed
        )?;
        for failure in &self.failed {
            write!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}

/// Tells the phase, what is done of it, and of how much when that is known.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Send + Sync);

/// Imports every OSV record of a source.
///
/// # Errors
/// [`crate::Error::Source`] when the source itself cannot be read; a record that cannot is reported.
pub async fn import(db: &Db, source: Source, progress: Progress<'_>) -> Result<Report> {
    let mut reader = source.open().await?;
    let mut report = Report::default();
    let mut packages = BTreeSet::new();
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let Some((name, bytes)) = reader.next().await? else { break };
            report.read += 1;
            match advisories::parse(&bytes) {
                Ok(advisory) => batch.push((advisory, store::hash(&bytes))),
                Err(error) => {
                    report.failures += 1;
                    if report.failed.len() < 100 {
                        report.failed.push(format!("{name}: {error}"));
                    }
                }
            }
        }
        if batch.is_empty() {
            break;
        }
        let tx = db.begin().await?;
        store::write(&tx, batch, &mut report, &mut packages).await?;
        tx.commit().await?;
        progress("advisories", report.read, reader.total());
    }
    let names: Vec<(String, String)> = packages.into_iter().collect();
    let due = package_version::forget(db, &names).await?;
    report.analysed = due.len() as u64;
    let total = due.len() as u64;
    let mut done = 0;
    for chunk in due.chunks(500) {
        let found = package_version::analyse(db, chunk, package_version::Which::All).await?;
        notification::new_matches(db, &found).await?;
        done += chunk.len() as u64;
        progress("package versions", done, Some(total));
    }
    Ok(report)
}
