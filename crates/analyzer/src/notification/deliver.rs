//! Delivering notifications to webhooks: tried again with growing pauses until they are taken.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, params};

use super::rule::{Rule, SELECT};
use crate::http;

/// The outbox's channel of notifications.
pub(super) const CHANNEL: &str = "notification.deliver";

/// A notification on its way.
#[derive(Serialize, Deserialize)]
pub(super) struct Delivery {
    pub rule: i64,
    pub body: Value,
}

/// Adds the handler of deliveries.
pub(crate) fn register(worker: Worker) -> Worker {
    let http =
        http::client().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(30)).build();
    worker.on(CHANNEL, 4, move |context: Context| {
        let http = http.as_ref().ok().cloned();
        async move {
            let Some(http) = http else { return Err(Failure::Final("no HTTP client".to_owned())) };
            deliver(&context, &http).await
        }
    })
}

async fn deliver(context: &Context, http: &reqwest::Client) -> Result<(), Failure> {
    let delivery: Delivery = context.payload()?;
    let rule: Option<Rule> =
        context.db.row(&format!("{SELECT} WHERE id = ?"), params![delivery.rule]).await?;
    // A rule that was deleted or switched off tells nobody any more.
    let Some(rule) = rule.filter(|rule| rule.enabled) else { return Ok(()) };
    let Some(destination) = rule.config("destination") else {
        return Err(Failure::Final(format!("the rule {:?} has no destination", rule.name)));
    };
    let mut request = http.post(&destination).header("accept", "application/json").json(&delivery.body);
    if let Some(token) = rule.config("token") {
        let name = rule.config("tokenHeader").unwrap_or_else(|| "X-Api-Key".to_owned());
        request = request.header(name, token);
    }
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Failure::retry(format!("the receiver answered {}", answer.status()))),
        Err(error) if error.is_builder() => Err(Failure::Final(format!("{}", error.without_url()))),
        Err(error) => Err(Failure::retry(error.without_url())),
    }
}
