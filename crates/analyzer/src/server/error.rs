//! The four shapes in which Dependency-Track refuses (behaviour reference §1.6).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is refused, or why something failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 401 without a body.
    #[error("not authenticated")]
    Unauthorized,
    /// A status without a body.
    #[error("{0}")]
    Empty(StatusCode),
    /// A sentence, labelled `application/json` as the original does.
    #[error("{1}")]
    Text(StatusCode, String),
    /// The body is not JSON; the parser's words, as plain text.
    #[error("the request body is not JSON: {0}")]
    Syntax(String),
    /// Fields that break a rule: `[{message, messageTemplate, path, invalidValue}]`.
    #[error("invalid fields: {}", Value::Array(.0.clone()))]
    Validation(Vec<Value>),
    /// `application/problem+json` (RFC 9457).
    #[error("{title}: {detail}")]
    Problem {
        /// 4xx.
        status: StatusCode,
        /// Which problem.
        title: &'static str,
        /// What exactly.
        detail: String,
        /// Further members: `errors`.
        errors: Option<Value>,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Users or keys failed.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// A source of advisories cannot be read.
    #[error("{place}: {message}")]
    Source {
        /// The file, folder or address.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A file of a source is not there.
    #[error("{place}: the server has no such file (404)")]
    Missing {
        /// The address.
        place: String,
    },
    /// Somebody asked for it to stop.
    #[error("it was stopped")]
    Stopped,
}

impl Error {
    /// 400 with a sentence.
    pub fn bad_request(text: impl Into<String>) -> Error {
        Error::Text(StatusCode::BAD_REQUEST, text.into())
    }

    /// 404 with a sentence.
    pub fn not_found(text: impl Into<String>) -> Error {
        Error::Text(StatusCode::NOT_FOUND, text.into())
    }

    /// 409 with a sentence.
    pub fn conflict(text: impl Into<String>) -> Error {
        Error::Text(StatusCode::CONFLICT, text.into())
    }

    /// One field that breaks a rule.
    pub fn invalid(path: &str, message: &str, value: impl Into<Value>) -> Error {
        Error::Validation(vec![
            json!({ "message": message, "messageTemplate": message, "path": path, "invalidValue": value.into() }),
        ])
    }

    /// A field that must not be blank.
    pub fn not_blank(path: &str, value: Option<&str>) -> Error {
        Error::Validation(vec![not_blank(path, value)])
    }

    /// 400 `application/problem+json`.
    pub fn problem(title: &'static str, detail: impl Into<String>) -> Error {
        Error::Problem { status: StatusCode::BAD_REQUEST, title, detail: detail.into(), errors: None }
    }
}

/// The entry of a blank field in a list of broken rules.
pub fn not_blank(path: &str, value: Option<&str>) -> Value {
    json!({
        "message": "must not be blank",
        "messageTemplate": "{jakarta.validation.constraints.NotBlank.message}",
        "path": path,
        "invalidValue": value,
    })
}

/// A text that is needed, trimmed, of at most 255 characters; what is wrong goes onto the list.
pub fn needed(path: &str, text: Option<&str>, broken: &mut Vec<Value>) -> String {
    let trimmed = text.unwrap_or_default().trim();
    if trimmed.is_empty() || trimmed.chars().count() > 255 {
        if text.is_some() {
            broken.push(json!({
                "message": "size must be between 1 and 255",
                "messageTemplate": "{jakarta.validation.constraints.Size.message}",
                "path": path,
                "invalidValue": trimmed,
            }));
        }
        if trimmed.is_empty() {
            broken.push(not_blank(path, text.map(|_| trimmed)));
        }
    }
    trimmed.to_owned()
}

fn labelled(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Error::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Error::Empty(status) => status.into_response(),
            Error::Text(status, text) => labelled(status, "application/json", text),
            Error::Syntax(text) => labelled(StatusCode::BAD_REQUEST, "text/plain;charset=iso-8859-1", text),
            Error::Validation(list) => {
                labelled(StatusCode::BAD_REQUEST, "application/json", Value::Array(list).to_string())
            }
            Error::Problem { status, title, detail, errors } => {
                let mut body = json!({ "status": status.as_u16(), "title": title, "detail": detail });
                if let (Some(errors), Some(object)) = (errors, body.as_object_mut()) {
                    object.insert("errors".to_owned(), errors);
                }
                labelled(status, "application/problem+json", body.to_string())
            }
            error => {
                tracing::error!(%error, "a request failed");
                labelled(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "text/plain",
                    "Uncaught internal server error".to_owned(),
                )
            }
        }
    }
}
