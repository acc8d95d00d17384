//! What is wrong, where, in the words that clients of Dependency-Track know.
//!
//! Dependency-Track passes on the messages of its JSON schema validator: path of the place in
//! JSONPath, colon, text. Clients show them, and some search them.

use std::collections::HashSet;
use std::fmt::Write as _;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use serde_json::Value;

use crate::MAX_ERRORS;

/// The longest text from the document (a name, a path) that is shown, in characters.
const MAX_ECHO: usize = 200;
/// The longest text from the schema (an enumeration, a pattern) that is shown, in characters.
pub(crate) const MAX_RULE: usize = 1000;

/// One line a problem, without repetitions, in the order they were found; not more than
/// [`MAX_ERRORS`].
#[derive(Default)]
pub(crate) struct Lines {
    kept: Vec<String>,
    seen: HashSet<String>,
    left_out: usize,
}

impl Lines {
    /// How many problems were found; not counted further once there are too many.
    pub(crate) fn len(&self) -> usize {
        self.kept.len() + self.left_out
    }

    /// The lines, the last of which says that there are more, if there are.
    pub(crate) fn finish(mut self) -> Vec<String> {
        if self.left_out > 0 {
            self.kept.push("$: … and further errors".to_owned());
        }
        self.kept
    }

    /// Adds a problem of a place.
    pub(crate) fn push(&mut self, path: &str, text: &str) {
        if self.kept.len() >= MAX_ERRORS {
            self.left_out += 1;
            return;
        }
        let line = format!("{path}: {text}");
        if self.seen.insert(line.clone()) {
            self.kept.push(line);
        }
    }

    /// Adds a problem, found in the document or in a window of one of its lists: `(name, index of
    /// the first item)`. Of a window, only what is wrong with its items counts.
    pub(crate) fn add(&mut self, error: &ValidationError<'_>, window: Option<(&str, usize)>) {
        if self.kept.len() >= MAX_ERRORS {
            self.left_out += 1;
            return;
        }
        let Some(path) = json_path(error.instance_path(), window) else {
            return;
        };
        match error.kind() {
            // Several problems in one.
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let text = format!(
                        "property '{}' is not defined in the schema and the schema does not \
                         allow additional properties",
                        shorten(name, MAX_ECHO)
                    );
                    self.push(&path, &text);
                }
            }
            // An alternative is explained by what keeps each of its branches from applying.
            Kind::AnyOf { context } => self.add_all(context, window),
            Kind::OneOfNotValid { context } => {
                self.push(&path, "must be valid to one and only one schema, but 0 are valid");
                self.add_all(context, window);
            }
            Kind::OneOfMultipleValid { context } => {
                let valid = context.iter().filter(|branch| branch.is_empty()).count();
                let text =
                    format!("must be valid to one and only one schema, but {} are valid", valid.max(2));
                self.push(&path, &text);
            }
            Kind::PropertyNames { error } => self.add(error, window),
            kind => self.push(&path, &text(kind, error.instance())),
        }
    }

    fn add_all(&mut self, branches: &[Vec<ValidationError<'_>>], window: Option<(&str, usize)>) {
        for error in branches.iter().flatten() {
            self.add(error, window);
        }
    }
}

fn text(kind: &Kind, instance: &Value) -> String {
    let found = |count: Option<usize>| count.unwrap_or_default();
    match kind {
        Kind::Required { property } => {
            let name = property.as_str().map_or_else(|| property.to_string(), str::to_owned);
            format!("required property '{name}' not found")
        }
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(expected) => expected.to_string(),
                TypeKind::Multiple(expected) => {
                    let expected: Vec<_> = expected.iter().map(|kind| kind.to_string()).collect();
                    format!("[{}]", expected.join(", "))
                }
            };
            format!("{} found, {expected} expected", type_name(instance))
        }
        Kind::Enum { options } => {
            format!("does not have a value in the enumeration {}", list(options))
        }
        Kind::Constant { expected_value } => {
            let expected = shorten(&expected_value.to_string(), MAX_RULE);
            format!("must be the constant value '{expected}'")
        }
        Kind::Pattern { pattern } => {
            format!("does not match the regex pattern {}", shorten(pattern, MAX_RULE))
        }
        Kind::Format { format } => {
            format!("does not match the {format} pattern must be a valid {}", format_rule(format))
        }
        Kind::UniqueItems => "must have only unique items in the array".to_owned(),
        Kind::MinLength { limit } => format!("must be at least {limit} characters long"),
        Kind::MaxLength { limit } => format!("must be at most {limit} characters long"),
        Kind::MinItems { limit } => {
            format!("must have at least {limit} items but found {}", found(instance.as_array().map(Vec::len)))
        }
        Kind::MaxItems { limit } => {
            format!("must have at most {limit} items but found {}", found(instance.as_array().map(Vec::len)))
        }
        Kind::AdditionalItems { limit } => format!(
            "index '{limit}' is not defined in the schema and the schema does not allow \
             additional items"
        ),
        Kind::MinProperties { limit } => format!("must have at least {limit} properties"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} properties"),
        Kind::Minimum { limit } => format!("must have a minimum value of {limit}"),
        Kind::Maximum { limit } => format!("must have a maximum value of {limit}"),
        Kind::ExclusiveMinimum { limit } => {
            format!("must have an exclusive minimum value of {limit}")
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("must have an exclusive maximum value of {limit}")
        }
        Kind::Not { schema } => {
            format!("must not be valid to the schema {}", shorten(&schema.to_string(), MAX_RULE))
        }
        // Keywords that no CycloneDX schema uses; their own text would repeat the value.
        other => format!("does not satisfy the keyword '{}'", other.keyword()),
    }
}

/// What a text has to be to have a format (JSON Schema draft 7, section 7.3).
fn format_rule(format: &str) -> &str {
    match format {
        "date" => "RFC 3339 full-date",
        "date-time" => "RFC 3339 date-time",
        "email" => "RFC 5321 Mailbox",
        "idn-email" => "RFC 6531 Mailbox",
        "iri" => "RFC 3987 IRI",
        "iri-reference" => "RFC 3987 IRI-reference",
        "uri" => "RFC 3986 URI",
        "uri-reference" => "RFC 3986 URI-reference",
        other => other,
    }
}

/// The JSON Schema name of the type of a value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A type name as it stands in a sentence.
pub(crate) fn with_article(type_name: &str) -> String {
    match type_name {
        "null" => type_name.to_owned(),
        "array" | "integer" | "object" => format!("an {type_name}"),
        _ => format!("a {type_name}"),
    }
}

/// The JSONPath of a place; `None` if the place is outside the window.
fn json_path(location: &Location, window: Option<(&str, usize)>) -> Option<String> {
    let mut path = "$".to_owned();
    let mut list = None;
    for (at, segment) in location.segments().enumerate() {
        // Writing to a string does not fail.
        let _ = match segment {
            LocationSegment::Index(index) if at == 1 && list == window.map(|it| it.0) => {
                write!(path, "[{}]", index + window.map_or(0, |it| it.1))
            }
            LocationSegment::Index(index) => write!(path, "[{index}]"),
            LocationSegment::Property(name) => {
                if at == 0 {
                    list = window.map(|it| it.0).filter(|list| *list == name);
                }
                write!(path, ".{}", shorten(&name, MAX_ECHO))
            }
        };
    }
    (window.is_none() || list.is_some()).then_some(path)
}

/// The values of an enumeration, as many as fit.
fn list(options: &Value) -> String {
    let mut text = String::from("[");
    for (at, option) in options.as_array().into_iter().flatten().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        if text.len() > MAX_RULE {
            text.push('…');
            break;
        }
        text.push_str(&option.to_string());
    }
    text.push(']');
    text
}

/// The text, or its beginning and `…` where it is longer than `limit` characters.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
