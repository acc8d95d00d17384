//! When sources are mirrored by themselves.

use std::time::Duration;

use sea_orm::FromQueryResult;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, now_ms, params};

use super::{Source, run, settings};
use crate::Options;
use crate::server::Result;

const LOOK: &str = "source.schedule";

/// A fresh server waits so long, so that somebody can switch a source off before.
const FIRST_MS: i64 = 60_000;

/// Adds the jobs of the sources to a worker.
pub(crate) fn register(worker: Worker, options: &Options) -> Worker {
    let own = options.clone();
    let worker = worker.on(run::MIRROR, 2, move |context: Context| run::run(context, own.clone()));
    if !options.mirrors {
        return worker;
    }
    worker
        .every(LOOK, Duration::from_secs(20))
        .on(LOOK, 1, |context: Context| async move { look(&context.db).await.map_err(Failure::retry) })
}

/// Starts every source whose time has come.
async fn look(db: &Db) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        source: String,
        next_run: i64,
    }
    let rows: Vec<Row> = db.rows("SELECT source, next_run FROM source_state", params![]).await?;
    for source in Source::ALL {
        if !settings::of(db, source).await?.enabled {
            continue;
        }
        let next = rows.iter().find(|row| row.source == source.name()).map(|row| row.next_run);
        let tx = db.begin().await?;
        match next {
            None => set_next(&tx, source, now_ms() + FIRST_MS).await?,
            Some(next) if next <= now_ms() => {
                run::start(&tx, source, "SCHEDULE").await?;
            }
            Some(_) => continue,
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Sets when a source is mirrored next.
pub(super) async fn set_next(tx: &Tx, source: Source, at: i64) -> Result<()> {
    let text = "INSERT INTO source_state (source, checkpoint, next_run) VALUES (?, '{}', ?) \
         ON CONFLICT (source) DO UPDATE SET next_run = excluded.next_run";
    tx.execute(text, params![source.name(), at]).await?;
    Ok(())
}

/// A setting of the sources was changed: what it concerns is mirrored soon, and its switch counts
/// at once.
pub(crate) async fn changed(tx: &Tx, property: &str) -> Result<()> {
    for source in Source::ALL {
        let (enabled, _, cadence) = settings::properties(source);
        if property == cadence {
            let latest = now_ms().saturating_add(settings::of(tx, source).await?.cadence_ms());
            let text = "UPDATE source_state SET next_run = ? WHERE source = ? AND next_run > ?";
            tx.execute(text, params![latest, source.name(), latest]).await?;
        } else if enabled.rsplit_once('.').is_some_and(|(prefix, _)| {
            property.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
        }) {
            set_next(tx, source, now_ms()).await?;
        }
    }
    Ok(())
}
