//! Companies and assets over GraphQL.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::caller::{Answer, platform, told};
use super::integration::AssetIntegration;
use super::issue::SeverityCategory;
use super::scalar::{CollectionMetadata, Severities, Time};
use super::sync::SyncRun;
use crate::asset::{self, Open};
use crate::company;
use crate::{Platform, integration, sync};

/// A tenant.
pub(super) struct Company(pub company::Company);

#[Object]
impl Company {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn label(&self) -> &str {
        &self.0.label
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    async fn contact_email(&self) -> Option<&str> {
        None
    }

    async fn contact_name(&self) -> Option<&str> {
        None
    }

    async fn integrations(&self, context: &Context<'_>) -> Answer<Vec<String>> {
        let list = integration::list(&platform(context)?.db, self.0.id).await.map_err(told)?;
        Ok(list.into_iter().map(|integration| integration.kind).collect())
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A page of companies.
#[derive(SimpleObject)]
pub(super) struct CompanyCollection {
    pub collection: Vec<Company>,
    pub metadata: CollectionMetadata,
}

/// What a company would suffer.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum BusinessImpactLevel {
    Low,
    Medium,
    High,
}

/// Who can reach an asset.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exploitability {
    InternetFacing,
    Internal,
}

/// What data an asset holds.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataClassification {
    PersonallyIdentifiableInformation,
    PaymentCardIndustry,
    NonSensitive,
}

/// The highest severity among open issues.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThreatLevel {
    Notification,
    None,
    Low,
    Medium,
    High,
    Critical,
}

macro_rules! words {
    ($kind:ident { $($variant:ident $word:literal,)* }) => {
        impl $kind {
            #[allow(dead_code, reason = "some are only answered, never asked for")]
            pub(super) fn word(self) -> &'static str {
                match self { $($kind::$variant => $word,)* }
            }

            pub(super) fn read(word: &str) -> Option<$kind> {
                match word { $($word => Some($kind::$variant),)* _ => None }
            }
        }
    };
}
pub(super) use words;

words!(BusinessImpactLevel { Low "LOW", Medium "MEDIUM", High "HIGH", });
words!(Exploitability { InternetFacing "INTERNET_FACING", Internal "INTERNAL", });
words!(DataClassification {
    PersonallyIdentifiableInformation "PERSONALLY_IDENTIFIABLE_INFORMATION",
    PaymentCardIndustry "PAYMENT_CARD_INDUSTRY",
    NonSensitive "NON_SENSITIVE",
});

/// A value and when it was so.
#[derive(SimpleObject)]
pub(super) struct RiskScoreHistoriesCurrent {
    date: Option<Time>,
    value: Option<f64>,
}

/// The difference to the value before.
#[derive(SimpleObject)]
pub(super) struct RiskScoreHistoriesDifferenceFromLast {
    date: Option<Time>,
    value: Option<f64>,
}

/// The risk score of an asset; no value until it is parametrized.
#[derive(SimpleObject)]
pub(super) struct AssetRiskScoreHistories {
    current: Option<RiskScoreHistoriesCurrent>,
    difference_from_last: Option<RiskScoreHistoriesDifferenceFromLast>,
}

/// How many of a severity.
#[derive(SimpleObject)]
pub(super) struct IssueSeverityStat {
    pub count: i64,
    pub value: SeverityCategory,
}

/// An asset with what lists show of it, loaded for a whole page at once.
#[derive(Clone)]
pub(super) struct Asset {
    row: asset::Asset,
    open: Open,
    tags: Vec<String>,
    last: Option<sync::Run>,
    integrations: Vec<String>,
}

impl Asset {
    /// Assets with their counts, tags, last runs and integrations, in four queries.
    pub(super) async fn load(platform: &Platform, rows: Vec<asset::Asset>) -> crate::Result<Vec<Asset>> {
        let db = &platform.db;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut open = asset::open_issues(db, &ids).await?;
        let mut tags = asset::tags(db, &ids).await?;
        let mut last = sync::latest(db, &ids).await?;
        let mut linked: HashMap<i64, Vec<String>> = HashMap::new();
        for link in integration::links_of_asset(db, &ids).await? {
            let names = linked.entry(link.asset_id).or_default();
            if names.is_empty() {
                names.push("Dependency_Track".to_owned());
            }
        }
        Ok(rows
            .into_iter()
            .map(|row| Asset {
                open: open.remove(&row.id).unwrap_or_default(),
                tags: tags.remove(&row.id).unwrap_or_default(),
                last: last.remove(&row.id),
                integrations: linked.remove(&row.id).unwrap_or_default(),
                row,
            })
            .collect())
    }

    /// The asset with this id, which must be the caller's.
    pub(super) async fn one(platform: &Platform, companies: &[i64], id: i64) -> crate::Result<Option<Asset>> {
        let row = asset::by_id(&platform.db, companies, id).await?;
        Ok(Asset::load(platform, row.into_iter().collect()).await?.pop())
    }

    /// The assets with these ids, by id. Only ids that were read from the caller's own rows.
    pub(super) async fn many(platform: &Platform, mut ids: Vec<i64>) -> crate::Result<HashMap<i64, Asset>> {
        ids.sort_unstable();
        ids.dedup();
        let rows = asset::by_ids(&platform.db, &ids).await?;
        Ok(Asset::load(platform, rows).await?.into_iter().map(|asset| (asset.row.id, asset)).collect())
    }

    fn severities(&self) -> Severities {
        let open = self.open;
        Severities {
            critical: open.critical,
            high: open.high,
            medium: open.medium,
            low: open.low,
            notification: open.notification,
        }
    }
}

fn words_of(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

#[Object]
impl Asset {
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    async fn name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    async fn url(&self) -> Option<&str> {
        self.row.url.as_deref()
    }

    async fn repo_url(&self) -> Option<&str> {
        self.row.repo_url.as_deref()
    }

    async fn company(&self, context: &Context<'_>) -> Answer<Company> {
        let company = company::by_id(&platform(context)?.db, self.row.company_id).await.map_err(told)?;
        company.map(Company).ok_or_else(|| told(crate::Error::NotFound("company")))
    }

    async fn business_impact(&self) -> Option<BusinessImpactLevel> {
        BusinessImpactLevel::read(self.row.business_impact.as_deref()?)
    }

    async fn exploitability(&self) -> Option<Exploitability> {
        Exploitability::read(self.row.exploitability.as_deref()?)
    }

    async fn data_classification(&self) -> Vec<DataClassification> {
        words_of(&self.row.data_classification)
            .iter()
            .filter_map(|word| DataClassification::read(word))
            .collect()
    }

    async fn technologies(&self) -> Vec<String> {
        words_of(&self.row.technologies)
    }

    async fn assets_tag_list(&self) -> Option<Vec<String>> {
        Some(self.tags.clone())
    }

    async fn integrations(&self) -> Option<Vec<String>> {
        Some(self.integrations.clone())
    }

    async fn integration_links(&self, context: &Context<'_>) -> Answer<Vec<AssetIntegration>> {
        let platform = platform(context)?;
        let links = integration::links_of_asset(&platform.db, &[self.row.id]).await.map_err(told)?;
        AssetIntegration::load(platform, &[self.row.company_id], links).await.map_err(told)
    }

    async fn threat(&self) -> Option<ThreatLevel> {
        Some(match self.open {
            o if o.critical > 0 => ThreatLevel::Critical,
            o if o.high > 0 => ThreatLevel::High,
            o if o.medium > 0 => ThreatLevel::Medium,
            o if o.low > 0 => ThreatLevel::Low,
            o if o.notification > 0 => ThreatLevel::Notification,
            _ => ThreatLevel::None,
        })
    }

    async fn risk_score(&self) -> Option<AssetRiskScoreHistories> {
        let value = self.row.risk_score(&self.open);
        Some(AssetRiskScoreHistories {
            current: Some(RiskScoreHistoriesCurrent {
                date: value.map(|_| Time(self.row.updated_at)),
                value,
            }),
            // The history of the score is not kept yet, so there is no last one to differ from.
            difference_from_last: None,
        })
    }

    async fn open_issues(&self) -> Severities {
        self.severities()
    }

    async fn pending_vulnerabilities_stats(&self) -> Vec<IssueSeverityStat> {
        use SeverityCategory::{Critical, High, Low, Medium, Notification};
        let open = self.open;
        [
            (Critical, open.critical),
            (High, open.high),
            (Medium, open.medium),
            (Low, open.low),
            (Notification, open.notification),
        ]
        .into_iter()
        .map(|(value, count)| IssueSeverityStat { count, value })
        .collect()
    }

    async fn last_sync(&self) -> Option<SyncRun> {
        self.last.clone().map(SyncRun)
    }

    async fn created_at(&self) -> Time {
        Time(self.row.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.row.updated_at)
    }
}

/// A page of assets.
#[derive(SimpleObject)]
pub(super) struct AssetCollection {
    pub collection: Vec<Asset>,
    pub metadata: CollectionMetadata,
}

/// How assets are sorted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(rename_items = "snake_case")]
pub(super) enum AssetSortByEnum {
    UpdatedAt,
    Name,
    BusinessImpact,
    RiskScore,
}

/// Up or down.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(rename_items = "UPPERCASE")]
pub(super) enum OrderEnum {
    Asc,
    Desc,
}

/// Which assets.
#[derive(InputObject, Default)]
pub(super) struct AssetsSearch {
    pub search: Option<String>,
    pub name: Option<String>,
    pub repo_url: Option<String>,
    pub tags: Option<Vec<String>>,
    pub business_impact: Option<Vec<BusinessImpactLevel>>,
    pub sort_by: Option<AssetSortByEnum>,
    pub order: Option<OrderEnum>,
}

impl AssetsSearch {
    pub(super) fn filter(self) -> asset::Filter {
        asset::Filter {
            search: self.search,
            name: self.name,
            repo_url: self.repo_url,
            tags: self.tags.unwrap_or_default(),
            business_impact: self
                .business_impact
                .into_iter()
                .flatten()
                .map(|i| i.word().to_owned())
                .collect(),
            sort: self.sort_by.map(|sort| {
                match sort {
                    AssetSortByEnum::UpdatedAt => "updated_at",
                    AssetSortByEnum::Name => "name",
                    AssetSortByEnum::BusinessImpact => "business_impact",
                    AssetSortByEnum::RiskScore => "risk_score",
                }
                .to_owned()
            }),
            descending: self.order == Some(OrderEnum::Desc),
        }
    }
}
