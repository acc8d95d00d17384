//! Companies and who may do what in them.

mod member;
mod role;
mod team;

pub(crate) use member::of_company;
pub use member::{Member, invite, members, remove_member, set_role};
pub use role::{Action, Role, table};
pub use team::{
    Team, TeamChange, create_team, delete_team, team_by_id, team_members, teams, teams_of_assets, update_team,
};

use identity::{Principal, PrincipalKind};
use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, now_ms, params, settings};

use crate::{Error, Platform, Result};

/// A company.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Company {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub label: String,
    /// What it is.
    pub description: Option<String>,
    /// Whom to write to.
    pub contact_email: Option<String>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

const SELECT: &str =
    "SELECT id, label, description, contact_email, contact_name, created_at, updated_at FROM company";

pub(crate) async fn make_default(platform: &Platform) -> Result<()> {
    let tx = platform.db.begin().await?;
    tx.lock("platform defaults").await?;
    if settings::get(&tx, "platform_defaults").await?.is_none() {
        let now = now_ms();
        let row = [("label", "Default".into()), ("created_at", now.into()), ("updated_at", now.into())];
        let company = tx.insert("company", &row).await?;
        let admin = platform.identity.user_by_name(&tx, "admin").await?;
        if let Some(admin) = admin {
            tx.execute(
                "INSERT INTO company_member (company_id, user_id, role) VALUES (?, ?, ?)",
                params![company, admin.id, Role::Owner.as_str()],
            )
            .await?;
        }
        settings::set(&tx, "platform_defaults", "1").await?;
    }
    tx.commit().await?;
    Ok(())
}

pub(crate) async fn by_label(sql: &impl Sql, label: &str) -> Result<Option<i64>> {
    Ok(sql.scalar("SELECT id FROM company WHERE label = ?", params![label]).await?)
}

/// The company with this id.
pub async fn by_id(sql: &impl Sql, id: i64) -> Result<Option<Company>> {
    Ok(sql.row(&format!("{SELECT} WHERE id = ?"), params![id]).await?)
}

/// The companies of a caller, with the role in each, by label.
pub async fn of(sql: &impl Sql, principal: &Principal) -> Result<Vec<(Company, Role)>> {
    #[derive(FromQueryResult)]
    struct Row {
        company_id: i64,
        role: String,
    }
    let roles: Vec<Row> = match &principal.kind {
        PrincipalKind::User { id, .. } => {
            sql.rows("SELECT company_id, role FROM company_member WHERE user_id = ?", params![*id]).await?
        }
        PrincipalKind::CompanyKey { company_id, role, user: None, .. } => {
            vec![Row { company_id: *company_id, role: role.clone() }]
        }
        // A person's key can do no more than the person, and nothing once the person has left.
        PrincipalKind::CompanyKey { company_id, role, user: Some((id, _)), .. } => {
            let own: Option<String> = sql
                .scalar(
                    "SELECT role FROM company_member WHERE company_id = ? AND user_id = ?",
                    params![*company_id, *id],
                )
                .await?;
            let least = own.as_deref().and_then(Role::parse).zip(Role::parse(role)).map(|(a, b)| a.min(b));
            least
                .map(|role| Row { company_id: *company_id, role: role.as_str().to_owned() })
                .into_iter()
                .collect()
        }
        // A key of a team belongs to the analyzer.
        PrincipalKind::TeamKey { .. } => Vec::new(),
    };
    let values = roles.iter().map(|row| row.company_id.into()).collect();
    let list = storage::marks(roles.len());
    let companies: Vec<Company> =
        sql.rows(&format!("{SELECT} WHERE id IN ({list}) ORDER BY label"), values).await?;
    Ok(companies
        .into_iter()
        .filter_map(|company| {
            let role = roles.iter().find(|row| row.company_id == company.id)?;
            Some((company, Role::parse(&role.role)?))
        })
        .collect())
}

/// What can be set of a company; none leaves it as it is.
#[derive(Debug, Default)]
pub struct Change {
    /// Its name, unique.
    pub label: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Whom to write to.
    pub contact_email: Option<String>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
}

/// Makes a company that belongs to a user; its id.
///
/// # Errors
/// [`Error::Invalid`] without a name, [`Error::Conflict`] when the name is taken.
pub async fn create(tx: &Tx, owner: i64, change: &Change) -> Result<i64> {
    let label = change.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let label = label.ok_or_else(|| Error::invalid("label", "a company needs a name"))?;
    taken(tx, label, 0).await?;
    let now = now_ms();
    let id = tx
        .insert("company", &[("label", label.into()), ("created_at", now.into()), ("updated_at", now.into())])
        .await?;
    update(tx, id, change).await?;
    tx.execute(
        "INSERT INTO company_member (company_id, user_id, role) VALUES (?, ?, ?)",
        params![id, owner, Role::Owner.as_str()],
    )
    .await?;
    Ok(id)
}

/// Whether another company has the name. Names are the installation's: that one is taken can be told.
async fn taken(tx: &Tx, label: &str, own: i64) -> Result<()> {
    tx.lock("company labels").await?;
    let others =
        tx.count("SELECT count(*) FROM company WHERE label = ? AND id <> ?", params![label, own]).await?;
    if others > 0 {
        return Err(Error::Conflict(format!("the name {label:?} is taken: choose another")));
    }
    Ok(())
}

/// Changes what is given of a company.
///
/// # Errors
/// As [`create`].
pub async fn update(tx: &Tx, id: i64, change: &Change) -> Result<()> {
    let mut row: Vec<(&str, Value)> = vec![("updated_at", now_ms().into())];
    if let Some(label) = change.label.as_deref().map(str::trim) {
        if label.is_empty() {
            return Err(Error::invalid("label", "a company needs a name"));
        }
        taken(tx, label, id).await?;
        row.push(("label", label.into()));
    }
    let texts = [
        ("description", &change.description),
        ("contact_email", &change.contact_email),
        ("contact_name", &change.contact_name),
    ];
    for (column, value) in texts {
        if let Some(value) = value.as_deref().map(str::trim) {
            row.push((column, Some(value.to_owned()).filter(|text| !text.is_empty()).into()));
        }
    }
    tx.update("company", id, &row).await?;
    Ok(())
}

/// Deletes a company with everything in it, when its name is given.
///
/// # Errors
/// [`Error::Invalid`] when the name is another one.
pub async fn delete(tx: &Tx, company: &Company, label: &str) -> Result<()> {
    if company.label != label.trim() {
        return Err(Error::invalid("label", "write the company's name to confirm"));
    }
    tx.execute("DELETE FROM api_key WHERE company_id = ?", params![company.id]).await?;
    tx.execute("DELETE FROM company WHERE id = ?", params![company.id]).await?;
    Ok(())
}

/// The caller's role in a company, which must allow the action.
///
/// # Errors
/// [`Error::NotFound`] when the company is not the caller's, [`Error::Forbidden`] when the role is too low.
pub async fn require(sql: &impl Sql, principal: &Principal, company: i64, action: Action) -> Result<Role> {
    let companies = of(sql, principal).await?;
    let (_, role) = companies.iter().find(|(own, _)| own.id == company).ok_or(Error::NotFound("company"))?;
    allowed(*role, action)
}

/// Whether a role allows an action.
///
/// # Errors
/// [`Error::Forbidden`] when it does not.
pub fn allowed(role: Role, action: Action) -> Result<Role> {
    if role < action.needs() {
        return Err(Error::Forbidden {
            message: format!(
                "to {} needs the role {}, yours is {}",
                action.words(),
                action.needs().as_str(),
                role.as_str()
            ),
            hint: "ask an administrator of the company".to_owned(),
        });
    }
    Ok(role)
}
