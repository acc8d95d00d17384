//! What a project or a component depends on directly.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use crate::server::{Access, AppState, Error, Result, Route, Scope, Uuid, route};
use crate::{component, project, repository};

pub(super) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewPortfolio]);
    let path = "/v1/dependencyGraph/project/{uuid}/directDependencies";
    let of_component = "/v1/dependencyGraph/component/{uuid}/directDependencies";
    vec![
        route(Method::GET, path, view, of_project)
            .says("Lists what a project depends on directly.")
            .gives(200, "[DirectDependency]"),
        route(Method::GET, of_component, view, self::of_component)
            .says("Lists what a component depends on directly.")
            .gives(200, "[DirectDependency]"),
    ]
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    uuid: String,
    name: String,
    version: Option<String>,
    purl: Option<String>,
}

fn unknown() -> Error {
    Error::not_found("The component could not be found.")
}

async fn of_project(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
) -> Result<axum::Json<Vec<Value>>> {
    let project = project::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(unknown)?;
    scope.check(&state.db, project.id).await?;
    answer(&state, "d.component_id IS NULL AND d.project_id = ?", project.id).await
}

async fn of_component(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
) -> Result<axum::Json<Vec<Value>>> {
    let component = component::by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(unknown)?;
    if !scope.allows(&state.db, component.project_id).await? {
        let text = "Access to the specified component is forbidden";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    answer(&state, "d.component_id = ?", component.id).await
}

/// The ends of the edges that meet a condition: components by name, then services.
async fn answer(state: &AppState, condition: &str, owner: i64) -> Result<axum::Json<Vec<Value>>> {
    let text = format!(
        "SELECT c.id, c.uuid, c.name, c.version, c.purl FROM dependency d \
         JOIN component c ON c.id = d.depends_on WHERE {condition} ORDER BY c.name, c.id"
    );
    let components: Vec<Row> = state.db.rows(&text, params![owner]).await?;
    let text = format!(
        "SELECT s.id, s.uuid, s.name, s.version, NULL AS purl FROM service_dependency d \
         JOIN service s ON s.id = d.depends_on WHERE {condition} ORDER BY s.name, s.id"
    );
    let services: Vec<Row> = state.db.rows(&text, params![owner]).await?;
    let ids: Vec<i64> = components.iter().map(|row| row.id).collect();
    let mut direct = component::direct_dependencies(&state.db, &ids).await?;
    let purls: Vec<&str> = components.iter().filter_map(|row| row.purl.as_deref()).collect();
    let meta = repository::meta_of(&state.db, &purls).await?;
    let mut out = Vec::with_capacity(components.len() + services.len());
    for row in components {
        let latest = row.purl.as_ref().and_then(|purl| meta.get(purl)?.get("latestVersion").cloned());
        let direct = direct.remove(&row.id);
        out.push(node(row, direct, latest));
    }
    out.extend(services.into_iter().map(|row| node(row, None, None)));
    Ok(axum::Json(out))
}

fn node(row: Row, direct: Option<String>, latest: Option<Value>) -> Value {
    let members = [
        ("uuid", Some(json!(row.uuid))),
        ("name", Some(json!(row.name))),
        ("version", row.version.map(Into::into)),
        ("purl", row.purl.map(Into::into)),
        ("directDependencies", direct.map(Into::into)),
        ("latestVersion", latest),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<String, Value>>())
}
