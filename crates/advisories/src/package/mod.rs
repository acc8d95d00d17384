//! Packages as advisories name them: ecosystem, release and name, from a package URL.

mod distribution;
mod guess;
mod name;
mod plain;
pub(crate) mod release;

use std::str::FromStr;

use packageurl::PackageUrl;

use crate::{Affected, Error};

pub use name::normalised;
use plain::Plain;

/// A package version in the words of OSV.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Package {
    /// The ecosystem without suffix, for instance `PyPI`, `npm`, `crates.io`, `Debian`, `Red Hat`.
    pub ecosystem: &'static str,
    /// The release of a distribution as OSV writes it: `12` of Debian, `22.04:LTS` of Ubuntu, `v3.18` of
    /// Alpine; of Red Hat the version (`9.2`), of SUSE what all products of a release share (`15 SP5`).
    /// None where it is not known, and in ecosystems without releases.
    pub release: Option<String>,
    /// The name in it, normalised (see [`normalised`]): `@scope/name` for npm, `group:artifact` for
    /// Maven, the module path for Go, the source package for most distributions.
    pub name: String,
    /// The version, with the epoch where a distribution has one; without a version nothing matches.
    pub version: Option<String>,
    /// The processor that a distribution's package is built for.
    pub arch: Option<String>,
}

/// Types of package URLs of one ecosystem each. The first of a type is the one that it is written with.
const LANGUAGES: [(&str, &str); 20] = [
    ("pypi", "PyPI"),
    ("npm", "npm"),
    ("cargo", "crates.io"),
    ("golang", "Go"),
    ("maven", "Maven"),
    ("nuget", "NuGet"),
    ("gem", "RubyGems"),
    ("composer", "Packagist"),
    ("hex", "Hex"),
    ("pub", "Pub"),
    ("swift", "SwiftURL"),
    ("cran", "CRAN"),
    ("bioconductor", "Bioconductor"),
    ("hackage", "Hackage"),
    ("conan", "ConanCenter"),
    ("bitnami", "Bitnami"),
    ("github", "GitHub Actions"),
    ("julia", "Julia"),
    ("opam", "opam"),
    ("vscode-extension", "VSCode"),
];

/// What a package URL, or a component without one, says about a package.
struct Parts<'a> {
    /// The type of package URL.
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    version: Option<&'a str>,
    qualifier: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl Package {
    /// The ecosystem of package URLs that have none in OSV; a name in it is `type/namespace/name`.
    pub const ANY: &'static str = "purl";

    /// The packages by which advisories may know what a package URL names, the most telling first: a
    /// distribution's binary package is known by its source package, too. A type without an ecosystem
    /// is a package of the ecosystem [`Package::ANY`]: somebody here may have written an advisory of it.
    ///
    /// # Errors
    /// [`Error::Purl`] when the text is not a package URL.
    pub fn all_from_purl(text: &str) -> Result<Vec<Package>, Error> {
        if let Some(plain) = Plain::of(text) {
            let Plain { kind, namespace, name, version } = plain;
            return Ok(all(&Parts { kind, namespace, name, version, qualifier: &|_| None }));
        }
        let mut purl = parse(text)?;
        let is_odd = |namespace: &str| namespace.split('/').any(|part| matches!(part, "" | "." | ".."));
        if purl.namespace().is_some_and(is_odd) {
            purl = parse(&canonical_purl(text)?)?;
        }
        Ok(all(&Parts {
            kind: purl.ty(),
            namespace: purl.namespace(),
            name: purl.name(),
            version: purl.version(),
            qualifier: &|key| purl.qualifiers().get(key).map(AsRef::as_ref),
        }))
    }

    /// The package of a component without a package URL, from its group and name. `hint` is the type of
    /// package that an SBOM tells (`syft:package:type`, `aquasecurity:trivy:PkgType`, or a type of
    /// package URLs); without one only a group that says it unambiguously is believed.
    pub fn guess(
        group: Option<&str>,
        name: &str,
        version: Option<&str>,
        hint: Option<&str>,
    ) -> Option<Package> {
        let (kind, namespace, name) = guess::parts(group, name, hint)?;
        let parts =
            Parts { kind, namespace: namespace.as_deref(), name: &name, version, qualifier: &|_| None };
        all(&parts).into_iter().next().filter(|package| package.ecosystem != Package::ANY)
    }

    /// As [`Package::guess`], as a package URL in canonical form.
    pub fn guess_purl(
        group: Option<&str>,
        name: &str,
        version: Option<&str>,
        hint: Option<&str>,
    ) -> Option<String> {
        Package::guess(group, name, version, hint)?;
        let (kind, namespace, name) = guess::parts(group, name, hint)?;
        let mut purl = PackageUrl::new(kind, name).ok()?;
        if let Some(namespace) = namespace {
            purl.with_namespace(namespace).ok()?;
        }
        if let Some(version) = version {
            purl.with_version(version).ok()?;
        }
        canonical_purl(&purl.to_string()).ok()
    }

    /// The name of an ecosystem that packages can have, without suffix; none for any other text.
    pub fn ecosystem(name: &str) -> Option<&'static str> {
        LANGUAGES
            .iter()
            .map(|(_, ecosystem)| *ecosystem)
            .chain(distribution::ecosystems())
            .find(|known| *known == name)
    }
}

impl Affected {
    /// The package URL of the package, without a version; none when the ecosystem has no type of them.
    pub fn purl(&self) -> Option<String> {
        let (kind, namespace, name) = match LANGUAGES.iter().find(|(_, known)| *known == self.ecosystem) {
            Some((kind, "Maven")) => {
                let (group, artifact) = self.name.split_once(':')?;
                (*kind, Some(group), artifact)
            }
            Some((kind, "VSCode")) => {
                let (publisher, name) = self.name.split_once('.')?;
                (*kind, Some(publisher), name)
            }
            Some((kind, _)) => match self.name.rsplit_once('/') {
                Some((namespace, name)) => (*kind, Some(namespace), name),
                None => (*kind, None, self.name.as_str()),
            },
            None if self.ecosystem == Package::ANY => return Some(format!("pkg:{}", self.name)),
            None => {
                let (kind, namespace) = distribution::purl(&self.ecosystem)?;
                (kind, Some(namespace), self.name.as_str())
            }
        };
        let mut purl = PackageUrl::new(kind, name).ok()?;
        if let Some(namespace) = namespace {
            purl.with_namespace(namespace).ok()?;
        }
        Some(purl.to_string())
    }
}

fn all(parts: &Parts) -> Vec<Package> {
    let kind = match parts.kind {
        "githubactions" => "github",
        // As an old generator of SBOMs wrote it.
        "alpine" => "apk",
        kind => kind,
    };
    let Some((_, ecosystem)) = LANGUAGES.iter().find(|(known, _)| *known == kind) else {
        let found = distribution::all(kind, parts);
        return if found.is_empty() { vec![any(parts)] } else { found };
    };
    let name = match (*ecosystem, parts.namespace) {
        ("Maven", Some(group)) => format!("{group}:{}", parts.name),
        ("VSCode", Some(publisher)) => format!("{publisher}.{}", parts.name),
        // The user and channel of a recipe are not part of the name.
        ("ConanCenter", _) | (_, None) => parts.name.to_owned(),
        (_, Some(namespace)) => format!("{namespace}/{}", parts.name),
    };
    let version = parts.version.map(str::trim).filter(|version| !version.is_empty());
    let (name, version) = match *ecosystem {
        "Go" => name::go(&name, version),
        _ => (name, version),
    };
    vec![Package {
        ecosystem,
        release: None,
        name: normalised(ecosystem, &name),
        version: version.map(str::to_owned),
        arch: None,
    }]
}

/// The package of a type that OSV knows nothing of.
fn any(parts: &Parts) -> Package {
    let place = parts.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    Package {
        ecosystem: Package::ANY,
        release: None,
        name: format!("{}/{place}{}", parts.kind, parts.name),
        version: parts.version.filter(|version| !version.is_empty()).map(str::to_owned),
        arch: None,
    }
}

/// A package URL with only what decides which advisories concern it, in canonical form: the identity of
/// a package version. Distributions keep the release, the epoch and the source package; the rest of
/// the qualifiers and the subpath go.
///
/// # Errors
/// [`Error::Purl`] when the text is not a package URL.
pub fn canonical_purl(text: &str) -> Result<String, Error> {
    if Plain::of(text).is_some() {
        return Ok(text.to_owned());
    }
    let mut text = canonical_once(text)?;
    // Odd namespaces (`pkg:n/./o`) lose one part after the other.
    for _ in 0..8 {
        let again = canonical_once(&text)?;
        if again == text {
            break;
        }
        text = again;
    }
    Ok(text)
}

fn canonical_once(text: &str) -> Result<String, Error> {
    let mut purl = parse(text)?;
    let deciding: &[&str] = match purl.ty() {
        "deb" | "rpm" | "apk" | "alpine" => &["distro", "epoch", "upstream", "source"],
        // A package URL of this type is none without it.
        "julia" => &["uuid"],
        _ => &[],
    };
    let kept: Vec<(String, String)> = deciding
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), purl.qualifiers().get(*key)?.to_string())))
        .collect();
    purl.clear_qualifiers();
    for (key, value) in kept {
        purl.add_qualifier(key, value)
            .map_err(|e| Error::Purl { purl: text.chars().take(200).collect(), message: e.to_string() })?;
    }
    purl.without_subpath();
    let whole = purl.to_string();
    purl.without_version();
    let bare = purl.to_string();
    let (path, rest) = bare.split_at(bare.find('?').unwrap_or(bare.len()));
    // A slash of a version is written as it is, and would be read as the end of a namespace.
    let version = whole.strip_prefix(path).and_then(|text| text.strip_suffix(rest)).unwrap_or_default();
    let text = format!("{path}{}{rest}", version.replace('/', "%2F"));
    Ok(text)
}

fn parse(text: &str) -> Result<PackageUrl<'static>, Error> {
    PackageUrl::from_str(text)
        .map_err(|e| Error::Purl { purl: text.chars().take(200).collect(), message: e.to_string() })
}
