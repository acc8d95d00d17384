//! The recorded scenarios of real servers of Dependency-Track 4.14 and 5.0, replayed step by step
//! against the analyzer: same status, content type, total count, keys, types and values.
//!
//! `CORPUS` names the folder that holds `contract/` and `corpus/`; without it nothing is replayed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;
mod replay;

use std::path::{Path, PathBuf};

use replay::listed::Listed;

/// Plays a recording: every step is alike or listed, and what is listed does differ.
async fn replay(version: &str, at_least: usize) {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing replayed");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/differences").join(version);
    let mut listed = Listed::of(&folder);
    let server = replay::Server::start(&root).await;
    let mut player = replay::Player::new(server, root.join("contract"));
    let (mut alike, mut in_part, mut whole, mut failed) = (0, 0, 0, Vec::new());
    for step in replay::steps(&root.join(format!("contract/dt-{version}"))) {
        listed.begin(&step.id);
        let (different, excuses) = player.play(&step, &listed).await;
        match (different.is_empty(), listed.whole()) {
            (true, _) if excuses.is_empty() => alike += 1,
            (true, _) => in_part += 1,
            (false, Some(line)) => {
                whole += 1;
                println!("known: {}: {}", step.id, different.join("\n  "));
                listed.used(&[line]);
            }
            (false, None) => failed.push(format!("{}: {}", step.id, different.join("\n  "))),
        }
        listed.used(&excuses);
    }
    println!(
        "{version}: {alike} steps alike, {in_part} but for listed members, {whole} listed, {} failed",
        failed.len()
    );
    let idle = listed.idle();
    assert!(
        failed.is_empty() && idle.is_empty(),
        "{} steps differ:\n{}\nthese differences are no longer there, take them off the list: {idle:#?}",
        failed.len(),
        failed.join("\n")
    );
    let wrong: Vec<&String> = player.not_as_described.iter().collect();
    assert!(wrong.is_empty(), "answers are not as the description of the API says: {wrong:#?}");
    assert!(alike + in_part >= at_least, "only {alike} steps were played");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_scenario_of_dependency_track_4_14_is_answered_alike() {
    replay("4.14", 400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_scenario_of_dependency_track_5_0_is_answered_alike() {
    replay("5.0", 300).await;
}

/// Compares what webhooks get.
async fn deliver(version: &str, at_least: usize) {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing delivered");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/differences");
    let mut listed = Listed::of(&folder.join(format!("webhooks-{version}")));
    let ([alike, in_part, whole], failed) = replay::webhooks::play(&root, version, &mut listed).await;
    println!(
        "{version}: {alike} deliveries alike, {in_part} but for listed members, {whole} listed, {} failed",
        failed.len()
    );
    let idle = listed.idle();
    assert!(
        failed.is_empty() && idle.is_empty(),
        "{} deliveries differ:\n{}\nthese differences are no longer there, take them off the list: {idle:#?}",
        failed.len(),
        failed.join("\n")
    );
    assert!(alike + in_part >= at_least, "only {alike} deliveries were compared");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_dependency_track_4_14_are_as_recorded() {
    deliver("4.14", 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_dependency_track_5_0_are_as_recorded() {
    deliver("5.0", 30).await;
}

/// The operations that only version 4.14 has (behaviour reference §15.2).
const ONLY_4_14: &[&str] = &[
    "GET /v1/search",
    "GET /v1/search/project",
    "GET /v1/search/component",
    "GET /v1/search/service",
    "GET /v1/search/license",
    "GET /v1/search/vulnerability",
    "GET /v1/search/vulnerablesoftware",
    "POST /v1/search/reindex",
    "GET /v1/integration/osv/ecosystem",
    "GET /v1/integration/osv/ecosystem/inactive",
    "POST /v1/notification/publisher/restoreDefaultTemplates",
    "POST /v1/notification/publisher/test/smtp",
    "POST /v1/policy/{uuid}/tag/{name}",
    "DELETE /v1/policy/{uuid}/tag/{name}",
    "GET /v1/tag/{uuid}",
];

/// A path whatever its parameters are called.
fn nameless(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    operation.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_operation_of_the_reference_is_answered_or_explained() {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing compared");
        return;
    };
    let mut here: Vec<String> = analyzer::routes()
        .iter()
        .map(|route| nameless(&format!("{} {}", route.method, route.path)))
        .collect();
    here.extend(analyzer::NOT_ANSWERED.iter().map(|one| nameless(&format!("{} {}", one.method, one.path))));
    let mut wanted: Vec<String> = ONLY_4_14.iter().map(|one| (*one).to_owned()).collect();
    for (file, base) in
        [("dependency-track-openapi-v1.yaml", ""), ("dependency-track-openapi-v2.yaml", "/v2")]
    {
        let text = std::fs::read_to_string(root.join("reference").join(file)).unwrap();
        let document: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let methods = methods.as_object().unwrap().keys().filter(|m| m.as_str() != "parameters");
            wanted.extend(methods.map(|method| format!("{} {base}{path}", method.to_uppercase())));
        }
    }
    let missing: Vec<&String> = wanted.iter().filter(|one| !here.contains(&nameless(one))).collect();
    println!("{} operations of the reference, {} missing", wanted.len(), missing.len());
    assert!(missing.is_empty(), "operations that are neither answered nor explained: {missing:#?}");
}
