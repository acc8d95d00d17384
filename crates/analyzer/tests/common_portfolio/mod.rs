//! A server with a key, and requests to it.
#![allow(dead_code)]

use std::time::Duration;

use analyzer::Analyzer;
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

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub total: Option<i64>,
    pub kind: String,
    pub body: Value,
}

/// A running analyzer.
pub struct App {
    router: Router,
    pub identity: Identity,
    pub test: TestDb,
    /// A key of a team that may do everything.
    pub key: String,
    stop: CancellationToken,
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl App {
    pub async fn start() -> App {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        let vault = identity::Vault::open(None, test.folder.path()).unwrap();
        let options = analyzer::Options { vault: Some(vault), ..analyzer::Options::default() };
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), options);
        analyzer.init().await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(analyzer.register(Worker::new(test.db.clone())).run(stop.clone()));
        let mut app = App { router: analyzer.router(), identity, test, key: String::new(), stop };
        app.key = app.team("all", &Permission::ALL).await;
        app
    }

    /// A key of a new team with these permissions.
    pub async fn team(&self, name: &str, permissions: &[Permission]) -> String {
        let tx = self.test.db.begin().await.unwrap();
        let team = self.identity.create_team(&tx, name).await.unwrap();
        for permission in permissions {
            self.identity.grant_to_team(&tx, team.id, *permission).await.unwrap();
        }
        let key = self.identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        key
    }

    pub async fn send_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api{path}")).header("x-api-key", key);
        let request = match body {
            Some(body) => {
                request.header("content-type", "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (kind, total) = (header("content-type"), header("x-total-count").parse().ok());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        Answer { status, total, kind, body }
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_as(&self.key, method, path, Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send_as(&self.key, "GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send_as(&self.key, "DELETE", path, None).await
    }

    /// Makes a project; its uuid.
    pub async fn project(&self, body: Value) -> String {
        let made = self.send("PUT", "/v1/project", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.body["uuid"].as_str().unwrap().to_owned()
    }

    /// Uploads a document to a project and waits until it is processed.
    pub async fn upload(&self, project: &str, bom: &Value) {
        let bom = base64::engine::general_purpose::STANDARD.encode(bom.to_string());
        let sent = self.send("PUT", "/v1/bom", json!({ "project": project, "bom": bom })).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert_eq!(sent.body["projectUuid"], project);
        self.wait(sent.body["token"].as_str().unwrap()).await;
    }

    /// Waits until what a token stands for is done.
    pub async fn wait(&self, token: &str) {
        for _ in 0..1000 {
            let told = self.get(&format!("/v1/event/token/{token}")).await;
            if told.body["processing"] == false {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{token} is still being processed");
    }
}

/// A document: the shop depends on a and pay, a on b, b on a (a cycle) and c; pay is a service.
pub fn shop() -> Value {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "component": { "type": "application", "name": "shop", "bom-ref": "shop" },
            "supplier": { "name": "Shop Ltd", "url": ["https://shop.example"] },
            "authors": [{ "name": "Ada", "email": "ada@shop.example" }]
        },
        "components": [
            {
                "type": "library", "bom-ref": "a", "group": "com.shop", "name": "a", "version": "1", "purl": "pkg:npm/a@1",
                "hashes": [{ "alg": "SHA-1", "content": "0123456789abcdef0123456789abcdef01234567" }],
                "properties": [{ "name": "shop:tier", "value": "gold" }, { "name": "plain", "value": "one" },
                    { "name": "plain", "value": "one" }],
                "evidence": { "occurrences": [{ "location": "/app/a.js" }, { "location": "/app/z.js" }] }
            },
            { "type": "library", "bom-ref": "b", "name": "b", "version": "2", "purl": "pkg:npm/b@2?arch=x" },
            { "type": "library", "bom-ref": "c", "name": "c", "version": "3", "purl": "pkg:npm/c@3" }
        ],
        "services": [{
            "bom-ref": "pay", "provider": { "name": "PayCo" }, "group": "com.pay", "name": "pay", "version": "v3",
            "endpoints": ["https://pay.example/api"], "authenticated": true, "x-trust-boundary": true,
            "data": [{ "classification": "PII", "flow": "bi-directional" }]
        }],
        "dependencies": [
            { "ref": "shop", "dependsOn": ["a", "pay"] },
            { "ref": "a", "dependsOn": ["b"] },
            { "ref": "b", "dependsOn": ["a", "c"] }
        ]
    })
}
