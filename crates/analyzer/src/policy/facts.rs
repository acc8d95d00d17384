//! What conditions ask of components, read for many of them together.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use advisories::{cvss, owasp};
use chrono::{DateTime, NaiveDate};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, marks, params};

use super::expression;
use super::graph::{self, Graph};
use super::licence::Expression;
use super::store::Condition;
use crate::attribution::JOIN;
use crate::server::Result;
use crate::{license, project, repository};

/// What the conditions of all policies ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    expressions: bool,
    flaws: bool,
    latest: bool,
    direct: bool,
    graph: bool,
    properties: bool,
}

impl Needs {
    /// What these expressions ask for, which have the flaws at hand.
    pub(super) fn of_expressions<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Needs {
        Needs {
            expressions: true,
            flaws: false,
            latest: true,
            direct: true,
            graph: texts.clone().any(needs_graph),
            properties: texts.clone().any(needs_properties),
        }
    }

    /// The graphs of these projects, if one is asked for.
    pub(super) async fn graphs(self, sql: &impl Sql, projects: &[i64]) -> Result<HashMap<i64, Arc<Graph>>> {
        if self.graph { graph::read(sql, projects).await } else { Ok(HashMap::new()) }
    }

    pub(super) fn of(conditions: &[Condition]) -> Needs {
        let any = |subjects: &[&str]| {
            conditions
                .iter()
                .any(|c| c.subject == super::EXPRESSION || subjects.contains(&c.subject.as_str()))
        };
        let expressions =
            || conditions.iter().filter(|c| c.subject == super::EXPRESSION).map(|c| c.value.as_str());
        Needs {
            expressions: any(&[]),
            flaws: any(&["SEVERITY", "CWE", "VULNERABILITY_ID", "EPSS"]),
            latest: any(&["AGE", "VERSION_DISTANCE"]),
            direct: any(&["VERSION_DISTANCE"]),
            graph: expressions().any(needs_graph),
            properties: expressions().any(needs_properties),
        }
    }
}

fn needs_graph(expression: &str) -> bool {
    graph::FUNCTIONS.iter().any(|name| expression.contains(name))
}

fn needs_properties(expression: &str) -> bool {
    expression.contains("properties")
}

/// A project that is evaluated.
pub(super) struct Project {
    pub id: i64,
    pub is_latest: bool,
    pub tags: Vec<String>,
    /// Everything above it.
    pub ancestors: Vec<i64>,
    /// As expressions see it.
    pub described: Value,
}

/// A component that is evaluated.
#[derive(Debug, FromQueryResult)]
pub(super) struct Component {
    pub id: i64,
    pub uuid: String,
    pub project_id: i64,
    pub name: String,
    pub group_name: Option<String>,
    pub version: Option<String>,
    pub purl: Option<String>,
    pub cpe: Option<String>,
    pub swid_tag_id: Option<String>,
    pub classifier: String,
    pub licence_id: Option<String>,
    pub details: String,
    pub is_internal: bool,
}

pub(super) const COMPONENT: &str = "SELECT c.id, c.uuid, c.project_id, c.name, c.group_name, \
     c.version, c.purl, c.cpe, c.swid_tag_id, c.classifier, c.licence_id, c.details, c.is_internal FROM component c";

/// A vulnerability that affects a component and is not suppressed there.
pub(super) struct Flaw {
    /// Every id by which the flaw is known.
    pub ids: Vec<String>,
    pub severity: String,
    pub cwes: Vec<u32>,
    pub epss: Option<f64>,
    /// As expressions see it.
    pub described: Value,
}

impl Flaw {
    /// The same with another severity.
    fn rated(&self, severity: String) -> Flaw {
        let mut described = self.described.clone();
        if let Some(object) = described.as_object_mut() {
            object.insert("severity".to_owned(), json!(severity));
        }
        Flaw { ids: self.ids.clone(), severity, cwes: self.cwes.clone(), epss: self.epss, described }
    }
}

/// What repositories say of a package.
#[derive(Debug)]
pub(super) struct Latest {
    pub version: Option<String>,
    pub published: Option<NaiveDate>,
    pub published_at: Option<i64>,
}

/// A component with all that conditions ask for.
pub(super) struct Subject<'a> {
    pub component: &'a Component,
    pub project: &'a Project,
    pub details: Map<String, Value>,
    pub licence: Expression,
    pub flaws: Vec<Arc<Flaw>>,
    pub latest: Option<&'a Latest>,
    pub is_direct: bool,
    pub is_internal: bool,
    /// What repositories publish of its own file.
    pub artifact: Option<&'a Value>,
    pub properties: &'a [Value],
    pub graph: Arc<Graph>,
    scene: OnceCell<cel::Context<'static, 'static>>,
    world: &'a World,
    licences: &'a HashMap<String, Value>,
}

impl Subject<'_> {
    /// What expressions are asked about, made when the first one asks.
    pub(super) fn scene(&self) -> &cel::Context<'static, 'static> {
        self.scene.get_or_init(|| expression::scene(self))
    }

    /// The licence that is resolved, as expressions see it.
    pub(super) fn resolved_licence(&self) -> Option<Value> {
        let licence = self.licences.get(self.component.licence_id.as_deref()?)?;
        let member = |name: &str| licence.get(name).cloned().unwrap_or_default();
        Some(json!({
            "uuid": member("uuid"),
            "id": member("licenseId"),
            "name": member("name"),
            "is_osi_approved": member("isOsiApproved"),
            "is_fsf_libre": member("isFsfLibre"),
            "is_deprecated_id": member("isDeprecatedLicenseId"),
            "is_custom": member("isCustomLicense"),
            "groups": self.world.license_groups.get(member("licenseId").as_str()?).cloned().unwrap_or_default(),
        }))
    }

    /// Whether an id is that of a licence.
    pub(super) fn knows(&self, id: &str) -> bool {
        sbom::licence_by_id(id).is_some() || self.world.custom.contains(id)
    }
}

/// What is the same for all components.
pub(super) struct World {
    custom: license::Custom,
    /// `[{uuid, name}]` by the id of a licence.
    license_groups: HashMap<String, Vec<Value>>,
}

impl World {
    pub(super) async fn read(sql: &impl Sql) -> Result<World> {
        #[derive(FromQueryResult)]
        struct Member {
            license_id: String,
            uuid: String,
            name: String,
        }
        let text = "SELECT l.license_id, g.uuid, g.name FROM license_group_license m \
             JOIN license_group g ON g.id = m.group_id JOIN license l ON l.id = m.license_id";
        let mut license_groups: HashMap<String, Vec<Value>> = HashMap::new();
        for member in sql.rows::<Member>(text, params![]).await? {
            let shown = json!({ "uuid": member.uuid, "name": member.name });
            license_groups.entry(member.license_id).or_default().push(shown);
        }
        Ok(World { custom: license::custom(sql).await?, license_groups })
    }
}

/// Projects with tags and what is above them, by id.
pub(super) async fn projects(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Project>> {
    #[derive(FromQueryResult)]
    struct Above {
        id: i64,
        ancestor: i64,
    }
    let text = format!(
        "WITH RECURSIVE up (id, ancestor) AS (SELECT id, parent_id FROM project WHERE id IN ({}) \
         UNION SELECT up.id, p.parent_id FROM up JOIN project p ON p.id = up.ancestor) \
         SELECT id, ancestor FROM up WHERE ancestor IS NOT NULL",
        marks(ids.len())
    );
    let mut ancestors: HashMap<i64, Vec<i64>> = HashMap::new();
    for above in sql.rows::<Above>(&text, ids.iter().map(|id| (*id).into()).collect()).await? {
        ancestors.entry(above.id).or_default().push(above.ancestor);
    }
    let mut tags = project::tags(sql, ids).await?;
    let mut properties = properties(sql, "project_property", "project_id", ids).await?;
    let rows = project::by_ids(sql, ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let tags = tags.remove(&row.id).unwrap_or_default();
            let described = json!({
                "uuid": row.uuid,
                "group": row.group_name.unwrap_or_default(),
                "name": row.name,
                "version": row.version.unwrap_or_default(),
                "classifier": row.classifier.unwrap_or_default(),
                "is_active": row.active,
                "is_latest": row.is_latest,
                "tags": tags,
                "properties": properties.remove(&row.id).unwrap_or_default(),
                "cpe": row.cpe.unwrap_or_default(),
                "purl": row.purl.unwrap_or_default(),
                "swid_tag_id": row.swid_tag_id.unwrap_or_default(),
                "last_bom_import": row.last_bom_import.unwrap_or_default(),
            });
            let ancestors = ancestors.remove(&row.id).unwrap_or_default();
            (row.id, Project { id: row.id, is_latest: row.is_latest, tags, ancestors, described })
        })
        .collect())
}

/// What is read for components, by component.
#[derive(Default)]
pub(super) struct Facts {
    licences: HashMap<String, Value>,
    flaws: HashMap<i64, Vec<Arc<Flaw>>>,
    latest: HashMap<String, Latest>,
    direct: HashSet<i64>,
    artifacts: HashMap<String, Value>,
    properties: HashMap<i64, Vec<Value>>,
}

impl Facts {
    pub(super) async fn read(
        sql: &impl Sql,
        needs: Needs,
        components: &[Component],
        known: &mut HashMap<i64, Arc<Flaw>>,
    ) -> Result<Facts> {
        let ids: Vec<i64> = components.iter().map(|component| component.id).collect();
        let mut facts = Facts::default();
        if needs.expressions {
            let used = components.iter().filter_map(|component| component.licence_id.as_deref());
            facts.licences = license::shown(sql, used).await?;
        }
        if needs.expressions {
            let purls: HashSet<&str> = components.iter().filter_map(|c| c.purl.as_deref()).collect();
            let purls: Vec<&str> = purls.into_iter().collect();
            facts.artifacts = repository::artifacts_of(sql, &purls).await?;
        }
        if needs.properties {
            facts.properties = properties(sql, "component_property", "component_id", &ids).await?;
        }
        if needs.flaws {
            facts.flaws = flaws(sql, &ids, known).await?;
        }
        if needs.latest {
            let purls: HashSet<&str> = components.iter().filter_map(|c| c.purl.as_deref()).collect();
            let purls: Vec<&str> = purls.into_iter().collect();
            for (purl, meta) in repository::meta_of(sql, &purls).await? {
                let published_at = meta.get("published").and_then(Value::as_i64);
                let published =
                    published_at.and_then(DateTime::from_timestamp_millis).map(|at| at.date_naive());
                let version = meta.get("latestVersion").and_then(Value::as_str).map(str::to_owned);
                facts.latest.insert(purl, Latest { version, published, published_at });
            }
        }
        if needs.direct {
            for chunk in ids.chunks(5_000) {
                let text = format!(
                    "SELECT depends_on FROM dependency WHERE component_id IS NULL AND depends_on IN ({})",
                    marks(chunk.len())
                );
                let direct: Vec<i64> =
                    sql.column(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
                facts.direct.extend(direct);
            }
        }
        Ok(facts)
    }

    /// All that is known of a component.
    pub(super) fn subject<'a>(
        &'a self,
        world: &'a World,
        project: &'a Project,
        component: &'a Component,
        graph: Option<&Arc<Graph>>,
    ) -> Subject<'a> {
        let details: Map<String, Value> = serde_json::from_str(&component.details).unwrap_or_default();
        let text = |name: &str| details.get(name).and_then(Value::as_str);
        let licence = match (component.licence_id.as_deref(), text("licenseExpression"), text("license")) {
            (Some(id), ..) => Expression::named(id),
            (None, Some(expression), _) => Expression::parse(expression),
            (None, None, Some(name)) => Expression::named(name),
            (None, None, None) => Expression::named("unresolved"),
        };
        Subject {
            licence,
            details,
            flaws: self.flaws.get(&component.id).cloned().unwrap_or_default(),
            latest: component.purl.as_deref().and_then(|purl| self.latest.get(purl)),
            is_direct: self.direct.contains(&component.id),
            is_internal: component.is_internal,
            artifact: component.purl.as_deref().and_then(|purl| self.artifacts.get(purl)),
            properties: self.properties.get(&component.id).map(Vec::as_slice).unwrap_or_default(),
            graph: graph.cloned().unwrap_or_default(),
            scene: OnceCell::new(),
            licences: &self.licences,
            world,
            component,
            project,
        }
    }
}

#[derive(FromQueryResult)]
struct Pair {
    component_id: i64,
    vulnerability_id: i64,
    /// The severity that counts here, where it is not the vulnerability's own.
    severity: Option<String>,
}

/// The vulnerabilities of components that are not suppressed there.
async fn flaws(
    sql: &impl Sql,
    components: &[i64],
    known: &mut HashMap<i64, Arc<Flaw>>,
) -> Result<HashMap<i64, Vec<Arc<Flaw>>>> {
    let mut pairs: Vec<Pair> = Vec::new();
    for chunk in components.chunks(5_000) {
        let text = format!(
            "SELECT c.id AS component_id, m.vulnerability_id, a.severity FROM component c {JOIN} \
             LEFT JOIN analysis a ON a.component_id = c.id AND a.vulnerability_id = m.vulnerability_id \
             WHERE c.id IN ({}) AND (a.suppressed IS NULL OR NOT a.suppressed)",
            marks(chunk.len())
        );
        let rows: Vec<Pair> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        pairs.extend(rows);
    }
    read_missing(sql, pairs.iter().map(|pair| pair.vulnerability_id), known).await?;
    let mut out: HashMap<i64, Vec<Arc<Flaw>>> = HashMap::new();
    for pair in pairs {
        if let Some(flaw) = known.get(&pair.vulnerability_id) {
            let flaw = match pair.severity {
                Some(severity) if severity != flaw.severity => Arc::new(flaw.rated(severity)),
                _ => flaw.clone(),
            };
            out.entry(pair.component_id).or_default().push(flaw);
        }
    }
    Ok(out)
}

/// Reads the flaws that are not known yet.
pub(super) async fn read_missing(
    sql: &impl Sql,
    wanted: impl Iterator<Item = i64>,
    known: &mut HashMap<i64, Arc<Flaw>>,
) -> Result<()> {
    let missing: HashSet<i64> = wanted.filter(|id| !known.contains_key(id)).collect();
    let missing: Vec<i64> = missing.into_iter().collect();
    for chunk in missing.chunks(1_000) {
        read_flaws(sql, chunk, known).await?;
    }
    Ok(())
}

/// Properties as expressions see them, by owner; secrets are left out.
async fn properties(
    sql: &impl Sql,
    table: &str,
    owner: &str,
    ids: &[i64],
) -> Result<HashMap<i64, Vec<Value>>> {
    #[derive(FromQueryResult)]
    struct Row {
        owner: i64,
        group_name: Option<String>,
        name: String,
        value: Option<String>,
        kind: String,
    }
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    for chunk in ids.chunks(5_000) {
        let text = format!(
            "SELECT {owner} AS owner, group_name, name, value, kind FROM {table} \
             WHERE kind <> 'ENCRYPTEDSTRING' AND {owner} IN ({}) ORDER BY id",
            marks(chunk.len())
        );
        for row in sql.rows::<Row>(&text, chunk.iter().map(|id| (*id).into()).collect()).await? {
            out.entry(row.owner).or_default().push(json!({
                "group": row.group_name.unwrap_or_default(),
                "name": row.name,
                "value": row.value.unwrap_or_default(),
                "type": row.kind,
            }));
        }
    }
    Ok(out)
}

async fn read_flaws(sql: &impl Sql, ids: &[i64], known: &mut HashMap<i64, Arc<Flaw>>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        uuid: String,
        source: String,
        vuln_id: String,
        severity: String,
        cwes: String,
        aliases: String,
        alias_group: String,
        published: Option<i64>,
        updated: Option<i64>,
        cvss_v2_score: Option<f64>,
        cvss_v3_score: Option<f64>,
        cvss_v4_score: Option<f64>,
        cvss_v2_vector: Option<String>,
        cvss_v3_vector: Option<String>,
        cvss_v4_vector: Option<String>,
        epss_score: Option<f64>,
        epss_percentile: Option<f64>,
        owasp_vector: Option<String>,
        created_at: i64,
    }
    let text = format!(
        "SELECT v.id, v.uuid, v.source, v.vuln_id, v.severity, v.cwes, v.aliases, v.alias_group, v.published, \
         v.updated, v.cvss_v2_score, v.cvss_v3_score, v.cvss_v4_score, v.cvss_v2_vector, v.cvss_v3_vector, \
         v.cvss_v4_vector, v.owasp_vector, v.created_at, e.score AS epss_score, e.percentile AS epss_percentile \
         FROM vulnerability v LEFT JOIN epss e ON e.cve = v.alias_group WHERE v.id IN ({})",
        marks(ids.len())
    );
    for row in sql.rows::<Row>(&text, ids.iter().map(|id| (*id).into()).collect()).await? {
        let cwes: Vec<u32> = serde_json::from_str(&row.cwes).unwrap_or_default();
        let aliases: Vec<String> = serde_json::from_str(&row.aliases).unwrap_or_default();
        let rating = row.owasp_vector.as_deref().and_then(|text| owasp::Rating::parse(text).ok());
        let [second, third] = [&row.cvss_v2_vector, &row.cvss_v3_vector].map(|vector| {
            let parsed = vector.as_deref().and_then(|text| cvss::Vector::parse(text).ok());
            parsed.map(|vector| vector.scores()).map(|scores| (scores.impact, scores.exploitability))
        });
        let part = |parts: Option<(Option<f64>, Option<f64>)>, first: bool| {
            let (impact, exploitability) = parts.unwrap_or_default();
            if first { impact } else { exploitability }.unwrap_or_default()
        };
        let described = json!({
            "uuid": row.uuid,
            "id": row.vuln_id,
            "source": row.source,
            "aliases": aliases
                .iter()
                .map(|id| json!({ "id": id, "source": crate::vulnerability::source_of(id) }))
                .collect::<Vec<_>>(),
            "cwes": cwes,
            "severity": row.severity,
            "created": row.created_at,
            "published": row.published.unwrap_or_default(),
            "updated": row.updated.unwrap_or_default(),
            "cvssv2_base_score": row.cvss_v2_score.unwrap_or_default(),
            "cvssv2_vector": row.cvss_v2_vector.unwrap_or_default(),
            "cvssv3_base_score": row.cvss_v3_score.unwrap_or_default(),
            "cvssv2_impact_subscore": part(second, true),
            "cvssv2_exploitability_subscore": part(second, false),
            "cvssv3_impact_subscore": part(third, true),
            "cvssv3_exploitability_subscore": part(third, false),
            "owasp_rr_likelihood_score": rating.as_ref().map_or(0.0, |rating| rating.likelihood),
            "owasp_rr_technical_impact_score": rating.as_ref().map_or(0.0, |rating| rating.technical_impact),
            "owasp_rr_business_impact_score": rating.as_ref().map_or(0.0, |rating| rating.business_impact),
            "owasp_rr_vector": row.owasp_vector.unwrap_or_default(),
            "cvssv3_vector": row.cvss_v3_vector.unwrap_or_default(),
            "cvssv4_score": row.cvss_v4_score.unwrap_or_default(),
            "cvssv4_vector": row.cvss_v4_vector.unwrap_or_default(),
            "epss_score": row.epss_score.unwrap_or_default(),
            "epss_percentile": row.epss_percentile.unwrap_or_default(),
        });
        let mut ids = aliases;
        ids.extend([row.vuln_id, row.alias_group]);
        let flaw = Flaw { ids, severity: row.severity, cwes, epss: row.epss_score, described };
        known.insert(row.id, Arc::new(flaw));
    }
    Ok(())
}

/// How many components projects have, by project.
pub(super) async fn sizes(sql: &impl Sql, projects: &[i64]) -> Result<HashMap<i64, i64>> {
    #[derive(FromQueryResult)]
    struct Size {
        project_id: i64,
        components: i64,
    }
    let text = format!(
        "SELECT project_id, count(*) AS components FROM component WHERE project_id IN ({}) GROUP BY project_id",
        marks(projects.len())
    );
    let rows: Vec<Size> = sql.rows(&text, projects.iter().map(|id| (*id).into()).collect()).await?;
    Ok(rows.into_iter().map(|size| (size.project_id, size.components)).collect())
}

/// The next components of these projects, in order.
pub(super) async fn components(
    sql: &impl Sql,
    projects: &[i64],
    after: i64,
    limit: i64,
) -> Result<Vec<Component>> {
    let text = format!(
        "{COMPONENT} WHERE c.project_id IN ({}) AND c.id > ? ORDER BY c.id LIMIT ?",
        marks(projects.len())
    );
    let values = projects.iter().map(|id| (*id).into()).collect();
    Ok(sql.rows(&text, [values, params![after, limit]].concat()).await?)
}
