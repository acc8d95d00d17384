//! New violations of policies since the last time.

use std::collections::{BTreeMap, HashMap};

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Db, Sql, params};

use super::vulnerability::components;
use super::{Due, MOST_DETAILS, Summary, listed};
use crate::notification::Violation;
use crate::notification::notice::{self, iso};
use crate::server::Result;

#[derive(FromQueryResult)]
struct Count {
    project_id: i64,
    kind: String,
    suppressed: bool,
    n: i64,
}

#[derive(FromQueryResult)]
struct Row {
    uuid: String,
    project_id: i64,
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
    state: Option<String>,
    suppressed: Option<bool>,
}

type ByType = BTreeMap<String, i64>;

/// How many there are by type: new, suppressed, and both.
#[derive(Default)]
struct Tally {
    new: ByType,
    suppressed: ByType,
    total: ByType,
}

impl Tally {
    fn add(&mut self, count: &Count) {
        let list = if count.suppressed { &mut self.suppressed } else { &mut self.new };
        *list.entry(count.kind.clone()).or_default() += count.n;
        *self.total.entry(count.kind.clone()).or_default() += count.n;
    }
}

pub(super) async fn summary(db: &Db, projects: &[i64], due: &Due) -> Result<Summary> {
    let from = format!(
        "FROM policy_violation x JOIN policy_condition t ON t.id = x.condition_id \
         JOIN policy o ON o.id = t.policy_id LEFT JOIN violation_analysis a ON a.violation_id = x.id \
         WHERE x.project_id IN ({}) AND x.at > ?",
        listed(projects)
    );
    let values = params![due.since];
    let text = format!(
        "SELECT x.project_id, x.kind, COALESCE(a.suppressed, FALSE) AS suppressed, count(*) AS n {from} \
         GROUP BY x.project_id, x.kind, COALESCE(a.suppressed, FALSE)"
    );
    let counts: Vec<Count> = db.rows(&text, values.clone()).await?;
    let affected = db.count(&format!("SELECT count(DISTINCT x.component_id) {from}"), values.clone()).await?;
    let text = format!(
        "SELECT x.uuid, x.project_id, x.component_id, x.kind, x.at, \
         t.uuid AS condition_uuid, t.subject, t.operator, t.value, o.uuid AS policy_uuid, \
         o.name AS policy_name, o.violation_state AS policy_state, a.state, a.suppressed \
         {from} ORDER BY x.project_id, x.id LIMIT {MOST_DETAILS}"
    );
    let rows: Vec<Row> = db.rows(&text, values).await?;
    let mut all = Tally::default();
    let mut by_project: BTreeMap<i64, Tally> = BTreeMap::new();
    for count in &counts {
        all.add(count);
        by_project.entry(count.project_id).or_default().add(count);
    }
    let ids: Vec<i64> = by_project.keys().copied().collect();
    let shown = notice::projects(db, &ids).await?;
    let violations = violations(db, rows).await?;
    let mut summaries = Vec::new();
    let mut details = Vec::new();
    for (id, tally) in &by_project {
        let Some((_, project)) = shown.get(id) else { continue };
        summaries.push(json!({ "project": project, "summary": {
            "newViolationsCountByType": tally.new,
            "suppressedNewViolationsCountByType": tally.suppressed,
            "totalNewViolationsCountByType": tally.total,
        }}));
        if let Some(violations) = violations.get(id) {
            details.push(json!({ "project": project, "violations": violations }));
        }
    }
    let sum = |list: &ByType| list.values().sum::<i64>();
    let (new, suppressed, total) = (sum(&all.new), sum(&all.suppressed), sum(&all.total));
    let since = iso(due.since);
    let content = if total == 0 {
        format!("No new policy violations identified since {since}.")
    } else {
        format!(
            "Identified {total} new policy violations across {} project and {affected} components since {since}, \
             of which {suppressed} are suppressed.",
            by_project.len()
        )
    };
    let subject = json!({
        "overview": {
            "affectedProjectsCount": by_project.len(),
            "affectedComponentsCount": affected,
            "newViolationsCount": new,
            "suppressedNewViolationsCount": suppressed,
            "totalNewViolationsCount": total,
        },
        "summary": { "projectSummaries": summaries },
        "details": { "violationsByProject": details },
        "since": since,
    });
    Ok(Summary { is_empty: total == 0, title: "New Policy Violations Summary", content, subject })
}

/// The violations of rows, by project.
async fn violations(db: &Db, rows: Vec<Row>) -> Result<HashMap<i64, Vec<Value>>> {
    let components = components(db, rows.iter().map(|row| row.component_id)).await?;
    let mut out: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in rows {
        let Some(component) = components.get(&row.component_id) else { continue };
        let violation = Violation {
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
        };
        let mut shown = json!({
            "uuid": violation.uuid,
            "component": notice::component(component),
            "policyCondition": violation.condition(),
            "type": violation.kind,
            "timestamp": iso(violation.at),
            "suppressed": row.suppressed.unwrap_or_default(),
        });
        if let (Some(state), Some(shown)) = (&row.state, shown.as_object_mut()) {
            shown.insert("analysisState".to_owned(), json!(state));
        }
        out.entry(row.project_id).or_default().push(shown);
    }
    Ok(out)
}
