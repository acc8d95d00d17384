//! Properties of components, from SBOMs and from people (behaviour reference §3.7).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use super::api::visible;
use crate::policy;
use crate::project::{KINDS, Rules, checked, text, word};
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, Uuid, route};

pub(super) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewPortfolio]);
    let manage = Access::Any(&[Permission::PortfolioManagement]);
    vec![
        route(Method::GET, "/v1/component/{uuid}/property", view, list)
            .says("Lists the properties of a component.")
            .gives(200, "[ComponentProperty]"),
        route(Method::PUT, "/v1/component/{uuid}/property", manage, create)
            .says("Adds a property to a component.")
            .takes("ComponentProperty")
            .gives(201, "ComponentProperty"),
        route(Method::DELETE, "/v1/component/{uuid}/property/{propertyUuid}", manage, delete)
            .says("Removes a property of a component.")
            .gives(204, "none"),
    ]
}

#[derive(FromQueryResult)]
struct Property {
    uuid: String,
    group_name: Option<String>,
    name: String,
    value: Option<String>,
    kind: String,
    description: Option<String>,
}

impl Property {
    fn json(&self) -> Value {
        let members = [
            ("uuid", Some(&self.uuid)),
            ("groupName", self.group_name.as_ref()),
            ("propertyName", Some(&self.name)),
            ("propertyValue", self.value.as_ref()),
            ("propertyType", Some(&self.kind)),
            ("description", self.description.as_ref()),
        ];
        members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))).collect()
    }
}

async fn list(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<axum::Json<Vec<Value>>> {
    let component = visible(&state.db, &scope, uuid.as_str()).await?;
    let text = "SELECT uuid, group_name, name, value, kind, description FROM component_property \
         WHERE component_id = ? ORDER BY group_name, name, value, id";
    let rows: Vec<Property> = state.db.rows(text, params![component.id]).await?;
    Ok(axum::Json(rows.iter().map(Property::json).collect()))
}

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response> {
    let mut rules = Rules::default();
    rules.not_blank("propertyName", &body);
    rules.text("propertyName", &body, 1, 255, Some("property name"));
    rules.text("groupName", &body, 1, 255, Some("group name"));
    rules.text("propertyValue", &body, 0, 1024, Some("property value"));
    rules.text("description", &body, 0, 255, Some("description"));
    let kind = text(&body, "propertyType");
    if kind.is_none() {
        let template = "{jakarta.validation.constraints.NotNull.message}";
        rules.broken("propertyType", "must not be null", template, Value::Null);
    }
    rules.kept()?;
    let kind = kind.unwrap_or_default();
    word("propertyType", &kind, &KINDS)?;
    if kind == "ENCRYPTEDSTRING" {
        return Err(Error::bad_request("Encrypted component property values are not supported"));
    }
    let property = Property {
        uuid: uuid::Uuid::new_v4().to_string(),
        group_name: text(&body, "groupName"),
        name: text(&body, "propertyName").unwrap_or_default(),
        value: checked(&kind, text(&body, "propertyValue").as_deref())?,
        kind,
        description: text(&body, "description"),
    };
    let tx = state.db.begin().await?;
    let component = visible(&tx, &scope, uuid.as_str()).await?;
    let row = params![
        property.uuid.clone(),
        component.id,
        property.group_name.clone(),
        property.name.clone(),
        property.value.clone(),
        property.kind.clone(),
        property.description.clone(),
    ];
    let columns = ["uuid", "component_id", "group_name", "name", "value", "kind", "description"];
    if tx.insert_many("component_property", &columns, vec![row], "ON CONFLICT DO NOTHING").await? == 0 {
        return Err(Error::conflict(
            "A property with the specified component/group/name/value combination already exists.",
        ));
    }
    policy::mark_where(&tx, "id = ?", params![component.project_id]).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(property.json())).into_response())
}

async fn delete(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Path((_, property)): Path<(String, String)>,
) -> Result<StatusCode> {
    if !Uuid::is_valid(&property) {
        return Err(Uuid::refuse("deleteProperty", &property));
    }
    let tx = state.db.begin().await?;
    let component = visible(&tx, &scope, uuid.as_str()).await?;
    let text = "DELETE FROM component_property WHERE component_id = ? AND uuid = ?";
    if tx.execute(text, params![component.id, property]).await? == 0 {
        return Err(Error::not_found("The component property could not be found."));
    }
    policy::mark_where(&tx, "id = ?", params![component.project_id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
