//! Policies with their conditions, projects and tags.

use std::collections::HashMap;

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::door::path;
use super::kind::{Kind, difference, flag, items, keep_uuid, sync, text, texts};
use super::license;
use super::{Result, Run};

/// Licences and groups are named by uuids, which differ between servers: here by what they are called.
struct Policy {
    /// What the uuids of the other server's licences and groups, and of ours, are called.
    names: HashMap<String, String>,
    /// Our uuids of licences and groups, by what they are called.
    uuids: HashMap<String, String>,
}

impl Policy {
    async fn read(run: &Run<'_>) -> Result<Policy> {
        let mut uuids = license::by_id(run).await.unwrap_or_default();
        for group in run.door.list(&["licenseGroup"]).await.unwrap_or_default() {
            uuids.insert(text(&group, "name"), text(&group, "uuid"));
        }
        let mut names = run.licences.lock().map(|names| names.clone()).unwrap_or_default();
        names.extend(uuids.iter().map(|(name, uuid)| (uuid.clone(), name.clone())));
        Ok(Policy { names, uuids })
    }

    /// Subject, operator, value and type of a condition, with names in the place of uuids.
    fn condition(&self, condition: &Value) -> Vec<String> {
        let subject = text(condition, "subject");
        let mut value = text(condition, "value");
        if matches!(subject.as_str(), "LICENSE" | "LICENSE_GROUP")
            && let Some(name) = self.names.get(&value)
        {
            value.clone_from(name);
        }
        vec![subject, text(condition, "operator"), value, text(condition, "violationType")]
    }

    fn conditions(&self, policy: &Value) -> Vec<Vec<String>> {
        let mut all: Vec<_> = items(policy, "policyConditions").map(|one| self.condition(one)).collect();
        all.sort();
        all
    }

    /// The body of a condition as it is written here; nothing when its licence is not known here.
    fn body(&self, condition: &Value) -> Option<Value> {
        let parts = self.condition(condition);
        let [subject, operator, value, kind] = parts.as_slice() else { return None };
        let value = match subject.as_str() {
            "LICENSE" | "LICENSE_GROUP" if value != "unresolved" => self.uuids.get(value)?,
            _ => value,
        };
        let mut body = json!({ "subject": subject, "operator": operator, "value": value });
        if let (false, Some(body)) = (kind.is_empty(), body.as_object_mut()) {
            body.insert("violationType".to_owned(), json!(kind));
        }
        Some(body)
    }
}

#[async_trait]
impl Kind for Policy {
    fn noun(&self) -> &'static str {
        "policies"
    }

    fn table(&self) -> Option<&'static str> {
        Some("policy")
    }

    fn facts(&self, object: &Value) -> Value {
        json!({
            "name": text(object, "name"),
            "operator": text(object, "operator"),
            "violationState": text(object, "violationState"),
            "includeChildren": flag(object, "includeChildren"),
            "onlyLatestProjectVersion": flag(object, "onlyLatestProjectVersion"),
            "conditions": self.conditions(object),
            "projects": texts(object, "projects", "uuid"),
            "tags": texts(object, "tags", "name"),
        })
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["policy"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let mut body = json!({
            "name": there.get("name"),
            "operator": there.get("operator"),
            "violationState": there.get("violationState"),
            "includeChildren": flag(there, "includeChildren"),
            "onlyLatestProjectVersion": flag(there, "onlyLatestProjectVersion"),
        });
        let uuid = match here {
            Some(here) => text(here, "uuid"),
            None => {
                let made = run.door.call("PUT", "/api/v1/policy", Some(body.clone())).await?;
                let made = text(&made.unwrap_or_default(), "uuid");
                let wanted = text(there, "uuid");
                if keep_uuid(run, "policy", &made, &wanted).await? { wanted } else { made }
            }
        };
        if let Some(body) = body.as_object_mut() {
            body.insert("uuid".to_owned(), json!(uuid));
        }
        run.door.call("POST", "/api/v1/policy", Some(body)).await?;
        let here = here.cloned().unwrap_or_default();
        let mut left = self.write_conditions(run, there, &here, &uuid).await?;
        let kinds = [
            ("project", texts(there, "projects", "uuid"), texts(&here, "projects", "uuid")),
            ("tag", texts(there, "tags", "name"), texts(&here, "tags", "name")),
        ];
        for (kind, wanted, present) in kinds {
            let (more, less) = difference(&wanted, &present);
            for (method, names) in [("POST", more), ("DELETE", less)] {
                for name in names {
                    let place = path(&["policy", &uuid, kind, &name]);
                    if let Err(error @ crate::Error::Text(..)) = run.door.call(method, &place, None).await {
                        left.push(format!("the {kind} {name}: {error}"));
                    }
                }
            }
        }
        Ok((!left.is_empty()).then(|| left.join("; ")))
    }
}

impl Policy {
    async fn write_conditions(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: &Value,
        policy: &str,
    ) -> crate::server::Result<Vec<String>> {
        let mut left = Vec::new();
        let (wanted, present) = (self.conditions(there), self.conditions(here));
        for condition in items(there, "policyConditions") {
            if present.contains(&self.condition(condition)) {
                continue;
            }
            let Some(body) = self.body(condition) else {
                left.push(format!(
                    "the condition {} names a licence that is not here",
                    self.condition(condition).join(" ")
                ));
                continue;
            };
            match run.door.call("PUT", &path(&["policy", policy, "condition"]), Some(body)).await {
                Ok(made) => {
                    let made = text(&made.unwrap_or_default(), "uuid");
                    keep_uuid(run, "policy_condition", &made, &text(condition, "uuid")).await?;
                }
                Err(error @ crate::Error::Text(..)) => {
                    left.push(format!("the condition {}: {error}", self.condition(condition).join(" ")));
                }
                Err(error) => return Err(error),
            }
        }
        for condition in items(here, "policyConditions") {
            if !wanted.contains(&self.condition(condition)) {
                let place = path(&["policy", "condition", &text(condition, "uuid")]);
                run.door.call("DELETE", &place, None).await?;
            }
        }
        Ok(left)
    }
}

/// Copies the policies.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Policies).await?;
    if all.is_empty() {
        return Ok(());
    }
    sync(run, &Policy::read(run).await?, &all).await
}
