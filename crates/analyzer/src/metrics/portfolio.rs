//! The portfolio: the sum of the active projects that somebody may see, without collections, whose
//! children are counted already. Its history follows from theirs, day by day.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, now_ms, params};

use super::store::{DAY, PROJECTS, Row};
use super::{Counts, Of};
use crate::server::{Result, Scope};

/// The sum of projects.
#[derive(Debug, Default, Clone, PartialEq)]
struct Sum {
    counts: Counts,
    projects: i64,
    vulnerable: i64,
}

impl Sum {
    /// Adds a project, or takes it away with the sign -1.
    fn combine(&mut self, counts: &Counts, sign: i64) {
        self.counts.combine(counts, sign);
        self.vulnerable += sign * i64::from(counts.vulnerabilities > 0);
    }

    fn json(&self, first: i64, last: i64) -> Value {
        let mut out = self.counts.json(Of::Portfolio, first, last);
        out.insert("projects".to_owned(), json!(self.projects));
        out.insert("vulnerableProjects".to_owned(), json!(self.vulnerable));
        out.into()
    }
}

#[derive(FromQueryResult)]
struct Project {
    id: i64,
    created_at: i64,
}

/// The projects that count, oldest first.
async fn projects(sql: &impl Sql, scope: &Scope) -> Result<Vec<Project>> {
    let (visible, values) = scope.condition("p.id");
    let text = format!(
        "SELECT p.id, p.created_at FROM project p WHERE p.active AND p.collection_logic = 'NONE' AND {visible} \
         ORDER BY p.created_at, p.id"
    );
    Ok(sql.rows(&text, values).await?)
}

/// The rows of all projects that held at some time since then, oldest first.
async fn rows(sql: &impl Sql, since: i64) -> Result<Vec<Row>> {
    let last = "SELECT max(id) FROM metrics WHERE project_id IS NOT NULL GROUP BY project_id";
    let text = format!(
        "{} WHERE m.project_id IS NOT NULL AND (m.last_occurrence >= ? OR m.id IN ({last})) \
         ORDER BY m.first_occurrence, m.id",
        PROJECTS.select()
    );
    Ok(sql.rows(&text, params![since]).await?)
}

/// What the portfolio comes to now.
pub(super) async fn current(sql: &impl Sql, scope: &Scope) -> Result<Value> {
    let now = now_ms();
    Ok(sums(sql, scope, now).await?.pop().unwrap_or_default())
}

/// What the portfolio came to since then: one entry a day, but days on which nothing changed are
/// those of the entry before. The first entry holds at the beginning.
pub(super) async fn sums(sql: &impl Sql, scope: &Scope, since: i64) -> Result<Vec<Value>> {
    let now = now_ms();
    let since = since.clamp(0, now);
    let projects = projects(sql, scope).await?;
    // Before there was anything nothing has to be said.
    let since = since.max(projects.first().map_or(now, |project| project.created_at).min(now));
    let counting: HashSet<i64> = projects.iter().map(|project| project.id).collect();
    let mut rows = rows(sql, since).await?.into_iter().peekable();
    let mut created = projects.iter().map(|project| project.created_at).peekable();
    let mut held: HashMap<i64, Counts> = HashMap::new();
    let mut sum = Sum::default();
    let mut out: Vec<(Sum, i64, i64)> = Vec::new();
    let mut start = since;
    loop {
        let end = (start - start.rem_euclid(DAY) + DAY).min(now);
        while created.next_if(|at| *at <= end).is_some() {
            sum.projects += 1;
        }
        while let Some(row) = rows.next_if(|row| row.first_occurrence <= end) {
            if !counting.contains(&row.owner) {
                continue;
            }
            let counts = row.record().counts;
            if let Some(before) = held.get(&row.owner) {
                sum.combine(before, -1);
            }
            sum.combine(&counts, 1);
            held.insert(row.owner, counts);
        }
        match out.last_mut() {
            Some((before, _, last)) if *before == sum => *last = end,
            _ => out.push((sum.clone(), start, end)),
        }
        if end >= now {
            break;
        }
        start = end;
    }
    Ok(out.into_iter().map(|(sum, first, last)| sum.json(first, last)).collect())
}
