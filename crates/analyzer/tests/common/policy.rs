//! Policies, violations and metrics.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::time::{Duration, Instant};

use analyzer::Options;
use identity::Permission;
use serde_json::{Value, json};

use super::Running;

/// The analyzer, with a worker and a key of an administrator.
pub struct Server(Running);

impl Deref for Server {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Server {
    pub async fn start() -> Server {
        Server(Running::start(Options::default()).await)
    }

    /// A key of a new team with these permissions; the team's id, too.
    pub async fn team_key(&self, permissions: &[Permission]) -> (String, i64) {
        let (team, key) = self.team_with(&format!("team {}", uuid::Uuid::new_v4()), permissions).await;
        (key, team.id)
    }

    pub async fn ask_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.request(method, &format!("/v1{path}"), Some(key), body.as_ref()).await;
        (answer.status, answer.value())
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(&self.key, method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Sends a body, which must be taken; the answer.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, Some(body)).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Uploads an SBOM of these components and waits until it is processed; the project's uuid.
    pub async fn upload(&self, name: &str, components: Value) -> String {
        let dependencies: Vec<Value> = components
            .as_array()
            .unwrap()
            .iter()
            .map(|component| component["bom-ref"].clone())
            .filter(Value::is_string)
            .collect();
        let bom = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": { "bom-ref": "root", "type": "application", "name": name } },
            "components": components,
            "dependencies": [{ "ref": "root", "dependsOn": dependencies }],
        });
        self.process_as(name, "1", &bom).await
    }

    /// Waits until something is there.
    pub async fn until<T>(&self, what: &str, is: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = is().await {
                return found;
            }
            assert!(Instant::now() < deadline, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Makes a policy with conditions (subject, operator, value); its uuid.
    pub async fn policy(&self, policy: Value, conditions: &[(&str, &str, &str)]) -> String {
        let policy = self.send("PUT", "/policy", policy).await;
        let uuid = policy["uuid"].as_str().unwrap().to_owned();
        for (subject, operator, value) in conditions {
            let mut body = json!({ "subject": subject, "operator": operator, "value": value });
            if *subject == "EXPRESSION" {
                body["violationType"] = json!("SECURITY");
            }
            self.send("PUT", &format!("/policy/{uuid}/condition"), body).await;
        }
        uuid
    }

    /// The violations of a project: `policy: component`.
    pub async fn violations(&self, project: &str) -> BTreeSet<String> {
        let list = self.get(&format!("/violation/project/{project}?pageSize=10000&pageNumber=1")).await;
        let shown = list.as_array().unwrap().iter().map(|violation| {
            format!(
                "{}: {}",
                violation["policyCondition"]["policy"]["name"].as_str().unwrap(),
                violation["component"]["name"].as_str().unwrap()
            )
        });
        shown.collect()
    }

    /// Waits until a project has exactly these violations.
    pub async fn expect(&self, project: &str, wanted: &[&str]) {
        let wanted: BTreeSet<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let found = self.violations(project).await;
            if found == wanted {
                return;
            }
            if Instant::now() > deadline {
                let missing: Vec<_> = wanted.difference(&found).collect();
                let beyond: Vec<_> = found.difference(&wanted).collect();
                panic!("missing: {missing:#?}\nbeyond: {beyond:#?}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The metrics of a project.
    pub async fn metrics(&self, project: &str) -> Value {
        self.get(&format!("/metrics/project/{project}/current")).await
    }
}

/// An OSV record: every version below `fixed` is affected.
pub fn record(
    id: &str,
    aliases: &[&str],
    (ecosystem, name): (&str, &str),
    severity: &str,
    cwes: &[&str],
) -> Value {
    json!({
        "schema_version": "1.6.0",
        "id": id,
        "aliases": aliases,
        "modified": "2026-01-02T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": id,
        "database_specific": { "severity": severity, "cwe_ids": cwes },
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": name },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "5.0.0" }] }],
        }],
    })
}
