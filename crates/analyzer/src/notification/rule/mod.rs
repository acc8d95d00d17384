//! Rules: which notifications go where, and for which projects (behaviour reference §10.2).

mod api;
mod body;
mod filter;
mod limits;
mod view;

pub(super) use api::routes;
pub(super) use limits::Audience;

use chrono::{Local, TimeZone};
use sea_orm::FromQueryResult;
use serde_json::Value;
use storage::{Sql, params};

use super::notice::{Notice, Version};
use super::publisher::Publisher;
use crate::server::Result;

/// A stored rule.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Rule {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub enabled: bool,
    pub notify_children: bool,
    pub log_successful_publish: bool,
    pub scope: String,
    pub level: String,
    /// The groups, a JSON list.
    pub notify_on: String,
    pub publisher_id: i64,
    /// JSON, as the publisher wants it.
    pub publisher_config: Option<String>,
    pub trigger_type: String,
    pub message: Option<String>,
    pub schedule_cron: Option<String>,
    pub schedule_last: Option<i64>,
    pub schedule_next: Option<i64>,
    pub schedule_component: Option<i64>,
    pub schedule_skip_unchanged: bool,
    pub filter_expression: Option<String>,
}

pub(super) const SELECT: &str = "SELECT id, uuid, name, enabled, notify_children, log_successful_publish, scope, \
     level, notify_on, publisher_id, publisher_config, trigger_type, message, schedule_cron, schedule_last, \
     schedule_next, schedule_component, schedule_skip_unchanged, filter_expression FROM notification_rule";

pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Rule>> {
    Ok(sql.row(&format!("{SELECT} WHERE uuid = ?"), params![uuid]).await?)
}

pub(super) async fn by_id(sql: &impl Sql, id: i64) -> Result<Option<Rule>> {
    Ok(sql.row(&format!("{SELECT} WHERE id = ?"), params![id]).await?)
}

impl Rule {
    /// The groups it listens to.
    pub(super) fn groups(&self) -> Vec<String> {
        serde_json::from_str(&self.notify_on).unwrap_or_default()
    }

    /// A member of the publisher's configuration, for instance `destination`.
    pub(super) fn config(&self, name: &str) -> Option<String> {
        let config: Value = serde_json::from_str(self.publisher_config.as_deref()?).ok()?;
        config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Where it sends to; version 5 has another name for an address.
    pub(super) fn destination(&self) -> Option<String> {
        self.config("destination").or_else(|| self.config("destinationUrl"))
    }

    /// Whether it is told of a notification that it listens to.
    pub(super) fn passes(&self, notice: &Notice) -> bool {
        let text = self.filter_expression.as_deref();
        text.is_none_or(|text| filter::passes(&self.name, text, notice))
    }

    /// Whose receivers it writes for.
    pub(super) fn version(&self, publisher: &Publisher) -> Version {
        let own = self.config("payloadVersion");
        own.as_deref().and_then(Version::parse).unwrap_or_else(|| publisher.version())
    }
}

/// When a schedule comes next after a time (epoch milliseconds), by the clock of the server; none
/// for a text that is no schedule of five fields, or one that never comes.
pub(super) fn next(cron: &str, after: i64) -> Option<i64> {
    if cron.split_whitespace().count() != 5 {
        return None;
    }
    let cron: croner::Cron = cron.parse().ok()?;
    let after = Local.timestamp_millis_opt(after).single()?;
    Some(cron.find_next_occurrence(&after, false).ok()?.timestamp_millis())
}
