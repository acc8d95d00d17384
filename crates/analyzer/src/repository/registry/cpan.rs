//! MetaCPAN: the latest release of a distribution.

use async_trait::async_trait;
use serde_json::Value;

use super::{Artifact, Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Cpan;

#[async_trait]
impl Registry for Cpan {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        // Modules are found by the distribution that is named like them.
        let name = question.package.name.replace("::", "-");
        let document: Value = question.main_json(&question.door.url(&["release", &name])).await?;
        let latest = document.get("version").and_then(|version| match version {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let published = millis(text(&document, "/date"));
        let same = question.wanted.iter().filter(|wanted| latest.as_deref() == Some(wanted.version.as_str()));
        let artifacts = same.map(|wanted| {
            let artifact = Artifact::at(published)
                .hash("md5", text(&document, "/checksum_md5"))
                .hash("sha256", text(&document, "/checksum_sha256"));
            (wanted.purl.clone(), artifact)
        });
        let artifacts = artifacts.collect();
        Ok(Found { latest, published, artifacts })
    }
}
