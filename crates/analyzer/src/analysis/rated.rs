//! Ratings that a vulnerability policy gives a finding, which count instead of those of the
//! vulnerability (behaviour reference §6.1, §7.1).

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};

use crate::vulnerability::Vulnerability;

/// The ratings of an analysis.
#[derive(Debug, Clone, Default, PartialEq, FromQueryResult)]
pub(crate) struct Rated {
    pub rated_severity: Option<String>,
    pub rated_cvss_v2_vector: Option<String>,
    pub rated_cvss_v2_score: Option<f64>,
    pub rated_cvss_v3_vector: Option<String>,
    pub rated_cvss_v3_score: Option<f64>,
    pub rated_cvss_v4_vector: Option<String>,
    pub rated_cvss_v4_score: Option<f64>,
    pub rated_owasp_vector: Option<String>,
    pub rated_owasp_score: Option<f64>,
}

/// The columns of the ratings of an analysis `a`.
pub(crate) const RATED: &str = "a.severity AS rated_severity, a.cvss_v2_vector AS rated_cvss_v2_vector, \
     a.cvss_v2_score AS rated_cvss_v2_score, a.cvss_v3_vector AS rated_cvss_v3_vector, \
     a.cvss_v3_score AS rated_cvss_v3_score, a.cvss_v4_vector AS rated_cvss_v4_vector, \
     a.cvss_v4_score AS rated_cvss_v4_score, a.owasp_vector AS rated_owasp_vector, a.owasp_score AS rated_owasp_score";

/// The severity that counts of a vulnerability `v` with an analysis `a`, if there is one.
pub(crate) const SEVERITY: &str = "COALESCE(a.severity, v.severity)";

/// Its rank, the most severe first.
pub(crate) const SEVERITY_RANK: &str = "COALESCE(CASE a.severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 \
     WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 WHEN 'INFO' THEN 4 END, v.severity_rank)";

/// The severities, the most severe first.
const SEVERITIES: [&str; 6] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO", "UNASSIGNED"];

/// The rank of a severity.
pub(super) fn rank(severity: &str) -> usize {
    SEVERITIES.iter().position(|known| *known == severity).unwrap_or(SEVERITIES.len() - 1)
}

/// A rating with all its names.
pub(super) struct Part<'a> {
    pub column: &'static str,
    json: &'static str,
    /// How the trail calls it.
    pub label: &'static str,
    value: Kind<'a>,
}

enum Kind<'a> {
    Text(Option<&'a str>),
    Number(Option<f64>),
}

impl Part<'_> {
    /// As the trail shows it.
    pub(super) fn shown(&self) -> String {
        let none = if self.column == "severity" { "UNASSIGNED" } else { "(None)" };
        match self.value {
            Kind::Text(Some(text)) => text.to_owned(),
            Kind::Number(Some(number)) => format!("{number:?}"),
            Kind::Text(None) | Kind::Number(None) => none.to_owned(),
        }
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> storage::Value {
        match self.value {
            Kind::Text(text) => text.map(str::to_owned).into(),
            Kind::Number(number) => number.into(),
        }
    }

    fn json(&self) -> Option<Value> {
        match self.value {
            Kind::Text(text) => text.map(|text| json!(text)),
            Kind::Number(number) => number.map(|number| json!(number)),
        }
    }
}

const fn number(
    column: &'static str,
    json: &'static str,
    label: &'static str,
    value: Option<f64>,
) -> Part<'static> {
    Part { column, json, label, value: Kind::Number(value) }
}

fn text<'a>(
    column: &'static str,
    json: &'static str,
    label: &'static str,
    value: &'a Option<String>,
) -> Part<'a> {
    Part { column, json, label, value: Kind::Text(value.as_deref()) }
}

impl Rated {
    /// Each rating, in the order of the trail.
    pub(super) fn parts(&self) -> [Part<'_>; 9] {
        [
            text("severity", "severity", "Severity", &self.rated_severity),
            text("cvss_v2_vector", "cvssV2Vector", "CVSSv2 Vector", &self.rated_cvss_v2_vector),
            number("cvss_v2_score", "cvssV2Score", "CVSSv2 Score", self.rated_cvss_v2_score),
            text("cvss_v3_vector", "cvssV3Vector", "CVSSv3 Vector", &self.rated_cvss_v3_vector),
            number("cvss_v3_score", "cvssV3Score", "CVSSv3 Score", self.rated_cvss_v3_score),
            text("cvss_v4_vector", "cvssV4Vector", "CVSSv4 Vector", &self.rated_cvss_v4_vector),
            number("cvss_v4_score", "cvssV4Score", "CVSSv4 Score", self.rated_cvss_v4_score),
            text("owasp_vector", "owaspVector", "OWASP Vector", &self.rated_owasp_vector),
            number("owasp_score", "owaspScore", "OWASP Score", self.rated_owasp_score),
        ]
    }

    /// Adds the members of the analysis.
    pub(super) fn put(&self, out: &mut Map<String, Value>) {
        for part in self.parts() {
            if let Some(value) = part.json() {
                out.insert(part.json.to_owned(), value);
            }
        }
    }

    /// Gives a vulnerability these ratings, where there are any.
    pub(crate) fn rate(&self, vulnerability: &mut Vulnerability) {
        if let Some(severity) = &self.rated_severity {
            vulnerability.severity_rank = i64::try_from(rank(severity)).unwrap_or(i64::MAX);
            vulnerability.severity.clone_from(severity);
        }
        let methods = [
            (
                (&self.rated_cvss_v2_vector, self.rated_cvss_v2_score),
                (&mut vulnerability.cvss_v2_vector, &mut vulnerability.cvss_v2_score),
            ),
            (
                (&self.rated_cvss_v3_vector, self.rated_cvss_v3_score),
                (&mut vulnerability.cvss_v3_vector, &mut vulnerability.cvss_v3_score),
            ),
            (
                (&self.rated_cvss_v4_vector, self.rated_cvss_v4_score),
                (&mut vulnerability.cvss_v4_vector, &mut vulnerability.cvss_v4_score),
            ),
        ];
        for ((vector, score), (own_vector, own_score)) in methods {
            if let Some(vector) = vector {
                *own_vector = Some(vector.clone());
            }
            if let Some(score) = score {
                *own_score = Some(score);
            }
        }
        if let Some(vector) = &self.rated_owasp_vector {
            vulnerability.owasp_vector = Some(vector.clone());
        }
    }
}
