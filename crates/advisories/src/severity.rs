//! How bad it is: five levels by score (CVSS v3.1 §5), and what tools say when there is no score.

use serde::{Deserialize, Serialize};

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
