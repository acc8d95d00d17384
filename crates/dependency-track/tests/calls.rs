//! What each call sends, and what it makes of the answers of both generations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod server;

use dependency_track::{
    Analysis, AnalysisRequest, AnalysisState, BomTarget, BomUpload, ComponentQuery, Error, FindingQuery,
    Justification, List, Object, Permission, ProjectQuery, Response, Secret, Severity, WebhookRule,
};
use serde_json::{Value, json};
use server::{Say, Server, bare, json};
use uuid::{Uuid, uuid};

const PROJECT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
const COMPONENT: Uuid = uuid!("22222222-2222-4222-8222-222222222222");
const VULNERABILITY: Uuid = uuid!("33333333-3333-4333-8333-333333333333");

fn version(version: &str) -> Value {
    json!({"application": "Dependency-Track", "version": version, "timestamp": "2026-01-01T00:00:00Z"})
}

/// A finding as 4.x writes it, number `n` of a project.
fn finding(n: usize) -> Value {
    let vulnerability = Uuid::from_u128(0x4000_8000_0000_0000_0000 + n as u128);
    json!({
        "component": {"uuid": COMPONENT, "name": "demo", "version": "1.2", "purl": "pkg:pypi/demo@1.2", "project": PROJECT},
        "vulnerability": {"uuid": vulnerability, "source": "OSV", "vulnId": format!("PYSEC-0000-{n}"), "severity": "HIGH",
            "severityRank": 1, "cvssV3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "published": 1600000000000i64,
            "references": "* [https://a.example/1](https://a.example/1)\n* [https://a.example/2](https://a.example/2)\n",
            "aliases": [{"cveId": format!("CVE-0000-{n}"), "osvId": format!("PYSEC-0000-{n}")}], "cwes": [{"cweId": 79, "name": "x"}]},
        "analysis": {"isSuppressed": false},
        "attribution": {"analyzerIdentity": "INTERNAL_ANALYZER", "attributedOn": 1700000000000i64},
        "matrix": format!("{PROJECT}:{COMPONENT}:{vulnerability}")
    })
}

/// Answers `all` findings by pages, as 5.x does.
fn paged(all: usize, seen: &server::Seen) -> Say {
    let page: usize = seen.query["pageNumber"].parse().unwrap();
    let size: usize = seen.query["pageSize"].parse().unwrap();
    let rows: Vec<Value> = (0..all).skip((page - 1) * size).take(size).map(finding).collect();
    json(200, json!(rows)).total(all)
}

#[tokio::test]
async fn check_reads_version_team_and_permissions() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/api/version" => json(200, version("4.14.2")).with("date", "Fri, 01 Jan 2100 00:00:00 GMT"),
        "/api/v1/team/self" => json(
            200,
            json!({"uuid": PROJECT, "name": "Automation", "permissions": [
                {"name": "VIEW_PORTFOLIO", "description": ""}, {"name": "VIEW_VULNERABILITY"}]}),
        ),
        other => panic!("{other}"),
    })
    .await;
    let check = server.client().check().await.unwrap();
    assert_eq!(check.version.semver, (4, 14, 2));
    assert!(check.version.clock_skew.unwrap().num_days() > 365, "the server's clock is ahead");
    assert_eq!(check.team.as_deref(), Some("Automation"));
    let granted: Vec<bool> = check.granted().iter().map(|(_, yes)| *yes).collect();
    assert_eq!(granted, [true, true, false, false]);
}

#[tokio::test]
async fn check_understands_the_split_permissions_of_5() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/api/version" => json(200, version("5.0.4")),
        _ => json(200, json!({"name": "t", "permissions": [{"name": "VULNERABILITY_ANALYSIS_UPDATE"}]})),
    })
    .await;
    let check = server.client().check().await.unwrap();
    assert_eq!(check.version.major(), 5);
    assert!(check.has(Permission::VulnerabilityAnalysis) && !check.has(Permission::ViewPortfolio));
}

#[tokio::test]
async fn check_fails_for_a_wrong_key_although_the_version_takes_any() {
    let server =
        Server::start(
            |seen, _| if seen.path == "/api/version" { json(200, version("4.14.2")) } else { bare(401) },
        )
        .await;
    assert_eq!(server.client().check().await.unwrap_err().code(), "DT_UNAUTHORIZED");
    let server = Server::start(|seen, _| {
        if seen.path == "/api/version" {
            json(200, version("4.14.2"))
        } else {
            json(404, "No Team for the given API key found.")
        }
    })
    .await;
    let check = server.client().check().await.unwrap();
    assert_eq!((check.team, check.permissions.len()), (None, 0));
}

#[tokio::test]
async fn findings_of_4_come_at_once() {
    let server =
        Server::start(|_, _| json(200, json!((0..7).map(finding).collect::<Vec<_>>())).total(7)).await;
    let mut steps = Vec::new();
    let query = FindingQuery { page_size: 2, ..Default::default() };
    let all =
        server.client().findings_with(PROJECT, query, |read, total| steps.push((read, total))).await.unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(steps, [(7, 7)]);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, format!("/api/v1/finding/project/{PROJECT}"));
    assert_eq!(seen[0].query["suppressed"], "true");
    let first = &all[0];
    assert_eq!(first.analysis.state(), AnalysisState::NotSet);
    assert_eq!(first.vulnerability.severity, Some(Severity::High));
    assert_eq!(first.vulnerability.published, Some(1_600_000_000_000));
    assert_eq!(first.vulnerability.ids().into_iter().collect::<Vec<_>>(), ["CVE-0000-0", "PYSEC-0000-0"]);
    assert_eq!(first.vulnerability.links(), ["https://a.example/1", "https://a.example/2"]);
}

#[tokio::test]
async fn findings_of_5_come_by_pages() {
    let server = Server::start(|seen, _| paged(7, seen)).await;
    let mut steps = Vec::new();
    let query = FindingQuery { page_size: 3, ..Default::default() };
    let all =
        server.client().findings_with(PROJECT, query, |read, total| steps.push((read, total))).await.unwrap();
    let ids: Vec<_> = all.iter().map(|f| f.vulnerability.vuln_id.clone()).collect();
    assert_eq!(ids, (0..7).map(|n| format!("PYSEC-0000-{n}")).collect::<Vec<_>>());
    assert_eq!(steps, [(3, 7), (6, 7), (7, 7)]);
}

#[tokio::test]
async fn no_findings_is_a_whole_list() {
    let server = Server::start(|seen, _| paged(0, seen)).await;
    assert_eq!(server.client().findings(PROJECT, |_, _| {}).await.unwrap().len(), 0);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_never_returned() {
    type Script = fn(&server::Seen, usize) -> Say;
    let scripts: [(&str, Script); 4] = [
        ("the count grows", |seen, n| paged(7 + n, seen)),
        ("the count shrinks", |seen, n| paged(7 - n, seen)),
        ("rows are missing", |seen, n| if n == 0 { paged(7, seen) } else { json(200, "[]").total(7) }),
        ("a row slips to the next page", |seen, n| {
            let from = [0, 2, 5][n];
            let rows: Vec<Value> = (from..from + 3).map(finding).collect();
            json(200, json!(rows)).total(9).with("x-page", &seen.query["pageNumber"])
        }),
    ];
    for (what, script) in scripts {
        let server = Server::start(script).await;
        let query = FindingQuery { page_size: 3, ..Default::default() };
        let error = server.client().findings_with(PROJECT, query, |_, _| {}).await.unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{what}: {error:?}");
        assert_eq!(error.code(), "DT_BAD_RESPONSE");
        assert!(error.is_retryable());
    }
    let server =
        Server::start(|_, _| json(200, json!((0..3).map(finding).collect::<Vec<_>>())).total(2)).await;
    let error = server.client().findings(PROJECT, |_, _| {}).await.unwrap_err();
    assert!(
        matches!(error, Error::Incomplete { read: 3, expected: 2, .. }),
        "more rows than announced: {error:?}"
    );
}

#[tokio::test]
async fn projects_are_listed_by_pages_with_the_total() {
    let row = json!({"uuid": PROJECT, "name": "shop", "version": "1.0", "active": true, "isLatest": true,
        "lastBomImport": 1700000000000i64, "lastBomImportFormat": "CycloneDX 1.5", "tags": [{"name": "a"}],
        "metrics": {"components": 7, "vulnerabilities": 54}});
    let server = Server::start(move |_, _| json(200, json!([row])).total(41)).await;
    let query = ProjectQuery { search: Some("sh".into()), page: 3, page_size: 20, ..Default::default() };
    let page = server.client().projects(&query).await.unwrap();
    assert_eq!((page.total, page.items.len()), (41, 1));
    let project = &page.items[0];
    assert!(project.active && project.is_latest);
    assert_eq!(project.last_bom_import, Some(1_700_000_000_000));
    assert_eq!(project.metrics.as_ref().unwrap().components, Some(7));
    let seen = &server.seen()[0].query;
    for (name, value) in
        [("searchText", "sh"), ("pageNumber", "3"), ("pageSize", "20"), ("excludeInactive", "true")]
    {
        assert_eq!(seen[name], value);
    }
}

#[tokio::test]
async fn names_travel_whole() {
    let project = json!({"uuid": PROJECT, "name": "a b&c/ü", "isLatest": true});
    let server = Server::start(move |seen, _| {
        if seen.path == "/api/v1/project" {
            json(200, json!([project])).total(1)
        } else {
            json(200, project.clone())
        }
    })
    .await;
    let client = server.client();
    client.project_lookup("a b&c/ü", None).await.unwrap().unwrap();
    client.project_latest("a b").await.unwrap().unwrap();
    client.project_latest("a/b").await.unwrap().unwrap();
    client.vulnerability("NVD", "CVE-1").await.unwrap_err();
    let seen = server.seen();
    assert_eq!(seen[0].query["name"], "a b&c/ü");
    assert!(!seen[0].query.contains_key("version"), "no version looks for none");
    assert_eq!(seen[1].path, "/api/v1/project/latest/a%20b");
    assert_eq!((seen[2].path.as_str(), seen[2].query["name"].as_str()), ("/api/v1/project", "a/b"));
    assert_eq!(seen[3].path, "/api/v1/vulnerability/source/NVD/vuln/CVE-1");
}

#[tokio::test]
async fn components_are_counted_and_listed() {
    let row = json!({"uuid": COMPONENT, "name": "demo", "version": "1", "isInternal": false,
        "repositoryMeta": {"latestVersion": "2"}});
    let server = Server::start(move |_, _| json(200, json!([row])).total(812)).await;
    let client = server.client();
    assert_eq!(client.component_count(PROJECT).await.unwrap(), 812);
    let page = client
        .components(PROJECT, &ComponentQuery { only_direct: true, ..Default::default() })
        .await
        .unwrap();
    assert_eq!(page.items[0].latest_version(), Some("2"));
    let seen = server.seen();
    assert_eq!(seen[0].query["pageSize"], "1");
    assert_eq!(seen[1].query["onlyDirect"], "true");
}

#[tokio::test]
async fn an_analysis_is_read_with_its_trail() {
    let server = Server::start(|_, n| match n {
        0 => json(404, "No analysis exists."),
        _ => json(
            200,
            json!({"analysisState": "EXPLOITABLE", "analysisJustification": "NOT_SET", "analysisResponse": "WILL_NOT_FIX",
                "analysisDetails": "d", "isSuppressed": false, "analysisComments": [
                {"timestamp": 5, "comment": "Analysis: NOT_SET → EXPLOITABLE", "commenter": "Automation"},
                {"timestamp": 9, "comment": "accepted", "commenter": "ada"}]}),
        ),
    })
    .await;
    let client = server.client();
    assert_eq!(client.analysis(PROJECT, COMPONENT, VULNERABILITY).await.unwrap(), None);
    let analysis = client.analysis(PROJECT, COMPONENT, VULNERABILITY).await.unwrap().unwrap();
    assert_eq!((analysis.state.as_str(), analysis.response.clone()), ("EXPLOITABLE", Response::WillNotFix));
    assert_eq!(analysis.changed_at(), Some(9));
    assert_eq!(analysis.comments[1].commenter.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_decision_sends_everything_the_server_would_reset() {
    let server = Server::start(|seen, _| {
        json(200, {
            let mut body = seen.json();
            body["analysisComments"] = json!([]);
            body
        })
    })
    .await;
    let now: Analysis = serde_json::from_value(json!({"analysisState": "NOT_AFFECTED",
        "analysisJustification": "CODE_NOT_REACHABLE", "analysisResponse": "UPDATE", "isSuppressed": true}))
    .unwrap();
    let mut request = AnalysisRequest::keeping(PROJECT, COMPONENT, VULNERABILITY, Some(&now));
    request.state = AnalysisState::Exploitable;
    let after = server.client().put_analysis(&request).await.unwrap();
    assert_eq!(after.justification, Justification::CodeNotReachable);
    let seen = server.seen();
    assert_eq!(seen[0].method, "PUT");
    assert_eq!(
        seen[0].json(),
        json!({"project": PROJECT, "component": COMPONENT, "vulnerability": VULNERABILITY, "analysisState": "EXPLOITABLE",
            "analysisJustification": "CODE_NOT_REACHABLE", "analysisResponse": "UPDATE", "isSuppressed": true})
    );
}

#[tokio::test]
async fn a_bom_is_uploaded_as_a_form() {
    let server = Server::start(|_, _| json(200, json!({"token": "tok", "projectUuid": PROJECT}))).await;
    let target = BomTarget::Named {
        name: "shop".into(),
        version: Some("2.0".into()),
        auto_create: true,
        parent: None,
        is_latest: true,
    };
    let document = "{\"bomFormat\":\"CycloneDX\"}".as_bytes().to_vec();
    let receipt = server
        .client()
        .bom_upload(BomUpload { target, document, tags: vec!["a".into(), "b".into()] })
        .await
        .unwrap();
    assert_eq!((receipt.token.as_str(), receipt.project_uuid), ("tok", Some(PROJECT)));
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/api/v1/bom");
    assert!(seen.headers["content-type"].to_str().unwrap().starts_with("multipart/form-data; boundary="));
    let body = String::from_utf8(seen.body.clone()).unwrap();
    for (name, value) in [
        ("projectName", "shop"),
        ("projectVersion", "2.0"),
        ("autoCreate", "true"),
        ("isLatest", "true"),
        ("projectTags", "a,b"),
    ] {
        assert!(body.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{name}: {body}");
    }
    assert!(
        body.contains("name=\"bom\"; filename=\"bom\"") && body.contains("{\"bomFormat\":\"CycloneDX\"}")
    );
}

#[tokio::test]
async fn a_token_is_asked_for_at_the_new_place_then_the_old() {
    let server = Server::start(|_, n| json(200, json!({"processing": n == 0}))).await;
    let client = server.client();
    assert!(client.token_processing("t").await.unwrap());
    assert!(!client.token_processing("t").await.unwrap());
    assert_eq!(server.seen()[0].path, "/api/v1/event/token/t");
    let server = Server::start(|seen, _| {
        if seen.path.contains("/event/") { bare(404) } else { json(200, json!({"processing": true})) }
    })
    .await;
    assert!(server.client().token_processing("t").await.unwrap());
    assert_eq!(server.seen()[1].path, "/api/v1/bom/token/t");
}

#[tokio::test]
async fn the_record_of_a_vulnerability_has_its_ranges() {
    let server = Server::start(|_, _| {
        json(
            200,
            json!({"uuid": VULNERABILITY, "source": "NVD", "vulnId": "CVE-1", "subTitle": "s", "published": "2018-10-09T17:29:00Z",
            "cvssV3BaseScore": "7.5", "cvssV2BaseScore": "NaN", "epssScore": 0.00043, "cwes": null, "aliases": [{"ghsaId": "GHSA-1"}, {"osvId": "GO-1"}],
            "affectedComponents": [{"identityType": "PURL", "identity": "pkg:pypi/demo", "versionType": "RANGE", "versionEndExcluding": "2.20.0"}]}),
        )
    })
    .await;
    let v = server.client().vulnerability("NVD", "CVE-1").await.unwrap().unwrap();
    assert_eq!(
        (v.cvss_v3_base_score, v.cvss_v2_base_score, v.subtitle.as_deref()),
        (Some(7.5), None, Some("s"))
    );
    assert_eq!(v.published, Some(1_539_106_140_000));
    assert_eq!(v.ids().len(), 3);
    assert_eq!(v.affected_components[0].version_end_excluding.as_deref(), Some("2.20.0"));
    let server = Server::start(|_, _| json(404, "The vulnerability could not be found.")).await;
    assert_eq!(server.client().vulnerability("NVD", "CVE-2").await.unwrap(), None);
}

fn rule() -> WebhookRule {
    WebhookRule {
        name: "sync".into(),
        destination: "https://hook.example/in".parse().unwrap(),
        token: Some(Secret::new("t0ken")),
        token_header: Some("X-Hook-Token".into()),
        groups: WebhookRule::SYNC_GROUPS.map(str::to_owned).to_vec(),
    }
}

/// Publishers and rules as one generation shows them.
fn notifications(five: bool, seen: &server::Seen) -> Say {
    let mark = |own: bool| {
        let mut publisher =
            json!({"uuid": if own { COMPONENT } else { PROJECT }, "name": "x", "defaultPublisher": !own});
        if five {
            publisher["extensionName"] = json!("webhook");
        } else {
            publisher["publisherClass"] =
                json!("org.dependencytrack.notification.publisher.WebhookPublisher");
        }
        publisher
    };
    match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/api/v1/notification/publisher") => json(200, json!([mark(true), mark(false)])),
        ("PUT", _) => {
            json(201, json!({"uuid": VULNERABILITY, "name": "sync", "enabled": true, "notifyOn": []}))
        }
        ("POST", _) => {
            let mut rule = seen.json();
            rule["publisher"] = mark(false);
            json(200, rule)
        }
        _ => bare(204),
    }
}

#[tokio::test]
async fn a_webhook_rule_is_set_up_on_4() {
    let server = Server::start(|seen, _| notifications(false, seen)).await;
    let made = server.client().create_webhook_rule(&rule()).await.unwrap();
    assert!(made.enabled && made.notify_on.len() == 5);
    let seen = server.seen();
    assert_eq!(
        seen[1].json(),
        json!({"name": "sync", "scope": "PORTFOLIO", "notificationLevel": "INFORMATIONAL", "publisher": {"uuid": PROJECT}})
    );
    let configured = seen[2].json();
    assert_eq!((&configured["uuid"], &configured["enabled"]), (&json!(VULNERABILITY), &json!(true)));
    let config: Value = serde_json::from_str(configured["publisherConfig"].as_str().unwrap()).unwrap();
    assert_eq!(
        config,
        json!({"destination": "https://hook.example/in", "token": "t0ken", "tokenHeader": "X-Hook-Token"})
    );
}

#[tokio::test]
async fn a_webhook_rule_is_set_up_on_5() {
    let server = Server::start(|seen, _| notifications(true, seen)).await;
    server.client().create_webhook_rule(&rule()).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].json()["level"], "INFORMATIONAL");
    assert!(seen[1].json().get("notificationLevel").is_none(), "an alias there: twice would be an error");
    let config: Value = serde_json::from_str(seen[2].json()["publisherConfig"].as_str().unwrap()).unwrap();
    assert_eq!(config, json!({"destinationUrl": "https://hook.example/in?token=t0ken"}));
}

#[tokio::test]
async fn a_rule_that_cannot_be_configured_is_removed() {
    let server = Server::start(|seen, _| {
        if seen.method == "POST" {
            json(400, "Illegal argument provided")
        } else {
            notifications(false, seen)
        }
    })
    .await;
    assert_eq!(server.client().create_webhook_rule(&rule()).await.unwrap_err().code(), "DT_REJECTED");
    let last = server.seen().pop().unwrap();
    assert_eq!((last.method.as_str(), last.json()), ("DELETE", json!({"uuid": VULNERABILITY})));
}

#[tokio::test]
async fn rules_are_listed_tested_and_removed() {
    let server = Server::start(|seen, _| match seen.method.as_str() {
        "GET" => json(
            200,
            json!([{"uuid": VULNERABILITY, "name": "sync", "enabled": true, "notifyOn": ["BOM_PROCESSED"],
            "publisherConfig": "{\"token\":\"x\"}"}]),
        )
        .total(1),
        "DELETE" => json(404, "The UUID of the notification rule could not be found."),
        _ => json(500, "Exception occurred while sending the notification."),
    })
    .await;
    let client = server.client();
    let page = client.rules(Some("sync"), 1, 10).await.unwrap();
    assert_eq!((page.total, page.items[0].notify_on[0].as_str()), (1, "BOM_PROCESSED"));
    client.delete_rule(VULNERABILITY).await.unwrap();
    assert_eq!(client.test_rule(VULNERABILITY).await.unwrap_err().code(), "DT_SERVER_ERROR");
    let server = Server::start(|_, _| bare(404)).await;
    assert_eq!(server.client().test_rule(VULNERABILITY).await.unwrap_err().code(), "DT_NOT_FOUND");
}

#[tokio::test]
async fn lists_are_read_whole_whether_they_are_paged_or_not() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        // Paged, by 100.
        "/api/v1/project" => {
            assert_eq!(seen.query["excludeInactive"], "false");
            let page: usize = seen.query["pageNumber"].parse().unwrap();
            let rows: Vec<Value> =
                (0..230).skip((page - 1) * 100).take(100).map(|n| json!({ "n": n })).collect();
            json(200, json!(rows)).total(230)
        }
        // 4.x ignores the page and tells no total.
        "/api/v1/notification/publisher" => json(200, json!([{ "name": "a" }, { "name": "b" }])),
        "/api/v1/team" => json(200, json!([{ "n": 1 }])).total(2),
        "/api/v1/policy" => bare(403),
        other => panic!("{other}"),
    })
    .await;
    let client = server.client();
    let projects = client.list_all(List::Projects).await.unwrap();
    assert_eq!(projects.len(), 230);
    assert_eq!(projects[229], json!({ "n": 229 }));
    assert_eq!(client.list_all(List::Publishers).await.unwrap().len(), 2);
    let read = client.list_all(List::Teams).await;
    assert!(matches!(read, Ok(ref rows) if rows.len() == 2), "the second page has the other: {read:?}");
    match client.list_all(List::Policies).await.unwrap_err() {
        Error::Forbidden { permission, .. } => assert_eq!(permission, Permission::PolicyManagement),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn objects_and_documents_come_as_they_are() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        path if path.starts_with("/api/v1/bom/cyclonedx/project/") => {
            assert_eq!(seen.query["variant"], "inventory");
            let accept = seen.headers["accept"].to_str().unwrap();
            assert!(
                accept.contains("application/vnd.cyclonedx+json") && !accept.contains("application/json")
            );
            json(200, json!({ "bomFormat": "CycloneDX" }))
        }
        "/api/v1/violation/analysis" => bare(204),
        "/api/v1/vulnerability/source/INTERNAL/vuln/INT-1" => {
            json(200, json!({ "vulnId": "INT-1", "new": true }))
        }
        _ => json(404, "The vulnerability could not be found."),
    })
    .await;
    let client = server.client();
    let bom: Value = serde_json::from_slice(&client.bom(PROJECT).await.unwrap()).unwrap();
    assert_eq!(bom["bomFormat"], "CycloneDX");
    let found = client.object(Object::Vulnerability("INTERNAL", "INT-1")).await.unwrap();
    assert_eq!(found.unwrap()["new"], true);
    assert_eq!(client.object(Object::Vulnerability("INTERNAL", "INT-2")).await.unwrap(), None);
    assert_eq!(client.object(Object::ViolationAnalysis("a", "b")).await.unwrap(), None);
}
