//! Conditions of policies over the wire (behaviour reference §8.1, §8.3).

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use super::api::{MANAGE, recount, word};
use super::function::OF_COMPONENTS;
use super::mark::mark_policies;
use super::rule::Rule;
use super::store::{CONDITION, Condition, by_uuid, condition_json};
use super::{EXPRESSION, KINDS, OPERATORS, SUBJECTS, kind_of};
use crate::expression::Program;
use crate::server::{AppState, Error, Json, Result, Route, Uuid, needed, route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/policy/{uuid}/condition", MANAGE, create)
            .says("Adds a condition to a policy.")
            .takes("PolicyConditionChange")
            .gives(201, "PolicyCondition"),
        route(Method::POST, "/v1/policy/condition", MANAGE, update)
            .says("Changes a condition.")
            .takes("PolicyConditionChange")
            .gives(200, "PolicyCondition"),
        route(Method::DELETE, "/v1/policy/condition/{uuid}", MANAGE, delete)
            .says("Deletes a condition with its violations.")
            .gives(204, "none"),
    ]
}

/// Longer expressions are refused.
const EXPRESSION_LIMIT: usize = 16_384;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    uuid: Option<String>,
    subject: Option<String>,
    operator: Option<String>,
    value: Option<String>,
    violation_type: Option<String>,
}

/// What the sender wants, without identity; or the answer that refuses its expression.
fn read(sent: &Sent) -> Result<Result<Condition, Response>> {
    let subject = word("subject", sent.subject.as_deref(), &SUBJECTS)?;
    let operator = word("operator", sent.operator.as_deref(), &OPERATORS)?;
    let kind = word("violationType", sent.violation_type.as_deref(), &KINDS)?;
    let mut broken = Vec::new();
    for (path, word) in [("subject", &subject), ("operator", &operator)] {
        if word.is_none() {
            broken.push(json!({
                "message": "must not be null",
                "messageTemplate": "{jakarta.validation.constraints.NotNull.message}",
                "path": path,
                "invalidValue": null,
            }));
        }
    }
    let is_expression = subject.as_deref() == Some(EXPRESSION);
    let value = match sent.value.as_deref().map(str::trim) {
        Some(value) if is_expression && !value.is_empty() && value.len() <= EXPRESSION_LIMIT => {
            value.to_owned()
        }
        value => needed("value", value, &mut broken),
    };
    if !broken.is_empty() {
        return Err(Error::Validation(broken));
    }
    if is_expression {
        if kind.is_none() {
            return Err(Error::bad_request("Expression conditions must define a violation type"));
        }
        if let Err(errors) = Program::compile(&value, &OF_COMPONENTS) {
            let body = json!({ "celErrors": errors });
            return Ok(Err((StatusCode::BAD_REQUEST, axum::Json(body)).into_response()));
        }
    }
    let condition = Condition {
        id: 0,
        uuid: String::new(),
        policy_id: 0,
        subject: subject.unwrap_or_default(),
        operator: operator.unwrap_or_default(),
        value,
        kind: kind.filter(|_| is_expression),
    };
    // A pattern that cannot be read would never match, and nobody would know.
    if let Err(error) = Rule::new(&condition, &HashMap::new()) {
        return Err(Error::problem("Illegal argument provided", error));
    }
    Ok(Ok(condition))
}

fn values(condition: &Condition) -> Vec<(&'static str, storage::Value)> {
    vec![
        ("subject", condition.subject.clone().into()),
        ("operator", condition.operator.clone().into()),
        ("value", condition.value.clone().into()),
        ("kind", condition.kind.clone().into()),
    ]
}

async fn create(State(state): State<AppState>, uuid: Uuid, Json(sent): Json<Sent>) -> Result<Response> {
    let mut condition = match read(&sent)? {
        Ok(condition) => condition,
        Err(refusal) => return Ok(refusal),
    };
    let tx = state.db.begin().await?;
    let unknown = || Error::not_found("The UUID of the policy could not be found.");
    condition.policy_id = by_uuid(&tx, uuid.as_str()).await?.ok_or_else(unknown)?.id;
    condition.uuid = uuid::Uuid::new_v4().to_string();
    let mut row = values(&condition);
    row.push(("uuid", condition.uuid.clone().into()));
    row.push(("policy_id", condition.policy_id.into()));
    tx.insert("policy_condition", &row).await?;
    mark_policies(&tx, &[condition.policy_id]).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(Value::Object(condition_json(&condition)))).into_response())
}

async fn find(tx: &Tx, uuid: &str) -> Result<Condition> {
    let row = tx.row(&format!("{CONDITION} WHERE c.uuid = ?"), params![uuid]).await?;
    row.ok_or_else(|| Error::not_found("The UUID of the policy condition could not be found."))
}

async fn update(State(state): State<AppState>, Json(sent): Json<Sent>) -> Result<Response> {
    let condition = match read(&sent)? {
        Ok(condition) => condition,
        Err(refusal) => return Ok(refusal),
    };
    let tx = state.db.begin().await?;
    let before = find(&tx, sent.uuid.as_deref().unwrap_or_default()).await?;
    let condition = Condition { id: before.id, uuid: before.uuid, policy_id: before.policy_id, ..condition };
    tx.update("policy_condition", condition.id, &values(&condition)).await?;
    let kind = kind_of(&condition.subject, condition.kind.as_deref());
    let text = "UPDATE policy_violation SET kind = ? WHERE condition_id = ? AND kind <> ?";
    if tx.execute(text, params![kind, condition.id, kind]).await? > 0 {
        recount(&tx, "c.id = ?", condition.id).await?;
    }
    mark_policies(&tx, &[condition.policy_id]).await?;
    tx.commit().await?;
    Ok(axum::Json(Value::Object(condition_json(&condition))).into_response())
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let condition = find(&tx, uuid.as_str()).await?;
    recount(&tx, "c.id = ?", condition.id).await?;
    tx.execute("DELETE FROM policy_condition WHERE id = ?", params![condition.id]).await?;
    // With operator ALL the other conditions may be enough now.
    mark_policies(&tx, &[condition.policy_id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
