//! Operations that version 5's frontend calls: what the server can do, extensions, secrets, background
//! work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::exchange::{Server, bom, library};
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_sealed_and_extensions_refer_to_them() {
    let server = Server::start().await;
    let able = server.get("/v2/internal/system-capabilities").await.json();
    assert_eq!(able, json!({ "capabilities": { "secret_management": { "read_only": false } } }));

    let made =
        server.post("/v2/secrets", &json!({ "name": "TOKEN", "value": "one", "description": "d" })).await;
    assert_eq!((made.status, made.header("location")), (201, "/api/v2/secrets/TOKEN"));
    assert_eq!(server.post("/v2/secrets", &json!({ "name": "TOKEN", "value": "x" })).await.status, 409);
    for body in
        [json!({ "name": "a b", "value": "x" }), json!({ "name": "a" }), json!({ "name": "a", "value": "" })]
    {
        let answer = server.post("/v2/secrets", &body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, "application/problem+json"),
            "{body}"
        );
    }
    let shown = server.get("/v2/secrets/TOKEN").await;
    assert_eq!(shown.json()["description"], "d");
    assert!(!shown.text().contains("one"));
    assert_eq!(server.get("/v2/secrets/OTHER").await.status, 404);
    server.post("/v2/secrets", &json!({ "name": "ZED", "value": "z" })).await;
    let page = server.get("/v2/secrets?limit=1").await.json();
    assert_eq!((names(&page), page["total"]["count"].clone()), (vec!["TOKEN"], json!(2)));
    let next = format!("/v2/secrets?limit=1&page_token={}", page["next_page_token"].as_str().unwrap());
    assert_eq!(names(&server.get(&next).await.json()), ["ZED"]);
    assert_eq!(names(&server.get("/v2/secrets?q=to").await.json()), ["TOKEN"]);
    assert_eq!(server.get("/v2/secrets?limit=0").await.status, 400);
    assert_eq!(server.get("/v2/secrets?page_token=nonsense").await.status, 400);

    assert_eq!(names(&server.get("/v2/extension-points").await.json()).len(), 3);
    let list = server.get("/v2/extension-points/vuln-analyzer/extensions").await.json();
    assert_eq!(names(&list), ["internal", "oss-index", "snyk", "trivy"]);
    let path = "/v2/extension-points/vuln-analyzer/extensions/snyk/config";
    let schema = server.get("/v2/extension-points/vuln-analyzer/extensions/snyk/config-schema").await.json();
    assert_eq!(schema["properties"]["apiToken"]["x-secret-ref"], true);
    let config = json!({ "config": { "enabled": true, "orgId": "acme", "apiToken": "TOKEN" } });
    assert_eq!(server.put(path, &config).await.status, 204);
    assert_eq!(server.put(path, &config).await.status, 304);
    let shown = server.get(path).await.json();
    assert_eq!((&shown["config"]["apiToken"], &shown["config"]["orgId"]), (&json!("TOKEN"), &json!("acme")));
    let of_version_1 = async |name: &str| -> Value {
        let all = server.get("/v1/configProperty").await.json();
        all.as_array().unwrap().iter().find(|p| p["propertyName"] == name).unwrap()["propertyValue"].clone()
    };
    assert_eq!(of_version_1("snyk.enabled").await, "true");
    for config in [
        json!({ "config": { "enabled": "yes" } }),
        json!({ "config": { "nonsense": 1 } }),
        json!({ "config": { "apiUrl": "not an address" } }),
        json!({ "config": { "apiToken": "UNKNOWN" } }),
        json!({}),
    ] {
        assert_eq!(server.put(path, &config).await.status, 400, "{config}");
    }
    assert_eq!(server.put("/v2/extension-points/x/extensions/y/config", &config).await.status, 404);
    let test = "/v2/extension-points/vuln-analyzer/extensions/snyk/test";
    assert_eq!(server.post(test, &config).await.json()["checks"][0]["status"], "PASSED");

    assert_eq!(server.patch("/v2/secrets/TOKEN", &json!({ "value": "two" })).await.status, 204);
    assert_eq!(server.patch("/v2/secrets/TOKEN", &json!({})).await.status, 304);
    assert_eq!(server.delete("/v2/secrets/TOKEN").await.status, 204);
    assert!(server.get(path).await.json()["config"].get("apiToken").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_are_set_as_extensions() {
    let server = Server::start().await;
    let path = "/v2/extension-points/vuln-data-source/extensions/osv/config";
    let config = json!({ "config": { "ecosystems": ["PyPI", "Go"], "cadenceHours": 12 } });
    assert_eq!(server.put(path, &config).await.status, 204);
    let shown = server.get(path).await.json();
    assert_eq!(shown["config"]["ecosystems"], json!(["PyPI", "Go"]));
    assert_eq!(shown["config"]["cadenceHours"], 12);
    let answer = server.put(path, &json!({ "config": { "cadenceHours": 0 } })).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn background_work_is_seen_as_queues_and_runs() {
    let server = Server::start().await;
    server.upload("shop", "1", &bom(&[library("x", "1", "pkg:npm/x@1")])).await;
    let queues = server.get("/v2/internal/task-queues/ACTIVITY").await.json();
    assert!(names(&queues).contains(&"bom.process"), "{queues}");
    assert_eq!(server.get("/v2/internal/task-queues/OTHER").await.status, 400);
    let runs =
        server.get("/v2/internal/workflow-runs?workflow_name=bom.process&status=COMPLETED").await.json();
    assert_eq!(runs["total"]["count"], 1);
    let id = runs["items"][0]["id"].as_str().unwrap();
    let run = server.get(&format!("/v2/internal/workflow-runs/{id}")).await.json();
    assert_eq!(run, runs["items"][0]);
    let events = server.get(&format!("/v2/internal/workflow-runs/{id}/events")).await.json();
    assert_eq!(events["items"].as_array().unwrap().len(), 3);
    let unknown = server.get("/v2/internal/workflow-runs/deadbeef-0000-4000-8000-000000000000").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, "application/problem+json"));
    assert_eq!(server.get("/v2/internal/workflow-runs?sort_by=nonsense").await.status, 400);
    let first = server.get("/v2/internal/workflow-runs?limit=1").await.json();
    let next = format!(
        "/v2/internal/workflow-runs?limit=1&sort_direction=DESC&page_token={}",
        first["next_page_token"].as_str().unwrap()
    );
    assert_ne!(server.get(&next).await.json()["items"][0]["id"], first["items"][0]["id"]);
}
