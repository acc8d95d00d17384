//! The recorded scenario of a real Dependency-Track 4.14, replayed step by step against the
//! analyzer: same status, content type, total count, keys, types and values.
//!
//! `CORPUS` names the folder that holds `contract/` and `corpus/`; without it nothing is replayed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod replay;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Areas of the scenario that the analyzer does not speak yet; their steps are left out.
const NOT_SPOKEN: [&str; 5] = ["violation", "policy", "license", "tag", "collection"];

/// Steps whose answer differs on purpose or not yet as recorded: `id: reason` a line.
const DIFFERENCES: &str = include_str!("replay/differences.txt");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_scenario_of_dependency_track_4_14_is_answered_alike() {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing replayed");
        return;
    };
    let differences: BTreeMap<&str, &str> = DIFFERENCES
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
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
    assert!(alike > 150, "only {alike} steps were played");
}
