//! The match decision: does an advisory concern a package version, and why.

use versions::Scheme;

use crate::{Affected, Package};

/// Why a package version is affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// In words: the range or the version that matched.
    pub reason: String,
    /// The smallest version above in which it is fixed.
    pub fixed: Option<String>,
}

impl Affected {
    /// Whether the package version is affected, by the evaluation algorithm of the OSV schema:
    /// named among the versions, or within a range.
    ///
    /// Ecosystems whose order is unknown match named versions only. Without a version nothing matches.
    pub fn matches(&self, package: &Package) -> Option<Match> {
        if self.ecosystem != package.ecosystem || self.name != package.name {
            return None;
        }
        let text = package.version.as_deref()?;
        let scheme = Scheme::for_ecosystem(&self.ecosystem);
        let parsed = scheme.map(|scheme| (scheme, scheme.parse(text)));
        let range = parsed
            .as_ref()
            .and_then(|(scheme, version)| self.ranges.iter().find(|range| range.contains(*scheme, version)));
        let reason = match range {
            Some(range) => describe(range),
            // npm advisories of old list versions beside SEMVER ranges that say the same better.
            None if self.versions.iter().any(|named| named == text) => format!("= {text}"),
            None => return None,
        };
        Some(Match { reason, fixed: first_fixed([self], text) })
    }
}

fn describe(range: &versions::Range) -> String {
    let parts: Vec<String> = range
        .events
        .iter()
        .map(|event| match event {
            versions::Event::Introduced(at) => format!(">= {at}"),
            versions::Event::Fixed(at) => format!("< {at}"),
            versions::Event::LastAffected(at) => format!("<= {at}"),
            versions::Event::Limit(at) => format!("< {at}"),
        })
        .collect();
    parts.join(", ")
}

/// The smallest version above `version` in which all of these are fixed, as far as one is named.
pub fn first_fixed<'a>(affected: impl IntoIterator<Item = &'a Affected>, version: &str) -> Option<String> {
    let mut best: Option<(versions::Version, &str)> = None;
    for entry in affected {
        let scheme = Scheme::for_ecosystem(&entry.ecosystem)?;
        let present = scheme.parse(version);
        for fixed in entry.ranges.iter().flat_map(versions::Range::fixed) {
            let parsed = scheme.parse(fixed);
            if parsed > present && best.as_ref().is_none_or(|(smallest, _)| parsed < *smallest) {
                best = Some((parsed, fixed));
            }
        }
    }
    best.map(|(_, text)| text.to_owned())
}
