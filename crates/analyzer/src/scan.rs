//! Looking an SBOM up without keeping it: the same candidates and the same decision as for stored
//! components, only that nothing is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use advisories::{Package, Severity, cpe};
use foldhash::{HashSet, HashSetExt as _};
use sbom::{Bom, Classifier, Inventory};
use sea_orm::FromQueryResult;
use serde::Serialize;
use storage::{Db, Sql, params};
use versions::Scheme;

use crate::package_version::{CPE, Candidates, Coordinates, Evidence, Identity, Subject, matches_of};
use crate::server::Result;
use crate::vulnerability::{COLUMNS, Vulnerability};

/// A component of the SBOM.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// What the document calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bom_ref: Option<String>,
    /// What kind of thing it is, in the words of CycloneDX.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its package URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// Its CPE name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpe: Option<String>,
}

/// One record that says so: whose, and which range of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// The record's id.
    pub id: String,
    /// The source that owns the id.
    pub source: String,
    /// The package or product as the record names it.
    pub package: String,
    /// The range that the version is in.
    pub range: String,
    /// The order of versions that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// A flaw of a component, with all the records of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The component.
    pub component: Component,
    /// The id by which people know the flaw.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// A line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFO` or `UNASSIGNED`.
    pub severity: String,
    /// Which rule chose the severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_rule: Option<String>,
    /// The base score, 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The vector of the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
    /// Numbers of the weaknesses.
    pub cwes: Vec<u32>,
    /// The smallest version in which it is fixed, for all records that name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// The probability that it is exploited (EPSS), 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_score: Option<f64>,
    /// Whether it is known to be exploited (KEV).
    pub known_exploited: bool,
    /// The records that say so.
    pub why: Vec<Why>,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scan {
    /// How many different components the document has.
    pub components: usize,
    /// Of these, how many advisories could know: they name a package of a known kind, or a product.
    pub known: usize,
    /// Ecosystems that there is no vulnerability data of, and how many components are of each: what is
    /// wrong with these nobody looked up.
    pub without_data: BTreeMap<String, usize>,
    /// The worst first, then by component.
    pub findings: Vec<Finding>,
}

/// The components of a document, each identity once, as advisories may know them.
pub struct Sought {
    components: Vec<(Component, Subject)>,
    environment: Option<Vec<cpe::Name>>,
}

impl Sought {
    /// Those of a document.
    pub fn of(bom: &Bom) -> Sought {
        let inventory = bom.inventory();
        let mut seen = HashSet::with_capacity(inventory.components.len());
        let mut components = Vec::with_capacity(inventory.components.len());
        for flat in &inventory.components {
            let component = flat.component;
            let purl = component.purl.as_ref().map(|purl| &purl.canonical);
            let (identity, subject) = Identity::with_subject(&Coordinates {
                purl: purl.map(String::as_str),
                cpe: component.cpe.as_deref(),
                group: component.group.as_deref(),
                name: &component.name,
                version: component.version.as_deref(),
                hint: component.package_type_hint(),
            });
            // The same package in several places of the document is one.
            if !seen.insert(identity) {
                continue;
            }
            let told = Component {
                bom_ref: component.bom_ref.clone(),
                kind: component.classifier.map(Classifier::as_cyclonedx),
                group: component.group.clone(),
                name: component.name.clone(),
                version: component.version.clone(),
                purl: purl.cloned(),
                cpe: component.cpe.clone(),
            };
            components.push((told, subject));
        }
        Sought { components, environment: environment(&inventory) }
    }

    /// The names under which advisories may know them: `(ecosystem, name)`.
    pub(crate) fn names(&self) -> impl Iterator<Item = (String, String)> {
        self.components.iter().flat_map(|(_, subject)| subject.names())
    }
}

/// The ecosystems that the database has advisories of.
///
/// # Errors
/// When the database fails.
pub async fn ecosystems(db: &Db) -> Result<BTreeSet<String>> {
    // From one to the next by the index, which is quicker than looking at every row.
    let text = "WITH RECURSIVE known(ecosystem) AS (SELECT min(ecosystem) FROM affected_package UNION ALL \
                SELECT (SELECT min(p.ecosystem) FROM affected_package p WHERE p.ecosystem > known.ecosystem) \
                FROM known WHERE known.ecosystem IS NOT NULL) SELECT ecosystem FROM known WHERE ecosystem IS NOT NULL";
    Ok(db.column(text, params![]).await?.into_iter().collect())
}

/// The ecosystems by which advisories may know a component, the most telling first; those of package
/// URLs that no advisory knows are none.
fn kinds(subject: &Subject) -> Vec<String> {
    let packages = subject.packages.iter().map(|package| package.ecosystem);
    let packages = packages.filter(|ecosystem| *ecosystem != Package::ANY);
    packages.chain(subject.product.iter().map(|_| CPE)).map(str::to_owned).collect()
}

/// The operating systems and devices of a document, by CPE name: what advisories may want to be there.
/// None when it names none, for then nothing is known of them.
fn environment(inventory: &Inventory<'_>) -> Option<Vec<cpe::Name>> {
    let places =
        [Classifier::OperatingSystem, Classifier::Device, Classifier::Firmware, Classifier::Platform];
    let names: Vec<cpe::Name> = inventory
        .components
        .iter()
        .map(|flat| flat.component)
        .filter(|component| component.classifier.is_some_and(|kind| places.contains(&kind)))
        .filter_map(|component| cpe::Name::parse(component.cpe.as_deref()?).ok())
        .collect();
    (!names.is_empty()).then_some(names)
}

#[derive(FromQueryResult)]
struct Told {
    #[sea_orm(nested)]
    vulnerability: Vulnerability,
    alias_group: String,
}

/// Looks the components of a document up. `covered` are the ecosystems that there is vulnerability data
/// of; `held` those that records in the database name: others are not asked for.
///
/// # Errors
/// When the database fails.
pub async fn scan(
    db: &Db,
    sought: &Sought,
    covered: &BTreeSet<String>,
    held: &BTreeSet<String>,
) -> Result<Scan> {
    let Sought { components, environment } = sought;
    let mut candidates = Candidates::default();
    candidates.load(db, sought.names().filter(|(ecosystem, _)| held.contains(ecosystem))).await?;
    let mut known = 0;
    let mut without_data: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<Found<'_>> = Vec::new();
    for (component, subject) in components {
        let kinds = kinds(subject);
        known += usize::from(!kinds.is_empty());
        if let Some(first) = kinds.first()
            && !kinds.iter().any(|kind| covered.contains(kind))
        {
            *without_data.entry(first.clone()).or_default() += 1;
        }
        let evidence = matches_of(subject, &candidates, environment.as_deref());
        if !evidence.is_empty() {
            let scheme = kinds.first().and_then(|kind| Scheme::for_ecosystem(kind));
            found.push(Found { component, scheme: scheme.unwrap_or(Scheme::Generic), evidence });
        }
    }
    let ids = found.iter().flat_map(|found| &found.evidence).map(|evidence| evidence.vulnerability);
    let told = load(db, ids).await?;
    let mut findings: Vec<Finding> = found.iter().flat_map(|found| group(found, &told)).collect();
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(Scan { components: components.len(), known, without_data, findings })
}

/// What findings are sorted by: the worst first, then by component, then by id.
fn order(finding: &Finding) -> impl Ord + '_ {
    let component = &finding.component;
    (
        Severity::parse(&finding.severity).map(Severity::rank),
        (&component.group, &component.name, &component.version),
        (&component.purl, &component.cpe, &finding.id),
    )
}

/// A component with what is wrong with it.
struct Found<'a> {
    component: &'a Component,
    /// The order of its versions.
    scheme: Scheme,
    evidence: Vec<Evidence>,
}

async fn load(db: &Db, ids: impl Iterator<Item = i64>) -> Result<HashMap<i64, Told>> {
    let ids: Vec<i64> = ids.collect::<BTreeSet<i64>>().into_iter().collect();
    let text = format!("SELECT {COLUMNS}, v.alias_group FROM vulnerability v WHERE v.id IN (:ids)");
    let rows: Vec<Told> = db.rows_in(&text, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.vulnerability.id, row)).collect())
}

/// One finding for each flaw of a component.
fn group(found: &Found<'_>, told: &HashMap<i64, Told>) -> Vec<Finding> {
    let mut groups: BTreeMap<&str, Vec<(&Told, &Evidence)>> = BTreeMap::new();
    for one in &found.evidence {
        if let Some(told) = told.get(&one.vulnerability) {
            groups.entry(&told.alias_group).or_default().push((told, one));
        }
    }
    groups.into_iter().filter_map(|(id, records)| finding(found, id, records)).collect()
}

fn finding(found: &Found<'_>, id: &str, mut records: Vec<(&Told, &Evidence)>) -> Option<Finding> {
    // Not in the order in which they happen to be stored.
    records.sort_by(|(a, _), (b, _)| a.vulnerability.vuln_id.cmp(&b.vulnerability.vuln_id));
    // The record with the name people know tells the story; else the one with the worst severity.
    let (story, _) = records
        .iter()
        .min_by_key(|(told, _)| (told.vulnerability.vuln_id != id, told.vulnerability.severity_rank))?;
    let story = &story.vulnerability;
    let worst = &records.iter().min_by_key(|(told, _)| told.vulnerability.severity_rank)?.0.vulnerability;
    let text = |pick: fn(&Vulnerability) -> Option<&String>| {
        pick(story).or_else(|| records.iter().find_map(|(told, _)| pick(&told.vulnerability))).cloned()
    };
    let mut aliases: BTreeSet<String> = BTreeSet::new();
    let mut cwes: BTreeSet<u32> = BTreeSet::new();
    for (told, _) in &records {
        aliases.insert(told.vulnerability.vuln_id.clone());
        aliases.extend(serde_json::from_str::<Vec<String>>(&told.vulnerability.aliases).unwrap_or_default());
        cwes.extend(serde_json::from_str::<Vec<u32>>(&told.vulnerability.cwes).unwrap_or_default());
    }
    aliases.remove(id);
    let (score, vector) = if worst.cvss_v4_score.is_some() {
        (worst.cvss_v4_score, worst.cvss_v4_vector.clone())
    } else if worst.cvss_v3_score.is_some() {
        (worst.cvss_v3_score, worst.cvss_v3_vector.clone())
    } else {
        (worst.cvss_v2_score, worst.cvss_v2_vector.clone())
    };
    let mut why: Vec<Why> = records
        .iter()
        .map(|(told, evidence)| Why {
            id: told.vulnerability.vuln_id.clone(),
            source: told.vulnerability.source.clone(),
            package: evidence.package.clone(),
            range: evidence.found.reason.clone(),
            order: evidence.found.order.map(str::to_owned),
        })
        .collect();
    why.sort_by(|a, b| (&a.id, &a.package, &a.range).cmp(&(&b.id, &b.package, &b.range)));
    why.dedup_by(|a, b| (&a.id, &a.package, &a.range) == (&b.id, &b.package, &b.range));
    let fixes = records.iter().filter_map(|(_, evidence)| evidence.found.fixed.as_deref());
    Some(Finding {
        component: found.component.clone(),
        id: id.to_owned(),
        aliases: aliases.into_iter().collect(),
        title: text(|v| v.title.as_ref()),
        description: text(|v| v.description.as_ref()),
        severity: worst.severity.clone(),
        severity_rule: worst.severity_rule.clone(),
        score,
        vector,
        cwes: cwes.into_iter().collect(),
        fixed: fixes.max_by(|a, b| found.scheme.compare(a, b)).map(str::to_owned),
        epss_score: story.epss_score,
        known_exploited: story.known_exploited,
        why,
    })
}
