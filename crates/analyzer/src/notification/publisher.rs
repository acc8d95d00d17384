//! The publishers that Dependency-Track knows by name. Of these, the webhook delivers.

use axum::extract::State;
use axum::http::Method;
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, Tx, params};

use crate::server::{Access, AppState, Result, Route, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const PACKAGE: &str = "org.dependencytrack.notification.publisher.";
/// (name, class, media type)
const DEFAULTS: [(&str, &str, &str); 8] = [
    ("Slack", "SlackPublisher", "application/json"),
    ("Microsoft Teams", "MsTeamsPublisher", "application/json"),
    ("Mattermost", "MattermostPublisher", "application/json"),
    ("Email", "SendMailPublisher", "text/plain; charset=utf-8"),
    ("Console", "ConsolePublisher", "text/plain"),
    ("Outbound Webhook", "WebhookPublisher", "application/json"),
    ("Cisco Webex", "CsWebexPublisher", "application/json"),
    ("Jira", "JiraPublisher", "application/json"),
];

pub(super) fn routes() -> Vec<Route> {
    vec![route(Method::GET, "/v1/notification/publisher", MANAGE, list)]
}

pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    let rows = DEFAULTS
        .iter()
        .map(|(name, class, mime)| {
            let uuid = uuid::Uuid::new_v4().to_string();
            params![
                uuid,
                *name,
                format!("Publishes notifications by {name}"),
                format!("{PACKAGE}{class}"),
                *mime,
                true
            ]
        })
        .collect();
    let columns = ["uuid", "name", "description", "publisher_class", "template_mime_type", "is_default"];
    tx.insert_many("notification_publisher", &columns, rows, "ON CONFLICT (name) DO NOTHING").await?;
    Ok(())
}

#[derive(FromQueryResult)]
pub(super) struct Publisher {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub description: Option<String>,
    pub publisher_class: String,
    pub template_mime_type: String,
    pub is_default: bool,
}

const SELECT: &str = "SELECT id, uuid, name, description, publisher_class, template_mime_type, is_default FROM notification_publisher";

impl Publisher {
    pub(super) fn json(&self) -> Value {
        json!({
            "uuid": self.uuid,
            "name": self.name,
            "description": self.description,
            "publisherClass": self.publisher_class,
            "templateMimeType": self.template_mime_type,
            "defaultPublisher": self.is_default,
        })
    }
}

pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Publisher>> {
    Ok(sql.row(&format!("{SELECT} WHERE uuid = ?"), params![uuid]).await?)
}

pub(super) async fn by_id(sql: &impl Sql, id: i64) -> Result<Option<Publisher>> {
    Ok(sql.row(&format!("{SELECT} WHERE id = ?"), params![id]).await?)
}

async fn list(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let rows: Vec<Publisher> = state.db.rows(&format!("{SELECT} ORDER BY name"), params![]).await?;
    Ok(axum::Json(rows.iter().map(Publisher::json).collect()))
}
