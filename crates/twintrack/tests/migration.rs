//! `twintrack migrate-from-dependency-track`, as a user runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::process::Output;

use common::{Server, stdout, twintrack};
use serde_json::{Value, json};

/// Runs the command with this key against an address, into a folder.
fn migrate(url: &str, key: &str, folder: &std::path::Path, more: &[&str]) -> Output {
    let data = folder.join("data");
    let fixed =
        ["migrate-from-dependency-track", "--url", url, "--api-key", key, "--requests-per-second", "0"];
    twintrack(&[&fixed[..], &["--data-dir", data.to_str().unwrap()], more].concat())
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_read_comes_and_the_report_says_the_rest() {
    let there = Server::start().await;
    let admin = there.admin_key();
    for name in ["shop", "tools"] {
        there.rest("PUT", "/api/v1/project", &admin, Some(json!({ "name": name, "version": "1" }))).await;
    }
    let team = there.rest("PUT", "/api/v1/team", &admin, Some(json!({ "name": "Readers" }))).await.1;
    let grant = format!("/api/v1/permission/VIEW_PORTFOLIO/team/{}", team["uuid"].as_str().unwrap());
    assert_eq!(there.rest("POST", &grant, &admin, None).await.0, 200);
    let key = stdout(&there.on_data(&["api-key", "create", "--team", "Readers"]));
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");

    let output = migrate(&there.url(""), &key, folder.path(), &["--dry-run", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", both(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["dryRun"], true);

    let output = migrate(&there.url(""), &key, folder.path(), &["--report", report.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", both(&output));
    let told: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    let line =
        |noun: &str| told["lines"].as_array().unwrap().iter().find(|line| line["noun"] == noun).cloned();
    assert_eq!(line("projects").unwrap()["new"], 2, "{told}");
    assert!(told["missing"].to_string().contains("ACCESS_MANAGEMENT"), "{told}");
    assert!(both(&output).contains("projects") && both(&output).contains("2 new"));
    assert!(!both(&output).contains(&key) && !told.to_string().contains(&key));

    let again = migrate(&there.url(""), &key, folder.path(), &["--json"]);
    let told: Value = serde_json::from_slice(&again.stdout).unwrap();
    let projects = told["lines"].as_array().unwrap().iter().find(|line| line["noun"] == "projects").unwrap();
    assert_eq!((&projects["new"], &projects["unchanged"]), (&json!(0), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_said_with_what_to_do() {
    let there = Server::start().await;
    let key = format!("{}x", &there.admin_key()[..44]);
    let folder = tempfile::tempdir().unwrap();
    let output = migrate(&there.url(""), &key, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(both(&output).contains("does not accept the API key"), "{}", both(&output));
    assert!(both(&output).contains("hint:") && !both(&output).contains(&key));
    let output = migrate("nowhere", &key, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    let output = migrate(&there.url("/health"), &key, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(both(&output).contains("hint:") && !both(&output).contains(&key), "{}", both(&output));
    let output = twintrack(&["migrate-from-dependency-track"]);
    assert_eq!(output.status.code(), Some(2));
}
