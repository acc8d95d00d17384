//! Tags, so that those that nothing has are there, too.

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::kind::{Kind, sync, text};
use super::{Result, Run};

struct Tag;

#[async_trait]
impl Kind for Tag {
    fn noun(&self) -> &'static str {
        "tags"
    }

    fn id(&self, object: &Value) -> String {
        text(object, "name")
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn facts(&self, _: &Value) -> Value {
        Value::Null
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["tag"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        _: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        run.door.call("PUT", "/api/v1/tag", Some(json!([text(there, "name")]))).await?;
        Ok(None)
    }
}

/// Copies the tags.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Tags).await?;
    sync(run, &Tag, &all).await
}
