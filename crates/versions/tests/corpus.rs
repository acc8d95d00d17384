//! Lists of comparisons made by the real package managers. `CORPUS` names the folder that holds them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::cmp::Ordering;
use std::path::PathBuf;

use versions::Scheme;

/// Lines that no total order can follow, because others say the opposite.
const CONTRADICTIONS: &[(&str, &str)] = &[
    // Maven: 2.9.0 < 2.9.0-1 < 2.9.0.RC1, though a release candidate is before its release.
    ("maven-versions-generated.txt", "2.9.0-1 < 2.9.0.RC1"),
    ("maven-versions-generated.txt", "1.1.0-01-glassfish < 1.1.0.Beta1"),
    ("maven-versions-generated.txt", "1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3"),
    // PHP counts `#` as nothing (1.2.3.# = 1.2.3) and as any number, though 1.2.3.1 > 1.2.3.
    ("packagist-versions.txt", "1.2.3.# = 1.2.3.1"),
];

fn check(scheme: Scheme, files: &[&str]) {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing read");
        return;
    };
    for file in files {
        let text = std::fs::read_to_string(root.join("corpus/versions").join(file)).expect(file);
        let mut wrong = Vec::new();
        let mut count = 0;
        for line in
            text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#') && !l.starts_with("//"))
        {
            let mut words = line.split_whitespace();
            let (Some(a), Some(sign), Some(b)) = (words.next(), words.next(), words.next()) else {
                panic!("{file}: {line}");
            };
            let wanted = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("{file}: {line}"),
            };
            count += 1;
            let right = scheme.compare(a, b) == wanted && scheme.compare(b, a) == wanted.reverse();
            if right == CONTRADICTIONS.contains(&(file, line.trim())) {
                wrong.push(line.to_owned());
            }
        }
        assert!(count >= 10, "{file} is empty");
        assert!(
            wrong.is_empty(),
            "{file}: {} of {count} wrong, for instance {:?}",
            wrong.len(),
            &wrong[..wrong.len().min(20)]
        );
        eprintln!("{file}: {count} comparisons by the order of {}", scheme.name());
    }
}

#[test]
fn semver_lists() {
    check(Scheme::Semver, &["semver-versions.txt"]);
}

#[test]
fn pypi_lists() {
    check(Scheme::PyPi, &["pypi-versions.txt", "pypi-versions-generated.txt"]);
}

#[test]
fn maven_lists() {
    check(Scheme::Maven, &["maven-versions.txt", "maven-versions-generated.txt"]);
}

#[test]
fn nuget_lists() {
    check(Scheme::NuGet, &["nuget-versions.txt"]);
}

#[test]
fn rubygems_lists() {
    check(Scheme::RubyGems, &["rubygems-versions.txt", "rubygems-versions-generated.txt"]);
}

#[test]
fn packagist_lists() {
    check(Scheme::Packagist, &["packagist-versions.txt", "packagist-versions-generated.txt"]);
}

#[test]
fn debian_lists() {
    check(Scheme::Debian, &["debian-versions.txt", "debian-versions-generated.txt"]);
}

#[test]
fn rpm_lists() {
    check(Scheme::Rpm, &["redhat-versions.txt"]);
}

#[test]
fn alpine_lists() {
    check(Scheme::Alpine, &["alpine-versions.txt", "alpine-versions-generated.txt"]);
}

#[test]
fn pub_lists() {
    check(Scheme::Pub, &["pub-versions.txt"]);
}

#[test]
fn cran_lists() {
    check(Scheme::Cran, &["cran-versions.txt", "cran-versions-generated.txt"]);
}

#[test]
fn hackage_lists() {
    check(Scheme::Hackage, &["hackage-versions.txt"]);
}
