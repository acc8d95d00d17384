//! What an upload says beside the document, and what happens before a token is answered
//! (behaviour reference §3.8).

use axum::http::StatusCode;
use identity::{Permission, Principal};
use serde_json::json;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::{Tx, blobs};

use super::{PROCESS, Process};
use crate::project::{self, Project};
use crate::server::{AppState, Error, Result};
use crate::{config_property, event, notification};

/// An upload: which project, and the document.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub project: Option<String>,
    pub name: Option<String>,
    pub version: Option<String>,
    pub tags: Option<Vec<String>>,
    pub auto_create: bool,
    pub parent_uuid: Option<String>,
    pub parent_name: Option<String>,
    pub parent_version: Option<String>,
    pub is_latest: bool,
    pub document: Vec<u8>,
}

fn not_found() -> Error {
    Error::not_found("The project could not be found.")
}

/// Checks an upload and queues its processing; the token and the project's uuid.
///
/// Nothing is written unless everything holds: a project is not made for a document that is refused.
pub(super) async fn accept(state: &AppState, caller: &Principal, upload: Upload) -> Result<(String, String)> {
    // Who may not create is told so before the document is looked at, as the original does.
    let existing = find(&state.db, &upload).await?;
    if existing.is_none() {
        may_create(caller, &upload)?;
        parent(&state.db, &upload).await?;
    }
    let document = validated(state, upload.document.clone()).await?;
    let tx = state.db.begin().await?;
    tx.lock("project names").await?;
    let project = match find(&tx, &upload).await? {
        Some(project) => {
            // Tags of an existing project are portfolio data: only who may change them does.
            if let Some(tags) = upload.tags.as_deref().filter(|tags| !tags.is_empty())
                && caller.allows(Permission::PortfolioManagement)
            {
                project::set_tags(&tx, project.id, tags).await?;
            }
            project
        }
        None => {
            may_create(caller, &upload)?;
            create(&tx, &upload).await?
        }
    };
    let blob = blobs::put(&tx, &document).await?;
    let job = NewJob::new(PROCESS, Process { project: project.id, blob })?
        .lane(format!("project:{}", project.id), IfWaiting::Append)
        .priority(10);
    let job = enqueue(&tx, job).await?;
    let token = event::create(&tx, job).await?;
    tx.commit().await?;
    Ok((token, project.uuid))
}

/// The document, if it may be stored: valid, or nobody wants it to be.
pub(crate) async fn validated(state: &AppState, document: Vec<u8>) -> Result<Vec<u8>> {
    let mode = config_property::get(&state.db, "artifact", "bom.validation.mode").await?;
    if mode.as_deref() == Some("DISABLED") {
        return Ok(document);
    }
    // Validating a large document takes a while: not on a thread that answers requests.
    tokio::task::spawn_blocking(move || sbom::parse(&document).map(|_| document))
        .await
        .map_err(|e| Error::bad_request(format!("The document could not be read: {e}")))?
        .map_err(invalid)
}

/// The refusal of a document, in the original's words.
fn invalid(error: sbom::Error) -> Error {
    Error::Problem {
        status: StatusCode::BAD_REQUEST,
        title: "The uploaded BOM is invalid",
        detail: error.detail(),
        errors: (!error.errors().is_empty()).then(|| json!(error.errors())),
    }
}

async fn find(sql: &impl storage::Sql, upload: &Upload) -> Result<Option<Project>> {
    match (&upload.project, &upload.name) {
        (Some(uuid), _) => Ok(Some(project::by_uuid(sql, uuid).await?.ok_or_else(not_found)?)),
        (None, Some(name)) => project::by_name(sql, name, upload.version.as_deref()).await,
        (None, None) => Err(not_found()),
    }
}

fn may_create(caller: &Principal, upload: &Upload) -> Result<()> {
    if !upload.auto_create {
        return Err(not_found());
    }
    if caller.allows(Permission::PortfolioManagement) || caller.allows(Permission::ProjectCreationUpload) {
        return Ok(());
    }
    let text = "The principal does not have permission to create project.";
    Err(Error::Text(StatusCode::UNAUTHORIZED, text.to_owned()))
}

async fn parent(sql: &impl storage::Sql, upload: &Upload) -> Result<Option<Project>> {
    let parent = match (&upload.parent_uuid, &upload.parent_name) {
        (Some(uuid), _) => project::by_uuid(sql, uuid).await?,
        (None, Some(name)) => project::by_name(sql, name, upload.parent_version.as_deref()).await?,
        (None, None) => return Ok(None),
    };
    let parent = parent.ok_or_else(|| Error::not_found("The parent component could not be found."))?;
    if !parent.active {
        return Err(Error::conflict("An inactive Parent cannot be selected as parent"));
    }
    Ok(Some(parent))
}

async fn create(tx: &Tx, upload: &Upload) -> Result<Project> {
    let mut project = Project::new(upload.name.clone().unwrap_or_default(), upload.version.clone());
    project.parent_id = parent(tx, upload).await?.map(|parent| parent.id);
    project.is_latest = upload.is_latest;
    project.id = project::insert(tx, &project).await?;
    if let Some(tags) = &upload.tags {
        project::set_tags(tx, project.id, tags).await?;
    }
    notification::project_created(tx, &project).await?;
    Ok(project)
}
