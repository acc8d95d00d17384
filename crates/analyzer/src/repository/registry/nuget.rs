//! NuGet: the service index names where versions and registrations are (protocol version 3).

use async_trait::async_trait;
use serde_json::Value;
use url::Url;
use versions::Scheme;

use super::{Artifact, Found, Registry, highest, millis, text};
use crate::repository::Wanted;
use crate::repository::door::{LARGEST_LIST, Question, Refusal, read_json};

pub(super) struct Nuget;

/// The address of a resource of the service index.
fn resource(index: &Value, kind: &str) -> Option<Url> {
    let resources = index.get("resources")?.as_array()?;
    let fits = |resource: &&Value| text(resource, "/@type").is_some_and(|name| name.starts_with(kind));
    // The last one is the newest protocol.
    let found = resources.iter().rfind(fits)?;
    let address = text(found, "/@id")?;
    Url::parse(&format!("{}/", address.trim_end_matches('/'))).ok()
}

fn below(base: &Url, path: &str) -> Result<Url, Refusal> {
    base.join(path).map_err(|e| Refusal::Odd(e.to_string()))
}

async fn artifact(
    question: &Question<'_>,
    leaf: Option<Url>,
    wanted: &Wanted,
) -> Result<Option<Artifact>, Refusal> {
    let Some(leaf) = leaf else { return Ok(None) };
    let Some(leaf) = question.door.json_if_any::<Value>(&leaf).await? else { return Ok(None) };
    let published = millis(text(&leaf, "/published"));
    let entry = match leaf.get("catalogEntry") {
        Some(Value::String(address)) => match Url::parse(address) {
            Ok(url) => question.door.json_if_any::<Value>(&url).await?,
            Err(_) => None,
        },
        Some(entry @ Value::Object(_)) => Some(entry.clone()),
        _ => None,
    };
    let entry =
        entry.filter(|entry| text(entry, "/version").is_none_or(|v| v.eq_ignore_ascii_case(&wanted.version)));
    let Some(entry) = entry else { return Ok(Some(Artifact::at(published))) };
    let published = published.or_else(|| millis(text(&entry, "/published")));
    let hash = text(&entry, "/packageHash");
    let algorithm = text(&entry, "/packageHashAlgorithm").unwrap_or_default();
    Ok(Some(match algorithm.to_ascii_uppercase().as_str() {
        "SHA512" => Artifact::at(published).hash_base64("sha512", hash),
        "SHA256" => Artifact::at(published).hash_base64("sha256", hash),
        _ => Artifact::at(published),
    }))
}

#[async_trait]
impl Registry for Nuget {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let door = question.door;
        let index = match door.base().path().ends_with(".json") {
            true => door.base().clone(),
            false => door.url(&["v3", "index.json"]),
        };
        // Without the index nothing can be asked; that is not the package's fault.
        let index = door.index(&index, LARGEST_LIST).await.map_err(|refusal| match refusal {
            Refusal::Missing => Refusal::Odd("it has no service index".to_owned()),
            other => other,
        })?;
        let index: Value = read_json(&index)?;
        let content = resource(&index, "PackageBaseAddress");
        let content = content.ok_or_else(|| Refusal::Odd("its index names no packages".to_owned()))?;
        let registrations = resource(&index, "RegistrationsBaseUrl");
        let name = question.package.name.to_lowercase();
        let list: Value = question.main_json(&below(&content, &format!("{name}/index.json"))?).await?;
        let versions = list.get("versions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let latest = highest(Scheme::NuGet, versions.iter().filter_map(Value::as_str)).map(str::to_owned);
        let leaf = |version: &str| {
            let base = registrations.as_ref()?;
            below(base, &format!("{name}/{}.json", version.to_lowercase())).ok()
        };
        let mut published = None;
        if let Some(url) = latest.as_deref().and_then(leaf)
            && let Some(leaf) = door.json_if_any::<Value>(&url).await?
        {
            // Unlisted versions are of the year 1900.
            published = millis(text(&leaf, "/published")).filter(|at| *at > 0);
        }
        let mut artifacts = Vec::new();
        for wanted in question.wanted {
            if let Some(artifact) = artifact(question, leaf(&wanted.version), wanted).await? {
                artifacts.push((wanted.purl.clone(), artifact));
            }
        }
        Ok(Found { latest, published, artifacts })
    }
}
