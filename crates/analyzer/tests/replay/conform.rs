//! Whether answers are as our own description of the API says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Operations that answer 200 without a body when there is nothing yet, as the original does.
const MAY_BE_EMPTY: [&str; 3] =
    ["/api/v1/component/identity", "/api/v1/metrics/project/{uuid}/current", "/api/v1/violation/analysis"];

/// The description, with the validators that were asked for so far.
pub struct Description {
    document: Value,
    validators: BTreeMap<String, jsonschema::Validator>,
}

impl Description {
    pub fn new() -> Description {
        Description { document: analyzer::document().clone(), validators: BTreeMap::new() }
    }

    /// Compares a successful answer with the description of its operation.
    pub fn check(&mut self, method: &str, path: &str, status: u16, body: &Value) -> Result<(), String> {
        let path = path.split('?').next().unwrap_or_default();
        let Some((template, operation)) = self.operation(method, path) else { return Ok(()) };
        let is_empty = body.is_null() && MAY_BE_EMPTY.contains(&template.as_str());
        if is_empty || !(200..300).contains(&status) {
            return Ok(());
        }
        let Some(answer) = operation["responses"].get(status.to_string()) else {
            return Err(format!("{method} {template} does not tell of {status}"));
        };
        let Some(schema) = answer.pointer("/content/application~1json/schema") else { return Ok(()) };
        let place = format!("{method} {template} {status}");
        if !self.validators.contains_key(&place) {
            let mut whole = schema.clone();
            whole["components"] = json!({ "schemas": self.document["components"]["schemas"] });
            let validator = jsonschema::draft202012::new(&whole).map_err(|e| format!("{place}: {e}"))?;
            self.validators.insert(place.clone(), validator);
        }
        let validator = self.validators.get(&place).unwrap();
        let broken: Vec<String> = validator
            .iter_errors(body)
            .take(3)
            .map(|error| format!("{place} {}: {error:.200}", error.instance_path()))
            .collect();
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// The operation that a request means; a fixed word beats a parameter.
    fn operation(&self, method: &str, path: &str) -> Option<(String, Value)> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(w, p)| w.starts_with('{') || w == p)
        };
        let paths = self.document["paths"].as_object()?;
        let (template, methods) = paths
            .iter()
            .filter(|(template, _)| fits(template))
            .min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template.clone(), methods.get(method.to_lowercase())?.clone()))
    }
}
