//! What a command says when it fails: one sentence, and what to do.

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sentence of its own, with what to do about it.
    #[error("{message}")]
    Told {
        /// What went wrong, and where.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Users and keys.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// The analyzer.
    #[error(transparent)]
    Analyzer(#[from] analyzer::Error),
    /// The platform.
    #[error(transparent)]
    Platform(#[from] platform::Error),
}

impl Error {
    /// A failure without advice.
    pub fn told(message: impl Into<String>) -> Error {
        Error::Told { message: message.into(), hint: None }
    }

    /// A failure and what to do about it.
    pub fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Told { message: message.into(), hint: Some(hint.into()) }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Told { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}
