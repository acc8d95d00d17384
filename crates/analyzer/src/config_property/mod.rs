//! Settings that clients read and write (behaviour reference §2.5).

mod known;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use known::{Kind, PROPERTIES};

use crate::project::scalar;
use crate::server::{Access, AppState, Error, Json, Result, Route, route};
use crate::{Options, component, notification, policy, remote, source};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

/// What stands in the place of a secret.
const HIDDEN: &str = "HiddenDecryptedPropertyPlaceholder";

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema {
        name: "ConfigProperty",
        members: "
            groupName!: string
            propertyName!: string
            propertyValue: string
            propertyType!: BOOLEAN|INTEGER|NUMBER|STRING|ENCRYPTEDSTRING|URL
            description: string",
    },
    crate::openapi::Schema {
        name: "ConfigPropertyUpdate",
        members: "groupName!: string\npropertyName!: string\npropertyValue: string",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/configProperty", MANAGE, list)
            .says("Lists all properties; the values of secrets are hidden.")
            .gives(200, "[ConfigProperty]"),
        route(Method::POST, "/v1/configProperty", MANAGE, update)
            .says("Sets a property.")
            .takes("ConfigPropertyUpdate")
            .gives(200, "ConfigProperty")
            .gives(304, "none"),
        route(Method::POST, "/v1/configProperty/aggregate", MANAGE, update_many)
            .says("Sets several properties; the answer has the property or the refusal of each.")
            .takes("[ConfigPropertyUpdate]")
            .gives(200, "[any]"),
        route(Method::GET, "/v1/configProperty/public/{group}/{name}", Access::Public, show_public)
            .says("Shows a property that everybody may read.")
            .gives(200, "ConfigProperty"),
        route(
            Method::GET,
            "/v1/configProperty/internal/{groupName}/{propertyName}",
            Access::Authenticated,
            show_public,
        )
        .says("Shows a property that everybody with credentials may read.")
        .gives(200, "ConfigProperty"),
    ]
}

pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    let rows = PROPERTIES
        .iter()
        .map(|k| params![k.group, k.name, k.default, k.kind.as_str(), k.description])
        .collect();
    let columns = ["group_name", "name", "value", "kind", "description"];
    tx.insert_many(
        "config_property",
        &columns,
        rows,
        "ON CONFLICT (group_name, name) DO UPDATE SET kind = excluded.kind, description = excluded.description",
    )
    .await?;
    Ok(())
}

/// The default of a property, if there is such a one.
pub(crate) fn default_of(group: &str, name: &str) -> Option<Option<&'static str>> {
    PROPERTIES.iter().find(|k| k.group == group && k.name == name).map(|k| k.default)
}

/// The value of a property, a secret as it is stored (see [`secret`]).
pub(crate) async fn get(sql: &impl Sql, group: &str, name: &str) -> Result<Option<String>> {
    let sql_text = "SELECT value FROM config_property WHERE group_name = ? AND name = ?";
    Ok(sql.scalar::<Option<String>>(sql_text, params![group, name]).await?.flatten())
}

/// Whether a property of type BOOLEAN says yes.
pub(crate) async fn is_on(sql: &impl Sql, group: &str, name: &str) -> Result<bool> {
    Ok(get(sql, group, name).await?.as_deref() == Some("true"))
}

/// The value of a secret in the clear.
pub(crate) async fn secret(
    sql: &impl Sql,
    options: &Options,
    group: &str,
    name: &str,
) -> Result<Option<String>> {
    let Some(stored) = get(sql, group, name).await? else { return Ok(None) };
    let Some(vault) = &options.vault else { return Ok(None) };
    Ok(Some(vault.unseal(&stored)?))
}

/// Sets a property that is no secret.
pub(crate) async fn set(tx: &Tx, group: &str, name: &str, value: Option<&str>) -> Result<()> {
    let text = "UPDATE config_property SET value = ? WHERE group_name = ? AND name = ?";
    tx.execute(text, params![value, group, name]).await?;
    Ok(())
}

/// Encrypts every secret by the present key; how many there are.
pub(crate) async fn reseal(db: &storage::Db, vault: &identity::Vault) -> Result<u64> {
    let tx = db.begin().await?;
    let text = format!("{SELECT} WHERE kind = ? AND value IS NOT NULL");
    let rows: Vec<Property> = tx.rows(&text, params![Kind::Encrypted.as_str()]).await?;
    let mut count = 0;
    for row in rows {
        let plain = vault.unseal(row.value.as_deref().unwrap_or_default())?;
        set(&tx, &row.group_name, &row.name, Some(&vault.seal(&plain)?)).await?;
        count += 1;
    }
    tx.commit().await?;
    Ok(count)
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
        if self.kind == Kind::Encrypted.as_str() {
            out.insert("propertyValue".into(), json!(HIDDEN));
        } else if let Some(value) = &self.value {
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
            ("INTEGER", name) if name.ends_with(".cadence") && value.parse::<i64>().is_ok_and(|n| n <= 0) => {
                refuse("A Task scheduler cadence (in hours) cannot be inferior to one.")
            }
            ("NUMBER", _) if value.parse::<f64>().is_err() => {
                refuse("The property expected a number and a number was not sent.")
            }
            ("INTEGER", _) if value.parse::<i64>().is_err() => {
                refuse("The property expected an integer and an integer was not sent.")
            }
            ("URL", _) if url::Url::parse(value).is_err() => {
                refuse("The property expected a URL but the URL was malformed.")
            }
            ("URL", "bundle.url") => {
                // One with a password in it would show it to everybody who lists bundles.
                let is_web = |url: &url::Url| {
                    ["http", "https"].contains(&url.scheme())
                        && url.username().is_empty()
                        && url.password().is_none()
                };
                if url::Url::parse(value).is_ok_and(|url| is_web(&url)) {
                    return Ok(Some(value.to_owned()));
                }
                refuse(
                    "bundle.url: it must be an address of http or https; a user and a password go into \
                     bundle.auth.username and bundle.auth.password.",
                )
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
    #[serde(default, deserialize_with = "text")]
    property_value: Option<String>,
}

/// A value, which the official frontend sends as text, as a number or as a boolean.
fn text<'de, D: Deserializer<'de>>(given: D) -> std::result::Result<Option<String>, D::Error> {
    match Value::deserialize(given)? {
        Value::Null => Ok(None),
        value => {
            scalar(&value).map(Some).ok_or_else(|| de::Error::custom("a value is no list and no object"))
        }
    }
}

async fn write(tx: &Tx, options: &Options, update: &Update) -> Result<Value> {
    let found: Option<Property> = tx
        .row(
            &format!("{SELECT} WHERE group_name = ? AND name = ?"),
            params![update.group_name.trim(), update.property_name.trim()],
        )
        .await?;
    let mut property = found.ok_or_else(|| Error::not_found("The config property could not be found."))?;
    property.value = property.checked(update.property_value.as_deref())?;
    if property.kind == Kind::Encrypted.as_str() {
        if property.value.as_deref() == Some(HIDDEN) {
            return Err(Error::Empty(StatusCode::NOT_MODIFIED));
        }
        // The value is no longer that of a secret which somebody referred to.
        let text = "DELETE FROM secret_use WHERE group_name = ? AND property = ?";
        tx.execute(text, params![property.group_name.clone(), property.name.clone()]).await?;
        let vault = options.vault.as_ref();
        let sealed = property.value.as_deref().and_then(|value| Some(vault?.seal(value)));
        property.value = sealed.transpose()?;
    }
    set(tx, &property.group_name, &property.name, property.value.as_deref()).await?;
    source::changed(tx, &property.name).await?;
    policy::bundle_changed(tx, &property.group_name, &property.name).await?;
    notification::configured(tx, &property.group_name, &property.name).await?;
    if property.group_name == "scanner" {
        remote::queue(tx).await?;
    }
    if property.group_name == "internal-components" {
        component::queue_identification(tx).await?;
        policy::mark_subjects(tx, &["IS_INTERNAL"]).await?;
    }
    Ok(property.json())
}

/// Sets a property as a client does: checked, a secret sealed, and with what follows from it.
///
/// # Errors
/// The refusals of the original.
pub(crate) async fn change(
    tx: &Tx,
    options: &Options,
    group: &str,
    name: &str,
    value: Option<String>,
) -> Result<()> {
    let (group_name, property_name) = (group.to_owned(), name.to_owned());
    write(tx, options, &Update { group_name, property_name, property_value: value }).await?;
    Ok(())
}

async fn update(State(state): State<AppState>, Json(body): Json<Update>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let out = write(&tx, &state.options, &body).await?;
    tx.commit().await?;
    Ok(axum::Json(out).into_response())
}

async fn update_many(State(state): State<AppState>, Json(bodies): Json<Vec<Update>>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let mut out = Vec::new();
    for body in &bodies {
        match write(&tx, &state.options, body).await {
            Ok(json) => out.push(json),
            Err(Error::Text(_, text)) => out.push(json!(text)),
            Err(Error::Empty(StatusCode::NOT_MODIFIED)) => out.push(Value::Null),
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
    let public = PROPERTIES.iter().any(|k| k.group == group && k.name == name && k.public);
    if !public {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let row: Option<Property> =
        state.db.row(&format!("{SELECT} WHERE group_name = ? AND name = ?"), params![group, name]).await?;
    Ok(axum::Json(row.map(|row| row.json())).into_response())
}
