//! OSV: whole at first, then what changed; and what goes wrong on the way.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{advisory, bom, write_osv};
use crate::server::{zip, zip_of};
use crate::{World, bom_of, osv_record};

const JANUARY: &str = "2026-01-01T00:00:00Z";

/// More records than are fetched one by one.
fn many(modified: &str) -> Vec<Value> {
    (0..1_001).map(|n| osv_record(&format!("BULK-{n}"), &format!("bulk-{n}"), modified, "2.0.0")).collect()
}

#[tokio::test]
async fn what_changed_is_fetched_and_what_is_gone_is_taken_back() {
    let world = World::start().await;
    let sources = &world.sources;
    let one = osv_record("A-1", "one", JANUARY, "2.0.0");
    let two = osv_record("A-2", "two", JANUARY, "2.0.0");
    sources.bucket("npm", &[one.clone(), two.clone()]);
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    let project = world.project("app", &bom(&["one", "two"])).await;

    let report = world.mirrored("osv").await;
    assert_eq!((&report["read"], &report["new"]), (&json!(2), &json!(2)), "{report}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200", "/npm/all.zip 200"]);
    world.finds(&project, &["A-1", "A-2"]).await;

    let report = world.mirrored("osv").await;
    assert_eq!(report["read"], 0, "{report}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200"]);

    // One is corrected: only that one is fetched. Fractions of seconds count.
    let corrected = osv_record("A-1", "one", "2026-01-01T00:00:00.25Z", "0.5.0");
    sources.record("npm", &corrected);
    sources.list("npm", &[corrected.clone(), two.clone()]);
    let report = world.mirrored("osv").await;
    assert_eq!((&report["read"], &report["changed"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200", "/npm/A-1.json 200"]);
    world.finds(&project, &["A-2"]).await;

    let mut withdrawn = osv_record("A-2", "two", "2026-02-01T00:00:00Z", "2.0.0");
    withdrawn["withdrawn"] = json!("2026-02-01T00:00:00Z");
    sources.record("npm", &withdrawn);
    sources.list("npm", &[corrected.clone(), withdrawn.clone()]);
    let report = world.mirrored("osv").await;
    assert_eq!(report["withdrawn"], 1, "{report}");
    world.finds(&project, &[]).await;
    sources.asked();

    // Many changes come with the archive; so does what was corrected without another time.
    let again = osv_record("A-1", "one", "2026-01-01T00:00:00.25Z", "2.0.0");
    let mut all = many("2026-03-01T00:00:00Z");
    all.extend([again, withdrawn.clone()]);
    sources.archive("npm", &all);
    sources.list("npm", &all);
    let report = world.mirrored("osv").await;
    assert_eq!((&report["new"], &report["changed"]), (&json!(1_001), &json!(1)), "{report}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200", "/npm/all.zip 200"]);
    world.finds(&project, &["A-1"]).await;

    // The archive is behind its list: it is the one that is known, and nothing is lost or hammered.
    let all = many("2026-04-01T00:00:00Z");
    sources.list("npm", &all);
    assert_eq!(world.mirrored("osv").await["read"], 0);
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200", "/npm/all.zip 304"]);
    world.finds(&project, &["A-1"]).await;

    // The new archive no longer has A-1. A record that is newer than the archive comes by itself.
    sources.archive("npm", &all);
    let newest = osv_record("A-3", "two", "2026-04-02T00:00:00Z", "2.0.0");
    sources.record("npm", &newest);
    let list = [all, vec![newest]].concat();
    sources.list("npm", &list);
    let report = world.mirrored("osv").await;
    assert_eq!((&report["withdrawn"], &report["new"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 200", "/npm/all.zip 200", "/npm/A-3.json 200"]);
    world.finds(&project, &["A-3"]).await;
    world.all_is_followed();
}

#[tokio::test]
async fn releases_are_within_their_ecosystem() {
    let world = World::start().await;
    let mut record = osv_record("DSA-1", "tool", JANUARY, "2.0-1");
    record["affected"][0]["package"] = json!({ "ecosystem": "Debian:12", "name": "tool" });
    record["affected"][0]["ranges"][0]["type"] = json!("ECOSYSTEM");
    world.sources.bucket("Debian", &[record]);
    world.set("vuln-source", "google.osv.enabled", "Debian:12;Debian:11").await;
    let debian = |release: &str| {
        let purl = format!("pkg:deb/debian/tool@1.0-1?distro=debian-{release}");
        bom_of(json!({ "type": "library", "name": "tool", "version": "1.0-1", "purl": purl }))
    };
    let twelve = world.project("twelve", &debian("12")).await;
    let eleven = world.project("eleven", &debian("11")).await;
    assert_eq!(world.mirrored("osv").await["new"], 1);
    assert_eq!(world.sources.lines(), ["/Debian/modified_id.csv 200", "/Debian/all.zip 200"]);
    world.finds(&twelve, &["DSA-1"]).await;
    world.finds(&eleven, &[]).await;
}

#[tokio::test]
async fn damage_is_named_and_keeps_neither_the_rest_nor_what_is_there_from_use() {
    let world = World::start().await;
    let sources = &world.sources;
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    let project = world.project("app", &bom(&["one", "two", "three"])).await;
    let entry = |r: &Value| (format!("{}.json", r["id"].as_str().unwrap()), r.to_string().into_bytes());
    let good = |id: &str, package: &str| entry(&osv_record(id, package, JANUARY, "2.0.0"));

    // Without a list of changes the archive is looked at each time.
    sources.put("/npm/all.zip", zip(&[good("D-1", "one"), good("D-2", "two")]));
    world.mirrored("osv").await;
    world.finds(&project, &["D-1", "D-2"]).await;
    world.mirrored("osv").await;
    let lines = sources.lines();
    assert_eq!(lines[2..], ["/npm/modified_id.csv 404", "/npm/all.zip 304"]);

    // A record that cannot be read is named, and is not taken for gone; text may hold a NUL.
    let mut odd = osv_record("D-3", "three", JANUARY, "2.0.0");
    odd["details"] = json!("a\u{0}b");
    let bad = ("D-1.json".to_owned(), b"{\"id\": \"D-1\", ".to_vec());
    sources.put("/npm/all.zip", zip(&[good("D-2", "two"), bad, entry(&odd)]));
    let report = world.mirrored("osv").await;
    assert_eq!((&report["failures"], &report["new"]), (&json!(1), &json!(1)), "{report}");
    assert!(report["failed"][0].as_str().unwrap().starts_with("D-1.json: "), "{report}");
    world.finds(&project, &["D-1", "D-2", "D-3"]).await;

    // An archive that is cut off: what is before the cut counts, nothing is taken back.
    let noise: Vec<Value> =
        (0..200).map(|n| osv_record(&format!("N-{n}"), "noise", JANUARY, "2.0.0")).collect();
    let whole = zip_of(&[vec![osv_record("D-4", "one", JANUARY, "2.0.0")], noise].concat());
    sources.put("/npm/all.zip", &whole[..whole.len() / 2]);
    let reason = world.refused("osv").await;
    assert!(reason.contains("cut off") && reason.contains("/npm/all.zip"), "{reason}");
    world.finds(&project, &["D-1", "D-2", "D-3", "D-4"]).await;
    sources.put("/npm/all.zip", b"<html>Sign in</html>".to_vec());
    assert!(world.refused("osv").await.contains("not a zip archive"));

    // A small file that grows beyond all bounds is refused, and what is beside it is taken.
    let bomb = ("BOMB.json".to_owned(), vec![b' '; 65 << 20]);
    sources.put("/npm/all.zip", zip(&[good("D-1", "one"), bomb, good("D-5", "two")]));
    let report = world.mirrored("osv").await;
    assert!(report["failed"][0].as_str().unwrap().contains("BOMB.json: it is larger"), "{report}");
    world.finds(&project, &["D-1", "D-5"]).await;
    world.all_is_followed();
}

#[tokio::test]
async fn a_server_that_fails_passes_or_is_named_and_other_ecosystems_are_mirrored() {
    let world = World::start().await;
    let sources = &world.sources;
    sources.bucket("npm", &[osv_record("E-1", "one", JANUARY, "2.0.0")]);
    let mut python = osv_record("E-2", "two", JANUARY, "2.0.0");
    python["affected"][0]["package"]["ecosystem"] = json!("PyPI");
    sources.bucket("PyPI", &[python]);
    world.set("vuln-source", "google.osv.enabled", "GitHub Actions;PyPI;npm").await;
    let project = world.project("app", &bom(&["one"])).await;

    // It is overloaded, slow, and breaks off; then it works.
    sources.fail("/npm/modified_id.csv", &[503]);
    sources.fail("/npm/all.zip", &[502]);
    sources.cut("/npm/all.zip", 3);
    sources.delay("/npm/all.zip", Duration::from_millis(300));
    let reason = world.refused("osv").await;
    assert!(reason.starts_with("1 of 3 ecosystems: "), "{reason}");
    assert!(reason.contains("/GitHub%20Actions/all.zip") && reason.contains("404"), "{reason}");
    world.finds(&project, &["E-1"]).await;
    let lines = sources.lines();
    for line in ["/npm/modified_id.csv 503", "/npm/all.zip 502", "/PyPI/all.zip 200"] {
        assert!(lines.contains(&line.to_owned()), "{line} in {lines:?}");
    }

    // One that stays down is given up after some attempts; what it gave before stays.
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    sources.fail("/npm/modified_id.csv", &[500; 9]);
    let reason = world.refused("osv").await;
    assert!(reason.contains("/npm/modified_id.csv") && reason.contains("500"), "{reason}");
    assert_eq!(sources.lines(), ["/npm/modified_id.csv 500"; 5]);
    world.finds(&project, &["E-1"]).await;

    world.set("vuln-source", "google.osv.enabled", "").await;
    assert!(world.refused("osv").await.contains("google.osv.enabled"));
}

#[tokio::test]
async fn one_advisory_reaches_every_project_that_it_concerns() {
    let world = World::start().await;
    world.sources.bucket("npm", &[osv_record("F-0", "other", JANUARY, "2.0.0")]);
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    world.listen("PORTFOLIO", "NEW_VULNERABILITY").await;
    let mut projects = Vec::new();
    for name in ["alpha", "beta", "gamma"] {
        projects.push(world.project(name, &bom(&["one", name])).await);
    }
    world.mirrored("osv").await;
    let record = osv_record("F-1", "one", "2026-02-01T00:00:00Z", "2.0.0");
    world.sources.bucket("npm", &[osv_record("F-0", "other", JANUARY, "2.0.0"), record]);
    assert_eq!(world.mirrored("osv").await["new"], 1);
    for project in &projects {
        world.finds(project, &["F-1"]).await;
    }
    let told = world.told("NEW_VULNERABILITY", 3).await;
    assert_eq!(told.len(), 3);
    for name in ["alpha", "beta", "gamma"] {
        let of = |told: &Value| told["subject"]["affectedProjects"][0]["name"] == name;
        let told = told.iter().find(|told| of(told)).unwrap_or_else(|| panic!("{name} in {told:?}"));
        assert_eq!(told["subject"]["vulnerability"]["vulnId"], "F-1");
    }
    for project in &projects {
        let metrics = loop {
            let metrics = world.get(&format!("/api/v1/metrics/project/{project}/current")).await;
            if metrics["vulnerabilities"] != 0 {
                break metrics;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        };
        assert_eq!((&metrics["vulnerabilities"], &metrics["high"]), (&json!(1), &json!(1)), "{metrics}");
    }
    world.all_is_followed();
}

#[tokio::test]
async fn records_lie_in_a_folder_as_in_the_bucket() {
    // Written by hand and by the mirror, the same records are the same.
    let world = World::start().await;
    let records = [advisory("G-1", "one"), advisory("G-2", "two")];
    let folder = tempfile::tempdir().unwrap();
    write_osv(folder.path(), &records);
    let import = ["advisories", "import", "--source", "osv", folder.path().to_str().unwrap()];
    assert!(crate::stdout(&world.server.on_data(&import)).contains("2 new"));
    world.sources.bucket("npm", &records);
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    assert_eq!(world.mirrored("osv").await["unchanged"], 2);
}
