//! The components of a project: read as a BOM, whose `bom-ref`s are their uuids, and taken in as an
//! upload is, so that matching and metrics follow by themselves.

use std::collections::HashMap;

use dependency_track::List;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, now_ms, params};
use uuid::Uuid;

use super::book::{self, Outcome, hash, plan};
use super::kind::{only, text};
use super::project::Copied;
use super::{Result, Run};
use crate::bom;
use crate::package_version::{self, Which};
use crate::policy;
use crate::project;

const NOUN: &str = "components";

/// What a BOM of Dependency-Track leaves out of a component.
const EXTRA: [&str; 8] =
    ["notes", "filename", "extension", "licenseUrl", "copyright", "publisher", "description", "author"];

/// The members of a document that say what is in it, without what differs at every export.
fn contents(document: &Value, extra: &HashMap<String, Value>) -> Value {
    let sorted = |name: &str| {
        let mut all: Vec<String> = document
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect();
        all.sort();
        all
    };
    let mut extra: Vec<String> = extra.iter().map(|(uuid, value)| format!("{uuid} {value}")).collect();
    extra.sort();
    json!({
        "components": sorted("components"),
        "services": sorted("services"),
        "dependencies": sorted("dependencies"),
        "extra": extra,
    })
}

/// What the list of components says beside the BOM, by uuid.
async fn extra(run: &Run<'_>, project: Uuid) -> Result<HashMap<String, Value>> {
    let mut all = HashMap::new();
    let mut read = 0;
    for number in 1.. {
        let page = run.from.list(List::Components(project), number, 500).await?;
        read += page.items.len() as u64;
        let last = page.items.is_empty() || read >= page.total;
        for component in page.items {
            let members = only(&component, &EXTRA);
            if members.as_object().is_some_and(|members| !members.is_empty()) {
                all.insert(text(&component, "uuid"), members);
            }
        }
        if last {
            break;
        }
    }
    Ok(all)
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    uuid: String,
    name: String,
    version: Option<String>,
    details: String,
}

async fn rows(sql: &impl Sql, project: i64) -> crate::server::Result<Vec<Row>> {
    let text = "SELECT id, uuid, name, version, details FROM component WHERE project_id = ? ORDER BY uuid";
    Ok(sql.rows(text, params![project]).await?)
}

/// What the components here are, to notice changes made here.
fn state(rows: &[Row]) -> Option<Value> {
    let state: Value = rows.iter().map(|row| json!([row.uuid, row.name, row.version, row.details])).collect();
    (!rows.is_empty()).then_some(state)
}

/// Adds to the components what the BOM does not say.
async fn add(tx: &Tx, project: i64, extra: &HashMap<String, Value>) -> crate::server::Result<()> {
    for row in rows(tx, project).await? {
        let Some(Value::Object(more)) = extra.get(&row.uuid) else { continue };
        let mut details: Map<String, Value> = serde_json::from_str(&row.details).unwrap_or_default();
        let before = details.len();
        for (name, value) in more {
            if name != "author" {
                details.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        if details.len() > before {
            tx.update("component", row.id, &[("details", Value::Object(details).to_string().into())]).await?;
        }
    }
    Ok(())
}

/// Copies the components of a project.
pub(super) async fn copy(run: &Run<'_>, copied: &Copied, project: Uuid) -> Result<()> {
    let bytes = run.from.bom(project).await?;
    let extra = extra(run, project).await?;
    let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let there = contents(&document, &extra);
    let nothing = document.get("components").and_then(Value::as_array).is_none_or(Vec::is_empty);
    let db = &run.state.db;
    let local = project::by_uuid(db, &copied.uuid).await?;
    let here = match &local {
        Some(local) => state(&rows(db, local.id).await?),
        None => None,
    };
    let entries = run.book.entries(NOUN, std::slice::from_ref(&copied.uuid)).await?;
    let entry = entries.get(&copied.uuid);
    let outcome = match (entry, &here) {
        (None, None) if nothing => Outcome::Same,
        _ => plan(entry, &there, here.as_ref(), false, run.options.overwrite),
    };
    let mut row = book::settled(entry, outcome, &there, here.as_ref());
    (row.uuid, row.name) = (copied.uuid.clone(), copied.name.clone());
    if run.book.is_dry() || !matches!(outcome, Outcome::New | Outcome::Changed) {
        return Ok(run.book.note(NOUN, vec![row]).await?);
    }
    let failed = |why: String| super::project::done(&copied.uuid, &copied.name, Outcome::Failed, Some(why));
    let Some(local) = local else {
        return Ok(run.book.note(NOUN, vec![failed("the project is not here".to_owned())]).await?);
    };
    let parsed = tokio::task::spawn_blocking(move || sbom::parse_unvalidated(&bytes)).await;
    let bom = match parsed.map(|parsed| parsed.map_err(|e| e.to_string())) {
        Ok(Ok(bom)) => bom,
        Ok(Err(error)) => {
            return Ok(run.book.note(NOUN, vec![failed(format!("its BOM cannot be read: {error}"))]).await?);
        }
        Err(error) => return Err(crate::Error::bad_request(error.to_string()).into()),
    };
    let tx = db.begin().await?;
    let versions = bom::write_kept(&tx, local.clone(), &bom).await?;
    // The project itself is copied elsewhere: what the document says of it is older.
    project::update(&tx, &local).await?;
    policy::mark_changed(&tx, local.id).await?;
    add(&tx, local.id, &extra).await?;
    row.written = state(&rows(&tx, local.id).await?).map(|state| hash(&state)).unwrap_or_default();
    row.at = now_ms();
    run.book.write(&tx, NOUN, vec![row]).await?;
    tx.commit().await?;
    package_version::analyse(db, &versions, Which::Due).await?;
    Ok(())
}
