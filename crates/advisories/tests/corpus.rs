//! Real advisories and what another tool finds with exactly them. `CORPUS` names the folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::{BTreeSet, HashMap};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use advisories::cpe::{Configuration, Name, Product};
use advisories::cvss::{Vector, Version};
use advisories::{Advisory, Affected, Package, Severity, cwe, epss, kev, nvd, parse};
use serde_json::Value;
use versions::Scheme;

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("CORPUS").map(PathBuf::from);
    if root.is_none() {
        eprintln!("CORPUS is not set: nothing read");
    }
    root
}

fn all(root: &Path) -> Vec<Advisory> {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root.join("corpus/advisories")).unwrap() {
        let Ok(file) = std::fs::File::open(folder.unwrap().path().join("all.zip")) else { continue };
        let mut zip = zip::ZipArchive::new(file).unwrap();
        for n in 0..zip.len() {
            let mut entry = zip.by_index(n).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.push((entry.name().to_owned(), bytes));
        }
    }
    let started = Instant::now();
    let out: Vec<Advisory> =
        files.iter().map(|(name, bytes)| parse(bytes).unwrap_or_else(|e| panic!("{name}: {e}"))).collect();
    let (took, size) = (started.elapsed(), files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
    eprintln!("{} advisories, {size} bytes, {:.0} MB/s", out.len(), size as f64 / 1e6 / took.as_secs_f64());
    for affected in out.iter().flat_map(|advisory| &advisory.affected) {
        let kept = serde_json::to_string(affected).unwrap();
        assert_eq!(*affected, serde_json::from_str::<Affected>(&kept).unwrap());
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
            for package in Package::all_from_purl(&purl).unwrap_or_default() {
                for (advisory, affected) in
                    by_name.get(&(package.ecosystem, package.name.as_str())).into_iter().flatten()
                {
                    let found_now = affected.matches(&package);
                    assert_eq!(
                        found_now,
                        Affected::clone(affected).compact().matches(&package),
                        "{purl}: {affected:?}"
                    );
                    if found_now.is_some() {
                        found.insert((purl.clone(), advisory.id.clone()));
                    }
                }
            }
        }
        let missing: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(&wanted).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{path:?}\nmissing {missing:#?}\nextra {extra:#?}");
    }
    assert!(documents >= 11, "{documents} documents");
}

#[test]
fn compacting_changes_no_decision_and_shrinks_what_is_kept() {
    let Some(root) = root() else { return };
    let (mut whole_size, mut compact_size, mut decisions) = (0, 0, 0);
    for affected in all(&root).into_iter().flat_map(|advisory| advisory.affected) {
        let compact = affected.clone().compact();
        whole_size += serde_json::to_string(&affected).unwrap().len();
        compact_size += serde_json::to_string(&compact).unwrap().len();
        let Some(ecosystem) = Package::ecosystem(&affected.ecosystem) else { continue };
        for version in affected.versions.iter().step_by(1 + affected.versions.len() / 20) {
            let package = Package {
                ecosystem,
                release: affected.suffix.clone(),
                name: affected.name.clone(),
                version: Some(version.clone()),
                arch: None,
            };
            assert_eq!(affected.matches(&package), compact.matches(&package), "{version} in {affected:?}");
            decisions += 1;
        }
    }
    eprintln!("{decisions} decisions; {whole_size} bytes are kept in {compact_size}");
    assert!(compact_size < whole_size / 2);
}

#[test]
fn the_days_of_epss_are_read() {
    let Some(root) = root() else { return };
    for (file, model, rows) in [
        ("epss_scores-2025-02-01.csv", "v2023.03.01", 1_247),
        ("epss_scores-2026-08-21.csv", "v2026.06.15", 1_556),
    ] {
        let file = std::fs::File::open(root.join("corpus/advisories/epss").join(file)).unwrap();
        let mut read = 0;
        let header = epss::read(BufReader::new(file), |row| {
            row.unwrap();
            read += 1;
        })
        .unwrap();
        assert_eq!((header.model.as_deref(), read), (Some(model), rows));
        assert!(header.date.is_some());
    }
}

#[test]
fn the_catalogue_of_exploited_flaws_is_read() {
    let Some(root) = root() else { return };
    let file = root.join("corpus/advisories/kev/known_exploited_vulnerabilities.json");
    let catalogue = kev::parse(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!((catalogue.entries.len(), catalogue.version.as_deref()), (1_404, Some("2025.08.25")));
    assert!(catalogue.entries.iter().all(|entry| entry.added.is_some() && entry.due.is_some()));
    assert!(catalogue.entries.iter().any(|entry| entry.ransomware));
}

#[test]
fn the_names_of_weaknesses_are_those_of_mitre() {
    let Some(root) = root() else { return };
    let file = std::fs::read(root.join("corpus/advisories/cwe/cwe-dictionary.json")).unwrap();
    let dictionary: Value = serde_json::from_slice(&file).unwrap();
    let mut same = 0;
    let entries =
        ["weaknesses", "categories"].into_iter().flat_map(|list| dictionary[list].as_array().unwrap());
    for entry in entries {
        let id = u32::try_from(entry["cweId"].as_u64().unwrap()).unwrap();
        let name = cwe::name(id).unwrap_or_else(|| panic!("CWE-{id} is missing"));
        same += usize::from(entry["name"] == name);
    }
    // A later version of the catalogue renames a few.
    assert!(same > 1_350, "{same} names are the same");
}

/// The records of the NVD: of two pages, and of a list of overrides that has only configurations.
fn nvd_records(root: &Path) -> Vec<Value> {
    let folder = root.join("corpus/advisories/nvd");
    let mut out = Vec::new();
    for (file, count) in [("nvdcve-2.0-converted-2022.json", 548), ("nvdcve-2.0-recorded.json", 85)] {
        let page: Value = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        let records = page["vulnerabilities"].as_array().unwrap().clone();
        assert_eq!(records.len(), count, "{file}");
        let mut read = Vec::new();
        let found = nvd::read(std::fs::File::open(folder.join(file)).unwrap(), |record| read.push(record));
        assert_eq!(found.unwrap().total_results, page["totalResults"].as_u64().unwrap(), "{file}");
        assert_eq!(read.len(), count, "{file}");
        out.extend(records);
    }
    let overrides = std::fs::read_to_string(folder.join("anchore-nvd-overrides.jsonl")).unwrap();
    for line in overrides.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["cve"]["id"] = record["_annotation"]["cve_id"].take();
        record["cve"]["lastModified"] = "2026-08-21T00:00:00".into();
        out.push(record);
    }
    assert_eq!(out.len(), 1_033);
    out
}

fn nvd_advisories(records: &[Value]) -> Vec<Advisory> {
    let page = serde_json::json!({ "vulnerabilities": records }).to_string();
    let mut out = Vec::new();
    nvd::read(page.as_bytes(), |record| out.push(record.unwrap_or_else(|e| panic!("{e}")))).unwrap();
    assert_eq!(out.len(), records.len());
    out
}

#[test]
fn every_record_of_the_nvd_is_read_and_scores_as_the_nvd_scored_it() {
    let Some(root) = root() else { return };
    let records = nvd_records(&root);
    let mut scored = 0;
    for (record, advisory) in records.iter().zip(nvd_advisories(&records)) {
        let cve = &record["cve"];
        assert_eq!(cve["id"].as_str(), Some(advisory.id.as_str()));
        for one in &advisory.configurations {
            let kept = serde_json::to_string(one).unwrap();
            assert_eq!(*one, serde_json::from_str(&kept).unwrap(), "{kept}");
        }
        for criterion in criteria(cve) {
            let text = criterion["criteria"].as_str().unwrap();
            let name = Name::parse(text).unwrap();
            assert_eq!(name.to_string(), text.to_lowercase());
            assert_eq!(Name::parse(&name.to_uri()).unwrap(), name);
        }
        let metrics = ["cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"]
            .map(|key| &cve["metrics"][key]);
        for metric in metrics.iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            let data = &metric["cvssData"];
            let vector = Vector::parse(data["vectorString"].as_str().unwrap()).unwrap();
            let scores = vector.scores();
            let told = |value: &Value| value.as_f64().filter(|_| vector.version != Version::V4);
            assert_eq!(Some(vector.score()), data["baseScore"].as_f64(), "{}: {}", advisory.id, vector.text);
            assert_eq!(scores.impact, told(&metric["impactScore"]), "{}: {}", advisory.id, vector.text);
            assert_eq!(scores.exploitability, told(&metric["exploitabilityScore"]), "{}", advisory.id);
            let word = data["baseSeverity"].as_str().or(metric["baseSeverity"].as_str());
            assert_eq!(Some(vector.severity()), word.and_then(Severity::parse), "{}", advisory.id);
            scored += 1;
        }
    }
    assert!(scored > 1_000, "{scored} ratings");
}

fn criteria(cve: &Value) -> impl Iterator<Item = &Value> {
    cve["configurations"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|configuration| configuration["nodes"].as_array().into_iter().flatten())
        .flat_map(|node| node["cpeMatch"].as_array().into_iter().flatten())
}

/// The eleven attributes of a formatted string, escapes kept.
fn split(text: &str) -> Vec<String> {
    let hidden = text.to_lowercase().replace("\\:", "\u{1}");
    hidden.split(':').skip(2).map(|part| part.replace('\u{1}', "\\:")).collect()
}

/// Whether a criterion means a name: a second reading of the rules, without any of the types.
fn means(criterion: &Value, component: &[String]) -> bool {
    let own = split(criterion["criteria"].as_str().unwrap());
    let bound = |key: &str| criterion[key].as_str();
    let keys =
        ["versionStartIncluding", "versionStartExcluding", "versionEndIncluding", "versionEndExcluding"];
    let range = keys.iter().any(|key| bound(key).is_some());
    for (at, (own, theirs)) in own.iter().zip(component).enumerate() {
        let good = if at == 3 {
            let compare = |bound: &str| Scheme::Maven.compare(theirs, bound);
            match theirs.as_str() {
                "*" => true,
                "-" => own == "*" || own == "-",
                _ if own == "-" && !range && criterion["vulnerable"] == false => true,
                _ if !range => own == "*" || own == theirs,
                _ => {
                    bound(keys[0]).is_none_or(|b| compare(b).is_ge())
                        && bound(keys[1]).is_none_or(|b| compare(b).is_gt())
                        && bound(keys[2]).is_none_or(|b| compare(b).is_le())
                        && bound(keys[3]).is_none_or(|b| compare(b).is_lt())
                }
            }
        } else {
            own == theirs || own == "*" || theirs == "*"
        };
        if !good {
            return false;
        }
    }
    true
}

/// Whether the configurations affect a name, with nothing or everything known of what is beside it.
fn affected(cve: &Value, component: &[String], environment: Option<&[Vec<String>]>) -> bool {
    cve["configurations"].as_array().into_iter().flatten().any(|configuration| {
        let mut holds = Vec::new();
        let mut hits = Vec::new();
        for node in configuration["nodes"].as_array().unwrap() {
            assert_eq!((node["operator"].as_str(), node["negate"].as_bool()), (Some("OR"), Some(false)));
            let all = node["cpeMatch"].as_array().unwrap();
            let here = |one: &Value| match environment {
                None => split(one["criteria"].as_str().unwrap())[..3] != component[..3],
                Some(names) => names.iter().any(|name| means(one, name)),
            };
            hits.push(all.iter().any(|one| one["vulnerable"] == true && means(one, component)));
            holds.push(all.iter().any(|one| means(one, component) || here(one)));
        }
        let hit = hits.contains(&true);
        if configuration["operator"] == "AND" { hit && !holds.contains(&false) } else { hit }
    })
}

#[test]
fn cpe_matching_agrees_with_a_second_reading_of_the_rules() {
    let Some(root) = root() else { return };
    let records = nvd_records(&root);
    let (mut asked, mut yes) = (0, 0);
    for (record, advisory) in records.iter().zip(nvd_advisories(&records)) {
        let cve = &record["cve"];
        // What runs beside it: every name that is no range and has no version.
        let beside: Vec<Vec<String>> = criteria(cve)
            .map(|one| split(one["criteria"].as_str().unwrap()))
            .filter(|name| name[3] == "-")
            .collect();
        let text = |parts: &[String]| format!("cpe:2.3:{}", parts.join(":"));
        let names: Vec<Name> = beside.iter().map(|parts| Name::parse(&text(parts)).unwrap()).collect();
        let environments = [None, Some((&names[..0], &beside[..0])), Some((&names[..], &beside[..]))];
        let mut components = BTreeSet::new();
        for one in criteria(cve) {
            let own = split(one["criteria"].as_str().unwrap());
            let bounds = one.as_object().unwrap().iter().filter(|(key, _)| key.starts_with("version"));
            let bounds = bounds.map(|(_, bound)| bound.as_str().unwrap().to_lowercase());
            let more = [own[3].as_str(), "0.0.1", "2.3.4", "99.0", "-", "*"].map(str::to_owned);
            for version in bounds.chain(more) {
                let mut parts = own.clone();
                parts[3] = version.replace('~', "\\~").replace('+', "\\+");
                components.insert(parts.clone());
                parts[4] = "rc1".to_owned();
                components.insert(parts.clone());
                parts[4..].fill("*".to_owned());
                components.insert(parts);
            }
        }
        for component in components {
            let product = Product::new(Name::parse(&text(&component)).unwrap(), Some(Scheme::Maven), None);
            let key = product.name().key();
            for environment in environments {
                let found = advisory
                    .configurations
                    .iter()
                    .any(|one| one.matches(&product, environment.map(|(names, _)| names)).is_some());
                let expected = affected(cve, &component, environment.map(|(_, parts)| parts));
                assert_eq!(found, expected, "{}: {} {environment:?}", advisory.id, product.name());
                let mut keys = advisory.configurations.iter().flat_map(Configuration::products);
                assert!(!found || keys.any(|(v, p)| (v.as_str(), p.as_str()) == key), "{}", advisory.id);
                asked += 1;
                yes += usize::from(found);
            }
        }
    }
    assert!(asked > 20_000 && yes > 5_000 && asked - yes > 5_000, "{yes} of {asked}");
    println!("{yes} of {asked}");
}
