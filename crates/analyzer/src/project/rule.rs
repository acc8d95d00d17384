//! Rules that texts of projects, components and services must keep (behaviour reference §3.1).

use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::server::{Error, Result};

/// What stands in the place of a text: a number and a boolean are read as they are written.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text that is given: trimmed, empty is none.
pub(crate) fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    let text = body.get(name).and_then(scalar)?;
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Collects the rules that a body breaks.
#[derive(Default)]
pub(crate) struct Rules {
    broken: Vec<Value>,
}

impl Rules {
    /// A member breaks a rule.
    pub(crate) fn broken(&mut self, path: &str, message: &str, template: &str, value: impl Into<Value>) {
        self.broken.push(json!({
            "message": message, "messageTemplate": template, "path": path, "invalidValue": value.into(),
        }));
    }

    /// A member must be given.
    pub(crate) fn not_blank(&mut self, path: &str, body: &Map<String, Value>) {
        if text(body, path).is_none() {
            let template = "{jakarta.validation.constraints.NotBlank.message}";
            // A text of blanks is read as none.
            let value = body.get(path).filter(|value| !value.is_string()).cloned();
            self.broken(path, "must not be blank", template, value.unwrap_or_default());
        }
    }

    /// A text must be short enough and, when it has a `label`, of printable characters.
    pub(crate) fn text(
        &mut self,
        path: &str,
        body: &Map<String, Value>,
        least: usize,
        most: usize,
        label: Option<&str>,
    ) {
        let Some(value) = text(body, path) else { return };
        if value.chars().count() > most {
            let message = format!("size must be between {least} and {most}");
            self.broken(path, &message, "{jakarta.validation.constraints.Size.message}", value.clone());
        }
        if let Some(label) = label
            && !is_printable(&value)
        {
            let message = format!("The {label} may only contain printable characters");
            self.broken(path, &message, &message, value);
        }
    }

    /// A CPE name must be one.
    pub(crate) fn cpe(&mut self, body: &Map<String, Value>) {
        if let Some(cpe) = text(body, "cpe")
            && advisories::cpe::Name::parse(&cpe).is_err()
        {
            let message = "The CPE must conform to the CPE v2.2 or v2.3 specification defined by NIST";
            self.broken("cpe", message, message, cpe);
        }
    }

    /// # Errors
    /// 400 with everything that is broken.
    pub(crate) fn kept(self) -> Result<()> {
        if self.broken.is_empty() { Ok(()) } else { Err(Error::Validation(self.broken)) }
    }
}

/// Whether a text has nothing but white space, letters, marks, symbols, numbers and punctuation.
pub(crate) fn is_printable(text: &str) -> bool {
    static PRINTABLE: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PRINTABLE.get_or_init(|| Regex::new(r"^[\p{White_Space}\p{L}\p{M}\p{S}\p{N}\p{P}]*$").ok());
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// One of these words.
///
/// # Errors
/// 400 with those that there are.
pub(crate) fn word(name: &str, value: &str, words: &[&str]) -> Result<()> {
    if words.contains(&value) {
        return Ok(());
    }
    Err(Error::problem(
        "The provided JSON payload could not be mapped",
        format!("{name}: {value:?} is not one of {}", words.join(", ")),
    ))
}
