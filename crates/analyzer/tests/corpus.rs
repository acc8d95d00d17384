//! The recorded scenario of a real Dependency-Track 4.14, replayed step by step against the
//! analyzer: same status, content type, total count, keys, types and values.
//!
//! `CORPUS` names the folder that holds `contract/` and `corpus/`; without it nothing is replayed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod replay;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Areas of the scenario that the analyzer does not speak yet; their steps are left out.
#[rustfmt::skip]
const NOT_SPOKEN: &[&str] = &[
];

/// Steps whose answer differs on purpose or not yet as recorded, by area: `id: reason` a line.
const DIFFERENCES: &[&str] = &[
    include_str!("replay/differences/analysis.txt"),
    include_str!("replay/differences/apikey.txt"),
    include_str!("replay/differences/auth.txt"),
    include_str!("replay/differences/bom.txt"),
    include_str!("replay/differences/collection.txt"),
    include_str!("replay/differences/component.txt"),
    include_str!("replay/differences/errors.txt"),
    include_str!("replay/differences/event.txt"),
    include_str!("replay/differences/finding.txt"),
    include_str!("replay/differences/hierarchy.txt"),
    include_str!("replay/differences/license.txt"),
    include_str!("replay/differences/metrics.txt"),
    include_str!("replay/differences/notification.txt"),
    include_str!("replay/differences/permission.txt"),
    include_str!("replay/differences/policy.txt"),
    include_str!("replay/differences/project.txt"),
    include_str!("replay/differences/reupload.txt"),
    include_str!("replay/differences/tag.txt"),
    include_str!("replay/differences/team.txt"),
    include_str!("replay/differences/user.txt"),
    include_str!("replay/differences/version.txt"),
    include_str!("replay/differences/vex.txt"),
    include_str!("replay/differences/violation.txt"),
    include_str!("replay/differences/vulnerability.txt"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_scenario_of_dependency_track_4_14_is_answered_alike() {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing replayed");
        return;
    };
    let differences: BTreeMap<&str, &str> = DIFFERENCES
        .iter()
        .flat_map(|area| area.lines())
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_once(": ").expect("each line is `id: reason`"))
        .collect();
    let server = replay::Server::start(&root).await;
    let mut player = replay::Player::new(server, root.join("contract"));
    let (mut alike, mut failed, mut mended) = (0, Vec::new(), Vec::new());
    for step in replay::steps(&root.join("contract/dt-4.14")) {
        if NOT_SPOKEN.contains(&step.area.as_str()) {
            continue;
        }
        let result = player.play(&step).await;
        match (result, differences.contains_key(step.id.as_str())) {
            (Ok(()), false) => alike += 1,
            (Ok(()), true) => mended.push(step.id.clone()),
            (Err(why), true) => println!("known: {}: {why}", step.id),
            (Err(why), false) => failed.push(format!("{}: {why}", step.id)),
        }
    }
    println!("{alike} steps alike, {} known differences, {} failed", differences.len(), failed.len());
    assert!(
        failed.is_empty() && mended.is_empty(),
        "{} steps differ:\n{}\nthese steps no longer differ, take them off the list: {mended:?}",
        failed.len(),
        failed.join("\n")
    );
    let wrong: Vec<&String> = player.not_as_described.iter().collect();
    assert!(wrong.is_empty(), "answers are not as the description of the API says: {wrong:#?}");
    assert!(alike > 150, "only {alike} steps were played");
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
