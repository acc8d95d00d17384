//! Maven's version order, as its POM reference specifies it ("Version Order Specification").
//!
//! There a missing token counts as whatever is neutral beside its counterpart, which goes in circles:
//! `1` < `1-1` < `1.0.rc` < `1`. Here what is missing has one place, behind the words before a release,
//! and zeros before such a word belong to the word.

use crate::number::{Number, digits_end};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version(Vec<Token>);

/// The tokens of a version in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Token {
    /// A word before the release: how it is joined, and its place among those words.
    Before(Joint, usize),
    /// Every version ends with it.
    End,
    /// The release itself.
    Release,
    /// Any other word, and whether it is behind a hyphen. None is `sp`.
    Word(bool, Option<Box<str>>),
    /// A number behind a hyphen, or a change from letters to digits.
    Hyphen(Number),
    /// A number behind a dot, or the first one.
    Dot(Number),
}

/// What is before a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Joint {
    Dot,
    Hyphen,
    /// So many null tokens and a dot.
    Nulls(usize),
}

const BEFORE: [&str; 5] = ["alpha", "beta", "milestone", "rc", "snapshot"];

impl Token {
    fn new(text: &str, hyphen: bool, before_digit: bool) -> Token {
        match Number::parse(text) {
            Some(number) if hyphen => return Token::Hyphen(number),
            Some(number) => return Token::Dot(number),
            None => {}
        }
        let word = text.to_lowercase();
        let word = match word.as_str() {
            "a" if before_digit => "alpha",
            "b" if before_digit => "beta",
            "m" if before_digit => "milestone",
            "cr" => "rc",
            "final" | "ga" | "release" => return Token::Release,
            "sp" => return Token::Word(hyphen, None),
            word => word,
        };
        match BEFORE.iter().position(|known| *known == word) {
            Some(place) if hyphen => Token::Before(Joint::Hyphen, place),
            Some(place) => Token::Before(Joint::Dot, place),
            None => Token::Word(hyphen, Some(word.into())),
        }
    }

    /// Zero and the release itself mean nothing at the end and before a hyphen.
    fn is_null(&self) -> bool {
        match self {
            Token::Hyphen(number) | Token::Dot(number) => number.is_zero(),
            Token::Release => true,
            _ => false,
        }
    }
}

impl Version {
    /// Tokens are what is between dots, hyphens and changes from digits to letters, which count as
    /// hyphens. An empty one is zero.
    pub(crate) fn parse(text: &str) -> Version {
        let mut tokens = Vec::new();
        let mut rest = Some((text.trim(), false));
        while let Some((text, hyphen)) = rest {
            let end = match digits_end(text) {
                0 => text.find(|c: char| c == '.' || c == '-' || c.is_ascii_digit()).unwrap_or(text.len()),
                end => end,
            };
            let (piece, after) = text.split_at(end);
            let next = after.chars().next();
            let mut token = Token::new(piece, hyphen, next.is_some_and(|c| c.is_ascii_digit()));
            if hyphen {
                trim(&mut tokens);
            } else if let Token::Before(joint, _) = &mut token {
                let nulls = trim(&mut tokens);
                if nulls > 0 {
                    *joint = Joint::Nulls(nulls);
                }
            }
            tokens.push(token);
            rest = match next {
                None => None,
                Some(sign @ ('.' | '-')) => Some((after.get(1..).unwrap_or_default(), sign == '-')),
                Some(_) => Some((after, true)),
            };
        }
        trim(&mut tokens);
        tokens.push(Token::End);
        Version(tokens)
    }
}

/// Removes null tokens at the end, but for the first of all, and counts them.
fn trim(tokens: &mut Vec<Token>) -> usize {
    let before = tokens.len();
    while tokens.len() > 1 && tokens.last().is_some_and(Token::is_null) {
        tokens.pop();
    }
    before - tokens.len()
}
