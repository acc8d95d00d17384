//! Trivy's server: packages are stored as a blob, scanned, and removed again. The calls are twirp's,
//! with JSON.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use advisories::Severity;
use async_trait::async_trait;
use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::distribution::Distribution;
use super::http::{Limits, Secret, Service};
use super::{Analyzer, Answer, Error, Report, Target, blank, cwe, millis, or_default, owner, rate, said};

const NAME: &str = "Trivy";
/// Version of the blob's format.
const SCHEMA: u32 = 2;
/// The status of a vulnerability of which a fixed version is known.
const FIXED: i64 = 3;
/// Types of package URLs and what Trivy calls such packages.
const LIBRARIES: [(&str, &str); 15] = [
    ("bitnami", "bitnami"),
    ("cargo", "cargo"),
    ("cocoapods", "cocoapods"),
    ("composer", "composer"),
    ("conan", "conan"),
    ("conda", "conda-pkg"),
    ("gem", "gemspec"),
    ("golang", "gobinary"),
    ("hex", "hex"),
    ("maven", "jar"),
    ("npm", "node-pkg"),
    ("nuget", "nuget"),
    ("pub", "pub"),
    ("pypi", "python-pkg"),
    ("swift", "swift"),
];

/// The properties `scanner/trivy.*`.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `trivy.base.url`
    pub base_url: String,
    /// `trivy.api.token`; a server may do without.
    pub token: Option<Secret>,
    /// `trivy.ignore.unfixed`: vulnerabilities without a fixed version are left out.
    pub ignore_unfixed: bool,
    /// `trivy.scanner.scanLibrary`
    pub library: bool,
    /// `trivy.scanner.scanOs`
    pub os: bool,
    /// How long and how often.
    pub limits: Limits,
}

/// The analyzer.
pub(crate) struct Trivy {
    service: Service,
    token: Option<Secret>,
    ignore_unfixed: bool,
    library: bool,
    os: bool,
}

/// What is scanned together, by what Trivy calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Libraries,
    Os(Distribution),
}

/// A package, with the place of its target as `bom_ref`.
#[derive(Serialize, Default)]
struct Package {
    name: String,
    version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    release: String,
    epoch: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    arch: String,
    src_name: String,
    src_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    src_release: String,
    src_epoch: i32,
    identifier: Identifier,
}

#[derive(Serialize, Deserialize, Default)]
struct Identifier {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    purl: String,
    #[serde(default, alias = "bomRef", skip_serializing_if = "String::is_empty")]
    bom_ref: String,
}

impl Trivy {
    /// # Errors
    /// [`Error::Setting`] when the address is missing or none.
    pub(crate) fn new(settings: Settings) -> Result<Trivy, Error> {
        let token = settings.token.filter(|token| !token.reveal().is_empty());
        let service = Service::new(
            NAME,
            ("scanner/trivy.base.url", &settings.base_url),
            token.iter().cloned().collect(),
            "scanner/trivy.api.token",
            settings.limits,
        )?;
        let Settings { ignore_unfixed, library, os, .. } = settings;
        Ok(Trivy { service, token, ignore_unfixed, library, os })
    }

    async fn call(&self, service: &str, method: &str, body: &Value) -> Result<Value, Error> {
        let url = self.service.url(&["twirp", service, method]);
        let answer = self.service.json(|| {
            let request = self.service.http.post(url.clone()).json(body);
            match &self.token {
                Some(token) => request.header("Trivy-Token", token.reveal()),
                None => request,
            }
        });
        answer.await
    }

    /// Scans one blob.
    async fn scan(&self, group: &Group, mut blob: Value) -> Result<Vec<Value>, Error> {
        let id = format!("sha256:{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        if let Some(blob) = blob.as_object_mut() {
            blob.insert("schema_version".to_owned(), json!(SCHEMA));
        }
        let put = json!({ "diff_id": id, "blob_info": blob });
        self.call("trivy.cache.v1.Cache", "PutBlob", &put).await?;
        let kinds = match group {
            Group::Libraries => ["library"],
            Group::Os(_) => ["os"],
        };
        // Servers before 0.54 know the kinds as `vuln_type`; unknown fields are ignored.
        let options = json!({ "pkg_types": kinds, "vuln_type": kinds, "scanners": ["vuln"] });
        let scan = json!({ "target": id, "artifact_id": id, "blob_ids": [id], "options": options });
        let scanned = self.call("trivy.scanner.v1.Scanner", "Scan", &scan).await;
        let delete = json!({ "blob_ids": [id] });
        if let Err(error) = self.call("trivy.cache.v1.Cache", "DeleteBlobs", &delete).await {
            tracing::warn!(%error, "a blob stays in Trivy's cache");
        }
        let results = match scanned?.get_mut("results").map(Value::take) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(results)) => results,
            Some(_) => return Err(self.service.unusable("its results are not a list")),
        };
        let mut found = Vec::new();
        for mut result in results {
            if let Some(Value::Array(vulnerabilities)) = result.get_mut("vulnerabilities").map(Value::take) {
                found.extend(vulnerabilities);
            }
        }
        Ok(found)
    }

    fn group(&self, purl: &PackageUrl<'_>, target: &Target) -> Option<Group> {
        if purl.version().is_none_or(str::is_empty) {
            return None;
        }
        match purl.ty() {
            "apk" | "deb" | "rpm" if self.os => distribution(purl, target).map(Group::Os),
            kind if self.library => {
                LIBRARIES.iter().any(|(known, _)| *known == kind).then_some(Group::Libraries)
            }
            _ => None,
        }
    }

    fn read(&self, targets: &[Target], members: &[usize], value: Value) -> Result<Option<Report>, String> {
        let found: Vulnerability = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let id = &found.vulnerability_id;
        if id.trim().is_empty() {
            return Err("its id is empty".to_owned());
        }
        if self.ignore_unfixed && found.status != FIXED {
            return Ok(None);
        }
        let place = found.pkg_identifier.bom_ref.parse().ok().filter(|place| members.contains(place));
        let target = place.and_then(|place| targets.get(place)).or_else(|| {
            let of = |place: &usize| targets.get(*place);
            members.iter().filter_map(of).find(|target| target.purl == found.pkg_identifier.purl)
        });
        let Some(target) = target else {
            return Err(format!("it is of {:?}, which was not asked about", found.pkg_name));
        };
        let mut advisory = blank(id);
        advisory.summary = said(found.title);
        advisory.details = said(found.description);
        advisory.published = found.published_date.as_deref().and_then(millis);
        advisory.modified = found.last_modified_date.as_deref().and_then(millis).unwrap_or_default();
        advisory.cwes = found.cwe_ids.iter().filter_map(|text| cwe(text)).collect();
        advisory.references = found.references;
        advisory.aliases = found.vendor_ids.into_iter().filter(|alias| owner(alias).is_some()).collect();
        // The vectors of one source: the one that rated it, else the NVD's, else anybody's.
        let scores = [found.severity_source.as_str(), "nvd", "ghsa"];
        let rating = scores.iter().find_map(|source| found.cvss.get(*source)).or(found.cvss.values().next());
        let vectors = rating.map(|r| [&r.v40_vector, &r.v3_vector, &r.v2_vector]);
        let vectors = vectors.iter().flatten().map(|v| v.as_str()).filter(|vector| !vector.is_empty());
        rate(&mut advisory, vectors, found.severity.as_ref().and_then(Rank::level));
        Ok(Some(Report {
            purl: target.purl.clone(),
            source: owner(id).unwrap_or("UNKNOWN"),
            reference_url: said(Some(found.primary_url)),
            alternate_id: Some(id.clone()),
            fixed: found.fixed_version.split(',').map(str::trim).find(|v| !v.is_empty()).map(str::to_owned),
            reason: match found.data_source.and_then(|source| said(source.name)) {
                Some(name) => format!("listed by Trivy, from {name}"),
                None => "listed by Trivy".to_owned(),
            },
            advisory,
        }))
    }
}

/// The distribution of a package of one.
fn distribution(purl: &PackageUrl<'_>, target: &Target) -> Option<Distribution> {
    let kind = property(target, "PkgType");
    Distribution::read(purl.qualifiers().get("distro")?, kind.or_else(|| purl.namespace()))
}

/// What Trivy wrote into the SBOM about the component.
fn property<'a>(target: &'a Target, name: &str) -> Option<&'a str> {
    let found = target.properties.iter().find(|(key, value)| {
        key.strip_prefix("aquasecurity:trivy:").is_some_and(|key| key == name) && !value.is_empty()
    });
    found.map(|(_, value)| value.as_str())
}

/// A package of a programming language.
fn library(purl: &PackageUrl<'_>) -> Package {
    let separator = if purl.ty() == "maven" { ":" } else { "/" };
    let mut name = purl.namespace().map(|space| format!("{space}{separator}")).unwrap_or_default();
    name.push_str(purl.name());
    if let ("cocoapods", Some(module)) = (purl.ty(), purl.subpath()) {
        name = format!("{name}/{module}");
    }
    let version = purl.version().unwrap_or_default().to_owned();
    Package {
        src_name: name.clone(),
        src_version: version.clone(),
        name,
        version,
        identifier: Identifier { purl: purl.to_string(), ..Identifier::default() },
        ..Package::default()
    }
}

/// A package of a distribution. Its package URL is not sent: Trivy drops packages whose namespace
/// differs from its own name of the distribution (`rhel`, `redhat`).
fn os_package(purl: &PackageUrl<'_>, target: &Target) -> Package {
    let qualifier = |name: &str| purl.qualifiers().get(name).map(|value| value.to_string());
    let mut version = purl.version().unwrap_or_default().to_owned();
    let mut epoch = qualifier("epoch").and_then(|epoch| epoch.parse().ok()).unwrap_or_default();
    let mut release = String::new();
    if purl.ty() == "rpm" {
        if let Some((before, rest)) = version.clone().split_once(':')
            && let Ok(number) = before.parse()
        {
            (epoch, version) = (number, rest.to_owned());
        }
        if let Some((before, rest)) = version.clone().rsplit_once('-') {
            (version, release) = (before.to_owned(), rest.to_owned());
        }
    }
    // `upstream=name@version` names the source package, as Syft writes it; of an rpm it is a file.
    let upstream = qualifier("upstream").filter(|_| purl.ty() != "rpm").unwrap_or_default();
    let (upstream, upstream_version) = upstream.split_once('@').unwrap_or((&upstream, ""));
    let own = |name| property(target, name).map(str::to_owned);
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
    let src_version = own("SrcVersion");
    Package {
        src_name: own("SrcName").unwrap_or_else(|| or(upstream, purl.name())),
        src_release: own("SrcRelease")
            .unwrap_or_else(|| if src_version.is_some() { String::new() } else { release.clone() }),
        src_epoch: own("SrcEpoch").and_then(|epoch| epoch.parse().ok()).unwrap_or(epoch),
        src_version: src_version.unwrap_or_else(|| or(upstream_version, &version)),
        name: purl.name().to_owned(),
        arch: qualifier("arch").unwrap_or_default(),
        version,
        release,
        epoch,
        identifier: Identifier::default(),
    }
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(alias = "vulnerabilityId")]
    vulnerability_id: String,
    #[serde(default, alias = "pkgName", deserialize_with = "or_default")]
    pkg_name: String,
    #[serde(default, alias = "fixedVersion", deserialize_with = "or_default")]
    fixed_version: String,
    title: Option<String>,
    description: Option<String>,
    severity: Option<Rank>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<String>,
    #[serde(default, alias = "pkgIdentifier", deserialize_with = "or_default")]
    pkg_identifier: Identifier,
    #[serde(default, alias = "severitySource", deserialize_with = "or_default")]
    severity_source: String,
    #[serde(default, deserialize_with = "or_default")]
    cvss: BTreeMap<String, Scores>,
    #[serde(default, alias = "cweIds", deserialize_with = "or_default")]
    cwe_ids: Vec<String>,
    #[serde(default, alias = "primaryUrl", deserialize_with = "or_default")]
    primary_url: String,
    #[serde(alias = "publishedDate")]
    published_date: Option<String>,
    #[serde(alias = "lastModifiedDate")]
    last_modified_date: Option<String>,
    #[serde(default, alias = "vendorIds", deserialize_with = "or_default")]
    vendor_ids: Vec<String>,
    #[serde(alias = "dataSource")]
    data_source: Option<DataSource>,
    #[serde(default, deserialize_with = "or_default")]
    status: i64,
}

/// An enumeration is a word in JSON, but may be its number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rank {
    Word(String),
    Number(usize),
}

impl Rank {
    fn level(&self) -> Option<Severity> {
        const NUMBERS: [Severity; 5] =
            [Severity::Unassigned, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        match self {
            Rank::Word(word) => Severity::parse(word),
            Rank::Number(number) => NUMBERS.get(*number).copied(),
        }
    }
}

#[derive(Deserialize)]
struct DataSource {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Scores {
    #[serde(default, alias = "v2Vector", deserialize_with = "or_default")]
    v2_vector: String,
    #[serde(default, alias = "v3Vector", deserialize_with = "or_default")]
    v3_vector: String,
    #[serde(default, alias = "v40Vector", deserialize_with = "or_default")]
    v40_vector: String,
}

#[async_trait]
impl Analyzer for Trivy {
    fn identity(&self) -> &'static str {
        "TRIVY_ANALYZER"
    }

    fn batch(&self) -> usize {
        500
    }

    fn concerns(&self, target: &Target) -> bool {
        PackageUrl::from_str(&target.purl).is_ok_and(|purl| self.group(&purl, target).is_some())
    }

    async fn analyse(&self, targets: &[Target]) -> Result<Answer, Error> {
        // Each distribution and release is a blob of its own; all libraries are one.
        let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
        let mut packages: HashMap<usize, (&'static str, Package)> = HashMap::new();
        for (place, target) in targets.iter().enumerate() {
            let Ok(purl) = PackageUrl::from_str(&target.purl) else { continue };
            let Some(group) = self.group(&purl, target) else { continue };
            let kind = LIBRARIES.iter().find(|(known, _)| *known == purl.ty()).map(|(_, kind)| *kind);
            let mut package = match &group {
                Group::Libraries => library(&purl),
                Group::Os(_) => os_package(&purl, target),
            };
            package.identifier.bom_ref = place.to_string();
            packages.insert(place, (kind.unwrap_or_default(), package));
            groups.entry(group).or_default().push(place);
        }
        let mut answer = Answer::default();
        let (mut answered, mut failure) = (false, None);
        for (group, members) in &groups {
            let mut kinds: BTreeMap<&str, Vec<Package>> = BTreeMap::new();
            for (kind, package) in members.iter().filter_map(|place| packages.remove(place)) {
                kinds.entry(kind).or_default().push(package);
            }
            let blob = match group {
                Group::Libraries => {
                    let applications: Vec<Value> = kinds
                        .iter()
                        .map(|(kind, packages)| json!({ "type": kind, "packages": packages }))
                        .collect();
                    json!({ "applications": applications })
                }
                Group::Os(Distribution { family, release }) => {
                    let packages: Vec<Package> = kinds.into_values().flatten().collect();
                    json!({ "os": { "family": family, "name": release },
                        "package_infos": [{ "packages": packages }] })
                }
            };
            match self.scan(group, blob).await {
                Ok(found) => {
                    answered = true;
                    for value in found {
                        let id = value.get("vulnerability_id").or(value.get("vulnerabilityId"));
                        let id = id.and_then(Value::as_str).unwrap_or("without an id").to_owned();
                        match self.read(targets, members, value) {
                            Ok(report) => answer.reports.extend(report),
                            Err(reason) => {
                                answer.problems.push(format!("{NAME}: vulnerability {id}: {reason}"));
                            }
                        }
                    }
                }
                Err(error) => {
                    answer.problems.push(error.to_string());
                    let members = members.iter().filter_map(|place| targets.get(*place));
                    answer.unanswered.extend(members.map(|target| target.purl.clone()));
                    failure.get_or_insert(error);
                }
            }
        }
        match failure {
            Some(error) if !answered => Err(error),
            _ => Ok(answer),
        }
    }
}
