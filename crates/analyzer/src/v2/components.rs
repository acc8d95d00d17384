//! Components in pages by cursor, and adding one.

use std::collections::HashMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::{Sql, params, sql::like};

use super::{Asked, Cursor, Refusal, Sort, page, snaked};
use crate::component::{self, COLUMNS, Component, Picked, Show};
use crate::server::{Access, AppState, Error, Json, Result, Route, Scope, Uuid, route};
use crate::{project, repository};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const MANAGE: Access = Access::Any(&[Permission::PortfolioManagement]);
const RISK: &str = "last_inherited_risk_score";
/// The fields that lists are sorted by; the first one unless asked otherwise.
const SORTABLE: [&str; 3] = ["name", "group", RISK];

/// The kinds of hashes, and the members in which they are.
const HASHES: [(&str, &str); 12] = [
    ("MD5", "md5"),
    ("SHA1", "sha1"),
    ("SHA_256", "sha256"),
    ("SHA_384", "sha384"),
    ("SHA_512", "sha512"),
    ("SHA3_256", "sha3_256"),
    ("SHA3_384", "sha3_384"),
    ("SHA3_512", "sha3_512"),
    ("BLAKE2B_256", "blake2b_256"),
    ("BLAKE2B_384", "blake2b_384"),
    ("BLAKE2B_512", "blake2b_512"),
    ("BLAKE3", "blake3"),
];

pub(super) fn routes() -> Vec<Route> {
    let listed = |route: Route| {
        let texts = ["expand", "page_token", "sort_by", "sort_direction"];
        let route = texts.into_iter().fold(route, |route, name| route.query(name, "string"));
        route.query("limit", "integer").gives(200, "ComponentPageV2")
    };
    let list = listed(
        route(Method::GET, "/v2/components", VIEW, search).says("Finds components of the whole portfolio."),
    );
    let texts = [
        "group_contains",
        "name_contains",
        "version_contains",
        "purl_prefix",
        "cpe",
        "swid_tag_id_contains",
        "hash_type",
        "hash",
    ];
    vec![
        texts
            .into_iter()
            .fold(list, |route, name| route.query(name, "string"))
            .query("project_state", "ACTIVE|INACTIVE")
            .query("project_latest_version", "boolean"),
        route(Method::POST, "/v2/components", MANAGE, create)
            .says("Adds a component to a project.")
            .takes("NewComponentV2")
            .gives(201, "none"),
        listed(
            route(Method::GET, "/v2/projects/{uuid}/components", VIEW, of_project)
                .says("Lists the components of a project."),
        )
        .query("only_outdated", "boolean")
        .query("only_direct", "boolean")
        .query("q", "string"),
    ]
}

/// What every list takes.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    group_contains: Option<String>,
    name_contains: Option<String>,
    version_contains: Option<String>,
    purl_prefix: Option<String>,
    cpe: Option<String>,
    swid_tag_id_contains: Option<String>,
    hash_type: Option<String>,
    hash: Option<String>,
    project_state: Option<String>,
    project_latest_version: Option<bool>,
    only_outdated: Option<bool>,
    only_direct: Option<bool>,
    q: Option<String>,
    limit: Option<i64>,
    page_token: Option<String>,
    sort_by: Option<String>,
    sort_direction: Option<String>,
}

/// A list's parameters: `expand` may be repeated.
struct Parameters {
    filter: Filter,
    sort: Sort,
    expand: Vec<String>,
}

type Asking = std::result::Result<Query<Vec<(String, String)>>, QueryRejection>;

impl Parameters {
    fn read(query: Asking) -> Result<Parameters, Refusal> {
        let Query(pairs) = query.map_err(|rejection| Error::bad_request(rejection.body_text()))?;
        let (expand, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "expand");
        // What is said twice counts as said last.
        let others: HashMap<String, String> =
            others.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
        let uri: axum::http::Uri =
            format!("/?{text}").parse().map_err(|_| Error::bad_request("The query could not be read."))?;
        let Query(mut filter) = Query::<Filter>::try_from_uri(&uri)
            .map_err(|rejection| Error::bad_request(rejection.body_text()))?;
        let asked = Asked {
            limit: filter.limit,
            page_token: filter.page_token.take(),
            sort_by: filter.sort_by.take(),
            sort_direction: filter.sort_direction.take(),
        };
        let expand = expand.iter().flat_map(|(_, value)| value.split(',')).map(str::to_owned).collect();
        Ok(Parameters { sort: asked.sort(&SORTABLE)?, filter, expand })
    }

    fn expands(&self, name: &str) -> bool {
        self.expand.iter().any(|one| one == name)
    }
}

/// The conditions of a search over the portfolio.
fn picked(filter: &Filter) -> Result<Picked, Error> {
    let mut texts = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    for (column, text) in [
        ("c.group_name", &filter.group_contains),
        ("c.name", &filter.name_contains),
        ("c.version", &filter.version_contains),
        ("c.swid_tag_id", &filter.swid_tag_id_contains),
    ] {
        if let Some(text) = text {
            texts.push(format!("lower({column}) LIKE ? ESCAPE '\\'"));
            values.push(like(text).into());
        }
    }
    if let Some(prefix) = &filter.purl_prefix {
        let purl = sbom::parse_purl(prefix);
        let purl =
            purl.ok_or_else(|| Error::invalid("purl_prefix", "must be a valid PURL", prefix.as_str()))?;
        texts.push("lower(c.purl) LIKE ? ESCAPE '\\'".to_owned());
        values.push(like(&purl.canonical).trim_start_matches('%').to_owned().into());
    }
    if let Some(text) = &filter.cpe {
        if advisories::cpe::Name::parse(text).is_err() {
            return Err(Error::invalid("cpe", "must be a valid CPE", text.as_str()));
        }
        texts.push("lower(c.cpe) = ?".to_owned());
        values.push(text.to_lowercase().into());
    }
    match (&filter.hash_type, &filter.hash) {
        (Some(kind), Some(hash)) => {
            let member = HASHES.iter().find(|(name, _)| name == kind).map(|(_, member)| *member);
            let member = member
                .ok_or_else(|| Error::invalid("hash_type", "is not a known type of hashes", kind.as_str()))?;
            let found = component::with_hash(hash, &[member]);
            texts.push(found.condition);
            values.extend(found.values);
        }
        (None, Some(hash)) => {
            return Err(Error::invalid("hash", "requires hash_type to be set", hash.as_str()));
        }
        (_, None) => {}
    }
    match filter.project_state.as_deref() {
        None => {}
        Some("ACTIVE") => texts.push("p.active".to_owned()),
        Some("INACTIVE") => texts.push("NOT p.active".to_owned()),
        Some(other) => return Err(Error::invalid("project_state", "must be ACTIVE or INACTIVE", other)),
    }
    if let Some(latest) = filter.project_latest_version {
        texts.push("p.is_latest = ?".to_owned());
        values.push(latest.into());
    }
    Ok(Picked { condition: texts.join(" AND "), values })
}

async fn search(
    State(state): State<AppState>,
    scope: Scope,
    query: Asking,
) -> std::result::Result<Response, Refusal> {
    let parameters = Parameters::read(query)?;
    let picked = picked(&parameters.filter)?.visible_to(&scope);
    answer(&state, &picked, &parameters, true).await
}

async fn of_project(
    State(state): State<AppState>,
    scope: Scope,
    uuid: Result<Uuid, Error>,
    query: Asking,
) -> std::result::Result<Response, Refusal> {
    let parameters = Parameters::read(query)?;
    let project = project::by_uuid(&state.db, uuid?.as_str()).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&state.db, project.id).await?;
    let filter = &parameters.filter;
    let text = filter.q.as_deref().unwrap_or_default();
    let picked = component::of(project.id, text, filter.only_direct.unwrap_or_default());
    answer(&state, &picked, &parameters, false).await
}

/// The ids of a page with the values that they are sorted by, whether more follow, and how many there
/// are in all.
async fn ids(
    sql: &impl Sql,
    picked: &Picked,
    parameters: &Parameters,
) -> Result<(Vec<(Value, i64)>, bool, i64)> {
    let sort = &parameters.sort;
    let limit = usize::try_from(sort.limit).unwrap_or_default();
    let outdated = parameters.filter.only_outdated.unwrap_or_default();
    if outdated || sort.by == RISK {
        // What decides is not in the table: the ids are few enough to be put in order here.
        let all: Vec<i64> = if outdated {
            component::outdated(sql, picked, "").await?
        } else {
            sql.column(&format!("SELECT c.id {}", picked.from()), picked.values.clone()).await?
        };
        let mut keyed: Vec<(Value, i64)> = if sort.by == RISK {
            component::ranked(sql, &all).await?.into_iter().map(|(risk, id)| (json!(risk), id)).collect()
        } else {
            let mut keyed = keys(sql, &all, column(&sort.by)).await?;
            keyed.sort_by(compare);
            keyed
        };
        if sort.descending {
            keyed.reverse();
        }
        let total = i64::try_from(keyed.len()).unwrap_or(i64::MAX);
        let behind = sort.after.as_ref().map_or(0, |after| {
            let place = (after.value.clone(), after.id);
            let before = |one: &(Value, i64)| {
                let order = compare(one, &place);
                if sort.descending { order.is_ge() } else { order.is_le() }
            };
            keyed.iter().take_while(|one| before(one)).count()
        });
        let more = keyed.len() > behind + limit;
        return Ok((keyed.into_iter().skip(behind).take(limit).collect(), more, total));
    }
    let from = picked.from();
    let total = sql.count(&format!("SELECT count(*) {from}"), picked.values.clone()).await?;
    let column = column(&sort.by);
    let mut values = picked.values.clone();
    let (beyond, direction) = if sort.descending { ("<", "DESC") } else { (">", "ASC") };
    let mut after = String::new();
    if let Some(cursor) = &sort.after {
        after = format!(" AND ({column} {beyond} ? OR ({column} = ? AND c.id {beyond} ?))");
        let value = cursor.value.as_str().unwrap_or_default();
        values.extend(params![value, value, cursor.id]);
    }
    values.extend(params![sort.limit + 1]);
    let text = format!(
        "SELECT {column} AS sorted_by, c.id {from}{after} ORDER BY {column} {direction}, c.id {direction} LIMIT ?"
    );
    let mut rows: Vec<Key> = sql.rows(&text, values).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows.into_iter().map(|row| (json!(row.sorted_by), row.id)).collect(), more, total))
}

#[derive(FromQueryResult)]
struct Key {
    sorted_by: String,
    id: i64,
}

fn column(field: &str) -> &'static str {
    if field == "group" { "COALESCE(c.group_name, '')" } else { "c.name" }
}

async fn keys(sql: &impl Sql, ids: &[i64], column: &str) -> Result<Vec<(Value, i64)>> {
    let text = format!("SELECT {column} AS sorted_by, c.id FROM component c WHERE c.id IN (:ids)");
    let rows: Vec<Key> = sql.rows_in(&text, ids).await?;
    Ok(rows.into_iter().map(|row| (json!(row.sorted_by), row.id)).collect())
}

fn compare(a: &(Value, i64), b: &(Value, i64)) -> std::cmp::Ordering {
    let values = match (&a.0, &b.0) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (a, b) => a.as_str().cmp(&b.as_str()),
    };
    values.then(a.1.cmp(&b.1))
}

async fn answer(
    state: &AppState,
    picked: &Picked,
    parameters: &Parameters,
    with_project: bool,
) -> std::result::Result<Response, Refusal> {
    let (keyed, more, total) = ids(&state.db, picked, parameters).await?;
    let ids: Vec<i64> = keyed.iter().map(|(_, id)| *id).collect();
    let text = format!("SELECT {COLUMNS} FROM component c WHERE c.id IN (:ids)");
    let rows: Vec<Component> = state.db.rows_in(&text, &ids).await?;
    let mut by_id: HashMap<i64, Component> = rows.into_iter().map(|row| (row.id, row)).collect();
    let rows: Vec<Component> = ids.iter().filter_map(|id| by_id.remove(id)).collect();
    let show = Show {
        metrics: parameters.expands("metrics"),
        repository: parameters.expands("package_metadata"),
        project_lists: false,
        occurrences: false,
    };
    let occurrences = if parameters.expands("occurrence_count") && !with_project {
        component::occurrences(&state.db, &ids).await?
    } else {
        HashMap::new()
    };
    let purls: Vec<&str> = rows.iter().filter_map(|row| row.purl.as_deref()).collect();
    let artifacts = if parameters.expands("package_artifact_metadata") {
        repository::artifacts_of(&state.db, &purls).await?
    } else {
        HashMap::new()
    };
    let shown = component::list_json(&state.db, &rows, show).await?;
    let items = rows.iter().zip(shown).map(|(row, object)| {
        let mut out = item(object, with_project);
        let artifact = row.purl.as_deref().and_then(|purl| artifacts.get(purl));
        if let (Some(artifact), Some(object)) = (artifact, out.as_object_mut()) {
            object.insert("package_artifact_metadata".to_owned(), artifact.clone());
        }
        if let (Some(count), Some(object)) = (occurrences.get(&row.id), out.as_object_mut()) {
            object.insert("occurrence_count".to_owned(), json!(count));
        }
        out
    });
    let next = keyed.last().filter(|_| more).map(|(value, id)| Cursor {
        by: parameters.sort.by.clone(),
        descending: parameters.sort.descending,
        value: value.clone(),
        id: *id,
    });
    Ok(axum::Json(page(items.collect(), next, total)).into_response())
}

/// From the JSON of version 1.
fn item(mut from: Value, with_project: bool) -> Value {
    let Some(from) = from.as_object_mut() else { return Value::Null };
    let mut out = Map::new();
    for (name, member) in [
        ("uuid", "uuid"),
        ("name", "name"),
        ("version", "version"),
        ("group", "group"),
        ("classifier", "classifier"),
        ("scope", "scope"),
        ("cpe", "cpe"),
        ("purl", "purl"),
        ("swid_tag_id", "swidTagId"),
        ("internal", "isInternal"),
        ("copyright", "copyright"),
        ("license", "license"),
        ("license_expression", "licenseExpression"),
        ("license_url", "licenseUrl"),
        (RISK, "lastInheritedRiskScore"),
    ] {
        if let Some(value) = from.remove(member) {
            out.insert(name.to_owned(), value);
        }
    }
    let hashes: Map<String, Value> =
        HASHES.iter().filter_map(|(_, member)| Some(((*member).to_owned(), from.remove(*member)?))).collect();
    if !hashes.is_empty() {
        out.insert("hashes".to_owned(), hashes.into());
    }
    let mut put = |name: &str, from: Option<Value>, members: &[(&str, &str)]| {
        let Some(Value::Object(mut from)) = from else { return };
        let members =
            members.iter().filter_map(|(name, member)| Some(((*name).to_owned(), from.remove(*member)?)));
        out.insert(name.to_owned(), Value::Object(members.collect()));
    };
    put(
        "resolved_license",
        from.remove("resolvedLicense"),
        &[
            ("name", "name"),
            ("license_id", "licenseId"),
            ("uuid", "uuid"),
            ("osi_approved", "isOsiApproved"),
            ("fsf_libre", "isFsfLibre"),
            ("custom_license", "isCustomLicense"),
        ],
    );
    put(
        "package_metadata",
        from.remove("repositoryMeta"),
        &[
            ("latest_version", "latestVersion"),
            ("latest_version_published_at", "published"),
            ("resolved_at", "lastCheck"),
        ],
    );
    let project = from.remove("project").filter(|_| with_project);
    put("project", project, &[("name", "name"), ("version", "version"), ("uuid", "uuid")]);
    if let Some(metrics) = from.remove("metrics") {
        out.insert("metrics".to_owned(), snaked(metrics));
    }
    out.into()
}

/// Members of version 1, by those of version 2 that are spelt otherwise.
const SPELT: [(&str, &str); 4] = [
    ("swid_tag_id", "swidTagId"),
    ("license_expression", "licenseExpression"),
    ("license_url", "licenseUrl"),
    ("project_uuid", "projectUuid"),
];

async fn create(
    State(state): State<AppState>,
    scope: Scope,
    body: Result<Json<Map<String, Value>>, Error>,
) -> std::result::Result<Response, Refusal> {
    let Json(sent) = body?;
    let uuid = sent.get("project_uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
    if uuid::Uuid::parse_str(&uuid).is_err() {
        return Err(Error::invalid("project_uuid", "must be a UUID", uuid).into());
    }
    let mut own = Map::new();
    for (name, value) in sent {
        match (SPELT.iter().find(|(theirs, _)| *theirs == name), value) {
            (Some((_, ours)), value) => {
                own.insert((*ours).to_owned(), value);
            }
            (None, Value::Object(hashes)) if name == "hashes" => own.extend(hashes),
            (None, value) => {
                own.insert(name, value);
            }
        }
    }
    own.entry("classifier").or_insert_with(|| json!("LIBRARY"));
    let tx = state.db.begin().await?;
    let project = project::by_uuid(&tx, &uuid).await?;
    let project = project.ok_or_else(|| Error::not_found("The project could not be found."))?;
    scope.check(&tx, project.id).await?;
    let (component, _) = component::add(&state, tx, &project, &own).await?;
    let location = [(header::LOCATION, format!("/api/v2/components/{}", component.uuid))];
    Ok((StatusCode::CREATED, location).into_response())
}
