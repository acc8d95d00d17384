//! What the configuration of a rule may say, by publisher: a JSON Schema from which forms are made.

use serde_json::{Value, json};

use super::Kind;

/// The schema; none for a publisher without configuration.
pub(super) fn schema(kind: Kind) -> Option<Value> {
    let address = json!({ "type": "string", "format": "uri", "title": "Address (http or https)" });
    let version = json!({
        "type": "string",
        "enum": ["4", "5"],
        "default": "4",
        "title": "Version of Dependency-Track whose payload is sent",
    });
    let (properties, required) = match kind {
        Kind::Console => return None,
        Kind::Webhook => (
            json!({
                "destination": address,
                "token": { "type": "string", "title": "Token" },
                "tokenHeader": { "type": "string", "default": "X-Api-Key", "title": "Header of the token" },
                "payloadVersion": version,
            }),
            json!(["destination"]),
        ),
        Kind::Slack | Kind::MsTeams | Kind::Mattermost | Kind::Webex => {
            (json!({ "destination": address, "payloadVersion": version }), json!(["destination"]))
        }
        Kind::Email => (
            json!({
                "destination": { "type": "string", "title": "Addresses, with commas between them" },
                "payloadVersion": version,
            }),
            json!([]),
        ),
        Kind::Jira => (
            json!({
                "destination": { "type": "string", "title": "Key of the project" },
                "jiraTicketType": { "type": "string", "title": "Type of the issue" },
                "payloadVersion": version,
            }),
            json!(["destination", "jiraTicketType"]),
        ),
    };
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
    }))
}
