//! Operations of Dependency-Track that are answered otherwise on purpose, or not at all, and why.

/// An operation and why it is not as in Dependency-Track.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    /// The method.
    pub method: &'static str,
    /// The path below `/api`.
    pub path: &'static str,
    /// Why.
    pub why: &'static str,
}

const fn operation(method: &'static str, path: &'static str, why: &'static str) -> Elsewhere {
    Elsewhere { method, path, why }
}

/// Why those of vulnerability policies are not answered.
const POLICIES: &str = "Vulnerability policies, by which rules decide about findings, are not there: people, SBOMs and VEX decide.";

/// Operations that are not answered.
pub const NOT_ANSWERED: &[Elsewhere] = &[
    operation("GET", "/v2/vuln-policies", POLICIES),
    operation("POST", "/v2/vuln-policies", POLICIES),
    operation("GET", "/v2/vuln-policies/{uuid}", POLICIES),
    operation("PUT", "/v2/vuln-policies/{uuid}", POLICIES),
    operation("DELETE", "/v2/vuln-policies/{uuid}", POLICIES),
    operation("GET", "/v2/vuln-policy-bundles", POLICIES),
    operation("DELETE", "/v2/vuln-policy-bundles/{uuid}", POLICIES),
    operation("POST", "/v2/vuln-policy-bundles/{uuid}/sync-runs", POLICIES),
    operation("GET", "/v2/vuln-policy-bundles/{uuid}/sync-runs/latest", POLICIES),
];

/// Operations that differ on purpose from what Dependency-Track 4.14 does.
pub(super) const DIFFERENT: &[Elsewhere] = &[
    operation(
        "PATCH",
        "/v1/project/{uuid}",
        "Members that are left out stay as they are; the original takes them for `active` and not `isLatest`.",
    ),
    operation(
        "PUT",
        "/v1/bom",
        "A document that is refused makes no project; the original leaves an empty one behind.",
    ),
    operation(
        "POST",
        "/v1/bom",
        "A document that is refused makes no project; the original leaves an empty one behind.",
    ),
    operation("PUT", "/v1/analysis", "Who may not see the project is refused; the original does not look."),
];
