//! Metrics of projects and of the portfolio (behaviour reference §9).

use std::collections::{HashMap, HashSet};

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Db, Sql, Tx, marks, now_ms, params};

use crate::attribution::JOIN;
use crate::server::{Access, AppState, Error, Result, Route, Uuid, route};
use crate::{component, project};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/metrics/portfolio/current", VIEW, portfolio_current),
        route(Method::GET, "/v1/metrics/portfolio/since/{date}", VIEW, portfolio_since),
        route(Method::GET, "/v1/metrics/portfolio/{days}/days", VIEW, portfolio_days),
        route(Method::GET, "/v1/metrics/portfolio/refresh", MANAGE, portfolio_refresh),
        route(Method::GET, "/v1/metrics/project/{uuid}/current", VIEW, project_current),
        route(Method::GET, "/v1/metrics/project/{uuid}/since/{date}", VIEW, project_since),
        route(Method::GET, "/v1/metrics/project/{uuid}/days/{days}", VIEW, project_days),
        route(Method::GET, "/v1/metrics/project/{uuid}/refresh", MANAGE, project_refresh),
        route(Method::GET, "/v1/metrics/component/{uuid}/current", VIEW, component_current),
        route(Method::GET, "/v1/metrics/component/{uuid}/since/{date}", VIEW, component_since),
        route(Method::GET, "/v1/metrics/component/{uuid}/days/{days}", VIEW, component_days),
        route(Method::GET, "/v1/metrics/component/{uuid}/refresh", MANAGE, component_refresh),
        route(Method::GET, "/v1/metrics/vulnerability", VIEW, vulnerabilities),
    ]
}

/// What is counted, of a component, a project or the portfolio.
#[derive(Debug, Default, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counts {
    critical: i64,
    high: i64,
    medium: i64,
    low: i64,
    unassigned: i64,
    vulnerabilities: i64,
    suppressed: i64,
    findings_audited: i64,
    components: i64,
    vulnerable_components: i64,
    projects: i64,
    vulnerable_projects: i64,
}

/// What the counts are of; it decides which of them are shown.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Component,
    Project,
    Portfolio,
}

impl Counts {
    /// 10·critical + 5·high + 3·medium + low + 5·unassigned
    fn risk(&self) -> f64 {
        (10 * self.critical + 5 * self.high + 3 * self.medium + self.low + 5 * self.unassigned) as f64
    }

    fn add(&mut self, other: &Counts) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
        self.unassigned += other.unassigned;
        self.vulnerabilities += other.vulnerabilities;
        self.suppressed += other.suppressed;
        self.findings_audited += other.findings_audited;
        self.components += other.components;
        self.vulnerable_components += other.vulnerable_components;
    }

    fn json(&self, of: Of, first: i64, last: i64) -> Value {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| {
            out.insert(name.to_owned(), value);
        };
        put("critical", json!(self.critical));
        put("high", json!(self.high));
        put("medium", json!(self.medium));
        put("low", json!(self.low));
        put("unassigned", json!(self.unassigned));
        put("vulnerabilities", json!(self.vulnerabilities));
        put("suppressed", json!(self.suppressed));
        put("findingsTotal", json!(self.vulnerabilities));
        put("findingsAudited", json!(self.findings_audited));
        put("findingsUnaudited", json!(self.vulnerabilities - self.findings_audited));
        put("inheritedRiskScore", json!(self.risk()));
        if of != Of::Component {
            put("components", json!(self.components));
            put("vulnerableComponents", json!(self.vulnerable_components));
        }
        if of == Of::Project {
            put("collectionLogic", json!("NONE"));
            put("collectionLogicChanged", json!(false));
        }
        if of == Of::Portfolio {
            put("projects", json!(self.projects));
            put("vulnerableProjects", json!(self.vulnerable_projects));
        }
        // There are no policies yet, so nothing violates one.
        for kind in ["Fail", "Warn", "Info", "Total", "Audited", "Unaudited"] {
            put(&format!("policyViolations{kind}"), json!(0));
        }
        for subject in ["Security", "License", "Operational"] {
            for kind in ["Total", "Audited", "Unaudited"] {
                put(&format!("policyViolations{subject}{kind}"), json!(0));
            }
        }
        put("firstOccurrence", json!(first));
        put("lastOccurrence", json!(last));
        out.into()
    }
}

#[derive(FromQueryResult)]
struct Finding {
    project_id: i64,
    component_id: i64,
    severity: String,
    alias_group: String,
    state: Option<String>,
    suppressed: Option<bool>,
}

/// The findings of components, in order of their components.
async fn findings(sql: &impl Sql, filter: &str, values: Vec<storage::Value>) -> Result<Vec<Finding>> {
    let text = format!(
        "SELECT c.project_id, c.id AS component_id, v.severity, v.alias_group, a.state, a.suppressed \
         FROM component c {JOIN} JOIN vulnerability v ON v.id = m.vulnerability_id \
         LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = v.id \
         WHERE {filter} ORDER BY c.id, v.id"
    );
    Ok(sql.rows(&text, values).await?)
}

/// Counts findings; those of one flaw count once for each component.
fn count<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Counts {
    let mut counts = Counts::default();
    let mut seen = HashSet::new();
    let mut vulnerable = HashSet::new();
    for finding in findings {
        if finding.suppressed.unwrap_or_default() {
            counts.suppressed += 1;
            continue;
        }
        if finding.state.as_deref().is_some_and(|state| state != "NOT_SET" && state != "IN_TRIAGE") {
            counts.findings_audited += 1;
        }
        if !seen.insert((finding.component_id, finding.alias_group.as_str())) {
            continue;
        }
        vulnerable.insert(finding.component_id);
        counts.vulnerabilities += 1;
        match finding.severity.as_str() {
            "CRITICAL" => counts.critical += 1,
            "HIGH" => counts.high += 1,
            "MEDIUM" => counts.medium += 1,
            "LOW" | "INFO" => counts.low += 1,
            _ => counts.unassigned += 1,
        }
    }
    counts.vulnerable_components = i64::try_from(vulnerable.len()).unwrap_or(i64::MAX);
    counts
}

/// Counts a project anew and writes it down when something changed.
pub(crate) async fn refresh(db: &Db, project: i64) -> Result<()> {
    let tx = db.begin().await?;
    refresh_many(&tx, &[project]).await?;
    tx.commit().await?;
    Ok(())
}

/// Counts these projects anew: in one transaction with the reading, so that a change that comes
/// meanwhile is behind it and marks them again.
async fn refresh_many(tx: &Tx, projects: &[i64]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Size {
        project_id: i64,
        components: i64,
    }
    let list = marks(projects.len());
    let ids = || projects.iter().map(|id| (*id).into()).collect::<Vec<storage::Value>>();
    let text = format!("UPDATE project SET metrics_due = ? WHERE metrics_due AND id IN ({list})");
    tx.execute(&text, [params![false], ids()].concat()).await?;
    let mut by_project: HashMap<i64, Vec<Finding>> = HashMap::new();
    for finding in findings(tx, &format!("c.project_id IN ({list})"), ids()).await? {
        by_project.entry(finding.project_id).or_default().push(finding);
    }
    let text = format!(
        "SELECT project_id, count(*) AS components FROM component WHERE project_id IN ({list}) GROUP BY project_id"
    );
    let sizes: Vec<Size> = tx.rows(&text, ids()).await?;
    let sizes: HashMap<i64, i64> = sizes.into_iter().map(|size| (size.project_id, size.components)).collect();
    for project in projects {
        let mut counts = count(by_project.get(project).into_iter().flatten());
        counts.components = sizes.get(project).copied().unwrap_or_default();
        write(tx, Some(*project), &counts).await?;
        let text = "UPDATE project SET last_inherited_risk_score = ? WHERE id = ?";
        tx.execute(text, params![counts.risk(), *project]).await?;
    }
    Ok(())
}

/// Marks the projects that use these package versions, to be counted anew.
pub(crate) async fn mark_versions(tx: &Tx, versions: &[i64]) -> Result<()> {
    mark(tx, "SELECT c.project_id FROM component c WHERE c.package_version_id", versions).await
}

/// Marks the projects that these vulnerabilities affect, to be counted anew.
pub(crate) async fn mark_vulnerabilities(tx: &Tx, vulnerabilities: &[i64]) -> Result<()> {
    let select = "SELECT c.project_id FROM package_match m \
         JOIN component c ON c.package_version_id = m.package_version_id WHERE m.vulnerability_id";
    mark(tx, select, vulnerabilities).await
}

async fn mark(tx: &Tx, select: &str, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(500) {
        let text = format!(
            "UPDATE project SET metrics_due = ? WHERE NOT metrics_due AND id IN ({select} IN ({}))",
            marks(chunk.len())
        );
        let values = chunk.iter().map(|id| (*id).into()).collect();
        tx.execute(&text, [params![true], values].concat()).await?;
    }
    Ok(())
}

/// Counts every marked project anew.
pub(crate) async fn refresh_due(db: &Db) -> Result<()> {
    loop {
        let text = "SELECT id FROM project WHERE metrics_due ORDER BY id LIMIT 100";
        let due: Vec<i64> = db.column(text, params![]).await?;
        if due.is_empty() {
            return Ok(());
        }
        let tx = db.begin().await?;
        refresh_many(&tx, &due).await?;
        tx.commit().await?;
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    project_id: Option<i64>,
    counts: String,
    first_occurrence: i64,
    last_occurrence: i64,
}

impl Row {
    fn json(&self, of: Of) -> Value {
        let counts: Counts = serde_json::from_str(&self.counts).unwrap_or_default();
        counts.json(of, self.first_occurrence, self.last_occurrence)
    }
}

const SELECT: &str = "SELECT id, project_id, counts, first_occurrence, last_occurrence FROM metrics";

async fn write(tx: &Tx, project: Option<i64>, counts: &Counts) -> Result<()> {
    let text = serde_json::to_string(counts).map_err(storage::Error::Json)?;
    let now = now_ms();
    let last: Option<Row> = tx
        .row(
            &format!("{SELECT} WHERE project_id IS NOT DISTINCT FROM ? ORDER BY last_occurrence DESC, id DESC LIMIT 1"),
            params![project],
        )
        .await?;
    match last {
        Some(row) if row.counts == text => {
            tx.update("metrics", row.id, &[("last_occurrence", now.into())]).await?;
        }
        _ => {
            tx.insert(
                "metrics",
                &[
                    ("project_id", project.into()),
                    ("counts", text.into()),
                    ("first_occurrence", now.into()),
                    ("last_occurrence", now.into()),
                ],
            )
            .await?;
        }
    }
    Ok(())
}

/// The latest metrics of these projects.
pub(crate) async fn latest(sql: &impl Sql, projects: &[i64]) -> Result<HashMap<i64, Value>> {
    let values = projects.iter().map(|id| (*id).into()).collect();
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT m.id, m.project_id, m.counts, m.first_occurrence, m.last_occurrence FROM metrics m \
                 WHERE m.id IN (SELECT max(id) FROM metrics WHERE project_id IN ({}) GROUP BY project_id)",
                marks(projects.len())
            ),
            values,
        )
        .await?;
    Ok(rows.iter().filter_map(|row| Some((row.project_id?, row.json(Of::Project)))).collect())
}

/// The sum over active projects.
async fn portfolio(sql: &impl Sql) -> Result<Counts> {
    // One short row a project.
    let rows: Vec<Row> = sql
        .rows(
            "SELECT m.id, m.project_id, m.counts, m.first_occurrence, m.last_occurrence FROM metrics m \
             JOIN project p ON p.id = m.project_id WHERE p.active AND m.id IN (\
             SELECT max(id) FROM metrics WHERE project_id IS NOT NULL GROUP BY project_id)",
            params![],
        )
        .await?;
    let mut sum = Counts::default();
    for row in rows {
        let counts: Counts = serde_json::from_str(&row.counts).unwrap_or_default();
        sum.vulnerable_projects += i64::from(counts.vulnerabilities > 0);
        sum.add(&counts);
    }
    sum.projects = sql.count("SELECT count(*) FROM project WHERE active", params![]).await?;
    Ok(sum)
}

/// Counts the portfolio anew.
pub(crate) async fn refresh_portfolio(db: &Db) -> Result<()> {
    let counts = portfolio(db).await?;
    let tx = db.begin().await?;
    write(&tx, None, &counts).await?;
    tx.commit().await?;
    Ok(())
}

async fn portfolio_current(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    // The sum is taken when asked for: nobody looks at an old one.
    refresh_portfolio(&state.db).await?;
    let row: Option<Row> = state
        .db
        .row(
            &format!("{SELECT} WHERE project_id IS NULL ORDER BY last_occurrence DESC, id DESC LIMIT 1"),
            params![],
        )
        .await?;
    Ok(axum::Json(row.map(|row| row.json(Of::Portfolio)).unwrap_or_default()))
}

async fn portfolio_refresh(State(state): State<AppState>) -> Result<StatusCode> {
    refresh_portfolio(&state.db).await?;
    Ok(StatusCode::OK)
}

/// `yyyyMMdd` as epoch milliseconds.
fn date(text: &str) -> Result<i64> {
    chrono::NaiveDate::parse_from_str(text, "%Y%m%d")
        .ok()
        .filter(|_| text.len() == 8)
        .and_then(|date| date.and_hms_opt(0, 0, 0))
        .map(|at| at.and_utc().timestamp_millis())
        .ok_or_else(|| Error::bad_request("The specified date format is incorrect."))
}

fn days_ago(days: i64) -> i64 {
    now_ms().saturating_sub(days.saturating_mul(86_400_000))
}

async fn history(state: &AppState, project: Option<i64>, since: i64) -> Result<axum::Json<Value>> {
    let rows: Vec<Row> = state
        .db
        .rows(
            &format!(
                "{SELECT} WHERE project_id IS NOT DISTINCT FROM ? AND last_occurrence >= ? ORDER BY last_occurrence, id"
            ),
            params![project, since],
        )
        .await?;
    let of = if project.is_some() { Of::Project } else { Of::Portfolio };
    Ok(axum::Json(rows.iter().map(|row| row.json(of)).collect()))
}

async fn portfolio_since(
    State(state): State<AppState>,
    Path(text): Path<String>,
) -> Result<axum::Json<Value>> {
    refresh_portfolio(&state.db).await?;
    history(&state, None, date(&text)?).await
}

async fn portfolio_days(State(state): State<AppState>, Path(days): Path<i64>) -> Result<axum::Json<Value>> {
    refresh_portfolio(&state.db).await?;
    history(&state, None, days_ago(days)).await
}

async fn find_project(state: &AppState, uuid: &Uuid) -> Result<i64> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    Ok(project.ok_or_else(|| Error::not_found("The project could not be found."))?.id)
}

async fn project_current(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let id = find_project(&state, &uuid).await?;
    Ok(match latest(&state.db, &[id]).await?.remove(&id) {
        Some(metrics) => axum::Json(metrics).into_response(),
        None => no_content(),
    })
}

/// 200 without a body, labelled as JSON.
fn no_content() -> Response {
    (StatusCode::OK, [(axum::http::header::CONTENT_TYPE, "application/json")], "").into_response()
}

async fn project_since(
    State(state): State<AppState>,
    uuid: Uuid,
    Path((_, text)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let id = find_project(&state, &uuid).await?;
    history(&state, Some(id), date(&text)?).await
}

async fn project_days(
    State(state): State<AppState>,
    uuid: Uuid,
    Path((_, days)): Path<(String, i64)>,
) -> Result<axum::Json<Value>> {
    let id = find_project(&state, &uuid).await?;
    history(&state, Some(id), days_ago(days)).await
}

async fn project_refresh(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    refresh(&state.db, find_project(&state, &uuid).await?).await?;
    Ok(StatusCode::OK)
}

async fn find_component(state: &AppState, uuid: &Uuid) -> Result<component::Component> {
    let component = component::by_uuid(&state.db, uuid.as_str()).await?;
    component.ok_or_else(|| Error::not_found("The component could not be found."))
}

/// A component is counted when asked for; its history is the present.
async fn component_now(state: &AppState, uuid: &Uuid) -> Result<Value> {
    let component = find_component(state, uuid).await?;
    let counts = count(&findings(&state.db, "c.id = ?", params![component.id]).await?);
    let now = now_ms();
    Ok(counts.json(Of::Component, now, now))
}

async fn component_current(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    Ok(axum::Json(component_now(&state, &uuid).await?))
}

async fn component_since(
    State(state): State<AppState>,
    uuid: Uuid,
    Path((_, text)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    date(&text)?;
    Ok(axum::Json(json!([component_now(&state, &uuid).await?])))
}

async fn component_days(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    Ok(axum::Json(json!([component_now(&state, &uuid).await?])))
}

async fn component_refresh(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    find_component(&state, &uuid).await?;
    Ok(StatusCode::OK)
}

/// How many vulnerabilities were published, by year and by month.
async fn vulnerabilities(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let published: Vec<i64> = state
        .db
        .column(
            "SELECT published FROM vulnerability WHERE published IS NOT NULL AND NOT withdrawn",
            params![],
        )
        .await?;
    let mut counts: std::collections::BTreeMap<(i32, u32), i64> = std::collections::BTreeMap::new();
    for at in published.into_iter().filter_map(chrono::DateTime::from_timestamp_millis) {
        *counts.entry((at.year(), 0)).or_default() += 1;
        *counts.entry((at.year(), at.month())).or_default() += 1;
    }
    let now = now_ms();
    let rows = counts.into_iter().map(|((year, month), count)| match month {
        0 => json!({ "year": year, "count": count, "measuredAt": now }),
        _ => json!({ "year": year, "month": month, "count": count, "measuredAt": now }),
    });
    Ok(axum::Json(rows.collect()))
}
