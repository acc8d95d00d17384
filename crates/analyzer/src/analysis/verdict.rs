//! What vulnerability policies decide about findings, and taking it back (behaviour reference §8.6).
//! What people decided stays: a policy gives such a finding its ratings alone.

use std::collections::{BTreeSet, HashMap};

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::rated::{Rated, rank};
use super::{Analysis, NOT_SET, columns};
use crate::attribution::JOIN;
use crate::server::Result;
use crate::{component, notification, vulnerability};

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub state: String,
    pub justification: String,
    pub response: String,
    pub details: Option<String>,
    pub suppressed: bool,
}

impl Default for Decision {
    fn default() -> Decision {
        let not_set = || NOT_SET.to_owned();
        Decision {
            state: not_set(),
            justification: not_set(),
            response: not_set(),
            details: None,
            suppressed: false,
        }
    }
}

/// What is to become of a finding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// The policy that says so; none when no policy has anything to say any more.
    pub policy: Option<i64>,
    /// Who is named in the trail.
    pub commenter: String,
    /// What the trail begins with.
    pub reason: String,
    pub decision: Decision,
    pub rated: Rated,
}

impl Verdict {
    /// What a finding becomes that no policy speaks of any more.
    pub(crate) fn none() -> Verdict {
        Verdict {
            commenter: "[Policy{None}]".to_owned(),
            reason: "No longer covered by any policy".to_owned(),
            ..Verdict::default()
        }
    }

    /// The rating of a method (`CVSSV2`, …); of several severities the highest counts.
    pub(crate) fn rate(&mut self, method: &str, severity: &str, vector: Option<&str>, score: Option<f64>) {
        let rated = &mut self.rated;
        let is_higher = rated.rated_severity.as_deref().is_none_or(|known| rank(severity) < rank(known));
        if is_higher {
            rated.rated_severity = Some(severity.to_owned());
        }
        let vector = vector.map(str::to_owned);
        match method {
            "CVSSV2" => (rated.rated_cvss_v2_vector, rated.rated_cvss_v2_score) = (vector, score),
            "CVSSV3" => (rated.rated_cvss_v3_vector, rated.rated_cvss_v3_score) = (vector, score),
            "CVSSV4" => (rated.rated_cvss_v4_vector, rated.rated_cvss_v4_score) = (vector, score),
            _ => (rated.rated_owasp_vector, rated.rated_owasp_score) = (vector, score),
        }
    }
}

/// A finding as policies look at it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Governed {
    pub component_id: i64,
    pub project_id: i64,
    pub vulnerability_id: i64,
    #[sea_orm(nested)]
    pub analysis: Option<Analysis>,
}

/// The findings of these components, suppressed ones too, by component.
pub(crate) async fn governed(sql: &impl Sql, components: &[i64]) -> Result<Vec<Governed>> {
    let mut out = Vec::new();
    for chunk in components.chunks(5_000) {
        let text = format!(
            "SELECT c.id AS component_id, c.project_id, m.vulnerability_id, {} FROM component c {JOIN} \
             LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = m.vulnerability_id \
             WHERE c.id IN ({}) ORDER BY c.id, m.vulnerability_id",
            columns(),
            marks(chunk.len())
        );
        let rows: Vec<Governed> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        out.extend(rows);
    }
    Ok(out)
}

impl Governed {
    /// Whether a verdict changes anything here.
    pub(crate) fn differs(&self, verdict: &Verdict) -> bool {
        match &self.analysis {
            Some(analysis) => !trail(analysis, verdict).1.is_empty(),
            None => verdict.policy.is_some(),
        }
    }
}

/// The trail of a verdict, and the columns that change.
fn trail(before: &Analysis, verdict: &Verdict) -> (Vec<String>, Vec<(&'static str, Value)>) {
    let mut trail = Vec::new();
    let mut changes: Vec<(&'static str, Value)> = Vec::new();
    let wanted = &verdict.decision;
    // What people decided stays.
    if !before.by_hand {
        let words = [
            ("state", "Analysis", &before.state, &wanted.state),
            ("justification", "Justification", &before.justification, &wanted.justification),
            ("response", "Vendor Response", &before.response, &wanted.response),
        ];
        for (column, label, old, new) in words {
            if old != new {
                trail.push(format!("{label}: {old} → {new}"));
                changes.push((column, new.clone().into()));
            }
        }
        if before.details != wanted.details {
            trail.push(format!("Details: {}", wanted.details.as_deref().unwrap_or("(None)")));
            changes.push(("details", wanted.details.clone().into()));
        }
        if before.suppressed != wanted.suppressed {
            trail.push(if wanted.suppressed { "Suppressed" } else { "Unsuppressed" }.to_owned());
            changes.push(("suppressed", wanted.suppressed.into()));
        }
    }
    for (old, new) in before.rated.parts().iter().zip(verdict.rated.parts().iter()) {
        if old.stored() != new.stored() {
            trail.push(format!("{}: {} → {}", new.label, old.shown(), new.shown()));
            changes.push((new.column, new.stored()));
        }
    }
    if before.vulnerability_policy_id != verdict.policy {
        changes.push(("vulnerability_policy_id", verdict.policy.into()));
    }
    // The same policy over again says nothing new; neither does another one that says the same.
    if !trail.is_empty() || verdict.policy.is_none() {
        trail.insert(0, verdict.reason.clone());
    }
    (trail, changes)
}

/// Writes what policies decided, with its trail; how many findings are otherwise than before. Projects
/// are marked to be counted anew by the caller.
pub(crate) async fn govern(tx: &Tx, verdicts: &[(&Governed, &Verdict)]) -> Result<usize> {
    let there = still_there(tx, verdicts).await?;
    let listening = notification::hears_of_audits(tx).await?;
    let now = now_ms();
    let mut comments = Vec::new();
    let mut changed = 0;
    for (finding, verdict) in verdicts {
        let key = (finding.component_id, finding.vulnerability_id);
        if !there.contains(&key) {
            continue;
        }
        tx.lock(&format!("analysis:{}:{}", key.0, key.1)).await?;
        // As it is now: somebody may have decided meanwhile.
        let before = match super::find(tx, key.0, key.1).await? {
            Some(analysis) => analysis,
            None if verdict.policy.is_none() => continue,
            None => super::create_for(tx, finding.project_id, key).await?,
        };
        let (trail, changes) = trail(&before, verdict);
        if changes.is_empty() {
            continue;
        }
        changed += 1;
        tx.update("analysis", before.id, &changes).await?;
        for comment in trail {
            comments.push(params![before.id, now, comment, verdict.commenter.clone()]);
        }
        let is_changed = |column: &str| changes.iter().any(|(name, _)| *name == column);
        if listening && (is_changed("state") || is_changed("suppressed")) {
            let after = Analysis {
                state: verdict.decision.state.clone(),
                suppressed: verdict.decision.suppressed,
                ..before
            };
            let component = component::by_row(tx, key.0).await?;
            let vulnerability = vulnerability::by_row(tx, key.1).await?;
            if let (Some(component), Some(vulnerability)) = (component, vulnerability) {
                let state = is_changed("state");
                notification::audit_changed(tx, &component, &vulnerability, &after, state).await?;
            }
        }
    }
    tx.insert_many("analysis_comment", &["analysis_id", "at", "comment", "commenter"], comments, "").await?;
    Ok(changed)
}

/// Which of these still have a component and a vulnerability: both may have gone meanwhile.
async fn still_there(tx: &Tx, verdicts: &[(&Governed, &Verdict)]) -> Result<BTreeSet<(i64, i64)>> {
    let mut found: HashMap<&str, BTreeSet<i64>> = HashMap::new();
    for table in ["component", "vulnerability"] {
        let ids: BTreeSet<i64> = verdicts
            .iter()
            .map(|(one, _)| if table == "component" { one.component_id } else { one.vulnerability_id })
            .collect();
        let text = format!("SELECT id FROM {table} WHERE id IN ({})", marks(ids.len()));
        let rows: Vec<i64> = tx.column(&text, ids.into_iter().map(Into::into).collect()).await?;
        found.insert(table, rows.into_iter().collect());
    }
    let has = |table: &str, id: i64| found.get(table).is_some_and(|ids| ids.contains(&id));
    Ok(verdicts
        .iter()
        .map(|(one, _)| (one.component_id, one.vulnerability_id))
        .filter(|(component, vulnerability)| {
            has("component", *component) && has("vulnerability", *vulnerability)
        })
        .collect())
}
