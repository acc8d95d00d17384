//! Order and ranges on small lists of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::cmp::Ordering;

use versions::{Event, Range, Scheme};

/// Each list is in ascending order.
#[test]
fn ascending_lists_are_ascending() {
    let lists: [(Scheme, &[&str]); 3] = [
        (
            Scheme::Semver,
            &[
                "0.0.0-a",
                "0.0.0",
                "v0.9.0",
                "0.10",
                "1.0.0-9",
                "1.0.0-alpha.2",
                "1.0.0-alpha.10",
                "1.0.0-rc.1",
                "1.0.0",
                "99999999999999999999.0.0",
            ],
        ),
        (
            Scheme::PyPi,
            &["not a version", "1.0.dev1", "1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1!0.1"],
        ),
        (
            Scheme::Maven,
            &[
                "1-alpha-1",
                "1-beta",
                "1.0-m1",
                "1-rc",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-abc",
                "1-1",
                "1.1",
                "1.10",
            ],
        ),
    ];
    for (scheme, list) in lists {
        for (i, a) in list.iter().enumerate() {
            for (j, b) in list.iter().enumerate() {
                assert_eq!(scheme.compare(a, b), i.cmp(&j), "{scheme:?}: {a} and {b}");
            }
        }
    }
}

/// Whatever the text, the order is total: it agrees with itself in both directions and along chains.
#[test]
fn any_text_has_its_place() {
    let odd = [
        "",
        " ",
        "0",
        "00",
        "v",
        "-",
        "--",
        ".",
        "...",
        "+",
        "1..2",
        "1.-",
        "a.b.c",
        "1a",
        "a1",
        "é",
        "1.é",
        "日本",
        "1.0.0.0.0",
        "1.0-",
        "1-.1",
        "99999999999999999999999999",
        "1.0+é",
        "\u{0}",
        "1.0.0-00",
        "1.0.0-0",
        "dev",
        "final",
        "ga.1",
        "*",
        "x.y-z",
    ];
    for scheme in [Scheme::Semver, Scheme::PyPi, Scheme::Maven] {
        for a in odd {
            assert_eq!(scheme.compare(a, a), Ordering::Equal);
            for b in odd {
                assert_eq!(scheme.compare(a, b), scheme.compare(b, a).reverse(), "{scheme:?}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn ranges_follow_their_events_in_any_order() {
    let range = |events: &[Event]| Range { events: events.to_vec() };
    let within =
        |range: &Range, version: &str| range.contains(Scheme::Semver, &Scheme::Semver.parse(version));
    let (introduced, fixed) = (|v: &str| Event::Introduced(v.into()), |v: &str| Event::Fixed(v.into()));
    let two = range(&[fixed("1.2.0"), introduced("2.0.0"), introduced("0"), fixed("2.3.0")]);
    for (version, wanted) in [
        ("0.0.0-a", true),
        ("1.1.9", true),
        ("1.2.0-rc1", true),
        ("1.2.0", false),
        ("2.0.0", true),
        ("2.2.9", true),
        ("2.3.0", false),
    ] {
        assert_eq!(within(&two, version), wanted, "{version}");
    }
    let last = range(&[introduced("1.0.0"), Event::LastAffected("1.5.0".into())]);
    assert!(within(&last, "1.5.0") && !within(&last, "1.5.1") && !within(&last, "0.9.0"));
    let limited = range(&[introduced("0"), Event::Limit("1.0.0".into())]);
    assert!(within(&limited, "0.9.0") && !within(&limited, "1.0.0"));
    assert!(within(&range(&[introduced("0")]), "3.0.0") && !within(&range(&[]), "3.0.0"));
    assert_eq!(two.fixed().collect::<Vec<_>>(), ["1.2.0", "2.3.0"]);
}

#[test]
fn ecosystems_are_known_by_their_osv_names() {
    assert_eq!(Scheme::for_ecosystem("Maven:https://repo1.example/maven2"), Some(Scheme::Maven));
    assert_eq!(Scheme::for_ecosystem("Go"), Some(Scheme::Semver));
    assert_eq!(Scheme::for_ecosystem("Debian:11"), None);
}
