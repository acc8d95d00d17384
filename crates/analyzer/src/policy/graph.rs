//! The dependency graphs of projects, as expressions ask for them (behaviour reference §8.6): read once
//! for many projects together; what an expression asks is worked out once for a whole project.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cel::Value;
use cel::objects::Key;
use regex::{Regex, RegexBuilder};
use sea_orm::FromQueryResult;
use storage::{Sql, marks};

use super::vers;
use crate::server::Result;

/// The functions that need the graph.
pub(super) const FUNCTIONS: [&str; 4] =
    ["depends_on", "is_dependency_of", "is_direct_dependency_of", "is_exclusive_dependency_of"];

/// What a component is looked for by.
pub(super) const MEMBERS: &[&str] =
    &["uuid", "group", "name", "version", "classifier", "cpe", "purl", "swid_tag_id", "is_internal"];

#[derive(Debug, FromQueryResult)]
struct Node {
    id: i64,
    uuid: String,
    project_id: i64,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    classifier: String,
    cpe: Option<String>,
    purl: Option<String>,
    swid_tag_id: Option<String>,
    is_internal: bool,
}

impl Node {
    fn text(&self, member: &str) -> Option<&str> {
        match member {
            "uuid" => Some(&self.uuid),
            "group" => self.group_name.as_deref(),
            "name" => Some(&self.name),
            "version" => self.version.as_deref(),
            "classifier" => Some(&self.classifier),
            "cpe" => self.cpe.as_deref(),
            "purl" => self.purl.as_deref(),
            "swid_tag_id" => self.swid_tag_id.as_deref(),
            _ => None,
        }
    }
}

/// How a member of a component must be.
enum Wanted {
    Text(String),
    Pattern(Regex),
    Range(String),
    Flag(bool),
}

/// The components that an expression looks for.
struct Criteria(Vec<(String, Wanted)>);

impl Criteria {
    /// Reads the members of an object; one without any is looked for in vain.
    fn of(value: &Value) -> Option<Criteria> {
        let Value::Map(map) = value else { return None };
        let mut out = Vec::new();
        for (key, value) in map.map.iter() {
            let Key::String(name) = key else { return None };
            if !MEMBERS.contains(&name.as_str()) {
                // A component of the project itself has more members than one is looked for by.
                continue;
            }
            let wanted = match value {
                Value::String(text) if text.is_empty() => continue,
                Value::Bool(flag) if name.as_str() == "is_internal" => Wanted::Flag(*flag),
                Value::String(text) => Criteria::text(name, text)?,
                _ => return None,
            };
            out.push((name.as_str().to_owned(), wanted));
        }
        (!out.is_empty()).then_some(Criteria(out))
    }

    fn text(name: &str, text: &str) -> Option<Wanted> {
        let pattern = text.strip_prefix("re:").filter(|_| !["uuid", "classifier"].contains(&name));
        if let Some(pattern) = pattern {
            let regex = RegexBuilder::new(pattern).size_limit(1 << 20).nest_limit(64).build();
            return regex.ok().map(Wanted::Pattern);
        }
        if name == "version" && text.starts_with("vers:") {
            return Some(Wanted::Range(text.to_owned()));
        }
        Some(Wanted::Text(text.to_owned()))
    }

    fn matches(&self, node: &Node) -> bool {
        self.0.iter().all(|(name, wanted)| match wanted {
            Wanted::Flag(flag) => node.is_internal == *flag,
            Wanted::Text(text) => node.text(name) == Some(text.as_str()),
            Wanted::Pattern(regex) => node.text(name).is_some_and(|own| regex.is_match(own)),
            Wanted::Range(range) => {
                node.version.as_deref().and_then(|own| vers::contains(range, own)).unwrap_or_default()
            }
        })
    }
}

/// Which components of a project stand how to those that are looked for.
#[derive(Default)]
pub(super) struct Answer {
    /// Whether there are any.
    any: bool,
    direct: Vec<bool>,
    below: Vec<bool>,
    exclusive: Vec<bool>,
}

/// How a component is to depend on another.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    Somehow,
    Directly,
    Exclusively,
}

/// The dependency graph of a project.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    places: HashMap<String, usize>,
    children: Vec<Vec<usize>>,
    /// What the project itself depends on.
    roots: Vec<usize>,
    answers: Mutex<HashMap<String, Arc<Answer>>>,
}

impl Graph {
    fn new(nodes: Vec<Node>) -> Graph {
        let places = nodes.iter().enumerate().map(|(at, node)| (node.uuid.clone(), at)).collect();
        let children = vec![Vec::new(); nodes.len()];
        Graph { nodes, places, children, ..Graph::default() }
    }

    /// Marks what these lead to, and they themselves; beyond a component that is `closed` there is no
    /// way.
    fn reach(&self, from: impl Iterator<Item = usize>, closed: &[bool]) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = from.collect();
        while let Some(at) = open.pop() {
            let Some(mark) = seen.get_mut(at) else { continue };
            if std::mem::replace(mark, true) || closed.get(at).copied().unwrap_or_default() {
                continue;
            }
            open.extend(self.children.get(at).into_iter().flatten());
        }
        seen
    }

    fn work_out(&self, criteria: &Criteria) -> Answer {
        let matching: Vec<bool> = self.nodes.iter().map(|node| criteria.matches(node)).collect();
        let places: Vec<usize> =
            matching.iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
        if places.is_empty() {
            return Answer::default();
        }
        let children = || places.iter().filter_map(|at| self.children.get(*at)).flatten().copied();
        let mut direct = vec![false; self.nodes.len()];
        for at in children() {
            if let Some(mark) = direct.get_mut(at) {
                *mark = true;
            }
        }
        let below = self.reach(children(), &[]);
        let reached = self.reach(self.roots.iter().copied(), &[]);
        let otherwise = self.reach(self.roots.iter().copied(), &matching);
        let exclusive = reached.iter().zip(&otherwise).map(|(reached, other)| *reached && !other).collect();
        Answer { any: true, direct, below, exclusive }
    }

    fn answer(&self, wanted: &Value) -> Option<Arc<Answer>> {
        let criteria = Criteria::of(wanted)?;
        let mut key: Vec<String> = criteria
            .0
            .iter()
            .map(|(name, wanted)| match wanted {
                Wanted::Text(text) => format!("{name}={text}"),
                Wanted::Pattern(regex) => format!("{name}~{}", regex.as_str()),
                Wanted::Range(range) => format!("{name}:{range}"),
                Wanted::Flag(flag) => format!("{name}!{flag}"),
            })
            .collect();
        key.sort_unstable();
        let key = key.join("\n");
        let known = self.answers.lock().ok()?.get(&key).cloned();
        if known.is_some() {
            return known;
        }
        let answer = Arc::new(self.work_out(&criteria));
        self.answers.lock().ok()?.insert(key, answer.clone());
        Some(answer)
    }

    /// Whether there is such a component in the project.
    pub(super) fn has(&self, wanted: &Value) -> bool {
        self.answer(wanted).is_some_and(|answer| answer.any)
    }

    /// Whether a component (its uuid) depends so on such ones.
    pub(super) fn is_below(&self, uuid: &str, wanted: &Value, how: How) -> bool {
        let Some(at) = self.places.get(uuid) else { return false };
        let Some(answer) = self.answer(wanted) else { return false };
        let marks = match how {
            How::Somehow => &answer.below,
            How::Directly => &answer.direct,
            How::Exclusively => &answer.exclusive,
        };
        marks.get(*at).copied().unwrap_or_default()
    }
}

#[derive(FromQueryResult)]
struct Edge {
    project_id: i64,
    component_id: Option<i64>,
    depends_on: i64,
}

/// The graphs of these projects, by project: two queries, however many there are.
pub(super) async fn read(sql: &impl Sql, projects: &[i64]) -> Result<HashMap<i64, Arc<Graph>>> {
    let list = marks(projects.len());
    let ids = || projects.iter().map(|id| (*id).into()).collect::<Vec<storage::Value>>();
    let text = format!(
        "SELECT c.id, c.uuid, c.project_id, c.name, c.group_name, c.version, c.classifier, c.cpe, c.purl, \
         c.swid_tag_id, c.is_internal FROM component c WHERE c.project_id IN ({list}) ORDER BY c.id"
    );
    let mut nodes: HashMap<i64, Vec<Node>> = HashMap::new();
    for node in sql.rows::<Node>(&text, ids()).await? {
        nodes.entry(node.project_id).or_default().push(node);
    }
    let mut graphs: HashMap<i64, Graph> =
        nodes.into_iter().map(|(project, nodes)| (project, Graph::new(nodes))).collect();
    let text =
        format!("SELECT project_id, component_id, depends_on FROM dependency WHERE project_id IN ({list})");
    for edge in sql.rows::<Edge>(&text, ids()).await? {
        let Some(graph) = graphs.get_mut(&edge.project_id) else { continue };
        // Nodes are in the order of their ids.
        let place = |id: i64| graph.nodes.binary_search_by_key(&id, |node| node.id).ok();
        let Some(to) = place(edge.depends_on) else { continue };
        match edge.component_id {
            None => graph.roots.push(to),
            Some(from) => {
                if let Some(from) = place(from)
                    && let Some(children) = graph.children.get_mut(from)
                {
                    children.push(to);
                }
            }
        }
    }
    Ok(graphs.into_iter().map(|(project, graph)| (project, Arc::new(graph))).collect())
}
