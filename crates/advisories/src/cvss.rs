//! CVSS vectors and their scores: v2, v3.0, v3.1 and v4.0.
//!
//! The formulas of v2 and v3 are here because the most specific score of a vector counts
//! (environmental, else temporal, else base), which no library computes; v4 is the `cvss` crate.

mod v2;
mod v3;
mod v4;

use crate::{Error, Severity};

/// Which version of the standard a vector is written in, the more telling the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// CVSS v2.0
    V2,
    /// CVSS v3.0
    V3_0,
    /// CVSS v3.1
    V3_1,
    /// CVSS v4.0
    V4,
}

impl Version {
    /// Its number, for people: `3.1`.
    pub fn number(self) -> &'static str {
        match self {
            Version::V2 => "2.0",
            Version::V3_0 => "3.0",
            Version::V3_1 => "3.1",
            Version::V4 => "4.0",
        }
    }
}

/// The scores of a vector: 0.0 to 10.0, one decimal. What the vector gives no metric for is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// The base score.
    pub base: f64,
    /// The impact sub-score; v4 has none.
    pub impact: Option<f64>,
    /// The exploitability sub-score; v4 has none.
    pub exploitability: Option<f64>,
    /// The temporal score; in v4 with the threat metric (CVSS-BT).
    pub temporal: Option<f64>,
    /// The environmental score; in v4 with all metrics (CVSS-BE, CVSS-BTE).
    pub environmental: Option<f64>,
    /// The impact sub-score with the environmental metrics; v4 has none.
    pub modified_impact: Option<f64>,
}

/// A complete vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// The version of the standard.
    pub version: Version,
    /// The text, without the parentheses that v2 sometimes has.
    pub text: String,
    scores: Scores,
}

impl Vector {
    /// Reads a vector of any version.
    ///
    /// # Errors
    /// When a base metric is missing, a metric is unknown or given twice, or a value is not one of its metric.
    pub fn parse(text: &str) -> Result<Vector, Error> {
        let refuse = |message: String| Error::Field { field: "CVSS vector", message };
        let text = text.trim().trim_start_matches('(').trim_end_matches(')');
        let (version, scores) = if let Some(metrics) = text.strip_prefix("CVSS:3.1/") {
            (Version::V3_1, v3::scores(metrics, true))
        } else if let Some(metrics) = text.strip_prefix("CVSS:3.0/") {
            (Version::V3_0, v3::scores(metrics, false))
        } else if let Some(metrics) = text.strip_prefix("CVSS:4.0/") {
            (Version::V4, v4::scores(metrics))
        } else {
            (Version::V2, v2::scores(text))
        };
        let scores = scores.map_err(refuse)?;
        Ok(Vector { version, text: text.to_owned(), scores })
    }

    /// Every score.
    pub fn scores(&self) -> Scores {
        self.scores
    }

    /// The base score, 0.0 to 10.0.
    pub fn base_score(&self) -> f64 {
        self.scores.base
    }

    /// The most specific score that the vector gives: environmental, else temporal, else base.
    pub fn score(&self) -> f64 {
        self.scores.environmental.or(self.scores.temporal).unwrap_or(self.scores.base)
    }

    /// The level of the base score, as Dependency-Track computes it.
    pub fn severity(&self) -> Severity {
        match self.version {
            Version::V2 => Severity::of_v2_score(self.scores.base),
            _ => Severity::of_score(self.scores.base),
        }
    }
}

/// The vector that counts among several: v4 over v3.1 over v3.0 over v2.
pub fn most_telling<'a>(vectors: impl IntoIterator<Item = &'a Vector>) -> Option<&'a Vector> {
    vectors.into_iter().max_by_key(|vector| vector.version)
}

/// The metrics of a vector by name.
struct Metrics<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Metrics<'a> {
    fn read(text: &'a str, known: &[&str]) -> Result<Metrics<'a>, String> {
        let mut metrics: Vec<(&str, &str)> = Vec::new();
        for part in text.split('/').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once(':').ok_or_else(|| format!("{part:?} is not a metric"))?;
            if !known.contains(&name) {
                return Err(format!("there is no metric {name:?}"));
            }
            if metrics.iter().any(|(other, _)| *other == name) {
                return Err(format!("the metric {name} is given twice"));
            }
            metrics.push((name, value));
        }
        Ok(Metrics(metrics))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The weight of a metric that must be there.
    fn weight(&self, name: &str, weights: &[(&str, f64)]) -> Result<f64, String> {
        let value = self.get(name).ok_or_else(|| format!("the metric {name} is missing"))?;
        find(name, value, weights)
    }

    /// The weight of a metric that may be absent or undefined (`undefined`); then `otherwise`.
    fn optional(
        &self,
        name: &str,
        undefined: &str,
        weights: &[(&str, f64)],
        otherwise: f64,
    ) -> Result<f64, String> {
        match self.get(name) {
            None => Ok(otherwise),
            Some(value) if value == undefined => Ok(otherwise),
            Some(value) => find(name, value, weights),
        }
    }

    fn any(&self, names: &[&str], undefined: &str) -> bool {
        names.iter().any(|name| self.get(name).is_some_and(|value| value != undefined))
    }
}

/// To the nearest decimal, not below 0. Halves go up, also those that floating point has a little below.
fn tenth(value: f64) -> f64 {
    (value.max(0.0) * 10.0 + 1e-9).round() / 10.0
}

fn find(name: &str, value: &str, weights: &[(&str, f64)]) -> Result<f64, String> {
    weights
        .iter()
        .find(|(known, _)| *known == value)
        .map(|(_, weight)| *weight)
        .ok_or_else(|| format!("{value:?} is not a value of the metric {name}"))
}
