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
        ("1.2", ".json", 21, 19),
        ("1.3", ".json", 26, 22),
        ("1.4", ".json", 29, 22),
        ("1.5", ".json", 36, 22),
        ("1.6", ".json", 45, 25),
        ("1.7", ".json", 61, 29),
        ("1.0", ".xml", 2, 0),
        ("1.1", ".xml", 12, 17),
        ("1.2", ".xml", 24, 23),
        ("1.3", ".xml", 29, 24),
        ("1.4", ".xml", 31, 24),
        ("1.5", ".xml", 38, 24),
        ("1.6", ".xml", 47, 27),
        ("1.7", ".xml", 63, 28),
    ];
    let mut wrong = Vec::new();
    for (version, format, valid, invalid) in expected {
        let files = files(&folder.join("conformance").join(version), format);
        let mut counts = (0, 0);
        for (name, path) in files {
            let verdict = sbom::parse(&fs::read(path).unwrap());
            if name.starts_with("valid-") {
                counts.0 += 1;
                match verdict {
                    Ok(bom) => assert_eq!(bom.format.to_string(), format!("CycloneDX {version}")),
                    Err(error) => wrong.push(format!("{version}/{name}: {error}")),
                }
            } else if name.starts_with("invalid-") {
                counts.1 += 1;
                match verdict {
                    Ok(_) => wrong.push(format!("{version}/{name}: accepted")),
                    // The namespace of another version is found before any schema is.
                    Err(error) if name.starts_with("invalid-namespace") => {
                        assert!(error.detail().starts_with("Unable to determine schema version"), "{error}");
                    }
                    Err(error) => {
                        assert_eq!(error.detail(), "Schema validation failed", "{name}");
                        assert!(!error.errors().is_empty(), "{name}");
                        let start = if format == ".json" { "$" } else { "cvc-" };
                        for line in error.errors() {
                            assert!(line.starts_with(start), "{name}: {line}");
                        }
                    }
                }
            }
        }
        assert_eq!(counts, (valid, invalid), "{version} {format}: documents");
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
            assert_eq!(row[1], format!("{} JSON", bom.format));
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

/// The canonical package URLs of a document, what it describes not counted.
fn purls(bom: &sbom::Bom) -> BTreeSet<String> {
    let flat = bom.flatten();
    flat.iter().filter_map(|it| it.component.purl.as_ref()).map(|purl| purl.canonical.clone()).collect()
}

fn read(path: &Path) -> sbom::Bom {
    sbom::parse_any(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn one_application_in_several_formats_is_the_same() {
    let Some(folder) = corpus() else { return };
    let apps = folder.join("apps");
    for (one, other, count) in [
        ("lldap-0.3.0.cdx.json", "lldap-0.3.0.cdx.xml", 417),
        ("mall-1.0.0.cdx.json", "mall-1.0.0.cdx.xml", 150),
        ("ripgrep-12.0.1.cdx.json", "ripgrep-12.0.1.spdx.json", 55),
        ("ripgrep-12.0.1.cdx.json", "ripgrep-12.0.1.spdx", 55),
    ] {
        let (one, other) = (read(&apps.join(one)), read(&apps.join(other)));
        assert_eq!(purls(&one), purls(&other), "{}", other.format);
        assert_eq!(purls(&other).len(), count);
        assert_eq!(one.metadata.component.unwrap().name, other.metadata.component.unwrap().name);
    }
    // The two that one tool wrote agree in everything, but for line breaks that XML keeps.
    let (json, mut xml) = (read(&apps.join("mall-1.0.0.cdx.json")), read(&apps.join("mall-1.0.0.cdx.xml")));
    for component in &mut xml.components {
        if let Some(description) = &mut component.description {
            *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    assert_eq!(json.components, xml.components);
    assert_eq!(json.graph(), xml.graph());
    let json = read(&apps.join("ripgrep-12.0.1.spdx.json"));
    let tags = read(&apps.join("ripgrep-12.0.1.spdx"));
    assert_eq!(json.format.to_string(), "SPDX 2.3");
    assert_eq!(tags.format.to_string(), "SPDX 2.2");
    assert_eq!(json.components.len(), tags.components.len());
}

/// Where the JSON and XML documents of one name do not hold the same: another time zone, another
/// version, other white space, or an empty object where the other has none.
const UNLIKE_TWINS: [&str; 9] = [
    "1.6/valid-metadata-timestamp-1.6.json",
    "1.6/valid-service-empty-objects-1.6.json",
    "1.7/valid-component-external-with-version.json",
    "1.7/valid-cryptography-implementation-1.7.json",
    "1.7/valid-license-choice-1.7.json",
    "1.7/valid-license-expression-with-text-1.7.json",
    "1.7/valid-license-id-with-text-1.7.json",
    "1.7/valid-metadata-timestamp-1.7.json",
    "1.7/valid-service-empty-objects-1.7.json",
];

#[test]
fn conformance_documents_are_the_same_in_json_and_xml() {
    let Some(folder) = corpus() else { return };
    let mut compared = 0;
    let mut unlike = Vec::new();
    // Those of older versions were written apart from each other.
    for version in ["1.6", "1.7"] {
        for (name, path) in files(&folder.join("conformance").join(version), ".json") {
            let twin = path.with_extension("xml");
            if name.starts_with("valid-") && twin.is_file() {
                compared += 1;
                if read(&path) != read(&twin) {
                    unlike.push(format!("{version}/{name}"));
                }
            }
        }
    }
    assert!(compared > 100, "{compared}");
    assert_eq!(unlike, UNLIKE_TWINS);
}

#[test]
fn documents_of_every_format_hold_what_their_table_says() {
    let Some(folder) = corpus() else { return };
    let mut wrong = Vec::new();
    let mut counts = BTreeMap::new();
    for section in ["apps/", "cyclonedx/", "spdx/", "vex/"] {
        for (name, row) in table(&folder, section) {
            let path = folder.join(section).join(&name);
            if !path.is_file() {
                continue;
            }
            let written = row[1].split(" (").next().unwrap();
            let (format, syntax) = written.rsplit_once(' ').unwrap();
            match sbom::parse_any(&fs::read(path).unwrap()) {
                Ok(bom) => {
                    *counts.entry(written.to_owned()).or_insert(0) += 1;
                    if !format.starts_with(&bom.format.to_string()) {
                        wrong.push(format!("{section}{name}: {}", bom.format));
                    }
                    // The table counts packages: what an SPDX document is about is one, too.
                    let described = bom.metadata.component.as_ref();
                    let about = described.is_some_and(|it| {
                        bom.format.name() == "SPDX" && !bom.components.iter().any(|other| other == it)
                    });
                    let nested = described.map_or(0, |component| component.children.len());
                    let count = bom.flatten().len() - nested + usize::from(about);
                    if count.to_string() != row[2] {
                        wrong.push(format!("{section}{name}: {count} != {}", row[2]));
                    }
                }
                // Formats that are not read are named.
                Err(sbom::Error::UnknownFormat { found }) if format.starts_with("SPDX") => {
                    assert!(found.contains(&format!("SPDX in {syntax}")), "{name}: {found}");
                }
                Err(error) => wrong.push(format!("{section}{name}: {error}")),
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    for format in
        ["SPDX 2.2 JSON", "SPDX 2.2 tag-value", "SPDX 2.3 JSON", "SPDX 2.3 tag-value", "SPDX 3.0.1 JSON-LD"]
    {
        assert!(counts.contains_key(format), "{format}: {counts:?}");
    }
}

#[test]
fn vex_documents_say_what_is_affected() {
    let Some(folder) = corpus() else { return };
    let vex = folder.join("vex");
    for (name, _) in table(&folder, "vex/") {
        if !name.contains("vex") {
            continue;
        }
        let bom = read(&vex.join(&name));
        assert!(!bom.vulnerabilities.is_empty(), "{name}");
        let index = bom.ref_index();
        for vulnerability in &bom.vulnerabilities {
            assert!(vulnerability.id.is_some(), "{name}");
            assert!(vulnerability.analysis.as_ref().is_some_and(|it| it.state.is_some()), "{name}");
            assert!(!vulnerability.affects.is_empty(), "{name}");
            for affected in &vulnerability.affects {
                let target = index.resolve(&affected.reference);
                assert!(target != sbom::Target::Nowhere, "{name}: {}", affected.reference);
            }
        }
    }
    // The links of a VEX document lead into the BOM that it is about, whose number it has wrong.
    let (vex, bom) = (read(&vex.join("vex.json")), read(&vex.join("bom.json")));
    let index = bom.ref_index();
    for affected in vex.vulnerabilities.iter().flat_map(|it| &it.affects) {
        let link = sbom::BomLink::parse(&affected.reference).unwrap();
        assert!(matches!(index.resolve(&link.bom_ref.unwrap()), sbom::Target::Component(_)));
        assert!(matches!(index.resolve(&affected.reference), sbom::Target::Link(_)));
    }
}
