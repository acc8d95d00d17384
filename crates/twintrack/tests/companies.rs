//! Companies on one installation: who may do what, and that nothing of one is seen from another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::{Server, twintrack};
use dependency_track::testing::{Generation, KEY, StandIn};
use serde_json::{Value, json};

const FINDING: &str = "mutation ($asset: Int!, $title: String!) { createScaFinding(input: { assetId: $asset, title: $title, \
     description: \"d\", package: \"left-pad\", affectedVersion: \"1.0.0\", fileName: \"package.json\", severity: HIGH }) { issue { id } } }";

async fn code(server: &Server, who: &str, query: &str) -> String {
    match server.graphql_or_error(who, query, json!({})).await {
        Ok(_) => "OK".to_owned(),
        Err(errors) => errors[0]["extensions"]["code"].as_str().unwrap_or("VALIDATION").to_owned(),
    }
}

fn id(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

/// A key of a company with a role.
async fn key(server: &Server, owner: &str, company: &str, role: &str) -> String {
    let query = format!(
        "mutation {{ createApiKey(input: {{ companyId: {company}, name: \"{role}\", role: {role} }}) {{ key }} }}"
    );
    id(&server.graphql(owner, &query, json!({})).await["createApiKey"]["key"])
}

#[tokio::test]
async fn nothing_of_a_company_is_seen_from_another() {
    let server = Server::start().await;
    let owner = server.log_in().await;
    let there = StandIn::start(Generation::Four).await.unwrap();
    let project = there.state().add_project("secret-project", "1", true);
    let ask = |query: String| {
        let (server, owner) = (&server, &owner);
        async move { server.graphql(owner, &query, json!({})).await }
    };
    // Everything there is, in company 1, with a word in it that must not be seen elsewhere.
    let save = format!(
        "mutation {{ saveDependencyTrackIntegration(input: {{ companyId: 1, name: \"secret-name\", apiUrl: \"{}\", \
         apiToken: \"{KEY}\", severities: [HIGH], cron: \"0 3 * * *\" }}) {{ integration {{ id }} errors {{ message }} }} }}",
        there.url
    );
    let integration = id(&ask(save).await["saveDependencyTrackIntegration"]["integration"]["id"]);
    let imported = ask(format!(
        "mutation {{ associateProject(input: {{ companyId: 1, integration: DEPENDENCY_TRACK, projectIds: [\"{project}\"] }}) \
         {{ data {{ asset {{ id integrationLinks {{ id }} }} syncRun {{ id }} }} }} }}"
    ))
    .await["associateProject"]["data"][0]
        .clone();
    let (asset, run) = (id(&imported["asset"]["id"]), id(&imported["syncRun"]["id"]));
    let link = id(&imported["asset"]["integrationLinks"][0]["id"]);
    let variables = json!({ "asset": asset.parse::<i64>().unwrap(), "title": "secret-issue" });
    let issue = id(&server.graphql(&owner, FINDING, variables).await["createScaFinding"]["issue"]["id"]);
    let team = id(&ask(
        "mutation { createTeam(input: { companyId: 1, label: \"secret-team\" }) { team { id } } }".into(),
    )
    .await["createTeam"]["team"]["id"]);
    let member = ask("mutation { inviteUser(input: { companyId: 1, email: \"secret@example.com\", role: DEVELOPER }) { id } }".into()).await;
    let member = id(&member["inviteUser"]["id"]);
    let own_key = ask("mutation { createApiKey(input: { companyId: 1, name: \"secret-key\", role: READER }) { apiKey { id } } }".into()).await;
    let own_key = id(&own_key["createApiKey"]["apiKey"]["id"]);
    ask(format!(
        "mutation {{ commentIssue(input: {{ issueId: {issue}, text: \"secret-comment\" }}) {{ id }} }}"
    ))
    .await;
    ask(format!("{{ securityGateRun(assetId: {asset}, policy: \"rules: [{{severity: {{high: {{maximum: 0}}}}}}]\") {{ id }} }}")).await;
    let report = ask(format!("mutation {{ createControlSyncStatus(input: {{ assetId: {asset}, integration: CONVISO_AST, externalVulnerabilityCount: 1 }}) {{ controlSyncStatus {{ id }} }} }}")).await;
    let report = id(&report["createControlSyncStatus"]["controlSyncStatus"]["id"]);

    let other = ask("mutation { createCompany(input: { label: \"Other\" }) { id } }".into()).await;
    let other = id(&other["createCompany"]["id"]);
    let stranger = key(&server, &owner, &other, "ADMIN").await;

    let empty = "pagination: { perPage: 10 }";
    let dates = "params: { startDate: \"2020-01-01\", endDate: \"2030-01-01\" }";
    let queries = [
        "{ company(id: 1) { label } }".to_string(),
        "{ users(companyId: 1) { collection { email } } }".to_string(),
        "{ teams(companyId: 1) { collection { label } } }".to_string(),
        "{ apiKeys(companyId: 1) { name } }".to_string(),
        "{ auditLog(companyId: 1) { collection { target detail } } }".to_string(),
        "{ assets(companyId: 1) { collection { name } } }".to_string(),
        format!("{{ asset(id: {asset}) {{ name }} }}"),
        format!("{{ riskScoreHistory(assetId: {asset}) {{ value }} }}"),
        "{ sbomComponents(companyId: 1) { collection { name } } }".to_string(),
        "{ tags(companyId: 1) { collection { name } } }".to_string(),
        format!("{{ issues(companyId: 1, {empty}) {{ collection {{ title }} }} }}"),
        format!(
            "{{ issues(companyId: {other}, {empty}, filters: {{ assetIds: [{asset}], ids: [{issue}] }}) {{ collection {{ title }} }} }}"
        ),
        "{ issuesByCursor(companyId: 1) { collection { title } } }".to_string(),
        format!("{{ issue(id: {issue}) {{ title }} }}"),
        "{ issuesStats(companyId: 1) { severities { count } } }".to_string(),
        "{ slaStats(companyId: 1) { count } }".to_string(),
        format!("{{ issueHistory(issueId: {issue}) {{ collection {{ actor }} }} }}"),
        "{ integrations(companyId: 1) { apiUrl webhookToken } }".to_string(),
        format!("{{ integration(id: {integration}) {{ apiUrl }} }}"),
        "{ integrationCatalog(companyId: 1) { connected } }".to_string(),
        format!("{{ externalProjects(integrationId: {integration}) {{ collection {{ name }} }} }}"),
        "{ syncRuns(companyId: 1) { collection { id } } }".to_string(),
        format!("{{ syncRuns(companyId: {other}, assetId: {asset}) {{ collection {{ id }} }} }}"),
        format!("{{ syncRun(id: {run}) {{ id }} }}"),
        format!("{{ pendingPushes(integrationId: {integration}) {{ collection {{ id }} }} }}"),
        "{ slaPolicy(companyId: 1) { rules { days } } }".to_string(),
        format!("{{ securityGatePolicy(companyId: 1, assetId: {asset}) {{ yaml }} }}"),
        format!("{{ securityGatePolicy(companyId: {other}, assetId: {asset}) {{ yaml }} }}"),
        format!("{{ securityGateRun(assetId: {asset}) {{ id }} }}"),
        "{ securityGateRuns(companyId: 1) { collection { id } } }".to_string(),
        format!("{{ securityGateRuns(companyId: {other}, assetId: {asset}) {{ collection {{ id }} }} }}"),
        "{ topVulnerabilities(companyId: 1) { title } }".to_string(),
        format!("{{ mttrOverTime(companyId: 1, {dates}) {{ __typename }} }}"),
        "{ overallRiskScoreHistory(companyId: 1) { company { label } } }".to_string(),
        "{ riskFunnel(companyId: 1) { __typename } }".to_string(),
        "{ topComponents(companyId: 1) { name } }".to_string(),
        format!(
            "mutation {{ updateAsset(input: {{ id: {asset}, companyId: {other}, name: \"mine\" }}) {{ asset {{ name }} }} }}"
        ),
        format!(
            "mutation {{ deleteAsset(input: {{ id: [{asset}] }}) {{ asset {{ collection {{ name }} }} }} }}"
        ),
        format!(
            "mutation {{ changeIssueStatus(input: {{ id: {issue}, status: IN_PROGRESS }}) {{ issue {{ id }} }} }}"
        ),
        format!(
            "mutation {{ assignIssue(input: {{ issueId: {issue}, userIds: [] }}) {{ issue {{ id }} }} }}"
        ),
        format!("mutation {{ commentIssue(input: {{ issueId: {issue}, text: \"x\" }}) {{ id }} }}"),
        format!("mutation {{ checkConnection(input: {{ integrationId: {integration} }}) {{ ok }} }}"),
        format!(
            "mutation {{ removeIntegration(input: {{ integrationId: {integration}, keepAssets: true }}) {{ removedId }} }}"
        ),
        format!(
            "mutation {{ createExternalWebhook(input: {{ integrationId: {integration} }}) {{ created }} }}"
        ),
        format!(
            "mutation {{ saveDependencyTrackIntegration(input: {{ companyId: {other}, integrationId: {integration}, name: \"x\" }}) {{ errors {{ message }} }} }}"
        ),
        format!(
            "mutation {{ unlinkExternalProject(input: {{ assetIntegrationId: {link}, keepIssues: true }}) {{ asset {{ id }} }} }}"
        ),
        format!(
            "mutation {{ syncAsset(input: {{ assetId: {asset}, integration: DEPENDENCY_TRACK }}) {{ assetId }} }}"
        ),
        format!("mutation {{ syncAll(input: {{ integrationId: {integration} }}) {{ runs {{ id }} }} }}"),
        format!("mutation {{ cancelSync(input: {{ runId: {run} }}) {{ id }} }}"),
        format!("mutation {{ updateTeam(input: {{ id: {team}, label: \"mine\" }}) {{ team {{ id }} }} }}"),
        format!("mutation {{ deleteTeam(input: {{ id: {team} }}) {{ msg }} }}"),
        format!(
            "mutation {{ createTeam(input: {{ companyId: {other}, label: \"t\", allowedPortalUserIds: [{member}] }}) {{ team {{ id }} }} }}"
        ),
        format!(
            "mutation {{ setUserRole(input: {{ companyId: {other}, userId: {member}, role: READER }}) {{ id }} }}"
        ),
        format!("mutation {{ removeUser(input: {{ companyId: 1, userId: {member} }}) {{ removedId }} }}"),
        format!("mutation {{ revokeApiKey(input: {{ id: {own_key} }}) {{ id }} }}"),
        format!(
            "mutation {{ updateControlSyncStatus(input: {{ id: {report}, externalVulnerabilityCount: 2 }}) {{ clientMutationId }} }}"
        ),
        "mutation { saveSlaPolicy(input: { companyId: 1, rules: [] }) { rules { days } } }".to_string(),
        format!(
            "mutation {{ saveSecurityGatePolicy(input: {{ companyId: {other}, assetId: {asset}, yaml: \"\" }}) {{ yaml }} }}"
        ),
        "mutation { deleteCompany(input: { companyId: 1, label: \"Default\" }) { deletedId } }".to_string(),
    ];
    for query in &queries {
        let answer = server.graphql_or_error(&stranger, query, json!({})).await;
        let text = format!("{answer:?}");
        assert!(!text.contains("secret") && !text.contains(&there.url), "{query}: {text}");
        match answer {
            Err(errors) => {
                let code = errors[0]["extensions"]["code"].as_str().unwrap_or("VALIDATION");
                assert!(code == "NOT_FOUND" || code == "INVALID", "{query}: {errors}");
            }
            Ok(data) => {
                let inner = data.as_object().unwrap().values().next().unwrap();
                let nothing = [json!(null), json!([]), json!({ "collection": [] }), json!({ "yaml": "" })];
                assert!(nothing.contains(inner), "{query}: {data}");
            }
        }
    }
    let (status, body) = server.get("/api/platform/issues/export?companyId=1", &stranger).await;
    assert!(status == 404 && !body.contains("secret"), "{status} {body}");
    let watched =
        server.watch(&stranger, &format!("subscription {{ syncProgress(runId: {run}) {{ id }} }}")).await;
    assert!(watched.contains("NOT_FOUND") && !watched.contains("secret"), "{watched}");
    let watched = server.watch(&stranger, "subscription { issueChanged(companyId: 1) { title } }").await;
    assert!(watched.contains("NOT_FOUND"), "{watched}");
    // And nothing was changed on the way.
    let after = ask(format!("{{ asset(id: {asset}) {{ name }} issue(id: {issue}) {{ status }} }}")).await;
    assert_eq!(
        after,
        json!({ "asset": { "name": "secret-project 1" }, "issue": { "status": "IDENTIFIED" } })
    );
}

#[tokio::test]
async fn a_role_may_do_what_the_table_says_and_no_more() {
    let server = Server::start().await;
    let owner = server.log_in().await;
    let asset = "mutation { createAsset(input: { companyId: 1, name: \"shop\" }) { asset { id } } }";
    let asset = id(&server.graphql(&owner, asset, json!({})).await["createAsset"]["asset"]["id"]);
    let variables = json!({ "asset": asset.parse::<i64>().unwrap(), "title": "flaw" });
    let issue = id(&server.graphql(&owner, FINDING, variables).await["createScaFinding"]["issue"]["id"]);
    let mut keys = Vec::new();
    for role in ["READER", "DEVELOPER", "MANAGER", "ADMIN"] {
        keys.push((role, key(&server, &owner, "1", role).await));
    }
    let finding = format!(
        "mutation {{ createScaFinding(input: {{ assetId: {asset}, title: \"flaw\", description: \"d\", package: \"p\", affectedVersion: \"1\", fileName: \"f\" }}) {{ issue {{ id }} }} }}"
    );
    let status = |to: &str| {
        format!(
            "mutation {{ changeIssueStatus(input: {{ id: {issue}, status: {to}, reason: \"so\" }}) {{ issue {{ id }} }} }}"
        )
    };
    // An operation, and the least role that may do it.
    let table = [
        ("{ assets(companyId: 1) { collection { id } } }".to_owned(), "READER"),
        (format!("{{ securityGateRun(assetId: {asset}, policy: \"rules: [{{severity: {{low: {{maximum: 9}}}}}}]\") {{ status }} }}"), "DEVELOPER"),
        (format!("mutation {{ commentIssue(input: {{ issueId: {issue}, text: \"look\" }}) {{ id }} }}"), "DEVELOPER"),
        (status("IN_PROGRESS"), "DEVELOPER"),
        (finding, "DEVELOPER"),
        (status("RISK_ACCEPTED"), "MANAGER"),
        (status("IDENTIFIED"), "MANAGER"),
        (format!("mutation {{ assignIssue(input: {{ issueId: {issue}, userIds: [] }}) {{ issue {{ id }} }} }}"), "MANAGER"),
        (format!("mutation {{ updateAsset(input: {{ id: {asset}, companyId: 1, name: \"shop\" }}) {{ asset {{ id }} }} }}"), "MANAGER"),
        ("mutation { createTeam(input: { companyId: 1, label: \"t\", clientMutationId: \"t\" }) { team { id } } }".to_owned(), "MANAGER"),
        (format!("mutation {{ syncAsset(input: {{ assetId: {asset}, integration: DEPENDENCY_TRACK }}) {{ failureReason }} }}"), "MANAGER"),
        ("mutation { saveSlaPolicy(input: { companyId: 1, rules: [] }) { rules { days } } }".to_owned(), "ADMIN"),
        ("mutation { saveDependencyTrackIntegration(input: { companyId: 1 }) { errors { message } } }".to_owned(), "ADMIN"),
        ("mutation { inviteUser(input: { companyId: 1, email: \"new@example.com\", role: READER }) { id } }".to_owned(), "ADMIN"),
        ("mutation { createApiKey(input: { companyId: 1, name: \"k\", role: READER }) { key } }".to_owned(), "ADMIN"),
        ("{ auditLog(companyId: 1) { collection { action } } }".to_owned(), "ADMIN"),
        ("mutation { updateCompany(input: { companyId: 1, contactName: \"Ada\" }) { label } }".to_owned(), "ADMIN"),
        ("mutation { deleteCompany(input: { companyId: 1, label: \"Default\" }) { deletedId } }".to_owned(), "OWNER"),
    ];
    for (query, least) in &table {
        let mut allowed = false;
        for (role, key) in &keys {
            allowed |= role == least;
            let code = code(&server, key, query).await;
            assert_eq!(code == "FORBIDDEN", !allowed, "{role} {query}: {code}");
        }
    }
}

#[tokio::test]
async fn a_personal_key_is_its_person_and_ends_with_the_membership() {
    let server = Server::start().await;
    let owner = server.log_in().await;
    let invite = "mutation { inviteUser(input: { companyId: 1, email: \"dev@example.com\", name: \"Dev\", role: DEVELOPER }) { id temporaryPassword role } }";
    let invited = server.graphql(&owner, invite, json!({})).await["inviteUser"].clone();
    assert_eq!(invited["role"], "DEVELOPER");
    let again = server.graphql(&owner, invite, json!({})).await;
    assert_eq!(again["inviteUser"]["temporaryPassword"], json!(null), "the password is shown once");
    let session = server.log_in_as("dev@example.com", invited["temporaryPassword"].as_str().unwrap()).await;
    let make = |role: &str| {
        format!(
            "mutation {{ createApiKey(input: {{ companyId: 1, name: \"mine\", role: {role}, personal: true }}) {{ key apiKey {{ id user {{ email }} }} }} }}"
        )
    };
    let refused = server.graphql_or_error(&session, &make("ADMIN"), json!({})).await.unwrap_err();
    assert_eq!(refused[0]["extensions"]["code"], "INVALID");
    let made = server.graphql(&session, &make("DEVELOPER"), json!({})).await["createApiKey"].clone();
    assert_eq!(made["apiKey"]["user"]["email"], "dev@example.com");
    let personal = id(&made["key"]);
    let viewer =
        server.graphql(&personal, "{ viewer { companies { role company { label } } } }", json!({})).await;
    assert_eq!(
        viewer["viewer"]["companies"],
        json!([{ "role": "DEVELOPER", "company": { "label": "Default" } }])
    );
    let listed = server.graphql(&owner, "{ apiKeys(companyId: 1) { name revokedAt } }", json!({})).await;
    assert_eq!(listed["apiKeys"], json!([{ "name": "mine", "revokedAt": null }]));
    assert!(!listed.to_string().contains(&personal));
    // A person who may do less takes the key along; one who leaves, too.
    let role = |role: &str| {
        format!(
            "mutation {{ setUserRole(input: {{ companyId: 1, userId: {}, role: {role} }}) {{ role }} }}",
            invited["id"].as_str().unwrap()
        )
    };
    server.graphql(&owner, &role("READER"), json!({})).await;
    let asset = "mutation { createTeam(input: { companyId: 1, label: \"t\" }) { team { id } } }";
    assert_eq!(code(&server, &personal, asset).await, "FORBIDDEN");
    let last = server
        .graphql_or_error(
            &owner,
            &format!("mutation {{ removeUser(input: {{ companyId: 1, userId: {} }}) {{ removedId }} }}", 1),
            json!({}),
        )
        .await;
    assert_eq!(last.unwrap_err()[0]["extensions"]["code"], "CONFLICT", "the last owner stays");
    let remove = format!(
        "mutation {{ removeUser(input: {{ companyId: 1, userId: {} }}) {{ removedId }} }}",
        invited["id"].as_str().unwrap()
    );
    server.graphql(&owner, &remove, json!({})).await;
    assert_ne!(code(&server, &personal, "{ assets(companyId: 1) { collection { id } } }").await, "OK");
    let log = server
        .graphql(
            &owner,
            "{ auditLog(companyId: 1) { collection { action actor } metadata { totalCount } } }",
            json!({}),
        )
        .await;
    let actions: Vec<&str> = log["auditLog"]["collection"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["user.remove", "user.role", "key.create", "user.invite", "user.invite"]);
}

#[tokio::test]
async fn a_key_of_a_company_is_revoked_at_once() {
    let server = Server::start().await;
    let owner = server.log_in().await;
    let make = "mutation { createApiKey(input: { companyId: 1, name: \"ci\", role: DEVELOPER }) { key apiKey { id prefix } } }";
    let made = server.graphql(&owner, make, json!({})).await["createApiKey"].clone();
    let ci = id(&made["key"]);
    assert!(ci.starts_with(made["apiKey"]["prefix"].as_str().unwrap()));
    let look = "{ companies { collection { id } } }";
    assert_eq!(code(&server, &ci, look).await, "OK");
    let revoke = format!(
        "mutation {{ revokeApiKey(input: {{ id: {} }}) {{ revokedAt }} }}",
        made["apiKey"]["id"].as_str().unwrap()
    );
    assert!(server.graphql(&owner, &revoke, json!({})).await["revokeApiKey"]["revokedAt"].is_string());
    assert_eq!(code(&server, &ci, look).await, "UNAUTHENTICATED");
}

/// The tables of the documentation are those of the code.
#[test]
fn the_documentation_has_the_tables_of_the_code() {
    let pages = concat!(
        include_str!("../../../docs/src/companies.md"),
        include_str!("../../../docs/src/statuses.md")
    );
    let tables = common::stdout(&twintrack(&["tables"]));
    assert!(tables.lines().count() > 30, "{tables}");
    for line in tables.lines() {
        assert!(pages.contains(line), "docs/src lacks the line\n{line}\n(`twintrack tables` prints it)");
    }
}
