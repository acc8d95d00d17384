//! Decisions about findings, with their trail: written as rows, because they keep times and names.

use std::collections::{BTreeSet, HashMap};

use dependency_track::{Analysis, Finding, Vulnerability};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, Tx, marks, now_ms, params};
use uuid::Uuid;

use super::book::{self, Outcome, plan};
use super::project::Copied;
use super::waiting;
use super::{Result, Run};
use crate::attribution;

const NOUN: &str = "analyses";
const VULNERABILITIES: &str = "vulnerabilities";

/// A decision in one form for both sides: state, justification, response, details, suppression, trail.
fn facts(analysis: &Analysis) -> Value {
    let trail: Vec<Value> = analysis
        .comments
        .iter()
        .map(|one| json!([one.timestamp.unwrap_or_default(), one.comment, one.commenter]))
        .collect();
    waiting::decision(
        analysis.state.as_str(),
        analysis.justification.as_str(),
        analysis.response.as_str(),
        analysis.details.as_deref(),
        analysis.suppressed,
        trail,
    )
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    uuid: String,
    source: String,
    vuln_id: String,
}

/// The vulnerabilities here of the findings there, by source and id.
async fn known(sql: &impl Sql, findings: &[Finding]) -> Result<HashMap<(String, String), Known>> {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.vulnerability.vuln_id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut out = HashMap::new();
    for chunk in ids.chunks(500) {
        let text = format!(
            "SELECT id, uuid, source, vuln_id FROM vulnerability WHERE vuln_id IN ({})",
            marks(chunk.len())
        );
        let rows: Vec<Known> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        out.extend(rows.into_iter().map(|row| ((row.source.clone(), row.vuln_id.clone()), row)));
    }
    Ok(out)
}

/// Gives the vulnerabilities here the uuids that they have there, and says which are not known here.
async fn keep_uuids(run: &Run<'_>, findings: &[Finding]) -> Result<HashMap<(String, String), i64>> {
    let known = known(&run.state.db, findings).await?;
    let named: HashMap<String, &Vulnerability> = findings
        .iter()
        .map(|finding| (finding.vulnerability.uuid.to_string(), &finding.vulnerability))
        .collect();
    let uuids: Vec<String> = named.keys().cloned().collect();
    let entries = run.book.entries(VULNERABILITIES, &uuids).await?;
    let mut rows = Vec::new();
    for (uuid, vulnerability) in &named {
        let entry = entries.get(uuid);
        let here = known.get(&(vulnerability.source.clone(), vulnerability.vuln_id.clone()));
        if run.book.is_done(entry) && here.is_some_and(|here| here.uuid == *uuid) {
            continue;
        }
        let name = format!("{} {}", vulnerability.source, vulnerability.vuln_id);
        let outcome = match here {
            None => Outcome::Waiting,
            Some(here) if here.uuid == *uuid => Outcome::Same,
            Some(_) => Outcome::Changed,
        };
        rows.push((super::project::done(uuid, &name, outcome, None), here));
    }
    if run.book.is_dry() {
        run.book.note(VULNERABILITIES, rows.into_iter().map(|(row, _)| row).collect()).await?;
    } else if !rows.is_empty() {
        let tx = run.state.db.begin().await?;
        let mut entries = Vec::with_capacity(rows.len());
        for (mut row, here) in rows {
            if let (Outcome::Changed, Some(here)) = (row.outcome, here) {
                // Another project may have come first.
                let text = "SELECT id FROM vulnerability WHERE uuid = ?";
                let owner: Option<i64> = tx.scalar(text, params![row.uuid.clone()]).await?;
                if owner == Some(here.id) {
                    row.outcome = Outcome::Same;
                } else if owner.is_some() || run.book.is_of_another(&tx, &here.uuid).await? {
                    row.outcome = Outcome::Kept;
                } else {
                    tx.update("vulnerability", here.id, &[("uuid", row.uuid.clone().into())]).await?;
                }
            }
            entries.push(row);
        }
        run.book.write(&tx, VULNERABILITIES, entries).await?;
        tx.commit().await?;
    }
    Ok(known.into_iter().map(|(name, row)| (name, row.id)).collect())
}

/// The components of a project here, by uuid.
pub(super) async fn components(sql: &impl Sql, project: &str) -> Result<HashMap<String, i64>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        uuid: String,
    }
    let text = "SELECT c.id, c.uuid FROM component c JOIN project p ON p.id = c.project_id WHERE p.uuid = ?";
    let rows: Vec<Row> = sql.rows(text, params![project]).await?;
    Ok(rows.into_iter().map(|row| (row.uuid, row.id)).collect())
}

/// The vulnerability here that a finding there is about: the same record, or the record of another
/// source for the same flaw that the component has here.
async fn target(
    run: &Run<'_>,
    known: &HashMap<(String, String), i64>,
    component: i64,
    vulnerability: &Vulnerability,
) -> Result<Option<i64>> {
    let name = (vulnerability.source.clone(), vulnerability.vuln_id.clone());
    if let Some(id) = known.get(&name) {
        return Ok(Some(*id));
    }
    let ids = vulnerability.ids();
    let text = format!(
        "SELECT v.id FROM component c {} JOIN vulnerability v ON v.id = m.vulnerability_id \
         WHERE c.id = ? AND v.vuln_id IN ({}) ORDER BY v.id LIMIT 1",
        attribution::JOIN,
        marks(ids.len())
    );
    let mut values = params![component];
    values.extend(ids.into_iter().map(Into::into));
    Ok(run.state.db.scalar(&text, values).await?)
}

/// Links by hand: a finding that no analyzer made.
async fn links(run: &Run<'_>, findings: &[Finding]) -> Result<()> {
    const LINKS: &str = "links by hand";
    let mut rows = Vec::new();
    for finding in findings {
        let by_hand = finding.attribution.as_ref().and_then(|one| one.analyzer_identity.as_deref());
        if by_hand != Some(attribution::MANUAL) {
            continue;
        }
        let (component, vulnerability) = (finding.component.uuid.to_string(), &finding.vulnerability);
        let id = format!("{component}:{}", vulnerability.uuid);
        let entry = run.book.entries(LINKS, std::slice::from_ref(&id)).await?.remove(&id);
        let name = format!("{} of {}", vulnerability.vuln_id, finding.component.name);
        if entry.is_some_and(|entry| !matches!(entry.outcome, Outcome::Failed)) {
            rows.push(super::project::done(&id, &name, Outcome::Same, None));
            continue;
        }
        if run.book.is_dry() {
            rows.push(super::project::done(&id, &name, Outcome::New, None));
            continue;
        }
        let source = &vulnerability.source;
        let parts =
            ["vulnerability", "source", source, "vuln", &vulnerability.vuln_id, "component", &component];
        rows.push(match run.door.call("POST", &super::door::path(&parts), None).await {
            Ok(_) => super::project::done(&id, &name, Outcome::New, None),
            Err(error @ crate::Error::Text(..)) => {
                super::project::done(&id, &name, Outcome::Failed, Some(error.to_string()))
            }
            Err(error) => return Err(error.into()),
        });
    }
    Ok(run.book.note(LINKS, rows).await?)
}

/// Copies the decisions about the findings of a project.
pub(super) async fn copy(run: &Run<'_>, copied: &Copied, project: Uuid, findings: &[Finding]) -> Result<()> {
    let known = keep_uuids(run, findings).await?;
    links(run, findings).await?;
    let components = components(&run.state.db, &copied.uuid).await?;
    let made: Vec<&Finding> = findings.iter().filter(|finding| finding.analysis.is_made()).collect();
    let id = |finding: &Finding| format!("{}:{}", finding.component.uuid, finding.vulnerability.uuid);
    let ids: Vec<String> = made.iter().map(|finding| id(finding)).collect();
    let entries = run.book.entries(NOUN, &ids).await?;
    let (mut rows, mut due) = (Vec::new(), Vec::new());
    for finding in made {
        let vulnerability = &finding.vulnerability;
        let analysis = run.from.analysis(project, finding.component.uuid, vulnerability.uuid).await?;
        let Some(analysis) = analysis else { continue };
        let there = facts(&analysis);
        let component = components.get(&finding.component.uuid.to_string()).copied();
        let target = match component {
            Some(component) => target(run, &known, component, vulnerability).await?,
            None => None,
        };
        let here = match (component, target) {
            (Some(component), Some(target)) => waiting::read(&run.state.db, component, target).await?,
            _ => None,
        };
        let uuid = id(finding);
        let entry = entries.get(&uuid);
        let mut outcome = plan(entry, &there, here.as_ref(), false, run.options.overwrite);
        let writes = matches!(outcome, Outcome::New | Outcome::Changed);
        let waits = target.is_none() && (component.is_some() || run.book.is_dry());
        let mut row =
            book::settled(entry, outcome, &there, if writes { Some(&there) } else { here.as_ref() });
        row.name = format!("{}: {} of {}", copied.name, vulnerability.vuln_id, finding.component.name);
        row.uuid = uuid;
        if waits && (writes || entry.is_some_and(|entry| entry.outcome == Outcome::Waiting)) {
            outcome = Outcome::Waiting;
            if !run.book.is_dry() {
                row.note =
                    Some("its vulnerability is not known here yet; it is applied when it arrives".to_owned());
            }
        } else if component.is_none() && writes && !run.book.is_dry() {
            outcome = Outcome::Failed;
            row.note = Some("its component is not here".to_owned());
            row.seen.clear();
        }
        row.outcome = outcome;
        if let Some(component) = component.filter(|_| writes) {
            due.push((component, target, there, vulnerability));
        }
        rows.push(row);
    }
    if run.book.is_dry() {
        return Ok(run.book.note(NOUN, rows).await?);
    }
    let tx = run.state.db.begin().await?;
    for (component, target, decision, vulnerability) in due {
        match target {
            Some(target) => waiting::write(&tx, component, target, &decision).await?,
            None => wait(&tx, component, vulnerability, &decision).await?,
        }
    }
    for row in &mut rows {
        row.at = now_ms();
    }
    run.book.write(&tx, NOUN, rows).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a decision until its vulnerability is known here.
async fn wait(tx: &Tx, component: i64, vulnerability: &Vulnerability, decision: &Value) -> Result<()> {
    tx.execute(
        "INSERT INTO waiting_analysis (component_id, source, vuln_id, vulnerability_uuid, decision) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (component_id, source, vuln_id) DO UPDATE SET decision = excluded.decision",
        params![
            component,
            vulnerability.source.clone(),
            vulnerability.vuln_id.clone(),
            vulnerability.uuid.to_string(),
            decision.to_string(),
        ],
    )
    .await?;
    Ok(())
}
