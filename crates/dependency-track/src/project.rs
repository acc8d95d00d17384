//! Projects: one row is one version of one product.

use serde::Deserialize;
use uuid::Uuid;

use crate::transport::Call;
use crate::wire::{flag, millis, or_default, text, whole, yes};
use crate::{Client, Error, Page, Permission};

/// A project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Stable as long as the project exists.
    pub uuid: Uuid,
    /// Group or namespace.
    #[serde(default, deserialize_with = "text")]
    pub group: Option<String>,
    /// Name; several projects share it, one per version.
    pub name: String,
    /// Version; may be absent.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
    /// Free text.
    #[serde(default, deserialize_with = "text")]
    pub description: Option<String>,
    /// `APPLICATION`, `LIBRARY` …; absent until a BOM says so.
    #[serde(default, deserialize_with = "text")]
    pub classifier: Option<String>,
    /// Package URL.
    #[serde(default, deserialize_with = "text")]
    pub purl: Option<String>,
    /// Inactive projects are left out of default lists. Absent means active.
    #[serde(default = "yes", deserialize_with = "flag")]
    pub active: bool,
    /// At most one per name.
    #[serde(default, deserialize_with = "flag")]
    pub is_latest: bool,
    /// How metrics of children are added up. 4.x says `NONE` where 5.x says nothing.
    #[serde(default, deserialize_with = "text")]
    pub collection_logic: Option<String>,
    /// Labels, lower case.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
    /// When the last BOM was read, epoch milliseconds.
    #[serde(default, deserialize_with = "millis")]
    pub last_bom_import: Option<i64>,
    /// Such as `CycloneDX 1.5`.
    #[serde(default, deserialize_with = "text")]
    pub last_bom_import_format: Option<String>,
    /// Parent project.
    #[serde(default)]
    pub parent: Option<ProjectRef>,
    /// Last computed counts. Absent before the first, and in 4.x in lists filtered by exact name.
    #[serde(default)]
    pub metrics: Option<ProjectMetrics>,
    /// The versions of this name; single projects only, not lists.
    #[serde(default, deserialize_with = "or_default")]
    pub versions: Vec<ProjectVersion>,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// Lower case.
    pub name: String,
}

/// A project mentioned in another object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProjectRef {
    /// Its uuid.
    pub uuid: Uuid,
    /// Its name.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// Its version.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
}

/// A version of a project's name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectVersion {
    /// The project of that version.
    pub uuid: Uuid,
    /// The version.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
    /// Whether it is active.
    #[serde(default = "yes", deserialize_with = "flag")]
    pub active: bool,
    /// Whether it is the latest; 5.x only, false in 4.x.
    #[serde(default, deserialize_with = "flag")]
    pub is_latest: bool,
}

/// Counts of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProjectMetrics {
    /// Components.
    #[serde(deserialize_with = "whole")]
    pub components: Option<i64>,
    /// Findings that are not suppressed.
    #[serde(deserialize_with = "whole")]
    pub vulnerabilities: Option<i64>,
    /// Of these: critical.
    #[serde(deserialize_with = "whole")]
    pub critical: Option<i64>,
    /// High.
    #[serde(deserialize_with = "whole")]
    pub high: Option<i64>,
    /// Medium.
    #[serde(deserialize_with = "whole")]
    pub medium: Option<i64>,
    /// Low.
    #[serde(deserialize_with = "whole")]
    pub low: Option<i64>,
    /// Without severity.
    #[serde(deserialize_with = "whole")]
    pub unassigned: Option<i64>,
}

/// Which projects to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectQuery {
    /// Part of the name, or a whole tag.
    pub search: Option<String>,
    /// The exact name.
    pub name: Option<String>,
    /// Leave inactive projects out.
    pub exclude_inactive: bool,
    /// Only projects without parent.
    pub only_root: bool,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub page_size: u32,
}

impl Default for ProjectQuery {
    /// The first 100 active projects.
    fn default() -> Self {
        Self { search: None, name: None, exclude_inactive: true, only_root: false, page: 1, page_size: 100 }
    }
}

impl Client {
    /// One page of projects, in the server's order.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `VIEW_PORTFOLIO`.
    pub async fn projects(&self, query: &ProjectQuery) -> Result<Page<Project>, Error> {
        let call = Call::get("list the projects", &["v1", "project"], Some(Permission::ViewPortfolio))
            .maybe("searchText", query.search.as_deref().filter(|s| !s.trim().is_empty()))
            .maybe("name", query.name.as_deref())
            .query("excludeInactive", query.exclude_inactive)
            .query("onlyRoot", query.only_root)
            .page(query.page, query.page_size);
        self.read_page(call).await
    }

    /// A project by uuid.
    ///
    /// # Errors
    /// [`Error::ProjectGone`] when there is none.
    pub async fn project(&self, uuid: Uuid) -> Result<Project, Error> {
        let path = ["v1", "project", &uuid.to_string()];
        self.read(Call::get("read the project", &path, Some(Permission::ViewPortfolio)).about(uuid)).await
    }

    /// A project by exact name and version; no version means the project without version.
    ///
    /// # Errors
    /// As any call; a project that does not exist is `None`.
    pub async fn project_lookup(&self, name: &str, version: Option<&str>) -> Result<Option<Project>, Error> {
        let call =
            Call::get("look the project up", &["v1", "project", "lookup"], Some(Permission::ViewPortfolio))
                .query("name", name)
                .maybe("version", version);
        found(self.read(call).await)
    }

    /// The version of this name that is marked latest; `None` when no version is.
    ///
    /// A name with a slash or a percent sign cannot travel in the path (the web server of 4.x refuses
    /// it encoded): it is looked up in the list of versions of the name.
    ///
    /// # Errors
    /// As any call.
    pub async fn project_latest(&self, name: &str) -> Result<Option<Project>, Error> {
        if name.contains(['/', '\\', '%', ';']) || matches!(name, "." | "..") {
            let query = ProjectQuery {
                name: Some(name.to_owned()),
                exclude_inactive: false,
                page_size: 500,
                ..Default::default()
            };
            let mut query = query;
            let mut seen = 0;
            loop {
                let page = self.projects(&query).await?;
                seen += page.items.len() as u64;
                let empty = page.items.is_empty();
                if let Some(latest) = page.items.into_iter().find(|p| p.is_latest) {
                    return Ok(Some(latest));
                }
                if empty || seen >= page.total {
                    return Ok(None);
                }
                query.page += 1;
            }
        }
        let path = ["v1", "project", "latest", name];
        found(
            self.read(Call::get("look the latest version up", &path, Some(Permission::ViewPortfolio))).await,
        )
    }
}

/// 404 for what was looked up is an answer, not a failure.
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}
