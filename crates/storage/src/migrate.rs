//! Bringing tables up to date: each crate has numbered SQL files, applied once, in order.

use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::{Db, Error, Result, Sql, dialect, params};

#[derive(FromQueryResult)]
struct Applied {
    name: String,
    checksum: String,
}

impl Db {
    /// Applies the steps of `component` that the database does not have, all in one transaction.
    ///
    /// A step is `(name, SQL)`; statements end with `;` at the end of a line. `{{id}}` stands for
    /// the type of a generated key, `{{bytes}}` for that of bytes. A line `-- only sqlite` or
    /// `-- only postgres` limits the statement after it to that database.
    ///
    /// # Errors
    /// [`Error::Newer`] or [`Error::ChangedMigration`] when the database was made by another build.
    pub async fn migrate(&self, component: &str, steps: &[(&str, &str)]) -> Result<()> {
        // Rebuilding a table must not take the rows that point at it along.
        let (before, after) = dialect::around_migration(self.backend());
        if let Some(sql) = before {
            self.run_alone(sql).await?;
        }
        let migrated = self.migrate_steps(component, steps).await;
        if let Some(sql) = after {
            self.run_alone(sql).await?;
        }
        migrated
    }

    /// Whether exactly these steps of `component` are applied. Nothing is written.
    pub async fn is_migrated(&self, component: &str, steps: &[(&str, &str)]) -> Result<bool> {
        let applied: Vec<Applied> = self
            .rows(
                "SELECT name, checksum FROM schema_migration WHERE component = ? ORDER BY name",
                params![component],
            )
            .await?;
        let same = |(row, (name, sql)): (&Applied, &(&str, &str))| {
            row.name == *name && row.checksum == checksum(sql)
        };
        Ok(applied.len() == steps.len() && applied.iter().zip(steps).all(same))
    }

    async fn migrate_steps(&self, component: &str, steps: &[(&str, &str)]) -> Result<()> {
        let tx = self.begin().await?;
        tx.lock("schema_migration").await?;
        tx.run_unprepared(
            "CREATE TABLE IF NOT EXISTS schema_migration (component TEXT NOT NULL, name TEXT NOT NULL, \
             checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (component, name))",
        )
        .await?;
        let applied: Vec<Applied> = tx
            .rows(
                "SELECT name, checksum FROM schema_migration WHERE component = ? ORDER BY name",
                params![component],
            )
            .await?;
        if applied.len() > steps.len() {
            return Err(Error::Newer {
                component: component.to_owned(),
                found: applied.len(),
                known: steps.len(),
            });
        }
        let backend = tx.connection().get_database_backend();
        for (at, (name, sql)) in steps.iter().enumerate() {
            let checksum = checksum(sql);
            if let Some(row) = applied.get(at) {
                if row.name != *name || row.checksum != checksum {
                    return Err(Error::ChangedMigration {
                        component: component.to_owned(),
                        name: (*name).to_owned(),
                    });
                }
                continue;
            }
            let sql = sql
                .replace("{{id}}", dialect::id_column(backend))
                .replace("{{bytes}}", dialect::bytes_column(backend));
            for statement in statements(&sql, dialect::name(backend)) {
                tx.run_unprepared(&statement).await?;
            }
            tx.execute(
                "INSERT INTO schema_migration (component, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                params![component, *name, checksum, crate::now_ms()],
            )
            .await?;
        }
        tx.commit().await
    }
}

/// The statements of a script for this database, without comment lines.
fn statements(script: &str, database: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut wanted = true;
    for line in script.lines() {
        if let Some(only) = line.trim().strip_prefix("-- only ") {
            wanted = only.trim() == database;
        }
        if line.trim_start().starts_with("--") || line.trim().is_empty() {
            continue;
        }
        current.push_str(line);
        current.push('\n');
        if line.trim_end().ends_with(';') {
            let statement = current.trim_end().trim_end_matches(';').to_owned();
            if std::mem::replace(&mut wanted, true) {
                out.push(statement);
            }
            current.clear();
        }
    }
    if !current.trim().is_empty() {
        out.push(current);
    }
    out
}

/// FNV-1a over the text: enough to notice an edited file, not a defence.
fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
