//! Ids of one flaw in several databases.
//!
//! A CVE is one flaw by definition, so CVEs are never joined with one another: every other id is
//! drawn to the CVE that most records name for it, and ids without a CVE form groups of their own.
//! The outcome depends on what the records say alone, never on the order in which they came.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of the flaw that an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The id by which people know it (see [`primary`]); all ids of a group share it.
    pub name: String,
    /// The other ids of its group, and those that a record names for it, in order.
    pub aliases: Vec<String>,
}

fn is_cve(id: &str) -> bool {
    id.starts_with("CVE-")
}

/// The flaws of all ids that these links mention. A link is what a record says: its own id, and
/// another one for the same flaw; several records may say the same, which counts.
pub fn flaws<'a>(links: impl IntoIterator<Item = (&'a str, &'a str)>) -> HashMap<&'a str, Flaw> {
    let mut support: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (id, alias) in links {
        let pair = if id < alias { (id, alias) } else { (alias, id) };
        *support.entry(pair).or_default() += 1;
    }
    let mut near: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for ((a, b), count) in &support {
        near.entry(a).or_default().push((b, *count));
        near.entry(b).or_default().push((a, *count));
    }
    let others = |id: &str| near.get(id).map(Vec::as_slice).unwrap_or_default();
    // The CVE that a set of ids is drawn to: the one named most often, of these the first.
    let drawn = |ids: &[&'a str]| {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for (cve, count) in ids.iter().flat_map(|id| others(id)).filter(|(id, _)| is_cve(id)) {
            *votes.entry(cve).or_default() += count;
        }
        votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(cve, _)| cve)
    };
    let mut group_of: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in near.keys().copied() {
        if is_cve(start) {
            group_of.insert(start, start);
            continue;
        }
        if !seen.insert(start) {
            continue;
        }
        let mut members = vec![start];
        let mut at = 0;
        while let Some(id) = members.get(at).copied() {
            at += 1;
            members.extend(others(id).iter().map(|(o, _)| *o).filter(|o| !is_cve(o) && seen.insert(o)));
        }
        let whole = drawn(&members).or_else(|| primary(members.iter().copied())).unwrap_or(start);
        for id in members {
            group_of.insert(id, drawn(&[id]).unwrap_or(whole));
        }
    }
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, group) in &group_of {
        groups.entry(group).or_default().insert(id);
    }
    group_of
        .iter()
        .map(|(id, group)| {
            let mut aliases = groups.get(group).cloned().unwrap_or_default();
            aliases.extend(others(id).iter().map(|(other, _)| *other));
            aliases.remove(id);
            let aliases = aliases.into_iter().map(str::to_owned).collect();
            (*id, Flaw { name: (*group).to_owned(), aliases })
        })
        .collect()
}

/// The id by which people know a flaw: a CVE, else a GHSA, else the first of the others.
pub fn primary<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    ids.into_iter().min_by_key(|id| {
        let rank = match id {
            id if is_cve(id) => 0,
            id if id.starts_with("GHSA-") => 1,
            _ => 2,
        };
        (rank, *id)
    })
}
