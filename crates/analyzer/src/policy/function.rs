//! The functions that expressions call on components and projects (behaviour reference §8.6). What
//! cannot be decided, because a member is missing, is not met.

use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Value};
use chrono::Utc;
use serde_json::{Value as Json, json};

use super::graph::{self, Graph, How};
use super::licence::Expression;
use super::period::{Distance, Period};
use super::rule::Comparison;
use super::vers;
use crate::expression::{Language, member, text};

const FUNCTIONS: &[&str] = &[
    "matches_range",
    "compare_age",
    "version_distance",
    "has_package_artifact_hash_mismatch",
    "spdx_expr_allows",
    "spdx_expr_requires_any",
    "depends_on",
    "is_dependency_of",
    "is_direct_dependency_of",
    "is_exclusive_dependency_of",
];

const TYPES: &[(&str, &[&str])] =
    &[("v1.Component", graph::MEMBERS), ("v1.VersionDistance", &["epoch", "major", "minor", "patch"])];

const COMPONENT: &[&str] = &[
    "uuid",
    "group",
    "name",
    "version",
    "classifier",
    "cpe",
    "purl",
    "swid_tag_id",
    "is_internal",
    "is_direct_dependency",
    "properties",
    "md5",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b_256",
    "blake2b_384",
    "blake2b_512",
    "blake3",
    "license_name",
    "license_expression",
    "resolved_license",
    "published_at",
    "latest_version",
    "latest_version_published_at",
    "package_artifact_md5",
    "package_artifact_sha1",
    "package_artifact_sha256",
    "package_artifact_sha512",
];

const PROJECT: &[&str] = &[
    "uuid",
    "group",
    "name",
    "version",
    "classifier",
    "is_active",
    "is_latest",
    "tags",
    "properties",
    "cpe",
    "purl",
    "swid_tag_id",
    "last_bom_import",
];

const VULNERABILITY: &[&str] = &[
    "uuid",
    "id",
    "source",
    "aliases",
    "cwes",
    "created",
    "published",
    "updated",
    "severity",
    "cvssv2_base_score",
    "cvssv2_impact_subscore",
    "cvssv2_exploitability_subscore",
    "cvssv2_vector",
    "cvssv3_base_score",
    "cvssv3_impact_subscore",
    "cvssv3_exploitability_subscore",
    "cvssv3_vector",
    "cvssv4_score",
    "cvssv4_vector",
    "owasp_rr_likelihood_score",
    "owasp_rr_technical_impact_score",
    "owasp_rr_business_impact_score",
    "owasp_rr_vector",
    "epss_score",
    "epss_percentile",
];

/// What conditions of policies are written in: the flaws of a component are a list.
pub(super) const OF_COMPONENTS: Language = Language {
    variables: &[("component", COMPONENT), ("project", PROJECT), ("vulns", &[]), ("now", &[])],
    functions: FUNCTIONS,
    types: TYPES,
};

/// What conditions of vulnerability policies are written in: they are about one flaw of a component.
pub(super) const OF_FINDINGS: Language = Language {
    variables: &[("component", COMPONENT), ("project", PROJECT), ("vuln", VULNERABILITY), ("now", &[])],
    functions: FUNCTIONS,
    types: TYPES,
};

/// Adds the functions, and the time.
pub(super) fn declare(context: &mut Context<'static, 'static>, graph: &Arc<Graph>) {
    let (project, below, directly, exclusively) =
        (graph.clone(), graph.clone(), graph.clone(), graph.clone());
    let uuid = |this: &Value| text(this, "uuid").unwrap_or_default();
    let added = [
        context.add_function("matches_range", matches_range),
        context.add_function("compare_age", compare_age),
        context.add_function("version_distance", version_distance),
        context.add_function("has_package_artifact_hash_mismatch", has_mismatch),
        context.add_function("spdx_expr_allows", allows),
        context.add_function("spdx_expr_requires_any", requires_any),
        context.add_function("depends_on", move |This(_): This<Value>, wanted: Value| project.has(&wanted)),
        context.add_function("is_dependency_of", move |This(this): This<Value>, wanted: Value| {
            below.is_below(&uuid(&this), &wanted, How::Somehow)
        }),
        context.add_function("is_direct_dependency_of", move |This(this): This<Value>, wanted: Value| {
            directly.is_below(&uuid(&this), &wanted, How::Directly)
        }),
        context.add_function("is_exclusive_dependency_of", move |This(this): This<Value>, wanted: Value| {
            exclusively.is_below(&uuid(&this), &wanted, How::Exclusively)
        }),
    ];
    if let Some(error) = added.into_iter().find_map(Result::err) {
        tracing::error!(%error, "a function of expressions is declared twice");
    }
    context.add_variable_from_value("now", Value::Timestamp(Utc::now().fixed_offset()));
}

/// `component.matches_range("vers:npm/>=1.0.0|<2.0.0")`
fn matches_range(This(this): This<Value>, range: Arc<String>) -> bool {
    text(&this, "version").and_then(|version| vers::contains(&range, &version)).unwrap_or_default()
}

/// `component.compare_age(">", "P1Y")`
fn compare_age(This(this): This<Value>, operator: Arc<String>, period: Arc<String>) -> bool {
    let Some(Value::Timestamp(published)) = member(&this, "published_at") else { return false };
    let (Some(comparison), Some(period)) = (Comparison::of(&operator), Period::parse(&period)) else {
        return false;
    };
    let order = period.compare(published.with_timezone(&Utc).date_naive(), Utc::now().date_naive());
    order.is_some_and(|order| comparison.holds(order))
}

/// `component.version_distance(">=", v1.VersionDistance{major: 1})`, of a direct dependency or not.
fn version_distance(This(this): This<Value>, operator: Arc<String>, distance: Value) -> bool {
    let wanted = match &distance {
        Value::String(text) => Distance::parse(text),
        Value::Map(map) => {
            let members = map.map.iter().filter_map(|(key, value)| match (key, value) {
                (cel::objects::Key::String(key), Value::String(text)) => {
                    Some((key.to_string(), json!(text.as_str())))
                }
                (cel::objects::Key::String(key), Value::Int(number)) => {
                    Some((key.to_string(), json!(number)))
                }
                _ => None,
            });
            Distance::parse(&Json::Object(members.collect()).to_string())
        }
        _ => None,
    };
    let versions = text(&this, "version").zip(text(&this, "latest_version"));
    let between = versions.and_then(|(own, latest)| Distance::between(&own, &latest));
    match (Comparison::of(&operator), between, wanted) {
        (Some(comparison), Some(between), Some(wanted)) => comparison.holds(between.compare(&wanted)),
        _ => false,
    }
}

/// `component.has_package_artifact_hash_mismatch()`: whether a hash is another one than the repository
/// says.
fn has_mismatch(This(this): This<Value>) -> bool {
    ["md5", "sha1", "sha256", "sha512"].iter().any(|name| {
        let published = text(&this, &format!("package_artifact_{name}"));
        text(&this, name).zip(published).is_some_and(|(own, published)| !own.eq_ignore_ascii_case(&published))
    })
}

fn is_listed(ids: &[Value], id: &str) -> bool {
    ids.iter().any(|one| matches!(one, Value::String(text) if text.eq_ignore_ascii_case(id)))
}

fn is_known(id: &str) -> bool {
    sbom::licence_by_id(id).is_some()
}

/// `spdx_expr_allows("MIT OR GPL-3.0-only", ["MIT"])`: whether these licences suffice.
fn allows(expression: Arc<String>, ids: Arc<Vec<Value>>) -> bool {
    Expression::parse(&expression).is_met(&is_known, &|id| is_listed(&ids, id))
}

/// `spdx_expr_requires_any("MIT AND GPL-3.0-only", ["GPL-3.0-only"])`: whether there is no way around
/// these licences.
fn requires_any(expression: Arc<String>, ids: Arc<Vec<Value>>) -> bool {
    !Expression::parse(&expression).is_met(&is_known, &|id| !is_listed(&ids, id))
}
