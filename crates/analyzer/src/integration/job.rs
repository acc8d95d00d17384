//! When findings are uploaded, and what becomes of it.
//!
//! Every minute the integrations whose cadence has passed are claimed, once on all nodes, and a job
//! is queued for each project that takes part, so that a failure stays with its project.

use std::time::Duration;

use reqwest::{RequestBuilder, Url};
use serde::{Deserialize, Serialize};
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, now_ms, params};

use super::{Integration, Settings, defect_dojo, fortify, kenna, of_projects};
use crate::server::{AppState, Result};
use crate::{http, notification, project};

const TICK: &str = "integration.schedule";
const UPLOAD: &str = "integration.upload";
const MOST_ATTEMPTS: i64 = 3;
const MINUTE_MS: i64 = 60_000;
/// The project that stands for the portfolio.
const PORTFOLIO: i64 = 0;

#[derive(Serialize, Deserialize)]
struct Upload {
    integration: String,
    project: i64,
}

/// Why an upload failed. The text never has a secret in it.
pub(super) struct Failed(pub String);

impl From<crate::Error> for Failed {
    fn from(error: crate::Error) -> Failed {
        Failed(error.to_string())
    }
}

pub(crate) fn register(worker: Worker, state: &AppState) -> Worker {
    let (ticking, uploading) = (state.clone(), state.clone());
    worker
        .on(TICK, 1, move |_: Context| {
            let state = ticking.clone();
            async move { claim(&state).await.map_err(Failure::retry) }
        })
        .on(UPLOAD, 4, move |context: Context| {
            let state = uploading.clone();
            async move { run(&context, &state).await }
        })
        .every(TICK, Duration::from_secs(60))
}

/// Queues the uploads that are due.
async fn claim(state: &AppState) -> Result<()> {
    for integration in Integration::ALL {
        let settings = Settings { sql: &state.db, options: &state.options, integration };
        if !settings.flag("enabled").await? {
            continue;
        }
        let minutes = settings.text("sync.cadence").await?.and_then(|text| text.parse::<i64>().ok());
        let minutes = minutes.unwrap_or(60).clamp(1, 525_600);
        let tx = state.db.begin().await?;
        let now = now_ms();
        let mine = tx
            .execute(
                "INSERT INTO integration_upload (integration, project_id, started_at) VALUES (?, 0, ?) \
                 ON CONFLICT (integration, project_id) DO UPDATE SET started_at = excluded.started_at \
                 WHERE integration_upload.started_at <= ?",
                params![integration.prefix(), now, now - minutes * MINUTE_MS],
            )
            .await?;
        if mine == 0 {
            continue;
        }
        let mut projects: Vec<i64> = match integration {
            Integration::Kenna => vec![PORTFOLIO],
            _ => of_projects(&tx, integration, None).await?.into_keys().collect(),
        };
        projects.sort_unstable();
        for project in projects {
            let upload = Upload { integration: integration.prefix().to_owned(), project };
            let lane = format!("{}:{project}", integration.prefix());
            let job = NewJob::new(UPLOAD, upload)?.lane(lane, IfWaiting::Keep).max_attempts(MOST_ATTEMPTS);
            enqueue(&tx, job).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn run(context: &Context, state: &AppState) -> std::result::Result<(), Failure> {
    let due: Upload = context.payload()?;
    let Some(integration) = Integration::parse(&due.integration) else {
        return Err(Failure::Final(format!("there is no integration {:?}", due.integration)));
    };
    let started = now_ms();
    let Err(Failed(error)) = upload(state, integration, due.project).await else {
        return end(&state.db, integration, due.project, started, None).await.map_err(Failure::retry);
    };
    let last = context.job.attempt >= MOST_ATTEMPTS;
    tracing::warn!(integration = integration.title(), error, "findings could not be uploaded");
    if last {
        end(&state.db, integration, due.project, started, Some(&error)).await.map_err(Failure::retry)?;
    }
    Err(Failure::retry(error))
}

/// Keeps what became of an upload; a failure is told.
async fn end(
    db: &Db,
    integration: Integration,
    project: i64,
    started: i64,
    error: Option<&str>,
) -> Result<()> {
    let tx = db.begin().await?;
    // The time of the portfolio's row is when its cadence began.
    let tail = if project == PORTFOLIO {
        "ended_at = excluded.ended_at, error = excluded.error"
    } else {
        "started_at = excluded.started_at, ended_at = excluded.ended_at, error = excluded.error"
    };
    tx.execute(
        &format!(
            "INSERT INTO integration_upload (integration, project_id, started_at, ended_at, error) \
             VALUES (?, ?, ?, ?, ?) ON CONFLICT (integration, project_id) DO UPDATE SET {tail}"
        ),
        params![integration.prefix(), project, started, now_ms(), error],
    )
    .await?;
    if let Some(error) = error {
        let of = match project::by_ids(&tx, &[project]).await?.pop() {
            Some(project) => format!(" of the project [{}]", project.title()),
            None => String::new(),
        };
        let text = format!("The findings{of} could not be uploaded to {}: {error}", integration.title());
        notification::integration_failed(&tx, &text).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn upload(state: &AppState, integration: Integration, id: i64) -> std::result::Result<(), Failed> {
    let settings = Settings { sql: &state.db, options: &state.options, integration };
    let client = http::client()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(300))
        .build()
        .map_err(|error| Failed(error.to_string()))?;
    if integration == Integration::Kenna {
        return kenna::upload(&state.db, &settings, &client).await;
    }
    // The project may be gone, or no longer take part.
    let Some(project) = project::by_ids(&state.db, &[id]).await?.pop() else { return Ok(()) };
    let mut properties = of_projects(&state.db, integration, Some(id)).await?;
    let Some(properties) = properties.remove(&id) else { return Ok(()) };
    match integration {
        Integration::DefectDojo => defect_dojo::upload(&settings, &client, &project, &properties).await,
        _ => fortify::upload(&settings, &client, &project, &properties).await,
    }
}

/// An address of http or https below the one that is set.
pub(super) fn address(base: Option<String>, path: &str) -> std::result::Result<Url, Failed> {
    let Some(base) = base else { return Err(Failed("the address is not set".to_owned())) };
    let url = Url::parse(&format!("{}{path}", base.trim().trim_end_matches('/')));
    match url {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(url),
        _ => Err(Failed("the address is not one of http or https".to_owned())),
    }
}

/// Sends a request; the answer when it says that all went well.
pub(super) async fn send(
    request: RequestBuilder,
    what: &str,
) -> std::result::Result<reqwest::Response, Failed> {
    let answer = request.send().await.map_err(|error| Failed(format!("{what}: {}", error.without_url())))?;
    match answer.status() {
        status if status.is_success() => Ok(answer),
        status => Err(Failed(format!("{what}: the server answered {status}"))),
    }
}

/// A file to upload, as one part of a form.
pub(super) fn part(
    name: String,
    content: &serde_json::Value,
) -> std::result::Result<reqwest::multipart::Part, Failed> {
    reqwest::multipart::Part::bytes(content.to_string().into_bytes())
        .file_name(name)
        .mime_str("application/json")
        .map_err(|error| Failed(error.to_string()))
}
