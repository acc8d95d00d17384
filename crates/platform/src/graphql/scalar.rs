//! Times, pages and other small shapes.

use async_graphql::{
    InputObject, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value,
};

use crate::error::Problem;

/// A time: epoch milliseconds inside, RFC 3339 in UTC outside.
#[derive(Clone, Copy)]
pub(super) struct Time(pub i64);

#[Scalar(name = "ISO8601DateTime")]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        if let Value::String(text) = &value
            && let Ok(at) = chrono::DateTime::parse_from_rfc3339(text)
        {
            return Ok(Time(at.timestamp_millis()));
        }
        Err(InputValueError::custom("a time is written as RFC 3339 says, for instance 2026-01-31T12:00:00Z"))
    }

    fn to_value(&self) -> Value {
        let at = chrono::DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub(super) struct CollectionMetadata {
    current_page: i64,
    limit_value: i64,
    total_count: i64,
    total_pages: i64,
}

/// A page that is asked for: from 1, at most 100 rows.
#[derive(Clone, Copy)]
pub(super) struct Paging {
    pub page: i64,
    pub limit: i64,
}

impl Paging {
    pub(super) fn new(page: Option<i32>, limit: Option<i32>) -> Paging {
        Paging {
            page: i64::from(page.unwrap_or(1)).max(1),
            limit: i64::from(limit.unwrap_or(10)).clamp(1, 100),
        }
    }

    pub(super) fn offset(self) -> i64 {
        (self.page - 1) * self.limit
    }

    pub(super) fn metadata(self, total: i64) -> CollectionMetadata {
        CollectionMetadata {
            current_page: self.page,
            limit_value: self.limit,
            total_count: total,
            total_pages: (total + self.limit - 1) / self.limit,
        }
    }
}

/// The page of a list of issues.
#[derive(InputObject)]
pub(super) struct PaginationInput {
    pub page: Option<i32>,
    pub per_page: Option<i32>,
}

/// From when to when.
#[derive(InputObject)]
pub(super) struct DateRangeInput {
    pub start_date: Option<Time>,
    pub end_date: Option<Time>,
}

/// A failure: code, sentence, what to do.
#[derive(SimpleObject)]
pub(super) struct OperationError {
    code: String,
    message: String,
    hint: Option<String>,
}

impl From<Problem> for OperationError {
    fn from(problem: Problem) -> Self {
        OperationError { code: problem.code, message: problem.message, hint: problem.hint }
    }
}

/// How many of each severity.
#[derive(SimpleObject)]
pub(super) struct Severities {
    pub critical: i64,
    pub high: i64,
    pub low: i64,
    pub medium: i64,
    pub notification: i64,
}

/// A person or key.
#[derive(SimpleObject, Clone)]
pub(super) struct PortalUser {
    pub id: async_graphql::ID,
    pub name: Option<String>,
    pub email: String,
}
