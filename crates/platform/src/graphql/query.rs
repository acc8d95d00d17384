//! What can be asked.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use identity::PrincipalKind;

use super::asset::{Asset, AssetCollection, AssetsSearch, Company, CompanyCollection, IssueSeverityStat};
use super::caller::{Answer, caller, number, platform, told};
use super::integration::{
    ExternalProject, ExternalProjectCollection, Integration, IntegrationCard, ToolTypeCategory,
};
use super::issue::{
    IssueEvent, IssueEventCollection, IssueInterface, IssueInterfaceCollection, IssueSortOptionInput,
    IssueStatusStat, IssueType, IssueTypeStat, IssuesFiltersInput, IssuesStats, ScaFinding, SeverityCategory,
    order,
};
use super::scalar::{PaginationInput, Paging, PortalUser, Time};
use super::sync::{Push, PushCollection, SyncRun, SyncRunCollection, SyncRunState};
use crate::company;
use crate::issue::Status;
use crate::{Error, asset, integration, issue, push, sync};

/// A role in a company.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::company::Role")]
pub(super) enum Role {
    Owner,
    Admin,
    Manager,
    Developer,
    Reader,
}

/// A company of the caller's.
#[derive(SimpleObject)]
struct CompanyMembership {
    company: Company,
    role: Role,
}

/// A key of a company.
#[derive(SimpleObject)]
pub(super) struct ApiKey {
    id: ID,
    name: String,
    prefix: String,
    role: Role,
    created_at: Time,
    last_used_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<identity::CompanyKey> for ApiKey {
    fn from(key: identity::CompanyKey) -> Self {
        ApiKey {
            id: key.id.into(),
            name: key.comment.unwrap_or_default(),
            prefix: format!("ttk_{}", key.public_id),
            role: company::Role::parse(&key.role).unwrap_or(company::Role::Reader).into(),
            created_at: Time(key.created_at),
            last_used_at: key.last_used_at.map(Time),
            revoked_at: key.revoked_at.map(Time),
        }
    }
}

/// Who asks.
#[derive(SimpleObject)]
struct Viewer {
    user: Option<PortalUser>,
    companies: Vec<CompanyMembership>,
}

/// How the tools are described on their cards.
const CARDS: [(ToolTypeCategory, &str, &str, bool); 1] = [(
    ToolTypeCategory::DependencyTrack,
    "Dependency-Track",
    "Component analysis: imports projects as assets and their findings as issues, and keeps both in agreement.",
    true,
)];

/// Everything that can be asked.
pub(super) struct Query;

// The published arguments are as many as they are.
#[allow(clippy::too_many_arguments)]
#[Object]
impl Query {
    async fn viewer(&self, context: &Context<'_>) -> Answer<Viewer> {
        let caller = caller(context)?;
        let user = match &caller.principal.kind {
            PrincipalKind::User { id, .. } => {
                let platform = platform(context)?;
                let users =
                    platform.identity.users_by_id(&platform.db, &[*id]).await.map_err(|e| told(e.into()))?;
                users.into_iter().next().map(|user| PortalUser {
                    id: user.id.into(),
                    name: user.full_name.or(Some(user.username)),
                    email: user.email.unwrap_or_default(),
                })
            }
            _ => None,
        };
        let companies = caller
            .companies
            .iter()
            .map(|(company, role)| CompanyMembership {
                company: Company(company.clone()),
                role: (*role).into(),
            })
            .collect();
        Ok(Viewer { user, companies })
    }

    async fn companies(
        &self,
        context: &Context<'_>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<CompanyCollection> {
        let (own, paging) = (&caller(context)?.companies, Paging::new(page, limit));
        let total = i64::try_from(own.len()).unwrap_or(i64::MAX);
        let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(paging.limit).unwrap_or(10);
        let collection =
            own.iter().skip(skip).take(take).map(|(company, _)| Company(company.clone())).collect();
        Ok(CompanyCollection { collection, metadata: paging.metadata(total) })
    }

    async fn company(&self, context: &Context<'_>, id: ID) -> Answer<Option<Company>> {
        let own = &caller(context)?.companies;
        Ok(own
            .iter()
            .find(|(company, _)| company.id == number(&id))
            .map(|(company, _)| Company(company.clone())))
    }

    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn assets(
        &self,
        context: &Context<'_>,
        company_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
        search: Option<AssetsSearch>,
    ) -> Answer<AssetCollection> {
        let (platform, company) = (platform(context)?, number(&company_id));
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let paging = Paging::new(page, limit);
        let filter = search.unwrap_or_default().filter();
        let (rows, total) =
            asset::list(&platform.db, company, &filter, paging.offset(), paging.limit).await.map_err(told)?;
        let collection = Asset::load(platform, rows).await.map_err(told)?;
        Ok(AssetCollection { collection, metadata: paging.metadata(total) })
    }

    async fn asset(&self, context: &Context<'_>, id: ID) -> Answer<Option<Asset>> {
        Asset::one(platform(context)?, &caller(context)?.company_ids(), number(&id)).await.map_err(told)
    }

    #[graphql(complexity = "pagination.per_page.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn issues(
        &self,
        context: &Context<'_>,
        company_id: ID,
        pagination: PaginationInput,
        filters: Option<IssuesFiltersInput>,
        sort_options: Option<Vec<IssueSortOptionInput>>,
    ) -> Answer<IssueInterfaceCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let paging = Paging::new(pagination.page, pagination.per_page);
        let filters = filters.unwrap_or_default();
        // There are issues of components only, so far.
        let others = filters
            .failure_types
            .as_ref()
            .is_some_and(|t| !t.is_empty() && !t.contains(&IssueType::ScaFinding));
        if others {
            return Ok(IssueInterfaceCollection {
                collection: Some(Vec::new()),
                metadata: Some(paging.metadata(0)),
            });
        }
        let (rows, total) = issue::list(
            &platform(context)?.db,
            company,
            &filters.filter(),
            &order(sort_options),
            paging.offset(),
            paging.limit,
        )
        .await
        .map_err(told)?;
        let collection = rows.into_iter().map(|issue| ScaFinding(issue).into()).collect();
        Ok(IssueInterfaceCollection { collection: Some(collection), metadata: Some(paging.metadata(total)) })
    }

    async fn issue(&self, context: &Context<'_>, id: ID) -> Answer<Option<IssueInterface>> {
        let companies = caller(context)?.company_ids();
        let found = issue::by_id(&platform(context)?.db, &companies, number(&id)).await.map_err(told)?;
        Ok(found.map(|issue| ScaFinding(issue).into()))
    }

    async fn issues_stats(
        &self,
        context: &Context<'_>,
        company_id: ID,
        filters: Option<IssuesFiltersInput>,
    ) -> Answer<IssuesStats> {
        let company = number(&company_id);
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let filter = filters.unwrap_or_default().filter();
        let rows = issue::stats(&platform(context)?.db, company, &filter).await.map_err(told)?;
        let sum = |pick: &dyn Fn(&(String, String, i64)) -> bool| {
            rows.iter().filter(|r| pick(r)).map(|r| r.2).sum()
        };
        let severities = issue::SEVERITIES
            .iter()
            .filter_map(|word| Some((word, SeverityCategory::read(word)?)))
            .map(|(word, value)| IssueSeverityStat { count: sum(&|row| row.0 == *word), value })
            .collect();
        let status = Status::ALL
            .into_iter()
            .map(|status| IssueStatusStat {
                count: sum(&|row| row.1 == status.as_str()),
                value: status.into(),
            })
            .collect();
        let types = vec![IssueTypeStat { count: sum(&|_| true), value: IssueType::ScaFinding }];
        Ok(IssuesStats { severities, status, types })
    }

    async fn issue_history(
        &self,
        context: &Context<'_>,
        issue_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<IssueEventCollection> {
        let db = &platform(context)?.db;
        let companies = caller(context)?.company_ids();
        let found = issue::by_id(db, &companies, number(&issue_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("issue")))?;
        let paging = Paging::new(page, limit);
        let events = issue::events(db, &[found.id]).await.map_err(told)?;
        let total = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(paging.limit).unwrap_or(10);
        let collection = events.into_iter().rev().skip(skip).take(take).map(IssueEvent::from).collect();
        Ok(IssueEventCollection { collection, metadata: paging.metadata(total) })
    }

    async fn integrations(&self, context: &Context<'_>, company_id: ID) -> Answer<Vec<Integration>> {
        let company = number(&company_id);
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let list = integration::list(&platform(context)?.db, company).await.map_err(told)?;
        Ok(list.into_iter().map(Integration).collect())
    }

    async fn integration(&self, context: &Context<'_>, id: ID) -> Answer<Option<Integration>> {
        let companies = caller(context)?.company_ids();
        let found =
            integration::by_id(&platform(context)?.db, &companies, number(&id)).await.map_err(told)?;
        Ok(found.map(Integration))
    }

    async fn integration_catalog(
        &self,
        context: &Context<'_>,
        company_id: ID,
        search: Option<String>,
    ) -> Answer<Vec<IntegrationCard>> {
        let company = number(&company_id);
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let mut list = integration::list(&platform(context)?.db, company).await.map_err(told)?;
        let search = search.unwrap_or_default().trim().to_lowercase();
        let cards = CARDS.into_iter().filter(|(_, name, text, _)| {
            search.is_empty()
                || name.to_lowercase().contains(&search)
                || text.to_lowercase().contains(&search)
        });
        Ok(cards
            .map(|(kind, name, description, supported)| {
                let integration = list.pop().map(Integration);
                IntegrationCard {
                    kind,
                    name: name.to_owned(),
                    description: description.to_owned(),
                    connected: integration.is_some(),
                    supported,
                    integration,
                }
            })
            .collect())
    }

    async fn external_projects(
        &self,
        context: &Context<'_>,
        integration_id: ID,
        search: Option<String>,
        only_not_imported: Option<bool>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<ExternalProjectCollection> {
        let platform = platform(context)?;
        let companies = caller(context)?.company_ids();
        let found =
            integration::by_id(&platform.db, &companies, number(&integration_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("integration")))?;
        caller(context)?.require(found.company_id, company::Role::Manager).map_err(told)?;
        let paging = Paging::new(page, limit);
        let (projects, total) =
            integration::external_projects(platform, &found, search.as_deref(), paging.page, paging.limit)
                .await
                .map_err(told)?;
        let assets = Asset::many(platform, projects.iter().filter_map(|project| project.asset).collect());
        let assets = assets.await.map_err(told)?;
        let hide = only_not_imported.unwrap_or_default();
        let collection = projects
            .into_iter()
            .filter(|project| !hide || project.asset.is_none())
            .map(|project| ExternalProject {
                asset: project.asset.and_then(|id| assets.get(&id).cloned()),
                id: project.uuid.into(),
                name: project.name,
                version: project.version,
                active: project.active,
                latest: project.latest,
                last_import_at: project.last_import.map(Time),
            })
            .collect();
        Ok(ExternalProjectCollection { collection, metadata: paging.metadata(total) })
    }

    async fn sync_runs(
        &self,
        context: &Context<'_>,
        company_id: ID,
        asset_id: Option<ID>,
        integration_id: Option<ID>,
        state: Option<SyncRunState>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<SyncRunCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, company::Role::Reader).map_err(told)?;
        let paging = Paging::new(page, limit);
        let filter = [
            ("asset_id", asset_id.map(|id| number(&id).into())),
            ("integration_id", integration_id.map(|id| number(&id).into())),
            ("state", state.map(|state| state.word().into())),
        ];
        let (rows, total) =
            sync::list(&platform(context)?.db, company, &filter, paging.offset(), paging.limit)
                .await
                .map_err(told)?;
        let collection = rows.into_iter().map(SyncRun).collect();
        Ok(SyncRunCollection { collection, metadata: paging.metadata(total) })
    }

    async fn sync_run(&self, context: &Context<'_>, id: ID) -> Answer<Option<SyncRun>> {
        let companies = caller(context)?.company_ids();
        Ok(sync::by_id(&platform(context)?.db, &companies, number(&id)).await.map_err(told)?.map(SyncRun))
    }

    async fn pending_pushes(
        &self,
        context: &Context<'_>,
        integration_id: ID,
        asset_id: Option<ID>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<PushCollection> {
        let db = &platform(context)?.db;
        let companies = caller(context)?.company_ids();
        let found = integration::by_id(db, &companies, number(&integration_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("integration")))?;
        let paging = Paging::new(page, limit);
        let asset = asset_id.as_ref().map(number);
        let (rows, total) =
            push::pending(db, found.id, asset, paging.offset(), paging.limit).await.map_err(told)?;
        Ok(PushCollection {
            collection: rows.into_iter().map(Push).collect(),
            metadata: paging.metadata(total),
        })
    }

    async fn api_keys(&self, context: &Context<'_>, company_id: ID) -> Answer<Vec<ApiKey>> {
        let (platform, company) = (platform(context)?, number(&company_id));
        caller(context)?.require(company, company::Role::Admin).map_err(told)?;
        let keys =
            platform.identity.keys_of_company(&platform.db, company).await.map_err(|e| told(e.into()))?;
        Ok(keys.into_iter().map(ApiKey::from).collect())
    }
}
