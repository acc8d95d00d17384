//! Mutations that a client may send twice: what the first one made is remembered by the caller's
//! `clientMutationId`, and the second one answers it.

use storage::{Sql, Tx, now_ms, params};

use crate::Result;

/// How long a mutation may be sent again.
const KEEP_MS: i64 = 24 * 3_600_000;

/// What this mutation made before, if it was sent before.
pub(crate) async fn before(
    tx: &Tx,
    caller: &str,
    operation: &str,
    client_mutation_id: Option<&str>,
) -> Result<Option<i64>> {
    let Some(id) = client_mutation_id.filter(|id| !id.is_empty()) else { return Ok(None) };
    tx.lock(&format!("mutation:{caller}:{operation}:{id}")).await?;
    Ok(tx
        .scalar(
            "SELECT made_id FROM mutation_done WHERE caller = ? AND operation = ? AND client_mutation_id = ? AND at > ?",
            params![caller, operation, id, now_ms() - KEEP_MS],
        )
        .await?)
}

/// Remembers what a mutation made.
pub(crate) async fn remember(
    tx: &Tx,
    caller: &str,
    operation: &str,
    client_mutation_id: Option<&str>,
    made: i64,
) -> Result<()> {
    let Some(id) = client_mutation_id.filter(|id| !id.is_empty()) else { return Ok(()) };
    let now = now_ms();
    tx.execute("DELETE FROM mutation_done WHERE at < ?", params![now - KEEP_MS]).await?;
    tx.execute(
        "INSERT INTO mutation_done (caller, operation, client_mutation_id, made_id, at) VALUES (?, ?, ?, ?, ?)",
        params![caller, operation, id, made, now],
    )
    .await?;
    Ok(())
}
