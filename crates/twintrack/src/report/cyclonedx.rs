//! A CycloneDX 1.6 document: the affected components and their vulnerabilities.

use std::collections::BTreeMap;

use analyzer::{Component, Finding, Scan};
use serde_json::{Map, Value, json};

use super::{References, key, link, source, summary};

/// The document. Components keep the references that they have in the SBOM, where they have one.
pub fn cyclonedx(scan: &Scan, bom: &sbom::Bom) -> String {
    let mut references = References::default();
    let mut by_key = BTreeMap::new();
    let mut components: Vec<Value> = Vec::new();
    let mut vulnerabilities: BTreeMap<&str, (&Finding, Vec<Value>)> = BTreeMap::new();
    for finding in &scan.findings {
        let reference = by_key.entry(key(&finding.component)).or_insert_with(|| {
            let reference = references.unique(reference(&finding.component));
            components.push(component(&reference, &finding.component));
            reference
        });
        let mut affects = Map::new();
        affects.insert("ref".to_owned(), json!(reference));
        if let Some(version) = &finding.component.version {
            affects.insert("versions".to_owned(), json!([{ "version": version, "status": "affected" }]));
        }
        vulnerabilities.entry(&finding.id).or_insert_with(|| (finding, Vec::new())).1.push(affects.into());
    }
    let mut document = Map::new();
    document.insert("bomFormat".to_owned(), json!("CycloneDX"));
    document.insert("specVersion".to_owned(), json!("1.6"));
    document.insert("version".to_owned(), json!(1));
    let tool = json!({ "type": "application", "name": "twintrack", "version": env!("CARGO_PKG_VERSION") });
    let serial = bom.serial_number.iter().map(|serial| ("twintrack:scanned", serial.clone()));
    let notes = summary(scan).into_iter().map(|text| ("twintrack:summary", text));
    let properties: Vec<Value> =
        serial.chain(notes).map(|(name, value)| json!({ "name": name, "value": value })).collect();
    document.insert(
        "metadata".to_owned(),
        json!({ "tools": { "components": [tool] }, "properties": properties }),
    );
    document.insert("components".to_owned(), components.into());
    let list = vulnerabilities.into_values().map(|(finding, affects)| vulnerability(finding, affects));
    document.insert("vulnerabilities".to_owned(), list.collect());
    serde_json::to_string_pretty(&Value::Object(document)).unwrap_or_default() + "\n"
}

fn reference(component: &Component) -> String {
    let own = component.bom_ref.clone().or_else(|| component.purl.clone());
    own.unwrap_or_else(|| format!("{}@{}", component.name, component.version.as_deref().unwrap_or_default()))
}

fn component(reference: &str, component: &Component) -> Value {
    let mut out = Map::new();
    out.insert("type".to_owned(), json!(component.kind.unwrap_or("library")));
    out.insert("bom-ref".to_owned(), json!(reference));
    let members = [
        ("group", component.group.as_ref()),
        ("name", Some(&component.name)),
        ("version", component.version.as_ref()),
        ("cpe", component.cpe.as_ref()),
        ("purl", component.purl.as_ref()),
    ];
    for (name, text) in members {
        if let Some(text) = text {
            out.insert(name.to_owned(), json!(text));
        }
    }
    out.into()
}

fn source_of(id: &str) -> Value {
    match link(id) {
        Some(url) => json!({ "name": source(id), "url": url }),
        None => json!({ "name": source(id) }),
    }
}

fn vulnerability(finding: &Finding, affects: Vec<Value>) -> Value {
    let mut out = Map::new();
    out.insert("bom-ref".to_owned(), json!(finding.id));
    out.insert("id".to_owned(), json!(finding.id));
    out.insert("source".to_owned(), source_of(&finding.id));
    if !finding.aliases.is_empty() {
        let list = finding.aliases.iter().map(|id| json!({ "id": id, "source": source_of(id) }));
        out.insert("references".to_owned(), list.collect());
    }
    let mut rating = Map::new();
    let severity = match finding.severity.as_str() {
        "UNASSIGNED" => "unknown".to_owned(),
        severity => severity.to_lowercase(),
    };
    rating.insert("severity".to_owned(), json!(severity));
    if let Some(score) = finding.score {
        rating.insert("score".to_owned(), json!(score));
    }
    if let Some(vector) = &finding.vector {
        let method = match vector {
            v if v.starts_with("CVSS:4") => "CVSSv4",
            v if v.starts_with("CVSS:3.1") => "CVSSv31",
            v if v.starts_with("CVSS:3") => "CVSSv3",
            _ => "CVSSv2",
        };
        rating.insert("method".to_owned(), json!(method));
        rating.insert("vector".to_owned(), json!(vector));
    }
    out.insert("ratings".to_owned(), json!([rating]));
    if !finding.cwes.is_empty() {
        out.insert("cwes".to_owned(), json!(finding.cwes));
    }
    if let Some(text) = finding.description.as_ref().or(finding.title.as_ref()) {
        out.insert("description".to_owned(), json!(text));
    }
    if let Some(fixed) = &finding.fixed {
        out.insert("recommendation".to_owned(), json!(format!("Upgrade to {fixed} or later.")));
    }
    out.insert("affects".to_owned(), affects.into());
    let properties: Vec<Value> = finding
        .why
        .iter()
        .map(|why| json!({ "name": "twintrack:range", "value": format!("{}: {} {}", why.id, why.package, why.range) }))
        .collect();
    out.insert("properties".to_owned(), properties.into());
    out.into()
}
