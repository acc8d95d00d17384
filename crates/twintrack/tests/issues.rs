//! Issues by hand: their life, lists, deadlines, gates, exports, and what pipelines ask.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::{Server, bom};
use serde_json::{Value, json};

/// An asset with a business impact.
async fn asset(server: &Server, who: &str, name: &str, impact: &str) -> i64 {
    let query = "mutation ($name: String!, $impact: BusinessImpactLevel) { createAsset(input: { companyId: 1, name: $name, \
                 businessImpact: $impact, assetsTagList: [\"tag-x\"] }) { asset { id } } }";
    let made = server.graphql(who, query, json!({ "name": name, "impact": impact })).await;
    made["createAsset"]["asset"]["id"].as_str().unwrap().parse().unwrap()
}

async fn finding(server: &Server, who: &str, asset: i64, title: &str, severity: &str) -> String {
    let query =
        "mutation ($input: CreateScaFindingInput!) { createScaFinding(input: $input) { issue { id } } }";
    let input = json!({
        "assetId": asset, "title": title, "description": "what, \"how\"\nand why", "package": "left-pad",
        "affectedVersion": "1.0.0", "fileName": "package.json", "severity": severity,
    });
    let made = server.graphql(who, query, json!({ "input": input })).await;
    made["createScaFinding"]["issue"]["id"].as_str().unwrap().to_owned()
}

async fn set(server: &Server, who: &str, id: &str, fields: &str) -> Result<Value, Value> {
    let query = format!(
        "mutation {{ changeIssueStatus(input: {{ id: {id}, {fields} }}) {{ issue {{ status ... on ScaFinding {{ expiresAt }} }} }} }}"
    );
    server.graphql_or_error(who, &query, json!({})).await.map_err(|errors| errors[0].clone())
}

#[tokio::test]
async fn decisions_need_a_reason_and_may_expire() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let shop = asset(&server, &who, "shop", "HIGH").await;
    let issue = finding(&server, &who, shop, "flaw", "HIGH").await;
    for status in ["RISK_ACCEPTED", "FALSE_POSITIVE"] {
        let refused = set(&server, &who, &issue, &format!("status: {status}")).await.unwrap_err();
        assert_eq!(refused["extensions"]["code"], "INVALID");
        assert!(refused["message"].as_str().unwrap().contains("reason"), "{refused}");
    }
    for (fields, word) in [
        ("status: IN_PROGRESS, expiresAt: \"2100-01-01T00:00:00Z\"", "accepted risk"),
        ("status: RISK_ACCEPTED, reason: \"r\", expiresAt: \"2020-01-01T00:00:00Z\"", "past"),
    ] {
        let refused = set(&server, &who, &issue, fields).await.unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains(word), "{refused}");
    }
    let done = set(
        &server,
        &who,
        &issue,
        "status: RISK_ACCEPTED, reason: \"r\", expiresAt: \"2100-01-01T00:00:00Z\"",
    )
    .await;
    assert_eq!(done.unwrap()["changeIssueStatus"]["issue"]["expiresAt"], "2100-01-01T00:00:00.000Z");
    // One that ends in a moment is Identified again by itself.
    let soon = (chrono::Utc::now() + chrono::TimeDelta::seconds(1)).to_rfc3339();
    set(&server, &who, &issue, &format!("status: RISK_ACCEPTED, reason: \"r\", expiresAt: \"{soon}\""))
        .await
        .unwrap();
    let look = format!(
        "{{ issue(id: {issue}) {{ status }} issueHistory(issueId: {issue}) {{ collection {{ field to reason actor }} }} }}"
    );
    let mut answer = Value::Null;
    for _ in 0..600 {
        answer = server.graphql(&who, &look, json!({})).await;
        if answer["issue"]["status"] == "IDENTIFIED" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let last = &answer["issueHistory"]["collection"][0];
    assert_eq!((&last["to"], &last["field"]), (&json!("IDENTIFIED"), &json!("status")), "{answer}");
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged_without_losing_a_row() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let shop = asset(&server, &who, "shop", "HIGH").await;
    let blog = asset(&server, &who, "blog", "LOW").await;
    for n in 0..23 {
        let severity = ["CRITICAL", "HIGH", "MEDIUM", "LOW"][n % 4];
        finding(&server, &who, if n % 3 == 0 { blog } else { shop }, &format!("flaw {n:02}"), severity).await;
    }
    let list = "query ($filters: IssuesFiltersInput, $page: Int) { issues(companyId: 1, pagination: { page: $page, perPage: 5 }, \
                filters: $filters, sortOptions: [{ field: SEVERITY, order: DESC }]) { collection { id title severity status } metadata { totalCount totalPages } } }";
    let mut seen = Vec::new();
    for page in 1..=5 {
        let answer = server.graphql(&who, list, json!({ "page": page })).await["issues"].clone();
        assert_eq!(answer["metadata"], json!({ "totalCount": 23, "totalPages": 5 }));
        seen.extend(
            answer["collection"]
                .as_array()
                .unwrap()
                .iter()
                .map(|issue| issue["id"].as_str().unwrap().to_owned()),
        );
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 23, "{seen:?}");
    for (filters, expected) in [
        (json!({ "severities": ["CRITICAL"] }), 6),
        (json!({ "assetIds": [blog] }), 8),
        (json!({ "assetTags": ["tag-x"], "title": "FLAW 1" }), 10),
        (json!({ "businessImpact": ["LOW"] }), 8),
        (json!({ "statuses": ["FIX_ACCEPTED"] }), 0),
        (json!({ "package": "left" }), 23),
        (json!({ "sources": ["manual"] }), 23),
        (json!({ "sources": ["dependency_track"] }), 0),
        (json!({ "knownExploited": true }), 0),
        (json!({ "epssAtLeast": 0.5 }), 0),
        (json!({ "failureTypes": ["SCA_FINDING"] }), 23),
        (json!({ "createdAtRange": { "startDate": "2100-01-01T00:00:00Z" } }), 0),
        (json!({ "slaStates": ["NOT_PARAMETERIZED"] }), 23),
        (json!({ "assignedToMe": true }), 0),
    ] {
        let answer = server.graphql(&who, list, json!({ "filters": filters, "page": 1 })).await;
        assert_eq!(answer["issues"]["metadata"]["totalCount"], expected, "{filters}");
    }
    // By cursor nothing comes twice and nothing is left out while issues come and go.
    let by_cursor = "query ($after: String) { issuesByCursor(companyId: 1, first: 4, after: $after, sort: { field: CREATED_AT, order: ASC }) \
                     { collection { id } endCursor hasNextPage totalCount } }";
    let (mut after, mut read) = (Value::Null, Vec::new());
    loop {
        let answer =
            server.graphql(&who, by_cursor, json!({ "after": after })).await["issuesByCursor"].clone();
        read.extend(
            answer["collection"]
                .as_array()
                .unwrap()
                .iter()
                .map(|issue| issue["id"].as_str().unwrap().to_owned()),
        );
        if read.len() == 8 {
            // What was read leaves the list: pages by number would skip as many.
            for id in read.iter().take(4) {
                set(&server, &who, id, "status: SUPPRESSED").await.unwrap();
            }
        }
        if answer["hasNextPage"] != true {
            break;
        }
        after = answer["endCursor"].clone();
    }
    let mut distinct = read.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((read.len(), distinct.len()), (23, 23));
    let bulk = "mutation ($ids: [ID!]!) { changeIssuesStatus(input: { ids: $ids, status: FALSE_POSITIVE, reason: \"not ours\" }) \
                { issues { id } errors { code message } } }";
    let ids = [&read[10..20], &["999999".to_owned()]].concat();
    let answer = server.graphql(&who, bulk, json!({ "ids": ids })).await["changeIssuesStatus"].clone();
    assert_eq!(
        (answer["issues"].as_array().unwrap().len(), &answer["errors"][0]["code"]),
        (10, &json!("NOT_FOUND"))
    );
}

#[tokio::test]
async fn deadlines_follow_the_matrix_and_lists_agree_with_counts() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let high = asset(&server, &who, "shop", "HIGH").await;
    let low = asset(&server, &who, "blog", "LOW").await;
    let mut first = String::new();
    for (asset, severity) in
        [(high, "CRITICAL"), (high, "HIGH"), (low, "CRITICAL"), (low, "NOTIFICATION"), (high, "MEDIUM")]
    {
        first = finding(&server, &who, asset, &format!("{asset} {severity}"), severity).await;
    }
    set(&server, &who, &first, "status: FALSE_POSITIVE, reason: \"r\"").await.unwrap();
    let save = "mutation ($rules: [SlaRuleInput!]!) { saveSlaPolicy(input: { companyId: 1, rules: $rules }) { rules { severity businessImpact days } } }";
    for wrong in [
        json!([{ "severity": "HIGH", "businessImpact": "LOW", "days": 0 }]),
        json!([{ "severity": "NOTIFICATION", "businessImpact": "LOW", "days": 3 }]),
    ] {
        let refused = server.graphql_or_error(&who, save, json!({ "rules": wrong })).await.unwrap_err();
        assert_eq!(refused[0]["extensions"]["code"], "INVALID", "{refused}");
    }
    let rules = json!([{ "severity": "CRITICAL", "businessImpact": "HIGH", "days": 7 }, { "severity": "HIGH", "businessImpact": "HIGH", "days": 30 }]);
    server.graphql(&who, save, json!({ "rules": rules })).await;
    let stats = server
        .graphql(
            &who,
            "{ slaStats(companyId: 1, filters: { statuses: [IDENTIFIED, FALSE_POSITIVE] }) { state count } }",
            json!({}),
        )
        .await;
    let mut total = 0;
    for row in stats["slaStats"].as_array().unwrap() {
        let list = format!(
            "{{ issues(companyId: 1, pagination: {{}}, filters: {{ statuses: [IDENTIFIED, FALSE_POSITIVE], slaStates: [{}] }}) \
             {{ collection {{ ... on ScaFinding {{ sla {{ state daysRemaining dueAt }} }} }} metadata {{ totalCount }} }} }}",
            row["state"].as_str().unwrap()
        );
        let answer = server.graphql(&who, &list, json!({})).await["issues"].clone();
        assert_eq!(answer["metadata"]["totalCount"], row["count"], "{row}");
        for issue in answer["collection"].as_array().unwrap() {
            assert_eq!(issue["sla"]["state"], row["state"]);
            assert_eq!(issue["sla"]["dueAt"].is_string(), row["state"] == "ON_TRACK");
        }
        total += row["count"].as_i64().unwrap();
    }
    assert_eq!(total, 5, "{stats}");
    let count = |state: &str| {
        stats["slaStats"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["state"] == state)
            .map_or(0, |row| row["count"].as_i64().unwrap())
    };
    assert_eq!(["ON_TRACK", "NOT_PARAMETERIZED", "NOT_TRACKED", "RESOLVED"].map(count), [2, 1, 1, 1]);
}

#[tokio::test]
async fn a_gate_counts_warns_and_fails() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let shop = asset(&server, &who, "shop", "HIGH").await;
    for n in 0..2 {
        finding(&server, &who, shop, &format!("flaw {n}"), "HIGH").await;
    }
    let run = |policy: Option<&str>| {
        let query = "query ($asset: ID!, $policy: String) { securityGateRun(assetId: $asset, policy: $policy) { id status scope executionDate issuesUrl \
             asset { name } reason { low { limit } high { limit count status } critical { limit count status } } \
             failingVulnerabilities(pagination: { page: 1, perPage: 1 }) { collection { id title severity cvssScore file line platformUrl description } metadata { totalCount } } } }";
        let (server, who, variables) =
            (&server, &who, json!({ "asset": shop.to_string(), "policy": policy }));
        async move {
            server.graphql_or_error(who, query, variables).await.map(|data| data["securityGateRun"].clone())
        }
    };
    let policy = |text: &str| format!("rules:\n- from: any\n  severity:\n    high: {text}\n");
    for (limits, status) in [
        ("{maximum: 2}", "passed"),
        ("{maximum: 1}", "failed"),
        ("{maximum: 1, max_days_to_fix: 30}", "warning"),
        ("{maximum: 2, max_days_to_fix: 30}", "passed"),
    ] {
        let answer = run(Some(&policy(limits))).await.unwrap();
        assert_eq!(
            (&answer["status"], &answer["scope"]),
            (&json!(status), &json!("CUSTOM")),
            "{limits}: {answer}"
        );
        assert_eq!(answer["reason"]["high"]["count"], 2);
        assert_eq!(answer["reason"]["low"], json!(null));
        let blocking = if status == "passed" { 0 } else { 2 };
        assert_eq!(answer["failingVulnerabilities"]["metadata"]["totalCount"], blocking, "{answer}");
    }
    let refused =
        run(Some("rules:\n- from: any\n  severity:\n    higher: {maximum: 1}\n")).await.unwrap_err();
    assert!(refused[0]["message"].as_str().unwrap().contains("line 4"), "{refused}");
    let missing = run(None).await.unwrap_err();
    assert_eq!(missing[0]["extensions"]["code"], "INVALID", "{missing}");
    let save = "mutation ($asset: ID, $yaml: String!) { saveSecurityGatePolicy(input: { companyId: 1, assetId: $asset, yaml: $yaml }) { valid scope errors { line column message } } }";
    let saved = server.graphql(&who, save, json!({ "yaml": policy("{maximum: -1}") })).await["saveSecurityGatePolicy"].clone();
    assert_eq!((&saved["valid"], &saved["errors"][0]["line"]), (&json!(false), &json!(4)), "{saved}");
    server.graphql(&who, save, json!({ "yaml": policy("{maximum: 1}") })).await;
    assert_eq!(run(None).await.unwrap()["scope"], "GLOBAL");
    server.graphql(&who, save, json!({ "asset": shop.to_string(), "yaml": policy("{maximum: 5}") })).await;
    let own = run(None).await.unwrap();
    assert_eq!((&own["scope"], &own["status"]), (&json!("ASSET"), &json!("passed")));
    let kept = server.graphql(&who, "{ securityGateRuns(companyId: 1, status: FAILED) { collection { status } metadata { totalCount } } }", json!({})).await;
    assert_eq!(kept["securityGateRuns"]["metadata"]["totalCount"], 2);
}

#[tokio::test]
async fn exports_hold_what_lists_hold() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let shop = asset(&server, &who, "shop, \"the big one\"", "HIGH").await;
    for n in 0..7 {
        finding(&server, &who, shop, &format!("=flaw {n}"), "HIGH").await;
    }
    let (status, text) = server.get("/api/platform/issues/export?companyId=1&format=json", &who).await;
    let rows: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!((status, rows.as_array().unwrap().len()), (200, 7));
    let (status, text) = server.get("/api/platform/issues/export?companyId=1&format=csv", &who).await;
    assert_eq!(status, 200);
    assert!(text.contains("\"shop, \"\"the big one\"\"\""), "{text}");
    assert!(
        !text.contains(",=flaw") && !text.contains("\n=flaw"),
        "a spreadsheet would calculate it: {text}"
    );
    let (status, text) = server.get("/api/platform/issues/export?companyId=1&format=json&filters=%7B%22severities%22:%5B%22LOW%22%5D%7D", &who).await;
    assert_eq!((status, text.replace('\n', "").as_str()), (200, "[]"));
    for (query, word) in [
        ("companyId=1&format=xml", "format"),
        ("companyId=1&filters=%7B", "filters"),
        ("format=csv", "companyId"),
    ] {
        let (status, text) = server.get(&format!("/api/platform/issues/export?{query}"), &who).await;
        assert!(status == 400 && text.contains(word), "{status} {text}");
    }
    assert_eq!(server.get("/api/platform/issues/export?companyId=1", "nobody").await.0, 401);
}

#[tokio::test]
async fn the_api_has_bounds() {
    let server = Server::start().await;
    let who = server.log_in().await;
    let deep = format!("{{ viewer {} }}", "{ companies { company ".repeat(8) + "{ id }" + &" } }".repeat(8));
    let fields: String = (0..450).map(|n| format!("a{n}: label ")).collect();
    let broad = format!("{{ company(id: 1) {{ {fields} }} }}");
    for query in [deep, broad] {
        assert!(server.graphql_or_error(&who, &query, json!({})).await.is_err());
    }
    // Nothing is read of what strangers send, and of callers no more than an operation needs.
    let large = format!("{{\"query\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    let call = reqwest::Client::new().post(server.url("/graphql")).bearer_auth(&who);
    let answer = call.header("content-type", "application/json").body(large).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "INVALID");
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let list = "query ($ids: [ID!]) { issues(companyId: 1, pagination: {}, filters: { ids: $ids }) { metadata { totalCount } } }";
    let refused = server.graphql_or_error(&who, list, json!({ "ids": many })).await.unwrap_err();
    assert_eq!(refused[0]["extensions"]["code"], "INVALID", "{refused}");
    let unknown =
        server.graphql_or_error(&who, "{ asset(id: \"x\") { name } nothing }", json!({})).await.unwrap_err();
    assert!(unknown[0]["message"].as_str().unwrap().contains("nothing"));
    assert_eq!(unknown[0]["extensions"]["code"], "INVALID", "{unknown}");
    let schema =
        server.graphql(&who, "{ __schema { queryType { fields { name description } } } }", json!({})).await;
    assert!(schema["__schema"]["queryType"]["fields"].as_array().unwrap().len() > 25);
    // 1,200 requests a minute for each caller; the next one is told when to come back.
    let key = "mutation { createApiKey(input: { companyId: 1, name: \"busy\", role: READER }) { key } }";
    let key = server.graphql(&who, key, json!({})).await["createApiKey"]["key"].as_str().unwrap().to_owned();
    let http = reqwest::Client::new();
    let mut refused = None;
    // The allowance grows while it is used up.
    for _ in 0..50_000 {
        let call = http
            .post(server.url("/graphql"))
            .header("x-api-key", &key)
            .json(&json!({ "query": "{ __typename }" }));
        let answer = call.send().await.unwrap();
        assert!(answer.headers().contains_key("x-ratelimit-limit"), "{:?}", answer.headers());
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the limit is reached");
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 60);
    assert_eq!(
        refused.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"],
        "TOO_MANY_REQUESTS"
    );
    assert!(
        server.graphql_or_error(&who, "{ __typename }", json!({})).await.is_ok(),
        "others are not concerned"
    );
}

#[tokio::test]
async fn pipelines_get_the_answers_they_read() {
    let server = Server::start().await;
    let owner = server.log_in().await;
    let key = "mutation { createApiKey(input: { companyId: 1, name: \"ci\", role: MANAGER }) { key } }";
    let key =
        server.graphql(&owner, key, json!({})).await["createApiKey"]["key"].as_str().unwrap().to_owned();
    let ask = |query: &'static str, variables: Value| {
        let (server, key) = (&server, &key);
        async move { server.graphql(key, query, variables).await }
    };
    let companies = ask("query Companies($limit: Int, $order: OrderScopesParams, $orderType: OrderParams) { companies(limit: $limit, order: $order, orderType: $orderType) { collection { id label } } }",
        json!({ "limit": 100, "order": "label", "orderType": "ASC" })).await;
    assert_eq!(companies["companies"]["collection"], json!([{ "id": "1", "label": "Default" }]));
    let create = "mutation CreateAsset($input: CreateAssetInput!) { createAsset(input: $input) { asset { id name } errors clientMutationId } }";
    let input = json!({ "companyId": 1, "name": "shop", "repoUrl": "https://git.example/shop", "clientMutationId": "once" });
    let made = ask(create, json!({ "input": input })).await["createAsset"].clone();
    let again = ask(create, json!({ "input": input })).await["createAsset"].clone();
    assert_eq!(
        (&made["asset"], &made["clientMutationId"]),
        (&again["asset"], &json!("once")),
        "a retry makes no second asset"
    );
    let id = made["asset"]["id"].clone();
    let assets = "query Assets($companyId: ID!, $page: Int, $limit: Int, $search: AssetsSearch) { assets(companyId: $companyId, page: $page, limit: $limit, search: $search) { collection { id name repoUrl } metadata { totalPages } } }";
    for search in [
        json!({ "name": "shop" }),
        json!({ "search": "SHO" }),
        json!({ "repoUrl": "https://git.example/shop" }),
    ] {
        let found = ask(assets, json!({ "companyId": "1", "page": 1, "limit": 10, "search": search })).await;
        assert_eq!(found["assets"]["collection"][0]["id"], id, "{search}");
    }
    ask("mutation UpdateAsset($input: UpdateAssetInput!) { updateAsset(input: $input) { asset { id } } }",
        json!({ "input": { "id": id, "companyId": 1, "name": "shop", "teamIds": [], "assetType": "api", "lifeCycle": "production" } })).await;

    // An SBOM by the multipart request of GraphQL.
    let document = bom(&["left-pad", "right-pad"]).to_string();
    let operations = json!({
        "query": "mutation ImportSbom($file: Upload!, $assetId: ID!, $companyId: ID!, $branchName: String) { importSbom(input: { file: $file, assetId: $assetId, companyId: $companyId, branchName: $branchName }) { success } }",
        "variables": { "file": null, "assetId": id, "companyId": "1", "branchName": "main" },
    });
    let send = |document: String| {
        let form = reqwest::multipart::Form::new()
            .text("operations", operations.to_string())
            .text("map", "{\"0\":[\"variables.file\"]}")
            .part(
                "0",
                reqwest::multipart::Part::text(document)
                    .file_name("bom.json")
                    .mime_str("application/json")
                    .unwrap(),
            );
        reqwest::Client::new().post(server.url("/graphql")).header("x-api-key", &key).multipart(form).send()
    };
    let taken: Value = send(document).await.unwrap().json().await.unwrap();
    assert_eq!(taken["data"]["importSbom"]["success"], true, "{taken}");
    let refused: Value =
        send("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{}]}".into())
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "INVALID", "{refused}");
    let components = ask("query ($id: ID!) { asset(id: $id) { branchName sbom { collection { name version purl license packageManager cves issuesBySeverity { high } } metadata { totalCount } } } }", json!({ "id": id })).await;
    assert_eq!(
        (&components["asset"]["sbom"]["metadata"]["totalCount"], &components["asset"]["branchName"]),
        (&json!(2), &json!("main")),
        "{components}"
    );

    let number: i64 = id.as_str().unwrap().parse().unwrap();
    let finding = "mutation CreateScaFinding($input: CreateScaFindingInput!) { createScaFinding(input: $input) { clientMutationId issue { id title status } } }";
    let input = json!({ "assetId": number, "title": "left-pad: CVE-2026-1", "description": "d", "package": "left-pad", "affectedVersion": "1.0.0", "fileName": "package-lock.json",
        "cve": "CVE-2026-1", "severity": "LOW", "cvssMetric": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "patchedVersion": "2.0.0", "originalIssueIdFromTool": "tool-1", "toolType": "CONVISO_AST",
        "impactLevel": "HIGH", "probabilityLevel": "LOW", "branchName": "release" });
    let issue = ask(finding, json!({ "input": input })).await["createScaFinding"]["issue"].clone();
    assert_eq!(
        ask(finding, json!({ "input": input })).await["createScaFinding"]["issue"]["id"],
        issue["id"],
        "reported twice is one issue"
    );
    let issues = "query Issues($companyId: ID!, $pagination: PaginationInput!, $filters: IssuesFiltersInput) { issues(companyId: $companyId, pagination: $pagination, filters: $filters) { \
         collection { id type branch { name } ... on ScaFinding { severity detail { cve affectedVersion fileName package patchedVersion } } ... on FindingInterface { originalIssueIdFromTool scanSource impactLevel probabilityLevel } status } metadata { totalCount totalPages } } }";
    let listed = ask(issues, json!({ "companyId": "1", "pagination": { "page": 1, "perPage": 100 }, "filters": { "assetIds": [id], "statuses": ["IDENTIFIED"], "failureTypes": ["SCA_FINDING"] } })).await;
    let row = &listed["issues"]["collection"][0];
    assert_eq!(row["severity"], "HIGH", "the vector counts, not the word: {row}");
    assert_eq!(
        (&row["detail"]["cve"], &row["detail"]["fileName"], &row["originalIssueIdFromTool"]),
        (&json!("CVE-2026-1"), &json!("package-lock.json"), &json!("tool-1")),
        "{row}"
    );
    assert_eq!(
        (&row["branch"]["name"], &row["impactLevel"], &row["probabilityLevel"]),
        (&json!("release"), &json!("HIGH"), &json!("LOW")),
        "{row}"
    );
    let changed = ask("mutation ChangeIssueStatus($input: ChangeIssueStatusInput!) { changeIssueStatus(input: $input) { issue { id status } } }",
        json!({ "input": { "id": issue["id"], "status": "FIX_ACCEPTED", "reason": "gone" } })).await;
    assert_eq!(
        changed["changeIssueStatus"]["issue"]["status"], "FIX_ACCEPTED",
        "no scanner speaks for an issue made by hand"
    );

    let report = ask("mutation ($input: CreateControlSyncStatusInput!) { createControlSyncStatus(input: $input) { success controlSyncStatus { id integration externalVulnerabilityCount } } }",
        json!({ "input": { "assetId": id, "integration": "CONVISO_AST", "externalVulnerabilityCount": 3 } })).await["createControlSyncStatus"].clone();
    assert_eq!(
        (&report["success"], &report["controlSyncStatus"]["integration"]),
        (&json!(true), &json!("CONVISO_AST"))
    );
    let increase = "mutation ($input: IncreaseIssueScanCountInput!) { increaseIssueScanCount(input: $input) { controlSyncStatus { successCount failureCount failureReason } } }";
    ask(increase, json!({ "input": { "assetId": id, "integration": "CONVISO_AST", "successCount": 2 } }))
        .await;
    let counted = ask(increase, json!({ "input": { "assetId": id, "integration": "CONVISO_AST", "failureCount": 1, "failureReason": "one was refused" } })).await;
    assert_eq!(
        counted["increaseIssueScanCount"]["controlSyncStatus"],
        json!({ "successCount": 2, "failureCount": 1, "failureReason": "one was refused" })
    );

    // The connectors that are only names say so.
    for (query, tool) in [
        (
            "mutation { associateProject(input: { companyId: 1, integration: FORTIFY, projectIds: [\"x\"] }) { data { asset { id name } } } }",
            "Fortify",
        ),
        (
            "mutation { associateProject(input: { companyId: 1, integration: CHECKMARX, projectIds: [\"x\"] }) { data { asset { id name } } } }",
            "Checkmarx",
        ),
    ] {
        let refused = server.graphql_or_error(&key, query, json!({})).await.unwrap_err();
        assert_eq!(refused[0]["extensions"]["code"], "UNSUPPORTED", "{refused}");
        assert!(refused[0]["message"].as_str().unwrap().contains(tool), "{refused}");
    }
    // What an assistant asks.
    ask("{ issues(companyId: 1, pagination: { page: 1, perPage: 5 }, sortOptions: [{ field: CREATED_AT, order: DESC }]) { collection { ... on ScaFinding { sla { state dueAt daysRemaining } assignedUsers { name email } } } } \
         assets(companyId: 1) { collection { riskScore { current { value } } } } topVulnerabilities(companyId: 1) { title } overallRiskScoreHistory(companyId: 1) { current { value } differenceFromLast { value } } \
         sbomComponents(companyId: 1) { collection { name } } mttrOverTime(companyId: 1, params: { startDate: \"2026-01-01\", endDate: \"2026-12-31\" }) { __typename } }", json!({})).await;
}
