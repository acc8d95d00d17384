//! The risk score of an asset (platform rules, "Risk score of an asset"), kept with its history.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

use crate::Result;
use crate::issue::SEVERITIES;

/// The word of the highest severity among the open issues of the asset `a`; null without one.
pub(super) const HIGHEST: &str = "(SELECT CASE min(o.severity_rank) WHEN 0 THEN 'CRITICAL' WHEN 1 THEN 'HIGH' \
     WHEN 2 THEN 'MEDIUM' WHEN 3 THEN 'LOW' WHEN 4 THEN 'NOTIFICATION' END FROM issue o WHERE o.asset_id = a.id \
     AND o.status IN ('IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION'))";

/// A score that was.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Score {
    /// Since when (epoch milliseconds).
    pub at: i64,
    /// 0 to 99; none when the asset was not parametrized any more.
    pub value: Option<f64>,
}

#[derive(FromQueryResult)]
struct Input {
    id: i64,
    business_impact: Option<String>,
    exploitability: Option<String>,
    data_classification: String,
    risk_score: Option<f64>,
    highest: Option<i64>,
}

fn score(input: &Input) -> Option<f64> {
    let impact: f64 = match input.business_impact.as_deref().filter(|word| !word.is_empty())? {
        "LOW" => 1.0,
        "MEDIUM" => 2.0,
        _ => 3.0,
    };
    let exposure = match input.exploitability.as_deref().filter(|word| !word.is_empty())? {
        "INTERNET_FACING" => 2.0,
        _ => 1.0,
    };
    let classes: Vec<String> = serde_json::from_str(&input.data_classification).unwrap_or_default();
    if classes.is_empty() {
        return None;
    }
    let sensitive = if classes.iter().any(|class| class != "NON_SENSITIVE") { 1.0 } else { 0.0 };
    let highest = input.highest.and_then(|rank| SEVERITIES.get(usize::try_from(rank).ok()?).copied());
    let threat = match highest {
        Some("CRITICAL") => 10.0,
        Some("HIGH") => 9.0,
        Some("MEDIUM") => 6.0,
        Some("LOW") => 3.0,
        _ => 0.0,
    };
    let score: f64 =
        0.99 * (50.0 * (impact / 3.0) + 15.0 * (threat / 10.0) + 10.0 * exposure + 15.0 * sensitive);
    Some((score * 100.0).round() / 100.0)
}

/// Computes the scores of these assets again; a change is written down.
pub(crate) async fn refresh(tx: &Tx, assets: &[i64]) -> Result<()> {
    for chunk in assets.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let inputs: Vec<Input> = tx
            .rows(
                &format!(
                    "SELECT a.id, a.business_impact, a.exploitability, a.data_classification, a.risk_score, \
                     (SELECT min(o.severity_rank) FROM issue o WHERE o.asset_id = a.id \
                     AND o.status IN ('IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION')) AS highest \
                     FROM asset a WHERE a.id IN ({})",
                    marks(chunk.len())
                ),
                values,
            )
            .await?;
        for input in inputs {
            let value = score(&input);
            if value == input.risk_score {
                continue;
            }
            tx.update("asset", input.id, &[("risk_score", value.into())]).await?;
            let row = [("asset_id", input.id.into()), ("at", now_ms().into()), ("value", value.into())];
            tx.insert("asset_risk_score", &row).await?;
        }
    }
    Ok(())
}

/// The last scores of an asset, newest first.
pub async fn history(sql: &impl Sql, asset: i64, limit: i64) -> Result<Vec<Score>> {
    Ok(sql
        .rows(
            "SELECT at, value FROM asset_risk_score WHERE asset_id = ? ORDER BY id DESC LIMIT ?",
            params![asset, limit],
        )
        .await?)
}

/// The last two scores of these assets, newest first.
pub(crate) async fn last_two(sql: &impl Sql, assets: &[i64]) -> Result<HashMap<i64, Vec<Score>>> {
    #[derive(FromQueryResult)]
    struct Row {
        asset_id: i64,
        #[sea_orm(nested)]
        score: Score,
    }
    let values = assets.iter().map(|id| (*id).into()).collect();
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT s.asset_id, s.at, s.value FROM (SELECT id, asset_id, at, value, \
                 row_number() OVER (PARTITION BY asset_id ORDER BY id DESC) AS place FROM asset_risk_score \
                 WHERE asset_id IN ({})) s WHERE s.place <= 2 ORDER BY s.id DESC",
                marks(assets.len())
            ),
            values,
        )
        .await?;
    let mut out: HashMap<i64, Vec<Score>> = HashMap::new();
    for row in rows {
        out.entry(row.asset_id).or_default().push(row.score);
    }
    Ok(out)
}

/// The mean score of a company's assets now, and what it was before the last change of any of them.
pub async fn of_company(sql: &impl Sql, company: i64) -> Result<(Option<Score>, Option<Score>)> {
    let last: Option<Option<i64>> = sql
        .scalar(
            "SELECT max(s.at) FROM asset_risk_score s JOIN asset a ON a.id = s.asset_id WHERE a.company_id = ?",
            params![company],
        )
        .await?;
    let Some(last) = last.flatten() else { return Ok((None, None)) };
    let now: Option<Option<f64>> =
        sql.scalar("SELECT avg(risk_score) FROM asset WHERE company_id = ?", params![company]).await?;
    let before: Option<Option<f64>> = sql
        .scalar(
            "SELECT avg(s.value) FROM asset_risk_score s JOIN asset a ON a.id = s.asset_id WHERE a.company_id = ? \
             AND s.id = (SELECT max(n.id) FROM asset_risk_score n WHERE n.asset_id = s.asset_id AND n.at < ?)",
            params![company, last],
        )
        .await?;
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let now = now.flatten().map(|value| Score { at: last, value: Some(round(value)) });
    let before = before.flatten().map(|value| Score { at: last, value: Some(round(value)) });
    Ok((now, before))
}
