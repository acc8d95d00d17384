//! Routes with their authorization: a route cannot be declared without saying who may call it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use identity::{Permission, Principal};

use super::{AppState, Error, headers};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever has valid credentials.
    Authenticated,
    /// Whoever has one of these permissions.
    Any(&'static [Permission]),
}

/// One operation of the API.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below `/api`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    handler: MethodRouter<AppState>,
}

/// Declares a route.
pub fn route<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, AppState>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    Route { method, path, access, handler: axum::routing::on(filter, handler) }
}

/// The router of these routes, below `/api`.
pub fn router(routes: Vec<Route>, state: AppState) -> Router {
    let table: Vec<(Method, &'static str)> = routes.iter().map(|r| (r.method.clone(), r.path)).collect();
    let mut router = Router::new();
    for route in routes {
        let guard = axum::middleware::from_fn_with_state((state.clone(), route.access), authorize);
        router = router.route(&format!("/api{}", route.path), route.handler.route_layer(guard));
    }
    router
        .layer(axum::extract::DefaultBodyLimit::max(256 * 1024 * 1024))
        .layer(tower_http::decompression::RequestDecompressionLayer::new())
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(Arc::new(table), headers::add))
        .with_state(state)
}

/// Lets a request through, or answers 401 or 403 without a body (behaviour reference §1.2, §1.3).
async fn authorize(
    State((state, access)): State<(AppState, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    if access == Access::Public {
        return next.run(request).await;
    }
    let principal = match state.identity.authenticate(request.headers()).await {
        Ok(Some(principal)) => principal,
        Ok(None) | Err(identity::AuthError::Invalid) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(identity::AuthError::Storage(error)) => return Error::Storage(error).into_response(),
    };
    if let Access::Any(permissions) = access
        && !principal.permissions.contains_any(permissions)
    {
        return StatusCode::FORBIDDEN.into_response();
    }
    request.extensions_mut().insert(principal);
    next.run(request).await
}

/// Who sent the request, on a route that is not public.
pub struct Caller(pub Principal);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Principal>().cloned().map(Caller).ok_or(Error::Unauthorized)
    }
}
