//! The accounts of people of a directory.

use ldap3::LdapError;
use storage::{Sql, Tx, params};

use super::{LdapSettings, Person};
use crate::user::{User, UserKind};
use crate::{Identity, LoginError, Result};

/// Instead of an entry, for somebody who is no longer in the directory; the original's word.
const GONE: &str = "INVALID";

fn told(error: LdapError) -> LoginError {
    tracing::error!(%error, "the directory could not be asked");
    LoginError::Elsewhere
}

impl Identity {
    /// The user with this name and password in the directory; an account is made when accounts are made
    /// for everybody there.
    pub(crate) async fn login_to_directory(
        &self,
        directory: &LdapSettings,
        username: &str,
        password: &str,
    ) -> Result<User, LoginError> {
        if username.trim().is_empty() || username.contains('\0') || password.is_empty() {
            return Err(LoginError::InvalidCredentials);
        }
        let person = directory.authenticate(username, password).await.map_err(told)?;
        let person = person.ok_or(LoginError::InvalidCredentials)?;
        let tx = self.db.begin().await?;
        let user = self.account(&tx, UserKind::Ldap, username, directory.provisioning).await?;
        let (mut user, is_new) = user.ok_or(LoginError::UnmappedAccount)?;
        self.take_over(&tx, directory, &mut user, Some(&person)).await?;
        if is_new && !directory.team_synchronization {
            self.join_default_teams(&tx, user.id, &directory.default_teams).await?;
        }
        tx.commit().await?;
        Ok(user)
    }

    /// The account of somebody who proved elsewhere to have this name, and whether it was made now. None
    /// when there is none and none is to be made, or when the name is somebody else's here.
    pub(crate) async fn account(
        &self,
        tx: &Tx,
        kind: UserKind,
        username: &str,
        provisioning: bool,
    ) -> Result<Option<(User, bool)>> {
        tx.lock("identity users").await?;
        if let Some(user) = self.user_by_name(tx, username).await? {
            if user.kind() != kind {
                tracing::warn!(username, "somebody logs in from elsewhere with the name of another user");
                return Ok(None);
            }
            return Ok(Some((user, false)));
        }
        if !provisioning {
            return Ok(None);
        }
        self.create_user_of(tx, kind, username).await?;
        Ok(self.user_by_name(tx, username).await?.map(|user| (user, true)))
    }

    pub(crate) async fn join_default_teams(&self, tx: &Tx, user: i64, names: &[String]) -> Result<()> {
        for team in self.teams_by_name(tx, names).await? {
            self.add_member(tx, team.id, user).await?;
        }
        Ok(())
    }

    /// Writes what the directory says of somebody; without a person there is nobody.
    async fn take_over(
        &self,
        tx: &Tx,
        directory: &LdapSettings,
        user: &mut User,
        person: Option<&Person>,
    ) -> Result<()> {
        user.dn = Some(person.map_or_else(|| GONE.to_owned(), |person| person.dn.clone()));
        user.email = person.and_then(|person| person.mail.clone());
        self.update_origin(tx, user).await?;
        if directory.team_synchronization {
            let groups = person.map(|person| person.groups.as_slice()).unwrap_or_default();
            let teams = self.teams_of_ldap_groups(tx, groups).await?;
            self.set_teams(tx, user.id, &teams).await?;
        }
        Ok(())
    }

    /// Whether people of a directory can log in.
    pub fn has_directory(&self) -> bool {
        self.ldap.is_some()
    }

    /// The groups of the directory that a search finds. None when there is no directory or it does not
    /// answer; the log has why.
    pub async fn directory_groups(&self, search: Option<&str>) -> Option<Vec<String>> {
        let found = self.ldap.as_ref()?.groups(search).await;
        found
            .inspect_err(|error| tracing::error!(%error, "the groups of the directory could not be read"))
            .ok()
    }

    /// Brings what is known of every user of the directory up to date. How many there are.
    ///
    /// # Errors
    /// [`crate::Error::Directory`] when it does not answer; those who were asked for before are done.
    pub async fn synchronize_directory(&self) -> Result<usize> {
        let Some(directory) = &self.ldap else { return Ok(0) };
        let text = "SELECT username FROM user_account WHERE kind = 'LDAP' ORDER BY id";
        let names: Vec<String> = self.db.column(text, params![]).await?;
        if names.is_empty() {
            return Ok(0);
        }
        let told = |error: LdapError| crate::Error::Directory(error.to_string());
        let mut session = directory.searcher().await.map_err(told)?;
        for name in &names {
            let person = session.person(name).await.map_err(told)?;
            let tx = self.db.begin().await?;
            // It may have been deleted meanwhile.
            if let Some(mut user) = self.user_by_name(&tx, name).await? {
                self.take_over(&tx, directory, &mut user, person.as_ref()).await?;
                tx.commit().await?;
            }
        }
        Ok(names.len())
    }
}
