//! The JSON of projects (behaviour reference §3.1). Which members appear depends on the operation,
//! as the recordings show.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::{Project, store};
use crate::server::Result;
use crate::{component, metrics};

/// What is shown beside the project's own fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Show {
    /// The children; otherwise none are mentioned.
    pub children: bool,
    /// The parent.
    pub parent: bool,
    /// Its versions.
    pub versions: bool,
    /// The latest metrics.
    pub metrics: bool,
}

fn own(project: &Project, tags: &[String]) -> Map<String, Value> {
    let mut out = Map::new();
    let nested = |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str(text).ok());
    let members: [(&str, Option<Value>); 17] = [
        ("authors", nested(&project.authors)),
        ("publisher", project.publisher.clone().map(Into::into)),
        ("manufacturer", nested(&project.manufacturer)),
        ("supplier", nested(&project.supplier)),
        ("group", project.group_name.clone().map(Into::into)),
        ("name", Some(project.name.clone().into())),
        ("description", project.description.clone().map(Into::into)),
        ("version", project.version.clone().map(Into::into)),
        ("classifier", project.classifier.clone().map(Into::into)),
        ("cpe", project.cpe.clone().map(Into::into)),
        ("purl", project.purl.clone().map(Into::into)),
        ("swidTagId", project.swid_tag_id.clone().map(Into::into)),
        ("uuid", Some(project.uuid.clone().into())),
        ("lastBomImport", project.last_bom_import.map(Into::into)),
        ("lastBomImportFormat", project.last_bom_import_format.clone().map(Into::into)),
        ("lastInheritedRiskScore", project.last_inherited_risk_score.map(Into::into)),
        ("externalReferences", nested(&project.external_references)),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    }
    out.insert("collectionLogic".to_owned(), json!("NONE"));
    out.insert("properties".to_owned(), json!([]));
    out.insert("tags".to_owned(), tags.iter().map(|tag| json!({ "name": tag })).collect());
    out.insert("active".to_owned(), json!(project.active));
    out.insert("isLatest".to_owned(), json!(project.is_latest));
    // Older clients read the first author from a member of its own.
    let author = out.get("authors").and_then(|authors| authors.pointer("/0/name")).cloned();
    if let Some(author) = author {
        out.insert("author".to_owned(), author);
    }
    out
}

/// A list of projects with what is to be shown, loaded in a handful of queries.
pub(crate) async fn list_json(sql: &impl Sql, projects: &[Project], show: Show) -> Result<Vec<Value>> {
    let ids: Vec<i64> = projects.iter().map(|project| project.id).collect();
    let tags = store::tags(sql, &ids).await?;
    let children = if show.children { store::children(sql, &ids).await? } else { HashMap::new() };
    let parents: Vec<i64> = projects.iter().filter_map(|project| project.parent_id).collect();
    let parents: HashMap<i64, Project> = if show.parent && !parents.is_empty() {
        store::by_ids(sql, &parents).await?.into_iter().map(|parent| (parent.id, parent)).collect()
    } else {
        HashMap::new()
    };
    let mut metrics = if show.metrics { metrics::latest(sql, &ids).await? } else { HashMap::new() };
    let mut direct = component::direct_dependencies_of_projects(sql, &ids).await?;
    let mut out = Vec::with_capacity(projects.len());
    for project in projects {
        let mut object = own(project, tags.get(&project.id).map(Vec::as_slice).unwrap_or_default());
        if let Some(direct) = direct.remove(&project.id) {
            object.insert("directDependencies".to_owned(), json!(direct));
        }
        if show.children {
            let list = children.get(&project.id).map(Vec::as_slice).unwrap_or_default();
            object.insert("children".to_owned(), list.iter().map(child).collect());
        }
        if let Some(parent) = project.parent_id.and_then(|id| parents.get(&id)) {
            let mut short = json!({ "name": parent.name, "uuid": parent.uuid });
            if let (Some(version), Some(object)) = (&parent.version, short.as_object_mut()) {
                object.insert("version".to_owned(), json!(version));
            }
            object.insert("parent".to_owned(), short);
        }
        if let Some(metrics) = metrics.remove(&project.id) {
            object.insert("metrics".to_owned(), metrics);
        }
        if show.versions {
            object.insert("versions".to_owned(), versions(sql, &project.name).await?);
        }
        out.push(object.into());
    }
    Ok(out)
}

/// One project.
pub(crate) async fn json(sql: &impl Sql, project: &Project, show: Show) -> Result<Value> {
    Ok(list_json(sql, std::slice::from_ref(project), show).await?.pop().unwrap_or_default())
}

fn child(project: &Project) -> Value {
    let mut out = own(project, &[]);
    for name in ["properties", "tags", "lastBomImport", "lastBomImportFormat", "lastInheritedRiskScore"] {
        out.remove(name);
    }
    out.into()
}

async fn versions(sql: &impl Sql, name: &str) -> Result<Value> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        version: Option<String>,
        active: bool,
    }
    let rows: Vec<Row> = sql
        .rows(
            "SELECT uuid, version, active FROM project WHERE name = ? ORDER BY id LIMIT 1000",
            params![name],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| match row.version {
            Some(version) => json!({ "uuid": row.uuid, "version": version, "active": row.active }),
            None => json!({ "uuid": row.uuid, "active": row.active }),
        })
        .collect())
}
