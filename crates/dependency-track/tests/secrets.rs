//! The key never shows: not in `Debug`, not in errors (even when the server echoes it), not in logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod server;

use std::io::Write;
use std::sync::{Arc, Mutex};

use dependency_track::{Secret, WebhookRule};
use server::{KEY, Server, json};
use uuid::Uuid;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_key_shows_nowhere() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let server = Server::start(|seen, _| {
        let key = seen.headers["x-api-key"].to_str().unwrap();
        match seen.path.rsplit('/').next().unwrap() {
            "lookup" => json(400, format!("you sent {key}")),
            "self" => json(503, format!("you sent {key}")),
            _ => json(302, "").with("location", format!("https://elsewhere.example/?k={key}")),
        }
    })
    .await;
    let client = server.client();
    let mut shown = format!("{client:?} {:?}", server.builder());
    for error in [
        client.project_lookup("a", None).await.unwrap_err(),
        client.check().await.unwrap_err(),
        client.project(Uuid::nil()).await.unwrap_err(),
    ] {
        shown.push_str(&format!("{error} {error:?} {}", error.hint()));
    }
    let rule = WebhookRule {
        name: "r".into(),
        destination: "https://hook.example/in?token=hooksecret".parse().unwrap(),
        token: Some(Secret::new("hooksecret")),
        token_header: None,
        groups: vec![],
    };
    shown.push_str(&format!("{rule:?} {:?} {}", Secret::new(KEY), Secret::new(KEY)));
    shown.push_str(&String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(shown.contains("Dependency-Track answered"), "the log was captured");
    assert!(shown.contains("you sent ***"), "the echo was seen and blotted out");
    assert!(!shown.contains(KEY) && !shown.contains("hooksecret"), "{shown}");
}
