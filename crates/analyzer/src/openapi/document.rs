//! The whole document.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::shape::schema;
use crate::server::{Access, Route};

/// The description of every operation of the API.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(make);
    &DOCUMENT
}

fn make() -> Value {
    let mut paths = Map::new();
    for route in crate::routes() {
        let entry = paths.entry(format!("/api{}", route.path)).or_insert_with(|| json!({}));
        if let Some(methods) = entry.as_object_mut() {
            methods.insert(route.method.as_str().to_lowercase(), operation(&route));
        }
    }
    let schemas: Map<String, Value> =
        crate::schemas().into_iter().map(|schema| (schema.name.to_owned(), schema.json())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Twintrack analyzer",
            "description": "The REST API of Dependency-Track, spoken by Twintrack.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "ApiKey": { "type": "apiKey", "in": "header", "name": "X-Api-Key" },
                "Bearer": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

/// The first part of a path after the version: what the operation is about.
pub(super) fn tag(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or("version")
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')))
        .map(|name| {
            let kind = if name.to_lowercase().ends_with("uuid") { "uuid" } else { "string" };
            json!({ "name": name, "in": "path", "required": true, "schema": schema(kind) })
        })
        .collect();
    for (name, kind) in &route.about.query {
        parameters.push(json!({ "name": name, "in": "query", "schema": schema(kind) }));
    }
    let mut answers = Map::new();
    for (status, kind) in &route.about.answers {
        answers.insert(status.to_string(), answer(*status, kind, route.about.paged));
    }
    let refusals: &[u16] = if route.access == Access::Public { &[] } else { &[401, 403] };
    for status in refusals {
        answers.entry(status.to_string()).or_insert_with(|| answer(*status, "none", false));
    }
    // Refusals are sentences, lists of broken rules or problems (RFC 9457).
    answers.insert("4XX".to_owned(), json!({ "description": "The request is refused." }));
    let mut out = json!({
        "tags": [tag(route.path)],
        "summary": route.about.summary,
        "operationId": id(route),
        "parameters": parameters,
        "responses": answers,
        "security": security(route.access),
    });
    if let Access::Any(_) = route.access
        && let Some(object) = out.as_object_mut()
    {
        let permissions = route.permissions();
        let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
        object.insert("description".to_owned(), json!(format!("Needs {}.", names.join(" or "))));
    }
    if let (Some((media, kind)), Some(object)) = (&route.about.body, out.as_object_mut()) {
        object.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": { *media: { "schema": schema(kind) } } }),
        );
    }
    out
}

fn id(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}']).filter(|word| !word.is_empty());
    let mut out = route.method.as_str().to_lowercase();
    for word in words {
        out.push('_');
        out.push_str(word);
    }
    out
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        _ => json!([{ "ApiKey": [] }, { "Bearer": [] }]),
    }
}

fn answer(status: u16, kind: &str, paged: bool) -> Value {
    let description = match status {
        200 => "Done.",
        201 => "Made.",
        204 => "Done; there is nothing to say.",
        304 => "Nothing changed.",
        401 => "Credentials are missing or not valid.",
        403 => "A permission is missing.",
        _ => "See the user's guide.",
    };
    let mut out = json!({ "description": description });
    let Some(object) = out.as_object_mut() else { return out };
    match kind {
        "none" => {}
        "text" => {
            object.insert("content".to_owned(), json!({ "text/plain": { "schema": schema("string") } }));
        }
        "file" => {
            object.insert("content".to_owned(), json!({ "*/*": {} }));
        }
        kind => {
            object.insert("content".to_owned(), json!({ "application/json": { "schema": schema(kind) } }));
        }
    }
    if paged {
        object.insert(
            "headers".to_owned(),
            json!({ "X-Total-Count": { "description": "How many there are in all.", "schema": schema("integer") } }),
        );
    }
    out
}
