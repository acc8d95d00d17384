//! The webhooks of the recorded servers: the events that were told there happen here too, and what our
//! receiver gets is compared with what theirs got.

use std::path::Path;

use base64::Engine;
use serde_json::json;
use storage::jobs::NewJob;
use storage::params;

use super::compare::{self, Known};
use super::listed::{Kind, Listed};
use super::{Server, document};
use crate::common::notification::{Got, Receiver};
use serde_json::Value;

const PORTFOLIO: &[&str] = &[
    "NEW_VULNERABILITY",
    "NEW_VULNERABLE_DEPENDENCY",
    "PROJECT_AUDIT_CHANGE",
    "BOM_CONSUMED",
    "BOM_PROCESSED",
    "BOM_PROCESSING_FAILED",
    "BOM_VALIDATION_FAILED",
    "VEX_CONSUMED",
    "VEX_PROCESSED",
    "POLICY_VIOLATION",
    "PROJECT_CREATED",
    "VULNERABILITY_RETRACTED",
];
const SYSTEM: &[&str] = &[
    "CONFIGURATION",
    "DATASOURCE_MIRRORING",
    "REPOSITORY",
    "INTEGRATION",
    "INDEXING_SERVICE",
    "FILE_SYSTEM",
    "ANALYZER",
    "USER_CREATED",
    "USER_DELETED",
];
const SUMMARIES: &[&str] = &["NEW_VULNERABILITIES_SUMMARY", "NEW_POLICY_VIOLATIONS_SUMMARY"];
/// Where a token goes unless a rule says otherwise.
const KEY: Option<&str> = Some("X-Api-Key");
/// The headers of a delivery that a receiver looks at.
const HEADERS: [&str; 4] = ["content-type", "accept", "x-api-key", "x-hook-token"];

/// One recorded delivery.
#[derive(serde::Deserialize)]
struct Recorded {
    group: String,
    kind: String,
    request: Sent,
    body: Value,
}

#[derive(serde::Deserialize)]
struct Sent {
    path: String,
    headers: std::collections::HashMap<String, String>,
}

#[derive(serde::Deserialize)]
struct Entry {
    file: String,
}

/// The server, a receiver, and the form of the version that is asked for.
struct Stage<'a> {
    server: Server,
    contract: &'a Path,
    hook: Receiver,
    form: &'static str,
}

impl Stage<'_> {
    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.server.0.own(method, &format!("/v1{path}"), body.as_ref()).await;
        let (status, answer) = (answer.status, answer.value());
        assert!(status < 300 || method == "PUT" && status == 400, "{method} {path}: {status} {answer}");
        answer
    }

    /// A rule of these groups whose deliveries go to a path; its uuid.
    async fn rule(
        &self,
        path: &str,
        scope: &str,
        groups: &[&str],
        token: Option<&str>,
        project: &str,
    ) -> String {
        let publishers = self.call("GET", "/notification/publisher", Value::Null).await;
        let publishers = publishers.as_array().unwrap();
        let webhook = publishers.iter().find(|one| one["extensionName"] == "webhook").unwrap();
        let is_summary = groups == SUMMARIES;
        let place = if is_summary { "/notification/rule/scheduled" } else { "/notification/rule" };
        let body = json!({ "name": path, "scope": scope, "notificationLevel": "INFORMATIONAL",
            "publisher": { "uuid": webhook["uuid"] } });
        let mut rule = self.call("PUT", place, body).await;
        let url = format!("{}{path}", self.hook.url);
        let mut config = json!({ "destination": url, "payloadVersion": self.form });
        if let Some(header) = token {
            config["token"] = json!("secret");
            config["tokenHeader"] = json!(header);
        }
        rule["enabled"] = json!(true);
        rule["notifyOn"] = json!(groups);
        rule["publisherConfig"] = json!(config.to_string());
        let rule = self.call("POST", "/notification/rule", rule).await;
        let uuid = rule["uuid"].as_str().unwrap().to_owned();
        if !project.is_empty() {
            self.call("POST", &format!("/notification/rule/{uuid}/project/{project}"), Value::Null).await;
        }
        uuid
    }

    fn encoded(&self, file: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(document(self.contract, file))
    }

    async fn upload(&self, project: &str, bom: String) {
        self.call("PUT", "/bom", json!({ "project": project, "bom": bom })).await;
        self.server.0.idle_again().await;
    }

    /// What happened on the recorded servers.
    async fn perform(&self) {
        let policy = json!({ "name": "hook-policy-r1", "operator": "ANY", "violationState": "FAIL" });
        let policy = self.call("PUT", "/policy", policy).await;
        let condition = json!({ "subject": "PACKAGE_URL", "operator": "MATCHES", "value": "pkg:cargo/*" });
        let place = format!("/policy/{}/condition", policy["uuid"].as_str().unwrap());
        self.call("PUT", &place, condition).await;
        self.rule("/portfolio", "PORTFOLIO", PORTFOLIO, KEY, "").await;
        self.rule("/custom-header", "PORTFOLIO", &["PROJECT_CREATED"], Some("X-Hook-Token"), "").await;
        self.rule("/system", "SYSTEM", &["USER_CREATED", "USER_DELETED"], KEY, "").await;
        let project = json!({ "name": "hook-r1", "version": "1.0", "description": "webhooks",
            "tags": [{ "name": "hook-r1" }] });
        let project = self.call("PUT", "/project", project).await;
        let project = project["uuid"].as_str().unwrap();
        let summary = self.rule("/scheduled", "PORTFOLIO", SUMMARIES, KEY, project).await;
        self.upload(project, self.encoded("input/shop-1.cdx.json")).await;
        self.upload(project, self.encoded("input/invalid.cdx.json")).await;
        let findings = self.call("GET", &format!("/finding/project/{project}"), Value::Null).await;
        let findings = findings.as_array().unwrap();
        let flaw = findings.iter().find(|one| one["vulnerability"]["vulnId"] == "PYSEC-2018-28").unwrap();
        for (state, suppressed) in [("NOT_AFFECTED", false), ("FALSE_POSITIVE", true)] {
            let body = json!({ "project": project, "component": flaw["component"]["uuid"],
                "vulnerability": flaw["vulnerability"]["uuid"], "analysisState": state, "isSuppressed": suppressed });
            self.call("PUT", "/analysis", body).await;
        }
        let violations = self.call("GET", &format!("/violation/project/{project}"), Value::Null).await;
        let body = json!({ "component": violations[0]["component"]["uuid"],
            "policyViolation": violations[0]["uuid"], "analysisState": "APPROVED" });
        self.call("PUT", "/violation/analysis", body).await;
        let vex = self.encoded("input/vex.cdx.json");
        self.call("PUT", "/vex", json!({ "project": project, "vex": vex })).await;
        self.server.0.idle_again().await;
        self.upload(project, self.encoded("input/shop-2.cdx.json")).await;
        let user = json!({ "username": "hook-r1", "fullname": "hook-r1", "email": "hook@example.com",
            "newPassword": "p-a-s-s", "confirmPassword": "p-a-s-s" });
        self.call("PUT", "/user/managed", user.clone()).await;
        self.call("DELETE", "/user/managed", user).await;
        let setting = json!({ "groupName": "artifact", "propertyName": "bom.validation.mode",
            "propertyValue": "DISABLED" });
        self.call("POST", "/configProperty", setting).await;
        // The recorded one has a text for its components, which is passed over here.
        let broken = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":["#;
        self.upload(project, base64::engine::general_purpose::STANDARD.encode(broken)).await;
        let tx = self.server.0.test.db.begin().await.unwrap();
        let text = "UPDATE notification_rule SET schedule_last = 1, schedule_next = 1 WHERE uuid = ?";
        tx.execute(text, params![summary]).await.unwrap();
        let tick = NewJob::new("notification.schedule", json!({})).unwrap();
        storage::jobs::enqueue(&tx, tick).await.unwrap();
        tx.commit().await.unwrap();
        self.server.0.idle_again().await;
    }

    /// Every group of the rules is tried with made-up data.
    async fn try_rules(&self) {
        for (path, scope, groups) in [
            ("/test/portfolio", "PORTFOLIO", PORTFOLIO),
            ("/test/system", "SYSTEM", SYSTEM),
            ("/test/scheduled", "PORTFOLIO", SUMMARIES),
        ] {
            let rule = self.rule(path, scope, groups, KEY, "").await;
            self.call("POST", &format!("/notification/publisher/test/{rule}"), Value::Null).await;
        }
    }
}

/// How a delivery differs from a recorded one.
fn compared(recorded: &Recorded, got: &Got, known: &mut Known, listed: &Listed) -> (Vec<String>, Vec<usize>) {
    let rules = compare::Rules::default();
    let (mut different, mut excuses) = compare::bodies(&recorded.body, &got.json(), &rules, known, listed);
    for name in HEADERS {
        let Some(wanted) = recorded.request.headers.get(name) else { continue };
        let sent = got.headers.get(name).map(String::as_str).unwrap_or_default();
        if compare::text(wanted, sent, known) {
            continue;
        }
        match listed.excuse(&format!("header {name}"), Kind::Other) {
            Some(line) => excuses.push(line),
            None => different.push(format!("header {name} is {sent:?} instead of {wanted:?}")),
        }
    }
    (different, excuses)
}

/// Compares the deliveries of a version; how many were alike, alike but for what is listed, listed
/// whole, and what else differs.
pub async fn play(root: &Path, version: &str, listed: &mut Listed) -> ([usize; 3], Vec<String>) {
    let contract = root.join("contract");
    let form = if version == "4.14" { "4" } else { "5" };
    let stage =
        Stage { server: Server::start(root).await, contract: &contract, hook: Receiver::start().await, form };
    stage.perform().await;
    stage.try_rules().await;
    let deliveries = stage.hook.got();
    let folder = contract.join(format!("dt-{version}/webhooks"));
    let index: Vec<Entry> =
        serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
    let mut known: Known = [("<run>".to_owned(), "r1".to_owned())].into();
    let (mut counts, mut failed) = ([0; 3], Vec::new());
    for entry in index {
        let recorded: Recorded =
            serde_json::from_slice(&std::fs::read(folder.join(&entry.file)).unwrap()).unwrap();
        let id = format!("webhook.{}", entry.file.trim_end_matches(".json"));
        listed.begin(&id);
        let is_test = recorded.kind == "test";
        let path =
            if is_test { format!("/test{}", recorded.request.path) } else { recorded.request.path.clone() };
        let mut nearest: Option<(Vec<String>, Vec<usize>, Known)> = None;
        for got in deliveries.iter().filter(|got| got.path == path) {
            let group = got.json()["notification"]["group"].as_str().unwrap_or_default().to_owned();
            if group.trim_start_matches("GROUP_") != recorded.group {
                continue;
            }
            let mut bound = known.clone();
            let (different, excuses) = compared(&recorded, got, &mut bound, listed);
            if nearest.as_ref().is_none_or(|(nearest, ..)| different.len() < nearest.len()) {
                nearest = Some((different, excuses, bound));
            }
        }
        let (different, excuses) = match nearest {
            Some((different, excuses, bound)) => {
                known = bound;
                (different, excuses)
            }
            None => (vec!["was not delivered".to_owned()], Vec::new()),
        };
        match (different.is_empty(), listed.whole()) {
            (true, _) if excuses.is_empty() => counts[0] += 1,
            (true, _) => counts[1] += 1,
            (false, Some(line)) => {
                counts[2] += 1;
                listed.used(&[line]);
            }
            (false, None) => failed.push(format!("{id}: {}", different.join("\n  "))),
        }
        listed.used(&excuses);
    }
    (counts, failed)
}
