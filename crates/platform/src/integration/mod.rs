//! The integration of a company with a Dependency-Track: where it is, with which key, and what of it
//! becomes issues.

mod projects;
mod reseal;
mod store;

mod link;

pub use link::{AssetLink, links, links_of_asset, unlink};
pub(crate) use link::{by_project, link_by_id};
pub use projects::{Associated, ExternalProject, asset_name, associate, external_projects};
pub(crate) use projects::{is_collection, link};
pub(crate) use reseal::reseal;
pub(crate) use store::{any_by_id, failed, worked};
pub use store::{by_id, check, create_webhook, list, remove, save};

use sea_orm::FromQueryResult;

use crate::connector::Server;
use crate::error::Problem;

/// The kind of the integrations that can be made.
pub const DEPENDENCY_TRACK: &str = "DEPENDENCY_TRACK";

/// A stored integration. The API token never leaves it.
#[derive(Clone, FromQueryResult)]
pub struct Integration {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub company_id: i64,
    /// `DEPENDENCY_TRACK`.
    pub kind: String,
    /// What people call it.
    pub name: Option<String>,
    /// The base address, without `/api`.
    pub api_url: String,
    pub(crate) api_token: Option<String>,
    pub(crate) webhook_token: String,
    /// JSON list of severities.
    pub severities: String,
    pub(crate) ca_pem: Option<String>,
    /// `NEW`, `CONNECTED`, `ERROR`.
    pub state: String,
    pub(crate) problem: Option<String>,
    /// Since when it does not work (epoch milliseconds).
    pub problem_at: Option<i64>,
    /// Cron expression of its schedule, in UTC.
    pub cron: Option<String>,
    /// When it is synchronized next by its schedule (epoch milliseconds).
    pub next_sync_at: Option<i64>,
    /// Whether work in progress is sent as `IN_TRIAGE`.
    pub show_work: bool,
    /// The version that answered last.
    pub dt_version: Option<String>,
    /// When it was last checked (epoch milliseconds).
    pub checked_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl Integration {
    /// Whether a certificate authority of its own is stored.
    pub fn ca_set(&self) -> bool {
        self.ca_pem.is_some()
    }

    /// Whether an API token is stored.
    pub fn api_token_set(&self) -> bool {
        self.api_token.is_some()
    }

    /// The severities that become issues.
    pub fn severities(&self) -> Vec<String> {
        serde_json::from_str(&self.severities).unwrap_or_default()
    }

    /// Why it does not work.
    pub fn problem(&self) -> Option<Problem> {
        Problem::read(self.problem.as_deref())
    }
}

/// What is to be set of an integration; none leaves it as it is.
#[derive(Default, Clone)]
pub struct Settings {
    /// Which integration; without it the company's first, or a new one when the name is new.
    pub id: Option<i64>,
    /// What people call it.
    pub name: Option<String>,
    /// The address, in any form people paste.
    pub api_url: Option<String>,
    /// The API key.
    pub api_token: Option<String>,
    /// The token of webhooks, when it is another company's.
    pub webhook_token: Option<String>,
    /// A certificate authority to trust, PEM; empty removes it.
    pub ca_pem: Option<String>,
    /// The severities that become issues.
    pub severities: Option<Vec<String>>,
    /// Whether work in progress is sent as `IN_TRIAGE`.
    pub show_work: Option<bool>,
    /// Cron expression in UTC; empty ends the schedule.
    pub cron: Option<String>,
}

/// What a check of the connection found.
pub struct Check {
    /// What answered.
    pub server: Option<Server>,
    /// How long it took, in milliseconds.
    pub latency_ms: i64,
    /// Why it failed.
    pub problem: Option<Problem>,
}
