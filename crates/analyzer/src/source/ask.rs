//! Small questions to the server of a source: lists, single records, pages of an API.

use reqwest::{Client, RequestBuilder, StatusCode};

use super::download::shown_text;
use crate::retry::{self, Retry};
use crate::server::{Error, Result};

/// The client for them.
pub(super) fn client() -> Result<Client> {
    let timeout = std::time::Duration::from_secs(120);
    let built = crate::http::client().connect_timeout(timeout / 6).timeout(timeout).build();
    built.map_err(|e| Error::Source { place: "HTTP".to_owned(), message: retry::cause(e) })
}

/// The text at an address.
pub(super) async fn text(http: &Client, url: &str, largest: u64) -> Result<String> {
    let bytes = ask(url, largest, || http.get(url)).await?;
    String::from_utf8(bytes).map_err(|_| refuse(url, "it is not text in UTF-8"))
}

/// Sends until it succeeds, cannot succeed, or attempts run out. `place` is what errors call it.
///
/// # Errors
/// [`Error::Missing`] for 404 and 410, else [`Error::Source`].
pub(super) async fn ask(place: &str, largest: u64, request: impl Fn() -> RequestBuilder) -> Result<Vec<u8>> {
    let retry = Retry::default();
    let mut attempt = 1;
    loop {
        let (error, asked) = match once(place, largest, request()).await {
            Ok(bytes) => return Ok(bytes),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error, asked)) => (error, asked),
        };
        let Some(wait) = retry.wait(attempt, asked) else { return Err(error) };
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

enum Failure {
    /// Asking again changes nothing.
    Final(Error),
    /// It may pass; and when the server wants to be asked again.
    Passing(Error, Option<std::time::Duration>),
}

async fn once(place: &str, largest: u64, request: RequestBuilder) -> std::result::Result<Vec<u8>, Failure> {
    let broken = |e: reqwest::Error| Failure::Passing(refuse(place, retry::cause(e)), None);
    let mut answer = request.send().await.map_err(broken)?;
    let status = answer.status();
    if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
        return Err(Failure::Final(Error::Missing { place: shown_text(place) }));
    }
    if !status.is_success() {
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                ": check the address, and the key or token of this source"
            }
            _ => "",
        };
        let error = refuse(place, format!("the server answered {status}{hint}"));
        let asked = retry::asked(answer.headers());
        // Services that count requests answer 403, too, and say when to come back.
        if retry::may_pass(status) || (status == StatusCode::FORBIDDEN && asked.is_some()) {
            return Err(Failure::Passing(error, asked));
        }
        return Err(Failure::Final(error));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > largest {
            let error =
                refuse(place, format!("the answer is larger than the {largest} bytes that are allowed"));
            return Err(Failure::Final(error));
        }
    }
    Ok(bytes)
}

fn refuse(place: &str, message: impl std::fmt::Display) -> Error {
    Error::Source { place: shown_text(place), message: message.to_string() }
}
