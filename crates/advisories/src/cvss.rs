//! CVSS vectors and their scores: v2, v3.0, v3.1 and v4.0.
//!
//! The formulas of v2 and v3 are here because the most specific score of a vector counts
//! (environmental, else temporal, else base), which no library computes; v4 is the `cvss` crate.

mod v2;
mod v3;

use std::str::FromStr;

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

/// A complete vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// The version of the standard.
    pub version: Version,
    /// The text, without the parentheses that v2 sometimes has.
    pub text: String,
    base: f64,
    score: f64,
}

impl Vector {
    /// Reads a vector of any version.
    ///
    /// # Errors
    /// When a base metric is missing, a metric is unknown or given twice, or a value is not one of its metric.
    pub fn parse(text: &str) -> Result<Vector, Error> {
        let refuse = |message: String| Error::Field { field: "CVSS vector", message };
        let text = text.trim().trim_start_matches('(').trim_end_matches(')');
        let (version, base, score) = if let Some(metrics) = text.strip_prefix("CVSS:3.1/") {
            let (base, score) = v3::scores(metrics, true).map_err(refuse)?;
            (Version::V3_1, base, score)
        } else if let Some(metrics) = text.strip_prefix("CVSS:3.0/") {
            let (base, score) = v3::scores(metrics, false).map_err(refuse)?;
            (Version::V3_0, base, score)
        } else if text.starts_with("CVSS:4.0/") {
            let vector = ::cvss::v4::Vector::from_str(text).map_err(|e| refuse(e.to_string()))?;
            // Threat and environmental metrics are part of the one v4 score; the base has none of them.
            let base: Vec<&str> =
                text.split('/').filter(|m| m.starts_with("CVSS:") || is_v4_base(m)).collect();
            if base.len() != 12 {
                return Err(refuse(
                    "a base metric is missing: AV AC AT PR UI VC VI VA SC SI SA are needed".to_owned(),
                ));
            }
            let base = ::cvss::v4::Vector::from_str(&base.join("/")).map_err(|e| refuse(e.to_string()))?;
            (Version::V4, base.score().value(), vector.score().value())
        } else {
            let (base, score) = v2::scores(text).map_err(refuse)?;
            (Version::V2, base, score)
        };
        Ok(Vector { version, text: text.to_owned(), base, score })
    }

    /// The base score, 0.0 to 10.0.
    pub fn base_score(&self) -> f64 {
        self.base
    }

    /// The most specific score that the vector gives: environmental, else temporal, else base.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The level of the base score, as Dependency-Track computes it.
    pub fn severity(&self) -> Severity {
        match self.version {
            Version::V2 => Severity::of_v2_score(self.base),
            _ => Severity::of_score(self.base),
        }
    }
}

/// The vector that counts among several: v4 over v3.1 over v3.0 over v2.
pub fn most_telling<'a>(vectors: impl IntoIterator<Item = &'a Vector>) -> Option<&'a Vector> {
    vectors.into_iter().max_by_key(|vector| vector.version)
}

fn is_v4_base(metric: &str) -> bool {
    let name = metric.split(':').next().unwrap_or_default();
    ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"].contains(&name)
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

fn find(name: &str, value: &str, weights: &[(&str, f64)]) -> Result<f64, String> {
    weights
        .iter()
        .find(|(known, _)| *known == value)
        .map(|(_, weight)| *weight)
        .ok_or_else(|| format!("{value:?} is not a value of the metric {name}"))
}
