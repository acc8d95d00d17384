//! Runs: started, refused, stopped, remembered, told of, begun by themselves, and killed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Server, bom};
use crate::server::gzip;
use crate::{World, osv_record};

const JANUARY: &str = "2026-01-01T00:00:00Z";

async fn call(world: &World, method: &str, path: &str) -> (u16, Value) {
    let path = format!("/api/v2/vuln-data-sources{path}");
    world.server.rest(method, &path, &world.key, None).await
}

async fn running(world: &World, source: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let run = world.latest(source).await;
        if run["status"] == "RUNNING" || run["completed_at"].is_i64() {
            return;
        }
        assert!(Instant::now() < deadline, "{run}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_run_is_alone_can_be_stopped_and_is_remembered() {
    let world = World::start().await;
    world.listen("SYSTEM", "DATASOURCE_MIRRORING").await;
    world.sources.bucket("npm", &[osv_record("R-1", "one", JANUARY, "2.0.0")]);
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    for (method, path) in [("GET", "/osv/mirror-runs/latest"), ("DELETE", "/osv/mirror-runs/latest")] {
        let (status, problem) = call(&world, method, path).await;
        assert_eq!((status, &problem["status"]), (404, &json!(404)), "{problem}");
    }
    let (status, problem) = call(&world, "POST", "/vulndb/mirror-runs").await;
    assert!(status == 404 && problem["detail"].as_str().unwrap().contains("github"), "{problem}");
    let nobody = world.server.rest("POST", "/api/v2/vuln-data-sources/osv/mirror-runs", "none", None).await;
    assert_eq!(nobody.0, 401);

    // A server does not come to an end. Two sources are mirrored at the same time, and a third waits.
    for (source, path) in
        [("kev", "/known_exploited_vulnerabilities.json"), ("epss", "/epss_scores-current.csv.gz")]
    {
        world.sources.delay(path, Duration::from_secs(100));
        assert_eq!(world.begin(source).await, 202);
        running(&world, source).await;
    }
    assert_eq!(world.begin("cwe").await, 202);
    assert_eq!(world.latest("cwe").await["status"], "PENDING");
    for source in ["cwe", "kev", "epss"] {
        assert_eq!(call(&world, "DELETE", &format!("/{source}/mirror-runs/latest")).await.0, 204);
        assert_eq!(world.ended(source).await["status"], "CANCELLED");
    }

    // Nobody else may start one that is in progress; it is stopped.
    world.sources.delay("/npm/all.zip", Duration::from_secs(100));
    assert_eq!(world.begin("osv").await, 202);
    let (status, problem) = call(&world, "POST", "/osv/mirror-runs").await;
    assert_eq!((status, &problem["title"]), (409, &json!("Conflict")), "{problem}");
    running(&world, "osv").await;
    let stopped = Instant::now();
    assert_eq!(call(&world, "DELETE", "/osv/mirror-runs/latest").await.0, 204);
    let run = world.ended("osv").await;
    assert_eq!((&run["status"], &run["failure_reason"]), (&json!("CANCELLED"), &Value::Null), "{run}");
    assert!(stopped.elapsed() < Duration::from_secs(20), "it does not wait for the server");

    world.sources.delay("/npm/all.zip", Duration::ZERO);
    world.mirrored("osv").await;
    world.sources.fail("/npm/modified_id.csv", &[403]);
    let reason = world.refused("osv").await;
    assert!(reason.contains("403"), "{reason}");
    let (_, history) = call(&world, "GET", "/osv/mirror-runs").await;
    let statuses: Vec<&Value> =
        history["items"].as_array().unwrap().iter().map(|run| &run["status"]).collect();
    assert_eq!(statuses, ["FAILED", "COMPLETED", "CANCELLED"]);
    assert_eq!(history["items"][0]["cause"], "MANUAL");
    assert!(history["items"][0]["started_at"].is_i64() && history["items"][0]["created_at"].is_i64());

    // A run that was stopped is not told of.
    let told = world.told("DATASOURCE_MIRRORING", 2).await;
    assert_eq!(told.len(), 2);
    let of = |level: &str| told.iter().find(|told| told["level"] == level).unwrap();
    let (good, bad) = (of("INFORMATIONAL"), of("ERROR"));
    assert_eq!((&good["title"], &good["scope"]), (&json!("OSV Mirroring"), &json!("SYSTEM")));
    let done = "Mirroring of the Google OSV datastore for the selected ecosystems completed successfully";
    assert_eq!(good["content"], done);
    assert_eq!(bad["title"], "OSV Mirroring");
    assert!(bad["content"].as_str().unwrap().contains(&reason), "{bad}");
}

#[tokio::test]
async fn sources_are_mirrored_by_themselves_when_their_time_has_come() {
    let world = World::with(Server::start_mirroring().await).await;
    for (group, name, value) in [
        ("vuln-source", "nvd.enabled", "false"),
        ("vuln-source", "epss.enabled", "true"),
        ("vuln-source", "kev.enabled", "false"),
        ("task-scheduler", "epss.mirror.cadence", "2"),
    ] {
        world.set(group, name, value).await;
    }
    world.sources.put("/epss_scores-current.csv.gz", gzip(b"cve,epss,percentile\nCVE-2026-1,0.5,0.5\n"));
    let deadline = Instant::now() + Duration::from_secs(90);
    while call(&world, "GET", "/epss/mirror-runs").await.1["total"]["count"] == 0 {
        assert!(Instant::now() < deadline, "nothing starts by itself");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let run = world.ended("epss").await;
    assert_eq!((&run["status"], &run["cause"]), (&json!("COMPLETED"), &json!("SCHEDULE")), "{run}");
    let (_, all) = call(&world, "GET", "").await;
    let of = |name: &str| all["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap();
    let next = of("epss")["next_run_at"].as_i64().unwrap() - run["completed_at"].as_i64().unwrap();
    assert!((next - 2 * 3_600_000).abs() < 60_000, "{next} ms to the next run");
    assert_eq!(of("nvd")["enabled"], false);
    assert_eq!(call(&world, "GET", "/nvd/mirror-runs").await.1["total"]["count"], 0);

    // Another cadence counts at once.
    world.set("task-scheduler", "epss.mirror.cadence", "1").await;
    let (_, all) = call(&world, "GET", "").await;
    let epss = all["items"].as_array().unwrap().iter().find(|item| item["name"] == "epss").unwrap();
    let next = epss["next_run_at"].as_i64().unwrap() - run["completed_at"].as_i64().unwrap();
    assert!((next - 3_600_000).abs() < 60_000, "{next} ms to the next run");
}

#[tokio::test]
async fn a_run_goes_on_after_the_end_and_the_death_of_the_server() {
    let mut world = World::start().await;
    let mut records: Vec<Value> = (0..4_000)
        .map(|n| osv_record(&format!("K-{n}"), &format!("package-{n}"), JANUARY, "2.0.0"))
        .collect();
    records.push(osv_record("K-LAST", "last", JANUARY, "2.0.0"));
    world.sources.archive("npm", &records);
    world.sources.list("npm", &records);
    world.set("vuln-source", "google.osv.enabled", "npm").await;
    let names = ["package-0", "package-1999", "package-3999", "last"];
    let project = world.project("app", &bom(&names)).await;
    assert_eq!(world.begin("osv").await, 202);
    for pause in [0_u64, 150, 500] {
        running(&world, "osv").await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if pause == 150 {
            assert!(world.server.interrupt().success());
            world.server.revive().await;
        } else {
            world.server.kill_and_restart().await;
        }
    }
    let run = world.ended("osv").await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    world.finds(&project, &["K-0", "K-1999", "K-3999", "K-LAST"]).await;
    assert_eq!(call(&world, "GET", "/osv/mirror-runs").await.1["total"]["count"], 1);
    world.sources.asked();
    assert_eq!(world.mirrored("osv").await["read"], 0);
    assert_eq!(world.sources.lines(), ["/npm/modified_id.csv 200"]);
    world.all_is_followed();
}

#[tokio::test]
async fn properties_are_checked_and_secrets_hidden() {
    let world = World::start().await;
    for cadence in ["0", "-1"] {
        let (status, text) = world.property("task-scheduler", "osv.mirror.cadence", cadence).await;
        assert_eq!(status, 400);
        assert_eq!(text, "A Task scheduler cadence (in hours) cannot be inferior to one.");
    }
    assert_eq!(world.property("task-scheduler", "osv.mirror.cadence", "soon").await.0, 400);
    assert_eq!(world.property("vuln-source", "nvd.feeds.url", "no address").await.0, 400);
    assert_eq!(world.property("vuln-source", "no.such.property", "1").await.0, 404);
    let (_, saved) = world.property("vuln-source", "google.osv.enabled", " npm;PyPI; npm;").await;
    assert_eq!(saved["propertyValue"], "npm;PyPI");
    let hidden = "HiddenDecryptedPropertyPlaceholder";
    let (status, saved) = world.property("vuln-source", "nvd.api.key", "a-secret").await;
    assert_eq!((status, &saved["propertyValue"]), (200, &json!(hidden)));
    assert_eq!(world.property("vuln-source", "nvd.api.key", hidden).await.0, 304);
    let one = |name: &str, value: &str| json!({ "groupName": "task-scheduler", "propertyName": name, "propertyValue": value });
    let body = json!([one("osv.mirror.cadence", "0"), one("nist.mirror.cadence", "12")]);
    let (status, answer) =
        world.server.rest("POST", "/api/v1/configProperty/aggregate", &world.key, Some(body)).await;
    assert_eq!(status, 200);
    assert_eq!(answer[0], "A Task scheduler cadence (in hours) cannot be inferior to one.");
    assert_eq!(answer[1]["propertyValue"], "12");
    let inactive = world.get("/api/v1/integration/osv/ecosystem/inactive").await.to_string();
    assert!(inactive.contains("\"Maven\"") && !inactive.contains("\"npm\""), "{inactive}");
}
