//! Package versions: each is analysed once, wherever it is used, and again only when an advisory
//! of its package changes.

use std::collections::{HashMap, HashSet};

use advisories::{Affected, Package};
use sea_orm::FromQueryResult;
use storage::{Db, Sql, Tx, Value, marks, now_ms, params};

use crate::server::Result;

/// Makes sure that these package URLs (canonical, without qualifiers) have a row; their ids.
pub(crate) async fn ensure(tx: &Tx, purls: &[String]) -> Result<HashMap<String, i64>> {
    let mut ids = HashMap::with_capacity(purls.len());
    let unique: Vec<&String> = purls.iter().collect::<HashSet<_>>().into_iter().collect();
    for chunk in unique.chunks(500) {
        find(tx, chunk, &mut ids).await?;
        let missing: Vec<&String> = chunk.iter().copied().filter(|purl| !ids.contains_key(*purl)).collect();
        if missing.is_empty() {
            continue;
        }
        let rows = missing
            .iter()
            .map(|purl| {
                let package = Package::from_purl(purl).ok().flatten();
                let (ecosystem, name, version) = match package {
                    Some(package) => (Some(package.ecosystem), Some(package.name), package.version),
                    None => (None, None, None),
                };
                params![(*purl).clone(), ecosystem, name, version]
            })
            .collect();
        let columns = ["purl", "ecosystem", "name", "version"];
        tx.insert_many("package_version", &columns, rows, "ON CONFLICT (purl) DO NOTHING").await?;
        find(tx, &missing, &mut ids).await?;
    }
    Ok(ids)
}

async fn find(tx: &Tx, purls: &[&String], ids: &mut HashMap<String, i64>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        purl: String,
    }
    let values: Vec<Value> = purls.iter().map(|purl| purl.as_str().into()).collect();
    let sql = format!("SELECT id, purl FROM package_version WHERE purl IN ({})", marks(values.len()));
    for row in tx.rows::<Row>(&sql, values).await? {
        ids.insert(row.purl, row.id);
    }
    Ok(())
}

/// Marks the versions of these packages (ecosystem, name) as not analysed; their ids.
pub(crate) async fn forget(db: &Db, packages: &[(String, String)]) -> Result<Vec<i64>> {
    let mut due = Vec::new();
    for chunk in packages.chunks(250) {
        let pairs = vec!["(ecosystem = ? AND name = ?)"; chunk.len()].join(" OR ");
        let values: Vec<Value> =
            chunk.iter().flat_map(|(e, n)| [e.as_str().into(), n.as_str().into()]).collect();
        let sql = format!("SELECT id FROM package_version WHERE {pairs}");
        due.extend(db.column::<i64>(&sql, values).await?);
    }
    for chunk in due.chunks(500) {
        let tx = db.begin().await?;
        let values: Vec<Value> = chunk.iter().map(|id| (*id).into()).collect();
        let sql =
            format!("UPDATE package_version SET analysed_at = NULL WHERE id IN ({})", marks(values.len()));
        tx.execute(&sql, values).await?;
        tx.commit().await?;
    }
    Ok(due)
}

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    ecosystem: Option<String>,
    name: Option<String>,
    version: Option<String>,
}

#[derive(FromQueryResult)]
struct Candidate {
    vulnerability_id: i64,
    ecosystem: String,
    name: String,
    spec: String,
}

#[derive(FromQueryResult)]
struct Known {
    package_version_id: i64,
    vulnerability_id: i64,
    reason: String,
    fixed_version: Option<String>,
}

/// Which of the given package versions are matched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that are not analysed yet.
    Due,
    /// All of them: their advisories have changed.
    All,
}

/// Matches package versions with the advisories. Returns the new matches (package version, vulnerability).
pub(crate) async fn analyse(db: &Db, ids: &[i64], which: Which) -> Result<Vec<(i64, i64)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        found.extend(analyse_chunk(db, chunk, which).await?);
    }
    Ok(found)
}

const DUE: &str = " AND analysed_at IS NULL";

async fn analyse_chunk(db: &Db, ids: &[i64], which: Which) -> Result<Vec<(i64, i64)>> {
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let list = marks(values.len());
    let due: Vec<Due> = db
        .rows(
            &format!(
                "SELECT id, ecosystem, name, version FROM package_version WHERE id IN ({list}){}",
                if which == Which::Due { DUE } else { "" }
            ),
            values,
        )
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashSet<(&str, &str)> =
        due.iter().filter_map(|d| Some((d.ecosystem.as_deref()?, d.name.as_deref()?))).collect();
    let names: Vec<(&str, &str)> = names.into_iter().collect();
    let mut candidates: HashMap<(String, String), Vec<(i64, Affected)>> = HashMap::new();
    for chunk in names.chunks(250) {
        let pairs = vec!["(ecosystem = ? AND name = ?)"; chunk.len()].join(" OR ");
        let values: Vec<Value> = chunk.iter().flat_map(|(e, n)| [(*e).into(), (*n).into()]).collect();
        let sql =
            format!("SELECT vulnerability_id, ecosystem, name, spec FROM affected_package WHERE {pairs}");
        for row in db.rows::<Candidate>(&sql, values).await? {
            let affected: Affected = serde_json::from_str(&row.spec).map_err(storage::Error::Json)?;
            candidates.entry((row.ecosystem, row.name)).or_default().push((row.vulnerability_id, affected));
        }
    }
    // The decision is pure; nothing is written while it is made.
    let mut wanted: HashMap<(i64, i64), advisories::Match> = HashMap::new();
    for version in &due {
        let (Some(ecosystem), Some(name)) = (&version.ecosystem, &version.name) else { continue };
        let Some((key, entries)) = candidates.get_key_value(&(ecosystem.clone(), name.clone())) else {
            continue;
        };
        let Some(ecosystem) = known_ecosystem(&key.0) else { continue };
        let package = Package { ecosystem, name: name.clone(), version: version.version.clone() };
        for (vulnerability, affected) in entries {
            if let Some(reason) = affected.matches(&package) {
                wanted.entry((version.id, *vulnerability)).or_insert(reason);
            }
        }
    }
    write(db, &due, wanted, which).await
}

/// The static name of an ecosystem that packages can have.
fn known_ecosystem(name: &str) -> Option<&'static str> {
    ["PyPI", "npm", "crates.io", "Go", "Maven"].into_iter().find(|known| *known == name)
}

async fn write(
    db: &Db,
    due: &[Due],
    mut wanted: HashMap<(i64, i64), advisories::Match>,
    which: Which,
) -> Result<Vec<(i64, i64)>> {
    let now = now_ms();
    let tx = db.begin().await?;
    let mut values: Vec<Value> = due.iter().map(|d| d.id.into()).collect();
    if which == Which::Due {
        // Somebody else may have analysed some of them meanwhile, with newer advisories.
        let sql = format!("SELECT id FROM package_version WHERE id IN ({}){DUE}", marks(values.len()));
        let still: HashSet<i64> = tx.column(&sql, values).await?.into_iter().collect();
        wanted.retain(|(version, _), _| still.contains(version));
        values = still.into_iter().map(Into::into).collect();
    }
    let list = marks(values.len());
    let present: Vec<Known> = tx
        .rows(
            &format!(
                "SELECT package_version_id, vulnerability_id, reason, fixed_version FROM package_match \
                 WHERE package_version_id IN ({list})"
            ),
            values.clone(),
        )
        .await?;
    for row in present {
        let key = (row.package_version_id, row.vulnerability_id);
        match wanted.remove(&key) {
            Some(now) if now.reason == row.reason && now.fixed == row.fixed_version => {}
            Some(now) => {
                tx.execute(
                    "UPDATE package_match SET reason = ?, fixed_version = ? \
                     WHERE package_version_id = ? AND vulnerability_id = ?",
                    params![now.reason, now.fixed, key.0, key.1],
                )
                .await?;
            }
            None => {
                tx.execute(
                    "DELETE FROM package_match WHERE package_version_id = ? AND vulnerability_id = ?",
                    params![key.0, key.1],
                )
                .await?;
            }
        }
    }
    let found: Vec<(i64, i64)> = wanted.keys().copied().collect();
    let rows =
        wanted.into_iter().map(|((version, v), m)| params![version, v, m.reason, m.fixed, now]).collect();
    let columns = ["package_version_id", "vulnerability_id", "reason", "fixed_version", "attributed_on"];
    tx.insert_many("package_match", &columns, rows, "ON CONFLICT DO NOTHING").await?;
    let sql = format!("UPDATE package_version SET analysed_at = ? WHERE id IN ({list})");
    tx.execute(&sql, [params![now], values].concat()).await?;
    tx.commit().await?;
    Ok(found)
}
