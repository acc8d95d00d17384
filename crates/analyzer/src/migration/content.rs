//! What is inside the projects: properties, components, decisions. Several projects at once.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use dependency_track::List;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::Outcome;
use super::door::path;
use super::kind::{Kind, sync, text};
use super::project::{Copied, done};
use super::{Error, Result, Run, analysis, compare, component, violation};

/// The noun of a project's last row: with it everything inside was dealt with.
pub(super) const FINDINGS: &str = "findings";

const PHASE: &str = "components and analyses";

/// Properties of a project.
struct Property<'a> {
    project: &'a Copied,
}

#[async_trait]
impl Kind for Property<'_> {
    fn noun(&self) -> &'static str {
        "project properties"
    }

    fn is_told(&self) -> bool {
        false
    }

    fn id(&self, object: &Value) -> String {
        format!("{}/{}/{}", self.project.uuid, text(object, "groupName"), text(object, "propertyName"))
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn name(&self, object: &Value) -> String {
        format!("{}: {}/{}", self.project.name, text(object, "groupName"), text(object, "propertyName"))
    }

    fn facts(&self, object: &Value) -> Value {
        json!([text(object, "propertyValue"), text(object, "propertyType"), text(object, "description")])
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["project", &self.project.uuid, "property"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let method = if here.is_some() { "POST" } else { "PUT" };
        let place = path(&["project", &self.project.uuid, "property"]);
        run.door.call(method, &place, Some(there.clone())).await?;
        Ok(None)
    }
}

async fn properties(run: &Run<'_>, copied: &Copied, project: Uuid) -> Result<()> {
    let mut all = run.from.list_all(List::ProjectProperties(project)).await?;
    all.retain(|one| text(one, "propertyType") != "ENCRYPTEDSTRING");
    if all.is_empty() {
        return Ok(());
    }
    sync(run, &Property { project: copied }, &all).await
}

/// Copies what is inside one project.
async fn one(run: &Run<'_>, copied: &Copied) -> Result<()> {
    let Ok(project) = copied.uuid.parse::<Uuid>() else { return Ok(()) };
    if run.may("project properties") {
        run.settle("project properties", properties(run, copied, project).await)?;
    }
    if copied.has_components {
        component::copy(run, copied, project).await?;
        let mut counts = None;
        if run.may("analyses") {
            let copy = async {
                let findings = run.from.findings(project, |_, _| ()).await?;
                analysis::copy(run, copied, project, &findings).await?;
                counts = Some(compare::counts(run, copied, &findings).await?.to_string());
                Ok(())
            };
            run.settle("analyses", copy.await)?;
        }
        if run.may("violation analyses") {
            // Before that there are no violations to decide on.
            if let Some(here) = crate::project::by_uuid(&run.state.db, &copied.uuid).await? {
                crate::policy::settle_project(&run.state.db, here.id).await?;
            }
            run.settle("violation analyses", violation::copy(run, copied, project).await)?;
        }
        run.book.note(FINDINGS, vec![done(&copied.uuid, &copied.name, Outcome::Same, counts)]).await?;
    } else {
        run.book.note(FINDINGS, vec![done(&copied.uuid, &copied.name, Outcome::Same, None)]).await?;
    }
    Ok(())
}

/// Copies what is inside the projects. One that cannot be read is noted, and the others go on.
pub(super) async fn copy(run: &Run<'_>, projects: &[Copied]) -> Result<()> {
    use dependency_track::Error as There;
    let total = projects.len() as u64;
    let finished = AtomicU64::new(0);
    for chunk in projects.chunks(500) {
        let uuids: Vec<String> = chunk.iter().map(|one| one.uuid.clone()).collect();
        let entries = run.book.entries(FINDINGS, &uuids).await?;
        futures::stream::iter(chunk)
            .map(Ok::<_, Error>)
            .try_for_each_concurrent(run.options.parallel.max(1), |copied| {
                let is_done = run.book.is_done(entries.get(&copied.uuid));
                let finished = &finished;
                async move {
                    let result = if is_done { Ok(()) } else { one(run, copied).await };
                    match result {
                        Err(Error::There(
                            error @ (There::ProjectGone { .. }
                            | There::NotFound { .. }
                            | There::Rejected { .. }
                            | There::BadResponse { .. }
                            | There::Forbidden { .. }
                            | There::NotDependencyTrack { .. }
                            | There::Server { .. }
                            | There::Incomplete { .. }),
                        )) => {
                            let row =
                                done(&copied.uuid, &copied.name, Outcome::Failed, Some(error.to_string()));
                            run.book.note(FINDINGS, vec![row]).await?;
                        }
                        other => other?,
                    }
                    let now = finished.fetch_add(1, Ordering::Relaxed) + 1;
                    run.tell(PHASE, now, Some(total));
                    Ok(())
                }
            })
            .await?;
    }
    Ok(())
}
