//! People: with a password here, or known from a directory or a provider of OpenID Connect.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params, sql::like};

use crate::team::{Granted, by_holder};
use crate::{Identity, Permission, PermissionSet, Result, Team, password};

/// Where a user comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Managed here, with a password.
    Managed,
    /// From an LDAP directory.
    Ldap,
    /// From a provider of OpenID Connect.
    Oidc,
}

impl UserKind {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            UserKind::Managed => "MANAGED",
            UserKind::Ldap => "LDAP",
            UserKind::Oidc => "OIDC",
        }
    }

    /// The word in session tokens.
    pub(crate) fn idp(self) -> &'static str {
        match self {
            UserKind::Managed => "LOCAL",
            UserKind::Ldap => "LDAP",
            UserKind::Oidc => "OPENID_CONNECT",
        }
    }
}

/// A person with an account.
#[derive(Debug, Clone, FromQueryResult)]
pub struct User {
    /// The id inside.
    pub id: i64,
    /// The name to log in with, unique.
    pub username: String,
    /// The full name.
    pub full_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// When the password was last set (epoch milliseconds).
    pub last_password_change: i64,
    /// Whether the account is shut.
    pub suspended: bool,
    /// Whether the password must be changed at the next login.
    pub force_password_change: bool,
    /// Whether the password never expires.
    pub non_expiry_password: bool,
    /// When the account was made (epoch milliseconds).
    pub created_at: i64,
    pub(crate) kind: String,
    /// The entry of a user of a directory, or a word while it is unknown.
    pub dn: Option<String>,
    /// Who a user of OpenID Connect is at the provider.
    pub subject: Option<String>,
}

impl User {
    /// Where the user comes from.
    pub fn kind(&self) -> UserKind {
        match self.kind.as_str() {
            "LDAP" => UserKind::Ldap,
            "OIDC" => UserKind::Oidc,
            _ => UserKind::Managed,
        }
    }
}

/// A person to be added.
pub struct NewUser {
    /// The name to log in with.
    pub username: String,
    /// The full name.
    pub full_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// From [`Identity::hash_password`].
    pub password_hash: String,
    /// Whether the account is shut.
    pub suspended: bool,
    /// Whether the password must be changed at the first login.
    pub force_password_change: bool,
    /// Whether the password never expires.
    pub non_expiry_password: bool,
}

const COLUMNS: &str = "id, username, full_name, email, last_password_change, suspended, \
     force_password_change, non_expiry_password, created_at, kind, dn, subject";

/// The entry of a user that was never looked up in the directory; the original's word.
const NOT_SYNCED: &str = "Syncing...";

impl Identity {
    /// The stored form of a password. Takes tens of milliseconds; call it before a transaction.
    pub async fn hash_password(&self, password: &str) -> Result<String> {
        password::hash(password.to_owned()).await
    }

    /// The user with this name.
    pub async fn user_by_name(&self, sql: &impl Sql, username: &str) -> Result<Option<User>> {
        Ok(sql
            .row(&format!("SELECT {COLUMNS} FROM user_account WHERE username = ?"), params![username])
            .await?)
    }

    /// The users with these ids.
    pub async fn users_by_id(&self, sql: &impl Sql, ids: &[i64]) -> Result<Vec<User>> {
        let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
        Ok(sql
            .rows(
                &format!(
                    "SELECT {COLUMNS} FROM user_account WHERE id IN ({}) ORDER BY username",
                    marks(ids.len())
                ),
                values,
            )
            .await?)
    }

    /// A page of the users of a kind by name, of those whose name has `search` in it, and how many
    /// there are.
    pub async fn users(
        &self,
        sql: &impl Sql,
        kind: UserKind,
        search: &str,
        (offset, limit): (i64, i64),
    ) -> Result<(Vec<User>, i64)> {
        let from = "FROM user_account WHERE kind = ? AND lower(username) LIKE ? ESCAPE '\\'";
        let values = params![kind.as_str(), like(search)];
        let text = format!("SELECT {COLUMNS} {from} ORDER BY username LIMIT ? OFFSET ?");
        let rows = sql.rows(&text, [values.clone(), params![limit, offset]].concat()).await?;
        Ok((rows, sql.count(&format!("SELECT count(*) {from}"), values).await?))
    }

    /// Adds a user and returns the id.
    ///
    /// # Errors
    /// [`storage::Error::is_unique_violation`] when the name is taken.
    pub async fn create_user(&self, tx: &Tx, user: NewUser) -> Result<i64> {
        let now = now_ms();
        Ok(tx
            .insert(
                "user_account",
                &[
                    ("username", user.username.into()),
                    ("full_name", user.full_name.into()),
                    ("email", user.email.into()),
                    ("password_hash", user.password_hash.into()),
                    ("last_password_change", now.into()),
                    ("suspended", user.suspended.into()),
                    ("force_password_change", user.force_password_change.into()),
                    ("non_expiry_password", user.non_expiry_password.into()),
                    ("created_at", now.into()),
                ],
            )
            .await?)
    }

    /// Adds a user without a password here, and returns the id.
    ///
    /// # Errors
    /// [`storage::Error::is_unique_violation`] when the name is taken.
    pub async fn create_user_of(&self, tx: &Tx, kind: UserKind, username: &str) -> Result<i64> {
        let now = now_ms();
        let dn = (kind == UserKind::Ldap).then_some(NOT_SYNCED);
        Ok(tx
            .insert(
                "user_account",
                &[
                    ("username", username.into()),
                    // No password has this hash.
                    ("password_hash", "".into()),
                    ("last_password_change", now.into()),
                    ("suspended", false.into()),
                    ("force_password_change", false.into()),
                    ("non_expiry_password", true.into()),
                    ("created_at", now.into()),
                    ("kind", kind.as_str().into()),
                    ("dn", dn.into()),
                ],
            )
            .await?)
    }

    /// Writes what a directory or a provider says of a user.
    pub(crate) async fn update_origin(&self, tx: &Tx, user: &User) -> Result<()> {
        tx.update(
            "user_account",
            user.id,
            &[
                ("dn", user.dn.clone().into()),
                ("subject", user.subject.clone().into()),
                ("email", user.email.clone().into()),
            ],
        )
        .await?;
        Ok(())
    }

    /// Writes the editable fields of a user.
    pub async fn update_user(&self, tx: &Tx, user: &User) -> Result<()> {
        tx.update(
            "user_account",
            user.id,
            &[
                ("full_name", user.full_name.clone().into()),
                ("email", user.email.clone().into()),
                ("suspended", user.suspended.into()),
                ("force_password_change", user.force_password_change.into()),
                ("non_expiry_password", user.non_expiry_password.into()),
            ],
        )
        .await?;
        Ok(())
    }

    /// Sets a password (its hash) and whether it must be changed at the next login. Sessions that
    /// began with the old one are to be ended: [`Identity::end_sessions`].
    pub async fn set_password(&self, tx: &Tx, user: i64, hash: String, force_change: bool) -> Result<()> {
        tx.update(
            "user_account",
            user,
            &[
                ("password_hash", hash.into()),
                ("last_password_change", now_ms().into()),
                ("force_password_change", force_change.into()),
            ],
        )
        .await?;
        Ok(())
    }

    /// Removes a user. Says whether there was one.
    pub async fn delete_user(&self, tx: &Tx, user: i64) -> Result<bool> {
        Ok(tx.execute("DELETE FROM user_account WHERE id = ?", params![user]).await? > 0)
    }

    /// The teams a user is in, by name.
    pub async fn teams_of_user(&self, sql: &impl Sql, user: i64) -> Result<Vec<Team>> {
        Ok(sql
            .rows(
                "SELECT t.id, t.uuid, t.name FROM team t JOIN team_member m ON m.team_id = t.id \
                 WHERE m.user_id = ? ORDER BY t.name, t.id",
                params![user],
            )
            .await?)
    }

    /// The teams that these users are in, by user, then by name.
    pub async fn teams_of_users(&self, sql: &impl Sql, users: &[i64]) -> Result<HashMap<i64, Vec<Team>>> {
        #[derive(FromQueryResult)]
        struct Row {
            user_id: i64,
            #[sea_orm(nested)]
            team: Team,
        }
        let text = format!(
            "SELECT m.user_id, t.id, t.uuid, t.name FROM team t JOIN team_member m ON m.team_id = t.id \
             WHERE m.user_id IN ({}) ORDER BY t.name, t.id",
            marks(users.len())
        );
        let rows: Vec<Row> = sql.rows(&text, users.iter().map(|id| (*id).into()).collect()).await?;
        let mut out: HashMap<i64, Vec<Team>> = HashMap::new();
        for row in rows {
            out.entry(row.user_id).or_default().push(row.team);
        }
        Ok(out)
    }

    /// Makes a user a member of exactly these teams. False when that was so already.
    pub async fn set_teams(&self, tx: &Tx, user: i64, teams: &[i64]) -> Result<bool> {
        let before: Vec<i64> =
            tx.column("SELECT team_id FROM team_member WHERE user_id = ?", params![user]).await?;
        let mut changed = false;
        for team in before.iter().filter(|team| !teams.contains(team)) {
            changed |= self.remove_member(tx, *team, user).await?;
        }
        for team in teams.iter().filter(|team| !before.contains(team)) {
            changed |= self.add_member(tx, *team, user).await?;
        }
        Ok(changed)
    }

    /// Puts a user into a team. False when already there.
    pub async fn add_member(&self, tx: &Tx, team: i64, user: i64) -> Result<bool> {
        let sql = "INSERT INTO team_member (team_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING";
        Ok(tx.execute(sql, params![team, user]).await? > 0)
    }

    /// Takes a user out of a team. False when not there.
    pub async fn remove_member(&self, tx: &Tx, team: i64, user: i64) -> Result<bool> {
        let sql = "DELETE FROM team_member WHERE team_id = ? AND user_id = ?";
        Ok(tx.execute(sql, params![team, user]).await? > 0)
    }

    /// Grants a permission to a user directly. False when already granted.
    pub async fn grant_to_user(&self, tx: &Tx, user: i64, permission: Permission) -> Result<bool> {
        let sql = "INSERT INTO user_permission (user_id, permission) VALUES (?, ?) ON CONFLICT DO NOTHING";
        Ok(tx.execute(sql, params![user, permission.as_str()]).await? > 0)
    }

    /// Takes a directly granted permission away. False when there was none.
    pub async fn revoke_from_user(&self, tx: &Tx, user: i64, permission: Permission) -> Result<bool> {
        let sql = "DELETE FROM user_permission WHERE user_id = ? AND permission = ?";
        Ok(tx.execute(sql, params![user, permission.as_str()]).await? > 0)
    }

    /// The permissions granted directly to these users, by user.
    pub async fn permissions_of_users(
        &self,
        sql: &impl Sql,
        users: &[i64],
    ) -> Result<HashMap<i64, PermissionSet>> {
        let text = format!(
            "SELECT user_id AS id, permission FROM user_permission WHERE user_id IN ({})",
            marks(users.len())
        );
        let rows: Vec<Granted> = sql.rows(&text, users.iter().map(|id| (*id).into()).collect()).await?;
        Ok(by_holder(&rows))
    }

    /// Grants exactly these permissions to a user directly. False when that was so already.
    pub async fn set_permissions_of_user(&self, tx: &Tx, user: i64, wanted: PermissionSet) -> Result<bool> {
        if self.permissions_of_user(tx, user).await? == wanted {
            return Ok(false);
        }
        tx.execute("DELETE FROM user_permission WHERE user_id = ?", params![user]).await?;
        for permission in wanted.iter() {
            self.grant_to_user(tx, user, permission).await?;
        }
        Ok(true)
    }

    /// The permissions granted to the user directly.
    pub async fn permissions_of_user(&self, sql: &impl Sql, user: i64) -> Result<PermissionSet> {
        let names: Vec<String> =
            sql.column("SELECT permission FROM user_permission WHERE user_id = ?", params![user]).await?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }

    /// All the user may do: granted directly or by a team.
    pub async fn effective_permissions(&self, sql: &impl Sql, user: i64) -> Result<PermissionSet> {
        let names: Vec<String> = sql
            .column(
                "SELECT permission FROM user_permission WHERE user_id = ? UNION \
                 SELECT p.permission FROM team_permission p JOIN team_member m ON m.team_id = p.team_id \
                 WHERE m.user_id = ?",
                params![user, user],
            )
            .await?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }
}
