//! Progress of long work: a bar on a terminal, plain lines elsewhere. Always on stderr, so that
//! stdout holds nothing but the result.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far something is.
pub struct Progress {
    bar: Option<ProgressBar>,
    last: Mutex<(Option<Instant>, String)>,
}

impl Progress {
    /// A new one; nothing is shown until something is told.
    pub fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {msg} {wide_bar} {human_pos}/{human_len} {elapsed}")
            {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, last: Mutex::new((None, String::new())) }
    }

    /// Tells the present phase and how much of it is done.
    pub fn tell(&self, phase: &str, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            bar.set_message(phase.to_owned());
            bar.set_length(total.unwrap_or(done));
            bar.set_position(done);
            return;
        }
        let Ok(mut last) = self.last.lock() else { return };
        let due = last.0.is_none_or(|at| at.elapsed() > Duration::from_secs(2));
        if due || last.1 != phase {
            match total {
                Some(total) => eprintln!("{phase}: {done} of {total}"),
                None => eprintln!("{phase}: {done}"),
            }
            *last = (Some(Instant::now()), phase.to_owned());
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
