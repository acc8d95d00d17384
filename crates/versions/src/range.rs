//! Affected ranges as OSV writes them: events on the line of versions.

use crate::{Scheme, Version};

/// What happens at a version (OSV schema, `affected[].ranges[].events[]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From here on versions are affected. `0` is before every version.
    Introduced(String),
    /// Versions behind this one are affected. OSV has no such event; GitHub and CPE have.
    After(String),
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

/// A range that was read, to ask it often.
#[derive(Debug, Clone, Default)]
pub struct CompiledRange {
    /// In ascending order, without common versions.
    spans: Vec<Span<Version, Version>>,
}

/// A part of a range without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Its first version and whether that is inside. None is before every version.
    pub start: Option<(String, bool)>,
    /// Its last version and whether that is inside. None is after every version.
    pub end: Option<(String, bool)>,
}

/// From its start to its end, and whether each is inside.
#[derive(Debug, Clone)]
struct Span<S, E> {
    start: Option<(S, bool)>,
    end: Option<(E, bool)>,
}

/// A version and its text.
type Point<'a> = (Version, &'a str);

/// What happens at a point.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Introduced,
    Fixed,
    LastAffected,
    After,
}

impl Range {
    /// Whether the version is in the range, by the evaluation algorithm of the OSV schema. Who asks
    /// about many versions compiles the range once.
    pub fn contains(&self, scheme: Scheme, version: &Version) -> bool {
        self.compile(scheme).contains(version)
    }

    /// Reads the versions of the events.
    pub fn compile(&self, scheme: Scheme) -> CompiledRange {
        let bare = |span: Span<Point, Point>| Span {
            start: span.start.map(|((version, _), inside)| (version, inside)),
            end: span.end.map(|((version, _), inside)| (version, inside)),
        };
        CompiledRange { spans: self.spans(scheme).into_iter().map(bare).collect() }
    }

    /// The parts of the range in ascending order, as the events write their versions.
    pub fn intervals(&self, scheme: Scheme) -> Vec<Interval> {
        let text = |span: Span<Point, Point>| Interval {
            start: span.start.map(|((_, text), inside)| (text.to_owned(), inside)),
            end: span.end.map(|((_, text), inside)| (text.to_owned(), inside)),
        };
        self.spans(scheme).into_iter().map(text).collect()
    }

    /// The versions in which the range ends by a fix.
    pub fn fixed(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            Event::Fixed(at) => Some(at.as_str()),
            _ => None,
        })
    }

    fn spans(&self, scheme: Scheme) -> Vec<Span<Point<'_>, Point<'_>>> {
        let mut spans = self.unlimited_spans(scheme);
        let limits = self.events.iter().filter_map(|event| match event {
            Event::Limit(at) => Some(at.as_str()),
            _ => None,
        });
        // One that holds is enough, so that the last one counts.
        if limits.clone().all(|limit| limit != "*")
            && let Some(limit) = limits.map(|text| (scheme.parse(text), text)).max()
        {
            spans.retain(|span| span.start.as_ref().is_none_or(|((start, _), _)| *start < limit.0));
            for span in &mut spans {
                if span.end.as_ref().is_none_or(|(end, _)| end.0 >= limit.0) {
                    span.end = Some((limit.clone(), false));
                }
            }
        }
        spans
    }

    fn unlimited_spans(&self, scheme: Scheme) -> Vec<Span<Point<'_>, Point<'_>>> {
        let mut points: Vec<(Point<'_>, Kind)> = Vec::new();
        // Where versions are affected now: since the beginning, or since a point.
        let mut open: Option<Option<(Point<'_>, bool)>> = None;
        for event in &self.events {
            let (at, kind) = match event {
                Event::Introduced(at) if at == "0" => {
                    open = Some(None);
                    continue;
                }
                Event::Introduced(at) => (at, Kind::Introduced),
                Event::After(at) => (at, Kind::After),
                Event::Fixed(at) => (at, Kind::Fixed),
                Event::LastAffected(at) => (at, Kind::LastAffected),
                Event::Limit(_) => continue,
            };
            points.push(((scheme.parse(at), at.as_str()), kind));
        }
        points.sort_unstable_by(|((a, text_a), kind_a), ((b, text_b), kind_b)| {
            (a, kind_a, text_a).cmp(&(b, kind_b, text_b))
        });
        let mut spans = Vec::new();
        for group in points.chunk_by(|a, b| a.0.0 == b.0.0) {
            let find =
                |wanted: Kind| group.iter().find(|(_, kind)| *kind == wanted).map(|(at, _)| at.clone());
            let introduced = find(Kind::Introduced);
            let end = match (find(Kind::Fixed), find(Kind::LastAffected)) {
                (Some(fixed), _) => Some((fixed, false)),
                (None, Some(last)) => Some((last, true)),
                (None, None) => None,
            };
            // Both at one version: what was affected ends and begins again; what was not begins and ends.
            match (open.take(), introduced, end) {
                (Some(start), Some(_), _) | (Some(start), None, None) => open = Some(start),
                (Some(start), None, Some(end)) => spans.push(Span { start, end: Some(end) }),
                (None, Some(start), None) => open = Some(Some((start, true))),
                (None, Some(start), Some((last, true))) => {
                    spans.push(Span { start: Some((start, true)), end: Some((last, true)) });
                }
                (None, _, _) => {}
            }
            if let (None, Some(after)) = (&open, find(Kind::After)) {
                open = Some(Some((after, false)));
            }
        }
        spans.extend(open.map(|start| Span { start, end: None }));
        spans
    }
}

impl CompiledRange {
    /// Whether the version is in the range.
    pub fn contains(&self, version: &Version) -> bool {
        let begun = |span: &Span<Version, Version>| {
            span.start.as_ref().is_none_or(|(start, inside)| start < version || (*inside && start == version))
        };
        let last = self.spans.partition_point(begun).checked_sub(1).and_then(|at| self.spans.get(at));
        last.is_some_and(|span| match &span.end {
            None => true,
            Some((end, true)) => version <= end,
            Some((end, false)) => version < end,
        })
    }
}

/// Whether each of the versions is in one of the ranges, so that naming it adds nothing.
pub fn implied<'a>(scheme: Scheme, ranges: &[Range], versions: impl IntoIterator<Item = &'a str>) -> bool {
    let ranges: Vec<CompiledRange> = ranges.iter().map(|range| range.compile(scheme)).collect();
    versions.into_iter().all(|version| {
        let version = scheme.parse(version);
        ranges.iter().any(|range| range.contains(&version))
    })
}
