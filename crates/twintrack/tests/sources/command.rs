//! Sources imported by the command line: from files, folders and addresses.

use std::path::Path;

use serde_json::{Value, json};

use crate::common::{stdout, twintrack};
use crate::osv_record;
use crate::server::{Sources, cve, gzip, nvd_page, zip, zip_of};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, source: &str, from: &str) -> std::process::Output {
        let data = self.folder.path().join("data");
        let data = data.to_str().unwrap();
        twintrack(&["advisories", "import", "--source", source, from, "--json", "--data-dir", data])
    }

    /// Imports; the report.
    async fn import(&self, source: &str, from: &str) -> Value {
        let (output, from) = tokio::task::block_in_place(|| (self.run(source, from), from.to_owned()));
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|e| panic!("{from}: {e}"))
    }

    /// Fails to import with status 1; why.
    fn refused(&self, source: &str, from: &str) -> String {
        let output = tokio::task::block_in_place(|| self.run(source, from));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{from}: {error}");
        assert!(output.stdout.is_empty());
        error
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_source_is_imported_from_files_folders_and_addresses() {
    let place = Place { folder: tempfile::tempdir().unwrap() };
    let sources = Sources::start().await;
    let record = |id: &str| osv_record(id, "one", "2026-01-01T00:00:00Z", "2.0.0");
    let read = |report: &Value| (report["new"].as_u64().unwrap(), report["unchanged"].as_u64().unwrap());

    let file = place.write("one/C-1.json", record("C-1").to_string());
    assert_eq!(read(&place.import("osv", &file).await), (1, 0));
    let file = place.write("packed/C-2.json.gz", gzip(record("C-2").to_string().as_bytes()));
    assert_eq!(read(&place.import("osv", &file).await), (1, 0));
    let file = place.write("archive/all.zip", zip_of(&[record("C-1"), record("C-3")]));
    assert_eq!(read(&place.import("osv", &file).await), (1, 1));
    place.write("folder/npm/C-4.json", record("C-4").to_string());
    place.write("folder/npm/broken.json", "{");
    let report = place.import("osv", place.folder.path().join("folder").to_str().unwrap()).await;
    assert_eq!((read(&report), &report["failures"]), ((1, 0), &json!(1)), "{report}");
    assert!(report["failed"][0].as_str().unwrap().contains("broken.json"), "{report}");

    // A bucket: what one ecosystem lacks does not keep the others from it.
    sources.put("/bucket/ecosystems.txt", "npm\nGone\nDebian\nDebian:12\n");
    sources.bucket("bucket/npm", &[record("C-5"), record("C-1")]);
    sources.bucket("bucket/Debian", &[record("C-6")]);
    let report = place.import("osv", &format!("{}/bucket/", sources.url)).await;
    assert_eq!((read(&report), &report["failures"]), ((2, 1), &json!(1)), "{report}");
    assert!(report["failed"][0].as_str().unwrap().contains("/bucket/Gone/all.zip"), "{report}");
    assert!(!sources.lines().iter().any(|line| line.contains("Debian:12")));
    let report = place.import("github", &format!("{}/bucket/npm/all.zip", sources.url)).await;
    assert_eq!(read(&report), (2, 0), "every source has a record of its own");
    sources.put("/C-7.json.gz", gzip(record("C-7").to_string().as_bytes()));
    for (address, new) in [("/C-7.json.gz", 1), ("/bucket/npm/all.zip?version=1", 0)] {
        let report = place.import("osv", &format!("{}{address}", sources.url)).await;
        assert_eq!(read(&report).0, new, "{address}: {report}");
    }

    let page = |id: &str| nvd_page(&[cve(id, "widget", "2.0.0")], 0, 1).to_string();
    let file = place.write("nvd/a.json", page("CVE-2026-1"));
    assert_eq!(read(&place.import("nvd", &file).await), (1, 0));
    place.write("nvd/b.json.gz", gzip(page("CVE-2026-2").as_bytes()));
    assert_eq!(
        read(&place.import("nvd", Path::new(&file).parent().unwrap().to_str().unwrap()).await),
        (1, 1)
    );
    sources.put("/c.json.gz", gzip(page("CVE-2026-3").as_bytes()));
    assert_eq!(read(&place.import("nvd", &format!("{}/c.json.gz", sources.url)).await), (1, 0));

    let scores = b"cve,epss,percentile\nCVE-2026-1,0.5,0.5\n";
    let catalogue =
        json!({ "vulnerabilities": [{ "cveID": "CVE-2026-1", "dateAdded": "2026-01-01" }] }).to_string();
    let names =
        b"<Weakness_Catalog><Weaknesses><Weakness ID=\"9001\" Name=\"Odd\"/></Weaknesses></Weakness_Catalog>";
    let files = [
        ("epss", "epss.csv", scores.to_vec()),
        ("epss", "epss.csv.gz", gzip(scores)),
        ("kev", "kev.json", catalogue.clone().into_bytes()),
        ("kev", "kev.json.gz", gzip(catalogue.as_bytes())),
        ("cwe", "cwec.xml", names.to_vec()),
        ("cwe", "cwec.xml.gz", gzip(names)),
        ("cwe", "cwec.xml.zip", zip(&[("cwec.xml".to_owned(), names.to_vec())])),
    ];
    for (source, name, bytes) in files {
        let file = place.write(&format!("{source}-{name}/{name}"), &bytes);
        sources.put(&format!("/{name}"), bytes);
        let folder = Path::new(&file).parent().unwrap().to_str().unwrap().to_owned();
        for from in [file, folder, format!("{}/{name}", sources.url)] {
            assert_eq!(place.import(source, &from).await["read"], 1, "{from}");
        }
    }
    let left = std::fs::read_dir(place.folder.path().join("data/mirror/osv")).unwrap().count();
    assert_eq!(left, 0, "what was downloaded is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_imported_is_said() {
    let place = Place { folder: tempfile::tempdir().unwrap() };
    let sources = Sources::start().await;
    let output = tokio::task::block_in_place(|| place.run("vulndb", "x"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("osv, nvd, github, epss, kev, cwe"), "{error}");
    assert!(place.refused("osv", "/no/such/file.zip").contains("/no/such/file.zip"));
    std::fs::create_dir(place.folder.path().join("empty")).unwrap();
    let error = place.refused("nvd", place.folder.path().join("empty").to_str().unwrap());
    assert!(error.contains(".json"), "{error}");
    let junk = ["all.zip", "a.json", "a.json.gz", "a.csv", "a.csv.gz", "a.xml", "a.xml.zip"];
    let junk: Vec<String> = junk.iter().map(|name| place.write(name, b"\x00junk\xff")).collect();
    for (source, at) in [
        ("osv", 0),
        ("github", 0),
        ("nvd", 1),
        ("nvd", 2),
        ("epss", 3),
        ("epss", 4),
        ("kev", 1),
        ("cwe", 5),
        ("cwe", 6),
    ] {
        let error = place.refused(source, &junk[at]);
        assert!(error.contains(&junk[at]), "{source}: {error}");
    }
    let gone = format!("{}/secret-free/all.zip?token=hush", sources.url);
    let error = place.refused("osv", &gone);
    assert!(error.contains("/secret-free/all.zip") && !error.contains("hush"), "{error}");
    sources.put("/portal/all.zip", "<html>Sign in</html>");
    let error = place.refused("osv", &format!("{}/portal/all.zip", sources.url));
    assert!(error.contains("/portal/all.zip: it is not a zip archive"), "{error}");
    let with_password = sources.url.replace("http://", "http://me:hush@");
    let error = place.refused("osv", &with_password);
    assert!(error.contains("ecosystems.txt") && !error.contains("hush"), "{error}");
}
