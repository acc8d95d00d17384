//! Shapes in a short notation, and JSON Schema made from it.

use serde_json::{Map, Value, json};

/// The shape of an object: its members, one a line, `name: type`; a `!` behind the name means that
/// the member is always there.
///
/// Types are `string`, `uuid`, `integer`, `number`, `boolean`, `millis` (epoch milliseconds), `any`,
/// words in capital letters with `|` between them, `[type]` for a list, `{type}` for a map by name,
/// and the names of other shapes.
pub(crate) struct Schema {
    pub name: &'static str,
    pub members: &'static str,
}

/// The JSON Schema of a type in this notation.
pub(super) fn schema(kind: &str) -> Value {
    let kind = kind.trim();
    if let Some(inner) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": schema(inner) });
    }
    if let Some(inner) = kind.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return json!({ "type": "object", "additionalProperties": schema(inner) });
    }
    match kind {
        "string" => json!({ "type": "string" }),
        "uuid" => json!({ "type": "string", "format": "uuid" }),
        "integer" => json!({ "type": "integer" }),
        "number" => json!({ "type": "number" }),
        "boolean" => json!({ "type": "boolean" }),
        "millis" => json!({ "type": "integer", "format": "int64", "description": "Epoch milliseconds" }),
        "any" => json!({}),
        words if is_words(words) => {
            json!({ "type": "string", "enum": words.split('|').map(str::trim).collect::<Vec<_>>() })
        }
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

fn is_words(kind: &str) -> bool {
    kind.contains('|') || (kind.len() > 1 && kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
}

impl Schema {
    /// The JSON Schema of the object.
    pub(super) fn json(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for line in self.members.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((name, kind)) = line.split_once(':') else { continue };
            let name = match name.trim().strip_suffix('!') {
                Some(name) => {
                    required.push(name);
                    name
                }
                None => name.trim(),
            };
            properties.insert(name.to_owned(), schema(kind));
        }
        let mut out = json!({ "type": "object", "properties": properties });
        if let (false, Some(object)) = (required.is_empty(), out.as_object_mut()) {
            object.insert("required".to_owned(), json!(required));
        }
        out
    }
}
