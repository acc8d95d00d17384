//! Maven's version order, as its POM reference specifies it ("Version Order Specification").

use std::cmp::Ordering;

use crate::number::{Number, digits_end};

#[derive(Debug, Clone)]
pub(crate) struct Version(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    hyphen: bool,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Number(Number),
    Word(Box<str>),
}

/// Words with a place of their own; an empty word is the release itself.
const WORDS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

impl Value {
    fn new(text: &str, before_digit: bool) -> Value {
        if let Some(number) = Number::parse(text) {
            return Value::Number(number);
        }
        let word = text.to_lowercase();
        Value::Word(match word.as_str() {
            "a" if before_digit => "alpha".into(),
            "b" if before_digit => "beta".into(),
            "m" if before_digit => "milestone".into(),
            "cr" => "rc".into(),
            "final" | "ga" | "release" => "".into(),
            _ => word.into(),
        })
    }

    /// Zero and the release itself mean nothing at the end of a version.
    fn is_null(&self) -> bool {
        match self {
            Value::Number(number) => number.is_zero(),
            Value::Word(word) => word.is_empty(),
        }
    }

    /// What a missing value counts as beside this one.
    fn null(&self) -> Value {
        match self {
            Value::Number(_) => Value::Number(Number::default()),
            Value::Word(_) => Value::Word("".into()),
        }
    }
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let mut tokens = tokens(text.trim());
        // Null values vanish at the end and before every hyphen.
        let mut at = tokens.len();
        while at > 1 {
            at -= 1;
            if tokens.get(at).is_some_and(|token| token.value.is_null()) {
                tokens.remove(at);
                continue;
            }
            while at > 0 && tokens.get(at).is_some_and(|token| !token.hyphen) {
                at -= 1;
            }
        }
        Version(tokens)
    }
}

/// Pieces between dots, hyphens and changes from digits to letters; such a change counts as a
/// hyphen, and an empty piece as zero.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut hyphen = false;
    loop {
        let end = match rest.chars().next() {
            Some(c) if c.is_ascii_digit() => digits_end(rest),
            _ => rest.find(|c: char| c == '.' || c == '-' || c.is_ascii_digit()).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        let next = after.chars().next();
        let value = Value::new(piece, next.is_some_and(|c| c.is_ascii_digit()));
        tokens.push(Token { hyphen, value });
        (rest, hyphen) = match next {
            None => return tokens,
            Some('.') => (after.get(1..).unwrap_or_default(), false),
            Some('-') => (after.get(1..).unwrap_or_default(), true),
            Some(_) => (after, true),
        };
    }
}

impl Token {
    /// `.qualifier` < `-qualifier` < `-number` < `.number`
    fn rank(&self) -> u8 {
        match (&self.value, self.hyphen) {
            (Value::Word(_), false) => 0,
            (Value::Word(_), true) => 1,
            (Value::Number(_), true) => 2,
            (Value::Number(_), false) => 3,
        }
    }

    fn compare(&self, other: &Token) -> Ordering {
        match (&self.value, &other.value) {
            (Value::Number(a), Value::Number(b)) if self.hyphen == other.hyphen => a.cmp(b),
            (Value::Word(a), Value::Word(b)) if self.hyphen == other.hyphen => {
                let place = |word: &str| WORDS.iter().position(|known| *known == word).unwrap_or(WORDS.len());
                place(a)
                    .cmp(&place(b))
                    .then_with(|| if place(a) == WORDS.len() { a.cmp(b) } else { Ordering::Equal })
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let padded = |token: &Token| Token { hyphen: token.hyphen, value: token.value.null() };
        for at in 0..self.0.len().max(other.0.len()) {
            let order = match (self.0.get(at), other.0.get(at)) {
                (Some(a), Some(b)) => a.compare(b),
                (Some(a), None) => a.compare(&padded(a)),
                (None, Some(b)) => padded(b).compare(b),
                (None, None) => Ordering::Equal,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}
