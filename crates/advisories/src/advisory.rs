//! The one model that advisories of every format are read into.

use serde::{Deserialize, Serialize};
use versions::{Event, Range};

use crate::cpe::Configuration;
use crate::{Severity, cvss};

/// An advisory, whatever format it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its id, for instance `GHSA-…`, `PYSEC-…`, `RUSTSEC-…`.
    pub id: String,
    /// Ids of the same flaw elsewhere.
    pub aliases: Vec<String>,
    /// Ids of the flaws upstream that it is about: a distribution's record names its CVEs here, not
    /// among the aliases.
    pub upstream: Vec<String>,
    /// A line.
    pub summary: Option<String>,
    /// Markdown.
    pub details: Option<String>,
    /// When it was published (epoch milliseconds).
    pub published: Option<i64>,
    /// When it was last changed (epoch milliseconds).
    pub modified: i64,
    /// Whether it was taken back: it affects nothing any more.
    pub withdrawn: bool,
    /// Readable CVSS vectors.
    pub vectors: Vec<cvss::Vector>,
    /// The source's own word, which counts only where no vector does.
    pub word: Option<Severity>,
    /// The level of the most telling vector, else the database's word.
    pub severity: Severity,
    /// Numbers of the weaknesses (CWE).
    pub cwes: Vec<u32>,
    /// Addresses with more about it.
    pub references: Vec<String>,
    /// Who is credited.
    pub credits: Vec<String>,
    /// What it affects, by package.
    pub affected: Vec<Affected>,
    /// What it affects, by product name (CPE).
    pub configurations: Vec<Configuration>,
}

/// A package of an advisory and which of its versions are affected.
///
/// Its JSON is what the analyzer keeps beside the vulnerability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// The ecosystem as OSV names it, without suffix.
    pub ecosystem: String,
    /// The suffix: the release of a distribution (`12` of `Debian:12`, `v3.18` of `Alpine:v3.18`) or
    /// a registry. None concerns every release.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// The package's name in it, normalised (see [`crate::Package`]).
    pub name: String,
    /// Ranges of versions, each `[["introduced","0"],["fixed","1.2"]]`.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty", with = "ranges")]
    pub ranges: Vec<Range>,
    /// Versions named one by one.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// Ranges as lists of pairs.
mod ranges {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use versions::{Event, Range};

    pub fn serialize<S: Serializer>(ranges: &[Range], out: S) -> Result<S::Ok, S::Error> {
        let pair = |event: &Event| match event {
            Event::Introduced(at) => ("introduced", at.clone()),
            Event::After(at) => ("after", at.clone()),
            Event::Fixed(at) => ("fixed", at.clone()),
            Event::LastAffected(at) => ("last_affected", at.clone()),
            Event::Limit(at) => ("limit", at.clone()),
        };
        let pairs: Vec<Vec<(&str, String)>> =
            ranges.iter().map(|range| range.events.iter().map(pair).collect()).collect();
        pairs.serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Range>, D::Error> {
        let pairs: Vec<Vec<(String, String)>> = Vec::deserialize(input)?;
        Ok(pairs
            .into_iter()
            .map(|events| Range {
                events: events.into_iter().filter_map(|(k, v)| super::event(&k, v)).collect(),
            })
            .collect())
    }
}

pub(crate) fn event(kind: &str, at: String) -> Option<Event> {
    match kind {
        "introduced" => Some(Event::Introduced(at)),
        "after" => Some(Event::After(at)),
        "fixed" => Some(Event::Fixed(at)),
        "last_affected" => Some(Event::LastAffected(at)),
        "limit" => Some(Event::Limit(at)),
        _ => None,
    }
}
