//! Metrics of components, projects, collections and the portfolio (behaviour reference §9).
//!
//! What is counted follows each change: the change marks the projects that it touches ([`mark`]), and
//! what is marked is counted moments later ([`refresh`]). A row is written when something is
//! otherwise than before, and holds until the next one; the portfolio is the sum of its projects.

mod api;
mod count;
mod mark;
mod portfolio;
mod refresh;
mod store;

pub(crate) use api::{SCHEMAS, routes};
pub(crate) use mark::{mark_collections, mark_versions, mark_vulnerabilities, mark_where};
pub(crate) use refresh::{PAUSE, refresh, refresh_due};
pub(crate) use store::{latest, of_components};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What is counted, of a component, a project or the portfolio.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counts {
    critical: i64,
    high: i64,
    medium: i64,
    low: i64,
    unassigned: i64,
    vulnerabilities: i64,
    suppressed: i64,
    findings_audited: i64,
    components: i64,
    vulnerable_components: i64,
    fail: i64,
    warn: i64,
    info: i64,
    security: Violations,
    license: Violations,
    operational: Violations,
}

/// Violations of one type.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Violations {
    total: i64,
    audited: i64,
}

impl Violations {
    fn add(&mut self, other: Violations, sign: i64) {
        self.total += sign * other.total;
        self.audited += sign * other.audited;
    }
}

/// What the counts are of; it decides which of them are shown.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Component,
    Project,
    Portfolio,
}

impl Counts {
    /// 10·critical + 5·high + 3·medium + low + 5·unassigned
    fn risk(&self) -> f64 {
        (10 * self.critical + 5 * self.high + 3 * self.medium + self.low + 5 * self.unassigned) as f64
    }

    fn add(&mut self, other: &Counts) {
        self.combine(other, 1);
    }

    /// Adds, or takes away with the sign -1.
    fn combine(&mut self, other: &Counts, sign: i64) {
        let members = [
            (&mut self.critical, other.critical),
            (&mut self.high, other.high),
            (&mut self.medium, other.medium),
            (&mut self.low, other.low),
            (&mut self.unassigned, other.unassigned),
            (&mut self.vulnerabilities, other.vulnerabilities),
            (&mut self.suppressed, other.suppressed),
            (&mut self.findings_audited, other.findings_audited),
            (&mut self.components, other.components),
            (&mut self.vulnerable_components, other.vulnerable_components),
            (&mut self.fail, other.fail),
            (&mut self.warn, other.warn),
            (&mut self.info, other.info),
        ];
        for (own, other) in members {
            *own += sign * other;
        }
        self.security.add(other.security, sign);
        self.license.add(other.license, sign);
        self.operational.add(other.operational, sign);
    }

    fn json(&self, of: Of, first: i64, last: i64) -> Map<String, Value> {
        let mut out = Map::new();
        let mut put = |name: &str, value: i64| {
            out.insert(name.to_owned(), json!(value));
        };
        put("critical", self.critical);
        put("high", self.high);
        put("medium", self.medium);
        put("low", self.low);
        put("unassigned", self.unassigned);
        put("vulnerabilities", self.vulnerabilities);
        put("suppressed", self.suppressed);
        put("findingsTotal", self.vulnerabilities);
        put("findingsAudited", self.findings_audited);
        put("findingsUnaudited", self.vulnerabilities - self.findings_audited);
        if of != Of::Component {
            put("components", self.components);
            put("vulnerableComponents", self.vulnerable_components);
        }
        put("policyViolationsFail", self.fail);
        put("policyViolationsWarn", self.warn);
        put("policyViolationsInfo", self.info);
        let mut all = Violations::default();
        let types =
            [("Security", self.security), ("License", self.license), ("Operational", self.operational)];
        for (name, one) in types {
            all.add(one, 1);
            put(&format!("policyViolations{name}Total"), one.total);
            put(&format!("policyViolations{name}Audited"), one.audited);
            put(&format!("policyViolations{name}Unaudited"), one.total - one.audited);
        }
        put("policyViolationsTotal", all.total);
        put("policyViolationsAudited", all.audited);
        put("policyViolationsUnaudited", all.total - all.audited);
        put("firstOccurrence", first);
        put("lastOccurrence", last);
        out.insert("inheritedRiskScore".to_owned(), json!(self.risk()));
        out
    }
}
