//! Software bills of materials: documents in, one model out.
//!
//! Reads [CycloneDX](https://cyclonedx.org/specification/overview/) JSON 1.2 to 1.7 and XML 1.0 to
//! 1.7, and [SPDX](https://spdx.dev/use/specifications/) 2.0 to 2.3 (JSON, tag-value) and 3.0
//! (JSON-LD), into one [`Bom`], the same for every format and version.
//!
//! - [`parse`] is the door for uploads to an API: CycloneDX, validated by the official schema of the
//!   version that the document names, and refused in the words of Dependency-Track;
//! - [`parse_unvalidated`] is the same door with validation switched off;
//! - [`parse_any`] is the door for files: any format, as it comes, without validation.
//!
//! The crate is pure: bytes in, model out; no I/O, clock or database.
//!
//! ```
//! let bom = sbom::parse(br#"{
//!   "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
//!   "components": [{"type": "library", "name": "left-pad", "purl": "pkg:npm/left-pad@1.3.0"}]
//! }"#)?;
//! assert_eq!(bom.components[0].name, "left-pad");
//!
//! let refusal = sbom::parse(br#"{
//!   "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library"}]
//! }"#).unwrap_err();
//! assert_eq!(refusal.errors(), ["$.components[0]: required property 'name' not found"]);
//! # Ok::<(), sbom::Error>(())
//! ```
//!
//! # Bad input
//! Nothing panics, and nothing recurses deeper than [`MAX_DEPTH`]. What is refused is described
//! by [`Error`]. What schemas do not check is accepted, with a defined meaning:
//!
//! - two components with one `bom-ref`: both are kept, edges of the graph mean the first;
//! - dependencies on unknown refs, on oneself or listed twice: left out of [`Bom::graph`];
//! - cycles in the dependencies: kept, they are edges like any other;
//! - a package URL that cannot be parsed: [`Component::purl`] is `None`, the text is kept in
//!   [`Component::invalid_purl`].

mod detect;
mod error;
mod explain;
mod graph;
mod licence;
mod message;
mod model;
mod purl;
mod read;
mod read_vulnerability;
mod scan;
mod schema;
mod spdx2;
mod spdx3;
mod spdx_tag;
mod take;
mod value;
mod vocabulary;
mod vulnerability;
mod xml;
mod xsd;

pub use error::Error;
pub use graph::{FlatComponent, Graph, Identity, Inventory};
pub use licence::{
    Licence, ResolvedLicence, is_licence_expression, licence_by_id, licence_by_name, licences,
};
pub use model::{
    Bom, Component, Contact, DataFlow, Dependency, ExternalReference, Format, Hash, LicenceChoice, Metadata,
    Occurrence, Organization, Property, Service, SpdxVersion, SpecVersion, Tool,
};
pub use purl::{Purl, parse_purl};
pub use vocabulary::{
    AffectedStatus, Classifier, DataFlowDirection, HashAlgorithm, ImpactJustification, ImpactResponse,
    ImpactState, Scope, Severity,
};
pub use vulnerability::{
    Advisory, Affected, AffectedVersion, AffectedVersions, BomLink, ImpactAnalysis, Rating, RefIndex, Target,
    Vulnerability, VulnerabilityReference, VulnerabilitySource,
};

use crate::take::object;
use crate::value::{Object, Value};

/// How many arrays and objects, or elements of XML, may be open at once in a document.
///
/// A component nested in another takes two of them.
pub const MAX_DEPTH: usize = 127;

/// How many problems [`Error::Invalid`] lists at most; one more line says if there are others.
pub const MAX_ERRORS: usize = 100;

/// How much memory, in bytes, a parsed document may be estimated to take.
pub const MAX_MEMORY: usize = 2 * 1024 * 1024 * 1024;

/// Reads a CycloneDX document, JSON or XML, after validating it by the official schema of its
/// version.
///
/// A byte-order mark is skipped, and UTF-16 and UTF-32 are read (RFC 4627, section 3), as
/// Dependency-Track does; XML in ISO-8859-1, too.
///
/// # Errors
/// Every reason to refuse a document is an [`Error`]; [`Error::detail`] and [`Error::errors`] give
/// Dependency-Track's words for it.
pub fn parse(bytes: &[u8]) -> Result<Bom, Error> {
    cyclonedx(bytes, true)
}

/// Reads a CycloneDX document, JSON or XML, without validating it: fields of a wrong type count as
/// absent.
///
/// # Errors
/// As [`parse`], except for [`Error::Invalid`].
pub fn parse_unvalidated(bytes: &[u8]) -> Result<Bom, Error> {
    cyclonedx(bytes, false)
}

/// Reads a document in any of the formats, as it comes: it is not validated by a schema, and fields
/// of a wrong type count as absent.
///
/// # Errors
/// [`Error::UnknownFormat`] or [`Error::UnknownSpdxVersion`] if the document is in none of the
/// formats, and as [`parse_unvalidated`].
pub fn parse_any(bytes: &[u8]) -> Result<Bom, Error> {
    let utf8 = scan::to_utf8(bytes)?;
    match utf8.trim_ascii_start().first() {
        Some(b'<') => match xml::read(&xml::decode(&utf8)?) {
            Ok((version, document)) => Ok(read::bom(document.into(), version)),
            Err(Error::NoXmlVersion { root, namespace }) => {
                Err(Error::UnknownFormat { found: detect::describe_xml(&root, &namespace) })
            }
            Err(error) => Err(error),
        },
        Some(b'{' | b'[') => any_json(&utf8),
        _ => {
            let text = String::from_utf8_lossy(&utf8);
            if !spdx_tag::is_tag_value(&text) {
                return Err(Error::UnknownFormat { found: detect::describe_text(&utf8) });
            }
            spdx2(Value::Object(Object::from(spdx_tag::read(&text)?)))
        }
    }
}

fn any_json(utf8: &[u8]) -> Result<Bom, Error> {
    let document = json(utf8)?;
    if document.get("specVersion").is_some() {
        let version = spec_version(&document)?;
        return Ok(read::bom(document, version));
    }
    // GitHub exports its dependency graph with a member around the document.
    if document.get("sbom").is_some_and(|inner| inner.get("spdxVersion").is_some()) {
        return spdx2(object(document).remove("sbom").unwrap_or_default());
    }
    if document.get("spdxVersion").is_some() {
        return spdx2(document);
    }
    let unknown = Error::UnknownFormat { found: detect::describe_json(&document) };
    match spdx3::as_spdx2(document) {
        Some((Some(version), document)) => match SpdxVersion::from_text(&version) {
            Some(version) => Ok(spdx2::bom(document, version)),
            None => Err(Error::UnknownSpdxVersion { found: message::shorten(&version, 50) }),
        },
        _ => Err(unknown),
    }
}

fn spdx2(document: Value<'_>) -> Result<Bom, Error> {
    let written = spdx2::version(&document).unwrap_or_default();
    match SpdxVersion::from_text(written) {
        Some(version) => Ok(spdx2::bom(object(document), version)),
        None => Err(Error::UnknownSpdxVersion { found: message::shorten(written, 50) }),
    }
}

fn cyclonedx(bytes: &[u8], validated: bool) -> Result<Bom, Error> {
    let utf8 = scan::to_utf8(bytes)?;
    if utf8.trim_ascii_start().starts_with(b"<") {
        let text = xml::decode(&utf8)?;
        let (version, document) = xml::read(&text)?;
        if validated {
            xsd::validate(&text, version)?;
        }
        return Ok(read::bom(document.into(), version));
    }
    let document = json(&utf8)?;
    let version = spec_version(&document)?;
    if !validated {
        return Ok(read::bom(document, version));
    }
    // The validator wants a tree of its own; there is never both.
    drop(document);
    Ok(read::bom(schema::validate(tree(&utf8)?, version)?.into(), version))
}

/// From bytes to a JSON object.
fn json(utf8: &[u8]) -> Result<Value<'_>, Error> {
    let check = || scan::check_limits(utf8, MAX_DEPTH, MAX_MEMORY);
    // Where it cannot take too much memory, only what is wrong with it is left to say: the parser goes
    // as deep as is allowed, too.
    if scan::largest(utf8) > MAX_MEMORY {
        check()?;
    }
    let document: Value<'_> = parsed(utf8).or_else(|error| check().and(Err(error)))?;
    if document.as_object().is_none() {
        let kind = message::type_name(&tree(utf8)?);
        return Err(Error::NotJson {
            message: format!("expected an object, but the document is {}", message::with_article(kind)),
        });
    }
    Ok(document)
}

/// The same document as a tree.
fn tree(utf8: &[u8]) -> Result<serde_json::Value, Error> {
    parsed(utf8)
}

fn parsed<'a, T: serde::Deserialize<'a>>(utf8: &'a [u8]) -> Result<T, Error> {
    // Looking once at all of it is cheaper than at every text.
    let read = match std::str::from_utf8(utf8) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(utf8),
    };
    read.map_err(|error| Error::NotJson { message: error.to_string() })
}

/// The version that a JSON document names, if it is a known one.
fn spec_version(document: &Value<'_>) -> Result<SpecVersion, Error> {
    match document.get("specVersion") {
        Some(Value::String(version)) => SpecVersion::from_json(version),
        _ => Err(Error::NoSpecVersion),
    }
}
