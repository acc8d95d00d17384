//! Rules: which notifications go where, and for which projects.

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use super::publisher;
use crate::project::{self, Show};
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
    pub notify_on: String,
    pub publisher_id: i64,
    pub publisher_config: Option<String>,
}

pub(super) const SELECT: &str = "SELECT id, uuid, name, enabled, notify_children, log_successful_publish, scope, \
     level, notify_on, publisher_id, publisher_config FROM notification_rule";

pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Rule>> {
    Ok(sql.row(&format!("{SELECT} WHERE uuid = ?"), params![uuid]).await?)
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
}

/// The JSON of a rule (reference §10.2).
pub(super) async fn json(sql: &impl Sql, rule: &Rule) -> Result<Value> {
    let projects: Vec<i64> = sql
        .column("SELECT project_id FROM notification_rule_project WHERE rule_id = ?", params![rule.id])
        .await?;
    let projects = project::by_ids(sql, &projects).await?;
    let tags: Vec<String> = sql
        .column("SELECT name FROM notification_rule_tag WHERE rule_id = ? ORDER BY name", params![rule.id])
        .await?;
    let publisher = publisher::by_id(sql, rule.publisher_id).await?;
    let mut out = json!({
        "name": rule.name,
        "enabled": rule.enabled,
        "notifyChildren": rule.notify_children,
        "logSuccessfulPublish": rule.log_successful_publish,
        "scope": rule.scope,
        "notificationLevel": rule.level,
        "projects": project::list_json(sql, &projects, Show::default()).await?,
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "teams": [],
        "notifyOn": rule.groups(),
        "publisher": publisher.map(|publisher| publisher.json()),
        "triggerType": "EVENT",
        "uuid": rule.uuid,
    });
    if let (Some(config), Some(object)) = (&rule.publisher_config, out.as_object_mut()) {
        object.insert("publisherConfig".to_owned(), json!(config));
    }
    Ok(out)
}

/// The enabled rules that listen to a group, none of another level than informational being sent.
pub(super) async fn listening(sql: &impl Sql, scope: &str, group: &str, error: bool) -> Result<Vec<Rule>> {
    // Rules are made by hand: there are never many.
    let rules: Vec<Rule> =
        sql.rows(&format!("{SELECT} WHERE enabled AND scope = ? ORDER BY id"), params![scope]).await?;
    Ok(rules
        .into_iter()
        .filter(|rule| error || rule.level == "INFORMATIONAL")
        .filter(|rule| rule.groups().iter().any(|g| g == group))
        .collect())
}

/// Which of these projects a rule speaks for: all when it names neither projects nor tags.
pub(super) async fn concerned(tx: &Tx, rule: &Rule, projects: &[i64]) -> Result<Vec<i64>> {
    let limited: i64 = tx
        .count(
            "SELECT (SELECT count(*) FROM notification_rule_project WHERE rule_id = ?) \
             + (SELECT count(*) FROM notification_rule_tag WHERE rule_id = ?)",
            params![rule.id, rule.id],
        )
        .await?;
    if limited == 0 {
        return Ok(projects.to_vec());
    }
    let named: Vec<i64> = tx
        .column(
            "SELECT project_id FROM notification_rule_project WHERE rule_id = ? UNION SELECT t.project_id \
             FROM project_tag t JOIN notification_rule_tag r ON r.name = t.name WHERE r.rule_id = ?",
            params![rule.id, rule.id],
        )
        .await?;
    let mut all = named.clone();
    if rule.notify_children {
        for id in named {
            all.extend(project::descendants(tx, id).await?);
        }
    }
    Ok(projects.iter().copied().filter(|id| all.contains(id)).collect())
}
