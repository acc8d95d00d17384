//! Ranges on small examples of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use versions::{Event, Interval, Range, Scheme, implied};

fn range(events: &[Event]) -> Range {
    Range { events: events.to_vec() }
}

fn within(range: &Range, version: &str) -> bool {
    range.contains(Scheme::Semver, &Scheme::Semver.parse(version))
}

fn introduced(version: &str) -> Event {
    Event::Introduced(version.into())
}

fn fixed(version: &str) -> Event {
    Event::Fixed(version.into())
}

fn last(version: &str) -> Event {
    Event::LastAffected(version.into())
}

fn limit(version: &str) -> Event {
    Event::Limit(version.into())
}

/// `[1.0, 2.0)`, a blank before the first or behind the last version where there is none.
fn show(range: &Range) -> String {
    let text = |Interval { start, end }: Interval| {
        let (first, inside) = start.unwrap_or((" ".into(), false));
        let (end, end_inside) = end.unwrap_or((" ".into(), false));
        format!("{}{first},{end}{}", if inside { "[" } else { "(" }, if end_inside { "]" } else { ")" })
    };
    range.intervals(Scheme::Semver).into_iter().map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn ranges_follow_their_events_in_any_order() {
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
    let last = range(&[introduced("1.0.0"), last("1.5.0")]);
    assert!(within(&last, "1.5.0") && !within(&last, "1.5.1") && !within(&last, "0.9.0"));
    let limited = range(&[introduced("0"), limit("1.0.0")]);
    assert!(within(&limited, "0.9.0") && !within(&limited, "1.0.0"));
    assert!(within(&range(&[introduced("0")]), "3.0.0") && !within(&range(&[]), "3.0.0"));
    assert_eq!(two.fixed().collect::<Vec<_>>(), ["1.2.0", "2.3.0"]);
}

#[test]
fn zero_is_before_every_version_and_the_star_behind() {
    let all = range(&[introduced("0"), limit("*")]);
    assert!(within(&all, "0.0.0-0") && within(&all, "99999999999999999999.0.0"));
    // Of several limits one is enough.
    let two = range(&[introduced("0"), limit("1.0.0"), limit("2.0.0")]);
    assert!(within(&two, "1.5.0") && !within(&two, "2.0.0"));
}

#[test]
fn a_range_with_several_fixes_has_several_intervals() {
    let cases: [(&[Event], &str); 14] = [
        (&[], ""),
        (&[introduced("0")], "( , )"),
        (&[introduced("0"), fixed("1.2.0"), introduced("2.0.0"), fixed("2.3.0")], "( ,1.2.0) [2.0.0,2.3.0)"),
        (
            &[fixed("2.3.0"), introduced("2.0.0"), last("1.2.0"), introduced("1.0.0")],
            "[1.0.0,1.2.0] [2.0.0,2.3.0)",
        ),
        (&[introduced("3.0.0"), introduced("0"), fixed("1.0.0")], "( ,1.0.0) [3.0.0, )"),
        // Already affected, not affected at all.
        (&[introduced("1.0.0"), introduced("1.5.0"), fixed("2.0.0"), fixed("3.0.0")], "[1.0.0,2.0.0)"),
        (&[fixed("2.0.0")], ""),
        // Both at one version.
        (&[introduced("1.0.0"), fixed("1.0.0")], ""),
        (&[introduced("1.0.0"), last("1.0")], "[1.0.0,1.0]"),
        (&[introduced("0"), fixed("1.0.0"), introduced("1.0.0"), fixed("2.0.0")], "( ,2.0.0)"),
        // Limits.
        (&[introduced("0"), fixed("1.0.0"), introduced("2.0.0"), limit("2.5.0")], "( ,1.0.0) [2.0.0,2.5.0)"),
        (&[introduced("0"), fixed("1.0.0"), introduced("2.0.0"), limit("1.0.0")], "( ,1.0.0)"),
        (&[introduced("1.0.0"), last("2.0.0"), limit("2.0.0")], "[1.0.0,2.0.0)"),
        (&[introduced("1.0.0"), last("2.0.0"), limit("*"), limit("1.1.0")], "[1.0.0,2.0.0]"),
    ];
    for (events, wanted) in cases {
        let mut range = range(events);
        assert_eq!(show(&range), wanted);
        range.events.reverse();
        assert_eq!(show(&range), wanted, "in reverse order");
    }
}

#[test]
fn versions_within_the_ranges_need_no_names() {
    let ranges = [range(&[introduced("0"), fixed("1.0.0")]), range(&[introduced("2.0.0"), last("2.1.0")])];
    assert!(implied(Scheme::Semver, &ranges, ["0.1.0", "0.9.9", "2.1.0"]));
    assert!(!implied(Scheme::Semver, &ranges, ["0.1.0", "1.0.0"]));
    assert!(implied(Scheme::Semver, &[], []) && !implied(Scheme::Semver, &[], ["1.0.0"]));
}
