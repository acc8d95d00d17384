//! The OWASP risk rating: likelihood and impact from sixteen factors of 0 to 9.

use crate::{Error, Severity};

/// The factors in the order of a vector: eight of likelihood, four of technical impact, four of
/// business impact.
const FACTORS: [&str; 16] =
    ["SL", "M", "O", "S", "ED", "EE", "A", "ID", "LC", "LI", "LAV", "LAC", "FD", "RD", "NC", "PV"];

/// How much, by score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Below 3
    Low,
    /// Below 6
    Medium,
    /// 6 and above
    High,
}

impl Level {
    /// The level of a score.
    pub fn of(score: f64) -> Level {
        match score {
            s if s < 3.0 => Level::Low,
            s if s < 6.0 => Level::Medium,
            _ => Level::High,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Low => "LOW",
            Level::Medium => "MEDIUM",
            Level::High => "HIGH",
        }
    }
}

/// The three scores, each the mean of its factors: 0.0 to 9.0, in steps of an eighth or a quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// Skill level, motive, opportunity, size; ease of discovery and of exploit, awareness, detection.
    pub likelihood: f64,
    /// Loss of confidentiality, integrity, availability, accountability.
    pub technical_impact: f64,
    /// Financial and reputation damage, non-compliance, privacy violation.
    pub business_impact: f64,
}

impl Rating {
    /// Reads `SL:1/M:4/O:4/S:9/ED:7/EE:3/A:4/ID:3/LC:9/LI:1/LAV:5/LAC:1/FD:3/RD:4/NC:7/PV:5`, each
    /// factor in its place and with one digit.
    ///
    /// # Errors
    /// When the text is not that, in the words of Dependency-Track (behaviour reference §13.3).
    pub fn parse(vector: &str) -> Result<Rating, Error> {
        let values =
            values(vector).ok_or_else(|| Error::Owasp { vector: vector.chars().take(200).collect() })?;
        let mean = |values: &[u8]| values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        let (likelihood, impact) = values.split_at(8);
        let (technical, business) = impact.split_at(4);
        Ok(Rating {
            likelihood: mean(likelihood),
            technical_impact: mean(technical),
            business_impact: mean(business),
        })
    }

    /// Likelihood by impact, the greater of the two impacts. A score of 0 leaves it unassigned.
    pub fn severity(&self) -> Severity {
        let impact = self.technical_impact.max(self.business_impact);
        if self.likelihood <= 0.0 || impact <= 0.0 {
            return Severity::Unassigned;
        }
        match (Level::of(self.likelihood), Level::of(impact)) {
            (Level::Low, Level::Low) => Severity::Info,
            (Level::Low, Level::Medium) | (Level::Medium, Level::Low) => Severity::Low,
            (Level::Low, Level::High) | (Level::Medium, Level::Medium) | (Level::High, Level::Low) => {
                Severity::Medium
            }
            (Level::Medium, Level::High) | (Level::High, Level::Medium) => Severity::High,
            (Level::High, Level::High) => Severity::Critical,
        }
    }
}

fn values(vector: &str) -> Option<[u8; 16]> {
    let mut parts = vector.split('/');
    let mut values = [0; 16];
    for (name, value) in FACTORS.iter().zip(&mut values) {
        let digit = parts.next()?.strip_prefix(name)?.strip_prefix(':')?;
        match digit.as_bytes() {
            [digit @ b'0'..=b'9'] => *value = digit - b'0',
            _ => return None,
        }
    }
    parts.next().is_none().then_some(values)
}
