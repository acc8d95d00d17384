//! Queries over policies and conditions, and their JSON (behaviour reference §8.1).

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, marks, params};

use super::rule::{self, Rule};
use crate::project::{self, Show};
use crate::server::{Error, Result, Scope};

/// A stored policy.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Policy {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub operator: String,
    pub violation_state: String,
    pub include_children: bool,
    pub only_latest: bool,
}

pub(super) const POLICY: &str = "SELECT p.id, p.uuid, p.name, p.operator, p.violation_state, p.include_children, \
     p.only_latest FROM policy p";

/// A stored condition.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Condition {
    pub id: i64,
    pub uuid: String,
    pub policy_id: i64,
    pub subject: String,
    pub operator: String,
    pub value: String,
    pub kind: Option<String>,
}

pub(super) const CONDITION: &str =
    "SELECT c.id, c.uuid, c.policy_id, c.subject, c.operator, c.value, c.kind FROM policy_condition c";

/// A condition as it is answered.
pub(crate) fn condition_json(condition: &Condition) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("uuid".to_owned(), json!(condition.uuid));
    out.insert("subject".to_owned(), json!(condition.subject));
    out.insert("operator".to_owned(), json!(condition.operator));
    out.insert("value".to_owned(), json!(condition.value));
    let kind = super::kind_of(&condition.subject, condition.kind.as_deref());
    out.insert("violationType".to_owned(), json!(kind));
    out
}

/// The policy with this uuid.
pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Policy>> {
    Ok(sql.row(&format!("{POLICY} WHERE p.uuid = ?"), params![uuid]).await?)
}

pub(super) fn not_found() -> Error {
    Error::not_found("The policy could not be found.")
}

#[derive(FromQueryResult)]
struct Pair {
    policy_id: i64,
    project_id: i64,
}

#[derive(FromQueryResult)]
struct Tag {
    policy_id: i64,
    name: String,
}

/// Policies with conditions, projects that the caller may see, and tags, loaded in a handful of
/// queries.
pub(super) async fn list_json(sql: &impl Sql, scope: &Scope, policies: &[Policy]) -> Result<Vec<Value>> {
    let list = marks(policies.len());
    let ids = || policies.iter().map(|policy| policy.id.into()).collect::<Vec<storage::Value>>();
    let text = format!("{CONDITION} WHERE c.policy_id IN ({list}) ORDER BY c.id");
    let mut conditions: HashMap<i64, Vec<Value>> = HashMap::new();
    for condition in sql.rows::<Condition>(&text, ids()).await? {
        let shown = condition_json(&condition).into();
        conditions.entry(condition.policy_id).or_default().push(shown);
    }
    let text = format!("SELECT policy_id, name FROM policy_tag WHERE policy_id IN ({list}) ORDER BY name");
    let mut tags: HashMap<i64, Vec<Value>> = HashMap::new();
    for tag in sql.rows::<Tag>(&text, ids()).await? {
        tags.entry(tag.policy_id).or_default().push(json!({ "name": tag.name }));
    }
    let text = format!("SELECT policy_id, project_id FROM policy_project WHERE policy_id IN ({list})");
    let assigned: Vec<Pair> = sql.rows(&text, ids()).await?;
    let limited: HashSet<i64> = assigned.iter().map(|pair| pair.policy_id).collect();
    let (visible, values) = scope.condition("project_id");
    let text = format!(
        "SELECT policy_id, project_id FROM policy_project WHERE policy_id IN ({list}) AND {visible} ORDER BY project_id"
    );
    let pairs: Vec<Pair> = sql.rows(&text, [ids(), values].concat()).await?;
    let wanted: Vec<i64> =
        pairs.iter().map(|pair| pair.project_id).collect::<HashSet<_>>().into_iter().collect();
    let mut shown: HashMap<i64, Value> = HashMap::new();
    for chunk in wanted.chunks(500) {
        let projects = project::by_ids(sql, chunk).await?;
        let list = project::list_json(sql, &projects, Show::default()).await?;
        shown.extend(projects.iter().map(|project| project.id).zip(list));
    }
    let mut projects: HashMap<i64, Vec<Value>> = HashMap::new();
    for pair in pairs {
        if let Some(project) = shown.get(&pair.project_id) {
            projects.entry(pair.policy_id).or_default().push(project.clone());
        }
    }
    let out = policies.iter().map(|policy| {
        let tags = tags.remove(&policy.id).unwrap_or_default();
        let is_global = tags.is_empty() && !limited.contains(&policy.id);
        let mut out = short(policy, is_global);
        out.insert("policyConditions".to_owned(), conditions.remove(&policy.id).unwrap_or_default().into());
        out.insert("projects".to_owned(), projects.remove(&policy.id).unwrap_or_default().into());
        out.insert("tags".to_owned(), tags.into());
        out.into()
    });
    Ok(out.collect())
}

/// A policy without what belongs to it.
fn short(policy: &Policy, is_global: bool) -> Map<String, Value> {
    let members = [
        ("uuid", json!(policy.uuid)),
        ("name", json!(policy.name)),
        ("operator", json!(policy.operator)),
        ("violationState", json!(policy.violation_state)),
        ("includeChildren", json!(policy.include_children)),
        ("onlyLatestProjectVersion", json!(policy.only_latest)),
        ("global", json!(is_global)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One policy.
pub(super) async fn json(sql: &impl Sql, scope: &Scope, policy: &Policy) -> Result<Value> {
    Ok(list_json(sql, scope, std::slice::from_ref(policy)).await?.pop().unwrap_or_default())
}

/// Every condition with its policy, by condition, as violations show them.
pub(crate) async fn conditions_json(sql: &impl Sql, ids: &[i64]) -> Result<HashMap<i64, Value>> {
    let ids: Vec<i64> = ids.iter().copied().collect::<HashSet<_>>().into_iter().collect();
    let mut out = HashMap::new();
    for chunk in ids.chunks(1_000) {
        let list = marks(chunk.len());
        let values = || chunk.iter().map(|id| (*id).into()).collect::<Vec<storage::Value>>();
        let text =
            format!("{POLICY} WHERE p.id IN (SELECT policy_id FROM policy_condition WHERE id IN ({list}))");
        let policies: Vec<Policy> = sql.rows(&text, values()).await?;
        // As the original: whom a policy is limited to does not count here.
        let policies: HashMap<i64, Value> =
            policies.iter().map(|policy| (policy.id, short(policy, true).into())).collect();
        let conditions: Vec<Condition> =
            sql.rows(&format!("{CONDITION} WHERE c.id IN ({list})"), values()).await?;
        for condition in conditions {
            let mut shown = condition_json(&condition);
            shown
                .insert("policy".to_owned(), policies.get(&condition.policy_id).cloned().unwrap_or_default());
            out.insert(condition.id, shown.into());
        }
    }
    Ok(out)
}

/// The ids (in lower case) of the licences that conditions stand for, by the uuid of a licence or a
/// group.
pub(super) async fn licences(
    sql: &impl Sql,
    conditions: &[Condition],
) -> Result<HashMap<String, HashSet<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        uuid: String,
        license_id: Option<String>,
    }
    let mut out: HashMap<String, HashSet<String>> = HashMap::new();
    let kinds = [
        ("LICENSE", "SELECT l.uuid, l.license_id FROM license l WHERE l.uuid"),
        (
            "LICENSE_GROUP",
            "SELECT g.uuid, l.license_id FROM license_group g LEFT JOIN license_group_license m ON m.group_id = g.id \
             LEFT JOIN license l ON l.id = m.license_id WHERE g.uuid",
        ),
    ];
    for (subject, select) in kinds {
        let uuids: Vec<&str> =
            conditions.iter().filter(|c| c.subject == subject).map(|c| c.value.trim()).collect();
        for chunk in uuids.chunks(1_000) {
            let text = format!("{select} IN ({})", marks(chunk.len()));
            let values = chunk.iter().map(|uuid| (*uuid).into()).collect();
            for row in sql.rows::<Row>(&text, values).await? {
                out.entry(row.uuid).or_default().extend(row.license_id.map(|id| id.to_lowercase()));
            }
        }
    }
    Ok(out)
}

/// Every policy, ready to be evaluated, and its conditions.
pub(super) async fn all(sql: &impl Sql) -> Result<(Vec<rule::Policy>, Vec<Condition>)> {
    let policies: Vec<Policy> = sql.rows(&format!("{POLICY} ORDER BY p.id"), params![]).await?;
    let conditions: Vec<Condition> = sql.rows(&format!("{CONDITION} ORDER BY c.id"), params![]).await?;
    let lists = licences(sql, &conditions).await?;
    let mut projects: HashMap<i64, HashSet<i64>> = HashMap::new();
    for pair in sql.rows::<Pair>("SELECT policy_id, project_id FROM policy_project", params![]).await? {
        projects.entry(pair.policy_id).or_default().insert(pair.project_id);
    }
    let mut tags: HashMap<i64, HashSet<String>> = HashMap::new();
    for tag in sql.rows::<Tag>("SELECT policy_id, name FROM policy_tag", params![]).await? {
        tags.entry(tag.policy_id).or_default().insert(tag.name);
    }
    let mut out = Vec::with_capacity(policies.len());
    for policy in policies {
        let mut rules = Vec::new();
        for condition in conditions.iter().filter(|condition| condition.policy_id == policy.id) {
            match Rule::new(condition, &lists) {
                Ok(rule) => rules.push(rule),
                // It was refused when it was made, or comes from elsewhere: it never holds.
                Err(error) => {
                    tracing::warn!(condition = condition.uuid, %error, "a policy condition cannot be read");
                    rules.push(Rule::never(condition.id));
                }
            }
        }
        out.push(rule::Policy {
            all: policy.operator == "ALL",
            include_children: policy.include_children,
            only_latest: policy.only_latest,
            projects: projects.remove(&policy.id).unwrap_or_default(),
            tags: tags.remove(&policy.id).unwrap_or_default(),
            rules,
        });
    }
    Ok((out, conditions))
}
