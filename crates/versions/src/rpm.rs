//! The order of RPM (`rpmvercmp`): epoch, version, release.

use crate::number::{Number, epoch, leading, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    epoch: Number,
    version: Vec<Part>,
    /// None sorts before every release.
    release: Option<Vec<Part>>,
}

/// The parts of a version in their order; separators only part them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Tilde,
    /// Every version ends with it.
    End,
    Caret,
    Word(Box<str>),
    Number(Number),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let (epoch, rest) = epoch(text.trim());
        let (version, release) = match rest.split_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        Version { epoch, version: parts(version), release: release.map(parts) }
    }
}

fn parts(mut rest: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let number;
            (number, rest) = leading(rest);
            parts.push(Part::Number(number));
        } else if first.is_ascii_alphabetic() {
            let word;
            (word, rest) = run(rest, |c| c.is_ascii_alphabetic());
            parts.push(Part::Word(word.into()));
        } else {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            match first {
                '~' => parts.push(Part::Tilde),
                '^' => parts.push(Part::Caret),
                _ => {}
            }
        }
    }
    parts.push(Part::End);
    parts
}
