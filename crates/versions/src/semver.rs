//! Semantic Versioning 2.0.0 (semver.org), read tolerantly: a leading `v`, missing parts, numbers
//! of any size. Whatever follows the third number without a hyphen counts as build metadata.

use std::cmp::Ordering;

use crate::number::{Number, digits_end};

#[derive(Debug, Clone)]
pub(crate) struct Version {
    core: [Number; 3],
    pre: Vec<Identifier>,
}

/// Numeric identifiers sort below the others (semver.org §11.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Text(Box<str>),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let mut core = [Number::default(), Number::default(), Number::default()];
        let mut rest = text;
        for (at, part) in core.iter_mut().enumerate() {
            if at > 0 {
                match rest.strip_prefix('.') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            let (digits, after) = rest.split_at(digits_end(rest));
            *part = Number::parse(digits).unwrap_or_default();
            rest = after;
            if digits.is_empty() {
                break;
            }
        }
        // `1.0.0rc1` means a release candidate too, though the hyphen is missing.
        let pre = match rest.split_once('-') {
            Some(("", pre)) => pre,
            Some((extra, pre)) if extra.starts_with('.') => pre,
            _ if rest.starts_with('.') => "",
            _ => rest,
        };
        let pre = if pre.is_empty() { Vec::new() } else { pre.split('.').map(Identifier::parse).collect() };
        Version { core, pre }
    }
}

impl Identifier {
    fn parse(text: &str) -> Identifier {
        match Number::parse(text).filter(|_| !text.is_empty()) {
            Some(number) => Identifier::Number(number),
            None => Identifier::Text(text.into()),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.core.cmp(&other.core).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre.cmp(&other.pre),
        })
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
