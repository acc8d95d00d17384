//! Rules of notifications, and receivers that write down what they get.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use analyzer::Options;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use storage::jobs::NewJob;

use super::{Running, encoded, until};

pub struct World(Running);

impl Deref for World {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl World {
    /// With a worker.
    pub async fn start() -> World {
        World(Running::start(Options::default()).await)
    }

    /// Without a worker.
    pub async fn idle() -> World {
        World(Running::idle(Options::default()).await)
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.own(method, &format!("/v1{path}"), body.as_ref()).await;
        (answer.status, answer.value())
    }

    pub async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let answer = self.answer(request).await;
        (answer.status, answer.value())
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
        self.call("PUT", "/bom", Some(json!({ "project": project, "bom": encoded(document) }))).await
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
