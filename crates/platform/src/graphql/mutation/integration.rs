//! Changes of integrations, and what is asked of the connected scanner.

use async_graphql::{Context, ID, InputObject, Object};

use crate::asset::Change;
use crate::company::Action;
use crate::graphql::asset::Asset;
use crate::graphql::caller::{Answer, Caller, begin, caller, commit, number, platform, told};
use crate::graphql::integration::{
    AssociateProjectInput, AssociateProjectPayload, AssociatedProject, CYCLES, CheckConnectionInput,
    ConfigureIntegrationScheduleInput, ConfigureIntegrationSchedulePayload, ConnectionCheck,
    CreateExternalWebhookInput, CreateExternalWebhookPayload, FollowMode, Integration, IntegrationSchedule,
    PermissionCheck, RemoveIntegrationInput, RemoveIntegrationPayload, SaveDependencyTrackIntegrationInput,
    SaveIntegrationPayload, SyncAllInput, SyncAllPayload, SyncAssetInput, SyncAssetPayload, ToolTypeCategory,
    UnlinkExternalProjectInput, UnlinkExternalProjectPayload,
};
use crate::graphql::sync::{Push, SyncRun};
use crate::integration::Settings;
use crate::sync::Cause;
use crate::{Error, asset, audit, connector, integration, push, sync};

/// Which run.
#[derive(InputObject)]
struct CancelSyncInput {
    run_id: ID,
}

/// Which push.
#[derive(InputObject)]
struct RetryPushInput {
    push_id: ID,
}

/// Which of its projects one call may name.
const MOST: usize = 500;

/// Only one tool can be connected so far.
fn supported(tool: ToolTypeCategory) -> Answer<()> {
    if tool == ToolTypeCategory::DependencyTrack {
        Ok(())
    } else {
        Err(told(connector::unsupported(tool.word())))
    }
}

/// The integration with this id, of which the caller may do this.
async fn find(context: &Context<'_>, id: &ID, action: Action) -> Answer<integration::Integration> {
    let caller = caller(context)?;
    let found = integration::by_id(&platform(context)?.db, &caller.company_ids(), number(id)).await;
    let found = found.map_err(told)?.ok_or_else(|| told(Error::NotFound("integration")))?;
    caller.require(found.company_id, action).map_err(told)?;
    Ok(found)
}

/// The companies in which the caller may do this.
fn companies(caller: &Caller, action: Action) -> Vec<i64> {
    let allowed = caller.companies.iter().filter(|(_, role)| *role >= action.needs());
    allowed.map(|(company, _)| company.id).collect()
}

fn cause(caller: &Caller) -> Cause {
    if caller.user().is_some() { Cause::User } else { Cause::Pipeline }
}

#[derive(Default)]
pub(super) struct IntegrationMutation;

#[Object]
impl IntegrationMutation {
    /// Saves what a step of the wizard asks for.
    async fn save_dependency_track_integration(
        &self,
        context: &Context<'_>,
        input: SaveDependencyTrackIntegrationInput,
    ) -> Answer<SaveIntegrationPayload> {
        let (caller, company) = (caller(context)?, number(&input.company_id));
        caller.require(company, Action::ManageIntegrations).map_err(told)?;
        let severities = input.severities.map(|list| list.into_iter().map(|s| s.word().to_owned()).collect());
        let settings = Settings {
            id: input.integration_id.as_ref().map(number),
            name: input.name,
            api_url: input.api_url,
            api_token: input.api_token,
            webhook_token: input.webhook_token,
            ca_pem: input.ca_certificate_pem,
            severities,
            show_work: input.show_work_in_progress,
            cron: input.cron,
        };
        let client_mutation_id = input.client_mutation_id;
        // What a person can mend is told in the payload, beside the fields of the wizard.
        match integration::save(platform(context)?, company, settings).await {
            Ok(saved) => {
                let tx = begin(context).await?;
                let (target, detail) = (format!("integration {}", saved.id), saved.api_url.clone());
                audit::write(&tx, company, &caller.who(), "integration.save", &target, Some(detail))
                    .await
                    .map_err(told)?;
                commit(tx).await?;
                let integration = Some(Integration(saved));
                Ok(SaveIntegrationPayload { client_mutation_id, integration, errors: Vec::new() })
            }
            Err(error @ (Error::Invalid { .. } | Error::DependencyTrack(_))) => {
                let errors = vec![error.problem().into()];
                Ok(SaveIntegrationPayload { client_mutation_id, integration: None, errors })
            }
            Err(error) => Err(told(error)),
        }
    }

    async fn remove_integration(
        &self,
        context: &Context<'_>,
        input: RemoveIntegrationInput,
    ) -> Answer<RemoveIntegrationPayload> {
        let found = find(context, &input.integration_id, Action::ManageIntegrations).await?;
        let tx = begin(context).await?;
        let kept_assets = integration::remove(&tx, &found, input.keep_assets).await.map_err(told)?;
        let (who, target) = (caller(context)?.who(), format!("integration {}", found.id));
        audit::write(&tx, found.company_id, &who, "integration.remove", &target, Some(found.api_url))
            .await
            .map_err(told)?;
        commit(tx).await?;
        Ok(RemoveIntegrationPayload { removed_id: found.id.into(), kept_assets })
    }

    /// Says what answers at the address, what the key may do, and what is wrong.
    async fn check_connection(
        &self,
        context: &Context<'_>,
        input: CheckConnectionInput,
    ) -> Answer<ConnectionCheck> {
        let found = find(context, &input.integration_id, Action::ManageIntegrations).await?;
        let check = integration::check(platform(context)?, &found).await.map_err(told)?;
        let (version, application, permissions) = match check.server {
            Some(server) => (Some(server.version), Some(server.application), server.permissions),
            None => (None, None, Vec::new()),
        };
        Ok(ConnectionCheck {
            ok: check.problem.is_none()
                && permissions.iter().all(|permission| permission.granted || permission.optional),
            version,
            application,
            latency_ms: Some(check.latency_ms),
            permissions: permissions
                .into_iter()
                .map(|permission| PermissionCheck {
                    name: permission.name,
                    granted: permission.granted,
                    needed_for: permission.needed_for.to_owned(),
                })
                .collect(),
            error: check.problem.map(Into::into),
        })
    }

    /// Makes the notification rule in the scanner that tells this server of changes.
    async fn create_external_webhook(
        &self,
        context: &Context<'_>,
        input: CreateExternalWebhookInput,
    ) -> Answer<CreateExternalWebhookPayload> {
        let found = find(context, &input.integration_id, Action::ManageIntegrations).await?;
        match integration::create_webhook(platform(context)?, &found).await {
            Ok(name) => {
                let tx = begin(context).await?;
                let (who, target) = (caller(context)?.who(), format!("integration {}", found.id));
                audit::write(&tx, found.company_id, &who, "integration.webhook", &target, Some(name.clone()))
                    .await
                    .map_err(told)?;
                commit(tx).await?;
                Ok(CreateExternalWebhookPayload { created: true, rule_name: Some(name), error: None })
            }
            Err(error) => {
                let error = Some(error.problem().into());
                Ok(CreateExternalWebhookPayload { created: false, rule_name: None, error })
            }
        }
    }

    /// Ends that an asset follows a project; its open issues stay, or are closed as Suppressed.
    async fn unlink_external_project(
        &self,
        context: &Context<'_>,
        input: UnlinkExternalProjectInput,
    ) -> Answer<UnlinkExternalProjectPayload> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let companies = companies(caller, Action::ListProjects);
        let tx = begin(context).await?;
        let id = number(&input.asset_integration_id);
        let asset = integration::unlink(&tx, &companies, id, input.keep_issues, &caller.actor())
            .await
            .map_err(told)?;
        let found = asset::by_id(&tx, &companies, asset).await.map_err(told)?;
        let company = found.ok_or_else(|| told(Error::NotFound("asset")))?.company_id;
        let target = format!("asset {asset}");
        audit::write(&tx, company, &caller.who(), "asset.unlink", &target, None).await.map_err(told)?;
        commit(tx).await?;
        let asset = Asset::one(platform, &companies, asset).await.map_err(told)?;
        Ok(UnlinkExternalProjectPayload { asset: asset.ok_or_else(|| told(Error::NotFound("asset")))? })
    }

    /// Makes assets of projects and imports them; what is imported already is synchronized.
    async fn associate_project(
        &self,
        context: &Context<'_>,
        input: AssociateProjectInput,
    ) -> Answer<AssociateProjectPayload> {
        supported(input.integration)?;
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&input.company_id));
        caller.require(company, Action::ListProjects).map_err(told)?;
        let mut connected = integration::list(&platform.db, company).await.map_err(told)?;
        if let Some(wanted) = &input.integration_id {
            connected.retain(|integration| integration.id == number(wanted));
        }
        let Some(found) = connected.into_iter().next() else {
            let told_what = "the company has no such Dependency-Track: connect one in the wizard first";
            return Err(told(Error::invalid("integration", told_what)));
        };
        let named = input.project_ids.into_iter().flatten().chain(input.project_id);
        let mut projects: Vec<String> =
            named.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
        let mut seen = std::collections::HashSet::new();
        projects.retain(|project| seen.insert(project.clone()));
        if projects.is_empty() || projects.len() > MOST {
            return Err(told(Error::invalid("projectIds", format!("name between one and {MOST} projects"))));
        }
        let follow = input.follow.unwrap_or(FollowMode::Version).word();
        let done =
            integration::associate(platform, &found, &projects, follow, cause(caller)).await.map_err(told)?;
        let ids: Vec<i64> = done.iter().filter_map(|one| Some(one.done?.0)).collect();
        // What older clients say about the source is kept with the asset.
        let branch = input.branches.into_iter().flatten().next();
        let tx = begin(context).await?;
        if input.repository_url.is_some() || branch.is_some() {
            let words = branch.into_iter().map(|branch| ("branch_name", branch)).collect();
            let change = Change { repo_url: input.repository_url, words, ..Change::default() };
            for id in &ids {
                asset::update(&tx, company, *id, &change).await.map_err(told)?;
            }
        }
        for one in done.iter().filter(|one| one.done.is_some()) {
            let target = one.done.map_or_else(String::new, |(asset, _)| format!("asset {asset}"));
            let detail = Some(format!("project {}", one.project));
            audit::write(&tx, company, &caller.who(), "asset.import", &target, detail).await.map_err(told)?;
        }
        commit(tx).await?;
        let assets = Asset::many(platform, ids).await.map_err(told)?;
        let runs: Vec<i64> = done.iter().filter_map(|one| Some(one.done?.1)).collect();
        let runs = sync::by_ids(&platform.db, &runs).await.map_err(told)?;
        let problem = |one: &integration::Associated| {
            Some(format!("{}: {}", one.project, one.problem.as_ref()?.message))
        };
        let errors: Vec<String> = done.iter().filter_map(problem).collect();
        let data = done
            .into_iter()
            .map(|one| AssociatedProject {
                asset: one.done.and_then(|(asset, _)| assets.get(&asset).cloned()),
                sync_run: one
                    .done
                    .and_then(|(_, run)| runs.iter().find(|r| r.id == run).cloned())
                    .map(SyncRun),
                project_id: one.project.into(),
                error: one.problem.map(Into::into),
            })
            .collect();
        let errors = (!errors.is_empty()).then_some(errors);
        Ok(AssociateProjectPayload { client_mutation_id: input.client_mutation_id, data, errors })
    }

    /// Queues a run of an asset.
    async fn sync_asset(&self, context: &Context<'_>, input: SyncAssetInput) -> Answer<SyncAssetPayload> {
        supported(input.integration)?;
        let (platform, caller) = (platform(context)?, caller(context)?);
        let found = asset::by_id(&platform.db, &caller.company_ids(), number(&input.asset_id)).await;
        let found = found.map_err(told)?.ok_or_else(|| told(Error::NotFound("asset")))?;
        caller.require(found.company_id, Action::Sync).map_err(told)?;
        let links = integration::links_of_asset(&platform.db, &[found.id]).await.map_err(told)?;
        let tx = begin(context).await?;
        for link in &links {
            sync::queue(&tx, link.id, cause(caller), 0).await.map_err(told)?;
        }
        commit(tx).await?;
        let missing = links.is_empty().then(|| "the asset follows no project of Dependency-Track".to_owned());
        Ok(SyncAssetPayload {
            client_mutation_id: input.client_mutation_id,
            asset_id: Some(found.id.to_string()),
            integration: Some(integration::DEPENDENCY_TRACK.to_owned()),
            failure_reason: missing,
        })
    }

    /// Queues a run of every asset of an integration.
    async fn sync_all(&self, context: &Context<'_>, input: SyncAllInput) -> Answer<SyncAllPayload> {
        let found = find(context, &input.integration_id, Action::Sync).await?;
        let tx = begin(context).await?;
        let ids = sync::queue_all(&tx, found.id, cause(caller(context)?)).await.map_err(told)?;
        commit(tx).await?;
        let runs = sync::by_ids(&platform(context)?.db, &ids).await.map_err(told)?;
        Ok(SyncAllPayload { runs: runs.into_iter().map(SyncRun).collect() })
    }

    async fn cancel_sync(&self, context: &Context<'_>, input: CancelSyncInput) -> Answer<SyncRun> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let companies = caller.company_ids();
        let run = sync::by_id(&platform.db, &companies, number(&input.run_id)).await.map_err(told)?;
        let run = run.ok_or_else(|| told(Error::NotFound("run")))?;
        caller.require(run.company_id, Action::Sync).map_err(told)?;
        sync::cancel(platform, &run).await.map_err(told)?;
        let run = sync::by_id(&platform.db, &companies, run.id).await.map_err(told)?;
        run.map(SyncRun).ok_or_else(|| told(Error::NotFound("run")))
    }

    /// Sends a decision again, now.
    async fn retry_push(&self, context: &Context<'_>, input: RetryPushInput) -> Answer<Push> {
        let (platform, id) = (platform(context)?, number(&input.push_id));
        let companies = companies(caller(context)?, Action::Sync);
        push::retry(platform, &companies, id).await.map_err(told)?;
        let push = push::by_id(&platform.db, &companies, id).await.map_err(told)?;
        push.map(Push).ok_or_else(|| told(Error::NotFound("push")))
    }

    /// Has an integration synchronize by itself, every day or week; any other schedule is a cron
    /// expression in saveDependencyTrackIntegration.
    async fn configure_integration_schedule(
        &self,
        context: &Context<'_>,
        input: ConfigureIntegrationScheduleInput,
    ) -> Answer<ConfigureIntegrationSchedulePayload> {
        let found = find(context, &input.integration_id.into(), Action::ManageIntegrations).await?;
        if found.company_id != i64::from(input.company_id) {
            return Err(told(Error::NotFound("integration")));
        }
        let cron =
            CYCLES.iter().find(|(cycle, ..)| *cycle == input.cycle).map(|(_, _, cron, _)| (*cron).to_owned());
        let settings = Settings { id: Some(found.id), cron, ..Settings::default() };
        let saved = integration::save(platform(context)?, found.company_id, settings).await.map_err(told)?;
        Ok(ConfigureIntegrationSchedulePayload {
            client_mutation_id: input.client_mutation_id,
            errors: None,
            integration_schedule: IntegrationSchedule::of(&saved),
        })
    }
}
