//! Whether the server is well, in the shape of MicroProfile Health as Dependency-Track answers it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use storage::Db;

/// `/health` and its three questions.
pub fn router(db: Db) -> Router {
    Router::new()
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route("/health/started", get(ready))
        .route("/health/live", get(live))
        .with_state(db)
}

async fn live() -> impl IntoResponse {
    Json(serde_json::json!({ "status": "UP", "checks": [] }))
}

async fn ready(State(db): State<Db>) -> impl IntoResponse {
    let up = db.ping().await.is_ok();
    let (code, word) = if up { (StatusCode::OK, "UP") } else { (StatusCode::SERVICE_UNAVAILABLE, "DOWN") };
    let body =
        serde_json::json!({ "status": word, "checks": [{ "name": "database", "status": word, "data": {} }] });
    (code, Json(body))
}
