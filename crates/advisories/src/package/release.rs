//! Releases of distributions: how a package URL tells one, and whether an advisory's is the same.

const DEBIAN: [(&str, &str); 10] = [
    ("squeeze", "6"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

const UBUNTU: [(&str, &str); 25] = [
    ("trusty", "14.04"),
    ("utopic", "14.10"),
    ("vivid", "15.04"),
    ("wily", "15.10"),
    ("xenial", "16.04"),
    ("yakkety", "16.10"),
    ("zesty", "17.04"),
    ("artful", "17.10"),
    ("bionic", "18.04"),
    ("cosmic", "18.10"),
    ("disco", "19.04"),
    ("eoan", "19.10"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

/// How an advisory's release fits that of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is the same, or the advisory concerns every release.
    Same,
    /// The advisory concerns one release, and that of the package is not known.
    Unknown,
    /// It is another.
    Other,
}

/// The release as OSV writes it, from the id and version of a `distro` qualifier.
pub(super) fn of_package(ecosystem: &str, (id, version): &(Option<String>, String)) -> Option<String> {
    let id = id.as_deref().unwrap_or_default();
    let text = version.strip_prefix('v').filter(|rest| is_number(rest)).unwrap_or(version);
    if text.is_empty() {
        return None;
    }
    let number = is_number(text);
    let first = |parts: usize| text.split('.').take(parts).collect::<Vec<_>>().join(".");
    match ecosystem {
        "Debian" if number => Some(first(1)),
        // What is not released has no advisories of its own, and those of the releases are not for it.
        "Debian" if ["sid", "unstable", "testing", "experimental"].contains(&text) => Some(text.to_owned()),
        "Debian" => by_code_name(&DEBIAN, text).map(str::to_owned),
        "Ubuntu" => {
            let number = if number { first(2) } else { by_code_name(&UBUNTU, text)?.to_owned() };
            Some(if is_lts(&number) { format!("{number}:LTS") } else { number })
        }
        "Alpine" if number => Some(format!("v{}", first(2))),
        "Alpine" if text == "edge" => Some(text.to_owned()),
        "Red Hat" if number => Some(first(2)),
        "openSUSE" if id.contains("tumbleweed") || text.contains("tumbleweed") => {
            Some("Tumbleweed".to_owned())
        }
        "openSUSE" if number => Some(format!("Leap {}", first(2))),
        "SUSE" if number => Some(match text.split_once('.') {
            // Service pack 0 has no name.
            Some((version, "0")) => version.to_owned(),
            Some((version, pack)) => format!("{version} SP{pack}"),
            None => text.to_owned(),
        }),
        "openEuler" if number => Some(text.to_ascii_uppercase()),
        "Photon OS" if number => Some(if text.contains('.') { first(2) } else { format!("{text}.0") }),
        "Rocky Linux" | "AlmaLinux" | "Mageia" | "Azure Linux" if number => Some(first(1)),
        "Alpaquita" | "BellSoft Hardened Containers" if number || text == "stream" => Some(first(1)),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn by_code_name<'a>(names: &[(&str, &'a str)], text: &str) -> Option<&'a str> {
    names.iter().find(|(name, _)| *name == text).map(|(_, number)| *number)
}

/// Every second year's April release has long-term support.
fn is_lts(number: &str) -> bool {
    let year = number.strip_suffix(".04").and_then(|year| year.parse::<u32>().ok());
    year.is_some_and(|year| year % 2 == 0)
}

/// Whether the suffixes of an ecosystem are releases of a distribution; Maven's is a repository.
pub(crate) fn has_releases(ecosystem: &str) -> bool {
    super::distribution::ecosystems().any(|known| known == ecosystem)
}

/// Whether an advisory's suffix (`12`, `22.04:LTS`, `enterprise_linux:9::appstream`) is the release of
/// a package, whose version tells what the release does not.
pub(crate) fn fit(ecosystem: &str, suffix: Option<&str>, release: Option<&str>, version: &str) -> Fit {
    let Some(suffix) = suffix.filter(|_| has_releases(ecosystem)) else { return Fit::Same };
    // The certified builds of Ubuntu are packages of their own under the same names.
    if ecosystem == "Ubuntu" && suffix.contains("FIPS") && !version.contains("fips") {
        return Fit::Other;
    }
    let Some(release) = release else { return Fit::Unknown };
    let same = match ecosystem {
        "Ubuntu" => number(suffix) == number(release),
        "SUSE" => service_pack(suffix) == service_pack(release),
        "Red Hat" => is_red_hat(suffix, release),
        "openEuler" => has_prefix(suffix, release, '-'),
        "openSUSE" => suffix.eq_ignore_ascii_case(release),
        _ => {
            let (a, b) = (suffix.trim_start_matches('v'), release.trim_start_matches('v'));
            has_prefix(a, b, '.') || has_prefix(b, a, '.')
        }
    };
    if same { Fit::Same } else { Fit::Other }
}

/// `22.04` of `Pro:22.04:LTS`.
fn number(text: &str) -> &str {
    text.split(':').find(|part| is_number(part)).unwrap_or(text)
}

/// Whether `text` is `start` or goes on behind it with the separator.
fn has_prefix(text: &str, start: &str, separator: char) -> bool {
    text.len() >= start.len()
        && text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        && text.get(start.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
}

/// The version and service pack in the name of a product: (`15`, `5`) of `Linux Enterprise Server 15
/// SP5-LTSS`.
fn service_pack(text: &str) -> (&str, &str) {
    let words: Vec<&str> = text.split([' ', '-']).collect();
    // The name of a product may have a number, too; the version is the last.
    let Some(at) = words.iter().rposition(|word| is_number(word)) else { return (text, "0") };
    let version = words.get(at).copied().unwrap_or_default();
    let pack = words.get(at + 1).and_then(|word| word.strip_prefix("SP")).unwrap_or("0");
    version.split_once('.').unwrap_or((version, pack))
}

/// The suffix is a CPE without its beginning: product, version, update, edition. The streams of a minor
/// release (`rhel_eus:9.2`) concern that one alone; a product on top names what it runs on (`::el9`).
fn is_red_hat(suffix: &str, release: &str) -> bool {
    let mut parts = suffix.split(':');
    let (product, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let major = |text: &'_ str| text.split('.').next().unwrap_or_default().to_owned();
    match product {
        "enterprise_linux" => major(version) == major(release),
        _ if product.starts_with("rhel_") && version.contains('.') => version == release,
        _ => {
            let edition = parts.find_map(|part| part.strip_prefix("el").filter(|rest| !rest.is_empty()));
            edition.map_or(major(version), major) == major(release)
        }
    }
}
