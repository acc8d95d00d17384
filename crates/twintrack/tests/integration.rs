//! The integration with a Dependency-Track of version 4 and 5, which a stand-in plays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Server, stdout};
use dependency_track::testing::{Fault, Flaw, Generation, KEY, StandIn};
use serde_json::{Value, json};
use uuid::Uuid;

fn flaw(id: &str, score: f64) -> Flaw {
    let vector = match score {
        9.8 => "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        7.5 => "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        _ => "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
    };
    Flaw { id: id.into(), source: "NVD".into(), cvss: Some((vector.into(), score)), aliases: Vec::new() }
}

struct Pair {
    platform: Server,
    who: String,
    there: StandIn,
    integration: String,
}

impl Pair {
    async fn new(generation: Generation) -> Pair {
        let platform = Server::start().await;
        let there = StandIn::start(generation).await.unwrap();
        let who = platform.log_in().await;
        let mut pair = Pair { platform, who, there, integration: String::new() };
        pair.integration = pair.connect("1", "").await["id"].as_str().unwrap().to_owned();
        pair
    }

    async fn connect(&self, company: &str, more: &str) -> Value {
        let query = format!(
            "mutation {{ saveDependencyTrackIntegration(input: {{ companyId: {company}, apiUrl: \"{}/api/v1/\", apiToken: \"{KEY}\", \
             severities: [CRITICAL, HIGH, MEDIUM] {more} }}) {{ integration {{ id apiUrl webhookToken nextSyncAt }} errors {{ code message }} }} }}",
            self.there.url
        );
        let saved = self.ask(&query).await["saveDependencyTrackIntegration"].clone();
        assert_eq!(saved["errors"], json!([]), "{saved}");
        saved["integration"].clone()
    }

    async fn ask(&self, query: &str) -> Value {
        self.platform.graphql(&self.who, query, json!({})).await
    }

    async fn import(&self, project: Uuid, follow: &str) -> Value {
        let query = format!(
            "mutation {{ associateProject(input: {{ companyId: 1, integration: DEPENDENCY_TRACK, projectIds: [\"{project}\"], follow: {follow} }}) \
             {{ data {{ asset {{ id name }} syncRun {{ id }} error {{ code message }} }} errors }} }}"
        );
        self.ask(&query).await["associateProject"]["data"][0].clone()
    }

    /// Imports and waits for the end of the run; the asset.
    async fn imported(&self, project: Uuid, follow: &str) -> String {
        let made = self.import(project, follow).await;
        assert_eq!(made["error"], json!(null), "{made}");
        self.ended(made["syncRun"]["id"].as_str().unwrap()).await;
        made["asset"]["id"].as_str().unwrap().to_owned()
    }

    async fn ended(&self, run: &str) -> Value {
        let query = format!(
            "{{ syncRun(id: {run}) {{ state created updated fixed reopened unchanged filteredOut pushed errors {{ code message hint }} }} }}"
        );
        for _ in 0..1_200 {
            let run = self.ask(&query).await["syncRun"].clone();
            if run["state"] != "QUEUED" && run["state"] != "RUNNING" {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the run does not end");
    }

    async fn sync(&self, asset: &str) -> Value {
        let query = format!(
            "mutation {{ syncAsset(input: {{ assetId: {asset}, integration: DEPENDENCY_TRACK }}) {{ failureReason }} }}"
        );
        assert_eq!(self.ask(&query).await["syncAsset"]["failureReason"], json!(null));
        let last = self
            .ask(&format!(
                "{{ syncRuns(companyId: 1, assetId: {asset}, limit: 1) {{ collection {{ id }} }} }}"
            ))
            .await;
        self.ended(last["syncRuns"]["collection"][0]["id"].as_str().unwrap()).await
    }

    /// Vulnerability, status, severity and whether filtered out, by vulnerability.
    async fn issues(&self, asset: &str) -> Vec<(String, String, String, bool)> {
        let query = format!(
            "{{ issues(companyId: 1, pagination: {{ perPage: 100 }}, filters: {{ assetIds: [{asset}], statuses: [IDENTIFIED, IN_PROGRESS, \
             AWAITING_VALIDATION, RISK_ACCEPTED, FALSE_POSITIVE, SUPPRESSED, FIX_ACCEPTED] }}) {{ collection {{ status ... on ScaFinding \
             {{ severity filteredOut detail {{ vulnerabilityId }} }} }} }} }}"
        );
        let answer = self.ask(&query).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut rows: Vec<_> = answer["issues"]["collection"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| {
                (
                    text(&i["detail"]["vulnerabilityId"]),
                    text(&i["status"]),
                    text(&i["severity"]),
                    i["filteredOut"] == json!(true),
                )
            })
            .collect();
        rows.sort();
        rows
    }

    async fn statuses(&self, asset: &str) -> Vec<(String, String)> {
        self.issues(asset).await.into_iter().map(|(id, status, ..)| (id, status)).collect()
    }
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[tokio::test]
async fn projects_are_found_imported_once_and_refused_when_they_only_add_up_others() {
    let pair = Pair::new(Generation::Four).await;
    let (shop, folder, old) = {
        let mut there = pair.there.state();
        for n in 0..25 {
            there.add_project(&format!("service {n:02}"), "1", true);
        }
        let shop = there.add_project("shop", "1", true);
        let folder = there.add_project("folder", "1", true);
        there.change_project(folder, &json!({ "collectionLogic": "AGGREGATE_DIRECT_CHILDREN" }));
        let old = there.add_project("old", "1", true);
        there.change_project(old, &json!({ "active": false }));
        there.set_components(shop, &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8)])]);
        (shop, folder, old)
    };
    let list = |more: &str| {
        format!(
            "{{ externalProjects(integrationId: {}, limit: 10 {more}) {{ collection {{ id name active asset {{ id }} }} metadata {{ totalCount totalPages }} }} }}",
            pair.integration
        )
    };
    let page = pair.ask(&list(", page: 3, includeInactive: false")).await["externalProjects"].clone();
    assert_eq!(
        (page["metadata"]["totalCount"].as_i64(), page["collection"].as_array().unwrap().len()),
        (Some(27), 7)
    );
    assert_eq!(
        pair.ask(&list(", includeInactive: true")).await["externalProjects"]["metadata"]["totalCount"],
        28
    );
    assert_eq!(
        pair.ask(&list(", search: \"SHO\"")).await["externalProjects"]["collection"][0]["name"],
        "shop"
    );

    let first = pair.imported(shop, "VERSION").await;
    assert_eq!(pair.imported(shop, "VERSION").await, first, "imported twice is one asset");
    assert_eq!(
        pair.ask(&list(", search: \"shop\"")).await["externalProjects"]["collection"][0]["asset"]["id"],
        first
    );
    let refused = pair.import(folder, "VERSION").await;
    assert_eq!(
        (&refused["error"]["code"], &refused["asset"]),
        (&json!("CONFLICT"), &json!(null)),
        "{refused}"
    );
    assert_eq!(pair.import(Uuid::new_v4(), "VERSION").await["error"]["code"], "DT_PROJECT_GONE");
    pair.imported(old, "VERSION").await;

    // A project that has another name now: so has its asset, as long as nobody named it otherwise.
    pair.there.state().change_project(shop, &json!({ "name": "store" }));
    pair.sync(&first).await;
    let name =
        || async { pair.ask(&format!("{{ asset(id: {first}) {{ name }} }}")).await["asset"]["name"].clone() };
    assert_eq!(name().await, "store 1");
    pair.ask(&format!("mutation {{ updateAsset(input: {{ id: {first}, companyId: 1, name: \"mine\" }}) {{ asset {{ id }} }} }}")).await;
    pair.there.state().change_project(shop, &json!({ "name": "emporium" }));
    pair.sync(&first).await;
    assert_eq!(name().await, "mine");

    // A project that is gone: said so, and the issues stay as they are.
    pair.there.state().remove_project(shop);
    let run = pair.sync(&first).await;
    assert_eq!(
        (&run["state"], &run["errors"][0]["code"]),
        (&json!("FAILED"), &json!("DT_PROJECT_GONE")),
        "{run}"
    );
    assert_eq!(pair.statuses(&first).await, pairs(&[("CVE-2026-1", "IDENTIFIED")]));
    let link = pair.ask(&format!("{{ asset(id: {first}) {{ integrationLinks {{ id }} }} }}")).await["asset"]
        ["integrationLinks"][0]["id"]
        .clone();
    let unlink = format!(
        "mutation {{ unlinkExternalProject(input: {{ assetIntegrationId: {link}, keepIssues: false }}) {{ asset {{ integrationLinks {{ id }} }} }} }}"
    );
    assert_eq!(pair.ask(&unlink).await["unlinkExternalProject"]["asset"]["integrationLinks"], json!([]));
    assert_eq!(pair.statuses(&first).await, pairs(&[("CVE-2026-1", "SUPPRESSED")]), "never Fixed");
}

#[tokio::test]
async fn an_asset_follows_the_latest_version() {
    for generation in [Generation::Four, Generation::Five] {
        let pair = Pair::new(generation).await;
        let first = pair.there.state().add_project("shop", "1", true);
        let flaws = || vec![flaw("CVE-2026-1", 9.8), flaw("CVE-2026-2", 7.5)];
        pair.there.state().set_components(first, &[("left-pad", "1.0.0", flaws())]);
        let asset = pair.imported(first, "LATEST").await;
        assert_eq!(pair.ask(&format!("{{ asset(id: {asset}) {{ name }} }}")).await["asset"]["name"], "shop");
        let accepted = pair.ask("{ issues(companyId: 1, pagination: {}, filters: { title: \"left-pad\" }) { collection { id ... on ScaFinding { detail { cve } } } } }").await;
        let list = accepted["issues"]["collection"].as_array().unwrap().clone();
        let id = &list
            .iter()
            .find(|issue| issue["detail"]["cve"] == "CVE-2026-1")
            .unwrap_or_else(|| panic!("{list:?}"))["id"];
        pair.ask(&format!("mutation {{ changeIssueStatus(input: {{ id: {id}, status: RISK_ACCEPTED, reason: \"known\" }}) {{ issue {{ id }} }} }}")).await;
        // The next version has one flaw less. Told by webhook, though nobody follows its project yet.
        let second = pair.there.state().add_project("shop", "2", true);
        pair.there.state().set_components(second, &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8)])]);
        let token = pair
            .ask(&format!("{{ integration(id: {}) {{ webhookToken }} }}", pair.integration))
            .await["integration"]["webhookToken"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            pair.platform.webhook(&token, &pair.there.notification("BOM_PROCESSED", second)).await,
            202
        );
        let wanted = pairs(&[("CVE-2026-1", "RISK_ACCEPTED"), ("CVE-2026-2", "FIX_ACCEPTED")]);
        until(|| async { pair.statuses(&asset).await == wanted }).await;
        // The decision goes along to the new version.
        until(|| async {
            let rows = pair.there.state().listed(second, true);
            rows.iter().any(|row| row["analysis"]["state"] == "EXPLOITABLE")
        })
        .await;
        let link = pair
            .ask(&format!(
                "{{ asset(id: {asset}) {{ integrationLinks {{ follow externalProject {{ version }} }} }} }}"
            ))
            .await;
        assert_eq!(
            link["asset"]["integrationLinks"][0],
            json!({ "follow": "LATEST", "externalProject": { "version": "2" } })
        );
    }
}

#[tokio::test]
async fn severities_filter_what_becomes_an_issue() {
    let pair = Pair::new(Generation::Five).await;
    let project = pair.there.state().add_project("shop", "1", true);
    let all = vec![flaw("CVE-2026-1", 9.8), flaw("CVE-2026-2", 7.5), flaw("CVE-2026-3", 5.4)];
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", all.clone())]);
    let choose = |severities: &str| {
        format!(
            "mutation {{ saveDependencyTrackIntegration(input: {{ companyId: 1, severities: [{severities}] }}) {{ errors {{ message }} }} }}"
        )
    };
    pair.ask(&choose("")).await;
    let asset = pair.imported(project, "VERSION").await;
    assert!(pair.issues(&asset).await.is_empty(), "none chosen imports nothing");
    pair.ask(&choose("CRITICAL, HIGH")).await;
    let run = pair.sync(&asset).await;
    assert_eq!((run["created"].as_i64(), run["filteredOut"].as_i64()), (Some(2), Some(1)), "{run}");
    pair.ask(&choose("CRITICAL")).await;
    pair.sync(&asset).await;
    let shown: Vec<_> =
        pair.issues(&asset).await.into_iter().map(|(id, _, severity, out)| (id, severity, out)).collect();
    let row = |id: &str, severity: &str, out| (id.to_owned(), severity.to_owned(), out);
    assert_eq!(
        shown,
        [row("CVE-2026-1", "CRITICAL", false), row("CVE-2026-2", "HIGH", true)],
        "they stay, with a mark"
    );
    // And are kept in step.
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", all[..1].to_vec())]);
    pair.sync(&asset).await;
    assert_eq!(
        pair.statuses(&asset).await,
        pairs(&[("CVE-2026-1", "IDENTIFIED"), ("CVE-2026-2", "FIX_ACCEPTED")])
    );
}

#[tokio::test]
async fn only_a_complete_list_marks_fixed_and_a_user_never_does() {
    let pair = Pair::new(Generation::Four).await;
    let project = pair.there.state().add_project("shop", "1", true);
    let flaws = vec![flaw("CVE-2026-1", 9.8), flaw("CVE-2026-2", 7.5)];
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", flaws.clone())]);
    let asset = pair.imported(project, "VERSION").await;
    let both = pairs(&[("CVE-2026-1", "IDENTIFIED"), ("CVE-2026-2", "IDENTIFIED")]);
    for (fault, code) in [
        (Fault::Trimmed, "DT_BAD_RESPONSE"),
        (Fault::Status(500), "DT_SERVER_ERROR"),
        (Fault::Status(401), "DT_UNAUTHORIZED"),
    ] {
        pair.there.state().fault = fault;
        let run = pair.sync(&asset).await;
        assert_eq!(run["state"], "FAILED", "{fault:?}: {run}");
        let told = &run["errors"][0];
        assert!(
            told["hint"].as_str().is_some_and(|hint| !hint.is_empty()) && !told.to_string().contains(KEY),
            "{told}"
        );
        if code != "DT_BAD_RESPONSE" {
            assert_eq!(told["code"], code, "{told}");
        }
        assert_eq!(pair.statuses(&asset).await, both, "{fault:?}");
    }
    pair.there.state().fault = Fault::None;
    pair.there.state().permissions.retain(|permission| permission != "VIEW_VULNERABILITY");
    let run = pair.sync(&asset).await;
    assert!(run["errors"][0]["message"].as_str().unwrap().contains("VIEW_VULNERABILITY"), "{run}");
    assert_eq!(pair.statuses(&asset).await, both);
    let check = format!(
        "mutation {{ checkConnection(input: {{ integrationId: {} }}) {{ ok version permissions {{ name granted neededFor }} }} }}",
        pair.integration
    );
    let check = pair.ask(&check).await["checkConnection"].clone();
    let lacking: Vec<&str> = check["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["granted"] == false)
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert_eq!(check["ok"], false, "{check}");
    assert_eq!((lacking, &check["version"]), (vec!["VIEW_VULNERABILITY"], &json!("4.14.2")), "{check}");
    pair.there.state().permissions.push("VIEW_VULNERABILITY".into());

    let id = pair.ask("{ issues(companyId: 1, pagination: {}) { collection { id } } }").await["issues"]["collection"][0]["id"].clone();
    let fixed = format!(
        "mutation {{ changeIssueStatus(input: {{ id: {id}, status: FIX_ACCEPTED, reason: \"trust me\" }}) {{ issue {{ id }} }} }}"
    );
    let refused = pair.platform.graphql_or_error(&pair.who, &fixed, json!({})).await.unwrap_err();
    assert!(refused[0]["extensions"]["hint"].as_str().unwrap().contains("synchronization"), "{refused}");
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", flaws[..1].to_vec())]);
    let run = pair.sync(&asset).await;
    assert_eq!((run["fixed"].as_i64(), run["unchanged"].as_i64()), (Some(1), Some(1)), "{run}");
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", flaws)]);
    let run = pair.sync(&asset).await;
    assert_eq!((run["reopened"].as_i64(), run["fixed"].as_i64()), (Some(1), Some(0)), "{run}");
    assert_eq!(pair.statuses(&asset).await, both);
}

#[tokio::test]
async fn the_webhook_is_set_up_by_one_click_and_companies_share_it() {
    for generation in [Generation::Four, Generation::Five] {
        let pair = Pair::new(generation).await;
        let project = pair.there.state().add_project("shop", "1", true);
        pair.there.state().set_components(project, &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8)])]);
        let asset = pair.imported(project, "VERSION").await;
        let made = pair.ask(&format!("mutation {{ createExternalWebhook(input: {{ integrationId: {} }}) {{ created ruleName error {{ message }} }} }}", pair.integration)).await;
        assert_eq!(made["createExternalWebhook"]["created"], true, "{made}");
        // A second company on the same server takes over the token.
        let token = pair
            .ask(&format!("{{ integration(id: {}) {{ webhookToken }} }}", pair.integration))
            .await["integration"]["webhookToken"]
            .as_str()
            .unwrap()
            .to_owned();
        let other =
            pair.ask("mutation { createCompany(input: { label: \"Other\" }) { id } }").await["createCompany"]
                ["id"]
                .as_str()
                .unwrap()
                .to_owned();
        let second = pair.connect(&other, &format!(", webhookToken: \"{token}\"")).await;
        assert_eq!(second["webhookToken"], token.as_str());
        let query = format!(
            "mutation {{ associateProject(input: {{ companyId: {other}, integration: DEPENDENCY_TRACK, projectIds: [\"{project}\"] }}) {{ data {{ syncRun {{ id }} }} }} }}"
        );
        let run = pair.ask(&query).await["associateProject"]["data"][0]["syncRun"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        pair.ended(&run).await;

        // An analyst decides through the API: Dependency-Track tells, and both companies follow.
        let client = reqwest::Client::new();
        let body = json!({ "project": project, "component": "left-pad", "flaw": "CVE-2026-1", "state": "NOT_AFFECTED" });
        let told =
            client.post(format!("{}/stand-in/decide", pair.there.url)).json(&body).send().await.unwrap();
        assert_eq!(told.status(), 204);
        until(|| async { pair.statuses(&asset).await == pairs(&[("CVE-2026-1", "FALSE_POSITIVE")]) }).await;
        let theirs = format!(
            "{{ issues(companyId: {other}, pagination: {{}}, filters: {{ statuses: [FALSE_POSITIVE] }}) {{ metadata {{ totalCount }} }} }}"
        );
        until(|| async { pair.ask(&theirs).await["issues"]["metadata"]["totalCount"] == 1 }).await;
        let runs = pair.ask("{ syncRuns(companyId: 1, limit: 1) { collection { trigger } } }").await;
        assert_eq!(runs["syncRuns"]["collection"][0]["trigger"], "WEBHOOK");

        // The tokens of strangers, wherever they are put, open nothing.
        let url = pair.platform.url("/api/webhooks/dependency-track");
        let letter = pair.there.notification("PROJECT_AUDIT_CHANGE", project);
        for (call, status) in [
            (client.post(&url), 401),
            (client.post(&url).header("x-api-key", "wrong"), 401),
            (client.post(&url).header("x-webhook-token", &token), 202),
            (client.post(&url).bearer_auth(&token), 202),
            (client.post(format!("{url}?token={token}")), 202),
            (client.post(format!("{url}?token=wrong")), 401),
        ] {
            assert_eq!(call.json(&letter).send().await.unwrap().status(), status);
        }
        for odd in
            [json!(null), json!({}), json!({ "notification": { "group": "SOMETHING_NEW", "subject": 7 } })]
        {
            assert_eq!(pair.platform.webhook(&token, &odd).await, 202);
        }
    }
}

#[tokio::test]
async fn runs_are_bounded_cancelled_scheduled_and_watched() {
    let pair = Pair::new(Generation::Four).await;
    let mut assets = Vec::new();
    for n in 0..6 {
        let project = pair.there.state().add_project(&format!("service {n}"), "1", true);
        pair.there.state().set_components(project, &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8)])]);
        assets.push(pair.imported(project, "VERSION").await);
    }
    pair.there.state().fault = Fault::Slow(Duration::from_millis(300));
    let all = pair
        .ask(&format!(
            "mutation {{ syncAll(input: {{ integrationId: {} }}) {{ runs {{ id }} }} }}",
            pair.integration
        ))
        .await;
    let runs: Vec<String> = all["syncAll"]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(runs.len(), 6);
    let running = "{ syncRuns(companyId: 1, state: RUNNING) { metadata { totalCount } } }";
    let mut most = 0;
    for _ in 0..10 {
        most = most.max(pair.ask(running).await["syncRuns"]["metadata"]["totalCount"].as_i64().unwrap());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!((1..=2).contains(&most), "{most} at a time");
    let last = runs.last().unwrap();
    assert!(["CANCELLED", "RUNNING", "QUEUED"].contains(&pair.ask(&format!("mutation {{ cancelSync(input: {{ runId: {last} }}) {{ state }} }}")).await["cancelSync"]["state"].as_str().unwrap()));
    let watched = pair
        .platform
        .watch(
            &pair.who,
            &format!("subscription {{ syncProgress(runId: {}) {{ state phase progress done }} }}", runs[4]),
        )
        .await;
    assert!(
        watched.contains("RUNNING") && watched.contains("SUCCEEDED") && watched.contains("event: complete"),
        "{watched}"
    );
    assert_eq!(pair.ended(last).await["state"], "CANCELLED");
    pair.there.state().fault = Fault::None;

    let refused = pair.ask("mutation { saveDependencyTrackIntegration(input: { companyId: 1, cron: \"every day\" }) { errors { message } } }").await;
    assert!(
        refused["saveDependencyTrackIntegration"]["errors"][0]["message"].as_str().unwrap().contains("cron"),
        "{refused}"
    );
    let saved = pair.connect("1", ", cron: \"*/5 * * * *\"").await;
    assert!(saved["nextSyncAt"].is_string(), "{saved}");
    let weekly = format!(
        "mutation {{ configureIntegrationSchedule(input: {{ integrationId: {}, companyId: 1, cycle: weekly }}) {{ integrationSchedule {{ cycle }} }} }}",
        pair.integration
    );
    assert_eq!(
        pair.ask(&weekly).await["configureIntegrationSchedule"]["integrationSchedule"]["cycle"],
        "weekly"
    );
}

#[tokio::test]
async fn one_flaw_under_two_names_is_one_issue_and_keeps_its_decision() {
    let pair = Pair::new(Generation::Four).await;
    let project = pair.there.state().add_project("shop", "1", true);
    let other = |aliases: &[&str]| Flaw {
        id: "GHSA-aaaa-bbbb-cccc".into(),
        source: "GITHUB".into(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..flaw("", 9.8)
    };
    pair.there
        .state()
        .set_components(project, &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8), other(&[])])]);
    let asset = pair.imported(project, "VERSION").await;
    let two = pair.ask(&format!("{{ issues(companyId: 1, pagination: {{}}, filters: {{ assetIds: [{asset}] }}) {{ collection {{ id ... on ScaFinding {{ detail {{ vulnerabilityId }} }} }} }} }}")).await;
    let two = two["issues"]["collection"].as_array().unwrap().clone();
    assert_eq!(two.len(), 2, "nobody knows yet that they are one");
    let second =
        two.iter().find(|issue| issue["detail"]["vulnerabilityId"] != "CVE-2026-1").unwrap()["id"].clone();
    pair.ask(&format!("mutation {{ changeIssueStatus(input: {{ id: {second}, status: FALSE_POSITIVE, reason: \"not reachable\" }}) {{ issue {{ id }} }} }}")).await;
    pair.ask(&format!(
        "mutation {{ commentIssue(input: {{ issueId: {second}, text: \"looked at it\" }}) {{ id }} }}"
    ))
    .await;
    pair.there.state().set_components(
        project,
        &[("left-pad", "1.0.0", vec![flaw("CVE-2026-1", 9.8), other(&["CVE-2026-1"])])],
    );
    pair.sync(&asset).await;
    assert_eq!(
        pair.statuses(&asset).await.iter().map(|row| row.1.as_str()).collect::<Vec<_>>(),
        ["FALSE_POSITIVE"]
    );
    // The address of the issue that became part of the other one still leads there, with everything that was said.
    let found = pair.ask(&format!("{{ issue(id: {second}) {{ status ... on ScaFinding {{ comments {{ text }} detail {{ cve aliases }} }} }} }}")).await["issue"].clone();
    assert_eq!(
        (&found["comments"][0]["text"], &found["detail"]["cve"]),
        (&json!("looked at it"), &json!("CVE-2026-1")),
        "{found}"
    );
    until(|| async {
        pair.there
            .state()
            .listed(project, true)
            .iter()
            .all(|row| row["analysis"]["state"] == "FALSE_POSITIVE")
    })
    .await;
}

#[tokio::test]
async fn the_first_fixed_version_is_the_advice() {
    let pair = Pair::new(Generation::Five).await;
    let project = pair.there.state().add_project("shop", "1", true);
    // Known by its CVE here, and to the scanner by the id of another source.
    let reported = Flaw {
        id: "GHSA-aaaa-bbbb-cccc".into(),
        source: "GITHUB".into(),
        aliases: vec!["CVE-2026-1".into()],
        ..flaw("", 9.8)
    };
    pair.there.state().set_components(project, &[("left-pad", "1.0.0", vec![reported])]);
    pair.imported(project, "VERSION").await;
    let look = "{ issues(companyId: 1, pagination: {}) { collection { ... on ScaFinding { originalIssueIdFromTool \
                detail { cve patchedVersion } } } } }";
    let wanted = json!([{ "originalIssueIdFromTool": "GHSA-aaaa-bbbb-cccc", "detail": { "cve": "CVE-2026-1", "patchedVersion": "2.0.0" } }]);
    until(|| async { pair.ask(look).await["issues"]["collection"] == wanted }).await;
}

#[tokio::test]
async fn the_key_of_credentials_is_replaced_without_losing_them() {
    let mut pair = Pair::new(Generation::Four).await;
    let project = pair.there.state().add_project("shop", "1", true);
    let asset = pair.imported(project, "VERSION").await;
    let token = pair.ask(&format!("{{ integration(id: {}) {{ webhookToken }} }}", pair.integration)).await["integration"]["webhookToken"].clone();
    let busy = pair.platform.on_data(&["secret-key", "rotate"]);
    if pair.platform.database.starts_with("sqlite:") {
        assert!(!busy.status.success() && String::from_utf8_lossy(&busy.stderr).contains("stop"), "{busy:?}");
    }
    let before = std::fs::read(pair.platform.folder().join("secret.key")).unwrap();
    pair.platform.kill();
    let told = stdout(&pair.platform.on_data(&["secret-key", "rotate"]));
    assert!(told.contains("2 stored credentials"), "{told}");
    assert_ne!(std::fs::read(pair.platform.folder().join("secret.key")).unwrap(), before);
    pair.platform.revive().await;
    assert_eq!(pair.sync(&asset).await["state"], "SUCCEEDED");
    let after = pair.ask(&format!("{{ integration(id: {}) {{ webhookToken }} }}", pair.integration)).await["integration"]["webhookToken"].clone();
    assert_eq!(after, token);
    assert_eq!(pair.platform.webhook(token.as_str().unwrap(), &json!({})).await, 202);
    for entry in std::fs::read_dir(pair.platform.folder()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            !bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()),
            "{} has the API key",
            path.display()
        );
    }
}

async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    for _ in 0..1_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    panic!("it did not come true");
}
