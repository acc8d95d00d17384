//! A database of its own for each test.
//!
//! SQLite in a temporary folder; with `TWINTRACK_TEST_POSTGRES` set to the address of a PostgreSQL
//! server (a user that may create databases), a fresh database there.

use crate::{Db, Sql, params};

/// An open database that vanishes with the test.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Its address, for a second process or a restart.
    pub address: String,
    /// A temporary folder of the test.
    pub folder: tempfile::TempDir,
}

/// Where a fresh, empty database can be opened.
///
/// # Panics
/// When there is no temporary folder, or PostgreSQL was asked for and does not answer.
#[allow(clippy::expect_used)]
pub async fn fresh_address(folder: &std::path::Path) -> String {
    let Ok(server) = std::env::var("TWINTRACK_TEST_POSTGRES") else {
        return format!("sqlite:{}", folder.join("twintrack.db").display());
    };
    let name = format!("tt_{}", uuid::Uuid::new_v4().simple());
    let admin = sea_orm::Database::connect(&server).await.expect("TWINTRACK_TEST_POSTGRES must answer");
    sea_orm::ConnectionTrait::execute_unprepared(&admin, &format!("CREATE DATABASE {name}"))
        .await
        .expect("the user of TWINTRACK_TEST_POSTGRES may create databases");
    admin.close().await.expect("the connection ends");
    let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
    format!("{base}/{name}")
}

impl TestDb {
    /// Opens a fresh database.
    ///
    /// # Panics
    /// When that is not possible.
    #[allow(clippy::expect_used)]
    pub async fn new() -> TestDb {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = fresh_address(folder.path()).await;
        let db = Db::open(&address).await.expect("a fresh database opens");
        TestDb { db, address, folder }
    }

    /// Fails the test when a job waits or runs: nothing may be left over silently.
    ///
    /// # Panics
    /// When a job is left.
    #[allow(clippy::expect_used)]
    pub async fn assert_no_jobs_left(&self) {
        let left: Vec<String> = self
            .db
            .column("SELECT kind FROM job WHERE state IN ('READY', 'RUNNING') ORDER BY id", params![])
            .await
            .expect("the job table is readable");
        assert!(left.is_empty(), "jobs left over: {left:?}");
    }
}
