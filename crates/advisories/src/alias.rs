//! Ids of one flaw in several databases.

use std::collections::{BTreeSet, HashMap};

/// Groups of ids that name the same flaw.
#[derive(Debug, Default)]
pub struct Groups {
    parent: HashMap<String, String>,
}

impl Groups {
    /// Says that all these ids name one flaw.
    pub fn join<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        let mut first: Option<String> = None;
        for id in ids {
            let root = self.root(id);
            match &first {
                None => first = Some(root),
                Some(first) => {
                    self.parent.insert(root, first.clone());
                }
            }
        }
    }

    fn root(&mut self, id: &str) -> String {
        let mut at = id.to_owned();
        let mut seen = Vec::new();
        while let Some(up) = self.parent.get(&at).filter(|up| **up != at).cloned() {
            seen.push(std::mem::replace(&mut at, up));
        }
        for id in seen {
            self.parent.insert(id, at.clone());
        }
        self.parent.entry(at.clone()).or_insert_with(|| at.clone());
        at
    }

    /// All ids that name the same flaw as this one, itself included, in order.
    pub fn of(&mut self, id: &str) -> BTreeSet<String> {
        let root = self.root(id);
        let known: Vec<String> = self.parent.keys().cloned().collect();
        known.into_iter().filter(|other| self.root(other) == root).collect()
    }
}

impl Groups {
    /// For every id the one by which people know its flaw (see [`primary`]).
    pub fn primaries(&mut self) -> HashMap<String, String> {
        let ids: Vec<String> = self.parent.keys().cloned().collect();
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        for id in ids {
            groups.entry(self.root(&id)).or_default().push(id);
        }
        let mut out = HashMap::new();
        for group in groups.into_values() {
            let Some(name) = primary(group.iter().map(String::as_str)).map(str::to_owned) else { continue };
            out.extend(group.into_iter().map(|id| (id, name.clone())));
        }
        out
    }
}

/// The id by which people know a flaw: a CVE, else a GHSA, else the first of the others.
pub fn primary<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    ids.into_iter().min_by_key(|id| {
        let rank = match id {
            id if id.starts_with("CVE-") => 0,
            id if id.starts_with("GHSA-") => 1,
            _ => 2,
        };
        (rank, *id)
    })
}
