//! Configurations: the conditions by which the NVD says which products are affected, and where.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use versions::{Scheme, Version};

use super::Name;

/// A condition on products: criteria and conditions of which one, or each, must hold.
///
/// Its JSON is what the analyzer keeps beside the vulnerability:
/// `{"op":"AND","in":[{"cpe":[{"is":"cpe:2.3:a:…","<":"1.2"}]},{"cpe":[{"is":"cpe:2.3:o:…","on":true}]}]}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Whether one has to hold or each.
    #[serde(rename = "op", default, skip_serializing_if = "is_default")]
    pub operator: Operator,
    /// Whether it holds where it otherwise would not.
    #[serde(rename = "not", default, skip_serializing_if = "is_default")]
    pub negate: bool,
    /// Conditions on one product each.
    #[serde(rename = "cpe", default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// Conditions within it.
    #[serde(rename = "in", default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Configuration>,
}

/// Whether one condition of several has to hold, or each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operator {
    /// One is enough.
    #[default]
    Or,
    /// Each must hold.
    And,
}

/// A condition on one product: what the NVD calls a match criterion.
///
/// Without any bound the version in the name decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Which products.
    #[serde(rename = "is")]
    pub name: Name,
    /// Whether it only has to be there, without being affected itself (`vulnerable: false`).
    #[serde(rename = "on", default, skip_serializing_if = "is_default")]
    pub platform: bool,
    /// `versionStartIncluding`
    #[serde(rename = ">=", default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Box<str>>,
    /// `versionStartExcluding`
    #[serde(rename = ">", default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Box<str>>,
    /// `versionEndIncluding`
    #[serde(rename = "<=", default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Box<str>>,
    /// `versionEndExcluding`
    #[serde(rename = "<", default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Box<str>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Criterion {
    /// Whether there are bounds.
    pub fn is_range(&self) -> bool {
        [&self.at_least, &self.above, &self.at_most, &self.below].into_iter().any(Option::is_some)
    }

    /// Whether a version is within each bound.
    pub fn contains(&self, scheme: Scheme, version: &Version) -> bool {
        let holds = |bound: &Option<Box<str>>, test: fn(&Version, &Version) -> bool| {
            bound.as_deref().is_none_or(|bound| test(version, &scheme.parse(bound)))
        };
        holds(&self.below, |version, bound| version < bound)
            && holds(&self.at_most, |version, bound| version <= bound)
            && holds(&self.at_least, |version, bound| version >= bound)
            && holds(&self.above, |version, bound| version > bound)
    }
}

impl Configuration {
    /// Vendor and product of the names that may be affected: the keys (see [`Name::key`]) under
    /// which a store finds this configuration, in order, each once.
    pub fn products(&self) -> Vec<(String, String)> {
        let mut out = BTreeSet::new();
        self.collect(&mut out);
        out.into_iter().map(|(vendor, product)| (vendor.to_owned(), product.to_owned())).collect()
    }

    fn collect<'a>(&'a self, out: &mut BTreeSet<(&'a str, &'a str)>) {
        if self.negate {
            return;
        }
        out.extend(self.criteria.iter().filter(|one| !one.platform).map(|one| one.name.key()));
        self.nodes.iter().for_each(|node| node.collect(out));
    }
}
