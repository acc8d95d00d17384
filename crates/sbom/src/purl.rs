//! Package URLs (<https://github.com/package-url/purl-spec>).

use std::str::FromStr;

use packageurl::PackageUrl;

/// A package URL that could be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purl {
    /// The canonical form: type in lower case, qualifiers sorted, percent-encoded as the
    /// specification says.
    pub canonical: String,
    /// The canonical form without qualifiers and subpath: what tells packages apart.
    pub coordinates: String,
    /// The type, in lower case, such as `npm` or `maven`.
    pub kind: String,
    /// The namespace, decoded, such as `@angular` or `org.apache.commons`. For Go in the case it is
    /// written in, although the canonical form is in lower case: module paths are case-sensitive,
    /// and advisories spell them so.
    pub namespace: Option<String>,
    /// The name, decoded; for Go in the case it is written in.
    pub name: String,
    /// The version, decoded.
    pub version: Option<String>,
}

/// Parses a package URL; `None` if it is not one.
#[must_use]
pub fn parse_purl(text: &str) -> Option<Purl> {
    let text = text.trim();
    let mut purl = PackageUrl::from_str(text).ok()?;
    let in_lower_case;
    if purl.ty() == "golang" {
        // The specification wants the name in lower case as well; the library does the namespace.
        let (path, rest) = text.split_at(text.find(['@', '?', '#']).unwrap_or(text.len()));
        in_lower_case = format!("{}{rest}", path.to_ascii_lowercase());
        purl = PackageUrl::from_str(&in_lower_case).ok()?;
    }
    let canonical = purl.to_string();
    // Elsewhere these two are written with a percent sign.
    let coordinates = canonical.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut namespace = purl.namespace().map(str::to_owned);
    let mut name = purl.name().to_owned();
    if purl.ty() == "golang" {
        keep_case(text, namespace.as_mut());
        keep_case(text, Some(&mut name));
    }
    Some(Purl {
        canonical,
        coordinates,
        kind: purl.ty().to_owned(),
        namespace,
        name,
        version: purl.version().map(str::to_owned),
    })
}

/// Takes over the case in which a part of a package URL is written, where it is found there.
fn keep_case(text: &str, part: Option<&mut String>) {
    let Some(part) = part else { return };
    let lower = text.to_ascii_lowercase();
    let written = lower
        .find(&format!("/{}", part.to_ascii_lowercase()))
        .and_then(|at| text.get(at + 1..at + 1 + part.len()));
    if let Some(written) = written {
        *part = written.to_owned();
    }
}
