//! Version 2 of the API of a server of tests.
#![allow(dead_code)]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;

use crate::common_policy::Server;

/// Calls `/api/v2` of a server.
pub struct V2 {
    app: Router,
    key: String,
}

impl V2 {
    pub async fn of(server: &Server) -> V2 {
        let options = analyzer::Options::default();
        let analyzer = analyzer::Analyzer::new(server.test.db.clone(), server.identity.clone(), options);
        V2 { app: analyzer.router(), key: server.key.clone() }
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v2{path}"))
            .header("X-Api-Key", &self.key)
            .header("Content-Type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Makes a vulnerability policy; its uuid.
    pub async fn create(&self, body: Value) -> String {
        let (status, made) = self.call("POST", "/vuln-policies", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made["uuid"].as_str().unwrap().to_owned()
    }
}
