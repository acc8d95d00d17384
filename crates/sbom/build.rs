//! Obtains the official CycloneDX schemas for JSON and XML, which are not kept in the repository.
//!
//! `schema/package.json` and its lock pin the npm package that carries them. It is installed into
//! the build folder once, and a generated file hands the schemas to the crate as text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

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
    println!("cargo::rerun-if-changed=schema/package.json");
    println!("cargo::rerun-if-changed=schema/package-lock.json");

    let pins = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("schema");
    let out = PathBuf::from(variable("OUT_DIR"));
    let folder = out.join("schemas");
    if !is_installed(&pins, &folder) {
        install(&pins, &folder);
    }
    let mut generated = String::new();
    for (name, file) in SCHEMAS {
        let path = folder.join(FOLDER).join(file);
        assert!(
            path.is_file(),
            "the package @cyclonedx/cyclonedx-library does not hold res/schema/{file}: \
             check the version that crates/sbom/schema/package.json pins"
        );
        // The schemas name each other by these file names, so they are the addresses, too.
        writeln!(
            generated,
            "pub(crate) const {name}: (&str, &str) = ({:?}, include_str!({:?}));",
            format!("http://cyclonedx.org/schema/{file}"),
            path.display().to_string()
        )
        .unwrap_or_default();
    }
    write(&out.join("schemas.rs"), &generated);
}

/// Whether the folder already holds what the pins ask for. The lock is copied last, so a broken
/// installation is not taken for a whole one.
fn is_installed(pins: &Path, folder: &Path) -> bool {
    let lock = folder.join("installed-lock.json");
    fs::read(pins.join("package-lock.json")).ok() == fs::read(lock).ok()
        && SCHEMAS.iter().all(|(_, file)| folder.join(FOLDER).join(file).is_file())
}

fn install(pins: &Path, folder: &Path) {
    fs::create_dir_all(folder)
        .unwrap_or_else(|error| fail(&format!("cannot create {}: {error}", folder.display())));
    for file in ["package.json", "package-lock.json"] {
        copy(&pins.join(file), &folder.join(file));
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| {
            fail(&format!(
                "cannot run npm ({error}). The crate `sbom` takes the official CycloneDX schemas \
                 from an npm package while it is built: install Node.js with npm, and make sure \
                 that `npm --version` works"
            ))
        });
    if !output.status.success() {
        fail(&format!(
            "`npm ci` failed in {} ({}). It installs the CycloneDX schemas pinned in \
             crates/sbom/schema, and needs a reachable npm registry.\n{}",
            folder.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    copy(&pins.join("package-lock.json"), &folder.join("installed-lock.json"));
}

fn copy(from: &Path, to: &Path) {
    if let Err(error) = fs::copy(from, to) {
        fail(&format!("cannot copy {} to {}: {error}", from.display(), to.display()));
    }
}

fn write(path: &Path, text: &str) {
    if let Err(error) = fs::write(path, text) {
        fail(&format!("cannot write {}: {error}", path.display()));
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("{name} is not set: run this through cargo")))
}

/// Ends the build with a message: what a build script has instead of an error value.
fn fail(message: &str) -> ! {
    println!("cargo::error={}", message.replace('\n', " | "));
    std::process::exit(1);
}
