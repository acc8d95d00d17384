//! Configurations: conditions on several products, what is known to run beside them, and the words
//! in which a match is explained.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod dice;

use advisories::cpe::{Configuration, Name, Product};
use advisories::{Match, nvd};
use dice::Dice;
use serde_json::{Value, json};

fn name(text: &str) -> Name {
    Name::parse(&format!("cpe:2.3:{text}{}", ":*".repeat(10 - text.matches(':').count()))).unwrap()
}

/// A criterion of the NVD: `!` before a name that only has to be there, bounds behind it.
fn criterion(text: &str) -> Value {
    let mut parts = text.split(' ');
    let first = parts.next().unwrap();
    let mut out = json!({"vulnerable": !first.starts_with('!'), "criteria": name(first.trim_start_matches('!')).to_string()});
    for bound in parts {
        let at = bound.trim_start_matches(['<', '>', '=']);
        let key = match bound.strip_suffix(at).unwrap() {
            ">=" => "versionStartIncluding",
            ">" => "versionStartExcluding",
            "<=" => "versionEndIncluding",
            _ => "versionEndExcluding",
        };
        out[key] = at.into();
    }
    out
}

fn node(criteria: &[&str]) -> Value {
    json!({"operator": "OR", "negate": false, "cpeMatch": criteria.iter().map(|c| criterion(c)).collect::<Vec<_>>()})
}

/// The configurations of a record, read as the NVD writes them.
fn read(configurations: Value) -> Vec<Configuration> {
    let page = json!({"vulnerabilities": [{"cve": {"id": "CVE-1", "lastModified": "2024-01-02T03:04:05.678",
        "configurations": configurations}}]});
    let mut out = Vec::new();
    nvd::read(page.to_string().as_bytes(), |record| out = record.unwrap().configurations).unwrap();
    for one in &out {
        let kept = serde_json::to_string(one).unwrap();
        assert_eq!(*one, serde_json::from_str(&kept).unwrap(), "{kept}");
    }
    out
}

fn and(nodes: &[Value]) -> Configuration {
    read(json!([{"operator": "AND", "nodes": nodes}])).pop().unwrap()
}

fn matches(configuration: &Configuration, product: &str, environment: Option<&[&str]>) -> Option<Match> {
    let environment = environment.map(|names| names.iter().map(|n| name(n)).collect::<Vec<_>>());
    configuration.matches(&Product::new(name(product), None, None), environment.as_deref())
}

fn reason(configuration: &Configuration, product: &str, environment: Option<&[&str]>) -> Option<String> {
    matches(configuration, product, environment).map(|found| found.reason)
}

#[test]
fn a_range_is_told_with_the_order_and_the_version_that_fixes_it() {
    let one =
        read(json!([{"nodes": [node(&["a:vendor:product >=1.0.0 <1.2.0", "a:vendor:product:2.0:rc1"])]}]));
    let found = matches(&one[0], "a:vendor:product:1.1.0", None).unwrap();
    assert_eq!(found.reason, "cpe:2.3:a:vendor:product >= 1.0.0, < 1.2.0");
    assert_eq!(found.fixed.as_deref(), Some("1.2.0"));
    assert!(found.order.is_some());
    let named = matches(&one[0], "a:vendor:product:2.0:rc1", None).unwrap();
    assert_eq!(
        (named.reason.as_str(), named.order, named.fixed),
        ("cpe:2.3:a:vendor:product:2.0:rc1", None, None)
    );
    let unknown = matches(&one[0], "a:vendor:product", None).unwrap();
    assert_eq!(
        (unknown.reason.as_str(), unknown.order, unknown.fixed),
        ("cpe:2.3:a:vendor:product >= 1.0.0, < 1.2.0, of a version that is not known", None, None)
    );
    assert_eq!(matches(&one[0], "a:vendor:product:1.2.0", None), None);
}

#[test]
fn running_on_a_platform() {
    // CVE-2022-22965: the framework on Java 9 and later.
    let spring = and(&[node(&["a:vmware:spring_framework <5.2.20"]), node(&["!a:oracle:jdk >=9.0.0"])]);
    let product = "a:vmware:spring_framework:5.2.19";
    let expected = Some(
        "cpe:2.3:a:vmware:spring_framework < 5.2.20, running on cpe:2.3:a:oracle:jdk >= 9.0.0".to_owned(),
    );
    assert_eq!(reason(&spring, product, None), expected);
    assert_eq!(
        reason(&spring, product, Some(&["o:linux:linux_kernel:5.10", "a:oracle:jdk:11.0.1"])),
        expected
    );
    assert_eq!(reason(&spring, product, Some(&["a:oracle:jdk:1.8.0"])), None);
    assert_eq!(reason(&spring, product, Some(&[])), None);
    assert_eq!(reason(&spring, "a:vmware:spring_framework:5.2.20", None), None);
    assert_eq!(reason(&spring, "a:oracle:jdk:11.0.1", None), None, "the platform is not affected");
    assert_eq!(spring.products(), [("vmware".to_owned(), "spring_framework".to_owned())]);
}

#[test]
fn a_platform_without_a_version_is_any_version_of_it() {
    let flash = and(&[
        node(&["a:adobe:flash_player <=11.2.0"]),
        node(&["!o:apple:mac_os_x:-", "!o:microsoft:windows:-", "!o:linux:linux_kernel:-"]),
    ]);
    let product = "a:adobe:flash_player:11.1.0";
    assert_eq!(
        reason(&flash, product, None).unwrap(),
        "cpe:2.3:a:adobe:flash_player <= 11.2.0, running on cpe:2.3:o:apple:mac_os_x:- or 2 others"
    );
    assert_eq!(
        reason(&flash, product, Some(&["o:linux:linux_kernel:5.10"])).unwrap(),
        "cpe:2.3:a:adobe:flash_player <= 11.2.0, running on cpe:2.3:o:linux:linux_kernel:-"
    );
    assert_eq!(reason(&flash, product, Some(&["o:google:android:9.0"])), None);
}

#[test]
fn each_of_several_affected_products_needs_the_others() {
    let both = and(&[node(&["a:one:one <2.0.0"]), node(&["a:two:two <3.0.0"])]);
    let (one, two) = ("a:one:one:1.0.0", "a:two:two:1.0.0");
    assert_eq!(
        reason(&both, one, None).unwrap(),
        "cpe:2.3:a:one:one < 2.0.0, together with cpe:2.3:a:two:two < 3.0.0"
    );
    assert_eq!(
        reason(&both, two, Some(&[one])).unwrap(),
        "cpe:2.3:a:two:two < 3.0.0, together with cpe:2.3:a:one:one < 2.0.0"
    );
    assert_eq!(reason(&both, one, Some(&["a:two:two:3.0.0"])), None);
    assert_eq!(reason(&both, "a:one:one:2.0.0", None), None);
    assert_eq!(both.products().len(), 2);
}

#[test]
fn a_product_beside_it_does_not_make_it_affected() {
    // Only on its platform; the other product that is affected is no reason.
    let either = read(json!([
        {"operator": "OR", "nodes": [node(&["a:other:other <9.0.0"]), node(&["a:one:one <2.0.0"])]},
        {"operator": "AND", "nodes": [node(&["a:one:one >=3.0.0"]), node(&["!o:os:os:-"])]}
    ]));
    let beside: &[&str] = &["a:other:other:1.0.0"];
    assert!(reason(&either[0], "a:one:one:3.0.0", Some(beside)).is_none());
    assert_eq!(reason(&either[0], "a:one:one:1.0.0", Some(beside)).unwrap(), "cpe:2.3:a:one:one < 2.0.0");
    assert!(reason(&either[1], "a:one:one:3.0.0", Some(beside)).is_none());
    assert!(reason(&either[1], "a:one:one:3.0.0", None).is_some());
}

#[test]
fn negation_turns_a_condition_round() {
    let mut without = node(&["!a:guard:guard >=1.0.0"]);
    without["negate"] = true.into();
    let unguarded = and(&[node(&["a:one:one <2.0.0"]), without]);
    let product = "a:one:one:1.0.0";
    assert_eq!(reason(&unguarded, product, Some(&["a:guard:guard:1.0.0"])), None);
    assert!(reason(&unguarded, product, Some(&["a:guard:guard:0.9.0"])).is_some());
    assert_eq!(reason(&unguarded, product, None).unwrap(), "cpe:2.3:a:one:one < 2.0.0");
    // The version itself is taken out of the range.
    let mut except = node(&["a:one:one:1.5.0"]);
    except["negate"] = true.into();
    let most = and(&[node(&["a:one:one <2.0.0"]), except]);
    assert!(reason(&most, "a:one:one:1.4.0", None).is_some());
    assert!(reason(&most, "a:one:one:1.5.0", None).is_none());
    // Nothing is taken to hold that its own version contradicts.
    let within = and(&[node(&["a:one:one <2.0.0"]), node(&["!a:one:one >=1.0.0"])]);
    assert!(reason(&within, "a:one:one:1.4.0", None).is_some());
    assert!(reason(&within, "a:one:one:0.9.0", None).is_none());
    let nothing = read(json!([{"negate": true, "nodes": [node(&["a:one:one"])]}])).pop().unwrap();
    assert!(reason(&nothing, product, None).is_none() && nothing.products().is_empty());
}

#[test]
fn what_the_store_keeps_is_short() {
    let spring = and(&[node(&["a:v:p:*:*:*:*:*:node.js >=1 <2", "a:v:q"]), node(&["!o:x:y:-"])]);
    assert_eq!(
        serde_json::to_value(&spring).unwrap(),
        json!({"op": "AND", "in": [
            {"cpe": [{"is": "cpe:2.3:a:v:p:*:*:*:*:*:node.js:*:*", ">=": "1", "<": "2"},
                {"is": "cpe:2.3:a:v:q:*:*:*:*:*:*:*:*"}]},
            {"cpe": [{"is": "cpe:2.3:o:x:y:-:*:*:*:*:*:*:*", "on": true}]}]})
    );
    assert_eq!(serde_json::from_str::<Configuration>("{}").unwrap(), Configuration::default());
    assert!(matches(&Configuration::default(), "a:v:p", None).is_none());
    let deep = format!("{}{}", "{\"in\":[".repeat(100_000), "]}".repeat(100_000));
    assert!(serde_json::from_str::<Configuration>(&deep).is_err());
}

#[test]
fn no_stored_text_makes_it_panic() {
    let mut dice = Dice::new(5);
    let kept = serde_json::to_string(&and(&[node(&["a:v:p >=1.0 <2.0rc1"]), node(&["!o:x:y:-"])])).unwrap();
    for _ in 0..5_000 {
        let mut text = kept.clone();
        dice.damage(&mut text);
        if let Ok(one) = serde_json::from_str::<Configuration>(&text) {
            let _ = matches(&one, "a:v:p:1.5", None);
            let _ = matches(&one, "a:v:p:1.5", Some(&["o:x:y:1"]));
        }
    }
}
