//! Importing an SBOM into an asset: its components are shown at once; then it goes to the project that
//! the asset follows (made when it follows none), and what the scanner finds comes back by a run.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::jobs::{self, IfWaiting, NewJob};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, blobs, now_ms, params};

use super::{Asset, component};
use crate::connector::{self, Component, Upload};
use crate::sync::{self, Cause};
use crate::{Error, Platform, Result, integration};

const KIND: &str = "asset.sbom";

/// The largest SBOM that is taken, in bytes.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Payload {
    asset: i64,
    integration: i64,
    blob: i64,
}

/// Takes an SBOM. Says whether a scanner will look at it.
///
/// # Errors
/// [`Error::Invalid`] with the places where the document is wrong.
pub(crate) async fn import(
    platform: &Platform,
    asset: &Asset,
    branch: Option<&str>,
    document: Vec<u8>,
) -> Result<bool> {
    let bom = sbom::parse(&document).map_err(|error| {
        let places = error.errors().iter().take(5).cloned().collect::<Vec<_>>().join("; ");
        let detail = error.detail();
        Error::invalid("file", if places.is_empty() { detail } else { format!("{detail}: {places}") })
    })?;
    let components: Vec<Component> = bom
        .inventory()
        .components
        .iter()
        .map(|flat| {
            let licence = flat.component.resolve_licence(|_| false);
            Component {
                group: flat.component.group.clone(),
                name: flat.component.name.clone(),
                version: flat.component.version.clone(),
                purl: flat.component.purl.as_ref().map(|purl| purl.canonical.clone()),
                cpe: flat.component.cpe.clone(),
                license: licence.licence.map(|l| l.id.to_owned()).or(licence.expression).or(licence.name),
            }
        })
        .collect();
    component::replace(&platform.db, asset.id, &components).await?;
    #[derive(FromQueryResult)]
    struct Target {
        id: i64,
    }
    let target: Option<Target> = platform
        .db
        .row(
            "SELECT n.id FROM integration n WHERE n.company_id = ? AND n.api_token IS NOT NULL \
             ORDER BY EXISTS (SELECT 1 FROM asset_link l WHERE l.integration_id = n.id AND l.asset_id = ?) DESC, n.id \
             LIMIT 1",
            params![asset.company_id, asset.id],
        )
        .await?;
    let tx = platform.db.begin().await?;
    if let Some(branch) = branch.map(str::trim).filter(|branch| !branch.is_empty()) {
        tx.update("asset", asset.id, &[("branch_name", branch.into()), ("updated_at", now_ms().into())])
            .await?;
    }
    if let Some(target) = &target {
        let blob = blobs::put(&tx, &document).await?;
        let job = NewJob::new(KIND, Payload { asset: asset.id, integration: target.id, blob })?
            .lane(format!("asset:{}", asset.id), IfWaiting::Append);
        jobs::enqueue(&tx, job).await?;
    }
    tx.commit().await?;
    Ok(target.is_some())
}

pub(crate) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.on(KIND, 2, move |context: Context| {
        let platform = platform.clone();
        async move {
            let payload: Payload = context.payload()?;
            match upload(&platform, &payload).await {
                Err(error) if error.is_final() => Err(Failure::Final(error.to_string())),
                other => other.map_err(Failure::retry),
            }
        }
    })
}

async fn upload(platform: &Platform, payload: &Payload) -> Result<()> {
    let db = &platform.db;
    let Some(settings) = integration::any_by_id(db, payload.integration).await? else { return Ok(()) };
    let Some(asset) = super::by_id(db, &[settings.company_id], payload.asset).await? else { return Ok(()) };
    let Some(document) = blobs::get(db, payload.blob).await? else { return Ok(()) };
    let links = integration::links_of_asset(db, &[asset.id]).await?;
    let link = links.into_iter().find(|link| link.integration_id == settings.id);
    let target = match &link {
        Some(link) => Upload::Project(link.project_uuid.clone()),
        None => Upload::Named { name: asset.name.clone(), version: asset.branch_name.clone() },
    };
    let scanner = connector::open(platform, &settings)?;
    let project = scanner.upload(target, document).await?;
    let found = if link.is_none() { Some(scanner.project(&project).await?) } else { None };
    let tx = db.begin().await?;
    let link = match (link, found) {
        (Some(link), _) => link.id,
        (None, Some(found)) => {
            let taken: Option<i64> = tx
                .scalar(
                    "SELECT id FROM asset_link WHERE integration_id = ? AND project_uuid = ? AND follow = 'VERSION'",
                    params![settings.id, found.id.clone()],
                )
                .await?;
            if taken.is_some() {
                return Err(Error::Conflict(format!(
                    "another asset follows the project {} already",
                    found.name
                )));
            }
            integration::link(&tx, asset.id, settings.id, &found, "VERSION").await?
        }
        (None, None) => return Ok(()),
    };
    sync::queue(&tx, link, Cause::Pipeline, 0).await?;
    blobs::delete(&tx, payload.blob).await?;
    Ok(tx.commit().await?)
}
