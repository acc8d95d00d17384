//! Our own API without a network: what others may write through it, a copy may, with the same rules.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use identity::{Permission, PermissionSet, Principal, PrincipalKind};
use serde_json::Value;
use tower::ServiceExt;

use crate::server::{Error, InProcess, Result};

/// The API of this server.
#[derive(Clone)]
pub(super) struct Door {
    router: Router,
}

/// A refusal of an answer, in the words of the server.
fn words(status: u16, text: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    let member = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let said = match &parsed {
        Some(Value::Array(all)) => {
            let one = |v: &Value| {
                format!(
                    "{}: {}",
                    member(v, "path").unwrap_or_default(),
                    member(v, "message").unwrap_or_default()
                )
            };
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(_)) => {
            let value = parsed.as_ref().unwrap_or(&Value::Null);
            member(value, "detail").or_else(|| member(value, "title")).unwrap_or_default()
        }
        _ => text.trim().to_owned(),
    };
    if said.is_empty() { format!("status {status}") } else { said.chars().take(300).collect() }
}

/// `/api/v1/…` with every part encoded.
pub(super) fn path(parts: &[&str]) -> String {
    let Ok(mut url) = url::Url::parse("http://localhost/api/v1") else { return String::new() };
    if let Ok(mut path) = url.path_segments_mut() {
        path.extend(parts);
    }
    url.path().to_owned()
}

impl Door {
    pub(super) fn new(router: Router) -> Door {
        Door { router }
    }

    /// One call. `None` is an answer without a body, `304` (nothing changes) among them.
    ///
    /// # Errors
    /// 400 with the words of the refusal.
    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Option<Value>> {
        let caller = Principal {
            kind: PrincipalKind::TeamKey {
                key_id: 0,
                public_id: String::new(),
                teams: vec![(0, "Migration".to_owned())],
            },
            permissions: PermissionSet::from_iter(Permission::ALL),
            session: None,
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(InProcess(caller))
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .map_err(|e| Error::bad_request(e.to_string()))?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        let bytes = bytes.map_err(|e| Error::bad_request(e.to_string()))?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&bytes).ok());
        }
        if status == axum::http::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        Err(Error::bad_request(words(status.as_u16(), &String::from_utf8_lossy(&bytes))))
    }

    /// A whole list.
    pub(super) async fn list(&self, parts: &[&str]) -> Result<Vec<Value>> {
        let path = format!("{}?offset=0&limit=1000000", path(parts));
        match self.call("GET", &path, None).await? {
            Some(Value::Array(all)) => Ok(all),
            _ => Ok(Vec::new()),
        }
    }
}
