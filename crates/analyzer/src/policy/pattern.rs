//! Patterns of conditions (behaviour reference §8.4): `*` stands for anything, other syntax is that
//! of regular expressions, and what is not anchored is found anywhere.

use regex::{Regex, RegexBuilder};

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern. Its size is limited, and matching takes time linear in the text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str) -> Result<Pattern, String> {
        let before = if text.starts_with(['^', '*']) { "" } else { ".*" };
        let after = if text.ends_with(['$', '*']) { "" } else { ".*" };
        Pattern::whole(&format!("{before}{}{after}", text.replace('*', ".*")))
    }

    /// Compiles a regular expression that the whole text must match.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn whole(text: &str) -> Result<Pattern, String> {
        let regex = RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 20).nest_limit(64).build();
        regex.map(Pattern).map_err(|error| error.to_string())
    }

    /// Whether the text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
