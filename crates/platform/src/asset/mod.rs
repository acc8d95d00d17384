//! Assets: what a company owns and issues belong to.

pub(crate) mod component;
pub(crate) mod risk;
pub(crate) mod sbom;

pub use component::{ComponentFilter, Listed, TopComponent, top_components};
pub use risk::{Score, history};

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
    /// Whether somebody unwanted is in its environment.
    pub environment_compromised: bool,
    /// The branch it is built from.
    pub branch_name: Option<String>,
    /// What kind of thing it is, in the words of the API.
    pub asset_type: Option<String>,
    /// For whom it is.
    pub audience: Option<String>,
    /// How it is built.
    pub architecture_type: Option<String>,
    /// How much it matters, in older words.
    pub criticity: Option<String>,
    /// How it is developed.
    pub development_model: Option<String>,
    /// By whom.
    pub development_team: Option<String>,
    /// Where it runs, a JSON list of words.
    pub environment: Option<String>,
    /// Where in its life it is.
    pub life_cycle: Option<String>,
    /// How it is scanned.
    pub scan_type: Option<String>,
    /// 0 to 99; none until it is parametrized.
    pub risk_score: Option<f64>,
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

impl Open {
    /// Counts `n` more of a severity.
    pub(crate) fn add(&mut self, severity: &str, n: i64) {
        match severity {
            "CRITICAL" => self.critical += n,
            "HIGH" => self.high += n,
            "MEDIUM" => self.medium += n,
            "LOW" => self.low += n,
            _ => self.notification += n,
        }
    }
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
    /// Whether somebody unwanted is in its environment.
    pub environment_compromised: Option<bool>,
    /// The teams that answer for it.
    pub teams: Option<Vec<i64>>,
    /// Where it runs.
    pub environment: Option<Vec<String>>,
    /// Columns of plain words: `branch_name`, `asset_type`, `audience` …
    pub words: Vec<(&'static str, String)>,
}

const COLUMNS: &str = "a.id, a.company_id, a.name, a.description, a.url, a.repo_url, a.business_impact, \
     a.exploitability, a.data_classification, a.technologies, a.environment_compromised, a.branch_name, \
     a.asset_type, a.audience, a.architecture_type, a.criticity, a.development_model, a.development_team, \
     a.environment, a.life_cycle, a.scan_type, a.risk_score, a.created_at, a.updated_at";

/// The statuses that count as open.
pub(crate) const OPEN: &str = "('CREATED', 'IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION')";

/// What identifies a component: canonical purl; without one the CPE; else group, name and version.
pub(crate) fn component_key(
    purl: Option<&str>,
    cpe: Option<&str>,
    group: Option<&str>,
    name: &str,
    version: Option<&str>,
) -> String {
    match (purl, cpe) {
        (Some(purl), _) => advisories::canonical_purl(purl).unwrap_or_else(|_| purl.to_owned()),
        (None, Some(cpe)) => cpe.to_owned(),
        (None, None) => format!("{}:{name}:{}", group.unwrap_or_default(), version.unwrap_or_default()),
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

/// Which assets to list; an empty list does not limit.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Part of the name.
    pub search: Option<String>,
    /// The exact name.
    pub name: Option<String>,
    /// The address of the source.
    pub repo_url: Option<String>,
    /// Columns with one of these words: `business_impact`, `exploitability`, `asset_type` …
    pub words: Vec<(&'static str, Vec<String>)>,
    /// One of these classes of data.
    pub data_classification: Vec<String>,
    /// One of these technologies.
    pub technologies: Vec<String>,
    /// One of these tags.
    pub tags: Vec<String>,
    /// One of these teams.
    pub teams: Vec<i64>,
    /// One of these highest severities of open issues.
    pub threats: Vec<String>,
    /// Whether the environment is compromised.
    pub environment_compromised: Option<bool>,
    /// Whether a scanner is connected.
    pub covered_by_scan: Option<bool>,
    /// Made, and changed, at or after and at or before (epoch milliseconds).
    pub created: (Option<i64>, Option<i64>),
    /// As `created`.
    pub updated: (Option<i64>, Option<i64>),
    /// `updated_at`, `name`, `business_impact`, `risk_score`; else by name.
    pub sort: Option<String>,
    /// Descending.
    pub descending: bool,
}

fn conditions(company: i64, filter: &Filter) -> (String, Vec<Value>) {
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
    for (column, words) in filter.words.iter().filter(|(_, words)| !words.is_empty()) {
        conditions.push(format!("a.{column} IN ({})", marks(words.len())));
        values.extend(words.iter().map(|word| word.as_str().into()));
    }
    for (column, words) in
        [("data_classification", &filter.data_classification), ("technologies", &filter.technologies)]
    {
        if !words.is_empty() {
            // JSON lists of short words: a word with its quotes is found as it is.
            let one = format!("lower(a.{column}) LIKE ? ESCAPE '\\'");
            conditions.push(format!("({})", vec![one.as_str(); words.len()].join(" OR ")));
            values.extend(
                words.iter().map(|word| like(&serde_json::Value::from(word.as_str()).to_string()).into()),
            );
        }
    }
    if !filter.tags.is_empty() {
        let list = marks(filter.tags.len());
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM asset_tag t WHERE t.asset_id = a.id AND t.name IN ({list}))"
        ));
        values.extend(filter.tags.iter().map(|tag| tag.as_str().into()));
    }
    if !filter.teams.is_empty() {
        let list = marks(filter.teams.len());
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM asset_team t WHERE t.asset_id = a.id AND t.team_id IN ({list}))"
        ));
        values.extend(filter.teams.iter().map(|team| Value::from(*team)));
    }
    if !filter.threats.is_empty() {
        let list = marks(filter.threats.len());
        conditions.push(format!("COALESCE({}, 'NONE') IN ({list})", risk::HIGHEST));
        values.extend(filter.threats.iter().map(|word| word.as_str().into()));
    }
    if let Some(compromised) = filter.environment_compromised {
        conditions.push("a.environment_compromised = ?".to_owned());
        values.push(compromised.into());
    }
    if let Some(covered) = filter.covered_by_scan {
        let not = if covered { "" } else { "NOT " };
        conditions.push(format!("{not}EXISTS (SELECT 1 FROM asset_link l WHERE l.asset_id = a.id)"));
    }
    for (column, (from, to)) in [("created_at", filter.created), ("updated_at", filter.updated)] {
        for (sign, at) in [(">=", from), ("<=", to)] {
            if let Some(at) = at {
                conditions.push(format!("a.{column} {sign} ?"));
                values.push(at.into());
            }
        }
    }
    (conditions.join(" AND "), values)
}

/// A page of a company's assets and how many there are.
pub async fn list(
    sql: &impl Sql,
    company: i64,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Asset>, i64)> {
    let (conditions, mut values) = conditions(company, filter);
    let count =
        sql.count(&format!("SELECT count(*) FROM asset a WHERE {conditions}"), values.clone()).await?;
    let direction = if filter.descending { "DESC" } else { "ASC" };
    let order = match filter.sort.as_deref() {
        Some("name") => format!("lower(a.name) {direction}"),
        Some("updated_at") => format!("a.updated_at {direction}"),
        Some("business_impact") => format!(
            "CASE a.business_impact WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 1 ELSE 0 END {direction}"
        ),
        // Those without a score come last, whichever way.
        Some("risk_score") => format!("a.risk_score IS NULL, a.risk_score {direction}, lower(a.name)"),
        _ => "a.risk_score IS NULL, a.risk_score DESC, lower(a.name)".to_owned(),
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

/// A page of the tags of a company, and how many there are.
pub async fn tags_of_company(
    sql: &impl Sql,
    company: i64,
    part: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<String>, i64)> {
    let from = "FROM (SELECT DISTINCT t.name AS name FROM asset_tag t JOIN asset a ON a.id = t.asset_id \
         WHERE a.company_id = ? AND lower(t.name) LIKE ? ESCAPE '\\') d";
    let values = params![company, like(part)];
    let count = sql.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let text = format!("SELECT d.name {from} ORDER BY lower(d.name), d.name LIMIT ? OFFSET ?");
    Ok((sql.column(&text, [values, params![limit, offset]].concat()).await?, count))
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
        out.entry(row.asset_id).or_default().add(&row.severity, row.n);
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
///
/// # Errors
/// [`Error::Invalid`] without a name or with an unknown team.
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
    update(tx, company, id, change).await?;
    Ok(id)
}

/// Changes what is given of an asset; deadlines and the risk score follow.
///
/// # Errors
/// [`Error::Invalid`] with an empty name or an unknown team.
pub async fn update(tx: &Tx, company: i64, id: i64, change: &Change) -> Result<()> {
    if change.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Error::invalid("name", "an asset needs a name"));
    }
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
    let lists = [
        ("data_classification", &change.data_classification),
        ("technologies", &change.technologies),
        ("environment", &change.environment),
    ];
    for (column, list) in lists {
        if let Some(list) = list {
            row.push((column, serde_json::Value::from(list.clone()).to_string().into()));
        }
    }
    if let Some(compromised) = change.environment_compromised {
        row.push(("environment_compromised", compromised.into()));
    }
    row.extend(change.words.iter().map(|(column, word)| (*column, Value::from(word.trim().to_owned()))));
    tx.update("asset", id, &row).await?;
    if let Some(tags) = &change.tags {
        tx.execute("DELETE FROM asset_tag WHERE asset_id = ?", params![id]).await?;
        let tags = tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty());
        let rows = tags.map(|tag| params![id, tag.to_owned()]).collect();
        tx.insert_many("asset_tag", &["asset_id", "name"], rows, "ON CONFLICT DO NOTHING").await?;
    }
    if let Some(teams) = &change.teams {
        for team in teams {
            if crate::company::team_by_id(tx, &[company], *team).await?.is_none() {
                return Err(Error::invalid("teamIds", format!("{team} is no team of this company")));
            }
        }
        tx.execute("DELETE FROM asset_team WHERE asset_id = ?", params![id]).await?;
        let rows = teams.iter().map(|team| params![id, *team]).collect();
        tx.insert_many("asset_team", &["asset_id", "team_id"], rows, "ON CONFLICT DO NOTHING").await?;
    }
    if change.business_impact.is_some() {
        crate::sla::set_deadlines(tx, "issue.asset_id = ?", params![id]).await?;
    }
    risk::refresh(tx, &[id]).await
}

/// Removes assets with their issues; what still waited to be told about them is not told any more.
pub async fn delete(tx: &Tx, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(500) {
        let list = marks(chunk.len());
        let values: Vec<Value> = chunk.iter().map(|id| (*id).into()).collect();
        let issues: Vec<i64> =
            tx.column(&format!("SELECT id FROM issue WHERE asset_id IN ({list})"), values.clone()).await?;
        crate::push::forget(tx, &issues).await?;
        tx.execute(&format!("DELETE FROM gate_policy WHERE asset_id IN ({list})"), values.clone()).await?;
        tx.execute(&format!("DELETE FROM asset WHERE id IN ({list})"), values).await?;
    }
    Ok(())
}
