//! The Common Weakness Enumeration (© MITRE): the names of weaknesses and categories, built in, and a
//! reader of MITRE's file for a newer list.

mod xml;

use std::io::BufRead;

use crate::Error;

include!(concat!(env!("OUT_DIR"), "/cwe.rs"));

/// The name of a weakness or category, `79` for CWE-79.
pub fn name(id: u32) -> Option<&'static str> {
    let at = ALL.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    ALL.get(at).map(|(_, name)| *name)
}

/// Every weakness and category that is built in, by number.
pub fn all() -> &'static [(u32, &'static str)] {
    ALL
}

/// Reads the weaknesses and categories of MITRE's catalogue (`cwec_v4.xx.xml`, uncompressed) one by one
/// in the order of the file, with number and name. Nothing of the file is kept.
///
/// # Errors
/// When it is not XML, cannot be read, or has neither weaknesses nor categories.
pub fn read_xml(input: impl BufRead, each: impl FnMut(u32, &str)) -> Result<(), Error> {
    xml::read(input, each).map_err(|message| Error::Field { field: "CWE catalogue", message })
}
