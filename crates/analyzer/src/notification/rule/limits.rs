//! Which rules speak for which projects.

use std::collections::HashSet;

use sea_orm::FromQueryResult;
use storage::{Sql, Value, marks, params};

use super::{Rule, SELECT};
use crate::notification::group::{self, EVENT};
use crate::server::Result;

/// The rules that listen to a group, and the projects for which those of them speak that are limited.
pub(in crate::notification) struct Audience {
    rules: Vec<Rule>,
    limited: HashSet<i64>,
    concerned: HashSet<(i64, i64)>,
}

#[derive(FromQueryResult)]
struct Pair {
    rule_id: i64,
    project_id: i64,
}

impl Audience {
    /// Those who listen to this level and group, for these projects. A handful of queries, however
    /// many projects there are.
    pub(in crate::notification) async fn of(
        sql: &impl Sql,
        (scope, name, level): (&str, &str, &str),
        projects: &[i64],
    ) -> Result<Audience> {
        // Rules are made by hand: there are never many.
        let rules: Vec<Rule> = sql
            .rows(
                &format!("{SELECT} WHERE enabled AND trigger_type = ? AND scope = ? ORDER BY id"),
                params![EVENT, scope],
            )
            .await?;
        let rules: Vec<Rule> = rules
            .into_iter()
            .filter(|rule| group::rank(&rule.level) <= group::rank(level))
            .filter(|rule| rule.groups().iter().any(|group| group == name))
            .collect();
        let mut out = Audience { rules, limited: HashSet::new(), concerned: HashSet::new() };
        let is_limited = group::find(name).is_some_and(|(_, group)| group.limited);
        if out.rules.is_empty() || !is_limited {
            return Ok(out);
        }
        out.limit(sql, projects).await?;
        Ok(out)
    }

    async fn limit(&mut self, sql: &impl Sql, projects: &[i64]) -> Result<()> {
        let ids: Vec<Value> = self.rules.iter().map(|rule| rule.id.into()).collect();
        let rules = marks(ids.len());
        let text = format!(
            "SELECT rule_id FROM notification_rule_project WHERE rule_id IN ({rules}) \
             UNION SELECT rule_id FROM notification_rule_tag WHERE rule_id IN ({rules})"
        );
        let limited: Vec<i64> = sql.column(&text, [ids.clone(), ids.clone()].concat()).await?;
        self.limited = limited.into_iter().collect();
        if self.limited.is_empty() {
            return Ok(());
        }
        for chunk in projects.chunks(500) {
            let values: Vec<Value> = chunk.iter().map(|id| (*id).into()).collect();
            // A tag speaks for active projects alone; what is below a project must be active too.
            let text = format!(
                "WITH RECURSIVE up (id, active, ancestor, parent) AS (\
                 SELECT p.id, p.active, p.id, p.parent_id FROM project p WHERE p.id IN ({}) \
                 UNION ALL SELECT up.id, up.active, p.id, p.parent_id FROM up JOIN project p ON p.id = up.parent) \
                 SELECT r.rule_id, up.id AS project_id FROM up \
                 JOIN notification_rule_project r ON r.project_id = up.ancestor \
                 JOIN notification_rule n ON n.id = r.rule_id \
                 WHERE r.rule_id IN ({rules}) AND (up.ancestor = up.id OR (n.notify_children AND up.active)) \
                 UNION SELECT r.rule_id, up.id AS project_id FROM up JOIN project_tag t ON t.project_id = up.ancestor \
                 JOIN notification_rule_tag r ON r.name = t.name JOIN notification_rule n ON n.id = r.rule_id \
                 WHERE r.rule_id IN ({rules}) AND up.active AND (up.ancestor = up.id OR n.notify_children)",
                marks(chunk.len())
            );
            let pairs: Vec<Pair> = sql.rows(&text, [values, ids.clone(), ids.clone()].concat()).await?;
            self.concerned.extend(pairs.into_iter().map(|pair| (pair.rule_id, pair.project_id)));
        }
        Ok(())
    }

    /// Whether nobody listens.
    pub(in crate::notification) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// All rules that listen, for what is about no project.
    pub(in crate::notification) fn rules(&self) -> Vec<&Rule> {
        self.rules.iter().collect()
    }

    /// The rules that speak for a project.
    pub(in crate::notification) fn of_project(&self, project: i64) -> Vec<&Rule> {
        self.rules.iter().filter(|rule| self.speaks(rule, project)).collect()
    }

    /// Whether a rule speaks for a project: it is not limited, or to this one among others.
    pub(in crate::notification) fn speaks(&self, rule: &Rule, project: i64) -> bool {
        !self.limited.contains(&rule.id) || self.concerned.contains(&(rule.id, project))
    }
}
