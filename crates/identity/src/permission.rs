//! What a caller of the analyzer may do; names and meanings are Dependency-Track's: those of 4.14, and
//! the finer ones of 5 that they consist of.

use serde::{Deserialize, Serialize};

/// What an operation does with its objects; the permissions of version 5 are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It makes one.
    Create,
    /// It shows some.
    Read,
    /// It changes one.
    Update,
    /// It removes one.
    Delete,
}

macro_rules! permissions {
    ($($variant:ident $name:literal $description:literal [$($granted:ident)*] $([$($verb:ident $child:ident)*])?;)*) => {
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

            /// The permissions that it gives beside itself and its parts.
            fn gives(self) -> &'static [Permission] {
                match self { $(Permission::$variant => &[$(Permission::$granted),*],)* }
            }

            /// Its parts, by what they allow.
            fn parts(self) -> &'static [(Verb, Permission)] {
                match self { $(Permission::$variant => &[$($((Verb::$verb, Permission::$child)),*)?],)* }
            }
        }
    };
}

permissions! {
    AccessManagement "ACCESS_MANAGEMENT" "Allows the management of users, teams, and API keys" [PortfolioAccessControlBypass]
        [Create AccessManagementCreate Read AccessManagementRead Update AccessManagementUpdate Delete AccessManagementDelete];
    AccessManagementCreate "ACCESS_MANAGEMENT_CREATE" "Allows to add users, teams, and API keys" [];
    AccessManagementDelete "ACCESS_MANAGEMENT_DELETE" "Allows to remove users, teams, and API keys" [];
    AccessManagementRead "ACCESS_MANAGEMENT_READ" "Allows to see users, teams, and API keys" [];
    AccessManagementUpdate "ACCESS_MANAGEMENT_UPDATE" "Allows to change users, teams, and API keys" [];
    BomUpload "BOM_UPLOAD" "Allows the ability to upload CycloneDX Software Bill of Materials (SBOM)" [];
    PolicyManagement "POLICY_MANAGEMENT" "Allows the creation, modification, and deletion of policy" []
        [Create PolicyManagementCreate Read PolicyManagementRead Update PolicyManagementUpdate Delete PolicyManagementDelete];
    PolicyManagementCreate "POLICY_MANAGEMENT_CREATE" "Allows to make policies" [];
    PolicyManagementDelete "POLICY_MANAGEMENT_DELETE" "Allows to delete policies" [];
    PolicyManagementRead "POLICY_MANAGEMENT_READ" "Allows to see policies" [];
    PolicyManagementUpdate "POLICY_MANAGEMENT_UPDATE" "Allows to change policies" [];
    PolicyViolationAnalysis "POLICY_VIOLATION_ANALYSIS" "Provides the ability to make analysis decisions on policy violations" [];
    PortfolioAccessControlBypass "PORTFOLIO_ACCESS_CONTROL_BYPASS" "Gives access to all projects, whoever they are assigned to" [];
    PortfolioManagement "PORTFOLIO_MANAGEMENT" "Allows the creation, modification, and deletion of data in the portfolio" []
        [Create PortfolioManagementCreate Read PortfolioManagementRead Update PortfolioManagementUpdate Delete PortfolioManagementDelete];
    PortfolioManagementCreate "PORTFOLIO_MANAGEMENT_CREATE" "Allows to add data to the portfolio" [];
    PortfolioManagementDelete "PORTFOLIO_MANAGEMENT_DELETE" "Allows to delete data of the portfolio" [];
    PortfolioManagementRead "PORTFOLIO_MANAGEMENT_READ" "Allows to see managed data of the portfolio" [];
    PortfolioManagementUpdate "PORTFOLIO_MANAGEMENT_UPDATE" "Allows to change data in the portfolio" [];
    ProjectCreationUpload "PROJECT_CREATION_UPLOAD" "Provides the ability to optionally create project (if non-existent) on BOM or scan upload" [];
    SecretManagement "SECRET_MANAGEMENT" "Allows the management of secrets" []
        [Create SecretManagementCreate Update SecretManagementUpdate Delete SecretManagementDelete];
    SecretManagementCreate "SECRET_MANAGEMENT_CREATE" "Allows to add secrets" [];
    SecretManagementDelete "SECRET_MANAGEMENT_DELETE" "Allows to delete secrets" [];
    SecretManagementUpdate "SECRET_MANAGEMENT_UPDATE" "Allows to change secrets" [];
    SystemConfiguration "SYSTEM_CONFIGURATION" "Allows the configuration of the system including notifications, repositories, and email settings" [SecretManagement]
        [Create SystemConfigurationCreate Read SystemConfigurationRead Update SystemConfigurationUpdate Delete SystemConfigurationDelete];
    SystemConfigurationCreate "SYSTEM_CONFIGURATION_CREATE" "Allows to add configuration of the system" [];
    SystemConfigurationDelete "SYSTEM_CONFIGURATION_DELETE" "Allows to delete configuration of the system" [];
    SystemConfigurationRead "SYSTEM_CONFIGURATION_READ" "Allows to see the configuration of the system" [];
    SystemConfigurationUpdate "SYSTEM_CONFIGURATION_UPDATE" "Allows to change the configuration of the system" [];
    TagManagement "TAG_MANAGEMENT" "Allows the modification and deletion of tags" [] [Delete TagManagementDelete];
    TagManagementDelete "TAG_MANAGEMENT_DELETE" "Allows to delete tags" [];
    ViewBadges "VIEW_BADGES" "Provides the ability to view badges" [];
    ViewPolicyViolation "VIEW_POLICY_VIOLATION" "Provides the ability to view policy violations" [];
    ViewPortfolio "VIEW_PORTFOLIO" "Provides the ability to view the portfolio of projects, components, and licenses" [];
    ViewVulnerability "VIEW_VULNERABILITY" "Provides the ability to view the vulnerabilities projects are affected by" [];
    VulnerabilityAnalysis "VULNERABILITY_ANALYSIS" "Provides the ability to make analysis decisions on vulnerabilities" []
        [Create VulnerabilityAnalysisCreate Read VulnerabilityAnalysisRead Update VulnerabilityAnalysisUpdate];
    VulnerabilityAnalysisCreate "VULNERABILITY_ANALYSIS_CREATE" "Allows to upload VEX documents" [];
    VulnerabilityAnalysisRead "VULNERABILITY_ANALYSIS_READ" "Allows to read VEX documents" [];
    VulnerabilityAnalysisUpdate "VULNERABILITY_ANALYSIS_UPDATE" "Allows to make analysis decisions and to upload VEX documents" [];
    VulnerabilityManagement "VULNERABILITY_MANAGEMENT" "Allows management of internally-defined vulnerabilities" []
        [Create VulnerabilityManagementCreate Read VulnerabilityManagementRead Update VulnerabilityManagementUpdate Delete VulnerabilityManagementDelete];
    VulnerabilityManagementCreate "VULNERABILITY_MANAGEMENT_CREATE" "Allows to make internally-defined vulnerabilities" [];
    VulnerabilityManagementDelete "VULNERABILITY_MANAGEMENT_DELETE" "Allows to delete internally-defined vulnerabilities" [];
    VulnerabilityManagementRead "VULNERABILITY_MANAGEMENT_READ" "Allows to see internally-defined vulnerabilities as they are managed" [];
    VulnerabilityManagementUpdate "VULNERABILITY_MANAGEMENT_UPDATE" "Allows to change internally-defined vulnerabilities" [];
}

impl Permission {
    /// The permissions that Dependency-Track 4.14 has: whoever has them all may do everything.
    pub const WHOLE: [Permission; 14] = [
        Permission::AccessManagement,
        Permission::BomUpload,
        Permission::PolicyManagement,
        Permission::PolicyViolationAnalysis,
        Permission::PortfolioManagement,
        Permission::ProjectCreationUpload,
        Permission::SystemConfiguration,
        Permission::TagManagement,
        Permission::ViewBadges,
        Permission::ViewPolicyViolation,
        Permission::ViewPortfolio,
        Permission::ViewVulnerability,
        Permission::VulnerabilityAnalysis,
        Permission::VulnerabilityManagement,
    ];

    /// The part of it that is enough for an operation of this kind, if it has such a part.
    pub fn part(self, verb: Verb) -> Option<Permission> {
        self.parts().iter().find(|(of, _)| *of == verb).map(|(_, part)| *part)
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Whether the permission is in the set.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Whether any of them is in the set.
    pub fn contains_any(self, permissions: &[Permission]) -> bool {
        permissions.iter().any(|p| self.contains(*p))
    }

    /// The permissions, by name.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.contains(*p))
    }

    /// The same with everything that its members give: their parts; the bypass of portfolio access
    /// control for who manages access, as in version 4; secrets for who configures the system.
    #[must_use]
    pub fn with_given(self) -> PermissionSet {
        let mut all = self;
        loop {
            let given =
                all.iter().flat_map(|p| p.gives().iter().copied().chain(p.parts().iter().map(|p| p.1)));
            let next = PermissionSet(all.0 | given.collect::<PermissionSet>().0);
            if next == all {
                return all;
            }
            all = next;
        }
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        PermissionSet(permissions.into_iter().fold(0, |set, p| set | (1 << p as u64)))
    }
}
