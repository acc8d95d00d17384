//! The made-up data with which version 5 tries a rule: words as those of the real thing, and more members
//! than version 4 makes up.

use serde_json::{Value, json};

use super::{Notice, PROJECTS, VULNERABILITIES, dummy, each};
use crate::notification::group::{ERROR, INFORMATIONAL, VIOLATIONS_SUMMARY, VULNERABILITIES_SUMMARY};

const FAILURE: &str = "failure";
/// The same in each test of a rule.
const TOKEN: &str = "5b6a3c1e-92d7-4f0b-8f55-6f0f4b9a7c21";
const POLICY: &str = "e1f0a6d4-3b52-4c8d-9a17-2f6d8c5b7e30";

/// The notification of a group with which a rule is tried.
pub(super) fn notice(scope: &str, group: &str) -> Notice {
    let (title, content) = words(group);
    let level = if content == FAILURE || group.ends_with("_FAILED") { ERROR } else { INFORMATIONAL };
    let mut notice = Notice::new((scope, group, level), title, content, subject(group));
    notice.is_test = true;
    notice
}

/// Title and content; those of system groups tell of a failure.
fn words(group: &str) -> (String, &'static str) {
    let on = |title: &str| format!("{title} on Project: [projectName : projectVersion]");
    let (title, content) = match group {
        "NEW_VULNERABILITY" => return (on("New Vulnerability Identified"), "vulnerabilityDescription"),
        "VULNERABILITY_RETRACTED" => {
            return (on("Vulnerability No Longer Reported"), "vulnerabilityDescription");
        }
        "NEW_VULNERABLE_DEPENDENCY" => {
            let content = "A dependency was introduced that contains 1 known vulnerability";
            return (on("Vulnerable Dependency Introduced"), content);
        }
        "POLICY_VIOLATION" => return (on("Policy Violation"), "A operational policy violation occurred"),
        "PROJECT_AUDIT_CHANGE" => (
            "Analysis Decision: FALSE_POSITIVE",
            "An analysis decision was made to a finding affecting a project",
        ),
        "BOM_CONSUMED" => {
            ("Bill of Materials Consumed", "A CycloneDX BOM was consumed and will be processed")
        }
        "BOM_PROCESSED" => ("Bill of Materials Processed", "A CycloneDX BOM was processed"),
        "BOM_PROCESSING_FAILED" => {
            ("Bill of Materials Processing Failed", "An error occurred while processing a BOM")
        }
        "BOM_VALIDATION_FAILED" => ("Bill of Materials Validation Failed", ""),
        "VEX_CONSUMED" => (
            "Vulnerability Exploitability Exchange (VEX) Consumed",
            "A CycloneDX VEX was consumed and will be processed",
        ),
        "VEX_PROCESSED" => {
            ("Vulnerability Exploitability Exchange (VEX) Processed", "A CycloneDX VEX was processed")
        }
        "PROJECT_CREATED" => ("Project Added", "projectName was created"),
        "USER_CREATED" => ("User Created", ""),
        "USER_DELETED" => ("User Deleted", ""),
        VULNERABILITIES_SUMMARY => ("New Vulnerabilities Summary", ""),
        VIOLATIONS_SUMMARY => ("New Policy Violations Summary", ""),
        "ANALYZER" => ("Analyzer Error", FAILURE),
        "INTEGRATION" => ("Integration Error", FAILURE),
        "REPOSITORY" => ("Repository Error", FAILURE),
        "DATASOURCE_MIRRORING" => ("Mirroring Error", FAILURE),
        "FILE_SYSTEM" => ("File System Error", FAILURE),
        "CONFIGURATION" => ("Configuration Error", FAILURE),
        other => (other, FAILURE),
    };
    (title.to_owned(), content)
}

fn subject(group: &str) -> Value {
    if ["USER_CREATED", "USER_DELETED"].contains(&group) {
        return json!({ "username": "username", "email": "username@example.com" });
    }
    if group == "VULNERABILITY_RETRACTED" {
        return Value::Null;
    }
    let mut subject = dummy::subject(group);
    each(&mut subject, PROJECTS, &|project| {
        project.insert("description".to_owned(), json!("projectDescription"));
        project.insert("tags".to_owned(), json!(["tag1", "tag2"]));
    });
    each(&mut subject, VULNERABILITIES, &|vulnerability| {
        if let Value::Object(more) = described() {
            vulnerability.extend(more);
        }
    });
    each(&mut subject, &["policyViolation"], &|violation| {
        violation.insert("type".to_owned(), json!("OPERATIONAL"));
    });
    each(&mut subject, &["violations"], &|violation| {
        violation.insert("type".to_owned(), json!("LICENSE"));
    });
    condition(&mut subject, "policyViolation", ("PACKAGE_URL", "IS", "pkg:maven/foo/bar@1.2.3"));
    condition(&mut subject, "violations", ("AGE", "NUMERIC_EQUAL", "P666D"));
    let Some(object) = subject.as_object_mut() else { return Value::Null };
    if object.contains_key("bom") && group != "BOM_VALIDATION_FAILED" {
        object.insert("token".to_owned(), json!(TOKEN));
    }
    if object.contains_key("errors") {
        object.insert("errors".to_owned(), json!(["cause 1", "cause 2"]));
    }
    if let Some(vex) = object.get_mut("vex").and_then(Value::as_object_mut) {
        vex.insert("specVersion".to_owned(), json!("1.5"));
    }
    let by_kind = json!({ "LICENSE": 1 });
    if let (VIOLATIONS_SUMMARY, Some(overview)) =
        (group, object.get_mut("overview").and_then(Value::as_object_mut))
    {
        overview.insert("newViolationsCountByType".to_owned(), by_kind.clone());
    }
    each(&mut subject, &["summary"], &|summary| {
        for name in ["newViolationsCountByType", "totalNewViolationsCountByType"] {
            if summary.contains_key(name) {
                summary.insert(name.to_owned(), by_kind.clone());
            }
        }
    });
    subject
}

/// What version 5 makes up of a vulnerability beside its identity.
fn described() -> Value {
    json!({
        "aliases": [{ "source": "OSV", "vulnId": "OSV-001" }],
        "title": "vulnerabilityTitle",
        "subtitle": "vulnerabilitySubTitle",
        "description": "vulnerabilityDescription",
        "recommendation": "vulnerabilityRecommendation",
        "cvssv2": 5.5,
        "cvssv3": 6.6,
        "cvssv4": 7.7,
        "owaspRRLikelihood": 1.1,
        "owaspRRTechnicalImpact": 2.2,
        "owaspRRBusinessImpact": 3.3,
        "cwes": [
            { "cweId": 666, "name": "Operation on Resource in Wrong Phase of Lifetime" },
            { "cweId": 777, "name": "Regular Expression without Anchors" },
        ],
    })
}

/// Gives the violations under a name their condition.
fn condition(subject: &mut Value, name: &str, (kind, operator, value): (&str, &str, &str)) {
    each(subject, &[name], &|violation| {
        let Some(condition) = violation.get_mut("policyCondition").and_then(Value::as_object_mut) else {
            return;
        };
        for (name, text) in [("subject", kind), ("operator", operator), ("value", value)] {
            condition.insert(name.to_owned(), json!(text));
        }
        if let Some(policy) = condition.get_mut("policy").and_then(Value::as_object_mut) {
            policy.insert("uuid".to_owned(), json!(POLICY));
            policy.insert("name".to_owned(), json!("policyName"));
            policy.insert("violationState".to_owned(), json!("FAIL"));
        }
    });
}
