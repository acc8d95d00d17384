//! Secrets: values that extensions refer to by name. Nobody is shown a value.

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, now_ms, params};

use super::{Asked, Cursor, Refusal, page};
use crate::server::{Access, AppState, Error, Json, Route, route};

const VIEW: Access = Access::Any(&[Permission::SystemConfiguration]);
const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v2/secrets", VIEW, list)
            .says("Lists secrets without their values.")
            .query("q", "string")
            .query("limit", "integer")
            .query("page_token", "string")
            .gives(200, "SecretPageV2"),
        route(Method::POST, "/v2/secrets", MANAGE, create)
            .says("Makes a secret.")
            .takes("NewSecretV2")
            .gives(201, "none"),
        route(Method::GET, "/v2/secrets/{name}", VIEW, show)
            .says("Shows a secret without its value.")
            .gives(200, "SecretV2"),
        route(Method::PATCH, "/v2/secrets/{name}", MANAGE, update)
            .says("Changes a secret, and the settings that refer to it.")
            .takes("ChangedSecretV2")
            .gives(204, "none")
            .gives(304, "none"),
        route(Method::DELETE, "/v2/secrets/{name}", MANAGE, delete)
            .says("Deletes a secret, and empties the settings that refer to it.")
            .gives(204, "none"),
    ]
}

#[derive(FromQueryResult)]
struct Secret {
    id: i64,
    name: String,
    description: Option<String>,
    created_at: i64,
    updated_at: i64,
}

const COLUMNS: &str = "s.id, s.name, s.description, s.created_at, s.updated_at";

impl Secret {
    fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("name".to_owned(), json!(self.name));
        if let Some(description) = &self.description {
            out.insert("description".to_owned(), json!(description));
        }
        out.insert("created_at".to_owned(), json!(self.created_at));
        out.insert("updated_at".to_owned(), json!(self.updated_at));
        out.into()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Search {
    q: Option<String>,
    limit: Option<i64>,
    page_token: Option<String>,
}

async fn list(State(state): State<AppState>, query: Query<Search>) -> Result<axum::Json<Value>, Refusal> {
    let Query(search) = query;
    let asked = Asked { limit: search.limit, page_token: search.page_token, ..Asked::default() };
    let sort = asked.sort(&["name"])?;
    let text = search.q.unwrap_or_default().replace('\0', "").to_lowercase();
    let pattern = storage::sql::like(&text);
    let pattern = pattern.strip_prefix('%').unwrap_or(&pattern).to_owned();
    let filter = "lower(s.name) LIKE ? ESCAPE '\\'";
    let count = format!("SELECT count(*) FROM secret s WHERE {filter}");
    let count = state.db.count(&count, params![pattern.clone()]).await?;
    let after = sort.after.as_ref().and_then(|cursor| cursor.value.as_str()).unwrap_or_default().to_owned();
    let rows: Vec<Secret> = state
        .db
        .rows(
            &format!("SELECT {COLUMNS} FROM secret s WHERE {filter} AND s.name > ? ORDER BY s.name LIMIT ?"),
            params![pattern, after, sort.limit],
        )
        .await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == sort.limit);
    let next = rows.last().filter(|_| full).map(|last| Cursor {
        by: sort.by,
        descending: false,
        value: json!(last.name),
        id: last.id,
    });
    Ok(axum::Json(page(rows.iter().map(Secret::json).collect(), next, count)))
}

async fn find(sql: &impl Sql, name: &str) -> Result<Secret, Refusal> {
    let unknown = || Refusal::from(Error::not_found("The secret could not be found."));
    if !is_name(name) {
        return Err(unknown());
    }
    let found = sql.row(&format!("SELECT {COLUMNS} FROM secret s WHERE s.name = ?"), params![name]).await?;
    found.ok_or_else(unknown)
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

async fn show(State(state): State<AppState>, Path(name): Path<String>) -> Result<axum::Json<Value>, Refusal> {
    Ok(axum::Json(find(&state.db, &name).await?.json()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sent {
    name: String,
    description: Option<String>,
    value: Option<String>,
}

/// The description and the sealed value.
fn checked(state: &AppState, sent: &Sent) -> Result<(Option<String>, Option<String>), Refusal> {
    let described = sent.description.as_deref().map(str::trim);
    if described.is_some_and(|text| text.chars().count() > 255 || text.contains('\0')) {
        return Err(Error::invalid("description", "size must be between 0 and 255", Value::Null).into());
    }
    if sent.value.as_deref().is_some_and(|text| text.is_empty() || text.chars().count() > 4096) {
        return Err(Error::invalid("value", "size must be between 1 and 4096", Value::Null).into());
    }
    let sealed = match (&sent.value, &state.options.vault) {
        (Some(value), Some(vault)) => Some(vault.seal(value).map_err(Error::from)?),
        (Some(_), None) => {
            return Err(Error::bad_request("This server has no key to keep secrets with.").into());
        }
        (None, _) => None,
    };
    Ok((described.filter(|text| !text.is_empty()).map(str::to_owned), sealed))
}

async fn create(State(state): State<AppState>, body: Result<Json<Sent>, Error>) -> Result<Response, Refusal> {
    let Json(sent) = body?;
    if !is_name(&sent.name) {
        let message = "must match \"^[a-zA-Z0-9_-]{1,64}$\"";
        return Err(Error::invalid("name", message, sent.name).into());
    }
    let (description, sealed) = checked(&state, &sent)?;
    let Some(sealed) = sealed else {
        return Err(Error::invalid("value", "must not be null", Value::Null).into());
    };
    let tx = state.db.begin().await?;
    tx.lock("secrets").await?;
    if tx.count("SELECT count(*) FROM secret WHERE name = ?", params![sent.name.clone()]).await? > 0 {
        return Err(Error::conflict("A secret with this name exists.").into());
    }
    let now = now_ms();
    let row = [
        ("name", sent.name.clone().into()),
        ("description", description.into()),
        ("value", sealed.into()),
        ("created_at", now.into()),
        ("updated_at", now.into()),
    ];
    tx.insert("secret", &row).await?;
    tx.commit().await?;
    let location = [(header::LOCATION, format!("/api/v2/secrets/{}", sent.name))];
    Ok((StatusCode::CREATED, location).into_response())
}

/// Gives the settings that refer to a secret its value.
async fn spread(tx: &Tx, name: &str, sealed: Option<&str>) -> Result<(), Refusal> {
    let text = "UPDATE config_property SET value = ? WHERE EXISTS (SELECT 1 FROM secret_use u \
         WHERE u.secret = ? AND u.group_name = config_property.group_name AND u.property = config_property.name)";
    tx.execute(text, params![sealed, name]).await?;
    Ok(())
}

async fn update(
    State(state): State<AppState>,
    Path(name): Path<String>,
    body: Result<Json<Sent>, Error>,
) -> Result<StatusCode, Refusal> {
    let Json(sent) = body?;
    let (description, sealed) = checked(&state, &sent)?;
    let tx = state.db.begin().await?;
    let found = find(&tx, &name).await?;
    let described = sent.description.is_some() && description != found.description;
    if sealed.is_none() && !described {
        return Ok(StatusCode::NOT_MODIFIED);
    }
    let mut changes = vec![("updated_at", now_ms().into())];
    if described {
        changes.push(("description", description.into()));
    }
    if let Some(sealed) = sealed {
        spread(&tx, &name, Some(&sealed)).await?;
        changes.push(("value", sealed.into()));
    }
    tx.update("secret", found.id, &changes).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(State(state): State<AppState>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    let tx = state.db.begin().await?;
    let found = find(&tx, &name).await?;
    spread(&tx, &name, None).await?;
    tx.execute("DELETE FROM secret WHERE id = ?", params![found.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
