//! Teams of the analyzer: they carry permissions, people and API keys.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, now_ms, params};

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

/// A permission and who has it.
#[derive(FromQueryResult)]
pub(crate) struct Granted {
    id: i64,
    permission: String,
}

/// Everybody's permissions.
pub(crate) fn by_holder(rows: &[Granted]) -> HashMap<i64, PermissionSet> {
    let mut out: HashMap<i64, Vec<Permission>> = HashMap::new();
    for row in rows {
        out.entry(row.id).or_default().extend(Permission::parse(&row.permission));
    }
    out.into_iter().map(|(id, list)| (id, list.into_iter().collect())).collect()
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

    /// What is granted to each team.
    pub async fn permissions_of_teams(&self, sql: &impl Sql) -> Result<HashMap<i64, PermissionSet>> {
        let rows: Vec<Granted> =
            sql.rows("SELECT team_id AS id, permission FROM team_permission", params![]).await?;
        Ok(by_holder(&rows))
    }

    /// Grants exactly these permissions to a team. False when that was so already.
    pub async fn set_permissions_of_team(&self, tx: &Tx, team: i64, wanted: PermissionSet) -> Result<bool> {
        if self.permissions_of_team(tx, team).await? == wanted {
            return Ok(false);
        }
        tx.execute("DELETE FROM team_permission WHERE team_id = ?", params![team]).await?;
        for permission in wanted.iter() {
            self.grant_to_team(tx, team, permission).await?;
        }
        Ok(true)
    }

    /// What the members and keys of a team may do.
    pub async fn permissions_of_team(&self, sql: &impl Sql, team: i64) -> Result<PermissionSet> {
        let names: Vec<String> =
            sql.column("SELECT permission FROM team_permission WHERE team_id = ?", params![team]).await?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }

    /// The people in each team, by name.
    pub async fn members_of_teams(&self, sql: &impl Sql) -> Result<HashMap<i64, Vec<User>>> {
        #[derive(FromQueryResult)]
        struct Row {
            team_id: i64,
            #[sea_orm(nested)]
            user: User,
        }
        let rows: Vec<Row> = sql
            .rows(
                "SELECT m.team_id, u.id, u.username, u.full_name, u.email, u.last_password_change, u.suspended, \
                 u.force_password_change, u.non_expiry_password, u.created_at, u.kind, u.dn, u.subject \
                 FROM user_account u JOIN team_member m ON m.user_id = u.id ORDER BY u.username",
                params![],
            )
            .await?;
        let mut out: HashMap<i64, Vec<User>> = HashMap::new();
        for row in rows {
            out.entry(row.team_id).or_default().push(row.user);
        }
        Ok(out)
    }

    /// The teams with one of these names.
    pub async fn teams_by_name(&self, sql: &impl Sql, names: &[String]) -> Result<Vec<Team>> {
        let text =
            format!("SELECT id, uuid, name FROM team WHERE name IN ({}) ORDER BY id", marks(names.len()));
        Ok(sql.rows(&text, names.iter().map(|name| name.as_str().into()).collect()).await?)
    }
}
