//! Composer repositories: `packages.json` says which of three ways it has (versions 1 and 2).

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use url::Url;
use versions::Scheme;

use super::{Artifact, Found, Registry, highest, millis, text};
use crate::repository::door::{LARGEST_LIST, Question, Refusal, read_json};

pub(super) struct Composer;

/// Releases of a package: `(version, release)`.
type Releases = Vec<(String, Value)>;

/// Version 2 says of a release only what differs from the one before.
fn expand(list: &[Value]) -> Releases {
    let mut current: Map<String, Value> = Map::new();
    let mut out = Vec::new();
    for entry in list.iter().filter_map(Value::as_object) {
        for (name, value) in entry {
            if value.as_str() == Some("__unset") {
                current.remove(name);
            } else {
                current.insert(name.clone(), value.clone());
            }
        }
        if let Some(version) = current.get("version").and_then(Value::as_str) {
            let kept = ["time", "dist"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), current.get(name)?.clone())));
            out.push((version.to_owned(), Value::Object(kept.collect())));
        }
    }
    out
}

fn of_versions(versions: Option<&Value>) -> Option<Releases> {
    match versions? {
        Value::Object(by_version) => {
            Some(by_version.iter().map(|(v, release)| (v.clone(), release.clone())).collect())
        }
        Value::Array(list) => Some(expand(list)),
        _ => None,
    }
}

/// An address that the repository gives, from its root on.
fn resolve(base: &Url, path: &str) -> Result<Url, Refusal> {
    base.join(path).map_err(|e| Refusal::Odd(e.to_string()))
}

async fn releases(question: &Question<'_>) -> Result<Releases, Refusal> {
    let door = question.door;
    let name = question.package.path().to_lowercase();
    let root = door.url(&["packages.json"]);
    let bytes: Arc<Vec<u8>> = door.index(&root, LARGEST_LIST).await.map_err(|refusal| match refusal {
        Refusal::Missing => Refusal::Odd("it has no packages.json".to_owned()),
        other => other,
    })?;
    let index: Value = read_json(&bytes)?;
    if let Some(pattern) = text(&index, "/metadata-url") {
        let url = resolve(&root, &pattern.replace("%package%", &name))?;
        let document: Value = question.main_json(&url).await?;
        return of_versions(document.get("packages").and_then(|all| all.get(&name))).ok_or(Refusal::Missing);
    }
    if let Some(found) = of_versions(index.get("packages").and_then(|all| all.get(&name))) {
        return Ok(found);
    }
    let Some(pattern) = text(&index, "/providers-url") else { return Err(Refusal::Missing) };
    let fill = |hash: &str| resolve(&root, &pattern.replace("%package%", &name).replace("%hash%", hash));
    let mut url = index.pointer("/providers").and_then(|all| text(all.get(&name)?, "/sha256")).map(fill);
    let includes = index.get("provider-includes").and_then(Value::as_object);
    for (path, include) in includes.into_iter().flatten().filter(|_| !pattern.is_empty()) {
        if url.is_some() {
            break;
        }
        let hash = text(include, "/sha256").unwrap_or_default();
        let list = door.index(&resolve(&root, &path.replace("%hash%", hash))?, LARGEST_LIST).await?;
        let list: Value = read_json(&list)?;
        url = list.pointer("/providers").and_then(|all| text(all.get(&name)?, "/sha256")).map(fill);
    }
    let document: Value = question.main_json(&url.ok_or(Refusal::Missing)??).await?;
    of_versions(document.get("packages").and_then(|all| all.get(&name))).ok_or(Refusal::Missing)
}

#[async_trait]
impl Registry for Composer {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let releases = releases(question).await?;
        let plain = |version: &str| version.trim_start_matches(['v', 'V']).to_owned();
        let versions =
            releases.iter().map(|(version, _)| version.as_str()).filter(|v| !v.starts_with("dev-"));
        let latest = highest(Scheme::Packagist, versions).map(str::to_owned);
        let find = |wanted: &str| {
            releases.iter().find(|(version, _)| plain(version) == plain(wanted)).map(|(_, r)| r)
        };
        let time = |release: &Value| millis(text(release, "/time"));
        let artifacts = question.wanted.iter().filter_map(|wanted| {
            let release = find(&wanted.version)?;
            Some((
                wanted.purl.clone(),
                Artifact::at(time(release)).hash("sha1", text(release, "/dist/shasum")),
            ))
        });
        let artifacts = artifacts.collect();
        let published = latest.as_deref().and_then(find).and_then(time);
        Ok(Found { latest, published, artifacts })
    }
}
