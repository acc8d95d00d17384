//! `/api/version`: which server this is (behaviour reference §1.9).

use axum::extract::State;
use axum::http::Method;
use serde_json::{Value, json};
use storage::{Tx, settings};

use crate::server::{Access, AppState, Result, Route, route};

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema {
        name: "Version",
        members: "
            application!: string
            version!: string
            timestamp!: string
            uuid!: uuid
            systemUuid!: uuid
            framework!: Framework",
    },
    crate::openapi::Schema {
        name: "Framework",
        members: "name!: string\nversion!: string\ntimestamp!: string\nuuid!: uuid",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/version", Access::Public, show)
            .says("Tells which server this is.")
            .gives(200, "Version"),
    ]
}

pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    settings::get_or_set(tx, "system_uuid", || uuid::Uuid::new_v4().to_string()).await?;
    Ok(())
}

async fn show(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let system = settings::get(&state.db, "system_uuid").await?.unwrap_or_default();
    // Clients read the version as that of Dependency-Track; what really answers stands beside it.
    let build = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, env!("CARGO_PKG_VERSION").as_bytes());
    Ok(axum::Json(json!({
        "application": "Dependency-Track",
        "version": state.options.spoken.version(),
        "timestamp": "2026-03-09T10:09:55Z",
        "uuid": build,
        "systemUuid": system,
        "framework": {
            "name": "Twintrack",
            "version": env!("CARGO_PKG_VERSION"),
            "timestamp": "2026-03-09T10:09:55Z",
            "uuid": build,
        },
    })))
}
