//! A server of the analyzer for a test: its router, its worker, and keys.
#![allow(dead_code)]

use std::time::Duration;

use analyzer::{Analyzer, Options};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use base64::Engine;
use identity::{Identity, Permission, Vault};
use serde_json::{Value, json};
use storage::testing::TestDb;
use storage::worker::Worker;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub struct Server {
    pub app: Router,
    pub identity: Identity,
    pub test: TestDb,
    /// A key with every permission.
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
        Server::with(Vec::new()).await
    }

    /// With addresses of repositories.
    pub async fn with(repositories: Vec<(String, String)>) -> Server {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        let vault = Vault::open(Some(&identity::new_key()), test.folder.path()).unwrap();
        let options = Options { vault: Some(vault), repositories, ..Options::default() };
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), options);
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

    /// Imports advisories of OSV, one a record, as a file each.
    pub async fn advise(&self, records: &[Value]) {
        let folder = self.test.folder.path().join("osv");
        std::fs::create_dir_all(&folder).unwrap();
        for record in records {
            let name = format!("{}.json", record["id"].as_str().unwrap());
            std::fs::write(folder.join(name), record.to_string()).unwrap();
        }
        let options = Options::default();
        let place = folder.to_str().unwrap();
        analyzer::import(&self.test.db, analyzer::Source::Osv, place, &options, &|_, _, _| {}).await.unwrap();
    }

    /// A key of a new team with these permissions.
    pub async fn key_with(&self, permissions: &[Permission]) -> String {
        let name = format!("team {permissions:?}");
        let made = self.put("/v1/team", &json!({ "name": name })).await.json();
        let uuid = made["uuid"].as_str().unwrap();
        for permission in permissions {
            let path = format!("/v1/permission/{}/team/{uuid}", permission.as_str());
            assert_eq!(self.post(&path, &json!({})).await.status, 200);
        }
        self.put(&format!("/v1/team/{uuid}/key"), &json!({})).await.json()["key"].as_str().unwrap().to_owned()
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, headers, bytes }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("x-api-key", &self.key)], Vec::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[("x-api-key", &self.key)], Vec::new()).await
    }

    async fn sent(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("x-api-key", self.key.as_str()), ("content-type", "application/json")];
        self.send(method, path, &headers, body.to_string().into_bytes()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.sent("PUT", path, body).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.sent("POST", path, body).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.sent("PATCH", path, body).await
    }

    pub async fn property(&self, group: &str, name: &str, value: &str) {
        let body = json!({ "groupName": group, "propertyName": name, "propertyValue": value });
        assert_eq!(self.post("/v1/configProperty", &body).await.status, 200);
    }

    /// Uploads a document and waits until it is processed; the uuid of the project.
    pub async fn upload(&self, name: &str, version: &str, bom: &Value) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(bom.to_string());
        let body = json!({ "projectName": name, "projectVersion": version, "autoCreate": true, "bom": text });
        let answer = self.put("/v1/bom", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        until(async || {
            self.get(&format!("/v1/event/token/{token}")).await.json()["processing"] == json!(false)
        })
        .await;
        let found = self.get(&format!("/v1/project/lookup?name={name}&version={version}")).await.json();
        found["uuid"].as_str().unwrap().to_owned()
    }
}

/// Waits until something is so.
pub async fn until(mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never became so");
}

/// A document with these components.
pub fn bom(components: &[Value]) -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components })
}

/// A library.
pub fn library(name: &str, version: &str, purl: &str) -> Value {
    json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl })
}

/// An advisory of OSV: the package of PyPI is affected in every version below `fixed`.
pub fn advisory(id: &str, package: &str, fixed: &str, more: &Value) -> Value {
    let mut record = json!({
        "id": id, "modified": "2024-01-02T00:00:00Z", "published": "2024-01-01T00:00:00Z",
        "summary": format!("A flaw of {package}"), "details": "It breaks.",
        "affected": [{
            "package": { "ecosystem": "PyPI", "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
        }],
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}
