//! Queries over components.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, marks, params};

use super::Component;
use crate::server::Result;

pub(crate) const COLUMNS: &str = "c.id, c.uuid, c.project_id, c.name, c.group_name, c.version, c.purl, \
     c.purl_coordinates, c.cpe, c.swid_tag_id, c.classifier, c.scope, c.licence_id, c.details";

/// The component with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Component>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM component c WHERE c.uuid = ?"), params![uuid]).await?)
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
