//! Reading requests: JSON bodies, identifiers, and the paging of lists (behaviour reference §1.5).

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, OptionalFromRequest, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use storage::{Value, params};

use super::Error;
use super::lenient::Lenient;

/// A JSON body. What cannot be read is refused in Dependency-Track's words.
pub struct Json<T>(pub T);

const UNMAPPED: &str = "The provided JSON payload could not be mapped";

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.is_empty() && kind != "application/json" {
        return Err(Error::Empty(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::Text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is larger than 256 MiB. Send a smaller document.".to_owned(),
        ),
        _ => Error::Syntax("The request body could not be read.".to_owned()),
    })
}

/// Whether JSON escapes a NUL; a backslash that is escaped itself begins nothing.
fn has_nul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at + 1..).unwrap_or_default();
        if escape.starts_with(b"u0000") {
            return true;
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

fn mapped<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // PostgreSQL keeps no text with a NUL.
    if has_nul(bytes) {
        return Err(Error::problem(UNMAPPED, "NUL characters are not allowed."));
    }
    serde_json::from_slice(bytes).or_else(|error| match error.classify() {
        serde_json::error::Category::Data => {
            let lenient = serde_json::from_slice(bytes).and_then(|value| T::deserialize(Lenient(value)));
            lenient.map_err(|_| Error::problem(UNMAPPED, error.to_string()))
        }
        // Broken text inside a member is reported as a problem, before the first one as text.
        _ if bytes.contains(&b':') => Err(Error::problem(UNMAPPED, error.to_string())),
        _ => Err(Error::Syntax(error.to_string())),
    })
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let bytes = bytes(request, state).await?;
        if bytes.is_empty() {
            return Err(Error::problem(
                "Illegal argument provided",
                "HV000116: The object to be validated must not be null.",
            ));
        }
        mapped(&bytes).map(Json)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        let bytes = bytes(request, state).await?;
        if bytes.is_empty() { Ok(None) } else { mapped(&bytes).map(|body| Some(Json(body))) }
    }
}

/// The UUID at the end of a path's fixed part (`{uuid}`), well-formed and lower case.
pub struct Uuid(String);

impl Uuid {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text is a UUID as Dependency-Track 4.14 wants it: lower case, RFC 9562 version 1 to 5.
    pub fn is_valid(text: &str) -> bool {
        text.len() == 36
            && text.bytes().all(|b| !b.is_ascii_uppercase())
            && uuid::Uuid::parse_str(text).is_ok_and(|uuid| matches!(uuid.get_version_num(), 1..=5))
    }

    /// The refusal of another text; `operation` is the name the original gives the operation.
    pub fn refuse(operation: &str, text: &str) -> Error {
        Error::invalid(&format!("{operation}.arg0"), "Invalid UUID", text)
    }
}

/// The names that the original's operations have, by path; they show in refusals.
const OPERATIONS: [(&str, &str); 7] = [
    ("/api/v1/acl/team/{uuid}", "retrieveProjects"),
    ("/api/v1/project/{uuid}", "getProject"),
    ("/api/v1/team/{uuid}", "getTeam"),
    ("/api/v1/component/{uuid}", "getComponentByUuid"),
    ("/api/v1/event/token/{uuid}", "isTokenBeingProcessed"),
    ("/api/v1/bom/token/{uuid}", "isTokenBeingProcessed"),
    ("/api/v1/vulnerability/{uuid}", "getVulnerabilityByUuid"),
];

impl<S: Send + Sync> FromRequestParts<S> for Uuid {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path =
            parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let Path(values) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::Empty(StatusCode::NOT_FOUND))?;
        let text = values.get("uuid").cloned().unwrap_or_default();
        if !Uuid::is_valid(&text) {
            let operation = OPERATIONS
                .iter()
                .find(|(known, _)| *known == path.trim_end_matches('/'))
                .map_or("operation", |(_, name)| *name);
            return Err(Uuid::refuse(operation, &text));
        }
        Ok(Uuid(text))
    }
}

/// The paging, search and sort of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many rows are left out at the beginning.
    pub offset: i64,
    /// How many rows at most.
    pub limit: i64,
    /// Whether the client asked for a page at all.
    pub asked: bool,
    /// What to search for.
    pub search: Option<String>,
    /// The name of the field to sort by.
    pub sort: Option<String>,
    /// Whether the order is descending.
    pub descending: bool,
}

impl Page {
    /// `LIMIT ? OFFSET ?` with its values.
    pub fn clause(&self) -> (&'static str, Vec<Value>) {
        (" LIMIT ? OFFSET ?", params![self.limit, self.offset])
    }

    /// Everything, for lists that the original does not page unless asked.
    #[must_use]
    pub fn unless_asked_all(mut self) -> Page {
        if !self.asked {
            self.limit = i64::MAX;
            self.offset = 0;
        }
        self
    }

    /// `ORDER BY` with the column that the sort name stands for, else `otherwise`; `tie` makes it stable.
    pub fn order(&self, columns: &[(&str, &str)], otherwise: &str, tie: &str) -> String {
        let column = self.sort.as_ref().and_then(|name| columns.iter().find(|(known, _)| known == name));
        match column {
            Some((_, column)) => {
                let direction = if self.descending { "DESC" } else { "ASC" };
                format!(" ORDER BY {column} {direction}, {tie}")
            }
            None => format!(" ORDER BY {otherwise}, {tie}"),
        }
    }
}

/// Refuses a sort by a field that the list cannot be sorted by.
///
/// # Errors
/// 400 `Field not sortable`.
pub fn check_sort(page: &Page, entity: &str, columns: &[(&str, &str)]) -> Result<(), Error> {
    match &page.sort {
        Some(name) if !columns.iter().any(|(known, _)| known == name) => Err(Error::problem(
            "Field not sortable",
            format!("Can not sort by {entity}#{name}: The field does not exist"),
        )),
        _ => Ok(()),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let query = query.map(|Query(pairs)| pairs).unwrap_or_default();
        let first = |names: &[&str]| {
            names.iter().find_map(|name| {
                query
                    .iter()
                    .find(|(key, value)| key == name && !value.trim().is_empty())
                    .map(|(_, v)| v.trim())
            })
        };
        let number = |text: &str, otherwise: i64| text.parse::<i64>().unwrap_or(otherwise);
        let size = first(&["size", "pageSize", "limit"]);
        let page = first(&["page", "pageNumber"]);
        let (offset, limit, asked) = match (first(&["offset"]), page, size) {
            (Some(offset), _, size) => (number(offset, 0), size.map_or(100, |s| number(s, 100)), true),
            (None, Some(page), Some(size)) => {
                let (page, size) = (number(page, 1), number(size, 100));
                (page.saturating_mul(size).saturating_sub(size), size, true)
            }
            _ => (0, 100, false),
        };
        // A page before the first one is empty, a size below one means everything.
        let (offset, limit) = match (offset, limit) {
            (_, limit) if limit <= 0 => (0, i64::MAX),
            (offset, _) if offset < 0 => (0, 0),
            both => both,
        };
        let sort = first(&["orderBy", "sortName"]).map(str::to_owned);
        let sort = sort.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-+".contains(c)));
        let descending =
            first(&["sort", "sortOrder"]).is_some_and(|order| order.eq_ignore_ascii_case("desc"));
        let search = first(&["filter", "searchText"]).map(str::to_owned);
        Ok(Page { offset, limit, asked, search, sort, descending })
    }
}

/// A yes or no in a query: everything but `true`, in whatever case, is a no.
///
/// # Errors
/// When it is no text.
pub fn flag<'de, D: Deserializer<'de>>(given: D) -> Result<bool, D::Error> {
    Ok(String::deserialize(given)?.eq_ignore_ascii_case("true"))
}

/// [`flag`], where none is neither.
///
/// # Errors
/// When it is no text.
pub fn flag_if_any<'de, D: Deserializer<'de>>(given: D) -> Result<Option<bool>, D::Error> {
    flag(given).map(Some)
}

/// The header that says how many rows a list has in all.
pub fn total(count: i64) -> [(HeaderName, String); 1] {
    [(HeaderName::from_static("x-total-count"), count.to_string())]
}
