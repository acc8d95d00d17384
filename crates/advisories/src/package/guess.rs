//! What a component without a package URL is, from what an SBOM says beside.

/// Words of tools for types of packages, and the type of package URL. The types themselves count, too.
const HINTS: [(&str, &str); 63] = [
    // Syft
    ("python", "pypi"),
    ("java-archive", "maven"),
    ("jenkins-plugin", "maven"),
    ("go-module", "golang"),
    ("rust-crate", "cargo"),
    ("php-composer", "composer"),
    ("dotnet", "nuget"),
    ("dart-pub", "pub"),
    ("github-action", "githubactions"),
    ("github-action-workflow", "githubactions"),
    ("r-package", "cran"),
    // Trivy
    ("node-pkg", "npm"),
    ("yarn", "npm"),
    ("pnpm", "npm"),
    ("bun", "npm"),
    ("python-pkg", "pypi"),
    ("pip", "pypi"),
    ("pipenv", "pypi"),
    ("poetry", "pypi"),
    ("uv", "pypi"),
    ("pylock", "pypi"),
    ("jar", "maven"),
    ("pom", "maven"),
    ("gradle", "maven"),
    ("sbt", "maven"),
    ("gomod", "golang"),
    ("gobinary", "golang"),
    ("rust-binary", "cargo"),
    ("rustbinary", "cargo"),
    ("bundler", "gem"),
    ("gemspec", "gem"),
    ("composer-vendor", "composer"),
    ("dotnet-core", "nuget"),
    ("packages-props", "nuget"),
    // types of package URLs
    ("npm", "npm"),
    ("pypi", "pypi"),
    ("maven", "maven"),
    ("golang", "golang"),
    ("cargo", "cargo"),
    ("gem", "gem"),
    ("composer", "composer"),
    ("nuget", "nuget"),
    ("hex", "hex"),
    ("pub", "pub"),
    ("swift", "swift"),
    ("cran", "cran"),
    ("bioconductor", "bioconductor"),
    ("hackage", "hackage"),
    ("conan", "conan"),
    ("bitnami", "bitnami"),
    ("github", "github"),
    ("githubactions", "githubactions"),
    ("julia", "julia"),
    ("opam", "opam"),
    ("vscode-extension", "vscode-extension"),
    ("deb", "deb"),
    ("apk", "apk"),
    ("rpm", "rpm"),
    // Trivy names the distribution
    ("debian", "deb"),
    ("ubuntu", "deb"),
    ("alpine", "apk"),
    ("wolfi", "apk"),
    ("chainguard", "apk"),
];

/// Distributions of RPM packages, as Trivy names them.
const RPM: [&str; 9] =
    ["redhat", "rocky", "alma", "photon", "azurelinux", "cbl-mariner", "opensuse", "suse", "mageia"];

/// First parts of groups that are domains written backwards.
const DOMAINS: [&str; 15] = [
    "com", "org", "net", "io", "dev", "edu", "gov", "info", "app", "ai", "co", "eu", "me", "javax", "jakarta",
];

/// The type of package URL, the namespace and the name; none when nothing says the type.
pub(super) fn parts<'a>(
    group: Option<&'a str>,
    name: &'a str,
    hint: Option<&str>,
) -> Option<(&'static str, Option<String>, String)> {
    let name = name.trim();
    let group = group.map(str::trim).filter(|group| !group.is_empty());
    if name.is_empty() {
        return None;
    }
    let namespace = group.map(|group| group.trim_end_matches('/').to_owned());
    let Some(hint) = hint.map(|hint| hint.trim().to_ascii_lowercase()).filter(|hint| !hint.is_empty()) else {
        let kind = match group {
            Some(group) if group.starts_with('@') => "npm",
            None if name.starts_with('@') && name.contains('/') => "npm",
            Some(group) if is_host_path(group) => "golang",
            Some(group) if is_backward_domain(group) => "maven",
            _ => return None,
        };
        return Some((kind, namespace, name.to_owned()));
    };
    let (kind, known) = match HINTS.iter().find(|(word, _)| *word == hint) {
        Some((word, kind)) => (*kind, *word),
        None => ("rpm", *RPM.iter().find(|id| hint.starts_with(**id))?),
    };
    let namespace = match kind {
        "deb" | "apk" | "rpm" if kind != known => Some(known.to_owned()),
        // The scope is told with and without its sign.
        "npm" => namespace.map(|scope| format!("@{}", scope.trim_start_matches('@'))),
        // A tool that knows no group repeats the name, or puts both into the name.
        "maven" if name.contains(':') => None,
        "pypi" | "cargo" | "nuget" | "gem" | "pub" | "cran" | "hackage" | "opam" => None,
        _ => namespace,
    };
    // Some tools repeat the group in the name.
    let name = match &namespace {
        Some(space) => name
            .strip_prefix(space.as_str())
            .and_then(|rest| rest.strip_prefix(['/', ':']))
            .unwrap_or(name)
            .to_owned(),
        None => name.to_owned(),
    };
    Some((kind, namespace, name))
}

/// `github.com/owner`.
fn is_host_path(group: &str) -> bool {
    group.split_once('/').is_some_and(|(host, path)| host.contains('.') && !path.is_empty())
        || ["github.com", "gitlab.com", "golang.org", "gopkg.in", "k8s.io"].contains(&group)
}

/// `org.apache.logging.log4j`.
fn is_backward_domain(group: &str) -> bool {
    let mut parts = group.split('.');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let country = first.len() == 2 && first.bytes().all(|b| b.is_ascii_lowercase());
    (DOMAINS.contains(&first) || country) && !rest.is_empty() && rest.iter().all(|part| word(part))
}
