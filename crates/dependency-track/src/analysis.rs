//! Analyses: what people decided about a finding, and the trail of it.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::transport::Call;
use crate::wire::{flag, millis, or_default, text, words};
use crate::{Client, Error, Permission};

words! {
    /// The state of an analysis.
    AnalysisState {
        /// Exploitable here.
        Exploitable = "EXPLOITABLE",
        /// Being looked at.
        InTriage = "IN_TRIAGE",
        /// Reported wrongly.
        FalsePositive = "FALSE_POSITIVE",
        /// Present, but does no harm here.
        NotAffected = "NOT_AFFECTED",
        /// Solved.
        Resolved = "RESOLVED",
        /// Nobody decided.
        NotSet = "NOT_SET",
    }
}

words! {
    /// Why something is not affected.
    Justification {
        /// The code is not there.
        CodeNotPresent = "CODE_NOT_PRESENT",
        /// The code is never run.
        CodeNotReachable = "CODE_NOT_REACHABLE",
        /// Needs a setting that is not used.
        RequiresConfiguration = "REQUIRES_CONFIGURATION",
        /// Needs a dependency that is not there.
        RequiresDependency = "REQUIRES_DEPENDENCY",
        /// Needs another environment.
        RequiresEnvironment = "REQUIRES_ENVIRONMENT",
        /// The compiler prevents it.
        ProtectedByCompiler = "PROTECTED_BY_COMPILER",
        /// Prevented at run time.
        ProtectedAtRuntime = "PROTECTED_AT_RUNTIME",
        /// Prevented at the perimeter.
        ProtectedAtPerimeter = "PROTECTED_AT_PERIMETER",
        /// Prevented by another control.
        ProtectedByMitigatingControl = "PROTECTED_BY_MITIGATING_CONTROL",
        /// None given.
        NotSet = "NOT_SET",
    }
}

words! {
    /// What is done about it ("vendor response").
    Response {
        /// Cannot be solved.
        CanNotFix = "CAN_NOT_FIX",
        /// Is left as it is.
        WillNotFix = "WILL_NOT_FIX",
        /// Update the component.
        Update = "UPDATE",
        /// Go back to an older one.
        Rollback = "ROLLBACK",
        /// There is a way around.
        WorkaroundAvailable = "WORKAROUND_AVAILABLE",
        /// None given.
        NotSet = "NOT_SET",
    }
}

fn no_state() -> AnalysisState {
    AnalysisState::NotSet
}
fn no_justification() -> Justification {
    Justification::NotSet
}
fn no_response() -> Response {
    Response::NotSet
}

/// An analysis with its audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Analysis {
    /// State.
    #[serde(rename = "analysisState", default = "no_state")]
    pub state: AnalysisState,
    /// Justification.
    #[serde(rename = "analysisJustification", default = "no_justification")]
    pub justification: Justification,
    /// Response.
    #[serde(rename = "analysisResponse", default = "no_response")]
    pub response: Response,
    /// Free text.
    #[serde(rename = "analysisDetails", default, deserialize_with = "text")]
    pub details: Option<String>,
    /// Suppressed.
    #[serde(rename = "isSuppressed", default, deserialize_with = "flag")]
    pub suppressed: bool,
    /// Audit trail, oldest first: one entry per changed field (`Analysis: NOT_SET → EXPLOITABLE`), then
    /// people's own comments.
    #[serde(rename = "analysisComments", default, deserialize_with = "or_default")]
    pub comments: Vec<Comment>,
}

impl Analysis {
    /// When it last changed, epoch milliseconds by the server's clock.
    pub fn changed_at(&self) -> Option<i64> {
        self.comments.iter().filter_map(|c| c.timestamp).max()
    }
}

/// An entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Epoch milliseconds.
    #[serde(default, deserialize_with = "millis")]
    pub timestamp: Option<i64>,
    /// Text.
    #[serde(default)]
    pub comment: String,
    /// A user's name, or for an API key the names of its teams.
    #[serde(default, deserialize_with = "text")]
    pub commenter: Option<String>,
}

/// A decision to write.
///
/// State, justification, response and suppression are always sent: the server resets the first three
/// to `NOT_SET` when they are missing (both generations). Start from [`AnalysisRequest::keeping`] to
/// change one thing of an analysis and keep the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnalysisRequest {
    /// 4.x checks that it exists, 5.x ignores it.
    pub project: Uuid,
    /// Component.
    pub component: Uuid,
    /// Vulnerability.
    pub vulnerability: Uuid,
    /// State.
    #[serde(rename = "analysisState")]
    pub state: AnalysisState,
    /// Justification.
    #[serde(rename = "analysisJustification")]
    pub justification: Justification,
    /// Response.
    #[serde(rename = "analysisResponse")]
    pub response: Response,
    /// Free text; `None` leaves it alone.
    #[serde(rename = "analysisDetails", skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// A comment for the audit trail, after the entries the server writes itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Suppression.
    #[serde(rename = "isSuppressed")]
    pub suppressed: bool,
}

impl AnalysisRequest {
    /// A request that changes nothing: what `now` says, or the initial values when there is no analysis.
    pub fn keeping(project: Uuid, component: Uuid, vulnerability: Uuid, now: Option<&Analysis>) -> Self {
        Self {
            project,
            component,
            vulnerability,
            state: now.map_or_else(no_state, |a| a.state.clone()),
            justification: now.map_or_else(no_justification, |a| a.justification.clone()),
            response: now.map_or_else(no_response, |a| a.response.clone()),
            details: None,
            comment: None,
            suppressed: now.is_some_and(|a| a.suppressed),
        }
    }
}

impl Client {
    /// The analysis of a finding; `None` when nobody analysed it.
    ///
    /// # Errors
    /// [`Error::ProjectGone`]; [`Error::NotFound`] when the component or the vulnerability is gone.
    pub async fn analysis(
        &self,
        project: Uuid,
        component: Uuid,
        vulnerability: Uuid,
    ) -> Result<Option<Analysis>, Error> {
        let call = Call::get("read the analysis", &["v1", "analysis"], Some(Permission::ViewVulnerability))
            .about(project)
            .query("project", project)
            .query("component", component)
            .query("vulnerability", vulnerability);
        match self.read(call).await {
            Ok(analysis) => Ok(Some(analysis)),
            // The same 404 serves a missing component and a missing analysis; only the text differs.
            Err(Error::NotFound { message, .. }) if message.to_lowercase().contains("no analysis") => {
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// Writes a decision and returns the analysis as it is then.
    ///
    /// Sent again after a broken transfer only without comment: the rest has no effect the second time,
    /// a comment would be there twice.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `VULNERABILITY_ANALYSIS`; [`Error::ProjectGone`];
    /// [`Error::NotFound`] when the component or the vulnerability is gone.
    pub async fn put_analysis(&self, request: &AnalysisRequest) -> Result<Analysis, Error> {
        const NAME: &str = "set the analysis";
        let body = serde_json::to_value(request)
            .map_err(|e| Error::Setup { problem: e.to_string(), hint: "report this as a defect".into() })?;
        let mut call =
            Call::new(Method::PUT, NAME, &["v1", "analysis"], Some(Permission::VulnerabilityAnalysis))
                .about(request.project)
                .json(body);
        call.repeatable = request.comment.as_deref().is_none_or(|c| c.trim().is_empty());
        self.read(call).await
    }
}
