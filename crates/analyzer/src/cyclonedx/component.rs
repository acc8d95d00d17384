//! Components, services and what they consist of, as members of a document.

use sbom::{Classifier, HashAlgorithm, SpecVersion};
use serde_json::{Map, Value, json};

use crate::component::Component;

/// An object whose absent members are left out.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
            self.put(name, text);
        }
    }

    pub fn list(&mut self, name: &str, list: Vec<Value>) {
        if !list.is_empty() {
            self.put(name, list);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

/// The type of a component; those that the version does not know are libraries.
pub(super) fn kind(classifier: &str, version: SpecVersion) -> &'static str {
    use Classifier::{
        Application, Container, CryptographicAsset, Data, Device, DeviceDriver, File, Firmware, Framework,
        Library, MachineLearningModel, OperatingSystem, Platform,
    };
    let found = Classifier::ALL.iter().copied().find(|known| known.as_str() == classifier);
    let classifier = found.unwrap_or(Library);
    let since = match classifier {
        Application | Framework | Library | OperatingSystem | Device => SpecVersion::V1_0,
        File => SpecVersion::V1_1,
        Container | Firmware => SpecVersion::V1_2,
        DeviceDriver | MachineLearningModel | Data | Platform => SpecVersion::V1_5,
        CryptographicAsset => SpecVersion::V1_6,
        _ => SpecVersion::V1_7,
    };
    if since <= version { classifier.as_cyclonedx() } else { Library.as_cyclonedx() }
}

/// `[{alg, content}]` of the hashes among the members of a component.
fn hashes(details: &Map<String, Value>, version: SpecVersion) -> Vec<Value> {
    use HashAlgorithm::{Md5, Sha1, Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    let first = [Md5, Sha1, Sha256, Sha384, Sha512, Sha3_256, Sha3_512];
    let known = |algorithm: HashAlgorithm| match version {
        SpecVersion::V1_0 | SpecVersion::V1_1 => first.contains(&algorithm),
        SpecVersion::V1_7 => true,
        _ => !algorithm.as_cyclonedx().starts_with("Streebog"),
    };
    HashAlgorithm::ALL
        .iter()
        .copied()
        .filter(|algorithm| known(*algorithm))
        .filter_map(|algorithm| {
            let value = details.get(algorithm.as_str())?.as_str()?;
            // The schemas know these lengths alone.
            let fits = matches!(value.len(), 32 | 40 | 64 | 96 | 128);
            let digits = fits && value.bytes().all(|b| b.is_ascii_hexdigit());
            digits.then(|| json!({ "alg": algorithm.as_cyclonedx(), "content": value }))
        })
        .collect()
}

/// An address as a URI reference: the rest of what a schema refuses is escaped.
fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The licence: an identifier, an expression, or a name.
fn licences(details: &Map<String, Value>, licence: Option<&str>, version: SpecVersion) -> Vec<Value> {
    let text = |name: &str| details.get(name).and_then(Value::as_str);
    let mut out = Object::default();
    match (licence, text("license"), text("licenseExpression")) {
        (Some(licence), ..) if sbom::licence_by_id(licence).is_some() => out.put("id", licence),
        (None, None, Some(expression)) if version >= SpecVersion::V1_1 => {
            return vec![json!({ "expression": expression })];
        }
        (Some(name), ..) | (None, Some(name), _) | (None, None, Some(name)) => out.put("name", name),
        (None, None, None) => return Vec::new(),
    }
    if version >= SpecVersion::V1_1
        && let Some(url) = text("licenseUrl")
    {
        out.put("url", uri(url));
    }
    vec![json!({ "license": Value::from(out) })]
}

/// Since which version a type of external references is known.
fn reference_since(kind: &str) -> Option<SpecVersion> {
    const FIRST: [&str; 15] = [
        "vcs",
        "issue-tracker",
        "website",
        "advisories",
        "bom",
        "mailing-list",
        "social",
        "chat",
        "documentation",
        "support",
        "distribution",
        "license",
        "build-meta",
        "build-system",
        "other",
    ];
    const FIFTH: [&str; 23] = [
        "security-contact",
        "model-card",
        "log",
        "configuration",
        "evidence",
        "formulation",
        "attestation",
        "threat-model",
        "adversary-model",
        "risk-assessment",
        "vulnerability-assertion",
        "exploitability-statement",
        "pentest-report",
        "static-analysis-report",
        "dynamic-analysis-report",
        "runtime-analysis-report",
        "component-analysis-report",
        "maturity-report",
        "certification-report",
        "codified-infrastructure",
        "quality-metrics",
        "poam",
        "distribution-intake",
    ];
    match kind {
        kind if FIRST.contains(&kind) => Some(SpecVersion::V1_1),
        "release-notes" => Some(SpecVersion::V1_4),
        kind if FIFTH.contains(&kind) => Some(SpecVersion::V1_5),
        "source-distribution" | "electronic-signature" | "digital-signature" | "rfc-9116" => {
            Some(SpecVersion::V1_6)
        }
        _ => None,
    }
}

/// `[{type, url, comment}]`.
pub(super) fn references(stored: Option<&Value>, version: SpecVersion) -> Vec<Value> {
    if version < SpecVersion::V1_1 {
        return Vec::new();
    }
    let list = stored.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|reference| {
            let url = reference.get("url")?.as_str().map(uri).filter(|url| !url.is_empty())?;
            let kind = reference.get("type").and_then(Value::as_str).unwrap_or("other");
            let known = reference_since(kind).is_some_and(|since| since <= version);
            let mut out = Object::default();
            out.put("type", if known { kind } else { "other" });
            out.put("url", url);
            out.text("comment", reference.get("comment").and_then(Value::as_str));
            Some(out.into())
        })
        .collect()
}

/// `[{name, email, phone}]`.
pub(super) fn contacts(stored: Option<&Value>) -> Vec<Value> {
    let list = stored.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let shown = list.iter().filter_map(|contact| {
        let mut out = Object::default();
        for name in ["name", "email", "phone"] {
            out.text(name, contact.get(name).and_then(Value::as_str));
        }
        (!out.is_empty()).then(|| out.into())
    });
    shown.collect()
}

/// `{name, url, contact}`.
pub(super) fn organization(stored: Option<&Value>) -> Option<Value> {
    let stored = stored?;
    let mut out = Object::default();
    out.text("name", stored.get("name").and_then(Value::as_str));
    let urls = stored.get("urls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    out.list("url", urls.iter().filter_map(Value::as_str).map(|url| uri(url).into()).collect());
    out.list("contact", contacts(stored.get("contacts")));
    (!out.is_empty()).then(|| out.into())
}

/// Puts down who wrote it, as the version has it.
pub(super) fn authors(out: &mut Object, stored: Option<&Value>, version: SpecVersion) {
    let authors = contacts(stored);
    if version >= SpecVersion::V1_6 {
        out.list("authors", authors);
    } else {
        let names: Vec<&str> = authors.iter().filter_map(|author| author.get("name")?.as_str()).collect();
        out.text("author", Some(&names.join(", ")));
    }
}

/// A property: group, name and value.
pub(super) fn property(group: Option<&str>, name: &str, value: Option<&str>) -> Value {
    let name = group.map_or_else(|| name.to_owned(), |group| format!("{group}:{name}"));
    json!({ "name": name, "value": value.unwrap_or_default() })
}

/// A stored component.
pub(super) fn component(component: &Component, properties: Vec<Value>, version: SpecVersion) -> Value {
    let details: Map<String, Value> = serde_json::from_str(&component.details).unwrap_or_default();
    let text = |name: &str| details.get(name).and_then(Value::as_str);
    let mut out = Object::default();
    out.put("type", kind(&component.classifier, version));
    if version >= SpecVersion::V1_1 {
        out.put("bom-ref", component.uuid.clone());
    }
    if version >= SpecVersion::V1_2 {
        if let Some(supplier) = organization(details.get("supplier")) {
            out.put("supplier", supplier);
        }
        authors(&mut out, details.get("authors"), version);
    }
    out.text("publisher", text("publisher"));
    out.text("group", component.group_name.as_deref());
    out.put("name", component.name.clone());
    match &component.version {
        Some(number) => out.put("version", number.clone()),
        // Until 1.3 it had to be there.
        None if version <= SpecVersion::V1_3 => out.put("version", ""),
        None => {}
    }
    out.text("description", text("description"));
    let scope = component.scope.as_deref().map(str::to_lowercase);
    out.text("scope", scope.as_deref().filter(|scope| *scope != "excluded" || version >= SpecVersion::V1_1));
    out.list("hashes", hashes(&details, version));
    out.list("licenses", licences(&details, component.licence_id.as_deref(), version));
    out.text("copyright", text("copyright"));
    out.text("cpe", component.cpe.as_deref().filter(|cpe| cpe.starts_with("cpe:")));
    out.text("purl", component.purl.as_deref());
    if version >= SpecVersion::V1_2
        && let Some(tag) = &component.swid_tag_id
    {
        out.put("swid", json!({ "tagId": tag, "name": component.name }));
    }
    out.list("externalReferences", references(details.get("externalReferences"), version));
    if version >= SpecVersion::V1_3 {
        out.list("properties", properties);
    }
    out.into()
}

/// A stored service.
#[derive(Debug, sea_orm::FromQueryResult)]
pub(super) struct Service {
    pub uuid: String,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    details: String,
}

pub(super) const SERVICE: &str = "s.uuid, s.name, s.group_name, s.version, s.description, s.details";

impl Service {
    /// The service; the versions that have services all have these members.
    pub fn json(&self, version: SpecVersion) -> Value {
        let details: Map<String, Value> = serde_json::from_str(&self.details).unwrap_or_default();
        let mut out = Object::default();
        out.put("bom-ref", self.uuid.clone());
        if let Some(provider) = organization(details.get("provider")) {
            out.put("provider", provider);
        }
        out.text("group", self.group_name.as_deref());
        out.put("name", self.name.clone());
        out.text("version", self.version.as_deref());
        out.text("description", self.description.as_deref());
        let endpoints = details.get("endpoints").and_then(Value::as_array).cloned().unwrap_or_default();
        out.list("endpoints", endpoints.iter().filter_map(Value::as_str).map(|at| uri(at).into()).collect());
        for (member, name) in
            [("authenticated", "authenticated"), ("crossesTrustBoundary", "x-trust-boundary")]
        {
            if let Some(flag) = details.get(member).and_then(Value::as_bool) {
                out.put(name, flag);
            }
        }
        let data = details.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let data = data.iter().map(|flow| {
            let direction = flow.get("direction").and_then(Value::as_str).unwrap_or("UNKNOWN");
            let direction = direction.to_lowercase().replace('_', "-");
            let name = flow.get("name").and_then(Value::as_str).unwrap_or_default();
            json!({ "flow": direction, "classification": name })
        });
        out.list("data", data.collect());
        out.list("externalReferences", references(details.get("externalReferences"), version));
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_version_does_not_know_is_told_otherwise() {
        assert_eq!(kind("CRYPTOGRAPHIC_ASSET", SpecVersion::V1_6), "cryptographic-asset");
        assert_eq!(kind("CRYPTOGRAPHIC_ASSET", SpecVersion::V1_5), "library");
        assert_eq!(kind("NONE", SpecVersion::V1_5), "library");
        let stored =
            json!([{ "type": "security-contact", "url": "https://example.com/a b" }, { "type": "vcs" }]);
        assert_eq!(
            references(Some(&stored), SpecVersion::V1_4),
            [json!({ "type": "other", "url": "https://example.com/a%20b" })]
        );
    }
}
