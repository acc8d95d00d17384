//! What there is to tell (behaviour reference §10.4). Each delivery is put into the outbox in the
//! transaction of what it tells; nobody pays for what nobody listens to.

mod audit;
mod bom;
mod policy;
mod retracted;
mod system;
mod vulnerability;

pub(crate) use audit::{audit_changed, hears_of_audits};
pub(crate) use bom::{
    Document, bom_consumed, bom_failed, bom_processed, bom_validation_failed, vex_processed,
};
pub(crate) use policy::{Violation, policy_violated, violation_audit_changed};
pub(crate) use retracted::lost_matches;
pub(crate) use system::{
    analyzer_failed, configuration_failed, configured, file_failed, integration_failed, mirrored,
    repository_failed, user_created, user_deleted,
};
pub(crate) use vulnerability::new_matches;

use serde_json::json;
use storage::Tx;

use super::deliver;
use super::group::{INFORMATIONAL, PORTFOLIO};
use super::notice::{self, Notice};
use super::rule::{Audience, Rule};
use crate::project::Project;
use crate::server::Result;

/// Puts a notification into the outbox for each of these rules.
async fn send(tx: &Tx, rules: &[&Rule], notice: &Notice) -> Result<()> {
    for rule in rules {
        deliver::put(tx, rule, notice.clone()).await?;
    }
    Ok(())
}

/// A project was made.
pub(crate) async fn project_created(tx: &Tx, project: &Project) -> Result<()> {
    let what = (PORTFOLIO, "PROJECT_CREATED", INFORMATIONAL);
    let audience = Audience::of(tx, what, &[project.id]).await?;
    if audience.is_empty() {
        return Ok(());
    }
    let subject = json!({ "project": notice::project(tx, project).await? });
    let content = format!("{} was created", project.name);
    send(tx, &audience.rules(), &Notice::new(what, "Project Added", content, subject)).await
}
