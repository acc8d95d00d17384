//! Queries over services, and taking them from an SBOM.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, params};

use super::{COLUMNS, Service};
use crate::bom::row::{cut, organization, references};
use crate::server::Result;

/// The service with this uuid.
pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Service>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM service s WHERE s.uuid = ?"), params![uuid]).await?)
}

/// Writes a service; a new one has the id 0.
pub(super) async fn save(tx: &Tx, service: &mut Service) -> Result<()> {
    let mut row: Vec<(&str, storage::Value)> = vec![
        ("project_id", service.project_id.into()),
        ("name", service.name.clone().into()),
        ("group_name", service.group_name.clone().into()),
        ("version", service.version.clone().into()),
        ("description", service.description.clone().into()),
        ("details", service.details.clone().into()),
        ("by_hand", service.by_hand.into()),
        ("notes", service.notes.clone().into()),
    ];
    if service.id == 0 {
        row.push(("uuid", service.uuid.clone().into()));
        service.id = tx.insert("service", &row).await?;
    } else {
        tx.update("service", service.id, &row).await?;
    }
    Ok(())
}

/// What makes two services of a project the same one.
type Key = (Option<String>, String, Option<String>);

fn key(service: &Service) -> Key {
    (service.group_name.clone(), service.name.clone(), service.version.clone())
}

fn of_bom(project: i64, from: &sbom::Service) -> Service {
    let mut details = Map::new();
    let mut put = |name: &str, value: Value| details.insert(name.to_owned(), value);
    if let Some(provider) = &from.provider {
        put("provider", organization(provider));
    }
    if !from.endpoints.is_empty() {
        put("endpoints", json!(from.endpoints));
    }
    if let Some(flag) = from.authenticated {
        put("authenticated", json!(flag));
    }
    if let Some(flag) = from.crosses_trust_boundary {
        put("crossesTrustBoundary", json!(flag));
    }
    if !from.data.is_empty() {
        let flows = from.data.iter().map(|flow| match &flow.name {
            Some(name) => json!({ "direction": flow.direction.as_str(), "name": name }),
            None => json!({ "direction": flow.direction.as_str() }),
        });
        put("data", flows.collect());
    }
    if !from.external_references.is_empty() {
        put("externalReferences", references(&from.external_references));
    }
    let short = |text: &Option<String>| {
        text.as_deref().filter(|text| !text.trim().is_empty()).map(|text| cut(text, 255))
    };
    Service {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        project_id: project,
        name: cut(&from.name, 255),
        group_name: short(&from.group),
        version: short(&from.version),
        description: from.description.as_deref().map(|text| cut(text, 1024)),
        details: Value::Object(details).to_string(),
        by_hand: false,
        notes: None,
    }
}

/// Makes the services of a project those of a document, with those that people made; their ids, by
/// `bom-ref`.
pub(crate) async fn ingest<'a>(tx: &Tx, project: i64, bom: &'a sbom::Bom) -> Result<HashMap<&'a str, i64>> {
    let text = format!("SELECT {COLUMNS} FROM service s WHERE s.project_id = ? ORDER BY s.id");
    let present: Vec<Service> = tx.rows(&text, params![project]).await?;
    let mut before: HashMap<Key, Service> = HashMap::new();
    for service in present {
        before.entry(key(&service)).or_insert(service);
    }
    let mut done: HashMap<Key, i64> = HashMap::new();
    let mut ids = HashMap::new();
    for from in bom.flatten_services() {
        let mut service = of_bom(project, from);
        let key = key(&service);
        let id = match done.get(&key) {
            Some(id) => *id,
            None => {
                if let Some(old) = before.remove(&key) {
                    service = Service { id: old.id, by_hand: old.by_hand, notes: old.notes, ..service };
                }
                save(tx, &mut service).await?;
                done.insert(key, service.id);
                service.id
            }
        };
        if let Some(bom_ref) = from.bom_ref.as_deref() {
            ids.entry(bom_ref).or_insert(id);
        }
    }
    let gone: Vec<i64> =
        before.into_values().filter(|service| !service.by_hand).map(|service| service.id).collect();
    for chunk in gone.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        tx.execute(&format!("DELETE FROM service WHERE id IN ({})", marks(chunk.len())), values).await?;
    }
    Ok(ids)
}
