//! Scores, records and matches that the standards themselves give.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use advisories::cvss::{Vector, Version, most_telling};
use advisories::{Package, Severity, canonical_purl, first_fixed, flaws, parse, primary};

#[test]
fn vectors_score_as_their_specifications_say() {
    // (vector, base, most specific)
    let cases = [
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8, 7.8),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 7.8, 6.4),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 7.8, 9.2),
        ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 10.0, 10.0),
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C", 6.2, 4.9),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", 9.8, 7.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, 6.4),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, 7.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:P", 9.8, 6.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, 9.3),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 9.3, 8.1),
        ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3, 7.3),
    ];
    for (text, base, score) in cases {
        let vector = Vector::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((vector.base_score(), vector.score()), (base, score), "{text}");
    }
}

#[test]
fn incomplete_or_odd_vectors_are_refused() {
    for text in [
        "",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "AV:N/AC:L/Au:N/C:N/I:N",
        "CVSS:3.1/AV:Z/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:4.0/AV:N",
        "CVSS:9.9/AV:N/AC:L",
        "HIGH",
    ] {
        assert!(Vector::parse(text).is_err(), "{text:?} must be refused");
    }
}

#[test]
fn the_most_telling_vector_counts() {
    let v2 = Vector::parse("AV:N/AC:L/Au:N/C:C/I:C/A:C").unwrap();
    let v3 = Vector::parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L").unwrap();
    assert_eq!(most_telling([&v2, &v3]).unwrap().version, Version::V3_1);
    assert_eq!(v2.severity(), Severity::High, "v2 knows no CRITICAL");
    assert_eq!(v3.severity(), Severity::Medium);
    assert_eq!(Severity::parse("moderate"), Some(Severity::Medium));
}

#[test]
fn package_urls_become_packages_as_osv_names_them() {
    let cases = [
        ("pkg:pypi/Flask_Login@0.5", "PyPI", "flask-login", "0.5"),
        ("pkg:npm/%40types/node@1.0.0", "npm", "@types/node", "1.0.0"),
        ("pkg:maven/org.x/y@1?type=jar", "Maven", "org.x:y", "1"),
        (
            "pkg:golang/github.com/Masterminds/goutils@v1.1.0",
            "Go",
            "github.com/masterminds/goutils",
            "v1.1.0",
        ),
        ("pkg:golang/stdlib@1.20", "Go", "stdlib", "1.20"),
        ("pkg:cargo/time@0.1.0", "crates.io", "time", "0.1.0"),
    ];
    for (purl, ecosystem, name, version) in cases {
        let package = Package::all_from_purl(purl).unwrap().remove(0);
        assert_eq!(
            (package.ecosystem, package.name.as_str(), package.version.as_deref()),
            (ecosystem, name, Some(version)),
            "{purl}"
        );
    }
    assert_eq!(Package::all_from_purl("pkg:generic/x@1").unwrap()[0].ecosystem, Package::ANY);
    assert!(Package::all_from_purl("not a purl").is_err());
    assert_eq!(canonical_purl("pkg:npm/a@1.0.0?foo=bar#sub").unwrap(), "pkg:npm/a@1.0.0");
}

#[test]
fn a_record_is_read_with_nulls_and_unknown_fields_and_matched() {
    let advisory = parse(
        br#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-1","X-1"],
        "related":null,"severity":null,"new_field":{"a":1},"database_specific":{"severity":"MODERATE","cwe_ids":["CWE-79","CWE-79"]},
        "affected":[{"package":{"ecosystem":"PyPI","name":"Some.Thing"},"versions":["0.5"],
          "ranges":[{"type":"GIT","events":[{"introduced":"0"}]},{"type":"ECOSYSTEM","events":[{"introduced":"1.0"},{"fixed":"1.2"}]}]},
          {"ranges":[]}]}"#,
    )
    .unwrap();
    assert_eq!(
        (advisory.severity, advisory.cwes.as_slice(), advisory.aliases.len()),
        (Severity::Medium, &[79][..], 1)
    );
    assert_eq!(advisory.affected.len(), 1);
    let at = |version: &str| {
        let package = Package::all_from_purl(&format!("pkg:pypi/some-thing@{version}")).unwrap().remove(0);
        advisory.affected[0].matches(&package)
    };
    let found = at("1.1").unwrap();
    assert_eq!((found.reason.as_str(), found.fixed.as_deref()), (">= 1.0, < 1.2", Some("1.2")));
    assert_eq!(at("0.5").unwrap().reason, "= 0.5");
    assert!(at("1.2").is_none() && at("0.6").is_none());
    assert_eq!(first_fixed(&advisory.affected, "1.3"), None);
    for broken in [
        &b"not json"[..],
        b"{}",
        br#"{"id":"","modified":"2024-01-02T03:04:05Z"}"#,
        br#"{"id":"a","modified":"yesterday"}"#,
    ] {
        assert!(parse(broken).is_err());
    }
}

#[test]
fn aliases_form_groups_around_cves_whatever_the_order() {
    let links = [
        ("PYSEC-1", "CVE-1"),
        ("GHSA-1", "CVE-1"),
        ("GHSA-1", "PYSEC-1"),
        ("GHSA-2", "CVE-2"),
        // One record for two CVEs, and another that follows the first of them only by name.
        ("GO-1", "CVE-2"),
        ("GO-1", "CVE-3"),
        ("GHSA-2", "GO-1"),
        ("RUSTSEC-1", "GHSA-9"),
    ];
    let known = flaws(links);
    let aliases = |id: &str| known[id].aliases.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!((known["PYSEC-1"].name.as_str(), aliases("PYSEC-1").as_str()), ("CVE-1", "CVE-1 GHSA-1"));
    assert_eq!(known["GHSA-1"].name, "CVE-1");
    // Two CVEs are two flaws, even if a record names both.
    assert_eq!((known["CVE-2"].name.as_str(), known["CVE-3"].name.as_str()), ("CVE-2", "CVE-3"));
    assert_eq!((known["GO-1"].name.as_str(), aliases("GO-1").as_str()), ("CVE-2", "CVE-2 CVE-3 GHSA-2"));
    assert_eq!(aliases("CVE-3"), "GO-1");
    assert_eq!((known["RUSTSEC-1"].name.as_str(), aliases("RUSTSEC-1").as_str()), ("GHSA-9", "GHSA-9"));
    let mut turned = links;
    for turn in 0..turned.len() {
        turned.rotate_left(1);
        assert_eq!(flaws(turned), known, "after {turn} turns");
        assert_eq!(flaws(turned.map(|(a, b)| (b, a))), known, "the other way round");
    }
    assert_eq!(primary(["RUSTSEC-2", "GHSA-9"]), Some("GHSA-9"));
}
