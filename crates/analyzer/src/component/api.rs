//! Single components over the wire (behaviour reference §4.2).

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, params};

use super::{Component, Internal, Show, body, by_uuid, view};
use crate::package_version::{self, Which};
use crate::project::Project;
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, Uuid, flag, route};
use crate::{attribution, license, policy, project};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/component/project/{uuid}", MANAGE, create)
            .says("Adds a component to a project.")
            .takes("NewComponent")
            .gives(201, "Component"),
        route(Method::POST, "/v1/component", MANAGE, update)
            .says("Replaces all fields of a component.")
            .takes("NewComponent")
            .gives(200, "Component"),
        route(Method::GET, "/v1/component/{uuid}", VIEW, show)
            .says("Shows a component.")
            .query("includeRepositoryMetaData", "boolean")
            .gives(200, "Component"),
        route(Method::DELETE, "/v1/component/{uuid}", MANAGE, delete)
            .says("Deletes a component.")
            .gives(204, "none"),
    ]
}

/// Refuses when the caller may not see the project of a component.
pub(super) async fn check(sql: &impl Sql, scope: &Scope, component: &Component) -> Result<()> {
    if scope.allows(sql, component.project_id).await? {
        return Ok(());
    }
    let text = "Access to the specified component is forbidden";
    Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()))
}

/// The component with this uuid, if the caller may see it.
pub(super) async fn visible(sql: &impl Sql, scope: &Scope, uuid: &str) -> Result<Component> {
    let component = by_uuid(sql, uuid).await?;
    let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
    check(sql, scope, &component).await?;
    Ok(component)
}

/// As [`visible`], in the words of the operations that change.
async fn changeable(tx: &Tx, scope: &Scope, uuid: &str) -> Result<Component> {
    let component = by_uuid(tx, uuid).await?;
    let component =
        component.ok_or_else(|| Error::not_found("The UUID of the component could not be found."))?;
    check(tx, scope, &component).await?;
    Ok(component)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    #[serde(deserialize_with = "flag")]
    include_repository_meta_data: bool,
}

async fn show(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<Value>> {
    let component = visible(&state.db, &scope, uuid.as_str()).await?;
    let show = Show { repository: wanted.include_repository_meta_data, ..Show::default() };
    Ok(axum::Json(view::json(&state.db, &component, show).await?))
}

/// Writes the row of a component and its hashes; analysed when the transaction is over.
async fn save(tx: &Tx, component: &mut Component, hashes: &[(String, String)]) -> Result<Option<i64>> {
    let identity = component.identity();
    let version = package_version::ensure(tx, std::slice::from_ref(&identity)).await?.remove(&identity.key());
    component.is_internal =
        Internal::load(tx).await?.matches(component.group_name.as_deref(), &component.name);
    let row: Vec<(&str, storage::Value)> = vec![
        ("project_id", component.project_id.into()),
        ("package_version_id", version.into()),
        ("name", component.name.clone().into()),
        ("group_name", component.group_name.clone().into()),
        ("version", component.version.clone().into()),
        ("purl", component.purl.clone().into()),
        ("purl_coordinates", component.purl_coordinates.clone().into()),
        ("cpe", component.cpe.clone().into()),
        ("swid_tag_id", component.swid_tag_id.clone().into()),
        ("classifier", component.classifier.clone().into()),
        ("scope", component.scope.clone().into()),
        ("licence_id", component.licence_id.clone().into()),
        ("details", component.details.clone().into()),
        ("is_internal", component.is_internal.into()),
        ("by_hand", component.by_hand.into()),
        ("notes", component.notes.clone().into()),
        ("is_new", false.into()),
    ];
    if component.id == 0 {
        let mut row = row;
        row.push(("uuid", component.uuid.clone().into()));
        component.id = tx.insert("component", &row).await?;
    } else {
        tx.update("component", component.id, &row).await?;
        if let Some(version) = version {
            attribution::follow(tx, component.id, version).await?;
        }
        tx.execute("DELETE FROM component_hash WHERE component_id = ?", params![component.id]).await?;
    }
    let rows =
        hashes.iter().map(|(algorithm, value)| params![component.id, value.clone(), algorithm.clone()]);
    let columns = ["component_id", "value", "algorithm"];
    tx.insert_many("component_hash", &columns, rows.collect(), "").await?;
    policy::mark_changed(tx, component.project_id).await?;
    Ok(version)
}

/// What follows from a written component, and the component as it is answered.
async fn finish(state: &AppState, component: &Component, version: Option<i64>, show: Show) -> Result<Value> {
    if let Some(version) = version {
        package_version::analyse(&state.db, &[version], Which::Due).await?;
    }
    policy::settle_project(&state.db, component.project_id).await?;
    let mut out = view::json(&state.db, component, show).await?;
    if let (Some(id), Some(object)) = (component.licence_id.as_deref(), out.as_object_mut())
        && let Some(licence) = license::full(&state.db, id).await?
    {
        object.insert("resolvedLicense".to_owned(), licence);
    }
    Ok(out)
}

/// Adds a component to a project, from what a client sent.
///
/// # Errors
/// The rules of components, and 400 for a collection.
pub(crate) async fn add(
    state: &AppState,
    tx: Tx,
    project: &Project,
    sent: &Map<String, Value>,
) -> Result<(Component, Value)> {
    let mut component = Component::by_hand(project.id);
    let hashes = body::read(sent, &mut component, &license::custom(&tx).await?)?;
    if project.is_collection() {
        return Err(Error::bad_request("Collection project cannot contain components."));
    }
    let version = save(&tx, &mut component, &hashes).await?;
    tx.commit().await?;
    let out = finish(state, &component, version, Show { project_lists: true, ..Show::default() }).await?;
    Ok((component, out))
}

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Json(sent): Json<Map<String, Value>>,
) -> Result<Response> {
    body::read(&sent, &mut Component::by_hand(0), &license::custom(&state.db).await?)?;
    let tx = state.db.begin().await?;
    let project = project::by_uuid(&tx, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&tx, project.id).await?;
    let (_, mut out) = add(&state, tx, &project, &sent).await?;
    if let Some(object) = out.as_object_mut() {
        for name in ["children", "properties", "vulnerabilities"] {
            object.insert(name.to_owned(), json!([]));
        }
    }
    Ok((StatusCode::CREATED, axum::Json(out)).into_response())
}

async fn update(
    State(state): State<AppState>,
    scope: Scope,
    Json(sent): Json<Map<String, Value>>,
) -> Result<Response> {
    let uuid = sent.get("uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
    body::read(&sent, &mut Component::by_hand(0), &license::custom(&state.db).await?)?;
    let tx = state.db.begin().await?;
    let mut component = changeable(&tx, &scope, &uuid).await?;
    let hashes = body::read(&sent, &mut component, &license::custom(&tx).await?)?;
    let version = save(&tx, &mut component, &hashes).await?;
    tx.commit().await?;
    Ok(axum::Json(finish(&state, &component, version, Show::default()).await?).into_response())
}

async fn delete(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let component = changeable(&tx, &scope, uuid.as_str()).await?;
    tx.execute("DELETE FROM component WHERE id = ?", params![component.id]).await?;
    policy::mark_changed(&tx, component.project_id).await?;
    tx.commit().await?;
    policy::settle_project(&state.db, component.project_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
