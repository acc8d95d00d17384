//! What concerns the installation: mirrors, analyzers, repositories, integrations, users.

use identity::{User, UserKind};
use serde_json::{Value, json};
use storage::Tx;

use super::send;
use crate::notification::group::{ERROR, INFORMATIONAL, SYSTEM};
use crate::notification::notice::Notice;
use crate::notification::rule::Audience;
use crate::server::Result;
use crate::source::Source;

async fn tell(
    tx: &Tx,
    (group, level): (&str, &str),
    title: &str,
    content: String,
    subject: Value,
) -> Result<()> {
    let kind = (SYSTEM, group, level);
    let audience = Audience::of(tx, kind, &[]).await?;
    send(tx, &audience.rules(), &Notice::new(kind, title, content, subject)).await
}

/// A source was mirrored, or could not be (behaviour reference §10.6).
pub(crate) async fn mirrored(tx: &Tx, source: Source, error: Option<&str>) -> Result<()> {
    let (title, what) = match source {
        Source::Osv => ("OSV Mirroring", "the Google OSV datastore for the selected ecosystems"),
        Source::Nvd => ("NVD Mirroring", "the National Vulnerability Database"),
        Source::Github => ("GitHub Advisory Mirroring", "GitHub Advisories"),
        Source::Epss => ("EPSS Mirroring", "the Exploit Prediction Scoring System"),
        Source::Kev => ("KEV Mirroring", "the catalogue of known exploited vulnerabilities"),
        Source::Cwe => ("CWE Mirroring", "the Common Weakness Enumeration"),
    };
    let (level, content) = match error {
        None => (INFORMATIONAL, format!("Mirroring of {what} completed successfully")),
        Some(error) => (ERROR, format!("An error occurred mirroring the contents of {what}. {error}")),
    };
    tell(tx, ("DATASOURCE_MIRRORING", level), title, content, Value::Null).await
}

/// An analyzer elsewhere could not be asked.
pub(crate) async fn analyzer_failed(tx: &Tx, error: &str) -> Result<()> {
    tell(tx, ("ANALYZER", ERROR), "Analyzer Error", error.to_owned(), Value::Null).await
}

/// A repository of packages could not be asked.
pub(crate) async fn repository_failed(tx: &Tx, error: &str) -> Result<()> {
    tell(tx, ("REPOSITORY", ERROR), "Repository Error", error.to_owned(), Value::Null).await
}

/// Findings could not be uploaded to another system.
pub(crate) async fn integration_failed(tx: &Tx, error: &str) -> Result<()> {
    tell(tx, ("INTEGRATION", ERROR), "Integration Error", error.to_owned(), Value::Null).await
}

/// Something is set up so that it cannot work.
pub(crate) async fn configuration_failed(tx: &Tx, error: &str) -> Result<()> {
    tell(tx, ("CONFIGURATION", ERROR), "Configuration Error", error.to_owned(), Value::Null).await
}

/// A property was set; its value is not told, as it may be a secret.
pub(crate) async fn configured(tx: &Tx, group: &str, name: &str) -> Result<()> {
    let content = format!("The property {group} / {name} was set");
    tell(tx, ("CONFIGURATION", INFORMATIONAL), "Configuration Changed", content, Value::Null).await
}

/// A file or folder of the server could not be read or written.
pub(crate) async fn file_failed(tx: &Tx, error: &str) -> Result<()> {
    tell(tx, ("FILE_SYSTEM", ERROR), "File System Error", error.to_owned(), Value::Null).await
}

/// The user as notifications show it, and where it is known from.
fn shown(user: &User) -> (Value, &'static str) {
    let mut out = json!({ "username": user.username });
    for (name, value) in [("name", &user.full_name), ("email", &user.email)] {
        if let (Some(value), Some(out)) = (value, out.as_object_mut()) {
            out.insert(name.to_owned(), json!(value));
        }
    }
    let kind = match user.kind() {
        UserKind::Managed => "Managed",
        UserKind::Ldap => "LDAP",
        UserKind::Oidc => "OpenID Connect",
    };
    (out, kind)
}

/// A user was made.
pub(crate) async fn user_created(tx: &Tx, user: &User) -> Result<()> {
    let (subject, kind) = shown(user);
    tell(tx, ("USER_CREATED", INFORMATIONAL), "User Created", format!("{kind} user created"), subject).await
}

/// A user was deleted.
pub(crate) async fn user_deleted(tx: &Tx, user: &User) -> Result<()> {
    let (subject, kind) = shown(user);
    tell(tx, ("USER_DELETED", INFORMATIONAL), "User Deleted", format!("{kind} user deleted"), subject).await
}
