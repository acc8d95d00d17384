//! The JSON of components (behaviour reference §4.1).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::Sql;

use super::{Component, store};
use crate::project::{self, Show};
use crate::server::Result;

/// A licence of the SPDX list. Its uuid follows from its id, so that it is the same on every server.
fn licence_json(id: &str) -> Option<Value> {
    let licence = sbom::licence_by_id(id)?;
    Some(json!({
        "uuid": uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("https://spdx.org/licenses/{id}").as_bytes()),
        "name": licence.name,
        "licenseId": licence.id,
        "isOsiApproved": licence.is_osi_approved,
        "isFsfLibre": licence.is_fsf_libre,
        "isDeprecatedLicenseId": licence.is_deprecated,
        "isCustomLicense": false,
    }))
}

fn own(component: &Component) -> Map<String, Value> {
    let mut out: Map<String, Value> = serde_json::from_str(&component.details).unwrap_or_default();
    let members = [
        ("uuid", Some(component.uuid.as_str())),
        ("name", Some(component.name.as_str())),
        ("group", component.group_name.as_deref()),
        ("version", component.version.as_deref()),
        ("purl", component.purl.as_deref()),
        ("purlCoordinates", component.purl_coordinates.as_deref()),
        ("cpe", component.cpe.as_deref()),
        ("swidTagId", component.swid_tag_id.as_deref()),
        ("classifier", Some(component.classifier.as_str())),
        ("scope", component.scope.as_deref()),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(licence) = component.licence_id.as_deref().and_then(licence_json) {
        out.insert("resolvedLicense".to_owned(), licence);
    }
    out.insert("isInternal".to_owned(), json!(false));
    out.insert("expandDependencyGraph".to_owned(), json!(false));
    out
}

/// Components with their projects and direct dependencies, loaded in a handful of queries.
pub(crate) async fn list_json(sql: &impl Sql, components: &[Component]) -> Result<Vec<Value>> {
    let ids: Vec<i64> = components.iter().map(|component| component.id).collect();
    let mut direct = store::direct_dependencies(sql, &ids).await?;
    let mut owners: Vec<i64> = components.iter().map(|component| component.project_id).collect();
    owners.sort_unstable();
    owners.dedup();
    let projects = project::by_ids(sql, &owners).await?;
    let shown = project::list_json(sql, &projects, Show::default()).await?;
    let projects: HashMap<i64, Value> = projects.iter().map(|project| project.id).zip(shown).collect();
    Ok(components
        .iter()
        .map(|component| {
            let mut out = own(component);
            if let Some(direct) = direct.remove(&component.id) {
                out.insert("directDependencies".to_owned(), json!(direct));
            }
            if let Some(project) = projects.get(&component.project_id) {
                out.insert("project".to_owned(), project.clone());
            }
            out.into()
        })
        .collect())
}
