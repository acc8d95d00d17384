//! One request to an analyzer: retried, bounded in time and size, and its answer sorted into success
//! or the right error.

use std::fmt;
use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode, redirect};
use serde_json::Value;
use url::Url;

use super::Error;
use crate::retry::{self, Retry};

/// A token or password. Neither shows its value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// White space around it (a usual paste accident) is dropped.
    pub(crate) fn new(value: &str) -> Secret {
        Secret(value.trim().to_owned())
    }

    /// The value, for the one place that sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// How long and how often, and how much of an answer is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Making the connection.
    pub connect: Duration,
    /// A whole request, the answer included.
    pub timeout: Duration,
    /// The largest answer, in bytes.
    pub body: usize,
    /// When to ask again.
    pub retry: Retry,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            body: 64 << 20,
            retry: Retry::default(),
        }
    }
}

/// A service, and how it is spoken to.
pub(super) struct Service {
    analyzer: &'static str,
    base: Url,
    pub http: reqwest::Client,
    limits: Limits,
    secrets: Vec<Secret>,
    check: &'static str,
}

impl Service {
    /// `property` is the configuration property with the address `base`; `check` names those of the
    /// credentials.
    pub fn new(
        analyzer: &'static str,
        (property, base): (&'static str, &str),
        secrets: Vec<Secret>,
        check: &'static str,
        limits: Limits,
    ) -> Result<Service, Error> {
        let refuse = |reason: String| Error::Setting { analyzer, property, reason };
        let base = Url::parse(base.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| refuse("is not the address of a server (https://…)".to_owned()))?;
        let http = crate::http::client()
            .connect_timeout(limits.connect)
            .timeout(limits.timeout)
            // Tokens are for this server only.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|e| refuse(format!("cannot be used: {}", retry::cause(e))))?;
        Ok(Service { analyzer, base, http, limits, secrets, check })
    }

    /// An address below the base. The segments are percent-encoded.
    pub fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// An answer that cannot be used.
    pub fn unusable(&self, reason: impl fmt::Display) -> Error {
        Error::Answer { analyzer: self.analyzer, reason: self.quote(&reason.to_string()) }
    }

    /// Sends until it succeeds, cannot succeed, or attempts run out; reads the answer's JSON.
    pub async fn json(&self, request: impl Fn() -> RequestBuilder) -> Result<Value, Error> {
        let body = self.send(request).await?;
        serde_json::from_slice(&body).map_err(|e| match e.is_eof() {
            true => self.unusable(format!("it ends in the middle, after {} bytes", body.len())),
            false if body.trim_ascii_start().starts_with(b"<") => self.unusable("it is a web page"),
            false => self.unusable(format!("it is not JSON: {e}")),
        })
    }

    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Vec<u8>, Error> {
        let mut attempt = 1;
        loop {
            let failure = match self.once(request()).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let wait = failure.again.then(|| self.limits.retry.wait(attempt, failure.asked)).flatten();
            let Some(wait) = wait else { return Err(failure.error) };
            tracing::debug!(analyzer = self.analyzer, attempt, error = %failure.error, ?wait, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let mut response = request.send().await.map_err(|e| self.broken(e))?;
        let status = response.status();
        let asked = retry::asked(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(e))? {
            if body.len() + chunk.len() > self.limits.body {
                let error = self.unusable(format!("it is larger than {} bytes", self.limits.body));
                return Err(Failure { error, again: false, asked: None });
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body);
        }
        let (analyzer, message) = (self.analyzer, self.words(&body));
        let code = status.as_u16();
        let error = match status {
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                Error::Credentials { analyzer, status: code, message, check: self.check }
            }
            StatusCode::TOO_MANY_REQUESTS => {
                Error::Busy { analyzer, retry_after: asked.map(|wait| wait.as_secs()) }
            }
            status if status.is_redirection() => Error::Status {
                analyzer,
                status: code,
                message: ": it redirects, and credentials are not sent along; use the right address".into(),
            },
            _ => Error::Status { analyzer, status: code, message },
        };
        Err(Failure { error, again: retry::may_pass(status), asked })
    }

    fn broken(&self, error: reqwest::Error) -> Failure {
        let mut url = self.base.clone();
        let _ = url.set_password(None);
        let _ = url.set_username("");
        let reason = self.quote(&retry::cause(error));
        let error = Error::Unreachable { analyzer: self.analyzer, url: url.to_string(), reason };
        Failure { error, again: true, asked: None }
    }

    /// The service's own words after a colon: those of JSON:API, of twirp, or the text.
    fn words(&self, body: &[u8]) -> String {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let places = ["/errors/0/detail", "/errors/0/title", "/msg", "/message", "/error"];
        let words = places.iter().find_map(|place| json.pointer(place)?.as_str().map(str::to_owned));
        let text = match words {
            Some(words) => words,
            None if body.trim_ascii_start().starts_with(b"<") || !json.is_null() => String::new(),
            None => String::from_utf8_lossy(body.get(..4096).unwrap_or(body)).into_owned(),
        };
        let text = self.quote(&text);
        if text.is_empty() { text } else { format!(": {text}") }
    }

    /// Foreign text for a message: one line, bounded, without secrets.
    fn quote(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in self.secrets.iter().map(Secret::reveal).filter(|secret| secret.len() >= 4) {
            text = text.replace(secret, "***");
        }
        if text.chars().count() > 300 { text.chars().take(300).chain(['…']).collect() } else { text }
    }
}

struct Failure {
    error: Error,
    /// Whether the same request may succeed in a while.
    again: bool,
    /// What the service asks to wait.
    asked: Option<Duration>,
}
