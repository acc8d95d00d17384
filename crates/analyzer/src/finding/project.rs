//! The findings of a project.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use storage::Sql;

use super::filter::{self, Given};
use super::{row, sarif};
use crate::project::{self, Project};
use crate::server::{AppState, Error, Page, Result, Scope, Uuid, check_sort, total};

/// The project, when there is one and the caller may see it.
pub(super) async fn visible(sql: &impl Sql, scope: &Scope, uuid: &Uuid) -> Result<Project> {
    let project = project::by_uuid(sql, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(sql, project.id).await?;
    Ok(project)
}

/// The whole list, unless a page is asked for.
pub(super) async fn list(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    given: Given,
    page: Page,
    headers: HeaderMap,
) -> Result<Response> {
    let db = &state.db;
    let project = visible(db, &scope, &uuid).await?;
    let conditions = filter::of_project(&given, project.id)?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains(sarif::MEDIA) {
        let rows = row::all(db, conditions).await?;
        let name = format!("attachment; filename=\"findings-{}.sarif\"", project.uuid);
        let headers = [(header::CONTENT_TYPE, sarif::MEDIA.to_owned()), (header::CONTENT_DISPOSITION, name)];
        return Ok((headers, sarif::document(&rows).to_string()).into_response());
    }
    check_sort(&page, "Finding", &row::SORTABLE)?;
    let (count, rows) = row::page(db, conditions, &page.unless_asked_all()).await?;
    let latest = row::latest(db, &rows).await?;
    let out: Vec<Value> = rows.iter().map(|row| row.json(&latest, false)).collect();
    Ok((total(count), axum::Json(out)).into_response())
}
