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

/// A day, `2026-01-31`: its first millisecond inside.
#[derive(Clone, Copy)]
pub(super) struct Date(pub i64);

#[Scalar(name = "ISO8601Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        if let Value::String(text) = &value
            && let Ok(day) = text.get(..10).unwrap_or(text).parse::<chrono::NaiveDate>()
        {
            return Ok(Date(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()));
        }
        Err(InputValueError::custom("a day is written as year-month-day, for instance 2026-01-31"))
    }

    fn to_value(&self) -> Value {
        let at = chrono::DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        Value::String(at.format("%Y-%m-%d").to_string())
    }
}

/// From when to when.
#[derive(InputObject, Default)]
pub(super) struct DateTimeSearch {
    pub start_date: Option<Time>,
    pub end_date: Option<Time>,
}

impl DateTimeSearch {
    /// At or after, and at or before.
    pub(super) fn range(range: Option<DateTimeSearch>) -> (Option<i64>, Option<i64>) {
        let range = range.unwrap_or_default();
        (range.start_date.map(|at| at.0), range.end_date.map(|at| at.0))
    }
}

impl From<crate::asset::Open> for Severities {
    fn from(open: crate::asset::Open) -> Self {
        Severities {
            critical: open.critical,
            high: open.high,
            medium: open.medium,
            low: open.low,
            notification: open.notification,
        }
    }
}
