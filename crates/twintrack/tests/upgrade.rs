//! Data of the first release are taken over, on either database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::Server;
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
