//! Keeping the groups of aliases right when records change.

use std::collections::{BTreeSet, HashMap, HashSet};

use advisories::flaws;
use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, params};

use crate::server::Result;

/// No flaw has as many names; a chain that is longer is cut there.
const LARGEST: usize = 5_000;

#[derive(FromQueryResult)]
struct Link {
    advisory_id: i64,
    vuln_id: String,
    alias: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    vuln_id: String,
    aliases: String,
    alias_group: String,
}

/// Looks again at the groups that these ids belong to, before and now. The vulnerabilities whose
/// group changed.
pub(super) async fn regroup(tx: &Tx, ids: &BTreeSet<String>) -> Result<Vec<i64>> {
    let (links, reached) = reach(tx, ids).await?;
    let known = flaws(links.iter().map(|(a, b)| (a.as_str(), b.as_str())));
    let mut changed: Vec<(i64, Vec<Value>)> = Vec::new();
    let reached: Vec<&String> = reached.iter().collect();
    for chunk in reached.chunks(500) {
        let text = format!(
            "SELECT id, vuln_id, aliases, alias_group FROM vulnerability WHERE vuln_id IN ({})",
            marks(chunk.len())
        );
        let rows: Vec<Row> = tx.rows(&text, chunk.iter().map(|id| id.as_str().into()).collect()).await?;
        for row in rows {
            let flaw = known.get(row.vuln_id.as_str());
            let group = flaw.map_or_else(|| row.vuln_id.clone(), |flaw| flaw.name.clone());
            let aliases = serde_json::Value::from(flaw.map(|flaw| flaw.aliases.clone()).unwrap_or_default())
                .to_string();
            if group != row.alias_group || aliases != row.aliases {
                changed.push((row.id, params![group, aliases]));
            }
        }
    }
    let ids = changed.iter().map(|(id, _)| *id).collect();
    tx.update_many("vulnerability", &["alias_group", "aliases"], changed).await?;
    Ok(ids)
}

/// Every link that can be reached from these ids, one for each record that says it, and every id on
/// the way.
async fn reach(tx: &Tx, ids: &BTreeSet<String>) -> Result<(Vec<(String, String)>, HashSet<String>)> {
    let mut reached: HashSet<String> = ids.iter().cloned().collect();
    let mut frontier: Vec<String> = ids.iter().cloned().collect();
    let mut links: HashMap<(i64, String), String> = HashMap::new();
    while !frontier.is_empty() && reached.len() < ids.len() + LARGEST {
        let mut next = Vec::new();
        for chunk in frontier.chunks(400) {
            let list = marks(chunk.len());
            let values: Vec<Value> = chunk.iter().map(|id| id.as_str().into()).collect();
            // Two indexed lookups; an OR of both would read the whole table.
            let text = format!(
                "SELECT advisory_id, vuln_id, alias FROM advisory_alias WHERE vuln_id IN ({list}) \
                 UNION ALL SELECT advisory_id, vuln_id, alias FROM advisory_alias WHERE alias IN ({list})"
            );
            let rows: Vec<Link> = tx.rows(&text, [values.clone(), values].concat()).await?;
            for row in rows {
                for id in [&row.vuln_id, &row.alias] {
                    if reached.insert(id.clone()) {
                        next.push(id.clone());
                    }
                }
                links.insert((row.advisory_id, row.alias), row.vuln_id);
            }
        }
        frontier = next;
    }
    Ok((links.into_iter().map(|((_, alias), id)| (id, alias)).collect(), reached))
}

/// Writes which ids these records name; the ids whose groups may have changed.
pub(super) async fn write(tx: &Tx, records: &[(i64, &str, &[String])]) -> Result<BTreeSet<String>> {
    #[derive(FromQueryResult)]
    struct Said {
        advisory_id: i64,
        alias: String,
    }
    let mut touched = BTreeSet::new();
    let mut before: HashMap<i64, BTreeSet<String>> = HashMap::new();
    for chunk in records.chunks(500) {
        let text = format!(
            "SELECT advisory_id, alias FROM advisory_alias WHERE advisory_id IN ({})",
            marks(chunk.len())
        );
        let rows: Vec<Said> = tx.rows(&text, chunk.iter().map(|(id, ..)| (*id).into()).collect()).await?;
        for row in rows {
            before.entry(row.advisory_id).or_default().insert(row.alias);
        }
    }
    let mut fresh = Vec::new();
    for (advisory, id, aliases) in records {
        let now: BTreeSet<String> = aliases.iter().filter(|alias| alias.as_str() != *id).cloned().collect();
        let was = before.remove(advisory).unwrap_or_default();
        if was == now {
            continue;
        }
        touched.insert((*id).to_owned());
        touched.extend(was.symmetric_difference(&now).cloned());
        if !was.is_empty() {
            tx.execute("DELETE FROM advisory_alias WHERE advisory_id = ?", params![*advisory]).await?;
        }
        fresh.extend(now.into_iter().map(|alias| params![*advisory, *id, alias]));
    }
    tx.insert_many("advisory_alias", &["advisory_id", "vuln_id", "alias"], fresh, "ON CONFLICT DO NOTHING")
        .await?;
    Ok(touched)
}
