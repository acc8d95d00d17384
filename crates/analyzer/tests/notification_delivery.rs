//! Deliveries: order, retries, failures that are kept, and every publisher's receiver.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use common::notification::{Receiver, World};
use common::until;
use serde_json::{Value, json};
use storage::{Sql, params};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

const CREATED: &[&str] = &["PROJECT_CREATED"];

fn uuid(rule: &Value) -> &str {
    rule["uuid"].as_str().unwrap()
}

fn contents(told: &[Value]) -> Vec<&str> {
    told.iter().map(|one| one["content"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_comes_again_in_order_and_a_dead_receiver_delays_nobody() {
    let world = World::start().await;
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    let failures = AtomicUsize::new(0);
    bad.answers(move |_| match failures.fetch_add(1, Ordering::SeqCst) {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => StatusCode::OK.into_response(),
    });
    world
        .rule("Outbound Webhook", "PORTFOLIO", CREATED, json!({ "destination": "http://127.0.0.1:9/dead" }))
        .await;
    world.rule("Outbound Webhook", "PORTFOLIO", CREATED, json!({ "destination": bad.url })).await;
    let rule = world.rule("Outbound Webhook", "PORTFOLIO", CREATED, json!({ "destination": good.url })).await;
    for name in ["one", "two", "three"] {
        world.project(json!({ "name": name })).await;
    }
    let wanted = ["one was created", "two was created", "three was created"];
    assert_eq!(contents(&good.told(3).await), wanted);
    assert_eq!(
        contents(&bad.told(4).await),
        ["one was created", "one was created", "two was created", "three was created"]
    );
    let (_, waiting) = world.call("GET", "/notification/delivery?state=PENDING", None).await;
    assert_eq!(waiting.as_array().unwrap().len(), 3, "those of the dead one wait: {waiting}");
    assert!(waiting[0]["error"].as_str().unwrap().contains("error sending request"), "{waiting}");
    let path = format!("/notification/delivery?state=PENDING&ruleUuid={}", uuid(&rule));
    assert_eq!(world.call("GET", &path, None).await.1, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_kept_and_can_be_sent_again() {
    let world = World::start().await;
    let hook = Receiver::start().await;
    hook.answers(|_| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response());
    let config = json!({ "destination": hook.url, "token": "very-secret" });
    let mut rule = world.rule("Outbound Webhook", "PORTFOLIO", CREATED, config).await;
    world.project(json!({ "name": "one" })).await;
    hook.wait(1).await;
    // It is old by now: the next attempt is the last one.
    let text = "UPDATE job SET payload = replace(payload, '\"at\":', '\"at\":1,\"was\":') WHERE kind = 'notification.deliver'";
    world.execute(text, params![]).await;
    let list = format!("/notification/delivery?state=FAILED&ruleUuid={}", uuid(&rule));
    until(async || world.call("GET", &list, None).await.1 != json!([])).await;
    let (_, failed) = world.call("GET", &list, None).await;
    let failed = &failed[0];
    assert_eq!((&failed["state"], &failed["group"]), (&json!("FAILED"), &json!("PROJECT_CREATED")));
    assert_eq!(
        (&failed["rule"]["name"], &failed["publisher"]["name"]),
        (&rule["name"], &json!("Outbound Webhook"))
    );
    assert_eq!(
        (&failed["status"], &failed["error"]),
        (&json!(429), &json!("the receiver answered 429 Too Many Requests"))
    );
    assert!(failed["attempts"].as_i64().unwrap() >= 2 && failed["endedAt"].as_i64().unwrap() > 0, "{failed}");
    assert!(!failed.to_string().contains("very-secret"));

    hook.status(200);
    rule["logSuccessfulPublish"] = json!(true);
    world.update(rule.clone()).await;
    let retry = format!("/notification/delivery/{}/retry", failed["uuid"].as_str().unwrap());
    assert_eq!(world.call("POST", &retry, None).await.0, 204);
    assert_eq!(world.call("POST", &retry, None).await, (404, json!("The delivery could not be found.")));
    let list = "/notification/delivery?state=SUCCEEDED";
    until(async || world.call("GET", list, None).await.1 != json!([])).await;
    let (_, done) = world.call("GET", list, None).await;
    assert_eq!((&done[0]["status"], &done[0]["title"]), (&json!(200), &json!("Project Added")));
    let path = format!("/notification/delivery/{}", done[0]["uuid"].as_str().unwrap());
    assert_eq!(world.call("DELETE", &path, None).await.0, 204);
    assert_eq!(world.call("DELETE", &path, None).await.0, 404);
    assert_eq!(world.call("GET", "/notification/delivery?state=odd", None).await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_not_taken_elsewhere() {
    let world = World::start().await;
    let (hook, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let url = elsewhere.url.clone();
    hook.answers(move |_| {
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url.clone())]).into_response()
    });
    world
        .rule("Outbound Webhook", "PORTFOLIO", CREATED, json!({ "destination": hook.url, "token": "t" }))
        .await;
    world.project(json!({ "name": "one" })).await;
    let got = hook.wait(2).await;
    assert_eq!(got[0].headers["x-api-key"], "t");
    assert!(elsewhere.got().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_worker_takes_over_what_one_left() {
    let world = World::idle().await;
    let hook = Receiver::start().await;
    world.rule("Outbound Webhook", "PORTFOLIO", CREATED, json!({ "destination": hook.url })).await;
    hook.answers(|_| {
        std::thread::sleep(Duration::from_millis(200));
        StatusCode::OK.into_response()
    });
    world.project(json!({ "name": "one" })).await;
    world.project(json!({ "name": "two" })).await;
    let first = world.work();
    hook.wait(1).await;
    first.abort();
    // What it held is free when it has been silent for long enough; its handler may still end.
    let text = "UPDATE job SET lease_until = 0, worker = 'gone' WHERE state = 'RUNNING'";
    world.execute(text, params![]).await;
    world.work();
    world.idle_again().await;
    let told = hook.told(2).await;
    let contents = contents(&told);
    assert_eq!(contents.first(), Some(&"one was created"));
    assert_eq!(contents.last(), Some(&"two was created"), "{contents:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_publisher_writes_what_its_receiver_reads() {
    let world = World::idle().await;
    world.set("general", "base.url", "https://dt.example/").await;
    let groups = [
        "NEW_VULNERABILITY",
        "NEW_VULNERABLE_DEPENDENCY",
        "PROJECT_AUDIT_CHANGE",
        "BOM_PROCESSING_FAILED",
        "POLICY_VIOLATION",
    ];
    for name in ["Slack", "Microsoft Teams", "Mattermost", "Cisco Webex"] {
        let hook = Receiver::start().await;
        let rule = world.rule(name, "PORTFOLIO", &groups, json!({ "destination": hook.url })).await;
        let path = format!("/notification/publisher/test/{}", uuid(&rule));
        assert_eq!(world.call("POST", &path, None).await, (200, Value::Null), "{name}");
        for (got, group) in hook.wait(groups.len()).await.iter().zip(groups) {
            let text = got.json().to_string();
            assert!(
                text.contains(group) && text.contains("projectName") && text.contains("componentName")
                    || group == "BOM_PROCESSING_FAILED",
                "{name}: {text}"
            );
            if group == "NEW_VULNERABILITY" {
                assert!(text.contains("INT-001") && text.to_lowercase().contains("medium"), "{name}: {text}");
            }
        }
        let body = hook.got()[0].json();
        let member = match name {
            "Slack" => &body["blocks"],
            "Microsoft Teams" => &body["sections"],
            "Mattermost" => &body["text"],
            _ => &body["markdown"],
        };
        assert!(!member.is_null(), "{name}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jira_opens_issues_for_a_user_or_a_token() {
    let world = World::idle().await;
    let jira = Receiver::start().await;
    jira.status(201);
    world.set("integrations", "jira.url", &format!("{}/", jira.url)).await;
    world.set("integrations", "jira.password", "pass").await;
    let rule = world
        .rule(
            "Jira",
            "PORTFOLIO",
            &["NEW_VULNERABILITY"],
            json!({ "destination": "SEC", "jiraTicketType": "Bug" }),
        )
        .await;
    let path = format!("/notification/publisher/test/{}", uuid(&rule));
    assert_eq!(world.call("POST", &path, None).await.0, 200);
    world.set("integrations", "jira.username", "bot").await;
    assert_eq!(world.call("POST", &path, None).await.0, 200);
    let got = jira.wait(2).await;
    assert_eq!(got[0].path, "/rest/api/2/issue");
    assert_eq!(got[0].headers["authorization"], "Bearer pass");
    assert_eq!(got[1].headers["authorization"], "Basic Ym90OnBhc3M=");
    let fields = &got[0].json()["fields"];
    assert_eq!((&fields["project"]["key"], &fields["issuetype"]["name"]), (&json!("SEC"), &json!("Bug")));
    assert_eq!(fields["summary"], "NEW_VULNERABILITY");
}

/// A mail server that takes one mail a connection; the commands and the mails.
async fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = mails.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 here\r\n").await.unwrap();
                let (mut mail, mut data) = (String::new(), false);
                while let Ok(Some(line)) = lines.next_line().await {
                    mail.push_str(&line);
                    mail.push('\n');
                    let answer: &[u8] = match (data, line.split([' ', ':']).next().unwrap()) {
                        (true, ".") => {
                            data = false;
                            kept.lock().unwrap().push(std::mem::take(&mut mail));
                            b"250 taken\r\n"
                        }
                        (true, _) => continue,
                        (_, "EHLO") => b"250-here\r\n250 AUTH PLAIN\r\n",
                        (_, "AUTH") => b"235 welcome\r\n",
                        (_, "DATA") => {
                            data = true;
                            b"354 go on\r\n"
                        }
                        (_, "QUIT") => b"221 bye\r\n",
                        _ => b"250 fine\r\n",
                    };
                    write.write_all(answer).await.unwrap();
                }
            });
        }
    });
    (port, mails)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_to_addresses_and_to_members_of_teams() {
    let world = World::idle().await;
    let (port, mails) = mail_server().await;
    let rule = world
        .rule(
            "Email",
            "PORTFOLIO",
            &["NEW_VULNERABILITY"],
            json!({ "destination": "sec@example.com, ops@example.com" }),
        )
        .await;
    let test = format!("/notification/publisher/test/{}", uuid(&rule));
    assert_eq!(world.call("POST", &test, None).await.0, 500, "mail is off");
    for (name, value) in [
        ("smtp.enabled", "true"),
        ("smtp.from.address", "dt@example.com"),
        ("smtp.server.hostname", "127.0.0.1"),
        ("smtp.server.port", &port.to_string()),
        ("smtp.username", "user"),
        ("smtp.password", "pass"),
    ] {
        world.set("email", name, value).await;
    }
    let (_, team) = world.call("PUT", "/team", Some(json!({ "name": "Watchers" }))).await;
    let user = json!({ "username": "ada", "fullname": "Ada", "email": "ada@example.com", "newPassword": "p-a-s-s", "confirmPassword": "p-a-s-s" });
    assert_eq!(world.call("PUT", "/user/managed", Some(user)).await.0, 201);
    assert_eq!(
        world.call("POST", "/user/ada/membership", Some(json!({ "uuid": team["uuid"] }))).await.0,
        200
    );
    let path = format!("/notification/rule/{}/team/{}", uuid(&rule), uuid(&team));
    let (status, with_team) = world.call("POST", &path, None).await;
    assert_eq!((status, &with_team["teams"]), (200, &json!([{ "uuid": team["uuid"], "name": "Watchers" }])));
    assert_eq!(world.call("POST", &path, None).await.0, 304);
    assert_eq!(world.call("POST", &test, None).await, (200, Value::Null));
    let mail = mails.lock().unwrap().pop().unwrap();
    for wanted in [
        "MAIL FROM:<dt@example.com>",
        "RCPT TO:<sec@example.com>",
        "RCPT TO:<ops@example.com>",
        "RCPT TO:<ada@example.com>",
        "Subject: [Dependency-Track] NEW_VULNERABILITY",
        "Vulnerability: INT-001",
        "AUTH PLAIN",
    ] {
        assert!(mail.contains(wanted), "{wanted} in {mail}");
    }
    assert_eq!(world.call("DELETE", &path, None).await.0, 200);
    let form = Request::post("/api/v1/notification/publisher/test/smtp").header("x-api-key", &world.key);
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let form = form.body("destination=me%40example.com".into()).unwrap();
    assert_eq!(world.send(form).await.0, 200);
    assert!(mails.lock().unwrap().pop().unwrap().contains("RCPT TO:<me@example.com>"));
    let text = "SELECT count(*) FROM notification_delivery";
    assert_eq!(world.test.db.count(text, params![]).await.unwrap(), 0);
}
