//! Affected ranges as OSV writes them: events on the line of versions.

use crate::{Scheme, Version};

/// What happens at a version (OSV schema, `affected[].ranges[].events[]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From here on versions are affected. `0` is before every version.
    Introduced(String),
    /// From here on versions are not affected.
    Fixed(String),
    /// The last affected version.
    LastAffected(String),
    /// Versions from here on are not in this range. `*` is after every version.
    Limit(String),
}

/// A range: the events in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// The events.
    pub events: Vec<Event>,
}

impl Range {
    /// Whether the version is in the range, by the evaluation algorithm of the OSV schema.
    pub fn contains(&self, scheme: Scheme, version: &Version) -> bool {
        let mut limits = self.events.iter().filter_map(|event| match event {
            Event::Limit(limit) => Some(limit),
            _ => None,
        });
        let limited = limits.clone().next().is_some();
        if limited && !limits.any(|limit| limit == "*" || version < &scheme.parse(limit)) {
            return false;
        }
        // (where, whether it counts from there or only behind it, what holds then); none is before all.
        let mut events: Vec<(Option<Version>, bool, bool)> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Introduced(at) if at == "0" => Some((None, false, true)),
                Event::Introduced(at) => Some((Some(scheme.parse(at)), false, true)),
                Event::Fixed(at) => Some((Some(scheme.parse(at)), false, false)),
                Event::LastAffected(at) => Some((Some(scheme.parse(at)), true, false)),
                Event::Limit(_) => None,
            })
            .collect();
        events.sort_by(|a, b| a.0.cmp(&b.0));
        let mut affected = false;
        for (at, behind, then) in events {
            let reached = match &at {
                None => true,
                Some(at) if behind => version > at,
                Some(at) => version >= at,
            };
            if reached {
                affected = then;
            }
        }
        affected
    }

    /// The versions in which the range ends by a fix.
    pub fn fixed(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            Event::Fixed(at) => Some(at.as_str()),
            _ => None,
        })
    }
}
