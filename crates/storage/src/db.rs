//! The handle on the database and the one way to open a write transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::Notify;

use crate::{Error, Result, Sql, dialect};

/// A database that is open. Cheap to clone.
///
/// SQLite has one connection that writes and several that read; PostgreSQL one pool for both.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    jobs: Arc<Notify>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.read.get_database_backend())
    }
}

impl Db {
    /// Opens `sqlite:PATH` (made if missing, its folder too) or `postgres://…`, and brings the
    /// tables of this crate up to date.
    ///
    /// # Errors
    /// [`Error::Address`] for any other address; [`Error::Database`] when it cannot be opened.
    pub async fn open(address: &str) -> Result<Db> {
        let (read, write) = if let Some(path) = address.strip_prefix("sqlite:") {
            Self::open_sqlite(path.trim_start_matches("//")).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(address.to_owned());
            options.max_connections(16).acquire_timeout(Duration::from_secs(30)).sqlx_logging(false);
            let pool = Database::connect(options).await?;
            (pool.clone(), pool)
        } else {
            // Only the scheme is echoed: an address can hold a password.
            let scheme = address.split(':').next().unwrap_or_default();
            return Err(Error::Address(scheme.to_owned()));
        };
        Db { read, write, jobs: Arc::new(Notify::new()) }.with_tables().await
    }

    async fn with_tables(self) -> Result<Db> {
        let steps = [
            ("0001_init", include_str!("../migrations/0001_init.sql")),
            ("0002_pool", include_str!("../migrations/0002_pool.sql")),
        ];
        self.migrate("storage", &steps).await?;
        Ok(self)
    }

    /// A database in memory, gone with its last handle, with what `script` makes and no other table. It
    /// has one connection: whoever holds a transaction must read by it.
    ///
    /// # Errors
    /// [`Error::Database`] when there is no memory for it, or the script fails.
    pub async fn scratch(script: &str) -> Result<Db> {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).min_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|o| {
            o.foreign_keys(true).row_buffer_size(ROWS).pragma("temp_store", "memory")
        });
        let connection = Database::connect(options).await?;
        let db = Db { read: connection.clone(), write: connection, jobs: Arc::new(Notify::new()) };
        db.run_alone(script).await?;
        Ok(db)
    }

    /// Writes down some of the tables that an embedded database has after these migrations, for
    /// [`Db::scratch`].
    ///
    /// # Errors
    /// [`Error::Database`] when a migration fails, or there is no such table.
    pub async fn tables_after(component: &str, steps: &[(&str, &str)], tables: &[&str]) -> Result<String> {
        let db = Db::scratch("").await?.with_tables().await?;
        db.migrate(component, steps).await?;
        for table in tables {
            db.count(&format!("SELECT count(*) FROM {table}"), Vec::new()).await?;
        }
        let text = format!(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({}) ORDER BY rowid",
            crate::marks(tables.len())
        );
        let names = tables.iter().map(|name| (*name).into()).collect();
        let statements: Vec<String> = db.column(&text, names).await?;
        let line = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ") + ";\n";
        Ok(statements.iter().map(line).collect())
    }

    /// Opens an embedded database that is there, to read only: no table is made or brought up to date,
    /// and a server may run on it.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened.
    pub async fn open_to_read(path: &Path) -> Result<Db> {
        let read = Database::connect(reader(&path.display().to_string(), 1)).await?;
        Ok(Db { write: read.clone(), read, jobs: Arc::new(Notify::new()) })
    }

    async fn open_sqlite(path: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
        if let Some(folder) = Path::new(path).parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Io { path: folder.display().to_string(), source })?;
        }
        let pragmas = |options: sqlx::sqlite::SqliteConnectOptions| {
            options
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Normal)
                .busy_timeout(Duration::from_secs(20))
                .row_buffer_size(ROWS)
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .pragma("cache_size", "-8000")
        };
        let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
        options
            .max_connections(1)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(120))
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |o| pragmas(o).create_if_missing(true));
        let write = Database::connect(options).await?;
        let read = Database::connect(reader(path, 6)).await?;
        Ok((read, write))
    }

    /// Which database this is. Only [`dialect`] and the code that starts a server may care.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Opens a write transaction. It is rolled back when dropped without [`Tx::commit`].
    ///
    /// On SQLite there is one writer: never wait for anything but the database (and never open a
    /// second transaction) while one is open.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.write.begin_with_options(options).await?;
        Ok(Tx { inner, jobs: self.jobs.clone(), wake: AtomicBool::new(false) })
    }

    /// Runs a statement outside of any transaction, on the connection that writes.
    pub(crate) async fn run_alone(&self, sql: &str) -> Result<()> {
        self.write.execute_unprepared(sql).await?;
        Ok(())
    }

    /// Waits until a transaction of this process has queued work.
    pub(crate) async fn queued(&self) {
        self.jobs.notified().await;
    }

    /// Makes the workers of this process look at the job table.
    pub(crate) fn wake(&self) {
        self.jobs.notify_one();
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.ping().await?)
    }

    /// Ends all connections; on SQLite the write-ahead log is folded into the file.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }
}

/// How many rows a connection reads ahead: each time it waits, two threads take turns.
const ROWS: usize = 500;

/// Connections that only read.
fn reader(path: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=ro"));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            o.read_only(true)
                .busy_timeout(Duration::from_secs(20))
                .row_buffer_size(ROWS)
                .pragma("temp_store", "memory")
                .pragma("cache_size", "-4000")
        });
    options
}

impl Sql for Db {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        &self.read
    }
}

/// A write transaction.
pub struct Tx {
    inner: DatabaseTransaction,
    jobs: Arc<Notify>,
    wake: AtomicBool,
}

impl Sql for Tx {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Tx {
    /// Runs a statement that changes rows and says how many.
    pub async fn execute(&self, sql: &str, params: Vec<Value>) -> Result<u64> {
        Ok(self.inner.execute_raw(self.statement(sql, params)).await?.rows_affected())
    }

    /// Inserts one row and returns its `id`.
    pub async fn insert(&self, table: &str, row: &[(&str, Value)]) -> Result<i64> {
        let columns: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
        let values: Vec<Value> = row.iter().map(|(_, value)| value.clone()).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({}) RETURNING id",
            columns.join(","),
            crate::marks(values.len())
        );
        self.count(&sql, values).await
    }

    /// Inserts many rows in chunks. `tail` follows the values, for instance `ON CONFLICT DO NOTHING`.
    pub async fn insert_many(
        &self,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
        tail: &str,
    ) -> Result<u64> {
        let mut changed = 0;
        let one = format!("({})", crate::marks(columns.len()));
        let size = dialect::rows_per_statement(columns.len());
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut n = 0;
            let mut values = Vec::with_capacity(size * columns.len());
            for row in rows.by_ref().take(size) {
                n += 1;
                values.extend(row);
            }
            let tuples = vec![one.as_str(); n].join(",");
            let sql = format!("INSERT INTO {table} ({}) VALUES {tuples} {tail}", columns.join(","));
            changed += self.execute(&sql, values).await?;
        }
        Ok(changed)
    }

    /// Updates the row with this `id` and says whether it was there.
    pub async fn update(&self, table: &str, id: i64, changes: &[(&str, Value)]) -> Result<bool> {
        if changes.is_empty() {
            return Ok(true);
        }
        let set: Vec<String> = changes.iter().map(|(name, _)| format!("{name} = ?")).collect();
        let mut values: Vec<Value> = changes.iter().map(|(_, value)| value.clone()).collect();
        values.push(id.into());
        Ok(self.execute(&format!("UPDATE {table} SET {} WHERE id = ?", set.join(", ")), values).await? > 0)
    }

    /// Updates many rows in chunks: each is an `id`, which comes once, with the values of the columns.
    pub async fn update_many(
        &self,
        table: &str,
        columns: &[&str],
        rows: Vec<(i64, Vec<Value>)>,
    ) -> Result<u64> {
        let mut changed = 0;
        // Both databases name the columns of a list of values so.
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, name)| format!("{name} = n.column{}", at + 2)).collect();
        let one = format!("({})", crate::marks(columns.len() + 1));
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut values = Vec::new();
            let mut n = 0;
            for (id, row) in rows.by_ref().take(dialect::rows_per_statement(columns.len() + 1)) {
                n += 1;
                values.push(id.into());
                values.extend(row);
            }
            let sql = format!(
                "UPDATE {table} SET {} FROM (VALUES {}) AS n WHERE {table}.id = n.column1",
                set.join(", "),
                vec![one.as_str(); n].join(",")
            );
            changed += self.execute(&sql, values).await?;
        }
        Ok(changed)
    }

    /// Makes other write transactions that lock the same text wait until this one ends.
    pub async fn lock(&self, text: &str) -> Result<()> {
        if let Some(sql) = dialect::lock_statement(self.inner.get_database_backend(), text) {
            self.inner.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    pub(crate) async fn run_unprepared(&self, sql: &str) -> Result<()> {
        self.inner.execute_unprepared(sql).await?;
        Ok(())
    }

    /// Workers are woken when this transaction commits.
    pub(crate) fn wake_workers(&self) {
        self.wake.store(true, Ordering::Relaxed);
    }

    /// Makes the changes durable, then wakes the workers if work was queued.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        if self.wake.load(Ordering::Relaxed) {
            self.jobs.notify_one();
        }
        Ok(())
    }

    /// Undoes the changes.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}
