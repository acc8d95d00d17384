//! Whole documents: inventories, inventories with vulnerabilities, vulnerability reports, statements.

use std::collections::{BTreeMap, HashMap, HashSet};

use sbom::SpecVersion;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, params};

use super::component::{self, Object, SERVICE, Service};
use super::vulnerability;
use crate::component::{COLUMNS, Component};
use crate::project::{self, Project};
use crate::server::{Result, SPOKEN_VERSION};

/// What a document tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Components, services, and how they depend on each other.
    Inventory,
    /// And their vulnerabilities.
    WithVulnerabilities,
    /// Components that are affected, their vulnerabilities, and what was decided.
    Vdr,
}

impl Variant {
    /// The variant that a parameter names, in any case.
    pub(crate) fn parse(text: &str) -> Option<Variant> {
        [Variant::Inventory, Variant::WithVulnerabilities, Variant::Vdr]
            .into_iter()
            .find(|variant| variant.as_str().eq_ignore_ascii_case(text))
    }

    /// As parameters write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Variant::Inventory => "inventory",
            Variant::WithVulnerabilities => "withVulnerabilities",
            Variant::Vdr => "vdr",
        }
    }
}

fn stored(text: Option<&String>) -> Option<Value> {
    serde_json::from_str(text?).ok()
}

/// The project as what the document describes.
fn subject(project: &Project, version: SpecVersion) -> Value {
    let mut out = Object::default();
    out.put("type", component::kind(project.classifier.as_deref().unwrap_or("APPLICATION"), version));
    out.put("bom-ref", project.uuid.clone());
    if let Some(supplier) = component::organization(stored(project.supplier.as_ref()).as_ref()) {
        out.put("supplier", supplier);
    }
    component::authors(&mut out, stored(project.authors.as_ref()).as_ref(), version);
    out.text("publisher", project.publisher.as_deref());
    out.text("group", project.group_name.as_deref());
    out.put("name", project.name.clone());
    match &project.version {
        Some(number) => out.put("version", number.clone()),
        None if version <= SpecVersion::V1_3 => out.put("version", ""),
        None => {}
    }
    out.text("description", project.description.as_deref());
    out.text("cpe", project.cpe.as_deref().filter(|cpe| cpe.starts_with("cpe:")));
    out.text("purl", project.purl.as_deref());
    if let Some(tag) = &project.swid_tag_id {
        out.put("swid", json!({ "tagId": tag, "name": project.name }));
    }
    let references = stored(project.external_references.as_ref());
    out.list("externalReferences", component::references(references.as_ref(), version));
    out.into()
}

/// The document without what it is about.
async fn begin(sql: &impl Sql, project: &Project, version: SpecVersion) -> Result<Object> {
    let mut out = Object::default();
    out.put("bomFormat", "CycloneDX");
    out.put("specVersion", version.as_str());
    out.put("serialNumber", format!("urn:uuid:{}", uuid::Uuid::new_v4()));
    out.put("version", 1);
    if version >= SpecVersion::V1_2 {
        let told: Option<Option<String>> =
            sql.scalar("SELECT metadata FROM project WHERE id = ?", params![project.id]).await?;
        let told = stored(told.flatten().as_ref()).unwrap_or_default();
        let mut metadata = Object::default();
        metadata.put("timestamp", chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string());
        metadata.put(
            "tools",
            json!([{ "vendor": "OWASP", "name": "Dependency-Track", "version": SPOKEN_VERSION }]),
        );
        metadata.list("authors", component::contacts(told.get("authors")));
        metadata.put("component", subject(project, version));
        if let Some(maker) = component::organization(stored(project.manufacturer.as_ref()).as_ref()) {
            let name = if version >= SpecVersion::V1_6 { "manufacturer" } else { "manufacture" };
            metadata.put(name, maker);
        }
        if let Some(supplier) = component::organization(told.get("supplier")) {
            metadata.put("supplier", supplier);
        }
        out.put("metadata", metadata);
    }
    Ok(out)
}

/// The properties of the components of a project that are no secrets, by component.
async fn properties(sql: &impl Sql, project: i64) -> Result<HashMap<i64, Vec<Value>>> {
    #[derive(FromQueryResult)]
    struct Row {
        component_id: i64,
        group_name: Option<String>,
        name: String,
        value: Option<String>,
    }
    let text = "SELECT q.component_id, q.group_name, q.name, q.value FROM component_property q \
         JOIN component c ON c.id = q.component_id WHERE c.project_id = ? AND q.kind <> 'ENCRYPTEDSTRING' ORDER BY q.id";
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in sql.rows::<Row>(text, params![project]).await? {
        let property = component::property(row.group_name.as_deref(), &row.name, row.value.as_deref());
        out.entry(row.component_id).or_default().push(property);
    }
    Ok(out)
}

/// `[{ref, dependsOn}]`: the project, and everything that is in the document.
async fn dependencies(sql: &impl Sql, project: &Project, shown: &HashSet<String>) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Edge {
        owner: Option<String>,
        target: String,
    }
    let mut edges: Vec<Edge> = Vec::new();
    for (table, target) in [("dependency", "component"), ("service_dependency", "service")] {
        let text = format!(
            "SELECT o.uuid AS owner, t.uuid AS target FROM {table} d JOIN {target} t ON t.id = d.depends_on \
             LEFT JOIN component o ON o.id = d.component_id WHERE d.project_id = ?"
        );
        edges.extend(sql.rows::<Edge>(&text, params![project.id]).await?);
    }
    let mut out: BTreeMap<&str, Vec<&str>> = shown.iter().map(|uuid| (uuid.as_str(), Vec::new())).collect();
    out.insert(&project.uuid, Vec::new());
    for edge in &edges {
        let owner = edge.owner.as_deref().unwrap_or(&project.uuid);
        if let Some(targets) = out.get_mut(owner).filter(|_| shown.contains(&edge.target)) {
            targets.push(&edge.target);
        }
    }
    Ok(out
        .into_iter()
        .map(|(owner, mut targets)| {
            targets.sort_unstable();
            targets.dedup();
            let mut out = Object::default();
            out.put("ref", owner);
            out.list("dependsOn", targets.into_iter().map(Into::into).collect());
            out.into()
        })
        .collect())
}

/// The document of a project.
pub(crate) async fn of_project(
    sql: &impl Sql,
    project: &Project,
    variant: Variant,
    version: SpecVersion,
) -> Result<Value> {
    let mut out = begin(sql, project, version).await?;
    let text = format!("SELECT {COLUMNS} FROM component c WHERE c.project_id = ? ORDER BY c.id");
    let mut components: Vec<Component> = sql.rows(&text, params![project.id]).await?;
    let findings = match variant {
        Variant::Inventory => Vec::new(),
        _ => vulnerability::of_project(sql, project.id).await?,
    };
    let mut services: Vec<Service> = Vec::new();
    if variant == Variant::Vdr {
        let affected: HashSet<&str> = findings.iter().map(|one| one.component_uuid.as_str()).collect();
        components.retain(|component| affected.contains(component.uuid.as_str()));
    } else {
        let text = format!("SELECT {SERVICE} FROM service s WHERE s.project_id = ? ORDER BY s.id");
        services = sql.rows(&text, params![project.id]).await?;
    }
    let mut properties = properties(sql, project.id).await?;
    let shown: Vec<Value> = components
        .iter()
        .map(|one| component::component(one, properties.remove(&one.id).unwrap_or_default(), version))
        .collect();
    out.put("components", shown);
    if version >= SpecVersion::V1_2 {
        out.list("services", services.iter().map(|service| service.json(version)).collect());
        let mut present: HashSet<String> = components.into_iter().map(|component| component.uuid).collect();
        present.extend(services.into_iter().map(|service| service.uuid));
        out.put("dependencies", dependencies(sql, project, &present).await?);
    }
    if version >= SpecVersion::V1_4 {
        let decisions = variant == Variant::Vdr;
        out.list("vulnerabilities", vulnerability::list(&findings, None, decisions, version));
    }
    Ok(out.into())
}

/// The inventory of one component.
pub(crate) async fn of_component(sql: &impl Sql, one: &Component, version: SpecVersion) -> Result<Value> {
    let project = project::by_ids(sql, &[one.project_id]).await?.pop().unwrap_or_default();
    let mut out = begin(sql, &project, version).await?;
    let properties = properties(sql, one.project_id).await?.remove(&one.id).unwrap_or_default();
    out.put("components", vec![component::component(one, properties, version)]);
    Ok(out.into())
}

/// What was decided about the vulnerabilities of a project, all of which affect the project.
pub(crate) async fn vex(sql: &impl Sql, project: &Project, version: SpecVersion) -> Result<Value> {
    let mut out = begin(sql, project, version).await?;
    let findings = vulnerability::of_project(sql, project.id).await?;
    out.list("vulnerabilities", vulnerability::list(&findings, Some(&project.uuid), true, version));
    Ok(out.into())
}
