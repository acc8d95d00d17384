//! Vulnerabilities that people write and link themselves, why a component has one, and lists of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Server, advisory, bom, stdout};
use serde_json::{Value, json};

const FLAWS: &str = "/api/v1/vulnerability";

async fn project(server: &Server, key: &str, name: &str, bom: &Value) -> String {
    let token = server.upload(key, name, bom).await;
    server.processed(key, &token).await;
    let lookup = format!("/api/v1/project/lookup?name={name}&version=1");
    server.rest("GET", &lookup, key, None).await.1["uuid"].as_str().unwrap().to_owned()
}

async fn findings(server: &Server, key: &str, project: &str) -> Vec<Value> {
    let (status, found) = server.rest("GET", &format!("/api/v1/finding/project/{project}"), key, None).await;
    assert_eq!(status, 200, "{found}");
    found.as_array().unwrap().clone()
}

/// `component: vulnerability` of each finding, in order.
async fn pairs(server: &Server, key: &str, project: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = findings(server, key, project).await;
    let mut pairs: Vec<String> = found
        .iter()
        .map(|f| format!("{}: {}", text(&f["component"]["name"]), text(&f["vulnerability"]["vulnId"])))
        .collect();
    pairs.sort();
    pairs
}

/// Waits until the project has exactly these findings.
async fn until(server: &Server, key: &str, project: &str, expected: &[&str]) {
    for _ in 0..1_000 {
        if pairs(server, key, project).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(pairs(server, key, project).await, expected);
}

async fn component(server: &Server, key: &str, project: &str, name: &str) -> Value {
    let path = format!("/api/v1/component/project/{project}?searchText={name}");
    server.rest("GET", &path, key, None).await.1[0].clone()
}

fn range(identity: &str, bounds: Value) -> Value {
    let mut entry = json!({ "identityType": "PURL", "identity": identity, "versionType": "RANGE" });
    for (name, at) in bounds.as_object().unwrap() {
        entry[name] = at.clone();
    }
    entry
}

#[tokio::test]
async fn what_people_write_themselves_finds_projects_that_are_there() {
    let server = Server::start().await;
    let key = server.admin_key();
    let shop = project(&server, &key, "shop", &bom(&["left", "right"])).await;
    let firmware = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [
        { "type": "firmware", "bom-ref": "f", "name": "blinker", "version": "2.1", "purl": "pkg:generic/acme/blinker@2.1" },
        { "type": "application", "bom-ref": "c", "name": "router", "version": "7.0", "cpe": "cpe:2.3:a:acme:router:7.0:*:*:*:*:*:*:*" },
        { "type": "library", "bom-ref": "l", "name": "left", "version": "1.0.0", "purl": "pkg:npm/left@1.0.0" },
    ] });
    let device = project(&server, &key, "device", &firmware).await;

    let (_, id) = server.rest("GET", "/api/v1/vulnerability/vulnId", &key, None).await;
    let parts: Vec<&str> = id.as_str().unwrap().split('-').collect();
    assert!(parts[0] == "INT" && parts[1..].iter().all(|part| part.len() == 4) && parts.len() == 4, "{id}");

    let mut flaw = json!({ "vulnId": "INT-1", "title": "Ours", "cwes": [{ "cweId": 79 }], "published": "2026-01-02T03:04:05Z",
        "cvssV3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "affectedComponents": [range("pkg:npm/left", json!({ "versionStartIncluding": "1.0.0", "versionEndExcluding": "2.0.0" }))] });
    let (status, made) = server.rest("PUT", FLAWS, &key, Some(flaw.clone())).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["source"], &made["severity"], &made["cvssV3BaseScore"]),
        (&json!("INTERNAL"), &json!("CRITICAL"), &json!(9.8))
    );
    assert_eq!(made["affectedComponents"][0]["versionEndExcluding"], "2.0.0");
    until(&server, &key, &shop, &["left: INT-1"]).await;
    until(&server, &key, &device, &["left: INT-1"]).await;
    let again = server.rest("PUT", FLAWS, &key, Some(flaw.clone())).await;
    assert_eq!(again, (409, json!("A vulnerability with the specified vulnId already exists.")));

    flaw["uuid"] = made["uuid"].clone();
    let delete = format!("{FLAWS}/{}", made["uuid"].as_str().unwrap());
    let none: &[&str] = &[];
    let steps: [(Value, &[&str], &[&str]); 9] = [
        (json!([range("pkg:npm/left", json!({ "versionStartExcluding": "1.0.0" }))]), none, none),
        (
            json!([range(
                "pkg:npm/left",
                json!({ "versionStartExcluding": "0.9.0", "versionEndIncluding": "1.0.0" })
            )]),
            &["left: INT-1"],
            &["left: INT-1"],
        ),
        (json!([range("pkg:npm/left", json!({ "versionEndExcluding": "1.0.0" }))]), none, none),
        (
            json!([{ "identityType": "PURL", "identity": "pkg:npm/left", "versionType": "EXACT", "version": "1.0.0" }]),
            &["left: INT-1"],
            &["left: INT-1"],
        ),
        (
            json!([{ "identityType": "PURL", "identity": "pkg:npm/left@1.0.1", "versionType": "EXACT" }]),
            none,
            none,
        ),
        (json!([range("pkg:npm/right", json!({}))]), &["right: INT-1"], none),
        (
            json!([range("pkg:generic/acme/blinker", json!({ "versionEndIncluding": "2.1" }))]),
            none,
            &["blinker: INT-1"],
        ),
        (
            json!([{ "identityType": "CPE", "identity": "cpe:2.3:a:acme:router:*:*:*:*:*:*:*:*", "versionType": "RANGE", "versionEndExcluding": "7.1" }]),
            none,
            &["router: INT-1"],
        ),
        (
            json!([
                range("pkg:npm/left", json!({ "versionEndExcluding": "2" })),
                range("pkg:npm/right", json!({ "versionEndExcluding": "2" })),
                { "identityType": "CPE", "identity": "cpe:2.3:a:acme:router:7.0:*:*:*:*:*:*:*", "versionType": "EXACT" },
            ]),
            &["left: INT-1", "right: INT-1"],
            &["left: INT-1", "router: INT-1"],
        ),
    ];
    for (affected, in_shop, in_device) in steps {
        flaw["affectedComponents"] = affected.clone();
        let (status, answer) = server.rest("POST", FLAWS, &key, Some(flaw.clone())).await;
        assert_eq!(status, 200, "{answer}");
        // What is answered can be sent back.
        flaw["affectedComponents"] = answer["affectedComponents"].clone();
        assert_eq!(server.rest("POST", FLAWS, &key, Some(flaw.clone())).await.0, 200);
        until(&server, &key, &shop, in_shop).await;
        until(&server, &key, &device, in_device).await;
    }
    let in_use = server.rest("DELETE", &delete, &key, None).await;
    let text = "Portfolio components or services are affected by this vulnerability. Unable to delete.";
    assert_eq!(in_use, (412, json!(text)));
    flaw["affectedComponents"] = json!([]);
    server.rest("POST", FLAWS, &key, Some(flaw.clone())).await;
    until(&server, &key, &device, none).await;
    until(&server, &key, &shop, none).await;
    assert_eq!(server.rest("DELETE", &delete, &key, None).await.0, 204);
    assert_eq!(server.rest("DELETE", &delete, &key, None).await.0, 404);
    // The release of a distribution comes back, too.
    let identity = "pkg:deb/debian/openssl?distro=debian-12";
    let of_debian = json!({ "vulnId": "INT-5", "affectedComponents": [range(identity, json!({ "versionEndExcluding": "3.0.11-1" }))] });
    let (_, made) = server.rest("PUT", FLAWS, &key, Some(of_debian)).await;
    assert_eq!(made["affectedComponents"][0]["identity"], identity);
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_by_name() {
    let server = Server::start().await;
    let key = server.admin_key();
    let with = |member: &str, value: Value| {
        let mut flaw = json!({ "vulnId": "INT-2", "affectedComponents": [] });
        flaw[member] = value;
        flaw
    };
    let purl =
        |identity: &str| json!([{ "identityType": "PURL", "identity": identity, "versionType": "RANGE" }]);
    let cpe = json!([{ "identityType": "CPE", "identity": "acme:router", "versionType": "EXACT" }]);
    let exact = json!([{ "identityType": "PURL", "identity": "pkg:npm/a", "versionType": "EXACT" }]);
    for (sent, name) in [
        (with("affectedComponents", purl("left-pad")), "affectedComponents[].identity"),
        (with("affectedComponents", purl("")), "affectedComponents[].identity"),
        (with("affectedComponents", cpe), "affectedComponents[].identity"),
        (with("affectedComponents", exact), "affectedComponents[].version"),
        (with("affectedComponents", json!([{ "identityType": "NAME", "identity": "a" }])), "identityType"),
        (with("published", json!("yesterday")), "published"),
        (with("updated", json!([1])), "updated"),
        (with("owaspRRVector", json!("SL:1")), "OWASP RR Vector"),
        (with("cwes", json!("79")), "payload"),
        (json!({ "title": "no id" }), "vulnId"),
    ] {
        let (status, answer) = server.rest("PUT", FLAWS, &key, Some(sent.clone())).await;
        assert_eq!(status, 400, "{sent}: {answer}");
        assert!(answer.to_string().contains(name), "{sent}: {answer}");
    }
    // Vectors of CVSS that cannot be read are ignored, as the original does.
    let (status, made) =
        server.rest("PUT", FLAWS, &key, Some(with("cvssV3Vector", json!("CVSS:3.1/AV:X")))).await;
    assert_eq!((status, &made["severity"]), (201, &json!("UNASSIGNED")));
    // Without a vector the severity is the one that is set, with one it follows.
    let own = json!({ "vulnId": "INT-3", "severity": "LOW" });
    let (_, made) = server.rest("PUT", FLAWS, &key, Some(own)).await;
    assert_eq!(made["severity"], "LOW");
    let vector = "SL:9/M:9/O:9/S:9/ED:9/EE:9/A:9/ID:9/LC:9/LI:9/LAV:9/LAC:9/FD:9/RD:9/NC:9/PV:9";
    let rated =
        json!({ "uuid": made["uuid"], "vulnId": "INT-3", "severity": "LOW", "owaspRRVector": vector });
    let (_, made) = server.rest("POST", FLAWS, &key, Some(rated)).await;
    assert_eq!((&made["severity"], &made["owaspRRLikelihoodScore"]), (&json!("CRITICAL"), &json!(9.0)));
    let mut other = made.clone();
    other["vulnId"] = json!("INT-4");
    assert_eq!(
        server.rest("POST", FLAWS, &key, Some(other)).await,
        (406, json!("The vulnId may not be changed."))
    );
    // What others own cannot be changed.
    server.import(&[advisory("GHSA-aaaa-bbbb-cccc", "left")]);
    let (_, theirs) =
        server.rest("GET", "/api/v1/vulnerability/source/GITHUB/vuln/GHSA-aaaa-bbbb-cccc", &key, None).await;
    let uuid = theirs["uuid"].as_str().unwrap();
    assert_eq!(server.rest("POST", FLAWS, &key, Some(theirs.clone())).await.0, 404);
    assert_eq!(server.rest("DELETE", &format!("{FLAWS}/{uuid}"), &key, None).await.0, 403);
}

#[tokio::test]
async fn a_link_by_hand_is_of_one_component_and_stays() {
    let server = Server::start().await;
    let key = server.admin_key();
    server.import(&[advisory("GHSA-aaaa-bbbb-cccc", "elsewhere")]);
    let shop = project(&server, &key, "shop", &bom(&["left"])).await;
    let blog = project(&server, &key, "blog", &bom(&["left"])).await;
    let mut left = component(&server, &key, &shop, "left").await;
    let left_uuid = left["uuid"].as_str().unwrap().to_owned();
    let by_id = format!("{FLAWS}/source/GITHUB/vuln/GHSA-aaaa-bbbb-cccc/component/{left_uuid}");
    assert_eq!(server.rest("POST", &by_id, &key, None).await.0, 200);
    assert_eq!(server.rest("POST", &by_id, &key, None).await.0, 200, "twice is once");
    let found = findings(&server, &key, &shop).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["attribution"]["analyzerIdentity"], "NONE");
    assert!(findings(&server, &key, &blog).await.is_empty(), "only the one component has it");
    let metrics = format!("/api/v1/metrics/project/{shop}/current");
    assert_eq!(server.rest("GET", &metrics, &key, None).await.1["high"], 1);

    // The next document, a new analysis and another version of the component leave it.
    project(&server, &key, "shop", &bom(&["left", "right"])).await;
    until(&server, &key, &shop, &["left: GHSA-aaaa-bbbb-cccc"]).await;
    let (_, token) =
        server.rest("POST", &format!("/api/v1/finding/project/{shop}/analyze"), &key, None).await;
    server.processed(&key, token["token"].as_str().unwrap()).await;
    left["version"] = json!("1.0.1");
    left["purl"] = json!("pkg:npm/left@1.0.1");
    assert_eq!(server.rest("POST", "/api/v1/component", &key, Some(left)).await.0, 200);
    until(&server, &key, &shop, &["left: GHSA-aaaa-bbbb-cccc"]).await;

    let flaw = found[0]["vulnerability"]["uuid"].as_str().unwrap();
    let by_uuid = format!("{FLAWS}/{flaw}/component/{left_uuid}");
    let (_, why) = server.rest("GET", &by_uuid, &key, None).await;
    assert_eq!(
        (&why[0]["analyzerIdentity"], &why[0]["range"], &why[1]),
        (&json!("NONE"), &json!("linked by hand"), &Value::Null)
    );
    assert_eq!(server.rest("DELETE", &by_uuid, &key, None).await.0, 200);
    assert!(findings(&server, &key, &shop).await.is_empty());
    assert_eq!(server.rest("GET", &metrics, &key, None).await.1["vulnerabilities"], 0);
    assert_eq!(server.rest("POST", &by_uuid, &key, None).await.0, 200);
    assert_eq!(server.rest("DELETE", &by_id, &key, None).await.0, 200);
    assert!(findings(&server, &key, &shop).await.is_empty());
    let nobody = "11111111-2222-4333-8444-555555555555";
    for path in [
        format!("{FLAWS}/{nobody}/component/{left_uuid}"),
        format!("{FLAWS}/{flaw}/component/{nobody}"),
        format!("{FLAWS}/source/NVD/vuln/CVE-1/component/{left_uuid}"),
    ] {
        assert_eq!(server.rest("POST", &path, &key, None).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn every_record_of_a_flaw_says_why_and_the_flaw_counts_once() {
    let server = Server::start().await;
    let key = server.admin_key();
    let mut first = advisory("GHSA-aaaa-bbbb-cccc", "left");
    first["aliases"] = json!(["CVE-2026-0001"]);
    let mut second = advisory("OSV-2026-7", "left");
    second["aliases"] = json!(["CVE-2026-0001"]);
    second["affected"][0]["ranges"][0]["events"] =
        json!([{ "introduced": "0.5.0" }, { "last_affected": "1.4.0" }]);
    server.import(&[first, second, advisory("OSV-2026-8", "left")]);
    let shop = project(&server, &key, "shop", &bom(&["left"])).await;
    assert_eq!(
        pairs(&server, &key, &shop).await,
        ["left: GHSA-aaaa-bbbb-cccc", "left: OSV-2026-7", "left: OSV-2026-8"]
    );
    let (_, counts) =
        server.rest("GET", &format!("/api/v1/metrics/project/{shop}/current"), &key, None).await;
    assert_eq!(
        (&counts["vulnerabilities"], &counts["high"]),
        (&json!(2), &json!(2)),
        "two flaws of three records"
    );
    let (_, told) = server.rest("GET", &format!("{FLAWS}/project/{shop}"), &key, None).await;
    assert_eq!(told.as_array().unwrap().len(), 3);
    assert!(told.as_array().unwrap().iter().all(|v| v["components"][0]["name"] == "left"), "{told}");
    let found = findings(&server, &key, &shop).await;
    let ghsa = found.iter().find(|f| f["vulnerability"]["source"] == "GITHUB").unwrap();
    assert_eq!(
        (&ghsa["attribution"]["versionOrder"], &ghsa["attribution"]["fixedVersion"]),
        (&json!("Semantic Versioning"), &json!("2.0.0"))
    );
    let path = format!(
        "{FLAWS}/{}/component/{}",
        ghsa["vulnerability"]["uuid"].as_str().unwrap(),
        ghsa["component"]["uuid"].as_str().unwrap()
    );
    let (status, why) = server.rest("GET", &path, &key, None).await;
    assert_eq!(status, 200, "{why}");
    let why: Vec<Value> = why.as_array().unwrap().clone();
    let of = |id: &str| why.iter().find(|w| w["vulnId"] == id).unwrap_or_else(|| panic!("{id}: {why:?}"));
    assert_eq!(why.len(), 2, "{why:?}");
    let (ours, theirs) = (of("GHSA-aaaa-bbbb-cccc"), of("OSV-2026-7"));
    assert_eq!(
        (
            &ours["analyzerIdentity"],
            &ours["origin"],
            &ours["package"],
            &ours["versionOrder"],
            &ours["fixedVersion"]
        ),
        (
            &json!("INTERNAL_ANALYZER"),
            &json!("osv"),
            &json!("npm left"),
            &json!("Semantic Versioning"),
            &json!("2.0.0")
        )
    );
    assert!(ours["range"].as_str().unwrap().contains("2.0.0"), "{ours}");
    let range = theirs["range"].as_str().unwrap();
    assert!(range.contains("0.5.0") && range.contains("1.4.0"), "{range}");
    assert_eq!(theirs.get("fixedVersion"), None);
    let nobody = "11111111-2222-4333-8444-555555555555";
    assert_eq!(
        server
            .rest("GET", &path.replace(ghsa["component"]["uuid"].as_str().unwrap(), nobody), &key, None)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn vulnerabilities_are_listed_searched_and_sorted_and_vectors_calculated() {
    let server = Server::start().await;
    let key = server.admin_key();
    let mut low = advisory("OSV-2026-2", "left");
    low["severity"][0]["score"] = json!("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N");
    server.import(&[advisory("OSV-2026-1", "left"), low, advisory("GHSA-aaaa-bbbb-cccc", "right")]);
    let ids = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|v| v["vulnId"].as_str().unwrap().to_owned()).collect()
    };
    let get = |query: &'static str| server.rest("GET", query, &key, None);
    let all = ids(get("/api/v1/vulnerability?sortName=vulnId&sortOrder=desc").await.1);
    assert_eq!(all, ["OSV-2026-2", "OSV-2026-1", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(
        ids(get("/api/v1/vulnerability?searchText=osv-2026&pageNumber=2&pageSize=1").await.1).len(),
        1
    );
    let worst = ids(get("/api/v1/vulnerability?searchText=osv&sortName=severity&sortOrder=asc").await.1);
    assert_eq!(worst, ["OSV-2026-1", "OSV-2026-2"]);
    assert_eq!(
        ids(get("/api/v1/vulnerability?searchText=2026%25").await.1).len(),
        0,
        "a percent sign is itself"
    );
    assert_eq!(get("/api/v1/vulnerability?sortName=secret").await.0, 400);

    let (_, scores) =
        get("/api/v1/calculator/cvss?vector=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H").await;
    assert_eq!((&scores["baseScore"], &scores["temporalScore"]), (&json!(9.8), &Value::Null));
    assert_eq!((&scores["impactSubScore"], &scores["exploitabilitySubScore"]), (&json!(5.9), &json!(3.9)));
    assert_eq!(get("/api/v1/calculator/cvss?vector=(AV:N/AC:L/Au:N/C:P/I:P/A:P)").await.1["baseScore"], 7.5);
    assert_eq!(
        get("/api/v1/calculator/cvss?vector=nothing").await,
        (400, json!("An invalid CVSSv2, CVSSv3, or CVSSv4 vector submitted."))
    );
    let owasp = "/api/v1/calculator/owasp?vector=SL:1/M:4/O:4/S:9/ED:7/EE:3/A:4/ID:3/LC:9/LI:1/LAV:5/LAC:1/FD:3/RD:4/NC:7/PV:5";
    let (_, rating) = get(owasp).await;
    assert_eq!((&rating["likelihoodScore"], &rating["likelihood"]), (&json!(4.375), &json!("MEDIUM")));
    assert_eq!(get("/api/v1/calculator/owasp?vector=SL:1").await.0, 400);
    assert!(get("/api/v1/cwe/79").await.1["name"].as_str().unwrap().contains("Cross-site Scripting"));
    assert_eq!(get("/api/v1/cwe/999999").await, (404, json!("The CWE could not be found.")));
    let (_, found) = get("/api/v1/cwe?searchText=cross-site&pageSize=2&pageNumber=1").await;
    assert_eq!(found.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn packages_of_distributions_products_and_components_without_a_package_url_are_found() {
    let server = Server::start().await;
    let key = server.admin_key();
    let fixed_in = |id: &str, ecosystem: &str, package: &str, fixed: &str| {
        let mut one = advisory(id, package);
        one["affected"][0]["package"]["ecosystem"] = json!(ecosystem);
        one["affected"][0]["ranges"][0] =
            json!({ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] });
        one
    };
    server.import(&[
        fixed_in("DSA-12", "Debian:12", "openssl", "3.0.11-1~deb12u2"),
        fixed_in("DSA-11", "Debian:11", "openssl", "9.0"),
        fixed_in("GHSA-aaaa-bbbb-cccc", "Maven", "org.example:core", "2.0"),
    ]);
    let nvd = json!({ "resultsPerPage": 1, "startIndex": 0, "totalResults": 1, "format": "NVD_CVE", "version": "2.0", "vulnerabilities": [{ "cve": {
        "id": "CVE-2026-0009", "published": "2026-01-01T00:00:00.000", "lastModified": "2026-01-01T00:00:00.000", "vulnStatus": "Analyzed",
        "descriptions": [{ "lang": "en", "value": "A flaw in router" }],
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": [{
            "vulnerable": true, "criteria": "cpe:2.3:a:acme:router:*:*:*:*:*:*:*:*", "versionEndExcluding": "7.1",
            "matchCriteriaId": "00000000-0000-4000-8000-000000000000" }] }] }],
    } }] });
    let file = server.folder().join("nvd.json");
    std::fs::write(&file, nvd.to_string()).unwrap();
    stdout(&server.on_data(&["advisories", "import", "--source", "nvd", file.to_str().unwrap()]));
    let debian = "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl";
    let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [
        { "type": "library", "bom-ref": "1", "name": "libssl3", "version": "3.0.9-1", "purl": debian },
        { "type": "library", "bom-ref": "2", "name": "libcrypto3", "version": "3.0.11-1~deb12u2", "purl": "pkg:deb/debian/libcrypto3@3.0.11-1~deb12u2?distro=debian-12&upstream=openssl" },
        { "type": "library", "bom-ref": "3", "group": "org.example", "name": "core", "version": "1.0" },
        { "type": "application", "bom-ref": "4", "name": "router", "version": "7.0", "cpe": "cpe:2.3:a:acme:router:7.0:*:*:*:*:*:*:*" },
        { "type": "application", "bom-ref": "5", "name": "new-router", "version": "7.1", "cpe": "cpe:2.3:a:acme:router:7.1:*:*:*:*:*:*:*" },
        { "type": "library", "bom-ref": "6", "name": "unknown", "version": "1" },
    ] });
    let place = project(&server, &key, "image", &bom).await;
    assert_eq!(
        pairs(&server, &key, &place).await,
        ["core: GHSA-aaaa-bbbb-cccc", "libssl3: DSA-12", "router: CVE-2026-0009"]
    );
    let found = findings(&server, &key, &place).await;
    for finding in found {
        let path = format!(
            "{FLAWS}/{}/component/{}",
            finding["vulnerability"]["uuid"].as_str().unwrap(),
            finding["component"]["uuid"].as_str().unwrap()
        );
        let (_, why) = server.rest("GET", &path, &key, None).await;
        assert_eq!(why[0]["range"], finding["attribution"]["range"], "{why} {finding}");
        assert_eq!(why[0]["versionOrder"], finding["attribution"]["versionOrder"]);
    }
}
