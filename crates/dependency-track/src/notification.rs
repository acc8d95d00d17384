//! Notification rules: asking the server to tell when something changes.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::transport::Call;
use crate::wire::{flag, or_default, text};
use crate::{Client, Error, Page, Permission, Secret};

/// A way to send notifications.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publisher {
    /// Id.
    pub uuid: Uuid,
    /// `Outbound Webhook` in 4.x, `Webhook` in 5.x; renamed at will by people for their own.
    pub name: String,
    /// 4.x: the Java class.
    #[serde(default, deserialize_with = "text")]
    pub publisher_class: Option<String>,
    /// 5.x: the extension.
    #[serde(default, deserialize_with = "text")]
    pub extension_name: Option<String>,
    /// Comes with the server; its template is the standard one.
    #[serde(default, deserialize_with = "flag")]
    pub default_publisher: bool,
}

impl Publisher {
    /// The webhook publisher that comes with the server.
    pub fn is_default_webhook(&self) -> bool {
        let class = self.publisher_class.as_deref().is_some_and(|c| c.ends_with(".WebhookPublisher"));
        self.default_publisher && (class || self.extension_name.as_deref() == Some("webhook"))
    }

    /// Configured as in 5.x?
    fn is_v5(&self) -> bool {
        self.extension_name.is_some()
    }
}

/// A notification rule. Its configuration is left out: 4.x shows the webhook's token in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Id.
    pub uuid: Uuid,
    /// Name, not unique.
    pub name: String,
    /// Whether it sends.
    #[serde(default, deserialize_with = "flag")]
    pub enabled: bool,
    /// `PORTFOLIO` or `SYSTEM`.
    #[serde(default, deserialize_with = "text")]
    pub scope: Option<String>,
    /// The groups it sends.
    #[serde(default, deserialize_with = "or_default")]
    pub notify_on: Vec<String>,
    /// How it sends.
    #[serde(default)]
    pub publisher: Option<Publisher>,
}

/// A webhook to set up.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRule {
    /// Name of the rule.
    pub name: String,
    /// Where to send to.
    pub destination: Url,
    /// A token the receiver knows the sender by. 4.x sends it as a header. 5.x has no place for a plain
    /// token (its header value names a secret kept in the server), so there it is added to the
    /// destination as the query parameter `token`.
    pub token: Option<Secret>,
    /// The header of the token in 4.x; `X-Api-Key` unless given.
    pub token_header: Option<String>,
    /// Groups, such as `NEW_VULNERABILITY`; see [`WebhookRule::SYNC_GROUPS`].
    pub groups: Vec<String>,
}

impl WebhookRule {
    /// The groups that say that a project's findings or analyses changed.
    pub const SYNC_GROUPS: [&str; 5] = [
        "NEW_VULNERABILITY",
        "NEW_VULNERABLE_DEPENDENCY",
        "BOM_PROCESSED",
        "PROJECT_AUDIT_CHANGE",
        "VEX_PROCESSED",
    ];

    /// What the publisher is told: JSON, and sent as a string that holds it.
    fn config(&self, v5: bool) -> String {
        let token = self.token.as_ref().filter(|t| !t.is_empty());
        if v5 {
            let mut destination = self.destination.clone();
            if let Some(token) = token {
                destination.query_pairs_mut().append_pair("token", token.reveal());
            }
            return json!({ "destinationUrl": destination.as_str() }).to_string();
        }
        let mut config = json!({ "destination": self.destination.as_str() });
        if let (Some(token), Some(object)) = (token, config.as_object_mut()) {
            // The header is sent only when both are there.
            object.insert("token".into(), token.reveal().into());
            object.insert("tokenHeader".into(), self.token_header.as_deref().unwrap_or("X-Api-Key").into());
        }
        config.to_string()
    }
}

impl fmt::Debug for WebhookRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRule")
            .field("name", &self.name)
            .field("host", &self.destination.host_str())
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

const SYSTEM: Option<Permission> = Some(Permission::SystemConfiguration);
const RULE: [&str; 3] = ["v1", "notification", "rule"];

impl Client {
    /// All ways to send notifications. 4.x answers the whole list without a count, 5.x pages it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `SYSTEM_CONFIGURATION`.
    pub async fn publishers(&self) -> Result<Vec<Publisher>, Error> {
        let call =
            Call::get("list the notification publishers", &["v1", "notification", "publisher"], SYSTEM);
        self.read(call.page(1, 1000)).await
    }

    /// One page of notification rules.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `SYSTEM_CONFIGURATION`.
    pub async fn rules(&self, search: Option<&str>, page: u32, page_size: u32) -> Result<Page<Rule>, Error> {
        let call = Call::get("list the notification rules", &RULE, SYSTEM).maybe("searchText", search);
        self.read_page(call.page(page, page_size)).await
    }

    /// Creates and configures a rule that sends to a webhook. A rule that cannot be configured is
    /// removed again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `SYSTEM_CONFIGURATION`; [`Error::NotFound`] when the server has no
    /// webhook publisher.
    pub async fn create_webhook_rule(&self, rule: &WebhookRule) -> Result<Rule, Error> {
        const NAME: &str = "create the notification rule";
        let publishers = self.publishers().await?;
        let publisher = publishers.iter().find(|p| p.is_default_webhook()).ok_or_else(|| {
            Error::NotFound { call: NAME, message: "the server has no webhook publisher".into() }
        })?;
        // Two steps: what creates a rule takes neither configuration nor groups.
        let level = if publisher.is_v5() { "level" } else { "notificationLevel" };
        let first = json!({
            "name": rule.name, "scope": "PORTFOLIO", level: "INFORMATIONAL", "publisher": { "uuid": publisher.uuid },
        });
        let created: Rule = self.read(Call::new(Method::PUT, NAME, &RULE, SYSTEM).json(first)).await?;
        let second = json!({
            "uuid": created.uuid, "name": rule.name, "scope": "PORTFOLIO", level: "INFORMATIONAL", "enabled": true,
            "notifyChildren": true, "logSuccessfulPublish": false, "notifyOn": rule.groups,
            "publisherConfig": rule.config(publisher.is_v5()),
        });
        let mut call = Call::new(Method::POST, "configure the notification rule", &RULE, SYSTEM).json(second);
        call.repeatable = true;
        let configured = self.read(call).await;
        if configured.is_err() {
            let _ = self.delete_rule(created.uuid).await;
        }
        configured
    }

    /// Removes a rule; one that is gone already is fine.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `SYSTEM_CONFIGURATION`.
    pub async fn delete_rule(&self, rule: Uuid) -> Result<(), Error> {
        // The rule travels in the body of the DELETE.
        let call = Call::new(Method::DELETE, "remove the notification rule", &RULE, SYSTEM)
            .json(json!({ "uuid": rule }));
        match self.send(&call).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Has the server send a test notification for each group of a rule.
    ///
    /// # Errors
    /// [`Error::Server`] when it could not deliver (4.x), [`Error::NotFound`] for a rule that is gone,
    /// [`Error::Forbidden`] without `SYSTEM_CONFIGURATION`.
    pub async fn test_rule(&self, rule: Uuid) -> Result<(), Error> {
        const NAME: &str = "test the notification rule";
        let path = ["v1", "notification", "publisher", "test", &rule.to_string()];
        match self.send(&Call::new(Method::POST, NAME, &path, SYSTEM)).await {
            Ok(_) => Ok(()),
            // An unknown rule is a 404 without a word, as from a server that does not know the path.
            Err(Error::NotDependencyTrack { .. }) => {
                Err(Error::NotFound { call: NAME, message: "the rule does not exist".into() })
            }
            Err(e) => Err(e),
        }
    }
}
