//! Policies over the wire (behaviour reference §8.1).

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, Tx, params, sql::like};

use super::mark::{mark_policies, queue};
use super::store::{POLICY, Policy, by_uuid, json, list_json, not_found};
use crate::metrics;
use crate::openapi::Schema;
use crate::server::{
    Access, AppState, Error, Json, Page, Result, Route, Scope, Uuid, check_sort, needed, route, total,
};

pub(super) const MANAGE: Access = Access::Any(&[Permission::PolicyManagement]);

const SORTABLE: [(&str, &str); 3] =
    [("name", "p.name"), ("operator", "p.operator"), ("violationState", "p.violation_state")];

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Policy",
        members: "uuid!: uuid
            name!: string
            operator!: ALL|ANY
            violationState!: INFO|WARN|FAIL
            includeChildren!: boolean
            onlyLatestProjectVersion!: boolean
            global!: boolean
            policyConditions!: [PolicyCondition]
            projects!: [Project]
            tags!: [Tag]",
    },
    Schema {
        name: "PolicyChange",
        members: "uuid: uuid
            name!: string
            operator: ALL|ANY
            violationState: INFO|WARN|FAIL
            includeChildren: boolean
            onlyLatestProjectVersion: boolean",
    },
    Schema {
        name: "PolicyCondition",
        members: "uuid!: uuid
            subject!: string
            operator!: string
            value!: string
            violationType: LICENSE|SECURITY|OPERATIONAL",
    },
    Schema {
        name: "PolicyConditionChange",
        members: "uuid: uuid
            subject!: AGE|COMPONENT_HASH|COORDINATES|CPE|CWE|EPSS|EXPRESSION|IS_INTERNAL|LICENSE|LICENSE_GROUP|PACKAGE_URL|SEVERITY|SWID_TAGID|VERSION|VERSION_DISTANCE|VULNERABILITY_ID
            operator!: IS|IS_NOT|MATCHES|NO_MATCH|NUMERIC_GREATER_THAN|NUMERIC_LESS_THAN|NUMERIC_EQUAL|NUMERIC_NOT_EQUAL|NUMERIC_GREATER_THAN_OR_EQUAL|NUMERIC_LESSER_THAN_OR_EQUAL|CONTAINS_ALL|CONTAINS_ANY
            value!: string
            violationType: LICENSE|SECURITY|OPERATIONAL",
    },
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/policy", MANAGE, list)
            .says("Lists the policies.")
            .paged()
            .gives(200, "[Policy]"),
        route(Method::GET, "/v1/policy/{uuid}", MANAGE, show).says("Shows a policy.").gives(200, "Policy"),
        route(Method::PUT, "/v1/policy", MANAGE, create)
            .says("Makes a policy.")
            .takes("PolicyChange")
            .gives(201, "Policy"),
        route(Method::POST, "/v1/policy", MANAGE, update)
            .says("Changes a policy; its conditions, projects and tags stay.")
            .takes("PolicyChange")
            .gives(200, "Policy"),
        route(Method::DELETE, "/v1/policy/{uuid}", MANAGE, delete)
            .says("Deletes a policy with its violations.")
            .gives(204, "none"),
    ]
}

/// One of the known words.
///
/// # Errors
/// 400 `The provided JSON payload could not be mapped`.
pub(super) fn word(name: &str, value: Option<&str>, known: &[&str]) -> Result<Option<String>> {
    let Some(value) = value.map(str::trim) else { return Ok(None) };
    if known.contains(&value) {
        return Ok(Some(value.to_owned()));
    }
    Err(Error::problem(
        "The provided JSON payload could not be mapped",
        format!("{name}: {value:?} is not one of {}", known.join(", ")),
    ))
}

async fn list(State(state): State<AppState>, scope: Scope, page: Page) -> Result<Response> {
    check_sort(&page, "Policy", &SORTABLE)?;
    let filter = "WHERE lower(p.name) LIKE ? ESCAPE '\\'";
    let values = params![like(page.search.as_deref().unwrap_or_default())];
    let count = state.db.count(&format!("SELECT count(*) FROM policy p {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "p.name", "p.id");
    let (limit, paging) = page.clause();
    let rows: Vec<Policy> =
        state.db.rows(&format!("{POLICY} {filter}{order}{limit}"), [values, paging].concat()).await?;
    Ok((total(count), axum::Json(list_json(&state.db, &scope, &rows).await?)).into_response())
}

async fn show(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<axum::Json<Value>> {
    let policy = by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    Ok(axum::Json(json(&state.db, &scope, &policy).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    uuid: Option<String>,
    name: Option<String>,
    operator: Option<String>,
    violation_state: Option<String>,
    include_children: Option<bool>,
    only_latest_project_version: Option<bool>,
}

impl Sent {
    /// The policy as it is to be; what is not sent stays, but for yes and no.
    fn policy(&self, before: Policy) -> Result<Policy> {
        let operator = word("operator", self.operator.as_deref(), &["ALL", "ANY"])?;
        let states = ["INFO", "WARN", "FAIL"];
        let violation_state = word("violationState", self.violation_state.as_deref(), &states)?;
        let mut broken = Vec::new();
        let name = needed("name", self.name.as_deref(), &mut broken);
        if !broken.is_empty() {
            return Err(Error::Validation(broken));
        }
        Ok(Policy {
            name,
            operator: operator.unwrap_or(before.operator),
            violation_state: violation_state.unwrap_or(before.violation_state),
            include_children: self.include_children.unwrap_or_default(),
            only_latest: self.only_latest_project_version.unwrap_or_default(),
            ..before
        })
    }
}

async fn check_name(tx: &Tx, policy: &Policy) -> Result<()> {
    tx.lock("policy").await?;
    let text = "SELECT count(*) FROM policy WHERE name = ? AND id <> ?";
    if tx.count(text, params![policy.name.clone(), policy.id]).await? > 0 {
        return Err(Error::conflict("A policy with the specified name already exists."));
    }
    Ok(())
}

fn values(policy: &Policy) -> Vec<(&'static str, storage::Value)> {
    vec![
        ("name", policy.name.clone().into()),
        ("operator", policy.operator.clone().into()),
        ("violation_state", policy.violation_state.clone().into()),
        ("include_children", policy.include_children.into()),
        ("only_latest", policy.only_latest.into()),
    ]
}

async fn create(State(state): State<AppState>, scope: Scope, Json(sent): Json<Sent>) -> Result<Response> {
    let mut policy = sent.policy(Policy {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        name: String::new(),
        operator: "ANY".to_owned(),
        violation_state: "INFO".to_owned(),
        include_children: false,
        only_latest: false,
    })?;
    let tx = state.db.begin().await?;
    check_name(&tx, &policy).await?;
    let mut row = values(&policy);
    row.push(("uuid", policy.uuid.clone().into()));
    policy.id = tx.insert("policy", &row).await?;
    let out = json(&tx, &scope, &policy).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(out)).into_response())
}

async fn update(
    State(state): State<AppState>,
    scope: Scope,
    Json(sent): Json<Sent>,
) -> Result<axum::Json<Value>> {
    let tx = state.db.begin().await?;
    let before = by_uuid(&tx, sent.uuid.as_deref().unwrap_or_default()).await?.ok_or_else(not_found)?;
    let policy = sent.policy(before.clone())?;
    check_name(&tx, &policy).await?;
    mark_policies(&tx, &[policy.id]).await?;
    tx.update("policy", policy.id, &values(&policy)).await?;
    mark_policies(&tx, &[policy.id]).await?;
    if before.violation_state != policy.violation_state {
        recount(&tx, "c.policy_id = ?", policy.id).await?;
    }
    let out = json(&tx, &scope, &policy).await?;
    tx.commit().await?;
    Ok(axum::Json(out))
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let unknown = || Error::not_found("The UUID of the policy could not be found.");
    let policy = by_uuid(&tx, uuid.as_str()).await?.ok_or_else(unknown)?;
    recount(&tx, "c.policy_id = ?", policy.id).await?;
    tx.execute("DELETE FROM policy WHERE id = ?", params![policy.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts the projects with violations of conditions (`c`) like these anew.
pub(super) async fn recount(tx: &Tx, condition: &str, id: i64) -> Result<()> {
    let projects = format!(
        "id IN (SELECT v.project_id FROM policy_violation v JOIN policy_condition c ON c.id = v.condition_id \
         WHERE {condition})"
    );
    metrics::mark_where(tx, &projects, params![id]).await?;
    queue(tx).await
}
