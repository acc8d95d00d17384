//! Documents that were uploaded.

use base64::Engine;
use serde_json::{Value, json};
use storage::{Db, Sql, Tx, params};

use super::{send, vulnerability};
use crate::notification::group::{ERROR, INFORMATIONAL, PORTFOLIO};
use crate::notification::notice::{self, Notice};
use crate::notification::rule::Audience;
use crate::project::{self, Project};
use crate::server::{Error, Result};

/// An uploaded document.
pub(crate) struct Document<'a> {
    pub bytes: &'a [u8],
    /// `CycloneDX 1.5`; none when it could not be read.
    pub format: Option<&'a str>,
    /// The job that processes it: whoever uploaded it knows its token.
    pub job: Option<i64>,
}

impl Document<'_> {
    fn json(&self) -> Value {
        let (format, version) =
            self.format.and_then(|format| format.rsplit_once(' ')).unwrap_or(("CycloneDX", "Unknown"));
        let content = base64::engine::general_purpose::STANDARD.encode(self.bytes);
        json!({ "content": content, "format": format, "specVersion": version })
    }

    /// The name of the format, for sentences.
    fn name(&self) -> &str {
        self.format.and_then(|format| format.rsplit_once(' ')).map_or("CycloneDX", |(format, _)| format)
    }

    async fn token(&self, tx: &Tx) -> Result<Option<String>> {
        let Some(job) = self.job else { return Ok(None) };
        Ok(tx.scalar("SELECT uuid FROM event_token WHERE job_id = ? LIMIT 1", params![job]).await?)
    }
}

/// Tells of a document of a project; `more` is what the subject says beside the two.
async fn tell(
    tx: &Tx,
    (group, level): (&str, &str),
    project: &Project,
    document: &Document<'_>,
    (title, content): (&str, String),
    more: Value,
) -> Result<()> {
    let kind = (PORTFOLIO, group, level);
    let audience = Audience::of(tx, kind, &[project.id]).await?;
    let rules = audience.of_project(project.id);
    if rules.is_empty() {
        return Ok(());
    }
    let member = if group.starts_with("VEX") { "vex" } else { "bom" };
    let mut subject = json!({ "project": notice::project(tx, project).await?, member: document.json() });
    if let Some(subject) = subject.as_object_mut() {
        if let Value::Object(more) = more {
            subject.extend(more);
        }
        if member == "bom"
            && let Some(token) = document.token(tx).await?
        {
            subject.insert("token".to_owned(), json!(token));
        }
    }
    send(tx, &rules, &Notice::new(kind, title, content, subject)).await
}

/// A document will be processed.
pub(crate) async fn bom_consumed(tx: &Tx, project: &Project, document: &Document<'_>) -> Result<()> {
    let content = format!("A {} BOM was consumed and will be processed", document.name());
    let title = "Bill of Materials Consumed";
    tell(tx, ("BOM_CONSUMED", INFORMATIONAL), project, document, (title, content), Value::Null).await
}

/// A document could not be processed.
pub(crate) async fn bom_failed(tx: &Tx, project: i64, document: &Document<'_>, cause: &str) -> Result<()> {
    let Some(project) = project::by_ids(tx, &[project]).await?.pop() else { return Ok(()) };
    let words =
        ("Bill of Materials Processing Failed", "An error occurred while processing a BOM".to_owned());
    tell(tx, ("BOM_PROCESSING_FAILED", ERROR), &project, document, words, json!({ "cause": cause })).await
}

/// A document does not follow its schema, and is refused; nothing else is written for it.
pub(crate) async fn bom_validation_failed(
    db: &Db,
    project: &Project,
    bytes: &[u8],
    refusal: &Error,
) -> Result<()> {
    let Error::Problem { detail, errors, .. } = refusal else { return Ok(()) };
    let kind = (PORTFOLIO, "BOM_VALIDATION_FAILED", ERROR);
    let audience = Audience::of(db, kind, &[project.id]).await?;
    let rules = audience.of_project(project.id);
    if rules.is_empty() {
        return Ok(());
    }
    let content = base64::engine::general_purpose::STANDARD.encode(bytes);
    let subject = json!({
        "project": notice::project(db, project).await?,
        "bom": { "content": content, "format": "CycloneDX" },
        "errors": errors.clone().unwrap_or_else(|| json!([detail])),
    });
    let (title, content) = ("Bill of Materials Validation Failed", "An error occurred during BOM Validation");
    let tx = db.begin().await?;
    send(&tx, &rules, &Notice::new(kind, title, content, subject)).await?;
    tx.commit().await?;
    Ok(())
}

/// A document was processed: tells of it, and of the vulnerabilities of its new components.
pub(crate) async fn bom_processed(tx: &Tx, project: i64, document: &Document<'_>) -> Result<()> {
    let Some(project) = project::by_ids(tx, &[project]).await?.pop() else { return Ok(()) };
    let format = project.last_bom_import_format.clone();
    let document = Document { format: format.as_deref(), ..*document };
    let words = ("Bill of Materials Processed", format!("A {} BOM was processed", document.name()));
    tell(tx, ("BOM_PROCESSED", INFORMATIONAL), &project, &document, words, Value::Null).await?;
    vulnerability::components_analysed(tx, &project).await
}

/// What a VEX document says was taken over.
pub(crate) async fn vex_processed(tx: &Tx, project: i64, document: &Document<'_>) -> Result<()> {
    let Some(project) = project::by_ids(tx, &[project]).await?.pop() else { return Ok(()) };
    let name = document.name();
    let consumed = (
        "Vulnerability Exploitability Exchange (VEX) Consumed",
        format!("A {name} VEX was consumed and will be processed"),
    );
    let processed =
        ("Vulnerability Exploitability Exchange (VEX) Processed", format!("A {name} VEX was processed"));
    // Both are told once it went well, as the original does.
    tell(tx, ("VEX_CONSUMED", INFORMATIONAL), &project, document, consumed, Value::Null).await?;
    tell(tx, ("VEX_PROCESSED", INFORMATIONAL), &project, document, processed, Value::Null).await
}
