//! Every failure: its code, whether it is tried again, and what it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod server;

use std::time::{Duration, Instant};

use dependency_track::{
    AnalysisRequest, AnalysisState, ApiUrl, BomTarget, BomUpload, Client, Error, Pace, Permission, Retry,
};
use serde_json::json;
use server::{KEY, Server, bare, builder, json};
use uuid::{Uuid, uuid};

const PROJECT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
const COMPONENT: Uuid = uuid!("22222222-2222-4222-8222-222222222222");
const VULNERABILITY: Uuid = uuid!("33333333-3333-4333-8333-333333333333");

fn project() -> String {
    json!({"uuid": PROJECT, "name": "shop", "version": "1.0"}).to_string()
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized_and_not_tried_again() {
    let server = Server::start(|_, _| bare(401)).await;
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert_eq!(error.code(), "DT_UNAUTHORIZED");
    assert!(!error.is_retryable());
    assert!(error.hint().contains("API key"));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].headers["x-api-key"], KEY);
}

#[tokio::test]
async fn forbidden_names_the_permission_of_the_call() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/api/v1/analysis" => bare(403),
        _ => json(403, "Access to the specified project is forbidden"),
    })
    .await;
    let client = server.client();
    let request = AnalysisRequest::keeping(PROJECT, COMPONENT, VULNERABILITY, None);
    let error = client.put_analysis(&request).await.unwrap_err();
    assert!(
        matches!(error, Error::Forbidden { permission: Permission::VulnerabilityAnalysis, .. }),
        "{error:?}"
    );
    assert_eq!(error.code(), "DT_FORBIDDEN");
    assert!(error.hint().contains("VULNERABILITY_ANALYSIS"));
    let error = client.findings(PROJECT, |_, _| {}).await.unwrap_err();
    assert!(error.to_string().contains("VIEW_VULNERABILITY"), "{error}");
    assert!(error.to_string().contains("Access to the specified project is forbidden"), "{error}");
    assert!(error.hint().contains("portfolio access control"), "{}", error.hint());
}

#[tokio::test]
async fn an_upload_that_may_not_create_is_forbidden_although_the_status_is_401() {
    let server =
        Server::start(|_, _| json(401, "The principal does not have permission to create project.")).await;
    let target = BomTarget::Named {
        name: "n".into(),
        version: None,
        auto_create: true,
        parent: None,
        is_latest: false,
    };
    let upload = BomUpload { target, document: b"{}".to_vec(), tags: vec![] };
    let error = server.client().bom_upload(upload).await.unwrap_err();
    assert!(
        matches!(error, Error::Forbidden { permission: Permission::ProjectCreationUpload, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_missing_project_is_gone_and_a_missing_component_is_not_found() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/api/v1/analysis" => json(404, "The component could not be found."),
        p if p.starts_with("/api/v1/component") => {
            json(404, json!({"status": 404, "title": "Resource does not exist", "detail": "Project could not be found"}))
        }
        _ => json(404, "The project could not be found."),
    })
    .await;
    let client = server.client();
    for error in [
        client.project(PROJECT).await.unwrap_err(),
        client.findings(PROJECT, |_, _| {}).await.unwrap_err(),
        client.component_count(PROJECT).await.unwrap_err(),
    ] {
        assert_eq!(error, Error::ProjectGone { project: PROJECT.to_string() });
        assert_eq!(error.code(), "DT_PROJECT_GONE");
    }
    let error = client.analysis(PROJECT, COMPONENT, VULNERABILITY).await.unwrap_err();
    assert_eq!(error.code(), "DT_NOT_FOUND");
    assert_eq!(client.project_lookup("shop", Some("1")).await.unwrap(), None);
    assert_eq!(client.project_latest("shop").await.unwrap(), None);
}

#[tokio::test]
async fn the_user_interface_is_recognised() {
    let server = Server::start(|_, _| server::Say {
        status: 200,
        headers: vec![("content-type", "text/html".into())],
        body: "<!DOCTYPE html><title>Dependency-Track</title>".into(),
    })
    .await;
    let error = server.client().check().await.unwrap_err();
    assert_eq!(error.code(), "DT_NOT_DEPENDENCY_TRACK");
    assert!(error.to_string().contains("web page"), "{error}");
    assert!(error.hint().contains("user interface") && error.hint().contains("8081"), "{}", error.hint());
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert_eq!(error.code(), "DT_BAD_RESPONSE", "a page where JSON belongs");
}

#[tokio::test]
async fn other_servers_are_recognised() {
    for say in
        [json(200, json!({"application": "Other", "version": "4.0"})), json(200, "[]"), bare(404), bare(405)]
    {
        let server = Server::start(move |_, _| say.clone()).await;
        let error = server.client().version().await.unwrap_err();
        assert_eq!(error.code(), "DT_NOT_DEPENDENCY_TRACK", "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_key_stays() {
    let thief = Server::start(|_, _| json(200, project())).await;
    let to = format!("{}/api/v1/project", thief.url);
    let server = Server::start(move |_, _| bare(302).with("location", &to)).await;
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert_eq!(error.code(), "DT_NOT_DEPENDENCY_TRACK");
    assert!(error.to_string().contains(&thief.url), "says where it pointed: {error}");
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn nothing_listening_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = builder(&url).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), "DT_UNREACHABLE");
    assert!(error.is_retryable());
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn silence_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = builder(&url).timeout(Duration::from_millis(100)).retry(Retry::none()).build().unwrap();
    let error = client.version().await.unwrap_err();
    assert_eq!(error.code(), "DT_UNREACHABLE");
    assert!(error.to_string().contains("in time"), "{error}");
    drop(listener);
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        let server = Server::start(move |_, n| if n < 2 { bare(status) } else { json(200, project()) }).await;
        let found = server.client().project(PROJECT).await.unwrap();
        assert_eq!(found.name, "shop");
        assert_eq!(server.seen().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn attempts_are_bounded() {
    for (status, code) in [(429, "DT_RATE_LIMITED"), (503, "DT_SERVER_ERROR")] {
        let server = Server::start(move |_, _| json(status, "busy")).await;
        let error = server.client().project(PROJECT).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.is_retryable());
        assert_eq!(server.seen().len(), 3);
    }
    let server = Server::start(|_, _| json(501, "no")).await;
    assert_eq!(server.client().project(PROJECT).await.unwrap_err().code(), "DT_SERVER_ERROR");
    assert_eq!(server.seen().len(), 1, "501 does not pass");
}

#[tokio::test]
async fn retry_after_is_honoured_or_handed_on() {
    let server =
        Server::start(|_, n| if n == 0 { bare(429).with("retry-after", 1) } else { json(200, project()) })
            .await;
    let started = Instant::now();
    server.client().project(PROJECT).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(1000), "{:?}", started.elapsed());

    let server = Server::start(|_, _| bare(429).with("retry-after", 90)).await;
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(server.seen().len(), 1, "longer than the cap: the caller decides");
    assert!(error.hint().contains("90 s"));

    let server = Server::start(|_, _| bare(503).with("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")).await;
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert!(error.retry_after().unwrap() > Duration::from_secs(86_400));
}

#[tokio::test]
async fn what_must_not_happen_twice_is_not_repeated() {
    let server = Server::start(|_, _| bare(503)).await;
    let client = server.client();
    let mut request = AnalysisRequest::keeping(PROJECT, COMPONENT, VULNERABILITY, None);
    request.comment = Some("seen".into());
    client.put_analysis(&request).await.unwrap_err();
    assert_eq!(server.seen().len(), 1, "its comment might be there already");
    request.comment = None;
    client.put_analysis(&request).await.unwrap_err();
    assert_eq!(server.seen().len(), 4);
    let upload = BomUpload { target: BomTarget::Project(PROJECT), document: vec![1], tags: vec![] };
    client.bom_upload(upload.clone()).await.unwrap_err();
    assert_eq!(server.seen().len(), 5);

    let server = Server::start(|_, n| if n == 0 { bare(429) } else { json(200, r#"{"token":"t"}"#) }).await;
    assert_eq!(server.client().bom_upload(upload).await.unwrap().token, "t", "429: it was not looked at");
}

#[tokio::test]
async fn refused_requests_carry_the_servers_words() {
    let server = Server::start(|seen, _| match seen.method.as_str() {
        "POST" => json(
            400,
            json!({"status": 400, "title": "The uploaded BOM is invalid", "detail": "Schema validation failed",
                   "errors": ["$.components[0]: required property 'name' not found"]}),
        ),
        _ => json(400, json!([{"message": "Invalid UUID", "path": "getProject.arg0", "invalidValue": "x"}])),
    })
    .await;
    let upload = BomUpload { target: BomTarget::Project(PROJECT), document: vec![1], tags: vec![] };
    let Error::Rejected { status, message, details, .. } =
        server.client().bom_upload(upload).await.unwrap_err()
    else {
        panic!("another error")
    };
    assert_eq!((status, details.len()), (400, 1));
    assert!(message.contains("Schema validation failed") && details[0].contains("'name'"));
    let error = server.client().project(PROJECT).await.unwrap_err();
    assert_eq!(error.code(), "DT_REJECTED");
    assert!(error.to_string().contains("getProject.arg0: Invalid UUID"), "{error}");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_bad_responses() {
    for say in [json(200, "{"), json(200, "{}"), json(200, "[1]"), bare(200), bare(204)] {
        let server = Server::start(move |_, _| say.clone()).await;
        let error = server.client().project(PROJECT).await.unwrap_err();
        assert_eq!(error.code(), "DT_BAD_RESPONSE", "{error}");
        assert!(!error.is_retryable());
    }
    let server = Server::start(|_, _| json(200, "[]")).await;
    let error = server.client().findings(PROJECT, |_, _| {}).await.unwrap_err();
    assert!(
        error.to_string().contains("X-Total-Count"),
        "an empty list without count is not believed: {error}"
    );
    let server = Server::start(|_, _| json(200, format!("[{}]", " ".repeat(5000)))).await;
    let error = server.builder().max_body(1000).build().unwrap().project(PROJECT).await.unwrap_err();
    assert!(error.to_string().contains("larger"), "{error}");
}

#[tokio::test]
async fn requests_are_paced_over_all_clients_that_share_a_pace() {
    let server = Server::start(|_, _| json(200, project())).await;
    let pace = Pace::per_second(50);
    let clients: Vec<Client> = (0..2).map(|_| server.builder().pace(pace.clone()).build().unwrap()).collect();
    let started = Instant::now();
    let calls: Vec<_> = (0..6)
        .map(|n| {
            let client = clients[n % 2].clone();
            tokio::spawn(async move { client.project(PROJECT).await.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert!(
        started.elapsed() >= Duration::from_millis(100),
        "6 requests, 5 gaps of 20 ms: {:?}",
        started.elapsed()
    );
}

#[test]
fn addresses_are_read_in_every_pasted_form() {
    for (text, base) in [
        ("https://dt.example.com", "https://dt.example.com"),
        ("https://dt.example.com/", "https://dt.example.com"),
        ("http://dt.example.com:8081/api", "http://dt.example.com:8081"),
        ("http://dt.example.com:8081/api/", "http://dt.example.com:8081"),
        ("https://dt.example.com/api/v1", "https://dt.example.com"),
        ("https://dt.example.com/api/v1/", "https://dt.example.com"),
        ("https://dt.example.com/api/version", "https://dt.example.com"),
        ("https://DT.example.com:443/tools/dt/api/v1/", "https://dt.example.com/tools/dt"),
        ("  https://dt.example.com/tools//dt  ", "https://dt.example.com/tools/dt"),
        ("http://[::1]:8080/api", "http://[::1]:8080"),
        ("https://dt.example.com/myapi", "https://dt.example.com/myapi"),
    ] {
        assert_eq!(ApiUrl::parse(text).unwrap().to_string(), base, "{text}");
    }
    assert_eq!(
        ApiUrl::parse("https://a.example/api").unwrap(),
        ApiUrl::parse("https://A.example:443/api/v1/").unwrap()
    );
}

#[test]
fn bad_addresses_say_what_to_write_and_hide_passwords() {
    for (text, hint) in [
        ("", "https://"),
        ("dt.example.com:8080/api", "https://dt.example.com:8080"),
        ("localhost", "https://localhost"),
        ("ftp://dt.example.com", "http"),
        ("https://", "https://"),
        ("https://u:hunter2@dt.example.com", "API key"),
        ("u:hunter2@dt.example.com", "https://"),
        ("https://dt.example.com/api?key=hunter2", "?"),
        ("https://dt.example.com/#/projects", "#"),
    ] {
        let error = ApiUrl::parse(text).unwrap_err();
        assert_eq!(error.code(), "DT_BAD_ADDRESS", "{text}");
        assert!(error.hint().contains(hint), "{text}: {}", error.hint());
        assert!(!format!("{error} {error:?} {}", error.hint()).contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn the_prefix_of_a_proxy_is_kept() {
    let server = Server::start(|_, _| json(200, project())).await;
    let client = builder(&format!("{}/tools/dt/api/v1/", server.url)).build().unwrap();
    client.project(PROJECT).await.unwrap();
    assert_eq!(server.seen()[0].path, format!("/tools/dt/api/v1/project/{PROJECT}"));
}

#[test]
fn a_key_that_cannot_be_sent_is_refused_at_once() {
    let url = ApiUrl::parse("https://dt.example.com").unwrap();
    let error = Client::builder(url).api_key("odt_a\nb").build().unwrap_err();
    assert_eq!(error.code(), "DT_BAD_SETUP");
    assert!(!format!("{error:?}").contains("odt_a"));
}

#[tokio::test]
async fn unknown_words_survive() {
    let server =
        Server::start(|_, _| json(200, json!({"analysisState": "IN_LIMBO", "isSuppressed": "true"}))).await;
    let analysis = server.client().analysis(PROJECT, COMPONENT, VULNERABILITY).await.unwrap().unwrap();
    assert_eq!(analysis.state, AnalysisState::Other("IN_LIMBO".into()));
    assert!(analysis.suppressed);
}
