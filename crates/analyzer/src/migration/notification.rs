//! Publishers that people made, and rules.

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Map, Value, json};

use super::door::path;
use super::kind::{Kind, difference, flag, keep_uuid, only, sync, text, texts};
use super::{Result, Run};

/// What 4.x calls the publishers of 5.x.
const CLASSES: [(&str, &str); 8] = [
    ("slack", "SlackPublisher"),
    ("msteams", "MsTeamsPublisher"),
    ("mattermost", "MattermostPublisher"),
    ("email", "SendMailPublisher"),
    ("console", "ConsolePublisher"),
    ("webhook", "WebhookPublisher"),
    ("webex", "CsWebexPublisher"),
    ("jira", "JiraPublisher"),
];

/// The class of a publisher, in the words of 4.x.
fn class(publisher: &Value) -> String {
    let extension = text(publisher, "extensionName");
    match CLASSES.iter().find(|(name, _)| *name == extension) {
        Some((_, class)) => format!("org.dependencytrack.notification.publisher.{class}"),
        None => text(publisher, "publisherClass"),
    }
}

struct Publisher;

#[async_trait]
impl Kind for Publisher {
    fn noun(&self) -> &'static str {
        "publishers"
    }

    fn table(&self) -> Option<&'static str> {
        Some("notification_publisher")
    }

    fn facts(&self, object: &Value) -> Value {
        let mut facts = only(object, &["name", "description", "template", "templateMimeType"]);
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("publisherClass".to_owned(), json!(class(object)));
        }
        facts
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["notification", "publisher"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let mut body = self.facts(there);
        let place = "/api/v1/notification/publisher";
        if let Some(body) = body.as_object_mut() {
            body.insert("defaultPublisher".to_owned(), json!(false));
            if let Some(here) = here {
                body.insert("uuid".to_owned(), json!(text(here, "uuid")));
            }
        }
        if here.is_some() {
            run.door.call("POST", place, Some(body)).await?;
        } else {
            let made = run.door.call("PUT", place, Some(body)).await?;
            let made = text(&made.unwrap_or_default(), "uuid");
            keep_uuid(run, "notification_publisher", &made, &text(there, "uuid")).await?;
        }
        Ok(None)
    }
}

/// Copies the publishers that people made; the default ones are here.
pub(super) async fn copy_publishers(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Publishers).await?;
    let own: Vec<Value> = all.into_iter().filter(|one| !flag(one, "defaultPublisher")).collect();
    sync(run, &Publisher, &own).await
}

struct Rule;

/// The settings of a rule for its publisher, in the words of 4.x.
fn settings(rule: &Value) -> Value {
    let given: Value = serde_json::from_str(&text(rule, "publisherConfig")).unwrap_or_default();
    let Value::Object(given) = given else { return Value::Null };
    let renamed = |name: String| match name.as_str() {
        "destinationUrl" => "destination".to_owned(),
        _ => name,
    };
    Value::Object(given.into_iter().map(|(name, value)| (renamed(name), value)).collect::<Map<_, _>>())
}

#[async_trait]
impl Kind for Rule {
    fn noun(&self) -> &'static str {
        "notification rules"
    }

    fn table(&self) -> Option<&'static str> {
        Some("notification_rule")
    }

    fn facts(&self, object: &Value) -> Value {
        let mut groups: Vec<&str> = object
            .get("notifyOn")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        groups.sort_unstable();
        let scheduled = text(object, "triggerType") == "SCHEDULE";
        json!({
            "name": text(object, "name"),
            "enabled": flag(object, "enabled"),
            "notifyChildren": flag(object, "notifyChildren"),
            "logSuccessfulPublish": flag(object, "logSuccessfulPublish"),
            "scope": text(object, "scope"),
            "notificationLevel": text(object, "notificationLevel"),
            "notifyOn": groups,
            "publisher": object.get("publisher").map(|publisher| text(publisher, "name")),
            "publisherConfig": settings(object),
            "projects": texts(object, "projects", "uuid"),
            "tags": texts(object, "tags", "name"),
            "teams": texts(object, "teams", "name"),
            "filterExpression": object.get("filterExpression").and_then(Value::as_str),
            "schedule": scheduled.then(|| {
                json!([text(object, "scheduleCron"), flag(object, "scheduleSkipUnchanged")])
            }),
        })
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["notification", "rule"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let publishers = run.door.list(&["notification", "publisher"]).await?;
        let name = there.get("publisher").map(|publisher| text(publisher, "name")).unwrap_or_default();
        let publisher = publishers.iter().find(|one| text(one, "name") == name);
        let publisher = publisher
            .ok_or_else(|| crate::Error::bad_request(format!("the publisher {name} is not here")))?;
        let publisher = json!({ "uuid": text(publisher, "uuid") });
        let uuid = match here {
            Some(here) => text(here, "uuid"),
            None => {
                let scheduled = text(there, "triggerType") == "SCHEDULE";
                let place = if scheduled {
                    "/api/v1/notification/rule/scheduled"
                } else {
                    "/api/v1/notification/rule"
                };
                let body = json!({
                    "name": there.get("name"),
                    "scope": there.get("scope"),
                    "notificationLevel": there.get("notificationLevel"),
                    "publisher": publisher,
                });
                let made = run.door.call("PUT", place, Some(body)).await?;
                let made = text(&made.unwrap_or_default(), "uuid");
                let wanted = text(there, "uuid");
                if keep_uuid(run, "notification_rule", &made, &wanted).await? { wanted } else { made }
            }
        };
        let members = [
            "name",
            "enabled",
            "notifyChildren",
            "logSuccessfulPublish",
            "scope",
            "notificationLevel",
            "notifyOn",
            "tags",
            "triggerType",
            "scheduleCron",
            "scheduleSkipUnchanged",
            "filterExpression",
        ];
        let mut body = only(there, &members);
        if let Some(body) = body.as_object_mut() {
            body.insert("uuid".to_owned(), json!(uuid));
            body.insert("publisher".to_owned(), publisher);
            let settings = settings(there);
            if !settings.is_null() {
                body.insert("publisherConfig".to_owned(), json!(settings.to_string()));
            }
        }
        run.door.call("POST", "/api/v1/notification/rule", Some(body)).await?;
        let here = here.cloned().unwrap_or_default();
        let teams = run.door.list(&["team"]).await?;
        let team = |name: String| {
            let found = teams.iter().find(|team| text(team, "name") == name);
            found.map_or(name, |team| text(team, "uuid"))
        };
        let mut left = Vec::new();
        for (kind, member) in [("project", "uuid"), ("team", "name")] {
            let list = format!("{kind}s");
            let (more, less) = difference(&texts(there, &list, member), &texts(&here, &list, member));
            for (method, names) in [("POST", more), ("DELETE", less)] {
                for name in names {
                    let id = if kind == "team" { team(name.clone()) } else { name.clone() };
                    let place = path(&["notification", "rule", &uuid, kind, &id]);
                    if let Err(error @ crate::Error::Text(..)) = run.door.call(method, &place, None).await {
                        left.push(format!("the {kind} {name}: {error}"));
                    }
                }
            }
        }
        Ok((!left.is_empty()).then(|| left.join("; ")))
    }
}

/// Copies the rules.
pub(super) async fn copy_rules(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Rules).await?;
    sync(run, &Rule, &all).await
}
