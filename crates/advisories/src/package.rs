//! Packages as advisories name them: ecosystem and name, from a package URL.

use std::str::FromStr;

use packageurl::PackageUrl;

use crate::Error;

/// A package version in the words of OSV.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Package {
    /// The ecosystem, for instance `PyPI`, `npm`, `crates.io`, `Go`, `Maven`.
    pub ecosystem: &'static str,
    /// The name in it: `@scope/name` for npm, `group:artifact` for Maven, the module path for Go,
    /// normalised (PEP 503) for PyPI.
    pub name: String,
    /// The version; without one nothing matches.
    pub version: Option<String>,
}

/// Types of package URLs and the ecosystems of OSV.
const ECOSYSTEMS: [(&str, &str); 5] =
    [("pypi", "PyPI"), ("npm", "npm"), ("cargo", "crates.io"), ("golang", "Go"), ("maven", "Maven")];

impl Package {
    /// The package that a package URL names; none when its type has no ecosystem here.
    ///
    /// # Errors
    /// [`Error::Purl`] when the text is not a package URL.
    pub fn from_purl(text: &str) -> Result<Option<Package>, Error> {
        let purl = parse(text)?;
        let Some((_, ecosystem)) = ECOSYSTEMS.iter().find(|(kind, _)| *kind == purl.ty()) else {
            return Ok(None);
        };
        let name = match (purl.namespace(), *ecosystem) {
            (Some(group), "Maven") => format!("{group}:{}", purl.name()),
            (Some(space), _) => format!("{space}/{}", purl.name()),
            (None, _) => purl.name().to_owned(),
        };
        // Module paths of Go are case-sensitive, but package URLs are written in lower case: take
        // the text as it is, the canonical form may have lost the case.
        let name = if *ecosystem == "Go" { go_path(text).unwrap_or(name) } else { name };
        let version = purl.version().map(str::to_owned).filter(|version| !version.is_empty());
        Ok(Some(Package { ecosystem, name: normalised(ecosystem, &name), version }))
    }
}

/// The name as both sides compare it: PEP 503 for PyPI, lower case for Go (OSV compares module
/// paths exactly, package URLs are lower-cased by many tools), unchanged elsewhere.
pub(crate) fn normalised(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        "PyPI" => {
            let mut out = String::with_capacity(name.len());
            for c in name.chars() {
                match c {
                    '-' | '_' | '.' if out.ends_with('-') => {}
                    '-' | '_' | '.' => out.push('-'),
                    c => out.extend(c.to_lowercase()),
                }
            }
            out
        }
        "Go" => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

fn go_path(text: &str) -> Option<String> {
    let path = text.strip_prefix("pkg:golang/")?;
    let end = path.find(['@', '?', '#']).unwrap_or(path.len());
    let path = path.get(..end)?.trim_matches('/');
    (!path.contains('%')).then(|| path.to_owned())
}

/// A package URL without qualifiers and subpath, in canonical form: the identity of a package version.
///
/// # Errors
/// [`Error::Purl`] when the text is not a package URL.
pub fn canonical_purl(text: &str) -> Result<String, Error> {
    let mut purl = parse(text)?;
    purl.clear_qualifiers();
    purl.without_subpath();
    Ok(purl.to_string())
}

fn parse(text: &str) -> Result<PackageUrl<'static>, Error> {
    PackageUrl::from_str(text)
        .map_err(|e| Error::Purl { purl: text.chars().take(200).collect(), message: e.to_string() })
}
