//! Version 2 of the API.

use serde_json::Value;

use super::Running;

impl Running {
    pub async fn v2(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.own(method, &format!("/v2{path}"), body.as_ref()).await;
        (answer.status, answer.value())
    }

    /// Makes a vulnerability policy; its uuid.
    pub async fn vulnerability_policy(&self, body: Value) -> String {
        let (status, made) = self.v2("POST", "/vuln-policies", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made["uuid"].as_str().unwrap().to_owned()
    }
}
