//! Queries over licences.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, marks, params};

use super::{COLUMNS, License, spdx_list};
use crate::server::Result;

pub(super) async fn by_license_id(sql: &impl Sql, id: &str) -> Result<Option<License>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM license l WHERE l.license_id = ?"), params![id]).await?)
}

/// The licence with this uuid.
pub(crate) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<License>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM license l WHERE l.uuid = ?"), params![uuid]).await?)
}

/// The groups `{name, riskWeight, uuid}` of these licences, by licence.
pub(super) async fn groups(sql: &impl Sql, licences: &[License]) -> Result<HashMap<i64, Vec<Value>>> {
    #[derive(FromQueryResult)]
    struct Row {
        license_id: i64,
        uuid: String,
        name: String,
        risk_weight: i64,
    }
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    for chunk in licences.chunks(1_000) {
        let text = format!(
            "SELECT m.license_id, g.uuid, g.name, g.risk_weight FROM license_group_license m \
             JOIN license_group g ON g.id = m.group_id WHERE m.license_id IN ({}) ORDER BY g.name",
            marks(chunk.len())
        );
        let ids = chunk.iter().map(|licence| licence.id.into()).collect();
        for row in sql.rows::<Row>(&text, ids).await? {
            let group = json!({ "name": row.name, "riskWeight": row.risk_weight, "uuid": row.uuid });
            out.entry(row.license_id).or_default().push(group);
        }
    }
    Ok(out)
}

/// The licences that somebody defined, by id and by name.
#[derive(Debug, Default)]
pub(crate) struct Custom(HashMap<String, String>);

impl Custom {
    /// The id of the licence that a text (an id or a name, as documents and people write it) means:
    /// one of the SPDX list in whatever case, or one of one's own exactly.
    pub(crate) fn resolve(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let listed = sbom::licence_by_id(text).or_else(|| sbom::licence_by_name(text));
        listed.map(|licence| licence.id.to_owned()).or_else(|| self.0.get(text).cloned())
    }

    /// Whether a text is the id or the name of a licence that somebody defined.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0.contains_key(text.trim())
    }
}

/// Reads the licences that somebody defined: there are few.
pub(crate) async fn custom(sql: &impl Sql) -> Result<Custom> {
    #[derive(FromQueryResult)]
    struct Row {
        license_id: String,
        name: String,
    }
    let rows: Vec<Row> =
        sql.rows("SELECT license_id, name FROM license WHERE is_custom ORDER BY id DESC", params![]).await?;
    let mut out = HashMap::new();
    for row in &rows {
        out.insert(row.name.clone(), row.license_id.clone());
    }
    out.extend(rows.into_iter().map(|row| (row.license_id.clone(), row.license_id)));
    Ok(Custom(out))
}

/// A licence by its id, with its texts and groups.
pub(crate) async fn full(sql: &impl Sql, id: &str) -> Result<Option<Value>> {
    let Some(licence) = by_license_id(sql, id).await? else { return Ok(None) };
    let groups = groups(sql, std::slice::from_ref(&licence)).await?.remove(&licence.id);
    Ok(Some(licence.full(groups.unwrap_or_default())))
}

/// Licences by their ids, as components show them. Unknown ids are left out.
pub(crate) async fn shown(
    sql: &impl Sql,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Value>> {
    let ids: HashSet<&str> = ids.into_iter().collect();
    let mut out = HashMap::new();
    let mut others: Vec<&str> = Vec::new();
    for id in ids {
        let Some(known) = sbom::licence_by_id(id).filter(|known| known.id == id) else {
            others.push(id);
            continue;
        };
        let licence = License {
            id: 0,
            uuid: spdx_list::uuid(id),
            license_id: id.to_owned(),
            name: known.name.to_owned(),
            is_osi_approved: known.is_osi_approved,
            is_fsf_libre: known.is_fsf_libre,
            is_deprecated: known.is_deprecated,
            is_custom: false,
            details: String::new(),
        };
        out.insert(id.to_owned(), Value::Object(licence.short()));
    }
    for chunk in others.chunks(500) {
        let text = format!("SELECT {COLUMNS} FROM license l WHERE l.license_id IN ({})", marks(chunk.len()));
        let values = chunk.iter().map(|id| (*id).into()).collect();
        for licence in sql.rows::<License>(&text, values).await? {
            out.insert(licence.license_id.clone(), Value::Object(licence.short()));
        }
    }
    Ok(out)
}
