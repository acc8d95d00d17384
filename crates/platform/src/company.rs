//! Companies and who may do what in them.

use identity::{Principal, PrincipalKind};
use sea_orm::FromQueryResult;
use storage::{Sql, now_ms, params, settings};

use crate::{Error, Platform, Result};

/// A role in a company; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees everything of the company.
    Reader,
    /// Also moves issues to In Progress and Awaiting Validation.
    Developer,
    /// Also decides (Risk Accepted, False Positive, Suppressed), edits assets, starts syncs.
    Manager,
    /// Also integrations, users and keys.
    Admin,
    /// Also deletes the company.
    Owner,
}

impl Role {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "READER",
            Role::Developer => "DEVELOPER",
            Role::Manager => "MANAGER",
            Role::Admin => "ADMIN",
            Role::Owner => "OWNER",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Role> {
        [Role::Reader, Role::Developer, Role::Manager, Role::Admin, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

/// A company.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Company {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub label: String,
    /// What it is.
    pub description: Option<String>,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

const SELECT: &str = "SELECT id, label, description, created_at, updated_at FROM company";

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
        PrincipalKind::CompanyKey { company_id, role, .. } => {
            vec![Row { company_id: *company_id, role: role.clone() }]
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

/// The caller's role in a company, which must be at least `needed`.
///
/// # Errors
/// [`Error::NotFound`] when the company is not the caller's, [`Error::Forbidden`] when the role is too low.
pub async fn require(sql: &impl Sql, principal: &Principal, company: i64, needed: Role) -> Result<Role> {
    let companies = of(sql, principal).await?;
    let (_, role) = companies.iter().find(|(own, _)| own.id == company).ok_or(Error::NotFound("company"))?;
    if *role < needed {
        return Err(Error::Forbidden {
            message: format!("this needs the role {}, yours is {}", needed.as_str(), role.as_str()),
            hint: "ask an administrator of the company".to_owned(),
        });
    }
    Ok(*role)
}
