//! Which distribution a package of one is from, in the words of Trivy.

/// A distribution and its release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Distribution {
    /// For instance `debian`, `redhat`, `opensuse-leap`.
    pub family: &'static str,
    /// For instance `12`, `3.18.4`, `22.04`.
    pub release: String,
}

/// The families as package URLs and `os-release` write them, and as Trivy does. Longer names come
/// before those that they start with.
const FAMILIES: [(&str, &str); 31] = [
    ("almalinux", "alma"),
    ("alma", "alma"),
    ("alpine", "alpine"),
    ("amazon", "amazon"),
    ("amzn", "amazon"),
    ("azurelinux", "azurelinux"),
    ("azl", "azurelinux"),
    ("bottlerocket", "bottlerocket"),
    ("cbl-mariner", "cbl-mariner"),
    ("mariner", "cbl-mariner"),
    ("centos-stream", "centos-stream"),
    ("centos", "centos"),
    ("chainguard", "chainguard"),
    ("debian", "debian"),
    ("echo", "echo"),
    ("fedora", "fedora"),
    ("minimos", "minimos"),
    ("opensuse-leap", "opensuse-leap"),
    ("opensuse.leap", "opensuse-leap"),
    ("opensuse-tumbleweed", "opensuse-tumbleweed"),
    ("opensuse.tumbleweed", "opensuse-tumbleweed"),
    ("oracle", "oracle"),
    ("ol", "oracle"),
    ("photon", "photon"),
    ("redhat", "redhat"),
    ("rhel", "redhat"),
    ("rocky", "rocky"),
    ("slem", "slem"),
    ("sles", "sles"),
    ("ubuntu", "ubuntu"),
    ("wolfi", "wolfi"),
];

/// Names of releases that package URLs give in place of numbers.
const CODENAMES: [(&str, &str, &str); 13] = [
    ("jessie", "debian", "8"),
    ("stretch", "debian", "9"),
    ("buster", "debian", "10"),
    ("bullseye", "debian", "11"),
    ("bookworm", "debian", "12"),
    ("trixie", "debian", "13"),
    ("forky", "debian", "14"),
    ("trusty", "ubuntu", "14.04"),
    ("xenial", "ubuntu", "16.04"),
    ("bionic", "ubuntu", "18.04"),
    ("focal", "ubuntu", "20.04"),
    ("jammy", "ubuntu", "22.04"),
    ("noble", "ubuntu", "24.04"),
];

impl Distribution {
    /// Reads the qualifier `distro` of a package URL: `debian-12`, `bookworm`, or the release alone,
    /// whose family is then `otherwise` (the namespace of the package URL).
    pub fn read(distro: &str, otherwise: Option<&str>) -> Option<Distribution> {
        let distro = distro.trim().to_lowercase();
        if let Some((_, family, release)) = CODENAMES.iter().find(|(name, ..)| *name == distro) {
            return Some(Distribution { family, release: (*release).to_owned() });
        }
        for (name, family) in FAMILIES {
            match distro.strip_prefix(name) {
                // A rolling one has no release.
                Some("") => return Some(Distribution { family, release: String::new() }),
                Some(rest) => {
                    if let Some(release) = rest.strip_prefix(['-', ':', ' ']) {
                        let codename =
                            CODENAMES.iter().find(|(name, of, _)| name == &release && *of == family);
                        let release = codename.map_or(release, |(.., number)| number).to_owned();
                        return Some(Distribution { family, release });
                    }
                }
                None => {}
            }
        }
        let namespace = otherwise?.to_lowercase();
        let (_, family) = FAMILIES.iter().find(|(name, _)| *name == namespace)?;
        distro.starts_with(|c: char| c.is_ascii_digit()).then_some(Distribution { family, release: distro })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qualifier_is_read_as_generators_write_it() {
        for (distro, namespace, family, release) in [
            ("debian-12", "debian", "debian", "12"),
            ("bookworm", "debian", "debian", "12"),
            ("debian-bullseye", "debian", "debian", "11"),
            ("3.18.4", "alpine", "alpine", "3.18.4"),
            ("alpine-3.18.4", "alpine", "alpine", "3.18.4"),
            ("rhel-8.9", "redhat", "redhat", "8.9"),
            ("opensuse-leap-15.5", "opensuse", "opensuse-leap", "15.5"),
            ("centos-stream-9", "centos", "centos-stream", "9"),
            ("ol-9", "oracle", "oracle", "9"),
            ("almalinux-9.3", "almalinux", "alma", "9.3"),
            ("Ubuntu-22.04", "ubuntu", "ubuntu", "22.04"),
        ] {
            let read = Distribution::read(distro, Some(namespace));
            assert_eq!(read, Some(Distribution { family, release: release.to_owned() }), "{distro}");
        }
        assert_eq!(Distribution::read("12", Some("plan9")), None);
        assert_eq!(Distribution::read("sid-unknown", Some("debian")), None);
    }
}
