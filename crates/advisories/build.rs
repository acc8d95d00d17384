//! Obtains the names of weaknesses (CWE), which are not kept in the repository.
//!
//! `cwe/package.json` and its lock pin the npm package that carries MITRE's catalogue, and a generated
//! file hands the names to the crate.

#[path = "src/cwe/xml.rs"]
mod xml;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{fs, io};

/// Where the package keeps the catalogue, below the folder it is installed in.
const CATALOGUE: &str = "node_modules/cwe-sdk/raw/cwe-archive.xml";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/cwe/xml.rs");
    let path = npm_package::install("cwe", "the names of weaknesses").join(CATALOGUE);
    let file = fs::File::open(&path).unwrap_or_else(|error| {
        npm_package::fail(&format!(
            "the package cwe-sdk does not hold raw/cwe-archive.xml ({error}): \
             check the version that crates/advisories/cwe/package.json pins"
        ))
    });
    let mut names = BTreeMap::new();
    let read = xml::read(io::BufReader::new(file), |id, name| {
        names.insert(id, name.to_owned());
    });
    if let Err(error) = read {
        npm_package::fail(&format!("cannot read {}: {error}", path.display()));
    }
    let mut generated = "const ALL: &[(u32, &str)] = &[\n".to_owned();
    for (id, name) in names {
        writeln!(generated, "    ({id}, {name:?}),").unwrap_or_default();
    }
    generated.push_str("];\n");
    npm_package::write("cwe.rs", &generated);
}
