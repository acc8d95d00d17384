//! The issues and findings that an asset has at the moment.

use std::collections::HashMap;

use storage::{Sql, params};

use super::gather::Gathered;
use super::merge::is_conflict;
use crate::Result;
use crate::connector::Place;
use crate::integration::AssetLink;
use crate::issue::{self, Issue};
use crate::push::{FINDING, FindingLink};

/// Component and flaw: what makes an issue.
pub(super) type Key = (String, String);
/// Component and flaw by the scanner's ids: what makes a finding.
pub(super) type Spot = (String, String);

/// The issues and findings that a link has now.
pub(super) struct Present {
    pub issues: HashMap<Key, Issue>,
    pub by_id: HashMap<i64, Key>,
    pub findings: HashMap<Spot, FindingLink>,
}

#[derive(sea_orm::FromQueryResult)]
struct Keyed {
    #[sea_orm(nested)]
    issue: Issue,
    component_key: String,
    vulnerability_key: String,
}

impl Present {
    /// Loads them in two queries: an asset has some thousands at most.
    pub(super) async fn load(sql: &impl Sql, link: &AssetLink) -> Result<Present> {
        let rows: Vec<Keyed> = sql
            .rows(
                &format!(
                    "SELECT {}, i.component_key, i.vulnerability_key FROM issue i WHERE i.asset_id = ? AND NOT i.manual",
                    issue::COLUMNS
                ),
                params![link.asset_id],
            )
            .await?;
        let findings = Present::findings(sql, link).await?;
        let mut present = Present { issues: HashMap::new(), by_id: HashMap::new(), findings };
        for row in rows {
            let key = (row.component_key, row.vulnerability_key);
            present.by_id.insert(row.issue.id, key.clone());
            present.issues.insert(key, row.issue);
        }
        Ok(present)
    }

    /// The findings of a link.
    pub(super) async fn findings(sql: &impl Sql, link: &AssetLink) -> Result<HashMap<Spot, FindingLink>> {
        let rows: Vec<FindingLink> =
            sql.rows(&format!("SELECT {FINDING} WHERE f.link_id = ?"), params![link.id]).await?;
        let spot = |f: &FindingLink| (f.component_uuid.clone(), f.vulnerability_uuid.clone());
        Ok(rows.into_iter().map(|f| (spot(&f), f)).collect())
    }

    /// The findings whose analysis changed in the scanner since both sides agreed, those first that
    /// the platform changed too: who changed them, and when, must be asked.
    pub(super) fn changed(
        &self,
        gathered: &[Gathered],
        show_work: bool,
        project: &str,
    ) -> Vec<(Place, bool)> {
        let mut out = Vec::new();
        for found in gathered.iter().flat_map(|wanted| &wanted.findings) {
            let Some(finding) = self.findings.get(&found.spot()) else { continue };
            if finding.base() == found.pair {
                continue;
            }
            let issue = self.by_id.get(&finding.issue_id).and_then(|key| self.issues.get(key));
            let conflict =
                issue.is_some_and(|i| is_conflict(&finding.base(), i.status(), &found.pair, show_work));
            let place = Place {
                project: project.to_owned(),
                component: found.component.clone(),
                flaw: found.vulnerability.clone(),
            };
            out.push((place, conflict));
        }
        out.sort_by_key(|(_, conflict)| !conflict);
        out
    }
}
