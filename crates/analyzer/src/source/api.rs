//! Sources over the wire: how each is set up and how its runs went, the button that starts one, and
//! the exploited vulnerabilities that one of them tells of. The runs of a source are addressed as in
//! version 5 of Dependency-Track (`/api/v2/vuln-data-sources`), the rest beside them.

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, jobs, params};

use super::run::Row;
use super::{Source, run, settings};
use crate::server::{Access, AppState, Error, Result, Route, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const RUNS: &str = "/v2/vuln-data-sources/{name}/mirror-runs";

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema { name: "DataSources", members: "items!: [DataSource]\ntotal!: Total" },
    crate::openapi::Schema {
        name: "DataSource",
        members: "
            name!: string
            title!: string
            enabled!: boolean
            base_url!: string
            cadence_hours!: integer
            properties!: {string}
            next_run_at: millis
            latest_run: MirrorRun",
    },
    crate::openapi::Schema { name: "MirrorRuns", members: "items!: [MirrorRun]\ntotal!: Total" },
    crate::openapi::Schema {
        name: "MirrorRun",
        members: "
            status!: string
            cause!: string
            created_at!: millis
            started_at: millis
            completed_at: millis
            failure_reason: string
            report: any
            phase: string
            done: integer
            total: integer",
    },
    crate::openapi::Schema { name: "Total", members: "count!: integer\ntype!: EXACT|AT_LEAST" },
    crate::openapi::Schema { name: "KevAssertions", members: "items!: [KevAssertion]\ntotal!: Total" },
    crate::openapi::Schema {
        name: "KevAssertion",
        members: "
            asserter!: string
            vuln_source!: string
            vuln_id!: string
            published_at!: millis
            required_action: string
            known_ransomware!: boolean
            description: string
            created_at!: millis
            updated_at!: millis",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v2/vuln-data-sources", MANAGE, list)
            .says("Lists the sources of vulnerability data.")
            .gives(200, "DataSources"),
        route(Method::GET, RUNS, MANAGE, runs)
            .says("Lists the latest runs of a source.")
            .gives(200, "MirrorRuns"),
        route(Method::POST, RUNS, MANAGE, start).says("Mirrors a source now.").gives(202, "none"),
        route(Method::GET, "/v2/vuln-data-sources/{name}/mirror-runs/latest", MANAGE, latest)
            .says("Shows the latest run of a source.")
            .gives(200, "MirrorRun"),
        route(Method::DELETE, "/v2/vuln-data-sources/{name}/mirror-runs/latest", MANAGE, cancel)
            .says("Asks the run in progress to stop.")
            .gives(204, "none"),
        route(
            Method::GET,
            "/v2/vulns/{source}/{vuln_id}/kev-assertions",
            Access::Any(&[Permission::ViewVulnerability]),
            kev_assertions,
        )
        .says("Lists who says that a vulnerability is exploited.")
        .gives(200, "KevAssertions"),
        route(Method::GET, "/v1/integration/osv/ecosystem", MANAGE, ecosystems)
            .says("Lists the ecosystems that OSV can be mirrored for.")
            .gives(200, "[string]"),
        route(Method::GET, "/v1/integration/osv/ecosystem/inactive", MANAGE, inactive_ecosystems)
            .says("Lists the ecosystems that OSV is not mirrored for.")
            .gives(200, "[string]"),
    ]
}

fn find(name: &str) -> Result<Source> {
    Source::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Source::ALL.into_iter().map(Source::name).collect();
        Error::Problem {
            status: StatusCode::NOT_FOUND,
            title: "Not Found",
            detail: format!(
                "There is no vulnerability data source {name:?}; there are {}.",
                names.join(", ")
            ),
            errors: None,
        }
    })
}

/// A run with what it is doing at the moment.
async fn run_json(sql: &impl Sql, row: &Row) -> Result<Value> {
    let job = jobs::get(sql, row.job_id).await?;
    let status = match row.state.as_str() {
        "QUEUED" => "PENDING",
        state => state,
    };
    let mut out = Map::new();
    out.insert("status".to_owned(), json!(status));
    out.insert("cause".to_owned(), json!(row.cause));
    out.insert("created_at".to_owned(), json!(row.created_at));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("started_at", job.as_ref().and_then(|job| job.started_at).map(|at| json!(at)));
    put("completed_at", row.ended_at.map(|at| json!(at)));
    put("failure_reason", row.error.as_ref().map(|error| json!(error)));
    put("report", row.report.as_deref().and_then(|text| serde_json::from_str(text).ok()));
    if row.ended_at.is_none()
        && let Some(job) = job
    {
        put("phase", job.phase.map(|phase| json!(phase)));
        put("done", Some(json!(job.done)));
        put("total", job.total.map(|total| json!(total)));
    }
    Ok(out.into())
}

async fn list(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let mut items = Vec::new();
    for source in Source::ALL {
        let settings = settings::of(&state.db, source).await?;
        let (enabled, url, cadence) = settings::properties(source);
        let text = "SELECT next_run FROM source_state WHERE source = ?";
        let next: Option<i64> = state.db.scalar(text, params![source.name()]).await?;
        let latest = run::latest(&state.db, source, 1).await?;
        let mut item = json!({
            "name": source.name(),
            "title": source.title(),
            "enabled": settings.enabled,
            "base_url": settings.base_url,
            "cadence_hours": settings.cadence_hours,
            "properties": { "enabled": enabled, "base_url": url, "cadence_hours": cadence },
        });
        if let Some(object) = item.as_object_mut() {
            if let Some(next) = next.filter(|_| settings.enabled && state.options.mirrors) {
                object.insert("next_run_at".to_owned(), json!(next));
            }
            if let Some(row) = latest.first() {
                object.insert("latest_run".to_owned(), run_json(&state.db, row).await?);
            }
        }
        items.push(item);
    }
    Ok(axum::Json(json!({ "items": items, "total": { "count": items.len(), "type": "EXACT" } })))
}

async fn runs(State(state): State<AppState>, Path(name): Path<String>) -> Result<axum::Json<Value>> {
    let mut items = Vec::new();
    for row in run::latest(&state.db, find(&name)?, 50).await? {
        items.push(run_json(&state.db, &row).await?);
    }
    Ok(axum::Json(json!({ "items": items, "total": { "count": items.len(), "type": "EXACT" } })))
}

async fn start(State(state): State<AppState>, Path(name): Path<String>) -> Result<Response> {
    let source = find(&name)?;
    let tx = state.db.begin().await?;
    if run::start(&tx, source, "MANUAL").await?.is_none() {
        return Err(Error::Problem {
            status: StatusCode::CONFLICT,
            title: "Conflict",
            detail: format!("A mirror run of {name} waits or is in progress."),
            errors: None,
        });
    }
    tx.commit().await?;
    let place = format!("/api/v2/vuln-data-sources/{name}/mirror-runs/latest");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)]).into_response())
}

async fn newest(state: &AppState, name: &str) -> Result<Row> {
    let rows = run::latest(&state.db, find(name)?, 1).await?;
    rows.into_iter().next().ok_or_else(|| Error::Problem {
        status: StatusCode::NOT_FOUND,
        title: "Not Found",
        detail: format!("There was no mirror run of {name} yet."),
        errors: None,
    })
}

async fn latest(State(state): State<AppState>, Path(name): Path<String>) -> Result<axum::Json<Value>> {
    let row = newest(&state, &name).await?;
    Ok(axum::Json(run_json(&state.db, &row).await?))
}

/// Asks the run that waits or is in progress to stop. What it wrote stays.
async fn cancel(State(state): State<AppState>, Path(name): Path<String>) -> Result<StatusCode> {
    let row = newest(&state, &name).await?;
    if row.ended_at.is_none() {
        let tx = state.db.begin().await?;
        run::cancel(&tx, &row).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn kev_assertions(
    State(state): State<AppState>,
    Path((source, id)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    #[derive(FromQueryResult)]
    struct Kev {
        cve: String,
        date_added: Option<i64>,
        entry: String,
    }
    let text = "SELECT alias_group FROM vulnerability WHERE source = ? AND vuln_id = ?";
    let group: Option<String> = state.db.scalar(text, params![source, id]).await?;
    let Some(group) = group else {
        return Err(Error::Problem {
            status: StatusCode::NOT_FOUND,
            title: "Not Found",
            detail: "The vulnerability could not be found.".to_owned(),
            errors: None,
        });
    };
    let text = "SELECT cve, date_added, entry FROM known_exploited WHERE cve = ?";
    let rows: Vec<Kev> = state.db.rows(text, params![group]).await?;
    let items: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let entry: advisories::kev::Entry = serde_json::from_str(&row.entry).unwrap_or_default();
            let added = row.date_added.unwrap_or_default();
            let mut item = json!({
                "asserter": "CISA",
                "vuln_source": "NVD",
                "vuln_id": row.cve,
                "published_at": added,
                "known_ransomware": entry.ransomware,
                "created_at": added,
                "updated_at": added,
            });
            for (name, text) in [("required_action", entry.action), ("description", entry.description)] {
                if let (Some(text), Some(object)) = (text, item.as_object_mut()) {
                    object.insert(name.to_owned(), json!(text));
                }
            }
            item
        })
        .collect();
    Ok(axum::Json(json!({ "items": items, "total": { "count": items.len(), "type": "EXACT" } })))
}

async fn ecosystems() -> axum::Json<Value> {
    axum::Json(versions::ecosystems().collect())
}

async fn inactive_ecosystems(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let chosen = settings::text(&state.db, "google.osv.enabled").await?.unwrap_or_default();
    let chosen: Vec<&str> = chosen.split(';').map(str::trim).collect();
    Ok(axum::Json(versions::ecosystems().filter(|name| !chosen.contains(name)).collect()))
}
