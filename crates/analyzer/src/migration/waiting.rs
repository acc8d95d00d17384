//! Decisions as they are written, and those that wait for a vulnerability that is not known here yet.

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Db, Sql, Tx, params};

use crate::policy;
use crate::server::Result;

/// A decision: state, justification, response, details, suppression, and the trail
/// `[[time, comment, commenter]]`, oldest first.
pub(super) fn decision(
    state: &str,
    justification: &str,
    response: &str,
    details: Option<&str>,
    suppressed: bool,
    mut trail: Vec<Value>,
) -> Value {
    trail.sort_by_key(|one| one.get(0).and_then(Value::as_i64));
    json!({
        "state": state,
        "justification": justification,
        "response": response,
        "details": details,
        "suppressed": suppressed,
        "trail": trail,
    })
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    state: String,
    justification: String,
    response: String,
    details: Option<String>,
    suppressed: bool,
}

#[derive(FromQueryResult)]
struct Comment {
    at: i64,
    comment: String,
    commenter: Option<String>,
}

async fn comments(sql: &impl Sql, analysis: i64) -> Result<Vec<Comment>> {
    let text = "SELECT at, comment, commenter FROM analysis_comment WHERE analysis_id = ? ORDER BY at, id";
    Ok(sql.rows(text, params![analysis]).await?)
}

async fn find(sql: &impl Sql, component: i64, vulnerability: i64) -> Result<Option<Row>> {
    let text = "SELECT id, state, justification, response, details, suppressed FROM analysis \
         WHERE component_id = ? AND vulnerability_id = ?";
    Ok(sql.row(text, params![component, vulnerability]).await?)
}

/// The decision about a finding here.
pub(super) async fn read(sql: &impl Sql, component: i64, vulnerability: i64) -> Result<Option<Value>> {
    let Some(row) = find(sql, component, vulnerability).await? else { return Ok(None) };
    let trail = comments(sql, row.id).await?;
    Ok(Some(decision(
        &row.state,
        &row.justification,
        &row.response,
        row.details.as_deref(),
        row.suppressed,
        trail.into_iter().map(|one| json!([one.at, one.comment, one.commenter])).collect(),
    )))
}

/// Writes a decision; what people said here stays in the trail.
pub(super) async fn write(tx: &Tx, component: i64, vulnerability: i64, decision: &Value) -> Result<()> {
    let word = |name: &str| decision.get(name).and_then(Value::as_str).unwrap_or("NOT_SET").to_owned();
    let details = decision.get("details").and_then(Value::as_str).map(str::to_owned);
    let fields = [
        ("state", word("state").into()),
        ("justification", word("justification").into()),
        ("response", word("response").into()),
        ("details", details.into()),
        ("suppressed", decision.get("suppressed").and_then(Value::as_bool).unwrap_or_default().into()),
        // Policies leave it alone.
        ("by_hand", true.into()),
    ];
    tx.lock(&format!("analysis:{component}:{vulnerability}")).await?;
    let id = match find(tx, component, vulnerability).await? {
        Some(row) => {
            tx.update("analysis", row.id, &fields).await?;
            row.id
        }
        None => {
            let text = "SELECT project_id FROM component WHERE id = ?";
            let Some(project) = tx.scalar::<i64>(text, params![component]).await? else { return Ok(()) };
            let keys = [
                ("project_id", project.into()),
                ("component_id", component.into()),
                ("vulnerability_id", vulnerability.into()),
            ];
            tx.insert("analysis", &[keys.as_slice(), fields.as_slice()].concat()).await?
        }
    };
    let text = "SELECT project_id FROM component WHERE id = ?";
    if let Some(project) = tx.scalar::<i64>(text, params![component]).await? {
        policy::changed(tx, project).await?;
    }
    let present = comments(tx, id).await?;
    let mut rows = Vec::new();
    for one in decision.get("trail").and_then(Value::as_array).into_iter().flatten() {
        let at = one.get(0).and_then(Value::as_i64).unwrap_or_default();
        let comment = one.get(1).and_then(Value::as_str).unwrap_or_default().to_owned();
        let commenter = one.get(2).and_then(Value::as_str).map(str::to_owned);
        let is_there =
            |known: &Comment| known.at == at && known.comment == comment && known.commenter == commenter;
        if !present.iter().any(is_there) {
            rows.push(params![id, at, comment, commenter]);
        }
    }
    tx.insert_many("analysis_comment", &["analysis_id", "at", "comment", "commenter"], rows, "").await?;
    Ok(())
}

/// Applies the decisions whose vulnerabilities have arrived, where nobody decided meanwhile.
pub(crate) async fn apply(db: &Db) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Waiting {
        id: i64,
        component_id: i64,
        vulnerability_id: i64,
        vulnerability_uuid: String,
        decision: String,
    }
    const ARRIVED: &str = "SELECT w.id, w.component_id, v.id AS vulnerability_id, w.vulnerability_uuid, w.decision \
         FROM waiting_analysis w JOIN vulnerability v ON v.source = w.source AND v.vuln_id = w.vuln_id \
         ORDER BY w.id LIMIT 500";
    loop {
        if db.row::<Waiting>(ARRIVED, params![]).await?.is_none() {
            return Ok(());
        }
        let tx = db.begin().await?;
        for row in tx.rows::<Waiting>(ARRIVED, params![]).await? {
            if find(&tx, row.component_id, row.vulnerability_id).await?.is_none() {
                let decision = serde_json::from_str(&row.decision).map_err(storage::Error::Json)?;
                write(&tx, row.component_id, row.vulnerability_id, &decision).await?;
            }
            let taken = "SELECT count(*) FROM vulnerability WHERE uuid = ?";
            if tx.count(taken, params![row.vulnerability_uuid.clone()]).await? == 0 {
                let uuid = [("uuid", row.vulnerability_uuid.into())];
                tx.update("vulnerability", row.vulnerability_id, &uuid).await?;
            }
            tx.execute("DELETE FROM waiting_analysis WHERE id = ?", params![row.id]).await?;
        }
        tx.commit().await?;
    }
}
