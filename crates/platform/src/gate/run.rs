//! Executions of a gate, each kept with the policy it used.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::{Sql, Value, marks, now_ms, params};

use super::policy::{parse, policy_of};
use crate::asset::Asset;
use crate::issue::{self, Issue};
use crate::{Error, Platform, Result};

/// A day in milliseconds.
const DAY: i64 = 24 * 3_600_000;
/// How many failing issues an execution keeps.
const KEPT: usize = 10_000;

/// How a check went; the worse the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Within the limits.
    Passed,
    /// Above the maximum, and nothing overdue.
    Warning,
    /// Overdue, or above a maximum without days.
    Failed,
}

impl Outcome {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Passed => "PASSED",
            Outcome::Warning => "WARNING",
            Outcome::Failed => "FAILED",
        }
    }
}

/// What a rule found of a severity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RuleResult {
    /// `any`, or the tool.
    pub from: String,
    /// The severity.
    pub severity: String,
    /// The limit.
    pub maximum: u32,
    /// The days.
    pub max_days_to_fix: Option<u32>,
    /// Open issues.
    pub found: i64,
    /// Of these, those older than the days.
    pub overdue: i64,
    /// How it went.
    pub status: Outcome,
}

/// An execution.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// Whose asset.
    pub company_id: i64,
    /// The asset.
    pub asset_id: i64,
    /// When (epoch milliseconds).
    pub at: i64,
    /// `GLOBAL`, `ASSET` or `CUSTOM`.
    pub scope: String,
    /// The policy that was used.
    pub yaml: String,
    /// The word of its [`Outcome`].
    pub status: String,
    results: String,
    failing: String,
}

impl Run {
    /// What each rule found.
    pub fn results(&self) -> Vec<RuleResult> {
        serde_json::from_str(&self.results).unwrap_or_default()
    }
}

const COLUMNS: &str = "id, company_id, asset_id, at, scope, yaml, status, results, failing";

/// Checks an asset by a policy: the caller's, its own, or the company's. Issues that somebody works on
/// or nobody looked at count; decided ones do not.
///
/// # Errors
/// [`Error::Invalid`] when there is no policy, or it cannot be read.
pub async fn run(platform: &Platform, asset: &Asset, custom: Option<&str>) -> Result<Run> {
    #[derive(FromQueryResult)]
    struct Open {
        id: i64,
        severity: String,
        source: String,
        created_at: i64,
    }
    let db = &platform.db;
    let (scope, yaml) = match custom {
        Some(yaml) => ("CUSTOM", yaml.to_owned()),
        None => {
            let policy = policy_of(db, asset.company_id, Some(asset.id)).await?;
            let policy = policy.ok_or_else(|| {
                Error::invalid(
                    "assetId",
                    "there is no security gate policy: save one for the company or the asset",
                )
            })?;
            (policy.scope, policy.yaml)
        }
    };
    let rules = parse(&yaml).map_err(|e| {
        let place = e.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        Error::invalid("policy", format!("{place}{}", e.message))
    })?;
    let open: Vec<Open> = db
        .rows(
            "SELECT id, severity, source, created_at FROM issue WHERE asset_id = ? \
             AND status IN ('IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION') ORDER BY severity_rank, id",
            params![asset.id],
        )
        .await?;
    let now = now_ms();
    let (mut results, mut failing) = (Vec::new(), Vec::new());
    for rule in &rules.rules {
        let from = rule.from.to_lowercase();
        for (severity, limit) in rule.severity.all() {
            let of = open.iter().filter(|i| i.severity == severity && (from == "any" || i.source == from));
            let ids: Vec<&Open> = of.collect();
            let is_overdue = |issue: &&&Open| {
                limit.max_days_to_fix.is_some_and(|days| now - issue.created_at > i64::from(days) * DAY)
            };
            let overdue: Vec<i64> = ids.iter().filter(is_overdue).map(|issue| issue.id).collect();
            let found = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            let above = found > i64::from(limit.maximum);
            let status = match (overdue.is_empty(), above, limit.max_days_to_fix) {
                (false, _, _) | (true, true, None) => Outcome::Failed,
                (true, true, Some(_)) => Outcome::Warning,
                (true, false, _) => Outcome::Passed,
            };
            // Above the maximum every issue of the severity is in the way, else the overdue ones.
            match status {
                Outcome::Passed => {}
                _ if above => failing.extend(ids.iter().map(|issue| issue.id)),
                _ => failing.extend(&overdue),
            }
            results.push(RuleResult {
                from: rule.from.clone(),
                severity: severity.to_owned(),
                maximum: limit.maximum,
                max_days_to_fix: limit.max_days_to_fix,
                found,
                overdue: i64::try_from(overdue.len()).unwrap_or(i64::MAX),
                status,
            });
        }
    }
    let mut seen = std::collections::HashSet::new();
    failing.retain(|id| seen.insert(*id));
    failing.truncate(KEPT);
    let status = results.iter().map(|result| result.status).max().unwrap_or(Outcome::Passed);
    let json = |value: serde_json::Result<String>| value.map_err(storage::Error::Json);
    let tx = db.begin().await?;
    let id = tx
        .insert(
            "gate_run",
            &[
                ("company_id", asset.company_id.into()),
                ("asset_id", asset.id.into()),
                ("at", now.into()),
                ("scope", scope.into()),
                ("yaml", yaml.into()),
                ("status", status.as_str().into()),
                ("results", json(serde_json::to_string(&results))?.into()),
                ("failing", json(serde_json::to_string(&failing))?.into()),
            ],
        )
        .await?;
    let run = by_id(&tx, &[asset.company_id], id).await?.ok_or(Error::NotFound("run"))?;
    tx.commit().await?;
    Ok(run)
}

/// The execution, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Run>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM gate_run WHERE company_id IN ({list}) AND id = ?"), values)
        .await?)
}

/// A page of executions, newest first, and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    asset: Option<i64>,
    status: Option<Outcome>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Run>, i64)> {
    let mut conditions = "company_id = ?".to_owned();
    let mut values = params![company];
    if let Some(asset) = asset {
        conditions.push_str(" AND asset_id = ?");
        values.push(asset.into());
    }
    if let Some(status) = status {
        conditions.push_str(" AND status = ?");
        values.push(status.as_str().into());
    }
    let count =
        sql.count(&format!("SELECT count(*) FROM gate_run WHERE {conditions}"), values.clone()).await?;
    values.extend(params![limit, offset]);
    let rows = sql
        .rows(
            &format!("SELECT {COLUMNS} FROM gate_run WHERE {conditions} ORDER BY id DESC LIMIT ? OFFSET ?"),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// A page of the issues that were in the way, as they are by now.
pub struct Failing {
    /// The page.
    pub issues: Vec<Issue>,
    /// How many there were.
    pub total: i64,
}

/// The issues that were in the way of an execution.
pub async fn failing(sql: &impl Sql, run: &Run, offset: i64, limit: i64) -> Result<Failing> {
    let ids: Vec<i64> = serde_json::from_str(&run.failing).unwrap_or_default();
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let page: Vec<i64> = ids.iter().copied().skip(skip).take(usize::try_from(limit).unwrap_or(10)).collect();
    let mut issues = issue::by_ids(sql, &page).await?;
    issues.sort_by_key(|issue| page.iter().position(|id| *id == issue.id));
    Ok(Failing { issues, total: i64::try_from(ids.len()).unwrap_or(i64::MAX) })
}
