//! Publishers: how a notification is written and who takes it (behaviour reference §2.4, §10.3).

mod api;
mod schema;

pub(super) use api::routes;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use super::notice::Version;
use crate::server::Result;

/// Where the original keeps its publishers.
const PACKAGE: &str = "org.dependencytrack.notification.publisher.";

/// What a publisher does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Slack,
    MsTeams,
    Mattermost,
    Email,
    Console,
    Webhook,
    Webex,
    Jira,
}

/// (kind, name, class of version 4, extension of version 5, media type, template, description)
type Known = (Kind, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const JSON: &str = "application/json";

#[rustfmt::skip]
const KNOWN: [Known; 8] = [
    (Kind::Slack, "Slack", "SlackPublisher", "slack", JSON, include_str!("../templates/slack.peb"), "Posts to a channel of Slack"),
    (Kind::MsTeams, "Microsoft Teams", "MsTeamsPublisher", "msteams", JSON, include_str!("../templates/msteams.peb"), "Posts to a channel of Microsoft Teams"),
    (Kind::Mattermost, "Mattermost", "MattermostPublisher", "mattermost", JSON, include_str!("../templates/mattermost.peb"), "Posts to a channel of Mattermost"),
    (Kind::Email, "Email", "SendMailPublisher", "email", "text/plain; charset=utf-8", include_str!("../templates/email.peb"), "Sends mail to addresses and to members of teams"),
    (Kind::Console, "Console", "ConsolePublisher", "console", "text/plain", include_str!("../templates/console.peb"), "Writes to the standard output of the server"),
    (Kind::Webhook, "Outbound Webhook", "WebhookPublisher", "webhook", JSON, include_str!("../templates/webhook.peb"), "Posts JSON to an address"),
    (Kind::Webex, "Cisco Webex", "CsWebexPublisher", "webex", JSON, include_str!("../templates/webex.peb"), "Posts to a space of Cisco Webex"),
    (Kind::Jira, "Jira", "JiraPublisher", "jira", JSON, include_str!("../templates/jira.peb"), "Opens an issue in Jira"),
];

impl Kind {
    /// The kind that a stored class stands for.
    pub(super) fn of(class: &str) -> Option<Kind> {
        let name = class.strip_prefix(PACKAGE)?;
        KNOWN.iter().find(|known| known.2 == name).map(|known| known.0)
    }

    /// The extension of version 5 that does the same as a stored class.
    fn extension_of_class(class: &str) -> Option<&'static str> {
        let name = class.strip_prefix(PACKAGE)?;
        KNOWN.iter().find(|known| known.2 == name).map(|known| known.3)
    }

    /// The class of the extension with this name of version 5.
    fn class_of_extension(name: &str) -> Option<String> {
        KNOWN.iter().find(|known| known.3 == name).map(|known| format!("{PACKAGE}{}", known.2))
    }
}

/// Makes the default publishers, and gives them the templates of this release.
pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    let rows = KNOWN
        .iter()
        .map(|(_, name, class, _, mime, template, description)| {
            let uuid = uuid::Uuid::new_v4().to_string();
            params![uuid, *name, *description, format!("{PACKAGE}{class}"), *template, *mime, true]
        })
        .collect();
    let columns =
        ["uuid", "name", "description", "publisher_class", "template", "template_mime_type", "is_default"];
    tx.insert_many("notification_publisher", &columns, rows, "ON CONFLICT (name) DO NOTHING").await?;
    for (_, _, class, _, mime, template, description) in KNOWN {
        tx.execute(
            "UPDATE notification_publisher SET template = ?, template_mime_type = ?, description = ? \
             WHERE publisher_class = ? AND is_default",
            params![template, mime, description, format!("{PACKAGE}{class}")],
        )
        .await?;
    }
    Ok(())
}

/// A stored publisher.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Publisher {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub description: Option<String>,
    pub publisher_class: String,
    pub template: Option<String>,
    pub template_mime_type: String,
    pub is_default: bool,
    pub payload_version: Option<String>,
}

const SELECT: &str = "SELECT id, uuid, name, description, publisher_class, template, template_mime_type, is_default, \
     payload_version FROM notification_publisher";

impl Publisher {
    /// Its JSON; rules show it without the template.
    pub(super) fn json(&self, template: bool) -> Value {
        let mut out = Map::new();
        let members = [
            ("name", Some(&self.name)),
            ("description", self.description.as_ref()),
            ("publisherClass", Some(&self.publisher_class)),
            ("template", self.template.as_ref().filter(|_| template)),
            ("templateMimeType", Some(&self.template_mime_type)),
            ("payloadVersion", self.payload_version.as_ref()),
            ("uuid", Some(&self.uuid)),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                out.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(extension) = Kind::extension_of_class(&self.publisher_class) {
            out.insert("extensionName".to_owned(), json!(extension));
        }
        out.insert("defaultPublisher".to_owned(), json!(self.is_default));
        out.into()
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::of(&self.publisher_class)
    }

    /// Whose receivers it writes for, unless a rule says otherwise.
    pub(super) fn version(&self) -> Version {
        self.payload_version.as_deref().and_then(Version::parse).unwrap_or(Version::V4)
    }
}

pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Publisher>> {
    Ok(sql.row(&format!("{SELECT} WHERE uuid = ?"), params![uuid]).await?)
}

pub(super) async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Publisher>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql.rows(&format!("{SELECT} WHERE id IN ({})", storage::marks(ids.len())), values).await?)
}

async fn by_name(sql: &impl Sql, name: &str) -> Result<Option<Publisher>> {
    Ok(sql.row(&format!("{SELECT} WHERE name = ?"), params![name]).await?)
}

async fn all(sql: &impl Sql) -> Result<Vec<Publisher>> {
    Ok(sql.rows(&format!("{SELECT} ORDER BY name"), params![]).await?)
}
