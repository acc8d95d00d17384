//! Operations on repositories (behaviour reference §12.1).

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use serde::Deserialize;
use serde_json::{Map, Value};
use storage::{Sql, params, sql::like};
use url::Url;

use super::store::{self, COLUMNS, Repository};
use super::{KINDS, UNSUPPORTED, job, meta};
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Uuid, check_sort, route, total};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);

/// What stands in the place of a password that was not changed.
const HIDDEN: &str = "HiddenDecryptedPropertyPlaceholder";

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema {
        name: "Repository",
        members: "uuid!: uuid
            type!: CPAN|MAVEN|NPM|GEM|PYPI|NUGET|HEX|COMPOSER|CARGO|GO_MODULES|GITHUB|HACKAGE|NIXPKGS|UNSUPPORTED
            identifier!: string
            url!: string
            resolutionOrder!: integer
            enabled!: boolean
            internal!: boolean
            authenticationRequired!: boolean
            username: string",
    },
    crate::openapi::Schema {
        name: "RepositorySent",
        members: "uuid: uuid
            type: CPAN|MAVEN|NPM|GEM|PYPI|NUGET|HEX|COMPOSER|CARGO|GO_MODULES|GITHUB|HACKAGE|NIXPKGS|UNSUPPORTED
            identifier!: string
            url: string
            enabled: boolean
            internal: boolean
            authenticationRequired: boolean
            username: string
            password: string",
    },
    crate::openapi::Schema {
        name: "RepositoryMeta",
        members: "repositoryType!: string
            namespace: string
            name!: string
            latestVersion!: string
            published: millis
            lastCheck!: millis",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/repository", MANAGE, list)
            .says("Lists repositories, by type and in the order in which they are asked.")
            .paged()
            .gives(200, "[Repository]"),
        route(Method::GET, "/v1/repository/latest", Access::Authenticated, latest)
            .says("Shows the latest version of the package of a package URL.")
            .query("purl", "string")
            .gives(200, "RepositoryMeta")
            .gives(204, "none"),
        route(Method::GET, "/v1/repository/{type}", MANAGE, list_of_kind)
            .says("Lists repositories of a type, in the order in which they are asked.")
            .paged()
            .gives(200, "[Repository]"),
        route(Method::PUT, "/v1/repository", MANAGE, create)
            .says("Makes a repository, asked after the others of its type.")
            .takes("RepositorySent")
            .gives(201, "Repository"),
        route(Method::POST, "/v1/repository", MANAGE, update)
            .says("Changes a repository; without a password the stored one stays.")
            .takes("RepositorySent")
            .gives(200, "Repository"),
        route(Method::DELETE, "/v1/repository/{type}", MANAGE, delete)
            .says("Deletes the repository with this UUID.")
            .gives(204, "none"),
    ]
}

const SORTABLE: [(&str, &str); 6] = [
    ("type", "r.kind"),
    ("identifier", "r.identifier"),
    ("url", "r.url"),
    ("resolutionOrder", "r.resolution_order"),
    ("enabled", "r.enabled"),
    ("internal", "r.internal"),
];

async fn answer(state: &AppState, kind: Option<&str>, page: Page) -> Result<Response> {
    check_sort(&page, "Repository", &SORTABLE)?;
    let filter = "(? OR r.kind = ?) AND lower(r.identifier) LIKE ? ESCAPE '\\'";
    let pattern = like(page.search.as_deref().unwrap_or_default());
    let values = params![kind.is_none(), kind.unwrap_or_default(), pattern];
    let text = format!("SELECT count(*) FROM repository r WHERE {filter}");
    let count = state.db.count(&text, values.clone()).await?;
    let order = page.order(&SORTABLE, "r.kind, r.resolution_order", "r.id");
    let (limit, paging) = page.clause();
    let text = format!("SELECT {COLUMNS} FROM repository r WHERE {filter}{order}{limit}");
    let rows: Vec<Repository> = state.db.rows(&text, [values, paging].concat()).await?;
    Ok((total(count), axum::Json(rows.iter().map(Repository::json).collect::<Vec<_>>())).into_response())
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    answer(&state, None, page).await
}

fn is_kind(text: &str) -> bool {
    text == UNSUPPORTED || KINDS.iter().any(|(kind, _)| *kind == text)
}

async fn list_of_kind(
    State(state): State<AppState>,
    Path(kind): Path<String>,
    page: Page,
) -> Result<Response> {
    if !is_kind(&kind) {
        return Err(Error::Empty(StatusCode::NOT_FOUND));
    }
    answer(&state, Some(&kind), page).await
}

#[derive(Deserialize)]
struct Purl {
    purl: Option<String>,
}

async fn latest(State(state): State<AppState>, Query(query): Query<Purl>) -> Result<Response> {
    let purl = query.purl.as_deref().and_then(sbom::parse_purl);
    let purl = purl.ok_or(Error::Empty(StatusCode::BAD_REQUEST))?;
    if !KINDS.iter().any(|(_, kind)| *kind == purl.kind) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let found = meta::meta_of(&state.db, &[&purl.canonical]).await?.remove(&purl.canonical);
    let unknown = "The repository metadata for the specified component cannot be found.";
    Ok(axum::Json(found.ok_or_else(|| Error::not_found(unknown))?).into_response())
}

fn text(sent: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    let text = sent.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.contains('\0') || text.len() > 1_000) {
        return Err(Error::invalid(name, "must be a text of at most 1,000 characters", Value::Null));
    }
    Ok(text.map(str::to_owned))
}

fn flag(sent: &Map<String, Value>, name: &str) -> Option<bool> {
    sent.get(name).and_then(Value::as_bool)
}

/// Takes over what was sent.
fn read(state: &AppState, sent: &Map<String, Value>, repository: &mut Repository) -> Result<()> {
    let identifier = text(sent, "identifier")?;
    repository.identifier = identifier.ok_or_else(|| Error::not_blank("identifier", None))?;
    repository.url = text(sent, "url")?.unwrap_or_default();
    let is_address = |text: &str| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !repository.url.is_empty() && !is_address(&repository.url) {
        return Err(Error::invalid(
            "url",
            "The URL must be an address of http or https",
            repository.url.clone(),
        ));
    }
    repository.enabled = flag(sent, "enabled").unwrap_or(repository.enabled);
    repository.internal = flag(sent, "internal").unwrap_or_default();
    repository.authentication_required = flag(sent, "authenticationRequired").unwrap_or_default();
    if !repository.authentication_required {
        (repository.username, repository.password) = (None, None);
        return Ok(());
    }
    repository.username = text(sent, "username")?;
    if let Some(password) = text(sent, "password")?.filter(|password| password != HIDDEN) {
        let vault = state.options.vault.as_ref();
        repository.password = vault.map(|vault| vault.seal(&password)).transpose()?;
    }
    Ok(())
}

async fn create(State(state): State<AppState>, Json(sent): Json<Map<String, Value>>) -> Result<Response> {
    let kind = text(&sent, "type")?;
    let kind = kind.ok_or_else(|| Error::invalid("type", "must not be null", Value::Null))?;
    if !is_kind(&kind) {
        let known = KINDS.map(|(kind, _)| kind).join(", ");
        return Err(Error::problem(
            "The provided JSON payload could not be mapped",
            format!("{kind:?} is not a type of repositories: use one of {known}, {UNSUPPORTED}"),
        ));
    }
    let mut new = Repository {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        kind,
        identifier: String::new(),
        url: String::new(),
        resolution_order: 0,
        enabled: false,
        internal: false,
        authentication_required: false,
        username: None,
        password: None,
    };
    read(&state, &sent, &mut new)?;
    let tx = state.db.begin().await?;
    let taken = "SELECT count(*) FROM repository WHERE kind = ? AND identifier = ?";
    tx.lock("repositories").await?;
    if tx.count(taken, params![new.kind.clone(), new.identifier.clone()]).await? > 0 {
        return Err(Error::conflict("A repository with the specified identifier already exists."));
    }
    store::insert(&tx, &new).await?;
    store::forget(&tx, &new.kind).await?;
    let made = store::by_uuid(&tx, &new.uuid).await?;
    job::refresh_soon(&tx).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(made.map(|made| made.json()).unwrap_or_default())).into_response())
}

fn unknown() -> Error {
    Error::not_found("The UUID of the repository could not be found.")
}

async fn update(State(state): State<AppState>, Json(sent): Json<Map<String, Value>>) -> Result<Response> {
    let uuid = text(&sent, "uuid")?.unwrap_or_default();
    let tx = state.db.begin().await?;
    tx.lock("repositories").await?;
    let mut changed = store::by_uuid(&tx, &uuid).await?.ok_or_else(unknown)?;
    read(&state, &sent, &mut changed)?;
    let taken = "SELECT count(*) FROM repository WHERE kind = ? AND identifier = ? AND id <> ?";
    if tx.count(taken, params![changed.kind.clone(), changed.identifier.clone(), changed.id]).await? > 0 {
        return Err(Error::conflict("A repository with the specified identifier already exists."));
    }
    store::update(&tx, &changed).await?;
    store::forget(&tx, &changed.kind).await?;
    job::refresh_soon(&tx).await?;
    tx.commit().await?;
    Ok(axum::Json(changed.json()).into_response())
}

async fn delete(State(state): State<AppState>, Path(uuid): Path<String>) -> Result<StatusCode> {
    if !Uuid::is_valid(&uuid) {
        return Err(Uuid::refuse("deleteRepository", &uuid));
    }
    let tx = state.db.begin().await?;
    let found = store::by_uuid(&tx, &uuid).await?.ok_or_else(unknown)?;
    tx.execute("DELETE FROM repository WHERE id = ?", params![found.id]).await?;
    store::forget(&tx, &found.kind).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_described() {
        let described = SCHEMAS.iter().find(|schema| schema.name == "Repository").unwrap().members;
        for (kind, _) in KINDS {
            assert!(described.contains(kind), "{kind}");
        }
        assert!(is_kind(UNSUPPORTED) && described.contains(UNSUPPORTED));
    }
}
