//! Marking the projects whose policies have to be evaluated anew, in the transaction of the change.
//! What is marked is settled by a job as soon as the transaction ends.

use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::{Sql, Tx, Value, marks, params};

use crate::metrics;
use crate::server::Result;

/// The job that settles what is marked.
pub(super) const SETTLE: &str = "policy.settle";

/// Has what is marked settled as soon as this transaction ends.
pub(crate) async fn queue(tx: &Tx) -> Result<()> {
    enqueue(tx, NewJob::new(SETTLE, ())?.lane(SETTLE, IfWaiting::Keep)).await?;
    Ok(())
}

/// Has what an earlier process, or an upgrade, has marked settled.
pub(crate) async fn queue_if_due(tx: &Tx) -> Result<()> {
    let text = "SELECT count(*) FROM project WHERE policy_due > 0 OR metrics_due > 0";
    if tx.count(text, params![]).await? > 0 { queue(tx).await } else { Ok(()) }
}

/// Evaluates the policies of the projects that meet a condition on the table `project`.
pub(crate) async fn mark_where(tx: &Tx, condition: &str, values: Vec<Value>) -> Result<()> {
    let text = format!("UPDATE project SET policy_due = policy_due + 1 WHERE {condition}");
    if tx.execute(&text, values).await? > 0 { queue(tx).await } else { Ok(()) }
}

/// Components, findings or decisions of a project changed: its policies are evaluated and it is
/// counted anew.
pub(crate) async fn changed(tx: &Tx, project: i64) -> Result<()> {
    mark_changed(tx, project).await?;
    queue(tx).await
}

/// As [`changed`], for those who have it settled themselves when they are done
/// ([`super::settle_project`]).
pub(crate) async fn mark_changed(tx: &Tx, project: i64) -> Result<()> {
    let text = "UPDATE project SET policy_due = policy_due + 1, metrics_due = metrics_due + 1 WHERE id = ?";
    tx.execute(text, params![project]).await?;
    Ok(())
}

/// A project itself changed: which policies are for it, and what collections take from it. Called
/// before and after a change of its parent.
pub(crate) async fn project_changed(tx: &Tx, project: i64) -> Result<()> {
    metrics::mark_collections(tx, &[project]).await?;
    let below = "id IN (WITH RECURSIVE below (id) AS (SELECT id FROM project WHERE id = ? \
         UNION SELECT p.id FROM project p JOIN below b ON p.parent_id = b.id) SELECT id FROM below)";
    mark_where(tx, below, params![project]).await
}

/// Evaluates these policies anew, for every project that they are for. Called before and after a
/// change of whom they are for.
pub(crate) async fn mark_policies(tx: &Tx, policies: &[i64]) -> Result<()> {
    for chunk in policies.chunks(500) {
        let list = marks(chunk.len());
        let ids = || chunk.iter().map(|id| (*id).into()).collect::<Vec<Value>>();
        let text = format!(
            "SELECT count(*) FROM policy p WHERE p.id IN ({list}) \
             AND NOT EXISTS (SELECT 1 FROM policy_project j WHERE j.policy_id = p.id) \
             AND NOT EXISTS (SELECT 1 FROM policy_tag t WHERE t.policy_id = p.id)"
        );
        if tx.count(&text, ids()).await? > 0 {
            return mark_where(tx, "1 = 1", params![]).await;
        }
        let condition = format!(
            "id IN (WITH RECURSIVE below (id, further) AS (\
             SELECT j.project_id, p.include_children FROM policy_project j JOIN policy p ON p.id = j.policy_id \
             WHERE p.id IN ({list}) \
             UNION SELECT child.id, b.further FROM project child JOIN below b ON child.parent_id = b.id AND b.further) \
             SELECT id FROM below) \
             OR id IN (SELECT project_id FROM project_tag WHERE name IN (\
             SELECT name FROM policy_tag WHERE policy_id IN ({list})))"
        );
        mark_where(tx, &condition, [ids(), ids()].concat()).await?;
    }
    Ok(())
}

/// Repositories say something else of these packages: the projects that use them are evaluated anew.
pub(crate) async fn mark_purls(tx: &Tx, purls: &[String]) -> Result<()> {
    for chunk in purls.chunks(500) {
        let condition =
            format!("id IN (SELECT c.project_id FROM component c WHERE c.purl IN ({}))", marks(chunk.len()));
        mark_where(tx, &condition, chunk.iter().map(|purl| purl.as_str().into()).collect()).await?;
    }
    Ok(())
}

/// Evaluates the policies with conditions (`c`) like these anew.
pub(crate) async fn mark_conditions(tx: &Tx, condition: &str, values: Vec<Value>) -> Result<()> {
    let text = format!("SELECT DISTINCT c.policy_id FROM policy_condition c WHERE {condition}");
    let policies: Vec<i64> = tx.column(&text, values).await?;
    mark_policies(tx, &policies).await
}

/// Evaluates the policies with conditions of these subjects anew, and those with expressions, which
/// may ask for anything.
pub(crate) async fn mark_subjects(tx: &Tx, subjects: &[&str]) -> Result<()> {
    let condition = format!("c.subject IN ({}) OR c.subject = 'EXPRESSION'", marks(subjects.len()));
    mark_conditions(tx, &condition, subjects.iter().map(|subject| (*subject).into()).collect()).await?;
    if tx.count("SELECT count(*) FROM vulnerability_policy WHERE mode <> 'DISABLED'", params![]).await? > 0 {
        mark_findings(tx).await?;
    }
    Ok(())
}

/// Looks anew at every project that has findings: a vulnerability policy changed.
pub(super) async fn mark_findings(tx: &Tx) -> Result<()> {
    let condition = "id IN (SELECT c.project_id FROM component c \
         JOIN package_match m ON m.package_version_id = c.package_version_id) \
         OR id IN (SELECT project_id FROM analysis WHERE vulnerability_policy_id IS NOT NULL)";
    mark_where(tx, condition, params![]).await
}
