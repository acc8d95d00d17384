//! Headers on every answer, and answers to OPTIONS (behaviour reference §1.8).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const LISTED: &str = "Origin, Content-Type, Authorization, X-Requested-With, Content-Length, Accept, Origin, X-Api-Key, X-Total-Count";
const ALLOWED: &str = "Origin, Content-Type, Authorization, X-Requested-With, Content-Length, Accept, Origin, X-Api-Key, X-Total-Count, *";

type Table = Arc<Vec<(Method, &'static str)>>;

pub(super) async fn add(State(table): State<Table>, request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let allow = allowed(&table, request.uri().path());
        match (allow.is_empty(), HeaderValue::from_str(&allow)) {
            (false, Ok(allow)) => (StatusCode::OK, [(axum::http::header::ALLOW, allow)]).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    } else if request.uri().to_string().contains("%00") {
        // PostgreSQL keeps no text with a NUL.
        StatusCode::BAD_REQUEST.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
        ("access-control-allow-headers", ALLOWED),
        ("access-control-expose-headers", LISTED),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "3600"),
        ("x-powered-by", concat!("Dependency-Track v", "4.14.2")),
        ("cache-control", "private, max-age=0, must-revalidate, no-cache"),
        ("x-content-type-options", "nosniff"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// The methods that a path takes, in Dependency-Track's order.
fn allowed(table: &Table, path: &str) -> String {
    let path = path.strip_prefix("/api").unwrap_or(path).trim_end_matches('/');
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template.split('/').zip(path.split('/')).all(|(t, p)| t.starts_with('{') || t == p)
    };
    let has = |method: &Method| table.iter().any(|(m, template)| m == method && fits(template));
    let mut names: Vec<&str> = Vec::new();
    for (method, name) in [
        (Method::GET, "HEAD"),
        (Method::DELETE, "DELETE"),
        (Method::POST, "POST"),
        (Method::GET, "GET"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
    ] {
        if has(&method) || (name == "OPTIONS" && !names.is_empty()) {
            names.push(name);
        }
    }
    names.join(",")
}
