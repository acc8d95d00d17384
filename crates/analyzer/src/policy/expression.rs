//! What conditions in the Common Expression Language are asked about (behaviour reference §8.6): the
//! variables `component`, `project`, `vulns` and `now`, in the names of Dependency-Track 5.

use std::sync::Arc;

use cel::{Context, Value};
use serde_json::{Value as Json, json};

use super::facts::Subject;
use super::function;
use crate::expression::{self, value};

const HASHES: [&str; 12] = [
    "md5",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b_256",
    "blake2b_384",
    "blake2b_512",
    "blake3",
];

/// A component and what is around it, ready to be asked about.
pub(super) fn scene(subject: &Subject<'_>) -> Context<'static, 'static> {
    let mut context = expression::context();
    function::declare(&mut context, &subject.graph);
    context.add_variable_from_value("component", value(&described(subject)));
    context.add_variable_from_value("project", value(&subject.project.described));
    let vulns = subject.flaws.iter().map(|flaw| value(&flaw.described)).collect();
    context.add_variable_from_value("vulns", Value::List(Arc::new(vulns)));
    context
}

/// A component as expressions see it.
fn described(subject: &Subject<'_>) -> Json {
    let component = subject.component;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let detail = |name: &str| subject.details.get(name).cloned().unwrap_or_else(|| json!(""));
    let mut out = json!({
        "uuid": component.uuid,
        "group": text(&component.group_name),
        "name": component.name,
        "version": text(&component.version),
        "classifier": component.classifier,
        "cpe": text(&component.cpe),
        "purl": text(&component.purl),
        "swid_tag_id": text(&component.swid_tag_id),
        "is_internal": subject.is_internal,
        "is_direct_dependency": subject.is_direct,
        "properties": subject.properties,
        "license_name": detail("license"),
        "license_expression": match &component.licence_id {
            Some(id) => json!(id),
            None => detail("licenseExpression"),
        },
    });
    let Some(object) = out.as_object_mut() else { return out };
    for name in HASHES {
        object.insert(name.to_owned(), detail(name));
    }
    if let Some(licence) = subject.resolved_licence() {
        object.insert("resolved_license".to_owned(), licence);
    }
    if let Some(latest) = subject.latest {
        if let Some(version) = &latest.version {
            object.insert("latest_version".to_owned(), json!(version));
        }
        if let Some(at) = latest.published_at {
            object.insert("published_at".to_owned(), json!(at));
            object.insert("latest_version_published_at".to_owned(), json!(at));
        }
    }
    if let Some(artifact) = subject.artifact {
        // When its own file was published counts before when the latest one was.
        if let Some(at) = artifact.get("published_at") {
            object.insert("published_at".to_owned(), at.clone());
        }
        for name in ["md5", "sha1", "sha256", "sha512"] {
            if let Some(hash) = artifact.pointer(&format!("/hashes/{name}")) {
                object.insert(format!("package_artifact_{name}"), hash.clone());
            }
        }
    }
    out
}
