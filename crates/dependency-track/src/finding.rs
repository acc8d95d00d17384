//! Findings: a component of a project and a vulnerability that affects it.

use std::collections::HashSet;

use serde::Deserialize;
use uuid::Uuid;

use crate::transport::Call;
use crate::wire::{flag, millis, text};
use crate::{AnalysisState, Client, Error, Page, Permission, Vulnerability};

/// A finding.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Finding {
    /// What is affected.
    pub component: FindingComponent,
    /// By what.
    pub vulnerability: Vulnerability,
    /// What people said about it.
    #[serde(default)]
    pub analysis: FindingAnalysis,
    /// Who found it.
    #[serde(default)]
    pub attribution: Option<Attribution>,
    /// `project:component:vulnerability`, uuids.
    #[serde(default)]
    pub matrix: String,
}

/// The component of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingComponent {
    /// Changes when an upload changes what identifies the component.
    pub uuid: Uuid,
    /// Group or namespace.
    #[serde(default, deserialize_with = "text")]
    pub group: Option<String>,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Version.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
    /// Package URL.
    #[serde(default, deserialize_with = "text")]
    pub purl: Option<String>,
    /// CPE.
    #[serde(default, deserialize_with = "text")]
    pub cpe: Option<String>,
    /// The project.
    pub project: Uuid,
    /// Name of the project; 5.x, and in 4.x only in portfolio-wide lists.
    #[serde(default, deserialize_with = "text")]
    pub project_name: Option<String>,
    /// Version of the project; as its name.
    #[serde(default, deserialize_with = "text")]
    pub project_version: Option<String>,
    /// Newest version in the package's registry, where known.
    #[serde(default, deserialize_with = "text")]
    pub latest_version: Option<String>,
}

/// The state of a finding's analysis, without its history: see [`Client::analysis`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FindingAnalysis {
    /// Absent as long as nobody analysed; [`FindingAnalysis::state`] reads that as not set.
    #[serde(rename = "state")]
    stated: Option<AnalysisState>,
    /// Suppressed findings are listed only on request, which this client always makes.
    #[serde(rename = "isSuppressed", deserialize_with = "flag")]
    pub suppressed: bool,
}

impl FindingAnalysis {
    /// Whether somebody analysed it, even if only to leave a comment.
    pub fn is_made(&self) -> bool {
        self.stated.is_some() || self.suppressed
    }

    /// The state; not set when nobody analysed.
    pub fn state(&self) -> AnalysisState {
        self.stated.clone().unwrap_or(AnalysisState::NotSet)
    }
}

/// Which analyzer reported a finding, and when first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attribution {
    /// `INTERNAL_ANALYZER` in 4.x, `internal` in 5.x: an open set.
    #[serde(deserialize_with = "text")]
    pub analyzer_identity: Option<String>,
    /// Epoch milliseconds.
    #[serde(deserialize_with = "millis")]
    pub attributed_on: Option<i64>,
    /// Where to read more.
    #[serde(deserialize_with = "text")]
    pub reference_url: Option<String>,
}

/// How to read the findings of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingQuery {
    /// Include suppressed findings (the server's parameter does not mean "only").
    pub suppressed: bool,
    /// Rows a page, where the server pages (5.x).
    pub page_size: u32,
}

impl Default for FindingQuery {
    /// Everything, 500 rows a page.
    fn default() -> Self {
        Self { suppressed: true, page_size: 500 }
    }
}

impl Client {
    /// Every finding of a project, suppressed ones included, or an error: never a part of the list.
    ///
    /// `progress` is called after each page with the rows read and the rows there are.
    ///
    /// # Errors
    /// [`Error::ProjectGone`], [`Error::Forbidden`] without `VIEW_VULNERABILITY`, and
    /// [`Error::Incomplete`] when the list changed between two pages.
    pub async fn findings(
        &self,
        project: Uuid,
        progress: impl FnMut(u64, u64),
    ) -> Result<Vec<Finding>, Error> {
        self.findings_with(project, FindingQuery::default(), progress).await
    }

    /// As [`Client::findings`], with a choice.
    ///
    /// 4.x ignores paging and answers everything, 5.x pages (by 100 unless asked). Either way the rows
    /// must come to the announced `X-Total-Count`, the count must not move, and no row may come twice:
    /// a row that slips from one page to the next while the list is read would hide another.
    ///
    /// # Errors
    /// As [`Client::findings`].
    pub async fn findings_with(
        &self,
        project: Uuid,
        query: FindingQuery,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Vec<Finding>, Error> {
        const NAME: &str = "read the findings";
        let mut all: Vec<Finding> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut expected = None;
        for number in 1.. {
            let path = ["v1", "finding", "project", &project.to_string()];
            let call = Call::get(NAME, &path, Some(Permission::ViewVulnerability))
                .about(project)
                .query("suppressed", query.suppressed)
                .page(number, query.page_size);
            let page: Page<Finding> = self.read_page(call).await?;
            let total = *expected.get_or_insert(page.total);
            let read = (all.len() + page.items.len()) as u64;
            progress(read.min(total), total);
            let whole = number == 1 && read == total;
            let moved = page.total != total || read > total || (page.items.is_empty() && read < total);
            let again = !whole && page.items.iter().any(|f| !seen.insert(f.matrix.clone()));
            if moved || again {
                return Err(Error::Incomplete { call: NAME, read, expected: page.total });
            }
            all.extend(page.items);
            if read == total {
                break;
            }
        }
        Ok(all)
    }
}
