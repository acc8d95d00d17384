//! Publishers over the wire.

use axum::extract::{Form, Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::Value;
use storage::params;

use super::{Kind, Publisher, all, by_name, by_uuid, make_defaults, schema};
use crate::notification::notice::{Notice, Version};
use crate::notification::{deliver, group, rule, storable, template};
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Uuid, route};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const ONE: &str = "NotificationPublisher";

#[rustfmt::skip]
pub(in crate::notification) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/notification/publisher", MANAGE, list)
            .says("Lists the publishers").gives(200, "[NotificationPublisher]"),
        route(Method::PUT, "/v1/notification/publisher", MANAGE, create)
            .says("Makes a publisher").takes(ONE).gives(201, ONE),
        route(Method::POST, "/v1/notification/publisher", MANAGE, update)
            .says("Changes a publisher").takes(ONE).gives(200, ONE),
        route(Method::DELETE, "/v1/notification/publisher/{uuid}", MANAGE, delete)
            .says("Deletes a publisher and its rules").gives(204, "none"),
        route(Method::GET, "/v1/notification/publisher/{uuid}/configSchema", MANAGE, config_schema)
            .says("Shows what the configuration of a publisher's rules may say, as a JSON Schema")
            .gives(200, "any").gives(204, "none"),
        route(Method::POST, "/v1/notification/publisher/restoreDefaultTemplates", MANAGE, restore)
            .says("Gives the default publishers their templates back").gives(200, "none"),
        route(Method::POST, "/v1/notification/publisher/test/smtp", MANAGE, test_mail)
            .says("Sends a mail to try the settings of mail")
            .takes_as("application/x-www-form-urlencoded", "MailTest").gives(200, "none"),
        route(Method::POST, "/v1/notification/publisher/test/{uuid}", MANAGE, test_rule)
            .says("Sends a notification with made-up data for each group of a rule").gives(200, "none"),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    uuid: Option<String>,
    name: Option<String>,
    description: Option<String>,
    publisher_class: Option<String>,
    extension_name: Option<String>,
    template: Option<String>,
    template_mime_type: Option<String>,
    payload_version: Option<String>,
    #[serde(default)]
    default_publisher: bool,
}

/// What a body says, once it is checked.
struct Checked {
    name: String,
    description: Option<String>,
    class: String,
    template: String,
    mime_type: String,
    payload_version: Option<String>,
}

fn given(path: &str, text: Option<&str>) -> Result<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| storable(path, text)).transpose()
}

fn needed(path: &str, text: Option<&str>) -> Result<String> {
    given(path, text)?.ok_or_else(|| Error::not_blank(path, text))
}

impl Body {
    fn check(&self) -> Result<Checked> {
        let name = needed("name", self.name.as_deref())?;
        if name.chars().count() > 255 {
            return Err(Error::invalid("name", "size must be between 1 and 255", name));
        }
        let class = match given("extensionName", self.extension_name.as_deref())? {
            Some(extension) if self.publisher_class.is_none() => Kind::class_of_extension(&extension)
                .ok_or_else(|| Error::bad_request(format!("No extension with name '{extension}' exists")))?,
            _ => {
                let class = needed("publisherClass", self.publisher_class.as_deref())?;
                known(&class)?;
                class
            }
        };
        let template = needed("template", self.template.as_deref())?;
        let mime_type = needed("templateMimeType", self.template_mime_type.as_deref())?;
        if axum::http::HeaderValue::from_str(&mime_type).is_err() || !mime_type.contains('/') {
            return Err(Error::invalid("templateMimeType", "must be a media type", mime_type));
        }
        let payload_version = given("payloadVersion", self.payload_version.as_deref())?;
        if payload_version.as_deref().is_some_and(|version| Version::parse(version).is_none()) {
            return Err(Error::invalid("payloadVersion", "must be 4 or 5", payload_version));
        }
        let description = given("description", self.description.as_deref())?;
        Ok(Checked { name, description, class, template, mime_type, payload_version })
    }
}

/// Refuses classes that are no publisher.
fn known(class: &str) -> Result<()> {
    if Kind::of(class).is_some() {
        return Ok(());
    }
    // There are no classes here: those of Java and of the original are taken to be there.
    let exists = ["java.", "javax.", "jakarta.", "org.dependencytrack.", "alpine."];
    let exists = exists.iter().any(|start| class.starts_with(start)) && !class.starts_with(super::PACKAGE);
    Err(Error::bad_request(if exists {
        format!("The class {class} does not implement {}Publisher", super::PACKAGE)
    } else {
        format!("The class {class} cannot be found")
    }))
}

/// Tries a template before it is stored, away from the threads that answer requests.
async fn try_template(checked: &Checked) -> Result<()> {
    let (text, mime_type) = (checked.template.clone(), checked.mime_type.clone());
    let tried = tokio::task::spawn_blocking(move || template::check(&text, &mime_type)).await;
    let tried = tried.unwrap_or_else(|error| Err(error.to_string()));
    tried.map_err(|error| Error::bad_request(format!("The template cannot be used: {error}")))
}

fn not_found() -> Error {
    Error::not_found("The UUID of the notification rule could not be found.")
}

fn taken(name: &str) -> Error {
    Error::conflict(format!("The notification with the name {name} already exist"))
}

async fn list(State(state): State<AppState>, page: Page) -> Result<axum::Json<Value>> {
    let page = page.unless_asked_all();
    let from = usize::try_from(page.offset).unwrap_or_default();
    let many = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let publishers = all(&state.db).await?;
    Ok(axum::Json(publishers.iter().skip(from).take(many).map(|publisher| publisher.json(true)).collect()))
}

async fn create(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let checked = body.check();
    if let Ok(checked) = &checked
        && by_name(&state.db, &checked.name).await?.is_some()
    {
        return Err(taken(&checked.name));
    }
    if body.default_publisher {
        return Err(Error::bad_request("The creation of a new default publisher is forbidden"));
    }
    let checked = checked?;
    try_template(&checked).await?;
    let tx = state.db.begin().await?;
    tx.lock("notification publishers").await?;
    if by_name(&tx, &checked.name).await?.is_some() {
        return Err(taken(&checked.name));
    }
    let uuid = uuid::Uuid::new_v4().to_string();
    tx.insert(
        "notification_publisher",
        &[
            ("uuid", uuid.clone().into()),
            ("name", checked.name.into()),
            ("description", checked.description.into()),
            ("publisher_class", checked.class.into()),
            ("template", checked.template.into()),
            ("template_mime_type", checked.mime_type.into()),
            ("payload_version", checked.payload_version.into()),
            ("is_default", false.into()),
        ],
    )
    .await?;
    let made = by_uuid(&tx, &uuid).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(made.json(true))).into_response())
}

/// The publisher that is to be changed, when it may be.
fn own(found: Option<Publisher>) -> Result<Publisher> {
    let found = found.ok_or_else(not_found)?;
    if found.is_default {
        return Err(Error::bad_request("The modification of a default publisher is forbidden"));
    }
    Ok(found)
}

async fn update(State(state): State<AppState>, Json(body): Json<Body>) -> Result<Response> {
    let uuid = body.uuid.clone().unwrap_or_default();
    if !Uuid::is_valid(&uuid) {
        return Err(not_found());
    }
    own(by_uuid(&state.db, &uuid).await?)?;
    let checked = body.check()?;
    if body.default_publisher {
        return Err(Error::bad_request("The modification of a default publisher is forbidden"));
    }
    try_template(&checked).await?;
    let tx = state.db.begin().await?;
    tx.lock("notification publishers").await?;
    let found = own(by_uuid(&tx, &uuid).await?)?;
    if by_name(&tx, &checked.name).await?.is_some_and(|other| other.id != found.id) {
        return Err(taken(&checked.name));
    }
    tx.update(
        "notification_publisher",
        found.id,
        &[
            ("name", checked.name.into()),
            ("description", checked.description.into()),
            ("publisher_class", checked.class.into()),
            ("template", checked.template.into()),
            ("template_mime_type", checked.mime_type.into()),
            ("payload_version", checked.payload_version.into()),
        ],
    )
    .await?;
    let made = by_uuid(&tx, &uuid).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    Ok(axum::Json(made.json(true)).into_response())
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let found = by_uuid(&tx, uuid.as_str()).await?.ok_or_else(not_found)?;
    if found.is_default {
        return Err(Error::bad_request("Deleting a default notification publisher is forbidden."));
    }
    tx.execute("DELETE FROM notification_publisher WHERE id = ?", params![found.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn config_schema(State(state): State<AppState>, uuid: Uuid) -> Result<Response> {
    let found = by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    Ok(match found.kind().and_then(schema::schema) {
        Some(schema) => axum::Json(schema).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn restore(State(state): State<AppState>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    make_defaults(&tx).await?;
    tx.commit().await?;
    Ok(StatusCode::OK)
}

#[derive(Deserialize)]
struct MailTest {
    #[serde(default)]
    destination: String,
}

fn failed() -> Error {
    let text = "Exception occurred while sending the notification. Check the logs for more details.";
    Error::Text(StatusCode::INTERNAL_SERVER_ERROR, text.to_owned())
}

async fn test_mail(
    State(state): State<AppState>,
    form: std::result::Result<Form<MailTest>, axum::extract::rejection::FormRejection>,
) -> Result<Response> {
    let Ok(Form(form)) = form else {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    };
    let destination = form.destination.trim();
    if destination.is_empty() {
        return Err(Error::not_blank("destination", Some(&form.destination)));
    }
    deliver::test_mail(&state, destination).await.map_err(|problem| {
        tracing::warn!(error = %problem.message, "the mail of a test could not be sent");
        failed()
    })?;
    Ok(StatusCode::OK.into_response())
}

async fn test_rule(State(state): State<AppState>, Path(uuid): Path<String>) -> Result<StatusCode> {
    let rule = match Uuid::is_valid(&uuid) {
        true => rule::by_uuid(&state.db, &uuid).await?,
        false => return Err(Uuid::refuse("testNotificationRule", &uuid)),
    };
    let Some(rule) = rule else { return Err(Error::Empty(StatusCode::NOT_FOUND)) };
    let publishers = super::by_ids(&state.db, &[rule.publisher_id]).await?;
    let publisher = publishers.first().ok_or_else(|| Error::Empty(StatusCode::NOT_FOUND))?;
    for name in rule.groups() {
        let Some((_, known)) = group::find(&name) else { continue };
        let notice = Notice::test(known.scope, known.name, rule.version(publisher));
        deliver::publish(&state, &rule, publisher, &notice).await.map_err(|problem| {
            tracing::warn!(rule = rule.name, error = %problem.message, "the test of a rule failed");
            failed()
        })?;
    }
    Ok(StatusCode::OK)
}
