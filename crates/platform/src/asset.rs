//! Assets: what a company owns and issues belong to.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params, sql::like};

use crate::{Error, Result};

/// An asset.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Asset {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub company_id: i64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Where it runs.
    pub url: Option<String>,
    /// Where its source is.
    pub repo_url: Option<String>,
    /// `LOW`, `MEDIUM`, `HIGH`, when somebody said so.
    pub business_impact: Option<String>,
    /// `INTERNAL` or `INTERNET_FACING`, when somebody said so.
    pub exploitability: Option<String>,
    /// JSON list of words.
    pub data_classification: String,
    /// JSON list of words.
    pub technologies: String,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// Open issues by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// Critical ones.
    pub critical: i64,
    /// High ones.
    pub high: i64,
    /// Medium ones.
    pub medium: i64,
    /// Low ones.
    pub low: i64,
    /// Those that only notify.
    pub notification: i64,
}

/// What can be set of an asset; none leaves it as it is.
#[derive(Debug, Default, Clone)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Where it runs.
    pub url: Option<String>,
    /// Where its source is.
    pub repo_url: Option<String>,
    /// How bad it would be.
    pub business_impact: Option<String>,
    /// Who can reach it.
    pub exploitability: Option<String>,
    /// What data it holds.
    pub data_classification: Option<Vec<String>>,
    /// What it is made with.
    pub technologies: Option<Vec<String>>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
}

const COLUMNS: &str = "a.id, a.company_id, a.name, a.description, a.url, a.repo_url, a.business_impact, \
     a.exploitability, a.data_classification, a.technologies, a.created_at, a.updated_at";

/// The statuses that count as open.
pub(crate) const OPEN: &str = "('CREATED', 'IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION')";

impl Asset {
    /// Risk from 0 to 99 by the highest severity among open issues; none until business impact,
    /// exposure and data are known (platform rules, "Risk score of an asset").
    pub fn risk_score(&self, open: &Open) -> Option<f64> {
        let impact: f64 = match self.business_impact.as_deref()? {
            "LOW" => 1.0,
            "MEDIUM" => 2.0,
            _ => 3.0,
        };
        let exposure = if self.exploitability.as_deref()? == "INTERNET_FACING" { 2.0 } else { 1.0 };
        let classes: Vec<String> = serde_json::from_str(&self.data_classification).unwrap_or_default();
        if classes.is_empty() {
            return None;
        }
        let sensitive = if classes.iter().any(|class| class != "NON_SENSITIVE") { 1.0 } else { 0.0 };
        let threat = match open {
            o if o.critical > 0 => 10.0,
            o if o.high > 0 => 9.0,
            o if o.medium > 0 => 6.0,
            o if o.low > 0 => 3.0,
            _ => 0.0,
        };
        let score: f64 =
            0.99 * (50.0 * (impact / 3.0) + 15.0 * (threat / 10.0) + 10.0 * exposure + 15.0 * sensitive);
        Some((score * 100.0).round() / 100.0)
    }
}

/// The asset, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Asset>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM asset a WHERE a.company_id IN ({list}) AND a.id = ?"), values)
        .await?)
}

/// The assets with these ids.
pub async fn by_ids(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Asset>> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    Ok(sql
        .rows(&format!("SELECT {COLUMNS} FROM asset a WHERE a.id IN ({})", marks(ids.len())), values)
        .await?)
}

/// Which assets to list.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Part of the name.
    pub search: Option<String>,
    /// The exact name.
    pub name: Option<String>,
    /// One of these business impacts.
    pub business_impact: Vec<String>,
    /// One of these tags.
    pub tags: Vec<String>,
    /// The address of the source.
    pub repo_url: Option<String>,
    /// `updated_at`, `name`, `business_impact`; else the newest first.
    pub sort: Option<String>,
    /// Descending.
    pub descending: bool,
}

/// A page of a company's assets and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Asset>, i64)> {
    let mut conditions = vec!["a.company_id = ?".to_owned()];
    let mut values = params![company];
    if let Some(search) = filter.search.as_deref().filter(|text| !text.trim().is_empty()) {
        conditions.push("lower(a.name) LIKE ? ESCAPE '\\'".to_owned());
        values.push(like(search.trim()).into());
    }
    for (column, value) in [("a.name", &filter.name), ("a.repo_url", &filter.repo_url)] {
        if let Some(value) = value {
            conditions.push(format!("{column} = ?"));
            values.push(value.as_str().into());
        }
    }
    if !filter.business_impact.is_empty() {
        conditions.push(format!("a.business_impact IN ({})", marks(filter.business_impact.len())));
        values.extend(filter.business_impact.iter().map(|word| word.as_str().into()));
    }
    if !filter.tags.is_empty() {
        let list = marks(filter.tags.len());
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM asset_tag t WHERE t.asset_id = a.id AND t.name IN ({list}))"
        ));
        values.extend(filter.tags.iter().map(|tag| tag.as_str().into()));
    }
    let conditions = conditions.join(" AND ");
    let count =
        sql.count(&format!("SELECT count(*) FROM asset a WHERE {conditions}"), values.clone()).await?;
    let direction = if filter.descending { "DESC" } else { "ASC" };
    let order = match filter.sort.as_deref() {
        Some("name") => format!("lower(a.name) {direction}"),
        Some("updated_at") => format!("a.updated_at {direction}"),
        Some("business_impact") => format!(
            "CASE a.business_impact WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 1 ELSE 0 END {direction}"
        ),
        _ => "lower(a.name) ASC".to_owned(),
    };
    values.extend(params![limit, offset]);
    let rows = sql
        .rows(
            &format!(
                "SELECT {COLUMNS} FROM asset a WHERE {conditions} ORDER BY {order}, a.id LIMIT ? OFFSET ?"
            ),
            values,
        )
        .await?;
    Ok((rows, count))
}

/// Open issues by severity, of these assets.
pub async fn open_issues(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Open>> {
    #[derive(FromQueryResult)]
    struct Row {
        asset_id: i64,
        severity: String,
        n: i64,
    }
    let values = ids.iter().map(|id| (*id).into()).collect();
    let rows: Vec<Row> = sql
        .rows(
            &format!(
                "SELECT asset_id, severity, count(*) AS n FROM issue WHERE asset_id IN ({}) AND status IN {OPEN} \
                 GROUP BY asset_id, severity",
                marks(ids.len())
            ),
            values,
        )
        .await?;
    let mut out: HashMap<i64, Open> = HashMap::new();
    for row in rows {
        let open = out.entry(row.asset_id).or_default();
        match row.severity.as_str() {
            "CRITICAL" => open.critical = row.n,
            "HIGH" => open.high = row.n,
            "MEDIUM" => open.medium = row.n,
            "LOW" => open.low = row.n,
            _ => open.notification = row.n,
        }
    }
    Ok(out)
}

/// The tags of these assets.
pub async fn tags(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        asset_id: i64,
        name: String,
    }
    let values = ids.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT asset_id, name FROM asset_tag WHERE asset_id IN ({}) ORDER BY name",
        marks(ids.len())
    );
    let mut out: HashMap<i64, Vec<String>> = HashMap::new();
    for row in sql.rows::<Row>(&text, values).await? {
        out.entry(row.asset_id).or_default().push(row.name);
    }
    Ok(out)
}

/// Makes an asset; its id.
pub async fn create(tx: &Tx, company: i64, change: &Change) -> Result<i64> {
    let name = change.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Error::invalid("name", "an asset needs a name"))?;
    let now = now_ms();
    let id = tx
        .insert(
            "asset",
            &[
                ("company_id", company.into()),
                ("name", name.into()),
                ("data_classification", "[]".into()),
                ("technologies", "[]".into()),
                ("created_at", now.into()),
                ("updated_at", now.into()),
            ],
        )
        .await?;
    update(tx, id, change).await?;
    Ok(id)
}

/// Changes what is given of an asset.
pub async fn update(tx: &Tx, id: i64, change: &Change) -> Result<()> {
    let mut row: Vec<(&str, Value)> = vec![("updated_at", now_ms().into())];
    let texts = [
        ("name", &change.name),
        ("description", &change.description),
        ("url", &change.url),
        ("repo_url", &change.repo_url),
        ("business_impact", &change.business_impact),
        ("exploitability", &change.exploitability),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            row.push((column, value.trim().to_owned().into()));
        }
    }
    let lists =
        [("data_classification", &change.data_classification), ("technologies", &change.technologies)];
    for (column, list) in lists {
        if let Some(list) = list {
            row.push((column, serde_json::Value::from(list.clone()).to_string().into()));
        }
    }
    tx.update("asset", id, &row).await?;
    if let Some(tags) = &change.tags {
        tx.execute("DELETE FROM asset_tag WHERE asset_id = ?", params![id]).await?;
        let rows = tags.iter().map(|tag| params![id, tag.trim().to_owned()]).collect();
        tx.insert_many("asset_tag", &["asset_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    }
    Ok(())
}

/// Removes assets with their issues.
pub async fn delete(tx: &Tx, ids: &[i64]) -> Result<()> {
    let values = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&format!("DELETE FROM asset WHERE id IN ({})", marks(ids.len())), values).await?;
    Ok(())
}
