//! Logging in with a name and a password.

use sea_orm::FromQueryResult;
use storage::{Sql, params};

use crate::{Identity, LoginError, PasswordChangeError, password};

#[derive(FromQueryResult)]
struct Account {
    id: i64,
    username: String,
    password_hash: String,
    suspended: bool,
    force_password_change: bool,
}

impl Identity {
    async fn account(&self, username: &str, password: &str) -> Result<Account, LoginError> {
        let account: Option<Account> = self
            .db
            .row(
                "SELECT id, username, password_hash, suspended, force_password_change FROM user_account \
                 WHERE username = ?",
                params![username],
            )
            .await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let right = password::verify(password.to_owned(), hash).await;
        let account = account.filter(|_| right).ok_or(LoginError::InvalidCredentials)?;
        if account.suspended {
            return Err(LoginError::Suspended);
        }
        Ok(account)
    }

    /// A session token for the user.
    ///
    /// # Errors
    /// [`LoginError`], whose words are those of Dependency-Track.
    pub async fn login(&self, username: &str, password: &str) -> Result<String, LoginError> {
        let account = self.account(username, password).await?;
        if account.force_password_change {
            return Err(LoginError::ForcePasswordChange);
        }
        let permissions = self.effective_permissions(&self.db, account.id).await?;
        Ok(self.tokens.issue(&account.username, permissions)?)
    }

    /// Changes a password by whoever knows the present one.
    ///
    /// # Errors
    /// [`PasswordChangeError`]; nothing is changed then.
    pub async fn change_password(
        &self,
        username: &str,
        password: &str,
        new: &str,
        confirm: &str,
    ) -> Result<(), PasswordChangeError> {
        let account = self.account(username, password).await?;
        if password == new {
            return Err(PasswordChangeError::Same);
        }
        if new.is_empty() || new != confirm {
            return Err(PasswordChangeError::Mismatch);
        }
        let hash = password::hash(new.to_owned()).await?;
        let tx = self.db.begin().await.map_err(crate::Error::Storage)?;
        self.set_password(&tx, account.id, hash, false).await?;
        tx.commit().await.map_err(crate::Error::Storage)?;
        Ok(())
    }
}
