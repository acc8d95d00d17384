//! Teams of the analyzer: they carry permissions, people and API keys.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, now_ms, params};

use crate::{Identity, Permission, PermissionSet, Result, User};

/// A team.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Team {
    /// The id inside.
    pub id: i64,
    /// The id outside.
    pub uuid: String,
    /// The name; several teams may share one, as in Dependency-Track 4.x.
    pub name: String,
}

impl Identity {
    /// All teams by name. There are never many: teams are made by hand.
    pub async fn teams(&self, sql: &impl Sql) -> Result<Vec<Team>> {
        Ok(sql.rows("SELECT id, uuid, name FROM team ORDER BY name, id", params![]).await?)
    }

    /// The team with this id outside.
    pub async fn team_by_uuid(&self, sql: &impl Sql, uuid: &str) -> Result<Option<Team>> {
        Ok(sql.row("SELECT id, uuid, name FROM team WHERE uuid = ?", params![uuid]).await?)
    }

    /// The first team with this name.
    pub async fn team_by_name(&self, sql: &impl Sql, name: &str) -> Result<Option<Team>> {
        Ok(sql
            .row("SELECT id, uuid, name FROM team WHERE name = ? ORDER BY id LIMIT 1", params![name])
            .await?)
    }

    /// Makes a team without permissions.
    pub async fn create_team(&self, tx: &Tx, name: &str) -> Result<Team> {
        let uuid = uuid::Uuid::new_v4().to_string();
        let row = [("uuid", uuid.clone().into()), ("name", name.into()), ("created_at", now_ms().into())];
        let id = tx.insert("team", &row).await?;
        Ok(Team { id, uuid, name: name.to_owned() })
    }

    /// Renames a team.
    pub async fn rename_team(&self, tx: &Tx, team: i64, name: &str) -> Result<()> {
        tx.update("team", team, &[("name", name.into())]).await?;
        Ok(())
    }

    /// Removes a team with its keys.
    pub async fn delete_team(&self, tx: &Tx, team: i64) -> Result<()> {
        tx.execute("DELETE FROM team WHERE id = ?", params![team]).await?;
        Ok(())
    }

    /// Grants a permission to a team. False when already granted.
    pub async fn grant_to_team(&self, tx: &Tx, team: i64, permission: Permission) -> Result<bool> {
        let sql = "INSERT INTO team_permission (team_id, permission) VALUES (?, ?) ON CONFLICT DO NOTHING";
        Ok(tx.execute(sql, params![team, permission.as_str()]).await? > 0)
    }

    /// Takes a permission from a team. False when there was none.
    pub async fn revoke_from_team(&self, tx: &Tx, team: i64, permission: Permission) -> Result<bool> {
        let sql = "DELETE FROM team_permission WHERE team_id = ? AND permission = ?";
        Ok(tx.execute(sql, params![team, permission.as_str()]).await? > 0)
    }

    /// What the members and keys of a team may do.
    pub async fn permissions_of_team(&self, sql: &impl Sql, team: i64) -> Result<PermissionSet> {
        let names: Vec<String> =
            sql.column("SELECT permission FROM team_permission WHERE team_id = ?", params![team]).await?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }

    /// The people in a team, by name.
    pub async fn members(&self, sql: &impl Sql, team: i64) -> Result<Vec<User>> {
        Ok(sql
            .rows(
                "SELECT u.id, u.username, u.full_name, u.email, u.last_password_change, u.suspended, \
                 u.force_password_change, u.non_expiry_password, u.created_at FROM user_account u \
                 JOIN team_member m ON m.user_id = u.id WHERE m.team_id = ? ORDER BY u.username",
                params![team],
            )
            .await?)
    }
}
