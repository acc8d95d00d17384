//! The one model that documents of every version are read into.
//!
//! Field names follow CycloneDX (<https://cyclonedx.org/docs/1.7/json/>). Absent and `null` are
//! `None` or empty. Texts are as the document gives them, untrimmed and uncut, unless said.

use std::fmt;

use crate::purl::Purl;
use crate::{Error, message};

/// A version of the CycloneDX specification that has a JSON format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecVersion {
    /// CycloneDX 1.2 (2020).
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
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "1.2" => Self::V1_2,
            "1.3" => Self::V1_3,
            "1.4" => Self::V1_4,
            "1.5" => Self::V1_5,
            "1.6" => Self::V1_6,
            "1.7" => Self::V1_7,
            "1.0" | "1.1" => {
                return Err(Error::NoJsonBefore12 { found: text.to_owned() });
            }
            other => {
                return Err(Error::UnknownSpecVersion { found: message::shorten(other, 50) });
            }
        })
    }
}

impl fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bill of materials.
#[derive(Debug, Clone, PartialEq)]
pub struct Bom {
    /// The version of the specification that the document follows.
    pub spec_version: SpecVersion,
    /// `urn:uuid:…`, as written.
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
    /// The components nested in it.
    pub children: Vec<Component>,
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

/// Defines an enumeration, its spelling in CycloneDX and in Dependency-Track.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $cyclonedx:literal, $track:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$item])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The spelling of CycloneDX.
            #[must_use]
            pub fn as_cyclonedx(self) -> &'static str {
                match self { $(Self::$variant => $cyclonedx,)* }
            }

            /// The spelling of Dependency-Track's API.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $track,)* }
            }

            /// From the spelling of CycloneDX.
            #[must_use]
            pub fn from_cyclonedx(text: &str) -> Option<Self> {
                match text { $($cyclonedx => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// What kind of thing a component is (`type`).
    Classifier {
        /// A program.
        Application = "application", "APPLICATION";
        /// A software framework.
        Framework = "framework", "FRAMEWORK";
        /// A library: most packages.
        Library = "library", "LIBRARY";
        /// A container image.
        Container = "container", "CONTAINER";
        /// A runtime environment.
        Platform = "platform", "PLATFORM";
        /// An operating system.
        OperatingSystem = "operating-system", "OPERATING_SYSTEM";
        /// Hardware.
        Device = "device", "DEVICE";
        /// Software that drives hardware.
        DeviceDriver = "device-driver", "DEVICE_DRIVER";
        /// Software inside hardware.
        Firmware = "firmware", "FIRMWARE";
        /// A file.
        File = "file", "FILE";
        /// A trained model.
        MachineLearningModel = "machine-learning-model", "MACHINE_LEARNING_MODEL";
        /// Data.
        Data = "data", "DATA";
        /// A key, certificate, algorithm or protocol.
        CryptographicAsset = "cryptographic-asset", "CRYPTOGRAPHIC_ASSET";
    }
}

vocabulary! {
    /// Whether a component is needed at run time.
    Scope {
        /// It is.
        Required = "required", "REQUIRED";
        /// It need not be there.
        Optional = "optional", "OPTIONAL";
        /// It is used while building or testing, say.
        Excluded = "excluded", "EXCLUDED";
    }
}

vocabulary! {
    /// Which way data flows, seen from the service.
    DataFlowDirection {
        /// To the service.
        Inbound = "inbound", "INBOUND";
        /// From the service.
        Outbound = "outbound", "OUTBOUND";
        /// Both.
        BiDirectional = "bi-directional", "BI_DIRECTIONAL";
        /// Not known.
        Unknown = "unknown", "UNKNOWN";
    }
}

vocabulary! {
    /// How a hash was computed. [`HashAlgorithm::as_str`] is the name of the field that
    /// Dependency-Track keeps it in.
    HashAlgorithm {
        /// MD5, 32 digits.
        Md5 = "MD5", "md5";
        /// SHA-1, 40 digits.
        Sha1 = "SHA-1", "sha1";
        /// SHA-2 of 256 bits.
        Sha256 = "SHA-256", "sha256";
        /// SHA-2 of 384 bits.
        Sha384 = "SHA-384", "sha384";
        /// SHA-2 of 512 bits.
        Sha512 = "SHA-512", "sha512";
        /// SHA-3 of 256 bits.
        Sha3_256 = "SHA3-256", "sha3_256";
        /// SHA-3 of 384 bits.
        Sha3_384 = "SHA3-384", "sha3_384";
        /// SHA-3 of 512 bits.
        Sha3_512 = "SHA3-512", "sha3_512";
        /// BLAKE2b of 256 bits.
        Blake2b256 = "BLAKE2b-256", "blake2b_256";
        /// BLAKE2b of 384 bits.
        Blake2b384 = "BLAKE2b-384", "blake2b_384";
        /// BLAKE2b of 512 bits.
        Blake2b512 = "BLAKE2b-512", "blake2b_512";
        /// BLAKE3.
        Blake3 = "BLAKE3", "blake3";
        /// Streebog of 256 bits (from 1.7).
        Streebog256 = "Streebog-256", "streebog_256";
        /// Streebog of 512 bits (from 1.7).
        Streebog512 = "Streebog-512", "streebog_512";
    }
}
