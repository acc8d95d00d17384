//! Hex: the package, and each release.

use async_trait::async_trait;
use serde_json::Value;

use super::{Artifact, Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Hex;

#[async_trait]
impl Registry for Hex {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let name = question.package.name.as_str();
        let document: Value = question.main_json(&question.door.url(&["api", "packages", name])).await?;
        let releases =
            document.get("releases").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let find = |version: &str| releases.iter().find(|release| text(release, "/version") == Some(version));
        let first = releases.first().and_then(|release| text(release, "/version"));
        let named = text(&document, "/latest_stable_version").or_else(|| text(&document, "/latest_version"));
        let latest = named.or(first).map(str::to_owned);
        let published = latest.as_deref().and_then(find).and_then(|r| millis(text(r, "/inserted_at")));
        let mut artifacts = Vec::new();
        for wanted in question.wanted.iter().filter(|wanted| find(&wanted.version).is_some()) {
            let url = question.door.url(&["api", "packages", name, "releases", &wanted.version]);
            let Some(release) = question.door.json_if_any::<Value>(&url).await? else { continue };
            let artifact = Artifact::at(millis(text(&release, "/inserted_at")));
            artifacts.push((wanted.purl.clone(), artifact.hash("sha256", text(&release, "/checksum"))));
        }
        Ok(Found { latest, published, artifacts })
    }
}
