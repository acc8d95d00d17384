//! The life cycle of an issue, and how it corresponds to an analysis in Dependency-Track.
//!
//! `IDENTIFIED → IN_PROGRESS → AWAITING_VALIDATION → FIX_ACCEPTED`; `RISK_ACCEPTED`,
//! `FALSE_POSITIVE` and `SUPPRESSED` are people's decisions.

use crate::company::Role;
use crate::{Error, Result};

macro_rules! statuses {
    ($($variant:ident $word:literal $doc:literal;)*) => {
        /// Where an issue stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Status { $(#[doc = $doc] $variant,)* }

        impl Status {
            /// Every status.
            pub const ALL: [Status; [$($word),*].len()] = [$(Status::$variant),*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Status::$variant => $word,)* }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Status> {
                match word { $($word => Some(Status::$variant),)* _ => None }
            }
        }
    };
}

statuses! {
    Created "CREATED" "Made by hand, not looked at.";
    Draft "DRAFT" "Not yet visible to others.";
    Identified "IDENTIFIED" "Known, and nobody works on it.";
    InProgress "IN_PROGRESS" "Somebody works on it.";
    AwaitingValidation "AWAITING_VALIDATION" "Somebody says that it is solved.";
    FixAccepted "FIX_ACCEPTED" "Gone: only a synchronization says so.";
    RiskAccepted "RISK_ACCEPTED" "Known, and left as it is.";
    FalsePositive "FALSE_POSITIVE" "Not a flaw here.";
    Suppressed "SUPPRESSED" "Not to be seen.";
}

/// An analysis in Dependency-Track, as far as it decides a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// `NOT_SET`, `EXPLOITABLE`, …
    pub state: String,
    /// Whether the finding is suppressed.
    pub suppressed: bool,
}

impl Pair {
    /// A pair.
    pub fn new(state: impl Into<String>, suppressed: bool) -> Pair {
        Pair { state: state.into(), suppressed }
    }
}

impl Status {
    /// Whether it needs attention.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Created | Status::Identified | Status::InProgress | Status::AwaitingValidation)
    }

    /// Whether it is a person's decision that nothing automatic reverts.
    pub fn is_decision(self) -> bool {
        matches!(self, Status::RiskAccepted | Status::FalsePositive | Status::Suppressed)
    }

    /// Whether changing to it needs a reason.
    pub fn needs_reason(self) -> bool {
        matches!(self, Status::RiskAccepted | Status::FalsePositive)
    }

    /// The status that a pair of Dependency-Track gives an issue that stands at `self`.
    #[must_use]
    pub fn after(self, theirs: &Pair) -> Status {
        if theirs.suppressed {
            return Status::Suppressed;
        }
        match theirs.state.as_str() {
            "EXPLOITABLE" => Status::RiskAccepted,
            "FALSE_POSITIVE" | "NOT_AFFECTED" => Status::FalsePositive,
            "IN_TRIAGE" => Status::InProgress,
            "RESOLVED" => Status::AwaitingValidation,
            // Work in progress maps to the same pair as no work.
            _ if matches!(self, Status::InProgress | Status::AwaitingValidation) => self,
            _ => Status::Identified,
        }
    }

    /// Whether the status and the pair tell the same story.
    pub fn agrees(self, theirs: &Pair) -> bool {
        self.after(theirs) == self
    }

    /// The pair to push: the state (none keeps it as it is) and the suppression. Fixed is never pushed.
    pub fn to_push(self) -> Option<(Option<&'static str>, bool)> {
        match self {
            Status::FixAccepted | Status::Created | Status::Draft => None,
            Status::Identified | Status::InProgress | Status::AwaitingValidation => {
                Some((Some("NOT_SET"), false))
            }
            Status::FalsePositive => Some((Some("FALSE_POSITIVE"), false)),
            Status::RiskAccepted => Some((Some("EXPLOITABLE"), false)),
            Status::Suppressed => Some((None, true)),
        }
    }

    /// The statuses that a caller with this role may give an issue of a scanner that stands at `self`.
    pub fn permitted(self, role: Role) -> Vec<Status> {
        let wanted: &[Status] = match role {
            Role::Reader => &[],
            Role::Developer => &[Status::InProgress, Status::AwaitingValidation],
            _ => &[
                Status::Identified,
                Status::InProgress,
                Status::AwaitingValidation,
                Status::RiskAccepted,
                Status::FalsePositive,
                Status::Suppressed,
            ],
        };
        // A developer does not undo what was decided, and nobody moves what is gone.
        if self == Status::FixAccepted || (role == Role::Developer && self.is_decision()) {
            return Vec::new();
        }
        wanted.iter().copied().filter(|status| *status != self).collect()
    }

    /// Whether the caller may change the issue from `self` to `wanted`, with this reason.
    ///
    /// # Errors
    /// The refusal, with what to do.
    pub fn check_change(self, wanted: Status, role: Role, reason: Option<&str>) -> Result<()> {
        if wanted == Status::FixAccepted {
            return Err(Error::Forbidden {
                message: "nobody sets an issue of a scanner to Fixed".to_owned(),
                hint: "the next synchronization does, once the finding is gone".to_owned(),
            });
        }
        if !self.permitted(role).contains(&wanted) {
            return Err(Error::Forbidden {
                message: format!(
                    "an issue that is {} cannot be set to {} by a {}",
                    self.as_str(),
                    wanted.as_str(),
                    role.as_str()
                ),
                hint: "the field permittedStatus of the issue lists what you may set".to_owned(),
            });
        }
        if wanted.needs_reason() && reason.is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Error::invalid("reason", format!("{} needs a reason", wanted.as_str())));
        }
        Ok(())
    }
}
