//! Documents of another server, whose `bom-ref`s are the uuids of its components.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, params};

use super::row::{Key, Row};
use super::write::write;
use crate::license;
use crate::project::Project;
use crate::server::{Result, Uuid};

/// Writes the components of a document as an upload does; they keep their uuids, and nobody is told of
/// them. The package versions that are to be analysed.
pub(crate) async fn write_kept(tx: &Tx, project: Project, bom: &sbom::Bom) -> Result<Vec<i64>> {
    #[derive(FromQueryResult)]
    struct Present {
        id: i64,
        uuid: String,
        name: String,
        group_name: Option<String>,
        version: Option<String>,
        purl: Option<String>,
        cpe: Option<String>,
        swid_tag_id: Option<String>,
    }
    let id = project.id;
    let versions = write(tx, project, bom).await?;
    let licences = license::custom(tx).await?;
    let inventory = bom.inventory();
    let wanted: HashMap<Key, String> = inventory
        .components
        .iter()
        .filter_map(|flat| {
            let uuid = flat.component.bom_ref.clone().filter(|uuid| Uuid::is_valid(uuid))?;
            Some((Row::new(flat.component, &licences).key(), uuid))
        })
        .collect();
    let mut taken = HashSet::new();
    let uuids: Vec<&String> = wanted.values().collect();
    for chunk in uuids.chunks(500) {
        let text = format!("SELECT uuid FROM component WHERE uuid IN ({})", marks(chunk.len()));
        let found: Vec<String> =
            tx.column(&text, chunk.iter().map(|uuid| (*uuid).clone().into()).collect()).await?;
        taken.extend(found);
    }
    let present: Vec<Present> = tx
        .rows(
            "SELECT id, uuid, name, group_name, version, purl, cpe, swid_tag_id FROM component WHERE project_id = ?",
            params![id],
        )
        .await?;
    for row in present {
        let key = (row.purl, row.cpe, row.swid_tag_id, row.group_name, row.name, row.version);
        if let Some(uuid) = wanted.get(&key).filter(|uuid| **uuid != row.uuid && !taken.contains(*uuid)) {
            tx.update("component", row.id, &[("uuid", uuid.clone().into())]).await?;
        }
    }
    tx.execute("UPDATE component SET is_new = ? WHERE project_id = ? AND is_new", params![false, id]).await?;
    Ok(versions)
}
