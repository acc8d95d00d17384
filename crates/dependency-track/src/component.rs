//! Components of a project.

use serde::Deserialize;
use uuid::Uuid;

use crate::transport::Call;
use crate::wire::{flag, text};
use crate::{Client, Error, Page, Permission};

/// A component of a project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Changes when an upload changes what identifies the component.
    pub uuid: Uuid,
    /// Group or namespace.
    #[serde(default, deserialize_with = "text")]
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
    /// Package URL.
    #[serde(default, deserialize_with = "text")]
    pub purl: Option<String>,
    /// CPE 2.2 or 2.3.
    #[serde(default, deserialize_with = "text")]
    pub cpe: Option<String>,
    /// `LIBRARY`, `FRAMEWORK` …
    #[serde(default, deserialize_with = "text")]
    pub classifier: Option<String>,
    /// `REQUIRED`, `OPTIONAL`, `EXCLUDED`.
    #[serde(default, deserialize_with = "text")]
    pub scope: Option<String>,
    /// Licence as free text, when it is none of the known ones.
    #[serde(default, deserialize_with = "text")]
    pub license: Option<String>,
    /// Licence, when it is one of those the server knows.
    #[serde(default)]
    pub resolved_license: Option<ResolvedLicense>,
    /// SPDX expression.
    #[serde(default, deserialize_with = "text")]
    pub license_expression: Option<String>,
    /// One's own product.
    #[serde(default, deserialize_with = "flag")]
    pub is_internal: bool,
    /// Direct dependencies: JSON in a string, an array of objects with `uuid` and `purl`.
    #[serde(default, deserialize_with = "text")]
    pub direct_dependencies: Option<String>,
    /// What the package's registry knows.
    #[serde(default)]
    pub repository_meta: Option<RepositoryMeta>,
}

impl Component {
    /// The newest version in the package's registry, where known.
    pub fn latest_version(&self) -> Option<&str> {
        self.repository_meta.as_ref()?.latest_version.as_deref()
    }
}

/// A licence that the server knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedLicense {
    /// SPDX id.
    #[serde(default, deserialize_with = "text")]
    pub license_id: Option<String>,
    /// Name.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
}

/// What a registry knows about a package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryMeta {
    /// Newest version.
    #[serde(default, deserialize_with = "text")]
    pub latest_version: Option<String>,
}

/// Which components to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentQuery {
    /// Part of the name or group.
    pub search: Option<String>,
    /// Only those with a newer version.
    pub only_outdated: bool,
    /// Only direct dependencies of the project.
    pub only_direct: bool,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub page_size: u32,
}

impl Default for ComponentQuery {
    /// The first 100 components.
    fn default() -> Self {
        Self { search: None, only_outdated: false, only_direct: false, page: 1, page_size: 100 }
    }
}

impl Client {
    /// One page of a project's components.
    ///
    /// # Errors
    /// [`Error::ProjectGone`], [`Error::Forbidden`] without `VIEW_PORTFOLIO`.
    pub async fn components(&self, project: Uuid, query: &ComponentQuery) -> Result<Page<Component>, Error> {
        let path = ["v1", "component", "project", &project.to_string()];
        let call = Call::get("list the components", &path, Some(Permission::ViewPortfolio))
            .about(project)
            .maybe("searchText", query.search.as_deref().filter(|s| !s.trim().is_empty()))
            .maybe("onlyOutdated", query.only_outdated.then_some(true))
            .maybe("onlyDirect", query.only_direct.then_some(true))
            .page(query.page, query.page_size);
        self.read_page(call).await
    }

    /// How many components the project has.
    ///
    /// # Errors
    /// As [`Client::components`].
    pub async fn component_count(&self, project: Uuid) -> Result<u64, Error> {
        Ok(self.components(project, &ComponentQuery { page_size: 1, ..Default::default() }).await?.total)
    }
}
