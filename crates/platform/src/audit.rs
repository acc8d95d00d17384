//! The audit log of a company: who changed what, from where. Secrets are never part of it.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, now_ms, params};

use crate::Result;

/// An entry.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// When (epoch milliseconds).
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done, `asset.update`.
    pub action: String,
    /// To what, `asset 12`.
    pub target: String,
    /// From which network address.
    pub address: Option<String>,
    /// More about it.
    pub detail: Option<String>,
}

/// Who does something, and from where.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name of the person or key.
    pub actor: String,
    /// The network address.
    pub address: Option<String>,
}

/// Writes an entry, in the transaction of the change.
pub(crate) async fn write(
    tx: &Tx,
    company: i64,
    who: &Who,
    action: &str,
    target: &str,
    detail: Option<String>,
) -> Result<()> {
    tx.insert(
        "audit_entry",
        &[
            ("company_id", company.into()),
            ("at", now_ms().into()),
            ("actor", who.actor.clone().into()),
            ("action", action.into()),
            ("target", target.into()),
            ("address", who.address.clone().into()),
            ("detail", detail.into()),
        ],
    )
    .await?;
    Ok(())
}

/// A page of the log, newest first, and how many entries there are.
pub async fn list(sql: &impl Sql, company: i64, offset: i64, limit: i64) -> Result<(Vec<Entry>, i64)> {
    let count = sql.count("SELECT count(*) FROM audit_entry WHERE company_id = ?", params![company]).await?;
    let rows = sql
        .rows(
            "SELECT id, at, actor, action, target, address, detail FROM audit_entry WHERE company_id = ? \
             ORDER BY id DESC LIMIT ? OFFSET ?",
            params![company, limit, offset],
        )
        .await?;
    Ok((rows, count))
}
