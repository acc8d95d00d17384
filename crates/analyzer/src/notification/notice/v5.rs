//! The payload of Dependency-Track 5 (behaviour reference §10.6): names of its protocol, lists
//! instead of joined texts, and nothing that has its default value.

use serde_json::{Map, Value, json};

use super::{Notice, PROJECTS, VULNERABILITIES, each, time};
use crate::notification::group::{VIOLATIONS_SUMMARY, VULNERABILITIES_SUMMARY};

/// What stands in the place of a document; its Base64 where bytes are expected.
const OMITTED: &str = "(Omitted)";
const OMITTED_BYTES: &str = "KE9taXR0ZWQp";

pub(super) fn payload(notice: &Notice) -> Value {
    let (title, content) = words(notice);
    let title = if notice.is_test { format!("[TEST] {title}") } else { title };
    json!({ "notification": {
        "id": notice.id,
        "level": format!("LEVEL_{}", notice.level),
        "scope": format!("SCOPE_{}", notice.scope),
        "group": format!("GROUP_{}", notice.group),
        "timestamp": time(notice.at, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        "title": title,
        "content": content,
        "subject": subject(notice),
    }})
}

/// Version 5 says some things otherwise.
fn words(notice: &Notice) -> (String, String) {
    let mut title = notice.title.clone();
    let mut content = notice.content.clone();
    let text = |path: &str| notice.subject.pointer(path).and_then(Value::as_str).unwrap_or_default();
    match notice.group.as_str() {
        "PROJECT_AUDIT_CHANGE" if notice.subject.get("vulnerability").is_some() => {
            title = format!("Analysis Decision: {}", text("/analysis/state"));
        }
        "PROJECT_AUDIT_CHANGE" => {
            if let Some((_, project)) = title.split_once(" on Project: ") {
                title =
                    format!("Violation Analysis Decision: {} on Project: {project}", text("/analysis/state"));
            }
        }
        "BOM_VALIDATION_FAILED" => content = "An error occurred while validating a BOM".to_owned(),
        "USER_CREATED" if !notice.subject.is_null() => {
            content = format!("User {} was created", text("/username"));
        }
        "USER_DELETED" if !notice.subject.is_null() => {
            content = format!("User {} was deleted", text("/username"));
        }
        VULNERABILITIES_SUMMARY => {
            content = "A summary of new vulnerabilities has been generated".to_owned();
        }
        VIOLATIONS_SUMMARY => {
            content = "A summary of new policy violations has been generated".to_owned();
        }
        _ => {}
    }
    (title, content)
}

fn without_empty(object: &mut Map<String, Value>, name: &str) {
    if object.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty) {
        object.remove(name);
    }
}

fn subject(notice: &Notice) -> Value {
    let mut subject = notice.subject.clone();
    each(&mut subject, PROJECTS, &|project| {
        project.remove("group");
        without_empty(project, "tags");
        if project.get("isActive") == Some(&Value::Bool(false)) {
            project.remove("isActive");
        }
    });
    each(&mut subject, VULNERABILITIES, &|vulnerability| {
        vulnerability.remove("cwe");
        without_empty(vulnerability, "cwes");
        without_empty(vulnerability, "aliases");
    });
    each(&mut subject, &["policyViolation"], &|violation| {
        if let Some(condition) = violation.remove("policyCondition") {
            violation.insert("condition".to_owned(), condition);
        }
    });
    let Some(object) = subject.as_object_mut() else { return Value::Null };
    match notice.group.as_str() {
        "PROJECT_CREATED" => return Value::Null,
        "NEW_VULNERABILITY" => refer(object),
        "PROJECT_AUDIT_CHANGE" => audit(object),
        "BOM_CONSUMED" | "BOM_PROCESSED" | "BOM_PROCESSING_FAILED" | "BOM_VALIDATION_FAILED" => bom(object),
        "VEX_CONSUMED" | "VEX_PROCESSED" => vex(object),
        "USER_CREATED" | "USER_DELETED" => {
            object.remove("name");
        }
        VULNERABILITIES_SUMMARY | VIOLATIONS_SUMMARY => summary(object),
        _ => {}
    }
    subject
}

/// Where the other projects that are affected can be read.
fn refer(object: &mut Map<String, Value>) {
    let of = |name: &str| {
        let text = object.get("vulnerability").and_then(|one| one.get(name)).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (source, id) = (of("source"), of("vulnId"));
    object.insert(
        "affectedProjectsReference".to_owned(),
        json!({
            "apiUri": format!("/api/v1/vulnerability/source/{source}/vuln/{id}/projects"),
            "frontendUri": format!("/vulnerabilities/{source}/{id}/affectedProjects"),
        }),
    );
}

fn audit(object: &mut Map<String, Value>) {
    let about: Vec<(String, Value)> = ["component", "project", "vulnerability", "policyViolation"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), object.get(name)?.clone())))
        .collect();
    if let Some(analysis) = object.get_mut("analysis").and_then(Value::as_object_mut) {
        analysis.extend(about);
    }
}

fn bom(object: &mut Map<String, Value>) {
    let Some(bom) = object.get_mut("bom").and_then(Value::as_object_mut) else { return };
    bom.insert("content".to_owned(), json!(OMITTED));
    if bom.get("specVersion").and_then(Value::as_str) == Some("Unknown") {
        bom.remove("specVersion");
    }
}

fn vex(object: &mut Map<String, Value>) {
    let Some(Value::Object(vex)) = object.insert("vex".to_owned(), json!(OMITTED_BYTES)) else { return };
    for name in ["format", "specVersion"] {
        if let Some(text) = vex.get(name).filter(|text| text.as_str() != Some("")) {
            object.insert(name.to_owned(), text.clone());
        }
    }
}

/// A summary has one level less, and neither zeros nor empty maps.
fn summary(object: &mut Map<String, Value>) {
    for name in ["summary", "details"] {
        if let Some(Value::Object(inner)) = object.remove(name) {
            object.extend(inner);
        }
    }
    let projects = object.get_mut("projectSummaries").and_then(Value::as_array_mut).into_iter().flatten();
    for project in projects.filter_map(Value::as_object_mut) {
        if let Some(Value::Object(inner)) = project.remove("summary") {
            project.extend(inner);
        }
        without_defaults(project);
    }
    if let Some(overview) = object.get_mut("overview").and_then(Value::as_object_mut) {
        without_defaults(overview);
    }
    let mut inner = Value::Object(std::mem::take(object));
    each(&mut inner, &["findings", "violations"], &|one| {
        if let Some(analyzer) = one.remove("analyzer") {
            let name = analyzer.as_str().unwrap_or_default().trim_end_matches("_ANALYZER").to_lowercase();
            one.insert("analyzerIdentity".to_owned(), json!(name));
        }
        without_defaults(one);
    });
    if let Value::Object(inner) = inner {
        *object = inner;
    }
}

fn without_defaults(object: &mut Map<String, Value>) {
    object.retain(|_, value| match value {
        Value::Number(number) => number.as_i64() != Some(0),
        Value::Bool(flag) => *flag,
        Value::Object(inner) => !inner.is_empty(),
        _ => true,
    });
}
