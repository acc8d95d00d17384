//! One vulnerability of the records that sources have of it.
//!
//! Every source keeps its own record. The vulnerability tells what the source that owns the id says;
//! the others fill in what that one leaves out, in a fixed order, so that the outcome does not depend
//! on which came first.

use advisories::cvss::{self, Vector, Version};
use advisories::{Advisory, Evidence, Severity, owasp};
use serde::{Deserialize, Serialize};
use storage::{Value, params};

use super::Origin;

/// What a record says of a vulnerability, apart from what is affected. Its JSON is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
    /// Markdown, where its author wrote it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vectors: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owasp_vector: Option<String>,
    /// The source's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<Severity>,
    /// A severity that somebody set, which beats every vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explicit: Option<Severity>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Told {
    /// What an advisory says.
    pub(crate) fn of(advisory: &Advisory) -> Told {
        Told {
            title: advisory.summary.clone(),
            description: advisory.details.clone(),
            references: advisory.references.clone(),
            credits: (!advisory.credits.is_empty()).then(|| advisory.credits.join(", ")),
            vectors: advisory.vectors.iter().map(|vector| vector.text.clone()).collect(),
            word: advisory.word,
            cwes: advisory.cwes.clone(),
            published: advisory.published,
            updated: Some(advisory.modified),
            withdrawn: advisory.withdrawn,
            ..Told::default()
        }
    }
}

/// The columns of a vulnerability that follow from its records.
pub(crate) const COLUMNS: [&str; 21] = [
    "title",
    "sub_title",
    "description",
    "detail",
    "recommendation",
    "reference_list",
    "credits",
    "severity",
    "severity_rank",
    "severity_rule",
    "cvss_v2_score",
    "cvss_v2_vector",
    "cvss_v3_score",
    "cvss_v3_vector",
    "cvss_v4_score",
    "cvss_v4_vector",
    "owasp_vector",
    "cwes",
    "published",
    "updated",
    "withdrawn",
];

/// The values of [`COLUMNS`] for a vulnerability of `source` with these records.
pub(crate) fn merge(source: &str, records: &[(Origin, &Told)]) -> Vec<Value> {
    let mut records: Vec<(Origin, &Told)> = records.to_vec();
    records.sort_by_key(|(origin, told)| (told.withdrawn, !origin.owns(source), *origin));
    let first = |pick: fn(&Told) -> Option<&String>| {
        records.iter().filter_map(|(_, told)| pick(told)).find(|text| !text.trim().is_empty()).cloned()
    };
    let vectors: Vec<Vector> = records
        .iter()
        .flat_map(|(_, told)| &told.vectors)
        .filter_map(|text| Vector::parse(text).ok())
        .collect();
    let vector = |versions: &[Version]| {
        // The owner's comes first among those of one version.
        let found = versions.iter().find_map(|wanted| vectors.iter().find(|v| v.version == *wanted));
        (found.map(cvss::Vector::base_score), found.map(|v| v.text.clone()))
    };
    let (v2, v3, v4) =
        (vector(&[Version::V2]), vector(&[Version::V3_1, Version::V3_0]), vector(&[Version::V4]));
    let chosen = [&v4.1, &v3.1, &v2.1].into_iter().flatten().filter_map(|text| Vector::parse(text).ok());
    let chosen: Vec<Vector> = chosen.collect();
    let owasp_vector = first(|told| told.owasp_vector.as_ref());
    let severity = Evidence {
        explicit: records.iter().find_map(|(_, told)| told.explicit),
        vectors: &chosen,
        owasp: owasp_vector.as_deref().and_then(|text| owasp::Rating::parse(text).ok()),
        word: records.iter().find_map(|(_, told)| told.word),
    }
    .choose();
    let mut cwes: Vec<u32> = Vec::new();
    let mut references: Vec<&String> = Vec::new();
    for (_, told) in &records {
        cwes.extend(told.cwes.iter().filter(|cwe| !cwes.contains(cwe)).copied().collect::<Vec<_>>());
        let new: Vec<&String> = told.references.iter().filter(|url| !references.contains(url)).collect();
        references.extend(new);
    }
    let list = (!references.is_empty())
        .then(|| references.iter().map(|url| format!("* [{url}]({url})")).collect::<Vec<_>>().join("\n"));
    params![
        first(|told| told.title.as_ref()),
        first(|told| told.sub_title.as_ref()),
        first(|told| told.description.as_ref()),
        first(|told| told.detail.as_ref()),
        first(|told| told.recommendation.as_ref()),
        first(|told| told.reference_text.as_ref()).or(list),
        first(|told| told.credits.as_ref()),
        severity.severity.as_str(),
        i64::from(severity.severity.rank()),
        severity.rule.to_string(),
        v2.0,
        v2.1,
        v3.0,
        v3.1,
        v4.0,
        v4.1,
        owasp_vector,
        serde_json::Value::from(cwes).to_string(),
        records.iter().find_map(|(_, told)| told.published),
        records.iter().find_map(|(_, told)| told.updated),
        // Sources that hold on to it sort before those that took it back.
        records.first().is_none_or(|(_, told)| told.withdrawn),
    ]
}
