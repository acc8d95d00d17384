//! Deadlines: a matrix of severity × business impact gives the days that an issue may take. The deadline
//! is kept with the issue; how it stands is computed when it is read.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, now_ms, params};

use crate::issue::{Issue, Status, conditions};
use crate::{Error, Result, issue};

/// A day in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// A cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Rule {
    /// `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`.
    pub severity: String,
    /// `LOW`, `MEDIUM`, `HIGH`.
    pub business_impact: String,
    /// Days from the creation of an issue, above 0.
    pub days: i64,
}

/// How the deadline of an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Only a notification.
    NotTracked,
    /// Fixed or decided.
    Resolved,
    /// No deadline.
    NotParameterized,
    /// Over.
    Breached,
    /// Three quarters of the time are gone.
    Approaching,
    /// Time enough.
    OnTrack,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] = [
        State::NotTracked,
        State::Resolved,
        State::NotParameterized,
        State::Breached,
        State::Approaching,
        State::OnTrack,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            State::NotTracked => "NOT_TRACKED",
            State::Resolved => "RESOLVED",
            State::NotParameterized => "NOT_PARAMETERIZED",
            State::Breached => "BREACHED",
            State::Approaching => "APPROACHING",
            State::OnTrack => "ON_TRACK",
        }
    }

    /// The state of an issue at a moment. [`state_sql`] says the same to the database.
    pub fn of(issue: &Issue, now: i64) -> State {
        if issue.severity == "NOTIFICATION" {
            return State::NotTracked;
        }
        if issue.status() == Status::FixAccepted || issue.status().is_decision() {
            return State::Resolved;
        }
        match issue.due_at {
            None => State::NotParameterized,
            Some(due) if now > due => State::Breached,
            Some(due) if (now - issue.created_at) * 4 >= (due - issue.created_at) * 3 => State::Approaching,
            Some(_) => State::OnTrack,
        }
    }
}

/// The state of `issue i` at a moment, as an expression.
pub(crate) fn state_sql(now: i64) -> String {
    format!(
        "(CASE WHEN i.severity = 'NOTIFICATION' THEN 'NOT_TRACKED' \
         WHEN i.status IN ('FIX_ACCEPTED', 'RISK_ACCEPTED', 'FALSE_POSITIVE', 'SUPPRESSED') THEN 'RESOLVED' \
         WHEN i.due_at IS NULL THEN 'NOT_PARAMETERIZED' \
         WHEN {now} > i.due_at THEN 'BREACHED' \
         WHEN ({now} - i.created_at) * 4 >= (i.due_at - i.created_at) * 3 THEN 'APPROACHING' \
         ELSE 'ON_TRACK' END)"
    )
}

/// Whole days until a deadline: positive before it, negative after.
pub fn days_remaining(due: i64, now: i64) -> i64 {
    let left = due - now;
    if left >= 0 { (left + DAY - 1) / DAY } else { -((-left + DAY - 1) / DAY) }
}

/// The matrix of a company.
pub async fn policy(sql: &impl Sql, company: i64) -> Result<Vec<Rule>> {
    Ok(sql
        .rows(
            "SELECT severity, business_impact, days FROM sla_rule WHERE company_id = ? \
             ORDER BY severity, business_impact",
            params![company],
        )
        .await?)
}

/// Saves the matrix whole; the deadlines of the open issues follow.
///
/// # Errors
/// [`Error::Invalid`] names the cell.
pub async fn save(tx: &Tx, company: i64, rules: &[Rule]) -> Result<()> {
    for (at, rule) in rules.iter().enumerate() {
        let cell = format!("{} × {}", rule.severity, rule.business_impact);
        if !["CRITICAL", "HIGH", "MEDIUM", "LOW"].contains(&rule.severity.as_str()) {
            return Err(Error::invalid(
                "rules",
                format!("{cell}: only critical, high, medium and low have deadlines"),
            ));
        }
        if !(1..=36_500).contains(&rule.days) {
            return Err(Error::invalid(
                "rules",
                format!("{cell}: {} is not a whole number of days above 0", rule.days),
            ));
        }
        let twice = rules
            .iter()
            .take(at)
            .any(|other| other.severity == rule.severity && other.business_impact == rule.business_impact);
        if twice {
            return Err(Error::invalid("rules", format!("{cell} is there twice")));
        }
    }
    tx.lock(&format!("sla:{company}")).await?;
    tx.execute("DELETE FROM sla_rule WHERE company_id = ?", params![company]).await?;
    let rows = rules
        .iter()
        .map(|rule| params![company, rule.severity.clone(), rule.business_impact.clone(), rule.days])
        .collect();
    tx.insert_many("sla_rule", &["company_id", "severity", "business_impact", "days"], rows, "").await?;
    set_deadlines(tx, "issue.company_id = ?", params![company]).await
}

/// Computes the deadlines of the open issues that a condition on `issue` picks; closed ones stay.
pub(crate) async fn set_deadlines(tx: &Tx, condition: &str, values: Vec<Value>) -> Result<()> {
    tx.execute(
        &format!(
            "UPDATE issue SET due_at = (SELECT issue.created_at + r.days * {DAY} FROM sla_rule r \
             JOIN asset a ON a.id = issue.asset_id WHERE r.company_id = issue.company_id \
             AND r.severity = issue.severity AND r.business_impact = a.business_impact) \
             WHERE {condition} AND issue.status IN {}",
            crate::asset::OPEN
        ),
        values,
    )
    .await?;
    Ok(())
}

/// How many of these issues stand how.
pub async fn stats(sql: &impl Sql, company: i64, filter: &issue::Filter) -> Result<Vec<(String, i64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        state: String,
        n: i64,
    }
    let (conditions, values) = conditions(company, filter);
    let state = state_sql(now_ms());
    let rows: Vec<Row> = sql
        .rows(
            &format!("SELECT {state} AS state, count(*) AS n FROM issue i WHERE {conditions} GROUP BY 1"),
            values,
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.n)).collect())
}
