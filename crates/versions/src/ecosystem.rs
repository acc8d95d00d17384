//! Which scheme the ecosystems of OSV and the types of package URLs have.

use crate::Scheme::{
    self, Alpine, Cran, Debian, FreeBsd, Generic, Hackage, Maven, NuGet, Packagist, Pub, PyPi, Rpm, RubyGems,
    Semver,
};

/// The ecosystems that the OSV schema defines. Those without an order have advisories that name
/// each version.
const ECOSYSTEMS: [(&str, Option<Scheme>); 49] = [
    ("AlmaLinux", Some(Rpm)),
    ("Alpaquita", Some(Alpine)),
    ("Alpine", Some(Alpine)),
    ("Android", None),
    ("Azure Linux", Some(Rpm)),
    ("BellSoft Hardened Containers", Some(Alpine)),
    ("Bioconductor", Some(Cran)),
    ("Bitnami", Some(Semver)),
    ("CRAN", Some(Cran)),
    ("Chainguard", Some(Alpine)),
    ("CleanStart", Some(Alpine)),
    ("ConanCenter", Some(Generic)),
    ("Debian", Some(Debian)),
    ("Docker Hardened Images", None),
    ("Echo", Some(Debian)),
    ("FreeBSD", Some(FreeBsd)),
    ("GHC", Some(Semver)),
    ("GitHub Actions", Some(Semver)),
    ("Go", Some(Semver)),
    ("Hackage", Some(Hackage)),
    ("Hex", Some(Semver)),
    ("Julia", Some(Semver)),
    ("Kubernetes", Some(Semver)),
    ("Linux", Some(Generic)),
    ("Mageia", Some(Rpm)),
    ("Maven", Some(Maven)),
    ("MinimOS", Some(Alpine)),
    ("NuGet", Some(NuGet)),
    ("OSS-Fuzz", None),
    ("Packagist", Some(Packagist)),
    ("Photon OS", Some(Rpm)),
    ("Pub", Some(Pub)),
    ("PyPI", Some(PyPi)),
    ("Red Hat", Some(Rpm)),
    ("Rocky Linux", Some(Rpm)),
    ("Root", Some(Generic)),
    ("RubyGems", Some(RubyGems)),
    ("SUSE", Some(Rpm)),
    ("SwiftURL", Some(Semver)),
    ("TuxCare", None),
    ("Ubuntu", Some(Debian)),
    ("VSCode", Some(Semver)),
    ("Wolfi", Some(Alpine)),
    ("crates.io", Some(Semver)),
    ("npm", Some(Semver)),
    ("openEuler", Some(Rpm)),
    ("openSUSE", Some(Rpm)),
    ("opam", Some(Debian)),
    // Not of OSV: packages known by their package URL alone.
    ("purl", Some(Generic)),
];

/// Who rebuilds the packages of other ecosystems, which the suffix names (`Root:Alpine:3.18`).
const REBUILDERS: [&str; 4] = ["Docker Hardened Images", "Echo", "Root", "TuxCare"];

/// Types of package URLs; `Generic` where versions are whatever somebody called them.
const PURL_TYPES: [(&str, Scheme); 44] = [
    ("alpm", Generic),
    ("apk", Alpine),
    ("bazel", Generic),
    ("bioconductor", Cran),
    ("bitbucket", Generic),
    ("bitnami", Semver),
    ("brew", Generic),
    ("cargo", Semver),
    ("cocoapods", RubyGems),
    ("composer", Packagist),
    ("conan", Generic),
    ("conda", Generic),
    ("cpan", Generic),
    ("cran", Cran),
    ("deb", Debian),
    ("elm", Semver),
    ("gem", RubyGems),
    ("generic", Generic),
    ("ghc", Semver),
    ("github", Generic),
    ("githubactions", Semver),
    ("gitlab", Generic),
    ("golang", Semver),
    ("hackage", Hackage),
    ("hex", Semver),
    ("julia", Semver),
    ("kubernetes", Semver),
    ("luarocks", Generic),
    ("maven", Maven),
    ("mlflow", Generic),
    ("npm", Semver),
    ("nuget", NuGet),
    ("opam", Debian),
    ("otp", Generic),
    ("pub", Pub),
    ("pypi", PyPi),
    ("qpkg", Generic),
    ("rpm", Rpm),
    ("rust", Semver),
    ("swift", Semver),
    ("terraform", Semver),
    ("vscode", Semver),
    ("vscode-extension", Semver),
    ("yocto", Generic),
];

pub(crate) fn of_ecosystem(ecosystem: &str) -> Option<Scheme> {
    let mut words = ecosystem.split(':');
    let name = words.next()?;
    let (_, own) = ECOSYSTEMS.iter().find(|(known, _)| *known == name)?;
    if !REBUILDERS.contains(&name) {
        return *own;
    }
    let inner = words.next().unwrap_or_default();
    let (_, inner) =
        ECOSYSTEMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(inner)).unwrap_or(&("", None));
    match inner {
        // A rebuild of 1.2.3 is 1.2.3+name.1, which has to be later.
        Some(Semver) => Some(Pub),
        Some(_) => *inner,
        None => *own,
    }
}

pub(crate) fn of_purl_type(kind: &str) -> Option<Scheme> {
    PURL_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).map(|(_, scheme)| *scheme)
}

/// The names of OSV's ecosystems.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ECOSYSTEMS.iter().map(|(name, _)| *name).filter(|name| *name != "purl")
}
