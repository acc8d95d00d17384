//! Package versions: each is analysed once, wherever it is used, and again only when an advisory
//! of its package changes.

mod analyse;
mod store;

pub(crate) use analyse::{Candidates, Evidence, Which, analyse, analyse_all, matches_of};
pub(crate) use store::{due, ensure, forget, name_all};

use advisories::{Package, cpe};
use versions::Scheme;

/// The ecosystem under which products are kept; its names are `vendor:product`.
pub(crate) const CPE: &str = "CPE";

/// What tells package versions apart: a package URL (canonical, with the qualifiers that decide),
/// a CPE name (version 2.3), or both together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    /// The package URL.
    pub purl: Option<String>,
    /// The CPE name.
    pub cpe: Option<String>,
}

impl Identity {
    /// The identity of a component. Without package URL and CPE name the group and name say which
    /// package it is, where they do so without doubt.
    pub(crate) fn of(component: &Coordinates<'_>) -> Identity {
        Identity::read(component).0
    }

    /// As [`Identity::of`], with what advisories may know the component as.
    pub(crate) fn with_subject(component: &Coordinates<'_>) -> (Identity, Subject) {
        let (identity, name) = Identity::read(component);
        let subject = Subject::new(identity.purl.as_deref(), name);
        (identity, subject)
    }

    fn read(component: &Coordinates<'_>) -> (Identity, Option<cpe::Name>) {
        let purl = component.purl.and_then(|purl| advisories::canonical_purl(purl).ok());
        let name = component.cpe.and_then(|text| cpe::Name::parse(text).ok());
        let purl = purl.or_else(|| {
            Package::guess_purl(component.group, component.name, component.version, component.hint)
        });
        if purl.is_none() && name.is_none() {
            return (Identity { purl: Some(component.generic()), cpe: None }, None);
        }
        (Identity { purl, cpe: name.as_ref().map(cpe::Name::to_text) }, name)
    }

    /// Reads what is stored.
    pub(crate) fn stored(identity: &str, cpe: Option<String>) -> Identity {
        let purl = match &cpe {
            Some(cpe) => identity.strip_suffix(cpe.as_str()).unwrap_or(identity).trim_end(),
            None => identity,
        };
        Identity { purl: (!purl.is_empty()).then(|| purl.to_owned()), cpe }
    }

    /// The text that is unique.
    pub(crate) fn key(&self) -> String {
        match (&self.purl, &self.cpe) {
            (Some(purl), Some(cpe)) => format!("{purl} {cpe}"),
            (purl, cpe) => purl.as_ref().or(cpe.as_ref()).cloned().unwrap_or_default(),
        }
    }

    /// What advisories may know it as.
    pub(crate) fn subject(&self) -> Subject {
        let name = self.cpe.as_deref().and_then(|cpe| cpe::Name::parse(cpe).ok());
        Subject::new(self.purl.as_deref(), name)
    }
}

/// A package version as advisories may know it: packages, the most telling first, and a product.
pub(crate) struct Subject {
    pub packages: Vec<Package>,
    pub product: Option<cpe::Product>,
}

impl Subject {
    fn new(purl: Option<&str>, name: Option<cpe::Name>) -> Subject {
        let kind = purl.and_then(|purl| purl.strip_prefix("pkg:")?.split('/').next());
        Subject {
            packages: purl.and_then(|purl| Package::all_from_purl(purl).ok()).unwrap_or_default(),
            product: name.map(|name| cpe::Product::new(name, kind.and_then(Scheme::for_purl_type), kind)),
        }
    }

    /// `(ecosystem, name)` of each.
    pub(crate) fn names(&self) -> Vec<(String, String)> {
        let packages = self.packages.iter().map(|p| (p.ecosystem.to_owned(), p.name.clone()));
        let product = self.product.iter().map(|p| (CPE.to_owned(), product_key(p.name().key())));
        packages.chain(product).collect()
    }
}

/// The name under which a product (vendor, product) is kept.
pub(crate) fn product_key((vendor, product): (&str, &str)) -> String {
    format!("{vendor}:{product}")
}

/// What a component says of itself.
pub(crate) struct Coordinates<'a> {
    /// Its package URL.
    pub purl: Option<&'a str>,
    /// Its CPE name.
    pub cpe: Option<&'a str>,
    /// Its group.
    pub group: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: Option<&'a str>,
    /// Its type of package, in the words of the tool that found it.
    pub hint: Option<&'a str>,
}

impl Coordinates<'_> {
    /// A package URL of no ecosystem, so that every component has an identity.
    fn generic(&self) -> String {
        let name = self.group.map_or_else(|| self.name.to_owned(), |group| format!("{group}/{}", self.name));
        let text = format!("pkg:generic/{name}@{}", self.version.unwrap_or_default());
        advisories::canonical_purl(&text).unwrap_or(text)
    }
}
