//! Numbers over a whole company. Everything is computed from the issues and their history when asked.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Value, params};

use crate::Result;
use crate::asset::{OPEN, Open};
use crate::issue::{self, SENSITIVE, conditions};

/// A day in milliseconds.
pub const DAY: i64 = 24 * 3_600_000;
/// How many days a series covers at most.
const LONGEST: i64 = 3 * 366;

/// Open issues by severity at the end of each day.
pub type Series = Vec<(i64, Open)>;

/// The days of a range: first and last, as days since 1970, with the last bounded.
fn days(from: i64, to: i64) -> std::ops::RangeInclusive<i64> {
    let (from, to) = (from.div_euclid(DAY), to.div_euclid(DAY));
    from..=to.min(from + LONGEST)
}

/// How many issues were open at the end of each day, by their present severity.
pub async fn open_over_time(
    sql: &impl Sql,
    company: i64,
    filter: &issue::Filter,
    from: i64,
    to: i64,
) -> Result<Series> {
    #[derive(FromQueryResult)]
    struct Change {
        day: i64,
        severity: String,
        delta: i64,
    }
    let (conditions, values) = conditions(company, &issue::Filter { any_status: true, ..filter.clone() });
    let is_open = |column: &str| format!("COALESCE({column}, '') IN {OPEN}");
    // Every step into and out of the open statuses, added up: no snapshot can be missed or stale.
    let changes: Vec<Change> = sql
        .rows(
            &format!(
                "SELECT e.at / {DAY} AS day, i.severity AS severity, \
                 CAST(sum(CASE WHEN {to_open} THEN 1 ELSE 0 END - CASE WHEN {from_open} THEN 1 ELSE 0 END) AS BIGINT) AS delta \
                 FROM issue_event e JOIN issue i ON i.id = e.issue_id \
                 WHERE e.field = 'status' AND {conditions} GROUP BY 1, 2 ORDER BY 1",
                to_open = is_open("e.value_to"),
                from_open = is_open("e.value_from"),
            ),
            values,
        )
        .await?;
    let mut changes = changes.into_iter().peekable();
    let mut now = Open::default();
    let mut out = Vec::new();
    for day in days(from, to) {
        while let Some(change) = changes.next_if(|change| change.day <= day) {
            now.add(&change.severity, change.delta);
        }
        out.push((day * DAY, now));
    }
    Ok(out)
}

/// Mean days from creation to Fixed.
#[derive(Debug, Default, Clone)]
pub struct Mean {
    sums: BTreeMap<&'static str, (f64, f64)>,
}

impl Mean {
    fn add(&mut self, severity: &str, count: i64, sum_ms: f64) {
        for name in issue::SEVERITIES.into_iter().filter(|known| *known == severity).chain(["ALL"]) {
            let (n, sum) = self.sums.entry(name).or_default();
            *n += count as f64;
            *sum += sum_ms;
        }
    }

    /// The mean of a severity, or of `ALL`, in days; none without a fixed issue.
    pub fn days(&self, severity: &str) -> Option<f64> {
        let (n, sum) = self.sums.get(severity).filter(|(n, _)| *n > 0.0)?;
        Some((sum / n / DAY as f64 * 100.0).round() / 100.0)
    }
}

/// Mean time to remediate by month (`2026-01`) of the fix.
pub async fn mttr_over_time(
    sql: &impl Sql,
    company: i64,
    filter: &issue::Filter,
    from: i64,
    to: i64,
) -> Result<Vec<(String, Mean)>> {
    #[derive(FromQueryResult)]
    struct Fixed {
        day: i64,
        severity: String,
        n: i64,
        taken: f64,
    }
    let (conditions, mut values) = conditions(company, &issue::Filter { any_status: true, ..filter.clone() });
    let range = days(from, to);
    values.extend(params![*range.start() * DAY, (*range.end() + 1) * DAY]);
    let fixed: Vec<Fixed> = sql
        .rows(
            &format!(
                "SELECT i.fixed_at / {DAY} AS day, i.severity AS severity, count(*) AS n, \
                 CAST(sum(i.fixed_at - i.created_at) AS DOUBLE PRECISION) AS taken FROM issue i \
                 WHERE {conditions} AND i.fixed_at >= ? AND i.fixed_at < ? GROUP BY 1, 2"
            ),
            values,
        )
        .await?;
    let month = |day: i64| {
        let at = chrono::DateTime::from_timestamp_millis(day * DAY).unwrap_or_default();
        at.format("%Y-%m").to_string()
    };
    let mut months: BTreeMap<String, Mean> = range.map(month).map(|month| (month, Mean::default())).collect();
    for row in fixed {
        months.entry(month(row.day)).or_default().add(&row.severity, row.n, row.taken);
    }
    Ok(months.into_iter().collect())
}

/// Open issues, narrowed down step by step to those that matter most.
#[derive(Debug, Default, Clone, Copy)]
pub struct Funnel {
    /// All open ones.
    pub open: Open,
    /// Of these, on assets of high business impact.
    pub high_business_impact: Open,
    /// Of these, on assets that the internet can reach.
    pub internet_facing: Open,
    /// Of these, on assets with sensitive data.
    pub sensitive_data: Open,
}

/// The risk funnel of a company.
pub async fn funnel(sql: &impl Sql, company: i64) -> Result<Funnel> {
    #[derive(FromQueryResult)]
    struct Row {
        severity: String,
        high: i64,
        facing: i64,
        sensitive: i64,
        n: i64,
    }
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT i.severity, CAST(CASE WHEN t.business_impact = 'HIGH' THEN 1 ELSE 0 END AS BIGINT) AS high, \
                 CAST(CASE WHEN t.exploitability = 'INTERNET_FACING' THEN 1 ELSE 0 END AS BIGINT) AS facing, \
                 CAST(CASE WHEN {SENSITIVE} THEN 1 ELSE 0 END AS BIGINT) AS sensitive, count(*) AS n \
                 FROM issue i JOIN asset t ON t.id = i.asset_id WHERE i.company_id = ? AND i.status IN {OPEN} \
                 GROUP BY 1, 2, 3, 4"
            ),
            params![company],
        )
        .await?;
    let mut out = Funnel::default();
    for row in rows {
        out.open.add(&row.severity, row.n);
        if row.high == 1 {
            out.high_business_impact.add(&row.severity, row.n);
            if row.facing == 1 {
                out.internet_facing.add(&row.severity, row.n);
                if row.sensitive == 1 {
                    out.sensitive_data.add(&row.severity, row.n);
                }
            }
        }
    }
    Ok(out)
}

/// A flaw with the issues it has over all assets.
#[derive(Debug, Clone, FromQueryResult)]
pub struct TopVulnerability {
    /// Its name.
    pub title: String,
    /// Issues.
    pub total: i64,
    /// Assets.
    pub assets: i64,
    /// Critical ones.
    pub critical: i64,
    /// High ones.
    pub high: i64,
    /// Medium ones.
    pub medium: i64,
    /// Low ones.
    pub low: i64,
}

/// The flaws with the most issues, the worst first.
pub async fn top_vulnerabilities(
    sql: &impl Sql,
    company: i64,
    filter: &issue::Filter,
    limit: i64,
) -> Result<Vec<TopVulnerability>> {
    let (conditions, mut values) = conditions(company, filter);
    let of = |severity: &str| {
        format!("CAST(sum(CASE WHEN i.severity = '{severity}' THEN 1 ELSE 0 END) AS BIGINT)")
    };
    values.push(Value::from(limit));
    Ok(sql
        .rows(
            &format!(
                "SELECT max(i.title) AS title, count(*) AS total, count(DISTINCT i.asset_id) AS assets, \
                 {} AS critical, {} AS high, {} AS medium, {} AS low FROM issue i WHERE {conditions} \
                 GROUP BY i.vulnerability_key ORDER BY critical DESC, high DESC, total DESC, max(i.title) LIMIT ?",
                of("CRITICAL"),
                of("HIGH"),
                of("MEDIUM"),
                of("LOW")
            ),
            values,
        )
        .await?)
}
