//! The Open Source Vulnerability format (ossf.github.io/osv-schema), read tolerantly: what has another
//! shape than the schema says is as if it were not there.

use serde::Deserialize;
use serde::de::MapAccess;
use versions::{Event, Range};

use crate::advisory::event;
use crate::lenient::{Lenient, List, Object, Text, cwe, millis, objects};
use crate::{Advisory, Affected, Error, Severity, cvss, normalised};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Record {
    id: Text,
    modified: Text,
    published: Text,
    withdrawn: Text,
    aliases: List<String>,
    upstream: List<String>,
    summary: Text,
    details: Text,
    severity: List<RecordSeverity>,
    affected: List<RecordAffected>,
    references: List<Reference>,
    credits: List<Credit>,
    database_specific: Object<Specific>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RecordSeverity {
    score: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RecordAffected {
    package: Object<RecordPackage>,
    severity: List<RecordSeverity>,
    ranges: List<RecordRange>,
    versions: List<String>,
    database_specific: Object<Specific>,
    ecosystem_specific: Object<Specific>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RecordPackage {
    ecosystem: Text,
    name: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RecordRange {
    #[serde(rename = "type")]
    kind: Text,
    events: List<RecordEvent>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference {
    url: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Credit {
    name: Text,
}

/// What databases and ecosystems add: GitHub's weaknesses and word, RustSec's weaknesses, Debian's urgency.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Specific {
    cwe_ids: List<Weakness>,
    cwes: List<Weakness>,
    severity: Text,
    urgency: Text,
}

/// Of a record only which packages it names.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    affected: List<NamesAffected>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NamesAffected {
    package: Object<RecordPackage>,
}

objects!(
    NamesAffected,
    RecordSeverity,
    RecordAffected,
    RecordPackage,
    RecordRange,
    Reference,
    Credit,
    Specific
);

/// An object of one event; older records have several in one.
struct RecordEvent(Vec<Event>);

impl<'de> Lenient<'de> for RecordEvent {
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut events = Vec::with_capacity(1);
        while let Some((Text(Some(kind)), Text(at))) = map.next_entry()? {
            events.extend(at.and_then(|at| event(&kind, at)));
        }
        Ok(Some(RecordEvent(events)))
    }
}

/// `"CWE-79"`, or an object with `cweId`.
struct Weakness(Option<u32>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct WeaknessObject {
    #[serde(rename = "cweId")]
    id: Text,
}

impl<'de> Lenient<'de> for Weakness {
    fn text(text: &str) -> Option<Self> {
        Some(Weakness(cwe(text)))
    }

    fn object<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let object: Option<WeaknessObject> = crate::lenient::derived(map)?;
        Ok(object.and_then(|object| object.id.0).map(|id| Weakness(cwe(&id))))
    }
}

/// Reads one OSV record (JSON, UTF-8).
///
/// # Errors
/// When it is not JSON, lacks `id` or `modified`, or the time of `modified` cannot be read.
pub fn parse(bytes: &[u8]) -> Result<Advisory, Error> {
    let record: Record = serde_json::from_slice(bytes)?;
    let missing = |field| Error::Field { field, message: "it is missing or empty".to_owned() };
    let id = record.id.filled().ok_or_else(|| missing("id"))?;
    let modified = record.modified.filled().ok_or_else(|| missing("modified"))?;
    let modified = millis(&modified).ok_or_else(|| Error::Field {
        field: "modified",
        message: format!("{modified:?} is not a time as RFC 3339 writes it, such as 2024-01-31T12:00:00Z"),
    })?;
    let mut entries = record.affected.0;
    // Vectors and words of the record count; those of the packages only where the record has none.
    let mut levels = Levels::default();
    levels.read(record.severity);
    let mut below = Levels::default();
    for entry in &mut entries {
        if levels.vectors.is_empty() && below.vectors.is_empty() {
            below.read(std::mem::take(&mut entry.severity));
        }
    }
    let mut cwes = Vec::new();
    if let Some(specific) = record.database_specific.0 {
        levels.word = levels.word.or_else(|| specific.word());
        specific.weaknesses(&mut cwes);
    }
    let mut affected = Vec::with_capacity(entries.len());
    for mut entry in entries {
        for specific in [entry.database_specific.0.take(), entry.ecosystem_specific.0.take()] {
            let Some(specific) = specific else { continue };
            below.word = below.word.or_else(|| specific.word());
            specific.weaknesses(&mut cwes);
        }
        affected.extend(self::affected(entry));
    }
    let vectors = if levels.vectors.is_empty() { below.vectors } else { levels.vectors };
    let word = levels.word.or(below.word);
    let severity =
        cvss::most_telling(&vectors).map(cvss::Vector::severity).or(word).unwrap_or(Severity::Unassigned);
    let others = |list: List<String>| {
        list.into_iter().filter(|other| *other != id && !other.trim().is_empty()).collect::<Vec<_>>()
    };
    Ok(Advisory {
        modified,
        // Some databases write the first day of the calendar for "never".
        published: record.published.0.as_deref().and_then(millis).filter(|at| *at > 0),
        withdrawn: record.withdrawn.filled().is_some(),
        word,
        severity,
        vectors,
        cwes,
        configurations: Vec::new(),
        references: record.references.into_iter().filter_map(|r| r.url.filled()).collect(),
        credits: record.credits.into_iter().filter_map(|c| c.name.filled()).collect(),
        affected,
        aliases: others(record.aliases),
        upstream: others(record.upstream),
        summary: record.summary.filled(),
        details: record.details.filled(),
        id,
    })
}

/// The packages that an OSV record names, as [`Affected`] has them: ecosystem and name. Several times
/// quicker than [`parse`], for whoever wants few of many records.
///
/// # Errors
/// When it is not JSON.
pub fn packages(bytes: &[u8]) -> Result<Vec<(String, String)>, Error> {
    let record: Names = serde_json::from_slice(bytes)?;
    Ok(record
        .affected
        .into_iter()
        .filter_map(|entry| package(entry.package))
        .map(|(e, _, n)| (e, n))
        .collect())
}

/// How bad it is: one vector of each version of the standard, and the first word.
#[derive(Default)]
struct Levels {
    vectors: Vec<cvss::Vector>,
    word: Option<Severity>,
}

impl Levels {
    /// A score is a vector, or the word of a distribution (type `Ubuntu`).
    fn read(&mut self, severity: List<RecordSeverity>) {
        for score in severity.into_iter().filter_map(|entry| entry.score.0) {
            if self.word.is_none() {
                self.word = word(&score);
            }
            let Ok(vector) = cvss::Vector::parse(&score) else { continue };
            if !self.vectors.iter().any(|other| other.version == vector.version) {
                self.vectors.push(vector);
            }
        }
    }
}

impl Specific {
    fn word(&self) -> Option<Severity> {
        [&self.severity, &self.urgency].into_iter().find_map(|text| text.0.as_deref().and_then(word))
    }

    fn weaknesses(self, cwes: &mut Vec<u32>) {
        for number in self.cwe_ids.into_iter().chain(self.cwes).filter_map(|weakness| weakness.0) {
            if !cwes.contains(&number) {
                cwes.push(number);
            }
        }
    }
}

/// A level, also in the words of distributions: Red Hat's and SUSE's `important`, Ubuntu's
/// `negligible`, Debian's `unimportant`.
fn word(text: &str) -> Option<Severity> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "important" => Some(Severity::High),
        "negligible" | "unimportant" => Some(Severity::Low),
        _ => Severity::parse(text),
    }
}

/// Commits of a repository (`GIT`) say nothing about package versions.
fn affected(record: RecordAffected) -> Option<Affected> {
    let (ecosystem, suffix, name) = package(record.package)?;
    let ranges = record
        .ranges
        .into_iter()
        .filter(|range| range.kind.0.as_deref() != Some("GIT"))
        .map(|range| Range { events: range.events.into_iter().flat_map(|event| event.0).collect() })
        .collect();
    Some(Affected { ecosystem, suffix, name, ranges, versions: record.versions.0 })
}

/// The ecosystem, its suffix, and the name by the ecosystem's rules.
fn package(package: Object<RecordPackage>) -> Option<(String, Option<String>, String)> {
    let package = package.0?;
    let (ecosystem, name) = (package.ecosystem.filled()?, package.name.filled()?);
    let (ecosystem, suffix) = match ecosystem.split_once(':') {
        Some((ecosystem, suffix)) => (ecosystem.to_owned(), Some(suffix.to_owned())),
        None => (ecosystem, None),
    };
    let name = normalised(&ecosystem, &name);
    Some((ecosystem, suffix, name))
}
