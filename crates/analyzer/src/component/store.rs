//! Queries over components.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use super::Component;
use crate::package_version::{self, Identity};
use crate::server::Result;

pub(crate) const COLUMNS: &str = "c.id, c.uuid, c.project_id, c.name, c.group_name, c.version, c.purl, \
     c.purl_coordinates, c.cpe, c.swid_tag_id, c.classifier, c.scope, c.licence_id, c.details, \
     c.is_internal, c.by_hand, c.notes";

/// The component of a row.
pub(crate) async fn by_row(sql: &impl Sql, id: i64) -> Result<Option<Component>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM component c WHERE c.id = ?"), params![id]).await?)
}

/// The component with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Component>> {
    if uuid::Uuid::parse_str(uuid).is_err() {
        return Ok(None);
    }
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM component c WHERE c.uuid = ?"), params![uuid]).await?)
}

/// Gives every component the package version of its identity, once after an upgrade from a release
/// that knew fewer.
pub(crate) async fn identify_all(tx: &Tx) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        component: Component,
        package_version_id: Option<i64>,
    }
    let text = format!(
        "SELECT {COLUMNS}, c.package_version_id FROM component c WHERE c.id > ? ORDER BY c.id LIMIT 500"
    );
    let mut after = 0;
    loop {
        let rows: Vec<Row> = tx.rows(&text, params![after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.component.id;
        let identities: Vec<Identity> = rows.iter().map(|row| row.component.identity()).collect();
        let versions = package_version::ensure(tx, &identities).await?;
        for (row, identity) in rows.iter().zip(&identities) {
            let version = versions.get(&identity.key()).copied();
            if version != row.package_version_id {
                tx.update("component", row.component.id, &[("package_version_id", version.into())]).await?;
            }
        }
    }
}

/// What an edge of the graph leads to.
#[derive(FromQueryResult)]
struct Edge {
    owner: i64,
    kind: String,
    uuid: String,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    purl_coordinates: Option<String>,
    cpe: Option<String>,
    swid_tag_id: Option<String>,
    scope: Option<String>,
}

/// The text `[{uuid, name, …, objectType}]` of direct dependencies, by owner (reference §4.3).
fn texts(edges: Vec<Edge>) -> HashMap<i64, String> {
    let mut lists: HashMap<i64, Vec<Value>> = HashMap::new();
    for edge in edges {
        let mut out = Map::new();
        let members = [
            ("name", Some(edge.name)),
            ("cpe", edge.cpe),
            ("purl", edge.purl),
            ("swidTagId", edge.swid_tag_id),
            ("uuid", Some(edge.uuid)),
            ("version", edge.version),
            ("group", edge.group_name),
            ("purlCoordinates", edge.purl_coordinates),
            ("scope", edge.scope),
            ("objectType", Some(edge.kind)),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                out.insert(name.to_owned(), json!(value));
            }
        }
        lists.entry(edge.owner).or_default().push(out.into());
    }
    lists.into_iter().map(|(owner, list)| (owner, Value::Array(list).to_string())).collect()
}

const TO_COMPONENTS: &str = "'COMPONENT' AS kind, c.uuid, c.name, c.group_name, c.version, c.purl, \
     c.purl_coordinates, c.cpe, c.swid_tag_id, c.scope FROM dependency d JOIN component c ON c.id = d.depends_on";
const TO_SERVICES: &str = "'SERVICE' AS kind, s.uuid, s.name, s.group_name, s.version, NULL AS purl, \
     NULL AS purl_coordinates, NULL AS cpe, NULL AS swid_tag_id, NULL AS scope \
     FROM service_dependency d JOIN service s ON s.id = d.depends_on";

/// What owners depend on: components by name, then services.
async fn edges(sql: &impl Sql, owner: &str, filter: &str, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let text = format!("SELECT {owner} AS owner, {TO_COMPONENTS} WHERE {filter} ORDER BY c.name, c.id");
    let mut edges: Vec<Edge> = sql.rows_in(&text, ids).await?;
    let text = format!("SELECT {owner} AS owner, {TO_SERVICES} WHERE {filter} ORDER BY s.name, s.id");
    edges.extend(sql.rows_in::<Edge>(&text, ids).await?);
    Ok(texts(edges))
}

/// How often these components occur.
pub(crate) async fn occurrences(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    #[derive(FromQueryResult)]
    struct Row {
        component_id: i64,
        occurrences: i64,
    }
    let text = "SELECT component_id, count(*) AS occurrences FROM component_occurrence \
         WHERE component_id IN (:ids) GROUP BY component_id";
    let rows: Vec<Row> = sql.rows_in(text, ids).await?;
    let mut out: HashMap<i64, i64> = ids.iter().map(|id| (*id, 0)).collect();
    out.extend(rows.into_iter().map(|row| (row.component_id, row.occurrences)));
    Ok(out)
}

/// What these projects depend on directly.
pub(crate) async fn direct_dependencies_of_projects(
    sql: &impl Sql,
    ids: &[i64],
) -> Result<HashMap<i64, String>> {
    edges(sql, "d.project_id", "d.component_id IS NULL AND d.project_id IN (:ids)", ids).await
}

/// What these components depend on directly.
pub(crate) async fn direct_dependencies(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, String>> {
    edges(sql, "d.component_id", "d.component_id IN (:ids)", ids).await
}
