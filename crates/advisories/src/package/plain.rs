//! Package URLs that are written as plainly as most are: they are canonical already, and their parts
//! stand between slashes as they are.

/// The parts of a package URL without anything to decode, to change to lower case or to leave out.
pub(super) struct Plain<'a> {
    pub kind: &'a str,
    pub namespace: Option<&'a str>,
    pub name: &'a str,
    pub version: Option<&'a str>,
}

impl<'a> Plain<'a> {
    /// None when the text may not be as plain, whether it is a package URL or not.
    pub(super) fn of(text: &'a str) -> Option<Plain<'a>> {
        let (path, version) = match text.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (text, None),
        };
        let (kind, path) = path.strip_prefix("pkg:")?.split_once('/')?;
        let (namespace, name) = match (kind, path.rsplit_once('/')) {
            ("npm" | "pypi" | "cargo" | "gem", None) => (None, path),
            ("maven", Some((group, artifact))) if !group.contains('/') => (Some(group), artifact),
            ("golang", Some((namespace, name))) => (Some(namespace), name),
            _ => return None,
        };
        // Only Maven keeps capital letters; PyPI writes `_` as `-`.
        let fits = |b: u8| match b {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => true,
            b'_' => kind != "pypi",
            b'A'..=b'Z' => kind == "maven",
            _ => false,
        };
        let mut parts = path.split('/');
        let is_part = |part: &str| part.bytes().all(fits) && !part.bytes().all(|b| b == b'.');
        let is_version = |version: &str| {
            !version.is_empty()
                && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        (parts.all(is_part) && version.is_none_or(is_version)).then_some(Plain {
            kind,
            namespace,
            name,
            version,
        })
    }
}
