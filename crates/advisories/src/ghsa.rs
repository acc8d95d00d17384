//! GitHub's advisory database: the query of its GraphQL interface, and a page of the answer.

use serde::Deserialize;
use serde_json::json;
use versions::{Event, Range};

use crate::lenient::{List, Object, Text, cwe, millis, objects};
use crate::{Advisory, Affected, Error, Severity, cvss, normalised};

/// GitHub's words for ecosystems, and those of OSV.
const ECOSYSTEMS: [(&str, &str); 12] = [
    ("ACTIONS", "GitHub Actions"),
    ("COMPOSER", "Packagist"),
    ("ERLANG", "Hex"),
    ("GO", "Go"),
    ("MAVEN", "Maven"),
    ("NPM", "npm"),
    ("NUGET", "NuGet"),
    ("PIP", "PyPI"),
    ("PUB", "Pub"),
    ("RUBYGEMS", "RubyGems"),
    ("RUST", "crates.io"),
    ("SWIFT", "SwiftURL"),
];

/// What is asked of the packages of an advisory.
const PACKAGES: &str = "nodes { package { ecosystem name } vulnerableVersionRange firstPatchedVersion { identifier } } \
                        pageInfo { hasNextPage endCursor }";

/// A page of advisories.
#[derive(Debug)]
pub struct Page {
    /// The advisories, and why some cannot be read.
    pub advisories: Vec<Result<Advisory, Error>>,
    /// Advisories with more packages than fit in: the id, and the cursor behind the packages that
    /// are here, for [`rest_query`].
    pub rest: Vec<(String, String)>,
    /// The cursor for the next page; none on the last one.
    pub next: Option<String>,
}

/// The body of the request (JSON) for a page of 100 advisories: those changed since (RFC 3339), the
/// oldest first, behind the cursor of the page before.
pub fn query(updated_since: Option<&str>, after: Option<&str>) -> String {
    let text = format!(
        "query($since: DateTime, $after: String) {{ \
         securityAdvisories(first: 100, after: $after, updatedSince: $since, \
         orderBy: {{ field: UPDATED_AT, direction: ASC }}) {{ \
         nodes {{ ghsaId identifiers {{ type value }} summary description severity \
         cvssSeverities {{ cvssV3 {{ vectorString }} cvssV4 {{ vectorString }} }} \
         cwes(first: 100) {{ nodes {{ cweId }} }} references {{ url }} publishedAt updatedAt withdrawnAt \
         vulnerabilities(first: 100) {{ {PACKAGES} }} }} \
         pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    json!({ "query": text, "variables": { "since": updated_since, "after": after } }).to_string()
}

/// The body of the request (JSON) for the packages of an advisory that a page had no room for.
pub fn rest_query(id: &str, after: &str) -> String {
    let text = format!(
        "query($id: String!, $after: String) {{ securityAdvisory(ghsaId: $id) {{ \
         vulnerabilities(first: 100, after: $after) {{ {PACKAGES} }} }} }}"
    );
    json!({ "query": text, "variables": { "id": id, "after": after } }).to_string()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    data: Object<Data>,
    errors: List<Problem>,
    /// What it says without GraphQL, to a bad token for instance.
    message: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Problem {
    message: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    security_advisories: Object<Advisories>,
    security_advisory: Object<Node>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Advisories {
    nodes: List<Node>,
    page_info: Object<PageInfo>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PageInfo {
    has_next_page: Text,
    end_cursor: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Node {
    ghsa_id: Text,
    identifiers: List<Identifier>,
    summary: Text,
    description: Text,
    severity: Text,
    cvss_severities: Object<Severities>,
    cwes: Object<Weaknesses>,
    references: List<Reference>,
    published_at: Text,
    updated_at: Text,
    withdrawn_at: Text,
    vulnerabilities: Object<Packages>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Identifier {
    value: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Severities {
    cvss_v3: Object<Score>,
    cvss_v4: Object<Score>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Score {
    vector_string: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Weaknesses {
    nodes: List<Weakness>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Weakness {
    cwe_id: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference {
    url: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Packages {
    nodes: List<Vulnerable>,
    page_info: Object<PageInfo>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Vulnerable {
    package: Object<PackageName>,
    vulnerable_version_range: Text,
    first_patched_version: Object<Patched>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PackageName {
    ecosystem: Text,
    name: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Patched {
    identifier: Text,
}

objects!(
    Problem,
    Data,
    Advisories,
    PageInfo,
    Node,
    Identifier,
    Severities,
    Score,
    Weaknesses,
    Weakness,
    Reference,
    Packages,
    Vulnerable,
    PackageName,
    Patched,
);

impl PageInfo {
    fn next(self) -> Option<String> {
        let more = self.has_next_page.0.is_some_and(|more| more == "true");
        self.end_cursor.filled().filter(|_| more)
    }
}

/// Reads the answer to [`query`].
///
/// # Errors
/// When it is not JSON, or GitHub answers with errors alone: their text.
pub fn parse(bytes: &[u8]) -> Result<Page, Error> {
    let page =
        answer(bytes)?.security_advisories.0.ok_or_else(|| refused("there is no page of advisories"))?;
    let mut out = Page {
        advisories: Vec::with_capacity(page.nodes.0.len()),
        rest: Vec::new(),
        next: page.page_info.0.and_then(PageInfo::next),
    };
    for node in page.nodes {
        let advisory = advisory(node).map(|(advisory, next)| {
            out.rest.extend(next.map(|cursor| (advisory.id.clone(), cursor)));
            advisory
        });
        out.advisories.push(advisory);
    }
    Ok(out)
}

/// Reads the answer to [`rest_query`]: more packages for the advisory, and the cursor if there are
/// still more.
///
/// # Errors
/// As [`parse`].
pub fn parse_rest(bytes: &[u8]) -> Result<(Vec<Affected>, Option<String>), Error> {
    let node = answer(bytes)?.security_advisory.0.ok_or_else(|| refused("there is no advisory"))?;
    Ok(packages(node.vulnerabilities.0.unwrap_or_default()))
}

fn refused(message: impl Into<String>) -> Error {
    Error::Field { field: "GitHub's answer", message: message.into() }
}

fn answer(bytes: &[u8]) -> Result<Data, Error> {
    let answer: Answer = serde_json::from_slice(bytes).map_err(|e| refused(e.to_string()))?;
    match answer.data.0 {
        Some(data) if data.security_advisories.0.is_some() || data.security_advisory.0.is_some() => Ok(data),
        _ => {
            let said = answer.errors.into_iter().map(|error| error.message).chain([answer.message]);
            let said: Vec<String> = said.filter_map(Text::filled).collect();
            Err(refused(if said.is_empty() {
                "there is no advisory in it".to_owned()
            } else {
                said.join("; ")
            }))
        }
    }
}

/// The advisory, and the cursor behind its packages if there are more.
fn advisory(node: Node) -> Result<(Advisory, Option<String>), Error> {
    let id = node.ghsa_id.filled().ok_or_else(|| refused("an advisory has no ghsaId"))?;
    let modified = node.updated_at.0.as_deref().and_then(millis).ok_or_else(|| Error::Field {
        field: "updatedAt",
        message: format!("{id} has no time as RFC 3339 writes it"),
    })?;
    let scores = node.cvss_severities.0.unwrap_or_default();
    let vectors: Vec<cvss::Vector> = [scores.cvss_v4.0, scores.cvss_v3.0]
        .into_iter()
        .filter_map(|score| cvss::Vector::parse(&score?.vector_string.filled()?).ok())
        .collect();
    let word = node.severity.0.as_deref().and_then(Severity::parse);
    let mut cwes = Vec::new();
    for weakness in node.cwes.0.unwrap_or_default().nodes {
        let number = weakness.cwe_id.0.as_deref().and_then(cwe);
        cwes.extend(number.filter(|number| !cwes.contains(number)));
    }
    let (affected, next) = packages(node.vulnerabilities.0.unwrap_or_default());
    let advisory = Advisory {
        aliases: node
            .identifiers
            .into_iter()
            .filter_map(|other| other.value.filled())
            .filter(|other| *other != id)
            .collect(),
        upstream: Vec::new(),
        summary: node.summary.filled(),
        details: node.description.filled(),
        published: node.published_at.0.as_deref().and_then(millis),
        modified,
        withdrawn: node.withdrawn_at.filled().is_some(),
        severity: cvss::most_telling(&vectors)
            .map(cvss::Vector::severity)
            .or(word)
            .unwrap_or(Severity::Unassigned),
        vectors,
        word,
        cwes,
        references: node.references.into_iter().filter_map(|reference| reference.url.filled()).collect(),
        credits: Vec::new(),
        affected,
        configurations: Vec::new(),
        id,
    };
    Ok((advisory, next))
}

/// One entry a package, with all of its ranges.
fn packages(packages: Packages) -> (Vec<Affected>, Option<String>) {
    let mut out: Vec<Affected> = Vec::new();
    for vulnerable in packages.nodes {
        let Some(package) = vulnerable.package.0 else { continue };
        let (Some(word), Some(name)) = (package.ecosystem.filled(), package.name.filled()) else { continue };
        let Some((_, ecosystem)) = ECOSYSTEMS.iter().find(|(known, _)| *known == word) else { continue };
        let name = normalised(ecosystem, &name);
        let patched = vulnerable.first_patched_version.0.and_then(|patched| patched.identifier.filled());
        let text = vulnerable.vulnerable_version_range.0.unwrap_or_default();
        let (range, version) = range(&text, patched);
        let at = match out.iter().position(|known| known.ecosystem == *ecosystem && known.name == name) {
            Some(at) => at,
            None => {
                let ecosystem = (*ecosystem).to_owned();
                out.push(Affected {
                    ecosystem,
                    suffix: None,
                    name,
                    ranges: Vec::new(),
                    versions: Vec::new(),
                });
                out.len() - 1
            }
        };
        let Some(entry) = out.get_mut(at) else { continue };
        entry.ranges.extend(range);
        entry.versions.extend(version);
    }
    (out, packages.page_info.0.and_then(PageInfo::next))
}

/// A range as GitHub writes it: `>= 1.0, < 1.2`, `<= 1.1`, `= 1.0`; one condition a bound.
fn range(text: &str, patched: Option<String>) -> (Option<Range>, Option<String>) {
    let mut events = Vec::new();
    let mut version = None;
    let mut begins = false;
    for condition in text.split(',').map(str::trim) {
        let at = condition.find(|c: char| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(condition.len());
        let (sign, bound) = condition.split_at(at);
        let bound = bound.trim().to_owned();
        if bound.is_empty() {
            continue;
        }
        match sign {
            ">=" => {
                begins = true;
                events.push(Event::Introduced(bound));
            }
            ">" => {
                begins = true;
                events.push(Event::After(bound));
            }
            // Only what is named as patched is a fix.
            "<" if patched.as_ref() == Some(&bound) => events.push(Event::Fixed(bound)),
            "<" => events.push(Event::Limit(bound)),
            "<=" => events.push(Event::LastAffected(bound)),
            "=" | "==" | "" => version = Some(bound),
            _ => {}
        }
    }
    match (version, &patched) {
        (Some(version), None) => return (None, Some(version)),
        // A named version has no place for its fix.
        (Some(version), Some(_)) => {
            begins = true;
            events = vec![Event::Introduced(version.clone()), Event::LastAffected(version)];
        }
        (None, _) => {}
    }
    if events.is_empty() {
        return (None, None);
    }
    if !begins {
        events.insert(0, Event::Introduced("0".to_owned()));
    }
    if let Some(patched) = patched.filter(|fix| !events.contains(&Event::Fixed(fix.clone()))) {
        events.push(Event::Fixed(patched));
    }
    (Some(Range { events }), None)
}
