//! Software bills of materials: documents in, one model out.
//!
//! Reads [CycloneDX](https://cyclonedx.org/specification/overview/) JSON 1.2 to 1.7. A document
//! is validated by the official schema of the version it names and then read into one [`Bom`],
//! the same for every version. The crate is pure: bytes in, model out; no I/O, clock or database.
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

mod error;
mod explain;
mod graph;
mod licence;
mod message;
mod model;
mod purl;
mod read;
mod scan;
mod schema;

pub use error::Error;
pub use graph::{FlatComponent, Graph, Identity, Inventory};
pub use licence::{
    Licence, ResolvedLicence, is_licence_expression, licence_by_id, licence_by_name, licences,
};
pub use model::{
    Bom, Classifier, Component, Contact, DataFlow, DataFlowDirection, Dependency, ExternalReference, Hash,
    HashAlgorithm, LicenceChoice, Metadata, Organization, Property, Scope, Service, SpecVersion, Tool,
};
pub use purl::{Purl, parse_purl};

/// How many arrays and objects may be open at once in a document.
///
/// A component nested in another takes two of them.
pub const MAX_DEPTH: usize = 127;

/// How many problems [`Error::Invalid`] lists at most; one more line says if there are others.
pub const MAX_ERRORS: usize = 100;

/// How much memory, in bytes, a parsed document may be estimated to take.
pub const MAX_MEMORY: usize = 2 * 1024 * 1024 * 1024;

/// Reads a CycloneDX JSON document after validating it by the official schema of its version.
///
/// A byte-order mark is skipped, and UTF-16 and UTF-32 are read (RFC 4627, section 3), as
/// Dependency-Track does.
///
/// # Errors
/// Every reason to refuse a document is an [`Error`]; [`Error::detail`] and [`Error::errors`] give
/// Dependency-Track's words for it.
pub fn parse(bytes: &[u8]) -> Result<Bom, Error> {
    let (document, version) = load(bytes)?;
    let document = schema::validate(document, version)?;
    Ok(read::bom(document, version))
}

/// Reads a CycloneDX JSON document without validating it: fields of a wrong type count as absent.
///
/// # Errors
/// As [`parse`], except for [`Error::Invalid`].
pub fn parse_unvalidated(bytes: &[u8]) -> Result<Bom, Error> {
    let (document, version) = load(bytes)?;
    Ok(read::bom(document, version))
}

/// From bytes to a JSON object that names a specification version that is known.
fn load(bytes: &[u8]) -> Result<(serde_json::Value, SpecVersion), Error> {
    let text = scan::to_utf8(bytes)?;
    scan::check_limits(&text, MAX_DEPTH, MAX_MEMORY)?;
    let document: serde_json::Value = serde_json::from_slice(&text).map_err(|error| {
        if text.trim_ascii_start().starts_with(b"<") {
            return Error::Xml;
        }
        Error::NotJson { message: error.to_string() }
    })?;
    if !document.is_object() {
        return Err(Error::NotJson {
            message: format!(
                "expected an object, but the document is {}",
                message::with_article(message::type_name(&document))
            ),
        });
    }
    let version = match document.get("specVersion") {
        Some(serde_json::Value::String(version)) => SpecVersion::from_text(version)?,
        _ => return Err(Error::NoSpecVersion),
    };
    Ok((document, version))
}
