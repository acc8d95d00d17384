//! Decisions about findings.

use serde_json::json;
use storage::Tx;

use super::send;
use crate::analysis::Analysis;
use crate::component::Component;
use crate::notification::group::{INFORMATIONAL, PORTFOLIO};
use crate::notification::notice::{self, Notice};
use crate::notification::rule::Audience;
use crate::project;
use crate::server::Result;
use crate::vulnerability::Vulnerability;

const KIND: (&str, &str, &str) = (PORTFOLIO, "PROJECT_AUDIT_CHANGE", INFORMATIONAL);

/// Whether somebody listens to decisions at all.
pub(crate) async fn hears_of_audits(tx: &Tx) -> Result<bool> {
    Ok(!Audience::of(tx, KIND, &[]).await?.is_empty())
}

/// A decision about a finding was changed.
pub(crate) async fn audit_changed(
    tx: &Tx,
    component: &Component,
    vulnerability: &Vulnerability,
    analysis: &Analysis,
    state_changed: bool,
) -> Result<()> {
    let audience = Audience::of(tx, KIND, &[component.project_id]).await?;
    let rules = audience.of_project(component.project_id);
    if rules.is_empty() {
        return Ok(());
    }
    let Some(project) = project::by_ids(tx, &[component.project_id]).await?.pop() else { return Ok(()) };
    let what = match (state_changed, analysis.state.as_str(), analysis.suppressed) {
        (false, _, true) => "Finding Suppressed",
        (false, _, false) => "Finding UnSuppressed",
        (true, "EXPLOITABLE", _) => "Exploitable",
        (true, "IN_TRIAGE", _) => "In Triage",
        (true, "NOT_AFFECTED", _) => "Not Affected",
        (true, "FALSE_POSITIVE", _) => "False Positive",
        (true, "RESOLVED", _) => "Finding Resolved",
        (true, ..) => "Marking Finding as NOT SET",
    };
    let subject = json!({
        "component": notice::component(component),
        "project": notice::project(tx, &project).await?,
        "vulnerability": notice::vulnerability(vulnerability),
        "analysis": { "suppressed": analysis.suppressed, "state": analysis.state },
    });
    let title = format!("Analysis Decision: {what} on Project: [{}]", project.title());
    let content = "An analysis decision was made to a finding affecting a project";
    send(tx, &rules, &Notice::new(KIND, title, content, subject)).await
}
