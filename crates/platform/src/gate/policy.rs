//! The YAML of a policy.

use serde::Deserialize;
use storage::{Sql, Tx, now_ms, params};

use crate::Result;

/// A policy as it is stored.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `GLOBAL` or `ASSET`.
    pub scope: &'static str,
    /// Its text.
    pub yaml: String,
}

/// What is wrong with a policy, and where (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Line.
    pub line: Option<u64>,
    /// Column.
    pub column: Option<u64>,
    /// What is wrong.
    pub message: String,
}

/// The rules of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Each is checked on its own.
    pub rules: Vec<Rule>,
}

/// A rule about the issues of one source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `any`, or the tool: `dependency_track` …
    #[serde(default = "any")]
    pub from: String,
    /// Limits by severity.
    pub severity: Severities,
}

fn any() -> String {
    "any".to_owned()
}

/// Limits by severity; what is not named is not limited.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severities {
    /// Critical ones.
    pub critical: Option<Limit>,
    /// High ones.
    pub high: Option<Limit>,
    /// Medium ones.
    pub medium: Option<Limit>,
    /// Low ones.
    pub low: Option<Limit>,
    /// Those that only notify.
    pub notification: Option<Limit>,
}

impl Severities {
    /// The limits with the word of their severity, the worst first.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Limit)> {
        [
            ("CRITICAL", &self.critical),
            ("HIGH", &self.high),
            ("MEDIUM", &self.medium),
            ("LOW", &self.low),
            ("NOTIFICATION", &self.notification),
        ]
        .into_iter()
        .filter_map(|(word, limit)| Some((word, limit.as_ref()?)))
    }
}

/// How many, and how old.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// At most so many open issues.
    pub maximum: u32,
    /// None older than so many days.
    pub max_days_to_fix: Option<u32>,
}

/// Reads a policy.
///
/// # Errors
/// What is wrong, with line and column where known.
pub fn parse(yaml: &str) -> Result<Rules, PolicyError> {
    let plain = |message: &str| PolicyError { line: None, column: None, message: message.to_owned() };
    if yaml.trim().is_empty() {
        return Err(plain("the policy is empty: write rules"));
    }
    let rules: Rules = serde_saphyr::from_str(yaml).map_err(|error| {
        let place = error.location();
        PolicyError {
            line: place.map(|place| place.line()),
            column: place.map(|place| place.column()),
            message: error
                .without_snippet()
                .to_string()
                .replace("invalid u32", "a whole number from 0 is needed"),
        }
    })?;
    if rules.rules.is_empty() {
        return Err(plain("rules: the list is empty; write at least one rule"));
    }
    Ok(rules)
}

/// The policy that counts for an asset: its own, else the company's.
pub async fn policy_of(sql: &impl Sql, company: i64, asset: Option<i64>) -> Result<Option<Policy>> {
    for (scope, asset) in [("ASSET", asset), ("GLOBAL", Some(0))] {
        let Some(asset) = asset else { continue };
        let yaml: Option<String> = sql
            .scalar(
                "SELECT yaml FROM gate_policy WHERE company_id = ? AND asset_id = ?",
                params![company, asset],
            )
            .await?;
        if let Some(yaml) = yaml {
            return Ok(Some(Policy { scope, yaml }));
        }
    }
    Ok(None)
}

/// Saves a policy that was read without error; an empty one is removed.
pub async fn save(tx: &Tx, company: i64, asset: Option<i64>, yaml: &str) -> Result<()> {
    let asset = asset.unwrap_or(0);
    tx.execute("DELETE FROM gate_policy WHERE company_id = ? AND asset_id = ?", params![company, asset])
        .await?;
    if !yaml.trim().is_empty() {
        tx.execute(
            "INSERT INTO gate_policy (company_id, asset_id, yaml, updated_at) VALUES (?, ?, ?, ?)",
            params![company, asset, yaml, now_ms()],
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "rules:\n- from: any\n  severity:\n    critical: {maximum: 0, max_days_to_fix: 30}\n    high:\n      maximum: 5\n";

    #[test]
    fn a_policy_is_read() {
        let rules = parse(GOOD).unwrap();
        let limits: Vec<_> =
            rules.rules[0].severity.all().map(|(word, l)| (word, l.maximum, l.max_days_to_fix)).collect();
        assert_eq!(limits, [("CRITICAL", 0, Some(30)), ("HIGH", 5, None)]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let cases = [
            (GOOD.replace("maximum: 5", "maximum: -5"), 6, "whole number"),
            (GOOD.replace("high:", "higher:"), 5, "higher"),
            (GOOD.replace("max_days_to_fix", "days"), 4, "days"),
            (GOOD.replace("rules:", "rule:"), 1, "rule"),
            (GOOD.replace("maximum: 5", "maximum: many"), 6, "whole number"),
        ];
        for (yaml, line, word) in cases {
            let error = parse(&yaml).unwrap_err();
            assert_eq!(error.line, Some(line), "{yaml}\n{error:?}");
            assert!(error.column.is_some() && error.message.contains(word), "{error:?}");
        }
        assert!(parse("").unwrap_err().message.contains("empty"));
        assert!(parse("rules: []").unwrap_err().message.contains("empty"));
        assert!(parse("rules: [").is_err());
    }
}
