//! Small facts about this installation that live in its database.

use crate::{Result, Sql, Tx, params};

/// The value of a setting, if it was ever written.
pub async fn get(sql: &impl Sql, name: &str) -> Result<Option<String>> {
    sql.scalar("SELECT value FROM setting WHERE name = ?", params![name]).await
}

/// Writes a setting.
pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )
    .await?;
    Ok(())
}

/// The value of a setting; when there is none, `make` gives it and it is kept.
pub async fn get_or_set(tx: &Tx, name: &str, make: impl FnOnce() -> String + Send) -> Result<String> {
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        params![name, make()],
    )
    .await?;
    Ok(get(tx, name).await?.unwrap_or_default())
}
