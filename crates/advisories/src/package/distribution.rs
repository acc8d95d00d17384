//! Packages of Linux distributions: the ecosystem by namespace, the release by the `distro` qualifier,
//! the epoch, and the source package that advisories name.

use super::{Package, Parts, normalised};

/// (type of package URL, namespace, ecosystem). The first of an ecosystem is the one it is written with.
const NAMESPACES: [(&str, &str, &str); 34] = [
    ("deb", "debian", "Debian"),
    ("deb", "ubuntu", "Ubuntu"),
    ("deb", "echo", "Echo"),
    ("apk", "alpine", "Alpine"),
    ("apk", "wolfi", "Wolfi"),
    ("apk", "chainguard", "Chainguard"),
    ("apk", "minimos", "MinimOS"),
    ("apk", "alpaquita", "Alpaquita"),
    ("apk", "bellsoft-hardened-containers", "BellSoft Hardened Containers"),
    ("apk", "cleanstart", "CleanStart"),
    ("rpm", "redhat", "Red Hat"),
    ("rpm", "rhel", "Red Hat"),
    ("rpm", "rocky-linux", "Rocky Linux"),
    ("rpm", "rocky", "Rocky Linux"),
    ("rpm", "rockylinux", "Rocky Linux"),
    ("rpm", "almalinux", "AlmaLinux"),
    ("rpm", "alma", "AlmaLinux"),
    ("rpm", "opensuse", "openSUSE"),
    ("rpm", "suse", "SUSE"),
    ("rpm", "sles", "SUSE"),
    ("rpm", "sled", "SUSE"),
    ("rpm", "sle", "SUSE"),
    ("rpm", "openeuler", "openEuler"),
    ("rpm", "photon", "Photon OS"),
    ("rpm", "vmware", "Photon OS"),
    ("rpm", "mageia", "Mageia"),
    ("rpm", "azure-linux", "Azure Linux"),
    ("rpm", "azurelinux", "Azure Linux"),
    ("rpm", "azl", "Azure Linux"),
    ("rpm", "mariner", "Azure Linux"),
    ("rpm", "cbl-mariner", "Azure Linux"),
    ("rpm", "microsoft", "Azure Linux"),
    ("rpm", "leap", "openSUSE"),
    ("rpm", "tumbleweed", "openSUSE"),
];

/// What a build says about its release in the version of the package, by ecosystem: `1.2-3.el9_2`.
const TAGS: [(&str, &[&str]); 7] = [
    ("Debian", &["+deb", "~deb"]),
    ("Red Hat", &[".el", "+el"]),
    ("Rocky Linux", &[".el", "+el"]),
    ("AlmaLinux", &[".el", "+el"]),
    ("Azure Linux", &[".azl", ".cm"]),
    ("Photon OS", &[".ph"]),
    ("Mageia", &[".mga"]),
];

pub(super) fn ecosystems() -> impl Iterator<Item = &'static str> {
    NAMESPACES.iter().map(|(_, _, ecosystem)| *ecosystem)
}

/// The type and namespace of package URLs of an ecosystem.
pub(super) fn purl(ecosystem: &str) -> Option<(&'static str, &'static str)> {
    let (kind, namespace, _) = NAMESPACES.iter().find(|(_, _, known)| *known == ecosystem)?;
    Some((kind, namespace))
}

pub(super) fn all(kind: &str, parts: &Parts) -> Vec<Package> {
    let distro = (parts.qualifier)("distro").map(distro).unwrap_or_default();
    let namespace = parts.namespace.map(str::to_ascii_lowercase);
    // The distribution says more than the vendor: openSUSE comes from SUSE.
    let ecosystem = [distro.0.as_deref(), namespace.as_deref()].into_iter().flatten().find_map(|id| {
        let by_id = |wanted: &str| {
            NAMESPACES.iter().find(|(known, namespace, _)| *known == kind && *namespace == wanted)
        };
        let first = id.split(['-', '.', '_', ' ']).next().unwrap_or_default();
        by_id(id).or_else(|| by_id(first))
    });
    let Some((_, _, ecosystem)) = ecosystem else { return Vec::new() };
    let given = parts.version.map(str::trim).filter(|version| !version.is_empty());
    let release = super::release::of_package(ecosystem, &distro).or_else(|| tag(ecosystem, given?));
    let epoch = (parts.qualifier)("epoch");
    let arch = (parts.qualifier)("arch").map(str::to_owned);
    let package = |name: &str, version: Option<&str>| Package {
        ecosystem,
        release: release.clone(),
        name: normalised(ecosystem, name),
        version: version.map(|version| with_epoch(version, epoch)),
        arch: arch.clone(),
    };
    let mut out = Vec::new();
    let upstream = (parts.qualifier)("upstream").or_else(|| (parts.qualifier)("source"));
    if let Some((name, version)) = upstream.and_then(|text| source(kind, text)) {
        out.push(package(name, version.as_deref().or(given)));
    }
    let binary = package(parts.name, given);
    if out.iter().all(|source| source.name != binary.name) {
        out.push(binary);
    }
    out
}

/// The id and version of a `distro` qualifier: `debian-12.5`, `opensuse-leap-15.5`, `3.18.4`, `bookworm`.
fn distro(text: &str) -> (Option<String>, String) {
    let text = text.trim().to_ascii_lowercase();
    let is_version = |part: &str| {
        part.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
            || part == "edge"
            || part == "stream"
    };
    if is_version(&text) {
        return (None, text);
    }
    let at = text.match_indices(['-', ':', ' ']).map(|(at, _)| at);
    let at = at.into_iter().find(|at| text.get(at + 1..).is_some_and(is_version)).or_else(|| text.find('-'));
    match at.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) {
        Some((id, version)) => (Some(id.to_owned()), version.to_owned()),
        None => (Some(text.clone()), text),
    }
}

/// The release that the version tells: the number behind the tag of the build.
fn tag(ecosystem: &str, version: &str) -> Option<String> {
    let (_, tags) = TAGS.iter().find(|(known, _)| *known == ecosystem)?;
    tags.iter().find_map(|tag| {
        let (_, rest) = version.rsplit_once(tag)?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!number.is_empty()).then_some(number)
    })
}

fn with_epoch(version: &str, epoch: Option<&str>) -> String {
    let has_one = version
        .split_once(':')
        .is_some_and(|(epoch, _)| !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit()));
    match epoch.filter(|epoch| !has_one && !epoch.is_empty() && *epoch != "0") {
        Some(epoch) => format!("{epoch}:{version}"),
        None => version.to_owned(),
    }
}

/// The source package and, where it is given, its version: `openssl`, `openssl@3.0.11-1`, or the file
/// `openssl-3.0.7-27.el9.src.rpm`.
fn source<'a>(kind: &str, text: &'a str) -> Option<(&'a str, Option<String>)> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(file) = text.strip_suffix(".rpm").filter(|_| kind == "rpm") {
        let file = file.strip_suffix(".src").or_else(|| file.strip_suffix(".nosrc")).unwrap_or(file);
        let mut parts = file.rsplitn(3, '-');
        let (release, version) = (parts.next()?, parts.next()?);
        return Some((parts.next()?, Some(format!("{version}-{release}"))));
    }
    Some(match text.split_once('@') {
        Some((name, version)) => (name, Some(version.to_owned()).filter(|version| !version.is_empty())),
        None => (text, None),
    })
}
