//! `X-Request-Id`: the one that the client gives, or a new one, on every answer.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const NAME: HeaderName = HeaderName::from_static("x-request-id");

/// 16 to 192 letters, digits and `._-=+`: what may stand in a log.
fn is_fine(given: &HeaderValue) -> bool {
    let bytes = given.as_bytes();
    (16..=192).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._-=+".contains(b))
}

/// Puts the id on the answer.
pub async fn answer(request: Request, next: Next) -> Response {
    let given = request.headers().get(NAME).filter(|given| is_fine(given)).cloned();
    let id = given.or_else(|| HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).ok());
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(NAME, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_break_a_log_are_replaced() {
        let fine = |text: &'static str| is_fine(&HeaderValue::from_static(text));
        assert!(fine("0123456789abcdef"));
        assert!(fine("build-42.step_7=retry+1"));
        assert!(!fine("short"));
        assert!(!fine("0123456789abcdef; drop"));
    }
}
