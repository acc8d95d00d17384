//! The Python Package Index: its JSON API.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Deserialize;

use super::{Artifact, Found, Registry, millis};
use crate::repository::door::{Question, Refusal};

pub(super) struct Pypi;

#[derive(Deserialize)]
struct Document {
    info: Info,
    #[serde(default)]
    releases: HashMap<String, Vec<File>>,
    #[serde(default)]
    urls: Vec<File>,
}

#[derive(Deserialize)]
struct Info {
    version: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    digests: HashMap<String, String>,
    upload_time_iso_8601: Option<String>,
}

impl File {
    fn published(&self) -> Option<i64> {
        millis(self.upload_time_iso_8601.as_deref())
    }
}

#[async_trait]
impl Registry for Pypi {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let door = question.door;
        let url = door.url(&["pypi", &question.package.name, "json"]);
        let mut document: Document = question.main_json(&url).await?;
        let latest = document.info.version.filter(|version| !version.is_empty());
        if let Some(latest) = &latest {
            let files = document.releases.entry(latest.clone()).or_default();
            if files.is_empty() {
                files.append(&mut document.urls);
            }
        }
        let first =
            |version: &String| document.releases.get(version)?.iter().filter_map(File::published).min();
        let mut artifacts = Vec::new();
        for wanted in question.wanted {
            let Some(files) = document.releases.get(&wanted.version) else { continue };
            let published = first(&wanted.version);
            // A release is several files; which one is in use is known only when the package URL
            // says so, or there is no other.
            let file = match &wanted.file {
                Some(name) => files.iter().find(|file| file.filename == *name),
                None => files.first().filter(|_| files.len() == 1),
            };
            let mut artifact = Artifact::at(published);
            if let Some(file) = file {
                let digest = |name: &str| file.digests.get(name).map(String::as_str);
                artifact = artifact.hash("sha256", digest("sha256")).hash("md5", digest("md5"));
            }
            artifacts.push((wanted.purl.clone(), artifact));
        }
        Ok(Found { published: latest.as_ref().and_then(first), latest, artifacts })
    }
}
