//! Which groups of the directory stand for which teams.

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, params};

use crate::{Identity, Result};

/// A group that stands for a team.
#[derive(Debug, Clone, FromQueryResult)]
pub struct LdapMapping {
    /// The id outside.
    pub uuid: String,
    /// The team.
    pub team_id: i64,
    /// The group's entry.
    pub dn: String,
}

/// How names of entries are compared: without case, and without white space around the parts.
fn comparable(dn: &str) -> String {
    dn.split(',').map(str::trim).collect::<Vec<_>>().join(",").to_lowercase()
}

impl Identity {
    /// All mappings, by the group.
    pub async fn ldap_mappings(&self, sql: &impl Sql) -> Result<Vec<LdapMapping>> {
        Ok(sql.rows("SELECT uuid, team_id, dn FROM ldap_mapping ORDER BY dn, id", params![]).await?)
    }

    /// Lets a group stand for a team.
    ///
    /// # Errors
    /// [`storage::Error::is_unique_violation`] when it does already.
    pub async fn create_ldap_mapping(&self, tx: &Tx, team: i64, dn: &str) -> Result<LdapMapping> {
        let uuid = uuid::Uuid::new_v4().to_string();
        let row = [("uuid", uuid.clone().into()), ("team_id", team.into()), ("dn", dn.into())];
        tx.insert("ldap_mapping", &row).await?;
        Ok(LdapMapping { uuid, team_id: team, dn: dn.to_owned() })
    }

    /// Removes a mapping. Says whether there was one.
    pub async fn delete_ldap_mapping(&self, tx: &Tx, uuid: &str) -> Result<bool> {
        Ok(tx.execute("DELETE FROM ldap_mapping WHERE uuid = ?", params![uuid]).await? > 0)
    }

    /// The teams that these groups stand for.
    pub(super) async fn teams_of_ldap_groups(&self, sql: &impl Sql, groups: &[String]) -> Result<Vec<i64>> {
        let groups: Vec<String> = groups.iter().map(|dn| comparable(dn)).collect();
        let mappings = self.ldap_mappings(sql).await?;
        Ok(mappings.into_iter().filter(|m| groups.contains(&comparable(&m.dn))).map(|m| m.team_id).collect())
    }
}
