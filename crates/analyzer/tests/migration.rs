//! Copying another server: what comes, what stays, and that an interrupted copy goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::sync::Mutex;

use analyzer::migration::{Line, Options, Report};
use common::key_of;
use common::migration::{Network, Server, document};
use serde_json::{Value, json};
use storage::{Sql, params};

const ADVISORIES: [(&str, &str); 2] = [("PYSEC-0000-1", "left"), ("GO-0000-2", "right")];

/// A server that people have worked with.
async fn used() -> (Server, Network) {
    let there = Server::start().await;
    there.import(&ADVISORIES).await;
    let suite = there.put("PUT", "project", json!({ "name": "suite", "description": "All of it" })).await;
    for (version, latest) in [("1.0", false), ("2.0", true)] {
        let shop = json!({
            "name": "shop", "version": version, "group": "acme", "description": "A shop", "isLatest": latest,
            "tags": [{ "name": "web" }, { "name": "pci" }], "parent": { "uuid": suite["uuid"] },
            "externalReferences": [{ "type": "vcs", "url": "https://git.example/shop" }],
        });
        let shop = there.put("PUT", "project", shop).await;
        there.upload(shop["uuid"].as_str().unwrap(), &document()).await;
    }
    there.put("PUT", "project", json!({ "name": "old", "active": false })).await;
    // Decisions.
    let shop = project(&there, "shop", "1.0").await;
    let findings = findings(&there, &shop).await;
    let decide = |finding: &Value, more: Value| {
        let mut body = json!({
            "project": shop, "component": finding["component"]["uuid"],
            "vulnerability": finding["vulnerability"]["uuid"],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let accepted = json!({
        "analysisState": "NOT_AFFECTED", "analysisJustification": "CODE_NOT_REACHABLE",
        "analysisResponse": "WILL_NOT_FIX", "analysisDetails": "never called", "comment": "looked at it",
        "isSuppressed": true,
    });
    there.put("PUT", "analysis", decide(&findings[0], accepted)).await;
    there.put("PUT", "analysis", decide(&findings[1], json!({ "analysisState": "IN_TRIAGE" }))).await;
    // People.
    let team = there.put("PUT", "team", json!({ "name": "Builders" })).await;
    let team = team["uuid"].as_str().unwrap();
    for permission in ["BOM_UPLOAD", "VIEW_PORTFOLIO"] {
        there.put("POST", &format!("permission/{permission}/team/{team}"), Value::Null).await;
    }
    there.put("PUT", &format!("team/{team}/key"), Value::Null).await;
    let ann = json!({
        "username": "ann", "fullname": "Ann", "email": "ann@acme.example", "newPassword": "a password of hers",
        "confirmPassword": "a password of hers",
    });
    there.put("PUT", "user/managed", ann).await;
    there.put("POST", "user/ann/membership", json!({ "uuid": team })).await;
    there.put("POST", "permission/VIEW_BADGES/user/ann", Value::Null).await;
    // A vulnerability of their own, a setting, a rule.
    let flaw = json!({
        "vulnId": "INT-shop-1", "title": "A flaw of ours", "severity": "HIGH", "cwes": [{ "cweId": 79 }],
        "affectedComponents": [{
            "identityType": "PURL", "identity": "pkg:npm/right", "versionType": "RANGE",
            "versionEndExcluding": "3.0.0",
        }],
    });
    there.put("PUT", "vulnerability", flaw).await;
    there.analyzer.analyze_all(&|_| ()).await.unwrap();
    let setting =
        json!({ "groupName": "general", "propertyName": "base.url", "propertyValue": "https://dt.example" });
    there.put("POST", "configProperty", setting).await;
    let publishers = there.get("notification/publisher").await;
    let rule = json!({
        "name": "told", "scope": "PORTFOLIO", "notificationLevel": "WARNING",
        "publisher": { "uuid": publishers[0]["uuid"] },
    });
    let mut rule = there.put("PUT", "notification/rule", rule).await;
    rule["notifyOn"] = json!(["NEW_VULNERABILITY"]);
    rule["publisherConfig"] = json!("{\"destination\":\"https://hook.example/\"}");
    rule["tags"] = json!([{ "name": "web" }]);
    there.put("POST", "notification/rule", rule.clone()).await;
    let place = format!("notification/rule/{}/project/{}", rule["uuid"].as_str().unwrap(), shop);
    there.put("POST", &place, Value::Null).await;
    for (name, priority) in [("ours", 7), ("theirs", 9)] {
        let policy = json!({
            "name": name, "author": "Ann", "priority": priority, "operation_mode": "APPLY",
            "condition": "vuln.id == 'CVE-1999-0001' && component.name == 'none'",
            "analysis": { "state": "NOT_AFFECTED", "justification": "CODE_NOT_PRESENT", "suppress": true },
            "ratings": [{ "method": "CVSSV3", "severity": "LOW", "score": 2.1 }],
            "valid_until": 4_102_444_800_000_i64,
        });
        there.vulnerability_policy(policy).await;
    }
    let network = there.serve().await;
    (there, network)
}

async fn project(server: &Server, name: &str, version: &str) -> String {
    let found = server.get(&format!("project/lookup?name={name}&version={version}")).await;
    found["uuid"].as_str().unwrap().to_owned()
}

/// The findings of a project by component, without when they were found.
async fn findings(server: &Server, project: &str) -> Vec<Value> {
    let all = server.get(&format!("finding/project/{project}?suppressed=true")).await;
    let mut all: Vec<Value> = all.as_array().unwrap().clone();
    for finding in &mut all {
        finding.as_object_mut().unwrap().remove("attribution");
    }
    all.sort_by_key(|finding| finding["matrix"].to_string());
    all
}

/// An object without what is of the server and not of the object.
fn without(mut value: Value, names: &[&str]) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !names.contains(&name.as_str()));
    }
    for child in value.as_array_mut().into_iter().flatten() {
        *child = without(child.take(), names);
    }
    value
}

/// Lists of objects in one order: that of the rows differs.
fn sorted(value: &mut Value) {
    match value {
        Value::Array(all) => {
            all.iter_mut().for_each(sorted);
            all.sort_by_key(|one| format!("{} {one}", one["uuid"]));
        }
        Value::Object(all) => all.values_mut().for_each(sorted),
        _ => {}
    }
}

/// Everything that a client can see of what was copied.
async fn seen(server: &Server) -> Value {
    let mut out = json!({});
    let projects = server.get("project?offset=0&limit=100").await;
    for project in projects.as_array().unwrap() {
        let uuid = project["uuid"].as_str().unwrap();
        let whole = server.get(&format!("project/{uuid}")).await;
        out[format!("project {uuid}")] = without(
            whole,
            &["metrics", "versions", "children", "lastInheritedRiskScore", "lastVulnerabilityAnalysis"],
        );
        let components = server.get(&format!("component/project/{uuid}")).await;
        let mut components = without(components, &["metrics", "project"]).as_array().unwrap().clone();
        components.sort_by_key(|one| one["uuid"].to_string());
        out[format!("components {uuid}")] = json!(components);
        let findings = findings(server, uuid).await;
        for finding in &findings {
            let place = format!(
                "analysis?project={uuid}&component={}&vulnerability={}",
                finding["component"]["uuid"].as_str().unwrap(),
                finding["vulnerability"]["uuid"].as_str().unwrap()
            );
            out[place.clone()] = server.call("GET", &place, None).await.1;
        }
        out[format!("findings {uuid}")] = json!(findings);
        let metrics = server.get(&format!("metrics/project/{uuid}/current")).await;
        // A project that nobody uploaded to may never have been counted.
        if metrics["components"] != 0 && !metrics["components"].is_null() {
            out[format!("metrics {uuid}")] = without(metrics, &["firstOccurrence", "lastOccurrence"]);
        }
        assert_eq!(server.call("GET", &format!("project/{uuid}/"), None).await.0, 200, "a slash at the end");
    }
    out["teams"] = without(server.get("team").await, &["apiKeys", "managedUsers"]);
    let users = without(server.get("user/managed").await, &["lastPasswordChange", "forcePasswordChange"]);
    out["users"] = users;
    let rules = server.get("notification/rule").await;
    out["rules"] = without(without(rules, &["publisher"]), &["message"]);
    let flaw = server.get("vulnerability/source/INTERNAL/vuln/INT-shop-1").await;
    let affected = without(flaw["affectedComponents"].clone(), &["uuid", "affectedVersionAttributions"]);
    out["flaw"] = without(flaw, &["created", "affectedComponents"]);
    out["affected"] = affected;
    let (_, page) = server.v2("GET", "/vuln-policies?limit=100", None).await;
    let mut policies = Vec::new();
    for short in page["items"].as_array().unwrap() {
        let place = format!("/vuln-policies/{}", short["uuid"].as_str().unwrap());
        policies.push(without(server.v2("GET", &place, None).await.1, &["created", "updated"]));
    }
    out["vulnerability policies"] = json!(policies);
    out["settings"] = server.get("configProperty").await;
    sorted(&mut out);
    out
}

fn line<'a>(report: &'a Report, noun: &str) -> &'a Line {
    report.lines.iter().find(|line| line.noun == noun).unwrap_or_else(|| panic!("{noun}: {report:?}"))
}

#[track_caller]
fn assert_same(there: &Value, here: &Value) {
    for (name, value) in there.as_object().unwrap() {
        assert_eq!(&here[name], value, "{name}");
    }
    assert_eq!(there.as_object().unwrap().len(), here.as_object().unwrap().len());
}

#[tokio::test]
async fn everything_comes_and_a_second_copy_changes_nothing() {
    let (there, network) = used().await;
    let here = Server::start().await;
    here.import(&ADVISORIES).await;
    let dry = Options { dry_run: true, ..Options::default() };
    let would = here.copy(&network, &there.key, dry).await.unwrap();
    assert_eq!((line(&would, "projects").new, line(&would, "components").new), (4, 2));
    assert_eq!(line(&would, "vulnerability policies").new, 2);
    assert_eq!(line(&would, "analyses").total, 2, "{would:?}");
    assert_eq!(here.get("project").await, json!([]), "nothing is written");

    let passwords = Mutex::new(Vec::new());
    let hear =
        |name: &str, password: &str| passwords.lock().unwrap().push((name.to_owned(), password.to_owned()));
    let options = Options { first_password: Some(&hear), ..Options::default() };
    let report = here.copy(&network, &there.key, options).await.unwrap();
    assert_same(&seen(&there).await, &seen(&here).await);
    assert!(report.lines.iter().all(|line| line.failed == 0 && line.kept == 0), "{report:?}");
    assert_eq!((report.findings_only_there, report.findings_only_here), (0, 0));
    assert_eq!(report.findings_matched, 6);
    assert!(report.notes.iter().any(|note| note.name == "Builders" && note.text.contains("1 API keys")));
    for text in [report.markdown(), report.summary(), serde_json::to_string(&report).unwrap()] {
        assert!(!text.contains(&there.key));
    }
    let (name, password) = passwords.lock().unwrap().pop().unwrap();
    let form = format!("username={name}&password={password}");
    assert_eq!(log_in(&here, &form).await, "FORCE_PASSWORD_CHANGE");

    let before = seen(&here).await;
    let again = here.copy(&network, &there.key, Options::default()).await.unwrap();
    for line in &again.lines {
        assert_eq!((line.new, line.changed, line.kept, line.failed), (0, 0, 0, 0), "{line:?}");
    }
    assert_same(&before, &seen(&here).await);
    here.test.assert_no_jobs_left().await;
}

/// What an attempt to log in says.
async fn log_in(server: &Server, form: &str) -> String {
    use tower::ServiceExt;
    let request = axum::http::Request::post("/api/v1/user/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(form.to_owned()))
        .unwrap();
    let answer = server.analyzer.router().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn an_interrupted_copy_goes_on_and_doubles_nothing() {
    let (there, network) = used().await;
    let here = Server::start().await;
    here.import(&ADVISORIES).await;
    // Every so often the other server stops answering.
    let mut ended = 0;
    for requests in [3, 20, 27, 34, 41] {
        network.answer(requests);
        ended += usize::from(here.copy(&network, &there.key, Options::default()).await.is_err());
    }
    assert!(ended >= 3, "it was interrupted");
    network.answer(u64::MAX);
    here.copy(&network, &there.key, Options::default()).await.unwrap();
    assert_same(&seen(&there).await, &seen(&here).await);
    let trail = "SELECT count(*) FROM analysis_comment";
    let count = async |server: &Server| server.test.db.count(trail, params![]).await.unwrap();
    assert_eq!(count(&here).await, count(&there).await);
}

#[tokio::test]
async fn what_was_decided_here_stays_unless_told_otherwise() {
    let (there, network) = used().await;
    let here = Server::start().await;
    here.import(&ADVISORIES).await;
    here.copy(&network, &there.key, Options::default()).await.unwrap();
    let shop = project(&there, "shop", "1.0").await;
    let other = project(&there, "shop", "2.0").await;
    let finding = findings(&there, &shop).await.swap_remove(0);
    let decision = |state: &str| {
        json!({
            "project": shop, "component": finding["component"]["uuid"],
            "vulnerability": finding["vulnerability"]["uuid"], "analysisState": state,
        })
    };
    // Both sides change their minds; one side alone changes a description.
    there.put("PUT", "analysis", decision("EXPLOITABLE")).await;
    here.put("PUT", "analysis", decision("RESOLVED")).await;
    there.put("PATCH", &format!("project/{other}"), json!({ "description": "Changed there" })).await;
    here.put("PATCH", &format!("project/{shop}"), json!({ "description": "Changed here" })).await;
    let report = here.copy(&network, &there.key, Options::default()).await.unwrap();
    let place = format!(
        "analysis?project={shop}&component={}&vulnerability={}",
        finding["component"]["uuid"].as_str().unwrap(),
        finding["vulnerability"]["uuid"].as_str().unwrap()
    );
    assert_eq!(here.get(&place).await["analysisState"], "RESOLVED");
    assert_eq!(line(&report, "analyses").kept, 1);
    assert!(report.notes.iter().any(|note| note.noun == "analyses" && note.text.contains("--overwrite")));
    assert_eq!(here.get(&format!("project/{other}")).await["description"], "Changed there");
    assert_eq!(here.get(&format!("project/{shop}")).await["description"], "Changed here");

    let options = Options { overwrite: true, ..Options::default() };
    here.copy(&network, &there.key, options).await.unwrap();
    assert_eq!(here.get(&place).await["analysisState"], "EXPLOITABLE");
    assert_eq!(here.get(&format!("project/{shop}")).await["description"], "A shop");
    // What was said here is still in the trail.
    let trail = here.get(&place).await["analysisComments"].to_string();
    assert!(trail.contains("RESOLVED") && trail.contains("EXPLOITABLE"));
}

#[tokio::test]
async fn decisions_wait_for_vulnerabilities_that_are_not_known_yet() {
    let (there, network) = used().await;
    let here = Server::start().await;
    let report = here.copy(&network, &there.key, Options::default()).await.unwrap();
    assert_eq!(line(&report, "analyses").waiting, 2);
    assert_eq!(line(&report, "vulnerabilities").waiting, 2);
    assert_eq!(report.findings_only_there, 4);
    here.import(&ADVISORIES).await;
    here.analyzer.analyze_all(&|_| ()).await.unwrap();
    let shop = project(&there, "shop", "1.0").await;
    here.until(&format!("finding/project/{shop}?suppressed=true"), |all| {
        all.as_array()
            .is_some_and(|all| all.iter().filter(|one| one["analysis"]["state"].is_string()).count() == 2)
    })
    .await;
    let report = here.copy(&network, &there.key, Options::default()).await.unwrap();
    assert_eq!((report.findings_only_there, line(&report, "analyses").unchanged), (0, 2));
    assert_same(&seen(&there).await, &seen(&here).await);
}

#[tokio::test]
async fn a_key_that_may_not_everything_brings_the_rest() {
    let (there, network) = used().await;
    let here = Server::start().await;
    let key = key_of(&there.identity, &there.test, "Builders").await;
    let report = here.copy(&network, &key, Options::default()).await.unwrap();
    assert!(!report.is_complete());
    assert_eq!((line(&report, "projects").new, line(&report, "components").new), (4, 2));
    let why = |noun: &str| {
        let found = report.missing.iter().find(|(known, _)| known == noun);
        found.unwrap_or_else(|| panic!("{noun}: {:?}", report.missing)).1.clone()
    };
    assert!(why("teams").contains("ACCESS_MANAGEMENT"), "{}", why("teams"));
    assert!(why("analyses").contains("VIEW_VULNERABILITY"));
    assert!(why("settings").contains("SYSTEM_CONFIGURATION"));
}

#[tokio::test]
async fn a_wrong_key_ends_it_without_being_told() {
    let (there, network) = used().await;
    let here = Server::start().await;
    let key = there.key.replace(|c: char| c.is_ascii_digit(), "x");
    let error = here.copy(&network, &key, Options::default()).await.unwrap_err();
    let text = format!("{error} {}", error.hint().unwrap());
    assert!(text.contains("does not accept the API key") && !text.contains(&key), "{text}");
}
