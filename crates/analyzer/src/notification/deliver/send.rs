//! Handing a notification to a receiver (behaviour reference §10.3).

use std::io::Write;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, Url};

use super::{Problem, client, mail};
use crate::config_property;
use crate::notification::notice::Notice;
use crate::notification::publisher::{Kind, Publisher};
use crate::notification::rule::Rule;
use crate::notification::template::{self, Surroundings};
use crate::server::AppState;

/// The longest pause that a receiver may ask for.
const MOST_PAUSE: u64 = 3_600;

/// Hands a notification over at once; the status that the receiver answered, if it speaks HTTP.
pub(in crate::notification) async fn publish(
    state: &AppState,
    rule: &Rule,
    publisher: &Publisher,
    notice: &Notice,
) -> Result<Option<u16>, Problem> {
    publish_by(state, &client()?, rule, publisher, notice).await
}

/// Sends a mail that tells nothing, to try the settings.
pub(in crate::notification) async fn test_mail(state: &AppState, destination: &str) -> Result<(), Problem> {
    let letter = mail::Letter {
        to: mail::addresses(destination),
        title: "Test".to_owned(),
        mime_type: "text/plain; charset=utf-8".to_owned(),
        text: "This is a test of the settings of mail.\n".to_owned(),
    };
    mail::send(state, letter).await
}

pub(super) async fn publish_by(
    state: &AppState,
    client: &reqwest::Client,
    rule: &Rule,
    publisher: &Publisher,
    notice: &Notice,
) -> Result<Option<u16>, Problem> {
    let Some(kind) = publisher.kind() else {
        return Err(Problem::refused(format!("there is no publisher {}", publisher.publisher_class)));
    };
    let text = written(state, kind, rule, publisher, notice).await?;
    match kind {
        Kind::Console => {
            writeln!(std::io::stdout().lock(), "{text}")
                .map_err(|error| Problem::passing(error.to_string()))?;
            Ok(None)
        }
        Kind::Email => {
            let mut to = mail::addresses(rule.destination().as_deref().unwrap_or_default());
            to.extend(mail::members(state, rule.id).await?);
            let letter = mail::Letter {
                to,
                title: notice.title.clone(),
                mime_type: publisher.template_mime_type.clone(),
                text,
            };
            mail::send(state, letter).await?;
            Ok(None)
        }
        _ => {
            let request = request(state, client, kind, rule).await?;
            let request = request
                .header(CONTENT_TYPE, &publisher.template_mime_type)
                .header(ACCEPT, &publisher.template_mime_type)
                .body(text);
            post(request).await.map(Some)
        }
    }
}

/// The text for the receiver. A template may take a while: not on a thread that answers requests.
async fn written(
    state: &AppState,
    kind: Kind,
    rule: &Rule,
    publisher: &Publisher,
    notice: &Notice,
) -> Result<String, Problem> {
    let base_url = config_property::get(&state.db, "general", "base.url").await?;
    let base_url = base_url.map(|url| url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty());
    let mut around = Surroundings { base_url, more: Vec::new() };
    if kind == Kind::Jira {
        around.more.push(("jiraProjectKey", rule.destination().unwrap_or_default()));
        around.more.push(("jiraTicketType", rule.config("jiraTicketType").unwrap_or_default()));
    }
    let template = publisher.template.clone().unwrap_or_default();
    let mime_type = publisher.template_mime_type.clone();
    let (notice, version) = (notice.clone(), rule.version(publisher));
    let rendered = tokio::task::spawn_blocking(move || {
        template::render(&template, &mime_type, &notice, version, &around)
    });
    let rendered = rendered.await.map_err(|error| Problem::passing(error.to_string()))?;
    rendered.map_err(|error| Problem::refused(format!("the template cannot be used: {error}")))
}

/// An address of http or https.
fn web(address: &str) -> Result<Url, Problem> {
    let url = Url::parse(address.trim()).map_err(|_| Problem::refused("the destination is no address"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(Problem::refused(format!("addresses of {other} are not called; use http or https"))),
    }
}

async fn request(
    state: &AppState,
    client: &reqwest::Client,
    kind: Kind,
    rule: &Rule,
) -> Result<RequestBuilder, Problem> {
    if kind == Kind::Jira {
        return jira(state, client).await;
    }
    let Some(destination) = rule.destination() else {
        return Err(Problem::refused("the rule has no destination"));
    };
    let mut request = client.post(web(&destination)?);
    if kind == Kind::Webhook
        && let Some(token) = rule.config("token")
    {
        let name = rule.config("tokenHeader").unwrap_or_else(|| "X-Api-Key".to_owned());
        request = request.header(name, token);
    }
    Ok(request)
}

/// A new issue of Jira; without a user the password is a token.
async fn jira(state: &AppState, client: &reqwest::Client) -> Result<RequestBuilder, Problem> {
    let get = |name| config_property::get(&state.db, "integrations", name);
    let Some(base) = get("jira.url").await? else {
        return Err(Problem::refused("the address of Jira is not set (integrations, jira.url)"));
    };
    let url = web(&format!("{}/rest/api/2/issue", base.trim_end_matches('/')))?;
    let password =
        config_property::secret(&state.db, &state.options, "integrations", "jira.password").await?;
    let password = password.unwrap_or_default();
    let request = client.post(url);
    Ok(match get("jira.username").await?.filter(|user| !user.is_empty()) {
        Some(user) => request.basic_auth(user, Some(password)),
        None => request.bearer_auth(password),
    })
}

/// Sends a request; every answer but success is a problem.
async fn post(request: RequestBuilder) -> Result<u16, Problem> {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_builder() => return Err(Problem::refused(error.without_url().to_string())),
        Err(error) => return Err(Problem::passing(reason(&error.without_url()))),
    };
    let status = answer.status();
    if status.is_success() {
        return Ok(status.as_u16());
    }
    let again = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    let pause = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let pause = pause.and_then(|text| text.trim().parse::<u64>().ok()).map(|pause| pause.min(MOST_PAUSE));
    Err(Problem {
        message: format!("the receiver answered {status}"),
        status: Some(status.as_u16()),
        refused: !status.is_server_error() && !again.contains(&status),
        after: pause.map(Duration::from_secs),
    })
}

/// An error with what caused it: the outer one alone says little.
fn reason(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        out = format!("{out}: {cause}");
        inner = cause.source();
    }
    out
}
