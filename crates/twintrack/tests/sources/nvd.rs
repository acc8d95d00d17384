//! The NVD by feeds and by its API; scores, the catalogue of exploited flaws, names of weaknesses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Datelike;
use serde_json::{Value, json};

use crate::server::{cve, gzip, nvd_page, zip};
use crate::{World, bom_of};

const WIDGET: &str = "cpe:2.3:a:acme:widget:1.0.0:*:*:*:*:*:*:*";

async fn widget(world: &World) -> String {
    world
        .project(
            "widgets",
            &bom_of(json!({ "type": "application", "name": "widget", "version": "1.0.0", "cpe": WIDGET })),
        )
        .await
}

#[tokio::test]
async fn feeds_are_fetched_when_their_checksum_changes() {
    let world = World::start().await;
    let sources = &world.sources;
    let year = chrono::Utc::now().year();
    for year in 2002..=year {
        sources.feed(&year.to_string(), &[]);
    }
    let flaw = cve("CVE-2020-1000", "widget", "2.0.0");
    sources.feed("2020", &[flaw.clone(), cve("CVE-2020-1001", "gadget", "2.0.0")]);
    sources.feed("modified", &[]);
    let project = widget(&world).await;
    let report = world.mirrored("nvd").await;
    assert_eq!((&report["read"], &report["new"]), (&json!(2), &json!(2)), "{report}");
    world.finds(&project, &["CVE-2020-1000"]).await;
    let fetched = || {
        let lines = sources.lines();
        lines.into_iter().filter(|line| line.contains(".json.gz")).collect::<Vec<_>>()
    };
    assert_eq!(fetched().len(), usize::try_from(year - 2002).unwrap() + 2);
    world.mirrored("nvd").await;
    assert_eq!(fetched(), [""; 0], "unchanged feeds are not fetched");

    // A change comes with the feed of changes, and an older feed of its year does not undo it.
    let mut corrected = cve("CVE-2020-1000", "widget", "1.0.0");
    corrected["lastModified"] = json!("2026-03-01T00:00:00.000");
    sources.feed("modified", &[corrected.clone()]);
    world.mirrored("nvd").await;
    assert_eq!(fetched(), ["/json/cve/2.0/nvdcve-2.0-modified.json.gz 200"]);
    world.finds(&project, &[]).await;
    sources.feed("2020", &[flaw, cve("CVE-2020-1001", "gadget", "3.0.0")]);
    world.mirrored("nvd").await;
    world.finds(&project, &[]).await;

    // A feed that is cut off is named, and the others are taken.
    let text = nvd_page(&[cve("CVE-2021-1", "widget", "2.0.0"), cve("CVE-2021-2", "widget", "2.0.0")], 0, 2);
    let bytes = gzip(text.to_string().as_bytes());
    sources.feed("2021", &[cve("CVE-2021-1", "widget", "2.0.0")]);
    sources.put("/json/cve/2.0/nvdcve-2.0-2021.json.gz", &bytes[..bytes.len() * 3 / 4]);
    sources.feed("2019", &[cve("CVE-2019-1", "widget", "2.0.0")]);
    let reason = world.refused("nvd").await;
    assert!(reason.starts_with("1 feeds: ") && reason.contains("nvdcve-2.0-2021"), "{reason}");
    let findings = world.findings(&project).await;
    assert!(findings.iter().any(|f| f["vulnerability"]["vulnId"] == "CVE-2019-1"), "{findings:?}");
    sources.feed("2021", &[cve("CVE-2021-1", "widget", "2.0.0")]);
    world.mirrored("nvd").await;
    world.finds(&project, &["CVE-2019-1", "CVE-2021-1"]).await;

    // The feeds may be the beginning, and the API what follows.
    sources.asked();
    sources.on("/nvd-api", |asked| {
        assert!(asked.query.contains("lastModStartDate="), "{}", asked.query);
        (200, nvd_page(&[cve("CVE-2018-1", "widget", "2.0.0")], 0, 1))
    });
    world.set("vuln-source", "nvd.api.enabled", "true").await;
    world.set("vuln-source", "nvd.api.download.feeds", "true").await;
    sources.feed("2017", &[cve("CVE-2017-1", "widget", "2.0.0")]);
    world.mirrored("nvd").await;
    world.finds(&project, &["CVE-2017-1", "CVE-2018-1", "CVE-2019-1", "CVE-2021-1"]).await;
    sources.asked();
    world.mirrored("nvd").await;
    assert_eq!(sources.lines(), ["/nvd-api 200"]);
    world.all_is_followed();
}

#[tokio::test]
async fn the_api_is_read_by_pages_then_by_windows_of_change_and_its_key_stays_secret() {
    const KEY: &str = "7c1f-the-key-of-the-nvd";
    let world = World::start().await;
    let sources = &world.sources;
    let records: Vec<Value> = (1..=3).map(|n| cve(&format!("CVE-2026-{n}"), "widget", "2.0.0")).collect();
    let (all, broken) = (records.clone(), Arc::new(AtomicBool::new(true)));
    let breaks = broken.clone();
    sources.on("/nvd-api", move |asked| {
        if asked.api_key.as_deref() != Some(KEY) {
            return (403, json!({}));
        }
        let query: std::collections::HashMap<_, _> =
            url::form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
        let from = query["startIndex"].parse().unwrap();
        if from > 0 && breaks.load(Ordering::Relaxed) {
            return (400, json!({}));
        }
        match query.get("lastModStartDate") {
            None => (200, nvd_page(&all, from, 2)),
            Some(start) => {
                assert!(start.ends_with('Z') && query["lastModEndDate"] > *start, "{query:?}");
                let mut withdrawn = all[0].clone();
                withdrawn["vulnStatus"] = json!("Rejected");
                (200, nvd_page(&[withdrawn], from, 2))
            }
        }
    });
    world.set("vuln-source", "nvd.api.enabled", "true").await;
    world.set("vuln-source", "nvd.api.key", "wrong-key").await;
    let reason = world.refused("nvd").await;
    assert!(reason.contains("403") && reason.contains("key") && !reason.contains("wrong-key"), "{reason}");
    assert_eq!(world.value("nvd.api.last.modified.epoch.seconds").await, Value::Null);

    // It breaks off at the second page; the next run goes on there, and tells when the first began.
    world.set("vuln-source", "nvd.api.key", KEY).await;
    sources.asked();
    let project = widget(&world).await;
    let before = chrono::Utc::now().timestamp();
    assert!(world.refused("nvd").await.contains("400"));
    let after = chrono::Utc::now().timestamp();
    world.finds(&project, &["CVE-2026-1", "CVE-2026-2"]).await;
    broken.store(false, Ordering::Relaxed);
    assert_eq!(world.mirrored("nvd").await["new"], 1);
    world.finds(&project, &["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]).await;
    let queries: Vec<String> = sources.asked().into_iter().map(|asked| asked.query).collect();
    let page = |at: u32| format!("resultsPerPage=2000&startIndex={at}");
    assert_eq!(queries, [page(0), page(2), page(2)]);
    let checkpoint = world.value("nvd.api.last.modified.epoch.seconds").await;
    let checkpoint: i64 = checkpoint.as_str().unwrap().parse().unwrap();
    assert!((before..=after).contains(&checkpoint));

    let report = world.mirrored("nvd").await;
    assert_eq!((&report["read"], &report["withdrawn"]), (&json!(1), &json!(1)), "{report}");
    world.finds(&project, &["CVE-2026-2", "CVE-2026-3"]).await;

    // Months without a run are asked for window by window.
    let long_ago = (before - 200 * 86_400).to_string();
    world.set("vuln-source", "nvd.api.last.modified.epoch.seconds", &long_ago).await;
    sources.asked();
    world.mirrored("nvd").await;
    assert_eq!(sources.asked().len(), 2);

    let shown = world.get("/api/v1/configProperty").await.to_string();
    let sources = world.get("/api/v2/vuln-data-sources").await.to_string();
    assert!(!shown.contains(KEY) && !sources.contains(KEY));
    assert_eq!(world.value("nvd.api.key").await, "HiddenDecryptedPropertyPlaceholder");
    for file in std::fs::read_dir(world.server.folder()).unwrap().filter_map(|e| e.ok()?.path().into()) {
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()), "{}", file.display());
        }
    }
}

#[tokio::test]
async fn scores_the_catalogue_and_names_of_weaknesses_show_on_findings() {
    let world = World::start().await;
    let sources = &world.sources;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nvd.json");
    let records = [cve("CVE-2026-1", "widget", "2.0.0"), cve("CVE-2026-2", "widget", "2.0.0")];
    std::fs::write(&file, nvd_page(&records, 0, 2).to_string()).unwrap();
    let import = ["advisories", "import", "--source", "nvd", file.to_str().unwrap()];
    crate::stdout(&world.server.on_data(&import));
    let project = widget(&world).await;
    world.finds(&project, &["CVE-2026-1", "CVE-2026-2"]).await;

    let scores = "#model_version:v2026.01.01,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\n\
                  CVE-2026-1,0.25,0.75\nnonsense\n";
    sources.put("/epss_scores-current.csv.gz", gzip(scores.as_bytes()));
    let report = world.mirrored("epss").await;
    assert_eq!((&report["read"], &report["failures"]), (&json!(2), &json!(1)), "{report}");
    let catalogue = json!({ "catalogVersion": "2026.01.02", "vulnerabilities": [{
        "cveID": "CVE-2026-1", "dateAdded": "2026-01-02", "requiredAction": "Update", "shortDescription": "It is used",
        "knownRansomwareCampaignUse": "Known" }] });
    sources.put("/known_exploited_vulnerabilities.json", catalogue.to_string());
    world.mirrored("kev").await;
    let weaknesses = "<Weakness_Catalog><Weaknesses><Weakness ID=\"9001\" Name=\"A Weakness Nobody Knew\"/>\
                      </Weaknesses></Weakness_Catalog>";
    sources.put("/cwec_latest.xml.zip", zip(&[("cwec.xml".to_owned(), weaknesses.as_bytes().to_vec())]));
    world.mirrored("cwe").await;

    let findings = world.findings(&project).await;
    let of = |id: &str| findings.iter().map(|f| &f["vulnerability"]).find(|v| v["vulnId"] == id).unwrap();
    let (one, two) = (of("CVE-2026-1"), of("CVE-2026-2"));
    assert_eq!((&one["epssScore"], &one["epssPercentile"]), (&json!(0.25), &json!(0.75)), "{one}");
    assert_eq!(one["knownExploited"], true);
    assert_eq!(one["cwes"][0]["name"], "A Weakness Nobody Knew");
    assert_eq!((&two["epssScore"], &two["knownExploited"]), (&Value::Null, &Value::Null), "{two}");
    let kev = world.get("/api/v2/vulns/NVD/CVE-2026-1/kev-assertions").await;
    assert_eq!(
        (&kev["items"][0]["asserter"], &kev["items"][0]["known_ransomware"]),
        (&json!("CISA"), &json!(true))
    );

    // What has not changed is not fetched, and what cannot be read leaves what is there.
    sources.asked();
    for source in ["epss", "kev", "cwe"] {
        world.mirrored(source).await;
    }
    assert!(sources.lines().iter().all(|line| line.ends_with(" 304")));
    sources.put("/epss_scores-current.csv.gz", gzip(b"<html></html>"));
    sources.put("/known_exploited_vulnerabilities.json", "{}");
    sources.put("/cwec_latest.xml.zip", "no zip");
    for source in ["epss", "kev", "cwe"] {
        world.refused(source).await;
    }
    assert_eq!(world.findings(&project).await, findings);
}
