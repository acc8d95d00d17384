//! Formats of advisories.

use advisories::cpe::Configuration;
use advisories::{Advisory, Affected, Package, epss, ghsa, kev, nvd};

/// A record of OSV.
pub fn osv(input: &[u8]) {
    if let Ok(read) = advisories::parse(input) {
        advisory(&read);
    }
}

/// A page or feed of the NVD.
pub fn nvd(input: &[u8]) {
    let _ = nvd::read(input, |one| {
        if let Ok(read) = one {
            advisory(&read);
        }
    });
}

/// An answer of GitHub: a page of advisories, or the rest of one's packages.
pub fn ghsa(input: &[u8]) {
    if let Ok(page) = ghsa::parse(input) {
        page.advisories.iter().flatten().for_each(advisory);
    }
    if let Ok((affected, _)) = ghsa::parse_rest(input) {
        affected.iter().for_each(package);
    }
}

/// A day of EPSS: probabilities are from 0 to 1.
pub fn epss(input: &[u8]) {
    let _ = epss::read(input, |one| {
        if let Ok(row) = one {
            assert!((0.0..=1.0).contains(&row.score) && (0.0..=1.0).contains(&row.percentile), "{row:?}");
        }
    });
}

/// The catalogue of KEV.
pub fn kev(input: &[u8]) {
    let _ = kev::parse(input);
}

/// The list of weaknesses.
pub fn cwe(input: &[u8]) {
    let _ = advisories::cwe::read_xml(input, |_, _| {});
}

/// What is kept of an advisory decides as what was read.
fn advisory(read: &Advisory) {
    read.affected.iter().for_each(package);
    for configuration in &read.configurations {
        let kept = serde_json::to_string(configuration).expect("a configuration is JSON");
        assert_eq!(serde_json::from_str::<Configuration>(&kept).expect("it is read back"), *configuration);
        configuration.products();
    }
}

fn package(affected: &Affected) {
    let kept = serde_json::to_string(affected).expect("an affected package is JSON");
    assert_eq!(serde_json::from_str::<Affected>(&kept).expect("it is read back"), *affected);
    let compact = affected.clone().compact();
    assert_eq!(compact.clone().compact(), compact, "compacting twice changes something");
    let _ = affected.purl();
    let Some(ecosystem) = Package::ecosystem(&affected.ecosystem) else { return };
    let fixed = affected.ranges.iter().flat_map(|range| range.fixed());
    for version in affected.versions.iter().map(String::as_str).chain(fixed).take(8) {
        let package = Package {
            ecosystem,
            release: affected.suffix.clone(),
            name: affected.name.clone(),
            version: Some(version.to_owned()),
            arch: None,
        };
        assert_eq!(affected.matches(&package), compact.matches(&package), "{version} in {affected:?}");
    }
}
