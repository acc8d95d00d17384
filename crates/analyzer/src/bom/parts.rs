//! What belongs to the components of a document: hashes, properties, occurrences. Rows that stay keep
//! their ids.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::row::{Property, Row, cut};
use crate::server::Result;

/// Writes the hashes of components that have none.
pub(super) async fn insert_hashes(tx: &Tx, rows: impl Iterator<Item = (i64, &Row)>) -> Result<()> {
    let values = rows.flat_map(|(id, row)| {
        row.hashes.iter().map(move |(algorithm, value)| params![id, value.clone(), *algorithm])
    });
    let columns = ["component_id", "value", "algorithm"];
    tx.insert_many("component_hash", &columns, values.collect(), "").await?;
    Ok(())
}

/// Makes the properties and occurrences of a project's components those of the document; `ids` are
/// the components of `rows`.
pub(super) async fn write(tx: &Tx, project: i64, rows: &[Row], ids: &[i64]) -> Result<()> {
    properties(tx, project, rows, ids).await?;
    occurrences(tx, project, rows, ids).await
}

/// Removes the rows that are not wanted any more; the wanted ones that are not there yet.
async fn settle<K: Hash + Eq>(
    tx: &Tx,
    table: &str,
    mut present: HashMap<K, i64>,
    wanted: Vec<K>,
) -> Result<Vec<K>> {
    let missing = wanted.into_iter().filter(|key| present.remove(key).is_none()).collect();
    let gone: Vec<i64> = present.into_values().collect();
    for chunk in gone.chunks(500) {
        let text = format!("DELETE FROM {table} WHERE id IN ({})", marks(chunk.len()));
        tx.execute(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
    }
    Ok(missing)
}

fn new_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn properties(tx: &Tx, project: i64, rows: &[Row], ids: &[i64]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Present {
        id: i64,
        component_id: i64,
        group_name: Option<String>,
        name: String,
        value: Option<String>,
    }
    let text = "SELECT t.id, t.component_id, t.group_name, t.name, t.value FROM component_property t \
         JOIN component c ON c.id = t.component_id WHERE c.project_id = ? AND NOT c.by_hand";
    let present: Vec<Present> = tx.rows(text, params![project]).await?;
    let present: HashMap<(i64, Property), i64> = present
        .into_iter()
        .map(|row| ((row.component_id, (row.group_name, row.name, row.value)), row.id))
        .collect();
    let wanted =
        rows.iter().zip(ids).flat_map(|(row, id)| row.properties.iter().map(|one| (*id, one.clone())));
    let missing = settle(tx, "component_property", present, wanted.collect()).await?;
    let values: Vec<Vec<Value>> = missing
        .into_iter()
        .map(|(component, (group, name, value))| params![new_uuid(), component, group, name, value, "STRING"])
        .collect();
    let columns = ["uuid", "component_id", "group_name", "name", "value", "kind"];
    tx.insert_many("component_property", &columns, values, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// Location, line, offset and symbol.
type Place = (String, Option<i64>, Option<i64>, Option<String>);

async fn occurrences(tx: &Tx, project: i64, rows: &[Row], ids: &[i64]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Present {
        id: i64,
        component_id: i64,
        location: String,
        line_number: Option<i64>,
        char_offset: Option<i64>,
        symbol: Option<String>,
    }
    let text = "SELECT t.id, t.component_id, t.location, t.line_number, t.char_offset, t.symbol \
         FROM component_occurrence t JOIN component c ON c.id = t.component_id WHERE c.project_id = ?";
    let present: Vec<Present> = tx.rows(text, params![project]).await?;
    let present: HashMap<(i64, Place), i64> = present
        .into_iter()
        .map(|row| ((row.component_id, (row.location, row.line_number, row.char_offset, row.symbol)), row.id))
        .collect();
    let wanted = rows.iter().zip(ids).flat_map(|(row, id)| {
        row.occurrences.iter().map(|one| {
            let symbol = one.symbol.as_deref().map(|symbol| cut(symbol, 1024));
            (*id, (cut(&one.location, 1024), one.line, one.offset, symbol))
        })
    });
    let now = now_ms();
    let missing = settle(tx, "component_occurrence", present, wanted.collect()).await?;
    let values: Vec<Vec<Value>> = missing
        .into_iter()
        .map(|(component, (location, line, offset, symbol))| {
            params![new_uuid(), component, location, line, offset, symbol, now]
        })
        .collect();
    let columns = ["uuid", "component_id", "location", "line_number", "char_offset", "symbol", "created_at"];
    tx.insert_many("component_occurrence", &columns, values, "").await?;
    Ok(())
}
