//! Repositories: registries of packages, what they say of packages, and how they are asked
//! (behaviour reference §12.1).
//!
//! The default repositories have no address: a repository without one is never asked.

mod api;
mod door;
mod job;
mod meta;
mod registry;
mod store;

use packageurl::PackageUrl;

pub(crate) use api::{SCHEMAS, routes};
pub(crate) use job::{queue, register};
pub(crate) use meta::{artifacts_of, meta_of};
pub(crate) use store::{make_defaults, reseal, set_addresses};

/// The types of repositories, and the type of package URLs that each serves.
const KINDS: [(&str, &str); 13] = [
    ("CPAN", "cpan"),
    ("MAVEN", "maven"),
    ("NPM", "npm"),
    ("GEM", "gem"),
    ("PYPI", "pypi"),
    ("NUGET", "nuget"),
    ("HEX", "hex"),
    ("COMPOSER", "composer"),
    ("CARGO", "cargo"),
    ("GO_MODULES", "golang"),
    ("GITHUB", "github"),
    ("HACKAGE", "hackage"),
    ("NIXPKGS", "nix"),
];

/// The type of a repository that serves nothing.
const UNSUPPORTED: &str = "UNSUPPORTED";

/// A package, whatever its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Package {
    /// The package URL without version, qualifiers and subpath.
    key: String,
    /// The type of its repositories.
    kind: &'static str,
    namespace: Option<String>,
    name: String,
}

impl Package {
    /// The package of a package URL. None for types that no repository serves.
    fn of(purl: &str) -> Option<Package> {
        let purl = sbom::parse_purl(purl)?;
        let (kind, _) = KINDS.iter().find(|(_, kind)| *kind == purl.kind)?;
        let key = match purl.version {
            Some(_) => purl.coordinates.rsplit_once('@')?.0.to_owned(),
            None => purl.coordinates,
        };
        Some(Package { key, kind, namespace: purl.namespace, name: purl.name })
    }

    /// Spelled as the component is named, where that differs in case alone: package URLs of Go are in
    /// lower case, and its proxies tell capital letters apart.
    fn spelled(mut self, group: Option<&str>, name: &str) -> Package {
        let path = self.path();
        let whole = group.map_or_else(|| name.to_owned(), |group| format!("{group}/{name}"));
        let spelled = [whole.as_str(), name].into_iter().find(|text| text.eq_ignore_ascii_case(&path));
        if let Some((namespace, name)) = spelled.and_then(|text| text.rsplit_once('/')) {
            (self.namespace, self.name) = (Some(namespace.to_owned()), name.to_owned());
        }
        self
    }

    /// Namespace and name with a slash between.
    fn path(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A version of a package whose artifact is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    /// The package URL as components have it.
    purl: String,
    version: String,
    /// Qualifiers that decide which artifact it is.
    classifier: Option<String>,
    extension: Option<String>,
    platform: Option<String>,
    file: Option<String>,
}

impl Wanted {
    fn of(purl: &str) -> Option<Wanted> {
        let parsed: PackageUrl<'_> = purl.parse().ok()?;
        let version = sbom::parse_purl(purl)?.version?;
        let qualifier = |name: &str| parsed.qualifiers().get(name).map(|value| value.to_string());
        Some(Wanted {
            purl: purl.to_owned(),
            version,
            classifier: qualifier("classifier"),
            extension: qualifier("type"),
            platform: qualifier("platform"),
            file: qualifier("file_name"),
        })
    }
}
