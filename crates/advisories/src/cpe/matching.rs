//! Whether a product is affected by a configuration, and why.

use std::cmp::Ordering;
use std::fmt::Write;

use versions::{Scheme, Version};

use super::{Attribute, Configuration, Criterion, Name, Operator, Relation, language, text};
use crate::Match;

/// A product that is looked for in configurations. Read once, compared often.
#[derive(Debug, Clone)]
pub struct Product {
    name: Name,
    scheme: Scheme,
    version: Option<Version>,
    /// The language it is written for, as a type of package URLs.
    language: Option<&'static str>,
}

/// The order of versions where no package URL names one.
fn order(scheme: Option<Scheme>) -> Scheme {
    scheme.unwrap_or(Scheme::Generic)
}

impl Product {
    /// A product by its name, and what the package URL beside it tells, if there is one: the order
    /// of its versions and its type (`npm`).
    pub fn new(name: Name, scheme: Option<Scheme>, purl_type: Option<&str>) -> Product {
        let scheme = order(scheme);
        let version = match &name.version {
            Attribute::Value(text) => Some(scheme.parse(text)),
            _ => None,
        };
        Product { scheme, version, language: purl_type.and_then(language::of_purl), name }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl Criterion {
    /// Whether the name is one of a product that this means, by the rules of Dependency-Track
    /// (behaviour reference §5.6).
    fn means(&self, name: &Name, scheme: Scheme, version: Option<&Version>) -> bool {
        let own = &self.name;
        // What differs most comes first.
        let overlap = own.product.overlaps(&name.product)
            && own.vendor.overlaps(&name.vendor)
            && own.part.overlaps(&name.part)
            && self.covers_version(name, scheme, version)
            && own.update.overlaps(&name.update)
            && own.edition.overlaps(&name.edition)
            && own.language.overlaps(&name.language)
            && own.sw_edition.overlaps(&name.sw_edition)
            && own.target_sw.overlaps(&name.target_sw)
            && own.target_hw.overlaps(&name.target_hw)
            && own.other.overlaps(&name.other);
        // A wildcard on the one side and one on the other is no agreement at all.
        overlap
            && !matches!(
                (own.vendor.relation(&name.vendor), own.product.relation(&name.product)),
                (Relation::Subset, Relation::Superset) | (Relation::Superset, Relation::Subset)
            )
    }

    fn covers_version(&self, name: &Name, scheme: Scheme, version: Option<&Version>) -> bool {
        match (&name.version, &self.name.version) {
            // The version is not known: any may be meant.
            (Attribute::Any, _) => true,
            (Attribute::Na, Attribute::Any | Attribute::Na) => true,
            (Attribute::Na, _) => false,
            // The NVD writes platforms without a version so.
            (_, Attribute::Na) if self.platform && !self.is_range() => true,
            (of, own) if !self.is_range() => own.overlaps(of),
            _ => version.is_some_and(|version| self.contains(scheme, version)),
        }
    }

    fn means_product(&self, product: &Product) -> bool {
        self.means(&product.name, product.scheme, product.version.as_ref())
            && !self.of_other_language(product)
    }

    /// Whether it is for another language than the product is written for: a package of npm is not
    /// the one of PyPI that has the same name.
    fn of_other_language(&self, product: &Product) -> bool {
        match (product.language, &product.name.target_sw, &self.name.target_sw) {
            (Some(own), Attribute::Any, Attribute::Value(word)) => {
                language::of_target(word).is_some_and(|other| other != own)
            }
            _ => false,
        }
    }

    fn is_there(&self, environment: &[Name]) -> bool {
        environment.iter().any(|name| {
            let scheme = order(None);
            let version = match &name.version {
                Attribute::Value(text) if self.is_range() => Some(scheme.parse(text)),
                _ => None,
            };
            self.means(name, scheme, version.as_ref())
        })
    }

    fn is_of(&self, name: &Name) -> bool {
        let own = &self.name;
        (&own.product, &own.vendor, &own.part) == (&name.product, &name.vendor, &name.part)
    }
}

/// Whether a condition holds. The order makes "each" the least and "one" the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    /// Nobody knows, so it is taken to hold.
    Assumed,
    Yes,
}

/// Conditions on other products: one of each list has to be there.
type Others<'a> = Vec<Vec<&'a Criterion>>;

struct Finding<'a> {
    truth: Truth,
    /// The criterion by which the product is affected.
    hit: Option<&'a Criterion>,
    others: Others<'a>,
}

impl Finding<'_> {
    fn no() -> Self {
        Finding { truth: Truth::No, hit: None, others: Vec::new() }
    }
}

impl Configuration {
    /// Whether the product is affected.
    ///
    /// With an `environment`, the names of all products beside it, each condition on another product
    /// must hold there. Without one such conditions are taken to hold, and the reason says
    /// `running on …`.
    pub fn matches(&self, product: &Product, environment: Option<&[Name]>) -> Option<Match> {
        if !self.affects(product) {
            return None;
        }
        let found = self.examine(product, environment);
        let hit = found.hit?;
        let compared = hit.is_range() && product.version.is_some();
        Some(Match {
            reason: reason(hit, &product.name.version, &found.others),
            order: compared.then(|| product.scheme.name()),
            fixed: hit.below.as_deref().filter(|_| compared).map(str::to_owned),
        })
    }

    /// Whether a criterion means the product at all: the quick answer for the many it does not.
    fn affects(&self, product: &Product) -> bool {
        !self.negate
            && (self.criteria.iter().any(|one| !one.platform && one.means_product(product))
                || self.nodes.iter().any(|node| node.affects(product)))
    }

    fn examine<'a>(&'a self, product: &Product, environment: Option<&[Name]>) -> Finding<'a> {
        let criteria = self.criteria.iter().map(|one| one.examine(product, environment));
        let nodes = self.nodes.iter().map(|node| node.examine(product, environment));
        let all = criteria.chain(nodes);
        let found = match self.operator {
            Operator::Or => one_of(all),
            Operator::And => each_of(all),
        };
        if !self.negate {
            return found;
        }
        let truth = match found.truth {
            Truth::No => Truth::Yes,
            Truth::Assumed => Truth::Assumed,
            Truth::Yes => Truth::No,
        };
        Finding { truth, hit: None, others: Vec::new() }
    }
}

impl Criterion {
    fn examine<'a>(&'a self, product: &Product, environment: Option<&[Name]>) -> Finding<'a> {
        if self.means_product(product) {
            let hit = (!self.platform).then_some(self);
            return Finding { truth: Truth::Yes, hit, others: Vec::new() };
        }
        let truth = match environment {
            Some(environment) if self.is_there(environment) => Truth::Yes,
            Some(_) => Truth::No,
            // The product is there, in another version.
            None if self.is_of(&product.name) => Truth::No,
            None => Truth::Assumed,
        };
        let others = if truth == Truth::No { Vec::new() } else { vec![vec![self]] };
        Finding { truth, hit: None, others }
    }
}

fn one_of<'a>(all: impl Iterator<Item = Finding<'a>>) -> Finding<'a> {
    let mut best = Finding::no();
    for found in all {
        let rank = |of: &Finding| (of.hit.is_some(), of.truth);
        match rank(&found).cmp(&rank(&best)) {
            Ordering::Greater => best = found,
            // The first hit is told. Of others one has to be there, whichever.
            Ordering::Equal if found.hit.is_none() => {
                if let Some(first) = best.others.first_mut() {
                    first.extend(found.others.into_iter().flatten());
                }
            }
            _ => {}
        }
    }
    best
}

fn each_of<'a>(all: impl Iterator<Item = Finding<'a>>) -> Finding<'a> {
    let both = |mut one: Finding<'a>, other: Finding<'a>| {
        one.truth = one.truth.min(other.truth);
        one.hit = one.hit.or(other.hit);
        one.others.extend(other.others);
        one
    };
    all.reduce(both).filter(|found| found.truth != Truth::No).unwrap_or_else(Finding::no)
}

/// In words: `cpe:2.3:a:vendor:product >= 1.0, < 1.2, running on cpe:2.3:o:vendor:system`.
fn reason(hit: &Criterion, version: &Attribute, others: &Others) -> String {
    let mut out = String::new();
    describe(hit, &mut out);
    if *version == Attribute::Any {
        out.push_str(", of a version that is not known");
    }
    for one_of in others {
        let [first, rest @ ..] = one_of.as_slice() else { continue };
        out.push_str(if first.platform { ", running on " } else { ", together with " });
        describe(first, &mut out);
        match rest {
            [] => {}
            [second] => {
                out.push_str(" or ");
                describe(second, &mut out);
            }
            // Writing to a string cannot fail.
            more => drop(write!(out, " or {} others", more.len())),
        }
    }
    out
}

fn describe(one: &Criterion, out: &mut String) {
    let attributes = one.name.attributes();
    let last = attributes.iter().rposition(|attribute| **attribute != Attribute::Any).unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = text::write(&one.name, (last + 1).max(3), out);
    let parts = [(">=", &one.at_least), (">", &one.above), ("<=", &one.at_most), ("<", &one.below)];
    let mut separator = " ";
    for (sign, bound) in parts {
        if let Some(bound) = bound {
            let _ = write!(out, "{separator}{sign} {bound}");
            separator = ", ";
        }
    }
}
