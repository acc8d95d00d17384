//! Tidiness as tests: licences and sources of what we depend on, the arrows between the crates, and
//! what no file of the project may contain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Licences that code we ship may have. Each is compatible with shipping under Apache-2.0.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Which of our crates a crate may use. Arrows point down only; see ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("npm-package", &[]),
    ("versions", &[]),
    ("sbom", &["npm-package"]),
    ("dependency-track", &[]),
    ("storage", &[]),
    ("advisories", &["npm-package", "versions"]),
    ("identity", &["storage"]),
    ("analyzer", &["identity", "storage", "dependency-track", "sbom", "advisories", "versions"]),
    ("platform", &["identity", "storage", "dependency-track", "sbom", "advisories", "versions"]),
    ("twintrack", &["analyzer", "platform", "identity", "storage", "dependency-track", "sbom", "advisories"]),
];

/// Crates of bytes in, values out; and what would make them something else.
const PURE: &[&str] = &["sbom", "versions", "advisories"];
const IMPURE_DEPENDENCIES: &[&str] = &[
    "tokio",
    "async-std",
    "futures-executor",
    "hyper",
    "reqwest",
    "axum",
    "sea-orm",
    "sqlx",
    "sqlx-core",
    "libsqlite3-sys",
];
const IMPURE_CODE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "std::net::",
    "std::fs::",
    "std::env::",
    "std::process::",
];

/// Lines of a source file. A longer one is usually more than one thing.
const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What cargo resolved for the machine that runs the test.
fn metadata() -> Value {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let version =
        Command::new(std::env::var("RUSTC").as_deref().unwrap_or("rustc")).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn packages(metadata: &Value) -> &Vec<Value> {
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "cargo listed only {} packages", packages.len());
    packages
}

/// Whether one choice that the expression leaves has only licences of the list.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = any_of(&words, &mut at);
    assert_eq!(at, words.len(), "{expression:?} is not understood");
    result
}

fn any_of(words: &[&str], at: &mut usize) -> bool {
    let mut result = all_of(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all_of(words, at);
    }
    result
}

fn all_of(words: &[&str], at: &mut usize) -> bool {
    let mut result = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at);
    }
    result
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let result = any_of(words, at);
        assert_eq!(words.get(*at), Some(&")"), "{words:?} lacks a parenthesis");
        *at += 1;
        return result;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return LICENCES.contains(&word) || LICENCES.contains(&format!("{word} WITH {exception}").as_str());
    }
    LICENCES.contains(&word)
}

#[test]
fn licence_expressions_are_understood() {
    assert!(allowed("MIT"));
    assert!(allowed("MIT/Apache-2.0"));
    assert!(allowed("GPL-3.0-only OR MIT"));
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(allowed("Apache-2.0 WITH LLVM-exception"));
    assert!(!allowed("GPL-3.0-only"));
    assert!(!allowed("(MIT OR Apache-2.0) AND GPL-3.0-only"));
    assert!(!allowed("AGPL-3.0-only OR GPL-2.0-only"));
}

#[test]
fn dependencies_have_licences_that_we_can_ship() {
    let metadata = metadata();
    let refused: Vec<String> = packages(&metadata)
        .iter()
        .filter(|package| !allowed(text(package, "license")))
        .map(|package| {
            format!("{} {}: {:?}", text(package, "name"), text(package, "version"), package["license"])
        })
        .collect();
    assert!(refused.is_empty(), "not in the list of licences: {refused:#?}");
}

#[test]
fn dependencies_come_from_the_registry() {
    let metadata = metadata();
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let elsewhere: Vec<String> = packages(&metadata)
        .iter()
        .filter(|package| match package["source"].as_str() {
            Some(source) => source != CRATES_IO,
            None => !members.contains(text(package, "id")),
        })
        .map(|package| format!("{} from {}", text(package, "name"), package["source"]))
        .collect();
    assert!(elsewhere.is_empty(), "not from crates.io: {elsewhere:#?}");
}

#[test]
fn arrows_between_our_crates_point_down() {
    let metadata = metadata();
    let rules: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for package in packages(&metadata).iter().filter(|package| package["source"].is_null()) {
        let name = text(package, "name");
        let may = rules.get(name).unwrap_or_else(|| panic!("{name} has no line in ARROWS"));
        seen.insert(name);
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = text(dependency, "name");
            // A test may use a crate that the code may not, but never across the twins.
            let crosses = matches!((name, on), ("analyzer", "platform") | ("platform", "analyzer"));
            let for_tests = dependency["kind"] == "dev";
            if rules.contains_key(on) && on != name {
                assert!(!crosses, "{name} must know {on} only over HTTP");
                assert!(for_tests || may.contains(&on), "{name} must not depend on {on}");
            }
        }
    }
    assert_eq!(seen, rules.keys().copied().collect(), "ARROWS and the workspace differ");
}

#[test]
fn pure_crates_have_no_runtime_network_database_or_clock() {
    let metadata = metadata();
    let name_of: BTreeMap<&str, &str> =
        packages(&metadata).iter().map(|package| (text(package, "id"), text(package, "name"))).collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    for pure in PURE {
        let start = name_of.iter().find(|(_, name)| name == &pure).map(|(id, _)| *id).unwrap();
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            if !reached.insert(id) {
                continue;
            }
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    open.push(text(dependency, "pkg"));
                }
            }
        }
        for id in reached {
            assert!(!IMPURE_DEPENDENCIES.contains(&name_of[id]), "{pure} reaches {}", name_of[id]);
        }
        let sources = root().join("crates").join(pure).join("src");
        for file in files().iter().filter(|file| file.starts_with(&sources)) {
            let code = std::fs::read_to_string(file).unwrap();
            for word in IMPURE_CODE {
                assert!(!code.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}

/// Every file of the project that people write, without what is ignored or installed.
fn files() -> Vec<PathBuf> {
    const SKIPPED: &[&str] = &["target", "node_modules", "dist", "data", ".git", "generated", "test-results"];
    let mut found = Vec::new();
    let mut open = vec![root()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                // Test data lies in folders named data too; only the server's own is skipped.
                if !SKIPPED.contains(&name.as_str()) || (name == "data" && folder != root()) {
                    open.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 50, "only {} files found", found.len());
    found
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
}

#[test]
fn source_files_are_short() {
    let mut long = Vec::new();
    for file in
        files().iter().filter(|file| has_extension(file, &["rs", "ts", "tsx", "mjs", "sh", "sql", "css"]))
    {
        let lines = std::fs::read_to_string(file).unwrap().lines().count();
        if lines > MOST_LINES {
            long.push(format!("{} has {lines} lines", file.display()));
        }
    }
    assert!(long.is_empty(), "more than {MOST_LINES} lines: {long:#?}");
}

/// Folders that exist on one machine only. Put together here, so that this file passes its own test.
fn is_machine_path(word: &str) -> bool {
    ["work", "root", "home", "Users", "farm"].iter().any(|folder| word.starts_with(&format!("/{folder}/")))
}

#[test]
fn no_file_names_a_path_of_somebodys_machine() {
    let mut named = Vec::new();
    for file in files() {
        let Ok(code) = std::fs::read_to_string(&file) else { continue };
        for (index, line) in code.lines().enumerate() {
            let words = line.split(|c: char| c.is_whitespace() || "\"'`=(),;<>[]{}".contains(c));
            if let Some(word) = words.into_iter().find(|word| is_machine_path(word)) {
                named.push(format!("{}:{}: {word}", file.display(), index + 1));
            }
        }
    }
    assert!(named.is_empty(), "paths of a machine: {named:#?}");
}
