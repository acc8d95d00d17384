//! RubyGems: the latest version, and the list of all.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{Artifact, Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Gem;

#[derive(Deserialize)]
struct Version {
    number: String,
    #[serde(default)]
    platform: String,
    created_at: Option<String>,
    sha: Option<String>,
}

#[async_trait]
impl Registry for Gem {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let name = &question.package.name;
        let url = question.door.url(&["api", "v1", "versions", name, "latest.json"]);
        let latest: Value = question.main_json(&url).await?;
        // A gem that is not there has the version `unknown`.
        let latest = text(&latest, "/version").filter(|version| *version != "unknown");
        let Some(latest) = latest.map(str::to_owned) else { return Err(Refusal::Missing) };
        let url = question.door.url(&["api", "v1", "versions", &format!("{name}.json")]);
        let versions: Vec<Version> = question.door.json_if_any(&url).await?.unwrap_or_default();
        let find = |number: &str, platform: &str| {
            let of_platform = |v: &&Version| v.platform == platform || v.platform.is_empty();
            versions.iter().filter(|version| version.number == number).find(of_platform)
        };
        let artifacts = question.wanted.iter().filter_map(|wanted| {
            let version = find(&wanted.version, wanted.platform.as_deref().unwrap_or("ruby"))?;
            let published = millis(version.created_at.as_deref());
            Some((wanted.purl.clone(), Artifact::at(published).hash("sha256", version.sha.as_deref())))
        });
        let artifacts = artifacts.collect();
        let published = versions.iter().find(|version| version.number == latest);
        let published = published.and_then(|version| millis(version.created_at.as_deref()));
        Ok(Found { latest: Some(latest), published, artifacts })
    }
}
