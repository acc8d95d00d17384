//! Sessions: what makes a token valid, and ends it.

use storage::{Tx, now_ms, params};

use crate::user::User;
use crate::{Identity, Result, token};

impl Identity {
    /// A token for a new session of this user.
    pub(crate) async fn start_session(&self, user: &User) -> Result<String> {
        let permissions = self.effective_permissions(&self.db, user.id).await?;
        let id = uuid::Uuid::new_v4().to_string();
        let now = now_ms();
        let tx = self.db.begin().await?;
        tx.execute("DELETE FROM user_session WHERE expires_at < ?", params![now]).await?;
        let text = "INSERT INTO user_session (id, user_id, expires_at) VALUES (?, ?, ?)";
        tx.execute(text, params![id.clone(), user.id, now + token::LIFETIME_S * 1_000]).await?;
        tx.commit().await?;
        self.tokens.issue(&user.username, permissions, user.kind().idp(), &id)
    }

    /// Ends a session: its token is no longer valid. One that is over already is passed over.
    pub async fn end_session(&self, session: &str) -> Result<()> {
        let tx = self.db.begin().await?;
        tx.execute("DELETE FROM user_session WHERE id = ?", params![session]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the sessions of a user, but this one.
    pub async fn end_sessions(&self, tx: &Tx, user: i64, but: Option<&str>) -> Result<()> {
        let text = "DELETE FROM user_session WHERE user_id = ? AND id <> ?";
        tx.execute(text, params![user, but.unwrap_or_default()]).await?;
        Ok(())
    }
}
