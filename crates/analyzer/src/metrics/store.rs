//! Rows of metrics. A row holds from its first occurrence to that of the next one; the last row holds
//! now. Of a day that is over only its last row stays.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::{Sql, Tx, marks, now_ms, params};

use super::{Counts, Of};
use crate::server::Result;

pub(super) const DAY: i64 = 86_400_000;

/// What a row of a project keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    #[serde(flatten)]
    pub counts: Counts,
    #[serde(default = "none")]
    pub collection_logic: String,
    /// Whether the row before was counted by another logic; charts draw a mark there.
    #[serde(default)]
    pub collection_logic_changed: bool,
}

fn none() -> String {
    "NONE".to_owned()
}

impl Default for Record {
    fn default() -> Record {
        Record { counts: Counts::default(), collection_logic: none(), collection_logic_changed: false }
    }
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub id: i64,
    /// The project, or the component.
    pub owner: i64,
    counts: String,
    pub first_occurrence: i64,
    pub last_occurrence: i64,
}

impl Row {
    pub(super) fn record(&self) -> Record {
        serde_json::from_str(&self.counts).unwrap_or_default()
    }

    fn json(&self, table: Table, last: i64) -> Value {
        let record = self.record();
        let of = if table == PROJECTS { Of::Project } else { Of::Component };
        let mut out = record.counts.json(of, self.first_occurrence, last);
        if table == PROJECTS {
            out.insert("collectionLogic".to_owned(), json!(record.collection_logic));
            out.insert("collectionLogicChanged".to_owned(), json!(record.collection_logic_changed));
        }
        out.into()
    }
}

/// Where rows are, and the column of their owners.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Table {
    pub name: &'static str,
    pub owner: &'static str,
}

pub(super) const PROJECTS: Table = Table { name: "metrics", owner: "project_id" };
pub(super) const COMPONENTS: Table = Table { name: "component_metrics", owner: "component_id" };

impl Table {
    pub(super) fn select(self) -> String {
        format!(
            "SELECT m.id, m.{} AS owner, m.counts, m.first_occurrence, m.last_occurrence FROM {} m",
            self.owner, self.name
        )
    }

    /// The condition that a row is the last one of an owner that a subquery names.
    pub(super) fn is_last(self, owners: &str) -> String {
        let Table { name, owner } = self;
        format!("m.id IN (SELECT max(id) FROM {name} WHERE {owner} IN ({owners}) GROUP BY {owner})")
    }

    /// The last rows of these owners.
    pub(super) async fn last(self, sql: &impl Sql, owners: &[i64]) -> Result<Vec<Row>> {
        let mut out = Vec::new();
        for chunk in owners.chunks(1_000) {
            let text = format!("{} WHERE {}", self.select(), self.is_last(&marks(chunk.len())));
            let rows: Vec<Row> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
            out.extend(rows);
        }
        Ok(out)
    }

    /// Writes new rows, each behind the one that held before.
    pub(super) async fn write(self, tx: &Tx, rows: Vec<(i64, Option<Row>, Record)>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let now = now_ms();
        let today = now - now.rem_euclid(DAY);
        let Table { name, owner } = self;
        let ended: Vec<storage::Value> =
            rows.iter().filter_map(|(_, before, _)| before.as_ref().map(|row| row.id.into())).collect();
        for chunk in ended.chunks(1_000) {
            let text = format!("UPDATE {name} SET last_occurrence = ? WHERE id IN ({})", marks(chunk.len()));
            tx.execute(&text, [params![now], chunk.to_vec()].concat()).await?;
        }
        // Who writes the first row of a day tidies up the days before.
        let new_day = |before: &Option<Row>| before.as_ref().is_some_and(|row| row.first_occurrence < today);
        let tidied: Vec<storage::Value> =
            rows.iter().filter(|(_, before, _)| new_day(before)).map(|(id, ..)| (*id).into()).collect();
        for chunk in tidied.chunks(1_000) {
            let text = format!(
                "DELETE FROM {name} WHERE {owner} IN ({}) AND first_occurrence < ? AND EXISTS (SELECT 1 FROM {name} n \
                 WHERE n.{owner} = {name}.{owner} AND n.id > {name}.id \
                 AND n.first_occurrence / {DAY} = {name}.first_occurrence / {DAY})",
                marks(chunk.len())
            );
            tx.execute(&text, [chunk.to_vec(), params![today]].concat()).await?;
        }
        let mut values = Vec::with_capacity(rows.len());
        for (id, _, record) in &rows {
            let counts = serde_json::to_string(record).map_err(storage::Error::Json)?;
            values.push(params![*id, counts, now, now]);
        }
        tx.insert_many(name, &[owner, "counts", "first_occurrence", "last_occurrence"], values, "").await?;
        Ok(())
    }

    /// The rows of an owner that held at some time since then, as they are answered.
    pub(super) async fn history(self, sql: &impl Sql, owner: i64, since: i64) -> Result<Vec<Value>> {
        let text = format!(
            "{} WHERE m.{} = ? AND (m.last_occurrence >= ? OR {}) ORDER BY m.id",
            self.select(),
            self.owner,
            self.is_last("?")
        );
        let rows: Vec<Row> = sql.rows(&text, params![owner, since, owner]).await?;
        let last = rows.last().map(|row| row.id);
        let now = now_ms();
        let end = |row: &Row| if Some(row.id) == last { now } else { row.last_occurrence };
        Ok(rows.iter().map(|row| row.json(self, end(row))).collect())
    }

    async fn shown(self, sql: &impl Sql, owners: &[i64]) -> Result<HashMap<i64, Value>> {
        let now = now_ms();
        let rows = self.last(sql, owners).await?;
        Ok(rows.iter().map(|row| (row.owner, row.json(self, now))).collect())
    }
}

/// The metrics of these projects, by project. One that was never counted has none.
pub(crate) async fn latest(sql: &impl Sql, projects: &[i64]) -> Result<HashMap<i64, Value>> {
    PROJECTS.shown(sql, projects).await
}

/// The metrics of these components, by component.
pub(crate) async fn of_components(sql: &impl Sql, components: &[i64]) -> Result<HashMap<i64, Value>> {
    let mut out = COMPONENTS.shown(sql, components).await?;
    let now = now_ms();
    for id in components {
        let nothing = || Counts::default().json(Of::Component, now, now).into();
        out.entry(*id).or_insert_with(nothing);
    }
    Ok(out)
}
