//! Each analyzer against a small server that speaks its protocol.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use advisories::Severity;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::http::{Limits, Secret};
use super::oss_index::{self, OssIndex};
use super::snyk::{self, Snyk};
use super::trivy::{self, Trivy};
use super::{Analyzer, Answer, Error, Report, Target};
use crate::retry::Retry;

/// A request as it came.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    headers: HeaderMap,
    body: Value,
}

type Reply = Arc<dyn Fn(usize, &Call) -> Response + Send + Sync>;

/// A server on a port of its own that remembers what it was asked.
struct Server {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    /// `reply` is told how many requests came before, and the request.
    async fn start(reply: impl Fn(usize, &Call) -> Response + Send + Sync + 'static) -> Server {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let reply: Reply = Arc::new(reply);
        let state = (calls.clone(), reply);
        let app = axum::Router::new().fallback(handle).with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Server { url, calls }
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

type Seen = (Arc<Mutex<Vec<Call>>>, Reply);

async fn handle(State((calls, reply)): State<Seen>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes: Bytes = axum::body::to_bytes(body, 10 << 20).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let call = Call { path, headers: parts.headers, body };
    let before = {
        let mut calls = calls.lock().unwrap();
        calls.push(call.clone());
        calls.len() - 1
    };
    let response = reply(before, &call);
    if response.headers().contains_key("x-slow") {
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    response
}

fn json(value: Value) -> Response {
    axum::Json(value).into_response()
}

/// Success, and then silence.
fn slow() -> Response {
    ([("x-slow", "1")], "[]").into_response()
}

fn busy(status: u16, seconds: u64) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("retry-after", seconds.to_string())], "busy").into_response()
}

fn limits() -> Limits {
    let retry = Retry { attempts: 3, first: Duration::from_millis(5), cap: Duration::from_millis(50) };
    Limits { timeout: Duration::from_secs(5), body: 100_000, retry, ..Limits::default() }
}

fn target(purl: &str) -> Target {
    Target { purl: purl.to_owned(), cpe: None, properties: Vec::new() }
}

fn targets(purls: &[&str]) -> Vec<Target> {
    purls.iter().map(|purl| target(purl)).collect()
}

fn oss_index(url: &str, token: &str) -> OssIndex {
    OssIndex::new(oss_index_settings(url, token)).unwrap()
}

fn oss_index_settings(url: &str, token: &str) -> oss_index::Settings {
    oss_index::Settings {
        base_url: url.to_owned(),
        username: Some("ann".to_owned()),
        token: Some(Secret::new(token)),
        aliases: true,
        limits: limits(),
    }
}

fn snyk(url: &str) -> Snyk {
    Snyk::new(snyk::Settings {
        base_url: url.to_owned(),
        organisation: Some("org-1".to_owned()),
        tokens: Some(Secret::new("token-one; token-two")),
        version: "2023-06-22".to_owned(),
        cvss_source: "NVD".to_owned(),
        aliases: true,
        limits: limits(),
    })
    .unwrap()
}

fn trivy_settings(url: &str) -> trivy::Settings {
    trivy::Settings {
        base_url: url.to_owned(),
        token: Some(Secret::new("trivy-secret")),
        ignore_unfixed: false,
        library: true,
        os: true,
        limits: limits(),
    }
}

fn ids(answer: &Answer) -> Vec<(&str, &str)> {
    answer.reports.iter().map(|r| (r.purl.as_str(), r.advisory.id.as_str())).collect()
}

const GREETER: &str = "pkg:npm/greeter@1.0.0";
const V3: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const V3_LOW: &str = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N";

fn component_report(coordinates: &str, vulnerabilities: Value) -> Value {
    json!({ "coordinates": coordinates, "description": "…", "vulnerabilities": vulnerabilities })
}

#[tokio::test]
async fn oss_index_reports_become_advisories_and_a_malformed_one_is_named() {
    let server = Server::start(|_, _| {
        json(json!([component_report(
            "pkg:npm/Greeter@1.0.0",
            json!([
                { "id": "CVE-2024-0001", "title": "Too polite", "description": "It greets anybody.",
                  "cvssScore": 9.8, "cvssVector": V3, "cwe": "CWE-79", "cve": "CVE-2024-0001",
                  "reference": "https://ossindex.example/CVE-2024-0001",
                  "externalReferences": ["https://example.org/a", "https://example.org/a"] },
                { "id": "sonatype-2024-0002", "title": "Rude", "cve": "CVE-2024-0002" },
                { "id": "sonatype-2024-0003", "title": ["not a text"] },
            ])
        )]))
    })
    .await;
    let asked = ["pkg:npm/greeter@1.0.0?arch=x86#lib", "pkg:npm/quiet@2.0.0", "pkg:deb/debian/tar@1.0", "x"];
    let analyzer = oss_index(&server.url, "secret-token");
    let answer = analyzer.analyse(&targets(&asked)).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].path, "/api/v3/component-report");
    assert_eq!(calls[0].body, json!({ "coordinates": [GREETER, "pkg:npm/quiet@2.0.0"] }));
    assert_eq!(calls[0].headers["authorization"], "Basic YW5uOnNlY3JldC10b2tlbg==");
    assert_eq!(ids(&answer), [(asked[0], "CVE-2024-0001"), (asked[0], "sonatype-2024-0002")]);
    let [first, second] = &answer.reports[..] else { panic!("{answer:?}") };
    assert_eq!((first.source, second.source), ("NVD", "OSSINDEX"));
    assert_eq!(first.advisory.severity, Severity::Critical);
    assert_eq!(first.advisory.cwes, [79]);
    assert_eq!(
        first.advisory.references,
        ["https://ossindex.example/CVE-2024-0001", "https://example.org/a"]
    );
    assert!(first.advisory.aliases.is_empty());
    assert_eq!(first.reference_url.as_deref(), Some("https://ossindex.example/CVE-2024-0001"));
    assert_eq!(second.advisory.aliases, ["CVE-2024-0002"]);
    assert_eq!(second.alternate_id.as_deref(), Some("sonatype-2024-0002"));
    assert_eq!(answer.problems.len(), 1);
    assert!(answer.problems[0].contains("sonatype-2024-0003"), "{:?}", answer.problems);
    assert!(answer.unanswered.is_empty());
    let concerns: Vec<bool> = asked.iter().map(|purl| analyzer.concerns(&target(purl))).collect();
    assert_eq!(concerns, [true, true, false, false]);
}

#[tokio::test]
async fn oss_index_is_asked_for_128_at_once_and_personal_tokens_are_bearers() {
    let server = Server::start(|_, _| json(json!([]))).await;
    let analyzer = oss_index(&server.url, "sonatype_pat_1234");
    let purls: Vec<String> = (0..200).map(|n| format!("pkg:npm/p{n}@1.0.0")).collect();
    let purls: Vec<&str> = purls.iter().map(String::as_str).collect();
    analyzer.analyse(&targets(&purls)).await.unwrap();
    let calls = server.calls();
    let sizes: Vec<usize> =
        calls.iter().map(|call| call.body["coordinates"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [128, 72]);
    assert_eq!(calls[0].headers["authorization"], "Bearer sonatype_pat_1234");
    let mut settings = oss_index_settings(&server.url, "plain");
    settings.username = None;
    let Err(Error::Setting { property, .. }) = OssIndex::new(settings) else { panic!("no user name") };
    assert_eq!(property, "scanner/ossindex.api.username");
}

#[tokio::test]
async fn oss_index_is_asked_without_the_coordinate_for_which_it_refuses_all() {
    let server = Server::start(|_, call| {
        let asked: Vec<&str> =
            call.body["coordinates"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        if asked.contains(&"pkg:npm/odd@1.0.0") {
            return (StatusCode::BAD_REQUEST, "invalid coordinates").into_response();
        }
        let flaw = json!([{ "id": "CVE-2024-0001" }]);
        json(asked.iter().map(|purl| component_report(purl, flaw.clone())).collect())
    })
    .await;
    let mut purls: Vec<String> = (0..99).map(|n| format!("pkg:npm/p{n}@1.0.0")).collect();
    purls.insert(40, "pkg:npm/odd@1.0.0".to_owned());
    let purls: Vec<&str> = purls.iter().map(String::as_str).collect();
    let analyzer = oss_index(&server.url, "secret");
    let answer = analyzer.analyse(&targets(&purls)).await.unwrap();
    assert_eq!(answer.reports.len(), 99);
    assert_eq!(answer.unanswered, ["pkg:npm/odd@1.0.0"]);
    assert!(answer.problems[0].contains("invalid coordinates"), "{:?}", answer.problems);
    assert!(server.calls().len() < 20);
    let error = analyzer.analyse(&targets(&["pkg:npm/odd@1.0.0"])).await.unwrap_err();
    assert!(matches!(error, Error::Status { status: 400, .. }), "{error:?}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_but_not_without_end() {
    let server = Server::start(|before, _| match before {
        0 => busy(429, 0),
        1 => busy(503, 0),
        _ => json(json!([component_report(GREETER, json!([{ "id": "CVE-2024-0001" }]))])),
    })
    .await;
    let answer = oss_index(&server.url, "secret").analyse(&targets(&[GREETER])).await.unwrap();
    assert_eq!(ids(&answer), [(GREETER, "CVE-2024-0001")]);
    assert_eq!(server.calls().len(), 3);

    let server = Server::start(|_, _| busy(429, 3600)).await;
    let error = oss_index(&server.url, "secret").analyse(&targets(&[GREETER])).await.unwrap_err();
    assert_eq!(error, Error::Busy { analyzer: "OSS Index", retry_after: Some(3600) });
    assert_eq!(server.calls().len(), 1, "an hour is not waited for");

    let server = Server::start(|_, _| busy(500, 0)).await;
    let error = oss_index(&server.url, "secret").analyse(&targets(&[GREETER])).await.unwrap_err();
    assert!(matches!(error, Error::Status { status: 500, .. }), "{error:?}");
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn refused_credentials_name_the_properties_and_never_the_token() {
    for status in [401, 402, 403] {
        let server = Server::start(move |_, call| {
            let echo = format!("bad credentials: {:?} my-secret-token", call.headers["authorization"]);
            (StatusCode::from_u16(status).unwrap(), echo).into_response()
        })
        .await;
        let analyzer = oss_index(&server.url, "my-secret-token");
        let error = analyzer.analyse(&targets(&[GREETER])).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("scanner/ossindex.api.token"), "{text}");
        assert!(text.contains("bad credentials"), "{text}");
        assert!(!text.contains("my-secret-token") && !text.contains("bXktc2VjcmV0"), "{text}");
        assert_eq!(server.calls().len(), 1);
    }
    let settings = oss_index_settings("http://127.0.0.1:1", "my-secret-token");
    assert!(!format!("{settings:?}").contains("my-secret-token"));
}

#[tokio::test]
async fn unusable_answers_say_what_is_wrong() {
    type Case = (fn() -> Response, &'static str);
    let cases: [Case; 5] = [
        (|| r#"[{"coordinates":"pkg:npm/gree"#.into_response(), "ends in the middle"),
        (|| "<html>Welcome</html>".into_response(), "web page"),
        (|| json(json!({ "no": "list" })), "not a list"),
        (|| Body::from(vec![b' '; 200_000]).into_response(), "larger than 100000 bytes"),
        (
            || (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]).into_response(),
            "credentials are not sent along",
        ),
    ];
    for (reply, expected) in cases {
        let server = Server::start(move |_, _| reply()).await;
        let error = oss_index(&server.url, "secret").analyse(&targets(&[GREETER])).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(server.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_slow_server_and_one_that_is_not_there_are_unreachable() {
    let server = Server::start(|_, _| slow()).await;
    let mut settings = oss_index_settings(&server.url, "secret");
    settings.limits.timeout = Duration::from_millis(100);
    settings.limits.retry.attempts = 2;
    let error = OssIndex::new(settings).unwrap().analyse(&targets(&[GREETER])).await.unwrap_err();
    assert!(error.to_string().contains("did not answer in time"), "{error}");
    assert_eq!(server.calls().len(), 2);

    let error = oss_index("http://127.0.0.1:1", "secret").analyse(&targets(&[GREETER])).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let settings = oss_index_settings("ftp://example.org", "secret");
    assert!(matches!(OssIndex::new(settings), Err(Error::Setting { .. })));
}

fn issue(id: &str) -> Value {
    json!({ "id": id, "type": "issue", "attributes": {
        "key": id, "title": "Too polite", "type": "package_vulnerability",
        "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z",
        "description": "It greets anybody.",
        "problems": [
            { "id": "CVE-2024-0001", "source": "CVE" }, { "id": "CWE-79", "source": "CWE" },
            { "id": "GHSA-aaaa-bbbb-cccc", "source": "GHSA" },
        ],
        "coordinates": [{
            "remedies": [{ "type": "indeterminate", "description": "Upgrade",
                "details": { "upgrade_package": "2.0.0, 1.10.0, 1.9.0, 0.9.9" } }],
            "representations": [
                { "resource_path": "<1.9.0" },
                { "package": { "name": "greeter", "version": "1.0.0", "type": "npm", "url": GREETER } },
            ],
        }],
        "severities": [
            { "source": "Snyk", "level": "low", "score": 3.1, "vector": V3_LOW },
            { "source": "NVD", "level": "critical", "score": 9.8, "vector": V3 },
        ],
        "effective_severity_level": "low",
        "slots": { "publication_time": "2024-01-01T10:00:00Z",
            "references": [{ "url": "https://example.org/a", "title": "A" }] },
    } })
}

#[tokio::test]
async fn snyk_issues_become_advisories_page_by_page() {
    let server = Server::start(|_, call| {
        if call.path.contains("quiet") {
            return json(json!({ "data": [], "links": {} }));
        }
        if call.path.contains("offset=1") {
            let mut old = issue("npm:greeter:20240101");
            old["attributes"]["problems"] = json!([{ "id": "SNYK-JS-GREETER-2", "source": "SNYK" }]);
            return json(json!({ "data": [old, { "id": "SNYK-JS-ODD-3", "attributes": 7 }], "links": {} }));
        }
        let next = "/orgs/org-1/packages/pkg%3Anpm%2Fgreeter%401.0.0/issues?version=2023-06-22&offset=1";
        json(json!({ "data": [issue("SNYK-JS-GREETER-1")], "links": { "next": next } }))
    })
    .await;
    let analyzer = snyk(&server.url);
    let answer = analyzer.analyse(&targets(&[GREETER, "pkg:npm/quiet@1.0.0", "pkg:deb/x@1"])).await.unwrap();
    assert_eq!(ids(&answer), [(GREETER, "SNYK-JS-GREETER-1"), (GREETER, "SNYK-JS-GREETER-2")]);
    let Report { advisory, source, fixed, reason, reference_url, .. } = &answer.reports[0];
    assert_eq!(*source, "SNYK");
    assert_eq!(advisory.aliases, ["CVE-2024-0001", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(advisory.cwes, [79]);
    assert_eq!((advisory.severity, advisory.vectors.len()), (Severity::Critical, 1), "the NVD's counts");
    assert_eq!(advisory.published, Some(1_704_103_200_000));
    assert_eq!(fixed.as_deref(), Some("1.9.0"), "the smallest above");
    assert_eq!(reason, "<1.9.0");
    assert_eq!(reference_url.as_deref(), Some("https://security.snyk.io/vuln/SNYK-JS-GREETER-1"));
    assert_eq!(answer.problems.len(), 1);
    assert!(answer.problems[0].contains("SNYK-JS-ODD-3"), "{:?}", answer.problems);
    let calls = server.calls();
    let first = calls.iter().find(|call| call.path.contains("greeter")).unwrap();
    let path = "/rest/orgs/org-1/packages/pkg:npm%2Fgreeter@1.0.0/issues?version=2023-06-22&limit=1000";
    assert_eq!(first.path, path);
    assert!(
        calls.iter().any(|call| call.path.starts_with("/rest/orgs/org-1/") && call.path.contains("offset=1"))
    );
    let tokens: std::collections::BTreeSet<&str> =
        calls.iter().map(|call| call.headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(tokens.into_iter().collect::<Vec<_>>(), ["token token-one", "token token-two"]);
}

#[tokio::test]
async fn snyk_keeps_what_was_found_when_it_stops_answering() {
    let server = Server::start(|_, call| match call.path.as_str() {
        path if path.contains("greeter") => json(json!({ "data": [issue("SNYK-JS-GREETER-1")] })),
        path if path.contains("unknown") => (StatusCode::NOT_FOUND, "no such package").into_response(),
        _ => busy(429, 3600),
    })
    .await;
    let purls = [GREETER, "pkg:npm/unknown@1.0.0", "pkg:npm/later@1.0.0", "pkg:npm/last@1.0.0"];
    let answer = snyk(&server.url).analyse(&targets(&purls)).await.unwrap();
    assert_eq!(ids(&answer), [(GREETER, "SNYK-JS-GREETER-1")]);
    assert_eq!(answer.unanswered, purls[2..]);
    assert_eq!(answer.problems.len(), 2, "{:?}", answer.problems);

    let error = snyk(&server.url).analyse(&targets(&purls[2..])).await.unwrap_err();
    assert_eq!(error, Error::Busy { analyzer: "Snyk", retry_after: Some(3600) });

    let refuse = |_: usize, call: &Call| {
        let detail = format!("no: {:?}", call.headers["authorization"]);
        (StatusCode::UNAUTHORIZED, axum::Json(json!({ "errors": [{ "detail": detail }] }))).into_response()
    };
    let server = Server::start(refuse).await;
    let error = snyk(&server.url).analyse(&targets(&purls)).await.unwrap_err().to_string();
    assert!(error.contains("scanner/snyk.api.token") && !error.contains("token-one"), "{error}");
}

#[tokio::test]
async fn snyk_follows_no_page_to_another_server() {
    let server = Server::start(|_, _| {
        json(json!({ "data": [], "links": { "next": "http://127.0.0.1:1/rest/steal" } }))
    })
    .await;
    let error = snyk(&server.url).analyse(&targets(&[GREETER])).await.unwrap_err();
    assert!(error.to_string().contains("not on the same server"), "{error}");
}

/// Trivy's answer about everything that the last blob has.
fn trivy_reply(blob: &Value) -> Value {
    let packages = |list: &str| blob[list].as_array().cloned().unwrap_or_default();
    let found = |package: &Value| {
        json!({ "vulnerability_id": "CVE-2024-0009", "pkg_name": package["name"],
            "installed_version": package["version"], "fixed_version": "9.9", "title": "Flaw",
            "severity": "HIGH", "severity_source": "debian", "status": 3, "cwe_ids": ["CWE-787"],
            "pkg_identifier": { "purl": "", "bom_ref": package["identifier"]["bom_ref"], "uid": "1" },
            "primary_url": "https://avd.example/cve-2024-0009", "references": ["https://example.org/r"],
            "cvss": { "nvd": { "v2_vector": "", "v3_vector": V3, "v3_score": 9.8 },
                "redhat": { "v3_vector": V3_LOW, "v3_score": 3.1 } },
            "published_date": "2024-01-01T00:00:00Z", "last_modified_date": null,
            "data_source": { "id": "debian", "name": "Debian Security Tracker", "url": "" } })
    };
    let mut results = Vec::new();
    for place in packages("package_infos").iter().chain(&packages("applications")) {
        let mut vulnerabilities: Vec<Value> =
            place["packages"].as_array().unwrap().iter().map(found).collect();
        let mut unfixed = vulnerabilities[0].clone();
        unfixed["vulnerability_id"] = json!("TEMP-0000000-A1B2C3");
        unfixed["status"] = json!(2);
        unfixed["fixed_version"] = json!("");
        vulnerabilities.push(unfixed);
        vulnerabilities.push(json!({ "vulnerability_id": "CVE-2024-0010", "status": "odd" }));
        results.push(json!({ "target": "", "class": "os-pkgs", "vulnerabilities": vulnerabilities }));
    }
    json!({ "os": null, "results": results })
}

async fn trivy_server() -> Server {
    let blobs: Mutex<std::collections::HashMap<String, Value>> = Mutex::default();
    Server::start(move |_, call| {
        let mut blobs = blobs.lock().unwrap();
        match call.path.as_str() {
            "/twirp/trivy.cache.v1.Cache/PutBlob" => {
                blobs.insert(call.body["diff_id"].as_str().unwrap().into(), call.body["blob_info"].clone());
                json(json!({}))
            }
            "/twirp/trivy.scanner.v1.Scanner/Scan" => {
                json(trivy_reply(&blobs[call.body["blob_ids"][0].as_str().unwrap()]))
            }
            "/twirp/trivy.cache.v1.Cache/DeleteBlobs" => {
                blobs.remove(call.body["blob_ids"][0].as_str().unwrap()).unwrap();
                json(json!({}))
            }
            _ => (StatusCode::NOT_FOUND, axum::Json(json!({ "code": "bad_route" }))).into_response(),
        }
    })
    .await
}

const TAR: &str = "pkg:deb/debian/libtar@1.34-1?arch=amd64&distro=debian-12&upstream=tar%401.34-0";
const MUSL: &str = "pkg:apk/alpine/musl@1.2.4-r1?arch=x86_64&distro=3.18.4";
const SSL: &str = "pkg:rpm/rhel/openssl@1.1.1k-9.el8?arch=x86_64&distro=rhel-8.9&epoch=1";
const CORE: &str = "pkg:maven/org.example/core@1.0.0";

#[tokio::test]
async fn trivy_is_given_libraries_and_each_distribution_and_the_blobs_are_removed() {
    let server = trivy_server().await;
    let analyzer = Trivy::new(trivy_settings(&server.url)).unwrap();
    let mut all = targets(&[CORE, TAR, MUSL, SSL, "pkg:deb/debian/nowhere@1.0", "pkg:npm/no-version"]);
    all[2].properties.push(("aquasecurity:trivy:SrcName".into(), "musl-src".into()));
    let answer = analyzer.analyse(&all).await.unwrap();
    let flaw: Vec<_> = ids(&answer).into_iter().filter(|(_, id)| *id == "CVE-2024-0009").collect();
    assert_eq!(flaw.len(), 4, "{flaw:?}");
    for purl in [CORE, TAR, MUSL, SSL] {
        assert!(flaw.contains(&(purl, "CVE-2024-0009")), "{purl}");
    }
    let first = &answer.reports[0];
    assert_eq!((first.source, first.fixed.as_deref()), ("NVD", Some("9.9")));
    assert_eq!(first.advisory.severity, Severity::Critical, "the NVD's vector, as Debian gives none");
    assert_eq!(first.advisory.word, Some(Severity::High));
    assert_eq!(first.reason, "listed by Trivy, from Debian Security Tracker");
    assert_eq!(answer.reports[1].source, "UNKNOWN");
    assert_eq!(answer.problems.len(), 4, "{:?}", answer.problems);
    assert!(answer.problems.iter().all(|problem| problem.contains("CVE-2024-0010")));

    let calls = server.calls();
    assert_eq!(calls.len(), 12, "three calls each");
    assert!(calls.iter().all(|call| call.headers["trivy-token"] == "trivy-secret"));
    let blobs: Vec<&Value> =
        calls.iter().filter(|c| c.path.ends_with("PutBlob")).map(|c| &c.body["blob_info"]).collect();
    let of = |family: &str| blobs.iter().find(|blob| blob["os"]["family"] == family).unwrap();
    let package = |family: &str| of(family)["package_infos"][0]["packages"][0].clone();
    assert_eq!(of("debian")["os"]["name"], "12");
    assert_eq!(package("debian")["src_name"], "tar");
    assert_eq!(package("debian")["src_version"], "1.34-0");
    assert_eq!(package("alpine")["src_name"], "musl-src");
    let ssl = package("redhat");
    assert_eq!(
        (&ssl["version"], &ssl["release"], &ssl["epoch"]),
        (&json!("1.1.1k"), &json!("9.el8"), &json!(1))
    );
    assert!(ssl["identifier"].get("purl").is_none(), "its namespace is not Trivy's");
    let libraries = blobs.iter().find(|blob| blob.get("applications").is_some()).unwrap();
    assert_eq!(libraries["applications"][0]["type"], "jar");
    assert_eq!(libraries["applications"][0]["packages"][0]["name"], "org.example:core");
    let scans: Vec<&Value> =
        calls.iter().filter(|c| c.path.ends_with("Scan")).map(|c| &c.body["options"]["pkg_types"]).collect();
    assert_eq!(scans, [&json!(["library"]), &json!(["os"]), &json!(["os"]), &json!(["os"])]);
}

#[tokio::test]
async fn trivy_leaves_out_what_is_switched_off() {
    let server = trivy_server().await;
    let settings = trivy::Settings { ignore_unfixed: true, os: false, ..trivy_settings(&server.url) };
    let analyzer = Trivy::new(settings).unwrap();
    assert!(!analyzer.concerns(&target(TAR)) && analyzer.concerns(&target(CORE)));
    let answer = analyzer.analyse(&targets(&[CORE, TAR])).await.unwrap();
    assert_eq!(ids(&answer), [(CORE, "CVE-2024-0009")], "the other one has no fix");
    let settings = trivy::Settings { library: false, ..trivy_settings(&server.url) };
    let analyzer = Trivy::new(settings).unwrap();
    assert!(analyzer.concerns(&target(TAR)) && !analyzer.concerns(&target(CORE)));
}

#[tokio::test]
async fn trivy_says_which_packages_it_could_not_scan() {
    let server = Server::start(|_, call| {
        if call.body["blob_info"]["os"]["family"] == "alpine" {
            let error = json!({ "code": "internal", "msg": "no database for trivy-secret" });
            return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
        }
        json(json!({ "results": [] }))
    })
    .await;
    let analyzer = Trivy::new(trivy_settings(&server.url)).unwrap();
    let answer = analyzer.analyse(&targets(&[CORE, MUSL])).await.unwrap();
    assert_eq!(answer.unanswered, [MUSL]);
    assert_eq!(answer.problems, ["Trivy answered 400: no database for ***"]);

    let server = Server::start(|_, _| {
        let error = json!({ "code": "unauthenticated", "msg": "invalid token" });
        (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response()
    })
    .await;
    let analyzer = Trivy::new(trivy_settings(&server.url)).unwrap();
    let error = analyzer.analyse(&targets(&[CORE])).await.unwrap_err().to_string();
    assert!(error.contains("scanner/trivy.api.token") && error.contains("invalid token"), "{error}");
}

#[tokio::test]
async fn analyzers_have_their_names_in_findings() {
    let url = "http://127.0.0.1:1";
    let all: [Box<dyn Analyzer>; 3] = [
        Box::new(oss_index(url, "secret")),
        Box::new(snyk(url)),
        Box::new(Trivy::new(trivy_settings(url)).unwrap()),
    ];
    let names: Vec<&str> = all.iter().map(|analyzer| analyzer.identity()).collect();
    assert_eq!(names, ["OSSINDEX_ANALYZER", "SNYK_ANALYZER", "TRIVY_ANALYZER"]);
    assert!(all.iter().all(|analyzer| analyzer.batch() >= 100));
}
