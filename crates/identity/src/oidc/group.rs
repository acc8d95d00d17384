//! Groups of the provider, and which of them stand for which teams.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, marks, params};

use crate::{Identity, Result};

/// A group of the provider.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OidcGroup {
    /// The id inside.
    pub id: i64,
    /// The id outside.
    pub uuid: String,
    /// Its name in the claim.
    pub name: String,
}

/// A group that stands for a team.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OidcMapping {
    /// The id outside.
    pub mapping_uuid: String,
    /// The team.
    pub team_id: i64,
    /// The group.
    #[sea_orm(nested)]
    pub group: OidcGroup,
}

const MAPPINGS: &str = "SELECT m.uuid AS mapping_uuid, m.team_id, g.id, g.uuid, g.name FROM oidc_mapping m \
     JOIN oidc_group g ON g.id = m.group_id";

impl Identity {
    /// All groups, by name.
    pub async fn oidc_groups(&self, sql: &impl Sql) -> Result<Vec<OidcGroup>> {
        Ok(sql.rows("SELECT id, uuid, name FROM oidc_group ORDER BY name", params![]).await?)
    }

    /// The group with this id outside.
    pub async fn oidc_group(&self, sql: &impl Sql, uuid: &str) -> Result<Option<OidcGroup>> {
        Ok(sql.row("SELECT id, uuid, name FROM oidc_group WHERE uuid = ?", params![uuid]).await?)
    }

    /// Makes a group.
    ///
    /// # Errors
    /// [`storage::Error::is_unique_violation`] when the name is taken.
    pub async fn create_oidc_group(&self, tx: &Tx, name: &str) -> Result<OidcGroup> {
        let uuid = uuid::Uuid::new_v4().to_string();
        let id = tx.insert("oidc_group", &[("uuid", uuid.clone().into()), ("name", name.into())]).await?;
        Ok(OidcGroup { id, uuid, name: name.to_owned() })
    }

    /// Renames a group.
    ///
    /// # Errors
    /// [`storage::Error::is_unique_violation`] when the name is taken.
    pub async fn rename_oidc_group(&self, tx: &Tx, group: i64, name: &str) -> Result<()> {
        tx.update("oidc_group", group, &[("name", name.into())]).await?;
        Ok(())
    }

    /// Removes a group with its mappings. Says whether there was one.
    pub async fn delete_oidc_group(&self, tx: &Tx, uuid: &str) -> Result<bool> {
        Ok(tx.execute("DELETE FROM oidc_group WHERE uuid = ?", params![uuid]).await? > 0)
    }

    /// All mappings, by the group's name.
    pub async fn oidc_mappings(&self, sql: &impl Sql) -> Result<Vec<OidcMapping>> {
        Ok(sql.rows(&format!("{MAPPINGS} ORDER BY g.name, m.id"), params![]).await?)
    }

    /// Lets a group stand for a team; a mapping that is there already stays.
    pub async fn map_oidc_group(&self, tx: &Tx, team: i64, group: i64) -> Result<Option<OidcMapping>> {
        let text =
            "INSERT INTO oidc_mapping (uuid, team_id, group_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        tx.execute(text, params![uuid::Uuid::new_v4().to_string(), team, group]).await?;
        let text = format!("{MAPPINGS} WHERE m.team_id = ? AND m.group_id = ?");
        Ok(tx.row(&text, params![team, group]).await?)
    }

    /// Removes a mapping. Says whether there was one.
    pub async fn delete_oidc_mapping(&self, tx: &Tx, uuid: &str) -> Result<bool> {
        Ok(tx.execute("DELETE FROM oidc_mapping WHERE uuid = ?", params![uuid]).await? > 0)
    }

    /// Removes the mapping of a group and a team. Says whether there was one.
    pub async fn unmap_oidc_group(&self, tx: &Tx, team: i64, group: i64) -> Result<bool> {
        let text = "DELETE FROM oidc_mapping WHERE team_id = ? AND group_id = ?";
        Ok(tx.execute(text, params![team, group]).await? > 0)
    }

    /// The teams that groups with these names stand for.
    pub(super) async fn teams_of_oidc_groups(&self, sql: &impl Sql, names: &[String]) -> Result<Vec<i64>> {
        let text = format!(
            "SELECT DISTINCT m.team_id FROM oidc_mapping m JOIN oidc_group g ON g.id = m.group_id \
             WHERE g.name IN ({})",
            marks(names.len())
        );
        Ok(sql.column(&text, names.iter().map(|name| name.as_str().into()).collect()).await?)
    }
}
