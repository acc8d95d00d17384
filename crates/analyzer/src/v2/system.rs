//! What this server can do.

use axum::extract::State;
use axum::http::Method;
use serde_json::{Value, json};

use crate::server::{Access, AppState, Route, route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v2/internal/system-capabilities", Access::Authenticated, capabilities)
            .says("Tells what this server can do.")
            .gives(200, "CapabilitiesV2"),
    ]
}

async fn capabilities(State(state): State<AppState>) -> axum::Json<Value> {
    let read_only = state.options.vault.is_none();
    axum::Json(json!({ "capabilities": { "secret_management": { "read_only": read_only } } }))
}
