//! The JSON of components, and its shape (behaviour reference §4.1).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::Sql;

use super::{Component, store};
use crate::openapi::Schema;
use crate::server::Result;
use crate::{license, metrics, project, repository};

/// What is shown beside the component's own fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Show {
    /// Its metrics.
    pub metrics: bool,
    /// What repositories say of it.
    pub repository: bool,
    /// The tags and properties of its project.
    pub project_lists: bool,
    /// How often it occurs, as version 5 tells in the lists of projects.
    pub occurrences: bool,
}

fn own(component: &Component, licences: &HashMap<String, Value>) -> Map<String, Value> {
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
        ("notes", component.notes.as_deref()),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(licence) = component.licence_id.as_deref().and_then(|id| licences.get(id)) {
        out.insert("resolvedLicense".to_owned(), licence.clone());
    }
    if let Some(author) = out.get("authors").and_then(project::author) {
        out.insert("author".to_owned(), json!(author));
    }
    out.insert("isInternal".to_owned(), json!(component.is_internal));
    out.insert("expandDependencyGraph".to_owned(), json!(false));
    out
}

/// Components with their projects and direct dependencies, loaded in a handful of queries.
pub(crate) async fn list_json(sql: &impl Sql, components: &[Component], show: Show) -> Result<Vec<Value>> {
    let ids: Vec<i64> = components.iter().map(|component| component.id).collect();
    let mut direct = store::direct_dependencies(sql, &ids).await?;
    let licences = license::shown(sql, components.iter().filter_map(|c| c.licence_id.as_deref())).await?;
    let mut metrics = metrics::of_components(sql, &ids).await?;
    let meta = if show.repository {
        let purls: Vec<&str> = components.iter().filter_map(|component| component.purl.as_deref()).collect();
        repository::meta_of(sql, &purls).await?
    } else {
        HashMap::new()
    };
    let occurrences = if show.occurrences { store::occurrences(sql, &ids).await? } else { HashMap::new() };
    let mut owners: Vec<i64> = components.iter().map(|component| component.project_id).collect();
    owners.sort_unstable();
    owners.dedup();
    let projects = project::by_ids(sql, &owners).await?;
    let mut shown = project::list_json(sql, &projects, project::Show::default()).await?;
    if !show.project_lists {
        for object in shown.iter_mut().filter_map(Value::as_object_mut) {
            object.remove("tags");
            object.remove("properties");
        }
    }
    let projects: HashMap<i64, Value> = projects.iter().map(|project| project.id).zip(shown).collect();
    Ok(components
        .iter()
        .map(|component| {
            let mut out = own(component, &licences);
            if let Some(direct) = direct.remove(&component.id) {
                out.insert("directDependencies".to_owned(), json!(direct));
            }
            if let Some(metrics) = metrics.remove(&component.id) {
                if let Some(risk) = metrics.get("inheritedRiskScore") {
                    out.insert("lastInheritedRiskScore".to_owned(), risk.clone());
                }
                if show.metrics {
                    out.insert("metrics".to_owned(), metrics);
                }
            }
            if let Some(count) = occurrences.get(&component.id) {
                out.insert("occurrenceCount".to_owned(), json!(count));
            }
            if let Some(meta) = component.purl.as_deref().and_then(|purl| meta.get(purl)) {
                out.insert("repositoryMeta".to_owned(), meta.clone());
            }
            if let Some(project) = projects.get(&component.project_id) {
                out.insert("project".to_owned(), project.clone());
            }
            out.into()
        })
        .collect())
}

/// One component.
pub(crate) async fn json(sql: &impl Sql, component: &Component, show: Show) -> Result<Value> {
    Ok(list_json(sql, std::slice::from_ref(component), show).await?.pop().unwrap_or_default())
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Component",
        members: "uuid!: uuid
            name!: string
            version: string
            group: string
            publisher: string
            author: string
            authors: [Contact]
            supplier: Organization
            scope: REQUIRED|OPTIONAL|EXCLUDED
            classifier!: string
            filename: string
            extension: string
            md5: string
            sha1: string
            sha256: string
            sha384: string
            sha512: string
            sha3_256: string
            sha3_384: string
            sha3_512: string
            blake2b_256: string
            blake2b_384: string
            blake2b_512: string
            blake3: string
            cpe: string
            purl: string
            purlCoordinates: string
            occurrenceCount: integer
            swidTagId: string
            isInternal!: boolean
            description: string
            copyright: string
            license: string
            licenseExpression: string
            licenseUrl: string
            resolvedLicense: any
            directDependencies: string
            externalReferences: [ExternalReference]
            project: Project
            lastInheritedRiskScore: number
            notes: string
            metrics: any
            repositoryMeta: any
            children: [any]
            properties: [ComponentProperty]
            vulnerabilities: [any]
            expandDependencyGraph!: boolean",
    },
    Schema {
        name: "NewComponent",
        members: "uuid: uuid
            name!: string
            classifier!: string
            version: string
            group: string
            purl: string
            cpe: string
            license: string
            licenseExpression: string
            notes: string",
    },
    Schema {
        name: "ComponentProperty",
        members: "uuid!: uuid
            groupName: string
            propertyName!: string
            propertyValue: string
            propertyType!: BOOLEAN|INTEGER|NUMBER|STRING|TIMESTAMP|URL|UUID
            description: string",
    },
    Schema {
        name: "ComponentOccurrence",
        members: "id!: uuid
            location!: string
            line: integer
            offset: integer
            symbol: string
            createdAt!: millis",
    },
];
