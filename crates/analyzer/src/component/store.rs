//! Queries over components.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, params};

use super::Component;
use crate::package_version::{self, Identity};
use crate::server::Result;

pub(crate) const COLUMNS: &str = "c.id, c.uuid, c.project_id, c.name, c.group_name, c.version, c.purl, \
     c.purl_coordinates, c.cpe, c.swid_tag_id, c.classifier, c.scope, c.licence_id, c.details";

/// The component with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Component>> {
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

#[derive(FromQueryResult)]
struct Edge {
    owner: i64,
    uuid: String,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    purl_coordinates: Option<String>,
    cpe: Option<String>,
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
            ("uuid", Some(edge.uuid)),
            ("version", edge.version),
            ("group", edge.group_name),
            ("purlCoordinates", edge.purl_coordinates),
            ("objectType", Some("COMPONENT".to_owned())),
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

const EDGE: &str = "c.uuid, c.name, c.group_name, c.version, c.purl, c.purl_coordinates, c.cpe \
     FROM dependency d JOIN component c ON c.id = d.depends_on";

/// What these projects depend on directly.
pub(crate) async fn direct_dependencies_of_projects(
    sql: &impl Sql,
    ids: &[i64],
) -> Result<HashMap<i64, String>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT d.project_id AS owner, {EDGE} WHERE d.component_id IS NULL AND d.project_id IN ({}) ORDER BY c.name, c.id",
        marks(ids.len())
    );
    Ok(texts(sql.rows(&text, values).await?))
}

/// What these components depend on directly.
pub(super) async fn direct_dependencies(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT d.component_id AS owner, {EDGE} WHERE d.component_id IN ({}) ORDER BY c.name, c.id",
        marks(ids.len())
    );
    Ok(texts(sql.rows(&text, values).await?))
}
