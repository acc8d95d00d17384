//! An affected package that was read once, to be asked about many package versions.

use versions::{CompiledRange, Scheme, Version};

use crate::{Affected, Match, Package};

/// What is affected, with its versions read. Most package versions are not, and are told so at once;
/// the rest is asked of [`Affected::matches`], which has the words.
#[derive(Debug, Clone)]
pub struct Compiled {
    affected: Affected,
    scheme: Option<Scheme>,
    ranges: Vec<CompiledRange>,
    /// In order.
    named: Vec<Version>,
}

impl From<Affected> for Compiled {
    fn from(affected: Affected) -> Compiled {
        let scheme = Scheme::for_ecosystem(&affected.ecosystem);
        let ranges = scheme.map(|scheme| affected.ranges.iter().map(|range| range.compile(scheme)).collect());
        let named = scheme.map(|scheme| affected.versions.iter().map(move |text| scheme.parse(text)));
        let mut named: Vec<Version> = named.into_iter().flatten().collect();
        named.sort_unstable();
        Compiled { affected, scheme, ranges: ranges.unwrap_or_default(), named }
    }
}

impl Compiled {
    /// The order of versions by which it was read.
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// As [`Affected::matches`]; `version` is the package's, read by [`Compiled::scheme`].
    pub fn matches(&self, package: &Package, version: Option<&Version>) -> Option<Match> {
        let may = match version {
            Some(version) => {
                self.ranges.iter().any(|range| range.contains(version))
                    || self.named.binary_search(version).is_ok()
            }
            None => true,
        };
        if may { self.affected.matches(package) } else { None }
    }
}
