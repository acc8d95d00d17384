//! Licences over the wire (behaviour reference §13.4).

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, params, sql::like};

use super::{COLUMNS, License, store};
use crate::openapi::Schema;
use crate::policy;
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, check_sort, needed, route, total};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

const SORTABLE: [(&str, &str); 6] = [
    ("name", "l.name"),
    ("licenseId", "l.license_id"),
    ("isOsiApproved", "l.is_osi_approved"),
    ("isFsfLibre", "l.is_fsf_libre"),
    ("isDeprecatedLicenseId", "l.is_deprecated"),
    ("isCustomLicense", "l.is_custom"),
];

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "License",
        members: "uuid!: uuid
            name!: string
            licenseId!: string
            licenseText: string
            standardLicenseTemplate: string
            standardLicenseHeader: string
            licenseComments: string
            isOsiApproved!: boolean
            isFsfLibre!: boolean
            isDeprecatedLicenseId!: boolean
            isCustomLicense!: boolean
            seeAlso: [string]
            licenseGroups!: [LicenseGroupName]",
    },
    Schema {
        name: "ConciseLicense",
        members: "uuid!: uuid
            name!: string
            licenseId!: string
            isOsiApproved!: boolean
            isFsfLibre!: boolean
            isDeprecatedLicenseId!: boolean
            isCustomLicense!: boolean",
    },
    Schema {
        name: "LicenseGroupName",
        members: "uuid!: uuid
            name!: string
            riskWeight!: integer",
    },
    Schema {
        name: "NewLicense",
        members: "licenseId!: string
            name!: string
            licenseText: string
            standardLicenseTemplate: string
            standardLicenseHeader: string
            licenseComments: string
            isOsiApproved: boolean
            isFsfLibre: boolean
            isDeprecatedLicenseId: boolean
            seeAlso: [string]",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/license", Access::Authenticated, list)
            .says("Lists the licences, with their texts.")
            .paged()
            .gives(200, "[License]"),
        route(Method::GET, "/v1/license/concise", Access::Authenticated, concise)
            .says("Lists all licences, without texts.")
            .gives(200, "[ConciseLicense]"),
        route(Method::GET, "/v1/license/{licenseId}", Access::Authenticated, show)
            .says("Shows a licence by its id, such as Apache-2.0.")
            .gives(200, "License"),
        route(Method::PUT, "/v1/license", MANAGE, create)
            .says("Defines a licence beside the SPDX list.")
            .takes("NewLicense")
            .gives(201, "License"),
        route(Method::DELETE, "/v1/license/{licenseId}", MANAGE, delete)
            .says("Deletes a licence that somebody defined.")
            .gives(204, "none"),
    ]
}

fn not_found() -> Error {
    Error::not_found("The license could not be found.")
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    check_sort(&page, "License", &SORTABLE)?;
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let filter = "WHERE lower(l.name) LIKE ? ESCAPE '\\' OR lower(l.license_id) LIKE ? ESCAPE '\\'";
    let values = params![pattern.clone(), pattern];
    let count = state.db.count(&format!("SELECT count(*) FROM license l {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "l.name", "l.id");
    let (limit, paging) = page.clause();
    let text = format!("SELECT {COLUMNS} FROM license l {filter}{order}{limit}");
    let rows: Vec<License> = state.db.rows(&text, [values, paging].concat()).await?;
    let mut groups = store::groups(&state.db, &rows).await?;
    let out: Vec<Value> =
        rows.iter().map(|row| row.full(groups.remove(&row.id).unwrap_or_default())).collect();
    Ok((total(count), axum::Json(out)).into_response())
}

async fn concise(State(state): State<AppState>) -> Result<axum::Json<Value>> {
    let text = format!("SELECT {COLUMNS} FROM license l ORDER BY l.name, l.id");
    let rows: Vec<License> = state.db.rows(&text, params![]).await?;
    Ok(axum::Json(rows.iter().map(|row| Value::Object(row.short())).collect()))
}

async fn show(State(state): State<AppState>, Path(id): Path<String>) -> Result<axum::Json<Value>> {
    let licence = store::by_license_id(&state.db, &id).await?.ok_or_else(not_found)?;
    let groups = store::groups(&state.db, std::slice::from_ref(&licence)).await?.remove(&licence.id);
    Ok(axum::Json(licence.full(groups.unwrap_or_default())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    license_id: Option<String>,
    name: Option<String>,
    license_text: Option<String>,
    standard_license_template: Option<String>,
    standard_license_header: Option<String>,
    license_comments: Option<String>,
    is_osi_approved: Option<bool>,
    is_fsf_libre: Option<bool>,
    is_deprecated_license_id: Option<bool>,
    see_also: Option<Vec<String>>,
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

async fn create(State(state): State<AppState>, Json(sent): Json<Sent>) -> Result<Response> {
    let mut broken = Vec::new();
    let license_id = needed("licenseId", sent.license_id.as_deref(), &mut broken);
    let name = needed("name", sent.name.as_deref(), &mut broken);
    if !broken.is_empty() {
        return Err(Error::Validation(broken));
    }
    let mut details = Map::new();
    let texts = [
        ("licenseText", sent.license_text),
        ("standardLicenseTemplate", sent.standard_license_template),
        ("standardLicenseHeader", sent.standard_license_header),
        ("licenseComments", sent.license_comments),
    ];
    for (member, text) in texts {
        if let Some(text) = filled(text) {
            details.insert(member.to_owned(), json!(text));
        }
    }
    if let Some(see_also) = sent.see_also {
        details.insert("seeAlso".to_owned(), json!(see_also));
    }
    let tx = state.db.begin().await?;
    tx.lock("license").await?;
    if store::by_license_id(&tx, &license_id).await?.is_some() {
        return Err(Error::conflict("A license with the specified name already exists."));
    }
    let mut licence = License {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        license_id,
        name,
        is_osi_approved: sent.is_osi_approved.unwrap_or_default(),
        is_fsf_libre: sent.is_fsf_libre.unwrap_or_default(),
        is_deprecated: sent.is_deprecated_license_id.unwrap_or_default(),
        is_custom: true,
        details: Value::Object(details).to_string(),
    };
    let row = [
        ("uuid", licence.uuid.clone().into()),
        ("license_id", licence.license_id.clone().into()),
        ("name", licence.name.clone().into()),
        ("is_osi_approved", licence.is_osi_approved.into()),
        ("is_fsf_libre", licence.is_fsf_libre.into()),
        ("is_deprecated", licence.is_deprecated.into()),
        ("is_custom", true.into()),
        ("details", licence.details.clone().into()),
    ];
    licence.id = tx.insert("license", &row).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(licence.full(Vec::new()))).into_response())
}

async fn delete(State(state): State<AppState>, Path(id): Path<String>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let licence = store::by_license_id(&tx, &id).await?.ok_or_else(not_found)?;
    if !licence.is_custom {
        return Err(Error::conflict("Only custom licenses can be deleted."));
    }
    policy::mark_where(
        &tx,
        "id IN (SELECT c.project_id FROM component c WHERE c.licence_id = ?)",
        params![id.clone()],
    )
    .await?;
    policy::mark_subjects(&tx, &["LICENSE", "LICENSE_GROUP"]).await?;
    tx.execute("UPDATE component SET licence_id = NULL WHERE licence_id = ?", params![id]).await?;
    tx.execute("DELETE FROM license WHERE id = ?", params![licence.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
