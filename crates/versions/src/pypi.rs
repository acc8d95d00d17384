//! PEP 440. What it refuses sorts before everything else, in the order that setuptools had before
//! the standard (`pkg_resources`): OSV's own rule for PyPI.

use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Legacy(Vec<String>),
    Standard(Box<pep440_rs::Version>),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        match pep440_rs::Version::from_str(text.trim()) {
            Ok(version) => Version::Standard(Box::new(version)),
            Err(_) => Version::Legacy(legacy(&text.to_lowercase())),
        }
    }
}

/// The parts of a version in the old order: words sort below numbers, `dev` below all, and zeros
/// before a word do not count.
fn legacy(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in tokens(text).map(old_name).chain(["final"]) {
        if part.is_empty() || part == "." {
            continue;
        }
        if part.starts_with(|c: char| c.is_ascii_digit()) {
            // Fixed width, so that the order of texts is that of numbers.
            parts.push(format!("{part:0>8}"));
            continue;
        }
        let part = format!("*{part}");
        if part.as_str() < "*final" {
            while parts.last().is_some_and(|last| last == "*final-") {
                parts.pop();
            }
        }
        while parts.last().is_some_and(|last| last == "00000000") {
            parts.pop();
        }
        parts.push(part);
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
        let end = if kind(first) >= 2 && kind(first) < 4 {
            first.len_utf8()
        } else {
            rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}
