//! Giving out SBOMs (behaviour reference §3.12) and statements about vulnerabilities (§7.5).

use axum::extract::{Query, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::Db;

use crate::component;
use crate::cyclonedx::{self, SpecVersion, Variant};
use crate::project::{self, Project};
use crate::server::{Access, AppState, Caller, Error, Result, Route, Scope, Uuid, route};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
/// Version 4 wants the first, version 5 takes the second as well.
const STATEMENTS: Access = Access::Any(&[Permission::VulnerabilityAnalysis, Permission::ViewVulnerability]);
const JSON: &str = "application/vnd.cyclonedx+json";
const XML: &str = "application/vnd.cyclonedx+xml";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/bom/cyclonedx/project/{uuid}", VIEW, of_project)
            .says("Gives the SBOM of a project, as CycloneDX of any version.")
            .query("format", "string")
            .query("variant", "string")
            .query("version", "string")
            .query("download", "boolean")
            .gives(200, "file"),
        route(Method::GET, "/v1/bom/cyclonedx/component/{uuid}", VIEW, of_component)
            .says("Gives the SBOM of a component, as CycloneDX of any version.")
            .query("format", "string")
            .query("version", "string")
            .query("download", "boolean")
            .gives(200, "file"),
        route(Method::GET, "/v1/vex/cyclonedx/project/{uuid}", STATEMENTS, vex)
            .says("Gives what was decided about the vulnerabilities of a project, as CycloneDX from version 1.4 on.")
            .query("version", "string")
            .query("download", "boolean")
            .gives(200, "file"),
    ]
}

#[derive(Deserialize, Default)]
struct Asked {
    format: Option<String>,
    variant: Option<String>,
    version: Option<String>,
    download: Option<String>,
}

fn given(text: Option<&str>, otherwise: &'static str) -> String {
    text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
}

/// How a document is wanted.
struct Form {
    xml: bool,
    variant: Variant,
    version: SpecVersion,
    download: bool,
}

impl Asked {
    /// What is asked for, in the order in which the original looks.
    fn form(&self) -> Result<Form> {
        let xml = match given(self.format.as_deref(), "json").to_ascii_lowercase().as_str() {
            "json" => false,
            "xml" => true,
            _ => return Err(Error::bad_request("Invalid BOM format specified.")),
        };
        let version = version(self.version.as_deref());
        // The first two versions are XML alone.
        let version = version.filter(|version| xml || *version >= SpecVersion::V1_2);
        let version = version.ok_or_else(|| Error::bad_request("Invalid BOM version specified."))?;
        let variant = Variant::parse(&given(self.variant.as_deref(), "inventory"));
        let variant = variant.ok_or_else(|| Error::bad_request("Invalid BOM variant specified."))?;
        let download = self.download.as_deref().is_some_and(|text| text.eq_ignore_ascii_case("true"));
        Ok(Form { xml, variant, version, download })
    }
}

/// The version that a parameter names; 1.5 when it names none.
fn version(text: Option<&str>) -> Option<SpecVersion> {
    let text = given(text, "1.5");
    SpecVersion::ALL.into_iter().find(|version| version.as_str() == text)
}

/// The document, or the refusal, which the original labels as one.
fn answer(document: Result<Value>, form: &Form, name: &str) -> Response {
    let kind = if form.xml { XML } else { JSON };
    let document = match document {
        Ok(document) => document,
        Err(error @ Error::Text(..)) => {
            let mut response = error.into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            return response;
        }
        Err(error) => return error.into_response(),
    };
    let body = if form.xml { cyclonedx::xml(document, form.version) } else { document.to_string() };
    if !form.download {
        return ([(header::CONTENT_TYPE, kind)], body).into_response();
    }
    let ending = if form.xml { "xml" } else { "json" };
    let name = format!("attachment; filename=\"{name}.cdx.{ending}\"");
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, body).into_response()
}

/// The project, when there is one and the caller may see it.
async fn visible(db: &Db, scope: &Scope, uuid: &Uuid) -> Result<Project> {
    let project = project::by_uuid(db, uuid.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(db, project.id).await?;
    Ok(project)
}

async fn of_project(
    State(state): State<AppState>,
    Caller(caller): Caller,
    scope: Scope,
    uuid: Uuid,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let db = &state.db;
    let form = asked.form()?;
    let vulnerabilities = [Permission::ViewVulnerability, Permission::VulnerabilityAnalysis];
    if form.variant != Variant::Inventory && !caller.permissions.contains_any(&vulnerabilities) {
        return Err(Error::Empty(StatusCode::FORBIDDEN));
    }
    let document = async {
        let project = visible(db, &scope, &uuid).await?;
        cyclonedx::of_project(db, &project, form.variant, form.version).await
    };
    let name = format!("{}-{}", uuid.as_str(), form.variant.as_str());
    Ok(answer(document.await, &form, &name))
}

async fn of_component(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let db = &state.db;
    let form = Form { variant: Variant::Inventory, ..asked.form()? };
    let document = async {
        let component = component::by_uuid(db, uuid.as_str()).await?;
        let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
        if !scope.allows(db, component.project_id).await? {
            let text = "Access to the specified component is forbidden";
            return Err(Error::Text(StatusCode::FORBIDDEN, text.to_owned()));
        }
        cyclonedx::of_component(db, &component, form.version).await
    };
    let name = format!("{}-{}", uuid.as_str(), form.variant.as_str());
    Ok(answer(document.await, &form, &name))
}

async fn vex(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Uuid,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let db = &state.db;
    let form = Form { xml: false, ..Asked { format: None, variant: None, ..asked }.form()? };
    if form.version < SpecVersion::V1_4 {
        return Err(Error::bad_request("Invalid BOM version specified."));
    }
    let document = async {
        let project = visible(db, &scope, &uuid).await?;
        cyclonedx::vex(db, &project, form.version).await
    };
    Ok(answer(document.await, &form, &format!("{}-vex", uuid.as_str())))
}
