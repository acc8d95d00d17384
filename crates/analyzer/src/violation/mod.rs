//! Violations of policies, and what people decide about them (behaviour reference §7.6, §8.7).

mod analysis;
mod api;

pub(crate) use api::SCHEMAS;

use sea_orm::FromQueryResult;
use storage::{Sql, marks};

use crate::notification;
use crate::server::{Result, Route};

pub(crate) fn routes() -> Vec<Route> {
    [api::routes(), analysis::routes()].into_iter().flatten().collect()
}

/// A stored violation.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Violation {
    pub id: i64,
    pub uuid: String,
    pub component_id: i64,
    pub condition_id: i64,
    pub kind: String,
    pub at: i64,
}

pub(crate) const COLUMNS: &str = "b.id, b.uuid, b.component_id, b.condition_id, b.kind, b.at";

/// Violations as notifications tell of them, in order.
pub(crate) async fn told(sql: &impl Sql, ids: &[i64]) -> Result<Vec<notification::Violation>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        component_id: i64,
        kind: String,
        at: i64,
        condition_uuid: String,
        subject: String,
        operator: String,
        value: String,
        policy_uuid: String,
        policy_name: String,
        policy_state: String,
    }
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let text = format!(
            "SELECT b.uuid, b.component_id, b.kind, b.at, d.uuid AS condition_uuid, d.subject, d.operator, d.value, \
             y.uuid AS policy_uuid, y.name AS policy_name, y.violation_state AS policy_state \
             FROM policy_violation b JOIN policy_condition d ON d.id = b.condition_id \
             JOIN policy y ON y.id = d.policy_id WHERE b.id IN ({}) ORDER BY b.id",
            marks(chunk.len())
        );
        let rows: Vec<Row> = sql.rows(&text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        out.extend(rows.into_iter().map(|row| notification::Violation {
            uuid: row.uuid,
            component_id: row.component_id,
            kind: row.kind,
            at: row.at,
            condition_uuid: row.condition_uuid,
            subject: row.subject,
            operator: row.operator,
            value: row.value,
            policy_uuid: row.policy_uuid,
            policy_name: row.policy_name,
            policy_state: row.policy_state,
        }));
    }
    Ok(out)
}
