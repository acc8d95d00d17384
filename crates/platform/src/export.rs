//! Issues as CSV or JSON, streamed page by page: an export holds one page in memory, however many rows
//! it has.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream;
use serde::Deserialize;
use serde_json::json;
use storage::now_ms;

use crate::company::{self, Action};
use crate::issue::{self, Cursor, Filter, Issue, SortField};
use crate::{Error, Platform, Result, asset, graphql, sla};

/// Rows a page.
const PAGE: i64 = 500;

pub(crate) fn router(platform: Platform) -> Router {
    Router::new().route("/api/platform/issues/export", get(export)).with_state(platform)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    company_id: Option<String>,
    format: Option<String>,
    /// JSON of `IssuesFiltersInput`.
    filters: Option<String>,
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

fn refused(status: StatusCode, error: &Error) -> Response {
    let body = json!({ "code": error.code(), "message": error.to_string(), "hint": error.hint() });
    (status, axum::Json(body)).into_response()
}

async fn export(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    let principal = match platform.identity.authenticate(&headers).await {
        Ok(Some(principal)) => principal,
        _ => return StatusCode::UNAUTHORIZED.into_response(),
    };
    match prepare(&platform, &principal, &wanted).await {
        Ok((company, filter, format)) => answer(platform, company, filter, format),
        Err(error @ Error::NotFound(_)) => refused(StatusCode::NOT_FOUND, &error),
        Err(error @ Error::Forbidden { .. }) => refused(StatusCode::FORBIDDEN, &error),
        Err(error @ Error::Invalid { .. }) => refused(StatusCode::BAD_REQUEST, &error),
        Err(error) => {
            tracing::error!(%error, "an export failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn prepare(
    platform: &Platform,
    principal: &identity::Principal,
    wanted: &Wanted,
) -> Result<(i64, Filter, Format)> {
    let company = wanted.company_id.as_deref().and_then(|id| id.parse().ok());
    let company = company.ok_or_else(|| Error::invalid("companyId", "name the company by its id"))?;
    company::require(&platform.db, principal, company, Action::See).await?;
    let format = match wanted.format.as_deref().unwrap_or("csv") {
        "csv" => Format::Csv,
        "json" => Format::Json,
        other => return Err(Error::invalid("format", format!("{other:?} is not csv or json"))),
    };
    let filters: serde_json::Value = match wanted.filters.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str(text)
            .map_err(|e| Error::invalid("filters", format!("it is not JSON: {e}")))?,
        None => json!({}),
    };
    let filter = graphql::filter_from_json(filters, principal.user_id())?;
    Ok((company, filter, format))
}

/// Where the stream is.
struct Place {
    platform: Platform,
    company: i64,
    filter: Filter,
    format: Format,
    cursor: Option<Cursor>,
    first: bool,
    ended: bool,
}

fn answer(platform: Platform, company: i64, filter: Filter, format: Format) -> Response {
    let (content_type, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "issues.csv"),
        Format::Json => ("application/json", "issues.json"),
    };
    let place = Place { platform, company, filter, format, cursor: None, first: true, ended: false };
    let body = stream::unfold(place, |mut place| async move {
        if place.ended {
            return None;
        }
        match next(&mut place).await {
            Ok(bytes) => Some((Ok::<Bytes, std::io::Error>(bytes), place)),
            Err(error) => {
                // The connection breaks: a file that is cut must not look whole.
                tracing::error!(%error, "an export broke off");
                place.ended = true;
                Some((Err(std::io::Error::other("the export broke off")), place))
            }
        }
    });
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        Body::from_stream(body),
    )
        .into_response()
}

async fn next(place: &mut Place) -> Result<Bytes> {
    let sort = (SortField::CreatedAt, false);
    let rows =
        issue::after(&place.platform.db, place.company, &place.filter, sort, place.cursor.as_ref(), PAGE)
            .await?;
    place.ended = i64::try_from(rows.len()).unwrap_or_default() < PAGE;
    place.cursor = rows.last().map(|(_, cursor)| cursor.clone());
    let mut ids: Vec<i64> = rows.iter().map(|(issue, _)| issue.asset_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let assets = asset::by_ids(&place.platform.db, &ids).await?;
    let assets: HashMap<i64, String> = assets.into_iter().map(|asset| (asset.id, asset.name)).collect();
    let issues = rows.into_iter().map(|(issue, _)| record(&place.platform, &assets, &issue));
    let first = std::mem::replace(&mut place.first, false);
    Ok(match place.format {
        Format::Csv => csv_page(issues, first),
        Format::Json => {
            let mut out = if first { "[".to_owned() } else { String::new() };
            for (at, fields) in issues.enumerate() {
                out.push_str(if first && at == 0 { "\n" } else { ",\n" });
                let object: serde_json::Map<String, serde_json::Value> =
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                out.push_str(&serde_json::Value::from(object).to_string());
            }
            if place.ended {
                out.push_str("\n]\n");
            }
            Bytes::from(out)
        }
    })
}

fn csv_page(issues: impl Iterator<Item = Vec<(&'static str, serde_json::Value)>>, first: bool) -> Bytes {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if first {
        let _ = writer.write_record(COLUMNS);
    }
    for fields in issues {
        let texts = fields.into_iter().map(|(_, value)| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => harmless(text),
            serde_json::Value::Array(list) => {
                list.iter().filter_map(|v| v.as_str()).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        });
        let _ = writer.write_record(texts);
    }
    Bytes::from(writer.into_inner().unwrap_or_default())
}

/// A text that a spreadsheet would take for a formula is kept a text (OWASP, "CSV Injection").
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

const COLUMNS: [&str; 23] = [
    "id",
    "title",
    "status",
    "severity",
    "asset_id",
    "asset",
    "package",
    "affected_version",
    "patched_version",
    "purl",
    "vulnerability",
    "cve",
    "aliases",
    "cvss_score",
    "cvss_vector",
    "epss_score",
    "known_exploited",
    "source",
    "sla_state",
    "due_at",
    "created_at",
    "updated_at",
    "url",
];

fn record(
    platform: &Platform,
    assets: &HashMap<i64, String>,
    issue: &Issue,
) -> Vec<(&'static str, serde_json::Value)> {
    let detail = issue.detail();
    let time = |at: i64| {
        let at = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
        at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let values = [
        json!(issue.id),
        json!(issue.title),
        json!(issue.status),
        json!(issue.severity),
        json!(issue.asset_id),
        json!(assets.get(&issue.asset_id)),
        json!(detail.package),
        json!(detail.affected_version),
        json!(issue.patched_version),
        json!(detail.purl),
        json!(detail.vulnerability_id),
        json!(detail.cve),
        json!(detail.aliases),
        json!(detail.cvss_score),
        json!(detail.cvss_metric),
        json!(detail.epss_score),
        json!(issue.known_exploited),
        json!(issue.source),
        json!(sla::State::of(issue, now_ms()).as_str()),
        json!(issue.due_at.map(time)),
        json!(time(issue.created_at)),
        json!(time(issue.updated_at)),
        json!(format!("{}/issues/{}", platform.public_url, issue.id)),
    ];
    COLUMNS.into_iter().zip(values).collect()
}
