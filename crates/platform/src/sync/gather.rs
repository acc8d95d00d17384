//! From the findings of Dependency-Track to the issues they mean: one for each component and flaw,
//! however many names the flaw has and however often the component is listed.

use std::collections::{BTreeMap, BTreeSet};

use advisories::{cvss, flaws};

use crate::asset::component_key;
use crate::connector::Finding;
use crate::issue::{Detail, Pair, of_score, of_word, rank};

/// A finding as far as the merge needs it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub component: String,
    pub vulnerability: String,
    pub pair: Pair,
}

/// What an issue is made of.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    pub component_key: String,
    pub vulnerability_key: String,
    pub severity: &'static str,
    pub title: String,
    pub detail: Detail,
    pub known_exploited: bool,
    pub findings: Vec<Found>,
}

impl Found {
    /// The scanner's ids of it.
    pub(super) fn spot(&self) -> (String, String) {
        (self.component.clone(), self.vulnerability.clone())
    }
}

impl Gathered {
    /// What makes it one issue.
    pub(super) fn key(&self) -> (String, String) {
        (self.component_key.clone(), self.vulnerability_key.clone())
    }
}

/// Groups findings into issues.
pub(super) fn gather(findings: &[Finding]) -> Vec<Gathered> {
    let known = flaws(findings.iter().flat_map(|finding| {
        let others = finding.ids.iter().filter(|id| **id != finding.vulnerability);
        others.map(|id| (finding.vulnerability.as_str(), id.as_str()))
    }));
    let mut members: BTreeMap<(String, String), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let flaw = known.get(finding.vulnerability.as_str());
        let name = flaw.map_or_else(|| finding.vulnerability.clone(), |flaw| flaw.name.clone());
        let component = component_key(
            finding.purl.as_deref(),
            finding.cpe.as_deref(),
            finding.group.as_deref(),
            &finding.name,
            finding.version.as_deref(),
        );
        members.entry((component, name)).or_default().push(finding);
    }
    members
        .into_iter()
        .filter_map(|((component_key, vulnerability_key), group)| {
            issue(component_key, vulnerability_key, &group)
        })
        .collect()
}

fn issue(component_key: String, vulnerability_key: String, group: &[&Finding]) -> Option<Gathered> {
    // The record with the name people know tells the story; else the first one.
    let told = *group.iter().find(|f| f.vulnerability == vulnerability_key).or(group.first())?;
    let ids: BTreeSet<&String> = group.iter().flat_map(|f| &f.ids).collect();
    let vectors: Vec<cvss::Vector> =
        group.iter().flat_map(|f| &f.vectors).filter_map(|text| cvss::Vector::parse(text).ok()).collect();
    let vector = cvss::most_telling(&vectors);
    let given = group.iter().flat_map(|f| &f.scores).copied().reduce(f64::max);
    let score = vector.map(cvss::Vector::score).or(given);
    let severity = match score {
        Some(score) => of_score(score),
        None => group.iter().map(|f| of_word(f.severity.as_deref())).min_by_key(|word| rank(word))?,
    };
    let text = |pick: fn(&Finding) -> Option<&String>| {
        pick(told).or_else(|| group.iter().find_map(|f| pick(f))).cloned()
    };
    let package = match &told.group {
        Some(group) => format!("{group}/{}", told.name),
        None => told.name.clone(),
    };
    let version = told.version.clone().unwrap_or_default();
    let heading = text(|f| f.title.as_ref());
    let title = match &heading {
        Some(title) => format!("{vulnerability_key}: {title}"),
        None => format!("{vulnerability_key} in {package} {version}"),
    };
    let cwes: BTreeSet<u32> = group.iter().flat_map(|f| f.cwes.iter().copied()).collect();
    let detail = Detail {
        purl: told.purl.clone(),
        affected_version: version,
        vulnerability_id: vulnerability_key.clone(),
        source: told.source.clone(),
        original_id: Some(told.vulnerability.clone()),
        cve: ids.iter().find(|id| id.starts_with("CVE-")).map(|id| (*id).clone()),
        aliases: ids.into_iter().filter(|id| **id != vulnerability_key).cloned().collect(),
        cwes: cwes.into_iter().collect(),
        cvss_metric: vector.map(|vector| vector.text.clone()),
        cvss_score: score,
        description: text(|f| f.description.as_ref()).or(heading).unwrap_or_else(|| title.clone()),
        reference: text(|f| f.references.as_ref()),
        solution: text(|f| f.recommendation.as_ref()),
        epss_score: group.iter().filter_map(|f| f.epss_score).reduce(f64::max),
        epss_percentile: group.iter().filter_map(|f| f.epss_percentile).reduce(f64::max),
        external_url: Some(told.url.clone()),
        matched_by: told.matched_by.clone(),
        package,
        ..Detail::default()
    };
    let findings = group
        .iter()
        .map(|f| Found {
            component: f.component.clone(),
            vulnerability: f.flaw.clone(),
            pair: f.pair.clone(),
        })
        .collect();
    let known_exploited = group.iter().any(|f| f.known_exploited);
    Some(Gathered { component_key, vulnerability_key, severity, title, detail, known_exploited, findings })
}
