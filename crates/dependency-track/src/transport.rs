//! One request: paced, retried, and its answer sorted into success or the right error.

use std::time::Duration;

use chrono::Utc;
use reqwest::header::{ACCEPT, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::version::parse_http_date;
use crate::{Client, Error, Permission, tls};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Rows of the whole list, from `X-Total-Count`.
    pub total: u64,
}

/// What to send.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// Text fields, and the content of the file field `bom`.
    Form(Vec<(&'static str, String)>, Vec<u8>),
}

/// A request, described so that it can be sent more than once.
pub(crate) struct Call {
    /// Completes "could not …" and "the API key may not …".
    pub name: &'static str,
    pub method: Method,
    /// Below `/api`.
    pub path: Vec<String>,
    pub query: Vec<(&'static str, String)>,
    pub body: Body,
    /// Which media types are asked for.
    pub accept: &'static str,
    /// Named in the error when the server says 403; `None` when any key may call.
    pub permission: Option<Permission>,
    /// Whether sending it twice leaves the server as sending it once does.
    pub repeatable: bool,
    /// The project the call is about: a 404 for it is [`Error::ProjectGone`].
    pub project: Option<String>,
}

impl Call {
    pub fn new(method: Method, name: &'static str, path: &[&str], permission: Option<Permission>) -> Self {
        let repeatable = matches!(method, Method::GET | Method::DELETE);
        let path = path.iter().map(|s| (*s).to_owned()).collect();
        Self {
            name,
            method,
            path,
            query: Vec::new(),
            body: Body::Empty,
            accept: "application/json",
            permission,
            repeatable,
            project: None,
        }
    }

    pub fn get(name: &'static str, path: &[&str], permission: Option<Permission>) -> Self {
        Self::new(Method::GET, name, path, permission)
    }

    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Both names of each paging parameter exist; these two work together in both generations. One
    /// without the other is ignored by the server.
    pub fn page(self, page: u32, size: u32) -> Self {
        self.query("pageNumber", page.max(1)).query("pageSize", size.max(1))
    }

    pub fn accept(mut self, kinds: &'static str) -> Self {
        self.accept = kinds;
        self
    }

    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub fn about(mut self, project: impl ToString) -> Self {
        self.project = Some(project.to_string());
        self
    }
}

/// A successful answer.
pub(crate) struct Answer {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_html(&self) -> bool {
        let start: Vec<u8> = self.body.iter().copied().skip_while(u8::is_ascii_whitespace).take(1).collect();
        self.header("content-type").is_some_and(|t| t.contains("html")) || start == b"<"
    }

    pub fn parse<T: DeserializeOwned>(&self, call: &'static str) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let reason = if self.is_html() { "it is a web page".to_owned() } else { e.to_string() };
            Error::BadResponse { call, reason }
        })
    }

    /// `X-Total-Count`, which every paged list carries.
    pub fn total(&self, call: &'static str) -> Result<u64, Error> {
        self.header("x-total-count").and_then(|t| t.trim().parse().ok()).ok_or_else(|| Error::BadResponse {
            call,
            reason: "the header X-Total-Count is missing (a proxy may drop it)".into(),
        })
    }
}

impl Client {
    /// Sends, and reads the answer's JSON.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        self.send(&call).await?.parse(call.name)
    }

    /// Sends, and reads one page of a list.
    pub(crate) async fn read_page<T: DeserializeOwned>(&self, call: Call) -> Result<Page<T>, Error> {
        let answer = self.send(&call).await?;
        Ok(Page { total: answer.total(call.name)?, items: answer.parse(call.name)? })
    }

    /// Sends until it succeeds, must not be repeated, or attempts run out.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            self.inner.pace.turn().await;
            let failure = match self.once(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = failure
                .repeat(call)
                .then(|| self.inner.retry.wait(attempt, failure.error.retry_after()))
                .flatten();
            let Some(wait) = wait else { return Err(failure.error) };
            tracing::debug!(call = call.name, attempt, code = failure.error.code(), ?wait, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call) -> Result<Answer, Failure> {
        let mut path = vec!["api"];
        path.extend(call.path.iter().map(String::as_str));
        let url = self.inner.url.join(&path);
        let mut request =
            self.inner.http.request(call.method.clone(), url.clone()).header(ACCEPT, call.accept);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(key) = &self.inner.key_header {
            request = request.header("X-Api-Key", key.clone());
        }
        request = match &call.body {
            Body::Empty => request,
            Body::Json(json) => request.json(json),
            Body::Form(fields, file) => {
                let mut form = reqwest::multipart::Form::new();
                for (name, value) in fields {
                    form = form.text(*name, value.clone());
                }
                request.multipart(
                    form.part("bom", reqwest::multipart::Part::bytes(file.clone()).file_name("bom")),
                )
            }
        };
        let started = tokio::time::Instant::now();
        let mut response = request.send().await.map_err(|e| self.broken(e))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        tracing::debug!(method = %call.method, path = url.path(), status = status.as_u16(),
            elapsed_ms = started.elapsed().as_millis() as u64, "Dependency-Track answered");
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(e))? {
            if body.len() + chunk.len() > self.inner.max_body {
                let reason = format!("it is larger than {} MiB", self.inner.max_body >> 20);
                return Err(Failure::new(Error::BadResponse { call: call.name, reason }));
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer { headers, body };
        if status.is_success() { Ok(answer) } else { Err(Failure::new(self.refused(call, status, &answer))) }
    }

    /// No answer: which kind of no?
    fn broken(&self, error: reqwest::Error) -> Failure {
        let url = self.inner.url.to_string();
        let error = error.without_url();
        let connect = error.is_connect();
        let error = if let Some(tls) = tls::cause(&error) {
            return Failure::new(Error::Tls { url, reason: tls.to_string(), hint: tls::hint(tls) });
        } else if error.is_timeout() {
            Error::Unreachable { url, reason: "it did not answer in time".into() }
        } else {
            // The sentence a person needs is the innermost one.
            let mut source: &dyn std::error::Error = &error;
            while let Some(inner) = source.source() {
                source = inner;
            }
            Error::Unreachable { url, reason: self.quote(&source.to_string()) }
        };
        Failure { error, connect }
    }

    /// An answer that is not success.
    fn refused(&self, call: &Call, status: StatusCode, answer: &Answer) -> Error {
        let url = || self.inner.url.to_string();
        let name = call.name;
        if status.is_redirection() {
            // Not followed: the key is for this server only.
            let to =
                answer.header(LOCATION.as_str()).map_or_else(|| "elsewhere".to_owned(), |l| self.quote(l));
            return Error::NotDependencyTrack {
                url: url(),
                reason: format!("it redirects to {to}"),
                hint: "if that is the right server, use its address; the key is never sent along a redirect"
                    .into(),
            };
        }
        let (message, details) = self.words(answer);
        let retry_after = answer.header(RETRY_AFTER.as_str()).and_then(parse_retry_after);
        match status {
            // Both generations answer an upload that may not create its project with 401 and this text.
            StatusCode::UNAUTHORIZED if message.contains("permission to create project") => {
                Error::Forbidden {
                    call: name,
                    permission: Permission::ProjectCreationUpload,
                    detail: String::new(),
                }
            }
            StatusCode::UNAUTHORIZED => Error::Unauthorized { url: url(), call: name },
            StatusCode::FORBIDDEN => match call.permission {
                Some(permission) => {
                    let detail = if message.is_empty() { message } else { format!(" ({message})") };
                    Error::Forbidden { call: name, permission, detail }
                }
                None => Error::Rejected { call: name, status: 403, message, details },
            },
            StatusCode::NOT_FOUND if answer.is_html() || message.is_empty() => Error::NotDependencyTrack {
                url: url(),
                reason: format!(
                    "it does not know /api/{}",
                    call.path.iter().take(2).cloned().collect::<Vec<_>>().join("/")
                ),
                hint: self.inner.url.interface_hint(),
            },
            StatusCode::NOT_FOUND => match &call.project {
                // "The project could not be found." (4.x), "Project could not be found" (problem, 5.x)
                Some(project) if message.to_lowercase().contains("project") => {
                    Error::ProjectGone { project: project.clone() }
                }
                _ => Error::NotFound { call: name, message },
            },
            StatusCode::TOO_MANY_REQUESTS => Error::RateLimited { url: url(), retry_after },
            status if status.is_server_error() => {
                Error::Server { call: name, status: status.as_u16(), message, retry_after }
            }
            status => Error::Rejected { call: name, status: status.as_u16(), message, details },
        }
    }

    /// The server's own words. v1 answers plain text under `application/json`, arrays of validation
    /// messages, or problem details (RFC 9457), by kind of error.
    fn words(&self, answer: &Answer) -> (String, Vec<String>) {
        if answer.is_html() {
            return ("it answers with a web page".into(), Vec::new());
        }
        let text = String::from_utf8_lossy(&answer.body);
        let get = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).map(str::to_owned);
        let (message, details) = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(problem)) => {
                let problem = Value::Object(problem);
                let message = [get(&problem, "title"), get(&problem, "detail")]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>();
                let details = match problem.get("errors") {
                    Some(Value::Array(all)) => {
                        all.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
                    }
                    Some(Value::Object(all)) => {
                        all.iter().map(|(k, v)| format!("{k}: {}", v.as_str().unwrap_or_default())).collect()
                    }
                    _ => Vec::new(),
                };
                (message.join(": "), details)
            }
            Ok(Value::Array(all)) => {
                let one = |v: &Value| {
                    format!(
                        "{}: {}",
                        get(v, "path").unwrap_or_default(),
                        get(v, "message").unwrap_or_default()
                    )
                };
                let details: Vec<String> = all.iter().map(one).collect();
                (details.join(", "), details)
            }
            Ok(Value::String(text)) => (text, Vec::new()),
            _ => (text.into_owned(), Vec::new()),
        };
        (self.quote(&message), details.iter().take(100).map(|d| self.quote(d)).collect())
    }

    /// Foreign text for a message: one line, bounded, without the key.
    fn quote(&self, text: &str) -> String {
        let text = self.inner.key.as_ref().map_or_else(|| text.to_owned(), |key| key.scrub(text));
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 300 { line.chars().take(300).chain(['…']).collect() } else { line }
    }
}

/// An error, and whether the request can have reached the server.
struct Failure {
    error: Error,
    /// The connection was never made.
    connect: bool,
}

impl Failure {
    fn new(error: Error) -> Self {
        Self { error, connect: false }
    }

    fn repeat(&self, call: &Call) -> bool {
        match &self.error {
            Error::RateLimited { .. } => true,
            Error::Unreachable { .. } => self.connect || call.repeatable,
            Error::Server { status, .. } => call.repeatable && matches!(status, 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}

/// Seconds, or an HTTP date (RFC 9110 §10.2.3).
fn parse_retry_after(text: &str) -> Option<Duration> {
    text.trim()
        .parse()
        .map(Duration::from_secs)
        .ok()
        .or_else(|| Some((parse_http_date(text.trim())? - Utc::now()).to_std().unwrap_or_default()))
}
