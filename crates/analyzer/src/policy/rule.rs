//! Whether a component breaks a condition (behaviour reference §8.2, §8.3). Pure: everything that is
//! asked for has been read.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::Value;
use versions::Scheme;

use super::facts::{Flaw, Project, Subject};
use super::function::OF_COMPONENTS;
use super::pattern::Pattern;
use super::period::{Distance, Period};
use super::store::Condition;
use crate::expression::Program;

/// The operators that compare numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison(fn(Ordering) -> bool);

impl Comparison {
    pub(super) fn of(operator: &str) -> Option<Comparison> {
        Some(Comparison(match operator {
            "NUMERIC_GREATER_THAN" | ">" => Ordering::is_gt,
            "NUMERIC_GREATER_THAN_OR_EQUAL" | ">=" => Ordering::is_ge,
            "NUMERIC_LESS_THAN" | "<" => Ordering::is_lt,
            "NUMERIC_LESSER_THAN_OR_EQUAL" | "NUMERIC_LESS_THAN_OR_EQUAL" | "<=" => Ordering::is_le,
            "NUMERIC_EQUAL" | "==" => Ordering::is_eq,
            "NUMERIC_NOT_EQUAL" | "!=" => Ordering::is_ne,
            _ => return None,
        }))
    }

    pub(super) fn holds(self, order: Ordering) -> bool {
        (self.0)(order)
    }
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Cpe,
    Swid,
    Purl,
}

/// A version, compared, or a pattern of one.
enum VersionPart {
    Pattern(Pattern),
    Compared(Comparison, String),
}

/// A condition, ready to be tested.
enum Test {
    Text {
        field: Field,
        pattern: Pattern,
        wanted: bool,
    },
    Coordinates {
        group: Option<Pattern>,
        name: Option<Pattern>,
        version: Option<VersionPart>,
        wanted: bool,
    },
    Hash {
        member: &'static str,
        value: String,
        wanted: bool,
    },
    Version(Comparison, String),
    Distance(Comparison, Distance),
    Age(Comparison, Period),
    Internal(bool),
    /// `listed` are ids in lower case; none stands for licences that are not known.
    Licence {
        listed: Option<HashSet<String>>,
        forbidden: bool,
    },
    Severity {
        severity: String,
        wanted: bool,
    },
    Cwe {
        listed: Option<Vec<u32>>,
        all: bool,
    },
    Vulnerability {
        id: String,
        wanted: bool,
    },
    Epss(Comparison, f64),
    Expression {
        program: Program,
        wanted: bool,
    },
}

/// A condition with its test; without one it never holds.
pub(super) struct Rule {
    pub id: i64,
    pub kind: &'static str,
    test: Option<Test>,
}

/// The names of hash algorithms, and of the members that hold their values.
const HASHES: [(&str, &str); 14] = [
    ("MD5", "md5"),
    ("SHA-1", "sha1"),
    ("SHA-256", "sha256"),
    ("SHA-384", "sha384"),
    ("SHA-512", "sha512"),
    ("SHA3-256", "sha3_256"),
    ("SHA3-384", "sha3_384"),
    ("SHA3-512", "sha3_512"),
    ("BLAKE2b-256", "blake2b_256"),
    ("BLAKE2b-384", "blake2b_384"),
    ("BLAKE2b-512", "blake2b_512"),
    ("BLAKE3", "blake3"),
    ("Streebog-256", "streebog_256"),
    ("Streebog-512", "streebog_512"),
];

/// The two words of an operator that says yes or no.
fn either(operator: &str, yes: &str, no: &str) -> Option<bool> {
    (operator == yes || operator == no).then_some(operator == yes)
}

fn member(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn coordinates(value: &str, operator: &str) -> Result<Option<Test>, String> {
    let Some(wanted) = either(operator, "MATCHES", "NO_MATCH") else { return Ok(None) };
    let Ok(parts) = serde_json::from_str::<Value>(value) else { return Ok(None) };
    let pattern = |name: &str| member(&parts, name).map(|text| Pattern::new(&text)).transpose();
    let version = match member(&parts, "version") {
        None => None,
        Some(text) => {
            let known = ["==", "!=", "<=", ">=", "<", ">"];
            let operator = known.into_iter().find(|operator| text.starts_with(operator));
            match operator.and_then(|operator| Some((operator, Comparison::of(operator)?))) {
                Some((operator, comparison)) => {
                    let version = text.trim_start_matches(operator).trim().to_owned();
                    Some(VersionPart::Compared(comparison, version))
                }
                None => Some(VersionPart::Pattern(Pattern::new(&text)?)),
            }
        }
    };
    let (group, name) = (pattern("group")?, pattern("name")?);
    if group.is_none() && name.is_none() && version.is_none() {
        return Ok(None);
    }
    Ok(Some(Test::Coordinates { group, name, version, wanted }))
}

fn hash(value: &str, operator: &str) -> Option<Test> {
    let parts: Value = serde_json::from_str(value).ok()?;
    let algorithm = member(&parts, "algorithm")?;
    let (_, place) = HASHES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(&algorithm))?;
    let value = member(&parts, "value")?.to_lowercase();
    Some(Test::Hash { member: place, value, wanted: either(operator, "IS", "IS_NOT")? })
}

fn cwes(value: &str, operator: &str) -> Option<Test> {
    let all = either(operator, "CONTAINS_ALL", "CONTAINS_ANY")?;
    if value.trim() == "*" {
        return Some(Test::Cwe { listed: None, all });
    }
    let numbers = value.split(',').map(|one| {
        let one = one.trim();
        let digits = one
            .get(..4)
            .filter(|start| start.eq_ignore_ascii_case("CWE-"))
            .map_or(one, |_| one.get(4..).unwrap_or_default());
        digits.trim().parse().ok()
    });
    let listed: Option<Vec<u32>> = numbers.collect();
    Some(Test::Cwe { listed: Some(listed.filter(|list| !list.is_empty())?), all })
}

impl Rule {
    /// Makes a condition ready. `lists` are the ids of licences that the licences and groups of the
    /// conditions stand for, by uuid.
    ///
    /// # Errors
    /// When its pattern or expression cannot be read.
    pub(super) fn new(
        condition: &Condition,
        lists: &HashMap<String, HashSet<String>>,
    ) -> Result<Rule, String> {
        let (operator, value) = (condition.operator.as_str(), condition.value.trim());
        let is = || either(operator, "IS", "IS_NOT");
        let comparison = || Comparison::of(operator);
        let text = |field: Field| -> Result<Option<Test>, String> {
            let Some(wanted) = either(operator, "MATCHES", "NO_MATCH") else { return Ok(None) };
            Ok(Some(Test::Text { field, pattern: Pattern::new(value)?, wanted }))
        };
        let test = match condition.subject.as_str() {
            "CPE" => text(Field::Cpe)?,
            "SWID_TAGID" => text(Field::Swid)?,
            "PACKAGE_URL" => text(Field::Purl)?,
            "COORDINATES" => coordinates(value, operator)?,
            "COMPONENT_HASH" => hash(value, operator),
            "VERSION" => comparison().map(|comparison| Test::Version(comparison, value.to_owned())),
            "VERSION_DISTANCE" => {
                comparison().zip(Distance::parse(value)).map(|(comparison, d)| Test::Distance(comparison, d))
            }
            "AGE" => comparison().zip(Period::parse(value)).map(|(comparison, p)| Test::Age(comparison, p)),
            "IS_INTERNAL" => is().map(|is| Test::Internal(is == value.eq_ignore_ascii_case("true"))),
            "LICENSE" if value == "unresolved" => {
                is().map(|forbidden| Test::Licence { listed: None, forbidden })
            }
            "LICENSE" | "LICENSE_GROUP" => is()
                .zip(lists.get(value))
                .map(|(forbidden, listed)| Test::Licence { listed: Some(listed.clone()), forbidden }),
            "SEVERITY" => is().map(|wanted| Test::Severity { severity: value.to_owned(), wanted }),
            "CWE" => cwes(value, operator),
            "VULNERABILITY_ID" => is().map(|wanted| Test::Vulnerability { id: value.to_owned(), wanted }),
            "EPSS" => comparison().zip(value.parse().ok()).map(|(comparison, n)| Test::Epss(comparison, n)),
            super::EXPRESSION => {
                let wanted = either(operator, "MATCHES", "NO_MATCH").unwrap_or(true);
                let program = Program::compile(value, &OF_COMPONENTS).map_err(|errors| {
                    errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ")
                })?;
                Some(Test::Expression { program, wanted })
            }
            _ => None,
        };
        Ok(Rule {
            id: condition.id,
            kind: super::kind_of(&condition.subject, condition.kind.as_deref()),
            test,
        })
    }

    /// A condition that never holds.
    pub(super) fn never(id: i64) -> Rule {
        Rule { id, kind: "OPERATIONAL", test: None }
    }

    /// Whether the component breaks the condition.
    fn is_broken(&self, subject: &Subject<'_>, today: NaiveDate) -> bool {
        let Some(test) = &self.test else { return false };
        let component = subject.component;
        match test {
            Test::Text { field, pattern, wanted } => {
                let text = match field {
                    Field::Cpe => component.cpe.as_deref(),
                    Field::Swid => component.swid_tag_id.as_deref(),
                    Field::Purl => component.purl.as_deref(),
                };
                text.is_some_and(|text| pattern.matches(text)) == *wanted
            }
            Test::Coordinates { group, name, version, wanted } => {
                let fits = |pattern: &Option<Pattern>, text: Option<&str>| {
                    pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| pattern.matches(text)))
                };
                let version = match (version, component.version.as_deref()) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(VersionPart::Pattern(pattern)), Some(text)) => pattern.matches(text),
                    (Some(VersionPart::Compared(comparison, other)), Some(text)) => {
                        comparison.holds(scheme(component.purl.as_deref()).compare(text, other))
                    }
                };
                let all = version
                    && fits(group, component.group_name.as_deref())
                    && fits(name, Some(component.name.as_str()));
                all == *wanted
            }
            Test::Hash { member, value, wanted } => {
                let own = subject.details.get(*member).and_then(Value::as_str);
                own.is_some_and(|own| own.eq_ignore_ascii_case(value)) == *wanted
            }
            Test::Version(comparison, other) => component.version.as_deref().is_some_and(|version| {
                comparison.holds(scheme(component.purl.as_deref()).compare(version, other))
            }),
            Test::Distance(comparison, wanted) => {
                let latest = subject.latest.and_then(|latest| latest.version.as_deref());
                let distance = component
                    .version
                    .as_deref()
                    .zip(latest)
                    .and_then(|(own, latest)| Distance::between(own, latest));
                subject.is_direct && distance.is_some_and(|d| comparison.holds(d.compare(wanted)))
            }
            Test::Age(comparison, period) => subject
                .latest
                .and_then(|latest| latest.published)
                .and_then(|published| period.compare(published, today))
                .is_some_and(|order| comparison.holds(order)),
            Test::Internal(wanted) => subject.is_internal == *wanted,
            Test::Licence { listed, forbidden } => breaks_licences(subject, listed.as_ref(), *forbidden),
            Test::Severity { severity, wanted } => {
                subject.flaws.iter().any(|flaw| (flaw.severity == *severity) == *wanted)
            }
            Test::Cwe { listed, all } => subject.flaws.iter().any(|flaw| match listed {
                None => !flaw.cwes.is_empty(),
                Some(listed) if *all => listed.iter().all(|cwe| flaw.cwes.contains(cwe)),
                Some(listed) => listed.iter().any(|cwe| flaw.cwes.contains(cwe)),
            }),
            Test::Vulnerability { id, wanted } => {
                let is = |flaw: &Flaw| flaw.ids.iter().any(|known| known.eq_ignore_ascii_case(id));
                subject.flaws.iter().any(|flaw| is(flaw) == *wanted)
            }
            Test::Epss(comparison, value) => subject.flaws.iter().any(|flaw| {
                flaw.epss
                    .and_then(|epss| epss.partial_cmp(value))
                    .is_some_and(|order| comparison.holds(order))
            }),
            Test::Expression { program, wanted } => program.is(subject.scene(), *wanted),
        }
    }
}

/// How the versions of a package are ordered.
pub(super) fn scheme(purl: Option<&str>) -> Scheme {
    let kind = purl.and_then(|purl| purl.strip_prefix("pkg:")?.split('/').next());
    kind.and_then(Scheme::for_purl_type).unwrap_or(Scheme::Generic)
}

/// Forbidden licences: broken when there is no way around them. Allowed ones: when they do not suffice.
fn breaks_licences(subject: &Subject<'_>, listed: Option<&HashSet<String>>, forbidden: bool) -> bool {
    let known = |id: &str| subject.knows(id);
    let usable = |id: &str| match (listed, known(id), forbidden) {
        (None, known, forbidden) => known == forbidden,
        (Some(listed), true, forbidden) => listed.contains(&id.to_lowercase()) != forbidden,
        (Some(_), false, forbidden) => forbidden,
    };
    !subject.licence.is_met(&known, &usable)
}

/// A policy, ready to be evaluated.
pub(super) struct Policy {
    pub all: bool,
    pub include_children: bool,
    pub only_latest: bool,
    pub projects: HashSet<i64>,
    pub tags: HashSet<String>,
    pub rules: Vec<Rule>,
}

impl Policy {
    /// Whether the policy is for a project (behaviour reference §8.2).
    pub(super) fn applies(&self, project: &Project) -> bool {
        if self.only_latest && !project.is_latest {
            return false;
        }
        (self.projects.is_empty() && self.tags.is_empty())
            || self.projects.contains(&project.id)
            || (self.include_children && project.ancestors.iter().any(|id| self.projects.contains(id)))
            || project.tags.iter().any(|tag| self.tags.contains(tag))
    }

    /// The conditions that a component breaks, as far as they make violations.
    pub(super) fn broken(&self, subject: &Subject<'_>, today: NaiveDate) -> Vec<&Rule> {
        let broken: Vec<&Rule> = self.rules.iter().filter(|rule| rule.is_broken(subject, today)).collect();
        if self.all && broken.len() < self.rules.len() { Vec::new() } else { broken }
    }
}
