//! Version 2 of the API.

use serde_json::Value;

use super::Running;

/// Calls `/api/v2` of a server.
pub struct V2<'a>(pub &'a Running);

impl V2<'_> {
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.0.own(method, &format!("/v2{path}"), body.as_ref()).await;
        (answer.status, answer.value())
    }

    /// Makes a vulnerability policy; its uuid.
    pub async fn create(&self, body: Value) -> String {
        let (status, made) = self.call("POST", "/vuln-policies", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made["uuid"].as_str().unwrap().to_owned()
    }
}
