//! SARIF 2.1.0 (OASIS), which code scanning services read.

use std::collections::BTreeMap;
use std::path::Path;

use analyzer::{Finding, Scan};
use serde_json::{Value, json};

use super::{cut, full_name, headline, link, summary};

/// A run with a rule for each vulnerability and a result for each finding.
pub fn sarif(scan: &Scan, bom: &Path) -> String {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &scan.findings {
        rules.entry(&finding.id).or_insert_with(|| rule(finding));
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let place = uri(bom);
    let results: Vec<Value> =
        scan.findings.iter().map(|finding| result(finding, index.get(finding.id.as_str()), &place)).collect();
    let notes: Vec<Value> = summary(scan)
        .into_iter()
        .skip(1)
        .map(|text| json!({ "level": "warning", "message": { "text": text } }))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Twintrack",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// The place of a file as a URI (RFC 3986): relative as it was given, or of the scheme `file`.
fn uri(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "sbom".to_owned();
    }
    if let Some(url) = path.is_absolute().then(|| url::Url::from_file_path(path).ok()).flatten() {
        return url.into();
    }
    let mut out = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(byte.into())
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn level(severity: &str) -> &'static str {
    match severity {
        "CRITICAL" | "HIGH" => "error",
        "LOW" | "INFO" => "note",
        // Also where nobody said how bad it is: `none` would say that it is no problem.
        _ => "warning",
    }
}

/// What code scanning sorts by: the score, else the middle of the level.
fn weight(finding: &Finding) -> Option<f64> {
    finding.score.filter(|score| *score > 0.0).or(match finding.severity.as_str() {
        "CRITICAL" => Some(9.5),
        "HIGH" => Some(8.0),
        "MEDIUM" => Some(5.5),
        "LOW" => Some(2.0),
        _ => None,
    })
}

fn rule(finding: &Finding) -> Value {
    let cwes: Vec<String> = finding.cwes.iter().map(|cwe| format!("external/cwe/cwe-{cwe}")).collect();
    let tags: Vec<String> =
        ["security".to_owned(), "vulnerability".to_owned()].into_iter().chain(cwes).collect();
    let short = match cut(headline(finding), 120) {
        text if text.is_empty() => finding.id.clone(),
        text => format!("{}: {text}", finding.id),
    };
    let mut rule = json!({
        "id": finding.id,
        "name": finding.id,
        "shortDescription": { "text": short },
        "fullDescription": { "text": finding.description.as_ref().or(finding.title.as_ref()).unwrap_or(&finding.id) },
        "defaultConfiguration": { "level": level(&finding.severity) },
        "properties": { "tags": tags, "aliases": finding.aliases },
    });
    if let Some(link) = link(&finding.id) {
        put(&mut rule, "helpUri", link);
    }
    if let (Some(weight), Some(properties)) = (weight(finding), rule.get_mut("properties")) {
        put(properties, "security-severity", format!("{weight:.1}"));
    }
    rule
}

fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

fn result(finding: &Finding, rule: Option<&usize>, place: &str) -> Value {
    let fix = match &finding.fixed {
        Some(fixed) => format!(" Upgrade to {fixed} or later."),
        None => " No fix is known.".to_owned(),
    };
    let name = full_name(finding);
    let version = finding.component.version.as_deref().unwrap_or_default();
    let logical = finding.component.purl.clone().unwrap_or_else(|| format!("{name}@{version}"));
    let subject = format!("{name} {version}");
    let mut properties = json!({
        "severity": finding.severity,
        "knownExploited": finding.known_exploited,
        "why": finding.why,
    });
    if let Some(fixed) = &finding.fixed {
        put(&mut properties, "fixedVersion", fixed.as_str());
    }
    if let Some(score) = finding.epss_score {
        put(&mut properties, "epssScore", score);
    }
    json!({
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": level(&finding.severity),
        "message": { "text": format!("{} has {}.{fix}", subject.trim_end(), finding.id) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": place }, "region": { "startLine": 1 } },
            "logicalLocations": [{ "fullyQualifiedName": logical, "kind": "module" }],
        }],
        "partialFingerprints": { "twintrack/v1": format!("{logical}:{}", finding.id) },
        "properties": properties,
    })
}
