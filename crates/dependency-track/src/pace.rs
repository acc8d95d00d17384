//! An even stream of requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Spreads requests evenly over time. Clones share one budget: give the same `Pace` to every client
/// of one host, and together they stay within it. After a quiet second, one second's worth of requests
/// may go at once.
#[derive(Clone, Debug)]
pub struct Pace {
    gap: Duration,
    burst: Duration,
    next: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    /// At most this many requests a second; 0 means no limit.
    pub fn per_second(requests: u32) -> Self {
        let gap = if requests == 0 { Duration::ZERO } else { Duration::from_secs(1) / requests };
        let burst = gap * requests.saturating_sub(1);
        Self { gap, burst, next: Arc::new(Mutex::new(None)) }
    }

    /// Waits for this request's turn. A caller that gives up while waiting has used its turn.
    pub(crate) async fn turn(&self) {
        if self.gap.is_zero() {
            return;
        }
        let at = {
            let mut next = self.next.lock().await;
            let now = Instant::now();
            // The turn that is next by the even stream; turns not taken are kept for a second.
            let turn = next.map_or(now, |t| t.max(now.checked_sub(self.burst).unwrap_or(now)));
            *next = Some(turn + self.gap);
            turn.max(now)
        };
        tokio::time::sleep_until(at).await;
    }
}
