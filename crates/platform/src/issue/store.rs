//! Queries over issues, and the one place where a status changes.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::filter::{Filter, Sort, SortField, conditions, order};
use super::{Actor, Event, Issue, Status};
use crate::asset::risk;
use crate::company::Role;
use crate::{Error, Platform, Result, push};

pub(crate) const COLUMNS: &str = "i.id, i.company_id, i.asset_id, i.status, i.severity, i.title, i.detail, \
     i.filtered_out, i.reported, i.manual, i.created_by, i.package, i.source, i.known_exploited, \
     i.patched_version, i.due_at, i.expires_at, i.fingerprint, i.status_at, i.created_at, i.updated_at";

/// A page of a company's issues and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &Filter,
    sorts: &[Sort],
    offset: i64,
    limit: i64,
) -> Result<(Vec<Issue>, i64)> {
    let count = count(sql, company, filter).await?;
    let (conditions, mut values) = conditions(company, filter);
    values.extend(params![limit, offset]);
    let order = order(sorts);
    let rows = sql
        .rows(
            &format!("SELECT {COLUMNS} FROM issue i WHERE {conditions} ORDER BY {order} LIMIT ? OFFSET ?"),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// How many issues there are.
pub async fn count(sql: &impl Sql, company: i64, filter: &Filter) -> Result<i64> {
    let (conditions, values) = conditions(company, filter);
    Ok(sql.count(&format!("SELECT count(*) FROM issue i WHERE {conditions}"), values).await?)
}

/// Where a page by cursor ends: the value of the sort, as JSON, and the id.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Cursor(pub serde_json::Value, pub i64);

/// The issues after a cursor, with the cursor of each; stable while issues come and go.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another sort.
pub async fn after(
    sql: &impl Sql,
    company: i64,
    filter: &Filter,
    (field, down): Sort,
    cursor: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<(Issue, Cursor)>> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        issue: Issue,
        number: Option<i64>,
        fraction: Option<f64>,
        text: Option<String>,
    }
    let (mut conditions, mut values) = conditions(company, filter);
    let expression = field.expression();
    let sign = if down { "<" } else { ">" };
    if let Some(Cursor(value, id)) = cursor {
        let wrong = || Error::invalid("after", "the cursor is of another list: start without one");
        let value: Value = match field {
            SortField::Title | SortField::Status => value.as_str().ok_or_else(wrong)?.into(),
            SortField::Epss => value.as_f64().ok_or_else(wrong)?.into(),
            _ => value.as_i64().ok_or_else(wrong)?.into(),
        };
        conditions.push_str(&format!(" AND ({expression} {sign} ? OR ({expression} = ? AND i.id > ?))"));
        values.extend([value.clone(), value, (*id).into()]);
    }
    let (number, fraction, text) = match field {
        SortField::Title | SortField::Status => ("NULL", "NULL", expression),
        SortField::Epss => ("NULL", expression, "NULL"),
        _ => (expression, "NULL", "NULL"),
    };
    let number = if number == "NULL" { "CAST(NULL AS BIGINT)" } else { number };
    let fraction = if fraction == "NULL" { "CAST(NULL AS DOUBLE PRECISION)" } else { fraction };
    let text = if text == "NULL" { "CAST(NULL AS TEXT)" } else { text };
    values.push(limit.into());
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT {COLUMNS}, {number} AS number, {fraction} AS fraction, {text} AS text FROM issue i \
                 WHERE {conditions} ORDER BY {expression} {}, i.id LIMIT ?",
                if down { "DESC" } else { "ASC" }
            ),
            values,
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let value = match (row.number, row.fraction, row.text) {
                (Some(number), _, _) => number.into(),
                (_, Some(fraction), _) => fraction.into(),
                (_, _, text) => text.into(),
            };
            let cursor = Cursor(value, row.issue.id);
            (row.issue, cursor)
        })
        .collect())
}

/// How many issues there are by severity, status and kind.
pub async fn stats(sql: &impl Sql, company: i64, filter: &Filter) -> Result<Vec<(String, String, i64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        severity: String,
        status: String,
        n: i64,
    }
    let (conditions, values) = conditions(company, filter);
    let rows: Vec<Row> = sql
        .rows(
            &format!("SELECT i.severity, i.status, count(*) AS n FROM issue i WHERE {conditions} GROUP BY i.severity, i.status"),
            values,
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.severity, row.status, row.n)).collect())
}

/// The issue, when it is one of these companies' and not somebody else's draft. An issue that became
/// part of another one leads to that.
pub async fn by_id(sql: &impl Sql, companies: &[i64], viewer: Option<i64>, id: i64) -> Result<Option<Issue>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.extend(params![viewer.unwrap_or(-1), id, id]);
    let list = marks(companies.len());
    Ok(sql
        .row(
            &format!(
                "SELECT {COLUMNS} FROM issue i WHERE i.company_id IN ({list}) \
                 AND (i.status <> 'DRAFT' OR i.created_by_user = ?) \
                 AND (i.id = ? OR i.id = (SELECT m.issue_id FROM issue_merged m WHERE m.old_id = ?))"
            ),
            values,
        )
        .await?)
}

/// The issues with these ids.
pub async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Issue>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(&format!("SELECT {COLUMNS} FROM issue i WHERE i.id IN ({})", marks(ids.len())), values)
        .await?)
}

const EVENT: &str = "id, issue_id, at, source, actor, field, value_from, value_to, reason, run_id";

/// The changes of status of an issue, oldest first.
pub async fn status_changes(sql: &impl Sql, issue: i64) -> Result<Vec<Event>> {
    Ok(sql
        .rows(
            &format!(
                "SELECT {EVENT} FROM issue_event WHERE issue_id = ? AND field = 'status' ORDER BY at, id"
            ),
            params![issue],
        )
        .await?)
}

/// A page of the changes of an issue, newest first, and how many there are.
pub async fn events(sql: &impl Sql, issue: i64, offset: i64, limit: i64) -> Result<(Vec<Event>, i64)> {
    let count = sql.count("SELECT count(*) FROM issue_event WHERE issue_id = ?", params![issue]).await?;
    let rows = sql
        .rows(
            &format!("SELECT {EVENT} FROM issue_event WHERE issue_id = ? ORDER BY at DESC, id DESC LIMIT ? OFFSET ?"),
            params![issue, limit, offset],
        )
        .await?;
    Ok((rows, count))
}

pub(crate) const EVENT_COLUMNS: [&str; 9] =
    ["issue_id", "at", "source", "actor", "field", "value_from", "value_to", "reason", "run_id"];

/// The row of a change in the history of an issue.
pub(crate) fn event(
    issue: i64,
    actor: &Actor,
    field: &str,
    from: Option<&str>,
    to: Option<&str>,
    reason: Option<&str>,
) -> Vec<Value> {
    params![issue, now_ms(), actor.source, actor.name.clone(), field, from, to, reason, actor.run]
}

/// Writes a change into the history of an issue.
pub(crate) async fn record(
    tx: &Tx,
    issue: i64,
    actor: &Actor,
    field: &str,
    from: Option<&str>,
    to: Option<&str>,
    reason: Option<&str>,
) -> Result<()> {
    let row = event(issue, actor, field, from, to, reason);
    tx.insert_many("issue_event", &EVENT_COLUMNS, vec![row], "").await?;
    Ok(())
}

/// Gives an issue another status and writes it into the history. Nothing is pushed here.
pub(crate) async fn set_status(
    tx: &Tx,
    issue: &mut Issue,
    status: Status,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<()> {
    let before = issue.status.clone();
    let now = now_ms();
    issue.status = status.as_str().to_owned();
    issue.status_at = now;
    issue.updated_at = now;
    issue.expires_at = None;
    let fixed = (status == Status::FixAccepted).then_some(now);
    tx.update(
        "issue",
        issue.id,
        &[
            ("status", issue.status.clone().into()),
            ("status_at", now.into()),
            ("fixed_at", fixed.into()),
            ("expires_at", None::<i64>.into()),
            ("updated_at", now.into()),
        ],
    )
    .await?;
    record(tx, issue.id, actor, "status", Some(&before), Some(status.as_str()), reason).await
}

/// A change of status that somebody asks for.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The status.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// Until when the risk is accepted (epoch milliseconds).
    pub expires_at: Option<i64>,
}

/// A person or key changes the status of an issue; the change goes out at once.
///
/// # Errors
/// [`Error::NotFound`] and the refusals of the life cycle.
pub async fn change_status(
    platform: &Platform,
    company: i64,
    id: i64,
    change: &StatusChange,
    role: Role,
    actor: &Actor,
) -> Result<Issue> {
    let reason = change.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if let Some(at) = change.expires_at {
        if change.status != Status::RiskAccepted {
            return Err(Error::invalid("expiresAt", "only an accepted risk expires"));
        }
        if at <= now_ms() {
            return Err(Error::invalid("expiresAt", "it is in the past: name a date to come"));
        }
    }
    let tx = platform.db.begin().await?;
    tx.lock(&format!("issue:{id}")).await?;
    let mut issue = by_id(&tx, &[company], actor.user, id).await?.ok_or(Error::NotFound("issue"))?;
    // The same change twice, as a retrying client sends it, is done once.
    if issue.status() == change.status && issue.expires_at == change.expires_at {
        return Ok(issue);
    }
    if issue.status() == change.status {
        // Only the date changes.
        issue.status().check_change(Status::Suppressed, role, issue.manual, reason)?;
        let shown = |at: Option<i64>| at.map(crate::issue::day);
        let (from, to) = (shown(issue.expires_at), shown(change.expires_at));
        record(&tx, issue.id, actor, "expiresAt", from.as_deref(), to.as_deref(), reason).await?;
    } else {
        issue.status().check_change(change.status, role, issue.manual, reason)?;
        set_status(&tx, &mut issue, change.status, actor, reason).await?;
        push::of_issue(platform, &tx, &issue, &actor.name, reason).await?;
    }
    issue.expires_at = change.expires_at;
    tx.update("issue", issue.id, &[("expires_at", change.expires_at.into())]).await?;
    risk::refresh(&tx, &[issue.asset_id]).await?;
    tx.commit().await?;
    Ok(issue)
}

/// Makes another issue, which turned out to be the same flaw, part of this one: its findings, history,
/// comments and people come along, and the stronger decision stays. Says whether there was one.
pub(crate) async fn merge(tx: &Tx, issue: &mut Issue, other: i64, actor: &Actor) -> Result<bool> {
    let Some(gone) = by_ids(tx, &[other]).await?.pop() else { return Ok(false) };
    for sql in [
        "UPDATE finding_link SET issue_id = ? WHERE issue_id = ?",
        "UPDATE push SET issue_id = ? WHERE issue_id = ?",
        "UPDATE issue_event SET issue_id = ? WHERE issue_id = ?",
        "UPDATE issue_comment SET issue_id = ? WHERE issue_id = ?",
        "UPDATE issue_merged SET issue_id = ? WHERE issue_id = ?",
        "INSERT INTO issue_assignee (issue_id, user_id) SELECT ?, user_id FROM issue_assignee WHERE issue_id = ? \
         ON CONFLICT DO NOTHING",
    ] {
        tx.execute(sql, params![issue.id, other]).await?;
    }
    tx.execute("INSERT INTO issue_merged (old_id, issue_id) VALUES (?, ?)", params![other, issue.id]).await?;
    tx.execute("DELETE FROM issue WHERE id = ?", params![other]).await?;
    let told = format!("issue {other} ({}) is the same flaw and became part of this one", gone.title);
    record(
        tx,
        issue.id,
        actor,
        "merged",
        Some(gone.status.as_str()),
        Some(issue.status.as_str()),
        Some(&told),
    )
    .await?;
    if gone.status().strength() > issue.status().strength() {
        let reason = format!("decided in issue {other}, which is the same flaw");
        set_status(tx, issue, gone.status(), actor, Some(&reason)).await?;
        issue.expires_at = gone.expires_at;
        tx.update("issue", issue.id, &[("expires_at", gone.expires_at.into())]).await?;
    }
    Ok(true)
}
