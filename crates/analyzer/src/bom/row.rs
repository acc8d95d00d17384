//! From the components of a document to rows (behaviour reference §3.11).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::license::Custom;
use crate::package_version::{Coordinates, Identity};

/// A component as it will be stored.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub name: String,
    pub group: Option<String>,
    pub version: Option<String>,
    pub purl: Option<String>,
    pub coordinates: Option<String>,
    pub identity: Identity,
    pub cpe: Option<String>,
    pub swid_tag_id: Option<String>,
    pub classifier: String,
    pub scope: Option<String>,
    pub licence_id: Option<String>,
    pub details: String,
    /// Algorithms with values.
    pub hashes: Vec<(&'static str, String)>,
    /// Group, name and value.
    pub properties: Vec<Property>,
    pub occurrences: Vec<sbom::Occurrence>,
}

/// The group, name and value of a property.
pub(super) type Property = (Option<String>, String, Option<String>);

/// What makes two components the same one: purl, cpe, swid tag, group, name, version.
pub(super) type Key =
    (Option<String>, Option<String>, Option<String>, Option<String>, String, Option<String>);

/// What stays when only the qualifiers of a package URL change: the rest of it, group, name, version.
pub(super) type Core = (String, Option<String>, String, Option<String>);

impl Row {
    pub(super) fn key(&self) -> Key {
        (
            self.purl.clone(),
            self.cpe.clone(),
            self.swid_tag_id.clone(),
            self.group.clone(),
            self.name.clone(),
            self.version.clone(),
        )
    }

    /// The identity without the qualifiers of the package URL.
    pub(super) fn core(&self) -> Option<Core> {
        Some((self.coordinates.clone()?, self.group.clone(), self.name.clone(), self.version.clone()))
    }

    pub(super) fn new(component: &sbom::Component, licences: &Custom) -> Row {
        let mut details = Map::new();
        details.insert("authors".to_owned(), contacts(&component.authors));
        let texts = [
            ("publisher", &component.publisher, 255),
            ("description", &component.description, 1024),
            ("copyright", &component.copyright, 1024),
        ];
        for (name, text, limit) in texts {
            if let Some(text) = text {
                details.insert(name.to_owned(), json!(cut(text, limit)));
            }
        }
        if let Some(supplier) = &component.supplier {
            details.insert("supplier".to_owned(), organization(supplier));
        }
        let mut hashes = Vec::new();
        for hash in &component.hashes {
            if let Some(algorithm) = hash.algorithm {
                let value = hash.value.to_lowercase();
                details.insert(algorithm.as_str().to_owned(), json!(value));
                hashes.push((algorithm.as_str(), value));
            }
        }
        let licence = component.resolve_licence(|text| licences.contains(text));
        let custom = licence.name.as_deref().filter(|name| licences.contains(name));
        let licence_id =
            custom.or(licence.licence.map(|listed| listed.id)).and_then(|text| licences.resolve(text));
        if let (Some(name), None) = (&licence.name, &licence_id) {
            details.insert("license".to_owned(), json!(cut(name, 255)));
        }
        if let Some(url) = &licence.url {
            details.insert("licenseUrl".to_owned(), json!(cut(url, 255)));
        }
        if let Some(expression) = &licence.expression {
            details.insert("licenseExpression".to_owned(), json!(expression));
        }
        if !component.external_references.is_empty() {
            details.insert("externalReferences".to_owned(), references(&component.external_references));
        }
        Row {
            name: cut(&component.name, 255),
            group: component.group.as_deref().map(|text| cut(text, 255)),
            version: component.version.as_deref().map(|text| cut(text, 255)),
            purl: component.purl.as_ref().map(|purl| purl.canonical.clone()),
            identity: Identity::of(&Coordinates {
                purl: component.purl.as_ref().map(|purl| purl.canonical.as_str()),
                cpe: component.cpe.as_deref(),
                group: component.group.as_deref(),
                name: &component.name,
                version: component.version.as_deref(),
                hint: component.package_type_hint(),
            }),
            coordinates: component.purl.as_ref().map(|purl| purl.coordinates.clone()),
            cpe: component.cpe.as_deref().map(|text| cut(text, 255)),
            swid_tag_id: component.swid_tag_id.as_deref().map(|text| cut(text, 255)),
            classifier: component.classifier.map_or("LIBRARY", |c| c.as_str()).to_owned(),
            scope: component.scope.map(|scope| scope.as_str().to_owned()),
            licence_id,
            details: Value::Object(details).to_string(),
            hashes,
            properties: properties(&component.properties),
            occurrences: component.occurrences.clone(),
        }
    }
}

/// A text as it can be stored: an over-long one ends in `...`, and there is no NUL.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(3)).chain("...".chars()).collect()
}

/// The properties that can be stored, each once.
fn properties(list: &[sbom::Property]) -> Vec<Property> {
    let mut out: Vec<Property> = Vec::new();
    let mut seen = HashSet::new();
    for property in list {
        let (group, name) = property.group_and_name();
        let filled = |text: &str, limit| Some(cut(text.trim(), limit)).filter(|text| !text.is_empty());
        let Some(name) = filled(name, 255) else { continue };
        let group = group.and_then(|group| filled(group, 255));
        let value = property.value.as_deref().and_then(|value| filled(value, 1024));
        let one = (group, name, value);
        if seen.insert(one.clone()) {
            out.push(one);
        }
    }
    out
}

pub(crate) fn contacts(list: &[sbom::Contact]) -> Value {
    list.iter()
        .map(|contact| {
            let mut out = Map::new();
            for (name, text) in
                [("name", &contact.name), ("email", &contact.email), ("phone", &contact.phone)]
            {
                if let Some(text) = text {
                    out.insert(name.to_owned(), json!(text));
                }
            }
            Value::Object(out)
        })
        .collect()
}

pub(crate) fn organization(organization: &sbom::Organization) -> Value {
    let mut out = Map::new();
    if let Some(name) = &organization.name {
        out.insert("name".to_owned(), json!(name));
    }
    if !organization.urls.is_empty() {
        out.insert("urls".to_owned(), json!(organization.urls));
    }
    if !organization.contacts.is_empty() {
        out.insert("contacts".to_owned(), contacts(&organization.contacts));
    }
    out.into()
}

/// A tool that wrote a document, in the shape of a component; none without a name.
pub(super) fn tool(tool: &sbom::Tool) -> Option<Value> {
    let mut out = json!({ "authors": [], "name": tool.name.as_ref()?, "classifier": "APPLICATION",
        "expandDependencyGraph": false, "isInternal": false });
    if let Some(object) = out.as_object_mut() {
        object.extend(tool.version.iter().map(|version| ("version".to_owned(), json!(version))));
        object.extend(tool.vendor.iter().map(|vendor| ("supplier".to_owned(), json!({ "name": vendor }))));
    }
    Some(out)
}

pub(crate) fn references(list: &[sbom::ExternalReference]) -> Value {
    list.iter()
        .map(|reference| match &reference.comment {
            Some(comment) => json!({ "type": reference.kind, "url": reference.url, "comment": comment }),
            None => json!({ "type": reference.kind, "url": reference.url }),
        })
        .collect()
}
