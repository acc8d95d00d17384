//! Dependency-Track being down: nothing is marked, nothing is lost, and people see why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Server, advisory, bom};
use serde_json::json;

#[tokio::test]
async fn a_decision_waits_for_dependency_track_and_a_failed_sync_marks_nothing() {
    let platform = Server::start().await;
    let mut analyzer = Server::start().await;
    let key = analyzer.admin_key();
    analyzer.import(&[advisory("OUT-1", "one"), advisory("OUT-2", "two")]);
    let token = analyzer.upload(&key, "far", &bom(&["one", "two"])).await;
    analyzer.processed(&key, &token).await;
    let lookup = "/api/v1/project/lookup?name=far&version=1";
    let project = analyzer.rest("GET", lookup, &key, None).await.1["uuid"].as_str().unwrap().to_owned();
    let session = platform.log_in().await;
    let ask = |query: &'static str, variables| platform.graphql(&session, query, variables);
    let save = "mutation ($url: String!, $key: String!) { saveDependencyTrackIntegration(input: { companyId: 1, \
                apiUrl: $url, apiToken: $key, severities: [CRITICAL, HIGH, MEDIUM] }) { errors { message } } }";
    ask(save, json!({ "url": analyzer.url(""), "key": key })).await;
    let associate = "mutation ($id: ID!) { associateProject(input: { companyId: 1, integration: DEPENDENCY_TRACK, \
                     projectIds: [$id] }) { data { asset { id } } } }";
    let asset =
        ask(associate, json!({ "id": project })).await["associateProject"]["data"][0]["asset"]["id"].clone();
    let list = "{ issues(companyId: 1, pagination: { perPage: 10 }, filters: { statuses: [IDENTIFIED, RISK_ACCEPTED, \
                FIX_ACCEPTED] }) { collection { id status } } }";
    let statuses = || async {
        let mut all: Vec<String> = ask(list, json!({})).await["issues"]["collection"]
            .as_array()
            .unwrap()
            .iter()
            .map(|issue| issue["status"].as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    };
    until(|| async { statuses().await == ["IDENTIFIED", "IDENTIFIED"] }).await;

    analyzer.kill();
    let issue = ask(list, json!({})).await["issues"]["collection"][0]["id"].clone();
    let change = "mutation ($id: ID!) { changeIssueStatus(input: { id: $id, status: RISK_ACCEPTED, reason: \"known\" }) \
                  { issue { status } } }";
    ask(change, json!({ "id": issue })).await;
    let pushes =
        "{ pendingPushes(integrationId: 1) { collection { state attempts lastError { code hint } } } }";
    until(|| async {
        let answer = ask(pushes, json!({})).await;
        answer["pendingPushes"]["collection"][0]["lastError"]["code"] == "DT_UNREACHABLE"
    })
    .await;
    let sync = "mutation ($id: ID!) { syncAsset(input: { assetId: $id, integration: DEPENDENCY_TRACK }) { assetId } }";
    ask(sync, json!({ "id": asset })).await;
    let runs = "{ syncRuns(companyId: 1) { collection { state errors { code message hint } } } }";
    until(|| async {
        let run = ask(runs, json!({})).await["syncRuns"]["collection"][0].clone();
        run["state"] == "FAILED" && run["errors"][0]["code"] == "DT_UNREACHABLE"
    })
    .await;
    assert_eq!(statuses().await, ["IDENTIFIED", "RISK_ACCEPTED"], "a failed read marks nothing");

    analyzer.revive().await;
    until(|| async {
        let (_, findings) =
            analyzer.rest("GET", &format!("/api/v1/finding/project/{project}"), &key, None).await;
        findings.as_array().unwrap().iter().any(|f| f["analysis"]["state"] == "EXPLOITABLE")
    })
    .await;
    until(|| async { ask(pushes, json!({})).await["pendingPushes"]["collection"] == json!([]) }).await;
}

async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    for _ in 0..2_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    panic!("it did not come true");
}
