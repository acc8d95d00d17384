//! Groups of licences over the wire (behaviour reference §13.4).

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{Sql, Tx, marks, params, sql::like};

use crate::license::{self, License};
use crate::openapi::Schema;
use crate::policy;
use crate::server::{
    Access, AppState, Error, Json, Page, Result, Route, Uuid, check_sort, needed, route, total,
};

const MANAGE: Access = Access::Any(&[Permission::PolicyManagement]);

const SORTABLE: [(&str, &str); 2] = [("name", "g.name"), ("riskWeight", "g.risk_weight")];

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "LicenseGroup",
        members: "uuid!: uuid
            name!: string
            riskWeight!: integer
            licenses!: [ConciseLicense]",
    },
    Schema {
        name: "LicenseGroupChange",
        members: "uuid: uuid
            name!: string
            riskWeight: integer",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/licenseGroup", MANAGE, list)
            .says("Lists the groups of licences.")
            .paged()
            .gives(200, "[LicenseGroup]"),
        route(Method::GET, "/v1/licenseGroup/{uuid}", MANAGE, show)
            .says("Shows a group of licences.")
            .gives(200, "LicenseGroup"),
        route(Method::PUT, "/v1/licenseGroup", MANAGE, create)
            .says("Makes a group of licences.")
            .takes("LicenseGroupChange")
            .gives(201, "LicenseGroup"),
        route(Method::POST, "/v1/licenseGroup", MANAGE, update)
            .says("Changes the name and the weight of a group.")
            .takes("LicenseGroupChange")
            .gives(200, "LicenseGroup"),
        route(Method::DELETE, "/v1/licenseGroup/{uuid}", MANAGE, delete)
            .says("Deletes a group of licences.")
            .gives(204, "none"),
        route(Method::POST, "/v1/licenseGroup/{uuid}/license/{licenseUuid}", MANAGE, add)
            .says("Puts a licence into a group.")
            .gives(200, "LicenseGroup")
            .gives(304, "none"),
        route(Method::DELETE, "/v1/licenseGroup/{uuid}/license/{licenseUuid}", MANAGE, remove)
            .says("Takes a licence out of a group.")
            .gives(200, "LicenseGroup")
            .gives(304, "none"),
    ]
}

#[derive(FromQueryResult)]
struct Group {
    id: i64,
    uuid: String,
    name: String,
    risk_weight: i64,
}

const SELECT: &str = "SELECT g.id, g.uuid, g.name, g.risk_weight FROM license_group g";

fn not_found() -> Error {
    Error::not_found("The license group could not be found.")
}

async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Group>> {
    Ok(sql.row(&format!("{SELECT} WHERE g.uuid = ?"), params![uuid]).await?)
}

async fn list_json(sql: &impl Sql, groups: &[Group]) -> Result<Vec<Value>> {
    #[derive(FromQueryResult)]
    struct Member {
        #[sea_orm(nested)]
        license: License,
        group_id: i64,
    }
    let mut members: HashMap<i64, Vec<Value>> = HashMap::new();
    for chunk in groups.chunks(500) {
        let text = format!(
            "SELECT {}, m.group_id FROM license_group_license m JOIN license l ON l.id = m.license_id \
             WHERE m.group_id IN ({}) ORDER BY l.name, l.id",
            license::COLUMNS,
            marks(chunk.len())
        );
        let ids = chunk.iter().map(|group| group.id.into()).collect();
        for member in sql.rows::<Member>(&text, ids).await? {
            members.entry(member.group_id).or_default().push(Value::Object(member.license.short()));
        }
    }
    let shown = groups.iter().map(|group| {
        json!({
            "uuid": group.uuid,
            "name": group.name,
            "riskWeight": group.risk_weight,
            "licenses": members.remove(&group.id).unwrap_or_default(),
        })
    });
    Ok(shown.collect())
}

async fn json(sql: &impl Sql, group: Group) -> Result<axum::Json<Value>> {
    Ok(axum::Json(list_json(sql, &[group]).await?.pop().unwrap_or_default()))
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response> {
    check_sort(&page, "LicenseGroup", &SORTABLE)?;
    let filter = "WHERE lower(g.name) LIKE ? ESCAPE '\\'";
    let values = params![like(page.search.as_deref().unwrap_or_default())];
    let count =
        state.db.count(&format!("SELECT count(*) FROM license_group g {filter}"), values.clone()).await?;
    let order = page.order(&SORTABLE, "g.name", "g.id");
    let (limit, paging) = page.clause();
    let rows: Vec<Group> =
        state.db.rows(&format!("{SELECT} {filter}{order}{limit}"), [values, paging].concat()).await?;
    Ok((total(count), axum::Json(list_json(&state.db, &rows).await?)).into_response())
}

async fn show(State(state): State<AppState>, uuid: Uuid) -> Result<axum::Json<Value>> {
    let group = by_uuid(&state.db, uuid.as_str()).await?.ok_or_else(not_found)?;
    json(&state.db, group).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    uuid: Option<String>,
    name: Option<String>,
    risk_weight: Option<i64>,
}

impl Sent {
    fn name(&self) -> Result<String> {
        let mut broken = Vec::new();
        let name = needed("name", self.name.as_deref(), &mut broken);
        if broken.is_empty() { Ok(name) } else { Err(Error::Validation(broken)) }
    }

    /// Weights are whole numbers of 32 bits.
    fn weight(&self, otherwise: i64) -> Result<i64> {
        let weight = self.risk_weight.unwrap_or(otherwise);
        if i32::try_from(weight).is_err() {
            let detail = format!("riskWeight: {weight} is out of range");
            return Err(Error::problem("The provided JSON payload could not be mapped", detail));
        }
        Ok(weight)
    }
}

async fn check_name(tx: &Tx, name: &str, but: i64) -> Result<()> {
    tx.lock("license group").await?;
    let text = "SELECT count(*) FROM license_group WHERE name = ? AND id <> ?";
    if tx.count(text, params![name, but]).await? > 0 {
        return Err(Error::conflict("A license group with the specified name already exists."));
    }
    Ok(())
}

async fn create(State(state): State<AppState>, Json(sent): Json<Sent>) -> Result<Response> {
    let (name, risk_weight) = (sent.name()?, sent.weight(0)?);
    let tx = state.db.begin().await?;
    check_name(&tx, &name, 0).await?;
    let uuid = uuid::Uuid::new_v4().to_string();
    let row =
        [("uuid", uuid.clone().into()), ("name", name.clone().into()), ("risk_weight", risk_weight.into())];
    let id = tx.insert("license_group", &row).await?;
    let out = json(&tx, Group { id, uuid, name, risk_weight }).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, out).into_response())
}

async fn update(State(state): State<AppState>, Json(sent): Json<Sent>) -> Result<axum::Json<Value>> {
    let name = sent.name()?;
    let tx = state.db.begin().await?;
    let group = by_uuid(&tx, sent.uuid.as_deref().unwrap_or_default()).await?.ok_or_else(not_found)?;
    let risk_weight = sent.weight(group.risk_weight)?;
    check_name(&tx, &name, group.id).await?;
    let row = [("name", name.clone().into()), ("risk_weight", risk_weight.into())];
    tx.update("license_group", group.id, &row).await?;
    // Expressions may ask for the names of groups.
    policy::mark_subjects(&tx, &["EXPRESSION"]).await?;
    let out = json(&tx, Group { name, risk_weight, ..group }).await?;
    tx.commit().await?;
    Ok(out)
}

async fn delete(State(state): State<AppState>, uuid: Uuid) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    let unknown = || Error::not_found("The UUID of the license group could not be found.");
    let group = by_uuid(&tx, uuid.as_str()).await?.ok_or_else(unknown)?;
    changed(&tx, &group).await?;
    tx.execute("DELETE FROM license_group WHERE id = ?", params![group.id]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The policies that ask for this group are evaluated anew.
async fn changed(tx: &Tx, group: &Group) -> Result<()> {
    policy::mark_conditions(
        tx,
        "(c.subject = 'LICENSE_GROUP' AND c.value = ?) OR c.subject = 'EXPRESSION'",
        params![group.uuid.clone()],
    )
    .await
}

async fn members(tx: &Tx, (group, licence): (String, String)) -> Result<(Group, i64), Error> {
    for uuid in [&group, &licence] {
        if !Uuid::is_valid(uuid) {
            return Err(Uuid::refuse("operation", uuid));
        }
    }
    let group = by_uuid(tx, &group).await?.ok_or_else(not_found)?;
    let licence = license::by_uuid(tx, &licence).await?;
    let licence = licence.ok_or_else(|| Error::not_found("The license could not be found."))?;
    Ok((group, licence.id))
}

/// The group as it is now; 304 when nothing changed.
async fn answer(tx: Tx, group: Group, changes: u64) -> Result<Response> {
    if changes == 0 {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    changed(&tx, &group).await?;
    let out = json(&tx, group).await?;
    tx.commit().await?;
    Ok(out.into_response())
}

async fn add(State(state): State<AppState>, Path(path): Path<(String, String)>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let (group, licence) = members(&tx, path).await?;
    let rows = vec![params![group.id, licence]];
    let columns = ["group_id", "license_id"];
    let changes = tx.insert_many("license_group_license", &columns, rows, "ON CONFLICT DO NOTHING").await?;
    answer(tx, group, changes).await
}

async fn remove(State(state): State<AppState>, Path(path): Path<(String, String)>) -> Result<Response> {
    let tx = state.db.begin().await?;
    let (group, licence) = members(&tx, path).await?;
    let text = "DELETE FROM license_group_license WHERE group_id = ? AND license_id = ?";
    let changes = tx.execute(text, params![group.id, licence]).await?;
    answer(tx, group, changes).await
}
