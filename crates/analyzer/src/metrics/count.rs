//! Counting findings and violations of components.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use storage::{Sql, Value};

use super::{Counts, Violations};
use crate::analysis::SEVERITY;
use crate::attribution::JOIN;
use crate::server::Result;

#[derive(FromQueryResult)]
struct Finding {
    project_id: i64,
    component_id: i64,
    severity: String,
    alias_group: String,
    state: Option<String>,
    suppressed: Option<bool>,
}

#[derive(FromQueryResult)]
struct Violation {
    project_id: i64,
    component_id: i64,
    kind: String,
    violation_state: String,
    state: Option<String>,
}

/// The counts of the components that meet a condition on `c`, by project and component. Components
/// that have nothing to count are left out.
pub(super) async fn components(
    sql: &impl Sql,
    filter: &str,
    values: Vec<Value>,
) -> Result<HashMap<(i64, i64), Counts>> {
    let text = format!(
        "SELECT c.project_id, c.id AS component_id, {SEVERITY} AS severity, v.alias_group, a.state, a.suppressed \
         FROM component c {JOIN} JOIN vulnerability v ON v.id = m.vulnerability_id \
         LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = v.id \
         WHERE {filter} ORDER BY c.id, v.id"
    );
    let mut out: HashMap<(i64, i64), Counts> = HashMap::new();
    let mut seen: HashSet<(i64, String)> = HashSet::new();
    for finding in sql.rows::<Finding>(&text, values.clone()).await? {
        let counts = out.entry((finding.project_id, finding.component_id)).or_default();
        count(counts, finding, &mut seen);
    }
    let text = format!(
        "SELECT c.project_id, c.id AS component_id, b.kind, p.violation_state, a.state \
         FROM component c JOIN policy_violation b ON b.component_id = c.id \
         JOIN policy_condition d ON d.id = b.condition_id JOIN policy p ON p.id = d.policy_id \
         LEFT JOIN violation_analysis a ON a.violation_id = b.id \
         WHERE {filter} AND (a.suppressed IS NULL OR NOT a.suppressed)"
    );
    for violation in sql.rows::<Violation>(&text, values).await? {
        let counts = out.entry((violation.project_id, violation.component_id)).or_default();
        count_violation(counts, &violation);
    }
    Ok(out)
}

/// Findings of one flaw count once for each component: the first one's severity (reference §9.1).
fn count(counts: &mut Counts, finding: Finding, seen: &mut HashSet<(i64, String)>) {
    if finding.suppressed.unwrap_or_default() {
        counts.suppressed += 1;
        return;
    }
    if finding.state.as_deref().is_some_and(|state| state != "NOT_SET" && state != "IN_TRIAGE") {
        counts.findings_audited += 1;
    }
    if !seen.insert((finding.component_id, finding.alias_group)) {
        return;
    }
    counts.vulnerable_components = 1;
    counts.vulnerabilities += 1;
    match finding.severity.as_str() {
        "CRITICAL" => counts.critical += 1,
        "HIGH" => counts.high += 1,
        "MEDIUM" => counts.medium += 1,
        "LOW" | "INFO" => counts.low += 1,
        _ => counts.unassigned += 1,
    }
}

fn count_violation(counts: &mut Counts, violation: &Violation) {
    match violation.violation_state.as_str() {
        "FAIL" => counts.fail += 1,
        "WARN" => counts.warn += 1,
        _ => counts.info += 1,
    }
    let of_type = match violation.kind.as_str() {
        "SECURITY" => &mut counts.security,
        "LICENSE" => &mut counts.license,
        _ => &mut counts.operational,
    };
    let audited = violation.state.as_deref().is_some_and(|state| state != "NOT_SET");
    of_type.add(Violations { total: 1, audited: i64::from(audited) }, 1);
}
