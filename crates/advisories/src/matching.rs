//! The match decision: does an advisory concern a package version, and why.

use versions::{Event, Range, Scheme, Version};

use crate::package::release::{Fit, fit, has_releases};
use crate::{Affected, Package};

/// Why a package version is affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// In words: the interval that holds the version (`>= 2.0, < 2.0.5`, or `every version`) or the
    /// version that is named (`= 2.0`), and the release of the distribution that the advisory is for.
    pub reason: String,
    /// The order of versions that decided (see [`Scheme::name`]); none where the advisory names the
    /// version as the package writes it.
    pub order: Option<&'static str>,
    /// The fix that ends the interval, else the smallest version above in which it is fixed.
    pub fixed: Option<String>,
}

impl Affected {
    /// Whether the package version is affected, by the evaluation algorithm of the OSV schema:
    /// within a range, or named among the versions. An advisory for one release of a distribution
    /// concerns packages of that release, and those whose release is not known: the reason says so.
    ///
    /// Ecosystems whose order is unknown match named versions only. Without a version nothing matches.
    pub fn matches(&self, package: &Package) -> Option<Match> {
        if self.ecosystem != package.ecosystem || self.name != package.name {
            return None;
        }
        let text = package.version.as_deref()?;
        let fit = fit(&self.ecosystem, self.suffix.as_deref(), package.release.as_deref(), text);
        if fit == Fit::Other {
            return None;
        }
        let scheme = Scheme::for_ecosystem(&self.ecosystem);
        let parsed = scheme.map(|scheme| (scheme, scheme.parse(text)));
        let by_order = parsed.as_ref().and_then(|(scheme, version)| self.by_order(*scheme, version, text));
        let mut found = match by_order {
            Some(found) => found,
            // OSV compares texts; the same version written otherwise is tried last, by the order.
            None if self.versions.iter().any(|named| named == text) => {
                Match { reason: format!("= {text}"), order: None, fixed: first_fixed([self], text) }
            }
            None => {
                let (scheme, version) = parsed.as_ref()?;
                let named = self.versions.iter().find(|named| scheme.parse(named) == *version)?;
                let order = Some(scheme.name());
                Match { reason: format!("= {named}"), order, fixed: first_fixed([self], text) }
            }
        };
        if let (Some(suffix), true) = (&self.suffix, has_releases(&self.ecosystem)) {
            let unknown = if fit == Fit::Unknown { "; the release of the package is not known" } else { "" };
            found.reason.push_str(&format!(" ({}:{suffix}{unknown})", self.ecosystem));
        }
        Some(found)
    }

    fn by_order(&self, scheme: Scheme, version: &Version, text: &str) -> Option<Match> {
        let range = self.ranges.iter().find(|range| range.contains(scheme, version))?;
        let (reason, fixed) = interval(range, scheme, version);
        let fixed = fixed.or_else(|| first_fixed([self], text));
        Some(Match { reason, order: Some(scheme.name()), fixed })
    }

    /// The same decisions in fewer words: without the named versions that a range holds anyway, and
    /// without what is said twice.
    pub fn compact(mut self) -> Affected {
        let mut ranges: Vec<Range> = Vec::with_capacity(self.ranges.len());
        for range in self.ranges {
            if !range.events.is_empty() && !ranges.contains(&range) {
                ranges.push(range);
            }
        }
        self.ranges = ranges;
        let scheme = Scheme::for_ecosystem(&self.ecosystem);
        let mut seen = std::collections::HashSet::with_capacity(self.versions.len());
        self.versions.retain(|named| {
            let held = scheme.is_some_and(|scheme| {
                let version = scheme.parse(named);
                self.ranges.iter().any(|range| range.contains(scheme, &version))
            });
            !held && seen.insert(named.clone())
        });
        self
    }
}

/// The interval of a range that holds the version, in words, and the fix that ends it.
fn interval(range: &Range, scheme: Scheme, version: &Version) -> (String, Option<String>) {
    let mut since: Option<(Version, &str, &str)> = None;
    let mut until: Option<(Version, &Event)> = None;
    let mut limit: Option<(Version, &str)> = None;
    for event in &range.events {
        match event {
            Event::Introduced(at) if at == "0" => {}
            Event::Introduced(at) | Event::After(at) => {
                let sign = if matches!(event, Event::After(_)) { ">" } else { ">=" };
                let parsed = scheme.parse(at);
                if parsed <= *version && since.as_ref().is_none_or(|(latest, ..)| parsed > *latest) {
                    since = Some((parsed, sign, at));
                }
            }
            Event::Fixed(at) | Event::LastAffected(at) => {
                let parsed = scheme.parse(at);
                let above =
                    if matches!(event, Event::Fixed(_)) { parsed > *version } else { parsed >= *version };
                if above && until.as_ref().is_none_or(|(first, _)| parsed < *first) {
                    until = Some((parsed, event));
                }
            }
            Event::Limit(at) if at == "*" => {}
            Event::Limit(at) => {
                let parsed = scheme.parse(at);
                if parsed > *version && limit.as_ref().is_none_or(|(first, _)| parsed < *first) {
                    limit = Some((parsed, at));
                }
            }
        }
    }
    let mut words = Vec::with_capacity(3);
    words.extend(since.map(|(_, sign, at)| format!("{sign} {at}")));
    let mut fixed = None;
    match until {
        Some((end, _)) if limit.as_ref().is_some_and(|(limit, _)| *limit < end) => {
            words.extend(limit.map(|(_, at)| format!("< {at}")));
        }
        Some((_, Event::Fixed(at))) => {
            words.push(format!("< {at}"));
            fixed = Some(at.clone());
        }
        Some((_, Event::LastAffected(at))) => words.push(format!("<= {at}")),
        _ => words.extend(limit.map(|(_, at)| format!("< {at}"))),
    }
    if words.is_empty() {
        words.push("every version".to_owned());
    }
    (words.join(", "), fixed)
}

/// The smallest version above `version` in which all of these are fixed, as far as one is named.
pub fn first_fixed<'a>(affected: impl IntoIterator<Item = &'a Affected>, version: &str) -> Option<String> {
    let mut best: Option<(Version, &str)> = None;
    for entry in affected {
        let Some(scheme) = Scheme::for_ecosystem(&entry.ecosystem) else { continue };
        let present = scheme.parse(version);
        for fixed in entry.ranges.iter().flat_map(Range::fixed) {
            let parsed = scheme.parse(fixed);
            if parsed > present && best.as_ref().is_none_or(|(smallest, _)| parsed < *smallest) {
                best = Some((parsed, fixed));
            }
        }
    }
    best.map(|(_, text)| text.to_owned())
}
