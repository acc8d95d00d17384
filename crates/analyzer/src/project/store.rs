//! Queries over projects.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::Project;
use crate::server::Result;
use crate::{policy, tag};

pub(crate) const COLUMNS: &str = "p.id, p.uuid, p.parent_id, p.name, p.version, p.group_name, p.publisher, \
     p.description, p.classifier, p.cpe, p.purl, p.swid_tag_id, p.authors, p.supplier, p.manufacturer, \
     p.external_references, p.metadata, p.collection_logic, p.collection_tag, p.active, p.inactive_since, \
     p.is_latest, p.last_bom_import, p.last_bom_import_format, p.last_inherited_risk_score, p.last_vulnerability_analysis";

/// Those of these projects that have children.
pub(super) async fn with_children(sql: &impl Sql, ids: &[i64]) -> Result<Vec<i64>> {
    #[derive(FromQueryResult)]
    struct Row {
        parent_id: i64,
    }
    let text = "SELECT DISTINCT k.parent_id FROM project k WHERE k.parent_id IN (:ids)";
    let rows: Vec<Row> = sql.rows_in(text, ids).await?;
    Ok(rows.into_iter().map(|row| row.parent_id).collect())
}

/// The project with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Project>> {
    if uuid::Uuid::parse_str(uuid).is_err() {
        return Ok(None);
    }
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM project p WHERE p.uuid = ?"), params![uuid]).await?)
}

/// The projects with these ids.
pub(crate) async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Project>> {
    Ok(sql.rows_in(&format!("SELECT {COLUMNS} FROM project p WHERE p.id IN (:ids)"), ids).await?)
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
        ("metadata", project.metadata.clone().into()),
        ("collection_logic", project.collection_logic.clone().into()),
        ("collection_tag", project.collection_tag.clone().into()),
        ("active", project.active.into()),
        ("inactive_since", project.inactive_since.into()),
        ("is_latest", project.is_latest.into()),
        ("last_bom_import", project.last_bom_import.into()),
        ("last_bom_import_format", project.last_bom_import_format.clone().into()),
    ]
}

/// Writes a new project; its id.
pub(crate) async fn insert(tx: &Tx, project: &Project) -> Result<i64> {
    let mut row = values(project);
    row.push(("uuid", project.uuid.clone().into()));
    row.push(("created_at", now_ms().into()));
    if project.is_latest {
        clear_latest(tx, &project.name, 0).await?;
    }
    tag::ensure(tx, project.collection_tag.as_slice()).await?;
    Ok(tx.insert("project", &row).await?)
}

/// Writes all fields of a project.
pub(crate) async fn update(tx: &Tx, project: &Project) -> Result<()> {
    if project.is_latest {
        clear_latest(tx, &project.name, project.id).await?;
    }
    tag::ensure(tx, project.collection_tag.as_slice()).await?;
    let before = by_ids(tx, &[project.id]).await?.pop();
    let matters = before.is_none_or(|before| before.weighs_otherwise(project));
    if matters {
        policy::project_changed(tx, project.id).await?;
    }
    tx.update("project", project.id, &values(project)).await?;
    if matters {
        policy::project_changed(tx, project.id).await?;
    }
    Ok(())
}

/// At most one version of a name is the latest.
async fn clear_latest(tx: &Tx, name: &str, but: i64) -> Result<()> {
    let text = "SELECT id FROM project WHERE name = ? AND is_latest AND id <> ?";
    for id in tx.column::<i64>(text, params![name, but]).await? {
        tx.update("project", id, &[("is_latest", false.into())]).await?;
        policy::project_changed(tx, id).await?;
    }
    Ok(())
}

/// Replaces the tags of a project; names are kept in lower case.
pub(crate) async fn set_tags(tx: &Tx, project: i64, tags: &[String]) -> Result<()> {
    tx.execute("DELETE FROM project_tag WHERE project_id = ?", params![project]).await?;
    tag::ensure(tx, tags).await?;
    let rows = tags.iter().map(|tag| params![project, tag.clone()]).collect();
    tx.insert_many("project_tag", &["project_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    policy::project_changed(tx, project).await
}

/// The tags of these projects.
pub(crate) async fn tags(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        project_id: i64,
        name: String,
    }
    let text = "SELECT project_id, name FROM project_tag WHERE project_id IN (:ids) ORDER BY name";
    let mut out: HashMap<i64, Vec<String>> = HashMap::new();
    for row in sql.rows_in::<Row>(text, ids).await? {
        out.entry(row.project_id).or_default().push(row.name);
    }
    Ok(out)
}

/// The children of these projects, by parent.
pub(crate) async fn children(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<Project>>> {
    let text = format!("SELECT {COLUMNS} FROM project p WHERE p.parent_id IN (:ids) ORDER BY p.name, p.id");
    let mut out: HashMap<i64, Vec<Project>> = HashMap::new();
    for project in sql.rows_in::<Project>(&text, ids).await? {
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

/// The vulnerabilities of these projects have just been looked for.
pub(crate) async fn analysed(tx: &Tx, ids: &[i64]) -> Result<()> {
    let text =
        format!("UPDATE project SET last_vulnerability_analysis = ? WHERE id IN ({})", marks(ids.len()));
    let values = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&text, [params![now_ms()], values].concat()).await?;
    Ok(())
}

/// Whether a project has components or services of its own.
pub(super) async fn has_content(sql: &impl Sql, id: i64) -> Result<bool> {
    let text = "SELECT count(*) FROM project p WHERE p.id = ? AND (EXISTS (SELECT 1 FROM component c \
         WHERE c.project_id = p.id) OR EXISTS (SELECT 1 FROM service s WHERE s.project_id = p.id))";
    Ok(sql.count(text, params![id]).await? > 0)
}
