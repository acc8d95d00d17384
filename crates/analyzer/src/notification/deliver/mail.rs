//! Mail by SMTP.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use storage::{Sql, params};

use super::{PATIENCE, Problem};
use crate::config_property;
use crate::server::AppState;

/// The port on which everything is encrypted from the first byte.
const TLS_PORT: u16 = 465;

/// A mail.
pub(super) struct Letter {
    pub to: Vec<String>,
    pub title: String,
    pub mime_type: String,
    pub text: String,
}

/// The addresses in a text with commas.
pub(super) fn addresses(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned).collect()
}

/// The addresses of the members of a rule's teams who are not suspended.
pub(super) async fn members(state: &AppState, rule: i64) -> Result<Vec<String>, Problem> {
    let text = "SELECT team_id FROM notification_rule_team WHERE rule_id = ? ORDER BY team_id";
    let teams: Vec<i64> = state.db.column(text, params![rule]).await.map_err(crate::Error::from)?;
    let mut members = state.identity.members_of_teams(&state.db).await.map_err(crate::Error::from)?;
    let users = teams.iter().flat_map(|team| members.remove(team).unwrap_or_default());
    Ok(users.filter(|user| !user.suspended).filter_map(|user| user.email).collect())
}

/// Sends a mail to all its addresses.
pub(super) async fn send(state: &AppState, letter: Letter) -> Result<(), Problem> {
    let get = |name| config_property::get(&state.db, "email", name);
    if !config_property::is_on(&state.db, "email", "smtp.enabled").await? {
        return Err(Problem::refused("mail is switched off (email, smtp.enabled)"));
    }
    let needed = |name: &'static str, value: Option<String>| {
        value.ok_or_else(|| Problem::refused(format!("mail is not set up (email, {name})")))
    };
    let from = needed("smtp.from.address", get("smtp.from.address").await?)?;
    let host = needed("smtp.server.hostname", get("smtp.server.hostname").await?)?;
    let port = get("smtp.server.port").await?.unwrap_or_else(|| "25".to_owned());
    let port: u16 = port.parse().map_err(|_| Problem::refused("smtp.server.port is no port"))?;
    let prefix = get("subject.prefix").await?.unwrap_or_default();
    let message = message(&from, &prefix, letter)?;
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host)
        .port(port)
        .timeout(Some(PATIENCE))
        .tls(tls(state, &host, port).await?);
    if let Some(user) = get("smtp.username").await?.filter(|user| !user.is_empty()) {
        let password = config_property::secret(&state.db, &state.options, "email", "smtp.password").await?;
        transport = transport.credentials(Credentials::new(user, password.unwrap_or_default()));
    }
    match transport.build().send(message).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(Problem::refused(format!("the mail server says: {error}"))),
        Err(error) => Err(Problem::passing(format!("the mail server cannot be used: {error}"))),
    }
}

/// How the connection is encrypted: not at all, from the start on the port for that, or by STARTTLS.
async fn tls(state: &AppState, host: &str, port: u16) -> Result<Tls, Problem> {
    if !config_property::is_on(&state.db, "email", "smtp.ssltls").await? {
        return Ok(Tls::None);
    }
    let trust = config_property::is_on(&state.db, "email", "smtp.trustcert").await?;
    let parameters = TlsParameters::builder(host.to_owned())
        .dangerous_accept_invalid_certs(trust)
        .dangerous_accept_invalid_hostnames(trust)
        .build()
        .map_err(|error| Problem::refused(format!("the connection cannot be encrypted: {error}")))?;
    Ok(if port == TLS_PORT { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

fn message(from: &str, prefix: &str, letter: Letter) -> Result<Message, Problem> {
    let mailbox = |address: &str| {
        let parsed = address.parse::<Mailbox>();
        parsed.map_err(|error| Problem::refused(format!("{address:?} is no mail address: {error}")))
    };
    let mut to: Vec<Mailbox> = Vec::new();
    for address in &letter.to {
        let mailbox = mailbox(address)?;
        if !to.iter().any(|other| other.email == mailbox.email) {
            to.push(mailbox);
        }
    }
    if to.is_empty() {
        return Err(Problem::refused("the rule has neither addresses nor teams with members"));
    }
    let kind = ContentType::parse(&letter.mime_type).unwrap_or(ContentType::TEXT_PLAIN);
    let subject = format!("{prefix} {}", letter.title);
    let subject: Vec<&str> = subject.split_whitespace().collect();
    let builder = to.into_iter().fold(Message::builder().from(mailbox(from)?), |builder, to| builder.to(to));
    builder
        .subject(subject.join(" "))
        .header(kind)
        .body(letter.text)
        .map_err(|error| Problem::refused(format!("the mail cannot be written: {error}")))
}
