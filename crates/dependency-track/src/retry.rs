//! When to try again, and how long to wait before.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// Bounded retries with exponential back-off and jitter.
///
/// Retried: connections that fail and 429, always; 500, 502, 503, 504 and broken transfers, only for
/// calls that may safely run twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often a request is sent at most; 1 means no retry.
    pub attempts: u32,
    /// Wait before the second attempt; doubles from attempt to attempt.
    pub first: Duration,
    /// The longest wait. When `Retry-After` asks for more than this, the call fails at once and the
    /// error carries the time, so that the caller can put the work aside instead of holding it.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, first: Duration::from_millis(500), cap: Duration::from_secs(30) }
    }
}

impl Retry {
    /// Every request is sent once.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How long to wait after attempt number `done` (from 1), or `None` to give up.
    pub(crate) fn wait(&self, done: u32, asked: Option<Duration>) -> Option<Duration> {
        if done >= self.attempts {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= self.cap).then_some(asked);
        }
        let full = self.first.saturating_mul(1u32 << (done - 1).min(16)).min(self.cap);
        // Between half and the whole, so that many clients do not come back in step.
        Some(full.div_f64(2.0) + full.mul_f64(fraction() / 2.0))
    }
}

/// A number in 0..1, from the standard library's randomly keyed hasher.
fn fraction() -> f64 {
    let bits = std::hash::RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_in_bounds_and_end() {
        let retry = Retry { attempts: 4, first: Duration::from_millis(100), cap: Duration::from_millis(300) };
        for (done, low, high) in [(1, 50, 100), (2, 100, 200), (3, 150, 300)] {
            let wait = retry.wait(done, None).unwrap();
            assert!(
                wait >= Duration::from_millis(low) && wait <= Duration::from_millis(high),
                "{done}: {wait:?}"
            );
        }
        assert_eq!(retry.wait(4, None), None);
        assert_eq!(retry.wait(1, Some(Duration::from_millis(7))), Some(Duration::from_millis(7)));
        assert_eq!(retry.wait(1, Some(Duration::from_secs(9))), None, "longer than the cap: not held");
        assert!(Retry { attempts: 99, ..retry }.wait(98, None).is_some(), "no overflow");
    }
}
