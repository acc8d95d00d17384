//! Integrations over GraphQL.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::asset::{Asset, words};
use super::caller::{Answer, caller, platform, told};
use super::company::Company;
use super::issue::SeverityCategory;
use super::scalar::{CollectionMetadata, OperationError, Paging, Time};
use super::sync::SyncRun;
use crate::company::Action;
use crate::error::Problem;
use crate::{Error, Platform, company, integration, sync};

/// Tools that the platform knows by name.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToolTypeCategory {
    DependencyTrack,
    Fortify,
    Checkmarx,
    ConvisoScanner,
    ConvisoAst,
}

words!(ToolTypeCategory {
    DependencyTrack "DEPENDENCY_TRACK", Fortify "FORTIFY", Checkmarx "CHECKMARX",
    ConvisoScanner "CONVISO_SCANNER", ConvisoAst "CONVISO_AST",
});

/// How an integration stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntegrationState {
    New,
    Connected,
    Error,
}

words!(IntegrationState { New "NEW", Connected "CONNECTED", Error "ERROR", });

/// Which version an asset follows.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowMode {
    Version,
    Latest,
}

words!(FollowMode { Version "VERSION", Latest "LATEST", });

/// How often an integration synchronizes by itself.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(rename_items = "lowercase")]
pub(super) enum Cycle {
    Daily,
    Weekly,
}

/// What each cycle means.
pub(super) const CYCLES: [(Cycle, &str, &str, &str); 2] = [
    (Cycle::Daily, "daily", "0 3 * * *", "Every day at three in the morning, UTC"),
    (Cycle::Weekly, "weekly", "0 3 * * 1", "Every Monday at three in the morning, UTC"),
];

/// The schedule of an integration.
#[derive(SimpleObject)]
pub(super) struct IntegrationSchedule {
    id: ID,
    integration_id: Option<i64>,
    /// `daily`, `weekly`, or a cron expression.
    cycle: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl IntegrationSchedule {
    pub(super) fn of(integration: &integration::Integration) -> Option<IntegrationSchedule> {
        let cron = integration.cron.as_deref()?;
        let word = CYCLES.iter().find(|(_, _, known, _)| *known == cron).map_or(cron, |(_, word, _, _)| word);
        Some(IntegrationSchedule {
            id: integration.id.into(),
            integration_id: Some(integration.id),
            cycle: Some(word.to_owned()),
            created_at: Time(integration.created_at),
            updated_at: Time(integration.updated_at),
        })
    }
}

/// A cycle and what it means.
#[derive(SimpleObject)]
pub(super) struct IntegrationScheduleCycle {
    pub cycle: String,
    pub information: String,
}

/// A page of cycles.
#[derive(SimpleObject)]
pub(super) struct IntegrationScheduleCycleCollection {
    pub collection: Vec<IntegrationScheduleCycle>,
    pub metadata: CollectionMetadata,
}

/// When an integration is to synchronize.
#[derive(InputObject)]
pub(super) struct ConfigureIntegrationScheduleInput {
    pub client_mutation_id: Option<String>,
    pub integration_id: i32,
    pub company_id: i32,
    pub cycle: Cycle,
}

/// What became of it.
#[derive(SimpleObject)]
pub(super) struct ConfigureIntegrationSchedulePayload {
    pub client_mutation_id: Option<String>,
    pub errors: Option<Vec<String>>,
    pub integration_schedule: Option<IntegrationSchedule>,
}

/// Which integration.
#[derive(InputObject)]
pub(super) struct SyncAllInput {
    pub integration_id: ID,
}

/// The queued runs.
#[derive(SimpleObject)]
pub(super) struct SyncAllPayload {
    pub runs: Vec<SyncRun>,
}

/// How the import of an asset stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssetIntegrationStatus {
    Pending,
    Failed,
    Succeeded,
}

/// The connection of a company with a tool.
pub(super) struct Integration(pub integration::Integration);

#[Object]
impl Integration {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn company(&self, context: &Context<'_>) -> Answer<Company> {
        let company = company::by_id(&platform(context)?.db, self.0.company_id).await.map_err(told)?;
        company.map(Company).ok_or_else(|| told(Error::NotFound("company")))
    }

    async fn integration_type(&self) -> &str {
        &self.0.kind
    }

    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    async fn api_url(&self) -> &str {
        &self.0.api_url
    }

    async fn api_token_set(&self) -> bool {
        self.0.api_token_set()
    }

    /// Shown to administrators only.
    async fn webhook_token(&self, context: &Context<'_>) -> Answer<Option<String>> {
        let shown = caller(context)?
            .role(self.0.company_id)
            .is_some_and(|role| role >= Action::ManageIntegrations.needs());
        Ok(if shown { platform(context)?.webhook_token(&self.0) } else { None })
    }

    async fn webhook_url(&self, context: &Context<'_>) -> Answer<String> {
        Ok(platform(context)?.webhook_url())
    }

    /// Whether In Progress is sent as IN_TRIAGE.
    async fn show_work_in_progress(&self) -> bool {
        self.0.show_work
    }

    async fn ca_certificate_set(&self) -> bool {
        self.0.ca_set()
    }

    /// Cron expression (UTC) of the scheduled synchronization.
    async fn cron(&self) -> Option<&str> {
        self.0.cron.as_deref()
    }

    async fn next_sync_at(&self) -> Option<Time> {
        self.0.next_sync_at.map(Time)
    }

    async fn schedule(&self) -> Option<IntegrationSchedule> {
        IntegrationSchedule::of(&self.0)
    }

    /// Decisions that have not arrived yet.
    async fn pending_push_count(&self, context: &Context<'_>) -> Answer<i64> {
        let pushes =
            crate::push::pending(&platform(context)?.db, self.0.id, None, 0, 1).await.map_err(told)?;
        Ok(pushes.1)
    }

    async fn severities(&self) -> Vec<SeverityCategory> {
        self.0.severities().iter().filter_map(|word| SeverityCategory::read(word)).collect()
    }

    async fn state(&self) -> IntegrationState {
        IntegrationState::read(&self.0.state).unwrap_or(IntegrationState::New)
    }

    async fn state_reason(&self) -> Option<OperationError> {
        self.0.problem().map(Into::into)
    }

    async fn version(&self) -> Option<&str> {
        self.0.dt_version.as_deref()
    }

    async fn checked_at(&self) -> Option<Time> {
        self.0.checked_at.map(Time)
    }

    async fn assets(
        &self,
        context: &Context<'_>,
        page: Option<i32>,
        limit: Option<i32>,
        filter: Option<String>,
    ) -> Answer<AssetIntegrationCollection> {
        let (platform, paging) = (platform(context)?, Paging::new(page, limit));
        let search = filter.unwrap_or_default();
        let (links, total) =
            integration::links(&platform.db, self.0.id, search.trim(), paging.offset(), paging.limit)
                .await
                .map_err(told)?;
        let collection = AssetIntegration::load(platform, &[self.0.company_id], links).await.map_err(told)?;
        Ok(AssetIntegrationCollection { collection, metadata: paging.metadata(total) })
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// An asset and the project it follows.
pub(super) struct AssetIntegration {
    link: integration::AssetLink,
    asset: Asset,
    integration: integration::Integration,
    last: Option<sync::Run>,
}

impl AssetIntegration {
    /// Links with their assets and last runs, loaded for a whole page at once.
    pub(super) async fn load(
        platform: &Platform,
        companies: &[i64],
        links: Vec<integration::AssetLink>,
    ) -> crate::Result<Vec<AssetIntegration>> {
        let ids: Vec<i64> = links.iter().map(|link| link.asset_id).collect();
        let assets = Asset::many(platform, ids.clone()).await?;
        let runs = sync::latest(&platform.db, &ids).await?;
        let mut integrations: HashMap<i64, integration::Integration> = HashMap::new();
        for link in &links {
            if !integrations.contains_key(&link.integration_id)
                && let Some(found) = integration::by_id(&platform.db, companies, link.integration_id).await?
            {
                integrations.insert(found.id, found);
            }
        }
        Ok(links
            .into_iter()
            .filter_map(|link| {
                Some(AssetIntegration {
                    asset: assets.get(&link.asset_id)?.clone(),
                    integration: integrations.get(&link.integration_id)?.clone(),
                    last: runs.get(&link.asset_id).cloned(),
                    link,
                })
            })
            .collect())
    }
}

#[Object]
impl AssetIntegration {
    async fn id(&self) -> ID {
        self.link.id.into()
    }

    async fn asset(&self) -> Asset {
        self.asset.clone()
    }

    async fn integration(&self) -> Integration {
        Integration(self.integration.clone())
    }

    async fn external_project(&self) -> ExternalProject {
        ExternalProject {
            id: self.link.project_uuid.clone().into(),
            name: self.link.project_name.clone(),
            version: self.link.project_version.clone(),
            active: self.link.active,
            latest: self.link.latest,
            last_import_at: self.link.last_bom_import.map(Time),
            asset: Some(self.asset.clone()),
        }
    }

    async fn follow(&self) -> FollowMode {
        FollowMode::read(&self.link.follow).unwrap_or(FollowMode::Version)
    }

    async fn created_at(&self) -> Time {
        Time(self.link.created_at)
    }

    async fn status(&self) -> AssetIntegrationStatus {
        match self.last.as_ref().map(|run| run.state.as_str()) {
            Some("SUCCEEDED") if self.link.problem.is_none() => AssetIntegrationStatus::Succeeded,
            Some("FAILED" | "CANCELLED") => AssetIntegrationStatus::Failed,
            _ if Problem::read(self.link.problem.as_deref()).is_some() => AssetIntegrationStatus::Failed,
            _ => AssetIntegrationStatus::Pending,
        }
    }

    async fn last_run(&self) -> Option<SyncRun> {
        self.last.clone().map(SyncRun)
    }
}

/// A page of linked assets.
#[derive(SimpleObject)]
pub(super) struct AssetIntegrationCollection {
    collection: Vec<AssetIntegration>,
    metadata: CollectionMetadata,
}

/// A project of the tool.
#[derive(SimpleObject)]
pub(super) struct ExternalProject {
    pub id: ID,
    pub name: String,
    pub version: Option<String>,
    pub active: bool,
    pub latest: bool,
    pub last_import_at: Option<Time>,
    pub asset: Option<Asset>,
}

/// A page of projects.
#[derive(SimpleObject)]
pub(super) struct ExternalProjectCollection {
    pub collection: Vec<ExternalProject>,
    pub metadata: CollectionMetadata,
}

/// A tool that can be connected.
#[derive(SimpleObject)]
pub(super) struct IntegrationCard {
    pub kind: ToolTypeCategory,
    pub name: String,
    pub description: String,
    pub connected: bool,
    pub supported: bool,
    pub integration: Option<Integration>,
}

/// What the wizard saves; what is not named stays.
#[derive(InputObject)]
pub(super) struct SaveDependencyTrackIntegrationInput {
    pub client_mutation_id: Option<String>,
    pub company_id: ID,
    pub integration_id: Option<ID>,
    pub name: Option<String>,
    pub api_url: Option<String>,
    pub api_token: Option<String>,
    pub webhook_token: Option<String>,
    pub ca_certificate_pem: Option<String>,
    pub severities: Option<Vec<SeverityCategory>>,
    /// Whether In Progress is sent as IN_TRIAGE.
    pub show_work_in_progress: Option<bool>,
    /// Cron expression in UTC; an empty text ends the schedule.
    pub cron: Option<String>,
}

/// What became of it.
#[derive(SimpleObject)]
pub(super) struct SaveIntegrationPayload {
    pub client_mutation_id: Option<String>,
    pub integration: Option<Integration>,
    pub errors: Vec<OperationError>,
}

/// Which connection to check.
#[derive(InputObject)]
pub(super) struct CheckConnectionInput {
    pub integration_id: ID,
}

/// A permission of the key.
#[derive(SimpleObject)]
pub(super) struct PermissionCheck {
    pub name: String,
    pub granted: bool,
    pub needed_for: String,
}

/// What a check found.
#[derive(SimpleObject)]
pub(super) struct ConnectionCheck {
    pub ok: bool,
    pub version: Option<String>,
    pub application: Option<String>,
    pub latency_ms: Option<i64>,
    pub permissions: Vec<PermissionCheck>,
    pub error: Option<OperationError>,
}

/// Which integration to remove, and whether its assets stay.
#[derive(InputObject)]
pub(super) struct RemoveIntegrationInput {
    pub integration_id: ID,
    pub keep_assets: bool,
}

/// What was removed.
#[derive(SimpleObject)]
pub(super) struct RemoveIntegrationPayload {
    pub removed_id: ID,
    pub kept_assets: i64,
}

/// For which integration.
#[derive(InputObject)]
pub(super) struct CreateExternalWebhookInput {
    pub integration_id: ID,
}

/// Whether the rule was made.
#[derive(SimpleObject)]
pub(super) struct CreateExternalWebhookPayload {
    pub created: bool,
    pub rule_name: Option<String>,
    pub error: Option<OperationError>,
}

/// Which link to end.
#[derive(InputObject)]
pub(super) struct UnlinkExternalProjectInput {
    pub asset_integration_id: ID,
    pub keep_issues: bool,
}

/// The asset that is left.
#[derive(SimpleObject)]
pub(super) struct UnlinkExternalProjectPayload {
    pub asset: Asset,
}

/// Projects that are to be assets. Older clients name one as `projectId`.
#[derive(InputObject)]
pub(super) struct AssociateProjectInput {
    pub client_mutation_id: Option<String>,
    pub project_ids: Option<Vec<ID>>,
    pub project_id: Option<ID>,
    pub repository_url: Option<String>,
    pub branches: Option<Vec<String>>,
    pub company_id: ID,
    pub integration: ToolTypeCategory,
    /// Which connection, when the company has several; else its first one.
    pub integration_id: Option<ID>,
    /// One asset for each version (the default), or one that follows the latest version.
    pub follow: Option<FollowMode>,
}

/// A project and what became of it.
#[derive(SimpleObject)]
pub(super) struct AssociatedProject {
    pub project_id: ID,
    pub asset: Option<Asset>,
    pub sync_run: Option<SyncRun>,
    pub error: Option<OperationError>,
}

/// What became of all of them.
#[derive(SimpleObject)]
pub(super) struct AssociateProjectPayload {
    pub client_mutation_id: Option<String>,
    pub data: Vec<AssociatedProject>,
    pub errors: Option<Vec<String>>,
}

/// Which asset to synchronize.
#[derive(InputObject)]
pub(super) struct SyncAssetInput {
    pub client_mutation_id: Option<String>,
    pub asset_id: ID,
    pub integration: ToolTypeCategory,
}

/// Whether a run was queued.
#[derive(SimpleObject)]
pub(super) struct SyncAssetPayload {
    pub client_mutation_id: Option<String>,
    pub asset_id: Option<String>,
    pub integration: Option<String>,
    pub failure_reason: Option<String>,
}
