//! From SPDX to the model: JSON of 2.0 to 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>), or the
//! form of it that [`spdx_tag`](crate::spdx_tag) and [`spdx3`](crate::spdx3) give to theirs.
//!
//! Packages are components, what the document describes is `metadata.component`, and relationships
//! that mean "needs" or "has in it" are dependencies. Files and snippets are left out: a document
//! may list every file of an image, and no analysis asks for them.

use std::collections::{HashMap, HashSet};

use crate::model::{
    Bom, Component, Contact, Dependency, ExternalReference, Format, Hash, LicenceChoice, Metadata,
    Organization, SpdxVersion, Tool,
};
use crate::purl::parse_purl;
use crate::read::NO_NAME;
use crate::take::{Object, Value, list, member, text, texts};
use crate::vocabulary::{Classifier, HashAlgorithm};

/// The licences that a document defines: `LicenseRef-…`, and name and text.
type Defined = HashMap<String, (Option<String>, Option<String>)>;

struct Relationship {
    from: String,
    kind: String,
    to: String,
}

pub(crate) fn bom(mut from: Object<'_>, version: SpdxVersion) -> Bom {
    let document = text(&mut from, "SPDXID").unwrap_or_else(|| "SPDXRef-DOCUMENT".to_owned());
    let mut metadata = member(&mut from, "creationInfo").map(metadata).unwrap_or_default();
    let licences: Defined = list(&mut from, "hasExtractedLicensingInfos", |mut licence| {
        let id = text(&mut licence, "licenseId")?;
        Some((id, (asserted(&mut licence, "name"), text(&mut licence, "extractedText"))))
    })
    .into_iter()
    .flatten()
    .collect();
    let mut components = list(&mut from, "packages", |package| component(package, &licences));
    let relationships = relationships(&mut from);
    let described = described(&mut from, &document, &relationships);

    let is_described =
        |component: &Component| component.bom_ref.as_ref().is_some_and(|it| described.contains(it));
    let mut places = (0..).zip(&components).filter(|(_, it)| is_described(it)).map(|(place, _)| place);
    // A document that describes several packages is about none of them in particular.
    if let (Some(place), None) = (places.next(), places.next()) {
        metadata.component = if components.len() == 1 {
            // The only package is what there is to look at, too.
            components.first().cloned()
        } else {
            Some(components.remove(place))
        };
    }
    let mut not_packages: HashSet<String> = HashSet::from([document]);
    for (name, id) in [("files", "SPDXID"), ("snippets", "SPDXID")] {
        not_packages.extend(list(&mut from, name, |mut item| text(&mut item, id)).into_iter().flatten());
    }
    Bom {
        format: Format::Spdx(version),
        serial_number: text(&mut from, "documentNamespace"),
        version: 1,
        metadata,
        components,
        services: Vec::new(),
        dependencies: dependencies(relationships, &not_packages),
        external_references: Vec::new(),
        vulnerabilities: Vec::new(),
    }
}

/// Who made the document (section 6.8): `Tool: NAME-VERSION`, `Person: NAME (E-MAIL)`.
fn metadata(mut from: Object<'_>) -> Metadata {
    let mut metadata = Metadata { timestamp: text(&mut from, "created"), ..Metadata::default() };
    for creator in texts(&mut from, "creators") {
        match creator.split_once(':') {
            Some(("Tool", name)) => metadata.tools.push(tool(name.trim())),
            Some(("Person" | "Organization", name)) => metadata.authors.push(contact(name)),
            _ => {}
        }
    }
    metadata
}

fn tool(text: &str) -> Tool {
    let (name, version) = match text.rsplit_once('-') {
        Some((name, version))
            if version.trim_start_matches('v').starts_with(|it: char| it.is_ascii_digit()) =>
        {
            (name, Some(version.to_owned()))
        }
        _ => (text, None),
    };
    Tool { vendor: None, name: Some(name.to_owned()), version }
}

fn contact(text: &str) -> Contact {
    let text = text.trim();
    let (name, email) = match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((name, email)) => (name.trim(), Some(email.trim())),
        None => (text, None),
    };
    Contact {
        name: Some(name.to_owned()),
        email: email.filter(|email| !email.is_empty()).map(str::to_owned),
        phone: None,
    }
}

fn component(mut from: Object<'_>, licences: &Defined) -> Component {
    let summary = text(&mut from, "summary");
    let mut component = Component {
        bom_ref: text(&mut from, "SPDXID"),
        classifier: text(&mut from, "primaryPackagePurpose").as_deref().and_then(classifier),
        name: text(&mut from, "name")
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| NO_NAME.to_owned()),
        version: asserted(&mut from, "versionInfo"),
        description: text(&mut from, "description").or(summary),
        supplier: asserted(&mut from, "supplier").as_deref().and_then(organization),
        manufacturer: asserted(&mut from, "originator").as_deref().and_then(organization),
        copyright: asserted(&mut from, "copyrightText"),
        hashes: list(&mut from, "checksums", |mut hash| {
            let algorithm = text(&mut hash, "algorithm");
            Some(Hash {
                algorithm: algorithm.as_deref().and_then(algorithm_of),
                value: text(&mut hash, "checksumValue")?,
            })
        })
        .into_iter()
        .flatten()
        .collect(),
        licences: package_licences(&mut from, licences),
        ..Component::default()
    };
    for (member, kind) in [("homepage", "website"), ("downloadLocation", "distribution")] {
        if let Some(url) = asserted(&mut from, member) {
            let kind = kind.to_owned();
            component.external_references.push(ExternalReference {
                kind,
                url,
                ..ExternalReference::default()
            });
        }
    }
    for reference in list(&mut from, "externalRefs", |reference| reference) {
        take_reference(&mut component, reference);
    }
    component
}

/// References to the package elsewhere (section 7.21): names of the package, and addresses.
fn take_reference(component: &mut Component, mut from: Object<'_>) {
    let (Some(kind), Some(locator)) = (text(&mut from, "referenceType"), text(&mut from, "referenceLocator"))
    else {
        return;
    };
    // The type may be written as the URI that defines it.
    let kind = kind.rsplit(['/', '#']).next().unwrap_or_default();
    match kind {
        "purl" => match parse_purl(&locator) {
            Some(purl) if component.purl.is_none() => component.purl = Some(purl),
            Some(_) => {}
            None => component.invalid_purl = Some(locator),
        },
        // Preferred to the older spelling; of several, the first counts.
        "cpe23Type" if component.cpe.as_ref().is_none_or(|cpe| !cpe.starts_with("cpe:2.3:")) => {
            component.cpe = Some(locator);
        }
        "cpe22Type" => component.cpe = component.cpe.take().or(Some(locator)),
        "advisory" | "fix" | "url" | "security-other" => {
            component.external_references.push(ExternalReference {
                kind: if kind == "advisory" { "advisories" } else { "other" }.to_owned(),
                url: locator,
                comment: text(&mut from, "comment"),
                hashes: Vec::new(),
            });
        }
        _ => {}
    }
}

/// The licence that was concluded, then the one that the package declares, if it is another.
fn package_licences(from: &mut Object<'_>, defined: &Defined) -> Vec<LicenceChoice> {
    let mut licences = Vec::new();
    for name in ["licenseConcluded", "licenseDeclared"] {
        let Some(expression) = asserted(from, name) else { continue };
        let licence = match defined.get(expression.trim()) {
            Some((name, text)) => LicenceChoice::Named {
                id: None,
                name: name.clone().or(Some(expression)),
                text: text.clone(),
                url: None,
            },
            None => LicenceChoice::Expression(expression),
        };
        if !licences.contains(&licence) {
            licences.push(licence);
        }
    }
    licences
}

fn organization(text: &str) -> Option<Organization> {
    let name = text.split_once(':').map_or(text, |(_, name)| name);
    let contact = contact(name);
    let name = contact.name.clone().filter(|name| !name.is_empty())?;
    let contacts = if contact.email.is_some() { vec![contact] } else { Vec::new() };
    Some(Organization { name: Some(name), urls: Vec::new(), contacts })
}

/// What a package is for (section 7.24; SPDX 3: `SoftwarePurpose`).
fn classifier(purpose: &str) -> Option<Classifier> {
    Some(match plain(purpose).as_str() {
        "application" | "executable" | "install" => Classifier::Application,
        "framework" => Classifier::Framework,
        "library" | "module" => Classifier::Library,
        "container" => Classifier::Container,
        "platform" => Classifier::Platform,
        "operatingsystem" => Classifier::OperatingSystem,
        "device" => Classifier::Device,
        "devicedriver" => Classifier::DeviceDriver,
        "firmware" => Classifier::Firmware,
        "file" | "archive" => Classifier::File,
        "model" => Classifier::MachineLearningModel,
        "data" => Classifier::Data,
        _ => return None,
    })
}

/// The algorithm of a checksum: `SHA256`, `SHA3-256`; in SPDX 3 `sha256`, `sha3_256`.
fn algorithm_of(text: &str) -> Option<HashAlgorithm> {
    let written = plain(text);
    HashAlgorithm::ALL.iter().copied().find(|algorithm| plain(algorithm.as_cyclonedx()) == written)
}

/// Letters and digits, in lower case: versions of SPDX separate words differently.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// A text that says something: not that nothing is asserted, or that there is nothing.
fn asserted(from: &mut Object<'_>, name: &str) -> Option<String> {
    text(from, name).filter(|text| !matches!(text.trim(), "" | "NOASSERTION" | "NONE"))
}

fn relationships(from: &mut Object<'_>) -> Vec<Relationship> {
    list(from, "relationships", |mut relationship| {
        Some(Relationship {
            from: text(&mut relationship, "spdxElementId")?,
            kind: text(&mut relationship, "relationshipType")?,
            to: text(&mut relationship, "relatedSpdxElement")?,
        })
    })
    .into_iter()
    .flatten()
    .collect()
}

/// The ids of what the document describes.
fn described(from: &mut Object<'_>, document: &str, relationships: &[Relationship]) -> HashSet<String> {
    let mut described: HashSet<String> = texts(from, "documentDescribes").into_iter().collect();
    for relationship in relationships {
        if relationship.kind == "DESCRIBES" && relationship.from == document {
            described.insert(relationship.to.clone());
        } else if relationship.kind == "DESCRIBED_BY" && relationship.to == document {
            described.insert(relationship.from.clone());
        }
    }
    described
}

/// The relationships (section 11.1) that are dependencies, of those that depend in the order in
/// which they come first.
fn dependencies(relationships: Vec<Relationship>, not_packages: &HashSet<String>) -> Vec<Dependency> {
    let mut dependencies: Vec<Dependency> = Vec::new();
    let mut places = HashMap::new();
    for Relationship { from, kind, to } in relationships {
        let (from, to) = match kind.as_str() {
            "DEPENDS_ON" | "CONTAINS" | "DYNAMIC_LINK" | "STATIC_LINK" | "HAS_PREREQUISITE" => (from, to),
            "CONTAINED_BY" | "PREREQUISITE_FOR" | "DEPENDENCY_OF" => (to, from),
            kind if kind.ends_with("_DEPENDENCY_OF") => (to, from),
            _ => continue,
        };
        if not_packages.contains(&from) || not_packages.contains(&to) {
            continue;
        }
        let place = *places.entry(from.clone()).or_insert(dependencies.len());
        match dependencies.get_mut(place) {
            Some(dependency) => dependency.depends_on.push(to),
            None => dependencies.push(Dependency { from, depends_on: vec![to] }),
        }
    }
    dependencies
}

/// The version that `spdxVersion` names: `SPDX-2.3`.
pub(crate) fn version<'a>(document: &'a Value<'_>) -> Option<&'a str> {
    let version = document.get("spdxVersion")?.as_str()?.trim();
    Some(version.strip_prefix("SPDX-").unwrap_or(version))
}
