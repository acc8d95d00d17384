//! The differences that are listed, each with its reason: `STEP PLACE: reason` a line.
//!
//! STEP is the id of a step, `AREA.*` or `*`. PLACE is `status`, `header NAME`, a path as `$[*].name`
//! with all below it, or `.name` for the member wherever it is; `+.name` is excused only where the
//! recording lacks the member, `-.name` only where the answer does. Without PLACE the whole step
//! differs. What excuses nothing any more has to go.

use std::path::Path;

struct Line {
    text: String,
    step: String,
    place: String,
    used: bool,
}

impl Line {
    fn concerns(&self, step: &str) -> bool {
        match self.step.strip_suffix('*') {
            Some(start) => step.starts_with(start),
            None => step == self.step,
        }
    }
}

/// How the place of a difference is different.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Additional,
    Missing,
    Other,
}

/// All that is listed for a version.
pub struct Listed {
    lines: Vec<Line>,
    current: Vec<usize>,
}

impl Listed {
    pub fn of(folder: &Path) -> Listed {
        let mut lines = Vec::new();
        let files = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
        for file in files {
            let path = file.unwrap().path();
            for text in std::fs::read_to_string(&path).unwrap().lines().filter(|text| !text.trim().is_empty())
            {
                let (subject, reason) = text.split_once(": ").expect("each line is `STEP PLACE: reason`");
                assert!(reason.len() > 10, "{path:?}: {text}");
                let (step, place) = subject.split_once(' ').unwrap_or((subject, ""));
                let line = Line {
                    text: text.to_owned(),
                    step: step.to_owned(),
                    place: place.to_owned(),
                    used: false,
                };
                lines.push(line);
            }
        }
        Listed { lines, current: Vec::new() }
    }

    /// From now on it is about this step.
    pub fn begin(&mut self, step: &str) {
        self.current = (0..self.lines.len()).filter(|n| self.lines[*n].concerns(step)).collect();
    }

    /// The line that excuses a difference at a place of the current step.
    pub fn excuse(&self, place: &str, kind: Kind) -> Option<usize> {
        self.current.iter().copied().find(|n| {
            let wanted = self.lines[*n].place.as_str();
            let (wanted, fits) = match (wanted.strip_prefix('+'), wanted.strip_prefix('-')) {
                (Some(rest), _) => (rest, kind == Kind::Additional),
                (_, Some(rest)) => (rest, kind == Kind::Missing),
                _ => (wanted, true),
            };
            fits && (wanted == place || wanted.starts_with('.') && place.ends_with(wanted))
        })
    }

    /// The line that excuses the current step as a whole.
    pub fn whole(&self) -> Option<usize> {
        self.current.iter().copied().find(|n| self.lines[*n].place.is_empty())
    }

    pub fn used(&mut self, lines: &[usize]) {
        lines.iter().for_each(|n| self.lines[*n].used = true);
    }

    /// Lines that excused nothing.
    pub fn idle(&self) -> Vec<&str> {
        self.lines.iter().filter(|line| !line.used).map(|line| line.text.as_str()).collect()
    }
}
