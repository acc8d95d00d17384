//! Integrations, their projects, runs and pushes.

use async_graphql::{Context, ID, Object};

use crate::company::Action;
use crate::graphql::asset::Asset;
use crate::graphql::caller::{Answer, caller, number, platform, told};
use crate::graphql::integration::{
    CYCLES, ExternalProject, ExternalProjectCollection, Integration, IntegrationCard,
    IntegrationScheduleCycle, IntegrationScheduleCycleCollection, ToolTypeCategory,
};
use crate::graphql::scalar::{Paging, Time};
use crate::graphql::sync::{Push, PushCollection, SyncRun, SyncRunCollection, SyncRunState};
use crate::{Error, connector, integration, push, sync};

#[derive(Default)]
pub(super) struct IntegrationQuery;

// The published arguments are as many as they are.
#[allow(clippy::too_many_arguments)]
#[Object]
impl IntegrationQuery {
    /// How often an integration can synchronize by itself.
    async fn integration_schedule_cycles(&self) -> IntegrationScheduleCycleCollection {
        let collection = CYCLES
            .iter()
            .map(|(_, word, _, about)| IntegrationScheduleCycle {
                cycle: (*word).to_owned(),
                information: (*about).to_owned(),
            })
            .collect::<Vec<_>>();
        let total = i64::try_from(collection.len()).unwrap_or_default();
        IntegrationScheduleCycleCollection { collection, metadata: Paging::new(None, None).metadata(total) }
    }

    async fn integrations(&self, context: &Context<'_>, company_id: ID) -> Answer<Vec<Integration>> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
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
        caller(context)?.require(company, Action::See).map_err(told)?;
        let list = integration::list(&platform(context)?.db, company).await.map_err(told)?;
        let search = search.unwrap_or_default().trim().to_lowercase();
        let found = connector::KINDS.into_iter().filter(|kind| {
            search.is_empty()
                || kind.name.to_lowercase().contains(&search)
                || kind.about.to_lowercase().contains(&search)
        });
        Ok(found
            .filter_map(|kind| {
                let integration = list.iter().find(|one| one.kind == kind.word).cloned().map(Integration);
                Some(IntegrationCard {
                    kind: ToolTypeCategory::read(kind.word)?,
                    name: kind.name.to_owned(),
                    description: kind.about.to_owned(),
                    connected: integration.is_some(),
                    supported: kind.supported,
                    integration,
                })
            })
            .collect())
    }

    async fn external_projects(
        &self,
        context: &Context<'_>,
        integration_id: ID,
        search: Option<String>,
        only_not_imported: Option<bool>,
        include_inactive: Option<bool>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<ExternalProjectCollection> {
        let platform = platform(context)?;
        let companies = caller(context)?.company_ids();
        let found =
            integration::by_id(&platform.db, &companies, number(&integration_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("integration")))?;
        caller(context)?.require(found.company_id, Action::ListProjects).map_err(told)?;
        let paging = Paging::new(page, limit);
        let (projects, total) = integration::external_projects(
            platform,
            &found,
            search.as_deref(),
            include_inactive.unwrap_or_default(),
            paging.page,
            paging.limit,
        )
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
        caller(context)?.require(company, Action::See).map_err(told)?;
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
}
