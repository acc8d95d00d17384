//! Properties that people give projects (behaviour reference §3.7).

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Permission, Vault};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::{Project, Rules, store, text, word};
use crate::policy;
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, Uuid, route};

const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

/// What stands in the place of a secret.
pub(crate) const HIDDEN: &str = "HiddenDecryptedPropertyPlaceholder";
const ENCRYPTED: &str = "ENCRYPTEDSTRING";

/// The types of properties.
pub(crate) const KINDS: [&str; 8] =
    ["BOOLEAN", "INTEGER", "NUMBER", "STRING", ENCRYPTED, "TIMESTAMP", "URL", "UUID"];

pub(super) fn routes() -> Vec<Route> {
    let path = "/v1/project/{uuid}/property";
    vec![
        route(Method::GET, path, MANAGE, list)
            .says("Lists the properties of a project.")
            .gives(200, "[ProjectProperty]"),
        route(Method::PUT, path, MANAGE, create)
            .says("Adds a property to a project.")
            .takes("ProjectProperty")
            .gives(201, "ProjectProperty"),
        route(Method::POST, path, MANAGE, update)
            .says("Changes the value of a property.")
            .takes("ProjectProperty")
            .gives(200, "ProjectProperty"),
        route(Method::DELETE, path, MANAGE, delete)
            .says("Removes the property with this group and name.")
            .takes("ProjectProperty")
            .gives(204, "none"),
    ]
}

#[derive(FromQueryResult)]
struct Property {
    id: i64,
    project_id: i64,
    group_name: Option<String>,
    name: String,
    value: Option<String>,
    kind: String,
    description: Option<String>,
}

const SELECT: &str =
    "SELECT id, project_id, group_name, name, value, kind, description FROM project_property";

impl Property {
    fn json(&self) -> Value {
        let value = if self.kind == ENCRYPTED { Some(HIDDEN) } else { self.value.as_deref() };
        let members = [
            ("groupName", self.group_name.as_deref()),
            ("propertyName", Some(self.name.as_str())),
            ("propertyValue", value),
            ("propertyType", Some(self.kind.as_str())),
            ("description", self.description.as_deref()),
        ];
        members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))).collect()
    }
}

/// The properties of these projects as they are shown.
pub(super) async fn of_projects(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<Value>>> {
    let text = format!("{SELECT} WHERE project_id IN (:ids) ORDER BY group_name, name");
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    for property in sql.rows_in::<Property>(&text, ids).await? {
        out.entry(property.project_id).or_default().push(property.json());
    }
    Ok(out)
}

/// The value of a property as its type wants it.
///
/// # Errors
/// 400 with the sentence of the type.
pub(crate) fn checked(kind: &str, value: Option<&str>) -> Result<Option<String>> {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
    let refuse = |text: &str| Err(Error::bad_request(text));
    match kind {
        "BOOLEAN" => Ok(Some((value.eq_ignore_ascii_case("true") || value == "1").to_string())),
        "INTEGER" if value.parse::<i64>().is_err() => {
            refuse("The property expected an integer and an integer was not sent.")
        }
        "NUMBER" if value.parse::<f64>().is_err() => {
            refuse("The property expected a number and a number was not sent.")
        }
        "URL" if url::Url::parse(value).is_err() => {
            refuse("The property expected a URL but the URL was malformed.")
        }
        "UUID" if uuid::Uuid::parse_str(value).is_err() => {
            refuse("The property expected a UUID but a valid UUID was not sent.")
        }
        _ => Ok(Some(value.to_owned())),
    }
}

/// The value as it is stored: a secret is encrypted, or dropped where there is no key.
fn stored(vault: Option<&Vault>, kind: &str, value: Option<String>) -> Result<Option<String>> {
    match (kind, value, vault) {
        (ENCRYPTED, Some(value), Some(vault)) => Ok(Some(vault.seal(&value)?)),
        (ENCRYPTED, _, _) => Ok(None),
        (_, value, _) => Ok(value),
    }
}

async fn project(sql: &impl Sql, scope: &Scope, uuid: &Uuid) -> Result<Project> {
    let found = store::by_uuid(sql, uuid.as_str()).await?;
    let found = found.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(sql, found.id).await?;
    Ok(found)
}

async fn find(sql: &impl Sql, project: i64, body: &Map<String, Value>) -> Result<Option<Property>> {
    let sql_text = format!("{SELECT} WHERE project_id = ? AND COALESCE(group_name, '') = ? AND name = ?");
    let group = text(body, "groupName").unwrap_or_default();
    let name = text(body, "propertyName").unwrap_or_default();
    Ok(sql.row(&sql_text, params![project, group, name]).await?)
}

fn check(body: &Map<String, Value>, whole: bool) -> Result<()> {
    let mut rules = Rules::default();
    rules.not_blank("propertyName", body);
    rules.text("propertyName", body, 1, 255, Some("property name"));
    rules.text("groupName", body, 1, 255, Some("group name"));
    rules.text("propertyValue", body, 0, 1024, Some("property value"));
    rules.text("description", body, 0, 255, Some("description"));
    let kind = text(body, "propertyType");
    if whole && kind.is_none() {
        let template = "{jakarta.validation.constraints.NotNull.message}";
        rules.broken("propertyType", "must not be null", template, Value::Null);
    }
    rules.kept()?;
    kind.map_or(Ok(()), |kind| word("propertyType", &kind, &KINDS))
}

async fn list(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<axum::Json<Vec<Value>>> {
    let project = project(&state.db, &scope, &uuid).await?;
    Ok(axum::Json(of_projects(&state.db, &[project.id]).await?.remove(&project.id).unwrap_or_default()))
}

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response> {
    check(&body, true)?;
    let tx = state.db.begin().await?;
    let project = project(&tx, &scope, &uuid).await?;
    tx.lock(&format!("properties of {}", project.uuid)).await?;
    if find(&tx, project.id, &body).await?.is_some() {
        return Err(Error::conflict(
            "A property with the specified project/group/name combination already exists.",
        ));
    }
    let kind = text(&body, "propertyType").unwrap_or_default();
    let value = checked(&kind, text(&body, "propertyValue").as_deref())?;
    let row = [
        ("project_id", project.id.into()),
        ("group_name", text(&body, "groupName").into()),
        ("name", text(&body, "propertyName").into()),
        ("value", stored(state.options.vault.as_ref(), &kind, value)?.into()),
        ("kind", kind.into()),
        ("description", text(&body, "description").into()),
    ];
    tx.insert("project_property", &row).await?;
    let made = find(&tx, project.id, &body).await?;
    policy::mark_where(&tx, "id = ?", params![project.id]).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(made.map(|property| property.json()))).into_response())
}

fn unknown() -> Error {
    Error::not_found("A property with the specified project/group/name combination could not be found.")
}

async fn update(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response> {
    check(&body, false)?;
    let tx = state.db.begin().await?;
    let project = project(&tx, &scope, &uuid).await?;
    let mut property = find(&tx, project.id, &body).await?.ok_or_else(unknown)?;
    let sent = text(&body, "propertyValue");
    if property.kind == ENCRYPTED && sent.as_deref() == Some(HIDDEN) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let value = checked(&property.kind, sent.as_deref())?;
    property.value = stored(state.options.vault.as_ref(), &property.kind, value)?;
    if body.contains_key("description") {
        property.description = text(&body, "description");
    }
    let changes =
        [("value", property.value.clone().into()), ("description", property.description.clone().into())];
    tx.update("project_property", property.id, &changes).await?;
    policy::mark_where(&tx, "id = ?", params![project.id]).await?;
    tx.commit().await?;
    Ok(axum::Json(property.json()).into_response())
}

async fn delete(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(body): Json<Map<String, Value>>,
) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let project = project(&tx, &scope, &uuid).await?;
    let property = find(&tx, project.id, &body).await?.ok_or_else(unknown)?;
    tx.execute("DELETE FROM project_property WHERE id = ?", params![property.id]).await?;
    policy::mark_where(&tx, "id = ?", params![project.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Encrypts every secret by the present key; how many there are.
pub(crate) async fn reseal(db: &storage::Db, vault: &Vault) -> Result<u64> {
    let tx = db.begin().await?;
    let text = format!("{SELECT} WHERE kind = ? AND value IS NOT NULL");
    let rows: Vec<Property> = tx.rows(&text, params![ENCRYPTED]).await?;
    let mut count = 0;
    for row in rows {
        let plain = vault.unseal(row.value.as_deref().unwrap_or_default())?;
        tx.update("project_property", row.id, &[("value", vault.seal(&plain)?.into())]).await?;
        count += 1;
    }
    tx.commit().await?;
    Ok(count)
}
