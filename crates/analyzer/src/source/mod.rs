//! Sources of vulnerability data: where each is, how it is mirrored, and how that went.
//!
//! A source is mirrored by a job, step by step: what was read is written before more is fetched, and
//! a checkpoint says where the next run goes on, after a failure or a killed process too. Whatever
//! goes wrong, the data that is there stays in use.

mod api;
mod ask;
mod cwe;
mod download;
mod epss;
mod file;
mod github;
mod kev;
mod nvd;
mod osv;
mod pour;
mod run;
mod schedule;
mod settings;
mod unpack;

pub(crate) use api::{SCHEMAS, routes};
pub use file::{import, import_for};
pub(crate) use schedule::{changed, register};

/// A source of vulnerability data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Open Source Vulnerabilities (osv.dev), by ecosystem.
    Osv,
    /// The National Vulnerability Database.
    Nvd,
    /// GitHub Security Advisories.
    Github,
    /// Exploit Prediction Scoring System.
    Epss,
    /// CISA's catalogue of known exploited vulnerabilities.
    Kev,
    /// The dictionary of weaknesses.
    Cwe,
}

impl Source {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Source; 6] =
        [Source::Osv, Source::Nvd, Source::Github, Source::Epss, Source::Kev, Source::Cwe];

    /// Its name in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Source::Osv => "osv",
            Source::Nvd => "nvd",
            Source::Github => "github",
            Source::Epss => "epss",
            Source::Kev => "kev",
            Source::Cwe => "cwe",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Source::Osv => "Open Source Vulnerabilities",
            Source::Nvd => "National Vulnerability Database",
            Source::Github => "GitHub Security Advisories",
            Source::Epss => "Exploit Prediction Scoring System",
            Source::Kev => "Known Exploited Vulnerabilities",
            Source::Cwe => "Common Weakness Enumeration",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.name() == name)
    }
}
