//! Names, vectors and conditions: formats of a line.

use advisories::cpe::{Configuration, Name, Product};
use advisories::cvss::Vector;
use advisories::owasp::Rating;
use advisories::{Package, canonical_purl};

/// Lines as CPE names: each is read back from both of its texts, and may be compared with the others.
pub fn cpe(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let names: Vec<Name> = text.split('\n').take(3).filter_map(|line| Name::parse(line).ok()).collect();
    for name in &names {
        assert_eq!(Name::parse(&name.to_string()).as_ref().ok(), Some(name), "{name}");
        let uri = name.to_uri();
        assert_eq!(Name::parse(&uri).as_ref().ok(), Some(name), "{name} as {uri}");
        for other in &names {
            name.relation(other);
        }
    }
}

/// A CPE name, and behind it the JSON of a configuration: the decision is that of the configuration
/// that is read back.
pub fn configuration(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some((name, json)) = text.split_once('\n') else { return };
    let (Ok(name), Ok(read)) = (Name::parse(name), serde_json::from_str::<Configuration>(json)) else { return };
    let kept = serde_json::to_string(&read).expect("a configuration is JSON");
    let kept: Configuration = serde_json::from_str(&kept).expect("it is read back");
    let platform = [name.clone()];
    let product = Product::new(name, None, Some("npm"));
    for environment in [None, Some(&platform[..]), Some(&[][..])] {
        assert_eq!(read.matches(&product, environment), kept.matches(&product, environment), "{read:?}");
    }
}

/// A CVSS vector: its scores are from 0 to 10, and its text is read back.
pub fn cvss(input: &[u8]) {
    let Ok(vector) = Vector::parse(&String::from_utf8_lossy(input)) else { return };
    let scores = vector.scores();
    for score in [Some(scores.base), scores.temporal, scores.environmental].into_iter().flatten() {
        assert!((0.0..=10.0).contains(&score), "{scores:?} of {}", vector.text);
    }
    assert_eq!(Vector::parse(&vector.text).ok(), Some(vector));
}

/// A vector of an OWASP risk rating: its scores are from 0 to 9.
pub fn owasp(input: &[u8]) {
    let Ok(rating) = Rating::parse(&String::from_utf8_lossy(input)) else { return };
    for score in [rating.likelihood, rating.technical_impact, rating.business_impact] {
        assert!((0.0..=9.0).contains(&score), "{rating:?}");
    }
    rating.severity();
}

/// A package URL: its canonical form is its own canonical form, and means the same packages.
pub fn package_url(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = sbom::parse_purl(&text);
    let Ok(canonical) = canonical_purl(&text) else { return };
    assert_eq!(canonical_purl(&canonical).as_ref().ok(), Some(&canonical), "{text}");
    let packages = |purl: &str| {
        let mut packages = Package::all_from_purl(purl).unwrap_or_default();
        // Not a part of what decides.
        packages.iter_mut().for_each(|package| package.arch = None);
        packages
    };
    assert_eq!(packages(&text), packages(&canonical), "{text}");
}
