//! What there is to tell, in the shape of Dependency-Track 4's webhooks (behaviour reference §10.4).
//! Each delivery is put into the outbox in the transaction of what it tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, outbox, params};

use super::deliver::{CHANNEL, Delivery};
use super::rule::{self, Rule};
use crate::analysis::Analysis;
use crate::attribution::{COMPONENTS, JOIN};
use crate::component::{self, Component};
use crate::project::{self, Project};
use crate::server::Result;
use crate::source::Source;
use crate::vulnerability::{self, Vulnerability};

/// A notification without its subject.
struct Head<'a> {
    scope: &'a str,
    group: &'a str,
    level: &'a str,
    title: String,
    content: String,
}

const PORTFOLIO: &str = "PORTFOLIO";

async fn send(tx: &Tx, rule: &Rule, head: &Head<'_>, subject: Value) -> Result<()> {
    let body = json!({ "notification": {
        "level": head.level,
        "scope": head.scope,
        "group": head.group,
        // A local time without zone, as the original writes it.
        "timestamp": chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.9f").to_string(),
        "title": head.title,
        "content": head.content,
        "subject": subject,
    }});
    let delivery = Delivery { rule: rule.id, body };
    outbox::put(tx, CHANNEL, format!("rule:{}", rule.id), delivery, false).await?;
    Ok(())
}

fn members(list: &[(&str, Option<&str>)]) -> Map<String, Value> {
    list.iter().filter_map(|(name, value)| Some(((*name).to_owned(), json!((*value)?)))).collect()
}

async fn project_json(tx: &Tx, project: &Project) -> Result<Value> {
    let tags = project::tags(tx, &[project.id]).await?.remove(&project.id).map(|tags| tags.join(","));
    Ok(members(&[
        ("uuid", Some(&project.uuid)),
        ("name", Some(&project.name)),
        ("version", project.version.as_deref()),
        ("description", project.description.as_deref()),
        ("purl", project.purl.as_deref()),
        ("tags", tags.as_deref()),
    ])
    .into())
}

fn component_json(component: &Component) -> Value {
    let details: Map<String, Value> = serde_json::from_str(&component.details).unwrap_or_default();
    let mut out = members(&[
        ("uuid", Some(&component.uuid)),
        ("group", component.group_name.as_deref()),
        ("name", Some(&component.name)),
        ("version", component.version.as_deref()),
        ("purl", component.purl.as_deref()),
    ]);
    for name in ["md5", "sha1", "sha256", "sha512"] {
        if let Some(value) = details.get(name) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    out.into()
}

fn vulnerability_json(vulnerability: &Vulnerability) -> Value {
    let aliases: Vec<String> = serde_json::from_str(&vulnerability.aliases).unwrap_or_default();
    let aliases: Vec<Value> = aliases
        .iter()
        .filter(|id| id.starts_with("CVE-") || id.starts_with("GHSA-"))
        .map(|id| json!({ "source": vulnerability::source_of(id), "vulnId": id }))
        .collect();
    let mut out = members(&[
        ("uuid", Some(&vulnerability.uuid)),
        ("vulnId", Some(&vulnerability.vuln_id)),
        ("source", Some(&vulnerability.source)),
        ("title", vulnerability.title.as_deref()),
        ("description", vulnerability.description.as_deref()),
        ("severity", Some(&vulnerability.severity)),
    ]);
    out.insert("aliases".to_owned(), aliases.into());
    let scores = [
        ("cvssv2", vulnerability.cvss_v2_score),
        ("cvssv3", vulnerability.cvss_v3_score),
        ("cvssv4", vulnerability.cvss_v4_score),
    ];
    for (name, score) in scores {
        if let Some(score) = score {
            out.insert(name.to_owned(), json!(score));
        }
    }
    let cwes = vulnerability.cwes_json();
    if let Some(first) = cwes.first() {
        out.insert("cwe".to_owned(), first.clone());
    }
    out.insert("cwes".to_owned(), cwes.into());
    out.into()
}

/// A project was made.
pub(crate) async fn project_created(tx: &Tx, project: &Project) -> Result<()> {
    for rule in rule::listening(tx, PORTFOLIO, "PROJECT_CREATED", false).await? {
        let head = Head {
            scope: PORTFOLIO,
            group: "PROJECT_CREATED",
            level: "INFORMATIONAL",
            title: "Project Added".to_owned(),
            content: format!("{} was created", project.name),
        };
        send(tx, &rule, &head, project_json(tx, project).await?).await?;
    }
    Ok(())
}

/// A document could not be processed.
pub(crate) async fn bom_failed(tx: &Tx, project: i64, cause: &str) -> Result<()> {
    let Some(project) = project::by_ids(tx, &[project]).await?.pop() else { return Ok(()) };
    for rule in rule::listening(tx, PORTFOLIO, "BOM_PROCESSING_FAILED", true).await? {
        if rule::concerned(tx, &rule, &[project.id]).await?.is_empty() {
            continue;
        }
        let head = Head {
            scope: PORTFOLIO,
            group: "BOM_PROCESSING_FAILED",
            level: "ERROR",
            title: "Bill of Materials Processing Failed".to_owned(),
            content: "An error occurred while processing a BOM".to_owned(),
        };
        let subject = json!({
            "project": project_json(tx, &project).await?,
            "bom": { "content": "", "format": "CycloneDX", "specVersion": "Unknown" },
            "cause": cause,
        });
        send(tx, &rule, &head, subject).await?;
    }
    Ok(())
}

/// A document was processed: tells of it, and of the vulnerabilities of its new components.
pub(crate) async fn bom_processed(tx: &Tx, project_id: i64) -> Result<()> {
    let Some(project) = project::by_ids(tx, &[project_id]).await?.pop() else { return Ok(()) };
    for rule in rule::listening(tx, PORTFOLIO, "BOM_PROCESSED", false).await? {
        if rule::concerned(tx, &rule, &[project.id]).await?.is_empty() {
            continue;
        }
        let head = Head {
            scope: PORTFOLIO,
            group: "BOM_PROCESSED",
            level: "INFORMATIONAL",
            title: "Bill of Materials Processed".to_owned(),
            content: "A CycloneDX BOM was processed".to_owned(),
        };
        let format = project.last_bom_import_format.as_deref().unwrap_or_default();
        let version = format.rsplit(' ').next().unwrap_or("Unknown");
        let subject = json!({
            "project": project_json(tx, &project).await?,
            "bom": { "content": "", "format": "CycloneDX", "specVersion": version },
        });
        send(tx, &rule, &head, subject).await?;
    }
    let vulnerable = rule::listening(tx, PORTFOLIO, "NEW_VULNERABILITY", false).await?;
    let dependency = rule::listening(tx, PORTFOLIO, "NEW_VULNERABLE_DEPENDENCY", false).await?;
    if vulnerable.is_empty() && dependency.is_empty() {
        return Ok(());
    }
    let pairs: Vec<Pair> = tx
        .rows(
            &format!(
                "SELECT c.id AS component_id, m.vulnerability_id FROM component c {JOIN} \
                 WHERE c.project_id = ? AND c.is_new ORDER BY c.id, m.vulnerability_id"
            ),
            params![project_id],
        )
        .await?;
    tell(tx, &pairs, &vulnerable, "BOM_UPLOAD_ANALYSIS").await?;
    let mut by_component: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for pair in &pairs {
        by_component.entry(pair.component_id).or_default().push(pair.vulnerability_id);
    }
    let loaded = Loaded::of(tx, &pairs).await?;
    for rule in &dependency {
        if rule::concerned(tx, rule, &[project.id]).await?.is_empty() {
            continue;
        }
        for (component, list) in &by_component {
            let Some(component) = loaded.components.get(component) else { continue };
            let list: Vec<Value> =
                list.iter().filter_map(|id| loaded.vulnerabilities.get(id)).map(vulnerability_json).collect();
            let content = match list.len() {
                1 => "A dependency was introduced that contains 1 known vulnerability".to_owned(),
                n => format!("A dependency was introduced that contains {n} known vulnerabilities"),
            };
            let head = Head {
                scope: PORTFOLIO,
                group: "NEW_VULNERABLE_DEPENDENCY",
                level: "INFORMATIONAL",
                title: format!("Vulnerable Dependency Introduced on Project: [{}]", project.title()),
                content,
            };
            let subject = json!({
                "project": project_json(tx, &project).await?,
                "component": component_json(component),
                "vulnerabilities": list,
            });
            send(tx, rule, &head, subject).await?;
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Pair {
    component_id: i64,
    vulnerability_id: i64,
}

/// Components, their projects and vulnerabilities of pairs, by id.
struct Loaded {
    components: HashMap<i64, Component>,
    projects: HashMap<i64, (Project, Value)>,
    vulnerabilities: HashMap<i64, Vulnerability>,
}

impl Loaded {
    async fn of(tx: &Tx, pairs: &[Pair]) -> Result<Loaded> {
        let mut loaded =
            Loaded { components: HashMap::new(), projects: HashMap::new(), vulnerabilities: HashMap::new() };
        let components: BTreeSet<i64> = pairs.iter().map(|pair| pair.component_id).collect();
        let vulnerabilities: BTreeSet<i64> = pairs.iter().map(|pair| pair.vulnerability_id).collect();
        for chunk in components.into_iter().collect::<Vec<_>>().chunks(500) {
            let values = chunk.iter().map(|id| (*id).into()).collect();
            let sql = format!(
                "SELECT {} FROM component c WHERE c.id IN ({})",
                component::COLUMNS,
                marks(chunk.len())
            );
            loaded
                .components
                .extend(tx.rows::<Component>(&sql, values).await?.into_iter().map(|c| (c.id, c)));
        }
        let projects: BTreeSet<i64> = loaded.components.values().map(|c| c.project_id).collect();
        for chunk in projects.into_iter().collect::<Vec<_>>().chunks(500) {
            for project in project::by_ids(tx, chunk).await? {
                let json = project_json(tx, &project).await?;
                loaded.projects.insert(project.id, (project, json));
            }
        }
        for chunk in vulnerabilities.into_iter().collect::<Vec<_>>().chunks(500) {
            let values = chunk.iter().map(|id| (*id).into()).collect();
            let sql = format!(
                "SELECT {} FROM vulnerability v WHERE v.id IN ({})",
                vulnerability::COLUMNS,
                marks(chunk.len())
            );
            loaded
                .vulnerabilities
                .extend(tx.rows::<Vulnerability>(&sql, values).await?.into_iter().map(|v| (v.id, v)));
        }
        Ok(loaded)
    }
}

/// Tells of new vulnerabilities, one notification a pair.
async fn tell(tx: &Tx, pairs: &[Pair], rules: &[Rule], level: &str) -> Result<()> {
    if rules.is_empty() || pairs.is_empty() {
        return Ok(());
    }
    let loaded = Loaded::of(tx, pairs).await?;
    let projects: Vec<i64> = loaded.projects.keys().copied().collect();
    let mut concerned = Vec::with_capacity(rules.len());
    for rule in rules {
        concerned.push((rule, rule::concerned(tx, rule, &projects).await?));
    }
    for pair in pairs {
        let Some(component) = loaded.components.get(&pair.component_id) else { continue };
        let Some(vulnerability) = loaded.vulnerabilities.get(&pair.vulnerability_id) else { continue };
        let Some((project, shown)) = loaded.projects.get(&component.project_id) else { continue };
        for (rule, concerned) in &concerned {
            if !concerned.contains(&project.id) {
                continue;
            }
            let content = vulnerability.description.clone().unwrap_or_else(|| match &vulnerability.title {
                Some(title) => format!("{}: {title}", vulnerability.vuln_id),
                None => vulnerability.vuln_id.clone(),
            });
            let head = Head {
                scope: PORTFOLIO,
                group: "NEW_VULNERABILITY",
                level: "INFORMATIONAL",
                title: format!("New Vulnerability Identified on Project: [{}]", project.title()),
                content,
            };
            let subject = json!({
                "component": component_json(component),
                "vulnerabilityAnalysisLevel": level,
                "vulnerability": vulnerability_json(vulnerability),
                "affectedProjects": [shown],
            });
            send(tx, rule, &head, subject).await?;
        }
    }
    Ok(())
}

/// Package versions turned out to be affected: tells it for every component that uses them.
pub(crate) async fn new_matches(tx: &Tx, found: &[(i64, i64)]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let rules = rule::listening(tx, PORTFOLIO, "NEW_VULNERABILITY", false).await?;
    if rules.is_empty() {
        return Ok(());
    }
    for chunk in found.chunks(200) {
        let either = vec!["(m.package_version_id = ? AND m.vulnerability_id = ?)"; chunk.len()].join(" OR ");
        let values = chunk.iter().flat_map(|(version, v)| [(*version).into(), (*v).into()]).collect();
        let pairs: Vec<Pair> = tx
            .rows(
                &format!(
                    "SELECT c.id AS component_id, m.vulnerability_id FROM package_match m {COMPONENTS} \
                     JOIN project p ON p.id = c.project_id WHERE p.active AND NOT c.is_new AND ({either})"
                ),
                values,
            )
            .await?;
        tell(tx, &pairs, &rules, "PERIODIC_ANALYSIS").await?;
    }
    Ok(())
}

/// A source was mirrored, or could not be (behaviour reference §10.6).
pub(crate) async fn mirrored(tx: &Tx, source: Source, error: Option<&str>) -> Result<()> {
    let (title, what) = match source {
        Source::Osv => ("OSV Mirroring", "the Google OSV datastore for the selected ecosystems"),
        Source::Nvd => ("NVD Mirroring", "the National Vulnerability Database"),
        Source::Github => ("GitHub Advisory Mirroring", "GitHub Advisories"),
        Source::Epss => ("EPSS Mirroring", "the Exploit Prediction Scoring System"),
        Source::Kev => ("KEV Mirroring", "the catalogue of known exploited vulnerabilities"),
        Source::Cwe => ("CWE Mirroring", "the Common Weakness Enumeration"),
    };
    let content = match error {
        None => format!("Mirroring of {what} completed successfully"),
        Some(error) => format!("An error occurred mirroring the contents of {what}. {error}"),
    };
    for rule in rule::listening(tx, "SYSTEM", "DATASOURCE_MIRRORING", error.is_some()).await? {
        let head = Head {
            scope: "SYSTEM",
            group: "DATASOURCE_MIRRORING",
            level: if error.is_some() { "ERROR" } else { "INFORMATIONAL" },
            title: title.to_owned(),
            content: content.clone(),
        };
        send(tx, &rule, &head, Value::Null).await?;
    }
    Ok(())
}

/// An analyzer elsewhere could not be asked.
pub(crate) async fn analyzer_failed(tx: &Tx, error: &str) -> Result<()> {
    for rule in rule::listening(tx, "SYSTEM", "ANALYZER", true).await? {
        let head = Head {
            scope: "SYSTEM",
            group: "ANALYZER",
            level: "ERROR",
            title: "Analyzer Error".to_owned(),
            content: error.to_owned(),
        };
        send(tx, &rule, &head, Value::Null).await?;
    }
    Ok(())
}

/// A decision about a finding was changed.
pub(crate) async fn audit_changed(
    tx: &Tx,
    component: &Component,
    vulnerability: &Vulnerability,
    analysis: &Analysis,
    state_changed: bool,
) -> Result<()> {
    let rules = rule::listening(tx, PORTFOLIO, "PROJECT_AUDIT_CHANGE", false).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let Some(project) = project::by_ids(tx, &[component.project_id]).await?.pop() else { return Ok(()) };
    let what = match (state_changed, analysis.state.as_str(), analysis.suppressed) {
        (false, _, true) => "Finding Suppressed",
        (false, _, false) => "Finding UnSuppressed",
        (true, "EXPLOITABLE", _) => "Analysis Decision: Exploitable",
        (true, "IN_TRIAGE", _) => "Analysis Decision: In Triage",
        (true, "NOT_AFFECTED", _) => "Analysis Decision: Not Affected",
        (true, "FALSE_POSITIVE", _) => "Analysis Decision: False Positive",
        (true, "RESOLVED", _) => "Analysis Decision: Finding Resolved",
        (true, ..) => "Analysis Decision: Marking Finding as NOT SET",
    };
    let what = if state_changed { what.to_owned() } else { format!("Analysis Decision: {what}") };
    for rule in rules {
        if rule::concerned(tx, &rule, &[project.id]).await?.is_empty() {
            continue;
        }
        let head = Head {
            scope: PORTFOLIO,
            group: "PROJECT_AUDIT_CHANGE",
            level: "INFORMATIONAL",
            title: format!("{what} on Project: [{}]", project.title()),
            content: "An analysis decision was made to a finding affecting a project".to_owned(),
        };
        let subject = json!({
            "component": component_json(component),
            "vulnerability": vulnerability_json(vulnerability),
            "analysis": {
                "suppressed": analysis.suppressed,
                "state": analysis.state,
                "project": project.uuid,
                "component": component.uuid,
                "vulnerability": vulnerability.uuid,
            },
            "affectedProjects": [project_json(tx, &project).await?],
        });
        send(tx, &rule, &head, subject).await?;
    }
    Ok(())
}
