//! Issues of components that a person or a pipeline reports, without a connected scanner.

use advisories::cvss;
use storage::{Sql, Tx, now_ms, params};

use super::{Actor, Detail, SEVERITIES, Status, of_score, rank, record};
use crate::asset::{Asset, risk};
use crate::{Error, Result, sla};

/// A vulnerable component that somebody reports.
#[derive(Debug, Default, Clone)]
pub struct NewFinding {
    /// A line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Links.
    pub reference: Option<String>,
    /// What to do.
    pub solution: Option<String>,
    /// The kind of weakness.
    pub category: Option<String>,
    /// Weaknesses, `CWE-79`.
    pub patterns: Vec<String>,
    /// The reporter's identity of it; reported twice, it is one issue.
    pub fingerprint: Option<String>,
    /// One of [`SEVERITIES`]; a vector or score beats it.
    pub severity: Option<String>,
    /// The reporter's id of the flaw.
    pub original_id: Option<String>,
    /// The tool.
    pub tool: Option<String>,
    /// The package.
    pub package: String,
    /// The version in use.
    pub affected_version: String,
    /// The first good version.
    pub patched_version: Option<String>,
    /// Where it was found.
    pub file_name: String,
    /// Its CVE.
    pub cve: Option<String>,
    /// CVSS vector.
    pub cvss_metric: Option<String>,
    /// CVSS score, 0 to 10.
    pub cvss_score: Option<f64>,
    /// How bad it would be, as its reporter says.
    pub impact_level: Option<String>,
    /// How likely it is, as its reporter says.
    pub probability_level: Option<String>,
    /// The branch it was found on.
    pub branch: Option<String>,
    /// Seen only by its author for now.
    pub draft: bool,
}

/// Makes the issue; its id. The same finding reported again is the same issue.
///
/// # Errors
/// [`Error::Invalid`] names the argument.
pub async fn create_finding(tx: &Tx, asset: &Asset, actor: &Actor, new: &NewFinding) -> Result<i64> {
    for (field, text) in
        [("title", &new.title), ("package", &new.package), ("affectedVersion", &new.affected_version)]
    {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, "it is empty"));
        }
    }
    let vector = match new.cvss_metric.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Some(
            cvss::Vector::parse(text).map_err(|e| Error::invalid("cvssMetric", format!("{text:?}: {e}")))?,
        ),
        None => None,
    };
    if new.cvss_score.is_some_and(|score| !(0.0..=10.0).contains(&score)) {
        return Err(Error::invalid("cvssScore", "a score is a number from 0 to 10"));
    }
    if new.draft && actor.user.is_none() {
        return Err(Error::invalid("draft", "only a person can keep a draft"));
    }
    let score = vector.as_ref().map(cvss::Vector::score).or(new.cvss_score);
    let given = new.severity.as_deref().and_then(|word| SEVERITIES.into_iter().find(|known| *known == word));
    let severity = score.map(of_score).or(given).unwrap_or("NOTIFICATION");
    let vulnerability =
        new.cve.clone().or_else(|| new.original_id.clone()).unwrap_or_else(|| new.title.clone());
    let fingerprint = new.fingerprint.clone().filter(|text| !text.trim().is_empty());
    let fingerprint = fingerprint.unwrap_or_else(|| {
        format!("{}:{}:{vulnerability}:{}", new.package, new.affected_version, new.file_name)
    });
    tx.lock(&format!("apply:{}", asset.id)).await?;
    let present: Option<i64> = tx
        .scalar(
            "SELECT id FROM issue WHERE asset_id = ? AND manual AND fingerprint = ? ORDER BY id LIMIT 1",
            params![asset.id, fingerprint.clone()],
        )
        .await?;
    if let Some(present) = present {
        return Ok(present);
    }
    let cwes = new.patterns.iter().filter_map(|p| p.trim().to_uppercase().strip_prefix("CWE-")?.parse().ok());
    let detail = Detail {
        package: new.package.trim().to_owned(),
        affected_version: new.affected_version.trim().to_owned(),
        vulnerability_id: vulnerability,
        source: new.tool.clone().unwrap_or_else(|| "MANUAL".to_owned()),
        cve: new.cve.clone(),
        cwes: cwes.collect(),
        cvss_metric: vector.map(|vector| vector.text),
        cvss_score: score,
        description: new.description.clone(),
        reference: new.reference.clone(),
        solution: new.solution.clone(),
        file_name: Some(new.file_name.clone()),
        category: new.category.clone(),
        original_id: new.original_id.clone(),
        impact_level: new.impact_level.clone(),
        probability_level: new.probability_level.clone(),
        branch: new.branch.clone(),
        ..Detail::default()
    };
    let status = if new.draft { Status::Draft } else { Status::Identified };
    let now = now_ms();
    let id = tx
        .insert(
            "issue",
            &[
                ("company_id", asset.company_id.into()),
                ("asset_id", asset.id.into()),
                // Issues by hand have an identity of their own, beside those of a scanner.
                ("component_key", format!("manual:{}@{}", detail.package, detail.affected_version).into()),
                ("vulnerability_key", fingerprint.clone().into()),
                ("status", status.as_str().into()),
                ("severity", severity.into()),
                ("severity_rank", rank(severity).into()),
                ("title", new.title.trim().to_owned().into()),
                ("package", detail.package.clone().into()),
                ("detail", serde_json::to_string(&detail).map_err(storage::Error::Json)?.into()),
                ("filtered_out", false.into()),
                ("reported", true.into()),
                ("manual", true.into()),
                ("created_by", actor.name.clone().into()),
                ("created_by_user", actor.user.into()),
                ("source", new.tool.as_deref().unwrap_or("manual").to_lowercase().into()),
                ("patched_version", new.patched_version.clone().into()),
                ("fingerprint", fingerprint.into()),
                ("status_at", now.into()),
                ("created_at", now.into()),
                ("updated_at", now.into()),
            ],
        )
        .await?;
    record(tx, id, actor, "status", None, Some(status.as_str()), None).await?;
    sla::set_deadlines(tx, "issue.id = ?", params![id]).await?;
    risk::refresh(tx, &[asset.id]).await?;
    Ok(id)
}
