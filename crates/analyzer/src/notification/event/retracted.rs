//! Vulnerabilities that no longer affect components which they were found in (behaviour reference
//! §10.1): an advisory was corrected or withdrawn, or an analyzer elsewhere takes back what it said.

use serde_json::json;
use storage::{Sql, Tx};

use super::send;
use super::vulnerability::{Pair, components, vulnerabilities};
use crate::notification::group::{INFORMATIONAL, PORTFOLIO};
use crate::notification::notice::{self, Notice};
use crate::notification::rule::Audience;
use crate::server::Result;

const RETRACTED: (&str, &str, &str) = (PORTFOLIO, "VULNERABILITY_RETRACTED", INFORMATIONAL);

/// Package versions are affected no more, after their matches are gone: tells it for every component
/// that uses them and for which nobody says so any more.
pub(crate) async fn lost_matches(tx: &Tx, lost: &[(i64, i64)]) -> Result<()> {
    if lost.is_empty() || Audience::of(tx, RETRACTED, &[]).await?.is_empty() {
        return Ok(());
    }
    for chunk in lost.chunks(200) {
        let rows = vec!["(CAST(? AS BIGINT), CAST(? AS BIGINT))"; chunk.len()].join(",");
        let values = chunk.iter().flat_map(|(version, v)| [(*version).into(), (*v).into()]).collect();
        let text = format!(
            "WITH lost (version, flaw) AS (VALUES {rows}) \
             SELECT c.id AS component_id, l.flaw AS vulnerability_id FROM lost l \
             JOIN component c ON c.package_version_id = l.version JOIN project p ON p.id = c.project_id \
             LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = l.flaw \
             WHERE p.active AND NOT c.is_new AND (a.suppressed IS NULL OR NOT a.suppressed) AND NOT EXISTS \
             (SELECT 1 FROM package_match m WHERE m.package_version_id = l.version AND m.vulnerability_id = l.flaw \
             AND (m.component_id IS NULL OR m.component_id = c.id)) ORDER BY c.id"
        );
        let pairs: Vec<Pair> = tx.rows(&text, values).await?;
        for chunk in pairs.chunks(1_000) {
            tell(tx, chunk).await?;
        }
    }
    Ok(())
}

async fn tell(tx: &Tx, pairs: &[Pair]) -> Result<()> {
    let components = components(tx, pairs).await?;
    let mut ids: Vec<i64> = components.values().map(|(component, _)| component.project_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let audience = Audience::of(tx, RETRACTED, &ids).await?;
    let projects = notice::projects(tx, &ids).await?;
    let vulnerabilities = vulnerabilities(tx, pairs).await?;
    for pair in pairs {
        let Some((component, _)) = components.get(&pair.component_id) else { continue };
        let Some(vulnerability) = vulnerabilities.get(&pair.vulnerability_id) else { continue };
        let Some((project, shown)) = projects.get(&component.project_id) else { continue };
        let title = format!("Vulnerability Retracted on Project: [{}]", project.title());
        let content = format!("{} no longer affects {}", vulnerability.vuln_id, component.name);
        let subject = json!({
            "component": notice::component(component),
            "project": shown,
            "vulnerability": notice::vulnerability(vulnerability),
        });
        send(tx, &audience.of_project(project.id), &Notice::new(RETRACTED, title, content, subject)).await?;
    }
    Ok(())
}
