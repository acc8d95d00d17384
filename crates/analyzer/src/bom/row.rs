//! From the components of a document to rows (behaviour reference §3.11).

use serde_json::{Map, Value, json};

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
    pub hashes: Vec<String>,
}

/// What makes two components the same one: purl, cpe, swid tag, group, name, version.
pub(super) type Key =
    (Option<String>, Option<String>, Option<String>, Option<String>, String, Option<String>);

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

    pub(super) fn new(component: &sbom::Component) -> Row {
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
                hashes.push(value);
            }
        }
        let licence = component.resolve_licence(|_| false);
        if let Some(name) = &licence.name {
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
            swid_tag_id: component.swid_tag_id.clone(),
            classifier: component.classifier.map_or("LIBRARY", |c| c.as_str()).to_owned(),
            scope: component.scope.map(|scope| scope.as_str().to_owned()),
            licence_id: licence.licence.map(|licence| licence.id.to_owned()),
            details: Value::Object(details).to_string(),
            hashes,
        }
    }
}

/// Over-long texts end in `...`.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(3)).chain("...".chars()).collect()
}

pub(super) fn contacts(list: &[sbom::Contact]) -> Value {
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

pub(super) fn organization(organization: &sbom::Organization) -> Value {
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

pub(super) fn references(list: &[sbom::ExternalReference]) -> Value {
    list.iter()
        .map(|reference| match &reference.comment {
            Some(comment) => json!({ "type": reference.kind, "url": reference.url, "comment": comment }),
            None => json!({ "type": reference.kind, "url": reference.url }),
        })
        .collect()
}
