//! Issues: what is wrong with an asset, and what people do about it.

mod expiry;
mod filter;
mod manual;
mod people;
mod status;
mod store;

pub(crate) use expiry::register;
pub use filter::{Filter, Sort, SortField};
pub(crate) use filter::{SENSITIVE, conditions};
pub use manual::{NewFinding, create_finding};
pub use people::{Comment, assign, assignees, comment, comment_by_id, comments};
pub use status::{Pair, Status, life_cycle};
pub(crate) use store::{COLUMNS, EVENT_COLUMNS, event, merge, record, set_status};
pub use store::{
    Cursor, StatusChange, after, by_id, by_ids, change_status, count, events, list, stats, status_changes,
};

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// Severities of the platform, the worst first; the place is the stored rank.
pub const SEVERITIES: [&str; 5] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NOTIFICATION"];

/// A moment as a day, for the history.
pub(crate) fn day(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// The place of a severity among [`SEVERITIES`]: 0 is the worst.
pub(crate) fn rank(severity: &str) -> i64 {
    let at = SEVERITIES.iter().position(|known| *known == severity).unwrap_or(SEVERITIES.len() - 1);
    i64::try_from(at).unwrap_or_default()
}

/// The severity of a CVSS score (platform rules, "Severity").
pub(crate) fn of_score(score: f64) -> &'static str {
    match score {
        s if s >= 9.0 => "CRITICAL",
        s if s >= 7.0 => "HIGH",
        s if s >= 4.0 => "MEDIUM",
        s if s > 0.0 => "LOW",
        _ => "NOTIFICATION",
    }
}

/// The severity of a tool's word.
pub(crate) fn of_word(word: Option<&str>) -> &'static str {
    SEVERITIES.into_iter().find(|known| word == Some(known)).unwrap_or("NOTIFICATION")
}

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
    /// Whether a person or a key made it, and not a synchronization.
    pub manual: bool,
    /// Who made it, when it was made by hand.
    pub created_by: Option<String>,
    /// The package, with its group.
    pub package: String,
    /// The tool: `dependency_track`, or what a pipeline names.
    pub source: String,
    /// Whether attacks are known.
    pub known_exploited: bool,
    /// The first good version.
    pub patched_version: Option<String>,
    /// Until when it should be solved (epoch milliseconds).
    pub due_at: Option<i64>,
    /// Until when the risk is accepted (epoch milliseconds).
    pub expires_at: Option<i64>,
    /// The identity that a pipeline gave it.
    pub fingerprint: Option<String>,
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
    /// Which analyzer found it.
    #[serde(default)]
    pub matched_by: Option<String>,
    /// The file that a pipeline named.
    #[serde(default)]
    pub file_name: Option<String>,
    /// The kind of weakness that a pipeline named.
    #[serde(default)]
    pub category: Option<String>,
    /// The id that the tool which reported it has for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_id: Option<String>,
    /// How bad it would be, as its reporter says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_level: Option<String>,
    /// How likely it is, as its reporter says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability_level: Option<String>,
    /// The branch it was found on; else that of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// Who changed something.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `USER`, `API`, `SYNC`, `WEBHOOK`, `PIPELINE` or `SYSTEM`.
    pub source: &'static str,
    /// The name of the person, key or system.
    pub name: String,
    /// The person, when it is one.
    pub user: Option<i64>,
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
