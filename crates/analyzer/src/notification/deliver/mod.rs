//! Delivering notifications. They leave through the outbox, those of one rule in order; what is not
//! taken is tried again with growing pauses, and kept as failed when that does not help.

mod log;
mod mail;
mod send;

pub(super) use log::routes;
pub(super) use send::{publish, test_mail};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storage::worker::{Context, Failure, Worker};
use storage::{Tx, now_ms, outbox};

use super::notice::Notice;
use super::rule::Rule;
use super::{publisher, rule};
use crate::http;
use crate::server::{AppState, Result};

/// The outbox's channel of notifications.
const CHANNEL: &str = "notification.deliver";
/// How many deliveries are on their way at once, each of another rule: a receiver that is dead takes
/// one of these places for a short while.
const AT_ONCE: usize = 32;
/// How often a delivery is tried that the receiver refuses.
const MOST_REFUSALS: i64 = 5;
/// How long a delivery is tried whose receiver does not answer.
const MOST_AGE_MS: i64 = 24 * 3_600_000;
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A notification on its way.
#[derive(Serialize, Deserialize)]
struct Delivery {
    uuid: String,
    rule: i64,
    notice: Notice,
}

/// Why something was not delivered. The text never has a secret in it.
#[derive(Debug)]
pub(super) struct Problem {
    pub message: String,
    /// What the receiver answered.
    status: Option<u16>,
    /// Whether trying again is of little use.
    refused: bool,
    /// When the receiver wants to be asked again.
    after: Option<Duration>,
}

impl Problem {
    /// Something that may be mended soon.
    fn passing(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), status: None, refused: false, after: None }
    }

    /// Something that somebody has to mend.
    fn refused(message: impl Into<String>) -> Problem {
        Problem { refused: true, ..Problem::passing(message) }
    }
}

impl From<crate::Error> for Problem {
    fn from(error: crate::Error) -> Problem {
        Problem::passing(error.to_string())
    }
}

fn lane(rule: i64) -> String {
    format!("rule:{rule}")
}

/// Puts a notification into the outbox, if it passes the rule's filter.
pub(super) async fn put(tx: &Tx, rule: &Rule, notice: Notice) -> Result<()> {
    if rule.passes(&notice) { put_any(tx, rule.id, notice).await } else { Ok(()) }
}

/// Puts a notification into the outbox.
async fn put_any(tx: &Tx, rule: i64, notice: Notice) -> Result<()> {
    let delivery = Delivery { uuid: uuid::Uuid::new_v4().to_string(), rule, notice };
    outbox::put(tx, CHANNEL, lane(rule), delivery, false).await?;
    Ok(())
}

/// The client with which receivers are called: it never follows a receiver elsewhere, as a token
/// would go with it.
fn client() -> std::result::Result<reqwest::Client, Problem> {
    http::client()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(PATIENCE)
        .build()
        .map_err(|error| Problem::passing(format!("no HTTP client: {error}")))
}

/// Adds the handler of deliveries.
pub(super) fn register(worker: Worker, state: &AppState) -> Worker {
    let state = state.clone();
    let client = client().ok();
    worker.on(CHANNEL, AT_ONCE, move |context: Context| {
        let (state, client) = (state.clone(), client.clone());
        async move {
            let Some(client) = client else { return Err(Failure::retry("no HTTP client")) };
            deliver(&context, &state, &client).await
        }
    })
}

async fn deliver(
    context: &Context,
    state: &AppState,
    client: &reqwest::Client,
) -> std::result::Result<(), Failure> {
    let delivery: Delivery = context.payload()?;
    let db = &context.db;
    let found = rule::by_id(db, delivery.rule).await.map_err(Failure::retry)?;
    // A rule that was deleted or switched off tells nobody any more.
    let Some(rule) = found.filter(|rule| rule.enabled) else { return Ok(()) };
    let publishers = publisher::by_ids(db, &[rule.publisher_id]).await.map_err(Failure::retry)?;
    let Some(publisher) = publishers.first() else { return Ok(()) };
    let attempts = context.job.attempt;
    match send::publish_by(state, client, &rule, publisher, &delivery.notice).await {
        Ok(status) if rule.log_successful_publish => {
            let outcome = log::Outcome { state: "SUCCEEDED", status, error: None, attempts };
            log::keep(db, &delivery, outcome).await.map_err(Failure::retry)
        }
        Ok(_) => Ok(()),
        Err(problem) => {
            let old = now_ms() - delivery.notice.at > MOST_AGE_MS;
            if old || (problem.refused && attempts >= MOST_REFUSALS) {
                let error = Some(problem.message.clone());
                let outcome = log::Outcome { state: "FAILED", status: problem.status, error, attempts };
                log::keep(db, &delivery, outcome).await.map_err(Failure::retry)?;
                tracing::warn!(rule = rule.name, error = problem.message, "a notification is given up");
                return Err(Failure::Final(problem.message));
            }
            Err(Failure::Retry { message: problem.message, after: problem.after })
        }
    }
}
