//! Advisory formats, severity and the match decision.
//!
//! Bytes of an advisory go in, [`Advisory`] comes out; a [`Package`] comes from a package URL; and
//! [`Affected::matches`] says whether the one concerns the other, and why.

mod alias;
pub mod cvss;
mod matching;
mod osv;
mod package;
mod severity;

pub use alias::{Groups, primary};
pub use matching::{Match, first_fixed};
pub use osv::{Advisory, Affected, parse};
pub use package::{Package, canonical_purl};
pub use severity::Severity;

/// Why an advisory or a package URL was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document is not an OSV record.
    #[error("not an OSV record: {0}")]
    Osv(#[from] serde_json::Error),
    /// A field has a value that cannot be used.
    #[error("{field}: {message}")]
    Field {
        /// Where in the document.
        field: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// The text is not a package URL.
    #[error("{purl:?} is not a package URL: {message}")]
    Purl {
        /// The text.
        purl: String,
        /// What is wrong with it.
        message: String,
    },
}
