//! How bad it is: five levels by score (CVSS v3.1 §5), and what tools say when there is no score.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{cvss, owasp};

/// A level of severity, the worst first, with the names that Dependency-Track uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// 9.0 to 10.0
    Critical,
    /// 7.0 to 8.9
    High,
    /// 4.0 to 6.9
    Medium,
    /// 0.1 to 3.9
    Low,
    /// 0.0, or a tool's word
    Info,
    /// Nobody said
    Unassigned,
}

impl Severity {
    /// Every level, the worst first. The place in it is Dependency-Track's `severityRank`.
    pub const ALL: [Severity; 6] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
        Severity::Unassigned,
    ];

    /// The level of a CVSS v3 or v4 score. A score of 0 says nothing.
    pub fn of_score(score: f64) -> Severity {
        match score {
            s if s >= 9.0 => Severity::Critical,
            s if s >= 7.0 => Severity::High,
            s if s >= 4.0 => Severity::Medium,
            s if s > 0.0 => Severity::Low,
            _ => Severity::Unassigned,
        }
    }

    /// The level of a CVSS v2 score, which knows no CRITICAL (behaviour reference §5.3).
    pub fn of_v2_score(score: f64) -> Severity {
        Severity::of_score(score).max(Severity::High)
    }

    /// A tool's word, in any case. `MODERATE` (GitHub) is MEDIUM.
    pub fn parse(word: &str) -> Option<Severity> {
        match word.to_ascii_uppercase().as_str() {
            "CRITICAL" => Some(Severity::Critical),
            "HIGH" => Some(Severity::High),
            "MEDIUM" | "MODERATE" => Some(Severity::Medium),
            "LOW" => Some(Severity::Low),
            "INFO" | "INFORMATIONAL" | "NONE" => Some(Severity::Info),
            "UNASSIGNED" | "UNKNOWN" => Some(Severity::Unassigned),
            _ => None,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "CRITICAL",
            Severity::High => "HIGH",
            Severity::Medium => "MEDIUM",
            Severity::Low => "LOW",
            Severity::Info => "INFO",
            Severity::Unassigned => "UNASSIGNED",
        }
    }

    /// 0 for the worst.
    pub fn rank(self) -> u8 {
        self as u8
    }
}

/// All that speaks for a severity.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// What a person wrote.
    pub explicit: Option<Severity>,
    /// CVSS vectors.
    pub vectors: &'a [cvss::Vector],
    /// An OWASP risk rating.
    pub owasp: Option<owasp::Rating>,
    /// The source's own word.
    pub word: Option<Severity>,
}

/// A severity, and what it was taken from.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The level.
    pub severity: Severity,
    /// Which rule chose it.
    pub rule: Rule,
}

/// What a severity was taken from. Its text is for people: `CVSS 3.1 vector, base score 7.5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// A person wrote it.
    Explicit,
    /// The base score, computed anew from the most telling vector.
    Cvss(cvss::Version, f64),
    /// An OWASP risk rating.
    Owasp(owasp::Rating),
    /// The source's own word.
    Word,
    /// Nobody said.
    Nothing,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Explicit => write!(out, "set by hand"),
            Rule::Cvss(version, score) => {
                write!(out, "CVSS {} vector, base score {score:.1}", version.number())
            }
            Rule::Owasp(rating) => write!(
                out,
                "OWASP risk rating, likelihood {}, technical impact {}, business impact {}",
                rating.likelihood, rating.technical_impact, rating.business_impact
            ),
            Rule::Word => write!(out, "the word of the source"),
            Rule::Nothing => write!(out, "nobody rated it"),
        }
    }
}

impl Evidence<'_> {
    /// The severity (behaviour reference §5.3): what a person wrote; else CVSS (v4 over v3.1 over
    /// v3.0 over v2) or the OWASP risk rating, the more severe when both are there; else the source's word.
    pub fn choose(&self) -> Chosen {
        if let Some(severity) = self.explicit {
            return Chosen { severity, rule: Rule::Explicit };
        }
        let cvss = cvss::most_telling(self.vectors).map(|vector| Chosen {
            severity: vector.severity(),
            rule: Rule::Cvss(vector.version, vector.base_score()),
        });
        let owasp =
            self.owasp.map(|rating| Chosen { severity: rating.severity(), rule: Rule::Owasp(rating) });
        let word = || self.word.map(|severity| Chosen { severity, rule: Rule::Word });
        // The worst is the least, and CVSS the first among equals.
        cvss.into_iter()
            .chain(owasp)
            .min_by_key(|chosen| chosen.severity)
            .or_else(word)
            .unwrap_or(Chosen { severity: Severity::Unassigned, rule: Rule::Nothing })
    }
}
