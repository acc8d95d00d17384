//! Metrics over the wire (behaviour reference §9.3).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, now_ms, params};

use super::store::{COMPONENTS, DAY, PROJECTS};
use super::{latest, of_components, portfolio, refresh};
use crate::openapi::Schema;
use crate::policy;
use crate::server::{Access, AppState, Error, Result, Route, Scope, Uuid, route};
use crate::{component, project};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

/// What metrics of everything have.
macro_rules! counted {
    ($($more:literal)?) => {
        concat!(
            "critical!: integer
            high!: integer
            medium!: integer
            low!: integer
            unassigned!: integer
            vulnerabilities!: integer
            suppressed!: integer
            findingsTotal!: integer
            findingsAudited!: integer
            findingsUnaudited!: integer
            inheritedRiskScore!: number
            policyViolationsFail!: integer
            policyViolationsWarn!: integer
            policyViolationsInfo!: integer
            policyViolationsTotal!: integer
            policyViolationsAudited!: integer
            policyViolationsUnaudited!: integer
            policyViolationsSecurityTotal!: integer
            policyViolationsSecurityAudited!: integer
            policyViolationsSecurityUnaudited!: integer
            policyViolationsLicenseTotal!: integer
            policyViolationsLicenseAudited!: integer
            policyViolationsLicenseUnaudited!: integer
            policyViolationsOperationalTotal!: integer
            policyViolationsOperationalAudited!: integer
            policyViolationsOperationalUnaudited!: integer
            firstOccurrence!: millis
            lastOccurrence!: millis
            ",
            $($more)?
        )
    };
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema { name: "DependencyMetrics", members: counted!() },
    Schema {
        name: "ProjectMetrics",
        members: counted!(
            "components!: integer
            vulnerableComponents!: integer
            collectionLogic!: NONE|AGGREGATE_DIRECT_CHILDREN|AGGREGATE_DIRECT_CHILDREN_WITH_TAG|AGGREGATE_LATEST_VERSION_CHILDREN
            collectionLogicChanged!: boolean"
        ),
    },
    Schema {
        name: "PortfolioMetrics",
        members: counted!(
            "components!: integer
            vulnerableComponents!: integer
            projects!: integer
            vulnerableProjects!: integer"
        ),
    },
    Schema {
        name: "VulnerabilityMetrics",
        members: "year!: integer
            month: integer
            count!: integer
            measuredAt!: millis",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/metrics/portfolio/current", VIEW, portfolio_current)
            .says("Counts the projects that the caller may see.")
            .gives(200, "PortfolioMetrics"),
        route(Method::GET, "/v1/metrics/portfolio/since/{date}", VIEW, portfolio_since)
            .says("The metrics of the portfolio since a day (yyyyMMdd), by day.")
            .gives(200, "[PortfolioMetrics]"),
        route(Method::GET, "/v1/metrics/portfolio/{days}/days", VIEW, portfolio_days)
            .says("The metrics of the portfolio in the last days, by day.")
            .gives(200, "[PortfolioMetrics]"),
        route(Method::GET, "/v1/metrics/portfolio/refresh", MANAGE, portfolio_refresh)
            .says("Counts every project anew.")
            .gives(200, "none"),
        route(Method::GET, "/v1/metrics/project/{uuid}/current", VIEW, project_current)
            .says("The metrics of a project; empty when it was never counted.")
            .gives(200, "ProjectMetrics"),
        route(Method::GET, "/v1/metrics/project/{uuid}/since/{date}", VIEW, project_since)
            .says("The metrics of a project since a day (yyyyMMdd).")
            .gives(200, "[ProjectMetrics]"),
        route(Method::GET, "/v1/metrics/project/{uuid}/days/{days}", VIEW, project_days)
            .says("The metrics of a project in the last days.")
            .gives(200, "[ProjectMetrics]"),
        route(Method::GET, "/v1/metrics/project/{uuid}/refresh", MANAGE, project_refresh)
            .says("Counts a project anew.")
            .gives(200, "none"),
        route(Method::GET, "/v1/metrics/component/{uuid}/current", VIEW, component_current)
            .says("The metrics of a component.")
            .gives(200, "DependencyMetrics"),
        route(Method::GET, "/v1/metrics/component/{uuid}/since/{date}", VIEW, component_since)
            .says("The metrics of a component since a day (yyyyMMdd).")
            .gives(200, "[DependencyMetrics]"),
        route(Method::GET, "/v1/metrics/component/{uuid}/days/{days}", VIEW, component_days)
            .says("The metrics of a component in the last days.")
            .gives(200, "[DependencyMetrics]"),
        route(Method::GET, "/v1/metrics/component/{uuid}/refresh", MANAGE, component_refresh)
            .says("Counts the project of a component anew.")
            .gives(200, "none"),
        route(Method::GET, "/v1/metrics/vulnerability", VIEW, vulnerabilities)
            .says("How many vulnerabilities were published, by year and by month.")
            .gives(200, "[VulnerabilityMetrics]"),
    ]
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

/// So many days ago. What is no number is no operation.
fn days_ago(days: &str) -> Result<i64> {
    let days: i32 = days.parse().map_err(|_| Error::Empty(StatusCode::NOT_FOUND))?;
    Ok(now_ms() - i64::from(days.max(0)) * DAY)
}

async fn portfolio_current(State(state): State<AppState>, scope: Scope) -> Result<axum::Json<Value>> {
    Ok(axum::Json(portfolio::current(&state.db, &scope).await?))
}

async fn portfolio_history(state: &AppState, scope: &Scope, since: i64) -> Result<axum::Json<Value>> {
    Ok(axum::Json(portfolio::sums(&state.db, scope, since).await?.into()))
}

async fn portfolio_since(
    State(state): State<AppState>,
    scope: Scope,
    Path(text): Path<String>,
) -> Result<axum::Json<Value>> {
    portfolio_history(&state, &scope, date(&text)?).await
}

async fn portfolio_days(
    State(state): State<AppState>,
    scope: Scope,
    Path(days): Path<String>,
) -> Result<axum::Json<Value>> {
    portfolio_history(&state, &scope, days_ago(&days)?).await
}

async fn portfolio_refresh(State(state): State<AppState>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    super::mark_where(&tx, "1 = 1", params![]).await?;
    policy::queue(&tx).await?;
    tx.commit().await?;
    Ok(StatusCode::OK)
}

async fn find_project(state: &AppState, scope: &Scope, uuid: &Uuid) -> Result<i64> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    Ok(project.id)
}

async fn project_current(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<Response> {
    let id = find_project(&state, &scope, &uuid).await?;
    Ok(match latest(&state.db, &[id]).await?.remove(&id) {
        Some(metrics) => axum::Json(metrics).into_response(),
        None => StatusCode::OK.into_response(),
    })
}

async fn project_since(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, text)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let id = find_project(&state, &scope, &uuid).await?;
    Ok(axum::Json(PROJECTS.history(&state.db, id, date(&text)?).await?.into()))
}

async fn project_days(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, days)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let id = find_project(&state, &scope, &uuid).await?;
    Ok(axum::Json(PROJECTS.history(&state.db, id, days_ago(&days)?).await?.into()))
}

async fn project_refresh(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<StatusCode> {
    refresh(&state.db, find_project(&state, &scope, &uuid).await?).await?;
    Ok(StatusCode::OK)
}

async fn find_component(state: &AppState, scope: &Scope, uuid: &Uuid) -> Result<component::Component> {
    let component = component::by_uuid(&state.db, uuid.as_str()).await?;
    let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
    if !scope.allows(&state.db, component.project_id).await? {
        let text = "Access to the specified component is forbidden";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    Ok(component)
}

async fn component_current(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
) -> Result<axum::Json<Value>> {
    let id = find_component(&state, &scope, &uuid).await?.id;
    Ok(axum::Json(of_components(&state.db, &[id]).await?.remove(&id).unwrap_or_default()))
}

/// A component that never had anything to count has the present alone.
async fn component_history(state: &AppState, id: i64, since: i64) -> Result<axum::Json<Value>> {
    let mut out = COMPONENTS.history(&state.db, id, since).await?;
    if out.is_empty() {
        out.extend(of_components(&state.db, &[id]).await?.into_values());
    }
    Ok(axum::Json(out.into()))
}

async fn component_since(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, text)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let component = find_component(&state, &scope, &uuid).await?;
    component_history(&state, component.id, date(&text)?).await
}

async fn component_days(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, days)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let component = find_component(&state, &scope, &uuid).await?;
    component_history(&state, component.id, days_ago(&days)?).await
}

async fn component_refresh(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<StatusCode> {
    let component = find_component(&state, &scope, &uuid).await?;
    refresh(&state.db, component.project_id).await?;
    Ok(StatusCode::OK)
}

async fn vulnerabilities(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    #[derive(FromQueryResult)]
    struct Day {
        day: i64,
        vulnerabilities: i64,
    }
    let text = format!(
        "SELECT published / {DAY} AS day, count(*) AS vulnerabilities FROM vulnerability \
         WHERE published IS NOT NULL AND NOT withdrawn GROUP BY published / {DAY}"
    );
    let days: Vec<Day> = state.db.rows(&text, params![]).await?;
    let mut counts: std::collections::BTreeMap<(i32, u32), i64> = std::collections::BTreeMap::new();
    for day in days {
        let Some(at) = chrono::DateTime::from_timestamp_millis(day.day.saturating_mul(DAY)) else { continue };
        *counts.entry((at.year(), 0)).or_default() += day.vulnerabilities;
        *counts.entry((at.year(), at.month())).or_default() += day.vulnerabilities;
    }
    let now = now_ms();
    let rows = counts.into_iter().map(|((year, month), count)| match month {
        0 => json!({ "year": year, "count": count, "measuredAt": now }),
        _ => json!({ "year": year, "month": month, "count": count, "measuredAt": now }),
    });
    Ok(axum::Json(rows.collect()))
}
