//! Projects and components: answers with their total count.

use std::ops::Deref;

use analyzer::Options;
use identity::Permission;
use serde_json::{Value, json};

use super::Running;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub total: Option<i64>,
    pub kind: String,
    pub body: Value,
}

/// A running analyzer.
pub struct App(Running);

impl Deref for App {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl App {
    pub async fn start() -> App {
        App(Running::start(Options::default()).await)
    }

    /// A key of a new team with these permissions.
    pub async fn team(&self, name: &str, permissions: &[Permission]) -> String {
        self.team_with(name, permissions).await.1
    }

    pub async fn send_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let answer = self.request(method, path, Some(key), body.as_ref()).await;
        let (kind, total) =
            (answer.header("content-type").to_owned(), answer.header("x-total-count").parse());
        Answer { status: answer.status, total: total.ok(), kind, body: answer.value() }
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
        let sent = self.process(json!({ "project": project }), bom).await;
        assert_eq!(sent["projectUuid"], project);
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
