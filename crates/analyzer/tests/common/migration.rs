//! Two servers: one with data, that speaks over the network, and an empty one.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use analyzer::migration::{Error, Options, Report};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dependency_track::{ApiUrl, Client, Retry};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Running;

/// A server with its database and worker.
pub struct Server(Running);

impl Deref for Server {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Server {
    pub async fn start() -> Server {
        Server(Running::start(analyzer::Options::default()).await)
    }

    /// A call; the status and the JSON of the answer.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.own(method, &format!("/v1/{path}"), body.as_ref()).await;
        (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or(Value::String(answer.text())))
    }

    /// A call that succeeds.
    pub async fn put(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, Some(body)).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// Uploads a document and waits until it is processed.
    pub async fn upload(&self, project: &str, document: &Value) {
        self.process(json!({ "project": project }), document).await;
    }

    pub async fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (_, answer) = self.call("GET", path, None).await;
            if done(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path}: {answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Imports advisories of npm packages.
    pub async fn import(&self, advisories: &[(&str, &str)]) {
        let records: Vec<Value> = advisories.iter().map(|(id, package)| advisory(id, package)).collect();
        self.advisories("npm", &records).await;
    }

    /// Serves over the network; see [`Network`].
    pub async fn serve(&self) -> Network {
        let left = Arc::new(AtomicU64::new(u64::MAX));
        let shared = Shared { app: self.app.clone(), left: left.clone() };
        let app = self.app.clone().layer(axum::middleware::from_fn_with_state(shared, pass));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Network { url, left }
    }

    /// Copies another server into this one.
    pub async fn copy(&self, from: &Network, key: &str, options: Options<'_>) -> Result<Report, Error> {
        self.analyzer.migrate(&from.client(key), options, &|_, _, _| {}).await
    }
}

/// A server on the network that stops answering when it is told to.
pub struct Network {
    pub url: String,
    left: Arc<AtomicU64>,
}

impl Network {
    pub fn client(&self, key: &str) -> Client {
        let once = Retry { attempts: 1, first: Duration::from_millis(1), cap: Duration::from_millis(1) };
        let url = ApiUrl::parse(&self.url).unwrap();
        Client::builder(url)
            .api_key(key)
            .requests_per_second(0)
            .proxy_from_env(false)
            .retry(once)
            .build()
            .unwrap()
    }

    /// Answers so many requests, then none.
    pub fn answer(&self, requests: u64) {
        self.left.store(requests, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct Shared {
    app: Router,
    left: Arc<AtomicU64>,
}

/// Counts, and exports BOMs in the shape that Dependency-Track has.
async fn pass(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let take = |left: u64| left.checked_sub(1);
    if shared.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let path = request.uri().path().to_owned();
    let Some(project) = path.strip_prefix("/api/v1/bom/cyclonedx/project/") else {
        return next.run(request).await;
    };
    let key = request.headers()["x-api-key"].clone();
    let read = async |path: String| -> Value {
        let request = Request::builder().uri(path).header("x-api-key", &key).body(Body::empty()).unwrap();
        let answer = shared.app.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let components = read(format!("/api/v1/component/project/{project}?offset=0&limit=1000")).await;
    let about = read(format!("/api/v1/project/{project}")).await;
    axum::Json(export(&about, components.as_array().unwrap())).into_response()
}

fn export(project: &Value, components: &[Value]) -> Value {
    let edges = |object: &Value| -> Value {
        let direct: Value =
            serde_json::from_str(object["directDependencies"].as_str().unwrap_or("[]")).unwrap();
        let on: Vec<Value> = direct.as_array().unwrap().iter().map(|one| one["uuid"].clone()).collect();
        json!({ "ref": object["uuid"], "dependsOn": on })
    };
    let component = |one: &Value| {
        json!({
            "type": "library", "bom-ref": one["uuid"], "name": one["name"], "version": one["version"],
            "purl": one["purl"],
        })
    };
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": format!("urn:uuid:{}", uuid::Uuid::new_v4()),
        "metadata": { "component": { "type": "application", "bom-ref": project["uuid"], "name": project["name"] } },
        "components": components.iter().map(component).collect::<Vec<_>>(),
        "dependencies": std::iter::once(project).chain(components).map(edges).collect::<Vec<_>>(),
    })
}

fn advisory(id: &str, package: &str) -> Value {
    json!({
        "schema_version": "1.6.0", "id": id, "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": format!("A flaw in {package}"),
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" }],
        "affected": [{
            "package": { "ecosystem": "npm", "name": package },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "2.0.0" }] }],
        }],
    })
}

/// An application that depends on `left`, which depends on `right`.
pub fn document() -> Value {
    let library = |name: &str| {
        let purl = format!("pkg:npm/{name}@1.0.0");
        json!({ "type": "library", "bom-ref": name, "name": name, "version": "1.0.0", "purl": purl })
    };
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": "app", "name": "app" } },
        "components": [library("left"), library("right")],
        "dependencies": [
            { "ref": "app", "dependsOn": ["left"] },
            { "ref": "left", "dependsOn": ["right"] },
        ],
    })
}
