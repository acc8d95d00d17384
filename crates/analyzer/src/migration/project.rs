//! Projects: written as rows, because they keep their uuids and times and tell nobody of themselves.

use std::collections::HashMap;

use dependency_track::{List, Object};
use futures::{StreamExt, TryStreamExt};
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, now_ms, params};

use super::book::{self, Entry, Outcome, hash, plan};
use super::kind::{flag, only, text, texts};
use super::{Result, Run};
use crate::project::{self, Project, Show};
use crate::server::Uuid;

const PROJECTS: &str = "projects";
const HIERARCHY: &str = "project hierarchy";

/// A project of the other server.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    /// Its uuid, there and here.
    pub uuid: String,
    /// What people call it: name and version.
    pub name: String,
    /// Whether it has components of its own.
    pub has_components: bool,
}

/// What is copied of a project, but its parent and what is below it.
const MEMBERS: [&str; 18] = [
    "name",
    "version",
    "group",
    "publisher",
    "authors",
    "manufacturer",
    "supplier",
    "description",
    "classifier",
    "cpe",
    "purl",
    "swidTagId",
    "externalReferences",
    "lastBomImport",
    "lastBomImportFormat",
    "collectionLogic",
    "collectionTag",
    "metadata",
];

/// A project without members that are empty in one version and absent in another.
fn facts(object: &Value) -> Value {
    let mut facts = only(object, &MEMBERS);
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|name, value| match name.as_str() {
            "collectionLogic" => value != "NONE",
            _ => {
                !value.as_array().is_some_and(Vec::is_empty) && !value.as_object().is_some_and(Map::is_empty)
            }
        });
        facts.insert("tags".to_owned(), json!(texts(object, "tags", "name")));
        facts.insert("active".to_owned(), json!(object.get("active").is_none_or(|active| active == true)));
        facts.insert("isLatest".to_owned(), json!(flag(object, "isLatest")));
    }
    facts
}

fn title(object: &Value) -> String {
    match text(object, "version") {
        version if version.is_empty() => text(object, "name"),
        version => format!("{} {version}", text(object, "name")),
    }
}

/// Writes a project as it is there.
async fn write(tx: &Tx, there: &Value, here: Option<Project>) -> crate::server::Result<()> {
    let uuid = text(there, "uuid");
    let is_new = here.is_none();
    let mut project = here.unwrap_or_else(|| Project::new(text(there, "name"), None));
    project::apply(there, &mut project)?;
    project.uuid = uuid;
    project.last_bom_import = there.get("lastBomImport").and_then(Value::as_i64);
    // Version 4 does not tell.
    project.inactive_since = there.get("inactiveSince").and_then(Value::as_i64);
    project.last_bom_import_format = Some(text(there, "lastBomImportFormat")).filter(|text| !text.is_empty());
    if is_new {
        project.id = project::insert(tx, &project).await?;
    } else {
        project::update(tx, &project).await?;
    }
    let analysed = there.get("lastVulnerabilityAnalysis").and_then(Value::as_i64);
    tx.update("project", project.id, &[("last_vulnerability_analysis", analysed.into())]).await?;
    let tags = there.get("tags").map(project::tag_names).unwrap_or_default();
    project::set_tags(tx, project.id, &tags).await
}

/// The projects here that have the uuid, or else the name and version, of these.
async fn present(run: &Run<'_>, page: &[Value]) -> Result<HashMap<String, Project>> {
    let db = &run.state.db;
    let mut found = HashMap::new();
    for object in page {
        let uuid = text(object, "uuid");
        let by_uuid = project::by_uuid(db, &uuid).await?;
        let version = text(object, "version");
        let version = Some(version.as_str()).filter(|version| !version.is_empty());
        let project = match by_uuid {
            Some(project) => Some(project),
            None => project::by_name(db, &text(object, "name"), version).await?,
        };
        if let Some(project) = project {
            found.insert(uuid, project);
        }
    }
    Ok(found)
}

/// One page: what changed is written in one transaction with its rows of the book.
async fn copy_page(run: &Run<'_>, page: &[Value]) -> Result<()> {
    let uuids: Vec<String> = page.iter().map(|object| text(object, "uuid")).collect();
    let entries = run.book.entries(PROJECTS, &uuids).await?;
    let mut present = present(run, page).await?;
    let known: Vec<Project> = present.values().cloned().collect();
    let shown = project::list_json(&run.state.db, &known, Show::default()).await?;
    let shown: HashMap<i64, Value> = known.iter().map(|project| project.id).zip(shown).collect();
    let mut rows = Vec::new();
    let mut due = Vec::new();
    for object in page {
        let uuid = text(object, "uuid");
        let there = facts(object);
        let here = present.get(&uuid).and_then(|project| shown.get(&project.id)).map(facts);
        let entry = entries.get(&uuid);
        let outcome = plan(entry, &there, here.as_ref(), false, run.options.overwrite);
        let mut row = book::settled(entry, outcome, &there, here.as_ref());
        (row.uuid, row.name) = (uuid.clone(), title(object));
        if !Uuid::is_valid(&uuid) {
            row.outcome = Outcome::Failed;
            row.note = Some("its uuid is of a kind that clients of 4.x do not take".to_owned());
        } else {
            due.push((object, outcome));
        }
        rows.push(row);
    }
    if run.book.is_dry() {
        return Ok(run.book.note(PROJECTS, rows).await?);
    }
    let tx = run.state.db.begin().await?;
    tx.lock("project names").await?;
    for (object, outcome) in due {
        let uuid = text(object, "uuid");
        let here = present.remove(&uuid);
        if let Some(here) = here.as_ref().filter(|here| here.uuid != uuid) {
            // Known here by another uuid: links of the other server lead here from now on.
            if !run.book.is_of_another(&tx, &here.uuid).await? {
                tx.update("project", here.id, &[("uuid", uuid.clone().into())]).await?;
            }
        }
        if matches!(outcome, Outcome::New | Outcome::Changed) {
            write(&tx, object, here).await?;
        }
    }
    // What became of them, to notice changes made here.
    let text = format!("SELECT id FROM project WHERE uuid IN ({})", marks(uuids.len()));
    let ids: Vec<i64> = tx.column(&text, uuids.iter().map(|uuid| uuid.clone().into()).collect()).await?;
    let projects = project::by_ids(&tx, &ids).await?;
    let shown = project::list_json(&tx, &projects, Show::default()).await?;
    let written: HashMap<String, String> = projects
        .iter()
        .map(|project| project.uuid.clone())
        .zip(shown.iter().map(|one| hash(&facts(one))))
        .collect();
    for row in &mut rows {
        if matches!(row.outcome, Outcome::New | Outcome::Changed) {
            row.written = written.get(&row.uuid).cloned().unwrap_or_default();
        }
    }
    run.book.write(&tx, PROJECTS, rows).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the parents, when all projects are here.
async fn copy_hierarchy(run: &Run<'_>, parents: &[(String, String, String)]) -> Result<()> {
    for chunk in parents.chunks(500) {
        let uuids: Vec<String> = chunk.iter().map(|(child, ..)| child.clone()).collect();
        let entries = run.book.entries(HIERARCHY, &uuids).await?;
        let mut rows = Vec::new();
        let mut due = Vec::new();
        for (child, parent, name) in chunk {
            let sql = "SELECT p.uuid FROM project c JOIN project p ON p.id = c.parent_id WHERE c.uuid = ?";
            let here: Option<String> = run.state.db.scalar(sql, params![child.clone()]).await?;
            let (there, here) = (json!(parent), here.map(Value::String));
            let entry = entries.get(child);
            let outcome = plan(entry, &there, here.as_ref(), false, run.options.overwrite);
            let written = matches!(outcome, Outcome::New | Outcome::Changed);
            let mut row =
                book::settled(entry, outcome, &there, if written { Some(&there) } else { here.as_ref() });
            (row.uuid, row.name) = (child.clone(), name.clone());
            rows.push(row);
            if written {
                due.push((child, parent));
            }
        }
        if run.book.is_dry() {
            run.book.note(HIERARCHY, rows).await?;
            continue;
        }
        let tx = run.state.db.begin().await?;
        for (child, parent) in due {
            let sql =
                "UPDATE project SET parent_id = (SELECT p.id FROM project p WHERE p.uuid = ?) WHERE uuid = ?";
            tx.execute(sql, params![parent.clone(), child.clone()]).await?;
        }
        run.book.write(&tx, HIERARCHY, rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The projects of a page, whole: what a list says of them differs between versions.
async fn details(run: &Run<'_>, page: &[Value]) -> Result<Vec<Value>> {
    let uuids: Vec<uuid::Uuid> = page.iter().filter_map(|one| text(one, "uuid").parse().ok()).collect();
    let all: Vec<Option<Value>> = futures::stream::iter(uuids)
        .map(|uuid| run.from.object(Object::Project(uuid)))
        .buffered(run.options.parallel.max(1))
        .try_collect()
        .await?;
    // One that was removed meanwhile is not there.
    Ok(all.into_iter().flatten().collect())
}

/// Copies the projects, page by page; what is inside them comes later.
pub(super) async fn copy(run: &Run<'_>) -> Result<Vec<Copied>> {
    let (mut copied, mut parents) = (Vec::new(), Vec::new());
    let mut read = 0;
    for number in 1.. {
        let page = run.from.list(List::Projects, number, 100).await?;
        read += page.items.len() as u64;
        let last = page.items.is_empty() || read >= page.total;
        let projects = details(run, &page.items).await?;
        copy_page(run, &projects).await?;
        for object in &projects {
            let logic = text(object, "collectionLogic");
            copied.push(Copied {
                uuid: text(object, "uuid"),
                name: title(object),
                has_components: logic.is_empty() || logic == "NONE",
            });
            if let Some(parent) = object.get("parent") {
                parents.push((text(object, "uuid"), text(parent, "uuid"), title(object)));
            }
        }
        run.tell(PROJECTS, read, Some(page.total));
        if last {
            break;
        }
    }
    copy_hierarchy(run, &parents).await?;
    copied.retain(|one| Uuid::is_valid(&one.uuid));
    copied.dedup_by(|a, b| a.uuid == b.uuid);
    Ok(copied)
}

/// A row for a project's part that was dealt with.
pub(super) fn done(uuid: &str, name: &str, outcome: Outcome, note: Option<String>) -> Entry {
    Entry {
        uuid: uuid.to_owned(),
        name: name.to_owned(),
        seen: String::new(),
        written: String::new(),
        outcome,
        note,
        at: now_ms(),
    }
}
