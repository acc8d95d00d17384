//! The components of assets over GraphQL.

use async_graphql::{ID, InputObject, Object, SimpleObject};

use super::asset::Asset;
use super::scalar::{CollectionMetadata, Paging, Severities, Time};
use crate::Platform;
use crate::asset::{self, ComponentFilter, Listed};

/// A component of an asset.
pub(super) struct SbomComponent {
    row: Listed,
    asset: Asset,
}

#[Object]
impl SbomComponent {
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    async fn name(&self) -> &str {
        &self.row.name
    }

    async fn version(&self) -> &str {
        self.row.version.as_deref().unwrap_or_default()
    }

    async fn technology(&self) -> Option<&'static str> {
        Some(match self.row.package_manager.as_deref()? {
            "npm" => "JavaScript",
            "pypi" => "Python",
            "maven" => "Java",
            "golang" => "Go",
            "cargo" => "Rust",
            "nuget" => ".NET",
            "gem" => "Ruby",
            "composer" => "PHP",
            "deb" | "rpm" | "apk" => "Linux",
            _ => return None,
        })
    }

    /// The type of its package URL.
    async fn package_manager(&self) -> Option<&str> {
        self.row.package_manager.as_deref()
    }

    async fn license(&self) -> Option<&str> {
        self.row.license.as_deref()
    }

    async fn purl(&self) -> Option<&str> {
        self.row.purl.as_deref()
    }

    /// The ids of its known flaws.
    async fn cves(&self) -> &[String] {
        &self.row.cves
    }

    /// Its open issues.
    async fn issues_by_severity(&self) -> Severities {
        self.row.open.into()
    }

    async fn asset(&self) -> Asset {
        self.asset.clone()
    }

    async fn created_at(&self) -> Time {
        Time(self.row.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.row.updated_at)
    }
}

/// A page of components.
#[derive(SimpleObject)]
pub(super) struct SbomComponentCollection {
    collection: Vec<SbomComponent>,
    metadata: CollectionMetadata,
}

impl SbomComponentCollection {
    pub(super) async fn load(
        platform: &Platform,
        company: i64,
        filter: &ComponentFilter,
        paging: Paging,
    ) -> crate::Result<SbomComponentCollection> {
        let (rows, total) =
            asset::component::list(&platform.db, company, filter, paging.offset(), paging.limit).await?;
        let assets = Asset::many(platform, rows.iter().map(|row| row.asset_id).collect()).await?;
        let collection = rows
            .into_iter()
            .filter_map(|row| Some(SbomComponent { asset: assets.get(&row.asset_id)?.clone(), row }))
            .collect();
        Ok(SbomComponentCollection { collection, metadata: paging.metadata(total) })
    }
}

/// Which components.
#[derive(InputObject, Default)]
pub(super) struct SbomComponentSearchInput {
    pub name: Option<String>,
    pub asset_name: Option<String>,
    pub asset_tags: Option<Vec<String>>,
    pub license: Option<String>,
    pub package_manager: Option<String>,
    pub vulnerable_only: Option<bool>,
}

impl SbomComponentSearchInput {
    pub(super) fn filter(self) -> ComponentFilter {
        ComponentFilter {
            asset: None,
            name: self.name,
            asset_name: self.asset_name,
            tags: self.asset_tags.unwrap_or_default(),
            license: self.license,
            package_manager: self.package_manager,
            vulnerable: self.vulnerable_only.unwrap_or_default(),
        }
    }
}
