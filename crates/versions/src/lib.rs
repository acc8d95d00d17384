//! Version order and ranges of package ecosystems.
//!
//! Any text is a version of some kind: parsing never fails, and the order is total. Where an
//! ecosystem refuses a text, the order of its older tools (or of the text) decides. Reading a version
//! takes time in proportion to its length.

mod alpine;
mod components;
mod debian;
mod ecosystem;
mod freebsd;
mod generic;
mod maven;
mod number;
mod packagist;
mod pypi;
mod range;
mod rpm;
mod rubygems;
mod semver;

pub use range::{CompiledRange, Event, Interval, Range, implied};

use std::cmp::Ordering;

/// The names of the ecosystems that the OSV schema defines, in order.
pub fn ecosystems() -> impl Iterator<Item = &'static str> {
    ecosystem::names()
}

/// How the versions of an ecosystem are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Semantic Versioning 2.0.0, read tolerantly: npm, crates.io, Go and many more.
    Semver,
    /// PEP 440, with the older setuptools order for what it refuses.
    PyPi,
    /// Maven's version order specification.
    Maven,
    /// Semantic Versioning with a fourth number, in which case does not matter.
    NuGet,
    /// `Gem::Version`.
    RubyGems,
    /// PHP's `version_compare`, as Composer uses it.
    Packagist,
    /// dpkg: Debian, Ubuntu; opam has the same rules.
    Debian,
    /// rpm, with its epochs: Red Hat, SUSE and relatives.
    Rpm,
    /// apk: Alpine, Wolfi, Chainguard.
    Alpine,
    /// Semantic Versioning in which build metadata orders.
    Pub,
    /// R's `package_version`: CRAN, Bioconductor.
    Cran,
    /// Lists of numbers.
    Hackage,
    /// FreeBSD's packages, with revision and epoch.
    FreeBsd,
    /// A tolerant order for versions of no ecosystem (CPE names, tags, file names): numbers, words
    /// before the release (`rc`), words behind it (`1.0.2k`).
    Generic,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Scheme; 14] = [
        Scheme::Semver,
        Scheme::PyPi,
        Scheme::Maven,
        Scheme::NuGet,
        Scheme::RubyGems,
        Scheme::Packagist,
        Scheme::Debian,
        Scheme::Rpm,
        Scheme::Alpine,
        Scheme::Pub,
        Scheme::Cran,
        Scheme::Hackage,
        Scheme::FreeBsd,
        Scheme::Generic,
    ];

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Semver => "Semantic Versioning",
            Scheme::PyPi => "PEP 440",
            Scheme::Maven => "Maven",
            Scheme::NuGet => "NuGet",
            Scheme::RubyGems => "RubyGems",
            Scheme::Packagist => "Composer",
            Scheme::Debian => "dpkg",
            Scheme::Rpm => "RPM",
            Scheme::Alpine => "apk",
            Scheme::Pub => "Semantic Versioning with builds",
            Scheme::Cran => "R",
            Scheme::Hackage => "Hackage",
            Scheme::FreeBsd => "FreeBSD",
            Scheme::Generic => "tolerant order",
        }
    }

    /// The scheme of an OSV ecosystem. None where it has no order, or is unknown.
    ///
    /// The suffix does not matter (`Maven:https://…`, `Debian:12`), but for those who rebuild the
    /// packages of another ecosystem, which it names (`Root:PyPI`).
    pub fn for_ecosystem(ecosystem: &str) -> Option<Scheme> {
        ecosystem::of_ecosystem(ecosystem)
    }

    /// The scheme of a type of package URLs (`npm` of `pkg:npm/…`) in any case. None for a type that
    /// is unknown or has digests instead of versions.
    pub fn for_purl_type(kind: &str) -> Option<Scheme> {
        ecosystem::of_purl_type(kind)
    }

    /// Reads a version once, to compare it often.
    pub fn parse(self, text: &str) -> Version {
        Version(match self {
            Scheme::Semver => Key::Semver(semver::Version::parse(text, &semver::SEMVER)),
            Scheme::NuGet => Key::NuGet(semver::Version::parse(text, &semver::NUGET)),
            Scheme::Pub => Key::Pub(semver::Version::parse(text, &semver::PUB)),
            Scheme::PyPi => Key::PyPi(pypi::Version::parse(text)),
            Scheme::Maven => Key::Maven(maven::Version::parse(text)),
            Scheme::RubyGems => Key::RubyGems(rubygems::Version::parse(text)),
            Scheme::Packagist => Key::Packagist(packagist::Version::parse(text)),
            Scheme::Debian => Key::Debian(debian::Version::parse(text)),
            Scheme::Rpm => Key::Rpm(rpm::Version::parse(text)),
            Scheme::Alpine => Key::Alpine(alpine::Version::parse(text)),
            Scheme::Cran => Key::Cran(components::Version::parse(text)),
            Scheme::Hackage => Key::Hackage(components::Version::parse(text)),
            Scheme::FreeBsd => Key::FreeBsd(freebsd::Version::parse(text)),
            Scheme::Generic => Key::Generic(generic::Version::parse(text)),
        })
    }

    /// Compares two versions.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        self.parse(a).cmp(&self.parse(b))
    }
}

/// A version that was read. Only versions of one scheme have a meaningful order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(Key);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Semver(semver::Version),
    NuGet(semver::Version),
    Pub(semver::Version),
    PyPi(pypi::Version),
    Maven(maven::Version),
    RubyGems(rubygems::Version),
    Packagist(packagist::Version),
    Debian(debian::Version),
    Rpm(rpm::Version),
    Alpine(alpine::Version),
    Cran(components::Version),
    Hackage(components::Version),
    FreeBsd(freebsd::Version),
    Generic(generic::Version),
}
