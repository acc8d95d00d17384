//! The rows of package versions and of the names by which advisories know them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::once;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, params};

use super::Identity;
use crate::server::Result;

/// How many rows are read or written by one statement.
const CHUNK: usize = 500;
/// How many names one statement asks for.
const NAMES: usize = 5_000;

/// Makes sure that these identities have a row; their ids, by key.
pub(crate) async fn ensure(tx: &Tx, identities: &[Identity]) -> Result<HashMap<String, i64>> {
    let mut ids = HashMap::with_capacity(identities.len());
    let mut unique: HashMap<String, &Identity> = HashMap::with_capacity(identities.len());
    for identity in identities {
        unique.entry(identity.key()).or_insert(identity);
    }
    let keys: Vec<&String> = unique.keys().collect();
    for chunk in keys.chunks(CHUNK) {
        find(tx, chunk, &mut ids).await?;
        let missing: Vec<&String> = chunk.iter().copied().filter(|key| !ids.contains_key(*key)).collect();
        if missing.is_empty() {
            continue;
        }
        let missing_rows = missing
            .iter()
            .filter_map(|key| unique.get(*key).map(|identity| params![(*key).clone(), identity.cpe.clone()]))
            .collect();
        let columns = ["identity", "cpe"];
        tx.insert_many("package_version", &columns, missing_rows, "ON CONFLICT (identity) DO NOTHING")
            .await?;
        find(tx, &missing, &mut ids).await?;
        let mut names = Vec::new();
        for key in missing {
            let (Some(id), Some(identity)) = (ids.get(key), unique.get(key)) else { continue };
            names.extend(identity.subject().names().into_iter().map(|(e, n)| params![e, n, *id]));
        }
        let columns = ["ecosystem", "name", "package_version_id"];
        tx.insert_many("package_name", &columns, names, "ON CONFLICT DO NOTHING").await?;
    }
    Ok(ids)
}

async fn find(tx: &Tx, keys: &[&String], ids: &mut HashMap<String, i64>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        identity: String,
    }
    let values: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let sql = format!("SELECT id, identity FROM package_version WHERE identity IN ({})", marks(values.len()));
    for row in tx.rows::<Row>(&sql, values).await? {
        ids.insert(row.identity, row.id);
    }
    Ok(())
}

/// Marks the versions of these packages (ecosystem, name) as not analysed, in the transaction that
/// changed their advisories.
pub(crate) async fn forget(tx: &Tx, packages: &HashSet<(String, String)>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    tx.execute("UPDATE advisory_revision SET revision = revision + 1", params![]).await?;
    let mut by_ecosystem: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (ecosystem, name) in packages {
        by_ecosystem.entry(ecosystem.clone()).or_default().push(name.clone());
    }
    for (ecosystem, names) in in_chunks(&by_ecosystem) {
        let values = once(ecosystem).chain(names.iter().map(String::as_str)).map(Value::from).collect();
        let sql = format!(
            "UPDATE package_version SET analysed_at = NULL, revision = revision + 1 WHERE id IN \
             (SELECT package_version_id FROM package_name WHERE ecosystem = ? AND name IN ({}))",
            marks(names.len())
        );
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// Names of one ecosystem at a time, as many as one statement asks for.
pub(super) fn in_chunks(names: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = (&str, &[String])> {
    names
        .iter()
        .flat_map(|(ecosystem, names)| names.chunks(NAMES).map(move |names| (ecosystem.as_str(), names)))
}

/// The package versions behind `after` that are not analysed, in order, at most `limit`.
pub(crate) async fn due(sql: &impl Sql, after: i64, limit: i64) -> Result<Vec<i64>> {
    let text = "SELECT id FROM package_version WHERE analysed_at IS NULL AND id > ? ORDER BY id LIMIT ?";
    Ok(sql.column(text, params![after, limit]).await?)
}

/// Writes the names of every package version, once after an upgrade from a release that knew fewer.
pub(crate) async fn name_all(tx: &Tx) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        identity: String,
        cpe: Option<String>,
    }
    let mut after = 0;
    loop {
        let rows: Vec<Row> = tx
            .rows(
                "SELECT id, identity, cpe FROM package_version WHERE id > ? ORDER BY id LIMIT 500",
                params![after],
            )
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let mut names = Vec::new();
        for row in rows {
            let identity = Identity::stored(&row.identity, row.cpe);
            names.extend(identity.subject().names().into_iter().map(|(e, n)| params![e, n, row.id]));
        }
        let columns = ["ecosystem", "name", "package_version_id"];
        tx.insert_many("package_name", &columns, names, "ON CONFLICT DO NOTHING").await?;
    }
}
