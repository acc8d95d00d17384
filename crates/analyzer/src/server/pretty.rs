//! JSON for people: with `?pretty` an answer is indented (behaviour reference §1.1).

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

pub(super) async fn print(request: Request, next: Next) -> Response {
    let asked = request
        .uri()
        .query()
        .is_some_and(|query| query.split('&').any(|pair| matches!(pair.split('=').next(), Some("pretty"))));
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !asked || !kind.is_some_and(|kind| kind.contains("json")) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // What handlers answer as JSON is in memory.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    // A sentence that is labelled as JSON stays what it is.
    let pretty = serde_json::from_slice::<Value>(&bytes).and_then(|value| serde_json::to_vec_pretty(&value));
    let bytes = pretty.unwrap_or_else(|_| bytes.to_vec());
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}
