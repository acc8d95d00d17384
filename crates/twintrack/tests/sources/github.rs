//! GitHub's advisories, and one flaw that several sources tell of.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::common::bom;
use crate::server::{Sources, cve, nvd_page};
use crate::{World, bom_of, osv_record};

const TOKEN: &str = "ghp-a-token-of-nobody";
const CHECKPOINT: &str = "github.advisories.last.modified.epoch.seconds";

fn advisory(id: &str, alias: &str, package: &str, updated: &str) -> Value {
    json!({
        "ghsaId": id, "identifiers": [{ "type": "GHSA", "value": id }, { "type": "CVE", "value": alias }],
        "summary": format!("A flaw in {package}"), "description": "What GitHub says", "severity": "HIGH",
        "cvssSeverities": { "cvssV3": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" } },
        "cwes": { "nodes": [{ "cweId": "CWE-79" }] }, "references": [{ "url": "https://github.example/a" }],
        "publishedAt": "2026-01-01T00:00:00Z", "updatedAt": updated, "withdrawnAt": null,
        "vulnerabilities": { "nodes": [vulnerable(package)], "pageInfo": { "hasNextPage": false } },
    })
}

fn vulnerable(package: &str) -> Value {
    json!({ "package": { "ecosystem": "NPM", "name": package }, "vulnerableVersionRange": "< 2.0.0",
        "firstPatchedVersion": { "identifier": "2.0.0" } })
}

/// GitHub with these advisories, one on a page.
fn serve(sources: &Sources, advisories: &Arc<Mutex<Vec<Value>>>) {
    let advisories = advisories.clone();
    sources.on("/graphql", move |asked| {
        if asked.authorization.as_deref() != Some(&format!("bearer {TOKEN}")) {
            return (401, json!({ "message": "Bad credentials" }));
        }
        let variables = &asked.body["variables"];
        if variables["id"].is_string() {
            let rest = json!({ "nodes": [vulnerable("the-rest")], "pageInfo": { "hasNextPage": false } });
            return (200, json!({ "data": { "securityAdvisory": { "vulnerabilities": rest } } }));
        }
        let advisories = advisories.lock().unwrap();
        let since = variables["since"].as_str().unwrap_or_default().replace("+00:00", "Z");
        let wanted: Vec<&Value> =
            advisories.iter().filter(|a| a["updatedAt"].as_str().unwrap() >= since.as_str()).collect();
        let at: usize = variables["after"].as_str().unwrap_or("0").parse().unwrap();
        let page: Vec<&Value> = wanted.iter().skip(at).take(1).copied().collect();
        let info = json!({ "hasNextPage": at + 1 < wanted.len(), "endCursor": (at + 1).to_string() });
        (200, json!({ "data": { "securityAdvisories": { "nodes": page, "pageInfo": info } } }))
    });
}

#[tokio::test]
async fn advisories_come_page_by_page_and_then_what_changed_since() {
    let world = World::start().await;
    let mut first = advisory("GHSA-aaaa-aaaa-aaaa", "CVE-2026-7", "one", "2026-01-01T00:00:00Z");
    first["vulnerabilities"]["pageInfo"] = json!({ "hasNextPage": true, "endCursor": "100" });
    let second = advisory("GHSA-bbbb-bbbb-bbbb", "CVE-2026-8", "two", "2026-01-02T00:00:00Z");
    let advisories = Arc::new(Mutex::new(vec![first, second]));
    serve(&world.sources, &advisories);
    let project = world.project("app", &bom(&["one", "two"])).await;
    let rest = world.project("rest", &bom(&["the-rest"])).await;

    let reason = world.refused("github").await;
    assert!(reason.contains("github.advisories.access.token"), "{reason}");
    assert!(world.sources.asked().is_empty(), "without a token nothing is asked");
    world.set("vuln-source", "github.advisories.access.token", "ghp-wrong").await;
    let reason = world.refused("github").await;
    assert!(reason.contains("401") && reason.contains("token") && !reason.contains("ghp-wrong"), "{reason}");
    world.set("vuln-source", "github.advisories.access.token", TOKEN).await;
    world.sources.asked();

    assert_eq!(world.mirrored("github").await["new"], 2);
    world.finds(&project, &["GHSA-aaaa-aaaa-aaaa", "GHSA-bbbb-bbbb-bbbb"]).await;
    world.finds(&rest, &["GHSA-aaaa-aaaa-aaaa"]).await;
    assert_eq!(world.value(CHECKPOINT).await, "1767312000");
    let asked = world.sources.asked();
    let cursors: Vec<&Value> = asked.iter().map(|asked| &asked.body["variables"]["after"]).collect();
    assert_eq!(cursors, [&Value::Null, &json!("100"), &json!("1")]);

    // The next run asks for what changed since, and sees one withdrawn.
    let mut withdrawn = advisory("GHSA-aaaa-aaaa-aaaa", "CVE-2026-7", "one", "2026-02-01T00:00:00Z");
    withdrawn["withdrawnAt"] = json!("2026-02-01T00:00:00Z");
    advisories.lock().unwrap().push(withdrawn);
    let report = world.mirrored("github").await;
    assert_eq!((&report["withdrawn"], &report["unchanged"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(world.sources.asked()[0].body["variables"]["since"], "2026-01-02T00:00:00+00:00");
    world.finds(&project, &["GHSA-bbbb-bbbb-bbbb"]).await;
    world.finds(&rest, &[]).await;

    // Setting the checkpoint back reads everything again, and nothing has changed by that.
    world.set("vuln-source", CHECKPOINT, "").await;
    advisories.lock().unwrap().remove(0);
    let report = world.mirrored("github").await;
    assert_eq!((&report["read"], &report["unchanged"]), (&json!(2), &json!(2)), "{report}");
    let shown = world.get("/api/v1/configProperty").await.to_string();
    assert!(!shown.contains(TOKEN));
    world.all_is_followed();
}

#[tokio::test]
async fn two_sources_tell_of_the_same_flaws_at_the_same_time() {
    let world = World::start().await;
    let id = |n: usize| format!("GHSA-dddd-dddd-{n:04}");
    let records: Vec<Value> =
        (0..600).map(|n| osv_record(&id(n), &format!("p-{n}"), "2026-01-01T00:00:00Z", "2.0.0")).collect();
    world.sources.bucket("npm", &records);
    let nodes: Vec<Value> = (0..600)
        .map(|n| advisory(&id(n), &format!("CVE-2026-{n:04}"), "one", "2026-01-01T00:00:00Z"))
        .collect();
    world.sources.on("/graphql", move |_| {
        let page = json!({ "nodes": nodes, "pageInfo": { "hasNextPage": false } });
        (200, json!({ "data": { "securityAdvisories": page } }))
    });
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    world.set("vuln-source", "github.advisories.access.token", TOKEN).await;
    let project = world.project("app", &bom(&["p-1", "p-599"])).await;
    for source in ["osv", "github"] {
        assert_eq!(world.begin(source).await, 202);
    }
    for source in ["osv", "github"] {
        let run = world.ended(source).await;
        assert_eq!((&run["status"], &run["report"]["new"]), (&json!("COMPLETED"), &json!(600)), "{run}");
    }
    world.finds(&project, &[&id(1), &id(599)]).await;
    world.all_is_followed();
}

/// What is told of a vulnerability, without what differs from server to server.
fn bare(mut vulnerability: Value) -> Value {
    let object = vulnerability.as_object_mut().unwrap();
    for name in ["uuid", "created", "affectedComponents"] {
        object.remove(name);
    }
    vulnerability
}

#[tokio::test]
async fn it_does_not_matter_which_source_tells_of_a_flaw_first() {
    const GHSA: &str = "GHSA-cccc-cccc-cccc";
    let mut outcomes = Vec::new();
    for order in [["osv", "github", "nvd"], ["nvd", "github", "osv"]] {
        let world = World::start().await;
        let mut record = osv_record(GHSA, "widget", "2026-01-01T00:00:00Z", "2.0.0");
        record["aliases"] = json!(["CVE-2026-9"]);
        record["details"] = json!("What OSV says");
        world.sources.bucket("npm", &[record.clone()]);
        let known = advisory(GHSA, "CVE-2026-9", "widget", "2026-01-03T00:00:00Z");
        let advisories = Arc::new(Mutex::new(vec![known]));
        serve(&world.sources, &advisories);
        world.sources.on("/nvd-api", |_| (200, nvd_page(&[cve("CVE-2026-9", "widget", "2.0.0")], 0, 1)));
        for (name, value) in [
            ("google.osv.enabled", "npm"),
            ("nvd.api.enabled", "true"),
            ("github.advisories.access.token", TOKEN),
        ] {
            world.set("vuln-source", name, value).await;
        }
        let component = json!({ "type": "library", "name": "widget", "version": "1.0.0",
            "purl": "pkg:npm/widget@1.0.0", "cpe": "cpe:2.3:a:acme:widget:1.0.0:*:*:*:*:*:*:*" });
        let project = world.project("app", &bom_of(component)).await;
        for source in order {
            world.mirrored(source).await;
        }
        world.finds(&project, &["CVE-2026-9", GHSA]).await;
        let mut told = Vec::new();
        for (source, id) in [("GITHUB", GHSA), ("NVD", "CVE-2026-9")] {
            told.push(bare(world.get(&format!("/api/v1/vulnerability/source/{source}/vuln/{id}")).await));
        }
        let mut findings: Vec<Value> = world.findings(&project).await;
        for finding in &mut findings {
            let vulnerability = bare(finding["vulnerability"].take());
            *finding = json!({ "vulnerability": vulnerability, "analysis": finding["analysis"] });
        }
        findings.sort_by_key(Value::to_string);
        outcomes.push((told, findings));

        // One source takes it back: what the others say stays.
        record["withdrawn"] = json!("2026-02-01T00:00:00Z");
        record["modified"] = json!("2026-02-01T00:00:00Z");
        world.sources.bucket("npm", &[record]);
        assert_eq!(world.mirrored("osv").await["withdrawn"], 1);
        world.all_is_followed();
        world.finds(&project, &["CVE-2026-9", GHSA]).await;
        let told = world.get(&format!("/api/v1/vulnerability/source/GITHUB/vuln/{GHSA}")).await;
        assert_eq!(told["description"], "What GitHub says", "{told}");
        let mut gone = advisory(GHSA, "CVE-2026-9", "widget", "2026-02-03T00:00:00Z");
        gone["withdrawnAt"] = json!("2026-02-03T00:00:00Z");
        advisories.lock().unwrap()[0] = gone;
        world.mirrored("github").await;
        world.finds(&project, &["CVE-2026-9"]).await;
    }
    assert_eq!(outcomes[0], outcomes[1]);
}
