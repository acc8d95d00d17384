//! Writing advisories: a batch of records in a handful of statements.

use std::collections::{BTreeSet, HashMap};

use advisories::cvss::{self, Version};
use advisories::{Advisory, primary};
use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::Report;
use crate::server::Result;
use crate::vulnerability;

/// FNV-1a, 64 bits: says whether a record has changed.
pub(super) fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    uuid: String,
    source: String,
    vuln_id: String,
    record_hash: String,
    created_at: i64,
}

const COLUMNS: [&str; 24] = [
    "uuid",
    "source",
    "vuln_id",
    "title",
    "description",
    "reference_list",
    "credits",
    "severity",
    "severity_rank",
    "cvss_v2_score",
    "cvss_v2_vector",
    "cvss_v3_score",
    "cvss_v3_vector",
    "cvss_v4_score",
    "cvss_v4_vector",
    "cwes",
    "aliases",
    "alias_group",
    "published",
    "updated",
    "withdrawn",
    "record_hash",
    "created_at",
    "id",
];

/// Writes what is new or changed and notes the packages that were or are concerned.
pub(super) async fn write(
    tx: &Tx,
    batch: Vec<(Advisory, String)>,
    report: &mut Report,
    packages: &mut BTreeSet<(String, String)>,
) -> Result<()> {
    // The same record can be in the archives of several ecosystems: the last one counts.
    let mut unique: HashMap<String, (Advisory, String)> = HashMap::new();
    let read = batch.len();
    for (advisory, hash) in batch {
        unique.insert(advisory.id.clone(), (advisory, hash));
    }
    report.unchanged += (read - unique.len()) as u64;
    let ids: Vec<Value> = unique.keys().map(|id| id.as_str().into()).collect();
    let known: Vec<Known> = tx
        .rows(
            &format!(
                "SELECT id, uuid, source, vuln_id, record_hash, created_at FROM vulnerability WHERE vuln_id IN ({})",
                marks(ids.len())
            ),
            ids,
        )
        .await?;
    let mut known: HashMap<(String, String), Known> =
        known.into_iter().map(|k| ((k.source.clone(), k.vuln_id.clone()), k)).collect();

    let (mut rows, mut fresh, mut stale) = (Vec::new(), Vec::new(), Vec::new());
    for (id, (advisory, hash)) in unique {
        let source = vulnerability::source_of(&id);
        let before = known.remove(&(source.to_owned(), id));
        match &before {
            Some(before) if before.record_hash == hash => {
                report.unchanged += 1;
                continue;
            }
            Some(before) => {
                report.changed += 1;
                stale.push(before.id);
            }
            None => report.new += 1,
        }
        report.withdrawn += u64::from(advisory.withdrawn);
        rows.push((before, row(&advisory, source, &hash)));
        fresh.push(advisory);
    }
    if rows.is_empty() {
        return Ok(());
    }
    // What a changed advisory affected before must be looked at again too.
    for chunk in stale.chunks(500) {
        let ids: Vec<Value> = chunk.iter().map(|id| (*id).into()).collect();
        let list = marks(ids.len());
        let before: Vec<Affected> = tx
            .rows(
                &format!(
                    "SELECT DISTINCT ecosystem, name FROM affected_package WHERE vulnerability_id IN ({list})"
                ),
                ids.clone(),
            )
            .await?;
        packages.extend(before.into_iter().map(|a| (a.ecosystem, a.name)));
        tx.execute(&format!("DELETE FROM affected_package WHERE vulnerability_id IN ({list})"), ids).await?;
    }
    let mut inserts = Vec::new();
    for (before, mut values) in rows {
        let Some(before) = before else {
            values.pop();
            inserts.push(values);
            continue;
        };
        // Identity and birth stay.
        let changes: Vec<(&str, Value)> = COLUMNS
            .iter()
            .zip(values)
            .filter(|(name, _)| !matches!(**name, "uuid" | "created_at" | "id"))
            .map(|(name, value)| (*name, value))
            .collect();
        tracing::debug!(uuid = before.uuid, since = before.created_at, "advisory changed");
        tx.update("vulnerability", before.id, &changes).await?;
    }
    tx.insert_many("vulnerability", &COLUMNS[..23], inserts, "").await?;

    let ids: Vec<Value> = fresh.iter().map(|a| a.id.as_str().into()).collect();
    let written: Vec<Known> = tx
        .rows(
            &format!(
                "SELECT id, uuid, source, vuln_id, record_hash, created_at FROM vulnerability WHERE vuln_id IN ({})",
                marks(ids.len())
            ),
            ids,
        )
        .await?;
    let written: HashMap<(String, String), i64> =
        written.into_iter().map(|k| ((k.source, k.vuln_id), k.id)).collect();
    let mut affected = Vec::new();
    for advisory in &fresh {
        let key = (vulnerability::source_of(&advisory.id).to_owned(), advisory.id.clone());
        let Some(id) = written.get(&key) else { continue };
        for entry in &advisory.affected {
            packages.insert((entry.ecosystem.clone(), entry.name.clone()));
            // A withdrawn advisory affects nothing.
            if !advisory.withdrawn {
                let spec = serde_json::to_string(entry).map_err(storage::Error::Json)?;
                affected.push(params![*id, entry.ecosystem.clone(), entry.name.clone(), spec]);
            }
        }
    }
    tx.insert_many("affected_package", &["vulnerability_id", "ecosystem", "name", "spec"], affected, "")
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Affected {
    ecosystem: String,
    name: String,
}

/// The columns of an advisory; the last one (the id) stays empty.
fn row(advisory: &Advisory, source: &str, hash: &str) -> Vec<Value> {
    let vector = |wanted: &[Version]| {
        let found = advisory.vectors.iter().filter(|v| wanted.contains(&v.version)).max_by_key(|v| v.version);
        (found.map(cvss::Vector::base_score), found.map(|v| v.text.clone()))
    };
    let (v2, v3, v4) =
        (vector(&[Version::V2]), vector(&[Version::V3_0, Version::V3_1]), vector(&[Version::V4]));
    let references: Vec<String> = advisory.references.iter().map(|url| format!("* [{url}]({url})")).collect();
    let ids = std::iter::once(advisory.id.as_str()).chain(advisory.aliases.iter().map(String::as_str));
    let group = primary(ids).unwrap_or(&advisory.id).to_owned();
    let list = |values: &[String]| serde_json::Value::from(values.to_vec()).to_string();
    params![
        uuid::Uuid::new_v4().to_string(),
        source,
        advisory.id.clone(),
        advisory.summary.clone(),
        advisory.details.clone(),
        (!references.is_empty()).then(|| references.join("\n")),
        (!advisory.credits.is_empty()).then(|| advisory.credits.join(", ")),
        advisory.severity.as_str(),
        i64::from(advisory.severity.rank()),
        v2.0,
        v2.1,
        v3.0,
        v3.1,
        v4.0,
        v4.1,
        serde_json::Value::from(advisory.cwes.clone()).to_string(),
        list(&advisory.aliases),
        group,
        advisory.published,
        Some(advisory.modified),
        advisory.withdrawn,
        hash,
        now_ms(),
        None::<i64>,
    ]
}
