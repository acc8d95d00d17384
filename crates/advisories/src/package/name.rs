//! Names of packages in the one spelling in which both sides are compared.

/// The name as packages and advisories are compared by it: PEP 503 for PyPI, lower case where the
/// registry does not distinguish it or package URLs lose it, the address without scheme for Swift, and
/// unchanged elsewhere.
pub fn normalised(ecosystem: &str, name: &str) -> String {
    let name = name.trim();
    match ecosystem {
        "PyPI" => pypi(name),
        // Module paths of Go are case-sensitive, but package URLs are written in lower case. (Those of npm,
        // too, but there an old name in other case is another package.)
        "Go" | "NuGet" | "Packagist" | "Hex" | "VSCode" => name.to_lowercase(),
        // An action is known by its repository, wherever in it it lies.
        "GitHub Actions" => {
            let mut parts = name.split('/');
            match (parts.next(), parts.next()) {
                (Some(owner), Some(repository)) => format!("{owner}/{repository}").to_lowercase(),
                _ => name.to_lowercase(),
            }
        }
        "SwiftURL" => {
            let address = name.split_once("://").map_or(name, |(_, address)| address);
            let address = address.trim_end_matches('/');
            address.strip_suffix(".git").unwrap_or(address).to_lowercase()
        }
        _ => name.to_owned(),
    }
}

/// PEP 503, without the extras (`name[extra]`).
fn pypi(name: &str) -> String {
    let name = name.split('[').next().unwrap_or_default();
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

/// The module and version of Go: the standard library and the tools have names of their own, and
/// their versions are written with and without `go`. A build of the main module has no version.
pub(super) fn go<'a>(path: &str, version: Option<&'a str>) -> (String, Option<&'a str>) {
    let name = match path {
        "std" | "stdlib" => "stdlib",
        // `v0.0.1-go1.21.0.linux-amd64` is a tool chain as a module.
        "golang.org/toolchain" | "toolchain" => "toolchain",
        path => return (path.to_owned(), version.filter(|version| *version != "(devel)")),
    };
    let version = version.map(|version| match version.strip_prefix("v0.0.1-go") {
        // The system follows behind the last dot.
        Some(rest) => rest.rsplit_once('.').map_or(rest, |(version, _)| version),
        None => version.strip_prefix("go").unwrap_or(version),
    });
    (name.to_owned(), version)
}
