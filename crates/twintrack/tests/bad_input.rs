//! Input that is wrong gets the status and the words of Dependency-Track, and never a 5xx.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use base64::Engine;
use common::{Server, bom, stdout};
use serde_json::{Value, json};

fn encoded(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn wrong_uploads_are_refused_in_words() {
    let server = Server::start().await;
    let key = server.admin_key();
    let put = |bom: String| {
        let (server, key) = (&server, &key);
        async move {
            let body = json!({ "projectName": "p", "projectVersion": "1", "autoCreate": true, "bom": bom });
            server.rest("PUT", "/api/v1/bom", key, Some(body)).await
        }
    };
    let title = |body: &Value| body["title"].as_str().unwrap_or_default().to_owned();
    let cases = [
        (encoded("hello"), "BOM is neither valid JSON nor XML"),
        (encoded("[]"), ""),
        (encoded(r#"{"bomFormat":"CycloneDX","specVersion":"9.9"}"#), "Unrecognized specVersion 9.9"),
        (
            encoded(r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library"}]}"#),
            "Schema validation failed",
        ),
        (encoded(&"[".repeat(100_000)), ""),
    ];
    for (document, detail) in cases {
        let (status, body) = put(document).await;
        assert_eq!((status, title(&body).as_str()), (400, "The uploaded BOM is invalid"), "{body}");
        assert!(detail.is_empty() || body["detail"] == detail, "{body}");
    }
    let (status, body) = put("not *base64*".to_owned()).await;
    assert_eq!((status, body[0]["path"].as_str()), (400, Some("bom")), "{body}");
    // A refused document leaves no project behind.
    assert_eq!(server.rest("GET", "/api/v1/project/lookup?name=p&version=1", &key, None).await.0, 404);

    // 100 MB: too long for the JSON form, and refused as what it is by the other one.
    let (status, body) = put("A".repeat(100_000_000)).await;
    assert_eq!(status, 400, "{}", body.to_string().chars().take(300).collect::<String>());
    assert!(body["detail"].as_str().unwrap().contains("multipart/form-data"));
    let part = reqwest::multipart::Part::bytes(vec![b' '; 100_000_000]).file_name("bom.json");
    let form = reqwest::multipart::Form::new()
        .text("projectName", "p")
        .text("projectVersion", "1")
        .text("autoCreate", "true")
        .part("bom", part);
    let answer = reqwest::Client::new()
        .post(server.url("/api/v1/bom"))
        .header("X-Api-Key", &key)
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);

    let unknown = json!({ "project": "deadbeef-0000-4000-8000-00000000abcd", "bom": encoded("{}") });
    assert_eq!(server.rest("PUT", "/api/v1/bom", &key, Some(unknown)).await.0, 404);
    assert_eq!(server.rest("PUT", "/api/v1/bom", "odt_wrong", Some(json!({}))).await.0, 401);
    let weak = stdout(&server.on_data(&["api-key", "create", "--team", "Badge Viewers"]));
    assert_eq!(server.rest("PUT", "/api/v1/bom", &weak, Some(json!({}))).await.0, 403);
}

#[tokio::test]
async fn odd_but_valid_documents_are_processed() {
    let server = Server::start().await;
    let key = server.admin_key();
    let mut document = bom(&["a", "b", "c"]);
    // The same bom-ref twice, a dependency on nothing, and a circle.
    document["components"][2]["bom-ref"] = document["components"][0]["bom-ref"].clone();
    document["dependencies"] = json!([
        { "ref": "pkg:npm/a@1.0.0", "dependsOn": ["pkg:npm/b@1.0.0", "nowhere"] },
        { "ref": "pkg:npm/b@1.0.0", "dependsOn": ["pkg:npm/a@1.0.0"] },
    ]);
    let token = server.upload(&key, "odd", &document).await;
    server.processed(&key, &token).await;
    let project = server.rest("GET", "/api/v1/project/lookup?name=odd&version=1", &key, None).await.1;
    let path = format!("/api/v1/component/project/{}", project["uuid"].as_str().unwrap());
    let (status, list) = server.rest("GET", &path, &key, None).await;
    assert_eq!((status, list.as_array().unwrap().len()), (200, 3), "{list}");
}

#[tokio::test]
async fn the_platform_refuses_with_codes() {
    let server = Server::start().await;
    let session = server.log_in().await;
    let ask = |query: &'static str, session: String| {
        let url = server.url("/graphql");
        async move {
            let answer = reqwest::Client::new()
                .post(url)
                .bearer_auth(session)
                .json(&json!({ "query": query }))
                .send()
                .await
                .unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let (status, body) = ask("{ viewer { companies { role } } }", "nonsense".to_owned()).await;
    assert_eq!((status, body["errors"][0]["extensions"]["code"].as_str()), (401, Some("UNAUTHENTICATED")));
    let code = |body: &Value| body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    let (_, body) = ask("{ assets(companyId: 999) { metadata { totalCount } } }", session.clone()).await;
    assert_eq!(code(&body), "NOT_FOUND", "{body}");
    let (_, body) = ask("{ asset(id: 999) { id } issue(id: \"x\") { id } }", session.clone()).await;
    assert_eq!(body["data"], json!({ "asset": null, "issue": null }), "{body}");
    let deep = "{ viewer { companies { company { integrations } } } }";
    assert!(ask(deep, session.clone()).await.1.get("errors").is_none());
    let save = "mutation { saveDependencyTrackIntegration(input: { companyId: 1, apiUrl: \"dtrack.example.com\" }) { integration { id } errors { code message hint } } }";
    let (_, body) = ask(save, session).await;
    let error = &body["data"]["saveDependencyTrackIntegration"]["errors"][0];
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("http")), "{body}");
}
