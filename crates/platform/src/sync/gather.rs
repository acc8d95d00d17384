//! From the findings of Dependency-Track to the issues they mean: one for each component and flaw,
//! however many names the flaw has and however often the component is listed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use advisories::{Groups, cvss, primary};
use dependency_track as dt;

use crate::issue::{Detail, Pair, SEVERITIES};

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
    pub findings: Vec<Found>,
}

/// Its place among the severities: 0 is the worst.
pub(super) fn rank(severity: &str) -> i64 {
    let at = SEVERITIES.iter().position(|known| *known == severity).unwrap_or(SEVERITIES.len() - 1);
    i64::try_from(at).unwrap_or_default()
}

/// Canonical purl; without one the CPE; else group, name and version.
fn component_key(component: &dt::FindingComponent) -> String {
    if let Some(purl) = component.purl.as_deref() {
        return advisories::canonical_purl(purl).unwrap_or_else(|_| purl.to_owned());
    }
    if let Some(cpe) = &component.cpe {
        return cpe.clone();
    }
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}:{}:{}", part(&component.group), component.name, part(&component.version))
}

/// Groups findings into issues.
pub(super) fn gather(findings: &[dt::Finding], base_url: &str) -> Vec<Gathered> {
    let mut groups = Groups::default();
    let ids: Vec<BTreeSet<String>> = findings
        .iter()
        .map(|finding| {
            let mut ids: BTreeSet<String> = finding.vulnerability.ids();
            ids.insert(finding.vulnerability.vuln_id.clone());
            groups.join(ids.iter().map(String::as_str));
            ids
        })
        .collect();
    // The name of a group is found once for each vulnerability, not once for each finding.
    let mut names: HashMap<String, String> = HashMap::new();
    let mut members: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let own = &finding.vulnerability.vuln_id;
        let name = match names.get(own) {
            Some(name) => name.clone(),
            None => {
                let all = groups.of(own);
                let name = primary(all.iter().map(String::as_str)).unwrap_or(own).to_owned();
                for id in all {
                    names.insert(id, name.clone());
                }
                name
            }
        };
        members.entry((component_key(&finding.component), name)).or_default().push(at);
    }
    members
        .into_iter()
        .filter_map(|((component_key, vulnerability_key), at)| {
            let group: Vec<&dt::Finding> = at.iter().filter_map(|at| findings.get(*at)).collect();
            let all: BTreeSet<String> = at.iter().filter_map(|at| ids.get(*at)).flatten().cloned().collect();
            issue(component_key, vulnerability_key, &group, all, base_url)
        })
        .collect()
}

fn issue(
    component_key: String,
    vulnerability_key: String,
    group: &[&dt::Finding],
    ids: BTreeSet<String>,
    base_url: &str,
) -> Option<Gathered> {
    // The record with the name people know tells the story; else the first one.
    let told = group.iter().find(|f| f.vulnerability.vuln_id == vulnerability_key).or(group.first())?;
    let component = &told.component;
    let vectors: Vec<cvss::Vector> = group
        .iter()
        .flat_map(|f| {
            [
                &f.vulnerability.cvss_v4_vector,
                &f.vulnerability.cvss_v3_vector,
                &f.vulnerability.cvss_v2_vector,
            ]
        })
        .filter_map(|vector| cvss::Vector::parse(vector.as_deref()?).ok())
        .collect();
    let vector = cvss::most_telling(&vectors);
    let given = group
        .iter()
        .flat_map(|f| {
            [
                f.vulnerability.cvss_v4_score,
                f.vulnerability.cvss_v3_base_score,
                f.vulnerability.cvss_v2_base_score,
            ]
        })
        .flatten()
        .reduce(f64::max);
    let score = vector.map(cvss::Vector::score).or(given);
    let severity = match score {
        Some(score) => of_score(score),
        None => {
            group.iter().map(|f| of_word(f.vulnerability.severity.as_ref())).min_by_key(|word| rank(word))?
        }
    };
    let text = |pick: fn(&dt::Vulnerability) -> Option<&String>| {
        pick(&told.vulnerability).or_else(|| group.iter().find_map(|f| pick(&f.vulnerability))).cloned()
    };
    let package = match &component.group {
        Some(group) => format!("{group}/{}", component.name),
        None => component.name.clone(),
    };
    let version = component.version.clone().unwrap_or_default();
    let heading = text(|v| v.title.as_ref());
    let title = match &heading {
        Some(title) => format!("{vulnerability_key}: {title}"),
        None => format!("{vulnerability_key} in {package} {version}"),
    };
    let cwes: BTreeSet<u32> = group
        .iter()
        .flat_map(|f| &f.vulnerability.cwes)
        .filter_map(|cwe| u32::try_from(cwe.cwe_id?).ok())
        .collect();
    let detail = Detail {
        purl: component.purl.clone(),
        affected_version: version,
        vulnerability_id: vulnerability_key.clone(),
        source: told.vulnerability.source.clone(),
        cve: ids.iter().find(|id| id.starts_with("CVE-")).cloned(),
        aliases: ids.iter().filter(|id| **id != vulnerability_key).cloned().collect(),
        cwes: cwes.into_iter().collect(),
        cvss_metric: vector.map(|vector| vector.text.clone()),
        cvss_score: score,
        description: text(|v| v.description.as_ref()).or(heading).unwrap_or_else(|| title.clone()),
        reference: text(|v| v.references.as_ref()),
        solution: text(|v| v.recommendation.as_ref()),
        epss_score: group.iter().filter_map(|f| f.vulnerability.epss_score).reduce(f64::max),
        epss_percentile: group.iter().filter_map(|f| f.vulnerability.epss_percentile).reduce(f64::max),
        external_url: Some(format!("{base_url}/projects/{}/findings", component.project)),
        package,
    };
    let findings = group
        .iter()
        .map(|f| Found {
            component: f.component.uuid.to_string(),
            vulnerability: f.vulnerability.uuid.to_string(),
            pair: Pair::new(f.analysis.state().as_str(), f.analysis.suppressed),
        })
        .collect();
    Some(Gathered { component_key, vulnerability_key, severity, title, detail, findings })
}

/// The platform's own bands (platform rules, "Severity").
fn of_score(score: f64) -> &'static str {
    match score {
        s if s >= 9.0 => "CRITICAL",
        s if s >= 7.0 => "HIGH",
        s if s >= 4.0 => "MEDIUM",
        s if s > 0.0 => "LOW",
        _ => "NOTIFICATION",
    }
}

fn of_word(word: Option<&dt::Severity>) -> &'static str {
    match word.map(dt::Severity::as_str) {
        Some("CRITICAL") => "CRITICAL",
        Some("HIGH") => "HIGH",
        Some("MEDIUM") => "MEDIUM",
        Some("LOW") => "LOW",
        _ => "NOTIFICATION",
    }
}
