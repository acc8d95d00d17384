//! The order of dpkg (deb-version(7)): epoch, upstream version, revision.

use std::cmp::Ordering;

use crate::number::{Number, epoch, leading, padded, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    epoch: Number,
    upstream: Part,
    revision: Part,
}

/// Texts and the numbers behind them in turns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Part(Vec<(Text, Number)>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Text(Box<str>);

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let (epoch, rest) = epoch(text.trim());
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Version { epoch, upstream: Part::parse(upstream), revision: Part::parse(revision) }
    }
}

impl Part {
    fn parse(mut rest: &str) -> Part {
        let mut pairs = Vec::new();
        while !rest.is_empty() {
            let (text, after) = run(rest, |c| !c.is_ascii_digit());
            let number;
            (number, rest) = leading(after);
            pairs.push((Text(text.into()), number));
        }
        // Zero is the same as nothing.
        pairs.pop_if(|(text, number)| text.0.is_empty() && number.is_zero());
        Part(pairs)
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &(Text::default(), Number::ZERO))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The tilde sorts before the end of the text, and letters before everything else.
fn place(c: Option<char>) -> (u8, Option<char>) {
    match c {
        Some('~') => (0, None),
        None => (1, None),
        Some(c) if c.is_ascii_alphabetic() => (2, Some(c)),
        Some(c) => (3, Some(c)),
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.chars(), other.0.chars());
        loop {
            let (one, two) = (a.next(), b.next());
            let order = place(one).cmp(&place(two));
            if order.is_ne() || one.is_none() {
                return order;
            }
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
