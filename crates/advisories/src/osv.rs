//! The Open Source Vulnerability format (ossf.github.io/osv-schema), read tolerantly.

use serde::{Deserialize, Serialize};
use versions::{Event, Range};

use crate::{Error, Severity, cvss};

/// An advisory, whatever format it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its id, for instance `GHSA-…`, `PYSEC-…`, `RUSTSEC-…`.
    pub id: String,
    /// Ids of the same flaw elsewhere.
    pub aliases: Vec<String>,
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
    /// The level of the most telling vector, else the database's word.
    pub severity: Severity,
    /// Numbers of the weaknesses (CWE).
    pub cwes: Vec<u32>,
    /// Addresses with more about it.
    pub references: Vec<String>,
    /// Who is credited.
    pub credits: Vec<String>,
    /// What it affects.
    pub affected: Vec<Affected>,
}

/// A package of an advisory and which of its versions are affected.
///
/// Its JSON is what the analyzer keeps beside the vulnerability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// The ecosystem as OSV names it, without suffix.
    pub ecosystem: String,
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

fn event(kind: &str, at: String) -> Option<Event> {
    match kind {
        "introduced" => Some(Event::Introduced(at)),
        "fixed" => Some(Event::Fixed(at)),
        "last_affected" => Some(Event::LastAffected(at)),
        "limit" => Some(Event::Limit(at)),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Record {
    id: String,
    modified: String,
    published: Option<String>,
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<String>,
    summary: Option<String>,
    details: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<RecordSeverity>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<RecordAffected>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    credits: Vec<Credit>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: DatabaseSpecific,
}

#[derive(Deserialize)]
struct RecordSeverity {
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct RecordAffected {
    package: Option<RecordPackage>,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<RecordSeverity>,
    #[serde(default, deserialize_with = "or_default")]
    ranges: Vec<RecordRange>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: DatabaseSpecific,
}

#[derive(Deserialize)]
struct RecordPackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct RecordRange {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
struct Credit {
    #[serde(default)]
    name: String,
}

/// What databases add: GitHub's weaknesses and word, RustSec's vector. Anything odd in it is ignored.
#[derive(Deserialize, Default)]
struct DatabaseSpecific {
    #[serde(default)]
    cwe_ids: serde_json::Value,
    #[serde(default)]
    severity: serde_json::Value,
    #[serde(default)]
    cwes: serde_json::Value,
}

/// `null` and a missing field mean the same.
fn or_default<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
    input: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(input)?.unwrap_or_default())
}

fn millis(field: &'static str, text: &str) -> Result<i64, Error> {
    chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis()).map_err(|e| Error::Field {
        field,
        message: format!("{text:?} is not a time as RFC 3339 writes it: {e}"),
    })
}

/// Reads one OSV record (JSON, UTF-8).
///
/// # Errors
/// When it is not JSON, lacks `id` or `modified`, or a time cannot be read.
pub fn parse(bytes: &[u8]) -> Result<Advisory, Error> {
    let record: Record = serde_json::from_slice(bytes)?;
    if record.id.trim().is_empty() {
        return Err(Error::Field { field: "id", message: "it is empty".to_owned() });
    }
    // Vectors of the record count; those of the packages only where the record has none.
    let mut vectors = vectors(&record.severity);
    if vectors.is_empty() {
        vectors =
            record.affected.first().map(|affected| self::vectors(&affected.severity)).unwrap_or_default();
    }
    let word = |specific: &DatabaseSpecific| specific.severity.as_str().and_then(Severity::parse);
    let severity = cvss::most_telling(&vectors)
        .map(cvss::Vector::severity)
        .or_else(|| word(&record.database_specific))
        .or_else(|| record.affected.iter().find_map(|affected| word(&affected.database_specific)))
        .unwrap_or(Severity::Unassigned);
    let mut cwes = Vec::new();
    let specifics = std::iter::once(&record.database_specific)
        .chain(record.affected.iter().map(|a| &a.database_specific));
    for specific in specifics {
        for value in [&specific.cwe_ids, &specific.cwes] {
            for cwe in value.as_array().into_iter().flatten() {
                let text = cwe.as_str().or_else(|| cwe.get("cweId").and_then(|id| id.as_str()));
                let number = text.and_then(|t| t.trim_start_matches("CWE-").parse().ok());
                if let Some(number) = number.filter(|number| !cwes.contains(number)) {
                    cwes.push(number);
                }
            }
        }
    }
    Ok(Advisory {
        modified: millis("modified", &record.modified)?,
        published: record.published.as_deref().map(|text| millis("published", text)).transpose()?,
        withdrawn: record.withdrawn.is_some(),
        severity,
        vectors,
        cwes,
        references: record.references.into_iter().map(|r| r.url).filter(|url| !url.is_empty()).collect(),
        credits: record.credits.into_iter().map(|c| c.name).filter(|name| !name.is_empty()).collect(),
        affected: record.affected.into_iter().filter_map(affected).collect(),
        aliases: record.aliases.into_iter().filter(|alias| *alias != record.id).collect(),
        id: record.id,
        summary: record.summary.filter(|text| !text.trim().is_empty()),
        details: record.details.filter(|text| !text.trim().is_empty()),
    })
}

/// The vectors that can be read; one of each version of the standard.
fn vectors(severity: &[RecordSeverity]) -> Vec<cvss::Vector> {
    let mut out: Vec<cvss::Vector> = Vec::new();
    for vector in severity.iter().filter_map(|s| cvss::Vector::parse(&s.score).ok()) {
        if !out.iter().any(|other| other.version == vector.version) {
            out.push(vector);
        }
    }
    out
}

/// Commits of a repository (`GIT`) say nothing about package versions.
fn affected(record: RecordAffected) -> Option<Affected> {
    let package = record.package?;
    let ecosystem = package.ecosystem.split(':').next().unwrap_or_default().to_owned();
    let ranges = record
        .ranges
        .into_iter()
        .filter(|range| range.kind != "GIT")
        .map(|range| Range {
            events: range
                .events
                .into_iter()
                .flatten()
                .filter_map(|(kind, at)| event(&kind, at.as_str()?.to_owned()))
                .collect(),
        })
        .collect();
    let name = crate::package::normalised(&ecosystem, &package.name);
    Some(Affected { ecosystem, name, ranges, versions: record.versions })
}
