//! Uploads of findings to other systems (behaviour reference §13.6).

mod defect_dojo;
mod fortify;
mod job;
mod kenna;

pub(crate) use job::register;

use std::collections::HashMap;

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, params};

use crate::openapi::Schema;
use crate::server::{Access, AppState, Page, Result, Route, Scope, route, total};
use crate::{Options, config_property};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

pub(crate) const SCHEMAS: &[Schema] = &[Schema {
    name: "IntegrationUpload",
    members: "integration!: string
        project: any
        startedAt!: millis
        endedAt: millis
        error: string",
}];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/integration/upload", MANAGE, uploads)
            .says("Lists the last upload of findings to each other system, and what came of it")
            .paged()
            .gives(200, "[IntegrationUpload]"),
    ]
}

/// A system that takes findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Integration {
    DefectDojo,
    Fortify,
    Kenna,
}

impl Integration {
    const ALL: [Integration; 3] = [Integration::DefectDojo, Integration::Fortify, Integration::Kenna];

    /// What its properties begin with.
    fn prefix(self) -> &'static str {
        match self {
            Integration::DefectDojo => "defectdojo",
            Integration::Fortify => "fortify.ssc",
            Integration::Kenna => "kenna",
        }
    }

    fn parse(prefix: &str) -> Option<Integration> {
        Integration::ALL.into_iter().find(|one| one.prefix() == prefix)
    }

    fn title(self) -> &'static str {
        match self {
            Integration::DefectDojo => "DefectDojo",
            Integration::Fortify => "Fortify SSC",
            Integration::Kenna => "Kenna Security",
        }
    }

    /// The property without which a project is not uploaded.
    fn key(self) -> &'static str {
        match self {
            Integration::DefectDojo => "defectdojo.engagementId",
            Integration::Fortify => "fortify.ssc.applicationId",
            Integration::Kenna => "kenna.asset.external_id",
        }
    }
}

/// The properties of integrations, by name without the prefix.
struct Settings<'a, S> {
    sql: &'a S,
    options: &'a Options,
    integration: Integration,
}

impl<S: Sql> Settings<'_, S> {
    fn name(&self, name: &str) -> String {
        format!("{}.{name}", self.integration.prefix())
    }

    async fn text(&self, name: &str) -> Result<Option<String>> {
        let value = config_property::get(self.sql, "integrations", &self.name(name)).await?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    async fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.text(name).await?.as_deref() == Some("true"))
    }

    async fn secret(&self, name: &str) -> Result<Option<String>> {
        config_property::secret(self.sql, self.options, "integrations", &self.name(name)).await
    }
}

/// The properties that projects have for integrations, by project and name; only of those that have
/// the integration's key.
async fn of_projects(
    sql: &impl Sql,
    integration: Integration,
    project: Option<i64>,
) -> Result<HashMap<i64, HashMap<String, String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        project_id: i64,
        name: String,
        value: String,
    }
    let text = "SELECT x.project_id, x.name, x.value FROM project_property x JOIN project p ON p.id = x.project_id \
                WHERE x.group_name = 'integrations' AND x.name LIKE ? AND x.value IS NOT NULL AND p.active \
                AND (? OR x.project_id = ?)";
    let pattern = format!("{}.%", integration.prefix());
    let rows: Vec<Row> =
        sql.rows(text, params![pattern, project.is_none(), project.unwrap_or_default()]).await?;
    let mut out: HashMap<i64, HashMap<String, String>> = HashMap::new();
    for row in rows.into_iter().filter(|row| !row.value.trim().is_empty()) {
        out.entry(row.project_id).or_default().insert(row.name, row.value.trim().to_owned());
    }
    out.retain(|_, properties| properties.contains_key(integration.key()));
    Ok(out)
}

#[derive(FromQueryResult)]
struct Upload {
    integration: String,
    started_at: i64,
    ended_at: Option<i64>,
    error: Option<String>,
    uuid: Option<String>,
    name: Option<String>,
    version: Option<String>,
}

async fn uploads(State(state): State<AppState>, page: Page, scope: Scope) -> Result<Response> {
    let (visible, values) = scope.condition("u.project_id");
    let from = format!(
        "FROM integration_upload u LEFT JOIN project p ON p.id = u.project_id \
         WHERE ((u.project_id = 0 AND u.integration = 'kenna') OR (p.id IS NOT NULL AND {visible}))"
    );
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let (limit, paging) = page.clause();
    let text = format!(
        "SELECT u.integration, u.started_at, u.ended_at, u.error, p.uuid, p.name, p.version {from} \
         ORDER BY u.integration, p.name, u.project_id{limit}"
    );
    let rows: Vec<Upload> = state.db.rows(&text, [values, paging].concat()).await?;
    let out: Vec<Value> = rows.iter().map(Upload::json).collect();
    Ok((total(count), axum::Json(out)).into_response())
}

impl Upload {
    fn json(&self) -> Value {
        let mut project = Map::new();
        let members = [("uuid", &self.uuid), ("name", &self.name), ("version", &self.version)];
        for (name, value) in members {
            if let Some(value) = value {
                project.insert(name.to_owned(), json!(value));
            }
        }
        let mut out = Map::new();
        let members = [
            ("integration", Some(json!(self.integration))),
            ("project", (!project.is_empty()).then(|| project.into())),
            ("startedAt", Some(json!(self.started_at))),
            ("endedAt", self.ended_at.map(|at| json!(at))),
            ("error", self.error.as_ref().map(|error| json!(error))),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        }
        out.into()
    }
}
