//! Assets, their components and labels.

use async_graphql::{Context, ID, Object};

use crate::asset;
use crate::company::Action;
use crate::graphql::asset::{
    Asset, AssetCollection, AssetsSearch, RiskScoreHistoriesCurrent, Tag, TagCollection, TagSearch,
};
use crate::graphql::caller::{Answer, caller, number, platform, told};
use crate::graphql::component::{SbomComponentCollection, SbomComponentSearchInput};
use crate::graphql::scalar::Paging;

#[derive(Default)]
pub(super) struct AssetQuery;

#[Object]
impl AssetQuery {
    /// The assets of a company, those at the highest risk first.
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
        caller(context)?.require(company, Action::See).map_err(told)?;
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

    /// The last scores of an asset, newest first.
    async fn risk_score_history(
        &self,
        context: &Context<'_>,
        asset_id: ID,
        limit: Option<i32>,
    ) -> Answer<Vec<RiskScoreHistoriesCurrent>> {
        let db = &platform(context)?.db;
        let found =
            asset::by_id(db, &caller(context)?.company_ids(), number(&asset_id)).await.map_err(told)?;
        let Some(found) = found else { return Ok(Vec::new()) };
        let limit = i64::from(limit.unwrap_or(30)).clamp(1, 365);
        let scores = asset::history(db, found.id, limit).await.map_err(told)?;
        Ok(scores.into_iter().map(Into::into).collect())
    }

    /// The components of all assets of a company.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn sbom_components(
        &self,
        context: &Context<'_>,
        company_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
        search: Option<SbomComponentSearchInput>,
    ) -> Answer<SbomComponentCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let filter = search.unwrap_or_default().filter();
        SbomComponentCollection::load(platform(context)?, company, &filter, Paging::new(page, limit))
            .await
            .map_err(told)
    }

    /// The labels of a company's assets.
    async fn tags(
        &self,
        context: &Context<'_>,
        company_id: ID,
        search: Option<TagSearch>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<TagCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let paging = Paging::new(page, limit);
        let part = search.and_then(|search| search.name).unwrap_or_default();
        let (names, total) = asset::tags_of_company(
            &platform(context)?.db,
            company,
            part.trim(),
            paging.offset(),
            paging.limit,
        )
        .await
        .map_err(told)?;
        let collection = names.into_iter().map(|name| Tag { name }).collect();
        Ok(TagCollection { collection, metadata: paging.metadata(total) })
    }
}
