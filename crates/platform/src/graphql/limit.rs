//! 1,200 requests a minute for each user or key, counted in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use identity::{Principal, PrincipalKind};
use storage::now_ms;

const A_MINUTE: i64 = 1_200;

/// A minute since 1970, and how often each caller (user or key, id) asked in it.
type Minute = (i64, HashMap<(u8, i64), i64>);

/// Who asked how often in the present minute.
#[derive(Clone, Default)]
pub(super) struct Limits {
    counts: Arc<Mutex<Minute>>,
}

/// What is left of the present minute.
pub(super) struct Allowance {
    used: i64,
    reset_s: i64,
}

impl Limits {
    pub(super) fn take(&self, principal: &Principal) -> Allowance {
        let who = match principal.kind {
            PrincipalKind::User { id, .. } => (0, id),
            PrincipalKind::TeamKey { key_id, .. } | PrincipalKind::CompanyKey { key_id, .. } => (1, key_id),
        };
        let now = now_ms() / 1_000;
        let minute = now / 60;
        let used = match self.counts.lock() {
            Ok(mut counts) => {
                if counts.0 != minute {
                    *counts = (minute, HashMap::new());
                }
                let used = counts.1.entry(who).or_default();
                *used += 1;
                *used
            }
            Err(_) => 0,
        };
        Allowance { used, reset_s: (minute + 1) * 60 - now }
    }
}

impl Allowance {
    pub(super) fn exceeded(&self) -> bool {
        self.used > A_MINUTE
    }

    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![
            ("x-ratelimit-limit", A_MINUTE.to_string()),
            ("x-ratelimit-remaining", (A_MINUTE - self.used).max(0).to_string()),
            ("x-ratelimit-reset", self.reset_s.to_string()),
        ];
        if self.exceeded() {
            out.push(("retry-after", self.reset_s.to_string()));
        }
        out
    }
}
