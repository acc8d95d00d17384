//! Policies, their conditions and their evaluation (behaviour reference §8).
//!
//! A change of anything that a policy asks for marks the projects that it touches ([`mark`]); a job
//! evaluates what is marked moments later ([`evaluate`]). Whether a component breaks a condition is
//! decided in [`rule`], from what [`facts`] reads.

mod api;
mod assign;
mod condition;
mod evaluate;
mod expression;
mod facts;
mod function;
mod graph;
mod licence;
pub(crate) mod mark;
mod pattern;
mod period;
mod rule;
mod store;
mod vers;
mod vulnerability;

pub(crate) use evaluate::{register, settle, settle_project};
pub(crate) use mark::{
    changed, mark_changed, mark_conditions, mark_policies, mark_purls, mark_subjects, mark_where,
    project_changed, queue, queue_if_due,
};
pub(crate) use store::conditions_json;
pub(crate) use vulnerability::bundle_changed;

use crate::openapi::Schema;
use crate::server::Route;

pub(crate) const SCHEMAS: &[Schema] = api::SCHEMAS;

pub(crate) fn routes() -> Vec<Route> {
    [api::routes(), assign::routes(), condition::routes(), vulnerability::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// What a condition asks for.
const SUBJECTS: [&str; 16] = [
    "AGE",
    "COMPONENT_HASH",
    "COORDINATES",
    "CPE",
    "CWE",
    "EPSS",
    EXPRESSION,
    "IS_INTERNAL",
    "LICENSE",
    "LICENSE_GROUP",
    "PACKAGE_URL",
    "SEVERITY",
    "SWID_TAGID",
    "VERSION",
    "VERSION_DISTANCE",
    "VULNERABILITY_ID",
];

/// A condition in the Common Expression Language.
const EXPRESSION: &str = "EXPRESSION";

const OPERATORS: [&str; 12] = [
    "IS",
    "IS_NOT",
    "MATCHES",
    "NO_MATCH",
    "NUMERIC_GREATER_THAN",
    "NUMERIC_LESS_THAN",
    "NUMERIC_EQUAL",
    "NUMERIC_NOT_EQUAL",
    "NUMERIC_GREATER_THAN_OR_EQUAL",
    "NUMERIC_LESSER_THAN_OR_EQUAL",
    "CONTAINS_ALL",
    "CONTAINS_ANY",
];

/// The types of violations.
const KINDS: [&str; 3] = ["LICENSE", "SECURITY", "OPERATIONAL"];

/// The type of the violations of a condition, which its subject decides unless it is an expression.
fn kind_of(subject: &str, given: Option<&str>) -> &'static str {
    match subject {
        "SEVERITY" | "CWE" | "VULNERABILITY_ID" | "EPSS" => "SECURITY",
        "LICENSE" | "LICENSE_GROUP" => "LICENSE",
        EXPRESSION => KINDS.into_iter().find(|kind| Some(*kind) == given).unwrap_or("OPERATIONAL"),
        _ => "OPERATIONAL",
    }
}
