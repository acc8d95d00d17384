//! The JSON of projects, and its shape (behaviour reference §3.1). Which members appear depends on the operation,
//! as the recordings show.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::{Project, property, store};
use crate::openapi::Schema;
use crate::server::{AppState, Result, Scope, Spoken};
use crate::{component, metrics};

/// What is shown beside the project's own fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Show {
    /// The children; otherwise none are mentioned.
    pub children: bool,
    /// The parent.
    pub parent: bool,
    /// Who supplied and made the last SBOM.
    pub metadata: bool,
    /// The latest metrics.
    pub metrics: bool,
    /// Whether there are children, as version 5 tells in lists.
    pub has_children: bool,
    /// Whether a project that is no collection says so; version 5's frontend takes each that speaks of it
    /// for a collection.
    pub spoken: Spoken,
}

impl Show {
    /// For the clients of this server.
    pub(super) fn to(self, state: &AppState) -> Show {
        Show { spoken: state.options.spoken, ..self }
    }
}

fn own(project: &Project, tags: &[String], spoken: Spoken) -> Map<String, Value> {
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
    if project.is_collection() || spoken == Spoken::Four {
        out.insert("collectionLogic".to_owned(), json!(project.collection_logic));
    }
    if let Some(tag) = &project.collection_tag {
        out.insert("collectionTag".to_owned(), json!({ "name": tag }));
    }
    if let Some(at) = project.inactive_since.filter(|_| !project.active) {
        out.insert("inactiveSince".to_owned(), json!(at));
    }
    if let Some(at) = project.last_vulnerability_analysis {
        out.insert("lastVulnerabilityAnalysis".to_owned(), json!(at));
    }
    out.insert("tags".to_owned(), tags.iter().map(|tag| json!({ "name": tag })).collect());
    out.insert("active".to_owned(), json!(project.active));
    out.insert("isLatest".to_owned(), json!(project.is_latest));
    if let Some(author) = out.get("authors").and_then(author) {
        out.insert("author".to_owned(), json!(author));
    }
    out
}

/// The names of authors in one text, as older clients read them.
pub(crate) fn author(authors: &Value) -> Option<String> {
    let names: Vec<&str> =
        authors.as_array()?.iter().filter_map(|author| author.get("name")?.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// A list of projects with what is to be shown, loaded in a handful of queries.
pub(crate) async fn list_json(sql: &impl Sql, projects: &[Project], show: Show) -> Result<Vec<Value>> {
    let ids: Vec<i64> = projects.iter().map(|project| project.id).collect();
    let tags = store::tags(sql, &ids).await?;
    let mut properties = property::of_projects(sql, &ids).await?;
    let children = if show.children { store::children(sql, &ids).await? } else { HashMap::new() };
    let parents: Vec<i64> = projects.iter().filter_map(|project| project.parent_id).collect();
    let parents: HashMap<i64, Project> = if show.parent && !parents.is_empty() {
        store::by_ids(sql, &parents).await?.into_iter().map(|parent| (parent.id, parent)).collect()
    } else {
        HashMap::new()
    };
    let mut metrics = if show.metrics { metrics::latest(sql, &ids).await? } else { HashMap::new() };
    let shown = children.values().flatten().map(|child| child.id).chain(ids.iter().copied());
    let shown: Vec<i64> = shown.collect();
    let direct = component::direct_dependencies_of_projects(sql, &shown).await?;
    let parents_here = if show.has_children { store::with_children(sql, &ids).await? } else { Vec::new() };
    let mut out = Vec::with_capacity(projects.len());
    for project in projects {
        let tags = tags.get(&project.id).map(Vec::as_slice).unwrap_or_default();
        let mut object = own(project, tags, show.spoken);
        let properties = properties.remove(&project.id).unwrap_or_default();
        object.insert("properties".to_owned(), json!(properties));
        if show.has_children {
            object.insert("hasChildren".to_owned(), json!(parents_here.contains(&project.id)));
        }
        if show.metadata
            && let Some(metadata) = project.metadata.as_ref().and_then(|text| serde_json::from_str(text).ok())
        {
            object.insert("metadata".to_owned(), metadata);
        }
        if let Some(direct) = direct.get(&project.id) {
            object.insert("directDependencies".to_owned(), json!(direct));
        }
        if show.children {
            let list = children.get(&project.id).map(Vec::as_slice).unwrap_or_default();
            let list = list.iter().map(|one| child(one, direct.get(&one.id), show.spoken));
            object.insert("children".to_owned(), list.collect());
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
        out.push(object.into());
    }
    Ok(out)
}

/// One project.
pub(crate) async fn json(sql: &impl Sql, project: &Project, show: Show) -> Result<Value> {
    Ok(list_json(sql, std::slice::from_ref(project), show).await?.pop().unwrap_or_default())
}

fn child(project: &Project, direct: Option<&String>, spoken: Spoken) -> Value {
    let mut out = own(project, &[], spoken);
    if let Some(direct) = direct {
        out.insert("directDependencies".to_owned(), json!(direct));
    }
    out.remove("tags");
    out.into()
}

/// The versions of a project that a caller may see: `[{uuid, version, active, isLatest}]`.
pub(super) async fn versions(sql: &impl Sql, scope: &Scope, name: &str) -> Result<Value> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        version: Option<String>,
        active: bool,
        is_latest: bool,
    }
    let (visible, values) = scope.condition("p.id");
    let text = format!(
        "SELECT p.uuid, p.version, p.active, p.is_latest FROM project p WHERE p.name = ? AND {visible} \
         ORDER BY p.id LIMIT 1000"
    );
    let rows: Vec<Row> = sql.rows(&text, [params![name], values].concat()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut out = json!({ "uuid": row.uuid, "active": row.active, "isLatest": row.is_latest });
            if let (Some(version), Some(object)) = (row.version, out.as_object_mut()) {
                object.insert("version".to_owned(), json!(version));
            }
            out
        })
        .collect())
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Project",
        members: "uuid!: uuid
            name!: string
            version: string
            group: string
            publisher: string
            author: string
            authors: [Contact]
            manufacturer: Organization
            supplier: Organization
            description: string
            classifier: string
            cpe: string
            purl: string
            swidTagId: string
            directDependencies: string
            parent: ProjectVersion
            children: [Project]
            properties: [ProjectProperty]
            tags: [Tag]
            lastBomImport: millis
            lastBomImportFormat: string
            lastInheritedRiskScore: number
            lastVulnerabilityAnalysis: millis
            active!: boolean
            inactiveSince: millis
            isLatest!: boolean
            hasChildren: boolean
            collectionLogic: NONE|AGGREGATE_DIRECT_CHILDREN|AGGREGATE_DIRECT_CHILDREN_WITH_TAG|AGGREGATE_LATEST_VERSION_CHILDREN
            collectionTag: Tag
            externalReferences: [ExternalReference]
            metadata: ProjectMetadata
            metrics: any
            versions: [ProjectVersion]",
    },
    Schema {
        name: "ProjectVersion",
        members: "uuid!: uuid
            name: string
            version: string
            active: boolean
            isLatest: boolean",
    },
    Schema {
        name: "ProjectMetadata",
        members: "supplier: Organization
            authors: [Contact]
            tools: any",
    },
    Schema {
        name: "ProjectProperty",
        members: "groupName: string
            propertyName!: string
            propertyValue: string
            propertyType!: BOOLEAN|INTEGER|NUMBER|STRING|ENCRYPTEDSTRING|TIMESTAMP|URL|UUID
            description: string",
    },
    Schema {
        name: "ConciseProject",
        members: "uuid!: uuid
            group: string
            name!: string
            version: string
            classifier: string
            active!: boolean
            isLatest!: boolean
            collectionLogic: string
            tags: [Tag]
            teams: [NamedTeam]
            lastBomImport: millis
            lastBomImportFormat: string
            lastRiskScore: number
            hasChildren!: boolean
            metrics: any",
    },
    Schema { name: "NamedTeam", members: "name!: string" },
    Schema {
        name: "CloneRequest",
        members: "project!: uuid
            version!: string
            includeTags: boolean
            includeProperties: boolean
            includeDependencies: boolean
            includeComponents: boolean
            includeServices: boolean
            includeAuditHistory: boolean
            includeACL: boolean
            includePolicyViolations: boolean
            makeCloneLatest: boolean",
    },
    Schema { name: "Contact", members: "name: string\nemail: string\nphone: string" },
    Schema {
        name: "Organization",
        members: "name: string
            urls: [string]
            contacts: [Contact]",
    },
    Schema {
        name: "ExternalReference",
        members: "type: string
            url: string
            comment: string",
    },
];
