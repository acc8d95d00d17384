//! Violations over the wire (behaviour reference §8.7).

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{Sql, marks, params, sql::like};

use super::{COLUMNS, Violation, analysis};
use crate::component::{self, Component};
use crate::openapi::Schema;
use crate::server::{Access, AppState, Error, Page, Result, Route, Scope, Uuid, check_sort, route, total};
use crate::{policy, project};

pub(super) const VIEW: Access = Access::Any(&[Permission::ViewPolicyViolation]);

const SORTABLE: [(&str, &str); 16] = [
    ("timestamp", "b.at"),
    ("type", "b.kind"),
    ("violationState", "y.violation_state"),
    ("policyCondition.policy.name", "y.name"),
    ("policyCondition.policy.violationState", "y.violation_state"),
    ("policyCondition.subject", "d.subject"),
    ("policyName", "y.name"),
    ("component", "c.name"),
    ("component.name", "c.name"),
    ("component.version", "c.version"),
    ("component.group", "c.group_name"),
    ("project.name", "p.name"),
    ("project.version", "p.version"),
    ("projectName", "p.name"),
    ("analysis", "a.state"),
    ("analysis.analysisState", "a.state"),
];

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "PolicyViolation",
        members: "uuid!: uuid
            type!: LICENSE|SECURITY|OPERATIONAL
            project!: Project
            component!: Component
            policyCondition!: ViolatedCondition
            timestamp!: millis
            analysis: ViolationAnalysis",
    },
    Schema {
        name: "ViolatedCondition",
        members: "uuid!: uuid
            subject!: string
            operator!: string
            value!: string
            violationType: LICENSE|SECURITY|OPERATIONAL
            policy!: ViolatedPolicy",
    },
    Schema {
        name: "ViolatedPolicy",
        members: "uuid!: uuid
            name!: string
            operator!: ALL|ANY
            violationState!: INFO|WARN|FAIL
            includeChildren!: boolean
            onlyLatestProjectVersion!: boolean
            global!: boolean",
    },
    Schema {
        name: "ViolationAnalysis",
        members: "analysisState!: APPROVED|REJECTED|NOT_SET
            analysisComments!: [ViolationComment]
            isSuppressed!: boolean",
    },
    Schema {
        name: "ViolationComment",
        members: "timestamp!: millis
            comment!: string
            commenter: string",
    },
    Schema {
        name: "ViolationAnalysisChange",
        members: "component!: uuid
            policyViolation!: uuid
            analysisState: APPROVED|REJECTED|NOT_SET
            comment: string
            isSuppressed: boolean",
    },
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/violation", VIEW, list)
            .says("Lists the violations of the projects that the caller may see.")
            .query("suppressed", "boolean")
            .query("showInactive", "boolean")
            .query("violationState", "string")
            .query("riskType", "string")
            .query("policy", "string")
            .query("analysisState", "string")
            .query("occurredOnDateFrom", "string")
            .query("occurredOnDateTo", "string")
            .query("textSearchField", "string")
            .query("textSearchInput", "string")
            .paged()
            .gives(200, "[PolicyViolation]"),
        route(Method::GET, "/v1/violation/project/{uuid}", VIEW, of_project)
            .says("Lists the violations of a project.")
            .query("suppressed", "boolean")
            .paged()
            .gives(200, "[PolicyViolation]"),
        route(Method::GET, "/v1/violation/component/{uuid}", VIEW, of_component)
            .says("Lists the violations of a component.")
            .query("suppressed", "boolean")
            .paged()
            .gives(200, "[PolicyViolation]"),
    ]
}

/// Violations `b` with what they are of.
const FROM: &str = "FROM policy_violation b JOIN policy_condition d ON d.id = b.condition_id \
     JOIN policy y ON y.id = d.policy_id JOIN component c ON c.id = b.component_id \
     JOIN project p ON p.id = b.project_id LEFT JOIN violation_analysis a ON a.violation_id = b.id";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    suppressed: Option<String>,
    show_inactive: Option<String>,
    violation_state: Option<String>,
    risk_type: Option<String>,
    policy: Option<String>,
    analysis_state: Option<String>,
    occurred_on_date_from: Option<String>,
    occurred_on_date_to: Option<String>,
    text_search_field: Option<String>,
    text_search_input: Option<String>,
}

fn yes(text: &Option<String>) -> bool {
    text.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
}

/// The conditions of a list, with their values.
struct Conditions {
    texts: Vec<String>,
    values: Vec<storage::Value>,
}

impl Conditions {
    fn new(suppressed: bool) -> Conditions {
        let text = if suppressed { "1 = 1" } else { "(a.suppressed IS NULL OR NOT a.suppressed)" };
        Conditions { texts: vec![text.to_owned()], values: Vec::new() }
    }

    fn add(&mut self, text: impl Into<String>, values: Vec<storage::Value>) {
        self.texts.push(text.into());
        self.values.extend(values);
    }

    /// The column is one of the words of a list with commas.
    fn one_of(&mut self, column: &str, words: Option<&str>, upper: bool) {
        let words = words.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<storage::Value> = words
            .map(|word| if upper { word.to_uppercase().into() } else { word.to_lowercase().into() })
            .collect();
        if !words.is_empty() {
            self.add(format!("{column} IN ({})", marks(words.len())), words);
        }
    }

    /// Any of the columns has the text in it, in any case.
    fn search(&mut self, columns: &[&str], text: &str) {
        let one: Vec<String> =
            columns.iter().map(|column| format!("lower({column}) LIKE ? ESCAPE '\\'")).collect();
        self.add(format!("({})", one.join(" OR ")), columns.iter().map(|_| like(text).into()).collect());
    }
}

/// `yyyy-MM-dd` as epoch milliseconds; what is no date is no limit.
fn day(text: &Option<String>) -> Option<i64> {
    let date = chrono::NaiveDate::parse_from_str(text.as_deref()?.trim(), "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

async fn answer(state: &AppState, page: &Page, conditions: Conditions) -> Result<Response> {
    check_sort(page, "PolicyViolation", &SORTABLE)?;
    let Conditions { texts, values } = conditions;
    let filter = texts.join(" AND ");
    let count = state.db.count(&format!("SELECT count(*) {FROM} WHERE {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "b.at DESC", "b.id DESC");
    let (limit, paging) = page.clause();
    let text = format!("SELECT {COLUMNS} {FROM} WHERE {filter}{order}{limit}");
    let rows: Vec<Violation> = state.db.rows(&text, [values, paging].concat()).await?;
    Ok((total(count), axum::Json(list_json(&state.db, &rows).await?)).into_response())
}

/// Violations with all that belongs to them, loaded in a handful of queries.
async fn list_json(sql: &impl Sql, violations: &[Violation]) -> Result<Vec<Value>> {
    let ids: Vec<i64> = violations.iter().map(|violation| violation.id).collect();
    let conditions: Vec<i64> = violations.iter().map(|violation| violation.condition_id).collect();
    let conditions = policy::conditions_json(sql, &conditions).await?;
    let mut analyses = analysis::of_violations(sql, &ids).await?;
    let mut wanted: Vec<i64> = violations.iter().map(|violation| violation.component_id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut components: HashMap<i64, Value> = HashMap::new();
    for chunk in wanted.chunks(1_000) {
        let text =
            format!("SELECT {} FROM component c WHERE c.id IN ({})", component::COLUMNS, marks(chunk.len()));
        let rows: Vec<Component> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let shown = component::list_json(
            sql,
            &rows,
            component::Show { project_lists: true, ..component::Show::default() },
        )
        .await?;
        components.extend(ids.into_iter().zip(shown));
    }
    let shown = violations.iter().filter_map(|violation| {
        let component = components.get(&violation.component_id)?;
        let mut out = json!({
            "uuid": violation.uuid,
            "type": violation.kind,
            "project": component.get("project")?,
            "component": component,
            "policyCondition": conditions.get(&violation.condition_id)?,
            "timestamp": violation.at,
        });
        if let (Some(analysis), Some(object)) = (analyses.remove(&violation.id), out.as_object_mut()) {
            object.insert("analysis".to_owned(), analysis);
        }
        Some(out)
    });
    Ok(shown.collect())
}

async fn list(
    State(state): State<AppState>,
    scope: Scope,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let mut conditions = Conditions::new(yes(&filter.suppressed));
    if !yes(&filter.show_inactive) {
        conditions.add("p.active", Vec::new());
    }
    conditions.one_of("y.violation_state", filter.violation_state.as_deref(), true);
    conditions.one_of("b.kind", filter.risk_type.as_deref(), true);
    conditions.one_of("y.uuid", filter.policy.as_deref(), false);
    conditions.one_of("COALESCE(a.state, 'NOT_SET')", filter.analysis_state.as_deref(), true);
    if let Some(from) = day(&filter.occurred_on_date_from) {
        conditions.add("b.at >= ?", params![from]);
    }
    if let Some(to) = day(&filter.occurred_on_date_to) {
        // The whole day.
        conditions.add("b.at < ?", params![to.saturating_add(86_400_000)]);
    }
    if let Some(text) = filter.text_search_input.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let fields = filter.text_search_field.unwrap_or_default().to_lowercase();
        let columns: Vec<&str> = fields
            .split(',')
            .flat_map(|field| match field.trim() {
                "policy_name" => vec!["y.name"],
                "component" => vec!["c.name", "c.group_name", "c.version"],
                "license" => {
                    vec!["(SELECT l.name FROM license l WHERE l.license_id = c.licence_id)", "c.licence_id"]
                }
                "project_name" => vec!["p.name", "p.version"],
                _ => Vec::new(),
            })
            .collect();
        if !columns.is_empty() {
            conditions.search(&columns, text);
        }
    }
    let (visible, values) = scope.condition("p.id");
    conditions.add(visible, values);
    answer(&state, &page, conditions).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Shown {
    suppressed: Option<String>,
}

/// The violations of one project or component, which a search narrows by policy or component.
async fn of(state: &AppState, page: Page, shown: &Shown, column: &str, id: i64) -> Result<Response> {
    let mut conditions = Conditions::new(yes(&shown.suppressed));
    conditions.add(format!("{column} = ?"), params![id]);
    if let Some(text) = page.search.as_deref() {
        conditions.search(&["y.name", "c.name"], text);
    }
    answer(state, &page, conditions).await
}

async fn of_project(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(shown): Query<Shown>,
    page: Page,
) -> Result<Response> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    of(&state, page, &shown, "b.project_id", project.id).await
}

/// The component with this uuid.
///
/// # Errors
/// 404 or 403.
pub(super) async fn find_component(sql: &impl Sql, scope: &Scope, uuid: &str) -> Result<Component> {
    let component = component::by_uuid(sql, uuid).await?;
    let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
    if !scope.allows(sql, component.project_id).await? {
        let text = "Access to the specified component is forbidden";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    Ok(component)
}

async fn of_component(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(shown): Query<Shown>,
    page: Page,
) -> Result<Response> {
    let component = find_component(&state.db, &scope, uuid.as_str()).await?;
    of(&state, page, &shown, "b.component_id", component.id).await
}
