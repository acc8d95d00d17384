//! What goes wrong, with a code that clients act on and a sentence that people act on.

use serde::{Deserialize, Serialize};

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, or a refusal that a person can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing (or it is another company's, which is the same).
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// The caller's role does not allow it.
    #[error("{message}")]
    Forbidden {
        /// What is not allowed.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A value cannot be used.
    #[error("{field}: {message}")]
    Invalid {
        /// Which argument.
        field: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// The tool is known by name, and cannot be connected.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// Dependency-Track could not be asked.
    #[error(transparent)]
    DependencyTrack(#[from] dependency_track::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Users or keys failed.
    #[error(transparent)]
    Identity(#[from] identity::Error),
}

impl Error {
    /// A value that cannot be used.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Error {
        Error::Invalid { field, message: message.into() }
    }

    /// The code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(_) => "NOT_FOUND",
            Error::Forbidden { .. } => "FORBIDDEN",
            Error::Invalid { .. } => "INVALID",
            Error::Unsupported(_) => "UNSUPPORTED",
            Error::Conflict(_) => "CONFLICT",
            Error::DependencyTrack(error) => error.code(),
            _ => "INTERNAL",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Forbidden { hint, .. } => Some(hint.clone()),
            Error::Unsupported(_) => Some("use DEPENDENCY_TRACK".to_owned()),
            Error::DependencyTrack(error) => Some(error.hint()),
            Error::Identity(identity::Error::SecretKey(_)) => {
                Some("restore the key with which the credentials were stored".to_owned())
            }
            _ => None,
        }
    }

    /// Whether it is about one project and not the whole connection.
    pub(crate) fn is_of_project(&self) -> bool {
        matches!(
            self,
            Error::DependencyTrack(dependency_track::Error::ProjectGone { .. }) | Error::Conflict(_)
        )
    }

    /// Whether what a decision is about is gone, or the decision is refused: trying again is of no use
    /// before the next synchronization has looked.
    pub(crate) fn is_final(&self) -> bool {
        use dependency_track::Error::{NotFound, ProjectGone, Rejected};
        matches!(
            self,
            Error::NotFound(_)
                | Error::DependencyTrack(ProjectGone { .. } | NotFound { .. } | Rejected { .. })
        )
    }

    /// What is kept and shown of it.
    pub fn problem(&self) -> Problem {
        Problem { code: self.code().to_owned(), message: self.to_string(), hint: self.hint() }
    }
}

/// A failure as it is stored and shown: code, plain sentence, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code for programs, for instance `DT_UNREACHABLE`.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// The JSON that is stored.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what is stored.
    pub(crate) fn read(text: Option<&str>) -> Option<Problem> {
        serde_json::from_str(text?).ok()
    }
}
