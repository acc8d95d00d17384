//! Counting anew what is marked. It is read without a transaction and written in short ones, so that
//! others can write between; what changes meanwhile marks the project again, and the mark stays.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sea_orm::FromQueryResult;
use storage::{Db, Sql, Tx, marks, params};

use super::mark::unmark;
use super::store::{COMPONENTS, PROJECTS, Record, Row};
use super::{Counts, count};
use crate::server::Result;

/// How many projects are counted together.
const SLICE: i64 = 25;

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    metrics_due: i64,
    collection_logic: String,
    collection_tag: Option<String>,
}

impl Due {
    fn is_collection(&self) -> bool {
        self.collection_logic != "NONE"
    }
}

const SELECT: &str = "SELECT id, metrics_due, collection_logic, collection_tag FROM project";

/// Counts a project anew, whether it is marked or not.
pub(crate) async fn refresh(db: &Db, project: i64) -> Result<()> {
    let due: Vec<Due> = db.rows(&format!("{SELECT} WHERE id = ?"), params![project]).await?;
    count_all(db, due).await
}

/// How long what was marked while the others were settled waits.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);

/// Counts every marked project anew; collections behind their children.
pub(crate) async fn refresh_due(db: &Db) -> Result<()> {
    let marked = async |which: &str, after: i64| {
        let text = format!(
            "{SELECT} WHERE metrics_due > 0 AND collection_logic {which} 'NONE' AND id > ? ORDER BY id LIMIT ?"
        );
        db.rows::<Due>(&text, params![after, SLICE]).await
    };
    let mut is_again = false;
    loop {
        let mut after = 0;
        while let due = marked("=", after).await?
            && let Some(last) = due.last()
        {
            if std::mem::take(&mut is_again) {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            after = last.id;
            count_all(db, due).await?;
        }
        // Those above are marked as their children change.
        while let due = marked("<>", 0).await?
            && !due.is_empty()
        {
            count_all(db, due).await?;
        }
        if after == 0 {
            return Ok(());
        }
        is_again = true;
    }
}

async fn count_all(db: &Db, due: Vec<Due>) -> Result<()> {
    let (collections, projects): (Vec<Due>, Vec<Due>) = due.into_iter().partition(Due::is_collection);
    if !projects.is_empty() {
        count_projects(db, &projects).await?;
    }
    for collection in &collections {
        let record = collect(db, collection).await?;
        let tx = db.begin().await?;
        tx.lock("metrics").await?;
        write(&tx, std::slice::from_ref(collection), vec![(collection.id, record)]).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn count_projects(db: &Db, due: &[Due]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Size {
        project_id: i64,
        components: i64,
    }
    let list = marks(due.len());
    let ids = || due.iter().map(|one| one.id.into()).collect::<Vec<storage::Value>>();
    let counted = count::components(db, &format!("c.project_id IN ({list})"), ids()).await?;
    let text = format!(
        "SELECT project_id, count(*) AS components FROM component WHERE project_id IN ({list}) GROUP BY project_id"
    );
    let sizes: Vec<Size> = db.rows(&text, ids()).await?;
    let mut sums: HashMap<i64, Counts> = due.iter().map(|one| (one.id, Counts::default())).collect();
    for size in sizes {
        sums.entry(size.project_id).or_default().components = size.components;
    }
    for ((project, _), counts) in &counted {
        sums.entry(*project).or_default().add(counts);
    }
    let components = changed_components(db, due, counted).await?;
    let tx = db.begin().await?;
    tx.lock("metrics").await?;
    write_components(&tx, components).await?;
    let record = |counts| Record { counts, ..Record::default() };
    write(&tx, due, sums.into_iter().map(|(id, counts)| (id, record(counts))).collect()).await?;
    tx.commit().await?;
    Ok(())
}

/// The components whose counts are otherwise than before.
async fn changed_components(
    db: &Db,
    due: &[Due],
    counted: HashMap<(i64, i64), Counts>,
) -> Result<Vec<(i64, Counts)>> {
    let owners = format!("SELECT id FROM component WHERE project_id IN ({})", marks(due.len()));
    let text = format!("{} WHERE {}", COMPONENTS.select(), COMPONENTS.is_last(&owners));
    let rows: Vec<Row> = db.rows(&text, due.iter().map(|one| one.id.into()).collect()).await?;
    let mut before: HashMap<i64, Counts> =
        rows.into_iter().map(|row| (row.owner, row.record().counts)).collect();
    let mut out = Vec::new();
    for ((_, component), counts) in counted {
        if before.remove(&component).as_ref() != Some(&counts) {
            out.push((component, counts));
        }
    }
    // Where there is nothing left to count.
    let nothing = Counts::default();
    out.extend(
        before.into_iter().filter(|(_, counts)| *counts != nothing).map(|(id, _)| (id, Counts::default())),
    );
    Ok(out)
}

/// Writes rows of the components that are still there, unless somebody else just did.
async fn write_components(tx: &Tx, components: Vec<(i64, Counts)>) -> Result<()> {
    let ids: Vec<i64> = components.iter().map(|(id, _)| *id).collect();
    let mut there: HashSet<i64> = HashSet::new();
    for chunk in ids.chunks(1_000) {
        let text = format!("SELECT id FROM component WHERE id IN ({})", marks(chunk.len()));
        there.extend(tx.column::<i64>(&text, chunk.iter().map(|id| (*id).into()).collect()).await?);
    }
    let last = COMPONENTS.last(tx, &ids).await?;
    let mut last: HashMap<i64, Row> = last.into_iter().map(|row| (row.owner, row)).collect();
    let mut rows = Vec::new();
    for (id, counts) in components {
        let before = last.remove(&id);
        let is_same = before.as_ref().is_some_and(|row| row.record().counts == counts);
        if there.contains(&id) && !is_same {
            rows.push((id, before, Record { counts, ..Record::default() }));
        }
    }
    COMPONENTS.write(tx, rows).await
}

/// The sum of the children that count (behaviour reference §3.5).
async fn collect(db: &Db, collection: &Due) -> Result<Record> {
    let (filter, values) = match collection.collection_logic.as_str() {
        "AGGREGATE_DIRECT_CHILDREN_WITH_TAG" => (
            " AND id IN (SELECT project_id FROM project_tag WHERE name = ?)",
            params![collection.collection_tag.clone().unwrap_or_default()],
        ),
        "AGGREGATE_LATEST_VERSION_CHILDREN" => (" AND is_latest", params![]),
        _ => ("", params![]),
    };
    let text = format!("SELECT id FROM project WHERE active AND parent_id = ?{filter}");
    let children: Vec<i64> = db.column(&text, [params![collection.id], values].concat()).await?;
    let mut counts = Counts::default();
    for row in PROJECTS.last(db, &children).await? {
        counts.add(&row.record().counts);
    }
    Ok(Record { counts, collection_logic: collection.collection_logic.clone(), ..Record::default() })
}

/// Writes what is otherwise than before, takes the marks back, and marks the collections above.
async fn write(tx: &Tx, due: &[Due], records: Vec<(i64, Record)>) -> Result<()> {
    let ids: Vec<i64> = due.iter().map(|one| one.id).collect();
    let text = format!("SELECT id FROM project WHERE id IN ({})", marks(ids.len()));
    let there: Vec<i64> = tx.column(&text, ids.iter().map(|id| (*id).into()).collect()).await?;
    let mut before: HashMap<i64, Row> =
        PROJECTS.last(tx, &there).await?.into_iter().map(|row| (row.owner, row)).collect();
    let mut rows = Vec::new();
    for (id, mut record) in records {
        if !there.contains(&id) {
            continue;
        }
        let row = before.remove(&id);
        let last = row.as_ref().map(Row::record);
        if last.as_ref().is_some_and(|last| {
            last.counts == record.counts && last.collection_logic == record.collection_logic
        }) {
            continue;
        }
        record.collection_logic_changed =
            last.is_some_and(|last| last.collection_logic != record.collection_logic);
        let text = "UPDATE project SET last_inherited_risk_score = ? WHERE id = ?";
        tx.execute(text, params![record.counts.risk(), id]).await?;
        rows.push((id, row, record));
    }
    let changed: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    PROJECTS.write(tx, rows).await?;
    let marks: Vec<(i64, i64)> = due.iter().map(|one| (one.id, one.metrics_due)).collect();
    unmark(tx, &marks).await?;
    mark_parents(tx, &changed).await
}

async fn mark_parents(tx: &Tx, changed: &[i64]) -> Result<()> {
    for chunk in changed.chunks(500) {
        let list = marks(chunk.len());
        let condition = format!(
            "collection_logic <> 'NONE' AND id IN (SELECT parent_id FROM project child WHERE child.id IN ({list}))"
        );
        super::mark_where(tx, &condition, chunk.iter().map(|id| (*id).into()).collect()).await?;
    }
    Ok(())
}
