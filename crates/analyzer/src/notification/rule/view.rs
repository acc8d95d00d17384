//! The JSON of rules.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, marks};

use super::Rule;
use crate::notification::group::SCHEDULE;
use crate::notification::publisher;
use crate::project::{self, Show};
use crate::server::{AppState, Result, Scope};

#[derive(FromQueryResult)]
struct Named {
    rule_id: i64,
    name: String,
}

#[derive(FromQueryResult)]
struct Numbered {
    rule_id: i64,
    id: i64,
}

/// A list of rules, read in a handful of queries. Of their projects those are shown that the caller
/// may see.
pub(super) async fn list(
    state: &AppState,
    sql: &impl Sql,
    rules: &[Rule],
    scope: &Scope,
) -> Result<Vec<Value>> {
    let ids: Vec<storage::Value> = rules.iter().map(|rule| rule.id.into()).collect();
    let many = marks(ids.len());
    let text =
        format!("SELECT rule_id, name FROM notification_rule_tag WHERE rule_id IN ({many}) ORDER BY name");
    let mut tags: HashMap<i64, Vec<Value>> = HashMap::new();
    for tag in sql.rows::<Named>(&text, ids.clone()).await? {
        tags.entry(tag.rule_id).or_default().push(json!({ "name": tag.name }));
    }
    let (visible, values) = scope.condition("r.project_id");
    let text = format!(
        "SELECT r.rule_id, r.project_id AS id FROM notification_rule_project r JOIN project p ON p.id = r.project_id \
         WHERE r.rule_id IN ({many}) AND {visible} ORDER BY p.name, p.id"
    );
    let of_rules: Vec<Numbered> = sql.rows(&text, [ids.clone(), values].concat()).await?;
    let mut numbers: Vec<i64> = of_rules.iter().map(|row| row.id).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut shown: HashMap<i64, Value> = HashMap::new();
    for chunk in numbers.chunks(500) {
        let projects = project::by_ids(sql, chunk).await?;
        let list = project::list_json(sql, &projects, Show::default()).await?;
        shown.extend(projects.iter().map(|project| project.id).zip(list));
    }
    let mut projects: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in of_rules {
        projects.entry(row.rule_id).or_default().extend(shown.get(&row.id).cloned());
    }
    let text = format!("SELECT rule_id, team_id AS id FROM notification_rule_team WHERE rule_id IN ({many})");
    let of_teams: Vec<Numbered> = sql.rows(&text, ids).await?;
    let mut teams: HashMap<i64, Vec<Value>> = HashMap::new();
    if !of_teams.is_empty() {
        for team in state.identity.teams(sql).await? {
            for row in of_teams.iter().filter(|row| row.id == team.id) {
                let shown = json!({ "uuid": team.uuid, "name": team.name });
                teams.entry(row.rule_id).or_default().push(shown);
            }
        }
    }
    let publishers: Vec<i64> = rules.iter().map(|rule| rule.publisher_id).collect();
    let publishers = publisher::by_ids(sql, &publishers).await?;
    let mut out = Vec::with_capacity(rules.len());
    for rule in rules {
        let mut shown = own(rule);
        let publisher = publishers.iter().find(|publisher| publisher.id == rule.publisher_id);
        let publisher = publisher.map(|publisher| publisher.json(false));
        shown.insert("publisher".to_owned(), json!(publisher));
        for (name, lists) in [("tags", &mut tags), ("projects", &mut projects), ("teams", &mut teams)] {
            shown.insert(name.to_owned(), lists.remove(&rule.id).unwrap_or_default().into());
        }
        out.push(shown.into());
    }
    Ok(out)
}

fn own(rule: &Rule) -> Map<String, Value> {
    let mut out = Map::new();
    let scheduled = rule.trigger_type == SCHEDULE;
    let members = [
        ("name", Some(json!(rule.name))),
        ("enabled", Some(json!(rule.enabled))),
        ("notifyChildren", Some(json!(rule.notify_children))),
        ("logSuccessfulPublish", Some(json!(rule.log_successful_publish))),
        ("scope", Some(json!(rule.scope))),
        ("notificationLevel", Some(json!(rule.level))),
        ("notifyOn", Some(json!(rule.groups()))),
        ("message", rule.message.as_ref().map(|text| json!(text))),
        ("publisherConfig", rule.publisher_config.as_ref().map(|text| json!(text))),
        ("triggerType", Some(json!(rule.trigger_type))),
        ("scheduleLastTriggeredAt", rule.schedule_last.map(|at| json!(at))),
        ("scheduleNextTriggerAt", rule.schedule_next.map(|at| json!(at))),
        ("scheduleCron", rule.schedule_cron.as_ref().map(|text| json!(text))),
        ("scheduleSkipUnchanged", scheduled.then(|| json!(rule.schedule_skip_unchanged))),
        ("filterExpression", rule.filter_expression.as_ref().map(|text| json!(text))),
        ("uuid", Some(json!(rule.uuid))),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    }
    out
}
