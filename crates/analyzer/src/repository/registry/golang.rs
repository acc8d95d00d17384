//! Go module proxies. They publish no hashes of files: `go.sum` is a hash of its own kind.

use async_trait::async_trait;
use serde_json::Value;

use super::{Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Golang;

/// Capital letters are `!` and the small letter, so that file systems keep paths apart.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[async_trait]
impl Registry for Golang {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let path = escaped(&question.package.path());
        let segments: Vec<&str> = path.split('/').chain(["@latest"]).collect();
        let document: Value = question.main_json(&question.door.url(&segments)).await?;
        Ok(Found {
            latest: text(&document, "/Version").map(str::to_owned),
            published: millis(text(&document, "/Time")),
            artifacts: Vec::new(),
        })
    }
}
