//! What webhooks get, key by key, in the forms of versions 4.14 and 5.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use base64::Engine;
use common::notification::{Receiver, World, bom};
use serde_json::{Value, json};

const PORTFOLIO: &[&str] = &[
    "NEW_VULNERABILITY",
    "NEW_VULNERABLE_DEPENDENCY",
    "PROJECT_AUDIT_CHANGE",
    "BOM_CONSUMED",
    "BOM_PROCESSED",
    "BOM_PROCESSING_FAILED",
    "BOM_VALIDATION_FAILED",
    "VEX_CONSUMED",
    "VEX_PROCESSED",
    "POLICY_VIOLATION",
    "PROJECT_CREATED",
];

/// The members of an object, in order.
fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    object.keys().map(String::as_str).collect()
}

fn of<'a>(told: &'a [Value], group: &str) -> &'a Value {
    told.iter().find(|one| one["group"] == group).unwrap_or_else(|| panic!("no {group} in {told:#?}"))
}

/// A project with a document in which one of two packages has a flaw, and a decision about it.
async fn scenario(world: &World) -> (String, Value) {
    world.flaw("INT-1", "pkg:npm/left").await;
    let project = world.project(json!({ "name": "shop", "version": "1", "description": "Sells", "tags": [{ "name": "b" }, { "name": "a" }] })).await;
    assert_eq!(world.upload(&project, &bom(&["left", "right"])).await.0, 200);
    world.idle_again().await;
    let (_, findings) = world.call("GET", &format!("/finding/project/{project}"), None).await;
    let finding = findings[0].clone();
    let body = json!({ "project": project, "component": finding["component"]["uuid"],
        "vulnerability": finding["vulnerability"]["uuid"], "analysisState": "NOT_AFFECTED", "isSuppressed": true });
    assert_eq!(world.call("PUT", "/analysis", Some(body)).await.0, 200);
    let vex = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "vulnerabilities": [] });
    let vex = base64::engine::general_purpose::STANDARD.encode(vex.to_string());
    assert_eq!(world.call("PUT", "/vex", Some(json!({ "project": project, "vex": vex }))).await.0, 200);
    world.idle_again().await;
    let invalid =
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{ "type": "library" }] });
    assert_eq!(world.upload(&project, &invalid).await.0, 400);
    (project, finding)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_4_is_spoken_unless_asked_otherwise() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    let config =
        json!({ "destination": format!("{}/hook", hook.url), "token": "secret", "tokenHeader": "X-Hook" });
    world.rule("Outbound Webhook", "PORTFOLIO", PORTFOLIO, config).await;
    let (project, finding) = scenario(&world).await;
    world.idle_again().await;
    let got = hook.got();
    assert!(got.iter().all(|got| got.path == "/hook" && got.headers["x-hook"] == "secret"));
    assert!(got.iter().all(|got| got.headers["content-type"] == "application/json"
        && got.headers["accept"] == "application/json"));
    let told: Vec<Value> = got.iter().map(|got| got.json()["notification"].clone()).collect();
    let groups: Vec<&str> = told.iter().map(|one| one["group"].as_str().unwrap()).collect();
    let wanted = [
        "PROJECT_CREATED",
        "BOM_CONSUMED",
        "BOM_PROCESSED",
        "NEW_VULNERABILITY",
        "NEW_VULNERABLE_DEPENDENCY",
        "PROJECT_AUDIT_CHANGE",
        "VEX_CONSUMED",
        "VEX_PROCESSED",
        "BOM_VALIDATION_FAILED",
    ];
    assert_eq!(groups, wanted, "in order");
    for one in &told {
        assert_eq!(keys(one), ["content", "group", "level", "scope", "subject", "timestamp", "title"]);
        let time = one["timestamp"].as_str().unwrap();
        time.parse::<chrono::NaiveDateTime>().unwrap_or_else(|e| panic!("{time}: {e}"));
    }

    let made = of(&told, "PROJECT_CREATED");
    assert_eq!(
        (&made["title"], &made["content"], &made["subject"]),
        (&json!("Project Added"), &json!("shop was created"), &Value::Null)
    );

    let consumed = of(&told, "BOM_CONSUMED");
    assert_eq!(consumed["title"], "Bill of Materials Consumed");
    assert_eq!(consumed["content"], "A CycloneDX BOM was consumed and will be processed");
    let shop =
        json!({ "uuid": project, "name": "shop", "version": "1", "description": "Sells", "tags": "a,b" });
    assert_eq!(consumed["subject"]["project"], shop);
    assert_eq!(keys(&consumed["subject"]), ["bom", "project"]);
    assert_eq!(
        (&consumed["subject"]["bom"]["format"], &consumed["subject"]["bom"]["specVersion"]),
        (&json!("CycloneDX"), &json!("1.5"))
    );
    let content = consumed["subject"]["bom"]["content"].as_str().unwrap();
    let content = base64::engine::general_purpose::STANDARD.decode(content).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&content).unwrap(), bom(&["left", "right"]));

    let new = of(&told, "NEW_VULNERABILITY");
    assert_eq!(new["title"], "New Vulnerability Identified on Project: [shop : 1]");
    assert_eq!((&new["content"], &new["level"]), (&json!("A flaw"), &json!("INFORMATIONAL")));
    let subject = &new["subject"];
    assert_eq!(
        keys(subject),
        ["affectedProjects", "component", "vulnerability", "vulnerabilityAnalysisLevel"]
    );
    assert_eq!(subject["vulnerabilityAnalysisLevel"], "BOM_UPLOAD_ANALYSIS");
    assert_eq!(subject["affectedProjects"], json!([shop]));
    let component = json!({ "uuid": finding["component"]["uuid"], "name": "left", "version": "1.0.0",
        "purl": "pkg:npm/left@1.0.0", "sha1": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" });
    assert_eq!(subject["component"], component);
    let cwe = json!({ "cweId": 79, "name": subject["vulnerability"]["cwe"]["name"] });
    let vulnerability = json!({ "uuid": finding["vulnerability"]["uuid"], "vulnId": "INT-1", "source": "INTERNAL",
        "aliases": [], "title": "Ours", "description": "A flaw", "severity": "CRITICAL", "cvssv3": 9.8, "cwe": cwe, "cwes": [cwe] });
    assert_eq!(subject["vulnerability"], vulnerability);

    let dependency = of(&told, "NEW_VULNERABLE_DEPENDENCY");
    assert_eq!(dependency["title"], "Vulnerable Dependency Introduced on Project: [shop : 1]");
    assert_eq!(dependency["content"], "A dependency was introduced that contains 1 known vulnerability");
    assert_eq!(keys(&dependency["subject"]), ["component", "project", "vulnerabilities"]);
    assert_eq!(dependency["subject"]["vulnerabilities"], json!([vulnerability]));

    let audit = of(&told, "PROJECT_AUDIT_CHANGE");
    assert_eq!(audit["title"], "Analysis Decision: Not Affected on Project: [shop : 1]");
    assert_eq!(audit["content"], "An analysis decision was made to a finding affecting a project");
    assert_eq!(keys(&audit["subject"]), ["affectedProjects", "analysis", "component", "vulnerability"]);
    assert_eq!(
        audit["subject"]["analysis"],
        json!({ "suppressed": true, "state": "NOT_AFFECTED", "project": project,
            "component": finding["component"]["uuid"], "vulnerability": finding["vulnerability"]["uuid"] })
    );

    let vex = of(&told, "VEX_PROCESSED");
    assert_eq!(vex["title"], "Vulnerability Exploitability Exchange (VEX) Processed");
    assert_eq!(vex["content"], "A CycloneDX VEX was processed");
    assert_eq!(keys(&vex["subject"]), ["project", "vex"]);
    assert_eq!(keys(&vex["subject"]["vex"]), ["content", "format", "specVersion"]);

    let refused = of(&told, "BOM_VALIDATION_FAILED");
    assert_eq!(
        (&refused["level"], &refused["content"]),
        (&json!("ERROR"), &json!("An error occurred during BOM Validation"))
    );
    assert_eq!(keys(&refused["subject"]["bom"]), ["content", "format"]);
    assert!(refused["subject"]["errors"].as_str().unwrap().contains("name"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_5_is_spoken_when_a_rule_asks_for_it() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    let config = json!({ "destinationUrl": hook.url, "payloadVersion": "5" });
    world.rule("Outbound Webhook", "PORTFOLIO", PORTFOLIO, config).await;
    let (project, finding) = scenario(&world).await;
    world.idle_again().await;
    let told = hook.told(9).await;
    for one in &told {
        assert_eq!(keys(one), ["content", "group", "id", "level", "scope", "subject", "timestamp", "title"]);
        chrono::DateTime::parse_from_rfc3339(one["timestamp"].as_str().unwrap()).unwrap();
    }
    let shop = json!({ "uuid": project, "name": "shop", "version": "1", "description": "Sells", "tags": ["a", "b"], "isActive": true });
    let consumed = &of(&told, "GROUP_BOM_CONSUMED")["subject"];
    assert_eq!(consumed["project"], shop);
    assert_eq!(
        consumed["bom"],
        json!({ "content": "(Omitted)", "format": "CycloneDX", "specVersion": "1.5" })
    );
    assert_eq!(keys(consumed), ["bom", "project", "token"]);
    let new = of(&told, "GROUP_NEW_VULNERABILITY");
    assert_eq!((&new["level"], &new["scope"]), (&json!("LEVEL_INFORMATIONAL"), &json!("SCOPE_PORTFOLIO")));
    assert_eq!(
        keys(&new["subject"]),
        [
            "affectedProjects",
            "affectedProjectsReference",
            "analysisTrigger",
            "component",
            "project",
            "vulnerability",
            "vulnerabilityAnalysisLevel"
        ]
    );
    assert_eq!(new["subject"]["analysisTrigger"], "ANALYSIS_TRIGGER_BOM_UPLOAD");
    assert_eq!(
        new["subject"]["affectedProjectsReference"]["apiUri"],
        "/api/v1/vulnerability/source/INTERNAL/vuln/INT-1/projects"
    );
    let flaw = &new["subject"]["vulnerability"];
    assert_eq!(
        keys(flaw),
        ["cvssV3Vector", "cvssv3", "cwes", "description", "severity", "source", "title", "uuid", "vulnId"],
        "neither empty lists nor the first weakness"
    );
    let vex = &of(&told, "GROUP_VEX_PROCESSED")["subject"];
    assert_eq!((&vex["vex"], &vex["format"]), (&json!("KE9taXR0ZWQp"), &json!("CycloneDX")));
    let audit = of(&told, "GROUP_PROJECT_AUDIT_CHANGE");
    assert_eq!(audit["title"], "Analysis Decision: NOT_AFFECTED");
    assert_eq!(keys(&audit["subject"]), ["analysis", "component", "project", "vulnerability"]);
    assert_eq!(audit["subject"]["analysis"]["component"]["uuid"], finding["component"]["uuid"]);
    assert_eq!(audit["subject"]["analysis"]["suppressed"], true);
    assert!(of(&told, "GROUP_BOM_VALIDATION_FAILED")["subject"]["errors"].is_array());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_installation_tells_of_users_and_mirrors() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    world
        .rule(
            "Outbound Webhook",
            "SYSTEM",
            &["USER_CREATED", "USER_DELETED"],
            json!({ "destination": hook.url }),
        )
        .await;
    let user = json!({ "username": "ada", "fullname": "Ada", "email": "ada@example.com", "newPassword": "p-a-s-s", "confirmPassword": "p-a-s-s" });
    assert_eq!(world.call("PUT", "/user/managed", Some(user.clone())).await.0, 201);
    assert_eq!(world.call("DELETE", "/user/managed", Some(user)).await.0, 204);
    let told = hook.told(2).await;
    let subject = json!({ "username": "ada", "name": "Ada", "email": "ada@example.com" });
    let wanted = [("User Created", "Managed user created"), ("User Deleted", "Managed user deleted")];
    for (one, (title, content)) in told.iter().zip(wanted) {
        assert_eq!(
            (&one["title"], &one["content"], &one["subject"]),
            (&json!(title), &json!(content), &subject)
        );
        assert_eq!((&one["scope"], &one["level"]), (&json!("SYSTEM"), &json!("INFORMATIONAL")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_tried_with_made_up_data() {
    let world = World::idle().await;
    let hook = Receiver::start().await;
    let rule =
        world.rule("Outbound Webhook", "PORTFOLIO", PORTFOLIO, json!({ "destination": hook.url })).await;
    let path = format!("/notification/publisher/test/{}", rule["uuid"].as_str().unwrap());
    assert_eq!(world.call("POST", &path, None).await, (200, Value::Null));
    let told = hook.told(PORTFOLIO.len()).await;
    assert_eq!(told.len(), PORTFOLIO.len());
    for (one, group) in told.iter().zip(PORTFOLIO) {
        let wanted =
            (&json!(group), &json!(group), &json!("Rule configuration test"), &json!("INFORMATIONAL"));
        assert_eq!((&one["group"], &one["title"], &one["content"], &one["level"]), wanted);
    }
    let project = json!({ "uuid": "c9c9539a-e381-4b36-ac52-6a7ab83b2c95", "name": "projectName", "version": "projectVersion",
        "purl": "pkg:maven/org.acme/projectName@projectVersion" });
    assert_eq!(of(&told, "NEW_VULNERABILITY")["subject"]["affectedProjects"], json!([project]));
    assert_eq!(of(&told, "BOM_VALIDATION_FAILED")["subject"]["errors"], "TEST");
    let violation = &of(&told, "POLICY_VIOLATION")["subject"]["policyViolation"];
    assert_eq!(keys(violation), ["policyCondition", "timestamp", "type", "uuid"]);
    hook.status(500);
    let text = "Exception occurred while sending the notification. Check the logs for more details.";
    assert_eq!(world.call("POST", &path, None).await, (500, json!(text)));
    let unknown = "/notification/publisher/test/deadbeef-0000-4000-8000-00000000abcd";
    assert_eq!(world.call("POST", unknown, None).await, (404, Value::Null));
}
