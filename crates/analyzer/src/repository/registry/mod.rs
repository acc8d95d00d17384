//! What registries speak: one trait, a protocol a file.

mod cargo;
mod composer;
mod cpan;
mod gem;
mod github;
mod golang;
mod hackage;
mod hex;
mod maven;
mod nixpkgs;
mod npm;
mod nuget;
mod pypi;

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::Engine;
use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;
use versions::Scheme;

use super::door::{Question, Refusal};

/// What a repository says of a package.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Found {
    pub latest: Option<String>,
    /// When that version was published, in milliseconds.
    pub published: Option<i64>,
    /// The artifacts that were asked about, by package URL.
    pub artifacts: Vec<(String, Artifact)>,
}

/// What a repository says of one artifact.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Artifact {
    /// Lower-case hexadecimal digits by `md5`, `sha1`, `sha256`, `sha512`.
    pub hashes: BTreeMap<&'static str, String>,
    /// When it was published, in milliseconds.
    pub published: Option<i64>,
}

impl Artifact {
    fn at(published: Option<i64>) -> Artifact {
        Artifact { hashes: BTreeMap::new(), published }
    }

    /// With a hash in hexadecimal digits; anything else is left out.
    fn hash(mut self, name: &'static str, value: Option<&str>) -> Artifact {
        let length = match name {
            "md5" => 32,
            "sha1" => 40,
            "sha256" => 64,
            _ => 128,
        };
        let value = value.map(str::trim).unwrap_or_default();
        if value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit()) {
            self.hashes.insert(name, value.to_ascii_lowercase());
        }
        self
    }

    /// With a hash in base64.
    fn hash_base64(self, name: &'static str, value: Option<&str>) -> Artifact {
        let bytes =
            value.and_then(|value| base64::engine::general_purpose::STANDARD.decode(value.trim()).ok());
        let digits = bytes.map(|bytes| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>());
        self.hash(name, digits.as_deref())
    }
}

/// A protocol.
#[async_trait]
pub(super) trait Registry: Send + Sync {
    /// Asks about one package.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when the repository does not have it.
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal>;
}

/// The protocol of a type of repositories.
pub(super) fn of_kind(kind: &str) -> Option<&'static dyn Registry> {
    Some(match kind {
        "CARGO" => &cargo::Cargo,
        "COMPOSER" => &composer::Composer,
        "CPAN" => &cpan::Cpan,
        "GEM" => &gem::Gem,
        "GITHUB" => &github::Github,
        "GO_MODULES" => &golang::Golang,
        "HACKAGE" => &hackage::Hackage,
        "HEX" => &hex::Hex,
        "MAVEN" => &maven::Maven,
        "NIXPKGS" => &nixpkgs::Nixpkgs,
        "NPM" => &npm::Npm,
        "NUGET" => &nuget::Nuget,
        "PYPI" => &pypi::Pypi,
        _ => return None,
    })
}

/// Epoch milliseconds of a time, with or without its zone (then UTC).
fn millis(text: Option<&str>) -> Option<i64> {
    let text = text?.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_millis());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y%m%d%H%M%S", "%Y%m%d.%H%M%S"];
    formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|at| at.and_utc().timestamp_millis())
}

/// The text at a place of a document.
fn text<'a>(document: &'a Value, place: &str) -> Option<&'a str> {
    document.pointer(place)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The highest version that is no preview, else the highest.
fn highest<'a>(scheme: Scheme, versions: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let preview = |version: &&str| {
        let lower = version.to_ascii_lowercase();
        let words = ["dev", "alpha", "beta", "rc", "preview", "snapshot"];
        match scheme {
            Scheme::NuGet | Scheme::Semver => lower.split('+').next().is_some_and(|core| core.contains('-')),
            _ => words.iter().any(|word| lower.contains(word)),
        }
    };
    let best = |list: &mut dyn Iterator<Item = &'a str>| list.max_by(|a, b| scheme.compare(a, b));
    best(&mut versions.clone().filter(|version| !preview(version))).or_else(|| best(&mut versions.clone()))
}
