//! Downloading a file for a mirror: only when it has changed, resumed where it broke, bounded in
//! size and time, and put in place only when it is complete.

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::retry::{self, Retry};

/// What a server says of a file by which a change of it is noticed (RFC 9110 §8.8).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Validators {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// The one by which a rest is known to belong to a beginning; weak tags do not tell.
    fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        etag.or(self.last_modified.as_deref())
    }
}

/// What to download.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    /// `http` or `https`.
    pub url: &'a str,
    /// Where the file shall be. What is there stays until the new one is complete. The folder must
    /// exist; while it lasts, the download is a file in it whose name ends in `.part`.
    pub to: &'a Path,
    /// What was said of the file that is there: it is only downloaded when it has changed.
    pub known: Option<&'a Validators>,
    /// The largest size in bytes.
    pub limit: u64,
    /// Its SHA-256 in hexadecimal, where that is known.
    pub sha256: Option<&'a str>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The file that is there is the newest.
    NotModified,
    /// The file is there.
    Fetched {
        /// To be given the next time.
        validators: Validators,
        /// Its size.
        bytes: u64,
    },
}

/// Why there is no file. Addresses are without passwords and queries.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The address is not one.
    #[error("{url} is not an address of the web: {reason}")]
    Address {
        /// The text.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// 404 or 410.
    #[error("{url} does not exist on the server")]
    NotFound {
        /// The address.
        url: String,
    },
    /// Another status that is not success.
    #[error("the server of {url} answered {status}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// 429 or 503 for longer than it may be waited for.
    #[error("the server of {url} wants to be asked again in {} s", .retry_after.as_secs())]
    Busy {
        /// The address.
        url: String,
        /// How long.
        retry_after: Duration,
    },
    /// The file is larger than allowed.
    #[error("{url} is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// No connection, or a transfer that breaks again and again.
    #[error("{url} cannot be downloaded: {reason}")]
    Broken {
        /// The address.
        url: String,
        /// What happened last.
        reason: String,
    },
    /// The file is another one than expected.
    #[error("{url} has the SHA-256 {found}, expected was {expected}")]
    Checksum {
        /// The address.
        url: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The file cannot be written; an older one stays.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// How long to wait for a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Making the connection.
    pub connect: Duration,
    /// From one piece of the transfer to the next.
    pub read: Duration,
    /// When to ask again.
    pub retry: Retry,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(20), read: Duration::from_secs(60), retry: Retry::default() }
    }
}

/// Is told how many bytes are there, and of how many when that is known.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, Option<u64>) + Send + Sync);

/// Downloads files. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Downloader {
    http: reqwest::Client,
    retry: Retry,
}

impl Downloader {
    /// # Errors
    /// When there can be no client.
    pub(crate) fn new(limits: Limits) -> Result<Downloader, Error> {
        let http = crate::http::client()
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            // The bytes as they are: their number is compared with the length that was told.
            .no_gzip()
            .build()
            .map_err(|e| Error::Broken { url: "the file".to_owned(), reason: retry::cause(e) })?;
        Ok(Downloader { http, retry: limits.retry })
    }

    /// Downloads a file when it has changed.
    ///
    /// # Errors
    /// See [`Error`]. In every case a file that was there before is still there.
    pub(crate) async fn fetch(
        &self,
        request: &Request<'_>,
        progress: Progress<'_>,
    ) -> Result<Outcome, Error> {
        let url = Url::parse(request.url)
            .map_err(|e| Error::Address { url: request.url.to_owned(), reason: e.to_string() })?;
        let shown = shown(&url);
        let mut part = Part::new(request.to).await?;
        let (mut attempt, mut most) = (1, 0);
        loop {
            let failure = match self.once(request, &url, &shown, &mut part, progress).await {
                Ok(None) => return Ok(Outcome::NotModified),
                Ok(Some(validators)) => {
                    let found = part.complete(request.to, request.sha256).await?;
                    if let (Some(expected), Some(found)) = (request.sha256, found) {
                        return Err(Error::Checksum { url: shown, expected: expected.to_owned(), found });
                    }
                    return Ok(Outcome::Fetched { validators, bytes: part.bytes });
                }
                Err(failure) => failure,
            };
            // A transfer that makes headway is not given up.
            if part.bytes > most && part.validators.strong().is_some() {
                (attempt, most) = (1, part.bytes);
            }
            let wait = failure.again.then(|| self.retry.wait(attempt, failure.asked)).flatten();
            let Some(wait) = wait else {
                return Err(match failure.asked {
                    Some(retry_after) if failure.again && retry_after > self.retry.cap => {
                        Error::Busy { url: shown, retry_after }
                    }
                    _ => failure.error,
                });
            };
            tracing::debug!(url = shown, attempt, error = %failure.error, ?wait, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt; none when the file has not changed.
    async fn once(
        &self,
        request: &Request<'_>,
        url: &Url,
        shown: &str,
        part: &mut Part,
        progress: Progress<'_>,
    ) -> Result<Option<Validators>, Failure> {
        let mut get = self.http.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        match part.validators.strong().filter(|_| part.bytes > 0) {
            Some(validator) => {
                get = get.header(RANGE, format!("bytes={}-", part.bytes)).header(IF_RANGE, validator);
            }
            None => {
                part.restart().await?;
                let known = request.known.cloned().unwrap_or_default();
                get = maybe(get, IF_NONE_MATCH, known.etag);
                get = maybe(get, IF_MODIFIED_SINCE, known.last_modified);
            }
        }
        let broken = |e: reqwest::Error| {
            let again = !e.is_redirect() && !e.is_builder();
            Failure::new(Error::Broken { url: shown.to_owned(), reason: retry::cause(e) }, again)
        };
        let mut response = get.send().await.map_err(broken)?;
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::PARTIAL_CONTENT if starts_at(&response) == Some(part.bytes) => {}
            // Not the rest that was asked for.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                part.restart().await?;
                let reason = "the server cannot resume the transfer".to_owned();
                return Err(Failure::new(Error::Broken { url: shown.to_owned(), reason }, true));
            }
            status if status.is_success() => {
                part.restart().await?;
                part.validators = Validators::of(response.headers());
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Err(Failure::new(Error::NotFound { url: shown.to_owned() }, false));
            }
            status => {
                let error = Error::Status { url: shown.to_owned(), status: status.as_u16() };
                let asked = retry::asked(response.headers());
                return Err(Failure { error, again: retry::may_pass(status), asked });
            }
        }
        let total = response.content_length().map(|rest| part.bytes + rest);
        let too_large =
            || Failure::new(Error::TooLarge { url: shown.to_owned(), limit: request.limit }, false);
        if total.is_some_and(|total| total > request.limit) {
            return Err(too_large());
        }
        progress(part.bytes, total);
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if part.bytes + chunk.len() as u64 > request.limit {
                return Err(too_large());
            }
            part.write(&chunk).await?;
            progress(part.bytes, total);
        }
        if total.is_some_and(|total| total != part.bytes) {
            let reason = format!("{} bytes came of {}", part.bytes, total.unwrap_or_default());
            return Err(Failure::new(Error::Broken { url: shown.to_owned(), reason }, true));
        }
        Ok(Some(part.validators.clone()))
    }
}

fn maybe(
    request: reqwest::RequestBuilder,
    name: HeaderName,
    value: Option<String>,
) -> reqwest::RequestBuilder {
    match value {
        Some(value) => request.header(name, value),
        None => request,
    }
}

/// Where a partial answer starts: `Content-Range: bytes 5-9/10`.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// As [`shown`], for a text; what is no address is shown as it is.
pub(super) fn shown_text(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| shown(&url))
}

/// An address for people: what is secret in one is its password and its query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.set_query(None);
    url.to_string()
}

struct Failure {
    error: Error,
    /// Whether another attempt may succeed.
    again: bool,
    /// What the server asks to wait.
    asked: Option<Duration>,
}

impl Failure {
    fn new(error: Error, again: bool) -> Failure {
        Failure { error, again, asked: None }
    }
}

/// Whatever fails on the disk fails again.
impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::new(error, false)
    }
}

/// A file that is not complete yet. It is gone when dropped.
struct Part {
    path: PathBuf,
    file: tokio::fs::File,
    bytes: u64,
    hash: Sha256,
    validators: Validators,
}

impl Part {
    async fn new(to: &Path) -> Result<Part, Error> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
        let path = to.with_file_name(name);
        let file = tokio::fs::File::options().write(true).create_new(true).open(&path).await;
        let file = file.map_err(|source| Error::File { path: path.clone(), source })?;
        let (hash, validators) = (Sha256::new(), Validators::default());
        Ok(Part { path, file, bytes: 0, hash, validators })
    }

    fn refuse(&self) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::File { path, source }
    }

    async fn restart(&mut self) -> Result<(), Error> {
        if self.bytes > 0 {
            let result = async {
                self.file.flush().await?;
                self.file.set_len(0).await?;
                tokio::io::AsyncSeekExt::rewind(&mut self.file).await
            };
            result.await.map_err(|source| Error::File { path: self.path.clone(), source })?;
            self.bytes = 0;
            self.hash = Sha256::new();
        }
        self.validators = Validators::default();
        Ok(())
    }

    async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let refuse = self.refuse();
        self.file.write_all(chunk).await.map_err(refuse)?;
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    /// Puts the file in place, unless its hash is another one than expected: that is returned.
    async fn complete(&mut self, to: &Path, expected: Option<&str>) -> Result<Option<String>, Error> {
        let result = async {
            self.file.flush().await?;
            self.file.sync_all().await
        };
        result.await.map_err(|source| Error::File { path: self.path.clone(), source })?;
        if let Some(expected) = expected {
            let hash = std::mem::take(&mut self.hash).finalize();
            let found: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            if !found.eq_ignore_ascii_case(expected.trim()) {
                return Ok(Some(found));
            }
        }
        let renamed = tokio::fs::rename(&self.path, to).await;
        renamed.map_err(|source| Error::File { path: to.to_owned(), source })?;
        Ok(None)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is none.
        let _ = std::fs::remove_file(&self.path);
    }
}
