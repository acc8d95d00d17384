//! What clients send about a component by hand.

use serde_json::{Map, Value, json};

use super::Component;
use crate::license::Custom;
use crate::project::{CLASSIFIERS, Rules, contacts, organization, references, text, word};
use crate::server::{Error, Result};

/// Hash members, the lengths of their values, and how refusals call them.
const HASHES: [(&str, usize, &str); 11] = [
    ("md5", 32, "MD5"),
    ("sha1", 40, "SHA1"),
    ("sha256", 64, "SHA-256"),
    ("sha384", 96, "SHA-384"),
    ("sha512", 128, "SHA-512"),
    ("sha3_256", 64, "SHA3-256"),
    ("sha3_384", 96, "SHA3-384"),
    ("sha3_512", 128, "SHA3-512"),
    ("blake2b_256", 64, "BLAKE2b"),
    ("blake2b_384", 96, "BLAKE2b"),
    ("blake2b_512", 128, "BLAKE2b"),
];

/// Texts of a component, how long they may be, and how refusals call them.
const TEXTS: [(&str, usize, Option<&str>); 14] = [
    ("name", 255, Some("name")),
    ("version", 255, Some("version")),
    ("group", 255, Some("group")),
    ("publisher", 255, Some("publisher")),
    ("author", 255, Some("author")),
    ("description", 1024, Some("description")),
    ("copyright", 1024, Some("copyright")),
    ("filename", 255, Some("filename")),
    ("extension", 255, Some("extension")),
    ("cpe", 255, None),
    ("purl", 786, None),
    ("swidTagId", 255, Some("SWID tagId")),
    ("license", 255, Some("license")),
    ("licenseUrl", 255, Some("license URL")),
];

/// The rules that a component must keep, as the original lists those that are broken.
fn check(body: &Map<String, Value>) -> Result<()> {
    let mut rules = Rules::default();
    rules.not_blank("name", body);
    match text(body, "classifier") {
        Some(classifier) => word("classifier", &classifier, &CLASSIFIERS)?,
        None => {
            let template = "{jakarta.validation.constraints.NotNull.message}";
            rules.broken("classifier", "must not be null", template, Value::Null);
        }
    }
    for (name, most, label) in TEXTS {
        rules.text(name, body, usize::from(name == "name"), most, label);
    }
    rules.cpe(body);
    for (name, length, label) in HASHES {
        let Some(value) = text(body, name) else { continue };
        if value.len() != length || !value.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!("The {label} hash must be a valid {length} character HEX number");
            rules.broken(name, &message, &message, value);
        }
    }
    if let Some(value) = text(body, "blake3")
        && !value.bytes().all(|b| b.is_ascii_hexdigit())
    {
        let message = "The BLAKE3 hash must be a valid HEX number";
        rules.broken("blake3", message, message, value);
    }
    rules.kept()?;
    text(body, "scope").map_or(Ok(()), |scope| word("scope", &scope, &["REQUIRED", "OPTIONAL", "EXCLUDED"]))
}

/// Writes the fields of a component as they are stored; the algorithms and values of its hashes.
///
/// # Errors
/// The broken rules, as the original lists them.
pub(crate) fn read(
    body: &Map<String, Value>,
    component: &mut Component,
    licences: &Custom,
) -> Result<Vec<(String, String)>> {
    check(body)?;
    component.name = text(body, "name").unwrap_or_default();
    component.classifier = text(body, "classifier").unwrap_or_default();
    component.version = text(body, "version");
    component.group_name = text(body, "group");
    component.cpe = text(body, "cpe");
    component.swid_tag_id = text(body, "swidTagId");
    component.scope = text(body, "scope");
    let purl = text(body, "purl").and_then(|purl| sbom::parse_purl(&purl));
    component.purl_coordinates = purl.as_ref().map(|purl| purl.coordinates.clone());
    component.purl = purl.map(|purl| purl.canonical);
    if body.contains_key("notes") {
        component.notes = text(body, "notes");
    }
    let mut details = Map::new();
    let mut hashes = Vec::new();
    for name in HASHES.iter().map(|(name, ..)| *name).chain(["blake3"]) {
        let Some(value) = text(body, name).map(|value| value.to_lowercase()) else { continue };
        details.insert(name.to_owned(), json!(value));
        hashes.push((name.to_owned(), value));
    }
    for name in ["publisher", "description", "copyright", "filename", "extension", "licenseUrl"] {
        if let Some(value) = text(body, name) {
            details.insert(name.to_owned(), json!(value));
        }
    }
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    if let Some(value) = given("supplier") {
        details.insert("supplier".to_owned(), organization(value, "supplier")?);
    }
    if let Some(value) = given("externalReferences") {
        details.insert("externalReferences".to_owned(), references(value, "externalReferences")?);
    }
    match (given("authors"), text(body, "author")) {
        (Some(value), _) => {
            details.insert("authors".to_owned(), contacts(value, "authors")?);
        }
        (None, Some(author)) => {
            details.insert("authors".to_owned(), json!([{ "name": author }]));
        }
        (None, None) => {}
    }
    licence(body, component, licences, &mut details)?;
    component.details = Value::Object(details).to_string();
    Ok(hashes)
}

/// A licence is an id of the SPDX list, or free text, or else an expression.
fn licence(
    body: &Map<String, Value>,
    component: &mut Component,
    licences: &Custom,
    details: &mut Map<String, Value>,
) -> Result<()> {
    component.licence_id = None;
    if let Some(licence) = text(body, "license") {
        match licences.resolve(&licence) {
            Some(known) => component.licence_id = Some(known),
            None => {
                details.insert("license".to_owned(), json!(licence));
            }
        }
    } else if let Some(expression) = text(body, "licenseExpression") {
        if !sbom::is_licence_expression(&expression) {
            let message = "The license expression must be a valid SPDX expression";
            return Err(Error::invalid("licenseExpression", message, expression));
        }
        details.insert("licenseExpression".to_owned(), json!(expression));
    }
    Ok(())
}
