//! Findings of the whole portfolio: one by one, and grouped by vulnerability (behaviour reference §6.4).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::Sql;

use super::filter::{self, Given};
use super::row;
use crate::server::{AppState, Page, Result, Scope, check_sort, total};
use crate::{attribution, vulnerability};

pub(super) async fn list(
    State(state): State<AppState>,
    scope: Scope,
    given: Given,
    page: Page,
) -> Result<Response> {
    check_sort(&page, "Finding", &row::SORTABLE)?;
    let mut conditions = filter::of_portfolio(&given, false)?;
    let (visible, values) = scope.condition("p.id");
    conditions.add(visible, values);
    let (count, rows) = row::page(&state.db, conditions, &page).await?;
    let latest = row::latest(&state.db, &rows).await?;
    let out: Vec<Value> = rows.iter().map(|row| row.json(&latest, true)).collect();
    Ok((total(count), axum::Json(out)).into_response())
}

/// By which names groups can be sorted.
const SORTABLE: [(&str, &str); 9] = [
    ("vulnerability.vulnId", "v.vuln_id"),
    ("vulnerability.title", "v.title"),
    ("vulnerability.severity", "v.severity_rank"),
    ("vulnerability.published", "v.published"),
    ("vulnerability.cvssV2BaseScore", "v.cvss_v2_score"),
    ("vulnerability.cvssV3BaseScore", "v.cvss_v3_score"),
    ("vulnerability.cvssV4Score", "v.cvss_v4_score"),
    ("vulnerability.affectedProjectCount", "g.projects"),
    ("attribution.analyzerIdentity", "g.analyzer"),
];

#[derive(FromQueryResult)]
struct Group {
    source: String,
    vuln_id: String,
    title: Option<String>,
    severity: String,
    cvss_v2_score: Option<f64>,
    cvss_v3_score: Option<f64>,
    cvss_v4_score: Option<f64>,
    published: Option<i64>,
    cwes: String,
    analyzer: i64,
    projects: i64,
}

impl Group {
    fn json(&self) -> Value {
        let mut vulnerability = Map::new();
        let cwes = vulnerability::cwes_json(&self.cwes);
        let members = [
            ("cwes", (!cwes.is_empty()).then_some(Value::Array(cwes))),
            ("source", Some(json!(self.source))),
            ("vulnId", Some(json!(self.vuln_id))),
            ("title", self.title.as_ref().map(|v| json!(v))),
            ("severity", Some(json!(self.severity))),
            ("cvssV2BaseScore", self.cvss_v2_score.map(|v| json!(v))),
            ("cvssV3BaseScore", self.cvss_v3_score.map(|v| json!(v))),
            ("cvssV4Score", self.cvss_v4_score.map(|v| json!(v))),
            ("published", self.published.map(|v| json!(v))),
            ("affectedProjectCount", Some(json!(self.projects))),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                vulnerability.insert(name.to_owned(), value);
            }
        }
        let analyzer = attribution::names(self.analyzer);
        let analyzer = analyzer.first().copied().unwrap_or(attribution::MANUAL);
        json!({ "vulnerability": vulnerability, "attribution": { "analyzerIdentity": analyzer } })
    }
}

pub(super) async fn grouped(
    State(state): State<AppState>,
    scope: Scope,
    given: Given,
    page: Page,
) -> Result<Response> {
    check_sort(&page, "Finding", &SORTABLE)?;
    let mut conditions = filter::of_portfolio(&given, true)?;
    let (visible, values) = scope.condition("p.id");
    conditions.add(visible, values);
    let (conditions, mut values) = conditions.finish();
    let (having, of_groups) = filter::of_groups(&given)?.finish();
    values.extend(of_groups);
    let groups = format!(
        "SELECT v.id AS id, {} AS analyzer, count(DISTINCT p.id) AS projects {} WHERE {conditions} \
         GROUP BY v.id, {} HAVING {having}",
        row::ANALYZER,
        row::from(),
        row::ANALYZER
    );
    let count = state.db.count(&format!("SELECT count(*) FROM ({groups}) g"), values.clone()).await?;
    let order = page.order(&SORTABLE, "v.id", "v.id, g.analyzer");
    let (limit, paging) = page.clause();
    let text = format!(
        "SELECT v.source, v.vuln_id, v.title, v.severity, v.cvss_v2_score, v.cvss_v3_score, v.cvss_v4_score, \
         v.published, v.cwes, g.analyzer, g.projects FROM ({groups}) g JOIN vulnerability v ON v.id = g.id{order}{limit}"
    );
    let rows: Vec<Group> = state.db.rows(&text, [values, paging].concat()).await?;
    Ok((total(count), axum::Json(rows.iter().map(Group::json).collect::<Vec<_>>())).into_response())
}
