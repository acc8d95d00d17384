//! The npm registry: one document with every version of a package.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

use super::{Artifact, Found, Registry, millis};
use crate::repository::door::{Question, Refusal};

pub(super) struct Npm;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "dist-tags", default)]
    tags: HashMap<String, String>,
    #[serde(default)]
    versions: HashMap<String, Version>,
    #[serde(default)]
    time: HashMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    dist: Dist,
}

#[derive(Deserialize, Default)]
struct Dist {
    shasum: Option<String>,
    integrity: Option<String>,
}

impl Document {
    fn time(&self, version: &str) -> Option<i64> {
        millis(self.time.get(version)?.as_str())
    }
}

/// `@scope%2Fname` is one segment.
fn address(question: &Question<'_>, rest: &str) -> Result<Url, Refusal> {
    let name = question.package.path().replace('/', "%2F").replace(' ', "%20");
    question.door.base().join(&format!("{rest}{name}")).map_err(|e| Refusal::Odd(e.to_string()))
}

#[async_trait]
impl Registry for Npm {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let document: Document = match question.main_json(&address(question, "./")?).await {
            Ok(document) => document,
            // Some packages have thousands of versions: the tags alone are short.
            Err(Refusal::Large(_)) => {
                let mut url = address(question, "./-/package/")?;
                url.set_path(&format!("{}/dist-tags", url.path()));
                let tags: HashMap<String, String> = question.door.json(&url).await?;
                return Ok(Found { latest: tags.get("latest").cloned(), ..Found::default() });
            }
            Err(error) => return Err(error),
        };
        let latest = document.tags.get("latest").cloned();
        let artifacts = question.wanted.iter().filter_map(|wanted| {
            let dist = &document.versions.get(&wanted.version)?.dist;
            let mut artifact =
                Artifact::at(document.time(&wanted.version)).hash("sha1", dist.shasum.as_deref());
            // Subresource integrity: algorithms and digests, separated by spaces.
            for entry in dist.integrity.iter().flat_map(|text| text.split_whitespace()) {
                match entry.split_once('-') {
                    Some(("sha512", digest)) => artifact = artifact.hash_base64("sha512", Some(digest)),
                    Some(("sha256", digest)) => artifact = artifact.hash_base64("sha256", Some(digest)),
                    _ => {}
                }
            }
            Some((wanted.purl.clone(), artifact))
        });
        Ok(Found {
            published: latest.as_deref().and_then(|version| document.time(version)),
            artifacts: artifacts.collect(),
            latest,
        })
    }
}
