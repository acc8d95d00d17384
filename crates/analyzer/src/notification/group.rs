//! The vocabulary of notifications (behaviour reference §10.1).

/// The levels, the lowest first: a rule is told what is at least of its own.
pub(super) const LEVELS: [&str; 3] = [INFORMATIONAL, "WARNING", ERROR];
pub(super) const INFORMATIONAL: &str = "INFORMATIONAL";
pub(super) const ERROR: &str = "ERROR";

pub(super) const PORTFOLIO: &str = "PORTFOLIO";
pub(super) const SYSTEM: &str = "SYSTEM";

/// Where a rule takes its notifications from.
pub(super) const EVENT: &str = "EVENT";
pub(super) const SCHEDULE: &str = "SCHEDULE";

pub(super) const VULNERABILITIES_SUMMARY: &str = "NEW_VULNERABILITIES_SUMMARY";
pub(super) const VIOLATIONS_SUMMARY: &str = "NEW_POLICY_VIOLATIONS_SUMMARY";

/// A kind of notification.
pub(super) struct Group {
    pub name: &'static str,
    pub scope: &'static str,
    pub trigger: &'static str,
    /// Whether it is about a project that a rule can be limited to.
    pub limited: bool,
}

const fn system(name: &'static str) -> Group {
    Group { name, scope: SYSTEM, trigger: EVENT, limited: false }
}

const fn portfolio(name: &'static str) -> Group {
    Group { name, scope: PORTFOLIO, trigger: EVENT, limited: true }
}

/// All groups, in the order in which rules list them.
pub(super) const GROUPS: [Group; 23] = [
    system("CONFIGURATION"),
    system("DATASOURCE_MIRRORING"),
    system("REPOSITORY"),
    system("INTEGRATION"),
    system("INDEXING_SERVICE"),
    system("FILE_SYSTEM"),
    system("ANALYZER"),
    portfolio("NEW_VULNERABILITY"),
    portfolio("NEW_VULNERABLE_DEPENDENCY"),
    portfolio("PROJECT_AUDIT_CHANGE"),
    portfolio("BOM_CONSUMED"),
    portfolio("BOM_PROCESSED"),
    portfolio("BOM_PROCESSING_FAILED"),
    portfolio("BOM_VALIDATION_FAILED"),
    portfolio("VEX_CONSUMED"),
    portfolio("VEX_PROCESSED"),
    portfolio("POLICY_VIOLATION"),
    Group { name: "PROJECT_CREATED", scope: PORTFOLIO, trigger: EVENT, limited: false },
    portfolio("VULNERABILITY_RETRACTED"),
    system("USER_CREATED"),
    system("USER_DELETED"),
    Group { name: VULNERABILITIES_SUMMARY, scope: PORTFOLIO, trigger: SCHEDULE, limited: true },
    Group { name: VIOLATIONS_SUMMARY, scope: PORTFOLIO, trigger: SCHEDULE, limited: true },
];

/// The group with this name, and its place in the list.
pub(super) fn find(name: &str) -> Option<(usize, &'static Group)> {
    GROUPS.iter().enumerate().find(|(_, group)| group.name == name)
}

/// The rank of a level; unknown ones are the lowest.
pub(super) fn rank(level: &str) -> usize {
    LEVELS.iter().position(|known| *known == level).unwrap_or_default()
}
