//! Where SBOMs say that components were found (behaviour reference §15.3).

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use storage::{Sql, params};

use super::api::visible;
use crate::server::{Access, AppState, Page, Result, Route, Scope, Uuid, route, total};

pub(super) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewPortfolio]);
    vec![
        route(Method::GET, "/v1/component/{uuid}/occurrence", view, list)
            .says("Lists where a component was found.")
            .paged()
            .gives(200, "[ComponentOccurrence]"),
    ]
}

#[derive(FromQueryResult)]
struct Occurrence {
    uuid: String,
    location: String,
    line_number: Option<i64>,
    char_offset: Option<i64>,
    symbol: Option<String>,
    created_at: i64,
}

impl Occurrence {
    fn json(&self) -> Value {
        let members = [
            ("id", Some(json!(self.uuid))),
            ("location", Some(json!(self.location))),
            ("line", self.line_number.map(Into::into)),
            ("offset", self.char_offset.map(Into::into)),
            ("symbol", self.symbol.clone().map(Into::into)),
            ("createdAt", Some(json!(self.created_at))),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

async fn list(State(state): State<AppState>, scope: Scope, uuid: Uuid, page: Page) -> Result<Response> {
    let component = visible(&state.db, &scope, uuid.as_str()).await?;
    let count = "SELECT count(*) FROM component_occurrence WHERE component_id = ?";
    let count = state.db.count(count, params![component.id]).await?;
    let (limit, paging) = page.clause();
    let text = format!(
        "SELECT uuid, location, line_number, char_offset, symbol, created_at FROM component_occurrence \
         WHERE component_id = ? ORDER BY location, line_number, id{limit}"
    );
    let rows: Vec<Occurrence> = state.db.rows(&text, [params![component.id], paging].concat()).await?;
    let rows: Vec<Value> = rows.iter().map(Occurrence::json).collect();
    Ok((total(count), axum::Json(rows)).into_response())
}
