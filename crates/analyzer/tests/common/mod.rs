//! An analyzer on a database of its own, spoken to over HTTP. The modules have the ways to speak to it that
//! the tests of a subject like: each wraps [`Running`].
#![allow(dead_code)]

pub mod access;
pub mod exchange;
pub mod migration;
pub mod notification;
pub mod policy;
pub mod portfolio;
pub mod v2;

use std::time::{Duration, Instant};

use analyzer::{Analyzer, Options, Source};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use base64::Engine;
use identity::{Identity, Permission, PermissionSet, Team, Vault};
use serde_json::{Value, json};
use storage::testing::TestDb;
use storage::worker::Worker;
use storage::{Sql, params};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// An analyzer with a key of its administrators.
pub struct Running {
    pub app: Router,
    pub analyzer: Analyzer,
    pub identity: Identity,
    pub test: TestDb,
    pub key: String,
    stop: CancellationToken,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Running {
    /// With a worker.
    pub async fn start(options: Options) -> Running {
        let running = Running::idle(options).await;
        running.work();
        running
    }

    /// Without a worker.
    pub async fn idle(options: Options) -> Running {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        Running::on(test, identity, options).await
    }

    /// On a database that is there, without a worker; secrets are kept in its folder.
    pub async fn on(test: TestDb, identity: Identity, mut options: Options) -> Running {
        let vault = Vault::open(Some(&identity::new_key()), test.folder.path()).unwrap();
        options.vault.get_or_insert(vault);
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), options);
        analyzer.init().await.unwrap();
        let key = key_of(&identity, &test, "Administrators").await;
        Running { app: analyzer.router(), analyzer, identity, test, key, stop: CancellationToken::new() }
    }

    /// Starts a worker that ends with the test.
    pub fn work(&self) -> tokio::task::JoinHandle<()> {
        let worker = self.analyzer.register(Worker::new(self.test.db.clone()));
        let stop = self.stop.clone();
        tokio::spawn(async move { worker.run(stop).await.unwrap() })
    }

    /// A new team with these permissions, and a key of it.
    pub async fn team_with(&self, name: &str, permissions: &[Permission]) -> (Team, String) {
        let tx = self.test.db.begin().await.unwrap();
        let team = self.identity.create_team(&tx, name).await.unwrap();
        let set: PermissionSet = permissions.iter().copied().collect();
        self.identity.set_permissions_of_team(&tx, team.id, set).await.unwrap();
        let key = self.identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        (team, key)
    }

    /// The answer to a request.
    pub async fn answer(&self, request: Request<Body>) -> Answer {
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, headers, bytes }
    }

    /// Sends a request to a path below `/api`, maybe with credentials (an API key or `Bearer …`) and JSON.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        credentials: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let uri = format!("/api{path}").replace(' ', "%20");
        let mut request = Request::builder().method(method).uri(uri);
        request = match credentials {
            Some(token) if token.starts_with("Bearer ") => request.header("authorization", token),
            Some(key) => request.header("x-api-key", key),
            None => request,
        };
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.answer(request.body(body).unwrap()).await
    }

    /// Sends a request with the key of the administrators.
    pub async fn own(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.request(method, path, Some(&self.key), body).await
    }

    /// Uploads a document, `about` saying to which project, and waits until it is processed.
    pub async fn process(&self, mut about: Value, document: &Value) -> Value {
        about["bom"] = json!(encoded(document));
        let sent = self.own("PUT", "/v1/bom", Some(&about)).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        let sent = sent.value();
        self.wait(sent["token"].as_str().unwrap()).await;
        sent
    }

    /// Uploads a document to version `version` of a project, made when it is not there; its uuid.
    pub async fn process_as(&self, name: &str, version: &str, document: &Value) -> String {
        let about = json!({ "projectName": name, "projectVersion": version, "autoCreate": true });
        self.process(about, document).await["projectUuid"].as_str().unwrap().to_owned()
    }

    /// Waits until what a token stands for is done.
    pub async fn wait(&self, token: &str) {
        let path = format!("/v1/event/token/{token}");
        until(async || self.own("GET", &path, None).await.value()["processing"] == false).await;
    }

    /// Waits until nothing waits or runs.
    pub async fn idle_again(&self) {
        until(async || {
            let text = "SELECT count(*) FROM job WHERE state IN ('READY', 'RUNNING')";
            self.test.db.count(text, params![]).await.unwrap() == 0
        })
        .await;
    }

    /// Waits until nothing is queued for now.
    pub async fn settled(&self) {
        let text = "SELECT count(*) FROM job WHERE state IN ('READY', 'RUNNING') AND run_at <= ?";
        until(async || self.test.db.count(text, params![storage::now_ms()]).await.unwrap() == 0).await;
    }

    /// Imports OSV records of an ecosystem, each from a file.
    pub async fn advisories(&self, ecosystem: &str, records: &[Value]) {
        let folder = self.test.folder.path().join(format!("osv-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(folder.join(ecosystem)).unwrap();
        for record in records {
            let name = format!("{}.json", record["id"].as_str().unwrap());
            std::fs::write(folder.join(ecosystem).join(name), record.to_string()).unwrap();
        }
        let (place, options) = (folder.to_str().unwrap(), Options::default());
        analyzer::import(&self.test.db, Source::Osv, place, &options, &|_, _, _| {}).await.unwrap();
    }
}

/// A new key of a team that is there.
pub async fn key_of(identity: &Identity, test: &TestDb, team: &str) -> String {
    let tx = test.db.begin().await.unwrap();
    let team = identity.team_by_name(&tx, team).await.unwrap().unwrap();
    let key = identity.create_team_key(&tx, team.id, None).await.unwrap().key;
    tx.commit().await.unwrap();
    key
}

/// An answer.
#[derive(Debug)]
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

    /// The JSON, null for nothing, and what is no JSON as a text.
    pub fn value(&self) -> Value {
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => value,
            Err(_) if self.bytes.is_empty() => Value::Null,
            Err(_) => Value::String(self.text()),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// A document in Base64, as uploads want it.
pub fn encoded(document: &Value) -> String {
    base64::engine::general_purpose::STANDARD.encode(document.to_string())
}

/// Waits until a condition holds.
pub async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(Instant::now() < deadline, "it did not happen in a minute");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
