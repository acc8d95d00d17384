//! Requests with any credentials, as the tests of users, teams and permissions send them.

use std::ops::Deref;

use analyzer::Options;
use axum::http::StatusCode;
use identity::{Identity, Permission, Team};
use serde_json::Value;
use storage::testing::TestDb;

use super::Running;

/// An analyzer without a worker.
pub struct Server(Running);

impl Deref for Server {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Server {
    pub async fn start() -> Server {
        Server(Running::idle(Options::default()).await)
    }

    pub async fn with(test: TestDb, identity: Identity) -> Server {
        Server(Running::on(test, identity, Options::default()).await)
    }

    /// A new team with these permissions, and a key of it.
    pub async fn team(&self, name: &str, permissions: &[Permission]) -> (Team, String) {
        self.team_with(name, permissions).await
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
        let answer = self.request(method, path, credentials, body).await;
        (StatusCode::from_u16(answer.status).unwrap(), answer.text())
    }

    /// The JSON of an answer that must have this status.
    pub async fn json(
        &self,
        (method, path): (&str, &str),
        credentials: &str,
        body: Option<Value>,
        wanted: u16,
    ) -> Value {
        let answer = self.request(method, path, Some(credentials), body.as_ref()).await;
        assert_eq!(answer.status, wanted, "{method} {path}: {}", answer.text());
        serde_json::from_slice(&answer.bytes).unwrap_or(Value::String(answer.text()))
    }
}
