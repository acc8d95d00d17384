//! The GraphQL API of the platform: published names, one file a noun.

mod asset;
mod caller;
mod integration;
mod issue;
mod limit;
mod mutation;
mod query;
mod scalar;
mod sync;

use async_graphql::http::GraphiQLSource;
use async_graphql::{EmptySubscription, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::{Platform, company};
use caller::Caller;
use limit::Limits;
use mutation::Mutation;
use query::Query;

type Api = Schema<Query, Mutation, EmptySubscription>;

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
        .register_output_type::<issue::FindingInterface>()
        .register_output_type::<issue::BaseFields>()
        .limit_depth(15)
        .limit_complexity(400)
}

/// The schema in the schema definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

#[derive(Clone)]
struct Server {
    platform: Platform,
    api: Api,
    limits: Limits,
}

/// `POST /graphql`; `GET` shows a page to try it.
pub fn router(platform: Platform) -> Router {
    let api = builder().data(platform.clone()).finish();
    let server = Server { platform, api, limits: Limits::default() };
    Router::new().route("/graphql", get(playground).post(answer)).with_state(server)
}

async fn playground() -> Html<String> {
    Html(GraphiQLSource::build().endpoint("/graphql").title("Twintrack").finish())
}

fn refuse(status: StatusCode, code: &str, message: &str, hint: &str) -> Response {
    let error = serde_json::json!({ "message": message, "extensions": { "code": code, "hint": hint } });
    (status, Json(serde_json::json!({ "data": null, "errors": [error] }))).into_response()
}

async fn answer(State(server): State<Server>, headers: HeaderMap, request: GraphQLRequest) -> Response {
    let principal = match server.platform.identity.authenticate(&headers).await {
        Ok(Some(principal)) => principal,
        Ok(None) | Err(identity::AuthError::Invalid) => {
            let hint = "send a session token (Authorization: Bearer) or an API key of a company (x-api-key)";
            return refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "not logged in", hint);
        }
        Err(error) => {
            tracing::error!(%error, "a caller could not be recognised");
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the request failed", "try again");
        }
    };
    let allowance = server.limits.take(&principal);
    let mut response = if allowance.exceeded() {
        refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "TOO_MANY_REQUESTS",
            "too many requests",
            "wait as Retry-After says",
        )
    } else {
        match company::of(&server.platform.db, &principal).await {
            Ok(companies) => {
                let request = request.into_inner().data(Caller { principal, companies });
                GraphQLResponse::from(server.api.execute(request).await).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "a caller's companies could not be read");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the request failed", "try again")
            }
        }
    };
    for (name, value) in allowance.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
