//! What the door answers when it stays shut.

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure below the door.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A password could not be hashed.
    #[error("password hashing failed: {0}")]
    Hash(String),
    /// A session token could not be made.
    #[error("session token: {0}")]
    Token(String),
    /// The directory does not answer, or not as it should.
    #[error("the directory: {0}")]
    Directory(String),
    /// The key for stored credentials cannot be used.
    #[error("secret key: {0}")]
    SecretKey(String),
}

/// Why a request is answered with 401.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The key or token is not (or no longer) valid.
    #[error("the API key or session token is not valid")]
    Invalid,
    /// The database failed, so nobody can be recognised.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

/// Why a login fails; the words are those of Dependency-Track.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Unknown user or wrong password.
    #[error("INVALID_CREDENTIALS")]
    InvalidCredentials,
    /// The password must be changed first.
    #[error("FORCE_PASSWORD_CHANGE")]
    ForcePasswordChange,
    /// The account is suspended.
    #[error("SUSPENDED")]
    Suspended,
    /// The person is who it is, but has no account here.
    #[error("UNMAPPED_ACCOUNT")]
    UnmappedAccount,
    /// A directory or a provider could not be asked, or said something odd; the log has what.
    #[error("OTHER")]
    Elsewhere,
    /// Something below failed.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Why a forced password change is refused; the sentences are those of Dependency-Track.
#[derive(Debug, thiserror::Error)]
pub enum PasswordChangeError {
    /// The credentials are wrong or the account is suspended.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The new password is the old one.
    #[error("Existing password is the same as new password. Password not changed.")]
    Same,
    /// The user's password is not kept here.
    #[error("Changing passwords for non-managed users is not forbidden. Password not changed.")]
    NotManaged,
    /// The two new passwords differ.
    #[error("The passwords do not match. Password not changed.")]
    Mismatch,
}

impl From<storage::Error> for LoginError {
    fn from(error: storage::Error) -> Self {
        LoginError::Other(Error::Storage(error))
    }
}

impl From<Error> for PasswordChangeError {
    fn from(error: Error) -> Self {
        PasswordChangeError::Login(LoginError::Other(error))
    }
}
