//! What can go wrong between the product and its database.

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the database or of what is kept in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused a statement or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The address of the database is not one that this product can open.
    #[error("database address {0:?} is not supported: use sqlite:PATH or postgres://USER@HOST/NAME")]
    Address(String),
    /// A stored JSON text could not be read or written.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Reading or writing a file of the data folder failed.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An applied migration has another text than the one in this binary.
    #[error(
        "migration {component}/{name} was applied with another text: this database belongs to another build"
    )]
    ChangedMigration {
        /// The crate the migration belongs to.
        component: String,
        /// Its name.
        name: String,
    },
    /// The database was made by a newer version of the product.
    #[error(
        "the database has {found} migrations of {component}, this version knows {known}: use a newer version"
    )]
    Newer {
        /// The crate the migrations belong to.
        component: String,
        /// How many the database has.
        found: usize,
        /// How many this binary knows.
        known: usize,
    },
    /// Compressed bytes could not be read back.
    #[error("stored document {id}: {source}")]
    Blob {
        /// The document's id.
        id: i64,
        /// What went wrong.
        source: std::io::Error,
    },
}

impl Error {
    /// Whether a statement failed because a row with the same key exists.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Error::Database(e) if matches!(e.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))))
    }
}
