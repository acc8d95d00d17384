//! What can be searched, and the hits.

use std::collections::HashSet;

use advisories::cpe::{self, Configuration, Criterion};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};
use storage::{Sql, params, sql::like};

use crate::package_version::{CPE, product_key};
use crate::server::{Result, Scope};

/// How many hits an index gives at most.
const MOST: usize = 1000;

/// A kind of thing that can be searched.
#[derive(Debug, Clone, Copy)]
pub(super) enum Index {
    Project,
    Component,
    Service,
    Vulnerability,
    License,
    Software,
}

impl Index {
    /// The name of the list of its hits.
    pub(super) fn name(self) -> &'static str {
        match self {
            Index::Project => "project",
            Index::Component => "component",
            Index::Service => "servicecomponent",
            Index::Vulnerability => "vulnerability",
            Index::License => "license",
            Index::Software => "vulnerablesoftware",
        }
    }
}

/// A hit: members that have a value, all of them texts.
fn hit(members: &[(&str, Option<&str>)]) -> Value {
    let filled =
        members.iter().filter_map(|(name, text)| Some((*name, text.filter(|text| !text.is_empty())?)));
    Value::Object(filled.map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>())
}

/// The order of hits by a field: equal, then beginning with the text, then the others.
fn order(column: &str) -> String {
    format!(
        " ORDER BY CASE WHEN lower({column}) = ? THEN 0 WHEN lower({column}) LIKE ? ESCAPE '\\' THEN 1 ELSE 2 END, \
         {column} LIMIT ?"
    )
}

/// The values of [`order`]: the text, the pattern of its beginning, and the limit.
fn order_values(query: &str, limit: usize) -> Vec<storage::Value> {
    let beginning = like(query).trim_start_matches('%').to_owned();
    params![query.to_lowercase(), beginning, i64::try_from(limit).unwrap_or(i64::MAX)]
}

/// `lower(column) LIKE ?` of any of these columns.
fn any(columns: &[&str]) -> String {
    let each: Vec<String> =
        columns.iter().map(|column| format!("lower({column}) LIKE ? ESCAPE '\\'")).collect();
    each.join(" OR ")
}

/// The hits of an index.
pub(super) async fn search(sql: &impl Sql, scope: &Scope, index: Index, query: &str) -> Result<Vec<Value>> {
    match index {
        Index::Project => projects(sql, scope, query).await,
        Index::Component => components(sql, scope, query).await,
        Index::Service => services(sql, scope, query).await,
        Index::Vulnerability => vulnerabilities(sql, query).await,
        Index::License => licences(sql, query).await,
        Index::Software => {
            let text = "SELECT spec FROM affected_package WHERE ecosystem = ? AND name LIKE ? ESCAPE '\\' \
                 ORDER BY name, id LIMIT 5000";
            let specs: Vec<String> = sql.column(text, params![CPE, like(query)]).await?;
            let query = query.to_lowercase();
            software(&specs, |criterion| {
                let (vendor, product) = criterion.name.key();
                product_key((vendor, product)).contains(&query)
            })
        }
    }
}

async fn projects(sql: &impl Sql, scope: &Scope, query: &str) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        name: String,
        version: Option<String>,
        description: Option<String>,
    }
    let (visible, values) = scope.condition("p.id");
    let pattern = like(query);
    let text = format!(
        "SELECT p.uuid, p.name, p.version, p.description FROM project p WHERE {visible} AND ({} \
         OR EXISTS (SELECT 1 FROM project_property t WHERE t.project_id = p.id AND t.kind <> 'ENCRYPTEDSTRING' \
         AND ({}))){}",
        any(&["p.name", "p.version", "p.description", "p.uuid"]),
        any(&["t.name", "t.value"]),
        order("p.name")
    );
    let patterns = vec![pattern.into(); 6];
    let rows: Vec<Row> = sql.rows(&text, [values, patterns, order_values(query, MOST)].concat()).await?;
    Ok(rows
        .iter()
        .map(|row| {
            hit(&[
                ("uuid", Some(&row.uuid)),
                ("name", Some(&row.name)),
                ("version", row.version.as_deref()),
                ("description", row.description.as_deref()),
            ])
        })
        .collect())
}

async fn components(sql: &impl Sql, scope: &Scope, query: &str) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        group_name: Option<String>,
        name: String,
        version: Option<String>,
        details: String,
    }
    let (visible, values) = scope.condition("c.project_id");
    let text = format!(
        "SELECT c.uuid, c.group_name, c.name, c.version, c.details FROM component c WHERE {visible} AND ({} \
         OR EXISTS (SELECT 1 FROM component_hash h WHERE h.component_id = c.id AND h.value = ?)){}",
        any(&["c.name", "c.group_name", "c.version", "c.uuid", "c.details"]),
        order("c.name")
    );
    let wanted = query.to_lowercase();
    let patterns = [vec![like(query).into(); 5], params![wanted.clone()]].concat();
    // Rows in which only the stored form of the details has the text are read, and left out here.
    let rows: Vec<Row> = sql.rows(&text, [values, patterns, order_values(query, 5 * MOST)].concat()).await?;
    let mut out = Vec::new();
    for row in rows {
        let details: Map<String, Value> = serde_json::from_str(&row.details).unwrap_or_default();
        let told = |name: &str| details.get(name).and_then(Value::as_str);
        let (description, sha1) = (told("description"), told("sha1"));
        let fields = [
            Some(row.uuid.as_str()),
            row.group_name.as_deref(),
            Some(&row.name),
            row.version.as_deref(),
            description,
        ];
        let hashes = details.iter().any(|(_, value)| value.as_str() == Some(wanted.as_str()));
        if hashes || fields.into_iter().flatten().any(|text| text.to_lowercase().contains(&wanted)) {
            out.push(hit(&[
                ("uuid", Some(&row.uuid)),
                ("group", row.group_name.as_deref()),
                ("name", Some(&row.name)),
                ("version", row.version.as_deref()),
                ("description", description),
                ("sha1", sha1),
            ]));
        }
        if out.len() == MOST {
            break;
        }
    }
    Ok(out)
}

async fn services(sql: &impl Sql, scope: &Scope, query: &str) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        group_name: Option<String>,
        name: String,
        version: Option<String>,
        description: Option<String>,
        details: String,
    }
    let (visible, values) = scope.condition("s.project_id");
    let text = format!(
        "SELECT s.uuid, s.group_name, s.name, s.version, s.description, s.details FROM service s \
         WHERE {visible} AND ({}){}",
        any(&["s.name", "s.group_name", "s.version", "s.description"]),
        order("s.name")
    );
    let patterns = vec![like(query).into(); 4];
    let rows: Vec<Row> = sql.rows(&text, [values, patterns, order_values(query, MOST)].concat()).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let details: Value = serde_json::from_str(&row.details).unwrap_or_default();
            hit(&[
                ("uuid", Some(&row.uuid)),
                ("group", row.group_name.as_deref()),
                ("name", Some(&row.name)),
                ("version", row.version.as_deref()),
                ("url", details.pointer("/endpoints/0").and_then(Value::as_str)),
                ("description", row.description.as_deref()),
            ])
        })
        .collect())
}

async fn vulnerabilities(sql: &impl Sql, query: &str) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        vuln_id: String,
        source: String,
        description: Option<String>,
    }
    let text = format!(
        "SELECT v.uuid, v.vuln_id, v.source, v.description FROM vulnerability v WHERE {}{}",
        any(&["v.vuln_id", "v.description"]),
        order("v.vuln_id")
    );
    let patterns = vec![like(query).into(); 2];
    let rows: Vec<Row> = sql.rows(&text, [patterns, order_values(query, MOST)].concat()).await?;
    Ok(rows
        .iter()
        .map(|row| {
            hit(&[
                ("uuid", Some(&row.uuid)),
                ("vulnId", Some(&row.vuln_id)),
                ("source", Some(&row.source)),
                ("description", row.description.as_deref()),
            ])
        })
        .collect())
}

async fn licences(sql: &impl Sql, query: &str) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        license_id: String,
        name: String,
    }
    let text = format!(
        "SELECT l.uuid, l.license_id, l.name FROM license l WHERE {}{}",
        any(&["l.license_id", "l.name"]),
        order("l.license_id")
    );
    let patterns = vec![like(query).into(); 2];
    let rows: Vec<Row> = sql.rows(&text, [patterns, order_values(query, MOST)].concat()).await?;
    Ok(rows
        .iter()
        .map(|row| {
            hit(&[("uuid", Some(&row.uuid)), ("licenseId", Some(&row.license_id)), ("name", Some(&row.name))])
        })
        .collect())
}

/// The criteria of products that are affected themselves.
fn affected(configuration: &Configuration) -> Vec<&Criterion> {
    let own = configuration.criteria.iter().filter(|criterion| !criterion.platform);
    own.chain(configuration.nodes.iter().flat_map(affected)).collect()
}

/// The affected products of stored configurations that are wanted, each name once.
fn software(specs: &[String], wanted: impl Fn(&Criterion) -> bool) -> Result<Vec<Value>> {
    let mut names: Vec<cpe::Name> = Vec::new();
    let mut seen: HashSet<cpe::Name> = HashSet::new();
    for spec in specs {
        let configuration: Configuration = serde_json::from_str(spec).map_err(storage::Error::Json)?;
        for criterion in affected(&configuration).into_iter().filter(|criterion| wanted(criterion)) {
            if names.len() < MOST && seen.insert(criterion.name.clone()) {
                names.push(criterion.name.clone());
            }
        }
    }
    Ok(names
        .iter()
        .map(|name| {
            let full = name.to_string();
            // A name has no row of its own: its uuid follows from it.
            let uuid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, full.as_bytes()).to_string();
            let part = |at: usize| full.split(':').nth(at);
            hit(&[
                ("uuid", Some(&uuid)),
                ("cpe22", Some(&name.to_uri())),
                ("cpe23", Some(&full)),
                ("vendor", part(3)),
                ("product", part(4)),
                ("version", part(5)),
            ])
        })
        .collect())
}

/// Affected software with the vendor and product of a CPE name.
pub(super) async fn by_cpe(sql: &impl Sql, text: &str) -> Result<Vec<Value>> {
    let Ok(name) = cpe::Name::parse(text) else { return Ok(Vec::new()) };
    let key = product_key(name.key());
    let sql_text =
        "SELECT spec FROM affected_package WHERE ecosystem = ? AND name = ? ORDER BY id LIMIT 5000";
    let specs: Vec<String> = sql.column(sql_text, params![CPE, key]).await?;
    software(&specs, |criterion| criterion.name.key() == name.key())
}
