//! SBOMs and statements that are given out, in every version of CycloneDX; and badges.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::exchange::{Server, advisory};
use identity::Permission;
use sbom::SpecVersion;
use serde_json::{Value, json};
use storage::params;

/// A document with something of everything that is kept.
fn document() -> Value {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "component": { "type": "application", "bom-ref": "root", "name": "shop", "version": "1",
                "purl": "pkg:generic/shop@1", "supplier": { "name": "Shop Ltd", "url": ["https://example.com"] },
                "authors": [{ "name": "Ada", "email": "ada@example.com" }] },
            "manufacturer": { "name": "Maker" },
        },
        "components": [
            { "type": "library", "bom-ref": "flask", "group": "palletsprojects", "name": "flask", "version": "1.0",
              "purl": "pkg:pypi/flask@1.0", "cpe": "cpe:2.3:a:palletsprojects:flask:1.0:*:*:*:*:*:*:*",
              "description": "Web & <more>", "copyright": "© someone", "scope": "excluded",
              "supplier": { "name": "Pallets", "contact": [{ "name": "Sales", "phone": "1" }] },
              "hashes": [{ "alg": "SHA-1", "content": "0123456789abcdef0123456789abcdef01234567" },
                         { "alg": "SHA3-384", "content": "ab".repeat(48) }],
              "licenses": [{ "license": { "id": "BSD-3-Clause" } }],
              "externalReferences": [{ "type": "vcs", "url": "https://example.com/a" },
                                     { "type": "security-contact", "url": "mailto:a@example.com" }],
              "swid": { "tagId": "flask-1", "name": "flask" } },
            { "type": "cryptographic-asset", "bom-ref": "key", "name": "key" },
            { "type": "library", "bom-ref": "left", "name": "left", "version": "2",
              "licenses": [{ "expression": "MIT OR Apache-2.0" }] },
            { "type": "data", "bom-ref": "named", "name": "named", "licenses": [{ "license": { "name": "Ours" } }] },
        ],
        "dependencies": [{ "ref": "root", "dependsOn": ["flask", "key"] }, { "ref": "flask", "dependsOn": ["left"] }],
    })
}

async fn shop() -> (Server, String) {
    let server = Server::start().await;
    let rated = json!({ "severity": [
        { "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
        { "type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" }] });
    server
        .advise(&[
            advisory("PYSEC-2024-1", "flask", "2.0", &rated),
            advisory("PYSEC-2024-2", "flask", "3.0", &json!({})),
        ])
        .await;
    let uuid = server.upload("shop", "1", &document()).await;
    let tx = server.test.db.begin().await.unwrap();
    let text = "INSERT INTO component_property (uuid, component_id, group_name, name, value, kind) \
         SELECT ?, id, ?, ?, ?, ? FROM component WHERE name = 'flask'";
    tx.execute(text, params!["p1", "acme", "team", "web", "STRING"]).await.unwrap();
    tx.execute(text, params!["p2", "acme", "token", "sealed", "ENCRYPTEDSTRING"]).await.unwrap();
    let details = json!({ "provider": { "name": "Bank", "urls": ["https://bank.example.com"] },
        "endpoints": ["https://pay.example.com/v1"], "authenticated": true, "crossesTrustBoundary": false,
        "data": [{ "direction": "BI_DIRECTIONAL", "name": "card" }] });
    let text = "INSERT INTO service (uuid, project_id, name, group_name, version, details) \
         SELECT ?, id, 'pay', 'bank', '1', ? FROM project WHERE uuid = ?";
    let service = "0f8fad5b-d9cb-469f-a165-70867728950e";
    tx.execute(text, params![service, details.to_string(), uuid.clone()]).await.unwrap();
    let text = "INSERT INTO service_dependency (project_id, component_id, depends_on) \
         SELECT p.id, NULL, s.id FROM project p JOIN service s ON s.project_id = p.id";
    tx.execute(text, params![]).await.unwrap();
    tx.commit().await.unwrap();
    let findings = server.get(&format!("/v1/finding/project/{uuid}")).await.json();
    let rated =
        findings.as_array().unwrap().iter().find(|f| f["vulnerability"]["vulnId"] == "PYSEC-2024-1").unwrap();
    let body = json!({ "project": uuid, "component": rated["component"]["uuid"],
        "vulnerability": rated["vulnerability"]["uuid"], "analysisState": "NOT_AFFECTED",
        "analysisJustification": "CODE_NOT_REACHABLE", "analysisResponse": "WILL_NOT_FIX",
        "analysisDetails": "never called" });
    assert_eq!(server.put("/v1/analysis", &body).await.status, 200);
    (server, uuid)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_variant_is_valid_in_every_version_and_format() {
    let (server, uuid) = shop().await;
    for version in SpecVersion::ALL {
        for format in ["json", "xml"] {
            for variant in ["inventory", "withVulnerabilities", "vdr"] {
                let path = format!(
                    "/v1/bom/cyclonedx/project/{uuid}?format={format}&variant={variant}&version={version}"
                );
                let answer = server.get(&path).await;
                if format == "json" && version < SpecVersion::V1_2 {
                    assert_eq!(
                        (answer.status, answer.text().as_str()),
                        (400, "Invalid BOM version specified.")
                    );
                    continue;
                }
                assert_eq!(answer.header("content-type"), format!("application/vnd.cyclonedx+{format}"));
                let bom = sbom::parse(&answer.bytes).unwrap_or_else(|e| {
                    panic!("{version} {format} {variant}: {:?}\n{}", e.errors(), answer.text())
                });
                assert_eq!(bom.format.version(), version.as_str());
                assert_eq!(bom.components.len(), if variant == "vdr" { 1 } else { 4 });
                let flask = &bom.components[0];
                assert_eq!(flask.purl.as_ref().unwrap().canonical, "pkg:pypi/flask@1.0");
                assert_eq!(flask.description.as_deref(), Some("Web & <more>"));
                let properties = if version >= SpecVersion::V1_3 { vec!["acme:team"] } else { vec![] };
                assert_eq!(flask.properties.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), properties);
                let listed = version >= SpecVersion::V1_4 && variant != "inventory";
                assert_eq!(bom.vulnerabilities.len(), if listed { 2 } else { 0 }, "{version} {variant}");
                let told = bom.vulnerabilities.iter().filter(|one| one.analysis.is_some()).count();
                assert_eq!(told, usize::from(listed && variant == "vdr"));
                if version >= SpecVersion::V1_2 && variant != "vdr" {
                    assert_eq!(bom.services.len(), 1);
                    assert_eq!(bom.services[0].endpoints, ["https://pay.example.com/v1"]);
                    assert_eq!(bom.services[0].authenticated, Some(true));
                    assert_eq!(bom.dependencies.len(), 6, "the project and everything in it");
                    let own = bom.dependencies.iter().find(|one| one.from == uuid).unwrap();
                    assert_eq!(own.depends_on.len(), 3);
                }
            }
        }
        let path = format!("/v1/vex/cyclonedx/project/{uuid}?version={version}");
        let answer = server.get(&path).await;
        if version < SpecVersion::V1_4 {
            assert_eq!(answer.status, 400);
            continue;
        }
        let bom = sbom::parse(&answer.bytes).unwrap_or_else(|e| panic!("{version}: {:?}", e.errors()));
        assert!(bom.components.is_empty());
        assert_eq!(bom.vulnerabilities.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_are_asked_for_and_named_as_with_the_original() {
    let (server, uuid) = shop().await;
    let path = format!("/v1/bom/cyclonedx/project/{uuid}");
    for (query, text) in [
        ("format=yaml", "Invalid BOM format specified."),
        ("version=9.9", "Invalid BOM version specified."),
        ("variant=half", "Invalid BOM variant specified."),
    ] {
        let answer = server.get(&format!("{path}?{query}")).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, text));
    }
    let answer = server.get(&format!("{path}?format=XML&variant=WITHVULNERABILITIES&download=true")).await;
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    let name = format!("attachment; filename=\"{uuid}-withVulnerabilities.cdx.xml\"");
    assert_eq!(answer.header("content-disposition"), name);
    let document = server.get(&path).await.json();
    assert_eq!((document["specVersion"].clone(), document["version"].clone()), (json!("1.5"), json!(1)));
    assert_eq!(document["metadata"]["component"]["bom-ref"], json!(uuid));
    assert_eq!(document["components"][0]["licenses"], json!([{ "license": { "id": "BSD-3-Clause" } }]));
    assert_eq!(document["components"][2]["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));

    let component = document["components"][0]["bom-ref"].as_str().unwrap();
    let one = server.get(&format!("/v1/bom/cyclonedx/component/{component}?format=xml")).await;
    assert_eq!(sbom::parse(&one.bytes).unwrap().components.len(), 1);
    let unknown = "deadbeef-0000-4000-8000-000000000000";
    for (path, text) in [
        (format!("/v1/bom/cyclonedx/project/{unknown}"), "The project could not be found."),
        (format!("/v1/bom/cyclonedx/component/{unknown}"), "The component could not be found."),
        (format!("/v1/vex/cyclonedx/project/{unknown}"), "The project could not be found."),
    ] {
        let answer = server.get(&path).await;
        assert_eq!((answer.status, answer.text().as_str()), (404, text));
    }
    // Vulnerabilities are for those who may see them.
    let key = server.key_with(&[Permission::ViewPortfolio]).await;
    let get = async |path: String| server.send("GET", &path, &[("x-api-key", &key)], Vec::new()).await.status;
    assert_eq!(get(path.clone()).await, 200);
    assert_eq!(get(format!("{path}?variant=vdr")).await, 403);
    assert_eq!(get(format!("/v1/vex/cyclonedx/project/{uuid}")).await, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_tell_what_was_decided_and_can_be_uploaded_again() {
    let (server, uuid) = shop().await;
    let download = server.get(&format!("/v1/vex/cyclonedx/project/{uuid}?download=true")).await;
    assert_eq!(
        download.header("content-disposition"),
        format!("attachment; filename=\"{uuid}-vex.cdx.json\"")
    );
    let document = download.json();
    let entries = document["vulnerabilities"].as_array().unwrap();
    let decided = entries.iter().find(|one| one["id"] == "PYSEC-2024-1").unwrap();
    assert_eq!(
        decided["analysis"],
        json!({ "state": "not_affected", "justification": "code_not_reachable",
            "response": ["will_not_fix"], "detail": "never called" })
    );
    assert_eq!(decided["affects"], json!([{ "ref": uuid }]));
    let methods: Vec<&str> =
        decided["ratings"].as_array().unwrap().iter().map(|r| r["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["CVSSv31", "CVSSv4"]);
    let open = entries.iter().find(|one| one["id"] == "PYSEC-2024-2").unwrap();
    assert!(open.get("analysis").is_none());
    assert_eq!(open["ratings"][0]["method"], "other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn badges_are_drawn_for_everybody_or_for_keys() {
    let (server, uuid) = shop().await;
    let path = format!("/v1/badge/vulns/project/{uuid}");
    let get =
        async |path: &str, headers: &[(&str, &str)]| server.send("GET", path, headers, Vec::new()).await;
    assert_eq!(get(&path, &[]).await.status, 401);
    assert_eq!(get(&path, &[("x-api-key", "nonsense")]).await.status, 401);
    let viewer = server.key_with(&[Permission::ViewPortfolio]).await;
    assert_eq!(get(&path, &[("x-api-key", &viewer)]).await.status, 403);
    let key = server.key_with(&[Permission::ViewBadges]).await;
    for answer in [
        get(&path, &[("x-api-key", &key)]).await,
        get(&format!("{path}?apiKey={key}"), &[]).await,
        get(&format!("/v1/badge/vulns/project/shop/1?apiKey={key}"), &[]).await,
    ] {
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
        let svg = answer.text();
        assert!(svg.contains("dependencies") && svg.contains("width=\"234\" height=\"20\""), "{svg}");
        assert!(svg.contains("#dc0000") && svg.contains("#c0c0c0"), "{svg}");
    }
    server.property("access-management", "acl.enabled", "true").await;
    let foreign = get(&path, &[("x-api-key", &key)]).await;
    assert_eq!(
        (foreign.status, foreign.text().as_str()),
        (403, "Access to the specified project is forbidden")
    );

    server.property("general", "badge.enabled", "true").await;
    assert_eq!(get(&path, &[]).await.status, 200);
    let violations = get(&format!("/v1/badge/violations/project/{uuid}"), &[]).await.text();
    assert!(violations.contains("no violations") && violations.contains("width=\"124\""), "{violations}");
    let unknown = get("/v1/badge/violations/project/none/1", &[]).await;
    assert_eq!((unknown.status, unknown.text().as_str()), (404, "The project could not be found."));
}
