//! Reading what a server's webhook publisher sends.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::wire::{or_default, parse_time, text, words};

words! {
    /// What a notification is about: the portfolio groups that concern findings, and `Other` for the
    /// rest.
    Group {
        /// A vulnerability was found in a component.
        NewVulnerability = "NEW_VULNERABILITY",
        /// A new component has vulnerabilities.
        NewVulnerableDependency = "NEW_VULNERABLE_DEPENDENCY",
        /// Someone analysed a finding or a policy violation.
        ProjectAuditChange = "PROJECT_AUDIT_CHANGE",
        /// A BOM arrived.
        BomConsumed = "BOM_CONSUMED",
        /// A BOM was read in.
        BomProcessed = "BOM_PROCESSED",
        /// A BOM could not be read in.
        BomProcessingFailed = "BOM_PROCESSING_FAILED",
        /// A BOM broke its schema.
        BomValidationFailed = "BOM_VALIDATION_FAILED",
        /// A VEX arrived.
        VexConsumed = "VEX_CONSUMED",
        /// A VEX was applied.
        VexProcessed = "VEX_PROCESSED",
        /// A policy is violated.
        PolicyViolation = "POLICY_VIOLATION",
        /// A project was created.
        ProjectCreated = "PROJECT_CREATED",
        /// A finding is reported no longer (5.x).
        VulnerabilityRetracted = "VULNERABILITY_RETRACTED",
        /// Scheduled summary of findings.
        NewVulnerabilitiesSummary = "NEW_VULNERABILITIES_SUMMARY",
        /// Scheduled summary of policy violations.
        NewPolicyViolationsSummary = "NEW_POLICY_VIOLATIONS_SUMMARY",
    }
}

impl Group {
    /// Does it say that findings or analyses of its projects may have changed?
    pub fn changes_findings(&self) -> bool {
        matches!(
            self,
            Self::NewVulnerability
                | Self::NewVulnerableDependency
                | Self::ProjectAuditChange
                | Self::BomProcessed
                | Self::VexProcessed
                | Self::VulnerabilityRetracted
        )
    }
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id; 5.x only.
    pub id: Option<String>,
    /// Group.
    pub group: Group,
    /// `INFORMATIONAL`, `WARNING`, `ERROR`.
    pub level: String,
    /// `PORTFOLIO`, `SYSTEM`.
    pub scope: String,
    /// One line.
    pub title: String,
    /// A sentence or two.
    pub content: String,
    /// When, where it is told with a zone: 5.x.
    pub timestamp: Option<DateTime<Utc>>,
    /// When, by the server's own clock on the wall: 4.x tells no zone.
    pub local_time: Option<NaiveDateTime>,
    /// Every project it concerns, each once, in order of mention.
    pub projects: Vec<Uuid>,
}

/// Why a body is not a notification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a notification of Dependency-Track: {0}; use the publisher's standard template")]
pub struct NotANotification(String);

#[derive(Deserialize)]
struct Envelope {
    notification: Wire,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
    group: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    scope: String,
    #[serde(default, deserialize_with = "text")]
    timestamp: Option<String>,
    #[serde(default, deserialize_with = "text")]
    title: Option<String>,
    #[serde(default, deserialize_with = "text")]
    content: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    subject: Value,
}

/// Reads the body of a webhook delivery of 4.x or 5.x.
///
/// 5.x prefixes its enums (`GROUP_…`, `LEVEL_…`, `SCOPE_…`) and names single projects where 4.x lists
/// affected ones; 4.x keeps the project of an audit change as a bare uuid in `analysis.project`. Some
/// groups carry no subject and so no project.
///
/// # Errors
/// [`NotANotification`] when the body is not JSON of that shape, as with a custom template.
pub fn parse(body: &[u8]) -> Result<Notification, NotANotification> {
    let wire: Envelope = serde_json::from_slice(body).map_err(|e| NotANotification(e.to_string()))?;
    let wire = wire.notification;
    let bare = |word: &str, prefix: &str| word.strip_prefix(prefix).unwrap_or(word).to_owned();
    let mut projects = Vec::new();
    collect(&wire.subject, &mut projects);
    let time = wire.timestamp.as_deref();
    Ok(Notification {
        id: wire.id,
        group: Group::from(bare(&wire.group, "GROUP_").as_str()),
        level: bare(&wire.level, "LEVEL_"),
        scope: bare(&wire.scope, "SCOPE_"),
        title: wire.title.unwrap_or_default(),
        content: wire.content.unwrap_or_default(),
        timestamp: time.and_then(parse_time),
        local_time: time.and_then(|t| t.parse().ok()),
        projects,
    })
}

/// The places where a subject names projects.
fn collect(subject: &Value, into: &mut Vec<Uuid>) {
    let one = |value: &Value, into: &mut Vec<Uuid>| {
        let uuid =
            value.as_str().or_else(|| value.get("uuid")?.as_str()).and_then(|u| Uuid::parse_str(u).ok());
        if let Some(uuid) = uuid
            && !into.contains(&uuid)
        {
            into.push(uuid);
        }
    };
    for path in ["/project", "/analysis/project", "/violationAnalysis/project", "/component/project"] {
        if let Some(project) = subject.pointer(path) {
            one(project, into);
        }
    }
    for project in subject.get("affectedProjects").and_then(Value::as_array).into_iter().flatten() {
        one(project, into);
    }
    // Summaries: 4.x nests them, 5.x has them flat.
    for list in [
        "/summary/projectSummaries",
        "/details/findingsByProject",
        "/details/violationsByProject",
        "/projectSummaries",
        "/findingsByProject",
        "/violationsByProject",
    ] {
        for entry in subject.pointer(list).and_then(Value::as_array).into_iter().flatten() {
            if let Some(project) = entry.get("project") {
                one(project, into);
            }
        }
    }
}
