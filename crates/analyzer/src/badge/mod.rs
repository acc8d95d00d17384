//! Badges: pictures of the counts of a project for pages elsewhere (behaviour reference §9.5).

mod svg;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{AuthError, Permission, Principal};
use serde::Deserialize;
use serde_json::Value;
use storage::{Sql, params};

use crate::config_property;
use crate::openapi::Schema;
use crate::project::{self, Project};
use crate::server::{Access, AppState, Error, Result, Route, Scope, Uuid, route};

pub(crate) const SCHEMAS: &[Schema] = &[];

pub(crate) fn routes() -> Vec<Route> {
    let badge = |path, vulnerabilities: bool, by_name: bool| {
        let made = match (vulnerabilities, by_name) {
            (true, false) => route(Method::GET, path, Access::Public, vulnerabilities_of),
            (true, true) => route(Method::GET, path, Access::Public, vulnerabilities_of_named),
            (false, false) => route(Method::GET, path, Access::Public, violations_of),
            (false, true) => route(Method::GET, path, Access::Public, violations_of_named),
        };
        let says = if vulnerabilities {
            "Draws the numbers of vulnerabilities of a project; needs VIEW_BADGES unless badges are public."
        } else {
            "Draws the numbers of policy violations of a project; needs VIEW_BADGES unless badges are public."
        };
        made.says(says).query("apiKey", "string").gives(200, "file").gives(401, "none").gives(403, "none")
    };
    vec![
        badge("/v1/badge/vulns/project/{uuid}", true, false),
        badge("/v1/badge/vulns/project/{name}/{version}", true, true),
        badge("/v1/badge/violations/project/{uuid}", false, false),
        badge("/v1/badge/violations/project/{name}/{version}", false, true),
    ]
}

#[derive(Deserialize)]
struct Key {
    #[serde(rename = "apiKey")]
    key: Option<String>,
}

/// Whose badge it is.
struct Asked<'a> {
    headers: &'a HeaderMap,
    key: Option<&'a str>,
}

impl Asked<'_> {
    /// Who asks; none when anybody may.
    async fn caller(&self, state: &AppState) -> Result<Option<Principal>> {
        if config_property::is_on(&state.db, "general", "badge.enabled").await? {
            return Ok(None);
        }
        let mut headers = self.headers.clone();
        if let Some(key) = self.key
            && let Ok(key) = key.trim().parse()
        {
            headers.insert("x-api-key", key);
        }
        match state.identity.authenticate(&headers).await {
            Ok(Some(caller)) if caller.allows(Permission::ViewBadges) => Ok(Some(caller)),
            Ok(Some(_)) => Err(Error::Empty(StatusCode::FORBIDDEN)),
            Ok(None) | Err(AuthError::Invalid) => Err(Error::Unauthorized),
            Err(AuthError::Storage(error)) => Err(error.into()),
        }
    }

    /// The picture of a project, when the caller may see it.
    async fn badge(
        &self,
        state: &AppState,
        project: impl Future<Output = Result<Option<Project>>>,
        draw: fn(Option<&Value>, Option<&str>) -> String,
    ) -> Result<Response> {
        let db = &state.db;
        let caller = self.caller(state).await?;
        let project = project.await?;
        let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
        if let Some(caller) = caller {
            Scope::of(state, &caller).await?.check(db, project.id).await?;
        }
        let text =
            "SELECT counts FROM metrics WHERE project_id = ? ORDER BY last_occurrence DESC, id DESC LIMIT 1";
        let counts: Option<String> = db.scalar(text, params![project.id]).await?;
        let counts: Option<Value> = counts.and_then(|text| serde_json::from_str(&text).ok());
        let base = config_property::get(db, "general", "base.url").await?;
        let link = base.map(|base| format!("{}/projects/{}", base.trim_end_matches('/'), project.uuid));
        let body = draw(counts.as_ref(), link.as_deref());
        Ok(([(header::CONTENT_TYPE, "image/svg+xml")], body).into_response())
    }

    async fn by_uuid(
        &self,
        state: &AppState,
        uuid: &Uuid,
        draw: fn(Option<&Value>, Option<&str>) -> String,
    ) -> Result<Response> {
        self.badge(state, project::by_uuid(&state.db, uuid.as_str()), draw).await
    }

    async fn by_name(
        &self,
        state: &AppState,
        (name, version): (String, String),
        draw: fn(Option<&Value>, Option<&str>) -> String,
    ) -> Result<Response> {
        if name.contains('\0') || version.contains('\0') {
            return Err(Error::not_found("The project could not be found."));
        }
        self.badge(state, project::by_name(&state.db, &name, Some(&version)), draw).await
    }
}

async fn vulnerabilities_of(
    State(state): State<AppState>,
    headers: HeaderMap,
    uuid: Uuid,
    Query(key): Query<Key>,
) -> Result<Response> {
    let asked = Asked { headers: &headers, key: key.key.as_deref() };
    asked.by_uuid(&state, &uuid, svg::vulnerabilities).await
}

async fn vulnerabilities_of_named(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(named): Path<(String, String)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let asked = Asked { headers: &headers, key: key.key.as_deref() };
    asked.by_name(&state, named, svg::vulnerabilities).await
}

async fn violations_of(
    State(state): State<AppState>,
    headers: HeaderMap,
    uuid: Uuid,
    Query(key): Query<Key>,
) -> Result<Response> {
    let asked = Asked { headers: &headers, key: key.key.as_deref() };
    asked.by_uuid(&state, &uuid, svg::violations).await
}

async fn violations_of_named(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(named): Path<(String, String)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let asked = Asked { headers: &headers, key: key.key.as_deref() };
    asked.by_name(&state, named, svg::violations).await
}
