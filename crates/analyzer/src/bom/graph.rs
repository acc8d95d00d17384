//! Writing the dependency graph of a document.

use std::collections::{HashMap, HashSet};

use storage::{Tx, Value, params};

use crate::server::Result;

/// Replaces the dependency graph. Without a component of its own the project has no edges.
pub(super) async fn write(
    tx: &Tx,
    project: i64,
    bom: &sbom::Bom,
    inventory: &sbom::Inventory<'_>,
    ids: &[i64],
    services: &HashMap<&str, i64>,
) -> Result<()> {
    let graph = bom.graph();
    let id_of = |bom_ref: &str| {
        inventory.by_ref.get(bom_ref).and_then(|at| ids.get(*at)).copied().filter(|id| *id > 0)
    };
    let mut edges: HashSet<(Option<i64>, i64)> = HashSet::new();
    let mut to_services: HashSet<(Option<i64>, i64)> = HashSet::new();
    for (from, targets) in &graph.depends_on {
        let owner = if Some(*from) == graph.root { None } else { id_of(from) };
        if owner.is_none() && Some(*from) != graph.root {
            continue;
        }
        for target in targets {
            match (id_of(target), services.get(target)) {
                (Some(target), _) if Some(target) != owner => {
                    edges.insert((owner, target));
                }
                (None, Some(service)) => {
                    to_services.insert((owner, *service));
                }
                _ => {}
            }
        }
    }
    for (table, edges) in [("dependency", edges), ("service_dependency", to_services)] {
        tx.execute(&format!("DELETE FROM {table} WHERE project_id = ?"), params![project]).await?;
        let mut edges: Vec<_> = edges.into_iter().collect();
        edges.sort_unstable();
        let rows: Vec<Vec<Value>> =
            edges.into_iter().map(|(owner, target)| params![project, owner, target]).collect();
        tx.insert_many(table, &["project_id", "component_id", "depends_on"], rows, "").await?;
    }
    Ok(())
}
