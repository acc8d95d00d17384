//! The format in which other tools read findings: FPF 1.4 (behaviour reference §6.2).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use storage::Sql;

use super::filter::{Conditions, UNSUPPRESSED};
use super::{project, row};
use crate::config_property;
use crate::project::Project;
use crate::server::{AppState, Result, SPOKEN_VERSION, Scope, Uuid};

/// The findings of a project that are not suppressed, with the project.
pub(crate) async fn fpf(sql: &impl Sql, project: &Project) -> Result<Value> {
    let mut conditions = Conditions::default();
    conditions.add("c.project_id = ?", [project.id.into()]);
    conditions.add(UNSUPPRESSED, []);
    let rows = row::all(sql, conditions).await?;
    let latest = row::latest(sql, &rows).await?;
    let mut described = Map::new();
    let members = [
        ("uuid", Some(&project.uuid)),
        ("name", Some(&project.name)),
        ("version", project.version.as_ref()),
        ("description", project.description.as_ref()),
        ("purl", project.purl.as_ref()),
        ("cpe", project.cpe.as_ref()),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            described.insert(name.to_owned(), json!(value));
        }
    }
    let mut meta = Map::new();
    meta.insert("application".to_owned(), json!("Dependency-Track"));
    meta.insert("version".to_owned(), json!(SPOKEN_VERSION));
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    meta.insert("timestamp".to_owned(), json!(now));
    if let Some(base) = config_property::get(sql, "general", "base.url").await? {
        meta.insert("baseUrl".to_owned(), json!(base));
    }
    Ok(json!({
        "version": "1.4",
        "meta": meta,
        "project": described,
        "findings": rows.iter().map(|row| row.exported(&latest)).collect::<Vec<_>>(),
    }))
}

pub(super) async fn export(State(state): State<AppState>, scope: Scope, uuid: Uuid) -> Result<Response> {
    let project = project::visible(&state.db, &scope, &uuid).await?;
    let body = fpf(&state.db, &project).await?;
    let name = format!("inline; filename=findings-{}.fpf", project.uuid);
    Ok(([(header::CONTENT_DISPOSITION, name)], axum::Json(body)).into_response())
}
