//! What an API key may do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::transport::Call;
use crate::wire::or_default;
use crate::{Client, Error, Version};

/// A permission that a call of this client needs, by its 4.x name.
///
/// 5.x keeps the names and adds children by verb (`VULNERABILITY_ANALYSIS_UPDATE`) to some; the parent
/// grants all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Read projects, components and vulnerabilities.
    ViewPortfolio,
    /// Read findings and analyses.
    ViewVulnerability,
    /// Set analyses.
    VulnerabilityAnalysis,
    /// Create notification rules.
    SystemConfiguration,
    /// Upload BOMs and ask for their progress.
    BomUpload,
    /// Create projects by uploading.
    ProjectCreationUpload,
    /// Read violations of policies.
    ViewPolicyViolation,
    /// Read properties of projects.
    PortfolioManagement,
    /// Read policies and licence groups.
    PolicyManagement,
    /// Read teams and users.
    AccessManagement,
}

impl Permission {
    /// The permissions a synchronising client is checked for, in the order to show them.
    pub const CHECKED: [Self; 4] = [
        Self::ViewPortfolio,
        Self::ViewVulnerability,
        Self::VulnerabilityAnalysis,
        Self::SystemConfiguration,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewPortfolio => "VIEW_PORTFOLIO",
            Self::ViewVulnerability => "VIEW_VULNERABILITY",
            Self::VulnerabilityAnalysis => "VULNERABILITY_ANALYSIS",
            Self::SystemConfiguration => "SYSTEM_CONFIGURATION",
            Self::BomUpload => "BOM_UPLOAD",
            Self::ProjectCreationUpload => "PROJECT_CREATION_UPLOAD",
            Self::ViewPolicyViolation => "VIEW_POLICY_VIOLATION",
            Self::PortfolioManagement => "PORTFOLIO_MANAGEMENT",
            Self::PolicyManagement => "POLICY_MANAGEMENT",
            Self::AccessManagement => "ACCESS_MANAGEMENT",
        }
    }

    /// The children (5.x) that together do for the calls of this client: setting an analysis needs
    /// `_UPDATE`; a rule is found, created, configured and removed; the rest is only read.
    fn children(self) -> &'static [&'static str] {
        match self {
            Self::VulnerabilityAnalysis => &["_UPDATE"],
            Self::SystemConfiguration => &["_READ", "_CREATE", "_UPDATE"],
            Self::PortfolioManagement | Self::PolicyManagement | Self::AccessManagement => &["_READ"],
            _ => &[],
        }
    }

    /// True when `held`, the names a key's team holds, grant this permission: by its own name, or by
    /// the children of 5.x that this client's calls need.
    pub fn granted_by<S: AsRef<str>>(self, held: &[S]) -> bool {
        let has = |name: &str| held.iter().any(|h| h.as_ref() == name);
        has(self.as_str())
            || (!self.children().is_empty()
                && self.children().iter().all(|child| has(&format!("{}{child}", self.as_str()))))
            || (self == Self::ProjectCreationUpload && has("PORTFOLIO_MANAGEMENT"))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a connection test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The server.
    pub version: Version,
    /// The team of the API key; `None` when the key belongs to no team.
    pub team: Option<String>,
    /// Every permission name the key holds, as the server names them.
    pub permissions: Vec<String>,
}

impl Check {
    /// Is this permission granted?
    pub fn has(&self, permission: Permission) -> bool {
        permission.granted_by(&self.permissions)
    }

    /// [`Permission::CHECKED`], each with whether it is granted.
    pub fn granted(&self) -> [(Permission, bool); 4] {
        Permission::CHECKED.map(|p| (p, self.has(p)))
    }
}

#[derive(Deserialize)]
struct Team {
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    permissions: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Client {
    /// Is this a Dependency-Track, is the key good, and what may it do?
    ///
    /// `GET /api/version` takes any key (even a wrong one), so the key is tried on `GET
    /// /api/v1/team/self`, which both generations answer for API keys with the team and its
    /// permissions. A missing permission is not an error here: see [`Check::granted`].
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for a wrong key, [`Error::NotDependencyTrack`] for another server.
    pub async fn check(&self) -> Result<Check, Error> {
        let version = self.version().await?;
        let call = Call::get("read the team of the key", &["v1", "team", "self"], None);
        match self.read::<Team>(call).await {
            Ok(team) => Ok(Check {
                version,
                team: Some(team.name),
                permissions: team.permissions.into_iter().map(|p| p.name).collect(),
            }),
            // "No Team for the given API key found."
            Err(Error::NotFound { .. }) => Ok(Check { version, team: None, permissions: Vec::new() }),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Permission::*;

    #[test]
    fn parents_and_all_needed_children_grant() {
        assert!(VulnerabilityAnalysis.granted_by(&["VULNERABILITY_ANALYSIS"]));
        assert!(VulnerabilityAnalysis.granted_by(&["VULNERABILITY_ANALYSIS_UPDATE"]));
        assert!(!VulnerabilityAnalysis.granted_by(&["VULNERABILITY_ANALYSIS_READ"]));
        assert!(
            !SystemConfiguration.granted_by(&["SYSTEM_CONFIGURATION_READ", "SYSTEM_CONFIGURATION_CREATE"])
        );
        let three =
            ["SYSTEM_CONFIGURATION_READ", "SYSTEM_CONFIGURATION_CREATE", "SYSTEM_CONFIGURATION_UPDATE"];
        assert!(SystemConfiguration.granted_by(&three));
        assert!(!ViewPortfolio.granted_by::<&str>(&[]));
        assert!(ProjectCreationUpload.granted_by(&["PORTFOLIO_MANAGEMENT"]));
    }
}
