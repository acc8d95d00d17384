//! Obtains the names of weaknesses (CWE), which are not kept in the repository.
//!
//! `cwe/package.json` and its lock pin the npm package that carries MITRE's catalogue. It is installed
//! into the build folder once, and a generated file hands the names to the crate.

#[path = "src/cwe/xml.rs"]
mod xml;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Where the package keeps the catalogue, below the folder it is installed in.
const CATALOGUE: &str = "node_modules/cwe-sdk/raw/cwe-archive.xml";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/cwe/xml.rs");
    println!("cargo::rerun-if-changed=cwe/package.json");
    println!("cargo::rerun-if-changed=cwe/package-lock.json");

    let pins = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("cwe");
    let out = PathBuf::from(variable("OUT_DIR"));
    let folder = out.join("cwe");
    if !is_installed(&pins, &folder) {
        install(&pins, &folder);
    }
    let path = folder.join(CATALOGUE);
    let file = fs::File::open(&path).unwrap_or_else(|error| {
        fail(&format!(
            "the package cwe-sdk does not hold raw/cwe-archive.xml ({error}): \
             check the version that crates/advisories/cwe/package.json pins"
        ))
    });
    let mut names = BTreeMap::new();
    let read = xml::read(io::BufReader::new(file), |id, name| {
        names.insert(id, name.to_owned());
    });
    if let Err(error) = read {
        fail(&format!("cannot read {}: {error}", path.display()));
    }
    let mut generated = "const ALL: &[(u32, &str)] = &[\n".to_owned();
    for (id, name) in names {
        writeln!(generated, "    ({id}, {name:?}),").unwrap_or_default();
    }
    generated.push_str("];\n");
    let target = out.join("cwe.rs");
    if let Err(error) = fs::write(&target, generated) {
        fail(&format!("cannot write {}: {error}", target.display()));
    }
}

/// Whether the folder already holds what the pins ask for. The lock is copied last, so a broken
/// installation is not taken for a whole one.
fn is_installed(pins: &Path, folder: &Path) -> bool {
    let lock = folder.join("installed-lock.json");
    fs::read(pins.join("package-lock.json")).ok() == fs::read(lock).ok() && folder.join(CATALOGUE).is_file()
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
                "cannot run npm ({error}). The crate `advisories` takes the names of weaknesses from an \
                 npm package while it is built: install Node.js with npm, and make sure that \
                 `npm --version` works"
            ))
        });
    if !output.status.success() {
        fail(&format!(
            "`npm ci` failed in {} ({}). It installs the CWE catalogue pinned in crates/advisories/cwe, \
             and needs a reachable npm registry.\n{}",
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

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("{name} is not set: run this through cargo")))
}

/// Ends the build with a message: what a build script has instead of an error value.
fn fail(message: &str) -> ! {
    println!("cargo::error={}", message.replace('\n', " | "));
    std::process::exit(1);
}
