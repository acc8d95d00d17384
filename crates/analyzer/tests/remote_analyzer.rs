//! Analyzers elsewhere, as they are switched on and off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use axum::response::IntoResponse;
use common::notification::{Receiver, World, bom};
use common::until;
use serde_json::{Value, json};

/// An OSS Index that has something to say of `left`.
async fn oss_index() -> Receiver {
    let there = Receiver::start().await;
    there.answers(|got| {
        let asked = got.json();
        let reports = asked["coordinates"].as_array().unwrap().iter().map(|coordinates| {
            let flaws = match coordinates.as_str().unwrap().contains("left") {
                true => json!([{ "id": "sonatype-2026-7", "title": "A flaw there",
                    "cvssVector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }]),
                false => json!([]),
            };
            json!({ "coordinates": coordinates, "vulnerabilities": flaws })
        });
        axum::Json(reports.collect::<Value>()).into_response()
    });
    there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_analyzer_said_is_withdrawn_when_it_is_switched_off() {
    let world = World::start().await;
    let there = oss_index().await;
    world.set("scanner", "ossindex.base.url", &there.url).await;
    world.set("scanner", "ossindex.api.username", "ann").await;
    world.set("scanner", "ossindex.api.token", "secret").await;
    let project = world.project(json!({ "name": "shop", "version": "1" })).await;
    assert_eq!(world.upload(&project, &bom(&["left", "right"])).await.0, 200);
    let findings = async || {
        let (_, found) = world.call("GET", &format!("/finding/project/{project}"), None).await;
        found.as_array().unwrap().len()
    };
    let counted = async || {
        let (_, metrics) = world.call("GET", &format!("/metrics/project/{project}/current"), None).await;
        metrics["vulnerabilities"].clone()
    };
    until(async || findings().await == 1 && counted().await == 1).await;
    world.idle_again().await;
    let asked = there.got().len();
    world.set("scanner", "ossindex.enabled", "false").await;
    until(async || findings().await == 0 && counted().await == 0).await;
    assert_eq!(there.got().len(), asked, "nobody is asked any more");
    world.set("scanner", "ossindex.enabled", "true").await;
    until(async || findings().await == 1 && counted().await == 1).await;
    assert!(there.got().len() > asked, "everything is asked about again");
}
