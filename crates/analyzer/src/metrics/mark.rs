//! Marking what has to be counted anew, in the transaction of the change.

use storage::{Tx, Value, marks, params};

use crate::server::Result;

/// Marks the projects that meet a condition on the table `project`, to be counted anew.
pub(crate) async fn mark_where(tx: &Tx, condition: &str, values: Vec<Value>) -> Result<()> {
    tx.execute(&format!("UPDATE project SET metrics_due = metrics_due + 1 WHERE {condition}"), values)
        .await?;
    Ok(())
}

/// Marks the projects that use these package versions: their policies are evaluated and they are
/// counted anew. Whoever calls it has what is marked settled ([`crate::policy::settle`]).
pub(crate) async fn mark_versions(tx: &Tx, versions: &[i64]) -> Result<()> {
    mark(tx, "SELECT c.project_id FROM component c WHERE c.package_version_id", versions).await
}

/// Marks the projects that these vulnerabilities affect, as [`mark_versions`] does.
pub(crate) async fn mark_vulnerabilities(tx: &Tx, vulnerabilities: &[i64]) -> Result<()> {
    let select = "SELECT c.project_id FROM package_match m \
         JOIN component c ON c.package_version_id = m.package_version_id WHERE m.vulnerability_id";
    mark(tx, select, vulnerabilities).await
}

async fn mark(tx: &Tx, select: &str, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(500) {
        let text = format!(
            "UPDATE project SET metrics_due = metrics_due + 1, policy_due = policy_due + 1 \
             WHERE id IN ({select} IN ({}))",
            marks(chunk.len())
        );
        tx.execute(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
    }
    Ok(())
}

/// Marks the collections whose direct children these projects are, and those that are collections
/// themselves. Called before and after a change of parent.
pub(crate) async fn mark_collections(tx: &Tx, projects: &[i64]) -> Result<()> {
    for chunk in projects.chunks(500) {
        let list = marks(chunk.len());
        let condition = format!(
            "collection_logic <> 'NONE' AND (id IN ({list}) OR id IN (SELECT parent_id FROM project child \
             WHERE child.id IN ({list})))"
        );
        let ids = || chunk.iter().map(|id| (*id).into()).collect::<Vec<Value>>();
        mark_where(tx, &condition, [ids(), ids()].concat()).await?;
    }
    Ok(())
}

/// Takes back the marks that were there when the counting began.
pub(super) async fn unmark(tx: &Tx, due: &[(i64, i64)]) -> Result<()> {
    let mut revisions: Vec<i64> = due.iter().map(|(_, revision)| *revision).collect();
    revisions.sort_unstable();
    revisions.dedup();
    for revision in revisions.into_iter().filter(|revision| *revision > 0) {
        let ids: Vec<Value> =
            due.iter().filter(|(_, of)| *of == revision).map(|(id, _)| (*id).into()).collect();
        let text = format!(
            "UPDATE project SET metrics_due = 0 WHERE metrics_due = ? AND id IN ({})",
            marks(ids.len())
        );
        tx.execute(&text, [params![revision], ids].concat()).await?;
    }
    Ok(())
}
