//! Database handle, transactions, migrations, jobs, outbox and blobs.
//!
//! One text of SQL serves SQLite and PostgreSQL. Placeholders are `?` everywhere; what the two
//! databases do differently lies behind the named functions of [`dialect`].

pub mod blobs;
pub mod db;
pub mod dialect;
pub mod error;
pub mod jobs;
pub mod migrate;
pub mod outbox;
pub mod settings;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
pub mod worker;

pub use db::{Db, Tx};
pub use error::{Error, Result};
pub use sea_orm::{FromQueryResult, Value};
pub use sql::{Sql, marks};

/// Milliseconds since 1970-01-01 UTC: the unit of every time column.
pub fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The parameters of a statement, each turned into a [`Value`].
///
/// `params![1_i64, "name", Some(3_i64)]`
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}
