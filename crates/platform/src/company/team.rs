//! Teams of people in a company, which answer for assets.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params, sql::like};

use super::member;
use crate::{Error, Result};

/// A team.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Team {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub company_id: i64,
    /// Its name.
    pub label: String,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// What a team is to be.
#[derive(Debug)]
pub struct TeamChange {
    /// Its name, unique in the company.
    pub label: String,
    /// Its people; none leaves them as they are.
    pub members: Option<Vec<i64>>,
}

const COLUMNS: &str = "t.id, t.company_id, t.label, t.created_at, t.updated_at";

/// A page of the teams of a company by name, and how many there are.
pub async fn teams(
    sql: &impl Sql,
    company: i64,
    label: Option<&str>,
    part: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Team>, i64)> {
    let mut conditions = "t.company_id = ?".to_owned();
    let mut values = params![company];
    if let Some(label) = label {
        conditions.push_str(" AND t.label = ?");
        values.push(label.into());
    }
    if let Some(part) = part {
        conditions.push_str(" AND lower(t.label) LIKE ? ESCAPE '\\'");
        values.push(like(part).into());
    }
    let count =
        sql.count(&format!("SELECT count(*) FROM company_team t WHERE {conditions}"), values.clone()).await?;
    values.extend(params![limit, offset]);
    let rows = sql
        .rows(
            &format!(
                "SELECT {COLUMNS} FROM company_team t WHERE {conditions} ORDER BY lower(t.label), t.id LIMIT ? OFFSET ?"
            ),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// The team, when it is of one of these companies.
pub async fn team_by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Team>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(
            &format!("SELECT {COLUMNS} FROM company_team t WHERE t.company_id IN ({list}) AND t.id = ?"),
            values,
        )
        .await?)
}

/// The people of these teams.
pub async fn team_members(sql: &impl Sql, teams: &[i64]) -> Result<HashMap<i64, Vec<i64>>> {
    #[derive(FromQueryResult)]
    struct Row {
        team_id: i64,
        user_id: i64,
    }
    let values = teams.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT team_id, user_id FROM company_team_member WHERE team_id IN ({}) ORDER BY user_id",
        marks(teams.len())
    );
    let mut out: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in sql.rows::<Row>(&text, values).await? {
        out.entry(row.team_id).or_default().push(row.user_id);
    }
    Ok(out)
}

/// The teams that answer for these assets.
pub async fn teams_of_assets(sql: &impl Sql, assets: &[i64]) -> Result<HashMap<i64, Vec<Team>>> {
    #[derive(FromQueryResult)]
    struct Row {
        asset_id: i64,
        #[sea_orm(nested)]
        team: Team,
    }
    let values = assets.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT s.asset_id, {COLUMNS} FROM asset_team s JOIN company_team t ON t.id = s.team_id \
         WHERE s.asset_id IN ({}) ORDER BY lower(t.label), t.id",
        marks(assets.len())
    );
    let mut out: HashMap<i64, Vec<Team>> = HashMap::new();
    for row in sql.rows::<Row>(&text, values).await? {
        out.entry(row.asset_id).or_default().push(row.team);
    }
    Ok(out)
}

/// Makes a team; its id.
pub async fn create_team(tx: &Tx, company: i64, change: &TeamChange) -> Result<i64> {
    let label = checked(tx, company, 0, change).await?;
    let now = now_ms();
    let row = [
        ("company_id", company.into()),
        ("label", label.into()),
        ("created_at", now.into()),
        ("updated_at", now.into()),
    ];
    let id = tx.insert("company_team", &row).await?;
    set_members(tx, company, id, change).await?;
    Ok(id)
}

/// Changes a team.
pub async fn update_team(tx: &Tx, team: &Team, change: &TeamChange) -> Result<()> {
    let label = checked(tx, team.company_id, team.id, change).await?;
    tx.update("company_team", team.id, &[("label", label.into()), ("updated_at", now_ms().into())]).await?;
    set_members(tx, team.company_id, team.id, change).await
}

/// Deletes a team.
pub async fn delete_team(tx: &Tx, team: i64) -> Result<()> {
    tx.execute("DELETE FROM company_team WHERE id = ?", params![team]).await?;
    Ok(())
}

async fn checked(tx: &Tx, company: i64, own: i64, change: &TeamChange) -> Result<String> {
    let label = change.label.trim();
    if label.is_empty() {
        return Err(Error::invalid("label", "a team needs a name"));
    }
    tx.lock(&format!("teams:{company}")).await?;
    let others = tx
        .count(
            "SELECT count(*) FROM company_team WHERE company_id = ? AND label = ? AND id <> ?",
            params![company, label, own],
        )
        .await?;
    if others > 0 {
        return Err(Error::Conflict(format!("there is a team {label:?} already")));
    }
    Ok(label.to_owned())
}

async fn set_members(tx: &Tx, company: i64, team: i64, change: &TeamChange) -> Result<()> {
    let Some(wanted) = &change.members else { return Ok(()) };
    let known = member::of_company(tx, company, wanted).await?;
    if let Some(unknown) = wanted.iter().find(|id| !known.contains(id)) {
        return Err(Error::invalid("allowedPortalUserIds", format!("{unknown} is nobody of this company")));
    }
    tx.execute("DELETE FROM company_team_member WHERE team_id = ?", params![team]).await?;
    let rows = known.into_iter().map(|user| params![team, user]).collect();
    tx.insert_many("company_team_member", &["team_id", "user_id"], rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}
