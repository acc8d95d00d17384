//! Publishers, rules, whom they concern, and schedules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::notification::{Receiver, World, bom};
use common::until;
use serde_json::{Value, json};
use storage::{Sql, params};

const PACKAGE: &str = "org.dependencytrack.notification.publisher.";

fn uuid(value: &Value) -> &str {
    value["uuid"].as_str().unwrap()
}

#[tokio::test]
async fn publishers_are_made_changed_and_deleted() {
    let world = World::idle().await;
    let path = "/notification/publisher";
    let own = json!({ "name": "ours", "description": "d", "publisherClass": format!("{PACKAGE}WebhookPublisher"),
        "template": "{\"t\": \"{{ notification.title }}\"}", "templateMimeType": "application/json", "defaultPublisher": false });
    let with = |changes: Value| {
        let mut body = own.clone();
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Some(body)
    };
    let (status, made) = world.call("PUT", path, with(json!({}))).await;
    assert_eq!((status, &made["template"]), (201, &own["template"]));
    let refusals = [
        (json!({}), 409, "The notification with the name ours already exist"),
        (
            json!({ "name": "x", "defaultPublisher": true }),
            400,
            "The creation of a new default publisher is forbidden",
        ),
        (
            json!({ "name": "x", "publisherClass": "com.acme.Nothing" }),
            400,
            "The class com.acme.Nothing cannot be found",
        ),
        (
            json!({ "name": "x", "publisherClass": "java.lang.String" }),
            400,
            "The class java.lang.String does not implement org.dependencytrack.notification.publisher.Publisher",
        ),
    ];
    for (changes, status, text) in refusals {
        assert_eq!(world.call("PUT", path, with(changes)).await, (status, json!(text)));
    }
    for (template, part) in
        [("{% if %}", "syntax"), ("{% include 'x' %}", "include"), ("{{ a | nonsense }}", "nonsense")]
    {
        let (status, text) =
            world.call("PUT", path, with(json!({ "name": "x", "template": template }))).await;
        let text = text.as_str().unwrap();
        assert!(
            status == 400 && text.starts_with("The template cannot be used: ") && text.contains(part),
            "{text}"
        );
    }
    let (status, changed) = world
        .call("POST", path, with(json!({ "uuid": made["uuid"], "name": "renamed", "payloadVersion": "5" })))
        .await;
    assert_eq!((status, &changed["name"], &changed["payloadVersion"]), (200, &json!("renamed"), &json!("5")));
    let webhook = world.publisher("Outbound Webhook").await;
    let text = "The modification of a default publisher is forbidden";
    assert_eq!(world.call("POST", path, with(json!({ "uuid": webhook }))).await, (400, json!(text)));
    let text = "Deleting a default notification publisher is forbidden.";
    assert_eq!(world.call("DELETE", &format!("{path}/{webhook}"), None).await, (400, json!(text)));
    let own = format!("{path}/{}", uuid(&made));
    assert_eq!(world.call("DELETE", &own, None).await.0, 204);
    let text = "The UUID of the notification rule could not be found.";
    assert_eq!(world.call("DELETE", &own, None).await, (404, json!(text)));
    let (status, schema) = world.call("GET", &format!("{path}/{webhook}/configSchema"), None).await;
    assert_eq!((status, &schema["required"]), (200, &json!(["destination"])));
    let console = world.publisher("Console").await;
    assert_eq!(world.call("GET", &format!("{path}/{console}/configSchema"), None).await.0, 204);
    world.execute("UPDATE notification_publisher SET template = 'x' WHERE name = 'Slack'", params![]).await;
    assert_eq!(world.call("POST", &format!("{path}/restoreDefaultTemplates"), None).await.0, 200);
    let (_, list) = world.call("GET", path, None).await;
    assert!(list.as_array().unwrap().iter().all(|one| one["template"].as_str().unwrap().len() > 50));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_of_ones_own_template_reaches_its_receiver() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    let own = json!({ "name": "ours", "publisherClass": format!("{PACKAGE}WebhookPublisher"), "templateMimeType": "text/plain",
        "template": "{% for p in subject.affectedProjects %}{{ p.name | upper }}{% if not loop.last %}, {% endif %}{% endfor %} {{ subject.component.toString }} {{ subject.component.project.name }} {{ subject.vulnerability.vulnId }}" });
    assert_eq!(world.call("PUT", "/notification/publisher", Some(own)).await.0, 201);
    world.rule("ours", "PORTFOLIO", &["NEW_VULNERABILITY"], json!({ "destination": hook.url })).await;
    world.flaw("INT-1", "pkg:npm/left").await;
    let project = world.project(json!({ "name": "shop" })).await;
    world.upload(&project, &bom(&["left"])).await;
    let got = hook.wait(1).await;
    assert_eq!(got[0].text(), "SHOP pkg:npm/left@1.0.0 shop INT-1");
    assert_eq!(got[0].headers["content-type"], "text/plain");
}

#[tokio::test]
async fn what_is_no_rule_is_refused() {
    let world = World::idle().await;
    let rule = world
        .rule(
            "Outbound Webhook",
            "PORTFOLIO",
            &["BOM_PROCESSED"],
            json!({ "destination": "https://x.example" }),
        )
        .await;
    let with = |changes: Value| {
        let mut body = rule.clone();
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Some(body)
    };
    for (changes, part) in [
        (json!({ "notifyOn": ["NOTHING"] }), "no group \"NOTHING\""),
        (json!({ "notifyOn": ["NEW_VULNERABILITIES_SUMMARY"] }), "Illegal argument provided"),
        (json!({ "triggerType": "SCHEDULE" }), "Illegal argument provided"),
        (json!({ "notificationLevel": "LOUD" }), "LOUD"),
        (json!({ "name": "a\u{0}b" }), "NUL"),
        (json!({ "publisherConfig": "{\"destination\":\"file:///etc/passwd\"}" }), "http or https"),
        (json!({ "publisherConfig": "[]" }), "not a JSON object"),
        (json!({ "publisherConfig": "{\"payloadVersion\":\"6\"}" }), "payloadVersion"),
    ] {
        let (status, answer) = world.call("POST", "/notification/rule", with(changes.clone())).await;
        assert!(
            status == 400 && answer.to_string().replace('\\', "").contains(part),
            "{changes}: {status} {answer}"
        );
    }
    let system = world
        .rule("Outbound Webhook", "SYSTEM", &["ANALYZER"], json!({ "destination": "https://x.example" }))
        .await;
    let project = world.project(json!({ "name": "shop" })).await;
    let text = "Project limitations are only possible on notification rules with PORTFOLIO scope.";
    let path = format!("/notification/rule/{}/project/{project}", uuid(&system));
    assert_eq!(world.call("POST", &path, None).await, (406, json!(text)));
    assert_eq!(world.call("GET", "/notification/rule?triggerType=odd", None).await.0, 400);
    let (_, list) = world.call("GET", "/notification/rule?triggerType=SCHEDULE", None).await;
    assert_eq!(list, json!([]));
    assert_eq!(world.call("DELETE", "/notification/rule", Some(system)).await.0, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_speaks_for_its_projects_tags_and_what_is_below() {
    let world = World::start().await;
    let parent = world.project(json!({ "name": "parent", "tags": [{ "name": "shop" }] })).await;
    let child = world.project(json!({ "name": "child", "parent": { "uuid": parent } })).await;
    let other = world.project(json!({ "name": "other" })).await;
    let hooks = [
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    ];
    let groups = &["BOM_PROCESSED"];
    let mut rules = Vec::new();
    for hook in &hooks {
        rules.push(
            world.rule("Outbound Webhook", "PORTFOLIO", groups, json!({ "destination": hook.url })).await,
        );
    }
    // 0: everything; 1: the parent and below; 2: the parent alone; 3: by tag and below; 4: only errors.
    for n in [1, 2] {
        let path = format!("/notification/rule/{}/project/{parent}", uuid(&rules[n]));
        let (status, shown) = world.call("POST", &path, None).await;
        assert_eq!((status, &shown["projects"][0]["name"]), (200, &json!("parent")));
    }
    rules[2]["notifyChildren"] = json!(false);
    rules[3]["tags"] = json!([{ "name": "shop" }]);
    rules[4]["notificationLevel"] = json!("ERROR");
    for n in [2, 3, 4] {
        world.update(rules[n].clone()).await;
    }
    for project in [&parent, &child, &other] {
        world.upload(project, &bom(&["left"])).await;
        world.idle_again().await;
    }
    let told = |n: usize| {
        let got: Vec<Value> = hooks[n]
            .got()
            .iter()
            .map(|got| got.json()["notification"]["subject"]["project"]["name"].clone())
            .collect();
        json!(got)
    };
    assert_eq!(told(0), json!(["parent", "child", "other"]));
    assert_eq!(told(1), json!(["parent", "child"]));
    assert_eq!(told(2), json!(["parent"]));
    assert_eq!(told(3), json!(["parent", "child"]));
    assert_eq!(told(4), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn affected_projects_are_those_of_the_rule() {
    let world = World::start().await;
    world.flaw("INT-1", "pkg:npm/left").await;
    let one = world.project(json!({ "name": "one" })).await;
    let two = world.project(json!({ "name": "two" })).await;
    world.upload(&one, &bom(&["left"])).await;
    world.idle_again().await;
    let (all, limited) = (Receiver::start().await, Receiver::start().await);
    world
        .rule("Outbound Webhook", "PORTFOLIO", &["NEW_VULNERABILITY"], json!({ "destination": all.url }))
        .await;
    let rule = world
        .rule("Outbound Webhook", "PORTFOLIO", &["NEW_VULNERABILITY"], json!({ "destination": limited.url }))
        .await;
    assert_eq!(
        world.call("POST", &format!("/notification/rule/{}/project/{two}", uuid(&rule)), None).await.0,
        200
    );
    world.upload(&two, &bom(&["left"])).await;
    let names = |told: &[Value]| -> Vec<Value> {
        told[0]["subject"]["affectedProjects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].clone())
            .collect()
    };
    assert_eq!(names(&all.told(1).await), ["two", "one"]);
    assert_eq!(names(&limited.told(1).await), ["two"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scheduled_rule_sums_up_what_is_new_once_a_time() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    let publisher = world.publisher("Outbound Webhook").await;
    let body = json!({ "name": "daily", "scope": "PORTFOLIO", "notificationLevel": "INFORMATIONAL", "publisher": { "uuid": publisher } });
    let (status, mut rule) = world.call("PUT", "/notification/rule/scheduled", Some(body)).await;
    assert_eq!((status, &rule["enabled"], &rule["scheduleCron"]), (201, &json!(false), &json!("0 * * * *")));
    rule["scheduleCron"] = json!("every day");
    let (status, refused) = world.call("POST", "/notification/rule", Some(rule.clone())).await;
    assert_eq!((status, &refused[0]["message"]), (400, &json!("The cron expression must be valid")));
    let parent = world.project(json!({ "name": "parent" })).await;
    let child = world.project(json!({ "name": "child", "parent": { "uuid": parent } })).await;
    let other = world.project(json!({ "name": "other" })).await;
    rule["scheduleCron"] = json!("0 8 * * MON");
    rule["enabled"] = json!(true);
    rule["notifyChildren"] = json!(true);
    rule["scheduleSkipUnchanged"] = json!(true);
    rule["notifyOn"] = json!(["NEW_VULNERABILITIES_SUMMARY"]);
    rule["publisherConfig"] = json!(json!({ "destination": hook.url }).to_string());
    let rule = world.update(rule).await;
    assert_eq!(
        world.call("POST", &format!("/notification/rule/{}/project/{parent}", uuid(&rule)), None).await.0,
        200
    );
    world.flaw("INT-1", "pkg:npm/left").await;
    world.upload(&child, &bom(&["left", "right"])).await;
    world.upload(&other, &bom(&["left"])).await;
    world.idle_again().await;
    let due = async || {
        world.execute("UPDATE notification_rule SET schedule_next = 1", params![]).await;
        for _ in 0..3 {
            world.tick("notification.schedule").await;
        }
        world.idle_again().await;
    };
    due().await;
    let told = hook.told(1).await;
    assert_eq!(told.len(), 1, "once a time");
    let (one, since) = (&told[0], told[0]["subject"]["since"].as_str().unwrap());
    assert_eq!(one["title"], "New Vulnerabilities Summary");
    let text = format!(
        "Identified 1 new vulnerabilities across 1 projects and 1 components since {since}, of which 0 are suppressed."
    );
    assert_eq!(one["content"], json!(text));
    let subject = &one["subject"];
    assert_eq!(
        subject["overview"],
        json!({ "affectedProjectsCount": 1, "affectedComponentsCount": 1, "newVulnerabilitiesCount": 1,
            "newVulnerabilitiesCountBySeverity": { "CRITICAL": 1 }, "suppressedNewVulnerabilitiesCount": 0, "totalNewVulnerabilitiesCount": 1 })
    );
    let summary = &subject["summary"]["projectSummaries"][0];
    assert_eq!(
        (&summary["project"]["name"], &summary["summary"]["totalNewVulnerabilitiesCountBySeverity"]),
        (&json!("child"), &json!({ "CRITICAL": 1 }))
    );
    let finding = &subject["details"]["findingsByProject"][0]["findings"][0];
    assert_eq!(
        (&finding["vulnerability"]["vulnId"], &finding["analyzer"], &finding["suppressed"]),
        (&json!("INT-1"), &json!("INTERNAL_ANALYZER"), &json!(false))
    );
    due().await;
    assert_eq!(hook.got().len(), 1, "nothing is new");
    let (_, shown) = world.call("GET", "/notification/rule?triggerType=SCHEDULE", None).await;
    assert!(
        shown[0]["scheduleNextTriggerAt"].as_i64() > shown[0]["scheduleLastTriggeredAt"].as_i64(),
        "{shown}"
    );
    // The package version is known by now, the component in this project is new.
    world.upload(&parent, &bom(&["left"])).await;
    world.idle_again().await;
    due().await;
    until(async || hook.got().len() == 2).await;
    let text = "SELECT count(*) FROM job WHERE kind = 'notification.summary'";
    assert_eq!(world.test.db.count(text, params![]).await.unwrap(), 3);
}
