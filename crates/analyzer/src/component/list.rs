//! Lists of components: of a project, by identity, by hash (behaviour reference §4.2).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use storage::{Sql, marks, params, sql::like};

use super::{COLUMNS, Component, Show, list_json};
use crate::server::{
    Access, AppState, Error, Page, Result, Route, Scope, Uuid, check_sort, flag, route, total,
};
use crate::{metrics, project, repository};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);

/// The fields by which a database sorts, and the two that are counted when asked for.
const SORTABLE: [(&str, &str); 14] = [
    ("name", "c.name"),
    ("version", "c.version"),
    ("group", "c.group_name"),
    ("purl", "c.purl"),
    ("cpe", "c.cpe"),
    ("swidTagId", "c.swid_tag_id"),
    ("classifier", "c.classifier"),
    ("scope", "c.scope"),
    ("isInternal", "c.is_internal"),
    ("uuid", "c.uuid"),
    ("resolvedLicense.name", "c.licence_id"),
    ("project.name", "p.name"),
    (RISK, "c.id"),
    ("metrics.inheritedRiskScore", "c.id"),
];
const RISK: &str = "lastInheritedRiskScore";

/// The members that hold hashes, by the length of their values.
const HASHES: [(usize, &[&str]); 5] = [
    (32, &["md5"]),
    (40, &["sha1"]),
    (64, &["sha256", "sha3_256", "blake2b_256", "streebog_256"]),
    (96, &["sha384", "sha3_384", "blake2b_384"]),
    (128, &["sha512", "sha3_512", "blake2b_512", "streebog_512"]),
];

pub(super) fn routes() -> Vec<Route> {
    let identity = ["group", "name", "version", "purl", "cpe", "swidTagId", "project"];
    let by_identity = route(Method::GET, "/v1/component/identity", VIEW, by_identity)
        .says("Finds components by what tells them apart; the first kind of criterion counts.")
        .query("excludeInactiveProjects", "boolean")
        .query("onlyLatestProjectVersions", "boolean")
        .paged()
        .gives(200, "[Component]");
    vec![
        route(Method::GET, "/v1/component/project/{uuid}", VIEW, of_project)
            .says("Lists the components of a project.")
            .query("onlyOutdated", "boolean")
            .query("onlyDirect", "boolean")
            .paged()
            .gives(200, "[Component]"),
        identity.into_iter().fold(by_identity, |route, name| route.query(name, "string")),
        route(Method::GET, "/v1/component/hash/{hash}", VIEW, by_hash)
            .says("Finds components by the hash of their content.")
            .paged()
            .gives(200, "[Component]"),
    ]
}

/// Which components a list has: a condition on `c` and its project `p`, with its values.
pub(crate) struct Picked {
    pub condition: String,
    pub values: Vec<storage::Value>,
}

impl Picked {
    pub(crate) fn from(&self) -> String {
        format!("FROM component c JOIN project p ON p.id = c.project_id WHERE {}", self.condition)
    }

    /// Of these, those that the caller may see.
    pub(crate) fn visible_to(mut self, scope: &Scope) -> Picked {
        let (visible, values) = scope.condition("p.id");
        self.condition = format!("({}) AND {visible}", self.condition);
        self.values.extend(values);
        self
    }
}

/// The ids of the picked components of which repositories know another latest version, in order.
pub(crate) async fn outdated(sql: &impl Sql, picked: &Picked, order: &str) -> Result<Vec<i64>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        version: Option<String>,
        purl: String,
    }
    let text = format!("SELECT c.id, c.version, c.purl {} AND c.purl IS NOT NULL{order}", picked.from());
    let rows: Vec<Row> = sql.rows(&text, picked.values.clone()).await?;
    let mut purls: Vec<&str> = rows.iter().map(|row| row.purl.as_str()).collect();
    purls.sort_unstable();
    purls.dedup();
    let meta = repository::meta_of(sql, &purls).await?;
    let latest = |row: &Row| meta.get(&row.purl).and_then(|meta| meta.get("latestVersion")?.as_str());
    Ok(rows
        .iter()
        .filter(|row| latest(row).is_some_and(|latest| Some(latest) != row.version.as_deref()))
        .map(|row| row.id)
        .collect())
}

/// Components with their risk scores, by score and then by id, ascending.
pub(crate) async fn ranked(sql: &impl Sql, ids: &[i64]) -> Result<Vec<(f64, i64)>> {
    let metrics = metrics::of_components(sql, ids).await?;
    let risk = |id: &i64| metrics.get(id).and_then(|all| all.get("inheritedRiskScore")?.as_f64());
    let mut out: Vec<(f64, i64)> = ids.iter().map(|id| (risk(id).unwrap_or_default(), *id)).collect();
    out.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(out)
}

/// These components, in this order.
async fn in_order(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Component>> {
    let text = format!("SELECT {COLUMNS} FROM component c WHERE c.id IN (:ids)");
    let rows: Vec<Component> = sql.rows_in(&text, ids).await?;
    let mut by_id: HashMap<i64, Component> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

async fn answer(
    state: &AppState,
    page: &Page,
    picked: &Picked,
    only_outdated: bool,
    show: Show,
) -> Result<Response> {
    check_sort(page, "Component", &SORTABLE)?;
    let order = page.order(&SORTABLE, "c.name, c.version DESC", "c.id");
    let by_risk = page.sort.as_deref().is_some_and(|name| name == RISK || name.starts_with("metrics."));
    let (count, rows) = if only_outdated || by_risk {
        // What decides is not in the table: the ids are few enough to be put in order here.
        let mut ids: Vec<i64> = if only_outdated {
            outdated(&state.db, picked, &order).await?
        } else {
            state.db.column(&format!("SELECT c.id {}", picked.from()), picked.values.clone()).await?
        };
        if by_risk {
            ids = ranked(&state.db, &ids).await?.into_iter().map(|(_, id)| id).collect();
            if page.descending {
                ids.reverse();
            }
        }
        let (offset, limit) = (usize::try_from(page.offset), usize::try_from(page.limit));
        let shown = ids.iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or_default());
        let shown: Vec<i64> = shown.copied().collect();
        (i64::try_from(ids.len()).unwrap_or(i64::MAX), in_order(&state.db, &shown).await?)
    } else {
        let from = picked.from();
        let count = state.db.count(&format!("SELECT count(*) {from}"), picked.values.clone()).await?;
        let (limit, paging) = page.clause();
        let text = format!("SELECT {COLUMNS} {from}{order}{limit}");
        (count, state.db.rows(&text, [picked.values.clone(), paging].concat()).await?)
    };
    Ok((total(count), axum::Json(list_json(&state.db, &rows, show).await?)).into_response())
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    #[serde(deserialize_with = "flag")]
    only_outdated: bool,
    #[serde(deserialize_with = "flag")]
    only_direct: bool,
}

/// The components of a project whose name or group has a text.
pub(crate) fn of(project: i64, search: &str, only_direct: bool) -> Picked {
    let pattern = like(search);
    let mut condition =
        "c.project_id = ? AND (lower(c.name) LIKE ? ESCAPE '\\' OR lower(c.group_name) LIKE ? ESCAPE '\\')"
            .to_owned();
    if only_direct {
        condition.push_str(
            " AND EXISTS (SELECT 1 FROM dependency d WHERE d.project_id = c.project_id \
             AND d.component_id IS NULL AND d.depends_on = c.id)",
        );
    }
    Picked { condition, values: params![project, pattern.clone(), pattern] }
}

async fn of_project(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Response> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    let picked = of(project.id, page.search.as_deref().unwrap_or_default(), filter.only_direct);
    let show = Show { metrics: true, repository: true, project_lists: true, occurrences: true };
    answer(&state, &page, &picked, filter.only_outdated, show).await
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    group: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    swid_tag_id: Option<String>,
    project: Option<String>,
    #[serde(deserialize_with = "flag")]
    exclude_inactive_projects: bool,
    #[serde(deserialize_with = "flag")]
    only_latest_project_versions: bool,
}

impl Identity {
    /// Conditions with their patterns: of the first kind of criterion that is given.
    fn conditions(&self) -> Vec<(&'static str, String)> {
        fn given(text: &Option<String>) -> Option<String> {
            text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
        }
        let coordinates =
            [("c.group_name", &self.group), ("c.name", &self.name), ("c.version", &self.version)];
        let coordinates: Vec<_> =
            coordinates.into_iter().filter_map(|(column, text)| Some((column, given(text)?))).collect();
        if !coordinates.is_empty() {
            return coordinates;
        }
        if let Some(purl) = given(&self.purl) {
            // What is not a package URL is no criterion, nor is one that names no package.
            let purl = sbom::parse_purl(&purl).filter(|purl| names_a_package(&purl.canonical));
            return purl.map(|purl| ("c.purl", purl.canonical)).into_iter().collect();
        }
        let others = [("c.cpe", &self.cpe), ("c.swid_tag_id", &self.swid_tag_id)];
        others.into_iter().find_map(|(column, text)| Some((column, given(text)?))).into_iter().collect()
    }
}

/// Types of packages whose names have a namespace always.
const WITH_NAMESPACE: [&str; 2] = ["pkg:maven/", "pkg:github/"];

fn names_a_package(purl: &str) -> bool {
    let path = purl.split(['@', '?', '#']).next().unwrap_or_default();
    !WITH_NAMESPACE.iter().any(|kind| purl.starts_with(kind)) || path.matches('/').count() > 1
}

async fn by_identity(
    State(state): State<AppState>,
    scope: Scope,
    Query(wanted): Query<Identity>,
    page: Page,
) -> Result<Response> {
    let conditions = wanted.conditions();
    if conditions.is_empty() {
        return Ok((total(0), ()).into_response());
    }
    let mut values: Vec<storage::Value> = conditions.iter().map(|(_, text)| like(text).into()).collect();
    let mut texts: Vec<String> =
        conditions.iter().map(|(column, _)| format!("lower({column}) LIKE ? ESCAPE '\\'")).collect();
    if let Some(uuid) = wanted.project.as_deref().map(str::trim).filter(|uuid| !uuid.is_empty()) {
        let project = project::by_uuid(&state.db, uuid).await?;
        let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
        scope.check(&state.db, project.id).await?;
        texts.push("c.project_id = ?".to_owned());
        values.push(project.id.into());
    }
    if wanted.exclude_inactive_projects {
        texts.push("p.active".to_owned());
    }
    if wanted.only_latest_project_versions {
        texts.push("p.is_latest".to_owned());
    }
    let picked = Picked { condition: texts.join(" AND "), values }.visible_to(&scope);
    // The original has loaded the project whole when one was named.
    let project_lists = wanted.project.is_some();
    let show = Show { metrics: true, repository: true, project_lists, ..Show::default() };
    answer(&state, &page, &picked, false, show).await
}

/// The components with a hash, made by one of these algorithms; rows of the first releases do not say
/// by which.
pub(crate) fn with_hash(value: &str, algorithms: &[&str]) -> Picked {
    let condition = format!(
        "EXISTS (SELECT 1 FROM component_hash h WHERE h.component_id = c.id AND h.value = ? \
         AND (h.algorithm = '' OR h.algorithm IN ({})))",
        marks(algorithms.len())
    );
    let algorithms = algorithms.iter().map(|name| (*name).into()).collect();
    Picked { condition, values: [params![value.to_lowercase()], algorithms].concat() }
}

async fn by_hash(
    State(state): State<AppState>,
    scope: Scope,
    Path(hash): Path<String>,
    page: Page,
) -> Result<Response> {
    let known = HASHES.iter().find(|(length, _)| *length == hash.len());
    let algorithms = known.map_or(&["blake3"][..], |(_, names)| *names);
    let picked = with_hash(&hash, algorithms).visible_to(&scope);
    answer(&state, &page, &picked, false, Show::default()).await
}
