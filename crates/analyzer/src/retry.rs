//! When to ask a server again, and how long to wait before.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Bounded retries with exponential back-off and jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    /// How often a request is sent at most; 1 means no retry.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from attempt to attempt.
    pub first: Duration,
    /// The longest wait. A server that asks for more is not asked again: the error carries the time.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_millis(500), cap: Duration::from_secs(60) }
    }
}

impl Retry {
    /// How long to wait after attempt number `done` (from 1), or none to give up.
    pub(crate) fn wait(&self, done: u32, asked: Option<Duration>) -> Option<Duration> {
        if done >= self.attempts {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= self.cap).then_some(asked);
        }
        let full = self.first.saturating_mul(1 << done.saturating_sub(1).min(16)).min(self.cap);
        // Between half and the whole, so that many clients do not come back in step.
        Some(full.div_f64(2.0) + full.mul_f64(fraction() / 2.0))
    }
}

/// A number in 0..1, from the standard library's randomly keyed hasher.
fn fraction() -> f64 {
    let bits = std::hash::RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Whether the same request may succeed in a while.
pub(crate) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// What `Retry-After` asks for: seconds, or an HTTP date (RFC 9110 §10.2.3).
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let at = DateTime::parse_from_rfc2822(text).ok()?;
        Some((at.with_timezone(&Utc) - Utc::now()).to_std().unwrap_or_default())
    })
}

/// The innermost cause in one line: the sentence that a person needs.
pub(crate) fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut source: &dyn std::error::Error = &error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    source.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_in_bounds_and_end() {
        let ms = Duration::from_millis;
        let retry = Retry { attempts: 4, first: ms(100), cap: ms(300) };
        for (done, low, high) in [(1, 50, 100), (2, 100, 200), (3, 150, 300)] {
            let wait = retry.wait(done, None).unwrap();
            assert!(wait >= ms(low) && wait <= ms(high), "{done}: {wait:?}");
        }
        assert_eq!(retry.wait(4, None), None);
        assert_eq!(retry.wait(1, Some(ms(7))), Some(ms(7)));
        assert_eq!(retry.wait(1, Some(ms(9000))), None, "longer than the cap: not waited for");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let headers = |text: &str| HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(asked(&headers("120")), Some(Duration::from_secs(120)));
        assert_eq!(asked(&headers("Wed, 21 Oct 2015 07:28:00 GMT")), Some(Duration::ZERO), "long past");
        assert_eq!(asked(&headers("soon")), None);
    }
}
