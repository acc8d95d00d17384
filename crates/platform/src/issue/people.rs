//! Who works on an issue, and what they say about it.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

use super::{Actor, Issue, record};
use crate::{Error, Platform, Result};

/// What somebody said.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Comment {
    /// Its id.
    pub id: i64,
    /// About which issue.
    pub issue_id: i64,
    /// When (epoch milliseconds).
    pub at: i64,
    /// Who.
    pub actor: String,
    /// The person, when it is one.
    pub user_id: Option<i64>,
    /// Plain text.
    pub body: String,
}

const COMMENT: &str = "id, issue_id, at, actor, user_id, body FROM issue_comment";
/// How long a comment may be, in bytes.
const LONGEST: usize = 20_000;

/// The comments on these issues, oldest first.
pub async fn comments(sql: &impl Sql, issues: &[i64]) -> Result<Vec<Comment>> {
    let values = issues.iter().map(|id| (*id).into()).collect();
    let list = marks(issues.len());
    Ok(sql.rows(&format!("SELECT {COMMENT} WHERE issue_id IN ({list}) ORDER BY id"), values).await?)
}

/// The comment with this id.
pub async fn comment_by_id(sql: &impl Sql, id: i64) -> Result<Option<Comment>> {
    Ok(sql.row(&format!("SELECT {COMMENT} WHERE id = ?"), params![id]).await?)
}

/// Says something about an issue; the id of the comment.
///
/// # Errors
/// [`Error::Invalid`] for nothing and for too much.
pub async fn comment(tx: &Tx, issue: &Issue, actor: &Actor, text: &str) -> Result<i64> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Err(Error::invalid("text", format!("write something, up to {LONGEST} bytes")));
    }
    let id = tx
        .insert(
            "issue_comment",
            &[
                ("issue_id", issue.id.into()),
                ("at", now_ms().into()),
                ("actor", actor.name.clone().into()),
                ("user_id", actor.user.into()),
                ("body", text.into()),
            ],
        )
        .await?;
    record(tx, issue.id, actor, "comment", None, None, Some(text)).await?;
    tx.update("issue", issue.id, &[("updated_at", now_ms().into())]).await?;
    Ok(id)
}

/// The people these issues are assigned to.
pub async fn assignees(sql: &impl Sql, issues: &[i64]) -> Result<HashMap<i64, Vec<i64>>> {
    #[derive(FromQueryResult)]
    struct Row {
        issue_id: i64,
        user_id: i64,
    }
    let values = issues.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT issue_id, user_id FROM issue_assignee WHERE issue_id IN ({}) ORDER BY user_id",
        marks(issues.len())
    );
    let mut out: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in sql.rows::<Row>(&text, values).await? {
        out.entry(row.issue_id).or_default().push(row.user_id);
    }
    Ok(out)
}

/// Assigns an issue to exactly these people of its company.
///
/// # Errors
/// [`Error::Invalid`] for somebody else.
pub async fn assign(platform: &Platform, tx: &Tx, issue: &Issue, actor: &Actor, users: &[i64]) -> Result<()> {
    let mut wanted = users.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let known = crate::company::of_company(tx, issue.company_id, &wanted).await?;
    if let Some(unknown) = wanted.iter().find(|id| !known.contains(id)) {
        return Err(Error::invalid("userIds", format!("{unknown} is nobody of this company")));
    }
    let before = assignees(tx, &[issue.id]).await?.remove(&issue.id).unwrap_or_default();
    if before == wanted {
        return Ok(());
    }
    let names: HashMap<i64, String> = platform
        .identity
        .users_by_id(tx, &[before.clone(), wanted.clone()].concat())
        .await?
        .into_iter()
        .map(|user| (user.id, user.username))
        .collect();
    let shown = |ids: &[i64]| {
        let names: Vec<&str> = ids.iter().filter_map(|id| names.get(id).map(String::as_str)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    tx.execute("DELETE FROM issue_assignee WHERE issue_id = ?", params![issue.id]).await?;
    let rows = wanted.iter().map(|user| params![issue.id, *user]).collect();
    tx.insert_many("issue_assignee", &["issue_id", "user_id"], rows, "ON CONFLICT DO NOTHING").await?;
    let (from, to) = (shown(&before), shown(&wanted));
    record(tx, issue.id, actor, "assignees", from.as_deref(), to.as_deref(), None).await?;
    tx.update("issue", issue.id, &[("updated_at", now_ms().into())]).await?;
    Ok(())
}
