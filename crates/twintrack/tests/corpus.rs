//! Real SBOMs with real advisories, through the binary: what another tool finds with exactly them, what
//! documents of one application agree on, and what a second, plain decision says. `CORPUS` names the folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use advisories::cpe::{Configuration, Name, Product};
use advisories::{Affected, Package, canonical_purl, epss, kev, nvd};
use common::{stdout, twintrack};
use serde_json::Value;
use versions::Scheme;

/// Findings that the other tool does not have: `sbom, component, record, reason`, separated by tabs.
const EXTRA: &str = include_str!("corpus/extra.txt");

/// Documents of one application.
const TWINS: [&[&str]; 4] = [
    &["alacritty-0.8.0.cdx.json", "alacritty-0.8.0.cargo-cyclonedx.cdx.json"],
    &["lldap-0.3.0.cdx.json", "lldap-0.3.0.cdx.xml"],
    &["mall-1.0.0.cdx.json", "mall-1.0.0.cdx.xml"],
    &["ripgrep-12.0.1.cdx.json", "ripgrep-12.0.1.spdx.json", "ripgrep-12.0.1.spdx"],
];

/// A component (its package URL, else name and version) and the id of a record.
type Pairs = BTreeSet<(String, String)>;

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("CORPUS").map(PathBuf::from);
    if root.is_none() {
        eprintln!("CORPUS is not set: nothing read");
    }
    root.map(|root| root.join("corpus"))
}

/// A data folder, and what was imported into it.
struct Data {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Data {
    fn with_osv(root: &Path) -> Data {
        let data = Data { folder: tempfile::tempdir().unwrap(), root: root.to_owned() };
        data.import("osv", "");
        data
    }

    fn import(&self, source: &str, path: &str) {
        let from = self.root.join("advisories").join(path);
        let (from, to) = (from.to_str().unwrap(), self.folder.path().to_str().unwrap());
        let args = ["advisories", "import", "--json", "--source", source, from, "--data-dir", to];
        let report: Value = serde_json::from_str(&stdout(&twintrack(&args))).unwrap();
        assert_eq!(report["failures"], 0, "{source} {path}: {report}");
    }

    fn scan(&self, sbom: &str) -> Value {
        scan(&self.root, sbom, self.folder.path())
    }
}

fn scan(root: &Path, sbom: &str, db: &Path) -> Value {
    let sbom = root.join("sboms/apps").join(sbom);
    let args = ["scan", sbom.to_str().unwrap(), "--db", db.to_str().unwrap(), "--format", "json"];
    serde_json::from_str(&stdout(&twintrack(&args))).unwrap()
}

fn applications(root: &Path) -> Vec<String> {
    let names = std::fs::read_dir(root.join("sboms/apps")).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 24, "{names:?}");
    names
}

fn label(purl: Option<&str>, name: &str, version: Option<&str>) -> String {
    let purl = purl.and_then(|purl| canonical_purl(purl).ok());
    purl.unwrap_or_else(|| format!("{name}@{}", version.unwrap_or_default()))
}

/// Every record of every finding.
fn pairs(scan: &Value) -> Pairs {
    let mut out = Pairs::new();
    for finding in scan["findings"].as_array().unwrap() {
        let component = &finding["component"];
        let label = label(
            component["purl"].as_str(),
            component["name"].as_str().unwrap(),
            component["version"].as_str(),
        );
        let why = finding["why"].as_array().unwrap();
        assert!(!why.is_empty(), "{finding}");
        out.extend(why.iter().map(|why| (label.clone(), why["id"].as_str().unwrap().to_owned())));
    }
    out
}

/// The records of the archives, as they are and read.
fn records(root: &Path) -> BTreeMap<String, (Value, advisories::Advisory)> {
    let mut out = BTreeMap::new();
    for folder in std::fs::read_dir(root.join("advisories")).unwrap() {
        let Ok(file) = std::fs::File::open(folder.unwrap().path().join("all.zip")) else { continue };
        let mut zip = zip::ZipArchive::new(BufReader::new(file)).unwrap();
        for n in 0..zip.len() {
            let mut bytes = Vec::new();
            zip.by_index(n).unwrap().read_to_end(&mut bytes).unwrap();
            let read = advisories::parse(&bytes).unwrap();
            out.insert(read.id.clone(), (serde_json::from_slice(&bytes).unwrap(), read));
        }
    }
    assert!(out.len() > 9_000, "{} records", out.len());
    out
}

/// What each component of a document is: its label, packages, and product.
fn components(root: &Path, sbom: &str) -> Vec<(String, Vec<Package>, Option<Product>)> {
    let bytes = std::fs::read(root.join("sboms/apps").join(sbom)).unwrap();
    let bom = sbom::parse_any(&bytes).unwrap();
    let mut out = Vec::new();
    for flat in bom.inventory().components {
        let c = flat.component;
        let own = c.purl.as_ref().map(|purl| purl.canonical.clone());
        let guessed =
            || Package::guess_purl(c.group.as_deref(), &c.name, c.version.as_deref(), c.package_type_hint());
        let purl = own.clone().or_else(guessed);
        let kind = purl.as_deref().and_then(|purl| purl.strip_prefix("pkg:")?.split('/').next());
        let product = c.cpe.as_deref().and_then(|cpe| Name::parse(cpe).ok());
        let product = product.map(|name| Product::new(name, kind.and_then(Scheme::for_purl_type), kind));
        let packages = purl.as_deref().map(|purl| Package::all_from_purl(purl).unwrap()).unwrap_or_default();
        out.push((label(own.as_deref(), &c.name, c.version.as_deref()), packages, product));
    }
    out
}

fn extra() -> BTreeMap<String, Pairs> {
    let mut out: BTreeMap<String, Pairs> = BTreeMap::new();
    for line in EXTRA.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [sbom, component, id, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not four columns: {line:?}");
        };
        assert!(reason.split(' ').count() > 3, "a reason in words: {line:?}");
        out.entry(sbom.to_owned()).or_default().insert((component.to_owned(), id.to_owned()));
    }
    out
}

#[test]
fn findings_are_those_of_the_other_tool_and_of_a_plain_decision() {
    let Some(root) = root() else { return };
    let data = Data::with_osv(&root);
    let records = records(&root);
    let mut by_name: HashMap<(&str, &str), Vec<(&str, &Affected)>> = HashMap::new();
    for (id, (_, advisory)) in records.iter().filter(|(_, (_, advisory))| !advisory.withdrawn) {
        for affected in &advisory.affected {
            by_name.entry((&affected.ecosystem, &affected.name)).or_default().push((id, affected));
        }
    }
    let mut extra = extra();
    let mut found: BTreeMap<String, Pairs> = BTreeMap::new();
    let (mut compared, mut all) = (0, Pairs::new());
    println!("{:<42}{:>9}{:>7}{:>7}{:>9}", "SBOM", "expected", "found", "extra", "findings");
    for sbom in applications(&root) {
        let scan = data.scan(&sbom);
        let pairs = pairs(&scan);
        let mut plain = Pairs::new();
        for (label, packages, _) in components(&root, &sbom) {
            for package in &packages {
                let known = by_name.get(&(package.ecosystem, package.name.as_str())).into_iter().flatten();
                let known = known.filter(|(_, affected)| affected.matches(package).is_some());
                plain.extend(known.map(|(id, _)| (label.clone(), (*id).to_owned())));
            }
        }
        assert_eq!(pairs, plain, "{sbom}");
        assert!(!pairs.is_empty(), "{sbom}: an old version with no known flaw");
        let known = std::fs::read(root.join("expected").join(&sbom)).ok();
        let (mut wanted, mut more) = ("-".to_owned(), "-".to_owned());
        if let Some(known) = known {
            let known: Value = serde_json::from_slice(&known).unwrap();
            let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
            let known: Pairs = known["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| (canonical_purl(&text(f, "purl")).unwrap(), text(f, "id")))
                .collect();
            let missing: Vec<_> = known.difference(&pairs).collect();
            assert!(missing.is_empty(), "{sbom}: not found: {missing:#?}");
            let surplus: Pairs = pairs.difference(&known).cloned().collect();
            assert_eq!(
                surplus,
                extra.remove(&sbom).unwrap_or_default(),
                "{sbom}: the table of extra findings"
            );
            compared += 1;
            (wanted, more) = (known.len().to_string(), surplus.len().to_string());
        }
        let findings = scan["findings"].as_array().unwrap().len();
        println!("{sbom:<42}{wanted:>9}{:>7}{more:>7}{findings:>9}", pairs.len());
        all.extend(pairs.clone());
        found.insert(sbom, pairs);
    }
    assert!(extra.is_empty(), "the table names findings that are none: {extra:#?}");
    assert_eq!(compared, std::fs::read_dir(root.join("expected")).unwrap().count() - 1, "all but the README");
    twins(&found);
    traps(&all, &records);
    // The archives themselves, without an import, say the same, but for the ids of records that concern
    // no component: these are not read.
    for sbom in ["webgoat-2023.1.cdx.json", "nodejs-goof.cdx.json", "redash-7.0.0.cdx.json"] {
        let [mut whole, mut part] =
            [data.folder.path(), &root.join("advisories")].map(|db| scan(&root, sbom, db));
        for scan in [&mut whole, &mut part] {
            for finding in scan["findings"].as_array_mut().unwrap() {
                finding["aliases"].take();
            }
        }
        assert!(whole == part, "{sbom}: the archives and the import of them differ");
    }
}

/// Documents of one application have the same findings, but for components without a package URL: a format
/// may not tell the type of such a package.
fn twins(found: &BTreeMap<String, Pairs>) {
    let named = |sbom: &str| -> Pairs {
        found[sbom].iter().filter(|(component, _)| component.starts_with("pkg:")).cloned().collect()
    };
    for documents in TWINS {
        for other in &documents[1..] {
            assert_eq!(named(documents[0]), named(other), "{other}");
        }
    }
}

/// What is easily got wrong did occur, so that the comparison above has decided it.
fn traps(found: &Pairs, records: &BTreeMap<String, (Value, advisories::Advisory)>) {
    let count = |what: &str, test: &dyn Fn(&str, &Value) -> bool| {
        let count = found.iter().filter(|(component, id)| test(component, &records[id].0)).count();
        println!("{count:>5} findings {what}");
        assert!(count > 0, "no finding {what}");
    };
    let affected = |record: &Value| record["affected"].as_array().cloned().unwrap_or_default();
    count("of Maven artifacts, by group and artifact", &|component, record| {
        let Some(rest) = component.strip_prefix("pkg:maven/") else { return false };
        let name = rest.split('@').next().unwrap().replacen('/', ":", 1);
        assert!(affected(record).iter().any(|one| one["package"]["name"] == name.as_str()), "{component}");
        true
    });
    count("of npm packages with a scope", &|component, record| {
        let Some(rest) = component.strip_prefix("pkg:npm/%40") else { return false };
        let name = format!("@{}", rest.split('@').next().unwrap());
        assert!(affected(record).iter().any(|one| one["package"]["name"] == name.as_str()), "{component}");
        true
    });
    count("of Go modules by records without a package URL", &|component, record| {
        component.starts_with("pkg:golang/")
            && affected(record).iter().all(|one| one["package"].get("purl").is_none())
    });
    count("by records with several intervals in one range", &|_, record| {
        affected(record).iter().any(|one| {
            one["ranges"].as_array().into_iter().flatten().any(|range| {
                let events = range["events"].as_array().into_iter().flatten();
                events.filter(|event| event.get("introduced").is_some()).count() > 1
            })
        })
    });
    count("by records that do not say when they were published", &|_, record| {
        record.get("published").is_none()
    });
    let types = found.iter().filter(|(component, _)| component.starts_with("pkg:npm/%40types/"));
    assert_eq!(types.count(), 0, "packages of type declarations are not the packages they describe");
}

#[test]
fn the_nvd_adds_products_and_the_feeds_add_their_facts() {
    let Some(root) = root() else { return };
    let data = Data::with_osv(&root);
    let sboms = applications(&root);
    let before: Vec<Pairs> = sboms.iter().map(|sbom| pairs(&data.scan(sbom))).collect();
    let (mut known, files) = (
        BTreeMap::<String, Vec<Configuration>>::new(),
        ["nvdcve-2.0-recorded.json", "nvdcve-2.0-converted-2022.json"],
    );
    for file in files {
        data.import("nvd", &format!("nvd/{file}"));
        let bytes = std::fs::read(root.join("advisories/nvd").join(file)).unwrap();
        nvd::read(bytes.as_slice(), |one| {
            let one = one.unwrap();
            known.insert(one.id, if one.withdrawn { Vec::new() } else { one.configurations });
        })
        .unwrap();
    }
    data.import("kev", "kev/known_exploited_vulnerabilities.json");
    data.import("epss", "epss/epss_scores-2026-08-21.csv");
    let catalogue = std::fs::read(root.join("advisories/kev/known_exploited_vulnerabilities.json")).unwrap();
    let exploited: BTreeSet<String> =
        kev::parse(&catalogue).unwrap().entries.into_iter().map(|entry| entry.cve).collect();
    let mut scores: BTreeMap<String, f64> = BTreeMap::new();
    let file = std::fs::File::open(root.join("advisories/epss/epss_scores-2026-08-21.csv")).unwrap();
    epss::read(BufReader::new(file), |row| {
        let row = row.unwrap();
        scores.insert(row.cve, row.score);
    })
    .unwrap();
    let (mut by_product, mut is_exploited) = (0, 0);
    for (sbom, before) in sboms.iter().zip(&before) {
        let scan = data.scan(sbom);
        let after = pairs(&scan);
        let mut wanted = before.clone();
        for (label, _, product) in components(&root, sbom) {
            let Some(product) = product else { continue };
            for (id, configurations) in &known {
                if configurations.iter().any(|configuration| configuration.matches(&product, None).is_some())
                {
                    wanted.insert((label.clone(), id.clone()));
                }
            }
        }
        assert_eq!(after, wanted, "{sbom}");
        by_product += after.len() - before.len();
        for finding in scan["findings"].as_array().unwrap() {
            let id = finding["id"].as_str().unwrap();
            assert_eq!(finding["knownExploited"], exploited.contains(id), "{sbom}: {id}");
            assert_eq!(
                finding.get("epssScore").and_then(Value::as_f64),
                scores.get(id).copied(),
                "{sbom}: {id}"
            );
            is_exploited += usize::from(exploited.contains(id));
        }
    }
    println!("{by_product} findings by CPE names, {is_exploited} of flaws that are exploited");
    assert!(by_product > 0 && is_exploited > 0);
}
