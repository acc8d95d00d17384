//! What clients send about a service by hand.

use serde_json::{Map, Value, json};

use super::Service;
use crate::project::{Rules, organization, references, text, word};
use crate::server::{Error, Result};

const DIRECTIONS: [&str; 4] = ["INBOUND", "OUTBOUND", "BI_DIRECTIONAL", "UNKNOWN"];

/// Writes what is sent into a service.
///
/// # Errors
/// The broken rules.
pub(super) fn read(body: &Map<String, Value>, service: &mut Service) -> Result<()> {
    let mut rules = Rules::default();
    rules.not_blank("name", body);
    rules.text("name", body, 1, 255, Some("name"));
    rules.text("group", body, 0, 255, Some("group"));
    rules.text("version", body, 0, 255, Some("version"));
    rules.text("description", body, 0, 1024, Some("description"));
    rules.kept()?;
    service.name = text(body, "name").unwrap_or_default();
    service.group_name = text(body, "group");
    service.version = text(body, "version");
    service.description = text(body, "description");
    if body.contains_key("notes") {
        service.notes = text(body, "notes");
    }
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    let mut details = Map::new();
    if let Some(provider) = given("provider") {
        details.insert("provider".to_owned(), organization(provider, "provider")?);
    }
    if let Some(list) = given("externalReferences") {
        details.insert("externalReferences".to_owned(), references(list, "externalReferences")?);
    }
    if let Some(list) = given("endpoints") {
        let list: Option<Vec<&str>> =
            list.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        let list = list.ok_or_else(|| unmapped("endpoints is not a list of texts"))?;
        details.insert("endpoints".to_owned(), json!(list));
    }
    for name in ["authenticated", "crossesTrustBoundary"] {
        if let Some(flag) = given(name) {
            let flag = flag.as_bool().ok_or_else(|| unmapped(&format!("{name} is not true or false")))?;
            details.insert(name.to_owned(), json!(flag));
        }
    }
    if let Some(list) = given("data") {
        let list = list.as_array().ok_or_else(|| unmapped("data is not a list"))?;
        details.insert("data".to_owned(), list.iter().map(flow).collect::<Result<Value>>()?);
    }
    service.details = Value::Object(details).to_string();
    Ok(())
}

fn unmapped(detail: &str) -> Error {
    Error::problem("The provided JSON payload could not be mapped", detail)
}

/// `{direction, name}`.
fn flow(value: &Value) -> Result<Value> {
    let from = value.as_object().ok_or_else(|| unmapped("data is not a list of objects"))?;
    let direction = text(from, "direction").unwrap_or_else(|| "UNKNOWN".to_owned());
    word("direction", &direction, &DIRECTIONS)?;
    Ok(match text(from, "name") {
        Some(name) => json!({ "direction": direction, "name": name }),
        None => json!({ "direction": direction }),
    })
}
