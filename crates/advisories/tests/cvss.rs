//! Scores of vectors: the examples that FIRST gives with each version of the standard, and what
//! holds for every vector and every text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod dice;

use advisories::cvss::{Scores, Vector, Version};
use dice::Dice;

fn scores(text: &str) -> Scores {
    Vector::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).scores()
}

#[test]
fn the_guide_of_v2_works_three_examples() {
    // (CVE, base and temporal metrics, base, impact, exploitability, temporal,
    //  environmental metrics, environmental, modified impact)
    let cases = [
        (
            "CVE-2002-0392",
            "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C",
            [7.8, 6.9, 10.0, 6.4],
            "CDP:H/TD:H/CR:M/IR:M/AR:H",
            [9.2, 10.0],
        ),
        (
            "CVE-2003-0818",
            "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C",
            [10.0, 10.0, 10.0, 8.3],
            "CDP:H/TD:H/CR:M/IR:M/AR:L",
            [9.0, 9.6],
        ),
        (
            "CVE-2003-0062",
            "AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C",
            [6.2, 10.0, 1.9, 4.9],
            "CDP:H/TD:H/CR:M/IR:M/AR:M",
            [7.5, 10.0],
        ),
    ];
    for (cve, vector, [base, impact, exploitability, temporal], environment, [environmental, modified]) in
        cases
    {
        let plain = scores(vector);
        let expected = Scores {
            base,
            impact: Some(impact),
            exploitability: Some(exploitability),
            temporal: Some(temporal),
            environmental: None,
            modified_impact: None,
        };
        assert_eq!(plain, expected, "{cve}");
        let full = scores(&format!("({vector}/{environment})"));
        let expected =
            Scores { environmental: Some(environmental), modified_impact: Some(modified), ..expected };
        assert_eq!(full, expected, "{cve}");
        // Where no system is a target nothing can be damaged.
        let nowhere = scores(&format!("{vector}/{}", environment.replace("TD:H", "TD:N")));
        assert_eq!(nowhere.environmental, Some(0.0), "{cve}");
    }
}

#[test]
fn the_examples_of_v3() {
    // (CVE, base metrics, base score), the same by v3.0 and v3.1.
    let cases = [
        ("CVE-2015-8252", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVE-2013-1937", "AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVE-2013-0375", "AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVE-2014-3566", "AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVE-2012-1516", "AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVE-2009-0783", "AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2),
        ("CVE-2012-0384", "AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8),
        ("CVE-2015-1098", "AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8),
        ("CVE-2014-0160", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVE-2014-6271", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVE-2008-1447", "AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 6.8),
        ("CVE-2014-2005", "AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8),
        ("CVE-2010-0467", "AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N", 5.8),
        ("CVE-2012-1342", "AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:L/A:N", 5.8),
        ("CVE-2013-6014", "AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 9.3),
        ("CVE-2014-9253", "AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 5.4),
        ("CVE-2009-0658", "AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8),
        ("CVE-2011-1265", "AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 8.8),
        ("CVE-2014-2019", "AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 4.6),
        ("CVE-2015-0970", "AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 8.8),
        ("CVE-2014-0224", "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N", 7.4),
        ("CVE-2012-5376", "AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 9.6),
        ("CVE-2016-1645", "AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 8.8),
        ("CVE-2016-0128", "AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N", 6.8),
        ("CVE-2016-2118", "AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.5),
    ];
    for (cve, metrics, base) in cases {
        for (prefix, version) in [("CVSS:3.0/", Version::V3_0), ("CVSS:3.1/", Version::V3_1)] {
            let vector = Vector::parse(&format!("{prefix}{metrics}")).unwrap();
            assert_eq!((vector.version, vector.base_score()), (version, base), "{cve} {prefix}");
            assert_eq!((vector.scores().temporal, vector.scores().environmental), (None, None), "{cve}");
        }
    }
}

#[test]
fn sub_scores_and_modified_scores_of_v3() {
    // (vector, impact, exploitability, temporal, environmental, modified impact)
    let cases = [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 5.9, 3.9, None, None, None),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 2.7, 2.8, None, None, None),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N", 0.0, 3.9, None, None, None),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C", 5.9, 3.9, Some(8.8), None, None),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:X", 5.9, 3.9, None, None, None),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:P", 5.9, 3.9, None, Some(6.8), Some(5.9)),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L/CR:H/IR:H/AR:H", 3.4, 3.9, None, Some(8.4), Some(4.5)),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/MPR:X/MS:C", 5.9, 2.8, None, Some(9.9), Some(6.0)),
        (
            "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/E:U/MC:N/MI:N/MA:N",
            6.0,
            3.1,
            Some(9.1),
            Some(0.0),
            Some(0.0),
        ),
    ];
    for (vector, impact, exploitability, temporal, environmental, modified_impact) in cases {
        let found = scores(vector);
        let expected = Scores {
            base: found.base,
            impact: Some(impact),
            exploitability: Some(exploitability),
            temporal,
            environmental,
            modified_impact,
        };
        assert_eq!(found, expected, "{vector}");
    }
}

#[test]
fn the_examples_of_v4() {
    // (CVE, metrics, base, most specific score)
    let cases = [
        ("CVE-2022-41741", "AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3, 7.3),
        ("CVE-2020-3549", "AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7, 7.7),
        ("CVE-2020-3549", "AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 7.7, 5.2),
        ("CVE-2023-3089", "AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3, 8.3),
        (
            "CVE-2023-3089",
            "AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L",
            8.3,
            8.1,
        ),
        ("CVE-2021-44714", "AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4.6, 4.6),
        ("CVE-2022-21830", "AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1, 5.1),
        ("CVE-2022-22186", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 6.9, 6.9),
        ("CVE-2023-21989", "AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 5.9, 5.9),
        ("CVE-2020-3947", "AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 9.4, 9.4),
        ("CVE-2023-48228", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:H/VA:N/SC:H/SI:H/SA:H", 9.3, 9.3),
        ("CVE-2023-30560", "AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/S:P/V:D", 8.3, 8.3),
        ("CVE-2014-0160", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A", 8.7, 8.7),
        ("CVE-2021-44228", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A", 10.0, 10.0),
        ("CVE-2014-6271", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A", 9.3, 9.3),
        ("CVE-2013-6014", "AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:H/SI:N/SA:H", 6.4, 6.4),
        ("CVE-2016-5729", "AV:L/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/R:I", 9.3, 9.3),
        ("CVE-2015-2890", "AV:L/AC:L/AT:P/PR:H/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/R:I", 8.7, 8.7),
        ("CVE-2018-3652", "AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 8.6, 8.6),
    ];
    for (cve, metrics, base, specific) in cases {
        let vector = Vector::parse(&format!("CVSS:4.0/{metrics}")).unwrap();
        assert_eq!((vector.base_score(), vector.score()), (base, specific), "{cve}");
    }
    let threat = scores("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U");
    assert_eq!((threat.temporal, threat.environmental, threat.impact), (Some(5.2), None, None));
}

/// Metrics of each version: (name, values), the base metrics first, and how many those are.
type Metrics = (&'static str, usize, &'static [(&'static str, &'static str)]);

const ALL: [Metrics; 4] = [
    (
        "",
        6,
        &[
            ("AV", "L A N"),
            ("AC", "H M L"),
            ("Au", "M S N"),
            ("C", "N P C"),
            ("I", "N P C"),
            ("A", "N P C"),
            ("E", "U POC F H ND"),
            ("RL", "OF TF W U ND"),
            ("RC", "UC UR C ND"),
            ("CDP", "N L LM MH H ND"),
            ("TD", "N L M H ND"),
            ("CR", "L M H ND"),
            ("IR", "L M H ND"),
            ("AR", "L M H ND"),
        ],
    ),
    ("CVSS:3.0/", 8, V3),
    ("CVSS:3.1/", 8, V3),
    (
        "CVSS:4.0/",
        11,
        &[
            ("AV", "N A L P"),
            ("AC", "L H"),
            ("AT", "N P"),
            ("PR", "N L H"),
            ("UI", "N P A"),
            ("VC", "H L N"),
            ("VI", "H L N"),
            ("VA", "H L N"),
            ("SC", "H L N"),
            ("SI", "H L N"),
            ("SA", "H L N"),
            ("E", "X A P U"),
            ("CR", "X H M L"),
            ("IR", "X H M L"),
            ("AR", "X H M L"),
            ("MAV", "X N A L P"),
            ("MVC", "X H L N"),
            ("MSI", "X S H L N"),
            ("MSA", "X S H L N"),
            ("S", "X N P"),
            ("U", "X Clear Green Amber Red"),
        ],
    ),
];
const V3: &[(&str, &str)] = &[
    ("AV", "N A L P"),
    ("AC", "L H"),
    ("PR", "N L H"),
    ("UI", "N R"),
    ("S", "U C"),
    ("C", "H L N"),
    ("I", "H L N"),
    ("A", "H L N"),
    ("E", "X H F P U"),
    ("RL", "X U W T O"),
    ("RC", "X C R U"),
    ("CR", "X H M L"),
    ("IR", "X H M L"),
    ("AR", "X H M L"),
    ("MAV", "X N A L P"),
    ("MAC", "X L H"),
    ("MPR", "X N L H"),
    ("MUI", "X N R"),
    ("MS", "X U C"),
    ("MC", "X H L N"),
    ("MI", "X H L N"),
    ("MA", "X H L N"),
];

fn random_vector(dice: &mut Dice, (prefix, base, metrics): &Metrics) -> String {
    let mut parts = Vec::new();
    for (at, (name, values)) in metrics.iter().enumerate() {
        let values: Vec<&str> = values.split(' ').collect();
        if at < *base || dice.roll(2) == 0 {
            parts.push(format!("{name}:{}", values[dice.roll(values.len())]));
        }
    }
    format!("{prefix}{}", parts.join("/"))
}

#[test]
fn every_score_has_one_decimal_and_is_within_bounds() {
    let mut dice = Dice::new(1);
    for round in 0..12_000 {
        let text = random_vector(&mut dice, &ALL[round % 4]);
        let found = scores(&text);
        let optional =
            [found.impact, found.exploitability, found.temporal, found.environmental, found.modified_impact];
        for score in optional.into_iter().flatten().chain([found.base]) {
            assert!((0.0..=10.0).contains(&score) && score.is_sign_positive(), "{text}: {found:?}");
            assert_eq!((score * 10.0).round() / 10.0, score, "{text}: {found:?}");
        }
    }
}

#[test]
fn no_text_makes_it_panic() {
    let mut dice = Dice::new(2);
    for round in 0..20_000 {
        let mut text = random_vector(&mut dice, &ALL[round % 4]);
        dice.damage(&mut text);
        let _ = Vector::parse(&text);
        let _ = Vector::parse(&dice.text(40));
    }
}
