//! The payload of Dependency-Track 4.14 (behaviour reference §10.4).

use serde_json::{Map, Value, json};

use super::{Notice, PROJECTS, VULNERABILITIES, each, time};

/// Members that version 4 does not know.
const VECTORS: [&str; 4] = ["cvssV2Vector", "cvssV3Vector", "cvssV4Vector", "owaspRRVector"];

pub(super) fn payload(notice: &Notice) -> Value {
    json!({ "notification": {
        "level": notice.level,
        "scope": notice.scope,
        "group": notice.group,
        // A local time without zone, as the original writes it.
        "timestamp": time(notice.at, "%Y-%m-%dT%H:%M:%S%.3f"),
        "title": notice.title,
        "content": notice.content,
        "subject": subject(notice),
    }})
}

fn project(out: &mut Map<String, Value>) {
    out.remove("isActive");
    out.remove("group");
    let mut names: Vec<String> =
        out.remove("tags").and_then(|tags| serde_json::from_value(tags).ok()).unwrap_or_default();
    if !names.is_empty() {
        names.sort();
        out.insert("tags".to_owned(), json!(names.join(",")));
    }
}

fn untagged(out: &mut Map<String, Value>) {
    out.remove("tags");
}

fn subject(notice: &Notice) -> Value {
    let mut subject = notice.subject.clone();
    each(&mut subject, PROJECTS, &project);
    each(&mut subject, VULNERABILITIES, &|one| {
        for name in VECTORS {
            one.remove(name);
        }
    });
    let Some(object) = subject.as_object_mut() else { return Value::Null };
    match notice.group.as_str() {
        "PROJECT_CREATED" => return Value::Null,
        "NEW_VULNERABILITY" => {
            object.remove("project");
            object.remove("analysisTrigger");
        }
        "NEW_VULNERABLE_DEPENDENCY" => each(&mut subject, PROJECTS, &untagged),
        "PROJECT_AUDIT_CHANGE" => audit(object),
        _ => {
            object.remove("token");
        }
    }
    if let Some(errors) = subject.get_mut("errors")
        && let Some(list) = errors.as_array()
    {
        let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        *errors = json!(texts.join(","));
    }
    subject
}

/// A decision names what it is about by uuid.
fn audit(object: &mut Map<String, Value>) {
    let uuid = |object: &Map<String, Value>, name: &str| {
        object.get(name).and_then(|one| one.get("uuid")).cloned().unwrap_or_default()
    };
    let (of, name) = match object.contains_key("policyViolation") {
        true => ("policyViolation", "violationAnalysis"),
        false => ("vulnerability", "analysis"),
    };
    let mut analysis = object.remove("analysis").unwrap_or_default();
    if let Some(analysis) = analysis.as_object_mut() {
        for about in ["project", "component", of] {
            analysis.insert(about.to_owned(), uuid(object, about));
        }
    }
    let mut project = object.remove("project").unwrap_or_default();
    if of == "vulnerability" {
        project.as_object_mut().map(untagged);
        object.insert("affectedProjects".to_owned(), json!([project]));
    }
    object.insert(name.to_owned(), analysis);
}
