//! Assets and the projects they follow.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params, sql::like};

use crate::issue::{self, Actor, Status};
use crate::{Error, Result, asset, push};

/// An asset and the project it follows.
#[derive(Debug, Clone, FromQueryResult)]
pub struct AssetLink {
    /// Its id.
    pub id: i64,
    /// The asset.
    pub asset_id: i64,
    /// The integration.
    pub integration_id: i64,
    /// The project.
    pub project_uuid: String,
    /// Its name.
    pub project_name: String,
    /// Its version.
    pub project_version: Option<String>,
    /// The import of an SBOM that the last sync saw (epoch milliseconds).
    pub last_bom_import: Option<i64>,
    /// Why it cannot be synchronized (JSON).
    pub problem: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// `VERSION` or `LATEST`.
    pub follow: String,
    /// Whether the project was active at the last sync.
    pub active: bool,
    /// Whether it was the latest version.
    pub latest: bool,
    /// The import of an SBOM whose components were read (epoch milliseconds).
    pub components_at: Option<i64>,
}

impl AssetLink {
    /// The name that the asset has as long as nobody named it otherwise.
    pub(crate) fn asset_name(&self) -> String {
        match (&self.project_version, self.follow.as_str()) {
            (Some(version), "VERSION") => format!("{} {version}", self.project_name),
            _ => self.project_name.clone(),
        }
    }
}

const LINK: &str = "l.id, l.asset_id, l.integration_id, l.project_uuid, l.project_name, l.project_version, \
     l.last_bom_import, l.problem, l.created_at, l.follow, l.active, l.latest, l.components_at";

pub(crate) async fn link_by_id(sql: &impl Sql, id: i64) -> Result<Option<AssetLink>> {
    Ok(sql.row(&format!("SELECT {LINK} FROM asset_link l WHERE l.id = ?"), params![id]).await?)
}

/// The links of these assets.
pub async fn links_of_asset(sql: &impl Sql, assets: &[i64]) -> Result<Vec<AssetLink>> {
    let values = assets.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT {LINK} FROM asset_link l WHERE l.asset_id IN ({}) ORDER BY l.id",
        marks(assets.len())
    );
    Ok(sql.rows(&text, values).await?)
}

/// A page of an integration's links by the asset's name, and how many there are.
pub async fn links(
    sql: &impl Sql,
    integration: i64,
    search: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<AssetLink>, i64)> {
    let from = "FROM asset_link l JOIN asset a ON a.id = l.asset_id WHERE l.integration_id = ? \
         AND lower(a.name) LIKE ? ESCAPE '\\'";
    let values = params![integration, like(search)];
    let count = sql.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let rows = sql
        .rows(
            &format!("SELECT {LINK} {from} ORDER BY lower(a.name), l.id LIMIT ? OFFSET ?"),
            [values, params![limit, offset]].concat(),
        )
        .await?;
    Ok((rows, count))
}

/// The links of these integrations that a message about these projects concerns: those that follow
/// one of them, and those that follow the latest version of a name, when another version of it is meant.
pub(crate) async fn by_project(
    sql: &impl Sql,
    integrations: &[i64],
    projects: &[String],
    names: &[String],
) -> Result<Vec<i64>> {
    let mut values: Vec<storage::Value> = integrations.iter().map(|id| (*id).into()).collect();
    values.extend(projects.iter().chain(names).map(|text| text.as_str().into()));
    Ok(sql
        .column(
            &format!(
                "SELECT l.id FROM asset_link l WHERE l.integration_id IN ({}) AND (l.project_uuid IN ({}) \
                 OR (l.follow = 'LATEST' AND l.project_name IN ({}))) ORDER BY l.id",
                marks(integrations.len()),
                marks(projects.len()),
                marks(names.len())
            ),
            values,
        )
        .await?)
}

/// Ends that an asset follows a project. Its issues stay as they are, or the open ones are closed as
/// Suppressed: only a synchronization calls an issue Fixed.
pub async fn unlink(tx: &Tx, companies: &[i64], id: i64, keep_issues: bool, actor: &Actor) -> Result<i64> {
    let link = link_by_id(tx, id).await?.ok_or(Error::NotFound("link"))?;
    let found = asset::by_id(tx, companies, link.asset_id).await?.ok_or(Error::NotFound("link"))?;
    let issues: Vec<i64> = tx
        .column("SELECT DISTINCT issue_id FROM finding_link WHERE link_id = ? ORDER BY issue_id", params![id])
        .await?;
    push::forget(tx, &issues).await?;
    tx.execute("DELETE FROM asset_link WHERE id = ?", params![id]).await?;
    for chunk in issues.chunks(500) {
        for mut issue in issue::by_ids(tx, chunk).await? {
            tx.update(
                "issue",
                issue.id,
                &[("reported", false.into()), ("unfollowed", true.into()), ("updated_at", now_ms().into())],
            )
            .await?;
            if !keep_issues && issue.status().is_open() {
                let reason = format!("the project {} is no longer followed", link.project_name);
                issue::set_status(tx, &mut issue, Status::Suppressed, actor, Some(&reason)).await?;
            }
        }
    }
    asset::risk::refresh(tx, &[found.id]).await?;
    Ok(found.id)
}
