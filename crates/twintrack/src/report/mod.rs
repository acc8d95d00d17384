//! What a scan found, in the formats that people and tools read.

mod cyclonedx;
mod markdown;
mod sarif;
mod table;

pub use cyclonedx::cyclonedx;
pub use markdown::markdown;
pub use sarif::sarif;
pub use table::{Screen, table};

use std::collections::{BTreeMap, BTreeSet};

use analyzer::{Component, Finding, Scan};

/// Everything that is known, as JSON.
pub fn json(scan: &Scan) -> String {
    serde_json::to_string_pretty(scan).unwrap_or_default() + "\n"
}

/// How many findings there are of each severity, the worst first.
fn counts(scan: &Scan) -> Vec<(&'static str, usize)> {
    let levels = advisories::Severity::ALL.into_iter().map(advisories::Severity::as_str);
    levels
        .map(|level| (level, scan.findings.iter().filter(|finding| finding.severity == level).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// `1 component`, `2 components`
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A sentence that sums up, and one for each reason why there may be more than that:
/// `12 findings in 3 of 40 components: 1 critical, 11 high`
pub fn summary(scan: &Scan) -> Vec<String> {
    let affected: BTreeSet<_> = scan.findings.iter().map(|finding| key(&finding.component)).collect();
    let mut out = vec![match scan.findings.len() {
        0 => format!("No known vulnerabilities in {}", plural(scan.components, "component")),
        count => {
            let by_level: Vec<String> = counts(scan)
                .iter()
                .map(|(level, count)| format!("{count} {}", level.to_lowercase()))
                .collect();
            format!(
                "{} in {} of {}: {}",
                plural(count, "finding"),
                affected.len(),
                plural(scan.components, "component"),
                by_level.join(", ")
            )
        }
    }];
    if !scan.without_data.is_empty() {
        let list: Vec<String> = scan
            .without_data
            .iter()
            .map(|(ecosystem, count)| {
                let name = if ecosystem == "CPE" { "names of the CPE dictionary" } else { ecosystem };
                format!("{name} ({})", plural(*count, "component"))
            })
            .collect();
        out.push(format!("Not looked up, for want of vulnerability data: {}", list.join(", ")));
    }
    match scan.components.saturating_sub(scan.known) {
        0 => {}
        1 => out.push("1 component names no package that advisories could know".to_owned()),
        count => out.push(format!("{count} components name no package that advisories could know")),
    }
    out
}

/// What tells components apart.
fn key(component: &Component) -> impl Ord + '_ {
    (&component.purl, &component.cpe, &component.group, &component.name, &component.version)
}

/// `group/name`
fn full_name(finding: &Finding) -> String {
    match &finding.component.group {
        Some(group) => format!("{group}/{}", finding.component.name),
        None => finding.component.name.clone(),
    }
}

/// The first line of what is known.
fn headline(finding: &Finding) -> &str {
    let text = finding.title.as_deref().or(finding.description.as_deref()).unwrap_or_default();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_start_matches(['#', ' '])
}

/// A text of at most so many characters; what is cut off is marked.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// Documents come from anywhere: what would steer a terminal, or turn the direction of text, is shown as
/// a mark.
fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// Where people read more about a vulnerability.
fn link(id: &str) -> Option<String> {
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_'));
    let base = match source(id) {
        "NVD" => "https://nvd.nist.gov/vuln/detail/",
        "GitHub Advisories" => "https://github.com/advisories/",
        _ => "https://osv.dev/vulnerability/",
    };
    is_plain.then(|| format!("{base}{id}"))
}

/// Who gives out ids like this one.
fn source(id: &str) -> &'static str {
    match id {
        id if id.starts_with("CVE-") => "NVD",
        id if id.starts_with("GHSA-") => "GitHub Advisories",
        _ => "OSV",
    }
}

/// Texts by reference, each once: the references of a document need not be unique.
#[derive(Default)]
struct References(BTreeMap<String, usize>);

impl References {
    /// The text, with a number when it was given out before.
    fn unique(&mut self, text: String) -> String {
        let count = self.0.entry(text.clone()).or_default();
        *count += 1;
        match *count {
            1 => text,
            count => self.unique(format!("{text}#{count}")),
        }
    }
}
