//! Documents that travel with a job, gzip-compressed in the database, so that they are durable in
//! the transaction that accepts them and every node can read them.

use std::io::{Read, Write};

use crate::{Error, Result, Sql, Tx, now_ms, params};

/// Keeps a document and returns its id.
pub async fn put(tx: &Tx, bytes: &[u8]) -> Result<i64> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let packed = encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|source| Error::Blob { id: 0, source })?;
    tx.insert("blob", &[("body", packed.into()), ("created_at", now_ms().into())]).await
}

/// The document, or none if it is gone.
pub async fn get(sql: &impl Sql, id: i64) -> Result<Option<Vec<u8>>> {
    let Some(packed): Option<Vec<u8>> = sql.scalar("SELECT body FROM blob WHERE id = ?", params![id]).await?
    else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .map_err(|source| Error::Blob { id, source })?;
    Ok(Some(bytes))
}

/// Forgets a document.
pub async fn delete(tx: &Tx, id: i64) -> Result<()> {
    tx.execute("DELETE FROM blob WHERE id = ?", params![id]).await?;
    Ok(())
}
