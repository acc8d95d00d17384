//! Whole numbers of any length, as versions have them.

use std::cmp::Ordering;

/// A whole number: its digits without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Number(Box<str>);

impl Number {
    /// Reads a text of ASCII digits; none is zero.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| Number(text.trim_start_matches('0').into()))
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where the leading ASCII digits of a text end.
pub(crate) fn digits_end(text: &str) -> usize {
    text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len())
}
