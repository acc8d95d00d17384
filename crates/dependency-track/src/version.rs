//! What answers at the address.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::transport::Call;
use crate::{Client, Error};

/// The server's name and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// `Dependency-Track`.
    pub application: String,
    /// As printed, such as `4.14.2`.
    pub version: String,
    /// Major, minor and patch; parts that are missing or not numbers are 0.
    pub semver: (u64, u64, u64),
    /// The server's clock, from the `Date` header (whole seconds).
    pub server_time: Option<DateTime<Utc>>,
    /// How far the server's clock is ahead of ours (negative: behind). The header drops the fraction of its
    /// second: within what that and the way there and back leave open, the clocks are taken as equal.
    pub clock_skew: Option<TimeDelta>,
}

impl Version {
    /// 4, 5 …; 0 when the version does not start with a number.
    pub fn major(&self) -> u64 {
        self.semver.0
    }
}

#[derive(Deserialize)]
struct Wire {
    application: String,
    version: String,
}

/// `4.14.2-SNAPSHOT` → (4, 14, 2).
fn semver(text: &str) -> (u64, u64, u64) {
    let core = text.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let mut parts = core.split('.').map(|p| p.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

impl Client {
    /// `GET /api/version`; needs no key.
    ///
    /// # Errors
    /// [`Error::NotDependencyTrack`] when something else answers, such as the user interface (which
    /// serves its start page for every path) or a site that redirects elsewhere.
    pub async fn version(&self) -> Result<Version, Error> {
        let other = |reason: String| Error::NotDependencyTrack {
            url: self.url().to_string(),
            reason,
            hint: self.url().interface_hint(),
        };
        let sent = Utc::now();
        let answer = match self.send(&Call::get("read the version", &["version"], None)).await {
            Ok(answer) => answer,
            Err(
                Error::NotFound { .. }
                | Error::Rejected { .. }
                | Error::Unauthorized { .. }
                | Error::Forbidden { .. },
            ) => {
                return Err(other("it has no /api/version".into()));
            }
            Err(e) => return Err(e),
        };
        let received = Utc::now();
        let Ok(wire) = serde_json::from_slice::<Wire>(&answer.body) else {
            let what = if answer.is_html() { "a web page" } else { "something that is not a version" };
            return Err(other(format!("/api/version answers {what}")));
        };
        if wire.application != "Dependency-Track" {
            return Err(other(format!("/api/version says it is {:?}", shorten(&wire.application))));
        }
        let server_time = answer.header("date").and_then(parse_http_date);
        Ok(Version {
            semver: semver(&wire.version),
            application: wire.application,
            version: wire.version,
            server_time,
            clock_skew: server_time.map(|t| skew(t, sent, received)),
        })
    }
}

/// The skew nearest to none that explains a time of whole seconds, told between these two moments.
fn skew(told: DateTime<Utc>, sent: DateTime<Utc>, received: DateTime<Utc>) -> TimeDelta {
    let (least, most) = (told - received, told + TimeDelta::seconds(1) - sent);
    TimeDelta::zero().clamp(least, most.max(least))
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// An HTTP date (RFC 9110 §5.6.7, the preferred form).
pub(crate) fn parse_http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|t| t.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_only_by_what_whole_seconds_cannot_explain() {
        let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
        let ms = |told, sent, received| skew(at(told), at(sent), at(received)).num_milliseconds();
        assert_eq!(ms(5_000, 5_000, 5_010), 0);
        assert_eq!(ms(5_000, 5_990, 5_999), 0);
        assert_eq!(ms(5_000, 4_400, 4_500), 500, "told a second that had not begun here");
        assert_eq!(ms(5_000, 8_000, 8_100), -2_000);
    }

    #[test]
    fn versions_and_dates_are_read() {
        assert_eq!(semver("4.14.2"), (4, 14, 2));
        assert_eq!(semver("5.0.0-SNAPSHOT"), (5, 0, 0));
        assert_eq!(semver("odd"), (0, 0, 0));
        let date = parse_http_date("Tue, 24 Nov 2026 01:33:21 GMT").unwrap();
        assert_eq!(date.timestamp(), 1_795_484_001);
    }
}
