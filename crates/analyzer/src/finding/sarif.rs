//! Findings as a log of static analysis: SARIF 2.1.0 (behaviour reference §6.1).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::row::Row;
use crate::server::SPOKEN_VERSION;

/// The media type.
pub(super) const MEDIA: &str = "application/sarif+json";

/// Words joined, each with a capital letter.
fn pascal_case(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

/// How bad a result is.
fn level(severity: &str) -> &'static str {
    match severity {
        "LOW" | "INFO" => "note",
        "MEDIUM" => "warning",
        "HIGH" | "CRITICAL" => "error",
        _ => "none",
    }
}

fn rule(row: &Row) -> Value {
    let vulnerability = &row.vulnerability;
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(vulnerability.vuln_id));
    let weakness = vulnerability.cwes_json().into_iter().next();
    if let Some(name) = weakness.as_ref().and_then(|weakness| weakness.get("name")?.as_str()) {
        out.insert("name".to_owned(), json!(pascal_case(name)));
        out.insert("shortDescription".to_owned(), json!({ "text": name }));
    } else {
        let title = vulnerability.title.as_deref().unwrap_or(&vulnerability.vuln_id);
        out.insert("shortDescription".to_owned(), json!({ "text": title }));
    }
    let description = vulnerability.description.as_deref().filter(|text| !text.trim().is_empty());
    let description = description.unwrap_or(&vulnerability.vuln_id);
    out.insert("fullDescription".to_owned(), json!({ "text": description.trim() }));
    out.into()
}

fn result(row: &Row) -> Value {
    let vulnerability = &row.vulnerability;
    let described = vulnerability.description.as_deref().filter(|text| !text.trim().is_empty());
    let message = described.or(vulnerability.title.as_deref()).unwrap_or(&vulnerability.vuln_id);
    let cwe = vulnerability.cwes_json().first().and_then(|weakness| weakness.get("cweId")?.as_i64());
    let mut properties = Map::new();
    let members = [
        ("name", Some(row.component_name.clone())),
        ("group", row.component_group.clone()),
        ("version", row.component_version.clone()),
        ("source", Some(vulnerability.source.clone())),
        ("cweId", cwe.map(|number| number.to_string())),
        ("cvssV3BaseScore", vulnerability.cvss_v3_score.map(|score| score.to_string())),
        ("epssScore", vulnerability.epss_score.map(|score| score.to_string())),
        ("epssPercentile", vulnerability.epss_percentile.map(|score| score.to_string())),
        ("severityRank", Some(vulnerability.severity_rank.to_string())),
        ("recommendation", vulnerability.recommendation.clone()),
    ];
    for (name, text) in members {
        if let Some(text) = text {
            properties.insert(name.to_owned(), json!(text));
        }
    }
    let place = row.component_purl.as_ref().unwrap_or(&row.component_name);
    json!({
        "ruleId": vulnerability.vuln_id,
        "message": { "text": message.trim() },
        "locations": [{ "logicalLocations": [{ "fullyQualifiedName": place }] }],
        "level": level(&vulnerability.severity),
        "properties": properties,
    })
}

/// The document.
pub(super) fn document(rows: &[Row]) -> Value {
    let mut seen = HashSet::new();
    let rules: Vec<Value> =
        rows.iter().filter(|row| seen.insert(row.vulnerability.vuln_id.as_str())).map(rule).collect();
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "OWASP Dependency-Track",
                    "fullName": format!("OWASP Dependency-Track - {SPOKEN_VERSION}"),
                    "version": SPOKEN_VERSION,
                    "informationUri": "https://dependencytrack.org/",
                    "rules": rules,
                }
            },
            "results": rows.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}
