//! The order of Composer's packages, which is that of PHP's `version_compare` without a leading `v`.

use crate::number::{Number, leading, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version(Vec<Part>);

/// The parts of a version in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    /// Any word that is not below. All are alike.
    Word,
    Dev,
    Alpha,
    Beta,
    Candidate,
    /// Every version ends with it.
    End,
    Number(Number),
    Patch,
}

/// What a word begins with, in this case only, and what it means.
const WORDS: [(&str, Part); 7] = [
    ("dev", Part::Dev),
    ("a", Part::Alpha),
    ("b", Part::Beta),
    ("RC", Part::Candidate),
    ("rc", Part::Candidate),
    ("p", Part::Patch),
    ("", Part::Word),
];

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let text = text.trim();
        let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut parts = Vec::new();
        while let Some(first) = rest.chars().next() {
            if first.is_ascii_digit() {
                let number;
                (number, rest) = leading(rest);
                parts.push(Part::Number(number));
            } else if is_separator(first) {
                rest = rest.get(1..).unwrap_or_default();
            } else {
                let word;
                (word, rest) = run(rest, |c| !c.is_ascii_digit() && !is_separator(c));
                // PHP's own mark for "some number" is worth nothing.
                if word.starts_with('#') {
                    continue;
                }
                let known = WORDS.iter().find(|(start, _)| word.starts_with(start));
                parts.extend(known.map(|(_, part)| part.clone()));
            }
        }
        parts.push(Part::End);
        Version(parts)
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_' | '+')
}
