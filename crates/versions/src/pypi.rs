//! PEP 440. What it refuses sorts before everything else, in the order that setuptools had before
//! the standard (`pkg_resources`): OSV's own rule for PyPI.

use crate::number::{Number, digits_end, leading, run};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Version {
    Legacy(Vec<Part>),
    Standard(Box<Standard>),
}

/// A version of the standard, its fields in the order in which they decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Standard {
    epoch: Number,
    /// Without zeros at the end.
    release: Vec<Number>,
    stage: Stage,
    post: Option<Number>,
    dev: Dev,
    local: Option<Vec<Local>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    /// A development release of nothing before the final release.
    Dev,
    /// Alpha, beta, candidate.
    Before(u8, Number),
    Final,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Dev {
    Dev(Number),
    Not,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Local {
    Text(Box<str>),
    Number(Number),
}

/// A part of a version in the old order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    Word(Box<str>),
    Number(Number),
}

/// Spellings of the stages before a release; the longer ones first.
const STAGES: [(&str, u8); 8] =
    [("alpha", 0), ("a", 0), ("beta", 1), ("b", 1), ("preview", 2), ("pre", 2), ("c", 2), ("rc", 2)];
const POSTS: [(&str, u8); 3] = [("post", 0), ("rev", 0), ("r", 0)];
const DEVS: [(&str, u8); 1] = [("dev", 0)];

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let text = text.to_lowercase();
        match standard(text.trim()) {
            Some(version) => Version::Standard(Box::new(version)),
            None => Version::Legacy(legacy(&text)),
        }
    }
}

/// Reads a version as PEP 440 has it (appendix B), in lower case.
fn standard(text: &str) -> Option<Standard> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (epoch, mut rest) = match text.split_once('!') {
        Some((epoch, rest)) if !epoch.is_empty() => (Number::parse(epoch)?, rest),
        _ => (Number::ZERO, text),
    };
    let mut release = Vec::new();
    let mut at = Some(rest);
    while let Some(digits) = at.filter(|text| digits_end(text) > 0) {
        let number;
        (number, rest) = leading(digits);
        release.push(number);
        at = rest.strip_prefix('.');
    }
    if release.is_empty() {
        return None;
    }
    while release.last().is_some_and(Number::is_zero) {
        release.pop();
    }
    let (before, rest) = label(rest, &STAGES).map_or((None, rest), |(label, rest)| (Some(label), rest));
    // `1.0-1` is a post release too.
    let implicit = rest.strip_prefix('-').filter(|after| digits_end(after) > 0);
    let (post, rest) = match (implicit.map(leading), label(rest, &POSTS)) {
        (Some((number, rest)), _) | (None, Some(((_, number), rest))) => (Some(number), rest),
        (None, None) => (None, rest),
    };
    let (dev, rest) = match label(rest, &DEVS) {
        Some(((_, number), rest)) => (Dev::Dev(number), rest),
        None => (Dev::Not, rest),
    };
    let local = match rest.strip_prefix('+') {
        Some(local) => Some(local.split(['-', '_', '.']).map(Local::parse).collect::<Option<Vec<Local>>>()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    let stage = match (before, &post, &dev) {
        (Some((stage, number)), _, _) => Stage::Before(stage, number),
        (None, None, Dev::Dev(_)) => Stage::Dev,
        _ => Stage::Final,
    };
    Some(Standard { epoch, release, stage, post, dev, local })
}

/// A label with its number, and a separator before each that does not matter.
fn label<'a>(text: &'a str, names: &[(&str, u8)]) -> Option<((u8, Number), &'a str)> {
    let unseparated = |text: &'a str| text.strip_prefix(['-', '_', '.']).unwrap_or(text);
    let text = unseparated(text);
    let (place, rest) = names.iter().find_map(|(name, place)| Some((*place, text.strip_prefix(name)?)))?;
    let (number, rest) = leading(unseparated(rest));
    Some(((place, number), rest))
}

impl Local {
    fn parse(text: &str) -> Option<Local> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        Some(Number::parse(text).map_or_else(|| Local::Text(text.into()), Local::Number))
    }
}

/// The parts of a version in the old order: words sort below numbers, `dev` below all, and zeros
/// before a word do not count.
fn legacy(text: &str) -> Vec<Part> {
    let is_word = |part: Option<&Part>, text: &str| matches!(part, Some(Part::Word(word)) if **word == *text);
    let mut parts: Vec<Part> = Vec::new();
    for token in tokens(text).map(old_name).chain(["final"]) {
        if token == "." {
            continue;
        }
        if let Some(number) = Number::parse(token) {
            parts.push(Part::Number(number));
            continue;
        }
        if token < "final" {
            while is_word(parts.last(), "final-") {
                parts.pop();
            }
        }
        while parts.last() == Some(&Part::Number(Number::ZERO)) {
            parts.pop();
        }
        parts.push(Part::Word(token.into()));
    }
    parts
}

fn old_name(part: &str) -> &str {
    match part {
        "pre" | "preview" | "rc" => "c",
        "-" => "final-",
        "dev" => "@",
        other => other,
    }
}

/// Runs of digits, runs of letters, and everything between, a piece each.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        '0'..='9' => 0,
        'a'..='z' => 1,
        '.' => 2,
        '-' => 3,
        _ => 4,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (token, after) = match first {
            '.' | '-' => rest.split_at(1),
            _ => run(rest, |c| kind(c) == kind(first)),
        };
        rest = after;
        Some(token)
    })
}
