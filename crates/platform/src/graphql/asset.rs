//! Assets and their components over GraphQL.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::caller::{Answer, numbers, platform, told};
use super::company::{Company, Team};
use super::component::{SbomComponentCollection, SbomComponentSearchInput};
use super::integration::AssetIntegration;
use super::issue::SeverityCategory;
use super::scalar::{CollectionMetadata, DateTimeSearch, Paging, Severities, Time};
use super::sync::SyncRun;
use crate::asset::{self, ComponentFilter, Open, Score};
use crate::company;
use crate::{Platform, integration, sync};

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
        #[allow(dead_code, reason = "some are only asked for, some only answered")]
        impl $kind {
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

macro_rules! lower_case {
    ($($(#[$doc:meta])* $kind:ident { $($variant:ident $word:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(Enum, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $kind { $(#[graphql(name = $word)] $variant,)* }
        words!($kind { $($variant $word,)* });
    )* };
}

lower_case! {
    /// How an asset is built.
    AssetArch { Agile "agile", Microservices "microservices", Monolithic "monolithic", Serverless "serverless", None "none", }
    /// For whom an asset is.
    AssetAudience { External "external", Internal "internal", Both "internal_and_external", None "none", }
    /// Classes of data in older words, for searches.
    AssetDataClassification { Public "public", Confidential "confidential", NonConfidential "non_confidential", None "none", }
    /// How an asset is developed.
    AssetDevelopmentModel { Agile "agile", None "none", ThirdParty "third_party", Waterfall "waterfall", }
    /// By whom an asset is developed.
    AssetDevelopmentTeam { External "external", Internal "internal", Both "internal_and_external", None "none", }
    /// Where in its life an asset is.
    AssetLifeCycle { Production "production", Homologation "homologation", Certification "certification", Discontinued "discontinued", None "none", }
    /// How an asset is scanned.
    AssetScan { Server "Server", Dast "DAST", Sast "SAST", Container "Container", None "None", }
    /// How much an asset matters, in older words.
    AssetSeverity { High "high", Critical "critical", Low "low", None "none", }
    /// What kind of thing an asset is.
    AssetTypeList {
        None "none", ClientServer "client_server", Api "api", ProgressiveWebApp "progressive_web_app", Web "web",
        NativeMobile "native_mobile", HybridMobile "hybrid_mobile", Database "database", Dmz "dmz", Legacy "legacy",
        Cluster "cluster", Node "node",
    }
    /// Tools by the names that assets show.
    IntegrationsTypes { Fortify "Fortify", DependencyTrack "Dependency_Track", ConvisoScanner "Conviso_Scanner", }
}

words!(ThreatLevel {
    Notification "NOTIFICATION", None "NONE", Low "LOW", Medium "MEDIUM", High "HIGH", Critical "CRITICAL",
});

/// A value and since when it is so.
#[derive(SimpleObject)]
pub(super) struct RiskScoreHistoriesCurrent {
    date: Option<Time>,
    value: Option<f64>,
}

impl From<Score> for RiskScoreHistoriesCurrent {
    fn from(score: Score) -> Self {
        RiskScoreHistoriesCurrent { date: Some(Time(score.at)), value: score.value }
    }
}

/// The difference to the value before.
#[derive(SimpleObject)]
pub(super) struct RiskScoreHistoriesDifferenceFromLast {
    date: Option<Time>,
    value: Option<f64>,
}

impl RiskScoreHistoriesDifferenceFromLast {
    pub(super) fn between(now: Option<&Score>, before: Option<&Score>) -> Option<Self> {
        let (now, before) = (now?, before?);
        let value = (now.value? - before.value? + 0.0) * 100.0;
        Some(RiskScoreHistoriesDifferenceFromLast {
            date: Some(Time(before.at)),
            value: Some(value.round() / 100.0),
        })
    }
}

/// The risk score of an asset; no value until it is parametrized.
#[derive(SimpleObject)]
pub(super) struct AssetRiskScoreHistories {
    current: Option<RiskScoreHistoriesCurrent>,
    difference_from_last: Option<RiskScoreHistoriesDifferenceFromLast>,
}

/// The mean risk score of a company's assets.
#[derive(SimpleObject)]
pub(super) struct OverallRiskScoreHistory {
    pub company: Company,
    pub current: Option<RiskScoreHistoriesCurrent>,
    pub difference_from_last: Option<RiskScoreHistoriesDifferenceFromLast>,
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
    teams: Vec<company::Team>,
    scores: Vec<Score>,
    last: Option<sync::Run>,
    integrations: Vec<String>,
}

impl Asset {
    /// Assets with what lists show of them, in six queries for a whole page.
    pub(super) async fn load(platform: &Platform, rows: Vec<asset::Asset>) -> crate::Result<Vec<Asset>> {
        let db = &platform.db;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut open = asset::open_issues(db, &ids).await?;
        let mut tags = asset::tags(db, &ids).await?;
        let mut teams = company::teams_of_assets(db, &ids).await?;
        let mut scores = asset::risk::last_two(db, &ids).await?;
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
                teams: teams.remove(&row.id).unwrap_or_default(),
                scores: scores.remove(&row.id).unwrap_or_default(),
                last: last.remove(&row.id),
                integrations: linked.remove(&row.id).unwrap_or_default(),
                row,
            })
            .collect())
    }

    /// The branch it is built from.
    pub(super) fn into_branch(self) -> Option<String> {
        self.row.branch_name
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
        let mut scores = self.scores.iter();
        let (now, before) = (scores.next(), scores.next());
        Some(AssetRiskScoreHistories {
            current: now.filter(|_| self.row.risk_score.is_some()).cloned().map(Into::into),
            difference_from_last: RiskScoreHistoriesDifferenceFromLast::between(now, before),
        })
    }

    async fn open_issues(&self) -> Severities {
        self.open.into()
    }

    async fn teams(&self) -> Option<Vec<Team>> {
        Some(self.teams.iter().cloned().map(Team).collect())
    }

    async fn environment_compromised(&self) -> bool {
        self.row.environment_compromised
    }

    async fn branch_name(&self) -> Option<&str> {
        self.row.branch_name.as_deref()
    }

    async fn environment(&self) -> Option<String> {
        let list = words_of(self.row.environment.as_deref()?);
        (!list.is_empty()).then(|| list.join(", "))
    }

    async fn asset_type(&self) -> Option<&str> {
        self.row.asset_type.as_deref()
    }

    async fn architecture_type(&self) -> Option<&str> {
        self.row.architecture_type.as_deref()
    }

    async fn audience(&self) -> Option<&str> {
        self.row.audience.as_deref()
    }

    async fn criticity(&self) -> Option<&str> {
        self.row.criticity.as_deref()
    }

    async fn development_model(&self) -> Option<&str> {
        self.row.development_model.as_deref()
    }

    async fn development_team(&self) -> Option<&str> {
        self.row.development_team.as_deref()
    }

    async fn life_cycle(&self) -> Option<&str> {
        self.row.life_cycle.as_deref()
    }

    async fn scan_type(&self) -> Option<&str> {
        self.row.scan_type.as_deref()
    }

    /// The components of its SBOM.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn sbom(
        &self,
        context: &Context<'_>,
        page: Option<i32>,
        limit: Option<i32>,
        search: Option<SbomComponentSearchInput>,
    ) -> Answer<SbomComponentCollection> {
        let filter = ComponentFilter { asset: Some(self.row.id), ..search.unwrap_or_default().filter() };
        SbomComponentCollection::load(
            platform(context)?,
            self.row.company_id,
            &filter,
            Paging::new(page, limit),
        )
        .await
        .map_err(told)
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
    pub asset_type: Option<Vec<AssetTypeList>>,
    pub environment_compromised: Option<bool>,
    pub covered_by_scan: Option<bool>,
    pub technology: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub architecture_type: Option<Vec<AssetArch>>,
    pub life_cycle: Option<Vec<AssetLifeCycle>>,
    pub data_classification: Option<Vec<AssetDataClassification>>,
    pub integration_types: Option<Vec<IntegrationsTypes>>,
    pub business_impact: Option<Vec<BusinessImpactLevel>>,
    pub team_ids: Option<Vec<ID>>,
    pub created_at: Option<DateTimeSearch>,
    pub updated_at: Option<DateTimeSearch>,
    pub exploitability: Option<Vec<Exploitability>>,
    pub threat: Option<Vec<ThreatLevel>>,
    pub sort_by: Option<AssetSortByEnum>,
    pub order: Option<OrderEnum>,
}

/// The words of a list of an enumeration.
pub(super) fn all_words<T>(list: Option<Vec<T>>, word: fn(T) -> &'static str) -> Vec<String> {
    list.into_iter().flatten().map(|one| word(one).to_owned()).collect()
}

impl AssetsSearch {
    pub(super) fn filter(self) -> asset::Filter {
        // The older words for data mean what an asset is classified as now.
        let data = self.data_classification.into_iter().flatten().flat_map(|class| match class {
            AssetDataClassification::Confidential => {
                vec!["PERSONALLY_IDENTIFIABLE_INFORMATION", "PAYMENT_CARD_INDUSTRY"]
            }
            _ => vec!["NON_SENSITIVE"],
        });
        // Only one of the tools can be connected: the others cover nothing.
        let tools = self.integration_types.unwrap_or_default();
        let covered = match tools.as_slice() {
            [] => self.covered_by_scan,
            tools => Some(tools.contains(&IntegrationsTypes::DependencyTrack)),
        };
        asset::Filter {
            search: self.search,
            name: self.name,
            repo_url: self.repo_url,
            words: vec![
                ("business_impact", all_words(self.business_impact, BusinessImpactLevel::word)),
                ("exploitability", all_words(self.exploitability, Exploitability::word)),
                ("asset_type", all_words(self.asset_type, AssetTypeList::word)),
                ("architecture_type", all_words(self.architecture_type, AssetArch::word)),
                ("life_cycle", all_words(self.life_cycle, AssetLifeCycle::word)),
            ],
            data_classification: data.map(str::to_owned).collect(),
            technologies: self.technology.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            teams: numbers(self.team_ids),
            threats: all_words(self.threat, ThreatLevel::word),
            environment_compromised: self.environment_compromised,
            covered_by_scan: covered,
            created: DateTimeSearch::range(self.created_at),
            updated: DateTimeSearch::range(self.updated_at),
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

/// A label.
#[derive(SimpleObject)]
pub(super) struct Tag {
    pub name: String,
}

/// A page of labels.
#[derive(SimpleObject)]
pub(super) struct TagCollection {
    pub collection: Vec<Tag>,
    pub metadata: CollectionMetadata,
}

/// Which labels.
#[derive(InputObject)]
pub(super) struct TagSearch {
    pub name: Option<String>,
}
