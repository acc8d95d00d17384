//! Decisions about violations, their lists, and who sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::policy::Server;
use identity::Permission;
use serde_json::{Value, json};
use storage::{Sql, params};

fn components() -> Value {
    json!([
        {
            "type": "library", "bom-ref": "a", "name": "alpha", "version": "1.0", "purl": "pkg:npm/alpha@1.0",
            "licenses": [{ "license": { "id": "MIT" } }],
        },
        { "type": "library", "bom-ref": "b", "name": "beta", "version": "2.0", "purl": "pkg:npm/beta@2.0" },
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_leave_a_trail_and_change_what_is_counted() {
    let server = Server::start().await;
    let project = server.upload("shop", components()).await;
    server
        .policy(json!({ "name": "npm", "violationState": "FAIL" }), &[("PACKAGE_URL", "MATCHES", "pkg:npm")])
        .await;
    server.expect(&project, &["npm: alpha", "npm: beta"]).await;
    let list = server.get(&format!("/violation/project/{project}")).await;
    let violation = list.as_array().unwrap().iter().find(|one| one["component"]["name"] == "alpha").unwrap();
    let (component, uuid) = (&violation["component"]["uuid"], &violation["uuid"]);
    let place = format!(
        "/violation/analysis?component={}&policyViolation={}",
        component.as_str().unwrap(),
        uuid.as_str().unwrap()
    );
    assert_eq!(server.ask("GET", &place, None).await, (200, Value::Null));
    let decide = async |change: Value| {
        let mut body = json!({ "component": component, "policyViolation": uuid });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        server.send("PUT", "/violation/analysis", body).await
    };
    decide(json!({ "analysisState": "APPROVED", "comment": " fine " })).await;
    decide(json!({ "analysisState": "APPROVED", "isSuppressed": true })).await;
    // What is not sent is not set, but for the suppression.
    decide(json!({})).await;
    let shown = decide(json!({ "analysisState": "REJECTED", "isSuppressed": false })).await;
    let comments: Vec<&str> = shown["analysisComments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["comment"].as_str().unwrap())
        .collect();
    assert_eq!(
        comments,
        [
            "NOT_SET → APPROVED",
            "fine",
            "Suppressed",
            "APPROVED → NOT_SET",
            "NOT_SET → REJECTED",
            "Unsuppressed"
        ]
    );
    assert_eq!((&shown["analysisState"], &shown["isSuppressed"]), (&json!("REJECTED"), &json!(false)));
    assert_eq!(shown["analysisComments"][0]["commenter"], "Administrators", "a key has the name of its team");
    assert_eq!(server.get(&place).await, shown);
    let counted = async |audited: i64, total: i64| {
        server
            .until("the violations are counted", async || {
                let metrics = server.metrics(&project).await;
                (metrics["policyViolationsAudited"] == audited && metrics["policyViolationsTotal"] == total)
                    .then_some(())
            })
            .await;
    };
    counted(1, 2).await;
    decide(json!({ "isSuppressed": true })).await;
    counted(0, 1).await;
    // Suppressed ones are shown when asked for.
    let count = async |query: &str| server.get(&format!("/violation{query}")).await.as_array().unwrap().len();
    assert_eq!(count("").await, 1);
    assert_eq!(count("?suppressed=true").await, 2);
    assert_eq!(count(&format!("/project/{project}?suppressed=true")).await, 2);
    assert_eq!(count(&format!("/component/{}?suppressed=true", component.as_str().unwrap())).await, 1);
    assert_eq!(count(&format!("/component/{}", component.as_str().unwrap())).await, 0);

    let unknown =
        json!({ "component": component, "policyViolation": "deadbeef-0000-4000-8000-00000000abcd" });
    let answer = server.ask("PUT", "/violation/analysis", Some(unknown)).await;
    assert_eq!(answer, (404, json!("The policy violation could not be found.")));
    let wrong = json!({ "component": component, "policyViolation": uuid, "analysisState": "MAYBE" });
    assert_eq!(server.ask("PUT", "/violation/analysis", Some(wrong)).await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_and_show_what_the_caller_may_see() {
    let server = Server::start().await;
    let shop = server.upload("shop", components()).await;
    let bank = server.upload("bank", components()).await;
    let mit = server.get("/license/MIT").await["uuid"].as_str().unwrap().to_owned();
    server
        .policy(json!({ "name": "npm", "violationState": "FAIL" }), &[("PACKAGE_URL", "MATCHES", "alpha")])
        .await;
    let law =
        server.policy(json!({ "name": "law", "violationState": "WARN" }), &[("LICENSE", "IS", &mit)]).await;
    for project in [&shop, &bank] {
        server.expect(project, &["npm: alpha", "law: alpha"]).await;
    }
    let count = async |query: &str| {
        server.get(&format!("/violation?{query}&pageNumber=1&pageSize=100")).await.as_array().unwrap().len()
    };
    let today = chrono::Utc::now().format("%Y-%m-%d");
    for (query, wanted) in [
        ("", 4),
        ("violationState=FAIL", 2),
        ("violationState=fail,WARN", 4),
        ("riskType=LICENSE", 2),
        ("riskType=SECURITY", 0),
        (&format!("policy={law}"), 2),
        ("analysisState=NOT_SET", 4),
        ("analysisState=APPROVED", 0),
        ("textSearchField=project_name&textSearchInput=BANK", 2),
        ("textSearchField=license,policy_name&textSearchInput=mit%20lic", 4),
        ("textSearchField=component&textSearchInput=beta", 0),
        ("textSearchField=policy_name&textSearchInput=%25", 0),
        ("occurredOnDateFrom=2020-01-01", 4),
        ("occurredOnDateTo=2020-01-01", 0),
        (&format!("occurredOnDateTo={today}"), 4),
        ("occurredOnDateFrom=soon", 4),
    ] {
        assert_eq!(count(query).await, wanted, "{query}");
    }
    let sorted = server.get("/violation?sortName=policyCondition.policy.name&sortOrder=desc").await;
    assert_eq!(sorted[0]["policyCondition"]["policy"]["name"], "npm");
    assert_eq!(server.ask("GET", "/violation?sortName=nothing", None).await.0, 400);
    let quiet = json!({ "active": false });
    server.send("PATCH", &format!("/project/{bank}"), quiet).await;
    assert_eq!(count("").await, 2);
    assert_eq!(count("showInactive=true").await, 4);
    server.send("PATCH", &format!("/project/{bank}"), json!({ "active": true })).await;

    // A team that may see one project.
    let permissions = [
        Permission::ViewPolicyViolation,
        Permission::PolicyViolationAnalysis,
        Permission::ViewPortfolio,
        Permission::PolicyManagement,
        Permission::PortfolioManagement,
    ];
    let (key, team) = server.team_key(&permissions).await;
    let acl =
        json!({ "groupName": "access-management", "propertyName": "acl.enabled", "propertyValue": "true" });
    server.send("POST", "/configProperty", acl).await;
    let tx = server.test.db.begin().await.unwrap();
    let text = "INSERT INTO project_team (project_id, team_id) SELECT id, ? FROM project WHERE uuid = ?";
    tx.execute(text, params![team, shop.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    let ask =
        async |method: &str, path: &str, body: Option<Value>| server.ask_as(&key, method, path, body).await;
    assert_eq!(ask("GET", "/violation", None).await.1.as_array().unwrap().len(), 2);
    assert_eq!(ask("GET", &format!("/violation/project/{shop}"), None).await.0, 200);
    let violation = &server.get(&format!("/violation/project/{bank}")).await[0];
    let (component, uuid) = (violation["component"]["uuid"].as_str().unwrap(), violation["uuid"].clone());
    let project_text = json!("Access to the specified project is forbidden");
    let component_text = json!("Access to the specified component is forbidden");
    for (path, text) in [
        (format!("/violation/project/{bank}"), &project_text),
        (format!("/violation/component/{component}"), &component_text),
        (
            format!("/violation/analysis?component={component}&policyViolation={}", uuid.as_str().unwrap()),
            &component_text,
        ),
        (format!("/metrics/project/{bank}/current"), &project_text),
        (format!("/metrics/project/{bank}/days/3"), &project_text),
        (format!("/metrics/project/{bank}/refresh"), &project_text),
        (format!("/metrics/component/{component}/current"), &component_text),
        (format!("/metrics/component/{component}/refresh"), &component_text),
    ] {
        assert_eq!(ask("GET", &path, None).await, (403, text.clone()), "{path}");
    }
    let body = json!({ "component": component, "policyViolation": uuid, "analysisState": "APPROVED" });
    assert_eq!(ask("PUT", "/violation/analysis", Some(body)).await, (403, component_text.clone()));
    assert_eq!(
        ask("POST", &format!("/policy/{law}/project/{bank}"), None).await,
        (403, project_text.clone())
    );
    let portfolio = ask("GET", "/metrics/portfolio/current", None).await.1;
    assert_eq!((&portfolio["projects"], &portfolio["components"]), (&json!(1), &json!(2)));
    // A policy shows the projects that the caller may see, and is not global for that.
    assert_eq!(server.ask("POST", &format!("/policy/{law}/project/{bank}"), None).await.0, 200);
    let shown = ask("GET", &format!("/policy/{law}"), None).await.1;
    assert_eq!((&shown["projects"], &shown["global"]), (&json!([]), &json!(false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_violation_is_told_once_and_a_decision_too() {
    let server = Server::start().await;
    let publishers = server.get("/notification/publisher").await;
    let webhook =
        publishers.as_array().unwrap().iter().find(|one| one["name"] == "Outbound Webhook").unwrap();
    let rule = json!({
        "name": "told",
        "scope": "PORTFOLIO",
        "notificationLevel": "INFORMATIONAL",
        "publisher": { "uuid": webhook["uuid"] },
    });
    let mut rule = server.send("PUT", "/notification/rule", rule).await;
    rule["notifyOn"] = json!(["POLICY_VIOLATION", "PROJECT_AUDIT_CHANGE"]);
    // Nobody listens there: what is to be sent waits.
    rule["publisherConfig"] = json!(json!({ "destination": "http://127.0.0.1:9/" }).to_string());
    server.send("POST", "/notification/rule", rule).await;
    let told = async |group: &str| -> Vec<Value> {
        let text = "SELECT payload FROM job WHERE payload LIKE ? ORDER BY id";
        let pattern = format!("%\"group\":\"{group}\"%");
        let payloads: Vec<String> = server.test.db.column(text, params![pattern]).await.unwrap();
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
    };
    let project = server.upload("shop", components()).await;
    server.policy(json!({ "name": "npm" }), &[("PACKAGE_URL", "MATCHES", "alpha")]).await;
    server.expect(&project, &["npm: alpha"]).await;
    server.upload("shop", components()).await;
    let violations = told("POLICY_VIOLATION").await;
    assert_eq!(violations.len(), 1, "{violations:?}");
    let text = violations[0].to_string();
    for part in [
        "Policy Violation on Project: [shop : 1]",
        "A operational policy violation occurred",
        "\"name\":\"npm\"",
        "\"name\":\"alpha\"",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let violation = &server.get(&format!("/violation/project/{project}")).await[0];
    let decision = json!({
        "component": violation["component"]["uuid"],
        "policyViolation": violation["uuid"],
        "analysisState": "APPROVED",
    });
    server.send("PUT", "/violation/analysis", decision.clone()).await;
    server.send("PUT", "/violation/analysis", decision).await;
    let decisions = told("PROJECT_AUDIT_CHANGE").await;
    assert_eq!(decisions.len(), 1);
    assert!(
        decisions[0].to_string().contains("Violation Analysis Decision: Approved on Project: [shop : 1]")
    );
}
