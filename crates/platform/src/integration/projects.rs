//! The projects of a Dependency-Track, and making assets of them.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

use super::Integration;
use crate::asset::{self, Change};
use crate::connector::{self, Connector, Project, ProjectQuery};
use crate::error::Problem;
use crate::sync::{self, Cause};
use crate::{Error, Platform, Result};

/// A project as the dialog shows it.
pub struct ExternalProject {
    /// Its uuid.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Whether it is active.
    pub active: bool,
    /// Whether it is the latest version.
    pub latest: bool,
    /// The last import of an SBOM (epoch milliseconds).
    pub last_import: Option<i64>,
    /// The asset that follows it.
    pub asset: Option<i64>,
}

/// A page of the projects, asked of Dependency-Track, and how many there are.
pub async fn external_projects(
    platform: &Platform,
    integration: &Integration,
    search: Option<&str>,
    inactive: bool,
    page: i64,
    limit: i64,
) -> Result<(Vec<ExternalProject>, i64)> {
    #[derive(FromQueryResult)]
    struct Imported {
        project_uuid: String,
        asset_id: i64,
    }
    let query = ProjectQuery {
        search: search.map(str::to_owned),
        inactive,
        page: u32::try_from(page).unwrap_or(1),
        limit: u32::try_from(limit).unwrap_or(10),
    };
    let found = connector::open(platform, integration)?.projects(&query).await?;
    let mut values = params![integration.id];
    values.extend(found.items.iter().map(|project| project.id.as_str().into()));
    let imported: Vec<Imported> = platform
        .db
        .rows(
            &format!(
                "SELECT project_uuid, asset_id FROM asset_link WHERE integration_id = ? AND project_uuid IN ({})",
                marks(found.items.len())
            ),
            values,
        )
        .await?;
    let imported: HashMap<String, i64> =
        imported.into_iter().map(|row| (row.project_uuid, row.asset_id)).collect();
    let projects = found
        .items
        .into_iter()
        .map(|project| ExternalProject {
            asset: imported.get(&project.id).copied(),
            uuid: project.id,
            name: project.name,
            version: project.version,
            active: project.active,
            latest: project.latest,
            last_import: project.last_import,
        })
        .collect();
    Ok((projects, i64::try_from(found.total).unwrap_or(i64::MAX)))
}

/// What became of a project that was to be associated.
pub struct Associated {
    /// The project as it was named.
    pub project: String,
    /// Its asset and the run that was queued.
    pub done: Option<(i64, i64)>,
    /// Why it was not.
    pub problem: Option<Problem>,
}

/// Which version an asset follows.
fn checked_follow(follow: &str) -> &'static str {
    if follow == "LATEST" { "LATEST" } else { "VERSION" }
}

/// The name of the asset that follows a project.
pub fn asset_name(project: &Project, follow: &str) -> String {
    match (&project.version, checked_follow(follow)) {
        (Some(version), "VERSION") => format!("{} {version}", project.name),
        _ => project.name.clone(),
    }
}

/// The refusal of a project that only adds up others.
pub(crate) fn is_collection(project: &Project) -> Error {
    Error::Conflict(format!(
        "{} is a collection project: it has no components of its own; follow the projects below it",
        project.name
    ))
}

/// For each project: an asset is made and imported when none follows it yet, else it is synchronized.
pub async fn associate(
    platform: &Platform,
    integration: &Integration,
    projects: &[String],
    follow: &str,
    cause: Cause,
) -> Result<Vec<Associated>> {
    let scanner = connector::open(platform, integration)?;
    let follow = checked_follow(follow);
    let mut out = Vec::with_capacity(projects.len());
    for project in projects {
        let made = one(platform, integration, scanner.as_ref(), project.trim(), follow, cause).await;
        let (done, problem) = match made {
            Ok(done) => (Some(done), None),
            Err(error) => (None, Some(error.problem())),
        };
        out.push(Associated { project: project.clone(), done, problem });
    }
    Ok(out)
}

async fn one(
    platform: &Platform,
    integration: &Integration,
    scanner: &dyn Connector,
    project: &str,
    follow: &'static str,
    cause: Cause,
) -> Result<(i64, i64)> {
    if let Some(link) = link_of(&platform.db, integration.id, project, follow).await? {
        return queue(platform, link, cause).await;
    }
    let found = scanner.project(project).await?;
    if found.collection {
        return Err(is_collection(&found));
    }
    let tx = platform.db.begin().await?;
    tx.lock(&format!("project:{}:{}", integration.id, found.name)).await?;
    // Somebody else may have imported it in this moment; and the latest version of a name is followed once.
    let present = match link_of(&tx, integration.id, &found.id, follow).await? {
        None if follow == "LATEST" => {
            tx.scalar(
                "SELECT id FROM asset_link WHERE integration_id = ? AND follow = 'LATEST' AND project_name = ?",
                params![integration.id, found.name.clone()],
            )
            .await?
        }
        present => present,
    };
    if let Some(link) = present {
        drop(tx);
        return queue(platform, link, cause).await;
    }
    let change = Change { name: Some(asset_name(&found, follow)), ..Change::default() };
    let asset = asset::create(&tx, integration.company_id, &change).await?;
    let link = link(&tx, asset, integration.id, &found, follow).await?;
    let run = sync::queue(&tx, link, Cause::Import, 0).await?;
    tx.commit().await?;
    Ok((asset, run))
}

/// Has an asset follow a project; the id of the link.
pub(crate) async fn link(
    tx: &Tx,
    asset: i64,
    integration: i64,
    project: &Project,
    follow: &str,
) -> Result<i64> {
    Ok(tx
        .insert(
            "asset_link",
            &[
                ("asset_id", asset.into()),
                ("integration_id", integration.into()),
                ("project_uuid", project.id.clone().into()),
                ("project_name", project.name.clone().into()),
                ("project_version", project.version.clone().into()),
                ("follow", follow.into()),
                ("active", project.active.into()),
                ("latest", project.latest.into()),
                ("created_at", now_ms().into()),
            ],
        )
        .await?)
}

async fn link_of(sql: &impl Sql, integration: i64, project: &str, follow: &str) -> Result<Option<i64>> {
    Ok(sql
        .scalar(
            "SELECT id FROM asset_link WHERE integration_id = ? AND project_uuid = ? AND follow = ?",
            params![integration, project, follow],
        )
        .await?)
}

async fn queue(platform: &Platform, link: i64, cause: Cause) -> Result<(i64, i64)> {
    let tx = platform.db.begin().await?;
    let link = super::link_by_id(&tx, link).await?.ok_or(Error::NotFound("project"))?;
    let run = sync::queue(&tx, link.id, cause, 0).await?;
    tx.commit().await?;
    Ok((link.asset_id, run))
}
