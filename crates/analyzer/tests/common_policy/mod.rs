//! An analyzer on a database of its own, asked over HTTP.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use analyzer::{Analyzer, Options, Source};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use identity::{Identity, Permission};
use serde_json::{Value, json};
use storage::testing::TestDb;
use storage::worker::Worker;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The analyzer, with a worker and a key of an administrator.
pub struct Server {
    app: Router,
    pub identity: Identity,
    pub test: TestDb,
    pub key: String,
    stop: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Server {
    pub async fn start() -> Server {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), Options::default());
        analyzer.init().await.unwrap();
        let tx = test.db.begin().await.unwrap();
        let team = identity.team_by_name(&tx, "Administrators").await.unwrap().unwrap();
        let key = identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        let stop = CancellationToken::new();
        let worker = analyzer.register(Worker::new(test.db.clone()));
        tokio::spawn(worker.run(stop.clone()));
        Server { app: analyzer.router(), identity, test, key, stop }
    }

    /// A key of a new team with these permissions; the team's id, too.
    pub async fn team_key(&self, permissions: &[Permission]) -> (String, i64) {
        let tx = self.test.db.begin().await.unwrap();
        let name = format!("team {}", uuid::Uuid::new_v4());
        let team = self.identity.create_team(&tx, &name).await.unwrap();
        for permission in permissions {
            self.identity.grant_to_team(&tx, team.id, *permission).await.unwrap();
        }
        let key = self.identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        (key, team.id)
    }

    pub async fn ask_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}").replace(' ', "%20"))
            .header("X-Api-Key", key)
            .header("Content-Type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = match serde_json::from_slice(&bytes) {
            Ok(json) => json,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        (status, body)
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
        let bom = base64::engine::general_purpose::STANDARD.encode(bom.to_string());
        let body = json!({ "projectName": name, "projectVersion": "1", "autoCreate": true, "bom": bom });
        let token = self.send("PUT", "/bom", body).await["token"].as_str().unwrap().to_owned();
        self.until("the document is processed", async || {
            let state = self.get(&format!("/event/token/{token}")).await;
            (state["processing"] == false).then_some(())
        })
        .await;
        let project = self.get(&format!("/project/lookup?name={name}&version=1")).await;
        project["uuid"].as_str().unwrap().to_owned()
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

    /// Imports OSV records of an ecosystem.
    pub async fn advisories(&self, ecosystem: &str, records: &[Value]) {
        let folder = self.test.folder.path().join(format!("osv-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(folder.join(ecosystem)).unwrap();
        for record in records {
            let path = folder.join(ecosystem).join(format!("{}.json", record["id"].as_str().unwrap()));
            std::fs::write(path, record.to_string()).unwrap();
        }
        let folder = folder.to_str().unwrap();
        analyzer::import(&self.test.db, Source::Osv, folder, &Options::default(), &|_, _, _| {})
            .await
            .unwrap();
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
