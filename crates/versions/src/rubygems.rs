//! The order of RubyGems (`Gem::Version`): numbers and words, words before numbers.

use std::cmp::Ordering;

use crate::number::{Number, leading, padded, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Version(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Segment {
    Word(Box<str>),
    Number(Number),
}

const ZERO: Segment = Segment::Number(Number::ZERO);

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let mut segments = Vec::new();
        let mut released = true;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word;
            if first.is_ascii_digit() {
                let number;
                (number, rest) = leading(rest);
                segments.push(Segment::Number(number));
                continue;
            } else if first.is_alphabetic() {
                (word, rest) = run(rest, char::is_alphabetic);
            } else {
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                if first != '-' {
                    continue;
                }
                word = "pre";
            }
            // Zeros do not count at the end, nor before the first word.
            if std::mem::take(&mut released) {
                trim(&mut segments);
            }
            segments.push(Segment::Word(word.into()));
        }
        trim(&mut segments);
        Version(segments)
    }
}

fn trim(segments: &mut Vec<Segment>) {
    while segments.last() == Some(&ZERO) {
        segments.pop();
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &ZERO)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
