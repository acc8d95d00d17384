//! NVD: feeds of JSON by year, or the API with its windows of change.

use std::time::Duration;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use storage::now_ms;

use super::file::{self, nvd_records};
use super::pour::pour;
use super::run::Run;
use super::{ask, settings};
use crate::advisory::Origin;
use crate::server::{Error, Result};

/// The first year that has a feed.
const FIRST_YEAR: i32 = 2002;
/// How many records the API gives at once.
const PAGE: u64 = 2_000;
/// A window of change is never longer (the API refuses more than 120 days).
const WINDOW_MS: i64 = 119 * 86_400_000;
/// A page of the API is never larger, in bytes.
const LARGEST_PAGE: u64 = 256 * 1024 * 1024;
/// What the NVD shows later than it dates it, and clocks that differ, are within so much.
const OVERLAP_MS: i64 = 3_600_000;
/// The feed of what changed in the last days.
const MODIFIED: &str = "modified";
/// The property that says up to when the API was asked (seconds).
const CHECKPOINT: &str = "nvd.api.last.modified.epoch.seconds";

/// Mirrors by the feeds, or by the API where that is switched on.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    if !settings::flag(&run.db, "nvd.api.enabled").await? {
        return feeds(run).await;
    }
    if settings::flag(&run.db, "nvd.api.download.feeds").await? && run.recall::<bool>("feeds").is_none() {
        // The feeds are the fast way to begin; what changed since comes from the API.
        let api = run.settings.base_url.clone();
        let started = now_ms() / 1_000;
        if let Some(url) = settings::text(&run.db, "nvd.feeds.url").await? {
            run.settings.base_url = url.trim_end_matches('/').to_owned();
            feeds(run).await?;
            run.settings.base_url = api;
            save(run, started).await?;
            run.note("feeds", true).await?;
        }
    }
    api(run).await
}

/// Every feed whose checksum is another one than before, the newest years first. The feed of changes
/// comes last, since it is written more often than those of the years.
async fn feeds(run: &mut Run) -> Result<()> {
    let year = Utc::now().year();
    let names = (FIRST_YEAR..=year).rev().map(|year| year.to_string()).chain([MODIFIED.to_owned()]);
    let mut failed = Vec::new();
    for name in names {
        match feed(run, &name).await {
            Ok(()) => {}
            Err(error @ (Error::Stopped | Error::Storage(_))) => return Err(error),
            // In January the feed of the new year may not be there yet.
            Err(Error::Missing { .. }) if name == year.to_string() => {}
            Err(error) => failed.push(error.to_string()),
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::Source { place: format!("{} feeds", failed.len()), message: failed.join("; ") })
}

async fn feed(run: &mut Run, name: &str) -> Result<()> {
    let base = format!("{}/json/cve/2.0/nvdcve-2.0-{name}", run.settings.base_url);
    let key = format!("feed {name}");
    // `sha256:…` of the uncompressed feed, among other lines.
    let meta = match ask::text(&run.http, &format!("{base}.meta"), 64 * 1024).await {
        Ok(text) => text.lines().find_map(|line| line.strip_prefix("sha256:")).map(str::to_owned),
        Err(Error::Missing { .. }) => None,
        Err(error) => return Err(error),
    };
    if meta.is_some() && run.recall::<String>(&key) == meta {
        return Ok(());
    }
    let url = format!("{base}.json.gz");
    let Some(path) = run.fetch_if(&key, &url, &format!("nvdcve-2.0-{name}.json.gz"), None).await? else {
        return Ok(());
    };
    run.pending(&key);
    if name != MODIFIED {
        // A year may tell less than the changes that were stored before it.
        run.note(&format!("feed {MODIFIED}"), None::<String>).await?;
    }
    let context = run.context();
    let phase = format!("CVEs of feed {name}");
    let told = move |done: u64| context.progress(&phase, i64::try_from(done).unwrap_or(0), None, None);
    let db = run.db.clone();
    file::nvd(&db, &path, &mut run.report, &told).await?;
    run.note(&key, meta).await
}

/// Windows of change, page by page; after each window the checkpoint moves on.
async fn api(run: &mut Run) -> Result<()> {
    let key = run.secret("nvd.api.key").await?;
    // The NVD asks for these pauses: 5 requests in 30 seconds, with a key 50.
    let pause = Duration::from_millis(if key.is_some() { 600 } else { 6_000 });
    let seconds = settings::text(&run.db, CHECKPOINT).await?.and_then(|text| text.parse::<i64>().ok());
    let now = now_ms();
    let Some(seconds) = seconds else {
        // What changes while all pages are read belongs to the first window.
        let first = run.recall("first").unwrap_or(First { page: 0, started: now });
        pages(run, "", first.page, Some(first.started), key.as_deref(), pause).await?;
        save(run, first.started / 1_000).await?;
        return run.note("first", None::<First>).await;
    };
    let mut from = seconds.saturating_mul(1_000).saturating_sub(OVERLAP_MS);
    while from < now {
        let to = from.saturating_add(WINDOW_MS).min(now);
        let window = format!("&lastModStartDate={}&lastModEndDate={}", instant(from), instant(to));
        pages(run, &window, 0, None, key.as_deref(), pause).await?;
        save(run, to / 1_000).await?;
        from = to.saturating_add(1);
    }
    Ok(())
}

fn instant(ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn save(run: &mut Run, seconds: i64) -> Result<()> {
    let tx = run.db.begin().await?;
    settings::set(&tx, CHECKPOINT, &seconds.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

/// The first, long question: where a run breaks off in the middle of it, the next goes on there.
#[derive(Serialize, Deserialize)]
struct First {
    /// The first record that is not there yet.
    page: u64,
    /// When it began (epoch milliseconds).
    started: i64,
}

/// All pages of a question, from one on; `started` when that shall be noted as [`First`].
async fn pages(
    run: &mut Run,
    window: &str,
    mut at: u64,
    started: Option<i64>,
    key: Option<&str>,
    pause: Duration,
) -> Result<()> {
    loop {
        let url = format!("{}?resultsPerPage={PAGE}&startIndex={at}{window}", run.settings.base_url);
        let http = run.http.clone();
        let question = || match key {
            Some(key) => http.get(&url).header("apiKey", key),
            None => http.get(&url),
        };
        let bytes = ask::ask(&run.settings.base_url, LARGEST_PAGE, question).await?;
        let db = run.db.clone();
        let place = run.settings.base_url.clone();
        let page = pour(&db, Origin::Nvd, &mut run.report, &|_| {}, move |give| {
            nvd_records(bytes.as_slice(), give).map_err(|e| Error::Source { place, message: e.to_string() })
        })
        .await?;
        at = page.start_index.saturating_add(page.results_per_page.max(1));
        run.tell("CVEs of the API", at.min(page.total_results), Some(page.total_results));
        let last = at >= page.total_results || page.results_per_page == 0;
        if last {
            return Ok(());
        }
        if let Some(started) = started {
            run.note("first", First { page: at, started }).await?;
        }
        tokio::time::sleep(pause).await;
    }
}
