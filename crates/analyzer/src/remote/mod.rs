//! Analyzers elsewhere: services that are asked over HTTP which vulnerabilities a package has
//! (behaviour reference §12.4). One trait, an implementation a file; what they say is kept by others.

mod distribution;
mod http;
mod job;
mod oss_index;
mod snyk;
#[cfg(test)]
mod tests;
mod trivy;

use advisories::{Advisory, Severity, cvss};
use async_trait::async_trait;
use chrono::DateTime;
use serde::{Deserialize, Deserializer};

pub(crate) use job::{queue, register};

/// A package to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its package URL in canonical form, with the qualifiers (Trivy needs `distro`).
    pub purl: String,
    /// Its CPE, as the SBOM has it.
    pub cpe: Option<String>,
    /// Properties of the component by name, for instance `aquasecurity:trivy:SrcName`.
    pub properties: Vec<(String, String)>,
}

/// What an analyzer elsewhere says of a package.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// The package as it was asked about.
    pub purl: String,
    /// The vulnerability. `affected` is empty, and `modified` is 0 where the analyzer does not say it.
    pub advisory: Advisory,
    /// Who owns the id: `NVD`, `GITHUB`, `OSV`, `OSSINDEX`, `SNYK`, or `UNKNOWN`.
    pub source: &'static str,
    /// The analyzer's own page about it.
    pub reference_url: Option<String>,
    /// The analyzer's own id of it.
    pub alternate_id: Option<String>,
    /// The version in which it is fixed.
    pub fixed: Option<String>,
    /// Why the package is affected, in words.
    pub reason: String,
}

/// What came of asking.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Answer {
    /// What was found, in the order of the targets.
    pub reports: Vec<Report>,
    /// Packages about which nothing is known, as the analyzer could not be asked: ask again.
    pub unanswered: Vec<String>,
    /// What went wrong and with which package or vulnerability, for people. Everything else is kept.
    pub problems: Vec<String>,
}

/// A service that knows vulnerabilities of packages.
#[async_trait]
pub(crate) trait Analyzer: Send + Sync {
    /// The name in findings, for instance `OSSINDEX_ANALYZER`.
    fn identity(&self) -> &'static str;

    /// How many targets to hand over at once.
    fn batch(&self) -> usize;

    /// Whether the analyzer can say anything about such a package.
    fn concerns(&self, target: &Target) -> bool;

    /// Asks about these targets. Those it does not concern are passed over.
    ///
    /// # Errors
    /// When nothing could be found out.
    async fn analyse(&self, targets: &[Target]) -> Result<Answer, Error>;
}

/// Why an analyzer said nothing. The texts never contain a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// It cannot be asked at all.
    #[error("{analyzer}: the configuration property {property} {reason}")]
    Setting {
        /// Its name for people.
        analyzer: &'static str,
        /// Group and name.
        property: &'static str,
        /// Completes the sentence.
        reason: String,
    },
    /// 401, 402 or 403.
    #[error("{analyzer} refuses the credentials ({status}{message}): check {check}")]
    Credentials {
        /// Its name for people.
        analyzer: &'static str,
        /// 401, 402 or 403.
        status: u16,
        /// Its words, after a colon; may be empty.
        message: String,
        /// Which configuration properties to check.
        check: &'static str,
    },
    /// 429, for longer than it may be waited for.
    #[error("{analyzer} is asked too often{}", .retry_after.map(|s| format!("; it wants to be asked again in {s} seconds")).unwrap_or_default())]
    Busy {
        /// Its name for people.
        analyzer: &'static str,
        /// Seconds, when it says so.
        retry_after: Option<u64>,
    },
    /// No answer.
    #[error("{analyzer} at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Its name for people.
        analyzer: &'static str,
        /// Its base address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Any other status that is not success.
    #[error("{analyzer} answered {status}{message}")]
    Status {
        /// Its name for people.
        analyzer: &'static str,
        /// The status.
        status: u16,
        /// Its words, after a colon; may be empty.
        message: String,
    },
    /// Success, with something that cannot be understood.
    #[error("the answer of {analyzer} cannot be used: {reason}")]
    Answer {
        /// Its name for people.
        analyzer: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// An advisory of which only the id is known.
fn blank(id: &str) -> Advisory {
    Advisory {
        id: id.to_owned(),
        aliases: Vec::new(),
        upstream: Vec::new(),
        summary: None,
        details: None,
        published: None,
        modified: 0,
        withdrawn: false,
        vectors: Vec::new(),
        word: None,
        severity: Severity::Unassigned,
        cwes: Vec::new(),
        references: Vec::new(),
        credits: Vec::new(),
        affected: Vec::new(),
        configurations: Vec::new(),
    }
}

/// Takes over the vectors that can be read, one of each version of CVSS, and the analyzer's word.
fn rate<'a>(advisory: &mut Advisory, vectors: impl IntoIterator<Item = &'a str>, word: Option<Severity>) {
    for vector in vectors.into_iter().filter_map(|text| cvss::Vector::parse(text).ok()) {
        if !advisory.vectors.iter().any(|other| other.version == vector.version) {
            advisory.vectors.push(vector);
        }
    }
    advisory.word = word;
    advisory.severity = cvss::most_telling(&advisory.vectors)
        .map(cvss::Vector::severity)
        .or(word)
        .unwrap_or(Severity::Unassigned);
}

/// Who owns an id (behaviour reference §5.1). `None` for ids of no known owner.
fn owner(id: &str) -> Option<&'static str> {
    const OWNERS: [(&str, &str); 8] = [
        ("CVE-", "NVD"),
        ("GHSA-", "GITHUB"),
        ("OSV-", "OSV"),
        ("GO-", "OSV"),
        ("PYSEC-", "OSV"),
        ("RUSTSEC-", "OSV"),
        ("MAL-", "OSV"),
        ("SNYK-", "SNYK"),
    ];
    let starts = |prefix: &str| id.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    OWNERS.iter().find(|(prefix, _)| starts(prefix)).map(|(_, owner)| *owner)
}

/// The number of a weakness: `CWE-79`, `cwe-79` or `79`.
fn cwe(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = match text.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("CWE-") => text.get(4..)?,
        _ => text,
    };
    digits.parse().ok()
}

/// Epoch milliseconds of a time as RFC 3339 writes it.
fn millis(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

/// Foreign text that says something.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// `null` and a missing field mean the same.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(input: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(input)?.unwrap_or_default())
}
