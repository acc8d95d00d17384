//! Who says that a component is affected: our own matching, analyzers elsewhere, SBOMs, people.
//!
//! A match keeps the set of its analyzers as bits; what analyzers other than the internal one said
//! is a row of `attribution`, from which the match follows.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use crate::notification;
use crate::server::Result;

/// The bit of our own matching.
pub(crate) const INTERNAL: i64 = 1;

/// The analyzers, with the names that Dependency-Track's findings show (behaviour reference §6.1).
/// The first one that a match has is shown.
const ANALYZERS: [(i64, &str); 7] = [
    (INTERNAL, "INTERNAL_ANALYZER"),
    (2, "OSSINDEX_ANALYZER"),
    (4, "SNYK_ANALYZER"),
    (8, "TRIVY_ANALYZER"),
    (16, "VULNDB_ANALYZER"),
    (32, BOM),
    (64, MANUAL),
];

/// The SBOM itself names the vulnerability.
pub(crate) const BOM: &str = "BOM_ANALYZER";
/// Somebody linked the vulnerability by hand.
pub(crate) const MANUAL: &str = "NONE";

/// The bit of an analyzer.
pub(crate) fn bit(analyzer: &str) -> i64 {
    ANALYZERS.iter().find(|(_, name)| *name == analyzer).map_or(0, |(bit, _)| *bit)
}

/// The analyzers of a set, the one to show first.
pub(crate) fn names(bits: i64) -> Vec<&'static str> {
    ANALYZERS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect()
}

/// A match of the package version, or one of the component alone unless the package version has the
/// same one.
macro_rules! concerns {
    () => {
        "(m.component_id IS NULL OR (m.component_id = c.id AND NOT EXISTS (SELECT 1 FROM package_match g \
         WHERE g.package_version_id = m.package_version_id AND g.vulnerability_id = m.vulnerability_id \
         AND g.component_id IS NULL)))"
    };
}

/// How components `c` join with their matches `m`.
pub(crate) const JOIN: &str =
    concat!("JOIN package_match m ON m.package_version_id = c.package_version_id AND ", concerns!());

/// How matches `m` join with the components `c` that they concern.
pub(crate) const COMPONENTS: &str =
    concat!("JOIN component c ON c.package_version_id = m.package_version_id AND ", concerns!());

/// What an analyzer says.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub version: i64,
    pub vulnerability: i64,
    /// The one component that it concerns; none for every component with the package version.
    pub component: Option<i64>,
    pub reason: String,
    pub fixed: Option<String>,
    pub alternate_id: Option<String>,
    pub reference_url: Option<String>,
}

/// What an analyzer said of these package versions (every component), or of these components alone.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    Versions(&'a [i64]),
    Components(&'a [i64]),
}

impl Scope<'_> {
    fn ids(&self) -> &[i64] {
        match self {
            Scope::Versions(ids) | Scope::Components(ids) => ids,
        }
    }

    fn filter(&self, n: usize) -> String {
        match self {
            Scope::Versions(_) => format!("component_id IS NULL AND package_version_id IN ({})", marks(n)),
            Scope::Components(_) => format!("component_id IN ({})", marks(n)),
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    package_version_id: i64,
    vulnerability_id: i64,
    component_id: Option<i64>,
}

/// Replaces what an analyzer said of a scope by what it says now. The new pairs (package version,
/// vulnerability).
pub(crate) async fn replace(
    tx: &Tx,
    analyzer: &str,
    scope: Scope<'_>,
    said: &[Said],
) -> Result<Vec<(i64, i64)>> {
    let mut before: HashMap<(i64, i64, i64), i64> = HashMap::new();
    for chunk in scope.ids().chunks(500) {
        let text = format!(
            "SELECT id, package_version_id, vulnerability_id, component_id FROM attribution WHERE analyzer = ? AND {}",
            scope.filter(chunk.len())
        );
        let values = [params![analyzer], chunk.iter().map(|id| (*id).into()).collect()].concat();
        for row in tx.rows::<Row>(&text, values).await? {
            let key = (row.package_version_id, row.vulnerability_id, row.component_id.unwrap_or_default());
            before.insert(key, row.id);
        }
    }
    let now = now_ms();
    let mut new: HashMap<(i64, i64, i64), Vec<Value>> = HashMap::new();
    for one in said {
        let key = (one.version, one.vulnerability, one.component.unwrap_or_default());
        if let Some(id) = before.remove(&key) {
            let changes = [
                ("reason", one.reason.clone().into()),
                ("fixed_version", one.fixed.clone().into()),
                ("alternate_id", one.alternate_id.clone().into()),
                ("reference_url", one.reference_url.clone().into()),
            ];
            tx.update("attribution", id, &changes).await?;
            continue;
        }
        let row = params![
            one.version,
            one.vulnerability,
            one.component,
            analyzer,
            one.reason.clone(),
            one.fixed.clone(),
            one.alternate_id.clone(),
            one.reference_url.clone(),
            now
        ];
        new.entry(key).or_insert(row);
    }
    let columns = [
        "package_version_id",
        "vulnerability_id",
        "component_id",
        "analyzer",
        "reason",
        "fixed_version",
        "alternate_id",
        "reference_url",
        "attributed_on",
    ];
    let touched: Vec<(i64, i64, i64)> = new.keys().chain(before.keys()).copied().collect();
    let fresh: Vec<(i64, i64)> =
        new.keys().map(|(version, vulnerability, _)| (*version, *vulnerability)).collect();
    tx.insert_many("attribution", &columns, new.into_values().collect(), "ON CONFLICT DO NOTHING").await?;
    let gone: Vec<i64> = before.into_values().collect();
    for chunk in gone.chunks(500) {
        let text = format!("DELETE FROM attribution WHERE id IN ({})", marks(chunk.len()));
        tx.execute(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
    }
    let mut lost = Vec::new();
    for (version, vulnerability, component) in touched {
        let gone = settle(tx, version, vulnerability, (component != 0).then_some(component)).await?;
        if gone && component == 0 {
            lost.push((version, vulnerability));
        }
    }
    notification::lost_matches(tx, &lost).await?;
    Ok(fresh)
}

/// A component became another package version: what was said of it alone goes with it.
pub(crate) async fn follow(tx: &Tx, component: i64, version: i64) -> Result<()> {
    for table in ["attribution", "package_match"] {
        let text = format!(
            "UPDATE {table} SET package_version_id = ? WHERE component_id = ? AND package_version_id <> ?"
        );
        tx.execute(&text, params![version, component, version]).await?;
    }
    Ok(())
}

/// Makes the match follow from the attributions, leaving the internal analyzer's part alone. Each is
/// one statement, as that analyzer may write its part meanwhile. Whether there is no match any more.
async fn settle(tx: &Tx, version: i64, vulnerability: i64, component: Option<i64>) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Said {
        analyzer: String,
        fixed_version: Option<String>,
    }
    let key = "package_version_id = ? AND vulnerability_id = ? AND COALESCE(component_id, 0) = ?";
    let values = params![version, vulnerability, component.unwrap_or_default()];
    let text = format!("SELECT analyzer, fixed_version FROM attribution WHERE {key} ORDER BY id");
    let said: Vec<Said> = tx.rows(&text, values.clone()).await?;
    if said.is_empty() {
        let text = format!("DELETE FROM package_match WHERE {key} AND (analyzers & {INTERNAL}) = 0");
        let gone = tx.execute(&text, values.clone()).await? > 0;
        let text = format!(
            "UPDATE package_match SET analyzers = {INTERNAL} WHERE {key} AND analyzers <> {INTERNAL}"
        );
        tx.execute(&text, values).await?;
        return Ok(gone);
    }
    let others = said.iter().fold(0, |bits, one| bits | bit(&one.analyzer));
    let fixed = said.into_iter().find_map(|one| one.fixed_version);
    let columns = [
        "package_version_id",
        "vulnerability_id",
        "component_id",
        "analyzers",
        "reason",
        "fixed_version",
        "attributed_on",
    ];
    let row = params![version, vulnerability, component, others, "", fixed, now_ms()];
    let tail = format!(
        "ON CONFLICT (package_version_id, vulnerability_id, COALESCE(component_id, 0)) DO UPDATE SET \
         analyzers = (package_match.analyzers & {INTERNAL}) | excluded.analyzers, \
         fixed_version = CASE WHEN (package_match.analyzers & {INTERNAL}) = 0 THEN excluded.fixed_version \
         ELSE package_match.fixed_version END"
    );
    tx.insert_many("package_match", &columns, vec![row], &tail).await?;
    Ok(false)
}
