//! Filters of notification rules, and the groups of things that are taken back or set up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use analyzer::{Analyzer, Options};
use axum::body::Body;
use axum::http::Request;
use common::notification::{Receiver, World, bom};
use common::until;
use serde_json::{Value, json};
use storage::worker::Worker;

fn webhook(receiver: &Receiver) -> Value {
    json!({ "destination": receiver.url, "payloadVersion": "5" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_decides_what_a_rule_is_told() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let mut rule = world
        .rule("Outbound Webhook", "PORTFOLIO", &["NEW_VULNERABILITY", "BOM_PROCESSED"], webhook(&receiver))
        .await;
    assert!(rule["filterExpression"].is_null());
    for (expression, line) in [
        ("subject.vulnerability.severity ==", 1),
        ("level == Level.LEVEL_LOUD", 1),
        ("true ||\n component.name == 'a'", 2),
        ("vulns.exists(v, true)", 1),
    ] {
        rule["filterExpression"] = json!(expression);
        let (status, problem) = world.call("POST", "/notification/rule", Some(rule.clone())).await;
        assert_eq!((status, &problem["detail"]), (400, &json!("Filter expression is invalid")), "{problem}");
        let error = &problem["errors"][0];
        assert!(
            error["line"] == line && error["column"].is_i64() && error["message"].is_string(),
            "{problem}"
        );
    }
    rule["filterExpression"] = json!("x".repeat(2049));
    let (status, answer) = world.call("POST", "/notification/rule", Some(rule.clone())).await;
    assert_eq!((status, &answer[0]["path"]), (400, &json!("filterExpression")));
    // Of new vulnerabilities only those of two packages; everything else passes.
    let expression = "group != Group.GROUP_NEW_VULNERABILITY || (subject.vulnerability.cvss_v3 >= 9.0 \
        && subject.component.name in ['wanted', 'other'] && subject.vulnerability.cwes.exists(c, c.cwe_id == 79) \
        && subject.vulnerability.cvss_v3_vector.matches('.*/AV:N/.*') && scope == Scope.SCOPE_PORTFOLIO \
        && level < Level.LEVEL_WARNING && subject.vulnerability.vuln_id == 'INT-1')";
    rule["filterExpression"] = json!(format!(" {expression} "));
    let changed = world.update(rule.clone()).await;
    assert_eq!(changed["filterExpression"], expression);
    // Clients that do not know it leave it alone.
    let mut older = changed.clone();
    older.as_object_mut().unwrap().remove("filterExpression");
    assert_eq!(world.update(older).await["filterExpression"], expression);
    world.flaw("INT-1", "pkg:npm/wanted").await;
    world.flaw("INT-2", "pkg:npm/unwanted").await;
    let project = world.project(json!({ "name": "shop", "version": "1" })).await;
    assert_eq!(world.upload(&project, &bom(&["wanted", "unwanted"])).await.0, 200);
    world.idle_again().await;
    let told = receiver.told(2).await;
    let mut groups: Vec<&str> = told.iter().map(|one| one["group"].as_str().unwrap()).collect();
    groups.sort_unstable();
    assert_eq!(groups, ["GROUP_BOM_PROCESSED", "GROUP_NEW_VULNERABILITY"]);
    let found = told.iter().find(|one| one["group"] == "GROUP_NEW_VULNERABILITY").unwrap();
    assert_eq!(found["subject"]["component"]["name"], "wanted");
    // What cannot be decided is told; null takes the filter away.
    rule["filterExpression"] = json!("subject.nothing.like.it");
    world.update(rule.clone()).await;
    assert_eq!(world.upload(&project, &bom(&["wanted"])).await.0, 200);
    world.idle_again().await;
    assert_eq!(receiver.told(3).await.len(), 3);
    rule["filterExpression"] = Value::Null;
    assert!(world.update(rule).await["filterExpression"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_and_what_is_set_is_told() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.flaw("INT-1", "pkg:npm/alpha").await;
    let project = world.project(json!({ "name": "shop", "version": "1" })).await;
    assert_eq!(world.upload(&project, &bom(&["alpha", "beta"])).await.0, 200);
    world.idle_again().await;
    world.rule("Outbound Webhook", "PORTFOLIO", &["VULNERABILITY_RETRACTED"], webhook(&receiver)).await;
    // The flaw is corrected: it affects another package.
    let (_, flaw) = world.call("GET", "/vulnerability/source/INTERNAL/vuln/INT-1", None).await;
    let mut body = flaw.clone();
    body["affectedComponents"] = json!([{ "identityType": "PURL", "identity": "pkg:npm/other", "versionType": "RANGE",
        "versionEndExcluding": "2.0.0" }]);
    let (status, answer) = world.call("POST", "/vulnerability", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    let told = receiver.told(1).await;
    assert_eq!(told[0]["group"], "GROUP_VULNERABILITY_RETRACTED");
    let subject = &told[0]["subject"];
    assert_eq!(
        (&subject["component"]["name"], &subject["project"]["uuid"], &subject["vulnerability"]["vulnId"]),
        (&json!("alpha"), &json!(project), &json!("INT-1"))
    );
    world.idle_again().await;
    assert_eq!(receiver.got().len(), 1);
    let config = Receiver::start().await;
    world.rule("Outbound Webhook", "SYSTEM", &["CONFIGURATION"], webhook(&config)).await;
    world.set("vulnerability-policy", "bundle.auth.bearer.token", "hush-hush").await;
    let told = config.told(1).await;
    assert_eq!(told[0]["group"], "GROUP_CONFIGURATION");
    let text = told[0].to_string();
    assert!(
        text.contains("vulnerability-policy / bundle.auth.bearer.token") && !text.contains("hush"),
        "{text}"
    );
}

async fn v2(world: &World, path: &str, body: Value) -> (u16, Value) {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v2{path}"))
        .header("x-api-key", &world.key)
        .header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_policy_decides_is_told_as_any_decision() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.flaw("INT-1", "pkg:npm/alpha").await;
    let project = world.project(json!({ "name": "shop", "version": "1" })).await;
    assert_eq!(world.upload(&project, &bom(&["alpha"])).await.0, 200);
    world.idle_again().await;
    let mut rule =
        world.rule("Outbound Webhook", "PORTFOLIO", &["PROJECT_AUDIT_CHANGE"], webhook(&receiver)).await;
    rule["filterExpression"] =
        json!("subject.analysis.state == 'RESOLVED' && subject.project.tags.size() == 0");
    world.update(rule).await;
    for (name, state) in [("first", "FALSE_POSITIVE"), ("second", "RESOLVED")] {
        let priority = if name == "first" { 2 } else { 1 };
        let body = json!({ "name": name, "condition": "true", "priority": priority, "analysis": { "state": state } });
        assert_eq!(v2(&world, "/vuln-policies", body).await.0, 201);
        world.idle_again().await;
    }
    let told = receiver.told(1).await;
    assert_eq!((told.len(), &told[0]["subject"]["analysis"]["state"]), (1, &json!("RESOLVED")));
    assert_eq!(told[0]["subject"]["component"]["name"], "alpha");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_is_told() {
    let world = World::idle().await;
    let receiver = Receiver::start().await;
    world.rule("Outbound Webhook", "SYSTEM", &["FILE_SYSTEM"], webhook(&receiver)).await;
    // The folder for downloads is a file.
    let work_dir = world.test.folder.path().join("taken");
    std::fs::write(&work_dir, "").unwrap();
    let options = Options { work_dir, ..Options::default() };
    let analyzer = Analyzer::new(world.test.db.clone(), world.identity.clone(), options);
    let stop = tokio_util::sync::CancellationToken::new();
    tokio::spawn(analyzer.register(Worker::new(world.test.db.clone())).run(stop.clone()));
    world.set("vuln-source", "epss.feeds.url", &receiver.url).await;
    assert_eq!(v2(&world, "/vuln-data-sources/epss/mirror-runs", json!({})).await.0, 202);
    until(async || !receiver.got().is_empty()).await;
    stop.cancel();
    let told = receiver.told(1).await;
    assert_eq!((&told[0]["group"], &told[0]["level"]), (&json!("GROUP_FILE_SYSTEM"), &json!("LEVEL_ERROR")));
    assert!(told[0]["content"].as_str().unwrap().contains("taken"), "{told:?}");
}
