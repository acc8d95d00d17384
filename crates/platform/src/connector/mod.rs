//! What the platform asks of a scanner, whichever it is. The engine knows a scanner by [`Connector`]
//! only; Dependency-Track is its first implementation.

mod dependency_track;

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::integration::Integration;
use crate::issue::Pair;
use crate::{Error, Platform, Result};

/// The tools that an integration can be of.
pub const KINDS: [Kind; 3] = [
    Kind {
        word: "DEPENDENCY_TRACK",
        name: "Dependency-Track",
        about: "Component analysis: imports projects as assets and their findings as issues, and keeps both in agreement.",
        supported: true,
    },
    Kind {
        word: "FORTIFY",
        name: "Fortify",
        about: "Source code analysis. Not supported yet.",
        supported: false,
    },
    Kind {
        word: "CHECKMARX",
        name: "Checkmarx",
        about: "Source code analysis. Not supported yet.",
        supported: false,
    },
];

/// A tool that an integration can be of.
pub struct Kind {
    /// The word of the API.
    pub word: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// A sentence for its card.
    pub about: &'static str,
    /// Whether it can be connected.
    pub supported: bool,
}

/// Who answers, and what the key may do.
pub struct Server {
    /// For instance `Dependency-Track`.
    pub application: String,
    /// Its version as printed.
    pub version: String,
    /// How far its clock is ahead of ours, in milliseconds.
    pub clock_skew_ms: i64,
    /// The permissions that the platform uses.
    pub permissions: Vec<Permission>,
}

/// A permission of the key.
pub struct Permission {
    /// Whether synchronizing works without it.
    pub optional: bool,
    /// As the scanner names it.
    pub name: String,
    /// Whether the key has it.
    pub granted: bool,
    /// What the platform does with it.
    pub needed_for: &'static str,
}

/// A project of the scanner.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Whether it is active.
    pub active: bool,
    /// Whether it is the latest version of its name.
    pub latest: bool,
    /// Whether it only adds up its children.
    pub collection: bool,
    /// The last import of an SBOM (epoch milliseconds).
    pub last_import: Option<i64>,
}

/// A page of projects.
pub struct Projects {
    /// The page.
    pub items: Vec<Project>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Which projects to list.
#[derive(Debug, Clone, Default)]
pub struct ProjectQuery {
    /// Part of the name.
    pub search: Option<String>,
    /// Inactive ones too.
    pub inactive: bool,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub limit: u32,
}

/// A flaw of a component, as the scanner reports it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The scanner's id of the component; may change with an upload.
    pub component: String,
    /// The scanner's id of the flaw.
    pub flaw: String,
    /// Group or namespace.
    pub group: Option<String>,
    /// Name of the component.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its package URL.
    pub purl: Option<String>,
    /// Its CPE.
    pub cpe: Option<String>,
    /// The id by which the reporting source knows the flaw.
    pub vulnerability: String,
    /// The source: `NVD`, `GITHUB`, `OSV` …
    pub source: String,
    /// All ids of the flaw, its own too.
    pub ids: BTreeSet<String>,
    /// A line.
    pub title: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// What to do, Markdown.
    pub recommendation: Option<String>,
    /// Links, Markdown.
    pub references: Option<String>,
    /// CVSS vectors of any version.
    pub vectors: Vec<String>,
    /// Scores the scanner gives.
    pub scores: Vec<f64>,
    /// The scanner's word for the severity.
    pub severity: Option<String>,
    /// Numbers of weaknesses.
    pub cwes: Vec<u32>,
    /// Probability of exploitation.
    pub epss_score: Option<f64>,
    /// Its percentile.
    pub epss_percentile: Option<f64>,
    /// Whether it is known to be exploited, as far as the scanner says.
    pub known_exploited: bool,
    /// Which analyzer found it.
    pub matched_by: Option<String>,
    /// Where people look at it.
    pub url: String,
    /// What the scanner's users decided.
    pub pair: Pair,
}

/// A component of a project.
#[derive(Debug, Clone)]
pub struct Component {
    /// Group or namespace.
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// CPE.
    pub cpe: Option<String>,
    /// Licence: an SPDX id or expression, else free text.
    pub license: Option<String>,
}

/// A finding by the scanner's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The project.
    pub project: String,
    /// The component.
    pub component: String,
    /// The flaw.
    pub flaw: String,
}

/// A decision to write into the scanner.
pub struct Decision {
    /// What both sides last agreed on: anything else that is there is somebody's change.
    pub base: Pair,
    /// Where.
    pub place: Place,
    /// The state; none keeps what is there.
    pub state: Option<&'static str>,
    /// Suppressed or not.
    pub suppressed: bool,
    /// Whether the answer to the flaw is to leave it.
    pub will_not_fix: bool,
    /// For the scanner's audit trail; it also tells a repeated decision from a new one.
    pub comment: String,
}

/// The last word of the scanner's users on a finding.
#[derive(Debug, Clone)]
pub struct Said {
    /// When (epoch milliseconds, the scanner's clock).
    pub at: Option<i64>,
    /// Who.
    pub who: Option<String>,
    /// Their comment.
    pub comment: Option<String>,
}

/// Versions of a package that a flaw affects.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Affected {
    /// Package URL without version.
    pub purl: String,
    /// The first good version after the affected ones.
    pub fixed: Option<String>,
}

/// A scanner. Every failure is one a person can act on (see [`Error::hint`]).
#[async_trait]
pub trait Connector: Send + Sync {
    /// Who answers, and what the key may do.
    async fn check(&self) -> Result<Server>;
    /// As [`Connector::check`], and an error when the key may not read what a synchronization reads.
    async fn ready(&self) -> Result<Server>;
    /// A page of projects.
    async fn projects(&self, query: &ProjectQuery) -> Result<Projects>;
    /// A project; an error when it is gone.
    async fn project(&self, id: &str) -> Result<Project>;
    /// The latest version of a name.
    async fn latest(&self, name: &str) -> Result<Option<Project>>;
    /// Every finding of a project, suppressed ones included, or an error: never a part of the list.
    async fn findings(&self, project: &str, told: &(dyn Fn(u64, u64) + Send + Sync)) -> Result<Vec<Finding>>;
    /// How many components a project has.
    async fn component_count(&self, project: &str) -> Result<u64>;
    /// All components of a project.
    async fn components(&self, project: &str) -> Result<Vec<Component>>;
    /// What was last said about a finding.
    async fn said(&self, place: &Place) -> Result<Option<Said>>;
    /// Writes a decision, once: a decision that is there already is not written again. What is there then;
    /// none when somebody else changed the finding meanwhile, and nothing was written.
    async fn decide(&self, decision: Decision) -> Result<Option<Pair>>;
    /// What a flaw affects, as far as the scanner knows.
    async fn affected(&self, source: &str, vulnerability: &str) -> Result<Vec<Affected>>;
    /// Uploads an SBOM to a project, or to the project with this name (made when missing), and waits
    /// until it is read in. The project's id.
    async fn upload(&self, target: Upload, document: Vec<u8>) -> Result<String>;
    /// Has the scanner tell of changes. The name of the rule.
    async fn create_webhook(&self, destination: &str, token: &str) -> Result<String>;
}

/// Where an SBOM goes.
pub enum Upload {
    /// A project that is there.
    Project(String),
    /// A project by name.
    Named {
        /// Its name.
        name: String,
        /// Its version.
        version: Option<String>,
    },
}

/// The scanner that an integration stands for.
///
/// # Errors
/// [`Error::Unsupported`] for a tool that cannot be connected; a missing or unreadable credential.
pub(crate) fn open(platform: &Platform, integration: &Integration) -> Result<Box<dyn Connector>> {
    match integration.kind.as_str() {
        "DEPENDENCY_TRACK" => Ok(Box::new(dependency_track::open(platform, integration)?)),
        _ => Err(unsupported(&integration.kind)),
    }
}

/// The refusal of a tool that cannot be connected.
pub fn unsupported(kind: &str) -> Error {
    let name = KINDS.iter().find(|known| known.word == kind).map_or(kind, |known| known.name);
    Error::Unsupported(name.to_owned())
}

/// The form in which the address of a scanner is stored.
pub(crate) fn address(text: &str) -> Result<String> {
    dependency_track::address(text)
}
