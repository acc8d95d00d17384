//! The one model that documents of every version are read into.
//!
//! Field names follow CycloneDX (<https://cyclonedx.org/docs/1.7/json/>). Absent and `null` are
//! `None` or empty. Texts are as the document gives them, untrimmed and uncut, unless said.

use std::fmt;

use crate::purl::Purl;
use crate::vocabulary::{Classifier, DataFlowDirection, HashAlgorithm, Scope};
use crate::vulnerability::Vulnerability;
use crate::{Error, message};

/// A version of the CycloneDX specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecVersion {
    /// CycloneDX 1.0 (2018), XML only.
    V1_0,
    /// CycloneDX 1.1 (2019), XML only.
    V1_1,
    /// CycloneDX 1.2 (2020), the first with a JSON format.
    V1_2,
    /// CycloneDX 1.3 (2021).
    V1_3,
    /// CycloneDX 1.4 (2022).
    V1_4,
    /// CycloneDX 1.5 (2023).
    V1_5,
    /// CycloneDX 1.6 (2024).
    V1_6,
    /// CycloneDX 1.7 (2025).
    V1_7,
}

impl SpecVersion {
    /// The version as `specVersion` spells it, such as `1.5`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }

    /// Every version, the oldest first.
    pub const ALL: [Self; 8] =
        [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3, Self::V1_4, Self::V1_5, Self::V1_6, Self::V1_7];

    /// From `$.specVersion` of a JSON document.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        match Self::ALL.into_iter().find(|version| version.as_str() == text) {
            Some(Self::V1_0 | Self::V1_1) => Err(Error::NoJsonBefore12 { found: text.to_owned() }),
            Some(version) => Ok(version),
            None => Err(Error::UnknownSpecVersion { found: message::shorten(text, 50) }),
        }
    }

    /// From the namespace of an XML document.
    pub(crate) fn from_namespace(namespace: &str) -> Option<Self> {
        let version = namespace.strip_prefix("http://cyclonedx.org/schema/bom/")?;
        Self::ALL.into_iter().find(|known| known.as_str() == version)
    }
}

impl fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A version of the SPDX specification. Patch releases are read as what they repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpdxVersion {
    /// SPDX 2.0 (2015).
    V2_0,
    /// SPDX 2.1 (2016).
    V2_1,
    /// SPDX 2.2 (2020).
    V2_2,
    /// SPDX 2.3 (2022).
    V2_3,
    /// SPDX 3.0 (2024).
    V3_0,
}

impl SpdxVersion {
    /// The version without patch level, such as `2.3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V2_1 => "2.1",
            Self::V2_2 => "2.2",
            Self::V2_3 => "2.3",
            Self::V3_0 => "3.0",
        }
    }

    /// From a number such as `2.3` or `3.0.1`.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let all = [Self::V2_0, Self::V2_1, Self::V2_2, Self::V2_3, Self::V3_0];
        all.into_iter().find(|version| {
            let rest = text.strip_prefix(version.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// What a document is written in. Displayed as `CycloneDX 1.5` or `SPDX 2.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// CycloneDX, JSON or XML.
    CycloneDx(SpecVersion),
    /// SPDX, JSON, tag-value or JSON-LD.
    Spdx(SpdxVersion),
}

impl Format {
    /// `CycloneDX` or `SPDX`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CycloneDx(_) => "CycloneDX",
            Self::Spdx(_) => "SPDX",
        }
    }

    /// The version of the specification, such as `1.5`.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::CycloneDx(version) => version.as_str(),
            Self::Spdx(version) => version.as_str(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.version())
    }
}

/// A bill of materials.
#[derive(Debug, Clone, PartialEq)]
pub struct Bom {
    /// The specification that the document follows, and its version.
    pub format: Format,
    /// `urn:uuid:…`, as written; `documentNamespace` of SPDX.
    pub serial_number: Option<String>,
    /// Counts the revisions of a document with one serial number; 1 if absent.
    pub version: i64,
    /// Who made the document when, and of what.
    pub metadata: Metadata,
    /// The components at the top level, in document order; see [`Bom::flatten`] for all.
    pub components: Vec<Component>,
    /// The services at the top level.
    pub services: Vec<Service>,
    /// The dependency graph as written; see [`Bom::graph`] for the edges that lead somewhere.
    pub dependencies: Vec<Dependency>,
    /// References of the document itself.
    pub external_references: Vec<ExternalReference>,
    /// What the document says about vulnerabilities (CycloneDX from 1.4): of its components, or,
    /// in a VEX document, of those of other documents.
    pub vulnerabilities: Vec<Vulnerability>,
}

impl Bom {
    /// The serial number without `urn:uuid:`.
    #[must_use]
    pub fn serial_uuid(&self) -> Option<&str> {
        let serial = self.serial_number.as_deref()?;
        Some(serial.strip_prefix("urn:uuid:").unwrap_or(serial))
    }
}

/// Who made the document when, and of what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// When the document was made, as written (RFC 3339).
    pub timestamp: Option<String>,
    /// What made the document.
    pub tools: Vec<Tool>,
    /// Who made the document.
    pub authors: Vec<Contact>,
    /// What the document describes. It is not one of the components; its children are among those
    /// that [`Bom::flatten`] gives.
    pub component: Option<Component>,
    /// Who made what the document describes (`manufacture` until 1.5, `manufacturer` from 1.6).
    pub manufacturer: Option<Organization>,
    /// Who supplied what the document describes.
    pub supplier: Option<Organization>,
    /// Licences of the document.
    pub licences: Vec<LicenceChoice>,
    /// Properties of the document.
    pub properties: Vec<Property>,
}

/// A tool that made the document, in the old form (vendor) or the new (a component or service).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tool {
    /// Who made the tool: vendor, group or provider.
    pub vendor: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// A component, with those nested in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Component {
    /// What the dependency graph calls it.
    pub bom_ref: Option<String>,
    /// Its `type`; `None` if absent or unknown, which Dependency-Track takes for a library.
    pub classifier: Option<Classifier>,
    /// Its group or namespace.
    pub group: Option<String>,
    /// Its name; `-` where the document has none or a blank one, as Dependency-Track does.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Who wrote it: `author` (until 1.5) first, then `authors` (from 1.6).
    pub authors: Vec<Contact>,
    /// Who supplied it.
    pub supplier: Option<Organization>,
    /// Who made it (from 1.6).
    pub manufacturer: Option<Organization>,
    /// Its copyright notice.
    pub copyright: Option<String>,
    /// Its Common Platform Enumeration name, unchecked.
    pub cpe: Option<String>,
    /// Its package URL, if it can be parsed.
    pub purl: Option<Purl>,
    /// The text of the package URL, if it cannot be parsed.
    pub invalid_purl: Option<String>,
    /// `tagId` of its software identification tag.
    pub swid_tag_id: Option<String>,
    /// Hashes of its content.
    pub hashes: Vec<Hash>,
    /// Its licences, unresolved; see [`resolve_licence`](crate::Component::resolve_licence).
    pub licences: Vec<LicenceChoice>,
    /// Whether it is needed at run time.
    pub scope: Option<Scope>,
    /// Its media type.
    pub mime_type: Option<String>,
    /// References to more about it.
    pub external_references: Vec<ExternalReference>,
    /// Name-value pairs about it, in document order, repetitions kept.
    pub properties: Vec<Property>,
    /// Where it was found (`evidence.occurrences`, from 1.5).
    pub occurrences: Vec<Occurrence>,
    /// The components nested in it.
    pub children: Vec<Component>,
}

/// A place where a component was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occurrence {
    /// The file or other place, as written.
    pub location: String,
    /// The line there (from 1.6).
    pub line: Option<i64>,
    /// The offset there (from 1.6).
    pub offset: Option<i64>,
    /// The name by which it is called there (from 1.6).
    pub symbol: Option<String>,
}

impl Component {
    /// Which kind of package the tool that made the document took the component for, as it spells
    /// it: `deb`, `npm`, `go-module` and the like. From the properties that Syft, Trivy and the
    /// CycloneDX tools are known to write; of use where there is no package URL.
    #[must_use]
    pub fn package_type_hint(&self) -> Option<&str> {
        /// Parts of the taxonomy `cdx:` that are named after a package manager.
        const MANAGERS: [&str; 8] =
            ["cargo", "composer", "gomod", "maven", "npm", "nuget", "pipenv", "poetry"];
        let written = |name: &str| {
            self.properties
                .iter()
                .filter(|property| property.name == name)
                .find_map(|property| property.value.as_deref().map(str::trim).filter(|it| !it.is_empty()))
        };
        let by_manager = || {
            self.properties.iter().find_map(|property| {
                let (manager, _) = property.name.strip_prefix("cdx:")?.split_once(':')?;
                MANAGERS.contains(&manager).then_some(manager)
            })
        };
        written("syft:package:type")
            .or_else(|| written("aquasecurity:trivy:PkgType"))
            .or_else(|| written("aquasecurity:trivy:Type"))
            .or_else(by_manager)
    }
}

/// A service: something called over a network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Service {
    /// What the dependency graph calls it.
    pub bom_ref: Option<String>,
    /// The name of who provides it.
    pub provider: Option<Organization>,
    /// Its group or namespace.
    pub group: Option<String>,
    /// Its name; `-` where the document has none or a blank one.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Where it is reached (URIs, unchecked).
    pub endpoints: Vec<String>,
    /// Whether it asks for authentication.
    pub authenticated: Option<bool>,
    /// Whether using it crosses a trust boundary.
    pub crosses_trust_boundary: Option<bool>,
    /// What data goes where.
    pub data: Vec<DataFlow>,
    /// Its licences, unresolved.
    pub licences: Vec<LicenceChoice>,
    /// References to more about it.
    pub external_references: Vec<ExternalReference>,
    /// Name-value pairs about it.
    pub properties: Vec<Property>,
    /// The services nested in it.
    pub children: Vec<Service>,
}

/// Data that a service takes or gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFlow {
    /// Which way.
    pub direction: DataFlowDirection,
    /// What kind of data (`classification`).
    pub name: Option<String>,
}

/// What a component depends on directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The `bom-ref` of the component or service that depends.
    pub from: String,
    /// The `bom-ref`s that it depends on, as written.
    pub depends_on: Vec<String>,
}

/// A person or a mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Name of the contact.
    pub name: Option<String>,
    /// E-mail address, unchecked.
    pub email: Option<String>,
    /// Telephone number, unchecked.
    pub phone: Option<String>,
}

/// An organization (`organizationalEntity`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its name.
    pub name: Option<String>,
    /// Its addresses on the web, unchecked.
    pub urls: Vec<String>,
    /// Whom to turn to there.
    pub contacts: Vec<Contact>,
}

/// One entry of `licenses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenceChoice {
    /// A licence by SPDX id or by name.
    Named {
        /// SPDX id, as written.
        id: Option<String>,
        /// Name of a licence that is not on the SPDX list.
        name: Option<String>,
        /// The text of the licence, encoded as the document says (often Base64).
        text: Option<String>,
        /// Where the licence is found.
        url: Option<String>,
    },
    /// An SPDX licence expression, as written, not checked.
    Expression(String),
}

/// A hash of the content of a component or of what is referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    /// How it was computed; `None` if the document names an algorithm that is not known.
    pub algorithm: Option<HashAlgorithm>,
    /// The value in hexadecimal digits, as written.
    pub value: String,
}

/// A reference to something outside the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalReference {
    /// What kind of thing is referred to, as written, such as `vcs` or `issue-tracker`.
    pub kind: String,
    /// Where it is (URI or BOM link), unchecked.
    pub url: String,
    /// A remark.
    pub comment: Option<String>,
    /// Hashes of what is there.
    pub hashes: Vec<Hash>,
}

/// A name-value pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// The name, often with a namespace before a colon.
    pub name: String,
    /// The value.
    pub value: Option<String>,
}

impl Property {
    /// Group and name as Dependency-Track separates them: at the first colon.
    #[must_use]
    pub fn group_and_name(&self) -> (Option<&str>, &str) {
        match self.name.split_once(':') {
            Some((group, name)) => (Some(group), name),
            None => (None, &self.name),
        }
    }
}
