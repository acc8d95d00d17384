//! The SBOM of an asset: its components with their licences, flaws and open issues.

use std::collections::{BTreeSet, HashMap};

use sea_orm::FromQueryResult;
use storage::{Db, Sql, Value, marks, now_ms, params, sql::like};

use super::{OPEN, Open, component_key};
use crate::Result;
use crate::connector::Component;

/// A component of an asset.
#[derive(Debug, Clone, FromQueryResult)]
struct Row {
    id: i64,
    asset_id: i64,
    component_key: String,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    package_manager: Option<String>,
    license: Option<String>,
    created_at: i64,
    updated_at: i64,
}

/// A component as it is listed.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// Of which asset.
    pub asset_id: i64,
    /// Its name, with its group.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its package URL.
    pub purl: Option<String>,
    /// The type of its package URL: `npm`, `pypi` …
    pub package_manager: Option<String>,
    /// Its licence.
    pub license: Option<String>,
    /// The ids of its known flaws.
    pub cves: Vec<String>,
    /// Its open issues.
    pub open: Open,
    /// When it was first seen (epoch milliseconds).
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// Which components to list.
#[derive(Debug, Default, Clone)]
pub struct ComponentFilter {
    /// Of this asset.
    pub asset: Option<i64>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the asset's name.
    pub asset_name: Option<String>,
    /// Of assets with one of these tags.
    pub tags: Vec<String>,
    /// Part of the licence.
    pub license: Option<String>,
    /// The package manager.
    pub package_manager: Option<String>,
    /// Only those with open issues.
    pub vulnerable: bool,
}

fn package_manager(purl: Option<&str>) -> Option<String> {
    let kind = purl?.strip_prefix("pkg:")?.split('/').next()?;
    Some(kind.to_lowercase())
}

/// Makes the components of an asset these; what is as it was is not written.
pub(crate) async fn replace(db: &Db, asset: i64, components: &[Component]) -> Result<()> {
    let present: Vec<Row> = db
        .rows(
            "SELECT id, asset_id, component_key, name, version, purl, package_manager, license, created_at, updated_at \
             FROM asset_component WHERE asset_id = ?",
            params![asset],
        )
        .await?;
    let mut gone: HashMap<String, Row> =
        present.into_iter().map(|row| (row.component_key.clone(), row)).collect();
    let mut seen = BTreeSet::new();
    let now = now_ms();
    let mut rows = Vec::new();
    for component in components {
        let purl = component.purl.as_deref();
        let version = component.version.as_deref();
        let key = component_key(
            purl,
            component.cpe.as_deref(),
            component.group.as_deref(),
            &component.name,
            version,
        );
        if !seen.insert(key.clone()) {
            continue;
        }
        let before = gone.remove(&key);
        if before.is_some_and(|row| row.license == component.license && row.version == component.version) {
            continue;
        }
        let name = match &component.group {
            Some(group) => format!("{group}/{}", component.name),
            None => component.name.clone(),
        };
        rows.push(params![
            asset,
            key,
            name,
            component.version.clone(),
            component.purl.clone(),
            package_manager(purl),
            component.license.clone(),
            now,
            now
        ]);
    }
    if rows.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let tx = db.begin().await?;
    let gone: Vec<i64> = gone.into_values().map(|row| row.id).collect();
    for chunk in gone.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        tx.execute(&format!("DELETE FROM asset_component WHERE id IN ({})", marks(chunk.len())), values)
            .await?;
    }
    let columns = [
        "asset_id",
        "component_key",
        "name",
        "version",
        "purl",
        "package_manager",
        "license",
        "created_at",
        "updated_at",
    ];
    let tail = "ON CONFLICT (asset_id, component_key) DO UPDATE SET license = excluded.license, \
         version = excluded.version, updated_at = excluded.updated_at";
    tx.insert_many("asset_component", &columns, rows, tail).await?;
    Ok(tx.commit().await?)
}

fn conditions(company: i64, filter: &ComponentFilter) -> (String, Vec<Value>) {
    let mut conditions = vec!["a.company_id = ?".to_owned()];
    let mut values = params![company];
    if let Some(asset) = filter.asset {
        conditions.push("c.asset_id = ?".to_owned());
        values.push(asset.into());
    }
    let texts = [
        ("c.name", &filter.name),
        ("a.name", &filter.asset_name),
        ("COALESCE(c.license, '')", &filter.license),
    ];
    for (column, text) in texts {
        if let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            conditions.push(format!("lower({column}) LIKE ? ESCAPE '\\'"));
            values.push(like(text).into());
        }
    }
    if let Some(manager) = &filter.package_manager {
        conditions.push("c.package_manager = ?".to_owned());
        values.push(manager.to_lowercase().into());
    }
    if !filter.tags.is_empty() {
        let list = marks(filter.tags.len());
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM asset_tag t WHERE t.asset_id = a.id AND t.name IN ({list}))"
        ));
        values.extend(filter.tags.iter().map(|tag| tag.as_str().into()));
    }
    if filter.vulnerable {
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM issue i WHERE i.asset_id = c.asset_id AND i.component_key = c.component_key \
             AND i.status IN {OPEN})"
        ));
    }
    (conditions.join(" AND "), values)
}

/// A page of components by name, and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &ComponentFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Listed>, i64)> {
    #[derive(FromQueryResult)]
    struct Flaw {
        asset_id: i64,
        component_key: String,
        vulnerability_key: String,
        severity: String,
        status: String,
    }
    let (conditions, mut values) = conditions(company, filter);
    let from = format!("FROM asset_component c JOIN asset a ON a.id = c.asset_id WHERE {conditions}");
    let count = sql.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    values.extend(params![limit, offset]);
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT c.id, c.asset_id, c.component_key, c.name, c.version, c.purl, c.package_manager, c.license, \
                 c.created_at, c.updated_at {from} ORDER BY lower(c.name), c.version, c.id LIMIT ? OFFSET ?"
            ),
            values,
        )
        .await?;
    let mut values: Vec<Value> = rows.iter().map(|row| row.asset_id.into()).collect();
    values.extend(rows.iter().map(|row| Value::from(row.component_key.clone())));
    let flaws: Vec<Flaw> = sql
        .rows(
            &format!(
                "SELECT asset_id, component_key, vulnerability_key, severity, status FROM issue \
                 WHERE asset_id IN ({}) AND component_key IN ({}) AND status <> 'DRAFT' ORDER BY vulnerability_key",
                marks(rows.len()),
                marks(rows.len())
            ),
            values,
        )
        .await?;
    let mut by_key: HashMap<(i64, String), (Vec<String>, Open)> = HashMap::new();
    for flaw in flaws {
        let known = by_key.entry((flaw.asset_id, flaw.component_key)).or_default();
        if flaw.status != "FIX_ACCEPTED" {
            known.0.push(flaw.vulnerability_key);
        }
        if OPEN.contains(&format!("'{}'", flaw.status)) {
            known.1.add(&flaw.severity, 1);
        }
    }
    let listed = rows
        .into_iter()
        .map(|row| {
            let (cves, open) = by_key.remove(&(row.asset_id, row.component_key)).unwrap_or_default();
            Listed {
                id: row.id,
                asset_id: row.asset_id,
                name: row.name,
                version: row.version,
                purl: row.purl,
                package_manager: row.package_manager,
                license: row.license,
                cves,
                open,
                created_at: row.created_at,
                updated_at: row.updated_at,
            }
        })
        .collect();
    Ok((listed, count))
}

/// A package version with the open issues of all assets that use it.
#[derive(Debug, Clone, Default)]
pub struct TopComponent {
    /// Its name, with its group.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its package URL.
    pub purl: Option<String>,
    /// How many assets have open issues by it.
    pub assets: i64,
    /// Open issues.
    pub open: Open,
}

/// The package versions with the worst open issues of a company.
pub async fn top_components(sql: &impl Sql, company: i64, limit: i64) -> Result<Vec<TopComponent>> {
    #[derive(FromQueryResult)]
    struct Found {
        component_key: String,
        package: String,
        assets: i64,
        critical: i64,
        high: i64,
        medium: i64,
        low: i64,
        notification: i64,
    }
    let of = |severity: &str| format!("sum(CASE WHEN i.severity = '{severity}' THEN 1 ELSE 0 END)");
    let rows: Vec<Found> = sql
        .rows(
            &format!(
                "SELECT i.component_key, max(i.package) AS package, count(DISTINCT i.asset_id) AS assets, \
                 {} AS critical, {} AS high, {} AS medium, {} AS low, {} AS notification FROM issue i \
                 WHERE i.company_id = ? AND i.status IN {OPEN} AND NOT i.manual GROUP BY i.component_key \
                 ORDER BY critical DESC, high DESC, medium DESC, low DESC, i.component_key LIMIT ?",
                of("CRITICAL"),
                of("HIGH"),
                of("MEDIUM"),
                of("LOW"),
                of("NOTIFICATION")
            ),
            params![company, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let purl = Some(row.component_key.clone()).filter(|key| key.starts_with("pkg:"));
            let version = purl.as_deref().and_then(|purl| {
                let tail = purl.split(['?', '#']).next()?.rsplit_once('@')?.1;
                Some(tail.to_owned())
            });
            TopComponent {
                name: row.package,
                version,
                purl,
                assets: row.assets,
                open: Open {
                    critical: row.critical,
                    high: row.high,
                    medium: row.medium,
                    low: row.low,
                    notification: row.notification,
                },
            }
        })
        .collect())
}
