//! The made-up data with which a rule is tried (behaviour reference §10.3).

use serde_json::{Value, json};

use super::{Notice, iso};
use crate::notification::group::{INFORMATIONAL, VIOLATIONS_SUMMARY, VULNERABILITIES_SUMMARY};

/// The notification of a group with which a rule is tried.
pub(super) fn notice(scope: &str, group: &str) -> Notice {
    Notice::new((scope, group, INFORMATIONAL), group, "Rule configuration test", subject(group))
}

fn project() -> Value {
    json!({
        "uuid": "c9c9539a-e381-4b36-ac52-6a7ab83b2c95",
        "name": "projectName",
        "version": "projectVersion",
        "purl": "pkg:maven/org.acme/projectName@projectVersion",
        "tags": [],
        "isActive": true,
    })
}

fn component() -> Value {
    json!({
        "uuid": "94f87321-a5d1-4c2f-b2fe-95165debebc6",
        "name": "componentName",
        "version": "componentVersion",
    })
}

fn vulnerability() -> Value {
    json!({
        "uuid": "bccec5d5-ec21-4958-b3e8-22a7a866a05a",
        "vulnId": "INT-001",
        "source": "INTERNAL",
        "aliases": [],
        "severity": "MEDIUM",
        "cwes": [],
    })
}

fn condition() -> Value {
    json!({
        "uuid": uuid::Uuid::new_v4().to_string(),
        "subject": "AGE",
        "operator": "NUMERIC_EQUAL",
        "value": "1",
        "policy": { "uuid": uuid::Uuid::new_v4().to_string(), "name": "test", "violationState": "INFO" },
    })
}

fn violation() -> Value {
    json!({
        "uuid": uuid::Uuid::new_v4().to_string(),
        "type": "SECURITY",
        "timestamp": iso(storage::now_ms()),
        "policyCondition": condition(),
    })
}

fn bom() -> Value {
    json!({ "content": "bomContent", "format": "CycloneDX", "specVersion": "1.5" })
}

pub(super) fn subject(group: &str) -> Value {
    match group {
        "NEW_VULNERABILITY" => json!({
            "component": component(),
            "project": project(),
            "vulnerabilityAnalysisLevel": "BOM_UPLOAD_ANALYSIS",
            "analysisTrigger": "ANALYSIS_TRIGGER_BOM_UPLOAD",
            "vulnerability": vulnerability(),
            "affectedProjects": [project()],
        }),
        "NEW_VULNERABLE_DEPENDENCY" => json!({
            "project": project(),
            "component": component(),
            "vulnerabilities": [vulnerability()],
        }),
        "VULNERABILITY_RETRACTED" => json!({
            "component": component(),
            "project": project(),
            "vulnerability": vulnerability(),
        }),
        "PROJECT_AUDIT_CHANGE" => json!({
            "component": component(),
            "project": project(),
            "vulnerability": vulnerability(),
            "analysis": { "suppressed": true, "state": "FALSE_POSITIVE" },
        }),
        "BOM_CONSUMED" | "BOM_PROCESSED" => json!({ "project": project(), "bom": bom() }),
        "BOM_PROCESSING_FAILED" => json!({ "project": project(), "bom": bom(), "cause": "cause" }),
        "BOM_VALIDATION_FAILED" => json!({
            "project": project(),
            "bom": { "content": "bomContent", "format": "CycloneDX" },
            "errors": ["TEST"],
        }),
        "VEX_CONSUMED" | "VEX_PROCESSED" => json!({
            "project": project(),
            "vex": { "content": "", "format": "CycloneDX", "specVersion": "" },
        }),
        "POLICY_VIOLATION" => json!({
            "project": project(),
            "component": component(),
            "policyViolation": violation(),
        }),
        VULNERABILITIES_SUMMARY => vulnerabilities(),
        VIOLATIONS_SUMMARY => violations(),
        _ => Value::Null,
    }
}

fn vulnerabilities() -> Value {
    json!({
        "overview": {
            "affectedProjectsCount": 1,
            "affectedComponentsCount": 1,
            "newVulnerabilitiesCount": 0,
            "newVulnerabilitiesCountBySeverity": {},
            "suppressedNewVulnerabilitiesCount": 1,
            "totalNewVulnerabilitiesCount": 1,
        },
        "summary": { "projectSummaries": [{ "project": project(), "summary": {
            "newVulnerabilitiesCountBySeverity": {},
            "suppressedNewVulnerabilitiesCountBySeverity": { "MEDIUM": 1 },
            "totalNewVulnerabilitiesCountBySeverity": { "MEDIUM": 1 },
        }}]},
        "details": { "findingsByProject": [{ "project": project(), "findings": [{
            "component": component(),
            "vulnerability": vulnerability(),
            "analyzer": "INTERNAL_ANALYZER",
            "attributedOn": iso(storage::now_ms()),
            "suppressed": true,
            "analysisState": "FALSE_POSITIVE",
        }]}]},
        "since": iso(storage::now_ms()),
    })
}

fn violations() -> Value {
    let mut violation = violation();
    if let Some(violation) = violation.as_object_mut() {
        violation.insert("component".to_owned(), component());
        violation.insert("suppressed".to_owned(), json!(false));
        violation.insert("analysisState".to_owned(), json!("APPROVED"));
    }
    json!({
        "overview": {
            "affectedProjectsCount": 1,
            "affectedComponentsCount": 1,
            "newViolationsCount": 1,
            "suppressedNewViolationsCount": 0,
            "totalNewViolationsCount": 1,
        },
        "summary": { "projectSummaries": [{ "project": project(), "summary": {
            "newViolationsCountByType": { "SECURITY": 1 },
            "suppressedNewViolationsCountByType": {},
            "totalNewViolationsCountByType": { "SECURITY": 1 },
        }}]},
        "details": { "violationsByProject": [{ "project": project(), "violations": [violation] }]},
        "since": iso(storage::now_ms()),
    })
}
