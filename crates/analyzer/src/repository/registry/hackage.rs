//! Hackage: which versions are preferred, the newest first.

use async_trait::async_trait;
use serde_json::Value;

use super::{Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Hackage;

#[async_trait]
impl Registry for Hackage {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let name = question.package.name.as_str();
        let url = question.door.url(&["package", name, "preferred"]);
        let document: Value = question.main_json(&url).await?;
        let latest = text(&document, "/normal-version/0").map(str::to_owned);
        let mut published = None;
        if let Some(latest) = &latest {
            let url = question.door.url(&["package", &format!("{name}-{latest}"), "upload-time"]);
            published = match question.door.bytes(&url).await {
                Ok(bytes) => millis(Some(&String::from_utf8_lossy(&bytes))),
                Err(Refusal::Missing | Refusal::Odd(_)) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(Found { latest, published, artifacts: Vec::new() })
    }
}
