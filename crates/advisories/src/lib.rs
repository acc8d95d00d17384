//! Advisory formats, severity and the match decision.
//!
//! Bytes of an advisory go in, [`Advisory`] comes out; a [`Package`] comes from a package URL; and
//! [`Affected::matches`] says whether the one concerns the other, and why.

mod advisory;
mod alias;
mod compiled;
pub mod cpe;
pub mod cvss;
pub mod cwe;
pub mod epss;
pub mod ghsa;
pub mod kev;
mod lenient;
mod matching;
pub mod nvd;
mod osv;
pub mod owasp;
mod package;
mod severity;

pub use advisory::{Advisory, Affected};
pub use alias::{Flaw, flaws, primary};
pub use compiled::Compiled;
pub use matching::{Match, first_fixed};
pub use osv::{packages, parse};
pub use package::{Package, canonical_purl, normalised};
pub use severity::{Chosen, Evidence, Rule, Severity};

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
    /// The document is not a page or feed of the NVD.
    #[error("not a page of the NVD's CVE API 2.0: {0}")]
    Nvd(#[source] serde_json::Error),
    /// A record of a document cannot be used.
    #[error("{id}: {message}")]
    Record {
        /// Its id, else its place.
        id: String,
        /// What is wrong with it.
        message: String,
    },
    /// The text is not a CPE.
    #[error("{cpe:?} is not a CPE: {message}")]
    Cpe {
        /// The text.
        cpe: String,
        /// What is wrong with it.
        message: String,
    },
    /// The text is not a vector of an OWASP risk rating. The words are Dependency-Track's.
    #[error(
        "Provided vector {vector} does not match OWASP RR Vector pattern \
         SL:\\d/M:\\d/O:\\d/S:\\d/ED:\\d/EE:\\d/A:\\d/ID:\\d/LC:\\d/LI:\\d/LAV:\\d/LAC:\\d/FD:\\d/RD:\\d/NC:\\d/PV:\\d"
    )]
    Owasp {
        /// The text.
        vector: String,
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
