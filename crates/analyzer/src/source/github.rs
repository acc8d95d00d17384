//! GitHub: its GraphQL API, by time of change.

use std::collections::HashMap;

use advisories::ghsa;
use chrono::DateTime;

use super::download::shown_text;
use super::pour;
use super::run::Run;
use super::{ask, settings};
use crate::advisory::{Origin, Record};
use crate::server::{Error, Result};

/// The property that says up to when GitHub was asked (seconds).
const CHECKPOINT: &str = "github.advisories.last.modified.epoch.seconds";
/// An answer is never larger, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Mirrors what changed since the checkpoint, oldest first, so that a run that breaks off goes on
/// where it was.
pub(super) async fn mirror(run: &mut Run) -> Result<()> {
    let url = run.settings.base_url.clone();
    let refuse = |message: String| Error::Source { place: shown_text(&url), message };
    let Some(token) = run.secret("github.advisories.access.token").await? else {
        return Err(refuse(
            "GitHub wants a token: set the property vuln-source / github.advisories.access.token to a personal \
             access token without any scope"
                .to_owned(),
        ));
    };
    let seconds = settings::text(&run.db, CHECKPOINT).await?.and_then(|text| text.parse::<i64>().ok());
    let since = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).map(|at| at.to_rfc3339());
    let authorization = format!("bearer {}", token.trim());
    let mut cursor: Option<String> = None;
    loop {
        let body = ghsa::query(since.as_deref(), cursor.as_deref());
        let page =
            ghsa::parse(&question(run, &authorization, body).await?).map_err(|e| refuse(e.to_string()))?;
        let mut rest: HashMap<String, String> = page.rest.into_iter().collect();
        let mut newest = None;
        let mut batch = Vec::with_capacity(page.advisories.len());
        for one in page.advisories {
            let mut advisory = match one {
                Ok(advisory) => advisory,
                Err(error) => {
                    batch.push(Err(("GitHub".to_owned(), error.to_string())));
                    continue;
                }
            };
            // An advisory with more packages than fit in a page.
            while let Some(after) = rest.remove(&advisory.id) {
                let body = ghsa::rest_query(&advisory.id, &after);
                let bytes = question(run, &authorization, body).await?;
                let (more, next) = ghsa::parse_rest(&bytes).map_err(|e| refuse(e.to_string()))?;
                advisory.affected.extend(more);
                rest.extend(next.map(|next| (advisory.id.clone(), next)));
            }
            newest = newest.max(Some(advisory.modified));
            let id = advisory.id.clone();
            batch.push(Record::new("GITHUB", advisory).map_err(|e| (id, e.to_string())));
        }
        pour::write(&run.db, Origin::Github, batch, &mut run.report).await?;
        run.tell("advisories", run.report.read, None);
        if let Some(newest) = newest {
            let tx = run.db.begin().await?;
            settings::set(&tx, CHECKPOINT, &(newest / 1_000).to_string()).await?;
            tx.commit().await?;
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

/// Sends a question; the answer.
async fn question(run: &Run, authorization: &str, body: String) -> Result<Vec<u8>> {
    let url = &run.settings.base_url;
    let request = || {
        run.http
            .post(url)
            .header("authorization", authorization)
            .header("content-type", "application/json")
            .body(body.clone())
    };
    ask::ask(url, LARGEST, request).await
}
