//! Killing the server (SIGKILL) in the middle of its work loses nothing and doubles nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Server, advisory, bom};
use serde_json::{Value, json};

const PACKAGES: usize = 400;

fn names() -> Vec<String> {
    (0..PACKAGES).map(|n| format!("package-{n}")).collect()
}

fn advisories() -> Vec<Value> {
    (0..PACKAGES / 2).map(|n| advisory(&format!("KILL-{n}"), &format!("package-{n}"))).collect()
}

async fn project(server: &Server, key: &str, name: &str) -> String {
    let path = format!("/api/v1/project/lookup?name={name}&version=1");
    server.rest("GET", &path, key, None).await.1["uuid"].as_str().unwrap().to_owned()
}

/// (component, vulnerability) of every finding; the same pair twice fails the test.
async fn findings(server: &Server, key: &str, project: &str) -> BTreeSet<(String, String)> {
    let path = format!("/api/v1/finding/project/{project}?suppressed=true");
    let list = server.rest("GET", &path, key, None).await.1;
    let list = list.as_array().unwrap();
    let pairs: BTreeSet<_> = list
        .iter()
        .map(|f| {
            let text = |pointer: &str| f.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            (text("/component/name"), text("/vulnerability/vulnId"))
        })
        .collect();
    assert_eq!(pairs.len(), list.len(), "a finding is listed twice");
    pairs
}

#[tokio::test]
async fn an_upload_that_was_answered_is_processed_once_whenever_the_server_dies() {
    let mut server = Server::start().await;
    let key = server.admin_key();
    server.import(&advisories());
    for (round, pause) in [0_u64, 5, 20, 60, 150].into_iter().enumerate() {
        let name = format!("killed-{round}");
        let token = server.upload(&key, &name, &bom(&names())).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill_and_restart().await;
        server.processed(&key, &token).await;
        let uuid = project(&server, &key, &name).await;
        assert_eq!(findings(&server, &key, &uuid).await.len(), PACKAGES / 2);
        let (_, components) = server
            .rest("GET", &format!("/api/v1/component/project/{uuid}?pageNumber=1&pageSize=1000"), &key, None)
            .await;
        assert_eq!(components.as_array().unwrap().len(), PACKAGES);
    }
}

struct Platform {
    session: String,
    company: String,
}

async fn connect(server: &Server, key: &str) -> Platform {
    let session = server.log_in().await;
    let companies = server.graphql(&session, "{ companies { collection { id } } }", json!({})).await;
    let company = companies["companies"]["collection"][0]["id"].as_str().unwrap().to_owned();
    let saved = server
        .graphql(
            &session,
            "mutation ($input: SaveDependencyTrackIntegrationInput!) { saveDependencyTrackIntegration(input: $input) { integration { id } errors { message } } }",
            json!({ "input": { "companyId": company, "apiUrl": server.url(""), "apiToken": key, "severities": ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NOTIFICATION"] } }),
        )
        .await;
    assert_eq!(saved["saveDependencyTrackIntegration"]["errors"], json!([]));
    Platform { session, company }
}

impl Platform {
    async fn associate(&self, server: &Server, project: &str) -> String {
        let answer = server
            .graphql(
                &self.session,
                "mutation ($input: AssociateProjectInput!) { associateProject(input: $input) { data { asset { id } error { message } } } }",
                json!({ "input": { "companyId": self.company, "integration": "DEPENDENCY_TRACK", "projectIds": [project] } }),
            )
            .await;
        let data = &answer["associateProject"]["data"][0];
        data["asset"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
    }

    /// Waits until no run of the asset waits or runs; the last one.
    async fn settled(&self, server: &Server, asset: &str) -> Value {
        for _ in 0..3_000 {
            let runs = server
                .graphql(
                    &self.session,
                    "query ($company: ID!, $asset: ID!) { syncRuns(companyId: $company, assetId: $asset, limit: 100) { collection { id state errors { message } } } }",
                    json!({ "company": self.company, "asset": asset }),
                )
                .await;
            let runs = runs["syncRuns"]["collection"].as_array().unwrap().clone();
            if !runs.is_empty() && !runs.iter().any(|r| r["state"] == "QUEUED" || r["state"] == "RUNNING") {
                return runs[0].clone();
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        panic!("the runs of asset {asset} do not end");
    }

    async fn issues(&self, server: &Server, asset: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let answer = server
                .graphql(
                    &self.session,
                    "query ($company: ID!, $page: PaginationInput!, $filters: IssuesFiltersInput) { issues(companyId: $company, pagination: $page, filters: $filters) { collection { id status ... on ScaFinding { detail { package vulnerabilityId } } } metadata { totalPages } } }",
                    json!({ "company": self.company, "page": { "page": page, "perPage": 100 },
                        "filters": { "assetIds": [asset], "statuses": ["IDENTIFIED", "IN_PROGRESS", "AWAITING_VALIDATION", "FIX_ACCEPTED", "RISK_ACCEPTED", "FALSE_POSITIVE", "SUPPRESSED"] } }),
                )
                .await;
            all.extend(answer["issues"]["collection"].as_array().unwrap().clone());
            if page >= answer["issues"]["metadata"]["totalPages"].as_i64().unwrap() {
                return all;
            }
        }
        all
    }
}

#[tokio::test]
async fn an_import_and_a_sync_survive_the_death_of_the_server() {
    let mut server = Server::start().await;
    let key = server.admin_key();
    server.import(&advisories());
    let token = server.upload(&key, "whole", &bom(&names())).await;
    server.processed(&key, &token).await;
    let uuid = project(&server, &key, "whole").await;
    let platform = connect(&server, &key).await;

    let asset = platform.associate(&server, &uuid).await;
    for pause in [0_u64, 40, 120] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill_and_restart().await;
    }
    let run = platform.settled(&server, &asset).await;
    assert_eq!(run["state"], "SUCCEEDED", "{run}");
    let issues = platform.issues(&server, &asset).await;
    let distinct: BTreeSet<String> = issues.iter().map(|i| i["detail"].to_string()).collect();
    assert_eq!((issues.len(), distinct.len()), (PACKAGES / 2, PACKAGES / 2));
    assert_eq!(platform.associate(&server, &uuid).await, asset, "the project is imported once");

    // Half of the components go; the sync that sees it is killed too.
    let token = server.upload(&key, "whole", &bom(&names()[PACKAGES / 4..])).await;
    server.processed(&key, &token).await;
    platform.settled(&server, &asset).await;
    platform.associate(&server, &uuid).await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    server.kill_and_restart().await;
    assert_eq!(platform.settled(&server, &asset).await["state"], "SUCCEEDED");
    let issues = platform.issues(&server, &asset).await;
    let fixed = issues.iter().filter(|i| i["status"] == "FIX_ACCEPTED").count();
    assert_eq!((issues.len(), fixed), (PACKAGES / 2, PACKAGES / 4));
}

#[tokio::test]
async fn a_push_that_was_promised_arrives_after_the_death_of_the_server() {
    let mut server = Server::start().await;
    let key = server.admin_key();
    server.import(&advisories()[..10]);
    let token = server.upload(&key, "pushed", &bom(&names()[..10])).await;
    server.processed(&key, &token).await;
    let uuid = project(&server, &key, "pushed").await;
    let platform = connect(&server, &key).await;
    let asset = platform.associate(&server, &uuid).await;
    platform.settled(&server, &asset).await;
    for issue in platform.issues(&server, &asset).await {
        let input = json!({ "input": { "id": issue["id"], "status": "RISK_ACCEPTED", "reason": "known" } });
        server
            .graphql(&platform.session, "mutation ($input: ChangeIssueStatusInput!) { changeIssueStatus(input: $input) { issue { status } } }", input)
            .await;
        server.kill_and_restart().await;
    }
    for _ in 0..1_500 {
        let (_, list) = server.rest("GET", &format!("/api/v1/finding/project/{uuid}"), &key, None).await;
        let arrived =
            list.as_array().unwrap().iter().filter(|f| f["analysis"]["state"] == "EXPLOITABLE").count();
        if arrived == 10 {
            // Each decision is in the audit trail once.
            for finding in list.as_array().unwrap() {
                let id = |pointer: &str| finding.pointer(pointer).unwrap().as_str().unwrap().to_owned();
                let path = format!(
                    "/api/v1/analysis?project={uuid}&component={}&vulnerability={}",
                    id("/component/uuid"),
                    id("/vulnerability/uuid")
                );
                let trail = server.rest("GET", &path, &key, None).await.1["analysisComments"].to_string();
                assert_eq!(trail.matches("EXPLOITABLE").count(), 1, "{trail}");
            }
            return;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    panic!("the pushes did not arrive");
}
