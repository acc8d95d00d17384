//! Cloning a project at once.

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::json;

use super::Refusal;
use crate::policy;
use crate::project::{self, Includes};
use crate::server::{Access, AppState, Error, Json, Route, Scope, Uuid, route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::Any(&[Permission::PortfolioManagement]);
    vec![
        route(Method::POST, "/v2/projects/{uuid}/clone", manage, clone)
            .says("Copies a project into a new version.")
            .takes("CloneRequestV2")
            .gives(201, "UuidV2"),
    ]
}

/// What a clone can include.
const INCLUDES: [&str; 9] = [
    "ACL",
    "COMPONENTS",
    "FINDINGS",
    "FINDINGS_AUDIT_HISTORY",
    "POLICY_VIOLATIONS",
    "POLICY_VIOLATIONS_AUDIT_HISTORY",
    "PROPERTIES",
    "SERVICES",
    "TAGS",
];

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    version: String,
    version_is_latest: bool,
    includes: Vec<String>,
}

async fn clone(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Result<Uuid, Error>,
    body: Result<Json<Wanted>, Error>,
) -> Result<Response, Refusal> {
    let Json(wanted) = body?;
    let version = wanted.version.trim();
    if version.is_empty() || version.chars().count() > 255 {
        return Err(Error::invalid("version", "size must be between 1 and 255", version).into());
    }
    if let Some(unknown) = wanted.includes.iter().find(|name| !INCLUDES.contains(&name.as_str())) {
        let message = format!("must be one of {}", INCLUDES.join(", "));
        return Err(Error::invalid("includes", &message, unknown.as_str()).into());
    }
    let has = |name: &str| wanted.includes.iter().any(|one| one == name);
    let includes = Includes {
        tags: has("TAGS"),
        properties: has("PROPERTIES"),
        components: has("COMPONENTS"),
        services: has("SERVICES"),
        audit_history: has("FINDINGS") && has("FINDINGS_AUDIT_HISTORY"),
        acl: has("ACL"),
        latest: wanted.version_is_latest,
    };
    let tx = state.db.begin().await?;
    let source = project::by_uuid(&tx, uuid?.as_str()).await?;
    let source = source.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&tx, source.id).await?;
    tx.lock("project names").await?;
    project::clone_refusal(&tx, &scope, &source, version, includes.latest).await?;
    let made = project::clone(&tx, &source, version, includes).await?;
    tx.commit().await?;
    policy::settle_project(&state.db, made.id).await?;
    let location = [(header::LOCATION, format!("/api/v2/projects/{}", made.uuid))];
    Ok((StatusCode::CREATED, location, axum::Json(json!({ "uuid": made.uuid }))).into_response())
}
