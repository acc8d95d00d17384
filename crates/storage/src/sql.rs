//! Running portable SQL and reading its rows.

use std::future::Future;

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, TryGetable, Value};

use crate::{Result, dialect};

/// Something that runs statements: [`crate::Db`] (reads only) or [`crate::Tx`] (reads and writes).
///
/// Statements use `?` for their parameters. Store functions take `&impl Sql`.
pub trait Sql: Sync {
    /// The connection below.
    type Connection: ConnectionTrait + Sync;

    /// The connection below.
    fn connection(&self) -> &Self::Connection;

    /// The statement as the database wants it.
    fn statement(&self, sql: &str, params: Vec<Value>) -> Statement {
        let backend = self.connection().get_database_backend();
        Statement::from_sql_and_values(backend, dialect::placeholders(backend, sql), params)
    }

    /// An expression that makes a new UUID for every row ([`dialect::new_uuid`]).
    fn new_uuid(&self) -> &'static str {
        dialect::new_uuid(self.connection().get_database_backend())
    }

    /// All rows of a bounded query.
    fn rows<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let statement = self.statement(sql, params);
        async move {
            let rows = self.connection().query_all_raw(statement).await?;
            rows.iter().map(|row| T::from_query_result(row, "").map_err(Into::into)).collect()
        }
    }

    /// All rows of a query over a list of ids, which `:ids` stands for in `IN (:ids)`. A long list is
    /// asked for in pieces: the order holds within a piece alone.
    fn rows_in<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        ids: &[i64],
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async move {
            let mut out = Vec::new();
            for chunk in ids.chunks(5_000) {
                let values = chunk.iter().map(|id| (*id).into()).collect();
                out.extend(self.rows::<T>(&sql.replace(":ids", &marks(chunk.len())), values).await?);
            }
            Ok(out)
        }
    }

    /// The first row, if there is one.
    fn row<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        let statement = self.statement(sql, params);
        async move {
            let row = self.connection().query_one_raw(statement).await?;
            row.map(|row| T::from_query_result(&row, "").map_err(Into::into)).transpose()
        }
    }

    /// The first column of every row.
    fn column<T: TryGetable + Send>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let statement = self.statement(sql, params);
        async move {
            let rows = self.connection().query_all_raw(statement).await?;
            rows.iter().map(|row| row.try_get_by_index(0).map_err(Into::into)).collect()
        }
    }

    /// The first column of the first row, if there is one. (For a nullable column, `T` is an `Option`.)
    fn scalar<T: TryGetable + Send>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        let statement = self.statement(sql, params);
        async move {
            let row = self.connection().query_one_raw(statement).await?;
            row.map(|row| row.try_get_by_index(0).map_err(Into::into)).transpose()
        }
    }

    /// How many rows a `SELECT count(*)` (or any one-integer query) says.
    fn count(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<i64>> + Send {
        let statement = self.statement(sql, params);
        async move {
            let row = self.connection().query_one_raw(statement).await?;
            Ok(match row {
                Some(row) => row.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0),
                None => 0,
            })
        }
    }
}

/// `?,?,?` for a list of `n` values in `IN (…)`. An empty list is `NULL`, which no value is in.
pub fn marks(n: usize) -> String {
    if n == 0 { "NULL".to_owned() } else { vec!["?"; n].join(",") }
}

/// The pattern of a `lower(column) LIKE ? ESCAPE '\'` that finds `text` as it is, in any case.
pub fn like(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('%');
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}
