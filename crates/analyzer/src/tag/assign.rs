//! What has a tag, and giving and taking it.

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, Value as Sent, marks, params};

use super::NAMES;
use super::api::check_size;
use crate::policy;
use crate::server::{Access, AppState, Error, Json, Page, Result, Route, Scope, check_sort, route, total};

const VIEW: Access = Access::Any(&[Permission::ViewPortfolio]);
const PORTFOLIO: Access = Access::Any(&[Permission::PortfolioManagement]);
const POLICIES: Access = Access::Any(&[Permission::PolicyManagement]);
const SYSTEM: Access = Access::Any(&[Permission::SystemConfiguration]);
const VULNERABILITIES: Access = Access::Any(&[Permission::VulnerabilityManagement]);

/// A kind of thing that can have tags.
struct Kind {
    /// Its table, and the one of its tags with the column that points at it.
    table: &'static str,
    tags: &'static str,
    key: &'static str,
    /// What is shown beside the uuid: members with their columns.
    first: (&'static str, &'static str),
    second: Option<(&'static str, &'static str)>,
}

const PROJECT: Kind = Kind {
    table: "project",
    tags: "project_tag",
    key: "project_id",
    first: ("name", "p.name"),
    second: Some(("version", "p.version")),
};
const POLICY: Kind =
    Kind { table: "policy", tags: "policy_tag", key: "policy_id", first: ("name", "p.name"), second: None };
const RULE: Kind = Kind {
    table: "notification_rule",
    tags: "notification_rule_tag",
    key: "rule_id",
    first: ("name", "p.name"),
    second: None,
};
const VULNERABILITY: Kind = Kind {
    table: "vulnerability",
    tags: "vulnerability_tag",
    key: "vulnerability_id",
    first: ("vulnId", "p.vuln_id"),
    second: Some(("source", "p.source")),
};

type Named = Path<String>;

/// The operations on what has a tag, of one kind.
macro_rules! operations {
    ($path:literal, $kind:ident, $view:expr, $manage:expr, $what:literal, $shape:literal) => {
        vec![
            route(
                Method::GET,
                $path,
                $view,
                |State(state): State<AppState>, scope: Scope, Path(name): Named, page: Page| async move {
                    list(&state, &scope, &name, &page, &$kind).await
                },
            )
            .says(concat!("Lists the ", $what, " that have a tag."))
            .paged()
            .gives(200, concat!("[", $shape, "]")),
            route(
                Method::POST,
                $path,
                $manage,
                |State(state): State<AppState>, scope: Scope, Path(name): Named, body: Json<Vec<String>>| async move {
                    change(&state, &scope, &name, body.0, &$kind, true).await
                },
            )
            .says(concat!("Gives a tag to ", $what, "."))
            .takes("[uuid]")
            .gives(204, "none"),
            route(
                Method::DELETE,
                $path,
                $manage,
                |State(state): State<AppState>, scope: Scope, Path(name): Named, body: Json<Vec<String>>| async move {
                    change(&state, &scope, &name, body.0, &$kind, false).await
                },
            )
            .says(concat!("Takes a tag off ", $what, "."))
            .takes("[uuid]")
            .gives(204, "none"),
        ]
    };
}

pub(super) fn routes() -> Vec<Route> {
    let collections = route(Method::GET, "/v1/tag/{name}/collectionProject", VIEW, collections)
        .says("Lists the collections of the children that have a tag.")
        .paged()
        .gives(200, "[TaggedProject]");
    [
        operations!("/v1/tag/{name}/project", PROJECT, VIEW, PORTFOLIO, "projects", "TaggedProject"),
        operations!("/v1/tag/{name}/policy", POLICY, VIEW, POLICIES, "policies", "TaggedObject"),
        operations!(
            "/v1/tag/{name}/notificationRule",
            RULE,
            SYSTEM,
            SYSTEM,
            "notification rules",
            "TaggedObject"
        ),
        operations!(
            "/v1/tag/{name}/vulnerability",
            VULNERABILITY,
            VULNERABILITIES,
            VULNERABILITIES,
            "vulnerabilities",
            "TaggedVulnerability"
        ),
        vec![collections],
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[derive(FromQueryResult)]
struct Row {
    uuid: String,
    first: String,
    second: Option<String>,
}

/// The condition that the caller may see a thing.
fn visible(scope: &Scope, kind: &Kind) -> (String, Vec<Sent>) {
    if kind.table == PROJECT.table { scope.condition("p.id") } else { Scope::All.condition("p.id") }
}

/// The things `p` that meet a condition, in pages.
async fn answer(
    state: &AppState,
    scope: &Scope,
    page: &Page,
    kind: &Kind,
    condition: &str,
    name: &str,
) -> Result<Response> {
    let sortable: Vec<(&str, &str)> = [Some(kind.first), kind.second].into_iter().flatten().collect();
    check_sort(page, "Tag", &sortable)?;
    let (visible, values) = visible(scope, kind);
    let values = [params![name.trim().to_lowercase()], values].concat();
    let from = format!("FROM {} p WHERE {condition} AND {visible}", kind.table);
    let count = state.db.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let second = kind.second.map_or("NULL", |(_, column)| column);
    let order = page.order(&sortable, kind.first.1, "p.id");
    let (limit, paging) = page.clause();
    let text = format!("SELECT p.uuid, {} AS first, {second} AS second {from}{order}{limit}", kind.first.1);
    let rows: Vec<Row> = state.db.rows(&text, [values, paging].concat()).await?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let mut out = Map::new();
            out.insert("uuid".to_owned(), json!(row.uuid));
            out.insert(kind.first.0.to_owned(), json!(row.first));
            if let (Some((member, _)), Some(value)) = (kind.second, row.second) {
                out.insert(member.to_owned(), json!(value));
            }
            out.into()
        })
        .collect();
    Ok((total(count), axum::Json(rows)).into_response())
}

async fn list(state: &AppState, scope: &Scope, name: &str, page: &Page, kind: &Kind) -> Result<Response> {
    let condition =
        format!("EXISTS (SELECT 1 FROM {} t WHERE t.{} = p.id AND t.name = ?)", kind.tags, kind.key);
    answer(state, scope, page, kind, &condition, name).await
}

async fn collections(
    State(state): State<AppState>,
    scope: Scope,
    Path(name): Named,
    page: Page,
) -> Result<Response> {
    answer(&state, &scope, &page, &PROJECT, "p.collection_tag = ?", &name).await
}

/// Whether a tag is there.
async fn exists(tx: &Tx, name: &str) -> Result<bool> {
    let text = format!("SELECT count(*) FROM ({NAMES}) n WHERE n.name = ?");
    Ok(tx.count(&text, params![name]).await? > 0)
}

/// Gives a tag to things, or takes it from them. Things that are not there, or that the caller may not
/// see, are passed over.
async fn change(
    state: &AppState,
    scope: &Scope,
    name: &str,
    uuids: Vec<String>,
    kind: &Kind,
    give: bool,
) -> Result<StatusCode> {
    check_size(if give { "tag" } else { "untag" }, uuids.len())?;
    let name = name.trim().to_lowercase();
    let tx = state.db.begin().await?;
    if !exists(&tx, &name).await? {
        return Err(Error::Problem {
            status: StatusCode::NOT_FOUND,
            title: "Resource does not exist",
            detail: format!("A tag with name {name} does not exist"),
            errors: None,
        });
    }
    let (visible, values) = visible(scope, kind);
    let text =
        format!("SELECT p.id FROM {} p WHERE p.uuid IN ({}) AND {visible}", kind.table, marks(uuids.len()));
    let uuids = uuids.into_iter().map(Into::into).collect();
    let ids: Vec<i64> = tx.column(&text, [uuids, values].concat()).await?;
    if kind.tags == POLICY.tags {
        policy::mark_policies(&tx, &ids).await?;
    }
    if give {
        super::ensure(&tx, std::slice::from_ref(&name)).await?;
        let rows = ids.iter().map(|id| params![*id, name.clone()]).collect();
        tx.insert_many(kind.tags, &[kind.key, "name"], rows, "ON CONFLICT DO NOTHING").await?;
    } else {
        let text =
            format!("DELETE FROM {} WHERE name = ? AND {} IN ({})", kind.tags, kind.key, marks(ids.len()));
        let ids = ids.iter().map(|id| (*id).into()).collect();
        tx.execute(&text, [params![name], ids].concat()).await?;
    }
    if kind.tags == POLICY.tags {
        policy::mark_policies(&tx, &ids).await?;
    }
    if kind.tags == PROJECT.tags {
        for id in &ids {
            policy::project_changed(&tx, *id).await?;
        }
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
