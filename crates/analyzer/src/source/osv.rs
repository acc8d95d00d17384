//! OSV: a folder for each ecosystem, with an archive of all its records, a list of which changed
//! when, and each record by itself.

use std::collections::{BTreeSet, HashSet};

use chrono::DateTime;
use futures::StreamExt;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::{Sql, marks, now_ms, params};

use super::download::{Validators, shown_text};
use super::file::{LARGEST_RECORD, osv_record, osv_zip};
use super::pour::{self, pour};
use super::run::Run;
use super::{ask, settings};
use crate::advisory::{self, Origin};
use crate::metrics;
use crate::server::{Error, Result};

/// More changed records than this are fetched with the archive.
const SINGLY: usize = 1_000;
/// The archive is fetched at least so often: it alone tells which records are gone.
const WHOLE_MS: i64 = 5 * 86_400_000;
/// How many records are fetched at the same time.
const AT_ONCE: usize = 8;

/// Where the mirroring of an ecosystem stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Seen {
    /// Every change up to this time is there (epoch milliseconds).
    #[serde(default)]
    until: i64,
    /// When the archive was last stored (epoch milliseconds).
    #[serde(default)]
    whole_at: i64,
    #[serde(default)]
    archive: Option<Validators>,
}

/// Mirrors the ecosystems that are chosen. One that fails does not keep the others from it.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    let chosen = settings::text(&run.db, "google.osv.enabled").await?.unwrap_or_default();
    // Releases (`Debian:12`) are within the ecosystem without suffix.
    let names: BTreeSet<&str> = chosen
        .split(';')
        .map(|name| name.split(':').next().unwrap_or(name).trim())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err(Error::Source {
            place: "Open Source Vulnerabilities".to_owned(),
            message: "no ecosystem is chosen: set the property vuln-source / google.osv.enabled to names \
                      separated by semicolons, such as npm;PyPI;Maven"
                .to_owned(),
        });
    }
    let mut failed = Vec::new();
    for name in &names {
        match ecosystem(run, name).await {
            Ok(()) => {}
            Err(error @ (Error::Stopped | Error::Storage(_))) => return Err(error),
            Err(error) => failed.push(error.to_string()),
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::Source {
        place: format!("{} of {} ecosystems", failed.len(), names.len()),
        message: failed.join("; "),
    })
}

async fn ecosystem(run: &mut Run, name: &str) -> Result<()> {
    let base = format!("{}/{}", run.settings.base_url, name.replace(' ', "%20"));
    let key = format!("osv {name}");
    let mut seen: Seen = run.recall(&key).unwrap_or_default();
    run.tell(&format!("{name}: what changed"), 0, None);
    let list = changes(run, &base).await?;
    let due = now_ms().saturating_sub(seen.whole_at) > WHOLE_MS;
    if due || list.is_none() || newer(list.as_deref(), seen.until).len() > SINGLY {
        whole(run, &base, name, &mut seen, list.as_deref()).await?;
        run.note(&key, &seen).await?;
    }
    let ids = newer(list.as_deref(), seen.until);
    // The archive lags behind the list: the next run looks at it again.
    if ids.is_empty() || ids.len() > SINGLY {
        return Ok(());
    }
    singly(run, &base, name, ids).await?;
    let newest = list.iter().flatten().map(|(at, _)| *at).max();
    // A record from the future hides no change of the present.
    seen.until = newest.unwrap_or_default().min(now_ms());
    run.note(&key, seen).await
}

/// The records that changed after `until`.
fn newer(list: Option<&[(i64, String)]>, until: i64) -> Vec<&str> {
    let list = list.unwrap_or_default().iter();
    list.filter(|(at, _)| *at > until).map(|(_, id)| id.as_str()).collect()
}

/// All records and when they changed. None where there is no list.
async fn changes(run: &mut Run, base: &str) -> Result<Option<Vec<(i64, String)>>> {
    let url = format!("{base}/modified_id.csv");
    let text = match ask::text(&run.http, &url, LARGEST_RECORD).await {
        Ok(text) => text,
        Err(Error::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let rows = text.lines().filter_map(|line| {
        let (at, id) = line.trim().split_once(',')?;
        let at = DateTime::parse_from_rfc3339(at.trim()).ok()?.timestamp_millis();
        // The list of all ecosystems names the ecosystem before the id.
        Some((at, id.rsplit('/').next().unwrap_or(id).trim().to_owned()))
    });
    Ok(Some(rows.collect()))
}

/// Fetches the records that changed, one by one.
async fn singly(run: &mut Run, base: &str, name: &str, ids: Vec<&str>) -> Result<()> {
    let total = Some(ids.len() as u64);
    let http = run.http.clone();
    let base = base.to_owned();
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let mut fetched = futures::stream::iter(ids.clone())
        .map(move |id| {
            let (http, url) = (http.clone(), format!("{base}/{id}.json"));
            async move {
                let bytes = ask::ask(&url, LARGEST_RECORD, || http.get(&url)).await;
                let read = bytes.map(|bytes| osv_record(&id, &bytes));
                (id, read)
            }
        })
        .buffered(AT_ONCE)
        .boxed();
    let (mut batch, mut done) = (Vec::new(), 0);
    while let Some((id, outcome)) = fetched.next().await {
        done += 1;
        match outcome {
            Ok(read) => batch.push(read),
            // Named in the list and gone since: the next archive tells.
            Err(Error::Missing { .. }) => {
                batch.push(Err((id, "the record is not there".to_owned())));
            }
            Err(error) => return Err(error),
        }
        if batch.len() >= 200 {
            pour::write(&run.db, Origin::Osv, std::mem::take(&mut batch), &mut run.report).await?;
        }
        run.tell(name, done, total);
    }
    drop(fetched);
    pour::write(&run.db, Origin::Osv, batch, &mut run.report).await?;
    note_mirrored(run, &ids).await
}

/// Fetches the archive, if it is another one than before, and takes back what it no longer has.
async fn whole(
    run: &mut Run,
    base: &str,
    name: &str,
    seen: &mut Seen,
    list: Option<&[(i64, String)]>,
) -> Result<()> {
    let (key, file) = (name.to_owned(), format!("{}.zip", name.replace([' ', '/'], "-")));
    let url = format!("{base}/all.zip");
    let Some(path) = run.fetch_if(&key, &url, &file, seen.archive.clone()).await? else {
        seen.whole_at = now_ms();
        return Ok(());
    };
    let context = run.context();
    let phase = name.to_owned();
    let db = run.db.clone();
    let told = move |done: u64| context.progress(&phase, i64::try_from(done).unwrap_or(0), None, None);
    let held = pour(&db, Origin::Osv, &mut run.report, &told, move |give| osv_zip(&path, give)).await?;
    note_mirrored(run, &held.ids).await?;
    if let Some(damage) = held.damage {
        let message = format!("{damage}; what could be read of it was taken");
        return Err(Error::Source { place: shown_text(&url), message });
    }
    let until = held.newest.min(now_ms());
    if !held.ids.is_empty() {
        // What changed behind the archive may have been fetched by itself.
        let held = held.ids.into_iter().chain(newer(list, until).into_iter().map(str::to_owned));
        retract(run, name, held.collect()).await?;
    }
    *seen = Seen { until, whole_at: now_ms(), archive: run.pending(&key) };
    Ok(())
}

/// Notes that the source has these records: only then their absence means that they are gone. Those
/// that somebody imported from a file and that the source never had stay.
async fn note_mirrored(run: &Run, ids: &[String]) -> Result<()> {
    for chunk in ids.chunks(500) {
        let tx = pour::begin(&run.db).await?;
        let text = format!(
            "UPDATE advisory SET mirrored = ? WHERE NOT mirrored AND origin = ? AND vulnerability_id IN \
             (SELECT id FROM vulnerability WHERE vuln_id IN ({}))",
            marks(chunk.len())
        );
        let ids = chunk.iter().map(|id| id.as_str().into()).collect();
        tx.execute(&text, [params![true, Origin::Osv.as_str()], ids].concat()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Takes back the records of an ecosystem that its archive does not hold any more.
async fn retract(run: &mut Run, ecosystem: &str, held: HashSet<String>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        vuln_id: String,
    }
    let text = "SELECT DISTINCT v.vuln_id FROM affected_package p JOIN advisory a ON a.id = p.advisory_id \
         JOIN vulnerability v ON v.id = a.vulnerability_id WHERE p.ecosystem = ? AND a.origin = ? AND a.mirrored";
    let known: Vec<Row> = run.db.rows(text, params![ecosystem, Origin::Osv.as_str()]).await?;
    let gone: Vec<String> =
        known.into_iter().map(|row| row.vuln_id).filter(|id| !held.contains(id)).collect();
    for chunk in gone.chunks(500) {
        let tx = pour::begin(&run.db).await?;
        let written = advisory::retract(&tx, Origin::Osv, chunk, &mut run.report).await?;
        metrics::mark_vulnerabilities(&tx, &written.changed).await?;
        advisory::queue(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}
