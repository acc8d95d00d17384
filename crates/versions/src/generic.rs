//! A tolerant order for versions of no ecosystem, as CPE names have them: numbers, words that come
//! before the release, and words that come behind it (`1.0rc1` < `1.0` = `1.0.0` < `1.0a` < `1.0.1`).

use std::cmp::Ordering;

use crate::number::{Number, leading, padded, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Version(Vec<Part>);

/// The parts of a version in their order; zero is the same as nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    /// A word that comes before the release, by its place.
    Before(u8),
    Zero,
    /// Any other word: a letter, a patch, somebody's build.
    Word(Box<str>),
    Number(Number),
}

/// Words before the release.
const BEFORE: [(&str, u8); 20] = [
    ("dev", 0),
    ("devel", 0),
    ("snapshot", 0),
    ("nightly", 0),
    ("canary", 0),
    ("alpha", 1),
    ("beta", 2),
    ("milestone", 3),
    ("ea", 4),
    ("next", 4),
    ("pre", 4),
    ("prerelease", 4),
    ("preview", 4),
    ("rc", 5),
    ("cr", 5),
    ("candidate", 5),
    // Only with a number directly behind them: `1.0.2a` is a later 1.0.2.
    ("a", 1),
    ("b", 2),
    ("m", 3),
    ("c", 5),
];

/// Words that say nothing.
const SILENT: [&str; 6] = ["final", "ga", "release", "stable", "v", "version"];

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first.is_ascii_digit() {
                let number;
                (number, rest) = leading(rest);
                parts.push(if number.is_zero() { Part::Zero } else { Part::Number(number) });
            } else if first.is_alphabetic() {
                let word;
                (word, rest) = run(rest, char::is_alphabetic);
                let numbered = rest.starts_with(|c: char| c.is_ascii_digit());
                let word = word.to_lowercase();
                if SILENT.contains(&word.as_str()) {
                    continue;
                }
                let known = BEFORE.iter().find(|(name, _)| *name == word);
                if let Some((_, place)) = known.filter(|(name, _)| name.len() > 1 || numbered) {
                    // `1.0.0-rc1` is `1-rc1`.
                    trim(&mut parts);
                    parts.push(Part::Before(*place));
                } else {
                    parts.push(Part::Word(word.into()));
                }
            } else {
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        trim(&mut parts);
        Version(parts)
    }
}

fn trim(parts: &mut Vec<Part>) {
    while parts.last() == Some(&Part::Zero) {
        parts.pop();
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &Part::Zero)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
