//! CycloneDX documents of what is known here, in every version of the specification, as JSON and XML
//! (behaviour reference §3.12, §7.5).

mod component;
mod document;
mod vulnerability;
mod xml;

pub(crate) use document::{Variant, of_component, of_project, vex};
pub(crate) use sbom::SpecVersion;
pub(crate) use xml::write as xml;
