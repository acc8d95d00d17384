//! Whole numbers of any length, as versions have them, and the cutting of texts into runs.

use std::cmp::Ordering;

/// A whole number. Leading zeros do not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Number {
    Small(u64),
    /// What does not fit above, and is therefore greater.
    Big(Digits),
}

/// Digits without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Digits(Box<str>);

impl Number {
    pub(crate) const ZERO: Number = Number::Small(0);

    /// Reads a text of ASCII digits; none is zero.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = text.trim_start_matches('0');
        Some(match digits.parse() {
            Ok(small) => Number::Small(small),
            Err(_) if digits.is_empty() => Number::ZERO,
            Err(_) => Number::Big(Digits(digits.into())),
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Number::ZERO
    }
}

impl Default for Number {
    fn default() -> Number {
        Number::ZERO
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where the leading ASCII digits of a text end.
pub(crate) fn digits_end(text: &str) -> usize {
    text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len())
}

/// The number at the start of a text (zero where there is none), and what follows it.
pub(crate) fn leading(text: &str) -> (Number, &str) {
    let (digits, rest) = text.split_at(digits_end(text));
    (Number::parse(digits).unwrap_or_default(), rest)
}

/// The leading characters of a text that belong together, and what follows them.
pub(crate) fn run(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// The epoch (`2` of `2:1.0`, zero where there is none), and what follows it.
pub(crate) fn epoch(text: &str) -> (Number, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() => match Number::parse(epoch) {
            Some(epoch) => (epoch, rest),
            None => (Number::ZERO, text),
        },
        _ => (Number::ZERO, text),
    }
}

/// Compares lists as if the shorter one went on with `missing` for ever.
pub(crate) fn padded<T: Ord>(a: &[T], b: &[T], missing: &T) -> Ordering {
    (0..a.len().max(b.len()))
        .map(|at| a.get(at).unwrap_or(missing).cmp(b.get(at).unwrap_or(missing)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
