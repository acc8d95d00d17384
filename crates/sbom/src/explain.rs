//! What a document breaks, found without taking much memory.
//!
//! The validator collects all problems before it gives the first, with copies of what is wrong: a
//! document of 35 MB took 5 GB that way. A large document is therefore looked at in windows, and
//! the search ends when there are more problems than are told.

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::MAX_ERRORS;
use crate::message::Lines;

/// How many values a document may hold to be looked at in one piece.
const LARGE: usize = 50_000;
/// How many items of a list at the top level are looked at in one piece.
const WINDOW: usize = 200;
/// How many items of a nested list are looked at where even a window is large.
const PREFIX: usize = 20;

/// One line a problem of a document that is not valid.
pub(crate) fn explain(validator: &Validator, document: Value) -> Vec<String> {
    let mut lines = Lines::default();
    let Value::Object(mut members) = document else {
        return lines.finish();
    };
    let mut lists = Vec::new();
    if is_large(members.values()) {
        for (name, value) in &mut members {
            if let Value::Array(items) = value {
                lists.push((name.clone(), std::mem::take(items)));
            }
        }
    }
    let rest = Value::Object(members.clone());
    if !validator.is_valid(&rest) && !collect(validator, rest, None, &mut lines) {
        lines.push("$", "does not match the schema");
    }
    let frame: Map<String, Value> =
        members.into_iter().filter(|(name, _)| name == "bomFormat" || name == "specVersion").collect();
    let framed = |name: &str, items: Vec<Value>| {
        let mut members = frame.clone();
        members.insert(name.to_owned(), Value::Array(items));
        Value::Object(members)
    };
    for (name, mut items) in lists {
        let known = lines.len();
        let mut whole = Vec::with_capacity(items.len());
        while !items.is_empty() && lines.len() <= MAX_ERRORS {
            let later = items.split_off(items.len().min(WINDOW));
            let window = framed(&name, items);
            items = later;
            if !validator.is_valid(&window) {
                let offset = whole.len();
                if !collect(validator, window.clone(), Some((&name, offset)), &mut lines) {
                    let first = unframed(window.clone(), &name)
                        .into_iter()
                        .position(|item| !validator.is_valid(&framed(&name, vec![item])));
                    let path = match first {
                        Some(at) => format!("$.{name}[{}]", offset + at),
                        None => format!("$.{name}"),
                    };
                    lines.push(&path, "does not match the schema");
                }
            }
            whole.extend(unframed(window, &name));
        }
        // Each window is valid and the whole is not: items far apart are the same.
        if lines.len() == known && !validator.is_valid(&framed(&name, whole)) {
            lines.push(&format!("$.{name}"), "must have only unique items in the array");
        }
    }
    lines.finish()
}

/// Adds the problems of a document, or of a window of one of its lists: `(name, first index)`.
/// False if none could be told.
fn collect(
    validator: &Validator,
    mut document: Value,
    window: Option<(&str, usize)>,
    lines: &mut Lines,
) -> bool {
    if is_large([&document]) {
        // Beginnings keep their places, so the paths stay right.
        prune(&mut document, if window.is_some() { 2 } else { 0 });
    }
    let known = lines.len();
    for error in validator.iter_errors(&document) {
        lines.add(&error, window);
    }
    lines.len() > known
}

/// Cuts the lists that are nested deeper than `spared` levels.
fn prune(value: &mut Value, spared: usize) {
    match value {
        Value::Array(items) => {
            if spared == 0 {
                items.truncate(PREFIX);
            }
            for item in items {
                prune(item, spared.saturating_sub(1));
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                prune(member, spared.saturating_sub(1));
            }
        }
        _ => {}
    }
}

fn unframed(window: Value, name: &str) -> Vec<Value> {
    match window {
        Value::Object(mut members) => match members.remove(name) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn is_large<'a>(values: impl IntoIterator<Item = &'a Value>) -> bool {
    let mut left = LARGE;
    !values.into_iter().all(|value| fits(value, &mut left))
}

fn fits(value: &Value, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else {
        return false;
    };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left)),
        Value::Object(members) => members.values().all(|member| fits(member, left)),
        _ => true,
    }
}
