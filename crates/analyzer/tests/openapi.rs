//! The description of the API is complete: every operation is described, every shape is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

use serde_json::Value;

fn operations() -> Vec<(String, &'static Value)> {
    let paths = analyzer::document()["paths"].as_object().unwrap();
    let of = |(path, methods): (&String, &'static Value)| {
        let path = path.clone();
        let methods = methods.as_object().unwrap();
        methods
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_operation_says_what_it_does_and_what_it_answers() {
    let poor: Vec<String> = operations()
        .into_iter()
        .filter(|(_, operation)| {
            let answers = operation["responses"].as_object().unwrap();
            operation["summary"].as_str().unwrap().is_empty()
                || !answers.keys().any(|status| status.starts_with('2'))
        })
        .map(|(name, _)| name)
        .collect();
    assert!(poor.is_empty(), "not described: {poor:#?}");
}

fn references<'a>(value: &'a Value, out: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            out.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, out)),
        _ => {}
    }
}

#[test]
fn every_shape_that_is_named_is_there() {
    let document = analyzer::document();
    let mut named = BTreeSet::new();
    references(document, &mut named);
    let missing: Vec<&str> =
        named.into_iter().filter(|name| document.pointer(name.trim_start_matches('#')).is_none()).collect();
    assert!(missing.is_empty(), "shapes that are nowhere: {missing:?}");
}

#[test]
fn operations_have_names_of_their_own() {
    let mut seen = BTreeSet::new();
    for (name, operation) in operations() {
        assert!(
            seen.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{name}: its id is taken"
        );
    }
}

#[test]
fn the_document_is_valid_json_schema_in_its_shapes() {
    let document = analyzer::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name} is no schema: {schema}");
    }
}
