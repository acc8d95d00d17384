//! Numbers about the running server, in the text format of Prometheus (version 0.0.4).

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use storage::{Db, Sql, params};

/// `/metrics`; 404 unless it is wanted.
pub fn router(db: Db, wanted: bool) -> Router {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let state = wanted.then_some((db, started));
    Router::new().route("/metrics", get(show)).with_state(state)
}

/// What is counted: its name, its meaning, and the query.
const GAUGES: [(&str, &str, &str); 5] = [
    ("twintrack_projects", "Projects", "SELECT count(*) FROM project"),
    ("twintrack_components", "Components of all projects", "SELECT count(*) FROM component"),
    ("twintrack_vulnerabilities", "Vulnerabilities that are known", "SELECT count(*) FROM vulnerability"),
    ("twintrack_jobs_waiting", "Jobs that wait", "SELECT count(*) FROM job WHERE state = 'READY'"),
    ("twintrack_jobs_running", "Jobs that run", "SELECT count(*) FROM job WHERE state = 'RUNNING'"),
];

async fn text(db: &Db, started: u64) -> Result<String, storage::Error> {
    let mut out = String::new();
    let mut put = |name: &str, help: &str, labels: &str, value: String| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{labels} {value}");
    };
    let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    put("twintrack_build_info", "The running version", version, "1".to_owned());
    put("process_start_time_seconds", "When the server was started", "", started.to_string());
    for (name, help, query) in GAUGES {
        put(name, help, "", db.count(query, params![]).await?.to_string());
    }
    Ok(out)
}

async fn show(State(state): State<Option<(Db, u64)>>) -> Response {
    let Some((db, started)) = state else { return StatusCode::NOT_FOUND.into_response() };
    match text(&db, started).await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the numbers for Prometheus could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
