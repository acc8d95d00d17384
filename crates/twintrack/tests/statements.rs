//! What documents say of vulnerabilities themselves: in an SBOM, and as VEX.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use base64::Engine;
use common::{Server, advisory, bom};
use serde_json::{Value, json};

async fn project(server: &Server, key: &str, name: &str, bom: &Value) -> String {
    let token = server.upload(key, name, bom).await;
    server.processed(key, &token).await;
    let lookup = format!("/api/v1/project/lookup?name={name}&version=1");
    server.rest("GET", &lookup, key, None).await.1["uuid"].as_str().unwrap().to_owned()
}

/// The findings, suppressed ones too.
async fn findings(server: &Server, key: &str, project: &str) -> Vec<Value> {
    let path = format!("/api/v1/finding/project/{project}?suppressed=true");
    server.rest("GET", &path, key, None).await.1.as_array().unwrap().clone()
}

async fn analysis(server: &Server, key: &str, project: &str, finding: &Value) -> Value {
    let of = |part: &str| finding[part]["uuid"].as_str().unwrap().to_owned();
    let (component, vulnerability) = (of("component"), of("vulnerability"));
    let path =
        format!("/api/v1/analysis?project={project}&component={component}&vulnerability={vulnerability}");
    server.rest("GET", &path, key, None).await.1
}

fn vex(statements: Value) -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": "me", "name": "shop", "version": "1" } },
        "components": [{ "type": "library", "bom-ref": "l", "name": "left", "version": "1.0.0", "purl": "pkg:npm/left@1.0.0" }],
        "vulnerabilities": statements })
}

fn encoded(document: &Value) -> String {
    base64::engine::general_purpose::STANDARD.encode(document.to_string())
}

#[tokio::test]
async fn vex_decides_what_it_names() {
    let server = Server::start().await;
    let key = server.admin_key();
    server.import(&[advisory("GHSA-aaaa-bbbb-cccc", "left"), advisory("GHSA-bbbb-cccc-dddd", "right")]);
    let shop = project(&server, &key, "shop", &bom(&["left", "right"])).await;
    let said = |id: &str, reference: &str, state: &str| {
        json!({ "id": id, "source": { "name": "GitHub" }, "affects": [{ "ref": reference }],
            "analysis": { "state": state, "justification": "code_not_reachable", "response": ["will_not_fix", "update"], "detail": "never called" } })
    };
    let document = vex(json!([
        said("GHSA-aaaa-bbbb-cccc", "l", "not_affected"),
        said("GHSA-bbbb-cccc-dddd", "me", "in_triage"),
        said("GHSA-bbbb-cccc-dddd", "nowhere", "resolved"),
        said("CVE-2026-0404", "me", "exploitable"),
    ]));
    let sent = json!({ "project": shop, "vex": encoded(&document) });
    let (status, answer) = server.rest("PUT", "/api/v1/vex", &key, Some(sent)).await;
    assert_eq!(status, 200, "{answer}");
    server.processed(&key, answer["token"].as_str().unwrap()).await;
    let found = findings(&server, &key, &shop).await;
    let states: Vec<(&Value, &Value, &Value)> = found
        .iter()
        .map(|f| (&f["component"]["name"], &f["analysis"]["state"], &f["analysis"]["isSuppressed"]))
        .collect();
    assert_eq!(
        states,
        [
            (&json!("left"), &json!("NOT_AFFECTED"), &json!(true)),
            (&json!("right"), &json!("IN_TRIAGE"), &json!(false))
        ]
    );
    let trail = analysis(&server, &key, &shop, &found[0]).await;
    assert_eq!(
        (&trail["analysisJustification"], &trail["analysisResponse"], &trail["analysisDetails"]),
        (&json!("CODE_NOT_REACHABLE"), &json!("UPDATE"), &json!("never called"))
    );
    let comments = trail["analysisComments"].as_array().unwrap();
    assert!(comments.iter().all(|comment| comment["commenter"] == "CycloneDX VEX"), "{trail}");
    let metrics = format!("/api/v1/metrics/project/{shop}/current");
    let (_, counts) = server.rest("GET", &metrics, &key, None).await;
    assert_eq!((&counts["vulnerabilities"], &counts["suppressed"]), (&json!(1), &json!(1)));

    // As a form, by name; what was suppressed comes back.
    let document = vex(json!([said("GHSA-aaaa-bbbb-cccc", "l", "exploitable")]));
    let form = reqwest::multipart::Form::new()
        .text("projectName", "shop")
        .text("projectVersion", "1")
        .text("vex", document.to_string());
    let post = || reqwest::Client::new().post(server.url("/api/v1/vex")).header("X-Api-Key", &key);
    let answer: Value = post().multipart(form).send().await.unwrap().json().await.unwrap();
    server.processed(&key, answer["token"].as_str().unwrap()).await;
    let found = findings(&server, &key, &shop).await;
    assert_eq!(
        found[0]["analysis"],
        json!({ "state": "EXPLOITABLE", "detail": "never called", "isSuppressed": false })
    );

    // What cannot be taken is refused at once.
    let put = |body: Value| server.rest("PUT", "/api/v1/vex", &key, Some(body));
    assert_eq!(put(json!({ "project": shop, "vex": "not *base64*" })).await.1[0]["path"], "vex");
    assert_eq!(
        put(json!({ "project": shop, "vex": encoded(&json!({ "bomFormat": "CycloneDX" })) })).await.0,
        400
    );
    let nobody = "11111111-2222-4333-8444-555555555555";
    let refused = put(json!({ "project": nobody, "vex": encoded(&document) })).await;
    assert_eq!(refused, (404, json!("The project could not be found.")));
    assert_eq!(post().send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn an_sbom_that_decides_leaves_what_people_decided() {
    let server = Server::start().await;
    let key = server.admin_key();
    server.import(&[advisory("GHSA-aaaa-bbbb-cccc", "left"), advisory("GHSA-bbbb-cccc-dddd", "right")]);
    let mut document = bom(&["left", "right"]);
    let shop = project(&server, &key, "shop", &document).await;
    let found = findings(&server, &key, &shop).await;
    let decision = json!({ "project": shop, "component": found[0]["component"]["uuid"],
        "vulnerability": found[0]["vulnerability"]["uuid"], "analysisState": "EXPLOITABLE", "comment": "seen" });
    assert_eq!(server.rest("PUT", "/api/v1/analysis", &key, Some(decision)).await.0, 200);
    let states = |found: Vec<Value>| found.iter().map(|f| f["analysis"]["state"].clone()).collect::<Vec<_>>();
    // What the first document said itself the second one may change.
    for state in ["in_triage", "false_positive"] {
        let say = |id: &str, package: &str| {
            json!({ "id": id, "source": { "name": "GitHub" }, "analysis": { "state": state },
                "affects": [{ "ref": format!("pkg:npm/{package}@1.0.0") }] })
        };
        document["vulnerabilities"] =
            json!([say("GHSA-aaaa-bbbb-cccc", "left"), say("GHSA-bbbb-cccc-dddd", "right")]);
        project(&server, &key, "shop", &document).await;
        let expected = ["EXPLOITABLE".to_owned(), state.to_uppercase()];
        assert_eq!(states(findings(&server, &key, &shop).await), expected);
    }
    let found = findings(&server, &key, &shop).await;
    let trail = analysis(&server, &key, &shop, &found[0]).await;
    assert_eq!(trail["analysisComments"].as_array().unwrap().len(), 2, "{trail}");
}

#[tokio::test]
async fn what_an_sbom_names_belongs_to_the_components_that_it_says() {
    let server = Server::start().await;
    let key = server.admin_key();
    server.import(&[advisory("GHSA-aaaa-bbbb-cccc", "both")]);
    let mut document = bom(&["left", "right", "both"]);
    // A place that repeats a component means that component.
    let twin = json!({ "type": "library", "bom-ref": "twin", "name": "right", "version": "1.0.0", "purl": "pkg:npm/right@1.0.0" });
    document["components"].as_array_mut().unwrap().push(twin);
    let affects = |reference: &str, versions: Value| json!({ "ref": reference, "versions": versions });
    let range = json!([{ "range": "vers:npm/<2.0.0", "status": "affected" }]);
    document["vulnerabilities"] = json!([
        { "id": "CVE-2026-0001", "source": { "name": "NVD" }, "description": "Told by the document", "cwes": [79],
          "ratings": [{ "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "method": "CVSSv31" }],
          "affects": [
              affects("pkg:npm/left@1.0.0", json!([{ "version": "1.0.0", "status": "affected" }])),
              affects("twin", json!([{ "version": "1.0.0", "status": "unaffected" }])),
          ] },
        { "id": "ACME-1", "source": { "name": "Acme" }, "ratings": [{ "severity": "low" }], "affects": [affects("twin", range)] },
        { "id": "ACME-2", "source": { "name": "Acme" }, "affects": [affects("nowhere", json!([]))] },
        { "id": "GHSA-aaaa-bbbb-cccc", "source": { "name": "GitHub" }, "affects": [{ "ref": "pkg:npm/both@1.0.0" }] },
    ]);
    let shop = project(&server, &key, "shop", &document).await;
    let blog = project(&server, &key, "blog", &bom(&["left", "right", "both"])).await;
    let told = |found: &[Value]| {
        let mut told: Vec<String> = found
            .iter()
            .map(|f| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let parts = [
                    &f["component"]["name"],
                    &f["vulnerability"]["source"],
                    &f["vulnerability"]["vulnId"],
                    &f["vulnerability"]["severity"],
                    &f["attribution"]["analyzerIdentity"],
                ];
                parts.map(text).join(" ")
            })
            .collect();
        told.sort();
        told
    };
    let found = findings(&server, &key, &shop).await;
    assert_eq!(
        told(&found),
        [
            "both GITHUB GHSA-aaaa-bbbb-cccc HIGH INTERNAL_ANALYZER",
            "left NVD CVE-2026-0001 CRITICAL BOM_ANALYZER",
            "right UNKNOWN ACME-1 LOW BOM_ANALYZER",
        ]
    );
    let internal = ["both GITHUB GHSA-aaaa-bbbb-cccc HIGH INTERNAL_ANALYZER"];
    assert_eq!(told(&findings(&server, &key, &blog).await), internal);
    let left = found.iter().find(|f| f["component"]["name"] == "left").unwrap();
    assert_eq!(
        (&left["vulnerability"]["description"], &left["vulnerability"]["cweId"]),
        (&json!("Told by the document"), &json!(79))
    );
    let both = found.iter().find(|f| f["component"]["name"] == "both").unwrap();
    let why = format!(
        "/api/v1/vulnerability/{}/component/{}",
        both["vulnerability"]["uuid"].as_str().unwrap(),
        both["component"]["uuid"].as_str().unwrap()
    );
    let (_, why) = server.rest("GET", &why, &key, None).await;
    assert_eq!(
        (&why[0]["analyzerIdentity"], &why[1]["analyzerIdentity"], &why[1]["range"]),
        (&json!("INTERNAL_ANALYZER"), &json!("BOM_ANALYZER"), &json!("named by the SBOM"))
    );
    // The next document no longer says so.
    project(&server, &key, "shop", &bom(&["left", "right", "both"])).await;
    assert_eq!(told(&findings(&server, &key, &shop).await), internal);
    let metrics = format!("/api/v1/metrics/project/{shop}/current");
    assert_eq!(server.rest("GET", &metrics, &key, None).await.1["vulnerabilities"], 1);
}
