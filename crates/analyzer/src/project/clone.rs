//! Copying a project into a new version (behaviour reference §3.7).
//!
//! A clone is written in one transaction, by statements over whole tables: no row travels through
//! this process. The dependency graph and the decisions of the copies point at the copies.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use identity::Permission;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, Tx, params};

use super::api::uuid_not_found;
use super::{Project, Rules, store, text};
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, Uuid, route};
use crate::{event, notification, policy};

const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);
const CLONE: &str = "project.clone";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/project/clone", MANAGE, put)
            .says("Copies a project into a new version; the token tells when it is done.")
            .takes("CloneRequest")
            .gives(200, "Token"),
    ]
}

/// What of a project is copied.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Includes {
    pub tags: bool,
    pub properties: bool,
    pub components: bool,
    pub services: bool,
    /// What people decided about the findings, with its trail.
    pub audit_history: bool,
    /// Which teams may see it.
    pub acl: bool,
    /// Whether the copy becomes the latest version.
    pub latest: bool,
}

#[derive(Serialize, Deserialize)]
struct Job {
    project: i64,
    version: String,
    includes: Includes,
}

/// Why a project cannot be cloned into a version: the version is there, or its mark as the latest
/// would be taken from a project that the caller may not see.
///
/// # Errors
/// 409 and 403 in the words of the original.
pub(crate) async fn clone_refusal(
    sql: &impl Sql,
    scope: &Scope,
    source: &Project,
    version: &str,
    latest: bool,
) -> Result<()> {
    if store::by_name(sql, &source.name, Some(version)).await?.is_some() {
        return Err(Error::conflict("A project with the specified name and version already exists."));
    }
    if latest
        && let Some(latest) = store::latest(sql, &source.name).await?
        && !scope.allows(sql, latest.id).await?
    {
        let text =
            "Cannot set this project version to latest. Access to current latest version is forbidden!";
        return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
    }
    Ok(())
}

async fn put(
    State(state): State<AppState>,
    scope: Scope,
    Json(body): Json<Map<String, Value>>,
) -> Result<axum::Json<Value>> {
    let mut rules = Rules::default();
    let uuid = text(&body, "project").unwrap_or_default();
    if !Uuid::is_valid(&uuid) {
        rules.broken(
            "project",
            "Invalid UUID",
            "Invalid UUID",
            body.get("project").cloned().unwrap_or_default(),
        );
    }
    rules.not_blank("version", &body);
    rules.text("version", &body, 1, 255, Some("version"));
    rules.kept()?;
    let version = text(&body, "version").unwrap_or_default();
    let wanted = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or_default();
    let dependencies = wanted("includeDependencies");
    let includes = Includes {
        tags: wanted("includeTags"),
        properties: wanted("includeProperties"),
        components: wanted("includeComponents") || dependencies,
        services: wanted("includeServices") || dependencies,
        audit_history: wanted("includeAuditHistory"),
        acl: wanted("includeACL"),
        latest: wanted("makeCloneLatest"),
    };
    let tx = state.db.begin().await?;
    let source = store::by_uuid(&tx, &uuid).await?.ok_or_else(uuid_not_found)?;
    scope.check(&tx, source.id).await?;
    clone_refusal(&tx, &scope, &source, &version, includes.latest).await?;
    // Behind the uploads to the project that were accepted before.
    let job = NewJob::new(CLONE, Job { project: source.id, version, includes })?
        .lane(format!("project:{}", source.id), IfWaiting::Append);
    let job = enqueue(&tx, job).await?;
    let token = event::create(&tx, job).await?;
    tx.commit().await?;
    Ok(axum::Json(json!({ "token": token })))
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(CLONE, 1, |context: Context| async move {
        let Job { project, version, includes } = context.payload()?;
        run(&context, project, &version, includes).await.map_err(Failure::retry)
    })
}

async fn run(context: &Context, project: i64, version: &str, includes: Includes) -> Result<()> {
    let tx = context.db.begin().await?;
    let Some(source) = store::by_ids(&tx, &[project]).await?.pop() else { return Ok(()) };
    tx.lock("project names").await?;
    if store::by_name(&tx, &source.name, Some(version)).await?.is_some() {
        // Made meanwhile, perhaps by this very job.
        return Ok(());
    }
    let made = clone(&tx, &source, version, includes).await?;
    tx.commit().await?;
    policy::settle_project(&context.db, made.id).await
}

/// Makes the copy. Its metrics are for the caller to count, after the transaction.
pub(crate) async fn clone(tx: &Tx, source: &Project, version: &str, includes: Includes) -> Result<Project> {
    let mut made = Project {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        version: Some(version.to_owned()),
        external_references: None,
        is_latest: includes.latest,
        last_bom_import: None,
        last_bom_import_format: None,
        last_inherited_risk_score: None,
        ..source.clone()
    };
    made.id = store::insert(tx, &made).await?;
    let (from, to) = (source.id, made.id);
    let new_uuid = tx.new_uuid();
    if includes.tags {
        copy(tx, "project_tag", "project_id", "name", from, to).await?;
    }
    if includes.properties {
        let columns = "group_name, name, value, kind, description";
        copy(tx, "project_property", "project_id", columns, from, to).await?;
    }
    if includes.acl {
        copy(tx, "project_team", "project_id", "team_id", from, to).await?;
    }
    if includes.services {
        let columns = "name, group_name, version, description, details, by_hand, notes";
        let text = format!(
            "INSERT INTO service (uuid, project_id, copy_of, {columns}) \
             SELECT {new_uuid}, ?, id, {columns} FROM service WHERE project_id = ?"
        );
        tx.execute(&text, params![to, from]).await?;
    }
    if includes.components {
        let columns = "package_version_id, name, group_name, version, purl, purl_coordinates, cpe, swid_tag_id, \
             classifier, scope, licence_id, details, is_internal, by_hand, notes";
        let text = format!(
            "INSERT INTO component (uuid, project_id, copy_of, is_new, {columns}) \
             SELECT {new_uuid}, ?, id, ?, {columns} FROM component WHERE project_id = ?"
        );
        tx.execute(&text, params![to, false, from]).await?;
        parts(tx, to, new_uuid).await?;
        graph(tx, from, to).await?;
        if includes.audit_history {
            decisions(tx, to).await?;
        }
    }
    for table in ["component", "service"] {
        let text = format!("UPDATE {table} SET copy_of = NULL WHERE project_id = ?");
        tx.execute(&text, params![to]).await?;
    }
    policy::project_changed(tx, made.id).await?;
    notification::project_created(tx, &made).await?;
    Ok(made)
}

/// Copies the rows of a project in a table.
async fn copy(tx: &Tx, table: &str, key: &str, columns: &str, from: i64, to: i64) -> Result<()> {
    let text =
        format!("INSERT INTO {table} ({key}, {columns}) SELECT ?, {columns} FROM {table} WHERE {key} = ?");
    tx.execute(&text, params![to, from]).await?;
    Ok(())
}

/// Copies what belongs to the components of the copy.
async fn parts(tx: &Tx, to: i64, new_uuid: &str) -> Result<()> {
    let tables = [
        ("component_hash", "value, algorithm", false),
        ("component_property", "group_name, name, value, kind, description", true),
        ("component_occurrence", "location, line_number, char_offset, symbol, created_at", true),
        (
            "package_match",
            "package_version_id, vulnerability_id, analyzers, reason, version_order, fixed_version, attributed_on",
            false,
        ),
        (
            "attribution",
            "package_version_id, vulnerability_id, analyzer, reason, fixed_version, alternate_id, reference_url, attributed_on",
            false,
        ),
    ];
    for (table, columns, has_uuid) in tables {
        let of_source: Vec<String> = columns.split(", ").map(|column| format!("t.{column}")).collect();
        let (name, value) = if has_uuid { ("uuid, ", format!("{new_uuid}, ")) } else { ("", String::new()) };
        let text = format!(
            "INSERT INTO {table} ({name}component_id, {columns}) SELECT {value}c.id, {} \
             FROM {table} t JOIN component c ON c.copy_of = t.component_id WHERE c.project_id = ?",
            of_source.join(", ")
        );
        tx.execute(&text, params![to]).await?;
    }
    Ok(())
}

/// Copies the edges whose ends were copied.
async fn graph(tx: &Tx, from: i64, to: i64) -> Result<()> {
    for (table, target) in [("dependency", "component"), ("service_dependency", "service")] {
        let text = format!(
            "INSERT INTO {table} (project_id, component_id, depends_on) SELECT ?, c.id, k.id FROM {table} d \
             JOIN {target} k ON k.copy_of = d.depends_on AND k.project_id = ? \
             LEFT JOIN component c ON c.copy_of = d.component_id AND c.project_id = ? WHERE d.project_id = ?"
        );
        tx.execute(&text, params![to, to, to, from]).await?;
    }
    Ok(())
}

/// Copies what people decided about the findings, and how.
async fn decisions(tx: &Tx, to: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO analysis (project_id, component_id, vulnerability_id, state, justification, response, \
         details, suppressed, by_hand, vulnerability_policy_id, severity, cvss_v2_vector, cvss_v2_score, cvss_v3_vector, \
         cvss_v3_score, cvss_v4_vector, cvss_v4_score, owasp_vector, owasp_score) SELECT c.project_id, c.id, a.vulnerability_id, a.state, a.justification, \
         a.response, a.details, a.suppressed, a.by_hand, a.vulnerability_policy_id, a.severity, a.cvss_v2_vector, \
         a.cvss_v2_score, a.cvss_v3_vector, a.cvss_v3_score, a.cvss_v4_vector, a.cvss_v4_score, a.owasp_vector, \
         a.owasp_score FROM analysis a JOIN component c ON c.copy_of = a.component_id \
         WHERE c.project_id = ?",
        params![to],
    )
    .await?;
    tx.execute(
        "INSERT INTO analysis_comment (analysis_id, at, comment, commenter) \
         SELECT n.id, t.at, t.comment, t.commenter FROM analysis_comment t JOIN analysis a ON a.id = t.analysis_id \
         JOIN component c ON c.copy_of = a.component_id \
         JOIN analysis n ON n.component_id = c.id AND n.vulnerability_id = a.vulnerability_id \
         WHERE c.project_id = ? ORDER BY t.id",
        params![to],
    )
    .await?;
    Ok(())
}
