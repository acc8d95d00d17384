//! Sonatype OSS Index: component reports, version 3 (`POST /api/v3/component-report`).

use std::collections::HashMap;

use async_trait::async_trait;
use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Limits, Secret, Service};
use super::{Analyzer, Answer, Error, Report, Target, blank, cwe, owner, rate, said};

const NAME: &str = "OSS Index";
/// The most coordinates that a request may have.
const BATCH: usize = 128;
/// How often a refused request is halved to find the coordinate that it is refused for.
const SPLITS: usize = 16;
/// Types of package URLs that it knows.
const TYPES: [&str; 14] = [
    "cargo",
    "cocoapods",
    "composer",
    "conan",
    "conda",
    "cran",
    "gem",
    "golang",
    "maven",
    "npm",
    "nuget",
    "pypi",
    "rpm",
    "swift",
];

/// The properties `scanner/ossindex.*`.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `ossindex.base.url`
    pub base_url: String,
    /// `ossindex.api.username`; not needed with a personal access token (`sonatype_pat_…`).
    pub username: Option<String>,
    /// `ossindex.api.token`
    pub token: Option<Secret>,
    /// `ossindex.alias.sync.enabled`: whether the CVE of a vulnerability with another id is its alias.
    pub aliases: bool,
    /// How long and how often.
    pub limits: Limits,
}

/// The analyzer.
pub(crate) struct OssIndex {
    service: Service,
    username: Option<String>,
    token: Secret,
    aliases: bool,
}

impl OssIndex {
    /// # Errors
    /// [`Error::Setting`] when the address is none, or credentials are missing: without, nobody is
    /// answered.
    pub(crate) fn new(settings: Settings) -> Result<OssIndex, Error> {
        let missing = |property| Error::Setting { analyzer: NAME, property, reason: "is not set".to_owned() };
        let token = settings.token.filter(|token| !token.reveal().is_empty());
        let token = token.ok_or_else(|| missing("scanner/ossindex.api.token"))?;
        let username = settings.username.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let username = if token.reveal().starts_with("sonatype_pat_") {
            None
        } else {
            Some(username.ok_or_else(|| missing("scanner/ossindex.api.username"))?)
        };
        let mut secrets = vec![token.clone()];
        if let Some(name) = &username {
            // As the header has it, should the header be echoed.
            let pair = format!("{name}:{}", token.reveal());
            secrets.push(Secret::new(&base64::engine::general_purpose::STANDARD.encode(pair)));
        }
        let service = Service::new(
            NAME,
            ("scanner/ossindex.base.url", &settings.base_url),
            secrets,
            "scanner/ossindex.api.username and scanner/ossindex.api.token",
            settings.limits,
        )?;
        Ok(OssIndex { service, username, token, aliases: settings.aliases })
    }

    async fn ask(&self, coordinates: &[&str]) -> Result<Vec<Value>, Error> {
        let url = self.service.url(&["api", "v3", "component-report"]);
        let body = json!({ "coordinates": coordinates });
        let answer = self.service.json(|| {
            let request = self.service.http.post(url.clone()).json(&body);
            match &self.username {
                Some(name) => request.basic_auth(name, Some(self.token.reveal())),
                None => request.bearer_auth(self.token.reveal()),
            }
        });
        match answer.await? {
            Value::Array(reports) => Ok(reports),
            _ => Err(self.service.unusable("it is not a list of component reports")),
        }
    }

    fn read(&self, purl: &str, value: Value) -> Result<Report, String> {
        let found: Vulnerability = serde_json::from_value(value).map_err(|e| e.to_string())?;
        if found.id.trim().is_empty() {
            return Err("its id is empty".to_owned());
        }
        let source = if owner(&found.id) == Some("NVD") { "NVD" } else { "OSSINDEX" };
        let mut advisory = blank(&found.id);
        advisory.summary = said(found.title);
        advisory.details = said(found.description);
        advisory.cwes.extend(found.cwe.as_deref().and_then(cwe));
        advisory.aliases.extend(found.cve.filter(|cve| self.aliases && *cve != found.id));
        let reference = said(found.reference);
        let references = reference.iter().cloned().chain(found.external_references.into_iter().flatten());
        for url in references {
            if !url.is_empty() && !advisory.references.contains(&url) {
                advisory.references.push(url);
            }
        }
        rate(&mut advisory, found.cvss_vector.as_deref(), None);
        Ok(Report {
            purl: purl.to_owned(),
            advisory,
            source,
            reference_url: reference,
            alternate_id: Some(found.id),
            fixed: None,
            reason: "listed by OSS Index".to_owned(),
        })
    }
}

/// A component report.
#[derive(Deserialize)]
struct Component {
    coordinates: String,
    #[serde(default)]
    vulnerabilities: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    id: String,
    title: Option<String>,
    description: Option<String>,
    cvss_vector: Option<String>,
    cwe: Option<String>,
    cve: Option<String>,
    reference: Option<String>,
    external_references: Option<Vec<String>>,
}

/// What is sent of a package URL: qualifiers and subpath would not be understood.
fn coordinates(purl: &str) -> Option<String> {
    let purl = sbom::parse_purl(purl)?;
    (TYPES.contains(&purl.kind.as_str()) && purl.version.is_some_and(|v| !v.is_empty()))
        .then_some(purl.coordinates)
}

#[async_trait]
impl Analyzer for OssIndex {
    fn identity(&self) -> &'static str {
        "OSSINDEX_ANALYZER"
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn concerns(&self, target: &Target) -> bool {
        coordinates(&target.purl).is_some()
    }

    async fn analyse(&self, targets: &[Target]) -> Result<Answer, Error> {
        let asked: Vec<(String, &Target)> =
            targets.iter().filter_map(|target| Some((coordinates(&target.purl)?, target))).collect();
        let mut unique: Vec<&str> = asked.iter().map(|(coordinates, _)| coordinates.as_str()).collect();
        unique.sort_unstable();
        unique.dedup();
        let mut answer = Answer::default();
        let mut components: HashMap<String, Vec<Value>> = HashMap::new();
        let mut chunks: Vec<&[&str]> = unique.chunks(BATCH).rev().collect();
        let (mut splits, mut answered, mut unread, mut failure) = (SPLITS, false, false, None);
        while let Some(chunk) = chunks.pop() {
            let reports = match self.ask(chunk).await {
                Ok(reports) => reports,
                // It refuses all because of one that it does not understand: which?
                Err(Error::Status { status: 400 | 422, .. }) if chunk.len() > 1 && splits > 0 => {
                    splits -= 1;
                    let (front, back) = chunk.split_at(chunk.len() / 2);
                    chunks.extend([back, front]);
                    continue;
                }
                Err(error @ Error::Status { status: 400 | 422, .. }) => {
                    answer.problems.push(format!("{}: {error}", chunk.join(", ")));
                    unread = true;
                    failure.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            answered = true;
            for value in reports {
                match serde_json::from_value::<Component>(value) {
                    // It may answer in another case than it was asked in.
                    Ok(component) => {
                        let found = component.vulnerabilities.unwrap_or_default();
                        components.entry(component.coordinates.to_lowercase()).or_default().extend(found);
                    }
                    Err(error) => {
                        answer.problems.push(format!("{NAME}: a component report: {error}"));
                        unread = true;
                    }
                }
            }
        }
        if let Some(error) = failure.filter(|_| !answered) {
            return Err(error);
        }
        for (coordinates, target) in &asked {
            let Some(found) = components.get(&coordinates.to_lowercase()) else {
                // What was refused, or may be in a report that cannot be read. Otherwise a coordinate
                // that is left out has no vulnerability.
                if unread {
                    answer.unanswered.push(target.purl.clone());
                }
                continue;
            };
            for value in found {
                let id = value.get("id").and_then(Value::as_str).unwrap_or("without an id").to_owned();
                match self.read(&target.purl, value.clone()) {
                    Ok(report) => answer.reports.push(report),
                    Err(reason) => {
                        answer
                            .problems
                            .push(format!("{NAME}: {}: vulnerability {id}: {reason}", target.purl));
                    }
                }
            }
        }
        Ok(answer)
    }
}
