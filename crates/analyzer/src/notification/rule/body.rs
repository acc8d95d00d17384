//! What requests say of a rule, and what is refused.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{Rule, filter};
use crate::notification::group::{self, LEVELS, PORTFOLIO, SYSTEM};
use crate::notification::notice::Version;
use crate::notification::storable;
use crate::project::tag_names;
use crate::server::{Error, Result};

const UNMAPPED: &str = "The provided JSON payload could not be mapped";
const ILLEGAL: &str = "Illegal argument provided";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub uuid: Option<String>,
    name: Option<String>,
    pub enabled: Option<bool>,
    pub notify_children: Option<bool>,
    pub log_successful_publish: Option<bool>,
    scope: Option<String>,
    notification_level: Option<String>,
    /// The name that version 5 has for the level.
    level: Option<String>,
    notify_on: Option<Vec<String>>,
    message: Option<String>,
    publisher: Option<Value>,
    publisher_config: Option<String>,
    tags: Option<Value>,
    trigger_type: Option<String>,
    schedule_cron: Option<String>,
    pub schedule_skip_unchanged: Option<bool>,
    /// What clients of version 4 leave out stays; null takes it away.
    #[serde(default, deserialize_with = "given")]
    filter_expression: Option<Option<String>>,
}

/// Tells a member that is null from one that is not there.
fn given<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

impl Body {
    pub(super) fn name(&self) -> Result<String> {
        let Some(given) = self.name.as_deref() else {
            return Err(Error::Validation(vec![
                json!({
                    "message": "must not be null",
                    "messageTemplate": "{jakarta.validation.constraints.NotNull.message}",
                    "path": "name",
                    "invalidValue": null,
                }),
                crate::server::not_blank("name", None),
            ]));
        };
        let name = given.trim();
        if name.is_empty() {
            return Err(Error::not_blank("name", Some(given)));
        }
        if name.chars().count() > 255 {
            return Err(Error::invalid("name", "size must be between 1 and 255", name));
        }
        storable("name", name)
    }

    /// The level, if one is given.
    pub(super) fn level(&self) -> Result<Option<String>> {
        match self.notification_level.as_ref().or(self.level.as_ref()) {
            Some(level) if !LEVELS.contains(&level.as_str()) => Err(Error::problem(
                UNMAPPED,
                format!("notificationLevel: {level:?} is not one of {}", LEVELS.join(", ")),
            )),
            level => Ok(level.cloned()),
        }
    }

    pub(super) fn scope(&self) -> Result<String> {
        match self.scope.as_deref() {
            None => Ok(PORTFOLIO.to_owned()),
            Some(scope) if [PORTFOLIO, SYSTEM].contains(&scope) => Ok(scope.to_owned()),
            Some(scope) => {
                Err(Error::problem(UNMAPPED, format!("scope: {scope:?} is not one of PORTFOLIO, SYSTEM")))
            }
        }
    }

    /// The uuid of the publisher.
    pub(super) fn publisher(&self) -> &str {
        self.publisher.as_ref().and_then(|one| one.get("uuid")).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn message(&self) -> Result<Option<String>> {
        let text = self.message.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| storable("message", text)).transpose()
    }

    /// The names of the tags, if they are given.
    pub(super) fn tags(&self) -> Result<Option<Vec<String>>> {
        let Some(tags) = self.tags.as_ref().filter(|tags| !tags.is_null()) else { return Ok(None) };
        tag_names(tags).iter().map(|tag| storable("tags", tag)).collect::<Result<_>>().map(Some)
    }

    /// The publisher's configuration must be an object, and an address in it one of http or https.
    pub(super) fn config(&self) -> Result<Option<String>> {
        let Some(text) = self.publisher_config.as_deref().filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let parsed: Value = serde_json::from_str(text)
            .map_err(|e| Error::bad_request(format!("publisherConfig: not a JSON object: {e}")))?;
        if !parsed.is_object() {
            return Err(Error::bad_request("publisherConfig: not a JSON object"));
        }
        for name in ["destination", "destinationUrl"] {
            let Some(destination) = parsed.get(name).and_then(Value::as_str) else { continue };
            let is_web = |url: url::Url| ["http", "https"].contains(&url.scheme());
            if destination.contains("://") && !url::Url::parse(destination).is_ok_and(is_web) {
                return Err(Error::bad_request(
                    "publisherConfig: the destination is not an address of http or https",
                ));
            }
        }
        let version = parsed.get("payloadVersion").and_then(Value::as_str).filter(|text| !text.is_empty());
        if version.is_some_and(|version| Version::parse(version).is_none()) {
            return Err(Error::bad_request("publisherConfig: payloadVersion must be \"4\" or \"5\""));
        }
        storable("publisherConfig", text).map(Some)
    }

    /// The groups, in the order of the vocabulary; they must fit the rule's trigger.
    pub(super) fn groups(&self, rule: &Rule) -> Result<String> {
        let mut places = Vec::new();
        for name in self.notify_on.iter().flatten() {
            let Some((place, found)) = group::find(name) else {
                return Err(Error::problem(UNMAPPED, format!("notifyOn: there is no group {name:?}")));
            };
            if found.trigger != rule.trigger_type {
                return Err(Error::problem(
                    ILLEGAL,
                    format!("The group {name} does not fit a rule with trigger type {}", rule.trigger_type),
                ));
            }
            places.push((place, found.name));
        }
        places.sort_unstable();
        places.dedup();
        Ok(json!(places.into_iter().map(|(_, name)| name).collect::<Vec<_>>()).to_string())
    }

    /// The filter, if one is given; a blank one is none.
    pub(super) fn filter(&self) -> Result<Option<Option<String>>> {
        let Some(given) = &self.filter_expression else { return Ok(None) };
        let text = given.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else { return Ok(Some(None)) };
        if text.chars().count() > filter::LIMIT {
            let message = format!("size must be between 0 and {}", filter::LIMIT);
            return Err(Error::invalid("filterExpression", &message, text));
        }
        if let Err(faults) = filter::compiled(text) {
            return Err(Error::Problem {
                status: StatusCode::BAD_REQUEST,
                title: "Bad Request",
                detail: "Filter expression is invalid".to_owned(),
                errors: Some(json!(faults)),
            });
        }
        storable("filterExpression", text).map(|text| Some(Some(text)))
    }

    /// The trigger of a rule stays as it was made.
    pub(super) fn check_trigger(&self, rule: &Rule) -> Result<()> {
        match self.trigger_type.as_deref() {
            Some(wanted) if wanted != rule.trigger_type => Err(Error::problem(
                ILLEGAL,
                format!("The trigger type of the rule is {} and cannot be changed", rule.trigger_type),
            )),
            _ => Ok(()),
        }
    }

    /// The schedule, if one is given, and when it comes next.
    pub(super) fn schedule(&self) -> Result<Option<(String, i64)>> {
        let Some(cron) = self.schedule_cron.as_deref().map(str::trim).filter(|cron| !cron.is_empty()) else {
            return Ok(None);
        };
        match super::next(cron, storage::now_ms()) {
            Some(next) => Ok(Some((cron.to_owned(), next))),
            None => Err(Error::invalid("scheduleCron", "The cron expression must be valid", cron)),
        }
    }
}
