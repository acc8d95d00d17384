//! Asking one repository: credentials, conditions, limits, and what a refusal means.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::{Package, Wanted};
use crate::retry::{self, Retry};

/// The largest answer about one package, in bytes.
const LARGEST: usize = 32 << 20;
/// The largest list of a whole repository, in bytes.
pub(super) const LARGEST_LIST: usize = 128 << 20;
/// After so many failures in a row the repository is left alone for this run.
const PATIENCE: u32 = 3;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The repository does not have it.
    #[error("the repository has no such thing")]
    Missing,
    /// What was said before is still so.
    #[error("nothing has changed")]
    Unchanged,
    /// There is more than is read.
    #[error("the answer is larger than {0} bytes")]
    Large(usize),
    /// It cannot be asked now.
    #[error("{0}")]
    Down(String),
    /// It answered something that cannot be understood.
    #[error("{0}")]
    Odd(String),
}

/// User and password, or a token alone.
#[derive(Clone)]
pub(super) struct Login {
    pub username: Option<String>,
    pub password: String,
}

/// A repository that can be asked.
pub(super) struct Door {
    pub id: i64,
    pub identifier: String,
    pub internal: bool,
    http: reqwest::Client,
    base: Url,
    login: Option<Login>,
    failures: AtomicU32,
    /// Documents that concern every package.
    indexes: Mutex<HashMap<Url, Arc<Vec<u8>>>>,
    /// What was read from such a document: latest versions by name.
    lists: tokio::sync::Mutex<HashMap<Url, List>>,
}

/// Latest versions by name, or why there are none.
type List = Result<Arc<HashMap<String, String>>, Refusal>;

impl Door {
    /// A repository at an address; none when that is no address of a server.
    pub fn new(
        http: reqwest::Client,
        (id, identifier, internal): (i64, &str, bool),
        address: &str,
        login: Option<Login>,
    ) -> Option<Door> {
        let mut base = Url::parse(address.trim()).ok()?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return None;
        }
        let is_file = base.path().rsplit('/').next().is_some_and(|last| last.contains('.'));
        if !base.path().ends_with('/') && !is_file {
            base.set_path(&format!("{}/", base.path()));
        }
        Some(Door {
            id,
            identifier: identifier.to_owned(),
            internal,
            http,
            base,
            login,
            failures: AtomicU32::new(0),
            indexes: Mutex::new(HashMap::new()),
            lists: tokio::sync::Mutex::new(HashMap::new()),
        })
    }

    /// Its address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether it is worth asking.
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) < PATIENCE
    }

    /// An address below the base; the segments are percent-encoded.
    pub fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    fn request(&self, url: &Url, accept: &str) -> RequestBuilder {
        let request = self.http.get(url.clone()).header("accept", accept);
        match &self.login {
            // Credentials are for this server alone.
            Some(login) if url.origin() == self.base.origin() => match &login.username {
                Some(name) => request.basic_auth(name, Some(&login.password)),
                None => request.bearer_auth(&login.password),
            },
            _ => request,
        }
    }

    /// Sends, waiting once when the repository asks to; the body and what tells later whether it
    /// has changed.
    async fn send(
        &self,
        url: &Url,
        accept: &str,
        validator: Option<&str>,
        largest: usize,
    ) -> Result<(Vec<u8>, Option<String>), Refusal> {
        let retry = Retry { attempts: 2, first: Duration::from_millis(500), cap: Duration::from_secs(30) };
        let mut attempt = 1;
        loop {
            let mut request = self.request(url, accept);
            if let Some(validator) = validator {
                let is_tag = validator.starts_with('"') || validator.starts_with("W/");
                request = request.header(if is_tag { IF_NONE_MATCH } else { IF_MODIFIED_SINCE }, validator);
            }
            let (problem, asked) = match request.send().await {
                Ok(answer) if retry::may_pass(answer.status()) => {
                    (format!("it answered {}", answer.status()), retry::asked(answer.headers()))
                }
                Ok(answer) => {
                    let answer = self.read(answer, largest).await;
                    if !matches!(answer, Err(Refusal::Down(_))) {
                        self.failures.store(0, Ordering::Relaxed);
                    } else {
                        self.failures.fetch_add(1, Ordering::Relaxed);
                    }
                    return answer;
                }
                Err(error) => (retry::cause(error), None),
            };
            let Some(wait) = retry.wait(attempt, asked) else {
                // A repository that wants to be left alone for longer is.
                let more = if asked.is_some() { PATIENCE } else { 1 };
                self.failures.fetch_add(more, Ordering::Relaxed);
                return Err(Refusal::Down(problem));
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        largest: usize,
    ) -> Result<(Vec<u8>, Option<String>), Refusal> {
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Err(Refusal::Unchanged),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Refusal::Missing),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(Refusal::Down(format!("it refuses the credentials ({})", answer.status())));
            }
            status if !status.is_success() => return Err(Refusal::Odd(format!("it answered {status}"))),
            _ => {}
        }
        let headers = answer.headers();
        let validator = headers.get(ETAG).or_else(|| headers.get(LAST_MODIFIED));
        let validator = validator.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| Refusal::Down(retry::cause(e)))? {
            if body.len() + chunk.len() > largest {
                return Err(Refusal::Large(largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, validator))
    }

    /// The bytes at an address.
    pub async fn bytes(&self, url: &Url) -> Result<Vec<u8>, Refusal> {
        Ok(self.send(url, "*/*", None, LARGEST).await?.0)
    }

    /// The JSON at an address.
    pub async fn json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Refusal> {
        read_json(&self.send(url, "application/json", None, LARGEST).await?.0)
    }

    /// The JSON at an address that need not be there.
    pub async fn json_if_any<T: DeserializeOwned>(&self, url: &Url) -> Result<Option<T>, Refusal> {
        match self.json(url).await {
            Ok(json) => Ok(Some(json)),
            Err(Refusal::Missing | Refusal::Odd(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A document that concerns every package; it is read once a run.
    pub async fn index(&self, url: &Url, largest: usize) -> Result<Arc<Vec<u8>>, Refusal> {
        let known = self.indexes.lock().ok().and_then(|indexes| indexes.get(url).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let bytes = Arc::new(self.send(url, "*/*", None, largest).await?.0);
        if let Ok(mut indexes) = self.indexes.lock() {
            indexes.insert(url.clone(), bytes.clone());
        }
        Ok(bytes)
    }

    /// What is read from a list of every package, once a run.
    pub async fn list(
        &self,
        url: &Url,
        read: impl FnOnce(&[u8]) -> Result<HashMap<String, String>, Refusal> + Send + 'static,
    ) -> List {
        let mut lists = self.lists.lock().await;
        if let Some(known) = lists.get(url) {
            return known.clone();
        }
        let list = match self.send(url, "*/*", None, LARGEST_LIST).await {
            Ok((bytes, _)) => {
                let read = tokio::task::spawn_blocking(move || read(&bytes)).await;
                read.map_err(|e| Refusal::Odd(e.to_string())).flatten().map(Arc::new)
            }
            // That there is no list says nothing of a package.
            Err(Refusal::Missing) => Err(Refusal::Odd("it has no list of packages".to_owned())),
            Err(error) => Err(error),
        };
        lists.insert(url.clone(), list.clone());
        list
    }
}

/// Reads JSON.
pub(super) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|e| Refusal::Odd(format!("it is not the JSON expected: {e}")))
}

/// One question: a package and the versions whose artifacts matter.
pub(super) struct Question<'a> {
    pub door: &'a Door,
    pub package: &'a Package,
    pub wanted: &'a [Wanted],
    /// What the repository gave with its last answer; none to have it all told anew.
    pub validator: Option<&'a str>,
    /// What it gives with this one.
    pub seen: Mutex<Option<String>>,
}

impl Question<'_> {
    /// The main document about the package, unless it is what it was.
    pub async fn main(&self, url: &Url, accept: &str) -> Result<Vec<u8>, Refusal> {
        let (body, validator) = self.door.send(url, accept, self.validator, LARGEST).await?;
        if let Ok(mut seen) = self.seen.lock() {
            *seen = validator;
        }
        Ok(body)
    }

    /// The main document as JSON.
    pub async fn main_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Refusal> {
        read_json(&self.main(url, "application/json").await?)
    }
}
