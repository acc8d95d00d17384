//! Names of products: their text (NISTIR 7695), their relations (NISTIR 7696), and which of them
//! the criteria of well-known CVEs mean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod dice;

use advisories::cpe::{Attribute, Configuration, Criterion, Name, Product, Relation};
use dice::Dice;
use versions::Scheme;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

/// A name whose version is the text.
fn version(text: &str) -> Attribute {
    name(&format!("cpe:2.3:a:v:p:{text}:*:*:*:*:*:*:*")).version
}

#[test]
fn attributes_relate_as_table_6_2_says() {
    use Relation::{Disjoint, Equal, Subset, Superset, Undefined};
    let cases = [
        // (row, source, target, relation)
        (1, "*", "*", Equal),
        (2, "*", "-", Superset),
        (3, "*", "i", Superset),
        (4, "*", "m*", Undefined),
        (5, "-", "*", Subset),
        (6, "-", "-", Equal),
        (7, "-", "i", Disjoint),
        (8, "-", "m*", Undefined),
        (9, "i", "i", Equal),
        (10, "i", "k", Disjoint),
        (11, "i", "m*", Undefined),
        (12, "i", "-", Disjoint),
        (13, "i", "*", Subset),
        (14, "m*", "many", Superset),
        (14, "m*", "one", Disjoint),
        (15, "m*", "*", Subset),
        (16, "m*", "-", Disjoint),
        (17, "m*", "m*", Undefined),
        (17, "m*", "n*", Undefined),
        // Wildcards: `*` is any number of characters, each `?` one or none.
        (14, "1.*", "1.2.3", Superset),
        (14, "1.*", "1.", Superset),
        (14, "1.*", "1", Disjoint),
        (14, "*.3", "1.2.3", Superset),
        (14, "*2*", "1.2.3", Superset),
        (14, "*4*", "1.2.3", Disjoint),
        (14, "1.?", "1.2", Superset),
        (14, "1.?", "1.", Superset),
        (14, "1.?", "1.23", Disjoint),
        (14, "1.??", "1.23", Superset),
        (14, "?.2", "1.2", Superset),
        (14, "??a??", "xax", Superset),
        (14, "??a??", "xxxa", Disjoint),
        (14, "?a*", "xabc", Superset),
        (14, "?a*", "xxabc", Disjoint),
        // The text is looked for at every place it can be.
        (14, "?a?", "aa", Superset),
        (14, "???", "ab", Superset),
        (14, "???", "abcd", Disjoint),
        // An escaped wildcard is a character.
        (9, "1\\*", "1\\*", Equal),
        (10, "1\\*", "1.2", Disjoint),
        (9, "\\-", "\\-", Equal),
        (12, "\\-", "-", Disjoint),
        (9, "RC1", "rc1", Equal),
    ];
    for (row, source, target, relation) in cases {
        assert_eq!(version(source).relation(&version(target)), relation, "row {row}: {source} {target}");
    }
}

#[test]
fn names_relate_as_sets_of_products() {
    let cases = [
        ("a:adobe:*:9.*:*:*:*:*:*:*:*", "a:adobe:reader:9.3.2:*:*:*:*:*:*:*", Relation::Superset),
        ("a:adobe:reader:9.3.2:-:*:*:*:*:*:*", "a:adobe:reader:*:*:*:*:*:*:*:*", Relation::Subset),
        ("a:adobe:reader:9.3:*:*:*:*:*:*:*", "a:Adobe:Reader:9.3:*:*:*:*:*:*:*", Relation::Equal),
        ("a:adobe:reader:9.3:*:*:*:*:*:*:*", "a:adobe:reader:9.4:*:*:*:*:*:*:*", Relation::Disjoint),
        ("a:adobe:*:9.3:*:*:*:*:*:*:*", "a:adobe:reader:*:*:*:*:*:*:*:*", Relation::Undefined),
        ("a:adobe:*:9.3:*:*:*:*:*:*:*", "o:adobe:reader:*:*:*:*:*:*:*:*", Relation::Disjoint),
    ];
    for (source, target, relation) in cases {
        let (source, target) = (name(&format!("cpe:2.3:{source}")), name(&format!("cpe:2.3:{target}")));
        assert_eq!(source.relation(&target), relation, "{source} {target}");
    }
}

#[test]
fn names_have_two_texts() {
    // (formatted string, URI)
    let cases = [
        (
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
            "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
        ),
        (
            "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
            "cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
        ),
        (
            "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
            "cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~",
        ),
        (
            "cpe:2.3:a:hp:openview_network_manager:7.51:*:*:*:*:linux:*:*",
            "cpe:/a:hp:openview_network_manager:7.51::~~~linux~~",
        ),
        (
            "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*",
            "cpe:/a:foo%5cbar:big%24money_2010:::~~special~ipod_touch~80gb~",
        ),
        ("cpe:2.3:a:foo\\~bar:big\\~money:*:*:*:*:*:*:*:*", "cpe:/a:foo%7ebar:big%7emoney"),
        ("cpe:2.3:a:vendor:product:1\\:2\\/3:*:*:de:*:*:*:*", "cpe:/a:vendor:product:1%3a2%2f3:::de"),
        ("cpe:2.3:a:vendor:product:1.0:*:pro:de:*:*:*:x", "cpe:/a:vendor:product:1.0::~pro~~~~x:de"),
        ("cpe:2.3:o:joomla:joomla\\!:\\-:\\*:\\?:*:*:*:*:*", "cpe:/o:joomla:joomla%21:%2d:%2a:%3f"),
        ("cpe:2.3:h:*:-:??1*:*:*:*:*:*:*:*", "cpe:/h::-:%01%011%02"),
        ("cpe:2.3:*:*:*:*:*:*:*:*:*:*:*", "cpe:/"),
    ];
    for (formatted, uri) in cases {
        let read = name(formatted);
        assert_eq!((read.to_string(), read.to_uri()), (formatted.to_owned(), uri.to_owned()));
        assert_eq!(name(uri), read, "{uri}");
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), read);
    }
    // What ought to be escaped, and names in other case.
    let loose = [
        ("CPE:2.3:A:Notepad-Plus-Plus:Notepad++:8.5:*:*:*:*:*:*:*", "notepad\\+\\+:8.5"),
        (" cpe:2.3:a:notepad-plus-plus:notepad\\+\\+:8\\.5:*:*:*:*:*:*:*\n", "notepad\\+\\+:8.5"),
        ("cpe:/a:notepad-plus-plus:notepad++:8.5", "notepad\\+\\+:8.5"),
    ];
    for (text, rest) in loose {
        assert_eq!(name(text).to_string(), format!("cpe:2.3:a:notepad-plus-plus:{rest}:*:*:*:*:*:*:*"));
    }
    assert_eq!(name("cpe:/a:vendor:*:1.0").product, Attribute::Any);
    assert_eq!(name("cpe:2.3:a:@Angular:core\\/x:1:*:*:*:*:*:*:*").key(), ("@angular", "core/x"));
    assert_eq!(name("cpe:2.3:a:v*:-:1:*:*:*:*:*:*:*").key(), ("*", "-"));
}

#[test]
fn other_texts_are_refused_with_the_reason() {
    let cases = [
        ("", "it starts with neither"),
        ("pkg:npm/a@1", "it starts with neither"),
        ("cpe:2.3:a:v:p:1", "eleven attributes"),
        ("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*:*", "eleven attributes"),
        ("cpe:2.3:a::p:1:*:*:*:*:*:*:*", "an attribute is empty"),
        ("cpe:2.3:x:v:p:1:*:*:*:*:*:*:*", "its part"),
        ("cpe:2.3:a:v:p:1*2:*:*:*:*:*:*:*", "in the middle"),
        ("cpe:2.3:a:v:p:1?2:*:*:*:*:*:*:*", "in the middle"),
        ("cpe:2.3:a:v:p:**:*:*:*:*:*:*:*", "wildcards only"),
        ("cpe:2.3:a:v:p:1:*:*:*:*:*:*:\\", "within an escape"),
        ("cpe:2.3:a:v:two words:1:*:*:*:*:*:*:*", "printable ASCII"),
        ("cpe:2.3:a:v:na\u{ef}ve:1:*:*:*:*:*:*:*", "printable ASCII"),
        ("cpe:/a:v:p:1:u:e:l:more", "seven components"),
        ("cpe:/a:v:p:1:u:~e~s~t~h~o:l:more", "seven components"),
        ("cpe:/a:v:p:1:u:~e~s", "five parts"),
        ("cpe:/a:v:p:1:u:~e~s~t~h~o~x", "five parts"),
        ("cpe:/a:v:p%7", "hexadecimal"),
        ("cpe:/a:v:p%07", "printable ASCII"),
        ("cpe:/a:v:p%e9", "printable ASCII"),
    ];
    for (text, reason) in cases {
        let error = Name::parse(text).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("is not a CPE"), "{text}: {error}");
    }
}

#[test]
fn what_is_read_is_written_and_no_text_makes_it_panic() {
    let mut dice = Dice::new(4);
    let mut read = 0;
    for _ in 0..20_000 {
        let mut text = (*dice.pick(&[
            "cpe:2.3:a:foo\\\\bar:big\\$money_2010:1.0:rc1:*:*:special:ipod_touch:80gb:*",
            "cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:x64:*",
            "cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~",
            "cpe:/a:v:p:8.%02:sp%01",
        ]))
        .to_owned();
        dice.damage(&mut text);
        let _ = Name::parse(&dice.text(60));
        if let Ok(read_name) = Name::parse(&text) {
            read += 1;
            assert_eq!(name(&read_name.to_string()), read_name, "{text}");
            assert_eq!(name(&read_name.to_uri()), read_name, "{text}");
        }
    }
    assert!(read > 2_000, "{read} names");
}

/// A criterion from a name and bounds: `cpe:2.3:… >=1.0 <2.0`.
fn criterion(text: &str) -> Criterion {
    let mut parts = text.split(' ');
    let name = name(&full(parts.next().unwrap()));
    let mut out =
        Criterion { name, platform: false, at_least: None, above: None, at_most: None, below: None };
    for bound in parts {
        let at = bound.trim_start_matches(['<', '>', '=']);
        let place = match bound.strip_suffix(at).unwrap() {
            ">=" => &mut out.at_least,
            ">" => &mut out.above,
            "<=" => &mut out.at_most,
            "<" => &mut out.below,
            other => panic!("{other}"),
        };
        *place = Some(at.into());
    }
    out
}

/// `a:vendor:product:1.0` with all that follows left open.
fn full(text: &str) -> String {
    if text.starts_with("cpe:/") {
        return text.to_owned();
    }
    let given = text.replace("\\:", "").matches(':').count();
    format!("cpe:2.3:{text}{}", ":*".repeat(10 - given))
}

fn scheme(purl_type: &str) -> Option<Scheme> {
    match purl_type {
        "npm" | "cargo" | "golang" => Some(Scheme::Semver),
        "pypi" => Some(Scheme::PyPi),
        "maven" => Some(Scheme::Maven),
        _ => None,
    }
}

include!("cpe/cases.rs");

#[test]
fn criteria_of_well_known_cves_mean_the_right_products() {
    let mut yes = 0;
    for (cve, text, component, purl_type, expected) in CASES {
        let configuration = Configuration { criteria: vec![criterion(text)], ..Configuration::default() };
        let component = name(&full(component));
        let product = Product::new(component, scheme(purl_type), Some(*purl_type).filter(|t| !t.is_empty()));
        let found = configuration.matches(&product, None);
        assert_eq!(found.is_some(), *expected, "{cve}: {text} and {} {purl_type}", product.name());
        yes += usize::from(found.is_some());
    }
    assert!(yes >= 40 && CASES.len() - yes >= 40, "{yes} of {}", CASES.len());
}
