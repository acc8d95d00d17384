//! Published documents and the conformance documents of the specification, from the corpus that
//! `make corpus` brings. Without the variable `CORPUS` there is nothing to do here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn corpus() -> Option<PathBuf> {
    let Some(root) = env::var_os("CORPUS") else {
        eprintln!("skipped: CORPUS is not set (make corpus)");
        return None;
    };
    let folder = PathBuf::from(root).join("corpus/sboms");
    assert!(folder.is_dir(), "{} is missing", folder.display());
    Some(folder)
}

fn files(folder: &Path, suffix: &str) -> Vec<(String, PathBuf)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name.ends_with(suffix))
        .collect();
    files.sort();
    files
}

#[test]
fn conformance_documents_get_their_verdict() {
    let Some(folder) = corpus() else { return };
    // How many documents the specification has for each version: valid, invalid.
    let expected = [
        ("1.2", 21, 19),
        ("1.3", 26, 22),
        ("1.4", 29, 22),
        ("1.5", 36, 22),
        ("1.6", 45, 25),
        ("1.7", 61, 29),
    ];
    let mut wrong = Vec::new();
    for (version, valid, invalid) in expected {
        let files = files(&folder.join("conformance").join(version), ".json");
        let mut counts = (0, 0);
        for (name, path) in files {
            let verdict = sbom::parse(&fs::read(path).unwrap());
            if name.starts_with("valid-") {
                counts.0 += 1;
                match verdict {
                    Ok(bom) => assert_eq!(bom.spec_version.as_str(), version),
                    Err(error) => wrong.push(format!("{version}/{name}: {error}")),
                }
            } else if name.starts_with("invalid-") {
                counts.1 += 1;
                match verdict {
                    Ok(_) => wrong.push(format!("{version}/{name}: accepted")),
                    Err(error) => {
                        assert_eq!(error.detail(), "Schema validation failed", "{name}");
                        assert!(!error.errors().is_empty(), "{name}");
                        for line in error.errors() {
                            assert!(line.starts_with('$'), "{name}: {line}");
                        }
                    }
                }
            }
        }
        assert_eq!(counts, (valid, invalid), "{version}: documents");
    }
    assert_eq!(wrong, [""; 0]);
}

/// The rows of a table of the corpus' README: file, format, components, distinct purls or source.
fn table(folder: &Path, section: &str) -> BTreeMap<String, Vec<String>> {
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let section = readme
        .split("\n## ")
        .find(|text| text.starts_with(section))
        .unwrap_or_else(|| panic!("no section {section} in README.md"));
    section
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        })
        .map(|cells| (cells[0].clone(), cells))
        .collect()
}

/// What the schemas find in the published documents that are not valid.
const NOT_VALID: [(&str, &str); 5] = [
    (
        "guac-sample.cdx17.json",
        "$.components[0].patentAssertions[0].asserter: must be valid to one and only one schema, \
         but 0 are valid",
    ),
    (
        "guac-sample.cdx17.json",
        "$.components[0].patentAssertions[0].asserter: property 'ref' is not defined in the \
         schema and the schema does not allow additional properties",
    ),
    ("guac-sample.cdx17.json", "$.components[0].patentAssertions[0].asserter: object found, string expected"),
    (
        "small-legal.cdx.json",
        "$.components[3].hashes[0].content: does not match the regex pattern \
         ^([a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})$",
    ),
    (
        "small-legal.cdx.json",
        "$.components[4].licenses[0].license: property 'bom-ref' is not defined in the schema \
         and the schema does not allow additional properties",
    ),
];

#[test]
fn published_documents_hold_what_their_table_says() {
    let Some(folder) = corpus() else { return };
    let mut wrong = Vec::new();
    let mut read = 0;
    for section in ["apps/", "cyclonedx/", "vex/"] {
        let table = table(&folder, section);
        for (name, path) in files(&folder.join(section), ".json") {
            let Some(row) = table.get(&name) else {
                wrong.push(format!("{section}{name}: not in the table"));
                continue;
            };
            if !row[1].starts_with("CycloneDX") {
                continue;
            }
            read += 1;
            let bytes = fs::read(path).unwrap();
            let bom =
                sbom::parse_unvalidated(&bytes).unwrap_or_else(|error| panic!("{section}{name}: {error}"));
            // The table counts without what is nested in the component that is described.
            let described = bom.metadata.component.as_ref();
            let skip = described.map_or(0, |component| component.children.len());
            let flat = &bom.flatten()[skip..];
            assert_eq!(row[1], format!("CycloneDX {} JSON", bom.spec_version));
            if flat.len().to_string() != row[2] {
                wrong.push(format!("{section}{name}: {} != {}", flat.len(), row[2]));
            }
            if section == "apps/" {
                let purls: BTreeSet<_> = flat
                    .iter()
                    .filter_map(|it| it.component.purl.as_ref())
                    .map(|purl| &purl.canonical)
                    .collect();
                if purls.len().to_string() != row[3] {
                    wrong.push(format!("{section}{name}: {} purls != {}", purls.len(), row[3]));
                }
            }
            let refusals = match sbom::parse(&bytes) {
                Ok(_) => Vec::new(),
                Err(error) => error.errors().to_vec(),
            };
            let expected = NOT_VALID.iter().filter(|(file, _)| *file == name);
            let expected: Vec<_> = expected.map(|(_, line)| (*line).to_owned()).collect();
            if refusals != expected {
                wrong.push(format!("{section}{name}: {refusals:?}"));
            }
        }
    }
    assert!(read >= 60, "{read}");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn graphs_of_odd_documents_lead_somewhere() {
    let Some(folder) = corpus() else { return };
    let read = |name: &str| {
        sbom::parse(&fs::read(folder.join(name)).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    // Components without bom-ref: no edge has an end.
    let bom = read("cyclonedx/loop.cdx.json");
    assert!(bom.graph().depends_on.is_empty());
    assert_eq!(bom.graph().dangling, 3);
    assert_eq!(read("cyclonedx/broken-refs.cdx.json").graph().dangling, 1);
    // One package installed in many places of a tree is one component.
    let bom = read("apps/nodejs-goof.cdx.json");
    let inventory = bom.inventory();
    assert_eq!(inventory.components.len(), 980);
    for item in bom.flatten() {
        let place = inventory.by_ref[item.component.bom_ref.as_deref().unwrap()];
        let kept = inventory.components[place].component;
        assert_eq!(kept.identity(), item.component.identity());
    }
    let bom = read("cyclonedx/invalid-purl.cdx.json");
    assert_eq!(bom.components[0].purl, None);
    assert!(bom.components[0].invalid_purl.is_some());
}

#[test]
fn the_recorded_refusal_is_answered_in_the_same_words() {
    let Some(folder) = corpus() else { return };
    let contract = folder.join("../../contract");
    let document = fs::read(contract.join("input/invalid.cdx.json")).unwrap();
    let recorded: serde_json::Value =
        serde_json::from_slice(&fs::read(contract.join("dt-4.14/bom.post_invalid.json")).unwrap()).unwrap();
    let body = &recorded["response"]["body"];
    let error = sbom::parse(&document).unwrap_err();
    assert_eq!(error.detail(), body["detail"]);
    let expected: BTreeSet<&str> =
        body["errors"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let found: BTreeSet<&str> = error.errors().iter().map(String::as_str).collect();
    assert_eq!(found, expected);
}
