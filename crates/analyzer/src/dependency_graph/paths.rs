//! The part of a project's graph that leads to some of its components: they, everything that leads
//! to them, what the project depends on directly, and the children of all of these.

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::extract::{Path, State};
use axum::http::Method;
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use crate::server::{Access, AppState, Error, Result, Route, Scope, Uuid, route};
use crate::{project, repository};

/// How many components one request may name.
const MOST: usize = 1000;

pub(super) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewPortfolio]);
    let path = "/v1/component/project/{uuid}/dependencyGraph/{componentUuids}";
    vec![
        route(Method::GET, path, view, show)
            .says(
                "Shows the part of a project's graph that leads to these components (UUIDs with | between).",
            )
            .gives(200, "{GraphNode}"),
    ]
}

/// An end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Node {
    Component(i64),
    Service(i64),
}

/// A project's graph.
#[derive(Default)]
struct Graph {
    roots: BTreeSet<Node>,
    children: HashMap<i64, BTreeSet<Node>>,
    parents: HashMap<i64, Vec<i64>>,
}

impl Graph {
    async fn load(sql: &impl Sql, project: i64) -> Result<Graph> {
        #[derive(FromQueryResult)]
        struct Edge {
            component_id: Option<i64>,
            depends_on: i64,
        }
        let mut out = Graph::default();
        for (table, services) in [("dependency", false), ("service_dependency", true)] {
            let text = format!("SELECT component_id, depends_on FROM {table} WHERE project_id = ?");
            for edge in sql.rows::<Edge>(&text, params![project]).await? {
                let node =
                    if services { Node::Service(edge.depends_on) } else { Node::Component(edge.depends_on) };
                match edge.component_id {
                    None => {
                        out.roots.insert(node);
                    }
                    Some(owner) => {
                        out.children.entry(owner).or_default().insert(node);
                        if let Node::Component(id) = node {
                            out.parents.entry(id).or_default().push(owner);
                        }
                    }
                }
            }
        }
        Ok(out)
    }

    fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.children.is_empty()
    }

    /// Everything that leads to these components, they not included unless one leads to another.
    fn ancestors(&self, wanted: &[i64]) -> HashSet<i64> {
        let mut found = HashSet::new();
        let mut ahead = wanted.to_vec();
        while let Some(id) = ahead.pop() {
            for parent in self.parents.get(&id).into_iter().flatten() {
                // A cycle ends where it was entered.
                if found.insert(*parent) {
                    ahead.push(*parent);
                }
            }
        }
        found
    }

    fn children(&self, node: Node) -> impl Iterator<Item = Node> {
        let children = match node {
            Node::Component(id) => self.children.get(&id),
            Node::Service(_) => None,
        };
        children.into_iter().flatten().copied()
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    uuid: String,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    purl_coordinates: Option<String>,
}

/// The rows of these nodes.
async fn rows(sql: &impl Sql, nodes: &BTreeSet<Node>) -> Result<HashMap<Node, Row>> {
    let (mut components, mut services) = (Vec::new(), Vec::new());
    for node in nodes {
        match node {
            Node::Component(id) => components.push(*id),
            Node::Service(id) => services.push(*id),
        }
    }
    let text = "SELECT id, uuid, name, version, purl, purl_coordinates FROM component WHERE id IN (:ids)";
    let components: Vec<Row> = sql.rows_in(text, &components).await?;
    let text = "SELECT id, uuid, name, version, NULL AS purl, NULL AS purl_coordinates FROM service WHERE id IN (:ids)";
    let services: Vec<Row> = sql.rows_in(text, &services).await?;
    let components = components.into_iter().map(|row| (Node::Component(row.id), row));
    Ok(components.chain(services.into_iter().map(|row| (Node::Service(row.id), row))).collect())
}

async fn show(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, uuids)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    let uuids: Vec<&str> = uuids.split('|').map(str::trim).filter(|uuid| Uuid::is_valid(uuid)).collect();
    if uuids.len() > MOST {
        return Err(Error::bad_request(format!("At most {MOST} components can be asked for at once.")));
    }
    let text = format!(
        "SELECT id FROM component WHERE project_id = ? AND uuid IN ({})",
        storage::marks(uuids.len())
    );
    let values = [params![project.id], uuids.into_iter().map(Into::into).collect()].concat();
    let wanted: Vec<i64> = state.db.column(&text, values).await?;
    if wanted.is_empty() {
        return Err(Error::not_found("The component could not be found."));
    }
    let graph = Graph::load(&state.db, project.id).await?;
    if graph.is_empty() {
        return Ok(axum::Json(json!({})));
    }
    let ancestors = graph.ancestors(&wanted);
    let mut nodes: BTreeSet<Node> = graph.roots.clone();
    nodes.extend(wanted.iter().chain(&ancestors).map(|id| Node::Component(*id)));
    let children: Vec<Node> = nodes.iter().flat_map(|node| graph.children(*node)).collect();
    nodes.extend(children);
    // Children of children are named by their parents, too: the frontends ask for them when somebody
    // unfolds one.
    let named: BTreeSet<Node> =
        nodes.iter().flat_map(|node| graph.children(*node)).chain(nodes.iter().copied()).collect();
    let rows = rows(&state.db, &named).await?;
    let purls: Vec<&str> = nodes.iter().filter_map(|node| rows.get(node)?.purl.as_deref()).collect();
    let meta = repository::meta_of(&state.db, &purls).await?;
    let mut out = Map::new();
    for node in &nodes {
        let Some(row) = rows.get(node) else { continue };
        let below: Vec<&str> =
            graph.children(*node).filter_map(|node| Some(rows.get(&node)?.uuid.as_str())).collect();
        let latest = row.purl.as_ref().and_then(|purl| meta.get(purl)?.get("latestVersion"));
        let expanded = matches!(node, Node::Component(id) if ancestors.contains(id));
        let members = [
            ("uuid", Some(json!(row.uuid))),
            ("name", Some(json!(row.name))),
            ("version", row.version.clone().map(Into::into)),
            ("purl", row.purl.clone().map(Into::into)),
            ("purlCoordinates", row.purl_coordinates.clone().map(Into::into)),
            ("dependencyGraph", (!below.is_empty()).then(|| json!(below))),
            ("expandDependencyGraph", Some(json!(expanded))),
            ("repositoryMeta", latest.map(|latest| json!({ "latestVersion": latest }))),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        out.insert(row.uuid.clone(), Value::Object(members.collect()));
    }
    Ok(axum::Json(out.into()))
}
