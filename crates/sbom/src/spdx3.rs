//! From SPDX 3.0 JSON-LD to the form that SPDX 2 has in JSON
//! (<https://spdx.github.io/spdx-spec/v3.0.1/>).
//!
//! In SPDX 3 a document is a graph of elements that refer to each other: who supplied a package and
//! which licence it has are elements and relationships, too. Only the serialization that the
//! specification defines is read, whose context is fixed; it needs no processor for linked data.

use std::collections::HashMap;

use crate::take::{Object, Value, as_text, list, some_object, text, texts};

/// Relationships that dependencies are made from, as SPDX 2 calls them.
const RELATIONSHIPS: [(&str, &str); 7] = [
    ("contains", "CONTAINS"),
    ("dependsOn", "DEPENDS_ON"),
    ("hasDynamicLink", "DYNAMIC_LINK"),
    ("hasOptionalDependency", "DEPENDS_ON"),
    ("hasPrerequisite", "HAS_PREREQUISITE"),
    ("hasProvidedDependency", "DEPENDS_ON"),
    ("hasStaticLink", "STATIC_LINK"),
];

/// What the elements of a graph are.
#[derive(Default)]
struct Elements<'a> {
    document: Option<Object<'a>>,
    /// Collections, such as a `software_Sbom`: their ids, and those of their roots.
    collections: HashMap<String, Vec<String>>,
    packages: Vec<(String, Object<'a>)>,
    /// Ids of files and snippets.
    files: Vec<Object<'a>>,
    /// Licences by id: the expression.
    licences: HashMap<String, String>,
    /// Persons, organizations and tools by id: what SPDX 2 calls their kind, and their name.
    agents: HashMap<String, (&'static str, String)>,
    relationships: Vec<Object<'a>>,
    /// `CreationInfo` by id.
    creations: HashMap<String, Object<'a>>,
    first_creation: Option<String>,
}

/// The document as SPDX 2 would have it; `None` if there is no graph.
pub(crate) fn as_spdx2(document: Value<'_>) -> Option<(Option<String>, Object<'_>)> {
    let mut from = some_object(document)?;
    let mut elements = Elements::default();
    match from.remove("@graph") {
        Some(Value::Array(items)) => {
            for element in items.into_iter().filter_map(some_object) {
                elements.sort(element);
            }
        }
        _ => return None,
    }
    let version = elements.creations.values_mut().find_map(|info| text(info, "specVersion"));
    Some((version, elements.into_document()))
}

impl<'a> Elements<'a> {
    fn sort(&mut self, mut element: Object<'a>) {
        let kind = text(&mut element, "type").or_else(|| text(&mut element, "@type")).unwrap_or_default();
        let id = text(&mut element, "spdxId").or_else(|| text(&mut element, "@id")).unwrap_or_default();
        match kind.as_str() {
            "CreationInfo" => {
                self.first_creation.get_or_insert_with(|| id.clone());
                self.creations.insert(id, element);
            }
            "SpdxDocument" => {
                element.insert("spdxId", id);
                self.document.get_or_insert(element);
            }
            "software_Package" | "ai_AIPackage" | "dataset_DatasetPackage" => {
                self.packages.push((id, element))
            }
            "software_File" | "software_Snippet" => self.files.push([("SPDXID", id.into())].into()),
            "software_Sbom" | "Bom" | "Bundle" => {
                self.collections.insert(id, texts(&mut element, "rootElement"));
            }
            "Relationship" | "LifecycleScopedRelationship" => self.relationships.push(element),
            "Person" => self.agent(id, "Person", element),
            "Organization" | "Agent" => self.agent(id, "Organization", element),
            "Tool" | "SoftwareAgent" => self.agent(id, "Tool", element),
            "simplelicensing_LicenseExpression" => {
                if let Some(expression) = text(&mut element, "simplelicensing_licenseExpression") {
                    self.licences.insert(id, expression);
                }
            }
            "expandedlicensing_ListedLicense" | "expandedlicensing_CustomLicense" => {
                if let Some(name) = text(&mut element, "name") {
                    self.licences.insert(id, name);
                }
            }
            _ => {}
        }
    }

    fn agent(&mut self, id: String, kind: &'static str, mut element: Object<'a>) {
        if let Some(name) = text(&mut element, "name") {
            self.agents.insert(id, (kind, name));
        }
    }

    fn into_document(mut self) -> Object<'a> {
        let mut document = self.document.take().unwrap_or_default();
        let id = text(&mut document, "spdxId").unwrap_or_default();
        let mut roots = texts(&mut document, "rootElement");
        let creation = text(&mut document, "creationInfo").or_else(|| self.first_creation.take());
        let mut info = creation.and_then(|id| self.creations.remove(&id)).unwrap_or_default();
        let mut creators: Vec<String> = Vec::new();
        for name in ["createdBy", "createdUsing"] {
            let ids = texts(&mut info, name);
            creators.extend(ids.iter().filter_map(|id| self.creator(id)));
        }

        let mut dependencies: Vec<Object<'a>> = Vec::new();
        let mut licences: HashMap<String, Object<'a>> = HashMap::new();
        for mut relationship in std::mem::take(&mut self.relationships) {
            let (Some(from), Some(kind)) =
                (text(&mut relationship, "from"), text(&mut relationship, "relationshipType"))
            else {
                continue;
            };
            let to = texts(&mut relationship, "to");
            let licence_member = match kind.as_str() {
                "hasConcludedLicense" => Some("licenseConcluded"),
                "hasDeclaredLicense" => Some("licenseDeclared"),
                _ => None,
            };
            if let Some(member) = licence_member {
                if let Some(licence) = to.first().and_then(|id| self.licence(id)) {
                    licences.entry(from).or_default().insert(member, licence);
                }
            } else if kind == "describes" && (from == id || self.collections.contains_key(&from)) {
                roots.extend(to);
            } else if let Some((_, kind)) = RELATIONSHIPS.iter().find(|(name, _)| *name == kind) {
                dependencies.extend(to.into_iter().map(|to| {
                    Object::from([
                        ("spdxElementId", from.clone().into()),
                        ("relationshipType", (*kind).into()),
                        ("relatedSpdxElement", to.into()),
                    ])
                }));
            }
        }
        // A document is often about a collection, which is about a package.
        let described: Vec<String> = roots
            .into_iter()
            .flat_map(|root| self.collections.get(&root).cloned().unwrap_or_else(|| vec![root]))
            .collect();

        let packages = std::mem::take(&mut self.packages);
        let packages: Vec<Object<'a>> = packages
            .into_iter()
            .map(|(id, element)| {
                let licences = licences.remove(&id).unwrap_or_default();
                self.package(id, element, licences)
            })
            .collect();
        let mut not_packages = std::mem::take(&mut self.files);
        not_packages.extend(self.collections.into_keys().map(|id| Object::from([("SPDXID", id.into())])));
        let created = info.remove("created").unwrap_or_default();
        let info = Object::from([("created", created), ("creators", creators.into())]);
        Object::from([
            ("SPDXID", id.clone().into()),
            ("documentNamespace", id.into()),
            ("creationInfo", info.into()),
            ("documentDescribes", described.into()),
            ("packages", packages.into()),
            ("files", not_packages.into()),
            ("relationships", dependencies.into()),
        ])
    }

    fn package(&self, id: String, mut from: Object<'a>, licences: Object<'a>) -> Object<'a> {
        let mut to = licences;
        to.insert("SPDXID", id);
        for (name, spdx2) in [
            ("name", "name"),
            ("summary", "summary"),
            ("description", "description"),
            ("software_packageVersion", "versionInfo"),
            ("software_homePage", "homepage"),
            ("software_downloadLocation", "downloadLocation"),
            ("software_copyrightText", "copyrightText"),
            ("software_primaryPurpose", "primaryPackagePurpose"),
        ] {
            if let Some(value) = from.remove(name) {
                to.insert(spdx2, value);
            }
        }
        for (name, spdx2) in [("suppliedBy", "supplier"), ("originatedBy", "originator")] {
            let agent = texts(&mut from, name).into_iter().find_map(|id| self.creator(&id));
            if let Some(agent) = agent {
                to.insert(spdx2, agent);
            }
        }
        let mut references: Vec<Object<'a>> = Vec::new();
        let mut refer = |kind: &'static str, locator: Option<String>| {
            if let Some(locator) = locator {
                references
                    .push([("referenceType", kind.into()), ("referenceLocator", locator.into())].into());
            }
        };
        refer("purl", from.remove("software_packageUrl").and_then(as_text));
        for mut identifier in list(&mut from, "externalIdentifier", |identifier| identifier) {
            let kind = text(&mut identifier, "externalIdentifierType");
            let locator = text(&mut identifier, "identifier");
            match kind.as_deref() {
                Some("packageUrl") => refer("purl", locator),
                Some("cpe23") => refer("cpe23Type", locator),
                Some("cpe22") => refer("cpe22Type", locator),
                _ => {}
            }
        }
        to.insert("externalRefs", references);
        let hashes = list(&mut from, "verifiedUsing", |mut hash| {
            // There is a sum over the sums of files, too, which is no hash of the package.
            let is_hash = text(&mut hash, "type").is_some_and(|kind| kind == "Hash");
            let mut taken = |name: &str| hash.remove(name).unwrap_or_default();
            let (algorithm, value) = (taken("algorithm"), taken("hashValue"));
            is_hash.then(|| Object::from([("algorithm", algorithm), ("checksumValue", value)]))
        });
        to.insert("checksums", hashes.into_iter().flatten().collect::<Vec<_>>());
        to
    }

    /// Kind and name, as SPDX 2 writes who made something.
    fn creator(&self, id: &str) -> Option<String> {
        self.agents.get(id).map(|(kind, name)| format!("{kind}: {name}"))
    }

    /// The expression of a licence of the document, or the id of one of the list of SPDX.
    fn licence(&self, id: &str) -> Option<String> {
        let listed = || id.rsplit_once("spdx.org/licenses/").map(|(_, id)| id.to_owned());
        self.licences.get(id).cloned().or_else(listed)
    }
}
