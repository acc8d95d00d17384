//! Everything that can go wrong, in words a person can act on.

use std::time::Duration;

use crate::Permission;

/// A failed call. `Display` is one plain sentence, [`Error::hint`] says what to do, [`Error::code`] is
/// stable and meant for programs and translations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address was not usable; nothing was sent.
    #[error("this is not the address of an API: {problem}")]
    Address {
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        hint: String,
    },
    /// The client could not be set up; nothing was sent.
    #[error("the client cannot be set up: {problem}")]
    Setup {
        /// What is wrong, without secrets.
        problem: String,
        /// What to correct.
        hint: String,
    },
    /// No connection, or it broke, or it took too long.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Base address.
        url: String,
        /// The network's own words.
        reason: String,
    },
    /// The secure connection failed.
    #[error("the secure connection to {url} failed: {reason}")]
    Tls {
        /// Base address.
        url: String,
        /// What the TLS library says.
        reason: String,
        /// What to do, by kind of failure.
        hint: String,
    },
    /// 401: the API key is missing, unknown or revoked.
    #[error("{url} does not accept the API key ({call})")]
    Unauthorized {
        /// Base address.
        url: String,
        /// What was being done.
        call: &'static str,
    },
    /// 403, or a 401 that names a missing permission.
    #[error("the API key may not {call}: the permission {permission} is missing{detail}")]
    Forbidden {
        /// What was being done.
        call: &'static str,
        /// The permission that the call needs.
        permission: Permission,
        /// The server's own words, if any, as ` (…)`.
        detail: String,
    },
    /// Something answered, but not the API.
    #[error("{url} is not the API of Dependency-Track: {reason}")]
    NotDependencyTrack {
        /// Base address.
        url: String,
        /// What answered instead.
        reason: String,
        /// What to try.
        hint: String,
    },
    /// The project was there and is not any more (or never was).
    #[error("the project {project} no longer exists in Dependency-Track")]
    ProjectGone {
        /// Its uuid.
        project: String,
    },
    /// A component, vulnerability, rule or publisher that the call names does not exist.
    #[error("could not {call}: {message}")]
    NotFound {
        /// What was being done.
        call: &'static str,
        /// The server's own words.
        message: String,
    },
    /// The server refuses the request for what it holds (400, 406, 409, 412, 413 …).
    #[error("could not {call}: the server answered {status}{}", told(message))]
    Rejected {
        /// What was being done.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
        /// Single complaints, such as the places where a BOM breaks its schema.
        details: Vec<String>,
    },
    /// 429, after all permitted attempts.
    #[error("{url} asks to slow down")]
    RateLimited {
        /// Base address.
        url: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// 5xx, after all permitted attempts.
    #[error("could not {call}: the server failed with {status}{}", told(message))]
    Server {
        /// What was being done.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// The server's own words, shortened.
        message: String,
        /// From its `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// An answer that is not what the API documents.
    #[error("could not {call}: the answer is not understood: {reason}")]
    BadResponse {
        /// What was being done.
        call: &'static str,
        /// What is odd about it.
        reason: String,
    },
    /// A list changed while its pages were read: the rows are not the whole list, so none are returned.
    #[error("could not {call}: the list changed while it was read ({read} rows of {expected})")]
    Incomplete {
        /// What was being done.
        call: &'static str,
        /// Rows read.
        read: u64,
        /// Rows the server announced.
        expected: u64,
    },
}

impl Error {
    /// A stable code: `DT_UNREACHABLE`, `DT_TLS`, `DT_UNAUTHORIZED`, `DT_FORBIDDEN`,
    /// `DT_NOT_DEPENDENCY_TRACK`, `DT_PROJECT_GONE`, `DT_RATE_LIMITED`, `DT_SERVER_ERROR`,
    /// `DT_BAD_RESPONSE`; and for mistakes in what was asked `DT_BAD_ADDRESS`, `DT_BAD_SETUP`,
    /// `DT_NOT_FOUND`, `DT_REJECTED`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "DT_BAD_ADDRESS",
            Self::Setup { .. } => "DT_BAD_SETUP",
            Self::Unreachable { .. } => "DT_UNREACHABLE",
            Self::Tls { .. } => "DT_TLS",
            Self::Unauthorized { .. } => "DT_UNAUTHORIZED",
            Self::Forbidden { .. } => "DT_FORBIDDEN",
            Self::NotDependencyTrack { .. } => "DT_NOT_DEPENDENCY_TRACK",
            Self::ProjectGone { .. } => "DT_PROJECT_GONE",
            Self::NotFound { .. } => "DT_NOT_FOUND",
            Self::Rejected { .. } => "DT_REJECTED",
            Self::RateLimited { .. } => "DT_RATE_LIMITED",
            Self::Server { .. } => "DT_SERVER_ERROR",
            Self::BadResponse { .. } | Self::Incomplete { .. } => "DT_BAD_RESPONSE",
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Address { hint, .. }
            | Self::Setup { hint, .. }
            | Self::Tls { hint, .. }
            | Self::NotDependencyTrack { hint, .. } => hint.clone(),
            Self::Unreachable { .. } => {
                "check the address, that the server runs, and that the network lets this machine reach it".into()
            }
            Self::Unauthorized { .. } => {
                "create an API key for a team under Administration → Access Management → Teams and paste it whole".into()
            }
            Self::Forbidden { permission, detail, .. } if !detail.is_empty() => format!(
                "give the key's team the permission {permission}, and access to the project if portfolio access control is on"
            ),
            Self::Forbidden { permission, .. } => {
                format!("give the key's team the permission {permission} under Administration → Access Management → Teams")
            }
            Self::ProjectGone { .. } => "unlink it, or link another project or version".into(),
            Self::NotFound { .. } => "read the project's findings again: what the call names may be gone".into(),
            Self::Rejected { .. } => "correct what the server complains about".into(),
            Self::RateLimited { retry_after: Some(t), .. } => format!("wait {} s and try again", t.as_secs().max(1)),
            Self::RateLimited { .. } => "wait and try again, or lower the number of requests per second".into(),
            Self::Server { .. } => "try again later; if it stays, look into the log of the server".into(),
            Self::BadResponse { .. } => {
                "check that the server is a supported version (4.x or 5.x) and that no proxy changes its answers".into()
            }
            Self::Incomplete { .. } => "try again when no BOM of the project is being processed".into(),
        }
    }

    /// True when the same call may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::RateLimited { .. }
                | Self::Server { .. }
                | Self::Incomplete { .. }
        )
    }

    /// How long the server asked to be left alone, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What a server says beside the status, when it says something.
fn told(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
