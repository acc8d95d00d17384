//! All components of a document, what tells them apart, and who depends on whom.

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::model::{Bom, Component, Service};

/// A component among all components of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatComponent<'a> {
    /// The component.
    pub component: &'a Component,
    /// The place of the component that it is nested in, in the same list. `None` at the top level.
    pub parent: Option<usize>,
    /// `bom-ref` of the component that it is nested in, if that has one; for the children of
    /// `metadata.component`, that of `metadata.component`.
    pub parent_ref: Option<&'a str>,
    /// How many components it is nested in, not counting `metadata.component`.
    pub depth: usize,
}

/// What tells two components of a project apart, as Dependency-Track decides: hashes, type and
/// licences do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity<'a> {
    /// Canonical package URL.
    pub purl: Option<&'a str>,
    /// Common Platform Enumeration name.
    pub cpe: Option<&'a str>,
    /// `tagId` of the software identification tag.
    pub swid_tag_id: Option<&'a str>,
    /// Group or namespace.
    pub group: Option<&'a str>,
    /// Name.
    pub name: &'a str,
    /// Version.
    pub version: Option<&'a str>,
}

impl Component {
    /// What tells this component apart from others. Blank texts count as absent.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        fn filled(text: &Option<String>) -> Option<&str> {
            text.as_deref().filter(|text| !text.trim().is_empty())
        }
        Identity {
            purl: self.purl.as_ref().map(|purl| purl.canonical.as_str()),
            cpe: filled(&self.cpe),
            swid_tag_id: filled(&self.swid_tag_id),
            group: filled(&self.group),
            name: &self.name,
            version: filled(&self.version),
        }
    }
}

/// The components of a document, each identity once.
#[derive(Debug, Clone, Default)]
pub struct Inventory<'a> {
    /// The first component of each identity, in document order.
    pub components: Vec<FlatComponent<'a>>,
    /// For every `bom-ref` of a component, kept or dropped: the place in `components` of the one
    /// that was kept. Of components that share a `bom-ref`, the first counts.
    pub by_ref: HashMap<&'a str, usize>,
}

/// Who depends on whom directly, by `bom-ref`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph<'a> {
    /// `bom-ref` of what the document describes: where the graph begins.
    pub root: Option<&'a str>,
    /// What each component or service depends on, in document order, without repetitions. Only
    /// those that depend on something have an entry.
    pub depends_on: HashMap<&'a str, Vec<&'a str>>,
    /// How many edges were left out because one of their ends is nowhere in the document.
    pub dangling: usize,
}

impl<'a> Graph<'a> {
    /// What a component or service depends on directly.
    #[must_use]
    pub fn direct(&self, bom_ref: &str) -> &[&'a str] {
        self.depends_on.get(bom_ref).map_or(&[], Vec::as_slice)
    }
}

impl Bom {
    /// Every component: the children of `metadata.component`, then the components, in document
    /// order, each before those nested in it. `metadata.component` itself is not among them.
    #[must_use]
    pub fn flatten(&self) -> Vec<FlatComponent<'_>> {
        let described = self.metadata.component.as_ref();
        let described_ref = described.and_then(|component| component.bom_ref.as_deref());
        let described_children = described.map_or(&[][..], |component| &component.children);
        let mut flat = Vec::new();
        // Those still to come, the next one last. A list and not recursion: a model need not come
        // from a document whose depth was checked.
        let mut ahead: Vec<(&Component, Option<usize>, Option<&str>, usize)> = Vec::new();
        ahead.extend(self.components.iter().rev().map(|it| (it, None, None, 0)));
        ahead.extend(described_children.iter().rev().map(|it| (it, None, described_ref, 0)));
        while let Some((component, parent, parent_ref, depth)) = ahead.pop() {
            let place = flat.len();
            flat.push(FlatComponent { component, parent, parent_ref, depth });
            let own_ref = component.bom_ref.as_deref();
            ahead.extend(component.children.iter().rev().map(|it| (it, Some(place), own_ref, depth + 1)));
        }
        flat
    }

    /// Every service, each before those nested in it.
    #[must_use]
    pub fn flatten_services(&self) -> Vec<&Service> {
        let mut flat = Vec::new();
        let mut ahead: Vec<&Service> = self.services.iter().rev().collect();
        while let Some(service) = ahead.pop() {
            flat.push(service);
            ahead.extend(service.children.iter().rev());
        }
        flat
    }

    /// The components with each [`Identity`] once, and where each `bom-ref` went.
    /// [`FlatComponent::parent`] is a place in this list, too.
    #[must_use]
    pub fn inventory(&self) -> Inventory<'_> {
        let flat = self.flatten();
        let mut inventory = Inventory::default();
        let mut places = HashMap::with_capacity(flat.len());
        let mut kept_at = Vec::with_capacity(flat.len());
        for mut item in flat {
            let next = inventory.components.len();
            let place = *places.entry(item.component.identity()).or_insert(next);
            kept_at.push(place);
            if let Some(bom_ref) = item.component.bom_ref.as_deref() {
                inventory.by_ref.entry(bom_ref).or_insert(place);
            }
            if place == next {
                item.parent = item.parent.and_then(|parent| kept_at.get(parent).copied());
                inventory.components.push(item);
            }
        }
        inventory
    }

    /// Who depends on whom directly: the edges of `dependencies` of which both ends are in the
    /// document (a component, a service or `metadata.component`). Repeated edges count once, an
    /// edge to oneself not at all; cycles stay. Entries with the same `ref` are joined.
    #[must_use]
    pub fn graph(&self) -> Graph<'_> {
        let root = self.metadata.component.as_ref().and_then(|component| component.bom_ref.as_deref());
        let flat = self.flatten();
        let services = self.flatten_services();
        let known: HashSet<&str> = flat
            .iter()
            .filter_map(|item| item.component.bom_ref.as_deref())
            .chain(services.iter().filter_map(|it| it.bom_ref.as_deref()))
            .chain(root)
            .collect();
        let mut graph = Graph { root, ..Graph::default() };
        let mut seen = HashSet::new();
        for dependency in &self.dependencies {
            let from = dependency.from.as_str();
            if !known.contains(from) {
                graph.dangling += dependency.depends_on.len();
                continue;
            }
            for to in &dependency.depends_on {
                let to = to.as_str();
                if !known.contains(to) {
                    graph.dangling += 1;
                } else if to != from && seen.insert((from, to)) {
                    graph.depends_on.entry(from).or_default().push(to);
                }
            }
        }
        graph
    }
}
