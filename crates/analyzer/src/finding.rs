//! Findings: components joined with what affects them and what was decided, on every read
//! (behaviour reference §6).

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, params, sql::like};

use crate::attribution::{self, INTERNAL, JOIN, MANUAL};
use crate::package_version::{self, Which};
use crate::project::{self, Project};
use crate::server::{Access, AppState, Error, Page, Result, Route, SPOKEN_VERSION, Uuid, route, total};
use crate::vulnerability::Vulnerability;
use crate::{event, metrics, remote, vulnerability};

const VIEW: Access = Access::Any(&[Permission::ViewVulnerability]);
const ANALYSE: &str = "project.analyse";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/finding", VIEW, list),
        route(Method::GET, "/v1/finding/grouped", VIEW, grouped),
        route(Method::GET, "/v1/finding/project/{uuid}", VIEW, of_project),
        route(Method::GET, "/v1/finding/project/{uuid}/export", VIEW, export),
        route(Method::POST, "/v1/finding/project/{uuid}/analyze", VIEW, analyse),
    ]
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    vulnerability: Vulnerability,
    component_uuid: String,
    component_name: String,
    component_group: Option<String>,
    component_version: Option<String>,
    component_scope: Option<String>,
    component_purl: Option<String>,
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
}

/// What the first analyzer elsewhere calls it, and where it tells of it.
const ATTRIBUTED: &str = "CASE WHEN m.analyzers = 1 THEN NULL ELSE (SELECT min(t.alternate_id) FROM attribution t \
     WHERE t.package_version_id = m.package_version_id AND t.vulnerability_id = m.vulnerability_id) END AS alternate_id, \
     CASE WHEN m.analyzers = 1 THEN NULL ELSE (SELECT min(t.reference_url) FROM attribution t \
     WHERE t.package_version_id = m.package_version_id AND t.vulnerability_id = m.vulnerability_id) END AS reference_url";

/// Components with their findings.
fn from() -> String {
    format!(
        "FROM component c JOIN project p ON p.id = c.project_id {JOIN} \
         JOIN vulnerability v ON v.id = m.vulnerability_id \
         LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = v.id"
    )
}

fn select() -> String {
    format!(
        "SELECT {}, c.uuid AS component_uuid, c.name AS component_name, c.group_name AS component_group, \
         c.version AS component_version, c.scope AS component_scope, c.purl AS component_purl, c.cpe AS component_cpe, \
         p.uuid AS project_uuid, p.name AS project_name, p.version AS project_version, m.attributed_on, \
         m.analyzers, m.reason, m.version_order, m.fixed_version, {ATTRIBUTED}, a.state, \
         a.suppressed, a.details AS analysis_details {}",
        vulnerability::COLUMNS,
        from()
    )
}

impl Row {
    /// The finding; with `project`, the component names its project, as lists over the portfolio do.
    fn json(&self, project: bool) -> Value {
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
            ("projectName", Some(&self.project_name).filter(|_| project)),
            ("projectVersion", self.project_version.as_ref().filter(|_| project)),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                component.insert(name.to_owned(), json!(value));
            }
        }
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
        if project {
            // Lists over the portfolio have these members even where there is nothing to tell.
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
    fn exported(&self) -> Value {
        let mut out = self.json(false);
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

async fn find_project(state: &AppState, uuid: &Uuid) -> Result<Project> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    project.ok_or_else(|| Error::not_found("The project could not be found."))
}

#[derive(Deserialize)]
struct ProjectFilter {
    #[serde(default)]
    suppressed: bool,
    source: Option<String>,
}

async fn of_project(
    State(state): State<AppState>,
    uuid: Uuid,
    Query(filter): Query<ProjectFilter>,
) -> Result<Response> {
    let project = find_project(&state, &uuid).await?;
    let source = filter.source.filter(|source| !source.trim().is_empty());
    // Version 4 answers the whole list, whatever page is asked for (recording finding.project_page).
    let rows: Vec<Row> = state
        .db
        .rows(
            &format!(
                "{} WHERE c.project_id = ? AND (? OR a.suppressed IS NULL OR NOT a.suppressed) \
                 AND (? OR v.source = ?) ORDER BY c.id, v.id",
                select()
            ),
            params![project.id, filter.suppressed, source.is_none(), source.unwrap_or_default()],
        )
        .await?;
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let out: Vec<Value> = rows.iter().map(|row| row.json(false)).collect();
    Ok((total(count), axum::Json(out)).into_response())
}

/// The File of findings that other tools read (reference §6.2).
async fn export(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let project = find_project(&state, &uuid).await?;
    let rows: Vec<Row> = state
        .db
        .rows(
            &format!(
                "{} WHERE c.project_id = ? AND (a.suppressed IS NULL OR NOT a.suppressed) ORDER BY c.id, v.id",
                select()
            ),
            params![project.id],
        )
        .await?;
    let mut described = Map::new();
    let members = [
        ("uuid", Some(&project.uuid)),
        ("name", Some(&project.name)),
        ("version", project.version.as_ref()),
        ("description", project.description.as_ref()),
        ("purl", project.purl.as_ref()),
        ("cpe", project.cpe.as_ref()),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            described.insert(name.to_owned(), json!(value));
        }
    }
    let body = json!({
        "version": "1.3",
        "meta": {
            "application": "Dependency-Track",
            "version": SPOKEN_VERSION,
            "timestamp": chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
        "project": described,
        "findings": rows.iter().map(Row::exported).collect::<Vec<_>>(),
    });
    let name = format!("inline; filename=findings-{}.fpf", project.uuid);
    Ok(([(header::CONTENT_DISPOSITION, name)], axum::Json(body)).into_response())
}

#[derive(Serialize, Deserialize)]
struct Analyse {
    project: i64,
}

async fn analyse(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let project = find_project(&state, &uuid).await?;
    let tx = state.db.begin().await?;
    let job = NewJob::new(ANALYSE, Analyse { project: project.id })?
        .lane(format!("project:{}", project.id), IfWaiting::Keep);
    let job = enqueue(&tx, job).await?;
    let token = event::create(&tx, job).await?;
    remote::queue(&tx).await?;
    tx.commit().await?;
    Ok((StatusCode::OK, axum::Json(json!({ "token": token }))).into_response())
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(ANALYSE, 1, |context: Context| async move {
        let Analyse { project } = context.payload()?;
        reanalyse(&context, project).await.map_err(Failure::retry)
    })
}

async fn reanalyse(context: &Context, project: i64) -> Result<()> {
    let versions: Vec<i64> = context
        .db
        .column(
            "SELECT DISTINCT package_version_id FROM component WHERE project_id = ? AND package_version_id IS NOT NULL",
            params![project],
        )
        .await?;
    package_version::analyse(&context.db, &versions, Which::All).await?;
    metrics::refresh_due(&context.db).await?;
    metrics::refresh(&context.db, project).await
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    show_inactive: Option<String>,
    show_suppressed: Option<String>,
    severity: Option<String>,
    analysis_status: Option<String>,
    text_search_field: Option<String>,
    text_search_input: Option<String>,
}

/// The conditions of a list over the portfolio (reference §6.4) and their values.
fn conditions(filter: &Filter, source: Option<&str>) -> (String, Vec<storage::Value>) {
    let yes = |text: &Option<String>| text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let list = |text: &Option<String>| -> Vec<String> {
        let text = text.as_deref().unwrap_or_default();
        text.split(',').map(|word| word.trim().to_uppercase()).filter(|word| !word.is_empty()).collect()
    };
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values: Vec<storage::Value> = Vec::new();
    if !yes(&filter.show_inactive) {
        conditions.push("p.active".to_owned());
    }
    if !yes(&filter.show_suppressed) {
        conditions.push("(a.suppressed IS NULL OR NOT a.suppressed)".to_owned());
    }
    let severities = list(&filter.severity);
    if !severities.is_empty() {
        conditions.push(format!("v.severity IN ({})", storage::marks(severities.len())));
        values.extend(severities.into_iter().map(Into::into));
    }
    let states = list(&filter.analysis_status);
    if !states.is_empty() {
        conditions.push(format!("COALESCE(a.state, 'NOT_SET') IN ({})", storage::marks(states.len())));
        values.extend(states.into_iter().map(Into::into));
    }
    if let Some(source) = source {
        conditions.push("v.source = ?".to_owned());
        values.push(source.into());
    }
    let input = filter.text_search_input.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(input) = input {
        let columns: Vec<&str> = list(&filter.text_search_field)
            .iter()
            .filter_map(|field| match field.as_str() {
                "VULNERABILITY_ID" => Some("v.vuln_id"),
                "VULNERABILITY_TITLE" => Some("v.title"),
                "COMPONENT_NAME" => Some("c.name"),
                "COMPONENT_VERSION" => Some("c.version"),
                "PROJECT_NAME" => Some("p.name"),
                _ => None,
            })
            .collect();
        if !columns.is_empty() {
            let parts: Vec<String> =
                columns.iter().map(|column| format!("lower({column}) LIKE ? ESCAPE '\\'")).collect();
            conditions.push(format!("({})", parts.join(" OR ")));
            values.extend(columns.iter().map(|_| like(input).into()));
        }
    }
    (conditions.join(" AND "), values)
}

const SORTABLE: [(&str, &str); 8] = [
    ("vulnerability.vulnId", "v.vuln_id"),
    ("vulnerability.title", "v.title"),
    ("vulnerability.severity", "v.severity_rank"),
    ("vulnerability.published", "v.published"),
    ("component.name", "c.name"),
    ("component.version", "c.version"),
    ("component.projectName", "p.name"),
    ("attribution.attributedOn", "m.attributed_on"),
];

async fn list(State(state): State<AppState>, Query(filter): Query<Filter>, page: Page) -> Result<Response> {
    let (conditions, values) = conditions(&filter, None);
    let count =
        state.db.count(&format!("SELECT count(*) {} WHERE {conditions}", from()), values.clone()).await?;
    let order = page.order(&SORTABLE, "c.id", "c.id, v.id");
    let (limit, paging) = page.clause();
    let rows: Vec<Row> = state
        .db
        .rows(&format!("{} WHERE {conditions}{order}{limit}", select()), [values, paging].concat())
        .await?;
    let out: Vec<Value> = rows.iter().map(|row| row.json(true)).collect();
    Ok((total(count), axum::Json(out)).into_response())
}

async fn grouped(
    State(state): State<AppState>,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
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
        internal: i64,
        analyzers: i64,
        projects: i64,
    }
    let (conditions, values) = conditions(&filter, None);
    let count = state
        .db
        .count(&format!("SELECT count(DISTINCT v.id) {} WHERE {conditions}", from()), values.clone())
        .await?;
    let order = page.order(&SORTABLE[..4], "v.id", "v.id");
    let (limit, paging) = page.clause();
    let rows: Vec<Group> = state
        .db
        .rows(
            &format!(
                "SELECT v.source, v.vuln_id, v.title, v.severity, v.cvss_v2_score, v.cvss_v3_score, v.cvss_v4_score, \
                 v.published, v.cwes, max(m.analyzers & {INTERNAL}) AS internal, min(m.analyzers) AS analyzers, \
                 count(DISTINCT p.id) AS projects {} WHERE {conditions} \
                 GROUP BY v.id, v.source, v.vuln_id, v.title, v.severity, v.severity_rank, v.cvss_v2_score, \
                 v.cvss_v3_score, v.cvss_v4_score, v.published, v.cwes{order}{limit}",
                from()
            ),
            [values, paging].concat(),
        )
        .await?;
    let out: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let mut vulnerability = Map::new();
            let cwes = vulnerability::cwes_json(&row.cwes);
            let members = [
                ("cwes", (!cwes.is_empty()).then_some(Value::Array(cwes))),
                ("source", Some(json!(row.source))),
                ("vulnId", Some(json!(row.vuln_id))),
                ("title", row.title.map(|v| json!(v))),
                ("severity", Some(json!(row.severity))),
                ("cvssV2BaseScore", row.cvss_v2_score.map(|v| json!(v))),
                ("cvssV3BaseScore", row.cvss_v3_score.map(|v| json!(v))),
                ("cvssV4Score", row.cvss_v4_score.map(|v| json!(v))),
                ("published", row.published.map(|v| json!(v))),
                ("affectedProjectCount", Some(json!(row.projects))),
            ];
            for (name, value) in members {
                if let Some(value) = value {
                    vulnerability.insert(name.to_owned(), value);
                }
            }
            let analyzers = attribution::names(row.internal | row.analyzers);
            let analyzer = analyzers.first().copied().unwrap_or(MANUAL);
            json!({ "vulnerability": vulnerability, "attribution": { "analyzerIdentity": analyzer } })
        })
        .collect();
    Ok((total(count), axum::Json(out)).into_response())
}
