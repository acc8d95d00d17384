//! Periods of ISO 8601 (`P1Y6M`), by which conditions say how old something is, and distances
//! between versions.

use std::cmp::Ordering;

use chrono::{Days, Months, NaiveDate};
use serde_json::Value;

/// Years, months, weeks and days; more than nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Period {
    months: u32,
    days: u64,
}

impl Period {
    /// Reads `P[n]Y[n]M[n]W[n]D`. None for anything else, and for a period that is zero or negative.
    pub(super) fn parse(text: &str) -> Option<Period> {
        let mut rest = text.trim().strip_prefix(['P', 'p'])?;
        let mut period = Period { months: 0, days: 0 };
        let mut units = "YMWD".chars();
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, tail) = rest.split_at_checked(end)?;
            let number: u32 = number.parse().ok()?;
            let unit = tail.chars().next()?.to_ascii_uppercase();
            // Each unit once, and in order.
            units.find(|known| *known == unit)?;
            match unit {
                'Y' => period.months = period.months.checked_add(number.checked_mul(12)?)?,
                'M' => period.months = period.months.checked_add(number)?,
                'W' => period.days = period.days.checked_add(u64::from(number).checked_mul(7)?)?,
                _ => period.days = period.days.checked_add(u64::from(number))?,
            }
            rest = tail.get(1..)?;
        }
        (period.months > 0 || period.days > 0).then_some(period)
    }

    /// How the age of something compares with this period: greater when it is older.
    pub(super) fn compare(&self, published: NaiveDate, today: NaiveDate) -> Option<Ordering> {
        let end = published.checked_add_months(Months::new(self.months))?;
        let end = end.checked_add_days(Days::new(self.days))?;
        Some(today.cmp(&end))
    }
}

/// How far apart two versions are, at the first level at which they differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distance([Option<u64>; 4]);

const LEVELS: [&str; 4] = ["epoch", "major", "minor", "patch"];

impl Distance {
    /// Reads `{"epoch": "0", "major": "1", "minor": "?", "patch": "?"}`; `?` stands for any number.
    pub(super) fn parse(text: &str) -> Option<Distance> {
        let value: Value = serde_json::from_str(text).ok()?;
        let object = value.as_object()?;
        let mut levels = [None; 4];
        for (level, name) in levels.iter_mut().zip(LEVELS) {
            *level = match object.get(name) {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) if text.trim() == "?" || text.trim().is_empty() => None,
                Some(Value::String(text)) => Some(text.trim().parse().ok()?),
                Some(Value::Number(number)) => Some(number.as_u64()?),
                Some(_) => return None,
            };
        }
        levels.iter().any(Option::is_some).then_some(Distance(levels))
    }

    /// The distance between two versions. None when one has no number.
    pub(super) fn between(one: &str, other: &str) -> Option<Distance> {
        let (one, other) = (numbers(one)?, numbers(other)?);
        let mut levels = [Some(0); 4];
        for (level, (one, other)) in levels.iter_mut().zip(one.into_iter().zip(other)) {
            if one != other {
                *level = Some(one.abs_diff(other));
                break;
            }
        }
        Some(Distance(levels))
    }

    /// Compares with the distance of a condition, level by level; a level that it leaves open is equal.
    pub(super) fn compare(&self, wanted: &Distance) -> Ordering {
        let levels = self.0.iter().zip(wanted.0);
        levels
            .filter_map(|(own, wanted)| Some(own.unwrap_or_default().cmp(&wanted?)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// Epoch, major, minor and patch of a version, as far as it has them.
fn numbers(version: &str) -> Option<[u64; 4]> {
    let version = version.trim().trim_start_matches(['v', 'V']);
    let (epoch, rest) = version.split_once([':', '!']).unwrap_or(("0", version));
    let mut out = [epoch.parse().ok()?, 0, 0, 0];
    // What follows the release (`-rc.1`, `+build`) does not count.
    let release = rest.split(['-', '+', '~', '_']).next().unwrap_or_default();
    let mut found = false;
    for (level, part) in out.iter_mut().skip(1).zip(release.split('.')) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if digits.is_empty() {
            break;
        }
        *level = digits.parse().ok()?;
        found = true;
        if digits.len() < part.len() {
            break;
        }
    }
    found.then_some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_compared() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        let age = |period: &str, published: &str, today: &str| {
            Period::parse(period).unwrap().compare(day(published), day(today)).unwrap()
        };
        assert_eq!(age("P1Y6M", "2024-01-31", "2025-07-31"), Ordering::Equal);
        assert_eq!(age("P1Y6M", "2024-01-31", "2025-08-01"), Ordering::Greater);
        assert_eq!(age("P2W1D", "2024-01-01", "2024-01-15"), Ordering::Less);
        // The last day of a shorter month.
        assert_eq!(age("P1M", "2024-01-31", "2024-02-29"), Ordering::Equal);
        for text in
            ["", "P", "1Y", "P0D", "P-1D", "P1D1Y", "P1Y1Y", "PT1H", "P1", "P99999999999Y", "Pä", "P1ä"]
        {
            assert_eq!(Period::parse(text), None, "{text}");
        }
        // Far beyond all calendars.
        assert_eq!(
            Period::parse("P300000000Y").and_then(|p| p.compare(day("2024-01-01"), day("2024-01-01"))),
            None
        );
    }

    #[test]
    fn distances_are_those_of_the_first_level_that_differs() {
        let compare = |own: &str, latest: &str, wanted: &str| {
            Distance::between(own, latest).unwrap().compare(&Distance::parse(wanted).unwrap())
        };
        let one_major = r#"{"epoch":"0","major":"1","minor":"?","patch":"?"}"#;
        assert_eq!(compare("1.9.9", "2.0.0", one_major), Ordering::Equal);
        assert_eq!(compare("1.9.9", "3.0.0", one_major), Ordering::Greater);
        assert_eq!(compare("2.0.0", "2.9.9", one_major), Ordering::Less);
        assert_eq!(compare("1:1.0", "2:1.0", one_major), Ordering::Greater);
        assert_eq!(compare("v1.2.3-rc.1", "1.4.0", r#"{"minor":2}"#), Ordering::Equal);
        assert_eq!(compare("1.2.3", "1.2.9", r#"{"major":"0","minor":"0","patch":"5"}"#), Ordering::Greater);
        for text in ["", "{}", "[]", r#"{"major":"?"}"#, r#"{"major":"-1"}"#, r#"{"major":true}"#] {
            assert_eq!(Distance::parse(text), None, "{text}");
        }
        assert_eq!(Distance::between("latest", "1.0"), None);
    }
}
