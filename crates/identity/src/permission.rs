//! What a caller of the analyzer may do; names and meanings are Dependency-Track's (4.14).

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($variant:ident $name:literal $description:literal;)*) => {
        /// One thing a caller may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Permission { $(#[doc = $description] #[serde(rename = $name)] $variant,)* }

        impl Permission {
            /// Every permission, by name.
            pub const ALL: [Permission; [$($name),*].len()] = [$(Permission::$variant),*];

            /// The name on the wire, for instance `BOM_UPLOAD`.
            pub fn as_str(self) -> &'static str {
                match self { $(Permission::$variant => $name,)* }
            }

            /// The description on the wire.
            pub fn description(self) -> &'static str {
                match self { $(Permission::$variant => $description,)* }
            }

            /// The permission with this name.
            pub fn parse(name: &str) -> Option<Permission> {
                match name { $($name => Some(Permission::$variant),)* _ => None }
            }
        }
    };
}

permissions! {
    AccessManagement "ACCESS_MANAGEMENT" "Allows the management of users, teams, and API keys";
    BomUpload "BOM_UPLOAD" "Allows the ability to upload CycloneDX Software Bill of Materials (SBOM)";
    PolicyManagement "POLICY_MANAGEMENT" "Allows the creation, modification, and deletion of policy";
    PolicyViolationAnalysis "POLICY_VIOLATION_ANALYSIS" "Provides the ability to make analysis decisions on policy violations";
    PortfolioManagement "PORTFOLIO_MANAGEMENT" "Allows the creation, modification, and deletion of data in the portfolio";
    ProjectCreationUpload "PROJECT_CREATION_UPLOAD" "Provides the ability to optionally create project (if non-existent) on BOM or scan upload";
    SystemConfiguration "SYSTEM_CONFIGURATION" "Allows the configuration of the system including notifications, repositories, and email settings";
    TagManagement "TAG_MANAGEMENT" "Allows the modification and deletion of tags";
    ViewBadges "VIEW_BADGES" "Provides the ability to view badges";
    ViewPolicyViolation "VIEW_POLICY_VIOLATION" "Provides the ability to view policy violations";
    ViewPortfolio "VIEW_PORTFOLIO" "Provides the ability to view the portfolio of projects, components, and licenses";
    ViewVulnerability "VIEW_VULNERABILITY" "Provides the ability to view the vulnerabilities projects are affected by";
    VulnerabilityAnalysis "VULNERABILITY_ANALYSIS" "Provides the ability to make analysis decisions on vulnerabilities";
    VulnerabilityManagement "VULNERABILITY_MANAGEMENT" "Allows management of internally-defined vulnerabilities";
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PermissionSet(u32);

impl PermissionSet {
    /// Whether the permission is in the set.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether any of them is in the set.
    pub fn contains_any(self, permissions: &[Permission]) -> bool {
        permissions.iter().any(|p| self.contains(*p))
    }

    /// The permissions, by name.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.contains(*p))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        PermissionSet(permissions.into_iter().fold(0, |set, p| set | (1 << p as u32)))
    }
}
