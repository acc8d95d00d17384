//! `twintrack scan`: an SBOM looked up without a server, with each kind of vulnerability data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::twintrack;
use serde_json::{Value, json};

/// A record for each trap of matching, and a flaw that two sources tell of.
fn records() -> Vec<(&'static str, Value)> {
    let record = |id: &str, ecosystem: &str, name: &str, aliases: Value, events: Value| {
        let kind = if ecosystem == "PyPI" || ecosystem == "Maven" { "ECOSYSTEM" } else { "SEMVER" };
        json!({
            "id": id, "modified": "2024-05-06T07:08:09Z", "aliases": aliases, "summary": format!("{name} | is <weak>"),
            "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
            "affected": [{
                "package": { "ecosystem": ecosystem, "name": name },
                "ranges": [{ "type": kind, "events": events }],
            }],
            "database_specific": { "cwe_ids": ["CWE-79"] },
        })
    };
    let before = |fixed: &str| json!([{ "introduced": "0" }, { "fixed": fixed }]);
    let mut low = record("GHSA-2222-2222-2222", "npm", "debug", json!(["CVE-2024-0002"]), before("2.6.9"));
    low["severity"] = json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N" }]);
    let mut unrated = record(
        "PYSEC-2024-3",
        "PyPI",
        "Two.Intervals",
        json!([]),
        json!([
            { "introduced": "1.0" }, { "fixed": "1.4" }, { "introduced": "2.0" }, { "fixed": "2.3" }
        ]),
    );
    unrated["severity"] = json!([]);
    let twins = [("GHSA-1111-1111-1111", "1.2.0"), ("NSWG-ECO-9001", "1.2.5")]
        .map(|(id, fixed)| ("npm", record(id, "npm", "left-pad", json!(["CVE-2024-0001"]), before(fixed))));
    twins
        .into_iter()
        .chain([
            ("npm", low),
            ("PyPI", unrated),
            ("Maven", record("GHSA-4444-4444-4444", "Maven", "org.example:core", json!([]), before("3.0"))),
            ("Maven", record("GHSA-5555-5555-5555", "Maven", "com.other:core", json!([]), before("3.0"))),
            // Go's records name no package URL.
            ("Go", record("GO-2024-0006", "Go", "example.org/mod", json!([]), before("1.5.0"))),
        ])
        .collect()
}

/// Data of both kinds: a folder laid out as the OSV bucket, and a data folder into which it was imported.
struct Data {
    folder: tempfile::TempDir,
}

impl Data {
    fn new() -> Data {
        let folder = tempfile::tempdir().unwrap();
        let bucket = folder.path().join("bucket");
        for ecosystem in ["npm", "PyPI", "Maven", "Go"] {
            std::fs::create_dir_all(bucket.join(ecosystem)).unwrap();
            let file = std::fs::File::create(bucket.join(ecosystem).join("all.zip")).unwrap();
            let mut zip = zip::ZipWriter::new(file);
            for (_, record) in records().into_iter().filter(|(kind, _)| *kind == ecosystem) {
                let name = format!("{}.json", record["id"].as_str().unwrap());
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(record.to_string().as_bytes()).unwrap();
            }
            zip.finish().unwrap();
        }
        let data = Data { folder };
        let (bucket, own) = (data.path("bucket"), data.path("data"));
        let output = twintrack(&["advisories", "import", "--source", "osv", &bucket, "--data-dir", &own]);
        assert!(output.status.success(), "{output:?}");
        data
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self.path(name)
    }

    fn scan(&self, args: &[&str]) -> Output {
        twintrack(&[&["scan", "--db", &self.path("data")], args].concat())
    }

    fn json(&self, bom: &str) -> Value {
        let output = self.scan(&[bom, "--format", "json"]);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn component(purl: &str, group: Option<&str>, name: &str, version: &str) -> Value {
    let mut out = json!({ "type": "library", "name": name, "version": version });
    out["group"] = group.into();
    out["purl"] = purl.into();
    out["bom-ref"] = format!("ref {purl}").into();
    for key in ["group", "purl"] {
        if out[key].as_str().is_none_or(str::is_empty) {
            out.as_object_mut().unwrap().remove(key);
        }
    }
    out
}

fn cyclonedx(components: &[Value]) -> String {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "components": components,
    })
    .to_string()
}

fn application() -> Vec<Value> {
    vec![
        component("pkg:npm/left-pad@1.1.0", None, "left-pad", "1.1.0"),
        component("pkg:npm/debug@2.0.0", None, "debug", "2.0.0"),
        component("pkg:npm/%40types/debug@2.0.0", Some("@types"), "debug", "2.0.0"),
        component("pkg:pypi/two-intervals@2.1", None, "two-intervals", "2.1"),
        component("pkg:maven/org.example/core@2.9?type=jar", Some("org.example"), "core", "2.9"),
        component("pkg:golang/example.org/mod@v1.4.0", None, "example.org/mod", "v1.4.0"),
        component("pkg:hex/phoenix@1.0.0", None, "phoenix", "1.0.0"),
        component("", None, "homemade", "1"),
    ]
}

/// `name version id fixed`
fn lines(scan: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let findings = scan["findings"].as_array().unwrap().iter();
    findings
        .map(|f| {
            let c = &f["component"];
            format!("{} {} {} {}", text(&c["name"]), text(&c["version"]), text(&f["id"]), text(&f["fixed"]))
        })
        .collect()
}

const FOUND: [&str; 5] = [
    // Both records of it are one finding, fixed where both say so.
    "left-pad 1.1.0 CVE-2024-0001 1.2.5",
    "example.org/mod v1.4.0 GO-2024-0006 1.5.0",
    "core 2.9 GHSA-4444-4444-4444 3.0",
    "debug 2.0.0 CVE-2024-0002 2.6.9",
    "two-intervals 2.1 PYSEC-2024-3 2.3",
];

#[test]
fn findings_are_those_of_the_package_alone_worst_first_with_either_kind_of_data() {
    let data = Data::new();
    let bom = data.write("bom.json", cyclonedx(&application()));
    let scan = data.json(&bom);
    let mut found = lines(&scan);
    assert_eq!(found.len(), FOUND.len(), "{found:#?}");
    assert_eq!(scan["findings"][3]["severity"], "LOW");
    assert_eq!(scan["findings"][4]["severity"], "UNASSIGNED");
    assert_eq!((&scan["components"], &scan["known"]), (&json!(8), &json!(7)));
    assert_eq!(scan["withoutData"], json!({ "Hex": 1 }));
    let twins = &scan["findings"].as_array().unwrap().iter().find(|f| f["id"] == "CVE-2024-0001").unwrap();
    assert_eq!(twins["aliases"], json!(["GHSA-1111-1111-1111", "NSWG-ECO-9001"]));
    assert_eq!(twins["cwes"], json!([79]));
    let ranges: Vec<&str> =
        twins["why"].as_array().unwrap().iter().map(|why| why["range"].as_str().unwrap()).collect();
    assert_eq!(ranges, ["< 1.2.0", "< 1.2.5"]);
    found.sort();
    let mut wanted = FOUND.map(str::to_owned);
    wanted.sort();
    assert_eq!(found, wanted);
    // The bucket itself says the same, and so does the document the other way round.
    let again = twintrack(&["scan", &bom, "--format", "json", "--db", &data.path("bucket")]);
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), scan);
    let turned: Vec<Value> = application().into_iter().rev().collect();
    assert_eq!(data.json(&data.write("turned.json", cyclonedx(&turned)))["findings"], scan["findings"]);
}

#[test]
fn every_format_of_sbom_gives_the_same_findings() {
    let data = Data::new();
    let sorted = |bom: &str| {
        let mut lines = lines(&data.json(bom));
        // SPDX has no groups, which the order of findings heeds.
        lines.sort();
        lines
    };
    let wanted = sorted(&data.write("bom.json", cyclonedx(&application())));
    let (mut xml, mut packages, mut tags) = (String::new(), Vec::new(), String::new());
    for (at, one) in application().iter().enumerate() {
        let text = |key: &str| one[key].as_str().unwrap_or_default();
        let group = one["group"].as_str().map(|group| format!("<group>{group}</group>")).unwrap_or_default();
        let purl = one["purl"].as_str().map(|purl| format!("<purl>{purl}</purl>")).unwrap_or_default();
        xml.push_str(&format!(
            "<component type=\"library\">{group}<name>{}</name><version>{}</version>{purl}</component>",
            text("name"),
            text("version")
        ));
        let references: Vec<Value> = one["purl"]
            .as_str()
            .map(|purl| {
                json!({
                    "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl
                })
            })
            .into_iter()
            .collect();
        packages.push(json!({
            "SPDXID": format!("SPDXRef-{at}"), "name": text("name"), "versionInfo": text("version"),
            "downloadLocation": "NOASSERTION", "externalRefs": references,
        }));
        tags.push_str(&format!(
            "\nPackageName: {}\nSPDXID: SPDXRef-{at}\nPackageVersion: {}\nPackageDownloadLocation: NOASSERTION\n",
            text("name"),
            text("version")
        ));
        if let Some(purl) = one["purl"].as_str() {
            tags.push_str(&format!("ExternalRef: PACKAGE-MANAGER purl {purl}\n"));
        }
    }
    let xml = format!(
        "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\" version=\"1\"><components>{xml}</components></bom>"
    );
    let head = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: app\n\
                DocumentNamespace: https://example.org/app\nCreator: Tool: test\nCreated: 2024-01-01T00:00:00Z\n";
    let spdx = json!({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
        "documentNamespace": "https://example.org/app", "packages": packages,
        "creationInfo": { "created": "2024-01-01T00:00:00Z", "creators": ["Tool: test"] },
    });
    for (name, content) in
        [("bom.xml", xml), ("app.spdx.json", spdx.to_string()), ("app.spdx", format!("{head}{tags}"))]
    {
        assert_eq!(sorted(&data.write(name, content)), wanted, "{name}");
    }
}

#[test]
fn the_status_says_whether_something_is_as_bad_as_asked_for() {
    let data = Data::new();
    let only = |at: usize| data.write(&format!("{at}.json"), cyclonedx(&application()[at..=at]));
    let status = |args: &[&str]| data.scan(args).status.code().unwrap();
    let (critical, low, unrated, none) = (only(0), only(1), only(3), only(2));
    assert_eq!(status(&[&critical]), 0);
    assert_eq!(status(&[&critical, "--fail-on", "critical"]), 3);
    assert_eq!(status(&[&low, "--fail-on", "medium"]), 0);
    assert_eq!(status(&[&low, "--fail-on", "low"]), 3);
    assert_eq!(status(&[&unrated, "--fail-on", "low"]), 0);
    assert_eq!(status(&[&unrated, "--fail-on", "any"]), 3);
    assert_eq!(status(&[&none, "--fail-on", "any"]), 0);
    assert_eq!(status(&[&none, "--fail-on", "dreadful"]), 2);
    assert_eq!(status(&[&none, "--format", "pdf"]), 2);
    assert_eq!(status(&[]), 2);
    assert_eq!(status(&["/no/such/file", "--fail-on", "any"]), 1);
}

#[test]
fn what_cannot_be_scanned_is_named_with_the_reason() {
    let data = Data::new();
    let failure = |args: &[&str]| {
        let output = twintrack(&[&["scan"], args].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let db = data.path("data");
    let bom = data.write("bom.json", cyclonedx(&application()));
    for (name, content, words) in [
        ("empty.json", "  \n", "is empty"),
        ("word.txt", "hello", "begins with \"hello\""),
        ("broken.json", "{\"bomFormat\": ", "line 1"),
        ("other.json", "{\"a\": 1}", "JSON of another kind"),
        ("page.html", "<html></html>", "<html>"),
    ] {
        let error = failure(&[&data.write(name, content), "--db", &db]);
        assert!(error.contains(name) && error.contains(words), "{error}");
    }
    let folder = data.folder.path().to_str().unwrap();
    assert!(failure(&[folder, "--db", &db]).contains("is a folder"));
    // Data that would find nothing whatever the SBOM is no data.
    let fresh = data.path("fresh");
    let kev = data.write("kev.json", json!({ "vulnerabilities": [] }).to_string());
    twintrack(&["advisories", "import", "--source", "kev", &kev, "--data-dir", &fresh]);
    for place in [&fresh, &data.path("nowhere"), &folder.to_owned()] {
        let error = failure(&[&bom, "--db", place]);
        assert!(error.contains(place.as_str()) && error.contains("advisories import"), "{error}");
    }
    std::fs::create_dir_all(data.path("odd/npm")).unwrap();
    data.write("odd/npm/all.zip", "no archive");
    assert!(failure(&[&bom, "--db", &data.path("odd")]).contains("all.zip"));
    std::fs::create_dir_all(data.path("other")).unwrap();
    data.write("other/twintrack.db", "no database");
    assert!(failure(&[&bom, "--db", &data.path("other")]).contains("twintrack.db"));
    assert!(failure(&[&bom, "--db", &db, "-o", &data.path("no/such/folder/out")]).contains("no/such/folder"));
}

#[test]
fn standard_input_is_read_and_a_file_is_written() {
    let data = Data::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_twintrack"))
        .args(["scan", "-", "--db", &data.path("data"), "--format", "sarif", "-o", &data.path("out.sarif")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(cyclonedx(&application()).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    // Whoever keeps the report is told what is in it.
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("5 findings in 5 of 8 components"),
        "{output:?}"
    );
    let sarif: Value = serde_json::from_slice(&std::fs::read(data.path("out.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 5);
}

#[test]
fn the_table_has_a_line_for_each_finding_and_counts_in_words() {
    let data = Data::new();
    let table = |components: &[Value]| {
        let output = data.scan(&[&data.write("bom.json", cyclonedx(components))]);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = table(&application());
    let lines: Vec<&str> = all.lines().collect();
    assert!(lines[0].starts_with("SEVERITY    COMPONENT"), "{all}");
    // What is below a heading begins where it does.
    let at = |heading: &str| lines[0].find(heading).unwrap();
    assert_eq!(&lines[1][..at("COMPONENT")].trim(), &"CRITICAL");
    let left_pad = lines.iter().find(|line| line.contains("left-pad")).unwrap();
    assert!(left_pad[at("FIXED IN")..].starts_with("1.2.5 "), "{all}");
    assert!(left_pad[at("TITLE")..].starts_with("left-pad | is <weak>"), "{all}");
    assert!(!all.contains('\u{1b}'), "no colours in a pipe: {all:?}");
    assert_eq!(lines[7], "5 findings in 5 of 8 components: 3 critical, 1 low, 1 unassigned", "{all}");
    assert!(lines[8].contains("Hex (1 component)") && lines[9].starts_with("1 component "), "{all}");
    let one = table(&application()[..1]);
    assert!(one.ends_with("\n1 finding in 1 of 1 component: 1 critical\n"), "{one}");
    assert_eq!(table(&application()[2..3]), "No known vulnerabilities in 1 component\n");
    assert_eq!(table(&[]), "No known vulnerabilities in 0 components\n");
    let mut hostile = application()[0].clone();
    hostile["name"] = "evil\u{1b}[2J\u{202e}name".into();
    let shown = table(&[hostile]);
    assert!(shown.contains("evil\u{fffd}[2J\u{fffd}name"), "{shown:?}");
}

#[test]
fn markdown_mentions_nobody_and_breaks_no_table() {
    let data = Data::new();
    let mut components = application();
    components[0]["group"] = "@scope".into();
    let bom = data.write("bom.json", cyclonedx(&components));
    let output = data.scan(&[&bom, "--format", "markdown"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let row = text.lines().find(|line| line.contains("left-pad")).unwrap();
    assert_eq!(
        row,
        "| CRITICAL | `@scope/left-pad` | `1.1.0` | `1.2.5` | \
         [CVE-2024-0001](https://nvd.nist.gov/vuln/detail/CVE-2024-0001) | left-pad \\| is &lt;weak&gt; |"
    );
    assert!(text.starts_with("## Known vulnerabilities\n\n5 findings in 5 of 8 components: "), "{text}");
    let calm = data.write("calm.json", cyclonedx(&components[2..3]));
    let text = String::from_utf8(data.scan(&[&calm, "--format", "markdown"]).stdout).unwrap();
    assert_eq!(text, "## Known vulnerabilities\n\nNo known vulnerabilities in 1 component.\n");
}

#[test]
fn sarif_has_what_the_standard_and_code_scanning_want() {
    let data = Data::new();
    data.write("my bom#1.json", cyclonedx(&application()));
    let output = Command::new(env!("CARGO_BIN_EXE_twintrack"))
        .current_dir(data.folder.path())
        .args(["scan", "my bom#1.json", "--db", "data", "--format", "sarif"])
        .output()
        .unwrap();
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&json!("2.1.0"), 1));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "unique: {ids:?}");
    for rule in rules {
        for key in ["shortDescription", "fullDescription"] {
            assert!(!rule[key]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
        assert!(url::Url::parse(rule["helpUri"].as_str().unwrap()).is_ok(), "{rule}");
        // A text with a number above 0 and at most 10, where there is one.
        let weight = rule["properties"].get("security-severity").map(|text| text.as_str().unwrap());
        assert!(weight.is_none_or(|text| (0.1..=10.0).contains(&text.parse::<f64>().unwrap())), "{rule}");
        assert_eq!(weight.is_none(), rule["id"] == "PYSEC-2024-3", "{rule}");
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20bom%231.json");
        assert_eq!(place["region"]["startLine"], 1);
        assert!(prints.insert(result["partialFingerprints"]["twintrack/v1"].as_str().unwrap()), "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().contains("  "), "{result}");
    }
    assert_eq!(
        results[0]["message"]["text"],
        "example.org/mod v1.4.0 has GO-2024-0006. Upgrade to 1.5.0 or later."
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("Hex (1 component)"), "{notes}");
    // An absolute path is a URI of the scheme `file`.
    let absolute = data.path("my bom#1.json");
    let output = data.scan(&[&absolute, "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(
        url::Url::parse(place.as_str().unwrap()).unwrap().to_file_path().unwrap(),
        PathBuf::from(&absolute)
    );
}

#[test]
fn cyclonedx_is_valid_and_tells_what_affects_which_component() {
    let data = Data::new();
    let mut components = application();
    // A reference that is given to two components must not make them one.
    components[4]["bom-ref"] = components[0]["bom-ref"].clone();
    components.push(json!({ "type": "application", "name": "left-pad", "version": "1.0.9", "purl": "pkg:npm/left-pad@1.0.9" }));
    let bom = data.write("bom.json", cyclonedx(&components));
    let out = data.path("out.json");
    let output = data.scan(&[&bom, "--format", "cyclonedx", "--output", &out]);
    assert!(output.status.success(), "{output:?}");
    let bytes = std::fs::read(Path::new(&out)).unwrap();
    let document = sbom::parse(&bytes).expect("valid by the schema of CycloneDX 1.6");
    assert_eq!((document.components.len(), document.vulnerabilities.len()), (6, 5));
    let read: Value = serde_json::from_slice(&bytes).unwrap();
    let mut references = std::collections::BTreeSet::new();
    for component in read["components"].as_array().unwrap() {
        assert!(references.insert(component["bom-ref"].as_str().unwrap()), "{component}");
    }
    let vulnerability =
        read["vulnerabilities"].as_array().unwrap().iter().find(|v| v["id"] == "CVE-2024-0001");
    let affects = vulnerability.unwrap()["affects"].as_array().unwrap();
    assert_eq!(affects.len(), 2);
    for affects in affects {
        assert!(references.contains(affects["ref"].as_str().unwrap()), "{affects}");
    }
    assert_eq!(vulnerability.unwrap()["ratings"][0]["score"], 9.8);
    let calm = data.scan(&[&data.write("calm.json", cyclonedx(&[])), "--format", "cyclonedx"]);
    assert!(sbom::parse(&calm.stdout).is_ok(), "{calm:?}");
}
