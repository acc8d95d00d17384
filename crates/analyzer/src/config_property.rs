//! Settings that clients read and write (behaviour reference §2.5): those of the OSV source.

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use crate::server::{Access, AppState, Error, Json, Result, Route, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

/// (group, name, default, type, meaning, readable by everybody)
type Known = (&'static str, &'static str, Option<&'static str>, &'static str, &'static str, bool);

const PROPERTIES: [Known; 9] = [
    (
        "general",
        "base.url",
        None,
        "URL",
        "Address at which people reach the frontend, for links in notifications",
        false,
    ),
    ("general", "welcome.message.html", None, "STRING", "Text on the login page, percent-encoded", true),
    (
        "general",
        "welcome.message.enabled",
        Some("false"),
        "BOOLEAN",
        "Whether the login page shows its text",
        true,
    ),
    ("general", "default.locale", None, "STRING", "Language of the frontend", true),
    (
        "general",
        "badge.enabled",
        Some("false"),
        "BOOLEAN",
        "Whether badges are readable without a key",
        false,
    ),
    (
        "vuln-source",
        "google.osv.enabled",
        None,
        "STRING",
        "Ecosystems of OSV to mirror, separated by semicolons",
        false,
    ),
    (
        "vuln-source",
        "google.osv.base.url",
        Some("https://osv-vulnerabilities.storage.googleapis.com/"),
        "URL",
        "Address of the OSV bucket",
        false,
    ),
    (
        "vuln-source",
        "google.osv.alias.sync.enabled",
        Some("false"),
        "BOOLEAN",
        "Whether aliases are taken over from OSV",
        false,
    ),
    (
        "artifact",
        "bom.validation.mode",
        Some("ENABLED"),
        "STRING",
        "Whether SBOMs are validated by the schemas of CycloneDX",
        false,
    ),
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/configProperty", MANAGE, list),
        route(Method::POST, "/v1/configProperty", MANAGE, update),
        route(Method::POST, "/v1/configProperty/aggregate", MANAGE, update_many),
        route(Method::GET, "/v1/configProperty/public/{group}/{name}", Access::Public, show_public),
    ]
}

pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    let rows = PROPERTIES
        .iter()
        .map(|(group, name, value, kind, description, _)| params![*group, *name, *value, *kind, *description])
        .collect();
    let columns = ["group_name", "name", "value", "kind", "description"];
    tx.insert_many("config_property", &columns, rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// The value of a property.
pub(crate) async fn get(sql: &impl Sql, group: &str, name: &str) -> Result<Option<String>> {
    let sql_text = "SELECT value FROM config_property WHERE group_name = ? AND name = ?";
    Ok(sql.scalar::<Option<String>>(sql_text, params![group, name]).await?.flatten())
}

#[derive(FromQueryResult)]
struct Property {
    group_name: String,
    name: String,
    value: Option<String>,
    kind: String,
    description: Option<String>,
}

const SELECT: &str = "SELECT group_name, name, value, kind, description FROM config_property";

impl Property {
    fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("groupName".into(), json!(self.group_name));
        out.insert("propertyName".into(), json!(self.name));
        if let Some(value) = &self.value {
            out.insert("propertyValue".into(), json!(value));
        }
        out.insert("propertyType".into(), json!(self.kind));
        if let Some(description) = &self.description {
            out.insert("description".into(), json!(description));
        }
        out.into()
    }

    /// The value as its type wants it (texts of the reference).
    fn checked(&self, value: Option<&str>) -> Result<Option<String>> {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
        let refuse = |text: &str| Err(Error::bad_request(text));
        match (self.kind.as_str(), self.name.as_str()) {
            ("BOOLEAN", _) => {
                let yes = value.eq_ignore_ascii_case("true") || value == "1";
                Ok(Some(yes.to_string()))
            }
            ("INTEGER", _) if value.parse::<i64>().is_err() => {
                refuse("The property expected an integer and an integer was not sent.")
            }
            ("URL", _) if url::Url::parse(value).is_err() => {
                refuse("The property expected a URL but the URL was malformed.")
            }
            (_, "bom.validation.mode")
                if !["ENABLED", "DISABLED", "ENABLED_FOR_TAGS", "DISABLED_FOR_TAGS"].contains(&value) =>
            {
                refuse("Value must be any of: ENABLED, DISABLED, ENABLED_FOR_TAGS, DISABLED_FOR_TAGS")
            }
            (_, "google.osv.enabled") => {
                let mut names: Vec<&str> = Vec::new();
                for name in value.split(';').map(str::trim).filter(|name| !name.is_empty()) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Ok(Some(names.join(";")))
            }
            _ => Ok(Some(value.to_owned())),
        }
    }
}

async fn list(State(state): State<AppState>) -> Result<Response> {
    let rows: Vec<Property> =
        state.db.rows(&format!("{SELECT} ORDER BY group_name, name"), params![]).await?;
    Ok(axum::Json(rows.iter().map(Property::json).collect::<Vec<_>>()).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    #[serde(default)]
    group_name: String,
    #[serde(default)]
    property_name: String,
    property_value: Option<String>,
}

async fn write(tx: &Tx, update: &Update) -> Result<Value> {
    let found: Option<Property> = tx
        .row(
            &format!("{SELECT} WHERE group_name = ? AND name = ?"),
            params![update.group_name.trim(), update.property_name.trim()],
        )
        .await?;
    let mut property = found.ok_or_else(|| Error::not_found("The config property could not be found."))?;
    property.value = property.checked(update.property_value.as_deref())?;
    tx.execute(
        "UPDATE config_property SET value = ? WHERE group_name = ? AND name = ?",
        params![property.value.clone(), property.group_name.clone(), property.name.clone()],
    )
    .await?;
    Ok(property.json())
}

async fn update(State(state): State<AppState>, Json(body): Json<Update>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let out = write(&tx, &body).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn update_many(State(state): State<AppState>, Json(bodies): Json<Vec<Update>>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let mut out = Vec::new();
    for body in &bodies {
        match write(&tx, body).await {
            Ok(json) => out.push(json),
            Err(Error::Text(_, text)) => out.push(json!(text)),
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn show_public(
    State(state): State<AppState>,
    Path((group, name)): Path<(String, String)>,
) -> Result<Response> {
    let public = PROPERTIES.iter().any(|(g, n, .., public)| *g == group && *n == name && *public);
    if !public {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let row: Option<Property> =
        state.db.row(&format!("{SELECT} WHERE group_name = ? AND name = ?"), params![group, name]).await?;
    Ok(axum::Json(row.map(|row| row.json())).into_response())
}
