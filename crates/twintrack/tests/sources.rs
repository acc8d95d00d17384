//! Sources of vulnerability data: mirrored from a server that behaves as they do, well and badly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "sources/command.rs"]
mod command;
mod common;
#[path = "sources/github.rs"]
mod github;
#[path = "sources/nvd.rs"]
mod nvd;
#[path = "sources/osv.rs"]
mod osv;
#[path = "sources/runs.rs"]
mod runs;
#[path = "sources/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::{Server, stdout};
use serde_json::{Value, json};
use server::Sources;

/// A server of this binary, and the sources that it mirrors.
struct World {
    server: Server,
    sources: Sources,
    key: String,
}

impl World {
    async fn start() -> World {
        World::with(Server::start().await).await
    }

    async fn with(server: Server) -> World {
        let (sources, key) = (Sources::start().await, server.admin_key());
        let world = World { server, sources, key };
        let url = world.sources.url.clone();
        for name in
            ["google.osv.base.url", "nvd.feeds.url", "epss.feeds.url", "kev.feeds.url", "cwe.feeds.url"]
        {
            world.set("vuln-source", name, &url).await;
        }
        world.set("vuln-source", "nvd.api.url", &format!("{url}/nvd-api")).await;
        world.set("vuln-source", "github.advisories.api.url", &format!("{url}/graphql")).await;
        world
    }

    async fn get(&self, path: &str) -> Value {
        let (status, json) = self.server.rest("GET", path, &self.key, None).await;
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    /// Sets a property; status and answer.
    async fn property(&self, group: &str, name: &str, value: &str) -> (u16, Value) {
        let body = json!({ "groupName": group, "propertyName": name, "propertyValue": value });
        self.server.rest("POST", "/api/v1/configProperty", &self.key, Some(body)).await
    }

    async fn set(&self, group: &str, name: &str, value: &str) {
        let (status, answer) = self.property(group, name, value).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }

    /// What a property is, as clients see it.
    async fn value(&self, name: &str) -> Value {
        let all = self.get("/api/v1/configProperty").await;
        let found = all.as_array().unwrap().iter().find(|property| property["propertyName"] == name);
        found.unwrap()["propertyValue"].clone()
    }

    async fn begin(&self, source: &str) -> u16 {
        let path = format!("/api/v2/vuln-data-sources/{source}/mirror-runs");
        self.server.rest("POST", &path, &self.key, None).await.0
    }

    async fn latest(&self, source: &str) -> Value {
        self.get(&format!("/api/v2/vuln-data-sources/{source}/mirror-runs/latest")).await
    }

    /// Waits until the latest run has ended.
    async fn ended(&self, source: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let latest = self.latest(source).await;
            if latest["completed_at"].is_i64() {
                return latest;
            }
            assert!(Instant::now() < deadline, "the run of {source} does not end: {latest}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Mirrors a source and says how that went.
    async fn mirror(&self, source: &str) -> Value {
        assert_eq!(self.begin(source).await, 202);
        self.ended(source).await
    }

    /// Mirrors a source, which must succeed; the report.
    async fn mirrored(&self, source: &str) -> Value {
        let run = self.mirror(source).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        run["report"].clone()
    }

    /// Mirrors a source, which must fail; why.
    async fn refused(&self, source: &str) -> String {
        let run = self.mirror(source).await;
        assert_eq!(run["status"], "FAILED", "{run}");
        run["failure_reason"].as_str().unwrap().to_owned()
    }

    /// Uploads an SBOM; the UUID of its project.
    async fn project(&self, name: &str, bom: &Value) -> String {
        let token = self.server.upload(&self.key, name, bom).await;
        self.server.processed(&self.key, &token).await;
        let project = self.get(&format!("/api/v1/project/lookup?name={name}&version=1")).await;
        project["uuid"].as_str().unwrap().to_owned()
    }

    async fn findings(&self, project: &str) -> Vec<Value> {
        self.get(&format!("/api/v1/finding/project/{project}")).await.as_array().unwrap().clone()
    }

    /// Waits until a project has exactly the findings of these vulnerabilities.
    async fn finds(&self, project: &str, wanted: &[&str]) {
        let wanted: BTreeSet<String> = wanted.iter().map(|id| (*id).to_owned()).collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let findings = self.findings(project).await;
            let ids = findings.iter().map(|f| f["vulnerability"]["vulnId"].as_str().unwrap().to_owned());
            let ids: BTreeSet<String> = ids.collect();
            if ids == wanted {
                assert_eq!(findings.len(), wanted.len(), "a finding is there twice");
                return;
            }
            assert!(Instant::now() < deadline, "there are {ids:?} instead of {wanted:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// A rule that tells this group to the sources' own receiver.
    async fn listen(&self, scope: &str, group: &str) {
        let publishers = self.get("/api/v1/notification/publisher").await;
        let publisher =
            publishers.as_array().unwrap().iter().find(|p| p["name"] == "Outbound Webhook").unwrap();
        let rule = json!({ "name": group, "scope": scope, "notificationLevel": "INFORMATIONAL", "publisher": publisher });
        let (status, mut rule) =
            self.server.rest("PUT", "/api/v1/notification/rule", &self.key, Some(rule)).await;
        assert_eq!(status, 201, "{rule}");
        rule["enabled"] = json!(true);
        rule["notifyOn"] = json!([group]);
        rule["publisherConfig"] =
            json!(json!({ "destination": format!("{}/hook", self.sources.url) }).to_string());
        let (status, answer) =
            self.server.rest("POST", "/api/v1/notification/rule", &self.key, Some(rule)).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Waits for so many notifications of a group.
    async fn told(&self, group: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let told = self.sources.told(group);
            if told.len() >= count {
                return told;
            }
            assert!(Instant::now() < deadline, "{} of {count} notifications came: {told:?}", told.len());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Matching everything anew must change nothing.
    fn all_is_followed(&self) {
        let report = stdout(&self.server.on_data(&["analyze", "--all", "--json"]));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["changed"], &report["new"]), (&json!(0), &json!(0)), "{report}");
    }
}

/// A record of OSV as changed at a time, for versions of an npm package below one.
fn osv_record(id: &str, package: &str, modified: &str, fixed: &str) -> Value {
    let mut record = common::advisory(id, package);
    record["modified"] = json!(modified);
    record["affected"][0]["ranges"][0]["events"][1]["fixed"] = json!(fixed);
    record
}

/// An SBOM of one component.
fn bom_of(component: Value) -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [component] })
}
