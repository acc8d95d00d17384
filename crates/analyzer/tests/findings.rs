//! Findings: what a project has, the views over the portfolio, and what is handed to other tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::exchange::{Server, advisory, bom, library};
use identity::Permission;
use serde_json::{Value, json};
use storage::params;

/// Two projects with `flask`, one with `django`, and advisories of both.
async fn portfolio() -> (Server, String, String) {
    let server = Server::start().await;
    let critical = json!({ "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "aliases": ["CVE-2024-0001"], "database_specific": { "cwe_ids": ["CWE-79"] } });
    server
        .advise(&[
            advisory("PYSEC-2024-1", "flask", "2.0", &critical),
            advisory("PYSEC-2024-2", "flask", "3.0", &json!({ "published": "2023-06-01T00:00:00Z" })),
            advisory("PYSEC-2024-3", "django", "4.0", &json!({})),
        ])
        .await;
    let flask = library("flask", "1.0", "pkg:pypi/flask@1.0");
    let django = library("django", "3.0", "pkg:pypi/django@3.0");
    let shop = server.upload("shop", "1.0", &bom(&[flask.clone(), django])).await;
    let blog = server.upload("blog", "2.0", &bom(&[flask])).await;
    (server, shop, blog)
}

fn ids(list: &Value) -> Vec<String> {
    let id = |finding: &Value| finding["vulnerability"]["vulnId"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

async fn suppress(server: &Server, finding: &Value) {
    let body = json!({
        "project": finding["component"]["project"], "component": finding["component"]["uuid"],
        "vulnerability": finding["vulnerability"]["uuid"], "analysisState": "NOT_AFFECTED",
        "analysisResponse": "UPDATE", "isSuppressed": true,
    });
    let answer = server.put("/v1/analysis", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_findings_of_a_project_are_filtered_sorted_and_paged_when_asked() {
    let (server, shop, _) = portfolio().await;
    let path = format!("/v1/finding/project/{shop}");
    let all = server.get(&path).await;
    assert_eq!(all.header("x-total-count"), "3");
    let all = all.json();
    assert_eq!(all[0]["component"]["projectName"], "shop");
    assert_eq!(all[0]["component"]["hasOccurrences"], false);
    suppress(&server, &all[0]).await;
    let first = ids(&all)[0].clone();

    let get = async |query: &str| server.get(&format!("{path}?{query}")).await;
    assert_eq!(get("").await.json().as_array().unwrap().len(), 2);
    let page = get("pageNumber=2&pageSize=2&suppressed=true").await;
    assert_eq!((page.header("x-total-count"), page.json().as_array().unwrap().len()), ("3", 1));
    assert_eq!(ids(&get("suppressed=true&hasAnalysis=true").await.json()), [first]);
    assert_eq!(get("suppressed=true&hasAnalysis=false").await.header("x-total-count"), "2");
    assert_eq!(ids(&get("searchText=DJANGO").await.json()), ["PYSEC-2024-3"]);
    assert_eq!(get("source=NVD").await.header("x-total-count"), "0");
    assert_eq!(get("epssFrom=0.5").await.header("x-total-count"), "0", "no score is in no range");
    let sorted = get("suppressed=true&sortName=vulnerability.vulnId&sortOrder=desc").await.json();
    assert_eq!(ids(&sorted), ["PYSEC-2024-3", "PYSEC-2024-2", "PYSEC-2024-1"]);

    let unsortable = get("sortName=component.secret").await;
    assert_eq!((unsortable.status, unsortable.json()["title"].clone()), (400, json!("Field not sortable")));
    for query in ["epssFrom=high", "searchText=%00", "source=a%00"] {
        assert_eq!(get(query).await.status, 400, "{query}");
    }
    let unknown = server.get("/v1/finding/project/deadbeef-0000-4000-8000-000000000000").await;
    assert_eq!((unknown.status, unknown.text().as_str()), (404, "The project could not be found."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_portfolio_is_seen_by_finding_and_by_vulnerability() {
    let (server, _, blog) = portfolio().await;
    let get = async |query: &str| server.get(&format!("/v1/finding?{query}")).await;
    assert_eq!(get("").await.header("x-total-count"), "5");
    let critical = get("severity=critical,high&pageNumber=1&pageSize=1").await;
    assert_eq!(
        (critical.header("x-total-count"), ids(&critical.json())),
        ("2", vec!["PYSEC-2024-1".to_owned()])
    );
    for (query, count) in [
        ("cvssv3From=9&cvssv3To=10", "2"),
        ("cvssv3From=9.9", "0"),
        ("publishDateFrom=2023-06-01&publishDateTo=2023-06-01", "2"),
        ("publishDateTo=2023-05-31", "0"),
        ("attributedOnDateTo=2020-01-01", "0"),
        ("textSearchField=PROJECT_NAME,COMPONENT_NAME&textSearchInput=BLOG", "2"),
        ("textSearchField=vulnerability_id&textSearchInput=pysec-2024-3", "1"),
        ("textSearchInput=anything", "5"),
        ("analysisStatus=NOT_SET&vendorResponse=NOT_SET", "5"),
        ("isKev=true", "0"),
        ("isKev=false", "5"),
        ("epssPercentileFrom=0", "0"),
    ] {
        assert_eq!(get(query).await.header("x-total-count"), count, "{query}");
    }
    for name in [
        "vulnerability.vulnId",
        "vulnerability.title",
        "vulnerability.severity",
        "vulnerability.published",
        "vulnerability.cvssV2BaseScore",
        "vulnerability.cvssV3BaseScore",
        "vulnerability.cvssV4Score",
        "attribution.analyzerIdentity",
        "attribution.attributedOn",
        "component.projectName",
        "component.name",
        "component.version",
        "analysis.state",
        "analysis.isSuppressed",
    ] {
        assert_eq!(get(&format!("sortName={name}&sortOrder=desc")).await.status, 200, "{name}");
    }
    let last = get("sortName=vulnerability.vulnId&sortOrder=desc&limit=1&offset=0").await.json();
    assert_eq!(ids(&last), ["PYSEC-2024-3"]);
    for query in ["sortName=foo", "cvssv3From=x", "publishDateFrom=yesterday"] {
        assert_eq!(get(query).await.status, 400, "{query}");
    }
    let list = server.get(&format!("/v1/finding/project/{blog}")).await.json();
    suppress(&server, &list[0]).await;
    assert_eq!(get("").await.header("x-total-count"), "4");
    assert_eq!(get("showSuppressed=true&vendorResponse=UPDATE").await.header("x-total-count"), "1");

    let grouped = async |query: &str| server.get(&format!("/v1/finding/grouped?{query}")).await;
    let groups = grouped("sortName=vulnerability.affectedProjectCount&sortOrder=desc").await;
    assert_eq!(groups.header("x-total-count"), "3");
    let groups = groups.json();
    assert_eq!(groups[0]["vulnerability"]["affectedProjectCount"], 2);
    assert_eq!(groups[0]["attribution"], json!({ "analyzerIdentity": "INTERNAL_ANALYZER" }));
    assert_eq!(grouped("occurrencesFrom=2").await.header("x-total-count"), "1");
    assert_eq!(grouped("occurrencesFrom=1&occurrencesTo=1").await.header("x-total-count"), "2");
    assert_eq!(grouped("sortName=component.name").await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_see_a_project_sees_none_of_its_findings() {
    let (server, shop, _) = portfolio().await;
    let key = server.key_with(&[Permission::ViewVulnerability, Permission::ViewPortfolio]).await;
    server.property("access-management", "acl.enabled", "true").await;
    let login = [("x-api-key", key.as_str())];
    let get = async |path: String| server.send("GET", &path, &login, Vec::new()).await;
    assert_eq!(get("/v1/finding".to_owned()).await.header("x-total-count"), "0");
    assert_eq!(get("/v1/finding/grouped".to_owned()).await.header("x-total-count"), "0");
    for path in [
        format!("/v1/finding/project/{shop}"),
        format!("/v1/finding/project/{shop}/export"),
        format!("/v1/bom/cyclonedx/project/{shop}"),
        format!("/v1/vex/cyclonedx/project/{shop}"),
    ] {
        let answer = get(path.clone()).await;
        let text = "Access to the specified project is forbidden";
        assert_eq!((answer.status, answer.text().as_str()), (403, text), "{path}");
    }
    let analyze = format!("/v1/finding/project/{shop}/analyze");
    assert_eq!(server.send("POST", &analyze, &login, Vec::new()).await.status, 403);

    let tx = server.test.db.begin().await.unwrap();
    let text = "INSERT INTO project_team (project_id, team_id) SELECT p.id, t.id FROM project p, team t \
         WHERE p.uuid = ? AND t.name LIKE 'team %'";
    tx.execute(text, params![shop.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get("/v1/finding".to_owned()).await.header("x-total-count"), "3");
    assert_eq!(get(format!("/v1/finding/project/{shop}")).await.header("x-total-count"), "3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_tools_read_findings_as_fpf_and_as_sarif() {
    let (server, shop, _) = portfolio().await;
    server.property("general", "base.url", "https://track.example.com").await;
    let all = server.get(&format!("/v1/finding/project/{shop}")).await.json();
    let suppressed = all.as_array().unwrap().iter().find(|f| f["component"]["name"] == "django").unwrap();
    suppress(&server, suppressed).await;
    let export = server.get(&format!("/v1/finding/project/{shop}/export")).await;
    assert_eq!(export.header("content-disposition"), format!("inline; filename=findings-{shop}.fpf"));
    let export = export.json();
    assert_eq!(export["version"], "1.4");
    assert_eq!(export["meta"]["baseUrl"], "https://track.example.com");
    assert_eq!(export["project"]["name"], "shop");
    assert_eq!(export["findings"].as_array().unwrap().len(), 2, "none that is suppressed");
    assert_eq!(export["findings"][0]["vulnerability"]["published"], "2024-01-01 00:00:00.0");

    let headers = [("x-api-key", server.key.as_str()), ("accept", "application/sarif+json")];
    let path = format!("/v1/finding/project/{shop}");
    let sarif = server.send("GET", &path, &headers, Vec::new()).await;
    assert_eq!(sarif.header("content-type"), "application/sarif+json");
    assert_eq!(
        sarif.header("content-disposition"),
        format!("attachment; filename=\"findings-{shop}.sarif\"")
    );
    let run = &sarif.json()["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    let result = run["results"].as_array().unwrap().iter().find(|r| r["ruleId"] == "PYSEC-2024-1").unwrap();
    assert_eq!(result["level"], "error");
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "pkg:pypi/flask@1.0");
    assert_eq!(result["properties"]["severityRank"], "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_analysts_may_analyse_again() {
    let (server, shop, _) = portfolio().await;
    let path = format!("/v1/finding/project/{shop}/analyze");
    for permission in [Permission::ViewVulnerability, Permission::VulnerabilityAnalysis] {
        let key = server.key_with(&[permission]).await;
        let answer = server.send("POST", &path, &[("x-api-key", &key)], Vec::new()).await;
        assert_eq!(answer.status, 200);
        assert!(answer.json()["token"].is_string());
    }
}
