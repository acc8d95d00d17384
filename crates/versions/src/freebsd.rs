//! The order of FreeBSD's packages (pkg-version(8)): `version{_revision}{,epoch}`. The version itself
//! is read as the tolerant order does.

use crate::generic;
use crate::number::Number;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    epoch: Number,
    version: generic::Version,
    revision: Number,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let (rest, epoch) = counter(text.trim(), ',');
        let (version, revision) = counter(rest, '_');
        Version { epoch, version: generic::Version::parse(version), revision }
    }
}

/// The number behind the last such sign, and what precedes it.
fn counter(text: &str, sign: char) -> (&str, Number) {
    let parts = text.rsplit_once(sign).filter(|(_, digits)| !digits.is_empty());
    match parts.and_then(|(rest, digits)| Some((rest, Number::parse(digits)?))) {
        Some(parts) => parts,
        None => (text, Number::ZERO),
    }
}
