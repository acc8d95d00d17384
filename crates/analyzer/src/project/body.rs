//! What clients send about a project, and the rules it must keep (behaviour reference §3.3).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CLASSIFIERS, Project};
use crate::server::{Error, Result};

/// The members that a project can have on the wire, in the order in which refusals list them.
const MEMBERS: [&str; 33] = [
    "lastVulnerabilityAnalysis",
    "metrics",
    "active",
    "authors",
    "name",
    "supplier",
    "lastBomImport",
    "manufacturer",
    "swidTagId",
    "version",
    "tags",
    "versions",
    "collectionTag",
    "collectionLogic",
    "classifier",
    "lastBomImportFormat",
    "parent",
    "metadata",
    "directDependencies",
    "properties",
    "uuid",
    "publisher",
    "group",
    "author",
    "isLatest",
    "cpe",
    "accessTeams",
    "description",
    "purl",
    "children",
    "lastInheritedRiskScore",
    "externalReferences",
    "bomRef",
];

/// A project as it is sent: absent, null and given are told apart.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Body(pub Map<String, Value>);

/// A text that is given: trimmed, empty is none.
fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The names in `[{"name": …}]`, in lower case, without repetition.
pub(crate) fn tag_names(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for tag in value.as_array().into_iter().flatten() {
        if let Some(name) = text(tag.get("name")).map(|name| name.to_lowercase())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

impl Body {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    /// Refuses members, lengths and values that no project can have.
    pub(super) fn check(&self, needs_name: bool) -> Result<()> {
        if let Some(unknown) = self.0.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(Error::problem(
                "The provided JSON payload could not be mapped",
                format!(
                    "Unrecognized field \"{unknown}\": a project has no such member. Known: {}",
                    MEMBERS.join(", ")
                ),
            ));
        }
        if needs_name && self.text("name").is_none() {
            return Err(Error::not_blank("name", None));
        }
        for member in ["name", "version", "group", "publisher", "classifier", "swidTagId", "cpe"] {
            let Some(value) = self.text(member) else { continue };
            if value.chars().count() > 255 {
                return Err(Error::Validation(vec![serde_json::json!({
                    "message": if member == "name" { "size must be between 1 and 255" } else { "size must be between 0 and 255" },
                    "messageTemplate": "{jakarta.validation.constraints.Size.message}",
                    "path": member,
                    "invalidValue": value,
                })]));
            }
        }
        if let Some(cpe) = self.text("cpe")
            && !cpe.starts_with("cpe:")
        {
            return Err(Error::invalid(
                "cpe",
                "The CPE must conform to the CPE v2.2 or v2.3 specification defined by NIST",
                cpe,
            ));
        }
        if let Some(classifier) = self.text("classifier")
            && !CLASSIFIERS.contains(&classifier.as_str())
        {
            return Err(Error::problem(
                "The provided JSON payload could not be mapped",
                format!(
                    "Cannot deserialize value of type `org.dependencytrack.model.Classifier` from String \"{classifier}\": \
                     not one of the values accepted for Enum class: [{}]",
                    CLASSIFIERS.join(", ")
                ),
            ));
        }
        Ok(())
    }

    /// Writes what is sent into a project. With `whole`, what is not sent is cleared.
    pub(super) fn apply(&self, project: &mut Project, whole: bool) {
        let mut texts = [
            ("version", &mut project.version),
            ("group", &mut project.group_name),
            ("publisher", &mut project.publisher),
            ("description", &mut project.description),
            ("cpe", &mut project.cpe),
            ("swidTagId", &mut project.swid_tag_id),
        ];
        for (name, field) in &mut texts {
            if whole || self.get(name).is_some() {
                **field = self.text(name);
            }
        }
        if whole || self.get("purl").is_some() {
            // What is not a package URL is dropped, as the original does.
            project.purl = self.text("purl").filter(|purl| advisories::canonical_purl(purl).is_ok());
        }
        if let Some(name) = self.text("name") {
            project.name = name;
        }
        if whole || self.get("classifier").is_some() {
            project.classifier = self.text("classifier").or_else(|| Some("APPLICATION".to_owned()));
        }
        let mut nested = [
            ("authors", &mut project.authors),
            ("supplier", &mut project.supplier),
            ("manufacturer", &mut project.manufacturer),
            ("externalReferences", &mut project.external_references),
        ];
        for (name, field) in &mut nested {
            if whole || self.get(name).is_some() {
                **field = self.get(name).map(Value::to_string);
            }
        }
        if let Some(active) = self.flag("active") {
            project.active = active;
        } else if whole {
            project.active = true;
        }
        if let Some(latest) = self.flag("isLatest") {
            project.is_latest = latest;
        } else if whole {
            project.is_latest = false;
        }
    }
}
