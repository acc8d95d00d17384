//! What can be changed.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::asset::{Asset, BusinessImpactLevel, DataClassification, Exploitability};
use super::caller::{Answer, caller, number, platform, told};
use super::integration::{
    AssociateProjectInput, AssociateProjectPayload, AssociatedProject, CheckConnectionInput, ConnectionCheck,
    CreateExternalWebhookInput, CreateExternalWebhookPayload, Integration, PermissionCheck,
    RemoveIntegrationInput, RemoveIntegrationPayload, SaveDependencyTrackIntegrationInput,
    SaveIntegrationPayload, SyncAssetInput, SyncAssetPayload, ToolTypeCategory, UnlinkExternalProjectInput,
    UnlinkExternalProjectPayload,
};
use super::issue::{
    ChangeIssueStatusInput, ChangeIssueStatusPayload, ChangeIssuesStatusInput, ChangeIssuesStatusPayload,
    ScaFinding,
};
use super::query::{ApiKey, Role};
use super::sync::{Push, SyncRun};
use crate::asset::Change;
use crate::integration::Settings;
use crate::sync::Cause;
use crate::{Error, asset, company, integration, issue, push, sync};

/// A new asset.
#[derive(InputObject)]
struct CreateAssetInput {
    client_mutation_id: Option<String>,
    company_id: i32,
    name: String,
    description: Option<String>,
    url: Option<String>,
    repo_url: Option<String>,
    branch_name: Option<String>,
    assets_tag_list: Option<Vec<String>>,
    tecnology_list: Option<Vec<String>>,
    business_impact: Option<BusinessImpactLevel>,
    exploitability: Option<Exploitability>,
    data_classification: Option<Vec<DataClassification>>,
}

/// A changed asset.
#[derive(InputObject)]
struct UpdateAssetInput {
    client_mutation_id: Option<String>,
    id: ID,
    company_id: i32,
    name: String,
    description: Option<String>,
    url: Option<String>,
    repo_url: Option<String>,
    branch_name: Option<String>,
    assets_tag_list: Option<Vec<String>>,
    tecnology_list: Option<Vec<String>>,
    business_impact: Option<BusinessImpactLevel>,
    exploitability: Option<Exploitability>,
    data_classification: Option<Vec<DataClassification>>,
}

/// The new asset.
#[derive(SimpleObject)]
struct CreateAssetPayload {
    asset: Option<Asset>,
    client_mutation_id: Option<String>,
    errors: Option<Vec<String>>,
}

/// The changed asset.
#[derive(SimpleObject)]
struct UpdateAssetPayload {
    asset: Option<Asset>,
    client_mutation_id: Option<String>,
}

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

/// A new key.
#[derive(InputObject)]
struct CreateApiKeyInput {
    company_id: ID,
    name: String,
    role: Role,
}

/// The new key; the only time it is shown.
#[derive(SimpleObject)]
struct CreatedApiKey {
    api_key: ApiKey,
    key: String,
}

/// Which key.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    id: ID,
}

fn lists(
    tags: Option<Vec<String>>,
    technologies: Option<Vec<String>>,
    data: Option<Vec<DataClassification>>,
) -> Change {
    Change {
        tags,
        technologies,
        data_classification: data.map(|list| list.into_iter().map(|d| d.word().to_owned()).collect()),
        ..Change::default()
    }
}

/// Only one tool can be connected so far.
fn supported(tool: ToolTypeCategory) -> Answer<()> {
    if tool == ToolTypeCategory::DependencyTrack {
        return Ok(());
    }
    Err(told(Error::invalid("integration", "only DEPENDENCY_TRACK is supported")))
}

/// The integration with this id, which the caller must be allowed to use like this.
async fn find(context: &Context<'_>, id: &ID, needed: company::Role) -> Answer<integration::Integration> {
    let caller = caller(context)?;
    let found =
        integration::by_id(&platform(context)?.db, &caller.company_ids(), number(id)).await.map_err(told)?;
    let found = found.ok_or_else(|| told(Error::NotFound("integration")))?;
    caller.require(found.company_id, needed).map_err(told)?;
    Ok(found)
}

/// Everything that can be changed.
pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn save_dependency_track_integration(
        &self,
        context: &Context<'_>,
        input: SaveDependencyTrackIntegrationInput,
    ) -> Answer<SaveIntegrationPayload> {
        let company = number(&input.company_id);
        caller(context)?.require(company, company::Role::Admin).map_err(told)?;
        let settings = Settings {
            name: input.name,
            api_url: input.api_url,
            api_token: input.api_token,
            webhook_token: input.webhook_token,
            ca_pem: input.ca_certificate_pem,
            severities: input.severities.map(|list| list.into_iter().map(|s| s.word().to_owned()).collect()),
        };
        let client_mutation_id = input.client_mutation_id;
        // What a person can mend is told in the payload, beside the fields of the wizard.
        Ok(match integration::save(platform(context)?, company, settings).await {
            Ok(saved) => SaveIntegrationPayload {
                client_mutation_id,
                integration: Some(Integration(saved)),
                errors: Vec::new(),
            },
            Err(error @ (Error::Invalid { .. } | Error::DependencyTrack(_))) => SaveIntegrationPayload {
                client_mutation_id,
                integration: None,
                errors: vec![error.problem().into()],
            },
            Err(error) => return Err(told(error)),
        })
    }

    async fn remove_integration(
        &self,
        context: &Context<'_>,
        input: RemoveIntegrationInput,
    ) -> Answer<RemoveIntegrationPayload> {
        let found = find(context, &input.integration_id, company::Role::Admin).await?;
        let tx = platform(context)?.db.begin().await.map_err(|e| told(e.into()))?;
        let kept_assets = integration::remove(&tx, &found, input.keep_assets).await.map_err(told)?;
        tx.commit().await.map_err(|e| told(e.into()))?;
        Ok(RemoveIntegrationPayload { removed_id: found.id.into(), kept_assets })
    }

    async fn check_connection(
        &self,
        context: &Context<'_>,
        input: CheckConnectionInput,
    ) -> Answer<ConnectionCheck> {
        let found = find(context, &input.integration_id, company::Role::Admin).await?;
        let check = integration::check(platform(context)?, &found).await.map_err(told)?;
        let needed_for = |permission: dependency_track::Permission| match permission {
            dependency_track::Permission::ViewPortfolio => "listing projects",
            dependency_track::Permission::ViewVulnerability => "reading findings",
            dependency_track::Permission::VulnerabilityAnalysis => "sending decisions",
            _ => "creating the webhook (optional)",
        };
        Ok(ConnectionCheck {
            ok: check.problem.is_none(),
            version: check.version.as_ref().map(|version| version.version.clone()),
            application: check.version.map(|version| version.application),
            latency_ms: Some(check.latency_ms),
            permissions: check
                .permissions
                .into_iter()
                .map(|(permission, granted)| PermissionCheck {
                    name: permission.as_str().to_owned(),
                    granted,
                    needed_for: needed_for(permission).to_owned(),
                })
                .collect(),
            error: check.problem.map(Into::into),
        })
    }

    async fn create_external_webhook(
        &self,
        context: &Context<'_>,
        input: CreateExternalWebhookInput,
    ) -> Answer<CreateExternalWebhookPayload> {
        let found = find(context, &input.integration_id, company::Role::Admin).await?;
        Ok(match integration::create_webhook(platform(context)?, &found).await {
            Ok(name) => CreateExternalWebhookPayload { created: true, rule_name: Some(name), error: None },
            Err(error) => CreateExternalWebhookPayload {
                created: false,
                rule_name: None,
                error: Some(error.problem().into()),
            },
        })
    }

    async fn unlink_external_project(
        &self,
        context: &Context<'_>,
        input: UnlinkExternalProjectInput,
    ) -> Answer<UnlinkExternalProjectPayload> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let companies: Vec<i64> = caller
            .companies
            .iter()
            .filter(|(_, role)| *role >= company::Role::Manager)
            .map(|(company, _)| company.id)
            .collect();
        let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
        let id = number(&input.asset_integration_id);
        let asset = integration::unlink(&tx, &companies, id, input.keep_issues).await.map_err(told)?;
        tx.commit().await.map_err(|e| told(e.into()))?;
        let asset = Asset::one(platform, &companies, asset).await.map_err(told)?;
        Ok(UnlinkExternalProjectPayload { asset: asset.ok_or_else(|| told(Error::NotFound("asset")))? })
    }

    async fn associate_project(
        &self,
        context: &Context<'_>,
        input: AssociateProjectInput,
    ) -> Answer<AssociateProjectPayload> {
        supported(input.integration)?;
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&input.company_id));
        caller.require(company, company::Role::Manager).map_err(told)?;
        let found = integration::list(&platform.db, company).await.map_err(told)?.pop();
        let found = found.ok_or_else(|| {
            told(Error::invalid(
                "integration",
                "the company has no Dependency-Track: connect one in the wizard first",
            ))
        })?;
        let projects: Vec<String> = input
            .project_ids
            .into_iter()
            .flatten()
            .chain(input.project_id)
            .map(|id| id.to_string())
            .collect();
        if projects.is_empty() {
            return Err(told(Error::invalid("projectIds", "name at least one project")));
        }
        let cause = if caller.principal.user_id().is_some() { Cause::User } else { Cause::Pipeline };
        let done = integration::associate(platform, &found, &projects, cause).await.map_err(told)?;
        let ids: Vec<i64> = done.iter().filter_map(|one| Some(one.done?.0)).collect();
        let assets = Asset::many(platform, ids).await.map_err(told)?;
        let runs: Vec<i64> = done.iter().filter_map(|one| Some(one.done?.1)).collect();
        let runs = sync::by_ids(&platform.db, &runs).await.map_err(told)?;
        let errors: Vec<String> = done
            .iter()
            .filter_map(|one| Some(format!("{}: {}", one.project, one.problem.as_ref()?.message)))
            .collect();
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
        Ok(AssociateProjectPayload {
            client_mutation_id: input.client_mutation_id,
            data,
            errors: (!errors.is_empty()).then_some(errors),
        })
    }

    async fn sync_asset(&self, context: &Context<'_>, input: SyncAssetInput) -> Answer<SyncAssetPayload> {
        supported(input.integration)?;
        let (platform, caller) = (platform(context)?, caller(context)?);
        let found =
            asset::by_id(&platform.db, &caller.company_ids(), number(&input.asset_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("asset")))?;
        caller.require(found.company_id, company::Role::Manager).map_err(told)?;
        let links = integration::links_of_asset(&platform.db, &[found.id]).await.map_err(told)?;
        let cause = if caller.principal.user_id().is_some() { Cause::User } else { Cause::Pipeline };
        let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
        for link in &links {
            sync::queue(&tx, link.id, cause, 0).await.map_err(told)?;
        }
        tx.commit().await.map_err(|e| told(e.into()))?;
        let missing = links.is_empty().then(|| "the asset follows no project of Dependency-Track".to_owned());
        Ok(SyncAssetPayload {
            client_mutation_id: input.client_mutation_id,
            asset_id: Some(found.id.to_string()),
            integration: Some(integration::DEPENDENCY_TRACK.to_owned()),
            failure_reason: missing,
        })
    }

    async fn cancel_sync(&self, context: &Context<'_>, input: CancelSyncInput) -> Answer<SyncRun> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let companies = caller.company_ids();
        let run = sync::by_id(&platform.db, &companies, number(&input.run_id)).await.map_err(told)?;
        let run = run.ok_or_else(|| told(Error::NotFound("run")))?;
        caller.require(run.company_id, company::Role::Manager).map_err(told)?;
        sync::cancel(platform, &run).await.map_err(told)?;
        let run = sync::by_id(&platform.db, &companies, run.id).await.map_err(told)?;
        run.map(SyncRun).ok_or_else(|| told(Error::NotFound("run")))
    }

    async fn retry_push(&self, context: &Context<'_>, input: RetryPushInput) -> Answer<Push> {
        let caller = caller(context)?;
        let companies: Vec<i64> = caller
            .companies
            .iter()
            .filter(|(_, role)| *role >= company::Role::Manager)
            .map(|(company, _)| company.id)
            .collect();
        let (platform, id) = (platform(context)?, number(&input.push_id));
        push::retry(platform, &companies, id).await.map_err(told)?;
        let push = push::by_id(&platform.db, &companies, id).await.map_err(told)?;
        push.map(Push).ok_or_else(|| told(Error::NotFound("push")))
    }

    async fn change_issue_status(
        &self,
        context: &Context<'_>,
        input: ChangeIssueStatusInput,
    ) -> Answer<ChangeIssueStatusPayload> {
        let issue =
            change(context, &input.id, input.status.into(), input.reason.as_deref()).await.map_err(told)?;
        Ok(ChangeIssueStatusPayload {
            client_mutation_id: input.client_mutation_id,
            issue: ScaFinding(issue).into(),
        })
    }

    async fn change_issues_status(
        &self,
        context: &Context<'_>,
        input: ChangeIssuesStatusInput,
    ) -> Answer<ChangeIssuesStatusPayload> {
        let mut payload = ChangeIssuesStatusPayload { issues: Vec::new(), errors: Vec::new() };
        for id in &input.ids {
            match change(context, id, input.status.into(), input.reason.as_deref()).await {
                Ok(issue) => payload.issues.push(ScaFinding(issue).into()),
                Err(error) => {
                    let mut problem = error.problem();
                    problem.message = format!("issue {}: {}", id.as_str(), problem.message);
                    payload.errors.push(problem.into());
                }
            }
        }
        Ok(payload)
    }

    async fn create_asset(
        &self,
        context: &Context<'_>,
        input: CreateAssetInput,
    ) -> Answer<CreateAssetPayload> {
        let (platform, company) = (platform(context)?, i64::from(input.company_id));
        caller(context)?.require(company, company::Role::Manager).map_err(told)?;
        let change = Change {
            name: Some(input.name),
            description: input.description,
            url: input.url,
            repo_url: input.repo_url,
            business_impact: input.business_impact.map(|b| b.word().to_owned()),
            exploitability: input.exploitability.map(|e| e.word().to_owned()),
            ..lists(input.assets_tag_list, input.tecnology_list, input.data_classification)
        };
        let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
        let id = asset::create(&tx, company, &change).await.map_err(told)?;
        tx.commit().await.map_err(|e| told(e.into()))?;
        let asset = Asset::one(platform, &[company], id).await.map_err(told)?;
        Ok(CreateAssetPayload { asset, client_mutation_id: input.client_mutation_id, errors: None })
    }

    async fn update_asset(
        &self,
        context: &Context<'_>,
        input: UpdateAssetInput,
    ) -> Answer<UpdateAssetPayload> {
        let (platform, company, id) = (platform(context)?, i64::from(input.company_id), number(&input.id));
        caller(context)?.require(company, company::Role::Manager).map_err(told)?;
        if input.name.trim().is_empty() {
            return Err(told(Error::invalid("name", "an asset needs a name")));
        }
        let change = Change {
            name: Some(input.name),
            description: input.description,
            url: input.url,
            repo_url: input.repo_url,
            business_impact: input.business_impact.map(|b| b.word().to_owned()),
            exploitability: input.exploitability.map(|e| e.word().to_owned()),
            ..lists(input.assets_tag_list, input.tecnology_list, input.data_classification)
        };
        let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
        asset::by_id(&tx, &[company], id)
            .await
            .map_err(told)?
            .ok_or_else(|| told(Error::NotFound("asset")))?;
        asset::update(&tx, id, &change).await.map_err(told)?;
        tx.commit().await.map_err(|e| told(e.into()))?;
        let asset = Asset::one(platform, &[company], id).await.map_err(told)?;
        Ok(UpdateAssetPayload { asset, client_mutation_id: input.client_mutation_id })
    }

    async fn create_api_key(&self, context: &Context<'_>, input: CreateApiKeyInput) -> Answer<CreatedApiKey> {
        let (platform, company) = (platform(context)?, number(&input.company_id));
        let role = company::Role::from(input.role);
        let own = caller(context)?.require(company, company::Role::Admin).map_err(told)?;
        if role > own {
            return Err(told(Error::invalid("role", "a key cannot have more rights than its maker")));
        }
        let name = input.name.trim();
        if name.is_empty() {
            return Err(told(Error::invalid("name", "say what the key is for")));
        }
        let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
        let made = platform
            .identity
            .create_company_key(&tx, company, role.as_str(), name)
            .await
            .map_err(|e| told(e.into()))?;
        let keys = platform.identity.keys_of_company(&tx, company).await.map_err(|e| told(e.into()))?;
        tx.commit().await.map_err(|e| told(e.into()))?;
        let api_key =
            keys.into_iter().find(|key| key.id == made.id).ok_or_else(|| told(Error::NotFound("key")))?;
        Ok(CreatedApiKey { api_key: api_key.into(), key: made.key })
    }

    async fn revoke_api_key(&self, context: &Context<'_>, input: RevokeApiKeyInput) -> Answer<ApiKey> {
        let (platform, caller, id) = (platform(context)?, caller(context)?, number(&input.id));
        for (company, role) in &caller.companies {
            if *role < company::Role::Admin {
                continue;
            }
            let tx = platform.db.begin().await.map_err(|e| told(e.into()))?;
            let revoked = platform
                .identity
                .revoke_company_key(&tx, company.id, id)
                .await
                .map_err(|e| told(e.into()))?;
            let keys =
                platform.identity.keys_of_company(&tx, company.id).await.map_err(|e| told(e.into()))?;
            tx.commit().await.map_err(|e| told(e.into()))?;
            if revoked && let Some(key) = keys.into_iter().find(|key| key.id == id) {
                return Ok(key.into());
            }
        }
        Err(told(Error::NotFound("key")))
    }
}

/// Changes the status of one issue for the caller.
async fn change(
    context: &Context<'_>,
    id: &ID,
    status: issue::Status,
    reason: Option<&str>,
) -> Result<issue::Issue, Error> {
    let internal = |_| Error::NotFound("issue");
    let (platform, caller) = (platform(context).map_err(internal)?, caller(context).map_err(internal)?);
    let found = issue::by_id(&platform.db, &caller.company_ids(), number(id)).await?;
    let found = found.ok_or(Error::NotFound("issue"))?;
    let role = caller.require(found.company_id, company::Role::Developer)?;
    issue::change_status(platform, found.company_id, found.id, status, role, &caller.actor(), reason).await
}
