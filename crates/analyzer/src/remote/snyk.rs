//! Snyk: the issues of a package over its REST API
//! (`GET /rest/orgs/{org}/packages/{purl}/issues`), a request a package.

use std::sync::atomic::{AtomicUsize, Ordering};

use advisories::{Package, Severity};
use async_trait::async_trait;
use futures::StreamExt;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use versions::Scheme;

use super::http::{Limits, Secret, Service};
use super::{Analyzer, Answer, Error, Report, Target, blank, cwe, millis, or_default, rate, said};

const NAME: &str = "Snyk";
/// How many requests run at once.
const AT_ONCE: usize = 8;
/// How many pages of issues a package may have.
const PAGES: usize = 50;
/// Types of package URLs that it is asked about.
const TYPES: [&str; 12] = [
    "cargo",
    "cocoapods",
    "composer",
    "gem",
    "generic",
    "golang",
    "hex",
    "maven",
    "npm",
    "nuget",
    "pypi",
    "swift",
];

/// The properties `scanner/snyk.*`.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `snyk.base.url`
    pub base_url: String,
    /// `snyk.org.id`
    pub organisation: Option<String>,
    /// `snyk.api.token`: one or more, separated by `;`, used in turn.
    pub tokens: Option<Secret>,
    /// `snyk.api.version`, for instance `2023-06-22`.
    pub version: String,
    /// `snyk.cvss.source`: whose vector counts where several give one, `NVD` or `SNYK`.
    pub cvss_source: String,
    /// `snyk.alias.sync.enabled`: whether CVE and GHSA ids of an issue are its aliases.
    pub aliases: bool,
    /// How long and how often.
    pub limits: Limits,
}

/// The analyzer.
pub(crate) struct Snyk {
    service: Service,
    organisation: String,
    tokens: Vec<Secret>,
    turn: AtomicUsize,
    version: String,
    cvss_source: String,
    aliases: bool,
}

impl Snyk {
    /// # Errors
    /// [`Error::Setting`] when the address is none, or the organisation or the token is missing.
    pub(crate) fn new(settings: Settings) -> Result<Snyk, Error> {
        let missing = |property| Error::Setting { analyzer: NAME, property, reason: "is not set".to_owned() };
        let tokens: Vec<Secret> = settings
            .tokens
            .iter()
            .flat_map(|tokens| tokens.reveal().split(';').map(Secret::new))
            .filter(|token| !token.reveal().is_empty())
            .collect();
        if tokens.is_empty() {
            return Err(missing("scanner/snyk.api.token"));
        }
        let organisation = settings.organisation.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let service = Service::new(
            NAME,
            ("scanner/snyk.base.url", &settings.base_url),
            tokens.clone(),
            "scanner/snyk.api.token and scanner/snyk.org.id",
            settings.limits,
        )?;
        Ok(Snyk {
            service,
            organisation: organisation.ok_or_else(|| missing("scanner/snyk.org.id"))?,
            tokens,
            turn: AtomicUsize::new(0),
            version: settings.version,
            cvss_source: settings.cvss_source,
            aliases: settings.aliases,
        })
    }

    /// The next token: each request, and each attempt, takes another one.
    fn authorization(&self) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.tokens.len().max(1);
        format!("token {}", self.tokens.get(turn).map(Secret::reveal).unwrap_or_default())
    }

    /// All issues of a package, page by page.
    async fn ask(&self, purl: &str) -> Result<Vec<Value>, Error> {
        let mut url = self.service.url(&["rest", "orgs", &self.organisation, "packages", purl, "issues"]);
        url.query_pairs_mut().append_pair("version", &self.version).append_pair("limit", "1000");
        let mut issues = Vec::new();
        for _ in 0..PAGES {
            let answer = self.service.json(|| {
                self.service
                    .http
                    .get(url.clone())
                    .header(AUTHORIZATION, self.authorization())
                    .header(ACCEPT, "application/vnd.api+json")
            });
            let page: Page = serde_json::from_value(answer.await?).map_err(|e| self.service.unusable(e))?;
            issues.extend(page.data);
            let next = page.links.and_then(|links| links.next).and_then(|next| match next {
                Value::String(next) => Some(next),
                other => other.get("href").and_then(Value::as_str).map(str::to_owned),
            });
            match next {
                Some(next) if !next.is_empty() => url = self.follow(&url, &next)?,
                _ => return Ok(issues),
            }
        }
        Err(self.service.unusable(format!("there are more than {PAGES} pages of issues")))
    }

    /// The address of the next page, which may be written without scheme and host, and without `/rest`.
    fn follow(&self, at: &Url, next: &str) -> Result<Url, Error> {
        let base = self.service.url(&["rest"]);
        let next = match next.strip_prefix('/') {
            Some(path) if !next.starts_with(&format!("{}/", base.path())) => {
                format!("{}/{path}", base.path())
            }
            _ => next.to_owned(),
        };
        at.join(&next)
            .ok()
            // The token is for this server only.
            .filter(|url| url.origin() == base.origin() && url != at)
            .ok_or_else(|| self.service.unusable("its next page is not on the same server, or the same page"))
    }

    fn read(&self, purl: &str, value: Value) -> Result<Report, String> {
        let issue: Issue = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let Attributes { problems, severities, coordinates, slots, .. } = &issue.attributes;
        // Old issues have another id and name the usual one among their problems.
        let usual = |id: &&str| id.starts_with("SNYK-");
        let id = Some(issue.id.as_str())
            .filter(usual)
            .or_else(|| problems.iter().map(|problem| problem.id.as_str()).find(usual))
            .unwrap_or(&issue.id);
        if id.trim().is_empty() {
            return Err("its id is empty".to_owned());
        }
        let mut advisory = blank(id);
        for problem in problems {
            match problem.source.as_str() {
                "CWE" => advisory.cwes.extend(cwe(&problem.id)),
                "CVE" | "GHSA" if self.aliases => advisory.aliases.push(problem.id.clone()),
                _ => {}
            }
        }
        // The preferred source first: of each version of CVSS the first vector counts.
        let mut severities: Vec<&Rating> = severities.iter().collect();
        severities.sort_by_key(|rating| !rating.source.eq_ignore_ascii_case(&self.cvss_source));
        let preferred = |rating: &&&Rating| rating.source.eq_ignore_ascii_case(&self.cvss_source);
        let has_preferred = severities.iter().filter(preferred).any(|rating| rating.vector.is_some());
        let vectors = severities
            .iter()
            .filter(|rating| !has_preferred || preferred(rating))
            .filter_map(|rating| rating.vector.as_deref());
        let word = severities.iter().find_map(|rating| rating.level.as_deref().and_then(Severity::parse));
        let level = issue.attributes.effective_severity_level.as_deref().and_then(Severity::parse);
        rate(&mut advisory, vectors, word.or(level));
        if let Some(slots) = slots {
            advisory.published = slots.publication_time.as_deref().and_then(millis);
            advisory.references.extend(slots.references.iter().flatten().filter_map(|r| said(r.url.clone())));
        }
        advisory.modified = issue.attributes.updated_at.as_deref().and_then(millis).unwrap_or_default();
        let upgrades: Vec<&str> = coordinates
            .iter()
            .flat_map(|coordinate| coordinate.remedies.iter().flatten())
            .filter_map(|remedy| remedy.details.as_ref()?.upgrade_package.as_deref())
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|version| !version.is_empty())
            .collect();
        let ranges: Vec<&str> = coordinates
            .iter()
            .flat_map(|coordinate| coordinate.representations.iter().flatten())
            .filter_map(|place| place.get("resource_path").and_then(Value::as_str))
            .collect();
        let url = format!("https://security.snyk.io/vuln/{id}");
        let reason = if ranges.is_empty() { "listed by Snyk".to_owned() } else { ranges.join(" or ") };
        let report = Report {
            purl: purl.to_owned(),
            source: "SNYK",
            reference_url: Some(url),
            alternate_id: Some(id.to_owned()),
            fixed: first_above(purl, &upgrades),
            reason,
            advisory: blank(id),
        };
        advisory.summary = said(issue.attributes.title);
        advisory.details = said(issue.attributes.description);
        Ok(Report { advisory, ..report })
    }
}

/// The smallest of these versions above the package's own; the first where no order is known.
fn first_above(purl: &str, upgrades: &[&str]) -> Option<String> {
    let package = Package::all_from_purl(purl).ok().and_then(|found| found.into_iter().next());
    let order = package.and_then(|p| Some((Scheme::for_ecosystem(p.ecosystem)?, p.version?)));
    let Some((scheme, version)) = order else { return upgrades.first().map(|first| (*first).to_owned()) };
    let present = scheme.parse(&version);
    upgrades
        .iter()
        .map(|text| (scheme.parse(text), text))
        .filter(|(upgrade, _)| *upgrade > present)
        .min_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, text)| (*text).to_owned())
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<Value>,
}

#[derive(Deserialize)]
struct Issue {
    id: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    title: Option<String>,
    description: Option<String>,
    updated_at: Option<String>,
    effective_severity_level: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    problems: Vec<Problem>,
    #[serde(default, deserialize_with = "or_default")]
    severities: Vec<Rating>,
    #[serde(default, deserialize_with = "or_default")]
    coordinates: Vec<Coordinate>,
    slots: Option<Slots>,
}

#[derive(Deserialize)]
struct Problem {
    id: String,
    source: String,
}

#[derive(Deserialize)]
struct Rating {
    #[serde(default, deserialize_with = "or_default")]
    source: String,
    level: Option<String>,
    vector: Option<String>,
}

#[derive(Deserialize)]
struct Coordinate {
    representations: Option<Vec<Value>>,
    remedies: Option<Vec<Remedy>>,
}

#[derive(Deserialize)]
struct Remedy {
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    upgrade_package: Option<String>,
}

#[derive(Deserialize)]
struct Slots {
    publication_time: Option<String>,
    references: Option<Vec<Reference>>,
}

#[derive(Deserialize)]
struct Reference {
    url: Option<String>,
}

/// What is sent of a package URL.
fn coordinates(purl: &str) -> Option<String> {
    let purl = sbom::parse_purl(purl)?;
    (TYPES.contains(&purl.kind.as_str()) && purl.version.is_some_and(|v| !v.is_empty()))
        .then_some(purl.coordinates)
}

#[async_trait]
impl Analyzer for Snyk {
    fn identity(&self) -> &'static str {
        "SNYK_ANALYZER"
    }

    fn batch(&self) -> usize {
        100
    }

    fn concerns(&self, target: &Target) -> bool {
        coordinates(&target.purl).is_some()
    }

    async fn analyse(&self, targets: &[Target]) -> Result<Answer, Error> {
        let asked: Vec<(String, String)> = targets
            .iter()
            .filter_map(|target| Some((coordinates(&target.purl)?, target.purl.clone())))
            .collect();
        let calls = asked.clone().into_iter().map(|(coordinates, purl)| async move {
            let issues = self.ask(&coordinates).await;
            (purl, issues)
        });
        let mut answers = futures::stream::iter(calls).buffered(AT_ONCE);
        let mut answer = Answer::default();
        let (mut answered, mut seen, mut failure) = (false, 0, None);
        while let Some((purl, result)) = answers.next().await {
            seen += 1;
            match result {
                Ok(issues) => {
                    answered = true;
                    for issue in issues {
                        let id =
                            issue.get("id").and_then(Value::as_str).unwrap_or("without an id").to_owned();
                        match self.read(&purl, issue) {
                            Ok(report) => answer.reports.push(report),
                            Err(reason) => {
                                answer.problems.push(format!("{NAME}: {purl}: issue {id}: {reason}"))
                            }
                        }
                    }
                }
                // It does not know the package, or not such packages.
                Err(Error::Status { status: 404 | 422, message, .. }) => {
                    answered = true;
                    answer.problems.push(format!("{NAME}: {purl}: it is not known{message}"));
                }
                Err(error) => {
                    answer.problems.push(format!("{NAME}: {purl}: {error}"));
                    answer.unanswered.push(purl);
                    let all_alike = matches!(
                        error,
                        Error::Credentials { .. } | Error::Busy { .. } | Error::Unreachable { .. }
                    );
                    failure.get_or_insert(error);
                    if all_alike {
                        break;
                    }
                }
            }
        }
        match failure {
            Some(error) if !answered => Err(error),
            Some(_) => {
                answer.unanswered.extend(asked.iter().skip(seen).map(|(_, purl)| purl.clone()));
                Ok(answer)
            }
            None => Ok(answer),
        }
    }
}
