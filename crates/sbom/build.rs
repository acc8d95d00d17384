//! Obtains the official CycloneDX schemas for JSON and XML, which are not kept in the repository.
//!
//! `schema/package.json` and its lock pin the npm package that carries them, and a generated file
//! hands the schemas to the crate as text.

use std::fmt::Write as _;

/// Where the package keeps its schemas, below the folder it is installed in.
const FOLDER: &str = "node_modules/@cyclonedx/cyclonedx-library/res/schema";

/// The names of the schemas: as the crate knows them, and as the package spells them.
///
/// 1.2 and 1.3 come in two forms; Dependency-Track validates with the strict one, which refuses
/// properties that the version does not define, as every later version does.
const SCHEMAS: [(&str, &str); 18] = [
    ("V1_2", "bom-1.2-strict.SNAPSHOT.schema.json"),
    ("V1_3", "bom-1.3-strict.SNAPSHOT.schema.json"),
    ("V1_4", "bom-1.4.SNAPSHOT.schema.json"),
    ("V1_5", "bom-1.5.SNAPSHOT.schema.json"),
    ("V1_6", "bom-1.6.SNAPSHOT.schema.json"),
    ("V1_7", "bom-1.7.SNAPSHOT.schema.json"),
    ("SPDX", "spdx.SNAPSHOT.schema.json"),
    ("JSF", "jsf-0.82.SNAPSHOT.schema.json"),
    ("CRYPTOGRAPHY", "cryptography-defs.SNAPSHOT.schema.json"),
    ("XML_1_0", "bom-1.0.SNAPSHOT.xsd"),
    ("XML_1_1", "bom-1.1.SNAPSHOT.xsd"),
    ("XML_1_2", "bom-1.2.SNAPSHOT.xsd"),
    ("XML_1_3", "bom-1.3.SNAPSHOT.xsd"),
    ("XML_1_4", "bom-1.4.SNAPSHOT.xsd"),
    ("XML_1_5", "bom-1.5.SNAPSHOT.xsd"),
    ("XML_1_6", "bom-1.6.SNAPSHOT.xsd"),
    ("XML_1_7", "bom-1.7.SNAPSHOT.xsd"),
    ("XML_SPDX", "spdx.SNAPSHOT.xsd"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = npm_package::install("schema", "the official CycloneDX schemas").join(FOLDER);
    let mut generated = String::new();
    for (name, file) in SCHEMAS {
        let path = folder.join(file);
        if !path.is_file() {
            npm_package::fail(&format!(
                "the package @cyclonedx/cyclonedx-library does not hold res/schema/{file}: \
                 check the version that crates/sbom/schema/package.json pins"
            ));
        }
        // The schemas name each other by these file names, so they are the addresses, too.
        writeln!(
            generated,
            "pub(crate) const {name}: (&str, &str) = ({:?}, include_str!({:?}));",
            format!("http://cyclonedx.org/schema/{file}"),
            path.display().to_string()
        )
        .unwrap_or_default();
    }
    npm_package::write("schemas.rs", &generated);
}
