//! Metrics: of projects, components, collections and the portfolio, over time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::policy::{Server, record};
use serde_json::{Value, json};
use storage::params;

const DAY: i64 = 86_400_000;

fn component(name: &str) -> Value {
    json!({ "type": "library", "name": name, "version": "1.0.0", "purl": format!("pkg:npm/{name}@1.0.0") })
}

async fn world() -> Server {
    let server = Server::start().await;
    let records = [
        record("GHSA-aaaa-aaaa-aaaa", &["CVE-2026-0001"], ("npm", "alpha"), "HIGH", &[]),
        record("GHSA-bbbb-bbbb-bbbb", &["CVE-2026-0002"], ("npm", "alpha"), "LOW", &[]),
        record("GHSA-cccc-cccc-cccc", &["CVE-2026-0003"], ("npm", "beta"), "CRITICAL", &[]),
    ];
    server.advisories("npm", &records).await;
    server
}

/// Makes a row of a project older than it is.
async fn age(server: &Server, project: &str, days: i64) {
    let tx = server.test.db.begin().await.unwrap();
    let text = "UPDATE metrics SET first_occurrence = first_occurrence - ?, last_occurrence = last_occurrence - ? \
         WHERE project_id = (SELECT id FROM project WHERE uuid = ?)";
    tx.execute(text, params![days * DAY, days * DAY, project]).await.unwrap();
    let text = "UPDATE project SET created_at = created_at - ? WHERE uuid = ?";
    tx.execute(text, params![days * DAY, project]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_holds_until_something_is_otherwise() {
    let server = world().await;
    let empty = server.send("PUT", "/project", json!({ "name": "empty", "classifier": "APPLICATION" })).await;
    let empty = empty["uuid"].as_str().unwrap();
    assert_eq!(
        server.ask("GET", &format!("/metrics/project/{empty}/current"), None).await,
        (200, Value::Null)
    );
    let shop = server.upload("shop", json!([component("alpha"), component("gamma")])).await;
    let metrics = server.metrics(&shop).await;
    assert_eq!((&metrics["vulnerabilities"], &metrics["inheritedRiskScore"]), (&json!(2), &json!(6.0)));
    assert_eq!((&metrics["components"], &metrics["vulnerableComponents"]), (&json!(2), &json!(1)));
    age(&server, &shop, 10).await;
    // Nothing changed for ten days: the row is carried into each window, and holds until now.
    let days = async |days: i64| server.get(&format!("/metrics/project/{shop}/days/{days}")).await;
    for window in [1, 5, 30] {
        let rows = days(window).await;
        assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
        assert!(
            rows[0]["lastOccurrence"].as_i64().unwrap()
                > rows[0]["firstOccurrence"].as_i64().unwrap() + 9 * DAY
        );
    }
    server.upload("shop", json!([component("alpha"), component("beta"), component("gamma")])).await;
    server.upload("shop", json!([component("alpha"), component("beta"), component("gamma")])).await;
    let rows = days(5).await;
    assert_eq!(rows.as_array().unwrap().len(), 2, "the same document again writes nothing: {rows}");
    assert_eq!((&rows[0]["vulnerabilities"], &rows[1]["vulnerabilities"]), (&json!(2), &json!(3)));
    // Of a day that is over the last row stays.
    age(&server, &shop, 2).await;
    server.upload("shop", json!([component("beta")])).await;
    assert_eq!(
        server.get(&format!("/metrics/project/{shop}/since/20200101")).await.as_array().unwrap().len(),
        3
    );
    for path in ["days/x", "days/99999999999"] {
        assert_eq!(server.ask("GET", &format!("/metrics/project/{shop}/{path}"), None).await.0, 404);
    }
    let (status, text) = server.ask("GET", &format!("/metrics/project/{shop}/since/2020-01-01"), None).await;
    assert_eq!((status, text), (400, json!("The specified date format is incorrect.")));
    // The portfolio by day: with what held before.
    let portfolio = server.get("/metrics/portfolio/30/days").await;
    let vulnerabilities: Vec<i64> =
        portfolio.as_array().unwrap().iter().map(|row| row["vulnerabilities"].as_i64().unwrap()).collect();
    assert_eq!(vulnerabilities, [2, 3, 1], "{portfolio}");
    let now = server.get("/metrics/portfolio/current").await;
    assert_eq!((&now["projects"], &now["vulnerableProjects"]), (&json!(2), &json!(1)));
    assert_eq!((&now["critical"], &now["inheritedRiskScore"]), (&json!(1), &json!(10.0)));
    // What is not active does not count.
    server.send("PATCH", &format!("/project/{shop}"), json!({ "active": false })).await;
    let now = server.get("/metrics/portfolio/current").await;
    assert_eq!((&now["projects"], &now["vulnerabilities"]), (&json!(1), &json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn components_have_metrics_and_decisions_change_them() {
    let server = world().await;
    let shop = server.upload("shop", json!([component("alpha"), component("gamma")])).await;
    let list = server.get(&format!("/component/project/{shop}")).await;
    let uuid = |name: &str| {
        list.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["uuid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (alpha, gamma) = (uuid("alpha"), uuid("gamma"));
    let current = async |uuid: &str| server.get(&format!("/metrics/component/{uuid}/current")).await;
    assert_eq!(current(&alpha).await["vulnerabilities"], 2);
    assert_eq!(current(&gamma).await["vulnerabilities"], 0);
    assert_eq!(server.get(&format!("/metrics/component/{gamma}/days/5")).await.as_array().unwrap().len(), 1);
    let finding = &server.get(&format!("/finding/project/{shop}")).await[0];
    let decision = json!({
        "project": shop,
        "component": finding["component"]["uuid"],
        "vulnerability": finding["vulnerability"]["uuid"],
        "analysisState": "NOT_AFFECTED",
    });
    server.send("PUT", "/analysis", decision.clone()).await;
    server
        .until("the decision is counted", async || {
            (current(&alpha).await["findingsAudited"] == 1).then_some(())
        })
        .await;
    let mut decision = decision;
    decision["isSuppressed"] = json!(true);
    server.send("PUT", "/analysis", decision).await;
    server
        .until("the suppression is counted", async || {
            let metrics = server.metrics(&shop).await;
            (metrics["suppressed"] == 1 && metrics["vulnerabilities"] == 1).then_some(())
        })
        .await;
    let history = server.get(&format!("/metrics/component/{alpha}/days/5")).await;
    let found: Vec<i64> =
        history.as_array().unwrap().iter().map(|row| row["vulnerabilities"].as_i64().unwrap()).collect();
    assert_eq!(found, [2, 2, 1], "{history}");
    assert_eq!(server.ask("GET", &format!("/metrics/component/{alpha}/refresh"), None).await.0, 200);
    let months = server.get("/metrics/vulnerability").await;
    assert!(
        months
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["year"] == 2026 && row["month"] == 1 && row["count"] == 3),
        "{months}"
    );
    assert!(months.as_array().unwrap().iter().any(|row| row["year"] == 2026 && row.get("month").is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_is_the_sum_of_its_children() {
    let server = world().await;
    let collection =
        server.send("PUT", "/project", json!({ "name": "all", "classifier": "APPLICATION" })).await;
    let collection = collection["uuid"].as_str().unwrap().to_owned();
    let logic = async |logic: &str, tag: Option<&str>| {
        let tx = server.test.db.begin().await.unwrap();
        let text = "UPDATE project SET collection_logic = ?, collection_tag = ?, metrics_due = metrics_due + 1 WHERE uuid = ?";
        tx.execute(text, params![logic, tag, collection.clone()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(server.ask("GET", &format!("/metrics/project/{collection}/refresh"), None).await.0, 200);
    };
    logic("AGGREGATE_DIRECT_CHILDREN", None).await;
    let one = server.upload("one", json!([component("alpha")])).await;
    let two = server.upload("two", json!([component("beta"), component("gamma")])).await;
    for project in [&one, &two] {
        server
            .send("PATCH", &format!("/project/{project}"), json!({ "parent": { "uuid": collection } }))
            .await;
    }
    let becomes = async |vulnerabilities: i64, components: i64| {
        server
            .until("the collection is counted", async || {
                let metrics = server.metrics(&collection).await;
                (metrics["vulnerabilities"] == vulnerabilities && metrics["components"] == components)
                    .then_some(metrics)
            })
            .await
    };
    let metrics = becomes(3, 3).await;
    assert_eq!(metrics["inheritedRiskScore"], json!(16.0));
    assert_eq!(metrics["collectionLogic"], "AGGREGATE_DIRECT_CHILDREN");
    // It is not counted twice.
    assert_eq!(server.get("/metrics/portfolio/current").await["vulnerabilities"], 3);
    // What changes below shows above.
    server.upload("two", json!([component("gamma")])).await;
    becomes(2, 2).await;
    server.send("PATCH", &format!("/project/{one}"), json!({ "active": false })).await;
    becomes(0, 1).await;
    server
        .send(
            "PATCH",
            &format!("/project/{one}"),
            json!({ "active": true, "isLatest": true, "tags": [{ "name": "kept" }] }),
        )
        .await;
    becomes(2, 2).await;
    logic("AGGREGATE_LATEST_VERSION_CHILDREN", None).await;
    let metrics = becomes(2, 1).await;
    assert_eq!(metrics["collectionLogicChanged"], true);
    logic("AGGREGATE_DIRECT_CHILDREN_WITH_TAG", Some("kept")).await;
    becomes(2, 1).await;
    server.send("PATCH", &format!("/project/{one}"), json!({ "tags": [] })).await;
    becomes(0, 0).await;
}
