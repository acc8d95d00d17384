//! The order of apk: `number{.number}{letter}{_suffix{number}}{~hash}{-r#}` (apk-package(5)). What
//! does not fit sorts before the same version without it.

use crate::number::{Number, digits_end, leading, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    parts: Vec<Part>,
    revision: Number,
    rest: Rest,
}

/// The parts of a version in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    /// A suffix before the release, by its place.
    Before(usize, Number),
    /// The parts of every version end with it.
    End,
    /// A suffix behind the release, by its place.
    Behind(usize, Number),
    Letter(char),
    /// A number with a leading zero is one behind a decimal point.
    Fraction(Box<str>),
    Number(Number),
}

const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const BEHIND: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// What apk cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Rest {
    /// Behind a hyphen its text does not matter.
    Hyphen,
    Text(Box<str>),
    Nothing,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            let number;
            (number, rest) = leading(rest);
            parts.push(Part::Number(number));
            while let Some(after) = rest.strip_prefix('.').filter(|after| digits_end(after) > 0) {
                let (digits, after) = after.split_at(digits_end(after));
                rest = after;
                parts.push(match Number::parse(digits).filter(|_| !digits.starts_with('0')) {
                    Some(number) => Part::Number(number),
                    None => Part::Fraction(digits.into()),
                });
            }
        }
        if let Some(letter) = rest.chars().next().filter(char::is_ascii_lowercase) {
            parts.push(Part::Letter(letter));
            rest = rest.get(1..).unwrap_or_default();
        }
        while let Some((part, after)) = suffix(rest) {
            parts.push(part);
            rest = after;
        }
        parts.push(Part::End);
        if let Some(after) = rest.strip_prefix('~') {
            // Hashes have no order.
            rest = run(after, |c| c.is_ascii_hexdigit()).1;
        }
        let hyphen = rest.starts_with('-');
        let (revision, rest) = match rest.strip_prefix("-r") {
            Some(after) => leading(after),
            None => (Number::ZERO, rest),
        };
        let rest = match rest {
            "" => Rest::Nothing,
            _ if hyphen => Rest::Hyphen,
            _ => Rest::Text(rest.into()),
        };
        Version { parts, revision, rest }
    }
}

fn suffix(text: &str) -> Option<(Part, &str)> {
    let (word, rest) = run(text.strip_prefix('_')?, |c| c.is_ascii_lowercase());
    let (number, rest) = leading(rest);
    let place = |words: &[&str]| words.iter().position(|known| *known == word);
    let part = match place(&BEFORE) {
        Some(place) => Part::Before(place, number),
        None => Part::Behind(place(&BEHIND)?, number),
    };
    Some((part, rest))
}
