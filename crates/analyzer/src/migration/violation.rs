//! Decisions about violations of policies.

use async_trait::async_trait;
use dependency_track::{List, Object};
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::path;
use super::kind::{Kind, flag, items, sync, text};
use super::project::Copied;
use super::{Result, Run};
use crate::Error;

/// The violations of a project, each with what was decided.
struct Decision<'a> {
    project: &'a str,
}

/// What a violation concerns, the same on both sides: the component and the condition.
fn subject(violation: &Value) -> String {
    let uuid = |name: &str| violation.get(name).map(|one| text(one, "uuid")).unwrap_or_default();
    format!("{}:{}", uuid("component"), uuid("policyCondition"))
}

#[async_trait]
impl Kind for Decision<'_> {
    fn noun(&self) -> &'static str {
        "violation analyses"
    }

    fn is_told(&self) -> bool {
        false
    }

    fn id(&self, object: &Value) -> String {
        subject(object)
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn name(&self, object: &Value) -> String {
        let name = |name: &str| object.get(name).map(|one| text(one, "name")).unwrap_or_default();
        format!("{} of {}", text(object, "type"), name("component"))
    }

    fn facts(&self, object: &Value) -> Value {
        let analysis = object.get("analysis").cloned().unwrap_or_default();
        json!([text(&analysis, "analysisState"), flag(&analysis, "isSuppressed")])
    }

    fn is_untouched(&self, _: &Run<'_>, here: &Value) -> bool {
        here.get("analysis").is_none_or(Value::is_null)
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        let place = path(&["violation", "project", self.project]);
        match run.door.call("GET", &format!("{place}?suppressed=true&offset=0&limit=1000000"), None).await? {
            Some(Value::Array(all)) => Ok(all),
            _ => Ok(Vec::new()),
        }
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let here = here.ok_or_else(|| {
            Error::bad_request("the violation is not here yet: run again when the policies are evaluated")
        })?;
        let analysis = there.get("analysis").cloned().unwrap_or_default();
        // The trail as one comment: who said what, and when.
        let trail: Vec<String> = items(&analysis, "analysisComments")
            .map(|one| {
                let at = one
                    .get("timestamp")
                    .and_then(Value::as_i64)
                    .and_then(chrono::DateTime::from_timestamp_millis);
                let at = at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
                format!("{at} {}: {}", text(one, "commenter"), text(one, "comment"))
            })
            .collect();
        let body = json!({
            "component": here.get("component").map(|one| text(one, "uuid")),
            "policyViolation": text(here, "uuid"),
            "analysisState": text(&analysis, "analysisState"),
            "isSuppressed": flag(&analysis, "isSuppressed"),
            "comment": trail.join("\n"),
        });
        run.door.call("PUT", "/api/v1/violation/analysis", Some(body)).await?;
        Ok(None)
    }
}

/// Copies the decisions about the violations of a project.
pub(super) async fn copy(run: &Run<'_>, copied: &Copied, project: Uuid) -> Result<()> {
    let mut decided = Vec::new();
    for mut violation in run.from.list_all(List::Violations(project)).await? {
        if violation.get("analysis").is_none_or(Value::is_null) {
            continue;
        }
        let component = violation.get("component").map(|one| text(one, "uuid")).unwrap_or_default();
        let uuid = text(&violation, "uuid");
        let analysis = run.from.object(Object::ViolationAnalysis(&component, &uuid)).await?;
        if let (Some(analysis), Some(violation)) = (analysis, violation.as_object_mut()) {
            violation.insert("analysis".to_owned(), analysis);
        }
        decided.push(violation);
    }
    if decided.is_empty() {
        return Ok(());
    }
    sync(run, &Decision { project: &copied.uuid }, &decided).await
}
