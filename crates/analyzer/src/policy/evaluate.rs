//! Evaluating marked projects, set by set: read without a transaction, written in a short one where
//! something is otherwise than before. A violation keeps its row, and what people decided about it,
//! for as long as the component breaks the condition.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use sea_orm::FromQueryResult;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, marks, now_ms, params};

use super::facts::{self, Component, Facts, Flaw, Needs, Project, World};
use super::graph::Graph;
use super::mark::{SETTLE, mark_subjects};
use super::rule::Policy;
use super::{store, vulnerability};
use crate::server::Result;
use crate::{Options, metrics, notification, violation};

/// What depends on the day is evaluated once a day.
const DAILY: &str = "policy.daily";

/// How many projects are looked up at once, and how many components are evaluated at once.
const PROJECTS: i64 = 200;
pub(super) const COMPONENTS: i64 = 4_000;

pub(crate) fn register(worker: Worker, options: &Options) -> Worker {
    let worker = worker
        .on(SETTLE, 1, |context: Context| async move { settle(&context.db).await.map_err(Failure::retry) });
    let daily = |context: Context| async move {
        let tx = context.db.begin().await.map_err(Failure::retry)?;
        mark_subjects(&tx, &["AGE"]).await.map_err(Failure::retry)?;
        tx.commit().await.map_err(Failure::retry)
    };
    let worker = worker.on(DAILY, 1, daily).every(DAILY, Duration::from_secs(86_400));
    vulnerability::register(worker, options)
}

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    policy_due: i64,
}

/// Evaluates the policies of every marked project, and counts what is marked anew.
pub(crate) async fn settle(db: &Db) -> Result<()> {
    let (mut after, mut is_again) = (0, false);
    loop {
        let text = "SELECT id, policy_due FROM project WHERE policy_due > 0 AND id > ? ORDER BY id LIMIT ?";
        let due: Vec<Due> = db.rows(text, params![after, PROJECTS]).await?;
        match due.last() {
            // Marked while the others were settled. Somebody changes one thing after the other: they are
            // settled together then, and nobody has to wait for the database because of it.
            Some(_) if std::mem::take(&mut is_again) => tokio::time::sleep(metrics::PAUSE).await,
            Some(last) => {
                after = last.id;
                evaluate(db, &due).await?;
            }
            None if after > 0 => (after, is_again) = (0, true),
            None => break,
        }
    }
    metrics::refresh_due(db).await
}

/// Evaluates the policies of a project and counts it anew, whether it is marked or not.
pub(crate) async fn settle_project(db: &Db, project: i64) -> Result<()> {
    let due: Vec<Due> = db.rows("SELECT id, policy_due FROM project WHERE id = ?", params![project]).await?;
    evaluate(db, &due).await?;
    metrics::refresh(db, project).await
}

/// Groups of projects with about so many components together.
fn groups(due: &[Due], sizes: &HashMap<i64, i64>) -> Vec<Vec<i64>> {
    let mut out: Vec<Vec<i64>> = Vec::new();
    let mut room = 0;
    for one in due {
        let size = sizes.get(&one.id).copied().unwrap_or_default();
        match out.last_mut() {
            Some(group) if size <= room => group.push(one.id),
            _ => {
                out.push(vec![one.id]);
                room = COMPONENTS;
            }
        }
        room -= size;
    }
    out
}

async fn evaluate(db: &Db, due: &[Due]) -> Result<()> {
    if due.is_empty() {
        return Ok(());
    }
    // Read behind the marks: a policy that changes meanwhile marks its projects again.
    let (policies, conditions) = store::all(db).await?;
    let rulings = vulnerability::rulings(db).await?;
    let ids: Vec<i64> = due.iter().map(|one| one.id).collect();
    let governs = rulings.concern(db, &ids).await?;
    if governs || !conditions.is_empty() {
        let needs = Needs::of(&conditions);
        let world = World::read(db).await?;
        let projects = facts::projects(db, &ids).await?;
        let mut flaws = HashMap::new();
        for group in groups(due, &facts::sizes(db, &ids).await?) {
            if governs {
                // First: what is suppressed or rated otherwise breaks other conditions.
                rulings.apply(db, &group, (&world, &projects), &mut flaws).await?;
            }
            if conditions.is_empty() {
                continue;
            }
            let graphs = needs.graphs(db, &group).await?;
            let mut after = 0;
            loop {
                let components = facts::components(db, &group, after, COMPONENTS).await?;
                let Some(last) = components.last() else { break };
                after = last.id;
                let page =
                    Page { policies: &policies, world: &world, projects: &projects, graphs: &graphs, needs };
                page.evaluate(db, &components, &mut flaws).await?;
            }
        }
    }
    let tx = db.begin().await?;
    // Others settle the same projects, and write many of them at once: one after the other.
    tx.lock("metrics").await?;
    unmark(&tx, due).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back the marks that were there when the evaluation began.
async fn unmark(tx: &Tx, due: &[Due]) -> Result<()> {
    let revisions: HashSet<i64> = due.iter().map(|one| one.policy_due).filter(|due| *due > 0).collect();
    for revision in revisions {
        let ids: Vec<storage::Value> =
            due.iter().filter(|one| one.policy_due == revision).map(|one| one.id.into()).collect();
        let text = format!(
            "UPDATE project SET policy_due = 0 WHERE policy_due = ? AND id IN ({})",
            marks(ids.len())
        );
        tx.execute(&text, [params![revision], ids].concat()).await?;
    }
    Ok(())
}

/// Everything that is the same for the components that are evaluated together.
struct Page<'a> {
    policies: &'a [Policy],
    world: &'a World,
    projects: &'a HashMap<i64, Project>,
    graphs: &'a HashMap<i64, Arc<Graph>>,
    needs: Needs,
}

#[derive(FromQueryResult)]
struct Violation {
    id: i64,
    component_id: i64,
    condition_id: i64,
}

/// A violation that is not there yet: project, component, condition, type.
type New = (i64, i64, i64, &'static str);

/// A violation that is no longer one: project and row.
type Gone = (i64, i64);

impl Page<'_> {
    /// Evaluates components and writes what is otherwise than before.
    async fn evaluate(
        &self,
        db: &Db,
        components: &[Component],
        flaws: &mut HashMap<i64, Arc<Flaw>>,
    ) -> Result<()> {
        let facts = Facts::read(db, self.needs, components, flaws).await?;
        let text = format!(
            "SELECT id, component_id, condition_id FROM policy_violation WHERE component_id IN ({})",
            marks(components.len())
        );
        let rows: Vec<Violation> =
            db.rows(&text, components.iter().map(|component| component.id.into()).collect()).await?;
        let mut before: HashMap<(i64, i64), i64> =
            rows.into_iter().map(|row| ((row.component_id, row.condition_id), row.id)).collect();
        let new = self.broken(components, &facts, &mut before);
        let owners: HashMap<i64, i64> = components.iter().map(|c| (c.id, c.project_id)).collect();
        let gone: Vec<Gone> = before
            .into_iter()
            .filter_map(|((component, _), id)| Some((*owners.get(&component)?, id)))
            .collect();
        write(db, &new, &gone).await
    }

    /// What is broken and was not before; what stays broken is taken out of `before`.
    fn broken(
        &self,
        components: &[Component],
        facts: &Facts,
        before: &mut HashMap<(i64, i64), i64>,
    ) -> Vec<New> {
        let today = Utc::now().date_naive();
        let mut applying: HashMap<i64, Vec<&Policy>> = HashMap::new();
        let mut new = Vec::new();
        for component in components {
            let Some(project) = self.projects.get(&component.project_id) else { continue };
            let policies = applying
                .entry(project.id)
                .or_insert_with(|| self.policies.iter().filter(|policy| policy.applies(project)).collect());
            if policies.is_empty() {
                continue;
            }
            let subject = facts.subject(self.world, project, component, self.graphs.get(&project.id));
            for rule in policies.iter().flat_map(|policy| policy.broken(&subject, today)) {
                if before.remove(&(component.id, rule.id)).is_none() {
                    new.push((project.id, component.id, rule.id, rule.kind));
                }
            }
        }
        new
    }
}

/// How many violations are written in one transaction.
const WRITTEN: usize = 500;

/// Writes what is otherwise than before, and marks the projects to be counted in the same transaction.
async fn write(db: &Db, new: &[New], gone: &[Gone]) -> Result<()> {
    for chunk in gone.chunks(WRITTEN) {
        let tx = db.begin().await?;
        tx.lock("metrics").await?;
        let text = format!("DELETE FROM policy_violation WHERE id IN ({})", marks(chunk.len()));
        tx.execute(&text, chunk.iter().map(|gone| gone.1.into()).collect()).await?;
        count_anew(&tx, chunk.iter().map(|gone| gone.0)).await?;
        tx.commit().await?;
    }
    for chunk in new.chunks(WRITTEN) {
        let tx = db.begin().await?;
        tx.lock("metrics").await?;
        // Components and conditions may have gone meanwhile.
        let components = still(&tx, "component", chunk.iter().map(|new| new.1)).await?;
        let conditions = still(&tx, "policy_condition", chunk.iter().map(|new| new.2)).await?;
        let there = chunk.iter().filter(|new| components.contains(&new.1) && conditions.contains(&new.2));
        let now = now_ms();
        let (mut uuids, mut rows) = (Vec::new(), Vec::new());
        for (project, component, condition, kind) in there {
            let uuid = uuid::Uuid::new_v4().to_string();
            rows.push(params![uuid.clone(), *project, *component, *condition, *kind, now]);
            uuids.push(uuid.into());
        }
        let columns = ["uuid", "project_id", "component_id", "condition_id", "kind", "at"];
        tx.insert_many("policy_violation", &columns, rows, "ON CONFLICT DO NOTHING").await?;
        let text =
            format!("SELECT id FROM policy_violation WHERE uuid IN ({}) ORDER BY id", marks(uuids.len()));
        let written: Vec<i64> = tx.column(&text, uuids).await?;
        tell(&tx, &written).await?;
        count_anew(&tx, chunk.iter().map(|new| new.0)).await?;
        tx.commit().await?;
    }
    Ok(())
}

pub(super) async fn count_anew(tx: &Tx, projects: impl Iterator<Item = i64>) -> Result<()> {
    let projects: HashSet<i64> = projects.collect();
    let condition = format!("id IN ({})", marks(projects.len()));
    metrics::mark_where(tx, &condition, projects.into_iter().map(Into::into).collect()).await
}

async fn still(tx: &Tx, table: &str, ids: impl Iterator<Item = i64>) -> Result<HashSet<i64>> {
    let ids: HashSet<i64> = ids.collect();
    let text = format!("SELECT id FROM {table} WHERE id IN ({})", marks(ids.len()));
    let there: Vec<i64> = tx.column(&text, ids.into_iter().map(Into::into).collect()).await?;
    Ok(there.into_iter().collect())
}

/// Tells of new violations.
async fn tell(tx: &Tx, violations: &[i64]) -> Result<()> {
    notification::policy_violated(tx, &violation::told(tx, violations).await?).await
}
