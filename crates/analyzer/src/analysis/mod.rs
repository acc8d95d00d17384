//! What people and policies decide about findings, with its audit trail (behaviour reference §7).

mod rated;
mod verdict;

pub(crate) use rated::{RATED, Rated, SEVERITY, SEVERITY_RANK};
pub(crate) use verdict::{Decision, Governed, Verdict, govern, governed};

use axum::extract::{Query, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, now_ms, params};

use crate::component::{self, Component};
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, Scope, Uuid, route};
use crate::vulnerability::{self, Vulnerability};
use crate::{notification, policy, project};

pub(crate) const STATES: [&str; 6] =
    ["EXPLOITABLE", "IN_TRIAGE", "FALSE_POSITIVE", "NOT_AFFECTED", "RESOLVED", "NOT_SET"];
pub(crate) const JUSTIFICATIONS: [&str; 10] = [
    "CODE_NOT_PRESENT",
    "CODE_NOT_REACHABLE",
    "REQUIRES_CONFIGURATION",
    "REQUIRES_DEPENDENCY",
    "REQUIRES_ENVIRONMENT",
    "PROTECTED_BY_COMPILER",
    "PROTECTED_AT_RUNTIME",
    "PROTECTED_AT_PERIMETER",
    "PROTECTED_BY_MITIGATING_CONTROL",
    "NOT_SET",
];
pub(crate) const RESPONSES: [&str; 6] =
    ["CAN_NOT_FIX", "WILL_NOT_FIX", "UPDATE", "ROLLBACK", "WORKAROUND_AVAILABLE", "NOT_SET"];
const NOT_SET: &str = "NOT_SET";

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema {
        name: "Analysis",
        members: "
            analysisState!: EXPLOITABLE|IN_TRIAGE|FALSE_POSITIVE|NOT_AFFECTED|RESOLVED|NOT_SET
            analysisJustification!: string
            analysisResponse!: string
            analysisDetails: string
            analysisComments!: [AnalysisComment]
            isSuppressed!: boolean
            severity: CRITICAL|HIGH|MEDIUM|LOW|INFO
            cvssV2Vector: string
            cvssV2Score: number
            cvssV3Vector: string
            cvssV3Score: number
            cvssV4Vector: string
            cvssV4Score: number
            owaspVector: string
            owaspScore: number",
    },
    crate::openapi::Schema {
        name: "AnalysisComment",
        members: "timestamp!: millis\ncomment!: string\ncommenter: string",
    },
    crate::openapi::Schema {
        name: "AnalysisRequest",
        members: "
            project: uuid
            component!: uuid
            vulnerability!: uuid
            analysisState: EXPLOITABLE|IN_TRIAGE|FALSE_POSITIVE|NOT_AFFECTED|RESOLVED|NOT_SET
            analysisJustification: string
            analysisResponse: string
            analysisDetails: string
            comment: string
            isSuppressed: boolean
            suppressed: boolean",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/analysis", Access::Any(&[Permission::ViewVulnerability]), show)
            .says("Shows what was decided about a finding.")
            .query("project", "uuid")
            .query("component", "uuid")
            .query("vulnerability", "uuid")
            .gives(200, "Analysis"),
        route(Method::PUT, "/v1/analysis", Access::Any(&[Permission::VulnerabilityAnalysis]), put)
            .says("Decides about a finding.")
            .takes("AnalysisRequest")
            .gives(200, "Analysis"),
    ]
}

/// A stored analysis.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Analysis {
    pub id: i64,
    pub state: String,
    pub justification: String,
    pub response: String,
    pub details: Option<String>,
    pub suppressed: bool,
    /// Whether somebody other than a policy decided.
    pub by_hand: bool,
    /// The policy that decided or rates.
    pub vulnerability_policy_id: Option<i64>,
    #[sea_orm(nested)]
    pub rated: Rated,
}

impl Analysis {
    /// Whether nothing is decided.
    fn is_blank(&self) -> bool {
        [&self.state, &self.justification, &self.response].into_iter().all(|word| word == NOT_SET)
            && self.details.is_none()
            && !self.suppressed
    }
}

/// The columns of an analysis `a`.
fn columns() -> String {
    format!(
        "a.id, a.state, a.justification, a.response, a.details, a.suppressed, a.by_hand, \
         a.vulnerability_policy_id, {RATED}"
    )
}

#[derive(FromQueryResult)]
struct Comment {
    at: i64,
    comment: String,
    commenter: Option<String>,
}

async fn find(sql: &impl Sql, component: i64, vulnerability: i64) -> Result<Option<Analysis>> {
    let text =
        format!("SELECT {} FROM analysis a WHERE a.component_id = ? AND a.vulnerability_id = ?", columns());
    Ok(sql.row(&text, params![component, vulnerability]).await?)
}

async fn json(sql: &impl Sql, analysis: &Analysis) -> Result<Value> {
    let comments: Vec<Comment> = sql
        .rows(
            "SELECT at, comment, commenter FROM analysis_comment WHERE analysis_id = ? ORDER BY id",
            params![analysis.id],
        )
        .await?;
    let mut out = Map::new();
    out.insert("analysisState".into(), json!(analysis.state));
    out.insert("analysisJustification".into(), json!(analysis.justification));
    out.insert("analysisResponse".into(), json!(analysis.response));
    if let Some(details) = &analysis.details {
        out.insert("analysisDetails".into(), json!(details));
    }
    let comments = comments.into_iter().map(|c| match c.commenter {
        Some(commenter) => json!({ "timestamp": c.at, "comment": c.comment, "commenter": commenter }),
        None => json!({ "timestamp": c.at, "comment": c.comment }),
    });
    out.insert("analysisComments".into(), comments.collect());
    out.insert("isSuppressed".into(), json!(analysis.suppressed));
    analysis.rated.put(&mut out);
    Ok(out.into())
}

/// Component and vulnerability of a request, in the order in which the original looks for them.
async fn subjects(
    sql: &impl Sql,
    scope: &Scope,
    project: Option<&str>,
    component: &str,
    vulnerability: &str,
) -> Result<(Component, Vulnerability)> {
    if let Some(project) = project {
        let project = project::by_uuid(sql, project).await?;
        let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
        scope.check(sql, project.id).await?;
    }
    let component = component::by_uuid(sql, component).await?;
    let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
    scope.check_as(sql, component.project_id, "component").await?;
    let vulnerability = vulnerability::by_uuid(sql, vulnerability).await?;
    let vulnerability =
        vulnerability.ok_or_else(|| Error::not_found("The vulnerability could not be found."))?;
    Ok((component, vulnerability))
}

#[derive(Deserialize)]
struct Wanted {
    project: Option<String>,
    #[serde(default)]
    component: String,
    #[serde(default)]
    vulnerability: String,
}

async fn show(State(state): State<AppState>, scope: Scope, Query(wanted): Query<Wanted>) -> Result<Response> {
    let uuids =
        [wanted.project.as_deref(), Some(wanted.component.as_str()), Some(wanted.vulnerability.as_str())];
    for (at, uuid) in uuids.iter().enumerate() {
        if let Some(uuid) = uuid.filter(|uuid| !Uuid::is_valid(uuid)) {
            return Err(Error::invalid(&format!("retrieveAnalysis.arg{at}"), "Invalid UUID", uuid));
        }
    }
    let project = wanted.project.as_deref();
    let (component, vulnerability) =
        subjects(&state.db, &scope, project, &wanted.component, &wanted.vulnerability).await?;
    let analysis = find(&state.db, component.id, vulnerability.id).await?;
    let analysis = analysis.ok_or_else(|| Error::not_found("No analysis exists."))?;
    Ok(axum::Json(json(&state.db, &analysis).await?).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    project: Option<String>,
    component: Option<String>,
    vulnerability: Option<String>,
    analysis_state: Option<String>,
    analysis_justification: Option<String>,
    analysis_response: Option<String>,
    analysis_details: Option<String>,
    comment: Option<String>,
    is_suppressed: Option<bool>,
    // Older clients call it so; some send both.
    suppressed: Option<bool>,
}

/// One of the known words; absent means `NOT_SET`, which resets the field.
fn word(name: &str, value: Option<String>, known: &[&str]) -> Result<String> {
    let value =
        value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).unwrap_or_else(|| NOT_SET.to_owned());
    if known.contains(&value.as_str()) {
        return Ok(value);
    }
    Err(Error::problem(
        "The provided JSON payload could not be mapped",
        format!("{name}: {value:?} is not one of {}", known.join(", ")),
    ))
}

fn needed(name: &'static str, value: Option<String>) -> Result<String> {
    let value = value.ok_or_else(|| {
        Error::problem(
            "The provided JSON payload could not be mapped",
            format!("Missing required creator property '{name}'"),
        )
    })?;
    if Uuid::is_valid(&value) {
        Ok(value)
    } else {
        let message = format!("The {name} must be a valid 36 character UUID");
        Err(Error::invalid(name, &message, value))
    }
}

async fn put(
    State(state): State<AppState>,
    Caller(caller): Caller,
    scope: Scope,
    Json(request): Json<Request>,
) -> Result<Response> {
    let wanted_state = word("analysisState", request.analysis_state, &STATES)?;
    let wanted_justification =
        word("analysisJustification", request.analysis_justification, &JUSTIFICATIONS)?;
    let wanted_response = word("analysisResponse", request.analysis_response, &RESPONSES)?;
    let component = needed("component", request.component)?;
    let vulnerability = needed("vulnerability", request.vulnerability)?;
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());

    let tx = state.db.begin().await?;
    let (component, vulnerability) =
        subjects(&tx, &scope, request.project.as_deref(), &component, &vulnerability).await?;
    tx.lock(&format!("analysis:{}:{}", component.id, vulnerability.id)).await?;
    let mut analysis = match find(&tx, component.id, vulnerability.id).await? {
        Some(analysis) => analysis,
        None => create(&tx, &component, &vulnerability).await?,
    };
    let change = Change {
        state: Some(wanted_state),
        justification: Some(wanted_justification),
        response: Some(wanted_response),
        details: given(request.analysis_details),
        suppressed: request.is_suppressed.or(request.suppressed),
        comment: given(request.comment),
        suppressed_by_state: false,
    };
    apply(&tx, (&component, &vulnerability), &mut analysis, change, Some(&caller.name())).await?;
    let out = json(&tx, &analysis).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

/// What is to become of an analysis; what is absent stays.
#[derive(Default)]
pub(crate) struct Change {
    pub state: Option<String>,
    pub justification: Option<String>,
    pub response: Option<String>,
    pub details: Option<String>,
    pub suppressed: Option<bool>,
    pub comment: Option<String>,
    /// Whether the suppression follows from the state, so that the trail does not name it.
    pub suppressed_by_state: bool,
}

/// Changes the analysis of a finding and writes the audit trail, in the exact words of the original.
async fn apply(
    tx: &Tx,
    (component, vulnerability): (&Component, &Vulnerability),
    analysis: &mut Analysis,
    change: Change,
    commenter: Option<&str>,
) -> Result<()> {
    let mut trail = Vec::new();
    let changes = [
        ("Analysis", &mut analysis.state, change.state),
        ("Justification", &mut analysis.justification, change.justification),
        ("Vendor Response", &mut analysis.response, change.response),
    ];
    let mut state_changed = false;
    for (label, field, wanted) in changes {
        if let Some(wanted) = wanted.filter(|wanted| wanted != field) {
            trail.push(format!("{label}: {field} → {wanted}"));
            state_changed |= label == "Analysis";
            *field = wanted;
        }
    }
    if let Some(details) = change.details
        && analysis.details.as_ref() != Some(&details)
    {
        trail.push(format!("Details: {details}"));
        analysis.details = Some(details);
    }
    let mut suppression_changed = false;
    if let Some(suppressed) = change.suppressed
        && suppressed != analysis.suppressed
    {
        if !change.suppressed_by_state {
            trail.push(if suppressed { "Suppressed" } else { "Unsuppressed" }.to_owned());
        }
        analysis.suppressed = suppressed;
        suppression_changed = true;
    }
    let was_by_hand = analysis.by_hand;
    if !trail.is_empty() || suppression_changed {
        // Who takes everything back leaves it to policies again.
        analysis.by_hand = !analysis.is_blank();
    }
    trail.extend(change.comment);
    tx.update(
        "analysis",
        analysis.id,
        &[
            ("state", analysis.state.clone().into()),
            ("justification", analysis.justification.clone().into()),
            ("response", analysis.response.clone().into()),
            ("details", analysis.details.clone().into()),
            ("suppressed", analysis.suppressed.into()),
            ("by_hand", analysis.by_hand.into()),
        ],
    )
    .await?;
    let now = now_ms();
    let rows = trail.into_iter().map(|comment| params![analysis.id, now, comment, commenter]).collect();
    tx.insert_many("analysis_comment", &["analysis_id", "at", "comment", "commenter"], rows, "").await?;
    if state_changed || suppression_changed || analysis.by_hand != was_by_hand {
        policy::changed(tx, component.project_id).await?;
    }
    if state_changed || suppression_changed {
        notification::audit_changed(tx, component, vulnerability, analysis, state_changed).await?;
    }
    Ok(())
}

/// Changes the analysis of a finding, one change after the other; with `unless_decided`, only where
/// nobody but this commenter and policies has said anything yet, so that what people decided stays.
pub(crate) async fn change(
    tx: &Tx,
    (component, vulnerability): (&Component, &Vulnerability),
    changes: Vec<Change>,
    commenter: &str,
    unless_decided: bool,
) -> Result<()> {
    tx.lock(&format!("analysis:{}:{}", component.id, vulnerability.id)).await?;
    let mut analysis = match find(tx, component.id, vulnerability.id).await? {
        Some(analysis) => {
            let text = "SELECT count(*) FROM analysis_comment WHERE analysis_id = ? AND COALESCE(commenter, '') <> ? \
                 AND COALESCE(commenter, '') NOT LIKE '[Policy{%'";
            if unless_decided && tx.count(text, params![analysis.id, commenter]).await? > 0 {
                return Ok(());
            }
            analysis
        }
        None => create(tx, component, vulnerability).await?,
    };
    for change in changes {
        apply(tx, (component, vulnerability), &mut analysis, change, Some(commenter)).await?;
    }
    Ok(())
}

async fn create(tx: &Tx, component: &Component, vulnerability: &Vulnerability) -> Result<Analysis> {
    create_for(tx, component.project_id, (component.id, vulnerability.id)).await
}

/// Makes an analysis of a finding (component, vulnerability) of a project.
async fn create_for(tx: &Tx, project: i64, (component, vulnerability): (i64, i64)) -> Result<Analysis> {
    let id = tx
        .insert(
            "analysis",
            &[
                ("project_id", project.into()),
                ("component_id", component.into()),
                ("vulnerability_id", vulnerability.into()),
                ("state", NOT_SET.into()),
                ("justification", NOT_SET.into()),
                ("response", NOT_SET.into()),
                ("suppressed", false.into()),
            ],
        )
        .await?;
    let not_set = || NOT_SET.to_owned();
    Ok(Analysis {
        id,
        state: not_set(),
        justification: not_set(),
        response: not_set(),
        details: None,
        suppressed: false,
        by_hand: false,
        vulnerability_policy_id: None,
        rated: Rated::default(),
    })
}
