//! Expressions over the dependency graph, in policies and vulnerability policies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use base64::Engine;
use common::policy::{Server, record};
use serde_json::{Value, json};
use storage::{Sql, params};

/// root → foo, bar; foo → baz, qux; bar → qux; baz → deep. Nothing leads to `loose`.
async fn graph() -> (Server, String) {
    let server = Server::start().await;
    server.advisories("npm", &[record("GHSA-aaaa-bbbb-cccc", &[], ("npm", "deep"), "HIGH", &[])]).await;
    let library = |name: &str, version: &str| {
        json!({ "type": "library", "bom-ref": name, "group": "org.acme", "name": name, "version": version,
            "purl": format!("pkg:npm/{name}@{version}"),
            "hashes": [{ "alg": "SHA-1", "content": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" }] })
    };
    let names = ["foo", "bar", "baz", "qux", "deep", "loose"];
    let components: Vec<Value> =
        names.iter().map(|name| library(name, if *name == "foo" { "2.5.0" } else { "1.0.0" })).collect();
    let on = |from: &str, to: &[&str]| json!({ "ref": from, "dependsOn": to });
    let bom = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "bom-ref": "root", "type": "application", "name": "app" } },
        "components": components,
        "dependencies": [on("root", &["foo", "bar"]), on("foo", &["baz", "qux"]), on("bar", &["qux"]), on("baz", &["deep"])],
    });
    let bom = base64::engine::general_purpose::STANDARD.encode(bom.to_string());
    let body = json!({ "projectName": "app", "projectVersion": "1", "autoCreate": true, "bom": bom });
    let token = server.send("PUT", "/bom", body).await["token"].as_str().unwrap().to_owned();
    server
        .until("the document is processed", async || {
            (server.get(&format!("/event/token/{token}")).await["processing"] == false).then_some(())
        })
        .await;
    let project = server.get("/project/lookup?name=app&version=1").await;
    (server, project["uuid"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_follow_the_dependency_graph() {
    let (server, project) = graph().await;
    let all = "foo bar baz qux deep loose";
    let cases = [
        ("component.is_dependency_of(v1.Component{name: 'foo'})", "baz qux deep"),
        ("component.is_direct_dependency_of(v1.Component{name: 'foo'})", "baz qux"),
        ("component.is_exclusive_dependency_of(v1.Component{name: 'foo'})", "baz deep"),
        ("component.is_exclusive_dependency_of(v1.Component{name: 're:^(foo|bar)$'})", "baz qux deep"),
        ("component.is_dependency_of(v1.Component{name: 're:^b', group: 'org.acme'})", "qux deep"),
        ("component.is_dependency_of(v1.Component{version: 'vers:npm/>=2|<3'})", "baz qux deep"),
        ("component.is_dependency_of(v1.Component{version: 'vers:npm/>=3'})", ""),
        ("component.is_dependency_of(v1.Component{name: 'foo', classifier: 'APPLICATION'})", ""),
        ("component.is_dependency_of(v1.Component{name: 'foo', is_internal: false})", "baz qux deep"),
        ("component.is_dependency_of(v1.Component{})", ""),
        ("component.is_dependency_of(v1.Component{name: 're:(('})", ""),
        ("project.depends_on(v1.Component{purl: 'pkg:npm/deep@1.0.0'})", all),
        ("project.depends_on(v1.Component{name: 'nothing'})", ""),
        ("project.matches_range('vers:generic/1')", all),
        ("component.matches_range('vers:npm/>2')", "foo"),
        ("component.has_package_artifact_hash_mismatch()", "baz"),
        ("component.version_distance('>=', v1.VersionDistance{major: 1})", ""),
    ];
    let tx = server.test.db.begin().await.unwrap();
    for (purl, sha1) in [
        ("pkg:npm/baz@1.0.0", "0000000000000000000000000000000000000000"),
        ("pkg:npm/qux@1.0.0", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8"),
    ] {
        let hashes = json!({ "sha1": sha1 }).to_string();
        tx.execute("DELETE FROM package_artifact WHERE purl = ?", params![purl]).await.unwrap();
        let row = [("purl", purl.into()), ("hashes", hashes.into()), ("last_check", 1_i64.into())];
        tx.insert("package_artifact", &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut wanted = Vec::new();
    for (n, (expression, broken)) in cases.iter().enumerate() {
        let name = format!("{n} {expression}");
        server.policy(json!({ "name": name }), &[("EXPRESSION", "MATCHES", expression)]).await;
        wanted.extend(broken.split_whitespace().map(|component| format!("{name}: {component}")));
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    server.expect(&project, &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vulnerability_policies_follow_it_too_and_see_it_change() {
    let (server, project) = graph().await;
    let condition =
        "vuln.severity == 'HIGH' && component.is_exclusive_dependency_of(v1.Component{name: 'foo'})";
    let analysis = json!({ "state": "NOT_AFFECTED", "suppress": true });
    server
        .vulnerability_policy(json!({ "name": "through foo", "condition": condition, "analysis": analysis }))
        .await;
    let suppressed = async |wanted: bool| {
        server
            .until("the finding is looked at", async || {
                let list = server.get(&format!("/finding/project/{project}?suppressed=true")).await;
                (list[0]["analysis"]["isSuppressed"] == wanted && list.as_array()?.len() == 1).then_some(())
            })
            .await;
    };
    suppressed(true).await;
    // The project now needs `deep` itself.
    let text = "SELECT id FROM component WHERE name = 'deep'";
    let deep: i64 = server.test.db.scalar(text, params![]).await.unwrap().unwrap();
    let text = "SELECT id FROM project";
    let id: i64 = server.test.db.scalar(text, params![]).await.unwrap().unwrap();
    let tx = server.test.db.begin().await.unwrap();
    let rows = vec![params![id, None::<i64>, deep]];
    tx.insert_many("dependency", &["project_id", "component_id", "depends_on"], rows, "").await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/finding/project/{project}/analyze");
    server.send("POST", &path, json!({})).await;
    suppressed(false).await;
}
