//! Writing records: a batch of them in a handful of statements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

use super::{Affects, Origin, Record, Report, Told, group, merge};
use crate::package_version;
use crate::server::Result;

/// FNV-1a, 64 bits: says whether a record has changed.
pub(super) fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What a batch changed.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Vulnerabilities that are told otherwise than before, or belong to another group.
    pub changed: Vec<i64>,
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    source: String,
    vuln_id: String,
}

/// A record that is stored.
#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    vulnerability_id: i64,
    origin: String,
    record_hash: String,
    told: Option<String>,
}

type Key = (String, String);

/// Writes what is new or changed, and marks the package versions that were or are concerned.
pub(crate) async fn write(
    tx: &Tx,
    origin: Origin,
    batch: Vec<Record>,
    report: &mut Report,
) -> Result<Written> {
    // The last record of an id wins.
    let mut records: BTreeMap<Key, Record> = BTreeMap::new();
    let read = batch.len();
    for record in batch {
        records.insert((record.source.clone(), record.id.clone()), record);
    }
    report.unchanged += (read - records.len()) as u64;
    let mut known = known(tx, records.keys().map(|(_, id)| id.as_str())).await?;
    let ids: Vec<i64> = known.values().copied().collect();
    let mut stored: HashMap<i64, Vec<Stored>> = HashMap::new();
    for row in stored_of(tx, &ids).await? {
        stored.entry(row.vulnerability_id).or_default().push(row);
    }
    let own = |rows: Option<&Vec<Stored>>| {
        let row = rows.into_iter().flatten().find(|row| row.origin == origin.as_str());
        row.map(|row| (row.id, row.record_hash.clone()))
    };
    records.retain(|key, record| {
        let before = known.get(key).and_then(|id| own(stored.get(id)));
        match before {
            Some((_, hash)) if hash == record.hash => {
                report.unchanged += 1;
                return false;
            }
            Some(_) => report.changed += 1,
            None => report.new += 1,
        }
        report.withdrawn += u64::from(record.told.withdrawn);
        true
    });
    if records.is_empty() {
        return Ok(Written::default());
    }
    let changed = tell(tx, origin, &records, &mut known, &stored).await?;

    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for (key, record) in &records {
        let Some(id) = known.get(key).copied() else { continue };
        let told = serde_json::to_string(&record.told).map_err(storage::Error::Json)?;
        let values = params![record.hash.clone(), record.told.withdrawn, told];
        match own(stored.get(&id)) {
            Some((advisory, _)) => again.push((advisory, values)),
            None => fresh.push([params![id, origin.as_str()], values].concat()),
        }
    }
    let columns = ["record_hash", "withdrawn", "told"];
    tx.update_many("advisory", &columns, again).await?;
    let columns = [&["vulnerability_id", "origin"], columns.as_slice()].concat();
    tx.insert_many("advisory", &columns, fresh, "").await?;

    let ids: HashMap<Key, i64> = known.into_iter().filter(|(key, _)| records.contains_key(key)).collect();
    let own: Vec<Stored> = stored_of(tx, &ids.values().copied().collect::<Vec<_>>()).await?;
    let own: HashMap<i64, i64> = own
        .into_iter()
        .filter(|row| row.origin == origin.as_str())
        .map(|row| (row.vulnerability_id, row.id))
        .collect();
    let mut affected = Vec::with_capacity(records.len());
    let mut aliases: Vec<(i64, &str, &[String])> = Vec::with_capacity(records.len());
    for (key, record) in &records {
        let Some((vulnerability, advisory)) = ids.get(key).and_then(|id| Some((*id, *own.get(id)?))) else {
            continue;
        };
        affected.push((advisory, vulnerability, record.affected.as_slice()));
        aliases.push((advisory, &record.id, if record.told.withdrawn { &[] } else { &record.aliases }));
    }
    let packages = write_affected(tx, &affected).await?;
    package_version::forget(tx, &packages).await?;
    let mut touched = group::write(tx, &aliases).await?;
    // A new vulnerability may be what others already name.
    touched.extend(records.keys().map(|(_, id)| id.clone()));
    let mut changed: BTreeSet<i64> = changed.into_iter().collect();
    changed.extend(group::regroup(tx, &touched).await?);
    Ok(Written { changed: changed.into_iter().collect() })
}

async fn known<'a>(tx: &Tx, ids: impl Iterator<Item = &'a str>) -> Result<HashMap<Key, i64>> {
    let ids: Vec<&str> = ids.collect();
    let mut out = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let text = format!(
            "SELECT id, source, vuln_id FROM vulnerability WHERE vuln_id IN ({})",
            marks(chunk.len())
        );
        let rows: Vec<Known> = tx.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        out.extend(rows.into_iter().map(|row| ((row.source, row.vuln_id), row.id)));
    }
    Ok(out)
}

async fn stored_of(tx: &Tx, vulnerabilities: &[i64]) -> Result<Vec<Stored>> {
    let mut out = Vec::new();
    for chunk in vulnerabilities.chunks(500) {
        let text = format!(
            "SELECT id, vulnerability_id, origin, record_hash, told FROM advisory WHERE vulnerability_id IN ({})",
            marks(chunk.len())
        );
        out.extend(tx.rows::<Stored>(&text, chunk.iter().map(|id| (*id).into()).collect()).await?);
    }
    Ok(out)
}

/// Makes the vulnerabilities tell what their records say together. Those that were there before and
/// are told otherwise now.
async fn tell(
    tx: &Tx,
    origin: Origin,
    records: &BTreeMap<Key, Record>,
    known: &mut HashMap<Key, i64>,
    stored: &HashMap<i64, Vec<Stored>>,
) -> Result<Vec<i64>> {
    let (mut inserts, mut changed) = (Vec::new(), Vec::new());
    let now = now_ms();
    for (key, record) in records {
        let Some(id) = known.get(key).copied() else {
            let mut row = params![
                uuid::Uuid::new_v4().to_string(),
                key.0.clone(),
                key.1.clone(),
                "[]",
                key.1.clone(),
                now
            ];
            row.extend(merge::merge(&key.0, &[(origin, &record.told)]));
            inserts.push(row);
            continue;
        };
        let others = stored.get(&id).into_iter().flatten().filter(|row| row.origin != origin.as_str());
        let others: Vec<(Origin, Told)> = others.filter_map(Stored::read).collect();
        let mut all: Vec<(Origin, &Told)> = others.iter().map(|(origin, told)| (*origin, told)).collect();
        all.push((origin, &record.told));
        changed.push((id, merge::merge(&key.0, &all)));
    }
    let ids = changed.iter().map(|(id, _)| *id).collect();
    tx.update_many("vulnerability", &merge::COLUMNS, changed).await?;
    let columns: Vec<&str> = ["uuid", "source", "vuln_id", "aliases", "alias_group", "created_at"]
        .into_iter()
        .chain(merge::COLUMNS)
        .collect();
    if !inserts.is_empty() {
        tx.insert_many("vulnerability", &columns, inserts, "").await?;
        let missing = records.keys().filter(|key| !known.contains_key(*key)).map(|(_, id)| id.as_str());
        let made = self::known(tx, missing).await?;
        known.extend(made);
    }
    Ok(ids)
}

impl Stored {
    fn read(&self) -> Option<(Origin, Told)> {
        let told = serde_json::from_str(self.told.as_deref()?).ok()?;
        Some((Origin::parse(&self.origin), told))
    }
}

#[derive(FromQueryResult)]
struct AffectedRow {
    advisory_id: i64,
    ecosystem: String,
    name: String,
    spec: String,
}

/// Replaces what these records `(advisory, vulnerability, affected)` affect. The packages for which
/// that makes a difference.
async fn write_affected(tx: &Tx, records: &[(i64, i64, &[Affects])]) -> Result<HashSet<(String, String)>> {
    let mut packages = HashSet::new();
    let mut before: HashMap<i64, Vec<Affects>> = HashMap::new();
    for chunk in records.chunks(500) {
        let text = format!(
            "SELECT advisory_id, ecosystem, name, spec FROM affected_package WHERE advisory_id IN ({})",
            marks(chunk.len())
        );
        let rows: Vec<AffectedRow> = tx.rows(&text, chunk.iter().map(|r| r.0.into()).collect()).await?;
        for row in rows {
            before.entry(row.advisory_id).or_default().push((row.ecosystem, row.name, row.spec));
        }
    }
    let (mut stale, mut fresh) = (Vec::new(), Vec::new());
    for (advisory, vulnerability, now) in records {
        let mut was = before.remove(advisory).unwrap_or_default();
        was.sort_unstable();
        if was == *now {
            continue;
        }
        packages.extend(was.iter().chain(*now).map(|(e, n, _)| (e.clone(), n.clone())));
        if !was.is_empty() {
            stale.push(*advisory);
        }
        fresh.extend(
            now.iter()
                .map(|(e, n, spec)| params![*advisory, *vulnerability, e.clone(), n.clone(), spec.clone()]),
        );
    }
    for chunk in stale.chunks(500) {
        let text = format!("DELETE FROM affected_package WHERE advisory_id IN ({})", marks(chunk.len()));
        tx.execute(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
    }
    let columns = ["advisory_id", "vulnerability_id", "ecosystem", "name", "spec"];
    tx.insert_many("affected_package", &columns, fresh, "").await?;
    Ok(packages)
}

/// Takes records back that their source no longer has: they affect nothing, and are withdrawn. How
/// many there were.
pub(crate) async fn retract(tx: &Tx, origin: Origin, ids: &[String], report: &mut Report) -> Result<Written> {
    #[derive(FromQueryResult)]
    struct Row {
        source: String,
        vuln_id: String,
        told: Option<String>,
    }
    let mut batch = Vec::new();
    for chunk in ids.chunks(500) {
        let text = format!(
            "SELECT v.source, v.vuln_id, a.told FROM advisory a JOIN vulnerability v ON v.id = a.vulnerability_id \
             WHERE a.origin = ? AND NOT a.withdrawn AND v.vuln_id IN ({})",
            marks(chunk.len())
        );
        let values = [params![origin.as_str()], chunk.iter().map(|id| id.as_str().into()).collect()].concat();
        for row in tx.rows::<Row>(&text, values).await? {
            let told = row.told.as_deref().and_then(|told| serde_json::from_str(told).ok());
            batch.push(Record {
                source: row.source,
                id: row.vuln_id,
                told: Told { withdrawn: true, ..told.unwrap_or_default() },
                aliases: Vec::new(),
                affected: Vec::new(),
                // Whatever comes under this id again is a change.
                hash: "withdrawn".to_owned(),
            });
        }
    }
    write(tx, origin, batch, report).await
}
