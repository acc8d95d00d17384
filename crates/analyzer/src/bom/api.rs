//! Uploading an SBOM: `PUT` with JSON, `POST` with a form (behaviour reference §3.8).

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use identity::Permission;
use serde_json::{Map, Value, json};

use super::upload::{Upload, accept};
use crate::event;
use crate::openapi::Schema;
use crate::project::{scalar, tag_names};
use crate::server::{Access, AppState, Caller, Error, Json, Result, Route, Scope, route};

const UPLOAD: Access = Access::Any(&[Permission::BomUpload]);
/// The original's JSON parser takes texts up to this length (§1.6).
const MAX_TEXT: usize = 20_000_000;

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema { name: "Token", members: "token!: uuid" },
    Schema { name: "UploadToken", members: "token!: uuid\nprojectUuid!: uuid" },
    Schema { name: "Processing", members: "processing!: boolean" },
    Schema {
        name: "Upload",
        members: "project: uuid
            projectName: string
            projectVersion: string
            projectTags: [Tag]
            autoCreate: boolean
            parentUUID: uuid
            parentName: string
            parentVersion: string
            isLatest: boolean
            bom!: string",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = vec![
        route(Method::PUT, "/v1/bom", UPLOAD, put)
            .says("Accepts an SBOM, encoded in Base64; the token tells when it is processed.")
            .takes("Upload")
            .gives(200, "UploadToken"),
        route(Method::POST, "/v1/bom", UPLOAD, post)
            .says("Accepts an SBOM in a form; the token tells when it is processed.")
            .takes_as("multipart/form-data", "Upload")
            .gives(200, "UploadToken"),
        route(Method::GET, "/v1/bom/token/{uuid}", UPLOAD, event::show)
            .says("Tells whether what a token stands for is still being processed.")
            .gives(200, "Processing"),
    ];
    routes.extend(super::export::routes());
    routes
}

fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The answer; the project's uuid spares a look-up, and version 5 tells it, too.
fn token((token, project): (String, String)) -> Response {
    axum::Json(json!({ "token": token, "projectUuid": project })).into_response()
}

async fn put(
    State(state): State<AppState>,
    scope: Scope,
    Caller(caller): Caller,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response> {
    let text = |name: &str| given(body.get(name).and_then(scalar).as_deref());
    let flag = |name: &str| match body.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    let Some(bom) = body.get("bom").and_then(Value::as_str) else {
        return Err(Error::problem(
            "The provided JSON payload could not be mapped",
            "Missing required creator property 'bom' (index 9): give the document, encoded in Base64",
        ));
    };
    if bom.len() > MAX_TEXT {
        return Err(Error::problem(
            "The provided JSON payload could not be mapped",
            format!(
                "The BOM is too large to be transmitted safely via Base64 encoded JSON value. \
                 Please use the \"POST /api/v1/bom\" endpoint with Content-Type \"multipart/form-data\" instead. \
                 (String value length ({}) exceeds the maximum allowed ({MAX_TEXT}))",
                bom.len()
            ),
        ));
    }
    let mut upload = Upload {
        project: text("project"),
        name: text("projectName"),
        version: text("projectVersion"),
        tags: body.get("projectTags").filter(|tags| !tags.is_null()).map(tag_names),
        auto_create: flag("autoCreate"),
        parent_uuid: text("parentUUID"),
        parent_name: text("parentName"),
        parent_version: text("parentVersion"),
        is_latest: flag("isLatest") || flag("isLatestProjectVersion"),
        document: Vec::new(),
    };
    if upload.project.is_none() && (upload.name.is_none() || upload.version.is_none()) {
        let blank = [("projectName", &upload.name), ("projectVersion", &upload.version)];
        let broken = blank.iter().filter(|(_, value)| value.is_none());
        let broken = broken.map(|(path, _)| {
            json!({
                "message": "must not be blank",
                "messageTemplate": "{jakarta.validation.constraints.NotBlank.message}",
                "path": path,
                "invalidValue": body.get(*path).cloned().unwrap_or_default(),
            })
        });
        return Err(Error::Validation(broken.collect()));
    }
    let Ok(document) = base64::engine::general_purpose::STANDARD.decode(bom) else {
        let shown: String = bom.chars().take(200).collect();
        return Err(Error::invalid("bom", "The BOM must be Base64 encoded", shown));
    };
    upload.document = document;
    Ok(token(accept(&state, &scope, &caller, upload).await?))
}

async fn post(
    State(state): State<AppState>,
    scope: Scope,
    Caller(caller): Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    let Ok(mut form) = form else { return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()) };
    let mut upload = Upload::default();
    let mut document = None;
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::Text(e.status(), format!("The form could not be read: {}", e.body_text()))
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if name == "bom" {
            // Of several documents the first one counts.
            document.get_or_insert(bytes);
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.contains('\0') {
            return Err(Error::bad_request(format!("The field {name} holds a NUL character.")));
        }
        let value = given(Some(&text));
        match name.as_str() {
            "project" => upload.project = value,
            "projectName" => upload.name = value,
            "projectVersion" => upload.version = value,
            "projectTags" => {
                let tags: Vec<Value> = text.split(',').map(|tag| json!({ "name": tag })).collect();
                upload.tags = Some(tag_names(&Value::Array(tags)));
            }
            "autoCreate" => upload.auto_create = text.trim().eq_ignore_ascii_case("true"),
            "parentUUID" => upload.parent_uuid = value,
            "parentName" => upload.parent_name = value,
            "parentVersion" => upload.parent_version = value,
            "isLatest" | "isLatestProjectVersion" => {
                upload.is_latest = text.trim().eq_ignore_ascii_case("true")
            }
            _ => {}
        }
    }
    upload.document = document.map(|bytes| bytes.to_vec()).unwrap_or_default();
    Ok(token(accept(&state, &scope, &caller, upload).await?))
}
