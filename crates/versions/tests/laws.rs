//! Laws of orders and ranges, on versions put together from what real and broken ones consist of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};

use proptest::prelude::*;
use versions::{Event, Range, Scheme, Version};

const TOKENS: &[&str] = &[
    "0",
    "0",
    "00",
    "1",
    "1",
    "2",
    "9",
    "10",
    "01",
    "010",
    "20240101",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    ".",
    ".",
    ".",
    ".",
    "-",
    "-",
    "_",
    "+",
    "~",
    "^",
    ":",
    "!",
    ",",
    " ",
    "#",
    "*",
    "/",
    "a",
    "b",
    "c",
    "d",
    "k",
    "m",
    "p",
    "r",
    "v",
    "x",
    "A",
    "B",
    "alpha",
    "beta",
    "ALPHA",
    "rc",
    "RC",
    "cr",
    "pre",
    "preview",
    "dev",
    "post",
    "rev",
    "snapshot",
    "SNAPSHOT",
    "milestone",
    "final",
    "ga",
    "release",
    "sp",
    "pl",
    "patch",
    "git",
    "svn",
    "hg",
    "cvs",
    "_alpha",
    "_rc",
    "_p",
    "_git",
    "-r",
    "-r0",
    "-r1",
    "-1",
    "-0",
    ".0",
    ".0",
    ".1",
    "-rc.1",
    "-alpha",
    "a1",
    "b1",
    "rc1",
    ".dev1",
    ".post1",
    "+build",
    "+local.1",
    "~rc1",
    "^git1",
    ".el8",
    "+deb12u1",
    "1:",
    "0:",
    "2!",
    "~bpo1",
    "ubuntu1",
    "é",
    "ß",
    "İ",
    "α",
    "日",
    "\u{0}",
    "\u{7f}",
];

fn version() -> impl Strategy<Value = String> {
    let tokens = || prop::sample::select(TOKENS);
    let numbers =
        prop::collection::vec(prop::sample::select(&["0", "0", "1", "1", "2", "10", "01"][..]), 1..5);
    prop_oneof![
        // Numbers, and something behind them.
        4 => (numbers, prop::collection::vec(tokens(), 0..4)).prop_map(|(n, t)| n.join(".") + &t.concat()),
        // Anything.
        3 => prop::collection::vec(tokens(), 0..8).prop_map(|tokens| tokens.concat()),
        1 => any::<String>(),
    ]
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop::sample::select(&Scheme::ALL[..])
}

/// A few versions that are alike, so that some of them are equal.
fn relatives(count: usize) -> impl Strategy<Value = Vec<String>> {
    let ends = prop::collection::vec(prop::collection::vec(prop::sample::select(TOKENS), 0..4), count);
    prop_oneof![
        2 => (version(), ends).prop_map(|(start, ends)| {
            ends.into_iter().map(|end| format!("{start}{}", end.concat())).collect()
        }),
        1 => prop::collection::vec(version(), count),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let at = prop_oneof![1 => Just("0".to_owned()), 6 => version()];
    (0..8u8, at).prop_map(|(kind, at)| match kind {
        0..3 => Event::Introduced(at),
        3..5 => Event::Fixed(at),
        5 => Event::LastAffected(at),
        6 => Event::After(at),
        _ => Event::Limit(at),
    })
}

fn range(events: impl IntoIterator<Item = Event>) -> Range {
    Range { events: events.into_iter().collect() }
}

/// The evaluation as the OSV schema writes it down, for events that are all at different versions.
fn evaluated(range: &Range, scheme: Scheme, version: &Version) -> bool {
    let mut events: Vec<(Option<Version>, &Event)> = range
        .events
        .iter()
        .map(|event| match event {
            Event::Introduced(at) if at == "0" => (None, event),
            Event::Limit(at) if at == "*" => (None, event),
            Event::Introduced(at)
            | Event::After(at)
            | Event::Fixed(at)
            | Event::LastAffected(at)
            | Event::Limit(at) => (Some(scheme.parse(at)), event),
        })
        .collect();
    events.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut limits = events.iter().filter(|(_, event)| matches!(event, Event::Limit(_))).peekable();
    if limits.peek().is_some() && !limits.any(|(limit, _)| limit.as_ref().is_none_or(|limit| version < limit))
    {
        return false;
    }
    let mut affected = false;
    for (at, event) in &events {
        match event {
            Event::Introduced(_) if at.as_ref().is_none_or(|at| version >= at) => affected = true,
            Event::After(_) if at.as_ref().is_some_and(|at| version > at) => affected = true,
            Event::Fixed(_) if at.as_ref().is_some_and(|at| version >= at) => affected = false,
            Event::LastAffected(_) if at.as_ref().is_some_and(|at| version > at) => affected = false,
            _ => {}
        }
    }
    affected
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_is_total(texts in relatives(3)) {
        let hasher = RandomState::new();
        for scheme in Scheme::ALL {
            let mut versions: Vec<Version> = texts.iter().map(|text| scheme.parse(text)).collect();
            for a in &versions {
                prop_assert_eq!(a.cmp(a), Ordering::Equal);
                for b in &versions {
                    prop_assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{:?}", scheme);
                    prop_assert_eq!(a.partial_cmp(b), Some(a.cmp(b)));
                    prop_assert_eq!(a == b, a.cmp(b).is_eq(), "{:?}", scheme);
                    prop_assert!(a != b || hasher.hash_one(a) == hasher.hash_one(b), "{:?}", scheme);
                    prop_assert!(versions.iter().all(|c| a != b || a.cmp(c) == b.cmp(c)), "{:?}", scheme);
                }
            }
            // However they were sorted, each is at most the next.
            versions.sort();
            prop_assert!(versions[0] <= versions[1] && versions[1] <= versions[2], "{:?}", scheme);
            prop_assert!(versions[0] <= versions[2], "{:?}", scheme);
        }
    }

    #[test]
    fn fix_ends_a_range(scheme in scheme(), texts in relatives(2)) {
        let (fixed, version) = (&texts[0], scheme.parse(&texts[1]));
        let before = range([Event::Introduced("0".into()), Event::Fixed(fixed.clone())]);
        prop_assert!(!before.contains(scheme, &scheme.parse(fixed)));
        prop_assert_eq!(before.contains(scheme, &version), version < scheme.parse(fixed));
    }

    #[test]
    fn introduction_begins_a_range(scheme in scheme(), texts in relatives(2)) {
        prop_assume!(texts[0] != "0");
        let (introduced, version) = (&texts[0], scheme.parse(&texts[1]));
        let from = range([Event::Introduced(introduced.clone())]);
        prop_assert!(from.contains(scheme, &scheme.parse(introduced)));
        prop_assert_eq!(from.contains(scheme, &version), version >= scheme.parse(introduced));
        // What is before and what is from there on are everything.
        let before = range([Event::Introduced("0".into()), Event::Fixed(introduced.clone())]);
        prop_assert!(from.contains(scheme, &version) != before.contains(scheme, &version));
    }

    #[test]
    fn last_affected_version_is_affected(scheme in scheme(), texts in relatives(2)) {
        let (last, version) = (&texts[0], scheme.parse(&texts[1]));
        let up_to = range([Event::LastAffected(last.clone()), Event::Introduced("0".into())]);
        prop_assert!(up_to.contains(scheme, &scheme.parse(last)));
        prop_assert_eq!(up_to.contains(scheme, &version), version <= scheme.parse(last));
    }

    #[test]
    fn limit_cuts_a_range(scheme in scheme(), texts in relatives(2), mut events in prop::collection::vec(event(), 0..5)) {
        events.retain(|event| !matches!(event, Event::Limit(_)));
        let (limit, version) = (&texts[0], scheme.parse(&texts[1]));
        prop_assume!(limit != "*");
        let whole = range(events.clone()).contains(scheme, &version);
        events.push(Event::Limit(limit.clone()));
        prop_assert_eq!(range(events.clone()).contains(scheme, &version), whole && version < scheme.parse(limit));
        events.push(Event::Limit("*".into()));
        prop_assert_eq!(range(events).contains(scheme, &version), whole);
    }

    #[test]
    fn order_of_events_does_not_matter(
        scheme in scheme(),
        version in version(),
        (events, shuffled) in prop::collection::vec(event(), 0..6).prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
    ) {
        let (a, b) = (range(events), range(shuffled));
        prop_assert_eq!(a.intervals(scheme), b.intervals(scheme));
        let version = scheme.parse(&version);
        prop_assert_eq!(a.contains(scheme, &version), b.contains(scheme, &version));
    }

    #[test]
    fn evaluation_is_that_of_the_schema(
        scheme in scheme(),
        events in prop::collection::vec(event(), 0..6),
        texts in relatives(3),
    ) {
        // The schema does not say which of two events at one version comes first.
        let mut at = Vec::new();
        let mut range = range(events);
        range.events.retain(|event| match event {
            Event::Introduced(text)
            | Event::After(text)
            | Event::Fixed(text)
            | Event::LastAffected(text) => {
                let version = scheme.parse(text);
                let first = !at.contains(&version);
                at.push(version);
                first
            }
            Event::Limit(_) => true,
        });
        let compiled = range.compile(scheme);
        for version in texts.iter().map(|text| scheme.parse(text)).chain(at) {
            prop_assert_eq!(compiled.contains(&version), evaluated(&range, scheme, &version));
        }
    }

    #[test]
    fn intervals_are_the_range(scheme in scheme(), events in prop::collection::vec(event(), 0..6), texts in relatives(3)) {
        let range = range(events);
        let intervals = range.intervals(scheme);
        for version in texts.iter().map(|text| scheme.parse(text)) {
            let inside = intervals.iter().filter(|interval| {
                let begun = interval.start.as_ref().is_none_or(|(at, inside)| {
                    let order = version.cmp(&scheme.parse(at));
                    order.is_gt() || (order.is_eq() && *inside)
                });
                let ended = interval.end.as_ref().is_some_and(|(at, inside)| {
                    let order = version.cmp(&scheme.parse(at));
                    order.is_gt() || (order.is_eq() && !inside)
                });
                begun && !ended
            });
            prop_assert_eq!(inside.count(), usize::from(range.contains(scheme, &version)));
        }
    }
}
