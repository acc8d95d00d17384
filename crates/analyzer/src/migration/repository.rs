//! Package repositories, without their passwords.

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::kind::{Kind, flag, keep_uuid, only, sync, text};
use super::{Result, Run};

struct Repository;

#[async_trait]
impl Kind for Repository {
    fn noun(&self) -> &'static str {
        "repositories"
    }

    fn table(&self) -> Option<&'static str> {
        Some("repository")
    }

    fn key(&self, object: &Value) -> Option<String> {
        Some(self.name(object))
    }

    fn name(&self, object: &Value) -> String {
        format!("{} {}", text(object, "type"), text(object, "identifier"))
    }

    fn facts(&self, object: &Value) -> Value {
        let members = ["url", "resolutionOrder", "enabled", "internal", "authenticationRequired", "username"];
        only(object, &members)
    }

    fn is_untouched(&self, run: &Run<'_>, _: &Value) -> bool {
        run.book.fresh
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["repository"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let mut body = there.clone();
        if let Some(here) = here {
            if let Some(uuid) = body.get_mut("uuid") {
                *uuid = json!(text(here, "uuid"));
            }
            run.door.call("POST", "/api/v1/repository", Some(body)).await?;
        } else {
            let made = run.door.call("PUT", "/api/v1/repository", Some(body.clone())).await?;
            keep_uuid(run, "repository", &text(&made.unwrap_or_default(), "uuid"), &text(there, "uuid"))
                .await?;
            // The order is given by the server when one is made.
            run.door.call("POST", "/api/v1/repository", Some(body)).await?;
        }
        Ok(None)
    }

    fn remark(&self, there: &Value) -> Option<String> {
        flag(there, "authenticationRequired").then(|| "its password cannot be read: set it again".to_owned())
    }
}

/// Copies the repositories.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Repositories).await?;
    sync(run, &Repository, &all).await
}
