//! What clients send about a project, and the rules it must keep (behaviour reference §3.3).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::rule::{Rules, is_printable, scalar, word};
use super::{CLASSIFIERS, LOGICS, NO_COLLECTION, Project, WITH_TAG, contacts, organization, references};
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
    let text = value.and_then(scalar)?;
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The names in `[{"name": …}]`, or in one such object, in lower case, without repetition.
pub(crate) fn tag_names(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for tag in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
        if let Some(name) = text(tag.get("name")).map(|name| name.to_lowercase())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Writes what another server tells of a project into one; its uuid, parent and tags are not among it.
pub(crate) fn apply(object: &Value, project: &mut Project) -> Result<()> {
    Body(object.as_object().cloned().unwrap_or_default()).apply(project, true)
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
        if let Some(classifier) = self.text("classifier") {
            word("classifier", &classifier, &CLASSIFIERS)?;
        }
        if let Some(logic) = self.text("collectionLogic") {
            word("collectionLogic", &logic, &LOGICS)?;
        }
        let mut rules = Rules::default();
        if needs_name {
            rules.not_blank("name", &self.0);
        }
        rules.text("name", &self.0, 1, 255, Some("name"));
        rules.text("version", &self.0, 0, 255, Some("version"));
        rules.text("group", &self.0, 0, 255, Some("group"));
        rules.text("publisher", &self.0, 0, 255, Some("publisher"));
        rules.text("author", &self.0, 0, 255, Some("author"));
        rules.text("description", &self.0, 0, usize::MAX, Some("description"));
        rules.text("cpe", &self.0, 0, 255, None);
        rules.text("purl", &self.0, 0, 786, None);
        rules.text("swidTagId", &self.0, 0, 255, Some("SWID tagId"));
        rules.cpe(&self.0);
        rules.kept()?;
        for (tags, path) in [(self.get("tags"), "tags"), (self.get("collectionTag"), "collectionTag")] {
            for tag in tags.map(tag_names).unwrap_or_default() {
                if tag.chars().count() > 255 || !is_printable(&tag) {
                    return Err(Error::invalid(
                        path,
                        "The name of a tag has up to 255 printable characters",
                        tag,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The nested members in the shape in which they are stored; none where nothing was sent.
    fn nested(&self, name: &str) -> Result<Option<String>> {
        let value = match (name, self.get(name)) {
            // Older clients send the author as one text.
            ("authors", None) => match self.text("author") {
                Some(author) => serde_json::json!([{ "name": author }]),
                None => return Ok(None),
            },
            (_, None) => return Ok(None),
            ("authors", Some(value)) => contacts(value, name)?,
            ("externalReferences", Some(value)) => references(value, name)?,
            (_, Some(value)) => organization(value, name)?,
        };
        Ok(Some(value.to_string()))
    }

    /// Writes what is sent into a project. With `whole`, what is not sent is cleared.
    ///
    /// # Errors
    /// 400 when a nested object has another shape.
    pub(super) fn apply(&self, project: &mut Project, whole: bool) -> Result<()> {
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
            let sent = self.nested(name)?;
            if whole || sent.is_some() {
                **field = sent;
            }
        }
        if let Some(logic) = self.text("collectionLogic") {
            project.collection_logic = logic;
        } else if whole {
            project.collection_logic = NO_COLLECTION.to_owned();
        }
        if whole || self.get("collectionTag").is_some() {
            let tag = self.get("collectionTag").map(tag_names).unwrap_or_default();
            project.collection_tag = tag.into_iter().next();
        }
        if project.collection_logic != WITH_TAG {
            project.collection_tag = None;
        }
        if let Some(active) = self.flag("active") {
            project.active = active;
        } else if whole {
            project.active = true;
        }
        project.inactive_since = match project.active {
            true => None,
            false => project.inactive_since.or_else(|| Some(storage::now_ms())),
        };
        if let Some(latest) = self.flag("isLatest") {
            project.is_latest = latest;
        } else if whole {
            project.is_latest = false;
        }
        Ok(())
    }
}
