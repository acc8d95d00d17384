//! Documents that come and go: uploads, exports and what repositories say.

use std::ops::Deref;

use analyzer::Options;
use axum::body::Body;
use axum::http::Request;
use identity::Permission;
use serde_json::{Value, json};

use super::{Answer, Running};

pub struct Server(Running);

impl Deref for Server {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Server {
    pub async fn start() -> Server {
        Server::with(Vec::new()).await
    }

    /// With addresses of repositories.
    pub async fn with(repositories: Vec<(String, String)>) -> Server {
        Server(Running::start(Options { repositories, ..Options::default() }).await)
    }

    /// Imports advisories of PyPI.
    pub async fn advise(&self, records: &[Value]) {
        self.advisories("PyPI", records).await;
    }

    /// A key of a new team with these permissions.
    pub async fn key_with(&self, permissions: &[Permission]) -> String {
        self.team_with(&format!("team {permissions:?}"), permissions).await.1
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.own("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.own("DELETE", path, None).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.own("PUT", path, Some(body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.own("POST", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.own("PATCH", path, Some(body)).await
    }

    pub async fn property(&self, group: &str, name: &str, value: &str) {
        let body = json!({ "groupName": group, "propertyName": name, "propertyValue": value });
        assert_eq!(self.post("/v1/configProperty", &body).await.status, 200);
    }

    /// Uploads a document and waits until it is processed; the uuid of the project.
    pub async fn upload(&self, name: &str, version: &str, bom: &Value) -> String {
        self.process_as(name, version, bom).await
    }
}

/// A document with these components.
pub fn bom(components: &[Value]) -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components })
}

/// A library.
pub fn library(name: &str, version: &str, purl: &str) -> Value {
    json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl })
}

/// An advisory of OSV: the package of PyPI is affected in every version below `fixed`.
pub fn advisory(id: &str, package: &str, fixed: &str, more: &Value) -> Value {
    let mut record = json!({
        "id": id, "modified": "2024-01-02T00:00:00Z", "published": "2024-01-01T00:00:00Z",
        "summary": format!("A flaw of {package}"), "details": "It breaks.",
        "affected": [{
            "package": { "ecosystem": "PyPI", "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
        }],
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}
