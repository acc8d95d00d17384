//! Licences that people made, and groups of licences.

use std::collections::HashMap;

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::door::path;
use super::kind::{Kind, difference, flag, keep_uuid, only, sync, text, texts};
use super::{Result, Run};
use crate::server::Error;

struct License;

#[async_trait]
impl Kind for License {
    fn noun(&self) -> &'static str {
        "licences"
    }

    fn table(&self) -> Option<&'static str> {
        Some("license")
    }

    fn key(&self, object: &Value) -> Option<String> {
        Some(text(object, "licenseId"))
    }

    fn facts(&self, object: &Value) -> Value {
        let members = [
            "licenseId",
            "name",
            "licenseText",
            "standardLicenseTemplate",
            "standardLicenseHeader",
            "licenseComments",
            "isOsiApproved",
            "isFsfLibre",
            "seeAlso",
        ];
        let mut facts = only(object, &members);
        // None and an empty list are the same.
        if facts.get("seeAlso").and_then(Value::as_array).is_some_and(Vec::is_empty)
            && let Some(facts) = facts.as_object_mut()
        {
            facts.remove("seeAlso");
        }
        facts
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        let all = run.door.list(&["license"]).await?;
        Ok(all.into_iter().filter(|one| flag(one, "isCustomLicense")).collect())
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        if here.is_some() {
            let text =
                "it is otherwise here, and a licence cannot be changed: remove it here, then run again";
            return Err(Error::bad_request(text));
        }
        let made = run.door.call("PUT", "/api/v1/license", Some(self.facts(there))).await?;
        keep_uuid(run, "license", &text(&made.unwrap_or_default(), "uuid"), &text(there, "uuid")).await?;
        Ok(None)
    }
}

/// Copies the licences that people made, and remembers which licence has which uuid there.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let mut own = Vec::new();
    let mut names = HashMap::new();
    let mut read = 0;
    for number in 1.. {
        let page = run.from.list(List::Licenses, number, 100).await?;
        read += page.items.len() as u64;
        let last = page.items.is_empty() || read >= page.total;
        for licence in page.items {
            names.insert(text(&licence, "uuid"), text(&licence, "licenseId"));
            if flag(&licence, "isCustomLicense") {
                own.push(licence);
            }
        }
        if last {
            break;
        }
    }
    if let Ok(mut known) = run.licences.lock() {
        known.extend(names);
    }
    sync(run, &License, &own).await
}

struct Group;

#[async_trait]
impl Kind for Group {
    fn noun(&self) -> &'static str {
        "licence groups"
    }

    fn table(&self) -> Option<&'static str> {
        Some("license_group")
    }

    fn facts(&self, object: &Value) -> Value {
        json!({
            "name": text(object, "name"),
            "riskWeight": object.get("riskWeight"),
            "licenses": texts(object, "licenses", "licenseId"),
        })
    }

    fn is_untouched(&self, run: &Run<'_>, _: &Value) -> bool {
        run.book.fresh
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["licenseGroup"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let body = json!({ "name": text(there, "name"), "riskWeight": there.get("riskWeight") });
        let uuid = match here {
            Some(here) => text(here, "uuid"),
            None => {
                let made = run.door.call("PUT", "/api/v1/licenseGroup", Some(body.clone())).await?;
                let made = text(&made.unwrap_or_default(), "uuid");
                let wanted = text(there, "uuid");
                if keep_uuid(run, "license_group", &made, &wanted).await? { wanted } else { made }
            }
        };
        let mut body = body;
        if let Some(body) = body.as_object_mut() {
            body.insert("uuid".to_owned(), json!(uuid));
        }
        run.door.call("POST", "/api/v1/licenseGroup", Some(body)).await?;
        let known = by_id(run).await?;
        let present = here.map(|here| texts(here, "licenses", "licenseId")).unwrap_or_default();
        let (more, less) = difference(&texts(there, "licenses", "licenseId"), &present);
        let mut missing = Vec::new();
        for (method, ids) in [("POST", more), ("DELETE", less)] {
            for id in ids {
                match known.get(&id) {
                    Some(licence) => {
                        let path = path(&["licenseGroup", &uuid, "license", licence]);
                        run.door.call(method, &path, None).await?;
                    }
                    None => missing.push(id),
                }
            }
        }
        let note = format!("licences that are not known here were left out: {}", missing.join(", "));
        Ok((!missing.is_empty()).then_some(note))
    }
}

/// The uuids of the licences here, by id.
pub(super) async fn by_id(run: &Run<'_>) -> crate::server::Result<HashMap<String, String>> {
    let all = run.door.list(&["license", "concise"]).await?;
    Ok(all.iter().map(|one| (text(one, "licenseId"), text(one, "uuid"))).collect())
}

/// Copies the licence groups, and remembers which group has which uuid there.
pub(super) async fn copy_groups(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::LicenseGroups).await?;
    if let Ok(mut known) = run.licences.lock() {
        known.extend(all.iter().map(|group| (text(group, "uuid"), text(group, "name"))));
    }
    sync(run, &Group, &all).await
}
