//! Webhooks of Dependency-Track: a known token and a project that an asset follows start a sync.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use dependency_track::webhook;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use storage::{Sql, marks, now_ms, params};
use subtle::ConstantTimeEq;

use crate::sync::{self, Cause};
use crate::{Platform, Result};

/// How long it waits at most.
const LONGEST_MS: i64 = 30_000;

pub(crate) fn router(platform: Platform) -> Router {
    Router::new()
        .route("/api/webhooks/dependency-track", post(receive))
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .with_state(platform)
}

#[derive(Deserialize, Default)]
struct Given {
    token: Option<String>,
}

/// The token, wherever the sender can put one.
fn token(headers: &HeaderMap, query: Given) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    text("x-api-key").or_else(|| text("x-webhook-token")).or(bearer).or(query.token)
}

async fn receive(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Query(query): Query<Given>,
    body: Bytes,
) -> StatusCode {
    let Some(token) = token(&headers, query).filter(|token| !token.is_empty()) else {
        return StatusCode::UNAUTHORIZED;
    };
    match accept(&platform, &token, &body).await {
        Ok(status) => status,
        Err(error) => {
            tracing::error!(%error, "a webhook could not be taken");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

async fn accept(platform: &Platform, token: &str, body: &[u8]) -> Result<StatusCode> {
    #[derive(FromQueryResult)]
    struct Known {
        id: i64,
        webhook_hash: String,
    }
    let hashes = platform.vault.hashes(token);
    let values = hashes.iter().map(|hash| hash.as_str().into()).collect();
    let list = marks(hashes.len());
    let known: Vec<Known> = platform
        .db
        .rows(&format!("SELECT id, webhook_hash FROM integration WHERE webhook_hash IN ({list})"), values)
        .await?;
    let known: Vec<i64> = known
        .into_iter()
        .filter(|row| hashes.iter().any(|hash| row.webhook_hash.as_bytes().ct_eq(hash.as_bytes()).into()))
        .map(|row| row.id)
        .collect();
    if known.is_empty() {
        return Ok(StatusCode::UNAUTHORIZED);
    }
    // What is not a notification, or of no interest, is taken and forgotten: the sender did nothing wrong.
    let Ok(notification) = webhook::parse(body) else { return Ok(StatusCode::ACCEPTED) };
    if !notification.group.changes_findings() || notification.projects.is_empty() {
        return Ok(StatusCode::ACCEPTED);
    }
    let projects: Vec<String> = notification.projects.iter().take(500).map(ToString::to_string).collect();
    let tx = platform.db.begin().await?;
    let names = names(body, &projects);
    let links = crate::integration::by_project(&tx, &known, &projects, &names).await?;
    let quiet = platform.limits.webhook_quiet_ms;
    for link in links {
        let now = now_ms();
        let run = sync::queue(&tx, link, Cause::Webhook, now + quiet).await?;
        // A burst is one run: it starts when it is quiet, but not later than half a minute after the first.
        tx.execute(
            "UPDATE job SET run_at = CASE WHEN created_at + ? < ? THEN created_at + ? ELSE ? END \
             WHERE id = (SELECT job_id FROM sync_run WHERE id = ? AND cause = 'WEBHOOK') AND state = 'READY'",
            params![LONGEST_MS, now + quiet, LONGEST_MS, now + quiet, run],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// The names that a notification gives these projects, wherever in it they stand.
fn names(body: &[u8], projects: &[String]) -> Vec<String> {
    fn look(value: &serde_json::Value, projects: &[String], out: &mut Vec<String>) {
        match value {
            serde_json::Value::Array(all) => all.iter().for_each(|one| look(one, projects, out)),
            serde_json::Value::Object(fields) => {
                let text = |key: &str| fields.get(key).and_then(serde_json::Value::as_str);
                if let (Some(uuid), Some(name)) = (text("uuid"), text("name"))
                    && projects.iter().any(|known| known == uuid)
                    && !out.iter().any(|known| known == name)
                {
                    out.push(name.to_owned());
                }
                fields.values().for_each(|one| look(one, projects, out));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        look(&value, projects, &mut out);
    }
    out
}
