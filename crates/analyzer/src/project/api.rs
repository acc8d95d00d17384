//! Lists of projects, and single ones (behaviour reference §3.6).

use axum::extract::{Path, Query, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, params, sql::like};

use super::{CLASSIFIERS, Project, Show, json, list_json, store, view};
use crate::server::{
    Access, AppState, Error, Page, Result, Route, Scope, Spoken, Uuid, check_sort, flag, route, total,
};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);

const SORTABLE: [(&str, &str); 14] = [
    ("name", "p.name"),
    ("version", "p.version"),
    ("group", "p.group_name"),
    ("classifier", "p.classifier"),
    ("lastBomImport", "p.last_bom_import"),
    ("lastBomImportFormat", "p.last_bom_import_format"),
    ("lastInheritedRiskScore", "p.last_inherited_risk_score"),
    ("metrics.inheritedRiskScore", "p.last_inherited_risk_score"),
    ("active", "p.active"),
    ("isLatest", "p.is_latest"),
    ("uuid", "p.uuid"),
    ("description", "p.description"),
    ("publisher", "p.publisher"),
    ("lastVulnerabilityAnalysis", "p.last_vulnerability_analysis"),
];

pub(super) fn routes() -> Vec<Route> {
    let listed = |route: Route, says: &'static str| {
        route.says(says).query("excludeInactive", "boolean").paged().gives(200, "[Project]")
    };
    let one = |route: Route, says: &'static str| route.says(says).gives(200, "Project");
    let get = Method::GET;
    vec![
        listed(route(get.clone(), "/v1/project", VIEW, list), "Lists projects.")
            .query("name", "string")
            .query("onlyRoot", "boolean")
            .query("notAssignedToTeamWithUuid", "uuid"),
        one(route(get.clone(), "/v1/project/lookup", VIEW, lookup), "Finds a project by name and version.")
            .query("name", "string")
            .query("version", "string"),
        one(
            route(get.clone(), "/v1/project/latest/{name}", VIEW, latest),
            "Finds the latest version of a project.",
        ),
        listed(
            route(get.clone(), "/v1/project/tag/{tag}", VIEW, with_tag),
            "Lists the projects that have a tag.",
        )
        .query("onlyRoot", "boolean"),
        listed(
            route(get.clone(), "/v1/project/classifier/{classifier}", VIEW, with_classifier),
            "Lists the projects of a kind.",
        )
        .query("onlyRoot", "boolean"),
        listed(
            route(get.clone(), "/v1/project/withoutDescendantsOf/{uuid}", VIEW, without_descendants),
            "Lists the projects that could be the parent of a project.",
        )
        .query("name", "string"),
        one(route(get.clone(), "/v1/project/{uuid}", VIEW, show), "Shows a project."),
        listed(
            route(get.clone(), "/v1/project/{uuid}/children", VIEW, children),
            "Lists the children of a project.",
        ),
        listed(
            route(get.clone(), "/v1/project/{uuid}/children/tag/{tag}", VIEW, children_with_tag),
            "Lists the children of a project that have a tag.",
        ),
        listed(
            route(get, "/v1/project/{uuid}/children/classifier/{classifier}", VIEW, children_with_classifier),
            "Lists the children of a project that are of a kind.",
        ),
    ]
}

fn not_found() -> Error {
    Error::not_found("The project could not be found.")
}

pub(super) fn uuid_not_found() -> Error {
    Error::not_found("The UUID of the project could not be found.")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    name: Option<String>,
    version: Option<String>,
    #[serde(deserialize_with = "flag")]
    exclude_inactive: bool,
    #[serde(deserialize_with = "flag")]
    only_root: bool,
    not_assigned_to_team_with_uuid: Option<String>,
}

/// What a list has: conditions with their values.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<storage::Value>,
}

impl Conditions {
    fn add(&mut self, text: impl Into<String>, values: Vec<storage::Value>) {
        self.texts.push(text.into());
        self.values.extend(values);
    }
}

const TAGGED: &str = "EXISTS (SELECT 1 FROM project_tag t WHERE t.project_id = p.id AND t.name = ?)";

/// A list of the projects that the caller may see.
async fn answer(
    state: &AppState,
    scope: &Scope,
    page: &Page,
    filter: &Filter,
    mut conditions: Conditions,
    show: Show,
) -> Result<Response> {
    check_sort(page, "Project", &SORTABLE)?;
    let (visible, values) = scope.condition("p.id");
    conditions.add(visible, values);
    if filter.exclude_inactive {
        conditions.add("p.active", Vec::new());
    }
    if filter.only_root {
        conditions.add("p.parent_id IS NULL", Vec::new());
    }
    if let Some(name) = filter.name.as_deref().filter(|name| !name.is_empty()) {
        conditions.add("p.name = ?", params![name]);
    }
    if let Some(uuid) = &filter.not_assigned_to_team_with_uuid {
        let team = match uuid::Uuid::parse_str(uuid) {
            Ok(_) => state.identity.team_by_uuid(&state.db, uuid).await?,
            Err(_) => None,
        };
        let team = team.ok_or_else(|| Error::not_found("The UUID of the team could not be found."))?;
        let text = "NOT EXISTS (SELECT 1 FROM project_team t WHERE t.project_id = p.id AND t.team_id = ?)";
        conditions.add(text, params![team.id]);
    }
    if let Some(search) = &page.search {
        conditions.add(
            format!("(lower(p.name) LIKE ? ESCAPE '\\' OR {TAGGED})"),
            params![like(search), search.to_lowercase()],
        );
    }
    let Conditions { texts, mut values } = conditions;
    let filter = texts.join(" AND ");
    let count =
        state.db.count(&format!("SELECT count(*) FROM project p WHERE {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "p.name, p.version DESC", "p.id");
    let (limit, paging) = page.clause();
    values.extend(paging);
    let text = format!("SELECT {} FROM project p WHERE {filter}{order}{limit}", store::COLUMNS);
    let projects: Vec<Project> = state.db.rows(&text, values).await?;
    let show = Show { has_children: true, ..show }.to(state);
    Ok((total(count), axum::Json(list_json(&state.db, &projects, show).await?)).into_response())
}

async fn list(
    State(state): State<AppState>,
    scope: Scope,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    // Version 4 has no page unless one is asked for, and no metrics when a name is given.
    let page = page.unless_asked_all();
    let show = Show { children: filter.only_root, metrics: filter.name.is_none(), ..WITH_PARENT };
    answer(&state, &scope, &page, &filter, Conditions::default(), show).await
}

const WITH_PARENT: Show = Show {
    children: false,
    parent: true,
    metrics: false,
    metadata: false,
    has_children: false,
    spoken: Spoken::Four,
};
const FAMILY: Show = Show { children: true, ..WITH_PARENT };
const ALONE: Show = Show { parent: false, metrics: true, ..WITH_PARENT };

async fn with_tag(
    State(state): State<AppState>,
    scope: Scope,
    Path(tag): Path<String>,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let mut conditions = Conditions::default();
    conditions.add(TAGGED, params![tag.trim().to_lowercase()]);
    answer(&state, &scope, &page, &filter, conditions, WITH_PARENT).await
}

fn of_kind(kind: &str) -> Result<Conditions> {
    if !CLASSIFIERS.contains(&kind) {
        return Err(Error::bad_request("The classifier type specified is not valid."));
    }
    let mut conditions = Conditions::default();
    conditions.add("p.classifier = ?", params![kind]);
    Ok(conditions)
}

async fn with_classifier(
    State(state): State<AppState>,
    scope: Scope,
    Path(kind): Path<String>,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    answer(&state, &scope, &page, &filter, of_kind(&kind)?, WITH_PARENT).await
}

/// The project of a path, if the caller may see it.
async fn visible(state: &AppState, scope: &Scope, uuid: &Uuid) -> Result<Project> {
    let project = store::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(uuid_not_found)?;
    scope.check(&state.db, project.id).await?;
    Ok(project)
}

async fn without_descendants(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let project = visible(&state, &scope, &uuid).await?;
    let mut conditions = Conditions::default();
    conditions.add(
        "p.id NOT IN (WITH RECURSIVE below (id) AS (SELECT id FROM project WHERE id = ? \
         UNION SELECT k.id FROM project k JOIN below b ON k.parent_id = b.id) SELECT id FROM below)",
        params![project.id],
    );
    answer(&state, &scope, &page, &filter, conditions, WITH_PARENT).await
}

async fn children_where(
    state: &AppState,
    scope: &Scope,
    uuid: &Uuid,
    (filter, page): (&Filter, &Page),
    mut conditions: Conditions,
    show: Show,
) -> Result<Response> {
    let project = visible(state, scope, uuid).await?;
    conditions.add("p.parent_id = ?", params![project.id]);
    answer(state, scope, page, filter, conditions, show).await
}

async fn children(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let show = Show { metrics: true, ..FAMILY };
    children_where(&state, &scope, &uuid, (&filter, &page), Conditions::default(), show).await
}

async fn children_with_tag(
    State(state): State<AppState>,
    scope: Scope,
    Path((_, tag)): Path<(String, String)>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let mut conditions = Conditions::default();
    conditions.add(TAGGED, params![tag.trim().to_lowercase()]);
    children_where(&state, &scope, &uuid, (&filter, &page), conditions, WITH_PARENT).await
}

async fn children_with_classifier(
    State(state): State<AppState>,
    scope: Scope,
    Path((_, kind)): Path<(String, String)>,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    children_where(&state, &scope, &uuid, (&filter, &page), of_kind(&kind)?, FAMILY).await
}

/// One project with its versions.
async fn single(
    state: &AppState,
    scope: &Scope,
    project: Option<Project>,
    show: Show,
) -> Result<axum::Json<Value>> {
    let project = project.ok_or_else(not_found)?;
    scope.check(&state.db, project.id).await?;
    let mut out = json(&state.db, &project, show.to(state)).await?;
    if let Some(object) = out.as_object_mut() {
        object.insert("versions".to_owned(), view::versions(&state.db, scope, &project.name).await?);
    }
    Ok(axum::Json(out))
}

async fn lookup(
    State(state): State<AppState>,
    scope: Scope,
    Query(filter): Query<Filter>,
) -> Result<axum::Json<Value>> {
    let name = filter.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).ok_or_else(not_found)?;
    let version = filter.version.as_deref().map(str::trim).filter(|version| !version.is_empty());
    let project = store::by_name(&state.db, name, version).await?;
    single(&state, &scope, project, ALONE).await
}

async fn latest(
    State(state): State<AppState>,
    scope: Scope,
    Path(name): Path<String>,
) -> Result<axum::Json<Value>> {
    let project = store::latest(&state.db, name.trim()).await?;
    single(&state, &scope, project, ALONE).await
}

async fn show(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<axum::Json<Value>> {
    let project = store::by_uuid(&state.db, uuid.as_str()).await?;
    let show = Show { metrics: true, metadata: true, ..FAMILY };
    single(&state, &scope, project, show).await
}
