//! VEX: what a document says of vulnerabilities that are there (behaviour reference §7.4).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use identity::Permission;
use sbom::{Bom, Target};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, blobs, params};

use crate::analysis::{self, Change};
use crate::attribution::JOIN;
use crate::component::{self, Component};
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, route};
use crate::vulnerability::{self, Vulnerability};
use crate::{bom, event, notification, policy, project};

const UPLOAD: Access = Access::Any(&[Permission::VulnerabilityAnalysis]);
const PROCESS: &str = "vex.process";
/// Who says so, in the audit trail.
const COMMENTER: &str = "CycloneDX VEX";

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[crate::openapi::Schema {
    name: "VexUpload",
    members: "project: uuid\nprojectName: string\nprojectVersion: string\nvex!: string",
}];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::PUT, "/v1/vex", UPLOAD, put)
            .says("Takes over the decisions of a VEX document, given in Base64.")
            .takes("VexUpload")
            .gives(200, "UploadToken"),
        route(Method::POST, "/v1/vex", UPLOAD, post)
            .says("Takes over the decisions of a VEX document, given as a file.")
            .takes_as("multipart/form-data", "VexUpload")
            .gives(200, "UploadToken"),
    ]
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Sent {
    project: Option<String>,
    project_name: Option<String>,
    project_version: Option<String>,
    vex: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Process {
    project: i64,
    blob: i64,
}

async fn put(State(state): State<AppState>, scope: Scope, Json(sent): Json<Sent>) -> Result<Response> {
    let text = sent.vex.clone().unwrap_or_default();
    let Ok(document) = base64::engine::general_purpose::STANDARD.decode(&text) else {
        let shown: String = text.chars().take(200).collect();
        return Err(Error::invalid("vex", "The VEX must be Base64 encoded", shown));
    };
    accept(&state, &scope, &sent, document).await
}

async fn post(
    State(state): State<AppState>,
    scope: Scope,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    let Ok(mut form) = form else { return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()) };
    let (mut sent, mut document) = (Sent::default(), Vec::new());
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::Text(e.status(), format!("The form could not be read: {}", e.body_text()))
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        let text = || {
            let text = String::from_utf8_lossy(&bytes).replace('\0', "");
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        match name.as_str() {
            "project" => sent.project = text(),
            "projectName" => sent.project_name = text(),
            "projectVersion" => sent.project_version = text(),
            "vex" => document = bytes.to_vec(),
            _ => {}
        }
    }
    accept(&state, &scope, &sent, document).await
}

/// Checks a document and queues its processing.
async fn accept(state: &AppState, scope: &Scope, sent: &Sent, document: Vec<u8>) -> Result<Response> {
    let found = match (&sent.project, &sent.project_name) {
        (Some(uuid), _) => project::by_uuid(&state.db, uuid).await?,
        (None, Some(name)) => project::by_name(&state.db, name, sent.project_version.as_deref()).await?,
        (None, None) => None,
    };
    let found = found.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, found.id).await?;
    if found.is_collection() {
        return Err(Error::bad_request("VEX cannot be uploaded to collection project."));
    }
    let tags = bom::tags_of(&state.db, found.id).await?;
    let document = match bom::validated(state, &tags, document.clone()).await {
        Ok(document) => document,
        Err(refusal) => {
            notification::bom_validation_failed(&state.db, &found, &document, &refusal).await?;
            return Err(refusal);
        }
    };
    let tx = state.db.begin().await?;
    let blob = blobs::put(&tx, &document).await?;
    let job = NewJob::new(PROCESS, Process { project: found.id, blob })?
        .lane(format!("project:{}", found.id), IfWaiting::Append);
    let job = enqueue(&tx, job).await?;
    let token = event::create(&tx, job).await?;
    tx.commit().await?;
    Ok(axum::Json(json!({ "token": token, "projectUuid": found.uuid })).into_response())
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(PROCESS, 1, |context: Context| async move {
        let Process { project, blob } = context.payload()?;
        process(&context.db, project, blob).await.map_err(Failure::retry)
    })
}

async fn process(db: &Db, project: i64, blob: i64) -> Result<()> {
    let Some(bytes) = blobs::get(db, blob).await? else { return Ok(()) };
    let bytes = Arc::new(bytes);
    let parsed = tokio::task::spawn_blocking({
        let bytes = bytes.clone();
        move || sbom::parse_unvalidated(&bytes)
    });
    let parsed = parsed.await;
    let tx = db.begin().await?;
    if let Ok(Ok(bom)) = parsed {
        apply(&tx, project, &bom, false).await?;
        let format = bom.format.to_string();
        let document = notification::Document { bytes: &bytes, format: Some(&format), job: None };
        notification::vex_processed(&tx, project, &document).await?;
    }
    blobs::delete(&tx, blob).await?;
    tx.commit().await?;
    policy::settle_project(db, project).await
}

#[derive(FromQueryResult)]
struct Finding {
    component_id: i64,
    vulnerability_id: i64,
    source: String,
    vuln_id: String,
}

/// Takes over what a document says of findings that the project has. With `unless_decided`, only where
/// nobody has decided yet.
pub(crate) async fn apply(tx: &Tx, project: i64, bom: &Bom, unless_decided: bool) -> Result<()> {
    let statements: Vec<_> = bom.vulnerabilities.iter().filter(|one| one.analysis.is_some()).collect();
    if statements.is_empty() {
        return Ok(());
    }
    let text = format!(
        "SELECT c.id AS component_id, m.vulnerability_id, v.source, v.vuln_id FROM component c {JOIN} \
         JOIN vulnerability v ON v.id = m.vulnerability_id WHERE c.project_id = ?"
    );
    let findings: Vec<Finding> = tx.rows(&text, params![project]).await?;
    let text = format!("SELECT {} FROM component c WHERE c.project_id = ?", component::COLUMNS);
    let components: Vec<Component> = tx.rows(&text, params![project]).await?;
    let components: HashMap<i64, Component> = components.into_iter().map(|c| (c.id, c)).collect();
    let index = bom.ref_index();
    let subject = bom.metadata.component.as_ref().and_then(|component| component.bom_ref.as_deref());
    for one in statements {
        let (Some(id), Some(said)) = (one.id.as_deref(), &one.analysis) else { continue };
        let source = bom::source(one, id);
        let mut everywhere = false;
        let mut meant: HashSet<i64> = HashSet::new();
        for affects in &one.affects {
            match index.resolve(&affects.reference) {
                Target::Component(component) if component.bom_ref.as_deref() == subject => everywhere = true,
                Target::Component(component) => {
                    meant.extend(components.values().filter(|own| is_same(own, component)).map(|own| own.id));
                }
                Target::Link(_) => everywhere = true,
                _ => {}
            }
        }
        let word = |word: Option<&str>| word.map(str::to_uppercase);
        let state = match word(said.state.map(|state| state.as_str())).as_deref() {
            Some(state @ ("EXPLOITABLE" | "IN_TRIAGE" | "FALSE_POSITIVE" | "NOT_AFFECTED" | "RESOLVED")) => {
                Some(state.to_owned())
            }
            Some(_) => Some("NOT_SET".to_owned()),
            None => None,
        };
        for finding in findings.iter().filter(|f| f.source == source && f.vuln_id == id) {
            if !everywhere && !meant.contains(&finding.component_id) {
                continue;
            }
            let vulnerability: Option<Vulnerability> =
                vulnerability::by_row(tx, finding.vulnerability_id).await?;
            let (Some(component), Some(vulnerability)) =
                (components.get(&finding.component_id), vulnerability)
            else {
                continue;
            };
            let suppressed =
                state.as_deref().map(|state| matches!(state, "FALSE_POSITIVE" | "NOT_AFFECTED" | "RESOLVED"));
            let mut changes = vec![Change {
                state: state.clone(),
                justification: word(said.justification.map(|j| j.as_str())),
                details: said.detail.clone().filter(|detail| !detail.trim().is_empty()),
                suppressed,
                suppressed_by_state: true,
                ..Change::default()
            }];
            // The last of several responses stays; the trail shows all.
            let responses = said.responses.iter().map(|response| word(Some(response.as_str())));
            changes.extend(responses.map(|response| Change { response, ..Change::default() }));
            analysis::change(tx, (component, &vulnerability), changes, COMMENTER, unless_decided).await?;
        }
    }
    Ok(())
}

/// Whether a component of the project is the one that a document means: by package URL, coordinates,
/// CPE, SWID tag, or group, name and version.
fn is_same(own: &Component, other: &sbom::Component) -> bool {
    let same = |a: Option<&str>, b: Option<&str>| a.is_some() && a == b;
    same(own.purl.as_deref(), other.purl.as_ref().map(|purl| purl.canonical.as_str()))
        || same(own.purl_coordinates.as_deref(), other.purl.as_ref().map(|purl| purl.coordinates.as_str()))
        || same(own.cpe.as_deref(), other.cpe.as_deref())
        || same(own.swid_tag_id.as_deref(), other.swid_tag_id.as_deref())
        || (own.name == other.name
            && own.group_name.as_deref() == other.group.as_deref()
            && own.version.as_deref() == other.version.as_deref())
}
