//! Issues: what is wrong with an asset, and what people do about it.

mod status;
mod store;

pub use status::{Pair, Status};
pub use store::{Filter, by_id, by_ids, change_status, events, list, stats};
pub(crate) use store::{record, set_status};

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// Severities of the platform, the worst first; the place is the stored rank.
pub const SEVERITIES: [&str; 5] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NOTIFICATION"];

/// A stored issue.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Issue {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub company_id: i64,
    /// Of which asset.
    pub asset_id: i64,
    /// The word of its [`Status`].
    pub status: String,
    /// One of [`SEVERITIES`].
    pub severity: String,
    /// A line.
    pub title: String,
    /// JSON of its [`Detail`].
    pub detail: String,
    /// Whether the integration's severity filter leaves it out by now.
    pub filtered_out: bool,
    /// Whether the scanner still reports it.
    pub reported: bool,
    /// When the status last changed (epoch milliseconds).
    pub status_at: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl Issue {
    /// Where it stands.
    pub fn status(&self) -> Status {
        Status::parse(&self.status).unwrap_or(Status::Identified)
    }

    /// What the tool says about it.
    pub fn detail(&self) -> Detail {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }
}

/// What the scanner says about an issue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// The package, with its group.
    pub package: String,
    /// Its package URL.
    pub purl: Option<String>,
    /// The version in use.
    pub affected_version: String,
    /// The id by which the flaw is known.
    pub vulnerability_id: String,
    /// Who tells of it: `NVD`, `GITHUB`, `OSV`, …
    pub source: String,
    /// Its CVE, if it has one.
    pub cve: Option<String>,
    /// All its ids.
    pub aliases: Vec<String>,
    /// Numbers of weaknesses.
    pub cwes: Vec<u32>,
    /// The vector that the severity comes from.
    pub cvss_metric: Option<String>,
    /// The score that the severity comes from.
    pub cvss_score: Option<f64>,
    /// Markdown.
    pub description: String,
    /// Markdown.
    pub reference: Option<String>,
    /// What to do.
    pub solution: Option<String>,
    /// Probability of exploitation.
    pub epss_score: Option<f64>,
    /// Its percentile.
    pub epss_percentile: Option<f64>,
    /// The finding in Dependency-Track.
    pub external_url: Option<String>,
}

/// Who changed something.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `USER`, `API`, `SYNC`, `WEBHOOK`, `PIPELINE` or `SYSTEM`.
    pub source: &'static str,
    /// The name of the person, key or system.
    pub name: String,
    /// In which run.
    pub run: Option<i64>,
}

/// A change of an issue.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Of which issue.
    pub issue_id: i64,
    /// When (epoch milliseconds).
    pub at: i64,
    /// See [`Actor::source`].
    pub source: String,
    /// Who.
    pub actor: String,
    /// What changed.
    pub field: String,
    /// The value before.
    pub value_from: Option<String>,
    /// The value after.
    pub value_to: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// In which run.
    pub run_id: Option<i64>,
}
