//! The rule by which a severity is chosen, and the OWASP risk rating.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod dice;

use advisories::cvss::Vector;
use advisories::owasp::{Level, Rating};
use advisories::{Evidence, Severity};

#[test]
fn an_owasp_vector_becomes_three_scores() {
    let rating =
        Rating::parse("SL:1/M:4/O:4/S:9/ED:7/EE:3/A:4/ID:3/LC:9/LI:1/LAV:5/LAC:1/FD:3/RD:4/NC:7/PV:5")
            .unwrap();
    assert_eq!((rating.likelihood, rating.technical_impact, rating.business_impact), (4.375, 4.0, 4.75));
    assert_eq!(Level::of(rating.likelihood).as_str(), "MEDIUM");
    assert_eq!(rating.severity(), Severity::Medium);
    let low = Rating::parse("SL:1/M:1/O:0/S:2/ED:1/EE:1/A:1/ID:1/LC:2/LI:1/LAV:1/LAC:1/FD:1/RD:1/NC:2/PV:3")
        .unwrap();
    assert_eq!((low.likelihood, low.technical_impact, low.business_impact), (1.0, 1.25, 1.75));
    assert_eq!(low.severity(), Severity::Info);
}

#[test]
fn severity_is_likelihood_by_the_greater_impact() {
    use Severity::{Critical, High, Info, Low, Medium, Unassigned};
    // (likelihood, technical impact, business impact) of 0 to 9
    let cases = [
        (2.9, 2.9, 0.0, Info),
        (2.9, 3.0, 1.0, Low),
        (2.9, 1.0, 6.0, Medium),
        (3.0, 1.0, 1.0, Low),
        (3.0, 5.9, 3.0, Medium),
        (5.9, 6.0, 1.0, High),
        (6.0, 1.0, 2.9, Medium),
        (6.0, 5.9, 1.0, High),
        (6.0, 1.0, 9.0, Critical),
        (0.0, 9.0, 9.0, Unassigned),
        (9.0, 0.0, 0.0, Unassigned),
    ];
    for (likelihood, technical_impact, business_impact, severity) in cases {
        let rating = Rating { likelihood, technical_impact, business_impact };
        assert_eq!(rating.severity(), severity, "{rating:?}");
    }
}

#[test]
fn other_texts_are_refused_in_the_words_of_dependency_track() {
    assert_eq!(
        Rating::parse("foobar").unwrap_err().to_string(),
        r"Provided vector foobar does not match OWASP RR Vector pattern SL:\d/M:\d/O:\d/S:\d/ED:\d/EE:\d/A:\d/ID:\d/LC:\d/LI:\d/LAV:\d/LAC:\d/FD:\d/RD:\d/NC:\d/PV:\d"
    );
    let right = "SL:1/M:4/O:4/S:9/ED:7/EE:3/A:4/ID:3/LC:9/LI:1/LAV:5/LAC:1/FD:3/RD:4/NC:7/PV:5";
    for wrong in [
        String::new(),
        right.replace("SL:1", "SL:10"),
        right.replace("SL:1", "SL:"),
        right.replace("SL:1/M:4", "M:4/SL:1"),
        right.replace("/PV:5", ""),
        format!("{right}/X:1"),
        format!(" {right}"),
    ] {
        assert!(Rating::parse(&wrong).is_err(), "{wrong:?}");
    }
    let mut dice = dice::Dice::new(3);
    for _ in 0..5_000 {
        let mut text = right.to_owned();
        dice.damage(&mut text);
        let _ = Rating::parse(&text);
    }
}

#[test]
fn the_severity_says_what_it_was_taken_from() {
    let vector = |text: &str| Vector::parse(text).unwrap();
    let v2 = vector("AV:N/AC:L/Au:N/C:C/I:C/A:C");
    let v30 = vector("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N");
    let v31 = vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N");
    let v4 = vector("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N");
    let owasp = |score: f64| Rating { likelihood: score, technical_impact: score, business_impact: 0.0 };
    let word = Some(Severity::Critical);
    let chosen = |evidence: Evidence| {
        let chosen = evidence.choose();
        (chosen.severity, chosen.rule.to_string())
    };
    let all = [v2.clone(), v30.clone(), v31, v4];
    let cases = [
        (
            Evidence { vectors: &all, word, ..Evidence::default() },
            Severity::Medium,
            "CVSS 4.0 vector, base score 4.6",
        ),
        (
            Evidence { vectors: &all[..3], word, ..Evidence::default() },
            Severity::High,
            "CVSS 3.1 vector, base score 7.5",
        ),
        (
            Evidence { vectors: &all[..2], ..Evidence::default() },
            Severity::Medium,
            "CVSS 3.0 vector, base score 6.1",
        ),
        (
            Evidence { vectors: &all[..1], ..Evidence::default() },
            Severity::High,
            "CVSS 2.0 vector, base score 10.0",
        ),
        (
            Evidence { vectors: &all[..2], owasp: Some(owasp(6.5)), ..Evidence::default() },
            Severity::Critical,
            "OWASP risk rating, likelihood 6.5, technical impact 6.5, business impact 0",
        ),
        (
            Evidence { vectors: &all[..2], owasp: Some(owasp(1.0)), ..Evidence::default() },
            Severity::Medium,
            "CVSS 3.0 vector, base score 6.1",
        ),
        (
            Evidence { owasp: Some(owasp(1.0)), word, ..Evidence::default() },
            Severity::Info,
            "OWASP risk rating, likelihood 1, technical impact 1, business impact 0",
        ),
        (Evidence { word, ..Evidence::default() }, Severity::Critical, "the word of the source"),
        (
            Evidence { explicit: Some(Severity::Low), vectors: &all, owasp: Some(owasp(9.0)), word },
            Severity::Low,
            "set by hand",
        ),
        (Evidence::default(), Severity::Unassigned, "nobody rated it"),
    ];
    for (evidence, severity, rule) in cases {
        assert_eq!(chosen(evidence), (severity, rule.to_owned()));
    }
}
