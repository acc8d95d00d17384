//! `POST /graphql` and its relatives: one answer, a stream of answers (SSE), a socket (WebSocket).

use std::net::SocketAddr;

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::parser::types::OperationType;
use async_graphql::{Data, ParseRequestError};
use async_graphql_axum::rejection::GraphQLRejection;
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::StreamExt;
use http_body_util::Limited;
use identity::Principal;

use super::caller::Caller;
use super::limit::{Allowance, Limits};
use super::{Api, builder};
use crate::{Platform, company};

/// The largest operation with its variables, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The largest form: a document and what goes with it.
const LARGEST_FORM: usize = crate::asset::sbom::LARGEST as usize + LARGEST;

#[derive(Clone)]
struct Server {
    platform: Platform,
    api: Api,
    limits: Limits,
}

/// `POST /graphql` answers, or streams when `text/event-stream` is accepted; `GET /graphql` leads to
/// the page to try it; `/graphql/ws` speaks `graphql-transport-ws`.
pub fn router(platform: Platform) -> Router {
    let api = builder().data(platform.clone()).data(super::loader::loader(platform.clone())).finish();
    let server = Server { platform, api, limits: Limits::default() };
    Router::new()
        .route("/graphql", get(playground).post(answer))
        .route("/graphql/ws", get(socket))
        .with_state(server)
}

/// People who look at the address with a browser find the page on which to try it.
async fn playground() -> Redirect {
    Redirect::to("/api-playground")
}

fn refuse(status: StatusCode, code: &str, message: &str, hint: &str) -> Response {
    let error = serde_json::json!({ "message": message, "extensions": { "code": code, "hint": hint } });
    (status, Json(serde_json::json!({ "data": null, "errors": [error] }))).into_response()
}

fn not_logged_in() -> Response {
    let hint = "send a session token (Authorization: Bearer) or an API key of a company (x-api-key)";
    refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "not logged in", hint)
}

fn broken(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a caller could not be recognised");
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the request failed", "try again")
}

impl Server {
    async fn principal(&self, headers: &HeaderMap) -> Result<Principal, Response> {
        match self.platform.identity.authenticate(headers).await {
            Ok(Some(principal)) => Ok(principal),
            Ok(None) | Err(identity::AuthError::Invalid) => Err(not_logged_in()),
            Err(error) => Err(broken(&error)),
        }
    }

    async fn caller(&self, principal: Principal, address: Option<String>) -> Result<Caller, Response> {
        match company::of(&self.platform.db, &principal).await {
            Ok(companies) => Ok(Caller { principal, companies, address }),
            Err(error) => Err(broken(&error)),
        }
    }
}

/// The network address of a caller, where the server knows it.
struct Address(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Address(info.map(|ConnectInfo(address)| address.ip().to_string())))
    }
}

async fn answer(
    State(server): State<Server>,
    Address(address): Address,
    headers: HeaderMap,
    request: Request,
) -> Response {
    // Nothing is read of what somebody sends who may not ask.
    let principal = match server.principal(&headers).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal,
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
        match server.caller(principal, address).await {
            Ok(caller) => execute(&server, caller, &headers, request).await,
            Err(refusal) => refusal,
        }
    };
    write_allowance(&allowance, &mut response);
    response
}

async fn execute(server: &Server, caller: Caller, headers: &HeaderMap, request: Request) -> Response {
    // A form brings a file with it; anything else is an operation and its variables.
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let limit = if is_form { LARGEST_FORM } else { LARGEST };
    let limited = request.map(|body| Body::new(Limited::new(body, limit)));
    let mut request = match GraphQLRequest::<GraphQLRejection>::from_request(limited, &()).await {
        Ok(request) => request.into_inner(),
        Err(GraphQLRejection(ParseRequestError::UnsupportedBatch)) => {
            let hint = "send one request at a time";
            return refuse(StatusCode::BAD_REQUEST, "INVALID", "batches are not taken", hint);
        }
        Err(GraphQLRejection(error)) => {
            let hint = format!("send JSON or a form of the multipart request spec, up to {limit} bytes");
            return refuse(StatusCode::BAD_REQUEST, "INVALID", &error.to_string(), &hint);
        }
    };
    if is_streamed(headers, &mut request) {
        return stream(server.api.clone(), request.data(caller));
    }
    GraphQLResponse::from(coded(server.api.execute(request.data(caller)).await)).into_response()
}

/// Every error has a code: those without one are about the operation itself, as it was written.
fn coded(mut answer: async_graphql::Response) -> async_graphql::Response {
    for error in &mut answer.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", "INVALID");
        }
    }
    answer
}

/// Clients accept streams beside JSON for whatever they ask; only what has several answers, and what is
/// asked of by somebody who takes nothing else, is streamed.
fn is_streamed(headers: &HeaderMap, request: &mut async_graphql::Request) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/event-stream") {
        return false;
    }
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return !accept.contains("json") };
    let mut operations = document.operations.iter();
    let watched = operations.any(|(own, operation)| {
        name.as_deref().is_none_or(|name| own.is_some_and(|own| own == name))
            && operation.node.ty == OperationType::Subscription
    });
    watched || !accept.contains("json")
}

/// The distinct connections mode of GraphQL over SSE: `next` for each answer, then `complete`.
fn stream(api: Api, request: async_graphql::Request) -> Response {
    let answers = api.execute_stream(request).map(|answer| {
        let answer = coded(answer);
        Event::default().event("next").json_data(&answer).unwrap_or_else(|_| Event::default().event("next"))
    });
    let events = answers.chain(futures::stream::once(async { Event::default().event("complete").data("") }));
    Sse::new(events.map(Ok::<Event, std::convert::Infallible>))
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn write_allowance(allowance: &Allowance, response: &mut Response) {
    for (name, value) in allowance.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// A socket says who it is in its first message: `{"authorization": "Bearer …"}` or `{"x-api-key": "…"}`.
/// What is sent with the upgrade counts too.
async fn socket(
    State(server): State<Server>,
    Address(address): Address,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |stream| {
        let api = server.api.clone();
        let init = move |payload: serde_json::Value| async move {
            let mut headers = headers;
            for name in ["authorization", "x-api-key"] {
                let given = payload.as_object().and_then(|object| {
                    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str()
                });
                if let Some(value) = given.and_then(|text| HeaderValue::from_str(text).ok()) {
                    headers.insert(HeaderName::from_static(name), value);
                }
            }
            let refused = |_| async_graphql::Error::new("not logged in");
            let principal = server.principal(&headers).await.map_err(refused)?;
            if server.limits.take(&principal).exceeded() {
                return Err(async_graphql::Error::new("too many requests"));
            }
            let mut data = Data::default();
            data.insert(server.caller(principal, address).await.map_err(refused)?);
            Ok(data)
        };
        GraphQLWebSocket::new(stream, api, protocol).on_connection_init(init).serve()
    })
}
