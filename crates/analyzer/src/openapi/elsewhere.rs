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

/// Operations that are not answered: none.
pub const NOT_ANSWERED: &[Elsewhere] = &[];

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
