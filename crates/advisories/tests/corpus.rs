//! Real advisories and what another tool finds with exactly them. `CORPUS` names the folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use advisories::{Advisory, Affected, Package, parse};
use serde_json::Value;

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("CORPUS").map(PathBuf::from);
    if root.is_none() {
        eprintln!("CORPUS is not set: nothing read");
    }
    root
}

fn all(root: &Path) -> Vec<Advisory> {
    let mut out = Vec::new();
    for folder in std::fs::read_dir(root.join("corpus/advisories")).unwrap() {
        let Ok(file) = std::fs::File::open(folder.unwrap().path().join("all.zip")) else { continue };
        let mut zip = zip::ZipArchive::new(file).unwrap();
        for n in 0..zip.len() {
            let mut entry = zip.by_index(n).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let advisory = parse(&bytes).unwrap_or_else(|e| panic!("{}: {e}", entry.name()));
            for affected in &advisory.affected {
                let kept = serde_json::to_string(affected).unwrap();
                assert_eq!(*affected, serde_json::from_str::<Affected>(&kept).unwrap());
            }
            out.push(advisory);
        }
    }
    assert!(out.len() > 9_000, "{} advisories", out.len());
    out
}

fn purls(component: &Value, out: &mut BTreeSet<String>) {
    for child in component["components"].as_array().into_iter().flatten() {
        out.extend(child["purl"].as_str().map(str::to_owned));
        purls(child, out);
    }
}

#[test]
fn every_advisory_is_read_and_the_findings_are_those_of_the_other_tool() {
    let Some(root) = root() else { return };
    let advisories = all(&root);
    let mut by_name: HashMap<(&str, &str), Vec<(&Advisory, &Affected)>> = HashMap::new();
    for advisory in advisories.iter().filter(|advisory| !advisory.withdrawn) {
        for affected in &advisory.affected {
            by_name.entry((&affected.ecosystem, &affected.name)).or_default().push((advisory, affected));
        }
    }
    let mut documents = 0;
    for file in std::fs::read_dir(root.join("corpus/expected")).unwrap() {
        let path = file.unwrap().path();
        if !path.to_string_lossy().ends_with(".cdx.json") {
            continue;
        }
        documents += 1;
        let expected: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let wanted: BTreeSet<(String, String)> = expected["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| (f["purl"].as_str().unwrap().to_owned(), f["id"].as_str().unwrap().to_owned()))
            .collect();
        let sbom = root.join("corpus/sboms/apps").join(path.file_name().unwrap());
        let sbom: Value = serde_json::from_slice(&std::fs::read(sbom).unwrap()).unwrap();
        let mut all = BTreeSet::new();
        purls(&sbom, &mut all);
        let mut found = BTreeSet::new();
        for purl in all {
            let Ok(Some(package)) = Package::from_purl(&purl) else { continue };
            for (advisory, affected) in
                by_name.get(&(package.ecosystem, package.name.as_str())).into_iter().flatten()
            {
                if affected.matches(&package).is_some() {
                    found.insert((purl.clone(), advisory.id.clone()));
                }
            }
        }
        let missing: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(&wanted).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{path:?}\nmissing {missing:#?}\nextra {extra:#?}");
    }
    assert!(documents >= 11, "{documents} documents");
}
