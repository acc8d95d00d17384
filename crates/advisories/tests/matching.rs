//! What matches what, and the reason that a person reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

use advisories::{Affected, Match, Package, parse};
use versions::{Event, Range};

/// The affected packages of a record with these entries.
fn affected(entries: &str) -> Vec<Affected> {
    let record = format!(r#"{{"id":"X-1","modified":"2024-01-01T00:00:00Z","affected":[{entries}]}}"#);
    parse(record.as_bytes()).unwrap().affected
}

fn entry(ecosystem: &str, name: &str, rest: &str) -> Affected {
    affected(&format!(r#"{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},{rest}}}"#)).remove(0)
}

fn at(affected: &Affected, purl: &str) -> Option<Match> {
    Package::all_from_purl(purl).unwrap().iter().find_map(|package| affected.matches(package))
}

fn reason(affected: &Affected, purl: &str) -> Option<String> {
    at(affected, purl).map(|found| found.reason)
}

#[test]
fn only_the_interval_that_holds_the_version_is_the_reason() {
    let django = entry(
        "PyPI",
        "Django",
        r#""ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"1.3"},{"fixed":"1.2.7"},{"introduced":"1.0"},{"fixed":"1.3.1"}]}]"#,
    );
    let found = at(&django, "pkg:pypi/django@1.2.5").unwrap();
    assert_eq!(
        (found.reason.as_str(), found.order, found.fixed.as_deref()),
        (">= 1.0, < 1.2.7", Some("PEP 440"), Some("1.2.7"))
    );
    let found = at(&django, "pkg:pypi/django@1.3").unwrap();
    assert_eq!((found.reason.as_str(), found.fixed.as_deref()), (">= 1.3, < 1.3.1", Some("1.3.1")));
    for version in ["0.96", "1.2.7", "1.3.1", "3.2.0"] {
        assert_eq!(at(&django, &format!("pkg:pypi/django@{version}")), None, "{version}");
    }
    assert_eq!(at(&django, "pkg:pypi/django"), None, "without a version nothing matches");
}

#[test]
fn every_kind_of_event_has_its_words() {
    let cases = [
        (r#"[{"introduced":"0"}]"#, "1.0.0", Some(("every version", None))),
        (r#"[{"introduced":"0"},{"fixed":"1.2.0"}]"#, "1.0.0", Some(("< 1.2.0", Some("1.2.0")))),
        (
            r#"[{"introduced":"1.0.0"},{"last_affected":"1.4.0"}]"#,
            "1.4.0",
            Some((">= 1.0.0, <= 1.4.0", None)),
        ),
        (r#"[{"introduced":"1.0.0"},{"last_affected":"1.4.0"}]"#, "1.4.1", None),
        (r#"[{"introduced":"1.0.0"},{"limit":"2.0.0"}]"#, "1.9.0", Some((">= 1.0.0, < 2.0.0", None))),
        (r#"[{"introduced":"1.0.0"},{"limit":"2.0.0"}]"#, "2.0.0", None),
        (
            r#"[{"introduced":"1.0.0"},{"limit":"2.0.0"},{"fixed":"2.5.0"}]"#,
            "1.9.0",
            Some((">= 1.0.0, < 2.0.0", Some("2.5.0"))),
        ),
        (r#"[{"introduced":"1.0.0"},{"limit":"*"}]"#, "9.0.0", Some((">= 1.0.0", None))),
        (r#"[{"introduced":"0","fixed":"1.2.0"}]"#, "1.0.0", Some(("< 1.2.0", Some("1.2.0")))),
        (r#"[{"fixed":"1.2.0"}]"#, "1.0.0", None),
        ("[]", "1.0.0", None),
    ];
    for (events, version, wanted) in cases {
        let affected = entry("npm", "a", &format!(r#""ranges":[{{"type":"SEMVER","events":{events}}}]"#));
        let found = at(&affected, &format!("pkg:npm/a@{version}"));
        let found = found.as_ref().map(|found| (found.reason.as_str(), found.fixed.as_deref()));
        assert_eq!(found, wanted, "{version} in {events}");
    }
    let several = entry(
        "npm",
        "a",
        r#""ranges":[{"type":"GIT","repo":"x","events":[{"introduced":"0"}]},
          {"type":"SEMVER","events":[{"introduced":"1.0.0"},{"last_affected":"1.4.0"}]},
          {"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"2.0.5"}]}]"#,
    );
    let found = at(&several, "pkg:npm/a@1.1.0").unwrap();
    assert_eq!((found.reason.as_str(), found.fixed.as_deref()), (">= 1.0.0, <= 1.4.0", Some("2.0.5")));
    assert_eq!(reason(&several, "pkg:npm/a@2.0.1").as_deref(), Some(">= 2.0.0, < 2.0.5"));
    assert_eq!(at(&several, "pkg:npm/a@0.5.0"), None, "commits say nothing about versions");
}

#[test]
fn named_versions_match_as_written_and_as_ordered() {
    let named = entry("PyPI", "a", r#""versions":["1.0","2.0-odd name"]"#);
    let found = at(&named, "pkg:pypi/a@1.0").unwrap();
    assert_eq!((found.reason.as_str(), found.order), ("= 1.0", None));
    let found = at(&named, "pkg:pypi/a@1.0.0").unwrap();
    assert_eq!((found.reason.as_str(), found.order), ("= 1.0", Some("PEP 440")));
    assert_eq!(at(&named, "pkg:pypi/a@1.0.1"), None);
    // An ecosystem without an order.
    let record = entry("Bitnami", "a", r#""versions":["x1"]"#);
    assert_eq!(reason(&record, "pkg:bitnami/a@x1").as_deref(), Some("= x1"));
}

#[test]
fn names_are_never_taken_for_others() {
    let range = r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]"#;
    let debug = entry("npm", "debug", range);
    assert!(at(&debug, "pkg:npm/debug@2.6.8").is_some());
    assert_eq!(at(&debug, "pkg:npm/%40types/debug@2.6.8"), None);
    assert_eq!(at(&debug, "pkg:pypi/debug@2.6.8"), None);
    // A group in the namespace of the package URL, and a record without package URL.
    let log4j = entry("Maven", "org.apache.logging.log4j:log4j-core", range);
    assert!(at(&log4j, "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1").is_some());
    assert_eq!(at(&log4j, "pkg:maven/log4j/log4j-core@2.14.1"), None);
    let go = entry("Go", "github.com/Masterminds/goutils", range);
    assert!(at(&go, "pkg:golang/github.com/masterminds/goutils@v1.1.0").is_some());
    assert_eq!(at(&go, "pkg:golang/github.com/masterminds/goutils/v2@v2.0.0"), None);
    let store = entry("Maven:https://repo.example/maven", "a:b", range);
    assert_eq!(reason(&store, "pkg:maven/a/b@1").as_deref(), Some("every version"));
}

#[test]
fn go_versions_are_read_in_every_spelling() {
    let fixed = |at: &str| {
        let events =
            format!(r#""ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"{at}"}}]}}]"#);
        move |name: &str| entry("Go", name, &events)
    };
    let docker = fixed("24.0.7")("github.com/docker/docker");
    assert!(at(&docker, "pkg:golang/github.com/docker/docker@v24.0.6%2Bincompatible").is_some());
    assert_eq!(at(&docker, "pkg:golang/github.com/docker/docker@v24.0.7+incompatible"), None);
    let crypto = fixed("0.0.0-20211202192323-5770296d904e")("golang.org/x/crypto");
    assert!(at(&crypto, "pkg:golang/golang.org/x/crypto@v0.0.0-20210921155107-089bfa567519").is_some());
    assert_eq!(at(&crypto, "pkg:golang/golang.org/x/crypto@v0.0.0-20220101000000-000000000000"), None);
    let stdlib = fixed("1.21.5")("stdlib");
    assert!(at(&stdlib, "pkg:golang/stdlib@1.21.0").is_some());
    assert!(at(&stdlib, "pkg:golang/std@go1.21.4").is_some());
    assert_eq!(at(&stdlib, "pkg:golang/stdlib@1.21.5"), None);
}

/// Whether an advisory that names one version for one release concerns a package.
fn of_release(ecosystem: &str, purl: &str) -> Option<String> {
    let package = Package::all_from_purl(purl).unwrap().remove(0);
    let version = package.version.clone().unwrap();
    reason(&entry(ecosystem, &package.name, &format!(r#""versions":["{version}"]"#)), purl)
}

#[test]
fn an_advisory_for_one_release_does_not_concern_another() {
    // (ecosystem of the advisory, package URL, whether it concerns it)
    let cases = [
        ("Debian", "pkg:deb/debian/a@1?distro=debian-12", true),
        ("Debian:12", "pkg:deb/debian/a@1?distro=debian-12.5", true),
        ("Debian:12", "pkg:deb/debian/a@1?distro=bookworm", true),
        ("Debian:12", "pkg:deb/debian/a@1?distro=debian-11", false),
        ("Debian:12", "pkg:deb/debian/a@1?distro=sid", false),
        ("Ubuntu:22.04:LTS", "pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", true),
        ("Ubuntu:22.04:LTS", "pkg:deb/ubuntu/a@1?distro=jammy", true),
        ("Ubuntu:Pro:18.04:LTS", "pkg:deb/ubuntu/a@1?distro=ubuntu-18.04", true),
        ("Ubuntu:Pro:18.04:LTS", "pkg:deb/ubuntu/a@1?distro=ubuntu-20.04", false),
        ("Ubuntu:Pro:FIPS:20.04:LTS", "pkg:deb/ubuntu/a@1?distro=ubuntu-20.04", false),
        ("Ubuntu:Pro:FIPS:20.04:LTS", "pkg:deb/ubuntu/a@1.fips.2?distro=ubuntu-20.04", true),
        ("Ubuntu:23.10", "pkg:deb/ubuntu/a@1?distro=ubuntu-23.10", true),
        ("Alpine:v3.18", "pkg:apk/alpine/a@1?distro=alpine-3.18.4", true),
        ("Alpine:v3.18", "pkg:apk/alpine/a@1?distro=alpine-3.19.0", false),
        ("Alpine:v3.1", "pkg:apk/alpine/a@1?distro=alpine-3.18.4", false),
        ("Wolfi", "pkg:apk/wolfi/a@1?distro=wolfi-20230201", true),
        ("Red Hat:enterprise_linux:9::appstream", "pkg:rpm/redhat/a@1?distro=rhel-9.2", true),
        ("Red Hat:enterprise_linux:9::appstream", "pkg:rpm/redhat/a@1-1.el9", true),
        ("Red Hat:enterprise_linux:9::appstream", "pkg:rpm/redhat/a@1-1.el8", false),
        ("Red Hat:rhel_eus:9.2::appstream", "pkg:rpm/redhat/a@1?distro=rhel-9.2", true),
        ("Red Hat:rhel_eus:9.2::appstream", "pkg:rpm/redhat/a@1?distro=rhel-9.4", false),
        ("Red Hat:openshift:4.12::el9", "pkg:rpm/redhat/a@1?distro=rhel-9.4", true),
        ("Red Hat:openshift:4.12::el8", "pkg:rpm/redhat/a@1?distro=rhel-9.4", false),
        ("Rocky Linux:9", "pkg:rpm/rocky/a@1?distro=rocky-9.3", true),
        ("Rocky Linux:8", "pkg:rpm/rocky/a@1?distro=rocky-9.3", false),
        ("AlmaLinux:9", "pkg:rpm/almalinux/a@1?distro=almalinux-9.3", true),
        ("SUSE:Linux Enterprise Server 15 SP5", "pkg:rpm/suse/a@1?distro=sles-15.5", true),
        ("SUSE:Linux Enterprise Server 15 SP5-LTSS", "pkg:rpm/suse/a@1?distro=sles-15.5", true),
        ("SUSE:Linux Enterprise Module for Python 3 15 SP5", "pkg:rpm/suse/a@1?distro=sles-15.5", true),
        ("SUSE:Linux Enterprise Server 15 SP4", "pkg:rpm/suse/a@1?distro=sles-15.5", false),
        ("SUSE:Linux Enterprise Server 15", "pkg:rpm/suse/a@1?distro=sles-15.5", false),
        ("SUSE:Linux Enterprise Micro 5.5", "pkg:rpm/suse/a@1?distro=sle-micro-5.5", true),
        ("openSUSE:Leap 15.5", "pkg:rpm/opensuse/a@1?distro=opensuse-leap-15.5", true),
        ("openSUSE:Tumbleweed", "pkg:rpm/opensuse/a@1?distro=opensuse-leap-15.5", false),
        ("openEuler:24.03-LTS-SP1", "pkg:rpm/openeuler/a@1?distro=openeuler-24.03", true),
        ("openEuler:24.03-LTS", "pkg:rpm/openeuler/a@1?distro=openeuler-24.03-LTS-SP1", false),
        ("Photon OS:4.0", "pkg:rpm/photon/a@1?distro=photon-4", true),
        ("Azure Linux:3", "pkg:rpm/azurelinux/a@1?distro=azurelinux-3.0", true),
        ("Mageia:9", "pkg:rpm/mageia/a@1?distro=mageia-8", false),
    ];
    for (ecosystem, purl, concerned) in cases {
        assert_eq!(of_release(ecosystem, purl).is_some(), concerned, "{ecosystem} and {purl}");
    }
    assert_eq!(
        of_release("Debian:12", "pkg:deb/debian/a@1?distro=debian-12").as_deref(),
        Some("= 1 (Debian:12)")
    );
    assert_eq!(
        of_release("Debian:12", "pkg:deb/debian/a@1").as_deref(),
        Some("= 1 (Debian:12; the release of the package is not known)")
    );
}

#[test]
fn a_binary_package_is_found_by_its_source() {
    let openssl = entry("Alpine:v3.18", "openssl", r#""versions":["3.1.3-r0"]"#);
    assert!(
        at(&openssl, "pkg:apk/alpine/libcrypto3@3.1.3-r0?distro=alpine-3.18.4&upstream=openssl").is_some()
    );
    assert_eq!(at(&openssl, "pkg:apk/alpine/libcrypto3@3.1.3-r0?distro=alpine-3.18.4"), None);
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn version(&mut self) -> String {
        let mut text = (0..=self.below(3)).map(|_| self.below(4).to_string()).collect::<Vec<_>>().join(".");
        text.push_str(["", "", "", "-rc1", ".dev2", "-1", "+x"][self.below(7) as usize]);
        text
    }
}

/// Every version that an entry mentions.
fn mentioned(affected: &Affected) -> BTreeSet<String> {
    let events = affected.ranges.iter().flat_map(|range| &range.events).map(|event| match event {
        Event::Introduced(at)
        | Event::After(at)
        | Event::Fixed(at)
        | Event::LastAffected(at)
        | Event::Limit(at) => at.clone(),
    });
    events.chain(affected.versions.iter().cloned()).collect()
}

#[test]
fn compacting_never_changes_a_decision() {
    let mut numbers = Numbers(7);
    let mut dropped = 0;
    for round in 0..3_000 {
        let ecosystem = ["PyPI", "npm", "Maven", "Bitnami"][round % 4];
        let mut ranges = Vec::new();
        for _ in 0..numbers.below(4) {
            let events = (0..numbers.below(5)).map(|_| match numbers.below(9) {
                0..4 => Event::Introduced(numbers.version()),
                4 => Event::Introduced("0".to_owned()),
                5..7 => Event::Fixed(numbers.version()),
                7 => Event::LastAffected(numbers.version()),
                _ => Event::Limit(numbers.version()),
            });
            ranges.push(Range { events: events.collect() });
        }
        if numbers.below(3) == 0 {
            ranges.extend(ranges.first().cloned());
        }
        let versions: Vec<String> = (0..numbers.below(12)).map(|_| numbers.version()).collect();
        let whole = Affected {
            ecosystem: ecosystem.to_owned(),
            suffix: None,
            name: "a".to_owned(),
            ranges,
            versions,
        };
        let compact = whole.clone().compact();
        dropped += whole.versions.len() - compact.versions.len();
        let others = (0..5).map(|_| numbers.version()).collect::<Vec<_>>();
        for version in mentioned(&whole).into_iter().chain(others) {
            let package = Package {
                ecosystem: Package::ecosystem(ecosystem).unwrap(),
                release: None,
                name: "a".to_owned(),
                version: Some(version.clone()),
                arch: None,
            };
            assert_eq!(whole.matches(&package), compact.matches(&package), "{version} in {whole:?}");
        }
        assert_eq!(compact.clone().compact(), compact);
    }
    assert!(dropped > 1_000, "{dropped} versions dropped");
}
