//! What pipelines report about their own scans: how many findings they brought and how it went.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

use crate::{Error, Result};

/// A scan as a pipeline reports it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ControlSync {
    /// Its id.
    pub id: i64,
    /// Of which asset.
    pub asset_id: i64,
    /// The tool's word.
    pub integration: String,
    /// How many findings the tool had.
    pub external_count: i64,
    /// How many arrived.
    pub success_count: i64,
    /// How many did not.
    pub failure_count: i64,
    /// Why.
    pub failure_reason: Option<String>,
}

const COLUMNS: &str =
    "id, asset_id, integration, external_count, success_count, failure_count, failure_reason";

/// Begins a report; its id.
///
/// # Errors
/// [`Error::Invalid`] for a negative number.
pub async fn create(tx: &Tx, asset: i64, integration: &str, count: i64) -> Result<i64> {
    at_least_zero("externalVulnerabilityCount", count)?;
    let row = [
        ("asset_id", asset.into()),
        ("integration", integration.into()),
        ("external_count", count.into()),
        ("success_count", 0_i64.into()),
        ("failure_count", 0_i64.into()),
        ("created_at", now_ms().into()),
    ];
    Ok(tx.insert("control_sync", &row).await?)
}

/// Corrects how many findings the tool had.
pub async fn update(tx: &Tx, id: i64, count: i64) -> Result<()> {
    at_least_zero("externalVulnerabilityCount", count)?;
    tx.update("control_sync", id, &[("external_count", count.into())]).await?;
    Ok(())
}

/// Adds to the last report of an asset and tool; its id. A report is begun when there is none.
pub async fn increase(
    tx: &Tx,
    asset: i64,
    integration: &str,
    success: i64,
    failure: i64,
    reason: Option<&str>,
) -> Result<i64> {
    at_least_zero("successCount", success)?;
    at_least_zero("failureCount", failure)?;
    tx.lock(&format!("control:{asset}")).await?;
    let last: Option<i64> = tx
        .scalar(
            "SELECT id FROM control_sync WHERE asset_id = ? AND integration = ? ORDER BY id DESC LIMIT 1",
            params![asset, integration],
        )
        .await?;
    let id = match last {
        Some(id) => id,
        None => create(tx, asset, integration, 0).await?,
    };
    tx.execute(
        "UPDATE control_sync SET success_count = success_count + ?, failure_count = failure_count + ?, \
         failure_reason = COALESCE(?, failure_reason) WHERE id = ?",
        params![success, failure, reason, id],
    )
    .await?;
    Ok(id)
}

/// The report, when its asset is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<ControlSync>> {
    let mut values = params![id];
    values.extend(companies.iter().map(|id| storage::Value::from(*id)));
    Ok(sql
        .row(
            &format!(
                "SELECT {COLUMNS} FROM control_sync WHERE id = ? AND asset_id IN \
                 (SELECT id FROM asset WHERE company_id IN ({}))",
                marks(companies.len())
            ),
            values,
        )
        .await?)
}

fn at_least_zero(field: &'static str, count: i64) -> Result<()> {
    if count < 0 {
        return Err(Error::invalid(field, "it is negative"));
    }
    Ok(())
}
