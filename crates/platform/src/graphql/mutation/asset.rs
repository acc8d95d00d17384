//! Changes of assets.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::asset::{self, Change};
use crate::company::Action;
use crate::graphql::asset::{
    Asset, AssetArch, AssetAudience, AssetCollection, AssetDevelopmentModel, AssetDevelopmentTeam,
    AssetLifeCycle, AssetScan, AssetSeverity, AssetTypeList, BusinessImpactLevel, DataClassification,
    Exploitability, ThreatLevel,
};
use crate::graphql::caller::{Answer, begin, caller, commit, number, numbers, platform, told};
use crate::graphql::scalar::Paging;
use crate::{Error, audit, retried};

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
    asset_type: Option<AssetTypeList>,
    assets_tag_list: Option<Vec<String>>,
    audience: Option<AssetAudience>,
    architecture_type: Option<AssetArch>,
    criticity: Option<AssetSeverity>,
    data_classification: Option<Vec<DataClassification>>,
    development_model: Option<AssetDevelopmentModel>,
    development_team: Option<AssetDevelopmentTeam>,
    environment_list: Option<Vec<String>>,
    /// Accepted and not used: projects are associated by associateProject.
    integration_ids: Option<Vec<String>>,
    life_cycle: Option<AssetLifeCycle>,
    scan_type: Option<AssetScan>,
    tecnology_list: Option<Vec<String>>,
    team_ids: Option<Vec<String>>,
    business_impact: Option<BusinessImpactLevel>,
    exploitability: Option<Exploitability>,
    environment_compromised: Option<bool>,
}

/// A changed asset; what is not named stays.
#[derive(InputObject)]
struct UpdateAssetInput {
    id: ID,
    /// Accepted and not used: the threat is computed from the open issues.
    threat: Option<ThreatLevel>,
    #[graphql(flatten)]
    fields: CreateAssetInput,
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

/// Which assets to delete.
#[derive(InputObject)]
struct DeleteAssetInput {
    client_mutation_id: Option<String>,
    #[graphql(validator(max_items = 1000))]
    id: Vec<ID>,
}

/// The deleted assets, as they were.
#[derive(SimpleObject)]
struct DeleteAssetPayload {
    asset: AssetCollection,
    client_mutation_id: Option<String>,
}

impl CreateAssetInput {
    fn change(self) -> Answer<Change> {
        let teams = match self.team_ids {
            Some(ids) => {
                let read = |id: String| id.trim().parse::<i64>().map_err(|_| id);
                let teams: Result<Vec<i64>, String> = ids.into_iter().map(read).collect();
                Some(teams.map_err(|id| told(Error::invalid("teamIds", format!("{id:?} is no team's id"))))?)
            }
            None => None,
        };
        let words = [
            ("branch_name", self.branch_name),
            ("asset_type", self.asset_type.map(|word| word.word().to_owned())),
            ("audience", self.audience.map(|word| word.word().to_owned())),
            ("architecture_type", self.architecture_type.map(|word| word.word().to_owned())),
            ("criticity", self.criticity.map(|word| word.word().to_owned())),
            ("development_model", self.development_model.map(|word| word.word().to_owned())),
            ("development_team", self.development_team.map(|word| word.word().to_owned())),
            ("life_cycle", self.life_cycle.map(|word| word.word().to_owned())),
            ("scan_type", self.scan_type.map(|word| word.word().to_owned())),
        ];
        let data = self.data_classification;
        Ok(Change {
            name: Some(self.name),
            description: self.description,
            url: self.url,
            repo_url: self.repo_url,
            business_impact: self.business_impact.map(|word| word.word().to_owned()),
            exploitability: self.exploitability.map(|word| word.word().to_owned()),
            data_classification: data
                .map(|list| list.into_iter().map(|word| word.word().to_owned()).collect()),
            technologies: self.tecnology_list,
            tags: self.assets_tag_list,
            environment_compromised: self.environment_compromised,
            teams,
            environment: self.environment_list,
            words: words.into_iter().filter_map(|(column, word)| Some((column, word?))).collect(),
        })
    }
}

#[derive(Default)]
pub(super) struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Makes an asset. Sent again with the same clientMutationId, it answers the asset it made.
    async fn create_asset(
        &self,
        context: &Context<'_>,
        input: CreateAssetInput,
    ) -> Answer<CreateAssetPayload> {
        let (platform, caller, company) = (platform(context)?, caller(context)?, i64::from(input.company_id));
        caller.require(company, Action::EditAssets).map_err(told)?;
        let client_mutation_id = input.client_mutation_id.clone();
        let sent = client_mutation_id.as_deref();
        let change = input.change()?;
        let tx = begin(context).await?;
        let id = match retried::before(&tx, &caller.key(), "createAsset", sent).await.map_err(told)? {
            Some(id) => id,
            None => {
                let id = asset::create(&tx, company, &change).await.map_err(told)?;
                retried::remember(&tx, &caller.key(), "createAsset", sent, id).await.map_err(told)?;
                let target = format!("asset {id}");
                audit::write(&tx, company, &caller.who(), "asset.create", &target, change.name)
                    .await
                    .map_err(told)?;
                id
            }
        };
        commit(tx).await?;
        let asset = Asset::one(platform, &[company], id).await.map_err(told)?;
        Ok(CreateAssetPayload { asset, client_mutation_id, errors: None })
    }

    async fn update_asset(
        &self,
        context: &Context<'_>,
        input: UpdateAssetInput,
    ) -> Answer<UpdateAssetPayload> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let (company, id) = (i64::from(input.fields.company_id), number(&input.id));
        caller.require(company, Action::EditAssets).map_err(told)?;
        let client_mutation_id = input.fields.client_mutation_id.clone();
        let change = input.fields.change()?;
        let tx = begin(context).await?;
        let found = asset::by_id(&tx, &[company], id).await.map_err(told)?;
        found.ok_or_else(|| told(Error::NotFound("asset")))?;
        asset::update(&tx, company, id, &change).await.map_err(told)?;
        let target = format!("asset {id}");
        audit::write(&tx, company, &caller.who(), "asset.update", &target, change.name)
            .await
            .map_err(told)?;
        commit(tx).await?;
        let asset = Asset::one(platform, &[company], id).await.map_err(told)?;
        Ok(UpdateAssetPayload { asset, client_mutation_id })
    }

    /// Deletes assets with their issues, all of them or none.
    async fn delete_asset(
        &self,
        context: &Context<'_>,
        input: DeleteAssetInput,
    ) -> Answer<DeleteAssetPayload> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let mut ids = numbers(Some(input.id));
        ids.sort_unstable();
        ids.dedup();
        let companies = caller.company_ids();
        let mut rows = Vec::with_capacity(ids.len());
        for id in &ids {
            let found = asset::by_id(&platform.db, &companies, *id).await.map_err(told)?;
            let found = found.ok_or_else(|| told(Error::NotFound("asset")))?;
            caller.require(found.company_id, Action::EditAssets).map_err(told)?;
            rows.push(found);
        }
        let collection = Asset::load(platform, rows.clone()).await.map_err(told)?;
        let tx = begin(context).await?;
        asset::delete(&tx, &ids).await.map_err(told)?;
        for row in rows {
            let target = format!("asset {}", row.id);
            audit::write(&tx, row.company_id, &caller.who(), "asset.delete", &target, Some(row.name))
                .await
                .map_err(told)?;
        }
        commit(tx).await?;
        let total = i64::try_from(collection.len()).unwrap_or(i64::MAX);
        let metadata = Paging::new(Some(1), Some(100)).metadata(total);
        Ok(DeleteAssetPayload {
            asset: AssetCollection { collection, metadata },
            client_mutation_id: input.client_mutation_id,
        })
    }
}
