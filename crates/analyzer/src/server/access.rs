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
use identity::{Permission, Principal, Verb};

use super::{AppState, Error, headers, pretty};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever has valid credentials.
    Authenticated,
    /// Whoever has one of these permissions, or the part of one that the operation needs.
    Any(&'static [Permission]),
}

/// What operations do whose method says otherwise, by method and path.
#[rustfmt::skip]
const OTHERWISE: [(&str, &str, &[Verb]); 22] = [
    ("PUT", "/v1/analysis", &[Verb::Update]),
    ("PUT", "/v1/component/project/{}", &[Verb::Update]),
    ("DELETE", "/v1/licenseGroup/{}/license/{}", &[Verb::Update]),
    ("GET", "/v1/metrics/component/{}/refresh", &[Verb::Update]),
    ("GET", "/v1/metrics/portfolio/refresh", &[Verb::Update]),
    ("GET", "/v1/metrics/project/{}/refresh", &[Verb::Update]),
    ("PUT", "/v1/permission/team", &[Verb::Update]),
    ("PUT", "/v1/permission/user", &[Verb::Update]),
    ("DELETE", "/v1/policy/condition/{}", &[Verb::Update]),
    ("PUT", "/v1/policy/{}/condition", &[Verb::Update]),
    ("POST", "/v1/project/batchDelete", &[Verb::Delete]),
    ("DELETE", "/v1/tag/{}/notificationRule", &[Verb::Update]),
    ("DELETE", "/v1/tag/{}/policy", &[Verb::Update]),
    ("DELETE", "/v1/tag/{}/project", &[Verb::Update]),
    ("DELETE", "/v1/tag/{}/vulnerability", &[Verb::Update]),
    ("POST", "/v1/team/key/{}", &[Verb::Create]),
    ("PUT", "/v1/user/membership", &[Verb::Update]),
    ("PUT", "/v1/vex", &[Verb::Create, Verb::Update]),
    ("POST", "/v1/vex", &[Verb::Create, Verb::Update]),
    ("GET", "/v1/vulnerability/vulnId", &[Verb::Create]),
    ("POST", "/v2/vuln-policies", &[Verb::Create]),
    ("PUT", "/v2/vuln-policies/{}", &[Verb::Update]),
];

/// What an operation does with its objects.
fn verbs(method: &Method, path: &str) -> &'static [Verb] {
    let nameless = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    let nameless: Vec<&str> = nameless.collect();
    let nameless = nameless.join("/");
    let otherwise = OTHERWISE.iter().find(|(m, p, _)| *m == method.as_str() && *p == nameless);
    match (otherwise, method.as_str()) {
        (Some((.., verbs)), _) => verbs,
        (None, "GET") => &[Verb::Read],
        (None, "PUT") => &[Verb::Create],
        (None, "DELETE") => &[Verb::Delete],
        (None, _) => &[Verb::Update],
    }
}

/// One operation of the API.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below `/api`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What its description says of it.
    pub(crate) about: About,
    handler: MethodRouter<AppState>,
}

/// Declares a route.
pub fn route<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, AppState>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    Route { method, path, access, about: About::default(), handler: axum::routing::on(filter, handler) }
}

/// What the description of the API says of an operation; types are in the notation of
/// [`crate::openapi::Schema`].
#[derive(Default)]
pub(crate) struct About {
    pub summary: &'static str,
    pub query: Vec<(&'static str, &'static str)>,
    pub paged: bool,
    /// Media type and type of the body.
    pub body: Option<(&'static str, &'static str)>,
    /// Types of the answers; `none` has no body, `text` is plain text, `file` a document.
    pub answers: Vec<(u16, &'static str)>,
}

impl Route {
    /// The permissions of which one is enough; none when no particular one is needed.
    pub fn permissions(&self) -> Vec<Permission> {
        let Access::Any(whole) = self.access else { return Vec::new() };
        let verbs = verbs(&self.method, self.path);
        let parts = whole.iter().flat_map(|p| verbs.iter().filter_map(|verb| p.part(*verb)));
        whole.iter().copied().chain(parts).collect()
    }

    /// What the operation does, in one sentence.
    pub(crate) fn says(mut self, summary: &'static str) -> Route {
        self.about.summary = summary;
        self
    }

    /// A parameter of the query, with its type.
    pub(crate) fn query(mut self, name: &'static str, kind: &'static str) -> Route {
        self.about.query.push((name, kind));
        self
    }

    /// The answer is a list with pages, search and sort ([`super::Page`]).
    pub(crate) fn paged(mut self) -> Route {
        self.about.paged = true;
        for name in ["pageNumber", "pageSize", "offset", "limit"] {
            self.about.query.push((name, "integer"));
        }
        for name in ["searchText", "sortName"] {
            self.about.query.push((name, "string"));
        }
        self.about.query.push(("sortOrder", "asc|desc"));
        self
    }

    /// The type of the JSON body.
    pub(crate) fn takes(self, kind: &'static str) -> Route {
        self.takes_as("application/json", kind)
    }

    /// The type of the body and its media type.
    pub(crate) fn takes_as(mut self, media: &'static str, kind: &'static str) -> Route {
        self.about.body = Some((media, kind));
        self
    }

    /// An answer: its status and type.
    pub(crate) fn gives(mut self, status: u16, kind: &'static str) -> Route {
        self.about.answers.push((status, kind));
        self
    }
}

/// The router of these routes, below `/api`.
pub fn router(routes: Vec<Route>, state: AppState) -> Router {
    let table: Vec<(Method, &'static str)> = routes.iter().map(|r| (r.method.clone(), r.path)).collect();
    let mut router = Router::new();
    for route in routes {
        let needed = Arc::new(route.permissions());
        let guard = axum::middleware::from_fn_with_state((state.clone(), route.access, needed), authorize);
        let handler = route.handler.route_layer(guard);
        // Clients of the original may end a path with a slash, and some do.
        router = router.route(&format!("/api{}/", route.path), handler.clone());
        router = router.route(&format!("/api{}", route.path), handler);
    }
    router
        .layer(axum::middleware::from_fn(pretty::print))
        .layer(axum::extract::DefaultBodyLimit::max(256 * 1024 * 1024))
        .layer(tower_http::decompression::RequestDecompressionLayer::new())
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(Arc::new(table), headers::add))
        .with_state(state)
}

/// Who calls from within this process. It is an extension of a request, which no network can set.
#[derive(Clone)]
pub struct InProcess(pub Principal);

/// Lets a request through, or answers 401 or 403 without a body (behaviour reference §1.2, §1.3).
async fn authorize(
    State((state, access, needed)): State<(AppState, Access, Arc<Vec<Permission>>)>,
    mut request: Request,
    next: Next,
) -> Response {
    if access == Access::Public {
        return next.run(request).await;
    }
    if let Some(InProcess(principal)) = request.extensions_mut().remove::<InProcess>() {
        request.extensions_mut().insert(principal);
        return next.run(request).await;
    }
    let principal = match state.identity.authenticate(request.headers()).await {
        Ok(Some(principal)) => principal,
        Ok(None) | Err(identity::AuthError::Invalid) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(identity::AuthError::Storage(error)) => return Error::Storage(error).into_response(),
    };
    if matches!(access, Access::Any(_)) && !principal.permissions.contains_any(&needed) {
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
