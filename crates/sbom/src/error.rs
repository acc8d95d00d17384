//! Why a document is refused.

use crate::{MAX_DEPTH, MAX_MEMORY};

/// What [`parse_any`](crate::parse_any) reads.
const ACCEPTED: &str = "CycloneDX JSON 1.2 to 1.7, CycloneDX XML 1.0 to 1.7, SPDX 2.0 to 2.3 as JSON \
                        or tag-value, and SPDX 3.0 JSON-LD";

/// Why a document is refused, in Dependency-Track's words where it has some.
///
/// Dependency-Track answers 400 with a problem document; its members `detail` and `errors` are
/// [`Error::detail`] and [`Error::errors`]. The [`Display`](std::fmt::Display) form is for people:
/// it also says where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not JSON at all (empty, text, broken off), or JSON that is not an object.
    #[error("BOM is neither valid JSON nor XML: {message}")]
    NotJson {
        /// What is wrong, with line and column where they are known.
        message: String,
    },
    /// XML that is not well-formed, breaks off, has a document type declaration, or is in an
    /// encoding that is not read.
    #[error("BOM is neither valid JSON nor XML: {message}")]
    NotXml {
        /// What is wrong, with line and column where they are known.
        message: String,
    },
    /// XML whose root is not the element `bom` in a namespace of CycloneDX 1.0 to 1.7.
    #[error(
        "Unable to determine schema version from XML: the root is <{root}> in the namespace \
         \"{namespace}\"; only <bom> of http://cyclonedx.org/schema/bom/1.0 to 1.7 is accepted"
    )]
    NoXmlVersion {
        /// The name of the root without prefix, shortened if it is long.
        root: String,
        /// The namespace of the root, empty if it has none, shortened if it is long.
        namespace: String,
    },
    /// In no format that is read.
    #[error("the document is {found}; {ACCEPTED} are accepted")]
    UnknownFormat {
        /// What it seems to be, as the end of the sentence "the document is …".
        found: String,
    },
    /// SPDX of a version that is not known.
    #[error("the document is SPDX of the version \"{found}\"; {ACCEPTED} are accepted")]
    UnknownSpdxVersion {
        /// The version as written, shortened if it is long.
        found: String,
    },
    /// JSON without a text member `specVersion`: not CycloneDX.
    #[error(
        "Unable to determine schema version from JSON: $.specVersion is missing or is not a \
         string; only CycloneDX documents are accepted"
    )]
    NoSpecVersion,
    /// A CycloneDX version older than its JSON format (1.0 and 1.1).
    #[error("JSON is not supported for specVersion {found}: use 1.2 or later")]
    NoJsonBefore12 {
        /// The version that `$.specVersion` names.
        found: String,
    },
    /// A version that is not known.
    #[error("Unrecognized specVersion {found}: 1.2 to 1.7 are supported")]
    UnknownSpecVersion {
        /// The version that `$.specVersion` names, shortened if it is long.
        found: String,
    },
    /// The document breaks the rules of the schema of its version.
    #[error("Schema validation failed: {}", errors.join("; "))]
    Invalid {
        /// One line a problem. JSON: JSONPath of the place, colon, what is wrong there. XML: the
        /// rule of XML Schema, colon, what is wrong, path of the element. At most
        /// [`MAX_ERRORS`](crate::MAX_ERRORS) lines and one that says if there are more.
        errors: Vec<String>,
    },
    /// Arrays and objects, or elements of XML, are nested too deeply.
    #[error(
        "BOM is nested too deeply: more than {MAX_DEPTH} levels of arrays and objects or of \
         elements at line {line} column {column}"
    )]
    TooDeep {
        /// Line of the first bracket or the first tag that is too deep, from 1.
        line: usize,
        /// Column (in bytes) of that bracket, or of the end of that tag, from 1.
        column: usize,
    },
    /// The document would take too much memory.
    #[error(
        "BOM is too large: its content would take more than {} MiB of memory; split it into \
         several projects",
        MAX_MEMORY / (1024 * 1024)
    )]
    TooLarge,
}

impl Error {
    /// The member `detail` of Dependency-Track's answer.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::NotJson { .. } | Self::NotXml { .. } => "BOM is neither valid JSON nor XML".to_owned(),
            Self::NoSpecVersion => "Unable to determine schema version from JSON".to_owned(),
            Self::NoXmlVersion { root, .. } if root != "bom" => {
                "Unable to determine schema version from XML".to_owned()
            }
            Self::NoXmlVersion { namespace, .. } => {
                format!("Unable to determine schema version from XML namespaces [{namespace}]")
            }
            Self::NoJsonBefore12 { found } => {
                format!("JSON is not supported for specVersion {found}")
            }
            Self::UnknownSpecVersion { found } => format!("Unrecognized specVersion {found}"),
            Self::Invalid { .. } => "Schema validation failed".to_owned(),
            // Dependency-Track has no words for these.
            Self::UnknownFormat { .. }
            | Self::UnknownSpdxVersion { .. }
            | Self::TooDeep { .. }
            | Self::TooLarge => self.to_string(),
        }
    }

    /// The member `errors` of Dependency-Track's answer; left out of the answer when empty.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        match self {
            Self::Invalid { errors } => errors,
            _ => &[],
        }
    }
}
