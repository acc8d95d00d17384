//! A small server that answers from a script and remembers what it was asked.
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use dependency_track::{ApiUrl, Builder, Client, Retry};

/// The key every test client sends.
pub const KEY: &str = "odt_Abcd1234_s3cr3ts3cr3ts3cr3ts3cr3ts3cr3t0";

/// An answer to give.
#[derive(Clone)]
pub struct Say {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// A JSON answer.
pub fn json(status: u16, body: impl ToString) -> Say {
    Say { status, headers: vec![("content-type", "application/json".into())], body: body.to_string() }
}

/// An answer without body or type, as 401 and 403 are.
pub fn bare(status: u16) -> Say {
    Say { status, headers: vec![], body: String::new() }
}

impl Say {
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
    pub fn total(self, total: usize) -> Self {
        self.with("x-total-count", total)
    }
}

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Script = Arc<dyn Fn(&Seen, usize) -> Say + Send + Sync>;

#[derive(Clone)]
struct Shared {
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
}

pub struct Server {
    pub url: String,
    shared: Shared,
}

impl Server {
    /// `script` gets the request and how many came before it.
    pub async fn start(script: impl Fn(&Seen, usize) -> Say + Send + Sync + 'static) -> Self {
        let shared = Shared { script: Arc::new(script), seen: Arc::default() };
        let app = axum::Router::new().fallback(answer).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn builder(&self) -> Builder {
        builder(&self.url)
    }

    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

/// A client that does not wait: no pace, tiny back-off.
pub fn builder(url: &str) -> Builder {
    Client::builder(ApiUrl::parse(url).unwrap())
        .api_key(KEY)
        .requests_per_second(0)
        .proxy_from_env(false)
        .timeout(Duration::from_secs(20))
        .retry(Retry { attempts: 3, first: Duration::from_millis(1), cap: Duration::from_millis(1500) })
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri
        .query()
        .map(|q| url::form_urlencoded::parse(q.as_bytes()).into_owned().collect())
        .unwrap_or_default();
    let seen =
        Seen { method: method.to_string(), path: uri.path().to_owned(), query, headers, body: body.to_vec() };
    let before = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    let say = (shared.script)(&seen, before);
    let mut response = (StatusCode::from_u16(say.status).unwrap(), say.body).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in say.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
