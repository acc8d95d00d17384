//! People in a company.

use std::collections::HashMap;

use identity::{NewUser, User};
use sea_orm::FromQueryResult;
use storage::{Sql, Tx, params};

use super::Role;
use crate::{Error, Platform, Result};

/// A person in a company.
#[derive(Debug, Clone)]
pub struct Member {
    /// The person.
    pub user: User,
    /// The role in the company.
    pub role: Role,
    /// The first password, when the account was made in this moment.
    pub password: Option<String>,
}

/// A page of the people of a company by name, and how many there are.
pub async fn members(
    platform: &Platform,
    sql: &impl Sql,
    company: i64,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Member>, i64)> {
    #[derive(FromQueryResult)]
    struct Row {
        user_id: i64,
        role: String,
    }
    let count =
        sql.count("SELECT count(*) FROM company_member WHERE company_id = ?", params![company]).await?;
    let rows: Vec<Row> = sql
        .rows(
            "SELECT m.user_id, m.role FROM company_member m JOIN user_account u ON u.id = m.user_id \
             WHERE m.company_id = ? ORDER BY u.username LIMIT ? OFFSET ?",
            params![company, limit, offset],
        )
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
    let users = platform.identity.users_by_id(sql, &ids).await?;
    let mut users: HashMap<i64, User> = users.into_iter().map(|user| (user.id, user)).collect();
    let members = rows
        .into_iter()
        .filter_map(|row| {
            Some(Member { user: users.remove(&row.user_id)?, role: Role::parse(&row.role)?, password: None })
        })
        .collect();
    Ok((members, count))
}

/// The ids that are people of the company.
pub(crate) async fn of_company(sql: &impl Sql, company: i64, ids: &[i64]) -> Result<Vec<i64>> {
    let mut values = params![company];
    values.extend(ids.iter().map(|id| storage::Value::from(*id)));
    Ok(sql
        .column(
            &format!(
                "SELECT user_id FROM company_member WHERE company_id = ? AND user_id IN ({})",
                storage::marks(ids.len())
            ),
            values,
        )
        .await?)
}

async fn role_of(tx: &Tx, company: i64, user: i64) -> Result<Option<Role>> {
    let word: Option<String> = tx
        .scalar(
            "SELECT role FROM company_member WHERE company_id = ? AND user_id = ?",
            params![company, user],
        )
        .await?;
    Ok(word.as_deref().and_then(Role::parse))
}

/// Nobody gives or takes a role above the own one, and a company keeps an owner.
async fn check(tx: &Tx, company: i64, own: Role, before: Option<Role>, after: Option<Role>) -> Result<()> {
    let highest = before.max(after);
    if highest.is_some_and(|role| role > own) {
        return Err(Error::Forbidden {
            message: format!(
                "a {} cannot give or take the role {}",
                own.as_str(),
                highest.map_or("", Role::as_str)
            ),
            hint: "ask somebody with that role".to_owned(),
        });
    }
    if before == Some(Role::Owner) && after != Some(Role::Owner) {
        let owners = tx
            .count(
                "SELECT count(*) FROM company_member WHERE company_id = ? AND role = ?",
                params![company, Role::Owner.as_str()],
            )
            .await?;
        if owners < 2 {
            return Err(Error::Conflict("a company needs an owner: make somebody else one first".to_owned()));
        }
    }
    Ok(())
}

async fn put(tx: &Tx, company: i64, user: i64, role: Role) -> Result<()> {
    tx.execute(
        "INSERT INTO company_member (company_id, user_id, role) VALUES (?, ?, ?) \
         ON CONFLICT (company_id, user_id) DO UPDATE SET role = excluded.role",
        params![company, user, role.as_str()],
    )
    .await?;
    Ok(())
}

/// Takes a person into a company by e-mail address; somebody without an account gets one, with a first
/// password that must be changed at the first log-in.
///
/// # Errors
/// [`Error::Invalid`] for what is no address.
pub async fn invite(
    platform: &Platform,
    company: i64,
    own: Role,
    email: &str,
    name: Option<&str>,
    role: Role,
) -> Result<Member> {
    let email = email.trim();
    let parts = email.split_once('@');
    if parts.is_none_or(|(who, host)| who.is_empty() || host.is_empty())
        || email.contains(char::is_whitespace)
    {
        return Err(Error::invalid("email", format!("{email:?} is not an e-mail address")));
    }
    let password = uuid::Uuid::new_v4().simple().to_string().chars().take(20).collect::<String>();
    // Hashing takes a while: not inside the transaction.
    let hash = platform.identity.hash_password(&password).await?;
    let tx = platform.db.begin().await?;
    tx.lock(&format!("user:{email}")).await?;
    let (id, made) = match platform.identity.user_by_name(&tx, email).await? {
        Some(user) => (user.id, false),
        None => {
            let user = NewUser {
                username: email.to_owned(),
                full_name: name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
                email: Some(email.to_owned()),
                password_hash: hash,
                suspended: false,
                force_password_change: true,
                non_expiry_password: false,
            };
            (platform.identity.create_user(&tx, user).await?, true)
        }
    };
    let before = role_of(&tx, company, id).await?;
    check(&tx, company, own, before, Some(role)).await?;
    put(&tx, company, id, role).await?;
    tx.commit().await?;
    let user = platform.identity.users_by_id(&platform.db, &[id]).await?.pop();
    let user = user.ok_or(Error::NotFound("user"))?;
    Ok(Member { user, role, password: made.then_some(password) })
}

/// Gives a person of a company another role.
///
/// # Errors
/// [`Error::NotFound`] for somebody else, and the refusals of too high a role and of the last owner.
pub async fn set_role(
    platform: &Platform,
    tx: &Tx,
    company: i64,
    own: Role,
    user: i64,
    role: Role,
) -> Result<Member> {
    let before = role_of(tx, company, user).await?.ok_or(Error::NotFound("user"))?;
    check(tx, company, own, Some(before), Some(role)).await?;
    put(tx, company, user, role).await?;
    let user = platform.identity.users_by_id(tx, &[user]).await?.pop().ok_or(Error::NotFound("user"))?;
    Ok(Member { user, role, password: None })
}

/// Takes a person out of a company, its teams and its issues; the account stays.
///
/// # Errors
/// As [`set_role`].
pub async fn remove_member(tx: &Tx, company: i64, own: Role, user: i64) -> Result<()> {
    let before = role_of(tx, company, user).await?.ok_or(Error::NotFound("user"))?;
    check(tx, company, own, Some(before), None).await?;
    for sql in [
        "DELETE FROM company_team_member WHERE user_id = ? AND team_id IN (SELECT id FROM company_team WHERE company_id = ?)",
        "DELETE FROM issue_assignee WHERE user_id = ? AND issue_id IN (SELECT id FROM issue WHERE company_id = ?)",
        "DELETE FROM api_key WHERE user_id = ? AND company_id = ?",
        "DELETE FROM company_member WHERE user_id = ? AND company_id = ?",
    ] {
        tx.execute(sql, params![user, company]).await?;
    }
    Ok(())
}
