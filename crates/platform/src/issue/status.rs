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

    /// Which of several statuses of what turned out to be one flaw stays: a person's decision before work,
    /// work before none.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Status::FalsePositive => 6,
            Status::RiskAccepted => 5,
            Status::Suppressed => 4,
            Status::AwaitingValidation => 3,
            Status::InProgress => 2,
            Status::FixAccepted => 0,
            _ => 1,
        }
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

    /// Whether the status and the pair tell the same story. With `show_work`, work in progress is sent
    /// as `IN_TRIAGE`, whichever of its two statuses it has.
    pub fn agrees(self, theirs: &Pair, show_work: bool) -> bool {
        let triage = show_work
            && self == Status::AwaitingValidation
            && theirs.state == "IN_TRIAGE"
            && !theirs.suppressed;
        triage || self.after(theirs) == self
    }

    /// The pair to push: the state (none keeps it as it is) and the suppression. Fixed is never pushed.
    pub fn to_push(self, show_work: bool) -> Option<(Option<&'static str>, bool)> {
        match self {
            Status::FixAccepted | Status::Created | Status::Draft => None,
            Status::InProgress | Status::AwaitingValidation if show_work => Some((Some("IN_TRIAGE"), false)),
            Status::Identified | Status::InProgress | Status::AwaitingValidation => {
                Some((Some("NOT_SET"), false))
            }
            Status::FalsePositive => Some((Some("FALSE_POSITIVE"), false)),
            Status::RiskAccepted => Some((Some("EXPLOITABLE"), false)),
            Status::Suppressed => Some((None, true)),
        }
    }

    /// The statuses that a caller with this role may give an issue that stands at `self`.
    pub fn permitted(self, role: Role, manual: bool) -> Vec<Status> {
        let allowed = |wanted: &Status| {
            TRANSITIONS.iter().any(|t| {
                t.to == *wanted && t.from.contains(&self) && role >= t.role && (manual || !t.manual_only)
            })
        };
        Status::ALL.into_iter().filter(allowed).collect()
    }

    /// Whether the caller may change the issue from `self` to `wanted`, with this reason.
    ///
    /// # Errors
    /// The refusal, with what to do.
    pub fn check_change(self, wanted: Status, role: Role, manual: bool, reason: Option<&str>) -> Result<()> {
        if wanted == Status::FixAccepted && !manual {
            return Err(Error::Forbidden {
                message: "nobody sets an issue of a scanner to Fixed".to_owned(),
                hint: "the next synchronization does, once the finding is gone".to_owned(),
            });
        }
        if !self.permitted(role, manual).contains(&wanted) {
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

/// A change of status that people may make.
struct Transition {
    from: &'static [Status],
    to: Status,
    /// The least role.
    role: Role,
    /// Only issues made by hand: a scanner's issue is Fixed, and found again, by a synchronization.
    manual_only: bool,
}

const fn by(role: Role, from: &'static [Status], to: Status) -> Transition {
    Transition { from, to, role, manual_only: false }
}

const fn by_hand(role: Role, from: &'static [Status], to: Status) -> Transition {
    Transition { from, to, role, manual_only: true }
}

use Status::{
    AwaitingValidation, Created, Draft, FalsePositive, FixAccepted, Identified, InProgress, RiskAccepted,
    Suppressed,
};

/// The life cycle, as far as people move it. What is not listed is refused.
const TRANSITIONS: [Transition; 13] = [
    by(Role::Developer, &[Created, Identified, AwaitingValidation], InProgress),
    by(Role::Developer, &[Created, Identified, InProgress], AwaitingValidation),
    by(
        Role::Manager,
        &[Created, InProgress, AwaitingValidation, RiskAccepted, FalsePositive, Suppressed],
        Identified,
    ),
    by(Role::Manager, &[RiskAccepted, FalsePositive, Suppressed], InProgress),
    by(Role::Manager, &[RiskAccepted, FalsePositive, Suppressed], AwaitingValidation),
    by(
        Role::Manager,
        &[Created, Identified, InProgress, AwaitingValidation, FalsePositive, Suppressed],
        RiskAccepted,
    ),
    by(
        Role::Manager,
        &[Created, Identified, InProgress, AwaitingValidation, RiskAccepted, Suppressed],
        FalsePositive,
    ),
    by(
        Role::Manager,
        &[Created, Identified, InProgress, AwaitingValidation, RiskAccepted, FalsePositive],
        Suppressed,
    ),
    by_hand(Role::Developer, &[Draft], Created),
    by_hand(Role::Developer, &[Draft], Identified),
    by_hand(Role::Manager, &[Created, Identified, InProgress, AwaitingValidation], FixAccepted),
    by_hand(Role::Manager, &[FixAccepted], Identified),
    by_hand(Role::Manager, &[FixAccepted], InProgress),
];

/// The life cycle as a table in Markdown, for the documentation.
pub fn life_cycle() -> String {
    let mut out =
        String::from("| from | to | least role | which issues | reason |\n| --- | --- | --- | --- | --- |\n");
    for t in &TRANSITIONS {
        let from: Vec<&str> = t.from.iter().map(|status| status.as_str()).collect();
        let which = if t.manual_only { "made by hand" } else { "all" };
        let reason = if t.to.needs_reason() { "required" } else { "" };
        let line = format!(
            "| {} | {} | {} | {which} | {reason} |\n",
            from.join(", "),
            t.to.as_str(),
            t.role.as_str()
        );
        out.push_str(&line);
    }
    out.push_str("| any open status | FIX_ACCEPTED | a synchronization | of a scanner | |\n");
    out.push_str(
        "| FIX_ACCEPTED | IDENTIFIED, or what the analysis says | a synchronization | of a scanner | |\n",
    );
    out.push_str("| RISK_ACCEPTED with an expiry date | IDENTIFIED | the date | all | |\n");
    out
}
