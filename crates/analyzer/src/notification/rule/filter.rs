//! The expression of a rule: of what a rule listens to it is told only what makes the expression true
//! (behaviour reference §10.2). What cannot be decided is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cel::Value as Cel;
use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::expression::{self, Fault, Language, Program};
use crate::notification::notice::{Notice, Version};

/// Longer expressions are refused.
pub(super) const LIMIT: usize = 2_048;

const LEVELS: &[&str] = &["LEVEL_UNSPECIFIED", "LEVEL_INFORMATIONAL", "LEVEL_WARNING", "LEVEL_ERROR"];
const SCOPES: &[&str] = &["SCOPE_UNSPECIFIED", "SCOPE_PORTFOLIO", "SCOPE_SYSTEM"];
const GROUPS: &[&str] = &[
    "GROUP_UNSPECIFIED",
    "GROUP_CONFIGURATION",
    "GROUP_DATASOURCE_MIRRORING",
    "GROUP_REPOSITORY",
    "GROUP_INTEGRATION",
    "GROUP_INDEXING_SERVICE",
    "GROUP_FILE_SYSTEM",
    "GROUP_ANALYZER",
    "GROUP_NEW_VULNERABILITY",
    "GROUP_NEW_VULNERABLE_DEPENDENCY",
    "GROUP_PROJECT_AUDIT_CHANGE",
    "GROUP_BOM_CONSUMED",
    "GROUP_BOM_PROCESSED",
    "GROUP_VEX_CONSUMED",
    "GROUP_VEX_PROCESSED",
    "GROUP_POLICY_VIOLATION",
    "GROUP_PROJECT_CREATED",
    "GROUP_BOM_PROCESSING_FAILED",
    "GROUP_PROJECT_VULN_ANALYSIS_COMPLETE",
    "GROUP_USER_CREATED",
    "GROUP_USER_DELETED",
    "GROUP_BOM_VALIDATION_FAILED",
    "GROUP_VULNERABILITY_RETRACTED",
    "GROUP_NEW_VULNERABILITIES_SUMMARY",
    "GROUP_NEW_POLICY_VIOLATIONS_SUMMARY",
];

/// What expressions of rules are written in: a notification in the names of version 5.
const LANGUAGE: Language = Language {
    variables: &[
        ("level", &[]),
        ("scope", &[]),
        ("group", &[]),
        ("title", &[]),
        ("content", &[]),
        ("timestamp", &[]),
        ("subject", &[]),
        ("Level", LEVELS),
        ("Scope", SCOPES),
        ("Group", GROUPS),
    ],
    functions: &[],
    types: &[],
};

/// How many compiled expressions are kept.
const KEPT: usize = 256;

static COMPILED: Mutex<Option<HashMap<String, Arc<Program>>>> = Mutex::new(None);

/// The compiled expression.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn compiled(text: &str) -> Result<Arc<Program>, Vec<Fault>> {
    let lock = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = lock().as_ref().and_then(|known| known.get(text)) {
        return Ok(program.clone());
    }
    let program = Arc::new(Program::compile(text, &LANGUAGE)?);
    let mut kept = lock();
    let known = kept.get_or_insert_default();
    if known.len() >= KEPT {
        known.clear();
    }
    known.insert(text.to_owned(), program.clone());
    Ok(program)
}

/// Whether a rule with this expression is told of a notification.
pub(super) fn passes(rule: &str, text: &str, notice: &Notice) -> bool {
    let program = match compiled(text) {
        Ok(program) => program,
        Err(faults) => {
            tracing::warn!(rule, ?faults, "the filter of a rule cannot be read; it is told anyway");
            return true;
        }
    };
    program.is_true(&context(notice)).unwrap_or_else(|error| {
        tracing::debug!(rule, %error, "the filter of a rule cannot be decided; it is told anyway");
        true
    })
}

fn place(names: &[&str], prefix: &str, name: &str) -> i64 {
    let wanted = format!("{prefix}_{name}");
    names.iter().position(|known| *known == wanted).and_then(|at| i64::try_from(at).ok()).unwrap_or_default()
}

fn constants(names: &[&str]) -> Cel {
    let members = names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), json!(at)));
    expression::value(&Value::Object(members.collect()))
}

fn context(notice: &Notice) -> cel::Context<'static, 'static> {
    let payload = notice.payload(Version::V5);
    let told = payload.get("notification");
    let text = |name: &str| told.and_then(|told| told.get(name)).and_then(Value::as_str).unwrap_or_default();
    let mut context = expression::context();
    context.add_variable_from_value("level", Cel::Int(place(LEVELS, "LEVEL", &notice.level)));
    context.add_variable_from_value("scope", Cel::Int(place(SCOPES, "SCOPE", &notice.scope)));
    context.add_variable_from_value("group", Cel::Int(place(GROUPS, "GROUP", &notice.group)));
    context.add_variable_from_value("title", Cel::String(Arc::new(text("title").to_owned())));
    context.add_variable_from_value("content", Cel::String(Arc::new(text("content").to_owned())));
    let at = DateTime::from_timestamp_millis(notice.at).unwrap_or_default();
    context.add_variable_from_value("timestamp", Cel::Timestamp(at.fixed_offset()));
    let subject = told.and_then(|told| told.get("subject")).map(|subject| named("subject", subject));
    context.add_variable_from_value("subject", expression::value(&subject.unwrap_or_default()));
    for (name, names) in [("Level", LEVELS), ("Scope", SCOPES), ("Group", GROUPS)] {
        context.add_variable_from_value(name, constants(names));
    }
    context
}

/// The name of a member in the schema of version 5: `vulnId` is `vuln_id`. Keys of maps, which are words
/// in capital letters, stay.
fn name(name: &str) -> String {
    match name {
        "cvssv2" => return "cvss_v2".to_owned(),
        "cvssv3" => return "cvss_v3".to_owned(),
        "cvssv4" => return "cvss_v4".to_owned(),
        _ => {}
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.replace("RR", "Rr").chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

const TEXTS_OF_VULNERABILITIES: [&str; 12] = [
    "uuid",
    "vuln_id",
    "source",
    "title",
    "subtitle",
    "description",
    "recommendation",
    "severity",
    "cvss_v2_vector",
    "cvss_v3_vector",
    "cvss_v4_vector",
    "owasp_rr_vector",
];
const SCORES_OF_VULNERABILITIES: [&str; 6] = [
    "cvss_v2",
    "cvss_v3",
    "cvss_v4",
    "owasp_rr_likelihood",
    "owasp_rr_technical_impact",
    "owasp_rr_business_impact",
];
const TEXTS_OF_COMPONENTS: [&str; 9] =
    ["uuid", "group", "name", "version", "purl", "md5", "sha1", "sha256", "sha512"];
const TEXTS_OF_PROJECTS: [&str; 5] = ["uuid", "name", "version", "description", "purl"];

/// A subject in the names of the schema; what is left out for having its default value is there again.
fn named(place: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut out: Map<String, Value> = members
                .iter()
                .map(|(own, value)| {
                    let own = name(own);
                    let value = named(&own, value);
                    (own, value)
                })
                .collect();
            let mut fill = |names: &[&str], default: Value| {
                for name in names {
                    out.entry(*name).or_insert_with(|| default.clone());
                }
            };
            match place {
                "vulnerability" | "vulnerabilities" => {
                    fill(&TEXTS_OF_VULNERABILITIES, json!(""));
                    fill(&SCORES_OF_VULNERABILITIES, json!(0.0));
                    fill(&["cwes", "aliases"], json!([]));
                }
                "component" => fill(&TEXTS_OF_COMPONENTS, json!("")),
                "project" | "affected_projects" => {
                    fill(&TEXTS_OF_PROJECTS, json!(""));
                    fill(&["tags"], json!([]));
                    fill(&["is_active"], json!(false));
                }
                "overview" => {
                    fill(
                        &["new_vulnerabilities_count_by_severity", "new_violations_count_by_type"],
                        json!({}),
                    );
                    fill(
                        &[
                            "affected_projects_count",
                            "affected_components_count",
                            "new_vulnerabilities_count",
                            "suppressed_new_vulnerabilities_count",
                            "total_new_vulnerabilities_count",
                            "new_violations_count",
                            "suppressed_new_violations_count",
                            "total_new_violations_count",
                        ],
                        json!(0),
                    );
                }
                _ => {}
            }
            out.into()
        }
        Value::Array(items) => items.iter().map(|item| named(place, item)).collect(),
        value => value.clone(),
    }
}
