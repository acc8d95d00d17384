//! The projects of a Dependency-Track, and making assets of them.

use std::collections::HashMap;

use dependency_track as dt;
use sea_orm::FromQueryResult;
use storage::{Sql, marks, now_ms, params};
use uuid::Uuid;

use super::{Integration, client};
use crate::asset::{self, Change};
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
    page: i64,
    limit: i64,
) -> Result<(Vec<ExternalProject>, i64)> {
    #[derive(FromQueryResult)]
    struct Imported {
        project_uuid: String,
        asset_id: i64,
    }
    let query = dt::ProjectQuery {
        search: search.map(str::to_owned),
        page: u32::try_from(page).unwrap_or(1),
        page_size: u32::try_from(limit).unwrap_or(10),
        ..dt::ProjectQuery::default()
    };
    let found = client(platform, integration)?.projects(&query).await?;
    let mut values = params![integration.id];
    values.extend(found.items.iter().map(|project| project.uuid.to_string().into()));
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
        .map(|project| {
            let uuid = project.uuid.to_string();
            ExternalProject {
                asset: imported.get(&uuid).copied(),
                uuid,
                name: project.name,
                version: project.version,
                active: project.active,
                latest: project.is_latest,
                last_import: project.last_bom_import,
            }
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

/// For each project: an asset is made and imported when none follows it yet, else it is synchronized.
pub async fn associate(
    platform: &Platform,
    integration: &Integration,
    projects: &[String],
    cause: Cause,
) -> Result<Vec<Associated>> {
    let client = client(platform, integration)?;
    let mut out = Vec::with_capacity(projects.len());
    for project in projects {
        let (done, problem) = match one(platform, integration, &client, project.trim(), cause).await {
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
    client: &dt::Client,
    project: &str,
    cause: Cause,
) -> Result<(i64, i64)> {
    let uuid = Uuid::parse_str(project)
        .map_err(|_| Error::invalid("projectIds", format!("{project:?} is not the UUID of a project")))?;
    let text = uuid.to_string();
    if let Some(link) = link_of(&platform.db, integration.id, &text).await? {
        return queue(platform, link, cause).await;
    }
    let found = client.project(uuid).await?;
    let tx = platform.db.begin().await?;
    tx.lock(&format!("project:{}:{text}", integration.id)).await?;
    // Somebody else may have imported it in this moment.
    if let Some(link) = link_of(&tx, integration.id, &text).await? {
        drop(tx);
        return queue(platform, link, cause).await;
    }
    let name = match &found.version {
        Some(version) => format!("{} {version}", found.name),
        None => found.name.clone(),
    };
    let change = Change { name: Some(name), ..Change::default() };
    let asset = asset::create(&tx, integration.company_id, &change).await?;
    let link = tx
        .insert(
            "asset_link",
            &[
                ("asset_id", asset.into()),
                ("integration_id", integration.id.into()),
                ("project_uuid", text.into()),
                ("project_name", found.name.into()),
                ("project_version", found.version.into()),
                ("created_at", now_ms().into()),
            ],
        )
        .await?;
    let run = sync::queue(&tx, link, Cause::Import, 0).await?;
    tx.commit().await?;
    Ok((asset, run))
}

async fn link_of(sql: &impl Sql, integration: i64, project: &str) -> Result<Option<i64>> {
    Ok(sql
        .scalar(
            "SELECT id FROM asset_link WHERE integration_id = ? AND project_uuid = ?",
            params![integration, project],
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
