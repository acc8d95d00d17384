//! Logging in with a name and a password: that of a managed user first, then that of a directory.

use sea_orm::FromQueryResult;
use storage::{Sql, params};

use crate::user::User;
use crate::{Identity, LoginError, PasswordChangeError, password};

#[derive(FromQueryResult)]
struct Hash {
    password_hash: String,
}

impl Identity {
    /// The managed user with this name and password.
    async fn managed(&self, username: &str, password: &str) -> Result<User, LoginError> {
        let text = "SELECT password_hash FROM user_account WHERE username = ? AND kind = 'MANAGED'";
        // No user has such a name, and a database may refuse to look for it.
        let username = if username.contains('\0') { "" } else { username };
        let found: Option<Hash> = self.db.row(text, params![username]).await?;
        if !password::verify(password.to_owned(), found.map(|found| found.password_hash)).await {
            return Err(LoginError::InvalidCredentials);
        }
        let user = self.user_by_name(&self.db, username).await?.ok_or(LoginError::InvalidCredentials)?;
        if user.suspended {
            return Err(LoginError::Suspended);
        }
        Ok(user)
    }

    /// A session token for the user.
    ///
    /// # Errors
    /// [`LoginError`], whose words are those of Dependency-Track.
    pub async fn login(&self, username: &str, password: &str) -> Result<String, LoginError> {
        let user = match (self.managed(username, password).await, &self.ldap) {
            (Err(LoginError::InvalidCredentials), Some(directory)) => {
                self.login_to_directory(directory, username, password).await?
            }
            (managed, _) => managed?,
        };
        if user.force_password_change {
            return Err(LoginError::ForcePasswordChange);
        }
        Ok(self.start_session(&user).await?)
    }

    /// Changes a password by whoever knows the present one. The user's sessions end.
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
        let user = match (self.managed(username, password).await, &self.ldap) {
            (Err(LoginError::InvalidCredentials), Some(directory)) => {
                self.login_to_directory(directory, username, password).await?;
                return Err(PasswordChangeError::NotManaged);
            }
            (managed, _) => managed?,
        };
        if password == new {
            return Err(PasswordChangeError::Same);
        }
        if new.is_empty() || new != confirm {
            return Err(PasswordChangeError::Mismatch);
        }
        let hash = password::hash(new.to_owned()).await?;
        let tx = self.db.begin().await.map_err(crate::Error::Storage)?;
        self.set_password(&tx, user.id, hash, false).await?;
        self.end_sessions(&tx, user.id, None).await?;
        tx.commit().await.map_err(crate::Error::Storage)?;
        Ok(())
    }
}
