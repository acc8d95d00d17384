//! Version order and ranges of package ecosystems.
//!
//! Any text is a version of some kind: parsing never fails, and the order is total. Where an
//! ecosystem refuses a text, the order of its older tools (or of the text) decides.

mod maven;
mod number;
mod pypi;
mod range;
mod semver;

pub use range::{Event, Range};

use std::cmp::Ordering;

/// How the versions of an ecosystem are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Semantic Versioning 2.0.0, read tolerantly: npm, crates.io, Go.
    Semver,
    /// PEP 440, with the older setuptools order for what it refuses.
    PyPi,
    /// Maven's version order specification.
    Maven,
}

/// The ecosystems and their schemes; names as in the OSV schema.
const ECOSYSTEMS: [(&str, Scheme); 5] = [
    ("PyPI", Scheme::PyPi),
    ("npm", Scheme::Semver),
    ("crates.io", Scheme::Semver),
    ("Go", Scheme::Semver),
    ("Maven", Scheme::Maven),
];

impl Scheme {
    /// The scheme of an OSV ecosystem, whose suffix (`Maven:https://…`) does not matter.
    pub fn for_ecosystem(ecosystem: &str) -> Option<Scheme> {
        let name = ecosystem.split(':').next().unwrap_or_default();
        ECOSYSTEMS.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme)
    }

    /// Reads a version once, to compare it often.
    pub fn parse(self, text: &str) -> Version {
        Version(match self {
            Scheme::Semver => Key::Semver(semver::Version::parse(text)),
            Scheme::PyPi => Key::PyPi(pypi::Version::parse(text)),
            Scheme::Maven => Key::Maven(maven::Version::parse(text)),
        })
    }

    /// Compares two versions.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        self.parse(a).cmp(&self.parse(b))
    }
}

/// A version that was read. Only versions of one scheme have a meaningful order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Key);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Semver(semver::Version),
    PyPi(pypi::Version),
    Maven(maven::Version),
}
