//! Operations on extensions: which there are, and how they are set.

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use super::extension::{Extension, Kind, POINTS, Setting};
use super::{Refusal, page};
use crate::config_property;
use crate::server::{Access, AppState, Error, Json, Route, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

pub(super) fn routes() -> Vec<Route> {
    const CONFIG: &str = "/v2/extension-points/{point}/extensions/{extension}/config";
    const SCHEMA: &str = "/v2/extension-points/{point}/extensions/{extension}/config-schema";
    const TEST: &str = "/v2/extension-points/{point}/extensions/{extension}/test";
    vec![
        route(Method::GET, "/v2/extension-points", MANAGE, points)
            .says("Lists what can be extended.")
            .gives(200, "ExtensionPointPageV2"),
        route(Method::GET, "/v2/extension-points/{point}/extensions", MANAGE, extensions)
            .says("Lists the extensions of a point.")
            .gives(200, "ExtensionPageV2"),
        route(Method::GET, CONFIG, MANAGE, show)
            .says("Shows the settings of an extension; of secrets the names.")
            .gives(200, "ExtensionConfigV2"),
        route(Method::PUT, CONFIG, MANAGE, update)
            .says("Sets an extension; secrets are named.")
            .takes("ExtensionConfigV2")
            .gives(204, "none")
            .gives(304, "none"),
        route(Method::GET, SCHEMA, MANAGE, schema)
            .says("Shows the JSON Schema of the settings of an extension.")
            .gives(200, "any")
            .gives(204, "none"),
        route(Method::POST, TEST, MANAGE, test)
            .says("Checks settings without keeping them.")
            .takes("ExtensionTestV2")
            .gives(200, "ExtensionChecksV2"),
    ]
}

/// A whole list: these are short.
fn whole(items: Vec<Value>) -> axum::Json<Value> {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    axum::Json(page(items, None, count))
}

async fn points() -> axum::Json<Value> {
    whole(POINTS.iter().map(|(name, _)| json!({ "name": name })).collect())
}

fn extensions_of(point: &str) -> Result<&'static [Extension], Refusal> {
    let found = POINTS.iter().find(|(name, _)| *name == point).map(|(_, extensions)| *extensions);
    found.ok_or_else(|| Error::not_found("The extension point could not be found.").into())
}

async fn extensions(Path(point): Path<String>) -> Result<axum::Json<Value>, Refusal> {
    let shown = extensions_of(&point)?.iter().map(|extension| {
        json!({ "name": extension.name, "configurable": !extension.settings.is_empty(), "testable": false })
    });
    Ok(whole(shown.collect()))
}

fn extension_of((point, name): &(String, String)) -> Result<&'static Extension, Refusal> {
    let found = extensions_of(point)?.iter().find(|extension| extension.name == name);
    found.ok_or_else(|| Error::not_found("The extension could not be found.").into())
}

/// The settings as they are.
async fn config(sql: &impl Sql, extension: &Extension) -> Result<Map<String, Value>, Refusal> {
    let mut out = Map::new();
    for setting in extension.settings {
        let (group, name) = setting.property;
        let value = if setting.kind == Kind::Secret {
            let text = "SELECT secret FROM secret_use WHERE group_name = ? AND property = ?";
            sql.scalar::<String>(text, params![group, name]).await?
        } else {
            config_property::get(sql, group, name).await?
        };
        let value = match (setting.kind, value) {
            (Kind::Flag, value) => Some(json!(value.as_deref() == Some("true"))),
            (Kind::List, value) => {
                let text = value.unwrap_or_default();
                Some(text.split(';').map(str::trim).filter(|word| !word.is_empty()).collect())
            }
            (Kind::Whole, Some(value)) => value.parse::<i64>().ok().map(Into::into),
            (_, value) => value.map(Into::into),
        };
        if let Some(value) = value {
            out.insert(setting.name.to_owned(), value);
        }
    }
    Ok(out)
}

async fn show(
    State(state): State<AppState>,
    Path(path): Path<(String, String)>,
) -> Result<axum::Json<Value>, Refusal> {
    let config = config(&state.db, extension_of(&path)?).await?;
    Ok(axum::Json(json!({ "config": config })))
}

fn type_of(kind: Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole => json!({ "type": "integer" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Address => json!({ "type": "string", "format": "uri" }),
        Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Secret => json!({ "type": "string", "x-secret-ref": true }),
    }
}

async fn schema(Path(path): Path<(String, String)>) -> Result<Response, Refusal> {
    let extension = extension_of(&path)?;
    if extension.settings.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let properties: Map<String, Value> =
        extension.settings.iter().map(|one| (one.name.to_owned(), type_of(one.kind))).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    Ok(axum::Json(schema).into_response())
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    config: Option<Map<String, Value>>,
}

/// 400, in the words of a validation by the schema.
fn invalid(name: &str, message: String) -> Refusal {
    Refusal::Error(Error::Problem {
        status: StatusCode::BAD_REQUEST,
        title: "JSON Schema Validation Failed",
        detail: "The provided JSON did not pass schema validation.".to_owned(),
        errors: Some(json!([{ "instance_location": format!("/config/{name}"), "message": message }])),
    })
}

/// The text of a value as properties are stored; none empties the property.
fn stored(setting: &Setting, value: &Value) -> Result<Option<String>, Refusal> {
    let refuse = |wanted: &str| Err(invalid(setting.name, format!("must be {wanted}")));
    match (setting.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Flag, Value::Bool(flag)) => Ok(Some(flag.to_string())),
        (Kind::Flag, _) => refuse("a boolean"),
        (Kind::Whole, value) => match value.as_i64() {
            Some(number) => Ok(Some(number.to_string())),
            None => refuse("an integer"),
        },
        (Kind::List, Value::Array(list)) if list.iter().all(Value::is_string) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Ok(Some(words.join(";")).filter(|text| !text.is_empty()))
        }
        (Kind::List, _) => refuse("a list of texts"),
        (_, Value::String(text)) if text.contains('\0') => refuse("a text"),
        (_, Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        _ => refuse("a text"),
    }
}

/// What was sent, by setting.
fn read<'a>(
    extension: &'a Extension,
    sent: &Map<String, Value>,
) -> Result<Vec<(&'a Setting, Option<String>)>, Refusal> {
    if let Some(name) = sent.keys().find(|name| !extension.settings.iter().any(|one| one.name == *name)) {
        return Err(invalid(name, "is not a setting of this extension".to_owned()));
    }
    let values = extension.settings.iter().filter_map(|setting| {
        let value = sent.get(setting.name)?;
        Some(stored(setting, value).map(|value| (setting, value)))
    });
    values.collect()
}

async fn refer(tx: &Tx, state: &AppState, setting: &Setting, secret: Option<&str>) -> Result<(), Refusal> {
    let (group, name) = setting.property;
    let sealed: Option<String> = match secret {
        Some(secret) => {
            let found = tx.scalar("SELECT value FROM secret WHERE name = ?", params![secret]).await?;
            Some(found.ok_or_else(|| invalid(setting.name, format!("there is no secret {secret:?}")))?)
        }
        None => None,
    };
    let plain = match (&sealed, &state.options.vault) {
        (Some(sealed), Some(vault)) => Some(vault.unseal(sealed).map_err(Error::from)?),
        _ => None,
    };
    config_property::change(tx, &state.options, group, name, plain).await?;
    if let Some(secret) = secret {
        let row = vec![params![group, name, secret]];
        tx.insert_many("secret_use", &["group_name", "property", "secret"], row, "").await?;
    }
    Ok(())
}

async fn update(
    State(state): State<AppState>,
    Path(path): Path<(String, String)>,
    body: Result<Json<Sent>, Error>,
) -> Result<StatusCode, Refusal> {
    let extension = extension_of(&path)?;
    let Json(sent) = body?;
    let sent = sent.config.ok_or_else(|| Error::invalid("config", "must not be null", Value::Null))?;
    let values = read(extension, &sent)?;
    let tx = state.db.begin().await?;
    let before = config(&tx, extension).await?;
    for (setting, value) in values {
        let (group, name) = setting.property;
        match setting.kind {
            Kind::Secret => refer(&tx, &state, setting, value.as_deref()).await?,
            _ => match config_property::change(&tx, &state.options, group, name, value).await {
                Err(Error::Text(_, text)) => return Err(invalid(setting.name, text)),
                changed => changed?,
            },
        }
    }
    if before == config(&tx, extension).await? {
        return Ok(StatusCode::NOT_MODIFIED);
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test(
    Path(path): Path<(String, String)>,
    body: Result<Json<Sent>, Error>,
) -> Result<axum::Json<Value>, Refusal> {
    let extension = extension_of(&path)?;
    let Json(sent) = body?;
    read(extension, &sent.config.unwrap_or_default())?;
    Ok(axum::Json(json!({ "checks": [{ "name": "configuration", "status": "PASSED" }] })))
}
