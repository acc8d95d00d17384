//! An analyzer with a worker, and receivers that write down what they get.
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use analyzer::{Analyzer, Options};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use identity::{Identity, Vault};
use serde_json::{Value, json};
use storage::jobs::NewJob;
use storage::testing::TestDb;
use storage::worker::Worker;
use storage::{Sql, params};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub struct World {
    pub test: TestDb,
    pub identity: Identity,
    pub analyzer: Analyzer,
    pub key: String,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// With a worker.
    pub async fn start() -> World {
        let world = World::idle().await;
        world.work();
        world
    }

    /// Without a worker.
    pub async fn idle() -> World {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        let vault = Vault::open(Some(&identity::new_key()), test.folder.path()).unwrap();
        let options = Options { vault: Some(vault), ..Options::default() };
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), options);
        analyzer.init().await.unwrap();
        let tx = test.db.begin().await.unwrap();
        let team = identity.team_by_name(&tx, "Administrators").await.unwrap().unwrap();
        let key = identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        World { test, identity, analyzer, key, stop: CancellationToken::new() }
    }

    /// Starts a worker that ends with the test.
    pub fn work(&self) -> tokio::task::JoinHandle<()> {
        let worker = self.analyzer.register(Worker::new(self.test.db.clone()));
        let stop = self.stop.clone();
        tokio::spawn(async move { worker.run(stop).await.unwrap() })
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            Request::builder().method(method).uri(format!("/api/v1{path}")).header("x-api-key", &self.key);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let answer = self.analyzer.router().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| text())
        };
        (status, body)
    }

    pub async fn set(&self, group: &str, name: &str, value: &str) {
        let body = json!({ "groupName": group, "propertyName": name, "propertyValue": value });
        let (status, answer) = self.call("POST", "/configProperty", Some(body)).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }

    pub async fn publisher(&self, name: &str) -> String {
        let (_, list) = self.call("GET", "/notification/publisher", None).await;
        let found = list.as_array().unwrap().iter().find(|one| one["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {list}"))["uuid"].as_str().unwrap().to_owned()
    }

    /// A rule that listens; its JSON.
    pub async fn rule(&self, publisher: &str, scope: &str, groups: &[&str], config: Value) -> Value {
        let publisher = self.publisher(publisher).await;
        let body = json!({ "name": format!("rule {}", groups.join(" ")), "scope": scope,
            "notificationLevel": "INFORMATIONAL", "publisher": { "uuid": publisher } });
        let (status, mut rule) = self.call("PUT", "/notification/rule", Some(body)).await;
        assert_eq!(status, 201, "{rule}");
        rule["notifyOn"] = json!(groups);
        rule["publisherConfig"] = json!(config.to_string());
        self.update(rule).await
    }

    pub async fn update(&self, rule: Value) -> Value {
        let (status, rule) = self.call("POST", "/notification/rule", Some(rule)).await;
        assert_eq!(status, 200, "{rule}");
        rule
    }

    /// Makes a project; its uuid.
    pub async fn project(&self, body: Value) -> String {
        let (status, made) = self.call("PUT", "/project", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made["uuid"].as_str().unwrap().to_owned()
    }

    pub async fn upload(&self, project: &str, document: &Value) -> (u16, Value) {
        let bom = base64::engine::general_purpose::STANDARD.encode(document.to_string());
        self.call("PUT", "/bom", Some(json!({ "project": project, "bom": bom }))).await
    }

    /// A flaw of our own that affects a package below version 2.
    pub async fn flaw(&self, id: &str, package: &str) {
        let body = json!({ "vulnId": id, "title": "Ours", "description": "A flaw", "cwes": [{ "cweId": 79 }],
            "cvssV3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "affectedComponents": [{ "identityType": "PURL", "identity": package, "versionType": "RANGE",
                "versionEndExcluding": "2.0.0" }] });
        let (status, answer) = self.call("PUT", "/vulnerability", Some(body)).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Queues a job that otherwise comes by the clock.
    pub async fn tick(&self, kind: &'static str) {
        let tx = self.test.db.begin().await.unwrap();
        storage::jobs::enqueue(&tx, NewJob::new(kind, json!({})).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn execute(&self, sql: &str, values: Vec<storage::Value>) {
        let tx = self.test.db.begin().await.unwrap();
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until nothing waits or runs.
    pub async fn idle_again(&self) {
        until(async || {
            let text = "SELECT count(*) FROM job WHERE state IN ('READY', 'RUNNING')";
            self.test.db.count(text, params![]).await.unwrap() == 0
        })
        .await;
    }
}

/// Waits until a condition holds.
pub async fn until(mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..1_200 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it did not happen in 30 seconds");
}

/// A document with these npm packages, each in version 1.0.0.
pub fn bom(names: &[&str]) -> Value {
    let components: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({ "type": "library", "bom-ref": name, "name": name, "version": "1.0.0",
                "purl": format!("pkg:npm/{name}@1.0.0"),
                "hashes": [{ "alg": "SHA-1", "content": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" }] })
        })
        .collect();
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components })
}

/// A request that a receiver got.
#[derive(Debug, Clone)]
pub struct Got {
    pub method: String,
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

type Answer = Arc<dyn Fn(&Got) -> Response + Send + Sync>;

/// A server that writes down what it gets.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<Answer>>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer: Answer = Arc::new(|_| StatusCode::OK.into_response());
        let receiver = Receiver { url, got: Arc::default(), answer: Arc::new(Mutex::new(answer)) };
        let app = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        receiver
    }

    /// From now on it answers so.
    pub fn answers(&self, answer: impl Fn(&Got) -> Response + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    pub fn status(&self, status: u16) {
        self.answers(move |_| StatusCode::from_u16(status).unwrap().into_response());
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits for so many requests.
    pub async fn wait(&self, n: usize) -> Vec<Got> {
        until(async || self.got().len() >= n).await;
        self.got()
    }

    /// The notifications, waiting for so many.
    pub async fn told(&self, n: usize) -> Vec<Value> {
        self.wait(n).await.iter().map(|got| got.json()["notification"].clone()).collect()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let got = Got { method: method.to_string(), path: uri.to_string(), headers, body: body.to_vec() };
    receiver.got.lock().unwrap().push(got.clone());
    let answer = receiver.answer.lock().unwrap().clone();
    answer(&got)
}
