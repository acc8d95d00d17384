//! Queries over issues, and the one place where a status changes.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params, sql::like};

use super::{Actor, Event, Issue, Status};
use crate::company::Role;
use crate::{Error, Platform, Result, push};

pub(crate) const COLUMNS: &str = "i.id, i.company_id, i.asset_id, i.status, i.severity, i.title, i.detail, \
     i.filtered_out, i.reported, i.status_at, i.created_at, i.updated_at";

/// Which issues to list; an empty list does not limit.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// These ids.
    pub ids: Vec<i64>,
    /// These assets.
    pub assets: Vec<i64>,
    /// These statuses; none means the open ones.
    pub statuses: Vec<String>,
    /// These severities.
    pub severities: Vec<String>,
    /// Assets with one of these tags.
    pub tags: Vec<String>,
    /// Part of the title.
    pub title: Option<String>,
    /// Part of the CVE or any other id.
    pub cve: Option<String>,
    /// Part of the package.
    pub package: Option<String>,
    /// Made at or after (epoch milliseconds).
    pub from: Option<i64>,
    /// Made at or before.
    pub to: Option<i64>,
}

fn conditions(company: i64, filter: &Filter) -> (String, Vec<Value>) {
    let mut conditions = vec!["i.company_id = ?".to_owned()];
    let mut values = params![company];
    for (column, ids) in [("i.id", &filter.ids), ("i.asset_id", &filter.assets)] {
        if !ids.is_empty() {
            conditions.push(format!("{column} IN ({})", marks(ids.len())));
            values.extend(ids.iter().map(|id| (*id).into()));
        }
    }
    if filter.statuses.is_empty() {
        conditions.push(format!("i.status IN {}", crate::asset::OPEN));
    }
    for (column, words) in [("i.status", &filter.statuses), ("i.severity", &filter.severities)] {
        if !words.is_empty() {
            conditions.push(format!("{column} IN ({})", marks(words.len())));
            values.extend(words.iter().map(|word| word.as_str().into()));
        }
    }
    if !filter.tags.is_empty() {
        let list = marks(filter.tags.len());
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM asset_tag t WHERE t.asset_id = i.asset_id AND t.name IN ({list}))"
        ));
        values.extend(filter.tags.iter().map(|tag| tag.as_str().into()));
    }
    let texts = [("i.title", &filter.title), ("i.detail", &filter.cve), ("i.component_key", &filter.package)];
    for (column, text) in texts {
        if let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            conditions.push(format!("lower({column}) LIKE ? ESCAPE '\\'"));
            values.push(like(text).into());
        }
    }
    for (sign, at) in [(">=", filter.from), ("<=", filter.to)] {
        if let Some(at) = at {
            conditions.push(format!("i.created_at {sign} ?"));
            values.push(at.into());
        }
    }
    (conditions.join(" AND "), values)
}

/// A page of a company's issues and how many there are. `order` is made of fixed column names.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &Filter,
    order: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Issue>, i64)> {
    let (conditions, mut values) = conditions(company, filter);
    let count =
        sql.count(&format!("SELECT count(*) FROM issue i WHERE {conditions}"), values.clone()).await?;
    values.extend(params![limit, offset]);
    let rows = sql
        .rows(
            &format!(
                "SELECT {COLUMNS} FROM issue i WHERE {conditions} ORDER BY {order}, i.id LIMIT ? OFFSET ?"
            ),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// How many issues there are by severity and status.
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

/// The issue, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Issue>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM issue i WHERE i.company_id IN ({list}) AND i.id = ?"), values)
        .await?)
}

/// The issues with these ids.
pub async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Issue>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(&format!("SELECT {COLUMNS} FROM issue i WHERE i.id IN ({})", marks(ids.len())), values)
        .await?)
}

/// The changes of these issues, oldest first.
pub async fn events(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Event>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(
            &format!(
                "SELECT id, issue_id, at, source, actor, field, value_from, value_to, reason, run_id \
                 FROM issue_event WHERE issue_id IN ({}) ORDER BY id",
                marks(ids.len())
            ),
            values,
        )
        .await?)
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
    tx.insert(
        "issue_event",
        &[
            ("issue_id", issue.into()),
            ("at", now_ms().into()),
            ("source", actor.source.into()),
            ("actor", actor.name.clone().into()),
            ("field", field.into()),
            ("value_from", from.into()),
            ("value_to", to.into()),
            ("reason", reason.into()),
            ("run_id", actor.run.into()),
        ],
    )
    .await?;
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
    let fixed = (status == Status::FixAccepted).then_some(now);
    tx.update(
        "issue",
        issue.id,
        &[
            ("status", issue.status.clone().into()),
            ("status_at", now.into()),
            ("fixed_at", fixed.into()),
            ("updated_at", now.into()),
        ],
    )
    .await?;
    record(tx, issue.id, actor, "status", Some(&before), Some(status.as_str()), reason).await
}

/// A person or key changes the status of an issue; the change goes out at once.
///
/// # Errors
/// [`Error::NotFound`] and the refusals of the life cycle.
pub async fn change_status(
    platform: &Platform,
    company: i64,
    id: i64,
    wanted: Status,
    role: Role,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<Issue> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let tx = platform.db.begin().await?;
    tx.lock(&format!("issue:{id}")).await?;
    let mut issue = by_id(&tx, &[company], id).await?.ok_or(Error::NotFound("issue"))?;
    // The same change twice, as a retrying client sends it, is done once.
    if issue.status() == wanted {
        return Ok(issue);
    }
    issue.status().check_change(wanted, role, reason)?;
    set_status(&tx, &mut issue, wanted, actor, reason).await?;
    push::of_issue(platform, &tx, &issue, &actor.name, reason).await?;
    tx.commit().await?;
    Ok(issue)
}
