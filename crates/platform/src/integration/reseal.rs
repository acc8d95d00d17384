//! Replacing the key under which credentials are stored.

use storage::{Sql, params};

use crate::{Platform, Result};

/// Encrypts every stored credential with the present key. How many.
pub(crate) async fn reseal(platform: &Platform) -> Result<u64> {
    #[derive(sea_orm::FromQueryResult)]
    struct Stored {
        id: i64,
        api_token: Option<String>,
        webhook_token: String,
    }
    let vault = &platform.vault;
    let tx = platform.db.begin().await?;
    let rows: Vec<Stored> =
        tx.rows("SELECT id, api_token, webhook_token FROM integration", params![]).await?;
    let mut done = 0;
    for row in rows {
        let token = row.api_token.map(|sealed| vault.seal(&vault.unseal(&sealed)?)).transpose()?;
        let webhook = vault.unseal(&row.webhook_token)?;
        done += 1 + u64::from(token.is_some());
        let changes = [
            ("api_token", token.into()),
            ("webhook_token", vault.seal(&webhook)?.into()),
            ("webhook_hash", vault.hash(&webhook).into()),
        ];
        tx.update("integration", row.id, &changes).await?;
    }
    tx.commit().await?;
    Ok(done)
}
