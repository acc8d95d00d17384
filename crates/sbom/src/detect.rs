//! What a document seems to be that is in none of the formats that are read.

use crate::message::shorten;
use crate::value::{Object, Value};

/// Ends of the sentence "the document is …".
pub(crate) fn describe_xml(root: &str, namespace: &str) -> String {
    if root == "RDF" {
        return "SPDX in RDF/XML, or other RDF".to_owned();
    }
    if root == "Document" && namespace.is_empty() {
        return "SPDX in XML".to_owned();
    }
    format!("XML with the root <{root}> in the namespace \"{namespace}\"")
}

pub(crate) fn describe_json(document: &Value<'_>) -> String {
    let has = |name: &str| document.get(name).is_some();
    if has("runs") {
        "SARIF".to_owned()
    } else if has("openvex") || text(document, "@context").contains("openvex") {
        "OpenVEX".to_owned()
    } else if has("document") && has("product_tree") {
        "CSAF".to_owned()
    } else if has("artifacts") && has("descriptor") {
        "JSON of Syft itself (ask it for cyclonedx-json)".to_owned()
    } else if has("SchemaVersion") && has("ArtifactName") {
        "JSON of Trivy itself (ask it for cyclonedx)".to_owned()
    } else {
        let names: Vec<_> = document
            .as_object()
            .into_iter()
            .flat_map(Object::names)
            .map(|name| shorten(name, 30))
            .take(5)
            .collect();
        format!("JSON of another kind, with the members {}", names.join(", "))
    }
}

fn text<'a>(document: &'a Value<'_>, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn describe_text(bytes: &[u8]) -> String {
    let Ok(text) = str::from_utf8(bytes) else {
        return "binary data, or text in an encoding other than Unicode".to_owned();
    };
    if text.trim().is_empty() {
        return "empty".to_owned();
    }
    if text.lines().any(|line| line.trim_start().starts_with("spdxVersion:")) {
        return "SPDX in YAML".to_owned();
    }
    if text.contains('\0') {
        return "binary data".to_owned();
    }
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    format!("text that begins with \"{}\"", shorten(first, 50))
}
