//! Listing, making and deleting tags.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Permission, Principal};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, params, sql::like};

use super::{NAMES, ensure};
use crate::server::{
    Access, AppState, Caller, Error, Json, Page, Result, Route, Scope, Uuid, check_sort, route, total,
};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::TagManagement]);
/// How many one request may name.
const MOST: usize = 100;

const SORTABLE: [(&str, &str); 6] = [
    ("name", "name"),
    ("projectCount", "project_count"),
    ("collectionProjectCount", "collection_count"),
    ("policyCount", "policy_count"),
    ("notificationRuleCount", "rule_count"),
    ("vulnerabilityCount", "vulnerability_count"),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/tag", VIEW, list)
            .says("Lists the tags, with how much has each of them.")
            .paged()
            .gives(200, "[TagCounts]"),
        route(Method::PUT, "/v1/tag", MANAGE, create)
            .says("Makes tags; those that are there stay as they are.")
            .takes("[string]")
            .gives(201, "none"),
        route(Method::DELETE, "/v1/tag", MANAGE, delete)
            .says("Deletes tags and takes them off whatever has them, all or none.")
            .takes("[string]")
            .gives(204, "none"),
        route(Method::GET, "/v1/tag/policy/{uuid}", VIEW, for_policy)
            .says("Lists the tags that a policy can be limited to.")
            .paged()
            .gives(200, "[Tag]"),
        route(Method::GET, "/v1/tag/{name}", VIEW, for_policy_before)
            .says("Lists the tags that the policy with this UUID can be limited to; deprecated.")
            .paged()
            .gives(200, "[Tag]"),
    ]
}

/// How much has a tag.
#[derive(FromQueryResult)]
struct Counts {
    name: String,
    project_count: i64,
    collection_count: i64,
    policy_count: i64,
    rule_count: i64,
    vulnerability_count: i64,
}

const OTHER_COUNTS: &str = "(SELECT count(*) FROM policy_tag t WHERE t.name = n.name) AS policy_count, \
     (SELECT count(*) FROM notification_rule_tag t WHERE t.name = n.name) AS rule_count, \
     (SELECT count(*) FROM vulnerability_tag t WHERE t.name = n.name) AS vulnerability_count";

/// `SELECT` of counts over the projects that a caller may see; with the values of its conditions.
fn counts(scope: &Scope) -> (String, Vec<storage::Value>) {
    let (visible, values) = scope.condition("p.id");
    let text = format!(
        "SELECT n.name, (SELECT count(*) FROM project_tag t JOIN project p ON p.id = t.project_id \
         WHERE t.name = n.name AND {visible}) AS project_count, \
         (SELECT count(*) FROM project p WHERE p.collection_tag = n.name AND {visible}) AS collection_count, \
         {OTHER_COUNTS} FROM ({NAMES}) n"
    );
    (text, [values.clone(), values].concat())
}

async fn list(State(state): State<AppState>, scope: Scope, page: Page) -> Result<Response> {
    check_sort(&page, "Tag", &SORTABLE)?;
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let text = format!("SELECT count(*) FROM ({NAMES}) n WHERE n.name LIKE ? ESCAPE '\\'");
    let count = state.db.count(&text, params![pattern.clone()]).await?;
    let (select, values) = counts(&scope);
    let order = page.order(&SORTABLE, "name", "name");
    let (limit, paging) = page.clause();
    let text = format!("{select} WHERE n.name LIKE ? ESCAPE '\\'{order}{limit}");
    let rows: Vec<Counts> = state.db.rows(&text, [values, params![pattern], paging].concat()).await?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "projectCount": row.project_count,
                "collectionProjectCount": row.collection_count,
                "policyCount": row.policy_count,
                "notificationRuleCount": row.rule_count,
                "vulnerabilityCount": row.vulnerability_count,
            })
        })
        .collect();
    Ok((total(count), axum::Json(rows)).into_response())
}

/// Refuses lists that are empty or too long.
pub(super) fn check_size(operation: &str, length: usize) -> Result<()> {
    if (1..=MOST).contains(&length) {
        return Ok(());
    }
    let message = format!("size must be between 1 and {MOST}");
    Err(Error::invalid(&format!("{operation}.arg0"), &message, length))
}

/// The names as tags are called.
fn cleaned(names: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for name in names.iter().map(|name| name.trim().to_lowercase()) {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

async fn create(State(state): State<AppState>, Json(names): Json<Vec<String>>) -> Result<StatusCode> {
    check_size("createTags", names.len())?;
    let names = cleaned(&names);
    if names.iter().any(String::is_empty) {
        return Err(Error::not_blank("createTags.arg0[].<collection element>", None));
    }
    if let Some(long) = names.iter().find(|name| name.chars().count() > 255) {
        let path = "createTags.arg0[].<collection element>";
        return Err(Error::invalid(path, "size must be between 1 and 255", long.as_str()));
    }
    let tx = state.db.begin().await?;
    ensure(&tx, &names).await?;
    tx.commit().await?;
    Ok(StatusCode::CREATED)
}

/// Why a tag cannot be deleted by this caller; `seen` counts the projects that the caller may see.
fn obstacle(caller: &Principal, all: Option<&Counts>, seen: Option<&Counts>) -> Option<String> {
    let Some(all) = all else { return Some("Tag does not exist".to_owned()) };
    let missing = |used: &str, permission: Permission| {
        format!(
            "The tag is {used}, but the authenticated principal is missing the {} permission.",
            permission.as_str()
        )
    };
    let hidden =
        |used: &str| format!("The tag is {used} that are not accessible by the authenticated principal.");
    let may_projects = caller.allows(Permission::PortfolioManagement);
    let kinds = [
        ("assigned to", "project(s)", all.project_count, seen.map(|seen| seen.project_count)),
        ("used by", "collection project(s)", all.collection_count, seen.map(|seen| seen.collection_count)),
    ];
    for (verb, noun, count, seen) in kinds {
        let unseen = count - seen.unwrap_or_default();
        if count > 0 && !may_projects {
            return Some(missing(&format!("{verb} {count} {noun}"), Permission::PortfolioManagement));
        }
        if unseen > 0 {
            return Some(hidden(&format!("{verb} {unseen} {noun}")));
        }
    }
    let others = [
        (all.policy_count, "policies", Permission::PolicyManagement),
        (all.rule_count, "notification rules", Permission::SystemConfiguration),
        (all.vulnerability_count, "vulnerabilities", Permission::VulnerabilityManagement),
    ];
    others.into_iter().find_map(|(count, noun, permission)| {
        let used = format!("assigned to {count} {noun}");
        (count > 0 && !caller.allows(permission)).then(|| missing(&used, permission))
    })
}

async fn counted(tx: &Tx, scope: &Scope, names: &[String]) -> Result<HashMap<String, Counts>> {
    let (select, values) = counts(scope);
    let text = format!("{select} WHERE n.name IN ({})", marks(names.len()));
    let names = names.iter().map(|name| name.as_str().into()).collect();
    let rows: Vec<Counts> = tx.rows(&text, [values, names].concat()).await?;
    Ok(rows.into_iter().map(|row| (row.name.clone(), row)).collect())
}

async fn delete(
    State(state): State<AppState>,
    scope: Scope,
    Caller(caller): Caller,
    Json(names): Json<Vec<String>>,
) -> Result<StatusCode> {
    check_size("deleteTags", names.len())?;
    let names = cleaned(&names);
    let tx = state.db.begin().await?;
    let all = counted(&tx, &Scope::All, &names).await?;
    let seen = counted(&tx, &scope, &names).await?;
    let errors: Map<String, Value> = names
        .iter()
        .filter_map(|name| Some((name.clone(), obstacle(&caller, all.get(name), seen.get(name))?.into())))
        .collect();
    if !errors.is_empty() {
        let failed: Vec<&str> = errors.keys().map(String::as_str).collect();
        return Err(Error::Problem {
            status: StatusCode::BAD_REQUEST,
            title: "Tag operation failed",
            detail: format!("The tag(s) {} could not be deleted", failed.join(", ")),
            errors: Some(errors.into()),
        });
    }
    let values = || names.iter().map(|name| name.as_str().into()).collect::<Vec<storage::Value>>();
    let list = marks(names.len());
    for table in ["tag", "project_tag", "policy_tag", "notification_rule_tag", "vulnerability_tag"] {
        tx.execute(&format!("DELETE FROM {table} WHERE name IN ({list})"), values()).await?;
    }
    let text = format!("UPDATE project SET collection_tag = NULL WHERE collection_tag IN ({list})");
    tx.execute(&text, values()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tags that make sense for a policy: those of its projects, or all when it has none.
async fn usable(state: &AppState, uuid: &str, page: &Page) -> Result<Response> {
    let policy: Option<i64> = state.db.scalar("SELECT id FROM policy WHERE uuid = ?", params![uuid]).await?;
    let policy = policy.ok_or_else(|| Error::not_found("The policy could not be found."))?;
    let limited = "SELECT count(*) FROM policy_project WHERE policy_id = ?";
    let limited = state.db.count(limited, params![policy]).await? > 0;
    let (names, values) = if limited {
        let text = "SELECT DISTINCT t.name FROM project_tag t JOIN policy_project l ON l.project_id = t.project_id \
             WHERE l.policy_id = ?";
        (text, params![policy])
    } else {
        (NAMES, params![])
    };
    let count = state.db.count(&format!("SELECT count(*) FROM ({names}) n"), values.clone()).await?;
    let (limit, paging) = page.clause();
    let text = format!("SELECT n.name FROM ({names}) n ORDER BY n.name{limit}");
    let names: Vec<String> = state.db.column(&text, [values, paging].concat()).await?;
    let names: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    Ok((total(count), axum::Json(names)).into_response())
}

async fn for_policy(State(state): State<AppState>, uuid: Uuid, page: Page) -> Result<Response> {
    usable(&state, uuid.as_str(), &page).await
}

async fn for_policy_before(
    State(state): State<AppState>,
    Path(uuid): Path<String>,
    page: Page,
) -> Result<Response> {
    if !Uuid::is_valid(&uuid) {
        return Err(Uuid::refuse("getTags", &uuid));
    }
    usable(&state, &uuid, &page).await
}
