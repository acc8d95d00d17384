//! Refusals as problems (RFC 9457).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::server::Error;

fn response(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// 400: a list cannot be sorted by a field; the frontends know this one by its type. `members` are
/// the names of the two members, which versions 1 and 2 of the API spell otherwise.
pub(crate) fn unsortable(field: &str, known: &[&str], members: (&str, &str)) -> Response {
    response(
        StatusCode::BAD_REQUEST,
        &json!({
            "type": "/problems/invalid-sort-field",
            "status": 400,
            "title": "Invalid sort field",
            "detail": format!("Sorting by field '{field}' is not supported"),
            members.0: field,
            members.1: known,
        }),
    )
}

/// A refusal that is answered as a problem.
pub(crate) enum Refusal {
    /// What another version of the API would answer.
    Error(Error),
    /// An answer that is ready.
    Ready(Box<Response>),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Error(error)
    }
}

impl From<storage::Error> for Refusal {
    fn from(error: storage::Error) -> Refusal {
        Refusal::Error(error.into())
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "Bad Request",
        StatusCode::FORBIDDEN => "Access denied",
        StatusCode::NOT_FOUND => "Resource does not exist",
        StatusCode::CONFLICT => "Resource already exists",
        _ => "The request is refused",
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            Refusal::Ready(response) => return *response,
            Refusal::Error(error) => error,
        };
        let problem = |status: StatusCode, title: &str, detail: &str, errors: Option<Value>| {
            let mut body = Map::new();
            body.insert("type".to_owned(), json!("about:blank"));
            body.insert("status".to_owned(), json!(status.as_u16()));
            body.insert("title".to_owned(), json!(title));
            body.insert("detail".to_owned(), json!(detail));
            if let Some(errors) = errors {
                body.insert("errors".to_owned(), errors);
            }
            response(status, &body.into())
        };
        match error {
            Error::Text(status, text) => problem(status, title(status), &text, None),
            Error::Empty(status) => problem(status, title(status), title(status), None),
            Error::Syntax(text) => {
                problem(StatusCode::BAD_REQUEST, title(StatusCode::BAD_REQUEST), &text, None)
            }
            Error::Validation(list) => {
                let errors = list.iter().map(|rule| {
                    let value = match rule.get("invalidValue") {
                        Some(Value::String(text)) => Some(text.clone()),
                        Some(Value::Null) | None => None,
                        Some(value) => Some(value.to_string()),
                    };
                    let mut out = Map::new();
                    for (name, member) in [("path", rule.get("path")), ("message", rule.get("message"))] {
                        out.insert(name.to_owned(), member.cloned().unwrap_or_default());
                    }
                    if let Some(value) = value {
                        out.insert("value".to_owned(), json!(value));
                    }
                    Value::Object(out)
                });
                let detail = "The request could not be processed because it failed validation.";
                let status = StatusCode::BAD_REQUEST;
                problem(status, title(status), detail, Some(errors.collect()))
            }
            Error::Problem { status, title, detail, errors } => problem(status, title, &detail, errors),
            error => error.into_response(),
        }
    }
}
