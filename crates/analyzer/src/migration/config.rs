//! Settings. Secrets cannot be read from any Dependency-Track.

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::kind::{Kind, sync, text};
use super::{Result, Run};
use crate::config_property;

struct Setting;

/// What a server notes for itself, or hides.
fn is_own(object: &Value) -> bool {
    let name = text(object, "propertyName");
    is_secret(object)
        || name.ends_with(".epoch.seconds")
        || name.starts_with("last.submission")
        || matches!(name.as_str(), "cluster.id" | "default.objects.version" | "template.baseDir")
}

/// A secret by its type, or by its name: some are plain text in 4.x.
fn is_secret(object: &Value) -> bool {
    let name = text(object, "propertyName").to_lowercase();
    text(object, "propertyType") == "ENCRYPTEDSTRING"
        || ["password", "token", "apikey", "api.key", "secret"].iter().any(|word| name.ends_with(word))
}

#[async_trait]
impl Kind for Setting {
    fn noun(&self) -> &'static str {
        "settings"
    }

    fn id(&self, object: &Value) -> String {
        format!("{}/{}", text(object, "groupName"), text(object, "propertyName"))
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn name(&self, object: &Value) -> String {
        self.id(object)
    }

    fn facts(&self, object: &Value) -> Value {
        json!(text(object, "propertyValue").trim())
    }

    fn is_untouched(&self, _: &Run<'_>, here: &Value) -> bool {
        let default = config_property::default_of(&text(here, "groupName"), &text(here, "propertyName"));
        default.is_some_and(|default| default.unwrap_or_default() == text(here, "propertyValue"))
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["configProperty"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        _: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let body = json!({
            "groupName": there.get("groupName"),
            "propertyName": there.get("propertyName"),
            "propertyValue": there.get("propertyValue"),
        });
        run.door.call("POST", "/api/v1/configProperty", Some(body)).await?;
        Ok(None)
    }
}

/// Copies the settings that exist here.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::ConfigProperties).await?;
    let known = |object: &Value| {
        config_property::default_of(&text(object, "groupName"), &text(object, "propertyName")).is_some()
    };
    let names = |wanted: &dyn Fn(&Value) -> bool| {
        let names: Vec<String> =
            all.iter().filter(|object| wanted(object)).map(|object| Setting.id(object)).collect();
        names.join(", ")
    };
    let secrets = names(&|object| is_secret(object) && known(object));
    if !secrets.is_empty() {
        run.advise(format!("Secrets cannot be read. Set those you use again: {secrets}."));
    }
    let unknown = names(&|object| !is_own(object) && !known(object));
    if !unknown.is_empty() {
        run.advise(format!("Settings that do not exist here were left out: {unknown}."));
    }
    let wanted: Vec<Value> = all.iter().filter(|object| known(object) && !is_own(object)).cloned().collect();
    sync(run, &Setting, &wanted).await
}
