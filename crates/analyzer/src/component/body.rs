//! What clients send about a component by hand.

use serde_json::{Map, Value, json};

use super::Component;
use crate::project::CLASSIFIERS;
use crate::server::{Error, Result};

/// Hash members and the lengths of their values.
const HASHES: [(&str, usize, &str); 8] = [
    ("md5", 32, "MD5"),
    ("sha1", 40, "SHA1"),
    ("sha256", 64, "SHA-256"),
    ("sha384", 96, "SHA-384"),
    ("sha512", 128, "SHA-512"),
    ("sha3_256", 64, "SHA3-256"),
    ("sha3_384", 96, "SHA3-384"),
    ("sha3_512", 128, "SHA3-512"),
];

fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The fields of a component as they are stored, and the values of its hashes.
///
/// # Errors
/// The broken rules, as the original lists them.
pub(super) fn read(body: &Map<String, Value>, component: &mut Component) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let rule = |path: &str, message: &str, template: &str, value: Value| json!({ "message": message, "messageTemplate": template, "path": path, "invalidValue": value });
    match text(body, "name") {
        Some(name) => component.name = name,
        None => broken.push(rule(
            "name",
            "must not be blank",
            "{jakarta.validation.constraints.NotBlank.message}",
            body.get("name").cloned().unwrap_or_default(),
        )),
    }
    match text(body, "classifier") {
        Some(classifier) if CLASSIFIERS.contains(&classifier.as_str()) => component.classifier = classifier,
        Some(classifier) => {
            return Err(Error::problem(
                "The provided JSON payload could not be mapped",
                format!("{classifier:?} is not a classifier: use one of {}", CLASSIFIERS.join(", ")),
            ));
        }
        None => broken.push(rule(
            "classifier",
            "must not be null",
            "{jakarta.validation.constraints.NotNull.message}",
            Value::Null,
        )),
    }
    let mut details = Map::new();
    let mut hashes = Vec::new();
    for (name, length, label) in HASHES {
        let Some(value) = text(body, name) else { continue };
        if value.len() != length || !value.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!("The {label} hash must be a valid {length} character HEX number");
            broken.push(rule(name, &message, &message, json!(value)));
        }
        details.insert(name.to_owned(), json!(value.to_lowercase()));
        hashes.push(value.to_lowercase());
    }
    if !broken.is_empty() {
        return Err(Error::Validation(broken));
    }
    component.version = text(body, "version");
    component.group_name = text(body, "group");
    component.cpe = text(body, "cpe");
    component.swid_tag_id = text(body, "swidTagId");
    component.scope = text(body, "scope");
    let purl = text(body, "purl").and_then(|purl| sbom::parse_purl(&purl));
    component.purl_coordinates = purl.as_ref().map(|purl| purl.coordinates.clone());
    component.purl = purl.map(|purl| purl.canonical);
    for name in ["publisher", "description", "copyright", "filename", "extension", "licenseUrl"] {
        if let Some(value) = text(body, name) {
            details.insert(name.to_owned(), json!(value));
        }
    }
    for name in ["supplier", "externalReferences", "authors"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            details.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(author) = text(body, "author").filter(|_| !details.contains_key("authors")) {
        details.insert("authors".to_owned(), json!([{ "name": author }]));
    }
    component.licence_id = None;
    match text(body, "license") {
        Some(licence) => match sbom::licence_by_id(&licence) {
            Some(known) => component.licence_id = Some(known.id.to_owned()),
            None => {
                details.insert("license".to_owned(), json!(licence));
            }
        },
        None => {
            if let Some(expression) = text(body, "licenseExpression") {
                if !sbom::is_licence_expression(&expression) {
                    let message = "The license expression must be a valid SPDX expression";
                    return Err(Error::invalid("licenseExpression", message, expression));
                }
                details.insert("licenseExpression".to_owned(), json!(expression));
            }
        }
    }
    component.details = Value::Object(details).to_string();
    Ok(hashes)
}
