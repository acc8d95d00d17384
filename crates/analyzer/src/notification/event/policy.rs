//! Violations of policies and decisions about them.

use std::collections::HashMap;

use serde_json::{Value, json};
use storage::{Sql, Tx, marks};

use super::send;
use crate::component::{self, Component};
use crate::notification::group::{INFORMATIONAL, PORTFOLIO};
use crate::notification::notice::{self, Notice, iso};
use crate::notification::rule::Audience;
use crate::server::Result;

/// A violation, with the condition and the policy that a component breaks.
#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub uuid: String,
    pub component_id: i64,
    /// `LICENSE`, `SECURITY` or `OPERATIONAL`.
    pub kind: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub condition_uuid: String,
    pub subject: String,
    pub operator: String,
    pub value: String,
    pub policy_uuid: String,
    pub policy_name: String,
    /// `INFO`, `WARN` or `FAIL`.
    pub policy_state: String,
}

impl Violation {
    fn json(&self) -> Value {
        json!({
            "uuid": self.uuid,
            "type": self.kind,
            "timestamp": iso(self.at),
            "policyCondition": self.condition(),
        })
    }

    /// The condition with its policy.
    pub(in crate::notification) fn condition(&self) -> Value {
        json!({
            "uuid": self.condition_uuid,
            "subject": self.subject,
            "operator": self.operator,
            "value": self.value,
            "policy": {
                "uuid": self.policy_uuid,
                "name": self.policy_name,
                "violationState": self.policy_state,
            },
        })
    }
}

async fn components(tx: &Tx, violations: &[Violation]) -> Result<HashMap<i64, Component>> {
    let mut out = HashMap::new();
    for chunk in violations.chunks(500) {
        let values = chunk.iter().map(|violation| violation.component_id.into()).collect();
        let text =
            format!("SELECT {} FROM component c WHERE c.id IN ({})", component::COLUMNS, marks(chunk.len()));
        out.extend(tx.rows::<Component>(&text, values).await?.into_iter().map(|c| (c.id, c)));
    }
    Ok(out)
}

fn of_projects(components: &HashMap<i64, Component>) -> Vec<i64> {
    let mut ids: Vec<i64> = components.values().map(|component| component.project_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Components break policies that they did not break before.
pub(crate) async fn policy_violated(tx: &Tx, violations: &[Violation]) -> Result<()> {
    let kind = (PORTFOLIO, "POLICY_VIOLATION", INFORMATIONAL);
    if violations.is_empty() || Audience::of(tx, kind, &[]).await?.is_empty() {
        return Ok(());
    }
    let components = components(tx, violations).await?;
    let ids = of_projects(&components);
    let audience = Audience::of(tx, kind, &ids).await?;
    let projects = notice::projects(tx, &ids).await?;
    for violation in violations {
        let Some(component) = components.get(&violation.component_id) else { continue };
        let Some((project, shown)) = projects.get(&component.project_id) else { continue };
        let subject = json!({
            "project": shown,
            "component": notice::component(component),
            "policyViolation": violation.json(),
        });
        let title = format!("Policy Violation on Project: [{}]", project.title());
        let content = format!("A {} policy violation occurred", violation.kind.to_lowercase());
        let notice = Notice::new(kind, title, content, subject);
        send(tx, &audience.of_project(project.id), &notice).await?;
    }
    Ok(())
}

/// A decision about a violation was changed; `state` is `APPROVED`, `REJECTED` or `NOT_SET`.
pub(crate) async fn violation_audit_changed(
    tx: &Tx,
    violation: &Violation,
    (state, suppressed): (&str, bool),
    state_changed: bool,
) -> Result<()> {
    let kind = (PORTFOLIO, "PROJECT_AUDIT_CHANGE", INFORMATIONAL);
    let components = components(tx, std::slice::from_ref(violation)).await?;
    let Some(component) = components.get(&violation.component_id) else { return Ok(()) };
    let audience = Audience::of(tx, kind, &[component.project_id]).await?;
    let rules = audience.of_project(component.project_id);
    if rules.is_empty() {
        return Ok(());
    }
    let projects = notice::projects(tx, &[component.project_id]).await?;
    let Some((project, shown)) = projects.get(&component.project_id) else { return Ok(()) };
    let what = match (state_changed, state, suppressed) {
        (false, _, true) => "Violation Suppressed",
        (false, _, false) => "Violation UnSuppressed",
        (true, "APPROVED", _) => "Approved",
        (true, "REJECTED", _) => "Rejected",
        (true, ..) => "Marking Finding as NOT SET",
    };
    let subject = json!({
        "component": notice::component(component),
        "project": shown,
        "policyViolation": violation.json(),
        "analysis": { "suppressed": suppressed, "state": state },
    });
    let title = format!("Violation Analysis Decision: {what} on Project: [{}]", project.title());
    let content = "An violation analysis decision was made to a policy violation affecting a project";
    send(tx, &rules, &Notice::new(kind, title, content, subject)).await
}
