//! The JSON of services, and its shape.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::Sql;

use super::Service;
use crate::openapi::Schema;
use crate::project::{self, Show};
use crate::server::Result;

/// Services with their projects.
pub(super) async fn list_json(sql: &impl Sql, services: &[Service]) -> Result<Vec<Value>> {
    let mut owners: Vec<i64> = services.iter().map(|service| service.project_id).collect();
    owners.sort_unstable();
    owners.dedup();
    let projects = project::by_ids(sql, &owners).await?;
    let shown = project::list_json(sql, &projects, Show::default()).await?;
    let projects: HashMap<i64, Value> = projects.iter().map(|project| project.id).zip(shown).collect();
    Ok(services
        .iter()
        .map(|service| {
            let mut out: Map<String, Value> = serde_json::from_str(&service.details).unwrap_or_default();
            let members = [
                ("uuid", Some(service.uuid.as_str())),
                ("name", Some(service.name.as_str())),
                ("group", service.group_name.as_deref()),
                ("version", service.version.as_deref()),
                ("description", service.description.as_deref()),
                ("notes", service.notes.as_deref()),
            ];
            for (name, value) in members {
                if let Some(value) = value {
                    out.insert(name.to_owned(), json!(value));
                }
            }
            if let Some(project) = projects.get(&service.project_id) {
                out.insert("project".to_owned(), project.clone());
            }
            out.into()
        })
        .collect())
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Service",
        members: "uuid!: uuid
            name!: string
            group: string
            version: string
            provider: Organization
            description: string
            endpoints: [string]
            authenticated: boolean
            crossesTrustBoundary: boolean
            data: [ServiceData]
            externalReferences: [ExternalReference]
            project: Project
            notes: string",
    },
    Schema {
        name: "NewService",
        members: "uuid: uuid
            name!: string
            group: string
            version: string
            provider: Organization
            description: string
            endpoints: [string]
            authenticated: boolean
            crossesTrustBoundary: boolean
            data: [ServiceData]
            notes: string",
    },
    Schema {
        name: "ServiceData",
        members: "direction: INBOUND|OUTBOUND|BI_DIRECTIONAL|UNKNOWN
            name: string",
    },
];
