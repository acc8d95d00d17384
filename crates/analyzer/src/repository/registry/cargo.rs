//! The registry of crates: its API.

use async_trait::async_trait;
use serde::Deserialize;

use super::{Artifact, Found, Registry, millis};
use crate::repository::door::{Question, Refusal};

pub(super) struct Cargo;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "crate")]
    about: About,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct About {
    max_stable_version: Option<String>,
    newest_version: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    num: String,
    created_at: Option<String>,
    checksum: Option<String>,
}

#[async_trait]
impl Registry for Cargo {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let url = question.door.url(&["api", "v1", "crates", &question.package.name]);
        let document: Document = question.main_json(&url).await?;
        let find = |number: &str| document.versions.iter().find(|version| version.num == number);
        let published = |version: &Version| millis(version.created_at.as_deref());
        let artifacts = question.wanted.iter().filter_map(|wanted| {
            let version = find(&wanted.version)?;
            let artifact = Artifact::at(published(version)).hash("sha256", version.checksum.as_deref());
            Some((wanted.purl.clone(), artifact))
        });
        let artifacts = artifacts.collect();
        let latest = document.about.max_stable_version.clone().or(document.about.newest_version.clone());
        let published = latest.as_deref().and_then(find).and_then(published);
        Ok(Found { latest, published, artifacts })
    }
}
