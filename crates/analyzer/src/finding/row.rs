//! One finding as it is read and told.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::filter::Conditions;
use crate::analysis::{RATED, Rated, SEVERITY_RANK};
use crate::attribution::{self, JOIN, MANUAL};
use crate::repository;
use crate::server::{Page, Result};
use crate::vulnerability::{self, Vulnerability};

#[derive(FromQueryResult)]
pub(super) struct Row {
    #[sea_orm(nested)]
    pub vulnerability: Vulnerability,
    pub component_uuid: String,
    pub component_name: String,
    pub component_group: Option<String>,
    pub component_version: Option<String>,
    component_scope: Option<String>,
    pub component_purl: Option<String>,
    component_cpe: Option<String>,
    project_uuid: String,
    project_name: String,
    project_version: Option<String>,
    attributed_on: i64,
    analyzers: i64,
    reason: String,
    version_order: Option<String>,
    fixed_version: Option<String>,
    alternate_id: Option<String>,
    reference_url: Option<String>,
    state: Option<String>,
    suppressed: Option<bool>,
    analysis_details: Option<String>,
    has_occurrences: bool,
    #[sea_orm(nested)]
    rated: Rated,
}

/// What the first analyzer elsewhere calls it, and where it tells of it.
const ATTRIBUTED: &str = "CASE WHEN m.analyzers = 1 THEN NULL ELSE (SELECT min(t.alternate_id) FROM attribution t \
     WHERE t.package_version_id = m.package_version_id AND t.vulnerability_id = m.vulnerability_id) END AS alternate_id, \
     CASE WHEN m.analyzers = 1 THEN NULL ELSE (SELECT min(t.reference_url) FROM attribution t \
     WHERE t.package_version_id = m.package_version_id AND t.vulnerability_id = m.vulnerability_id) END AS reference_url";

/// Components with their findings.
pub(super) fn from() -> String {
    format!(
        "FROM component c JOIN project p ON p.id = c.project_id {JOIN} \
         JOIN vulnerability v ON v.id = m.vulnerability_id \
         LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = v.id"
    )
}

fn columns() -> String {
    format!(
        "SELECT {}, c.uuid AS component_uuid, c.name AS component_name, c.group_name AS component_group, \
         c.version AS component_version, c.scope AS component_scope, c.purl AS component_purl, c.cpe AS component_cpe, \
         p.uuid AS project_uuid, p.name AS project_name, p.version AS project_version, m.attributed_on, \
         m.analyzers, m.reason, m.version_order, m.fixed_version, {ATTRIBUTED}, a.state, \
         a.suppressed, a.details AS analysis_details, {RATED}, \
         EXISTS (SELECT 1 FROM component_occurrence o WHERE o.component_id = c.id) AS has_occurrences",
        vulnerability::COLUMNS
    )
}

/// By which names a list of findings can be sorted.
pub(super) const SORTABLE: [(&str, &str); 21] = [
    ("vulnerability.vulnId", "v.vuln_id"),
    ("vulnerability.source", "v.source"),
    ("vulnerability.title", "v.title"),
    ("vulnerability.severity", SEVERITY_RANK),
    ("vulnerability.severityRank", SEVERITY_RANK),
    ("vulnerability.published", "v.published"),
    ("vulnerability.cvssV2BaseScore", "COALESCE(a.cvss_v2_score, v.cvss_v2_score)"),
    ("vulnerability.cvssV3BaseScore", "COALESCE(a.cvss_v3_score, v.cvss_v3_score)"),
    ("vulnerability.cvssV4Score", "COALESCE(a.cvss_v4_score, v.cvss_v4_score)"),
    ("vulnerability.epssScore", "(SELECT e.score FROM epss e WHERE e.cve = v.alias_group)"),
    ("vulnerability.epssPercentile", "(SELECT e.percentile FROM epss e WHERE e.cve = v.alias_group)"),
    ("attribution.analyzerIdentity", ANALYZER),
    ("attribution.attributedOn", "m.attributed_on"),
    ("component.projectName", "p.name"),
    ("component.name", "c.name"),
    ("component.group", "c.group_name"),
    ("component.version", "c.version"),
    ("analysis.state", "COALESCE(a.state, 'NOT_SET')"),
    ("analysis.isSuppressed", "CASE WHEN a.suppressed THEN 1 ELSE 0 END"),
    ("component.projectVersion", "p.version"),
    ("component.uuid", "c.uuid"),
];

/// The bit of the analyzer that is shown: the first of a match.
pub(super) const ANALYZER: &str = "(m.analyzers & (-m.analyzers))";

/// Above so many rows they are read at once.
const PAGE: i64 = 1_000;

/// How many findings meet these conditions, and those of a page.
pub(super) async fn page(sql: &impl Sql, conditions: Conditions, page: &Page) -> Result<(i64, Vec<Row>)> {
    let (conditions, values) = conditions.finish();
    let order = page.order(&SORTABLE, "c.id", "c.id, v.id");
    if page.limit > PAGE {
        let (limit, paging) = page.clause();
        let text = format!("{} {} WHERE {conditions}{order}{limit}", columns(), from());
        let rows: Vec<Row> = rated(sql.rows(&text, [values.clone(), paging].concat()).await?);
        if page.offset == 0 && page.limit == i64::MAX {
            return Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), rows));
        }
        let text = format!("SELECT count(*) {} WHERE {conditions}", from());
        return Ok((sql.count(&text, values).await?, rows));
    }
    #[derive(FromQueryResult)]
    struct Key {
        component: i64,
        matched: i64,
    }
    // Which ones first: sorting whole findings would mean reading them all.
    let (limit, paging) = page.clause();
    let text =
        format!("SELECT c.id AS component, m.id AS matched {} WHERE {conditions}{order}{limit}", from());
    let keys: Vec<Key> = sql.rows(&text, [values.clone(), paging].concat()).await?;
    let count = sql.count(&format!("SELECT count(*) {} WHERE {conditions}", from()), values).await?;
    if keys.is_empty() {
        return Ok((count, Vec::new()));
    }
    let one = "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))";
    let text = format!(
        "WITH page (component, matched, place) AS (VALUES {}) {} FROM page \
         JOIN component c ON c.id = page.component JOIN project p ON p.id = c.project_id \
         JOIN package_match m ON m.id = page.matched JOIN vulnerability v ON v.id = m.vulnerability_id \
         LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = v.id ORDER BY page.place",
        vec![one; keys.len()].join(","),
        columns()
    );
    let mut values = Vec::with_capacity(keys.len() * 3);
    for (place, key) in keys.iter().enumerate() {
        values.extend(params![key.component, key.matched, i64::try_from(place).unwrap_or(0)]);
    }
    Ok((count, rated(sql.rows(&text, values).await?)))
}

/// Every finding that meets these conditions, by component.
pub(super) async fn all(sql: &impl Sql, conditions: Conditions) -> Result<Vec<Row>> {
    let (conditions, values) = conditions.finish();
    let text = format!("{} {} WHERE {conditions} ORDER BY c.id, v.id", columns(), from());
    Ok(rated(sql.rows(&text, values).await?))
}

/// Findings with the ratings that count: those of a policy before those of the vulnerability.
fn rated(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        row.rated.rate(&mut row.vulnerability);
    }
    rows
}

/// The latest versions of the packages of these findings, by package URL.
pub(super) async fn latest(sql: &impl Sql, rows: &[Row]) -> Result<HashMap<String, String>> {
    let mut purls: Vec<&str> = rows.iter().filter_map(|row| row.component_purl.as_deref()).collect();
    purls.sort_unstable();
    purls.dedup();
    let known = repository::meta_of(sql, &purls).await?;
    let latest = |meta: &Value| meta.get("latestVersion").and_then(Value::as_str).map(str::to_owned);
    Ok(known.iter().filter_map(|(purl, meta)| Some((purl.clone(), latest(meta)?))).collect())
}

impl Row {
    /// The finding; lists over the portfolio have some members even where there is nothing to tell.
    pub(super) fn json(&self, latest: &HashMap<String, String>, portfolio: bool) -> Value {
        let mut component = Map::new();
        let members = [
            ("uuid", Some(&self.component_uuid)),
            ("name", Some(&self.component_name)),
            ("group", self.component_group.as_ref()),
            ("version", self.component_version.as_ref()),
            ("scope", self.component_scope.as_ref()),
            ("purl", self.component_purl.as_ref()),
            ("cpe", self.component_cpe.as_ref()),
            ("project", Some(&self.project_uuid)),
            ("projectName", Some(&self.project_name)),
            ("projectVersion", self.project_version.as_ref()),
            ("latestVersion", self.component_purl.as_ref().and_then(|purl| latest.get(purl))),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                component.insert(name.to_owned(), json!(value));
            }
        }
        component.insert("hasOccurrences".to_owned(), json!(self.has_occurrences));
        let mut vulnerability = Map::new();
        self.vulnerability.common(&mut vulnerability);
        vulnerability.insert("severityRank".to_owned(), json!(self.vulnerability.severity_rank));
        vulnerability.insert("aliases".to_owned(), self.vulnerability.aliases_json());
        if let Some(published) = self.vulnerability.published {
            vulnerability.insert("published".to_owned(), json!(published));
        }
        if let Some(first) = self.vulnerability.cwes_json().into_iter().next() {
            for (name, member) in [("cweId", "cweId"), ("cweName", "name")] {
                if let Some(value) = first.get(member) {
                    vulnerability.insert(name.to_owned(), value.clone());
                }
            }
        }
        if portfolio {
            for name in [
                "references",
                "recommendation",
                "cvssV2Vector",
                "cvssV3Vector",
                "cvssV4Vector",
                "owaspRRVector",
            ] {
                vulnerability.entry(name).or_insert(Value::Null);
            }
        }
        let mut analysis = Map::new();
        if let Some(state) = &self.state {
            analysis.insert("state".to_owned(), json!(state));
        }
        if let Some(details) = &self.analysis_details {
            analysis.insert("detail".to_owned(), json!(details));
        }
        analysis.insert("isSuppressed".to_owned(), json!(self.suppressed.unwrap_or_default()));
        json!({
            "component": component,
            "vulnerability": vulnerability,
            "analysis": analysis,
            "attribution": self.attribution(),
            "matrix": format!("{}:{}:{}", self.project_uuid, self.component_uuid, self.vulnerability.uuid),
        })
    }
}

impl Row {
    /// The finding as exports have it: times are texts.
    pub(super) fn exported(&self, latest: &HashMap<String, String>) -> Value {
        let mut out = self.json(latest, false);
        let times = [
            ("/attribution/attributedOn", Some(self.attributed_on)),
            ("/vulnerability/published", self.vulnerability.published),
        ];
        for (place, at) in times {
            let at = at.and_then(chrono::DateTime::from_timestamp_millis);
            if let (Some(at), Some(value)) = (at, out.pointer_mut(place)) {
                // Fractions of seconds without zeros at the end, but for the first.
                let fraction = at.format("%3f").to_string();
                let fraction = fraction.trim_end_matches('0');
                let fraction = if fraction.is_empty() { "0" } else { fraction };
                *value = json!(format!("{}.{fraction}", at.format("%Y-%m-%d %H:%M:%S")));
            }
        }
        out
    }

    /// Who says so, since when, and why: the members of the original, and beside them the range, the
    /// order of versions that decided, and the fix.
    fn attribution(&self) -> Value {
        let analyzers = attribution::names(self.analyzers);
        let mut out = Map::new();
        out.insert("analyzerIdentity".to_owned(), json!(analyzers.first().copied().unwrap_or(MANUAL)));
        out.insert("attributedOn".to_owned(), json!(self.attributed_on));
        let members = [
            ("alternateIdentifier", self.alternate_id.as_deref()),
            ("referenceUrl", self.reference_url.as_deref()),
            ("range", Some(self.reason.as_str()).filter(|range| !range.is_empty())),
            ("versionOrder", self.version_order.as_deref()),
            ("fixedVersion", self.fixed_version.as_deref()),
        ];
        for (name, text) in members {
            if let Some(text) = text {
                out.insert(name.to_owned(), json!(text));
            }
        }
        if analyzers.len() > 1 {
            out.insert("analyzers".to_owned(), json!(analyzers));
        }
        out.into()
    }
}
