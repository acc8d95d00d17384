//! The command line as a person meets it: help, wrong arguments, configuration, keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::{Server, stdout, twintrack};
use serde_json::Value;

fn stderr(args: &[&str], code: i32) -> String {
    let output = twintrack(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    assert!(output.stdout.is_empty(), "errors go to stderr: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn help_explains_every_option_of_serve() {
    let help = stdout(&twintrack(&["serve", "--help"]));
    for option in [
        "--listen",
        "--data-dir",
        "--database-url",
        "--roles",
        "--config",
        "--public-url",
        "--secret-key",
        "--log",
    ] {
        let variable =
            format!("TWINTRACK_{}", option.trim_start_matches('-').replace('-', "_").to_uppercase());
        assert!(help.contains(option) && help.contains(&variable), "{option} with {variable} in:\n{help}");
    }
    assert!(stdout(&twintrack(&["--version"])).starts_with("twintrack "));
}

#[test]
fn wrong_arguments_end_with_2_and_say_what_is_meant() {
    assert!(stderr(&["serve", "--listen", "nonsense"], 2).contains("--listen"));
    assert!(stderr(&["serve", "--roles", "cook"], 2).contains("analyzer"));
    assert!(stderr(&["api-key", "create"], 2).contains("--team"));
    assert!(stderr(&["advisories", "import", "--source", "vulndb", "x"], 2).contains("osv"));
    assert!(stderr(&["upload"], 2).contains("Usage"));
    assert!(
        stderr(&["sync", "--integration", "dependency-track", "--company-id", "1"], 2)
            .contains("--project-id")
    );
}

#[test]
fn failures_end_with_1_and_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let error = stderr(&["api-key", "create", "--team", "Nobody", "--data-dir", data], 1);
    assert!(error.contains("Nobody") && error.contains("Administrators"), "{error}");
    let error = stderr(&["bom", "upload", "/no/such/file", "--project", "a", "--version", "1"], 1);
    assert!(error.contains("/no/such/file"), "{error}");
    let error =
        stderr(&["advisories", "import", "--source", "osv", "/no/such/folder", "--data-dir", data], 1);
    assert!(error.contains("/no/such/folder"), "{error}");
    let error = stderr(
        &["serve", "--database-url", "mysql://u:p4ss@h/d", "--data-dir", data, "--listen", "127.0.0.1:0"],
        1,
    );
    assert!(error.contains("postgres://") && !error.contains("p4ss"), "{error}");
}

#[test]
fn the_file_the_variable_and_the_flag_each_beat_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twintrack.toml");
    std::fs::write(
        &file,
        "listen = \"127.0.0.1:1111\"\nroles = [\"analyzer\"]\ndatabase-url = \"postgres://me:p4ss@db/x\"\n",
    )
    .unwrap();
    let show = |variable: Option<&str>, flags: &[&str]| -> Value {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_twintrack"));
        command.args(["config", "show", "--json", "--config", file.to_str().unwrap()]).args(flags);
        if let Some(listen) = variable {
            command.env("TWINTRACK_LISTEN", listen);
        }
        serde_json::from_str(&stdout(&command.output().unwrap())).unwrap()
    };
    let shown = show(None, &[]);
    assert_eq!((&shown["listen"], &shown["roles"][0]), (&"127.0.0.1:1111".into(), &"analyzer".into()));
    assert!(!shown.to_string().contains("p4ss"), "{shown}");
    assert_eq!(show(Some("127.0.0.1:2222"), &[])["listen"], "127.0.0.1:2222");
    assert_eq!(show(Some("127.0.0.1:2222"), &["--listen", "127.0.0.1:3333"])["listen"], "127.0.0.1:3333");
    std::fs::write(&file, "lisen = \"127.0.0.1:1111\"\n").unwrap();
    let error = stderr(&["config", "show", "--config", file.to_str().unwrap()], 1);
    assert!(error.contains("lisen") && error.contains("twintrack.toml"), "{error}");
}

#[test]
fn the_table_of_operations_is_the_one_in_the_book() {
    let page = include_str!("../../../docs/src/operations.md");
    assert!(
        page.trim() == stdout(&twintrack(&["operations"])),
        "docs/src/operations.md is old (`make gen` writes it)"
    );
}

#[test]
fn the_reference_page_of_the_configuration_is_the_one_in_the_book() {
    let page = include_str!("../../../docs/src/configuration.md");
    for line in stdout(&twintrack(&["config", "reference"])).lines() {
        assert!(
            page.contains(line),
            "docs/src/configuration.md lacks the line\n{line}\n(`make gen` writes it)"
        );
    }
}

#[tokio::test]
async fn keys_are_made_while_a_server_runs_and_work_at_once() {
    let mut server = Server::start().await;
    let key = server.admin_key();
    assert_eq!((key.lines().count(), key.len(), &key[..4]), (1, 45, "odt_"));
    assert_eq!(server.rest("GET", "/api/v1/project", &key, None).await.0, 200);
    let company = stdout(&server.on_data(&["api-key", "create", "--company", "Default"]));
    assert!(company.starts_with("ttk_") && company.lines().count() == 1, "{company}");
    let viewer = reqwest::Client::new()
        .post(server.url("/graphql"))
        .header("x-api-key", &company)
        .json(&serde_json::json!({ "query": "{ viewer { companies { company { label } role } } }" }))
        .send()
        .await
        .unwrap();
    let viewer: Value = viewer.json().await.unwrap();
    assert_eq!(viewer["data"]["viewer"]["companies"][0]["company"]["label"], "Default", "{viewer}");
    // A second server on the same port or data is told what is wrong.
    let error = stderr(&["serve", "--listen", &format!("127.0.0.1:{}", server.port)], 1);
    assert!(error.contains("--listen"), "{error}");
    assert!(server.interrupt().success(), "Ctrl-C ends the server cleanly");
}
