//! What an upload says beside the document, and what happens before a token is answered
//! (behaviour reference §3.8).

use axum::http::StatusCode;
use identity::{Permission, Principal};
use serde_json::json;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::{Sql, Tx, blobs};

use super::{PROCESS, Process};
use crate::access::acl;
use crate::project::{self, Project, Rules};
use crate::server::{AppState, Error, Result, Scope};
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
pub(super) async fn accept(
    state: &AppState,
    scope: &Scope,
    caller: &Principal,
    upload: Upload,
) -> Result<(String, String)> {
    // Who may not create is told so before the document is looked at, as the original does.
    let existing = find(&state.db, scope, &upload).await?;
    let retags = existing.is_none() || caller.allows(Permission::PortfolioManagementUpdate);
    let tags = match (&existing, upload.tags.as_ref().filter(|tags| retags && !tags.is_empty())) {
        (_, Some(tags)) => tags.clone(),
        (Some(project), None) => tags_of(&state.db, project.id).await?,
        (None, None) => Vec::new(),
    };
    match &existing {
        None => may_create(&state.db, scope, caller, &upload).await?,
        Some(project) => not_a_collection(project)?,
    }
    let document = match validated(state, &tags, upload.document.clone()).await {
        Ok(document) => document,
        Err(refusal) => {
            if let Some(project) = &existing {
                notification::bom_validation_failed(&state.db, project, &upload.document, &refusal).await?;
            }
            return Err(refusal);
        }
    };
    let tx = state.db.begin().await?;
    tx.lock("project names").await?;
    let project = match find(&tx, scope, &upload).await? {
        Some(project) => {
            not_a_collection(&project)?;
            // Tags of an existing project are portfolio data: only who may change them does.
            if let Some(tags) = upload.tags.as_deref().filter(|tags| !tags.is_empty())
                && caller.allows(Permission::PortfolioManagementUpdate)
            {
                project::set_tags(&tx, project.id, tags).await?;
            }
            project
        }
        None => {
            may_create(&tx, scope, caller, &upload).await?;
            let project = create(&tx, scope, &upload).await?;
            acl::on_creation(&tx, state, caller, None, project.id).await?;
            project
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

fn not_a_collection(project: &Project) -> Result<()> {
    if project.is_collection() {
        return Err(Error::bad_request("BOM cannot be uploaded to collection project."));
    }
    Ok(())
}

/// The tags of a project.
pub(crate) async fn tags_of(sql: &impl Sql, project: i64) -> Result<Vec<String>> {
    Ok(project::tags(sql, &[project]).await?.remove(&project).unwrap_or_default())
}

/// Whether documents of a project with these tags are validated (reference §3.9).
async fn is_validating(sql: &impl Sql, tags: &[String]) -> Result<bool> {
    let mode = config_property::get(sql, "artifact", "bom.validation.mode").await?;
    let (name, wanted) = match mode.as_deref() {
        Some("DISABLED") => return Ok(false),
        Some("ENABLED_FOR_TAGS") => ("bom.validation.tags.inclusive", true),
        Some("DISABLED_FOR_TAGS") => ("bom.validation.tags.exclusive", false),
        _ => return Ok(true),
    };
    let listed = config_property::get(sql, "artifact", name).await?.unwrap_or_default();
    let listed: Vec<String> = serde_json::from_str(&listed).unwrap_or_default();
    let has = listed.iter().any(|tag| tags.contains(&tag.trim().to_lowercase()));
    Ok(has == wanted)
}

/// The document of a project with these tags, if it may be stored: valid, or nobody wants it to be.
pub(crate) async fn validated(state: &AppState, tags: &[String], document: Vec<u8>) -> Result<Vec<u8>> {
    if !is_validating(&state.db, tags).await? {
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

/// The project that is uploaded to, if it is there.
async fn find(sql: &impl Sql, scope: &Scope, upload: &Upload) -> Result<Option<Project>> {
    let found = match (&upload.project, &upload.name) {
        (Some(uuid), _) => Some(project::by_uuid(sql, uuid).await?.ok_or_else(not_found)?),
        (None, Some(name)) => project::by_name(sql, name, upload.version.as_deref()).await?,
        (None, None) => return Err(not_found()),
    };
    if let Some(project) = &found {
        scope.check(sql, project.id).await?;
    }
    Ok(found)
}

/// Whether the caller may make the project that the upload names.
async fn may_create(sql: &impl Sql, scope: &Scope, caller: &Principal, upload: &Upload) -> Result<()> {
    if !upload.auto_create {
        return Err(not_found());
    }
    if !caller.allows(Permission::PortfolioManagementCreate)
        && !caller.allows(Permission::ProjectCreationUpload)
    {
        let text = "The principal does not have permission to create project.";
        return Err(Error::Text(StatusCode::UNAUTHORIZED, text.to_owned()));
    }
    let names = [("projectName", &upload.name), ("projectVersion", &upload.version)];
    let mut rules = Rules::default();
    for (member, text) in names {
        let body = text.iter().map(|text| (member.to_owned(), json!(text))).collect();
        let label = if member == "projectName" { "name" } else { "version" };
        rules.text(member, &body, 1, 255, Some(label));
    }
    rules.kept()?;
    parent(sql, scope, upload).await?;
    if upload.is_latest
        && let Some(latest) = project::latest(sql, upload.name.as_deref().unwrap_or_default()).await?
        && !scope.allows(sql, latest.id).await?
    {
        let text = "Cannot create latest version for project with this name. \
             Access to current latest version is forbidden!";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    Ok(())
}

async fn parent(sql: &impl Sql, scope: &Scope, upload: &Upload) -> Result<Option<Project>> {
    let parent = match (&upload.parent_uuid, &upload.parent_name) {
        (Some(uuid), _) => project::by_uuid(sql, uuid).await?,
        (None, Some(name)) => project::by_name(sql, name, upload.parent_version.as_deref()).await?,
        (None, None) => return Ok(None),
    };
    let parent = parent.ok_or_else(|| Error::not_found("The parent component could not be found."))?;
    if !scope.allows(sql, parent.id).await? {
        let text = "Access to the specified parent project is forbidden";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    if !parent.active {
        return Err(Error::conflict("An inactive Parent cannot be selected as parent"));
    }
    Ok(Some(parent))
}

async fn create(tx: &Tx, scope: &Scope, upload: &Upload) -> Result<Project> {
    let mut project = Project::new(upload.name.clone().unwrap_or_default(), upload.version.clone());
    project.parent_id = parent(tx, scope, upload).await?.map(|parent| parent.id);
    project.is_latest = upload.is_latest;
    project.id = project::insert(tx, &project).await?;
    if let Some(tags) = &upload.tags {
        project::set_tags(tx, project.id, tags).await?;
    }
    notification::project_created(tx, &project).await?;
    Ok(project)
}
