//! What pipelines send: SBOMs, and reports of their own scans.

use std::io::Read;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Upload};

use crate::asset::sbom;
use crate::company::Action;
use crate::control_sync::{self, ControlSync};
use crate::graphql::caller::{Answer, begin, caller, commit, number, platform, told};
use crate::graphql::integration::ToolTypeCategory;
use crate::{Error, asset, audit};

/// An SBOM and the asset it is of.
#[derive(InputObject)]
struct ImportSbomInput {
    client_mutation_id: Option<String>,
    file: Upload,
    asset_id: ID,
    company_id: ID,
    branch_name: Option<String>,
}

/// Whether it was taken.
#[derive(SimpleObject)]
struct ImportSbomPayload {
    client_mutation_id: Option<String>,
    success: bool,
    errors: Option<Vec<String>>,
}

/// The beginning of a report.
#[derive(InputObject)]
struct CreateControlSyncStatusInput {
    client_mutation_id: Option<String>,
    asset_id: ID,
    integration: ToolTypeCategory,
    external_vulnerability_count: i32,
}

/// A correction of a report.
#[derive(InputObject)]
struct UpdateControlSyncStatusInput {
    client_mutation_id: Option<String>,
    id: ID,
    external_vulnerability_count: i32,
}

/// What arrived since.
#[derive(InputObject)]
struct IncreaseIssueScanCountInput {
    client_mutation_id: Option<String>,
    asset_id: ID,
    integration: ToolTypeCategory,
    failure_reason: Option<String>,
    success_count: Option<i32>,
    failure_count: Option<i32>,
}

/// A scan as a pipeline reports it.
#[derive(SimpleObject)]
struct ControlSyncStatus {
    id: ID,
    asset_id: Option<ID>,
    external_issue_id: Option<i64>,
    external_vulnerability_count: Option<i64>,
    failure_count: Option<i64>,
    failure_reason: Option<String>,
    integration: Option<ToolTypeCategory>,
    success_count: Option<i64>,
}

impl From<ControlSync> for ControlSyncStatus {
    fn from(row: ControlSync) -> Self {
        ControlSyncStatus {
            id: row.id.into(),
            asset_id: Some(row.asset_id.into()),
            external_issue_id: None,
            external_vulnerability_count: Some(row.external_count),
            failure_count: Some(row.failure_count),
            failure_reason: row.failure_reason,
            integration: ToolTypeCategory::read(&row.integration),
            success_count: Some(row.success_count),
        }
    }
}

/// The report that was begun.
#[derive(SimpleObject)]
struct CreateControlSyncStatusPayload {
    client_mutation_id: Option<String>,
    control_sync_status: ControlSyncStatus,
    success: bool,
}

/// The corrected report.
#[derive(SimpleObject)]
struct UpdateControlSyncStatusPayload {
    client_mutation_id: Option<String>,
    control_sync_status: ControlSyncStatus,
}

/// The report with what arrived.
#[derive(SimpleObject)]
struct IncreaseIssueScanCountPayload {
    client_mutation_id: Option<String>,
    control_sync_status: ControlSyncStatus,
}

/// The asset, which the caller may report scans of.
async fn scanned(context: &Context<'_>, id: &ID) -> Answer<asset::Asset> {
    let caller = caller(context)?;
    let found =
        asset::by_id(&platform(context)?.db, &caller.company_ids(), number(id)).await.map_err(told)?;
    let found = found.ok_or_else(|| told(Error::NotFound("asset")))?;
    caller.require(found.company_id, Action::RunGate).map_err(told)?;
    Ok(found)
}

async fn report(context: &Context<'_>, id: i64) -> Answer<ControlSyncStatus> {
    let companies = caller(context)?.company_ids();
    let found = control_sync::by_id(&platform(context)?.db, &companies, id).await.map_err(told)?;
    Ok(found.ok_or_else(|| told(Error::NotFound("report")))?.into())
}

#[derive(Default)]
pub(super) struct PipelineMutation;

#[Object]
impl PipelineMutation {
    /// Takes an SBOM of an asset. Its components are shown at once; the connected scanner gets it too,
    /// and what it finds becomes issues.
    async fn import_sbom(&self, context: &Context<'_>, input: ImportSbomInput) -> Answer<ImportSbomPayload> {
        let asset = scanned(context, &input.asset_id).await?;
        if asset.company_id != number(&input.company_id) {
            return Err(told(Error::NotFound("asset")));
        }
        let file = input.file.value(context)?;
        let name = file.filename.clone();
        let mut document = Vec::new();
        let read = file.into_read().take(sbom::LARGEST + 1).read_to_end(&mut document);
        read.map_err(|error| told(Error::invalid("file", error.to_string())))?;
        if document.len() as u64 > sbom::LARGEST {
            let limit = sbom::LARGEST / (1024 * 1024);
            return Err(told(Error::invalid("file", format!("it is larger than {limit} MiB"))));
        }
        let platform = platform(context)?;
        let scanned = sbom::import(platform, &asset, input.branch_name.as_deref(), document).await;
        let scanned = scanned.map_err(told)?;
        let tx = begin(context).await?;
        let (who, target) = (caller(context)?.who(), format!("asset {}", asset.id));
        audit::write(&tx, asset.company_id, &who, "asset.sbom", &target, Some(name)).await.map_err(told)?;
        commit(tx).await?;
        // Without a scanner the components are kept, and nothing is found in them.
        let missing =
            "no scanner is connected: the components are kept, their vulnerabilities are not looked for";
        let errors = (!scanned).then(|| vec![missing.to_owned()]);
        Ok(ImportSbomPayload { client_mutation_id: input.client_mutation_id, success: true, errors })
    }

    /// Begins the report of a pipeline's scan.
    async fn create_control_sync_status(
        &self,
        context: &Context<'_>,
        input: CreateControlSyncStatusInput,
    ) -> Answer<CreateControlSyncStatusPayload> {
        let asset = scanned(context, &input.asset_id).await?;
        let tx = begin(context).await?;
        let count = input.external_vulnerability_count.into();
        let id = control_sync::create(&tx, asset.id, input.integration.word(), count).await.map_err(told)?;
        commit(tx).await?;
        Ok(CreateControlSyncStatusPayload {
            client_mutation_id: input.client_mutation_id,
            control_sync_status: report(context, id).await?,
            success: true,
        })
    }

    /// Corrects how many findings the tool had.
    async fn update_control_sync_status(
        &self,
        context: &Context<'_>,
        input: UpdateControlSyncStatusInput,
    ) -> Answer<UpdateControlSyncStatusPayload> {
        let id = number(&input.id);
        let before = report(context, id).await?;
        scanned(context, &before.asset_id.unwrap_or_default()).await?;
        let tx = begin(context).await?;
        control_sync::update(&tx, id, input.external_vulnerability_count.into()).await.map_err(told)?;
        commit(tx).await?;
        Ok(UpdateControlSyncStatusPayload {
            client_mutation_id: input.client_mutation_id,
            control_sync_status: report(context, id).await?,
        })
    }

    /// Adds to the last report of an asset.
    async fn increase_issue_scan_count(
        &self,
        context: &Context<'_>,
        input: IncreaseIssueScanCountInput,
    ) -> Answer<IncreaseIssueScanCountPayload> {
        let asset = scanned(context, &input.asset_id).await?;
        let (success, failure) = (input.success_count.unwrap_or(0), input.failure_count.unwrap_or(0));
        let reason = input.failure_reason.as_deref();
        let tx = begin(context).await?;
        let word = input.integration.word();
        let id = control_sync::increase(&tx, asset.id, word, success.into(), failure.into(), reason)
            .await
            .map_err(told)?;
        commit(tx).await?;
        Ok(IncreaseIssueScanCountPayload {
            client_mutation_id: input.client_mutation_id,
            control_sync_status: report(context, id).await?,
        })
    }
}
