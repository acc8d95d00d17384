//! Queries over projects.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, params};

use super::Project;
use crate::server::Result;

pub(crate) const COLUMNS: &str = "p.id, p.uuid, p.parent_id, p.name, p.version, p.group_name, p.publisher, \
     p.description, p.classifier, p.cpe, p.purl, p.swid_tag_id, p.authors, p.supplier, p.manufacturer, \
     p.external_references, p.active, p.is_latest, p.last_bom_import, p.last_bom_import_format, \
     p.last_inherited_risk_score";

/// The project with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Project>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM project p WHERE p.uuid = ?"), params![uuid]).await?)
}

/// The projects with these ids.
pub(crate) async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Project>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(&format!("SELECT {COLUMNS} FROM project p WHERE p.id IN ({})", marks(ids.len())), values)
        .await?)
}

/// The project with this name and version; no version is a version of its own.
pub(crate) async fn by_name(sql: &impl Sql, name: &str, version: Option<&str>) -> Result<Option<Project>> {
    Ok(sql
        .row(
            &format!("SELECT {COLUMNS} FROM project p WHERE p.name = ? AND COALESCE(p.version, '') = ?"),
            params![name, version.unwrap_or_default()],
        )
        .await?)
}

/// The latest version of a project by name.
pub(crate) async fn latest(sql: &impl Sql, name: &str) -> Result<Option<Project>> {
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM project p WHERE p.name = ? AND p.is_latest"), params![name])
        .await?)
}

fn values(project: &Project) -> Vec<(&'static str, Value)> {
    vec![
        ("parent_id", project.parent_id.into()),
        ("name", project.name.clone().into()),
        ("version", project.version.clone().into()),
        ("group_name", project.group_name.clone().into()),
        ("publisher", project.publisher.clone().into()),
        ("description", project.description.clone().into()),
        ("classifier", project.classifier.clone().into()),
        ("cpe", project.cpe.clone().into()),
        ("purl", project.purl.clone().into()),
        ("swid_tag_id", project.swid_tag_id.clone().into()),
        ("authors", project.authors.clone().into()),
        ("supplier", project.supplier.clone().into()),
        ("manufacturer", project.manufacturer.clone().into()),
        ("external_references", project.external_references.clone().into()),
        ("active", project.active.into()),
        ("is_latest", project.is_latest.into()),
        ("last_bom_import", project.last_bom_import.into()),
        ("last_bom_import_format", project.last_bom_import_format.clone().into()),
    ]
}

/// Writes a new project; its id.
pub(crate) async fn insert(tx: &Tx, project: &Project) -> Result<i64> {
    let mut row = values(project);
    row.push(("uuid", project.uuid.clone().into()));
    row.push(("created_at", storage::now_ms().into()));
    if project.is_latest {
        clear_latest(tx, &project.name, 0).await?;
    }
    Ok(tx.insert("project", &row).await?)
}

/// Writes all fields of a project.
pub(crate) async fn update(tx: &Tx, project: &Project) -> Result<()> {
    if project.is_latest {
        clear_latest(tx, &project.name, project.id).await?;
    }
    tx.update("project", project.id, &values(project)).await?;
    Ok(())
}

/// At most one version of a name is the latest.
async fn clear_latest(tx: &Tx, name: &str, but: i64) -> Result<()> {
    tx.execute(
        "UPDATE project SET is_latest = ? WHERE name = ? AND is_latest AND id <> ?",
        params![false, name, but],
    )
    .await?;
    Ok(())
}

/// Replaces the tags of a project; names are kept in lower case.
pub(crate) async fn set_tags(tx: &Tx, project: i64, tags: &[String]) -> Result<()> {
    tx.execute("DELETE FROM project_tag WHERE project_id = ?", params![project]).await?;
    let rows = tags.iter().map(|tag| params![project, tag.clone()]).collect();
    tx.insert_many("project_tag", &["project_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// The tags of these projects.
pub(crate) async fn tags(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        project_id: i64,
        name: String,
    }
    let values = ids.iter().map(|id| (*id).into()).collect();
    let sql_text = format!(
        "SELECT project_id, name FROM project_tag WHERE project_id IN ({}) ORDER BY name",
        marks(ids.len())
    );
    let mut out: HashMap<i64, Vec<String>> = HashMap::new();
    for row in sql.rows::<Row>(&sql_text, values).await? {
        out.entry(row.project_id).or_default().push(row.name);
    }
    Ok(out)
}

/// The children of these projects, by parent.
pub(crate) async fn children(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<Project>>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    let sql_text = format!(
        "SELECT {COLUMNS} FROM project p WHERE p.parent_id IN ({}) ORDER BY p.name, p.id",
        marks(ids.len())
    );
    let mut out: HashMap<i64, Vec<Project>> = HashMap::new();
    for project in sql.rows::<Project>(&sql_text, values).await? {
        if let Some(parent) = project.parent_id {
            out.entry(parent).or_default().push(project);
        }
    }
    Ok(out)
}

/// The project and everything below it.
pub(crate) async fn descendants(sql: &impl Sql, id: i64) -> Result<Vec<i64>> {
    Ok(sql
        .column(
            "WITH RECURSIVE below (id) AS (SELECT id FROM project WHERE id = ? \
             UNION SELECT p.id FROM project p JOIN below b ON p.parent_id = b.id) SELECT id FROM below",
            params![id],
        )
        .await?)
}
