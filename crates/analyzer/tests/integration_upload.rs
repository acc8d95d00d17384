//! Uploads of findings to other systems, with stand-ins of these.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use common::notification::{Receiver, World, bom};
use common::until;
use serde_json::{Value, json};
use storage::params;

/// A project with a finding and these properties.
async fn project(world: &World, name: &str, properties: &[(&str, &str)]) -> String {
    let uuid = world.project(json!({ "name": name, "version": "1" })).await;
    world.upload(&uuid, &bom(&["left"])).await;
    for (name, value) in properties {
        world
            .execute(
                "INSERT INTO project_property (project_id, group_name, name, value, kind) \
                 SELECT id, 'integrations', ?, ?, 'STRING' FROM project WHERE uuid = ?",
                params![*name, *value, uuid.clone()],
            )
            .await;
    }
    world.idle_again().await;
    uuid
}

async fn set(world: &World, properties: &[(&str, &str)]) {
    for (name, value) in properties {
        world.set("integrations", name, value).await;
    }
}

fn fields(body: &str, names: &[(&str, &str)]) {
    for (name, value) in names {
        assert!(body.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{name}={value} in {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn defect_dojo_imports_and_imports_again() {
    let world = World::start().await;
    world.flaw("INT-1", "pkg:npm/left").await;
    let dojo = Receiver::start().await;
    dojo.answers(|got| match got.path.split('?').next().unwrap() {
        "/api/v2/tests/" => axum::Json(json!({ "next": null, "results": [
            { "id": 4, "scan_type": "Other", "title": "weekly" },
            { "id": 7, "scan_type": "Dependency Track Finding Packaging Format (FPF) Export", "title": "weekly" },
        ]}))
        .into_response(),
        _ => StatusCode::CREATED.into_response(),
    });
    project(&world, "plain", &[("defectdojo.engagementId", "11")]).await;
    let again = [
        ("defectdojo.engagementId", "12"),
        ("defectdojo.reimport", "true"),
        ("defectdojo.testTitle", "weekly"),
        ("defectdojo.groupBy", "component_name"),
        ("defectdojo.verified", "false"),
        ("defectdojo.doNotReactivate", "true"),
    ];
    project(&world, "again", &again).await;
    project(&world, "none", &[("defectdojo.testTitle", "no engagement")]).await;
    let url = format!("{}/", dojo.url);
    set(&world, &[("defectdojo.url", &url), ("defectdojo.apiKey", "k3y"), ("defectdojo.enabled", "true")])
        .await;
    world.tick("integration.schedule").await;
    world.tick("integration.schedule").await;
    world.idle_again().await;
    let got = dojo.got();
    assert!(got.iter().all(|got| got.headers["authorization"] == "Token k3y"));
    let of = |path: &str| got.iter().filter(|got| got.path.starts_with(path)).collect::<Vec<_>>();
    let import = of("/api/v2/import-scan/");
    assert_eq!(import.len(), 1, "once a cadence: {got:?}");
    fields(
        &import[0].text(),
        &[
            ("engagement", "11"),
            ("scan_type", "Dependency Track Finding Packaging Format (FPF) Export"),
            ("verified", "true"),
            ("active", "true"),
            ("minimum_severity", "Info"),
            ("close_old_findings", "true"),
            ("push_to_jira", "false"),
        ],
    );
    assert!(import[0].text().contains("\"vulnId\":\"INT-1\""));
    assert_eq!(of("/api/v2/tests/")[0].path, "/api/v2/tests/?engagement=12&limit=100&offset=0");
    let reimport = of("/api/v2/reimport-scan/");
    fields(
        &reimport[0].text(),
        &[
            ("engagement", "12"),
            ("test", "7"),
            ("test_title", "weekly"),
            ("group_by", "component_name"),
            ("verified", "false"),
            ("do_not_reactivate", "true"),
        ],
    );
    let (_, list) = world.call("GET", "/integration/upload", None).await;
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|one| one["project"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["again", "plain"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fortify_gets_a_file_and_kenna_the_portfolio() {
    let world = World::start().await;
    world.flaw("INT-1", "pkg:npm/left").await;
    let (fortify, kenna) = (Receiver::start().await, Receiver::start().await);
    fortify.answers(|got| match got.path.as_str() {
        "/ssc/api/v1/fileTokens" => {
            (StatusCode::CREATED, axum::Json(json!({ "data": { "token": "one time" } }))).into_response()
        }
        _ => StatusCode::OK.into_response(),
    });
    let both = [("fortify.ssc.applicationId", "99"), ("kenna.asset.external_id", "asset-1")];
    let uuid = project(&world, "shop", &both).await;
    project(&world, "other", &[]).await;
    let url = format!("{}/ssc", fortify.url);
    set(&world, &[("fortify.ssc.url", &url), ("fortify.ssc.token", "tok"), ("fortify.ssc.enabled", "true")])
        .await;
    set(
        &world,
        &[
            ("kenna.api.url", &kenna.url),
            ("kenna.token", "risk"),
            ("kenna.connector.id", "5"),
            ("kenna.enabled", "true"),
        ],
    )
    .await;
    world.tick("integration.schedule").await;
    let got = fortify.wait(2).await;
    assert_eq!(got[0].headers["authorization"], "FortifyToken dG9r");
    assert_eq!(got[0].json(), json!({ "fileTokenType": "UPLOAD" }));
    assert_eq!(
        got[1].path,
        "/ssc/upload/resultFileUpload.html?engineType=DEPENDENCY_TRACK&mat=one+time&entityId=99"
    );
    assert!(got[1].text().contains(&format!("\"uuid\":\"{uuid}\"")));
    let got = kenna.wait(1).await;
    assert_eq!(
        (got[0].path.as_str(), got[0].headers["x-risk-token"].as_str()),
        ("/connectors/5/data_file", "risk")
    );
    let text = got[0].text();
    fields(&text, &[("run", "true")]);
    let from = text.find("{\"assets\"").unwrap();
    let file: Value = serde_json::Deserializer::from_str(&text[from..]).into_iter().next().unwrap().unwrap();
    assert_eq!(file["assets"].as_array().unwrap().len(), 1);
    assert_eq!(file["assets"][0]["external_id"], "asset-1");
    let (flaw, about) = (&file["assets"][0]["vulns"][0], &file["vuln_defs"][0]);
    assert_eq!(
        (&flaw["scanner_identifier"], &flaw["scanner_score"], &flaw["status"]),
        (&json!("INTERNAL-INT-1"), &json!(10), &json!("open"))
    );
    assert_eq!((&about["name"], &about["cwe_identifiers"]), (&json!("Ours"), &json!("CWE-79")));
    world.idle_again().await;
    let (_, list) = world.call("GET", "/integration/upload", None).await;
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert!(
        list.as_array().unwrap().iter().all(|one| one["endedAt"].is_number() && one.get("error").is_none()),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_kept_and_told() {
    let world = World::start().await;
    let (dojo, hook) = (Receiver::start().await, Receiver::start().await);
    dojo.status(403);
    world.rule("Outbound Webhook", "SYSTEM", &["INTEGRATION"], json!({ "destination": hook.url })).await;
    project(&world, "shop", &[("defectdojo.engagementId", "11")]).await;
    set(
        &world,
        &[("defectdojo.url", &dojo.url), ("defectdojo.apiKey", "k3y"), ("defectdojo.enabled", "true")],
    )
    .await;
    world.tick("integration.schedule").await;
    let told = hook.told(1).await;
    assert_eq!((&told[0]["title"], &told[0]["level"]), (&json!("Integration Error"), &json!("ERROR")));
    let text = "The findings of the project [shop : 1] could not be uploaded to DefectDojo: the findings were not taken: the server answered 403 Forbidden";
    assert_eq!(told[0]["content"], text);
    assert_eq!(dojo.got().len(), 3);
    until(async || world.call("GET", "/integration/upload", None).await.1[0]["error"].is_string()).await;
}
