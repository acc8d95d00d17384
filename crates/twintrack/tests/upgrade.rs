//! Data of the first release are taken over, on either database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::{Server, advisory, stdout};
use serde_json::json;
use storage::{Db, Value, settings};

#[tokio::test]
async fn what_the_first_release_wrote_is_kept() {
    let server = Server::start_on(|address| async move {
        let db = Db::open(&address).await.unwrap();
        let first = [("0001_platform", include_str!("../../platform/migrations/0001_platform.sql"))];
        db.migrate("platform", &first).await.unwrap();
        let tx = db.begin().await.unwrap();
        settings::set(&tx, "platform_defaults", "1").await.unwrap();
        let now = || Value::from(1_780_000_000_000_i64);
        let times = |mut row: Vec<(&'static str, Value)>| {
            row.extend([("created_at", now()), ("updated_at", now())]);
            row
        };
        let company = tx.insert("company", &times(vec![("label", "Acme".into())])).await.unwrap();
        tx.execute("INSERT INTO company_member (company_id, user_id, role) VALUES (?, ?, ?)", vec![company.into(), 1_i64.into(), "OWNER".into()])
            .await
            .unwrap();
        let asset = tx
            .insert("asset", &times(vec![("company_id", company.into()), ("name", "shop 1".into()), ("business_impact", "HIGH".into()), ("data_classification", "[]".into()), ("technologies", "[]".into())]))
            .await
            .unwrap();
        tx.execute("INSERT INTO asset_tag (asset_id, name) VALUES (?, ?)", vec![asset.into(), "kept".into()]).await.unwrap();
        let integration = tx
            .insert("integration", &times(vec![("company_id", company.into()), ("kind", "DEPENDENCY_TRACK".into()), ("api_url", "http://127.0.0.1:9".into()), ("webhook_token", "x".into()), ("webhook_hash", "x".into()), ("severities", "[\"HIGH\"]".into()), ("state", "CONNECTED".into())]))
            .await
            .unwrap();
        let link = tx
            .insert("asset_link", &[("asset_id", asset.into()), ("integration_id", integration.into()), ("project_uuid", "9c4d0c1c-5a3f-4b54-9b5c-6a3a4d6b3f10".into()), ("project_name", "shop".into()), ("project_version", "1".into()), ("created_at", now())])
            .await
            .unwrap();
        let detail = json!({ "package": "left-pad", "affected_version": "1.0.0", "vulnerability_id": "CVE-2026-1", "source": "NVD", "aliases": [], "cwes": [], "description": "d" });
        let issue = tx
            .insert("issue", &times(vec![("company_id", company.into()), ("asset_id", asset.into()), ("component_key", "pkg:npm/left-pad@1.0.0".into()), ("vulnerability_key", "CVE-2026-1".into()), ("status", "RISK_ACCEPTED".into()), ("severity", "HIGH".into()), ("severity_rank", 3_i64.into()), ("title", "left-pad: CVE-2026-1".into()), ("detail", detail.to_string().into()), ("filtered_out", false.into()), ("reported", true.into()), ("status_at", now())]))
            .await
            .unwrap();
        tx.insert("issue_event", &[("issue_id", issue.into()), ("at", now()), ("source", "USER".into()), ("actor", "admin".into()), ("field", "status".into()), ("value_from", "IDENTIFIED".into()), ("value_to", "RISK_ACCEPTED".into()), ("reason", "known".into())])
            .await
            .unwrap();
        tx.insert("finding_link", &[("issue_id", issue.into()), ("link_id", link.into()), ("component_uuid", "a".into()), ("vulnerability_uuid", "b".into()), ("state", "EXPLOITABLE".into()), ("suppressed", false.into())])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        db.close().await.unwrap();
    })
    .await;
    let who = server.log_in().await;
    let answer = server
        .graphql(
            &who,
            "{ assets(companyId: 1) { collection { name assetsTagList environmentCompromised integrationLinks { follow externalProject { name } } } } \
             issues(companyId: 1, pagination: {}, filters: { statuses: [RISK_ACCEPTED], package: \"left-pad\" }) { collection { title ... on ScaFinding { manual reported scanSource detail { package } } } } \
             issueHistory(issueId: 1) { collection { reason } } integrations(companyId: 1) { apiUrl cron } }",
            json!({}),
        )
        .await;
    assert_eq!(
        answer,
        json!({
            "assets": { "collection": [{ "name": "shop 1", "assetsTagList": ["kept"], "environmentCompromised": false,
                "integrationLinks": [{ "follow": "VERSION", "externalProject": { "name": "shop" } }] }] },
            "issues": { "collection": [{ "title": "left-pad: CVE-2026-1", "manual": false, "reported": true,
                "scanSource": "dependency_track", "detail": { "package": "left-pad" } }] },
            "issueHistory": { "collection": [{ "reason": "known" }] },
            "integrations": [{ "apiUrl": "http://127.0.0.1:9", "cron": null }],
        })
    );
}

#[tokio::test]
async fn findings_and_decisions_of_the_first_release_are_kept_and_its_records_made_whole() {
    const PROJECT: &str = "9c4d0c1c-5a3f-4b54-9b5c-6a3a4d6b3f10";
    const COMPONENT: &str = "0b8e1a52-7d0f-4a7b-8a53-0f5d5b2f6c11";
    const FLAW: &str = "5f0c0b7e-2f51-4d3b-9d53-2b1f3d6e7a12";
    let mut server = Server::start_on(|address| async move {
        let db = Db::open(&address).await.unwrap();
        let first = [
            ("0001_intelligence", include_str!("../../analyzer/migrations/0001_intelligence.sql")),
            ("0002_portfolio", include_str!("../../analyzer/migrations/0002_portfolio.sql")),
            ("0003_triage", include_str!("../../analyzer/migrations/0003_triage.sql")),
        ];
        db.migrate("analyzer", &first).await.unwrap();
        let tx = db.begin().await.unwrap();
        let now = || Value::from(1_780_000_000_000_i64);
        let flaw = tx
            .insert("vulnerability", &[("uuid", FLAW.into()), ("source", "GITHUB".into()), ("vuln_id", "GHSA-aaaa-bbbb-cccc".into()), ("title", "As it was".into()), ("severity", "HIGH".into()), ("severity_rank", 1_i64.into()), ("cwes", "[79]".into()), ("aliases", "[]".into()), ("alias_group", "GHSA-aaaa-bbbb-cccc".into()), ("withdrawn", false.into()), ("record_hash", "0123456789abcdef".into()), ("created_at", now())])
            .await
            .unwrap();
        let spec = json!({ "ecosystem": "npm", "name": "left", "r": [[["introduced", "0"], ["fixed", "2.0.0"]]] }).to_string();
        tx.insert("affected_package", &[("vulnerability_id", flaw.into()), ("ecosystem", "npm".into()), ("name", "left".into()), ("spec", spec.into())])
            .await
            .unwrap();
        let left = tx
            .insert("package_version", &[("purl", "pkg:npm/left@1.0.0".into()), ("ecosystem", "npm".into()), ("name", "left".into()), ("version", "1.0.0".into()), ("analysed_at", now())])
            .await
            .unwrap();
        let openssl = tx
            .insert("package_version", &[("purl", "pkg:deb/debian/libssl3@3.0.9-1".into()), ("analysed_at", now())])
            .await
            .unwrap();
        tx.execute(
            "INSERT INTO package_match (package_version_id, vulnerability_id, reason, fixed_version, attributed_on) VALUES (?, ?, ?, ?, ?)",
            vec![left.into(), flaw.into(), "below 2.0.0".into(), "2.0.0".into(), now()],
        )
        .await
        .unwrap();
        let project = tx
            .insert("project", &[("uuid", PROJECT.into()), ("name", "shop".into()), ("version", "1".into()), ("active", true.into()), ("is_latest", false.into()), ("created_at", now())])
            .await
            .unwrap();
        let component = |uuid: &'static str, name: &'static str, version: Option<i64>, purl: Option<&'static str>, cpe: Option<&'static str>| {
            vec![("uuid", uuid.into()), ("project_id", project.into()), ("package_version_id", version.into()), ("name", name.into()), ("version", "7.0".into()), ("purl", purl.into()), ("cpe", cpe.into()), ("classifier", "LIBRARY".into()), ("details", "{}".into()), ("is_new", false.into())]
        };
        let own = tx.insert("component", &component(COMPONENT, "left", Some(left), Some("pkg:npm/left@1.0.0"), None)).await.unwrap();
        // The first release knew neither CPE names nor the releases of distributions.
        let router = component("7d0f0b7e-2f51-4d3b-9d53-2b1f3d6e7a13", "router", None, None, Some("cpe:2.3:a:acme:router:7.0:*:*:*:*:*:*:*"));
        tx.insert("component", &router).await.unwrap();
        let purl = "pkg:deb/debian/libssl3@3.0.9-1?distro=debian-12&upstream=openssl";
        let libssl = component("8a530b7e-2f51-4d3b-9d53-2b1f3d6e7a14", "libssl3", Some(openssl), Some(purl), None);
        tx.insert("component", &libssl).await.unwrap();
        let analysis = tx
            .insert("analysis", &[("project_id", project.into()), ("component_id", own.into()), ("vulnerability_id", flaw.into()), ("state", "IN_TRIAGE".into()), ("justification", "NOT_SET".into()), ("response", "NOT_SET".into()), ("suppressed", false.into())])
            .await
            .unwrap();
        tx.insert("analysis_comment", &[("analysis_id", analysis.into()), ("at", now()), ("comment", "seen".into()), ("commenter", "ann".into())])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        db.close().await.unwrap();
    })
    .await;
    let key = server.admin_key();
    let findings = |path: &'static str| {
        let (server, key) = (&server, &key);
        async move { server.rest("GET", &format!("/api/v1/finding/project/{PROJECT}{path}"), key, None).await.1 }
    };
    // Before and after everything was matched again.
    for _ in 0..20 {
        let found = findings("").await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found[0]["matrix"], format!("{PROJECT}:{COMPONENT}:{FLAW}"));
        assert_eq!(found[0]["analysis"]["state"], "IN_TRIAGE");
        assert_eq!(
            (&found[0]["vulnerability"]["title"], &found[0]["attribution"]["analyzerIdentity"]),
            (&json!("As it was"), &json!("INTERNAL_ANALYZER"))
        );
        assert_eq!(
            (&found[0]["attribution"]["fixedVersion"], &found[0]["attribution"]["attributedOn"]),
            (&json!("2.0.0"), &json!(1_780_000_000_000_i64))
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let why = format!("/api/v1/vulnerability/{FLAW}/component/{COMPONENT}");
    assert_eq!(server.rest("GET", &why, &key, None).await.1[0]["origin"], "osv");

    // The next import tells what the first release did not keep.
    let mut record = advisory("GHSA-aaaa-bbbb-cccc", "left");
    record["aliases"] = json!(["CVE-2026-0001"]);
    let mut debian = advisory("DSA-1", "openssl");
    debian["affected"][0]["package"]["ecosystem"] = json!("Debian:12");
    debian["affected"][0]["ranges"][0] =
        json!({ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "3.0.11-1" }] });
    server.import(&[record, debian]);
    let nvd = json!({ "vulnerabilities": [{ "cve": { "id": "CVE-2026-0009", "published": "2026-01-01T00:00:00.000", "lastModified": "2026-01-01T00:00:00.000",
        "descriptions": [{ "lang": "en", "value": "A flaw in router" }],
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": [{ "vulnerable": true,
            "criteria": "cpe:2.3:a:acme:router:*:*:*:*:*:*:*:*", "versionEndExcluding": "7.1", "matchCriteriaId": "00000000-0000-4000-8000-000000000000" }] }] }] } }] });
    let file = server.folder().join("nvd.json");
    std::fs::write(&file, nvd.to_string()).unwrap();
    stdout(&server.on_data(&["advisories", "import", "--source", "nvd", file.to_str().unwrap()]));
    let found = findings("").await;
    let ids: Vec<&str> =
        found.as_array().unwrap().iter().map(|f| f["vulnerability"]["vulnId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["GHSA-aaaa-bbbb-cccc", "CVE-2026-0009", "DSA-1"]);
    assert_eq!(found[0]["vulnerability"]["title"], "A flaw in left");
    assert_eq!(found[0]["vulnerability"]["aliases"][0]["cveId"], "CVE-2026-0001");
    assert_eq!(
        (&found[0]["vulnerability"]["uuid"], &found[0]["analysis"]["state"]),
        (&json!(FLAW), &json!("IN_TRIAGE"))
    );
    // Starting again changes nothing.
    server.kill_and_restart().await;
    let again = server.rest("GET", &format!("/api/v1/finding/project/{PROJECT}"), &key, None).await.1;
    assert_eq!(again, found);
}
