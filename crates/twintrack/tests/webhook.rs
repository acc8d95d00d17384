//! A decision made in the analyzer reaches the platform by webhook, without anybody asking for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Server, advisory, bom};
use serde_json::json;

#[tokio::test]
async fn an_analysis_comes_back_by_webhook_and_strangers_are_refused() {
    let server = Server::start().await;
    let key = server.admin_key();
    server.import(&[advisory("HOOK-1", "one"), advisory("HOOK-2", "two")]);
    let token = server.upload(&key, "hooked", &bom(&["one", "two"])).await;
    server.processed(&key, &token).await;
    let lookup = "/api/v1/project/lookup?name=hooked&version=1";
    let project = server.rest("GET", lookup, &key, None).await.1["uuid"].as_str().unwrap().to_owned();
    let session = server.log_in().await;
    let company = server.graphql(&session, "{ companies { collection { id } } }", json!({})).await;
    let company = company["companies"]["collection"][0]["id"].clone();
    let input = json!({ "input": { "companyId": company, "apiUrl": server.url("/api/v1/"), "apiToken": key,
        "severities": ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NOTIFICATION"] } });
    let saved = server
        .graphql(
            &session,
            "mutation ($input: SaveDependencyTrackIntegrationInput!) { saveDependencyTrackIntegration(input: $input) \
             { integration { id webhookToken webhookUrl } errors { message } } }",
            input,
        )
        .await;
    let integration = &saved["saveDependencyTrackIntegration"]["integration"];
    let made = server
        .graphql(
            &session,
            "mutation ($id: ID!) { createExternalWebhook(input: { integrationId: $id }) { created error { message } } }",
            json!({ "id": integration["id"] }),
        )
        .await;
    assert_eq!(made["createExternalWebhook"]["created"], true, "{made}");
    let input = json!({ "input": { "companyId": company, "integration": "DEPENDENCY_TRACK", "projectIds": [project] } });
    server
        .graphql(
            &session,
            "mutation ($input: AssociateProjectInput!) { associateProject(input: $input) { data { error { message } } } }",
            input,
        )
        .await;
    let issues = || async {
        let query = "query ($id: ID!) { issues(companyId: $id, pagination: { perPage: 10 }, filters: { statuses: \
                     [IDENTIFIED, FALSE_POSITIVE] }) { collection { id status } } }";
        let answer = server.graphql(&session, query, json!({ "id": company })).await;
        answer["issues"]["collection"].as_array().unwrap().clone()
    };
    until(|| async { issues().await.len() == 2 }).await;

    let (_, findings) = server.rest("GET", &format!("/api/v1/finding/project/{project}"), &key, None).await;
    let body = json!({ "project": project, "component": findings[0]["component"]["uuid"],
        "vulnerability": findings[0]["vulnerability"]["uuid"], "analysisState": "FALSE_POSITIVE" });
    assert_eq!(server.rest("PUT", "/api/v1/analysis", &key, Some(body)).await.0, 200);
    until(|| async { issues().await.iter().any(|issue| issue["status"] == "FALSE_POSITIVE") }).await;
    let runs = server
        .graphql(
            &session,
            "query ($id: ID!) { syncRuns(companyId: $id) { collection { trigger state } } }",
            json!({ "id": company }),
        )
        .await;
    let runs = runs["syncRuns"]["collection"].as_array().unwrap();
    assert!(runs.iter().any(|run| run["trigger"] == "WEBHOOK"), "{runs:?}");

    // Who does not know the token is refused; what is not a notification is taken and forgotten.
    let http = reqwest::Client::new();
    let url = server.url("/api/webhooks/dependency-track");
    assert_eq!(http.post(&url).send().await.unwrap().status(), 401);
    assert_eq!(http.post(&url).header("x-api-key", "guessed").send().await.unwrap().status(), 401);
    let token = integration["webhookToken"].as_str().unwrap();
    assert_eq!(http.post(&url).bearer_auth(token).body("{}").send().await.unwrap().status(), 202);
    let large = http.post(format!("{url}?token={token}")).body(vec![b' '; 2_000_000]).send().await.unwrap();
    assert_eq!(large.status(), 413);
}

async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    for _ in 0..1_500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    panic!("it did not come true");
}
