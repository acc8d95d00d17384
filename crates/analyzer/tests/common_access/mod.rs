//! An analyzer on a database of its own, spoken to over HTTP.

use analyzer::Analyzer;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use identity::{Identity, Permission, PermissionSet, Team};
use serde_json::Value;
use storage::testing::TestDb;
use tower::ServiceExt;

/// An analyzer.
pub struct Server {
    app: Router,
    pub identity: Identity,
    pub test: TestDb,
}

impl Server {
    pub async fn start() -> Server {
        let test = TestDb::new().await;
        let identity = Identity::open(test.db.clone()).await.unwrap();
        Server::with(test, identity).await
    }

    pub async fn with(test: TestDb, identity: Identity) -> Server {
        let analyzer = Analyzer::new(test.db.clone(), identity.clone(), analyzer::Options::default());
        analyzer.init().await.unwrap();
        Server { app: analyzer.router(), identity, test }
    }

    /// A new team with these permissions, and a key of it.
    pub async fn team(&self, name: &str, permissions: &[Permission]) -> (Team, String) {
        let tx = self.test.db.begin().await.unwrap();
        let team = self.identity.create_team(&tx, name).await.unwrap();
        let set: PermissionSet = permissions.iter().copied().collect();
        self.identity.set_permissions_of_team(&tx, team.id, set).await.unwrap();
        let key = self.identity.create_team_key(&tx, team.id, None).await.unwrap().key;
        tx.commit().await.unwrap();
        (team, key)
    }

    /// A new session of a managed user, who is made when there is none.
    pub async fn session(&self, username: &str) -> String {
        if self.identity.user_by_name(&self.test.db, username).await.unwrap().is_none() {
            let user = identity::NewUser {
                username: username.to_owned(),
                full_name: Some(username.to_owned()),
                email: Some(format!("{username}@example.com")),
                password_hash: self.identity.hash_password("correct horse").await.unwrap(),
                suspended: false,
                force_password_change: false,
                non_expiry_password: true,
            };
            let tx = self.test.db.begin().await.unwrap();
            self.identity.create_user(&tx, user).await.unwrap();
            tx.commit().await.unwrap();
        }
        self.identity.login(username, "correct horse").await.unwrap()
    }

    /// Sends a request with an API key (or, `Bearer …`, a session token) and maybe a JSON body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        credentials: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(format!("/api{path}"));
        request = match credentials {
            Some(token) if token.starts_with("Bearer ") => request.header("authorization", token),
            Some(key) => request.header("x-api-key", key),
            None => request,
        };
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The JSON of an answer that must have this status.
    pub async fn json(
        &self,
        (method, path): (&str, &str),
        credentials: &str,
        body: Option<Value>,
        wanted: u16,
    ) -> Value {
        let (status, text) = self.send(method, path, Some(credentials), body.as_ref()).await;
        assert_eq!(status.as_u16(), wanted, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }
}
