//! Projects in a few words, as version 5 lists them (behaviour reference §3.6).

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, params, sql::like};

use super::{NO_COLLECTION, store};
use crate::metrics;
use crate::server::{
    Access, AppState, Error, Page, Result, Route, Scope, Uuid, flag, flag_if_any, route, total,
};
use crate::v2::unsortable;

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);

const SORTABLE: [(&str, &str); 11] = [
    ("name", "p.name"),
    ("version", "p.version"),
    ("group", "p.group_name"),
    ("classifier", "p.classifier"),
    ("lastBomImport", "p.last_bom_import"),
    ("lastBomImportFormat", "p.last_bom_import_format"),
    ("lastRiskScore", "p.last_inherited_risk_score"),
    ("lastInheritedRiskScore", "p.last_inherited_risk_score"),
    ("metrics.inheritedRiskScore", "p.last_inherited_risk_score"),
    ("active", "p.active"),
    ("isLatest", "p.is_latest"),
];

/// The members of the metrics that are shown.
const METRICS: [&str; 15] = [
    "components",
    "critical",
    "high",
    "low",
    "medium",
    "policyViolationsFail",
    "policyViolationsInfo",
    "policyViolationsLicenseTotal",
    "policyViolationsOperationalTotal",
    "policyViolationsSecurityTotal",
    "policyViolationsTotal",
    "policyViolationsWarn",
    "inheritedRiskScore",
    "unassigned",
    "vulnerabilities",
];

pub(super) fn routes() -> Vec<Route> {
    let described = |route: Route| {
        let names = [("name", "string"), ("version", "string"), ("classifier", "string"), ("tag", "string")];
        let flags = [("team", "string"), ("active", "boolean"), ("includeMetrics", "boolean")];
        let query = names.into_iter().chain(flags);
        let route = query.fold(route, |route, (name, kind)| route.query(name, kind));
        route.paged().gives(200, "[ConciseProject]")
    };
    vec![
        described(
            route(Method::GET, "/v1/project/concise", VIEW, list).says("Lists projects in a few words."),
        )
        .query("onlyRoot", "boolean"),
        described(
            route(Method::GET, "/v1/project/concise/{uuid}/children", VIEW, children)
                .says("Lists the children of a project in a few words."),
        ),
    ]
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    name: Option<String>,
    version: Option<String>,
    classifier: Option<String>,
    tag: Option<String>,
    team: Option<String>,
    #[serde(deserialize_with = "flag_if_any")]
    active: Option<bool>,
    #[serde(deserialize_with = "flag")]
    only_root: bool,
    #[serde(deserialize_with = "flag")]
    include_metrics: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    uuid: String,
    group_name: Option<String>,
    name: String,
    version: Option<String>,
    classifier: Option<String>,
    active: bool,
    is_latest: bool,
    collection_logic: String,
    last_bom_import: Option<i64>,
    last_bom_import_format: Option<String>,
    last_inherited_risk_score: Option<f64>,
    has_children: bool,
}

async fn list(
    State(state): State<AppState>,
    scope: Scope,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    answer(&state, &scope, &filter, &page, None).await
}

async fn children(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let parent = store::by_uuid(&state.db, uuid.as_str()).await?;
    let parent = parent.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, parent.id).await?;
    answer(&state, &scope, &filter, &page, Some(parent.id)).await
}

async fn answer(
    state: &AppState,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
    parent: Option<i64>,
) -> Result<Response> {
    if let Some(name) = page.sort.as_deref().filter(|name| !SORTABLE.iter().any(|(known, _)| known == name)) {
        let known: Vec<&str> = SORTABLE.iter().map(|(known, _)| *known).collect();
        return Ok(unsortable(name, &known, ("invalidField", "supportedFields")));
    }
    let (visible, mut values) = scope.condition("p.id");
    let mut conditions = vec![visible];
    let tagged = "EXISTS (SELECT 1 FROM project_tag t WHERE t.project_id = p.id AND t.name = ?)";
    for (text, value) in [
        ("p.name = ?", &filter.name),
        ("p.version = ?", &filter.version),
        ("p.classifier = ?", &filter.classifier),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            conditions.push(text.to_owned());
            values.push(value.into());
        }
    }
    if let Some(tag) = filter.tag.as_deref().filter(|tag| !tag.is_empty()) {
        conditions.push(tagged.to_owned());
        values.push(tag.trim().to_lowercase().into());
    }
    if let Some(name) = filter.team.as_deref().filter(|name| !name.is_empty()) {
        let team = state.identity.team_by_name(&state.db, name).await?.map(|team| team.id);
        let text = "EXISTS (SELECT 1 FROM project_team a WHERE a.project_id = p.id AND a.team_id = ?)";
        conditions.push(text.to_owned());
        values.push(team.into());
    }
    if let Some(active) = filter.active {
        conditions.push("p.active = ?".to_owned());
        values.push(active.into());
    }
    if let Some(parent) = parent {
        conditions.push("p.parent_id = ?".to_owned());
        values.push(parent.into());
    } else if filter.only_root {
        conditions.push("p.parent_id IS NULL".to_owned());
    }
    if let Some(search) = &page.search {
        conditions.push(format!("(lower(p.name) LIKE ? ESCAPE '\\' OR {tagged})"));
        values.extend(params![like(search), search.to_lowercase()]);
    }
    let from = format!("FROM project p WHERE {}", conditions.join(" AND "));
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let (limit, paging) = page.clause();
    let text = format!(
        "SELECT p.id, p.uuid, p.group_name, p.name, p.version, p.classifier, p.active, p.is_latest, \
         p.collection_logic, p.last_bom_import, p.last_bom_import_format, p.last_inherited_risk_score, \
         EXISTS (SELECT 1 FROM project k WHERE k.parent_id = p.id) AS has_children {from}{}{limit}",
        page.order(&SORTABLE, "p.name", "p.id")
    );
    let rows: Vec<Row> = state.db.rows(&text, [values, paging].concat()).await?;
    let rows = shown(state, &rows, filter.include_metrics).await?;
    Ok((total(count), axum::Json(rows)).into_response())
}

/// The names of the teams that may see these projects.
async fn teams(state: &AppState, ids: &[i64]) -> Result<HashMap<i64, Vec<Value>>> {
    #[derive(FromQueryResult)]
    struct Visible {
        project_id: i64,
        team_id: i64,
    }
    let text = "SELECT project_id, team_id FROM project_team WHERE project_id IN (:ids)";
    let visible: Vec<Visible> = state.db.rows_in(text, ids).await?;
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    if visible.is_empty() {
        return Ok(out);
    }
    for team in state.identity.teams(&state.db).await? {
        for row in visible.iter().filter(|row| row.team_id == team.id) {
            out.entry(row.project_id).or_default().push(json!({ "name": team.name }));
        }
    }
    Ok(out)
}

async fn shown(state: &AppState, rows: &[Row], include_metrics: bool) -> Result<Vec<Value>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut tags = store::tags(&state.db, &ids).await?;
    let mut teams = teams(state, &ids).await?;
    let mut metrics = if include_metrics { metrics::latest(&state.db, &ids).await? } else { HashMap::new() };
    Ok(rows
        .iter()
        .map(|row| {
            let tags =
                tags.remove(&row.id).map(|tags| tags.iter().map(|tag| json!({ "name": tag })).collect());
            let metrics = metrics.remove(&row.id).map(|all| {
                let members =
                    METRICS.iter().filter_map(|name| Some(((*name).to_owned(), all.get(name)?.clone())));
                Value::Object(members.collect())
            });
            let members: [(&str, Option<Value>); 15] = [
                ("uuid", Some(json!(row.uuid))),
                ("group", row.group_name.clone().map(Into::into)),
                ("name", Some(json!(row.name))),
                ("version", row.version.clone().map(Into::into)),
                ("classifier", row.classifier.clone().map(Into::into)),
                ("active", Some(json!(row.active))),
                ("isLatest", Some(json!(row.is_latest))),
                (
                    "collectionLogic",
                    (row.collection_logic != NO_COLLECTION).then(|| json!(row.collection_logic)),
                ),
                ("tags", tags),
                ("teams", teams.remove(&row.id).map(Into::into)),
                ("lastBomImport", row.last_bom_import.map(Into::into)),
                ("lastBomImportFormat", row.last_bom_import_format.clone().map(Into::into)),
                ("lastRiskScore", row.last_inherited_risk_score.map(Into::into)),
                ("hasChildren", Some(json!(row.has_children))),
                ("metrics", metrics),
            ];
            let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Value::Object(members.collect::<Map<String, Value>>())
        })
        .collect())
}
