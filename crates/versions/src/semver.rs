//! Semantic Versioning 2.0.0 (semver.org), read tolerantly: a leading `v`, missing parts, numbers
//! of any size. Whatever follows the last number without a hyphen counts as build metadata.

use crate::number::{Number, digits_end};

/// How an ecosystem departs from the standard.
pub(crate) struct Rules {
    /// Numbers before the pre-release; three, or less.
    parts: usize,
    /// Whether upper and lower case are the same.
    fold_case: bool,
    /// Whether build metadata order as pre-releases do, behind the version without any.
    build: bool,
}

pub(crate) const SEMVER: Rules = Rules { parts: 3, fold_case: false, build: false };
/// <https://learn.microsoft.com/nuget/concepts/package-versioning>
pub(crate) const NUGET: Rules = Rules { parts: 4, fold_case: true, build: false };
/// <https://pub.dev/packages/pub_semver>
pub(crate) const PUB: Rules = Rules { parts: 3, fold_case: false, build: true };

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    core: [Number; 4],
    stage: Stage,
    build: Vec<Identifier>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    Before(Vec<Identifier>),
    Release,
}

/// Numeric identifiers sort below the others (semver.org §11.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Text(Box<str>),
}

impl Version {
    pub(crate) fn parse(text: &str, rules: &Rules) -> Version {
        if rules.fold_case && text.bytes().any(|b| !b.is_ascii() || b.is_ascii_uppercase()) {
            return Version::read(&text.to_lowercase(), rules);
        }
        Version::read(text, rules)
    }

    fn read(text: &str, rules: &Rules) -> Version {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
        let (text, metadata) = text.split_once('+').unwrap_or((text, ""));
        let mut core = [const { Number::ZERO }; 4];
        let mut rest = text;
        for (at, part) in core.iter_mut().take(rules.parts).enumerate() {
            if at > 0 {
                match rest.strip_prefix('.') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            let (digits, after) = rest.split_at(digits_end(rest));
            *part = Number::parse(digits).unwrap_or_default();
            rest = after;
            if digits.is_empty() {
                break;
            }
        }
        // `1.0.0rc1` means a release candidate too, though the hyphen is missing.
        let (extra, before) = match rest.split_once('-') {
            Some(("", before)) => ("", before),
            Some((extra, before)) if extra.starts_with('.') => (extra, before),
            _ if rest.starts_with('.') => (rest, ""),
            _ => ("", rest),
        };
        let stage =
            if before.is_empty() { Stage::Release } else { Stage::Before(identifiers(before).collect()) };
        let build = if rules.build {
            let extra = extra.strip_prefix('.').unwrap_or(extra);
            [extra, metadata].into_iter().filter(|text| !text.is_empty()).flat_map(identifiers).collect()
        } else {
            Vec::new()
        };
        Version { core, stage, build }
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = Identifier> {
    text.split('.').map(|part| match Number::parse(part).filter(|_| !part.is_empty()) {
        Some(number) => Identifier::Number(number),
        None => Identifier::Text(part.into()),
    })
}
