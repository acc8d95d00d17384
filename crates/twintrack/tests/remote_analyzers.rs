//! Analyzers elsewhere: asked once for each package version, believed until their answer expires.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common::{Server, advisory, bom};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-nobody-should-see";
const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

/// A server of this test: what it was asked, and an address.
struct There {
    url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl There {
    async fn start(reply: impl Fn(&str, &Value) -> Response + Send + Sync + 'static) -> There {
        let asked: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let (seen, reply) = (asked.clone(), Arc::new(reply));
        let app = axum::Router::new().fallback(move |request: Request| {
            let (seen, reply) = (seen.clone(), reply.clone());
            async move {
                let path = request.uri().path().to_owned();
                let bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
                let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let answer = reply(&path, &body);
                seen.lock().unwrap().push((path, body));
                answer
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        There { url, asked }
    }

    /// How often a package was asked about, in this path or body.
    fn times(&self, text: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(path, body)| path.contains(text) || body.to_string().contains(text)).count()
    }
}

/// OSS Index: what it has to say of each package as long as `knows`.
async fn oss_index(knows: Arc<Mutex<bool>>) -> There {
    There::start(move |path, body| {
        assert_eq!(path, "/api/v3/component-report");
        let knows = *knows.lock().unwrap();
        let reports = body["coordinates"].as_array().unwrap().iter().map(|coordinates| {
            let flaw = |id: &str| {
                json!({ "id": id, "title": format!("{id} there"), "cvssVector": VECTOR, "cwe": "CWE-79",
                    "reference": format!("https://ossindex.example/{id}") })
            };
            let list = match coordinates.as_str().unwrap() {
                text if knows && text.contains("left") => {
                    vec![flaw("CVE-2026-0001"), flaw("sonatype-2026-7")]
                }
                _ => vec![],
            };
            json!({ "coordinates": coordinates, "vulnerabilities": list })
        });
        axum::Json(Value::Array(reports.collect())).into_response()
    })
    .await
}

async fn set(server: &Server, key: &str, name: &str, value: &str) {
    let property = json!({ "groupName": "scanner", "propertyName": name, "propertyValue": value });
    let (status, answer) = server.rest("POST", "/api/v1/configProperty", key, Some(property)).await;
    assert_eq!(status, 200, "{name}: {answer}");
    assert!(!answer.to_string().contains(TOKEN), "{answer}");
}

async fn project(server: &Server, key: &str, name: &str, bom: &Value) -> String {
    let token = server.upload(key, name, bom).await;
    server.processed(key, &token).await;
    let lookup = format!("/api/v1/project/lookup?name={name}&version=1");
    server.rest("GET", &lookup, key, None).await.1["uuid"].as_str().unwrap().to_owned()
}

async fn findings(server: &Server, key: &str, project: &str) -> Vec<Value> {
    let path = format!("/api/v1/finding/project/{project}");
    server.rest("GET", &path, key, None).await.1.as_array().unwrap().clone()
}

async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    for _ in 0..1_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn oss_index_is_asked_once_and_believed_until_its_answer_expires() {
    let knows = Arc::new(Mutex::new(true));
    let there = oss_index(knows.clone()).await;
    let server = Server::start().await;
    let key = server.admin_key();
    // Our own advisory of one of the two.
    server.import(&[advisory("CVE-2026-0001", "left")]);
    set(&server, &key, "ossindex.base.url", &there.url).await;
    set(&server, &key, "ossindex.api.username", "ann").await;
    set(&server, &key, "ossindex.api.token", TOKEN).await;
    let shop = project(&server, &key, "shop", &bom(&["left", "right"])).await;
    until("both findings", || async { findings(&server, &key, &shop).await.len() == 2 }).await;
    let found = findings(&server, &key, &shop).await;
    let of = |id: &str| found.iter().find(|f| f["vulnerability"]["vulnId"] == id).unwrap();
    let (ours, theirs) = (of("CVE-2026-0001"), of("sonatype-2026-7"));
    until("both analyzers", || async {
        let found = findings(&server, &key, &shop).await;
        found
            .iter()
            .any(|f| f["attribution"]["analyzers"] == json!(["INTERNAL_ANALYZER", "OSSINDEX_ANALYZER"]))
    })
    .await;
    assert_eq!(
        (&ours["vulnerability"]["source"], &ours["attribution"]["analyzerIdentity"]),
        (&json!("NVD"), &json!("INTERNAL_ANALYZER"))
    );
    assert_eq!(
        (
            &theirs["vulnerability"]["source"],
            &theirs["vulnerability"]["severity"],
            &theirs["vulnerability"]["cweId"]
        ),
        (&json!("OSSINDEX"), &json!("CRITICAL"), &json!(79))
    );
    let attribution = &theirs["attribution"];
    assert_eq!(
        (&attribution["analyzerIdentity"], &attribution["alternateIdentifier"], &attribution["referenceUrl"]),
        (
            &json!("OSSINDEX_ANALYZER"),
            &json!("sonatype-2026-7"),
            &json!("https://ossindex.example/sonatype-2026-7")
        )
    );
    let metrics = format!("/api/v1/metrics/project/{shop}/current");
    until("the count", || async { server.rest("GET", &metrics, &key, None).await.1["vulnerabilities"] == 2 })
        .await;
    let why = format!(
        "/api/v1/vulnerability/{}/component/{}",
        ours["vulnerability"]["uuid"].as_str().unwrap(),
        ours["component"]["uuid"].as_str().unwrap()
    );
    let (_, why) = server.rest("GET", &why, &key, None).await;
    assert_eq!(
        (&why[0]["origin"], &why[1]["analyzerIdentity"]),
        (&json!("osv"), &json!("OSSINDEX_ANALYZER")),
        "{why}"
    );

    // Another project uses the same version; with a CPE name it is a package version of its own.
    let blog = project(&server, &key, "blog", &bom(&["left"])).await;
    assert_eq!(findings(&server, &key, &blog).await.len(), 2);
    let mut named = bom(&["left", "fresh"]);
    named["components"][0]["cpe"] = json!("cpe:2.3:a:acme:left:1.0.0:*:*:*:*:*:*:*");
    let wiki = project(&server, &key, "wiki", &named).await;
    until("the version with a CPE name", || async { findings(&server, &key, &wiki).await.len() == 2 }).await;
    assert_eq!((there.times("left"), there.times("right"), there.times("fresh")), (2, 1, 1));

    // It no longer says so, and is asked again when its answer is too old.
    *knows.lock().unwrap() = false;
    set(&server, &key, "analysis.cache.validity.period", "1").await;
    until("what only OSS Index said is gone", || async {
        let of = |found: Vec<Value>| found.iter().map(|f| f["attribution"].clone()).collect::<Vec<_>>();
        let (shop, wiki) =
            (of(findings(&server, &key, &shop).await), of(findings(&server, &key, &wiki).await));
        [shop, wiki].iter().all(|list| list.len() == 1 && list[0].get("analyzers").is_none())
    })
    .await;
    until("the count", || async { server.rest("GET", &metrics, &key, None).await.1["vulnerabilities"] == 1 })
        .await;
}

#[tokio::test]
async fn an_analyzer_that_refuses_is_told_of_without_the_token() {
    let there = There::start(|_, _| {
        (StatusCode::UNAUTHORIZED, format!("the token {TOKEN} is unknown")).into_response()
    })
    .await;
    let hook = There::start(|_, _| StatusCode::OK.into_response()).await;
    let server = Server::start().await;
    let key = server.admin_key();
    let (_, publishers) = server.rest("GET", "/api/v1/notification/publisher", &key, None).await;
    let webhook = publishers.as_array().unwrap().iter().find(|p| p["name"] == "Outbound Webhook").unwrap();
    let rule = json!({ "name": "analyzers", "scope": "SYSTEM", "notificationLevel": "ERROR", "publisher": { "uuid": webhook["uuid"] } });
    let (status, mut rule) = server.rest("PUT", "/api/v1/notification/rule", &key, Some(rule)).await;
    assert_eq!(status, 201, "{rule}");
    rule["notifyOn"] = json!(["ANALYZER"]);
    rule["publisherConfig"] = json!(json!({ "destination": hook.url }).to_string());
    assert_eq!(server.rest("POST", "/api/v1/notification/rule", &key, Some(rule)).await.0, 200);

    set(&server, &key, "ossindex.base.url", &there.url).await;
    set(&server, &key, "ossindex.api.username", "ann").await;
    set(&server, &key, "ossindex.api.token", TOKEN).await;
    let shop = project(&server, &key, "shop", &bom(&["left"])).await;
    until("told of", || async { hook.times("ANALYZER") > 0 }).await;
    let told = hook.asked.lock().unwrap()[0].1["notification"].clone();
    assert_eq!(
        (&told["scope"], &told["level"], &told["title"]),
        (&json!("SYSTEM"), &json!("ERROR"), &json!("Analyzer Error"))
    );
    let content = told["content"].as_str().unwrap();
    assert!(content.contains("scanner/ossindex.api.token") && content.contains("401"), "{content}");
    assert!(!hook.asked.lock().unwrap().iter().any(|(_, body)| body.to_string().contains(TOKEN)));
    let (_, properties) = server.rest("GET", "/api/v1/configProperty", &key, None).await;
    assert!(!properties.to_string().contains(TOKEN));
    assert!(findings(&server, &key, &shop).await.is_empty());
}

#[tokio::test]
async fn snyk_and_trivy_are_asked_too() {
    let snyk = There::start(|path, _| {
        let issue = json!({ "id": "SNYK-JS-LEFT-1", "type": "issue", "attributes": {
            "key": "SNYK-JS-LEFT-1", "title": "Flaw", "type": "package_vulnerability", "description": "d",
            "problems": [{ "id": "CVE-2026-0001", "source": "CVE" }],
            "coordinates": [{ "representations": [{ "resource_path": "<2.0.0" }],
                "remedies": [{ "type": "indeterminate", "description": "Upgrade", "details": { "upgrade_package": "2.0.0" } }] }],
            "severities": [{ "source": "NVD", "level": "critical", "score": 9.8, "vector": VECTOR }] } });
        let data = if path.contains("left") { vec![issue] } else { vec![] };
        axum::Json(json!({ "data": data, "links": {} })).into_response()
    })
    .await;
    let trivy = There::start(|path, body| {
        if !path.ends_with("/Scan") {
            return axum::Json(json!({})).into_response();
        }
        let _ = body;
        axum::Json(json!({ "os": null, "results": [] })).into_response()
    })
    .await;
    let server = Server::start().await;
    let key = server.admin_key();
    for (name, value) in [
        ("snyk.base.url", snyk.url.as_str()),
        ("snyk.org.id", "org-1"),
        ("snyk.api.token", TOKEN),
        ("snyk.enabled", "true"),
        ("trivy.base.url", trivy.url.as_str()),
        ("trivy.api.token", TOKEN),
        ("trivy.enabled", "true"),
    ] {
        set(&server, &key, name, value).await;
    }
    let shop = project(&server, &key, "shop", &bom(&["left"])).await;
    until("Snyk's finding", || async { !findings(&server, &key, &shop).await.is_empty() }).await;
    let found = findings(&server, &key, &shop).await;
    assert_eq!(
        (
            &found[0]["vulnerability"]["vulnId"],
            &found[0]["attribution"]["analyzerIdentity"],
            &found[0]["attribution"]["fixedVersion"]
        ),
        (&json!("SNYK-JS-LEFT-1"), &json!("SNYK_ANALYZER"), &json!("2.0.0"))
    );
    assert_eq!(found[0]["vulnerability"]["aliases"][0]["cveId"], "CVE-2026-0001");
    until("Trivy was asked", || async { trivy.times("/Scan") == 1 }).await;
}
