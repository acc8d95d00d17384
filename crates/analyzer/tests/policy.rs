//! Policies: every subject with every operator, licence expressions, and what is evaluated anew when
//! something changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use analyzer::{Options, Source};
use common::policy::{Server, record};
use serde_json::{Value, json};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Five components that differ in everything conditions ask for.
fn components() -> Value {
    json!([
        {
            "type": "library", "bom-ref": "a", "group": "com.acme", "name": "alpha", "version": "1.2.3",
            "purl": "pkg:maven/com.acme/alpha@1.2.3",
            "cpe": "cpe:2.3:a:acme:alpha:1.2.3:*:*:*:*:*:*:*",
            "hashes": [{ "alg": "SHA-256", "content": SHA256 }],
            "licenses": [{ "license": { "id": "MIT" } }],
        },
        {
            "type": "library", "bom-ref": "b", "name": "beta", "version": "2.0.0", "purl": "pkg:npm/beta@2.0.0",
            "swid": { "tagId": "swid-beta", "name": "beta" },
            "licenses": [{ "expression": "MIT OR GPL-3.0-only" }],
        },
        {
            "type": "library", "bom-ref": "c", "name": "gamma", "version": "0.9.0",
            "purl": "pkg:pypi/gamma@0.9.0",
            "licenses": [{ "expression": "Apache-2.0 AND GPL-2.0-only" }],
        },
        { "type": "library", "name": "delta", "licenses": [{ "license": { "name": "Acme Terms" } }] },
        { "type": "library", "name": "epsilon", "version": "1.0" },
    ])
}

async fn world() -> (Server, String) {
    let server = Server::start().await;
    let gamma =
        record("GHSA-aaaa-bbbb-cccc", &["CVE-2026-0001"], ("PyPI", "gamma"), "HIGH", &["CWE-79", "CWE-89"]);
    let beta = record("GHSA-dddd-eeee-ffff", &["CVE-2026-0002"], ("npm", "beta"), "LOW", &["CWE-20"]);
    server.advisories("PyPI", &[gamma]).await;
    server.advisories("npm", &[beta]).await;
    let scores = server.test.folder.path().join("epss.csv");
    std::fs::write(&scores, "cve,epss,percentile\nCVE-2026-0001,0.5,0.9\nCVE-2026-0002,0.01,0.1\n").unwrap();
    let options = Options::default();
    let scores = scores.to_str().unwrap();
    analyzer::import(&server.test.db, Source::Epss, scores, &options, &|_, _, _| {}).await.unwrap();
    let project = server.upload("shop", components()).await;
    (server, project)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subject_and_operator_says_what_it_is_meant_to() {
    let (server, project) = world().await;
    let property = |name: &str, value: &str| json!({ "groupName": "internal-components", "propertyName": name, "propertyValue": value });
    server.send("POST", "/configProperty", property("groups.regex", "com\\.acme")).await;
    let licence =
        async |id: &str| server.get(&format!("/license/{id}")).await["uuid"].as_str().unwrap().to_owned();
    let (mit, gpl2, apache) =
        (licence("MIT").await, licence("GPL-2.0-only").await, licence("Apache-2.0").await);
    let groups = server.get("/licenseGroup").await;
    let group = |name: &str| {
        groups.as_array().unwrap().iter().find(|group| group["name"] == name).unwrap()["uuid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (copyleft, permissive) = (group("Copyleft"), group("Permissive"));
    let hash = json!({ "algorithm": "SHA-256", "value": SHA256.to_uppercase() }).to_string();
    let all = "alpha beta gamma delta epsilon";
    let cases: Vec<(&str, &str, &str, &str)> = vec![
        ("COORDINATES", "MATCHES", r#"{"group":"com.*","name":"al","version":"1.*"}"#, "alpha"),
        ("COORDINATES", "MATCHES", r#"{"group":"*","name":"*","version":"*"}"#, "alpha"),
        ("COORDINATES", "MATCHES", r#"{"name":"^.elta$"}"#, "delta"),
        ("COORDINATES", "MATCHES", r#"{"name":"*","version":">=1.2.3"}"#, "alpha beta"),
        ("COORDINATES", "MATCHES", r#"{"name":"*","version":"< 1.0.0"}"#, "gamma"),
        ("COORDINATES", "MATCHES", r#"{"name":"*","version":"==2.0.0"}"#, "beta"),
        ("COORDINATES", "MATCHES", r#"{"name":"*","version":"!=2.0.0"}"#, "alpha gamma epsilon"),
        ("COORDINATES", "NO_MATCH", r#"{"group":"com.acme","name":"alpha"}"#, "beta gamma delta epsilon"),
        ("COORDINATES", "MATCHES", "nothing", ""),
        ("CPE", "MATCHES", "acme:alpha", "alpha"),
        ("CPE", "NO_MATCH", "acme:alpha", "beta gamma delta epsilon"),
        ("SWID_TAGID", "MATCHES", "^swid-b*", "beta"),
        ("SWID_TAGID", "NO_MATCH", "^swid-b*", "alpha gamma delta epsilon"),
        ("PACKAGE_URL", "MATCHES", "pkg:npm/*", "beta"),
        ("PACKAGE_URL", "MATCHES", "^beta", ""),
        ("PACKAGE_URL", "NO_MATCH", "pkg:(npm|maven)", "gamma delta epsilon"),
        ("COMPONENT_HASH", "IS", &hash, "alpha"),
        ("COMPONENT_HASH", "IS_NOT", &hash, "beta gamma delta epsilon"),
        ("VERSION", "NUMERIC_EQUAL", "1.2.3", "alpha"),
        ("VERSION", "NUMERIC_NOT_EQUAL", "1.2.3", "beta gamma epsilon"),
        ("VERSION", "NUMERIC_LESS_THAN", "1.2.3", "gamma epsilon"),
        ("VERSION", "NUMERIC_LESSER_THAN_OR_EQUAL", "1.2.3", "alpha gamma epsilon"),
        ("VERSION", "NUMERIC_GREATER_THAN", "1.2.3", "beta"),
        ("VERSION", "NUMERIC_GREATER_THAN_OR_EQUAL", "1.2.3", "alpha beta"),
        ("IS_INTERNAL", "IS", "true", "alpha"),
        ("IS_INTERNAL", "IS_NOT", "true", "beta gamma delta epsilon"),
        ("IS_INTERNAL", "IS", "false", "beta gamma delta epsilon"),
        ("LICENSE", "IS", &mit, "alpha"),
        ("LICENSE", "IS_NOT", &mit, "gamma delta epsilon"),
        ("LICENSE", "IS", &gpl2, "gamma"),
        ("LICENSE", "IS_NOT", &gpl2, all),
        ("LICENSE", "IS", &apache, "gamma"),
        ("LICENSE", "IS", "unresolved", "delta epsilon"),
        ("LICENSE", "IS_NOT", "unresolved", "alpha beta gamma"),
        ("LICENSE", "IS", "00000000-0000-4000-8000-000000000000", ""),
        ("LICENSE_GROUP", "IS", &copyleft, "gamma"),
        ("LICENSE_GROUP", "IS_NOT", &permissive, "gamma delta epsilon"),
        ("SEVERITY", "IS", "HIGH", "gamma"),
        ("SEVERITY", "IS_NOT", "HIGH", "beta"),
        ("CWE", "CONTAINS_ANY", "CWE-79, CWE-20", "beta gamma"),
        ("CWE", "CONTAINS_ALL", "79, 89", "gamma"),
        ("CWE", "CONTAINS_ALL", "79, 20", ""),
        ("CWE", "CONTAINS_ANY", "*", "beta gamma"),
        ("VULNERABILITY_ID", "IS", "GHSA-aaaa-bbbb-cccc", "gamma"),
        // The other name of the same flaw.
        ("VULNERABILITY_ID", "IS", "CVE-2026-0001", "gamma"),
        ("VULNERABILITY_ID", "IS_NOT", "CVE-2026-0001", "beta"),
        ("EPSS", "NUMERIC_GREATER_THAN", "0.4", "gamma"),
        ("EPSS", "NUMERIC_GREATER_THAN_OR_EQUAL", "0.5", "gamma"),
        ("EPSS", "NUMERIC_EQUAL", "0.01", "beta"),
        ("EPSS", "NUMERIC_NOT_EQUAL", "0.01", "gamma"),
        ("EPSS", "NUMERIC_LESS_THAN", "0.5", "beta"),
        ("EPSS", "NUMERIC_LESSER_THAN_OR_EQUAL", "0.5", "beta gamma"),
        // Nothing is known of their packages.
        ("AGE", "NUMERIC_GREATER_THAN", "P1Y", ""),
        ("VERSION_DISTANCE", "NUMERIC_GREATER_THAN_OR_EQUAL", r#"{"major":"1"}"#, ""),
        // An operator that does not go with the subject.
        ("SEVERITY", "MATCHES", "HIGH", ""),
        ("EXPRESSION", "MATCHES", "vulns.exists(v, v.severity == 'HIGH' && 79 in v.cwes)", "gamma"),
        (
            "EXPRESSION",
            "MATCHES",
            "vulns.exists(v, v.id == 'CVE-2026-0002' || v.aliases.exists(a, a.id == 'CVE-2026-0002'))",
            "beta",
        ),
        (
            "EXPRESSION",
            "MATCHES",
            "component.name.startsWith('del') || component.group == 'com.acme'",
            "alpha delta",
        ),
        ("EXPRESSION", "NO_MATCH", "component.purl != ''", "delta epsilon"),
        ("EXPRESSION", "MATCHES", "component.matches_range('vers:pypi/>=0.9|<1')", "gamma"),
        (
            "EXPRESSION",
            "MATCHES",
            "component.resolved_license.groups.exists(g, g.name == 'Permissive')",
            "alpha",
        ),
        (
            "EXPRESSION",
            "MATCHES",
            "spdx_expr_requires_any(component.license_expression, ['GPL-2.0-only'])",
            "gamma",
        ),
        ("EXPRESSION", "MATCHES", "project.name == 'shop' && component.is_internal", "alpha"),
        ("EXPRESSION", "MATCHES", "vulns.exists(v, v.published < now)", "beta gamma"),
    ];
    let mut wanted = Vec::new();
    for (n, (subject, operator, value, broken)) in cases.iter().enumerate() {
        let name = format!("{n} {subject} {operator} {value}");
        let name: String = name.chars().take(200).collect();
        server.policy(json!({ "name": name }), &[(subject, operator, value)]).await;
        wanted.extend(broken.split_whitespace().map(|component| format!("{name}: {component}")));
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    server.expect(&project, &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licence_expressions_are_met_or_not() {
    let server = Server::start().await;
    let own = json!({ "licenseId": "Acme-1", "name": "Acme Terms" });
    server.send("PUT", "/license", own).await;
    let expressions = [
        ("one", json!([{ "expression": "(MIT OR Apache-2.0) AND BSD-3-Clause" }])),
        ("two", json!([{ "expression": "MIT AND (GPL-2.0-only WITH Classpath-exception-2.0)" }])),
        ("three", json!([{ "expression": "LGPL-2.1+ OR AGPL-3.0-only" }])),
        ("four", json!([{ "license": { "name": "Acme Terms" } }])),
        ("five", json!([{ "license": { "name": "Something else" } }])),
    ];
    let components: Vec<Value> = expressions
        .iter()
        .map(|(name, licenses)| json!({ "type": "library", "name": name, "version": "1", "licenses": licenses }))
        .collect();
    let project = server.upload("licences", components.into()).await;
    let group = async |name: &str, ids: &[&str]| {
        let group = server.send("PUT", "/licenseGroup", json!({ "name": name, "riskWeight": 1 })).await;
        let uuid = group["uuid"].as_str().unwrap().to_owned();
        for id in ids {
            let licence = server.get(&format!("/license/{id}")).await["uuid"].as_str().unwrap().to_owned();
            let (status, _) =
                server.ask("POST", &format!("/licenseGroup/{uuid}/license/{licence}"), None).await;
            assert_eq!(status, 200);
        }
        uuid
    };
    let cases = [
        ("allow mit bsd", "IS_NOT", vec!["MIT", "BSD-3-Clause"], "two three four five"),
        ("allow classpath", "IS_NOT", vec!["MIT", "GPL-2.0-with-classpath-exception"], "one three four five"),
        ("allow later", "IS_NOT", vec!["LGPL-2.1-or-later"], "one two four five"),
        ("allow own", "IS_NOT", vec!["Acme-1"], "one two three five"),
        ("forbid bsd", "IS", vec!["BSD-3-Clause"], "one"),
        ("forbid both", "IS", vec!["MIT", "Apache-2.0"], "one two"),
        ("forbid classpath", "IS", vec!["GPL-2.0-with-classpath-exception"], "two"),
        ("forbid plain gpl", "IS", vec!["GPL-2.0-only"], ""),
        ("forbid own", "IS", vec!["Acme-1"], "four"),
    ];
    let mut wanted = Vec::new();
    for (name, operator, ids, broken) in &cases {
        let uuid = group(name, ids).await;
        server.policy(json!({ "name": name }), &[("LICENSE_GROUP", operator, &uuid)]).await;
        wanted.extend(broken.split_whitespace().map(|component| format!("{name}: {component}")));
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    server.expect(&project, &wanted).await;
    // The licence of one's own is shown, and gone when it is deleted.
    let list = server.get(&format!("/component/project/{project}?searchText=four")).await;
    assert_eq!(list[0]["resolvedLicense"]["licenseId"], "Acme-1");
    assert_eq!(server.ask("DELETE", "/license/Acme-1", None).await.0, 204);
    let still: Vec<&str> = wanted.into_iter().filter(|text| !text.starts_with("forbid own")).collect();
    let still = [still, vec!["allow own: four"]].concat();
    server.expect(&project, &still).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn violations_follow_whatever_changes() {
    let (server, project) = world().await;
    let any = server
        .policy(json!({ "name": "any", "violationState": "FAIL" }), &[("SEVERITY", "IS", "HIGH")])
        .await;
    let all = json!({ "name": "all", "operator": "ALL" });
    let all = server.policy(all, &[("PACKAGE_URL", "MATCHES", "pkg:npm"), ("SEVERITY", "IS", "LOW")]).await;
    // Of a policy that wants all conditions each is a violation.
    server.expect(&project, &["any: gamma", "all: beta"]).await;
    let three = server.until("each condition has its violation", async || {
        let list = server.get(&format!("/violation/project/{project}")).await;
        (list.as_array().unwrap().len() == 3).then_some(())
    });
    three.await;
    let metrics = server.until("the violations are counted", async || {
        let metrics = server.metrics(&project).await;
        (metrics["policyViolationsTotal"] == 3).then_some(metrics)
    });
    let metrics = metrics.await;
    assert_eq!(metrics["policyViolationsFail"], 1);
    assert_eq!(metrics["policyViolationsSecurityTotal"], 2);
    assert_eq!(metrics["policyViolationsOperationalTotal"], 1);

    // A condition that changes.
    let condition = server.get(&format!("/policy/{all}")).await["policyConditions"][1]["uuid"].clone();
    let change = json!({ "uuid": condition, "subject": "SEVERITY", "operator": "IS", "value": "CRITICAL" });
    server.send("POST", "/policy/condition", change).await;
    server.expect(&project, &["any: gamma"]).await;

    // What stays keeps its identity through another document of the project.
    let first = server.get(&format!("/violation/project/{project}")).await[0].clone();
    let mut more = components();
    more.as_array_mut().unwrap().push(json!({
        "type": "library", "name": "zeta", "version": "1.0.0", "purl": "pkg:pypi/gamma@1.0.0",
    }));
    server.upload("shop", more).await;
    server.expect(&project, &["any: gamma", "any: zeta"]).await;
    let list = server.get(&format!("/violation/project/{project}")).await;
    let same =
        list.as_array().unwrap().iter().find(|violation| violation["component"]["name"] == "gamma").unwrap();
    assert_eq!((&same["uuid"], &same["timestamp"]), (&first["uuid"], &first["timestamp"]));

    // A finding that is suppressed.
    let findings = server.get(&format!("/finding/project/{project}")).await;
    let finding =
        findings.as_array().unwrap().iter().find(|finding| finding["component"]["name"] == "zeta").unwrap();
    let mut decision = json!({
        "project": project,
        "component": finding["component"]["uuid"],
        "vulnerability": finding["vulnerability"]["uuid"],
        "isSuppressed": true,
    });
    server.send("PUT", "/analysis", decision.clone()).await;
    server.expect(&project, &["any: gamma"]).await;
    decision["isSuppressed"] = json!(false);
    server.send("PUT", "/analysis", decision).await;
    server.expect(&project, &["any: gamma", "any: zeta"]).await;

    // An advisory that becomes known.
    let alpha = record("GHSA-gggg-hhhh-jjjj", &["CVE-2026-0003"], ("Maven", "com.acme:alpha"), "HIGH", &[]);
    server.advisories("Maven", &[alpha]).await;
    server.expect(&project, &["any: gamma", "any: zeta", "any: alpha"]).await;

    // Which projects the policy is for: a tag, a project, the latest version, everything again.
    server.send("POST", "/project", json!({ "uuid": project, "name": "shop", "version": "1", "classifier": "APPLICATION", "tags": [{ "name": "Online" }] })).await;
    let other = server.upload("other", components()).await;
    server.expect(&other, &["any: gamma", "any: alpha"]).await;
    let tag = format!("/policy/{any}/tag/online");
    assert_eq!(server.ask("POST", &tag, None).await.0, 200);
    assert_eq!(server.ask("POST", &tag, None).await.0, 304);
    server.expect(&other, &[]).await;
    server.expect(&project, &["any: gamma", "any: zeta", "any: alpha"]).await;
    server.send("PATCH", &format!("/project/{project}"), json!({ "tags": [] })).await;
    server.expect(&project, &[]).await;
    let assigned = format!("/policy/{any}/project/{project}");
    assert_eq!(server.ask("POST", &assigned, None).await.0, 200);
    server.expect(&project, &["any: gamma", "any: zeta", "any: alpha"]).await;
    server.send("PATCH", &format!("/project/{other}"), json!({ "parent": { "uuid": project } })).await;
    server.expect(&other, &[]).await;
    let change = |latest: bool| json!({ "uuid": any, "name": "any", "operator": "ANY", "violationState": "WARN", "includeChildren": true, "onlyLatestProjectVersion": latest });
    server.send("POST", "/policy", change(false)).await;
    server.expect(&other, &["any: gamma", "any: alpha"]).await;
    server.send("POST", "/policy", change(true)).await;
    server.expect(&other, &[]).await;
    server.expect(&project, &[]).await;
    server.send("PATCH", &format!("/project/{other}"), json!({ "isLatest": true })).await;
    server.expect(&other, &["any: gamma", "any: alpha"]).await;
    let metrics = server.until("the violations are counted", async || {
        let metrics = server.metrics(&other).await;
        (metrics["policyViolationsWarn"] == 2).then_some(metrics)
    });
    metrics.await;

    // A policy that is deleted takes its violations with it.
    assert_eq!(server.ask("DELETE", &format!("/policy/{any}"), None).await.0, 204);
    server.expect(&other, &[]).await;
    server
        .until("the violations are no longer counted", async || {
            (server.metrics(&other).await["policyViolationsTotal"] == 0).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_refused() {
    let server = Server::start().await;
    let policy = server.policy(json!({ "name": "p" }), &[]).await;
    let condition = format!("/policy/{policy}/condition");
    let put = async |body: Value| server.ask("PUT", &condition, Some(body)).await;
    let (status, answer) = put(json!({ "subject": "CPE", "operator": "MATCHES", "value": "a(b" })).await;
    assert_eq!((status, &answer["title"]), (400, &json!("Illegal argument provided")), "{answer}");
    // Would take gigabytes.
    let (status, _) =
        put(json!({ "subject": "CPE", "operator": "MATCHES", "value": "(a{1000}){1000}{1000}" })).await;
    assert_eq!(status, 400);
    let expression = |text: &str| json!({ "subject": "EXPRESSION", "operator": "MATCHES", "value": text, "violationType": "LICENSE" });
    let (status, answer) = put(expression("component.name == ")).await;
    assert_eq!(status, 400);
    assert!(answer["celErrors"][0]["message"].is_string() && answer["celErrors"][0]["line"] == 1, "{answer}");
    let (status, answer) = put(expression("componentt.name == 'a'")).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(answer["celErrors"][0]["column"], 1);
    let (status, answer) = put(expression("nothing_like_it(component)")).await;
    assert_eq!(status, 400, "{answer}");
    let (status, answer) =
        put(json!({ "subject": "EXPRESSION", "operator": "MATCHES", "value": "true" })).await;
    assert_eq!((status, answer), (400, json!("Expression conditions must define a violation type")));
    let (status, answer) = put(json!({ "operator": "IS", "value": "x" })).await;
    assert_eq!((status, &answer[0]["path"]), (400, &json!("subject")));
    for body in [
        json!({ "subject": 1 }),
        json!([]),
        json!({ "subject": "CPE", "operator": "IS", "value": "a\u{0}b" }),
    ] {
        assert_eq!(put(body).await.0, 400);
    }
    for name in [json!("p\u{0}"), json!(""), json!("x".repeat(256)), json!([7]), Value::Null] {
        assert_eq!(server.ask("PUT", "/policy", Some(json!({ "name": name }))).await.0, 400, "{name}");
    }
    assert_eq!(server.ask("GET", "/policy?searchText=%00", None).await.0, 400);
    assert_eq!(server.ask("GET", "/license/%00", None).await.0, 400);
    let (status, answer) = server.ask("PUT", "/policy", Some(json!({ "name": "p" }))).await;
    assert_eq!((status, answer), (409, json!("A policy with the specified name already exists.")));
    for weight in [json!(99_999_999_999_i64), json!("much")] {
        let body = json!({ "name": "g", "riskWeight": weight });
        assert_eq!(server.ask("PUT", "/licenseGroup", Some(body)).await.0, 400);
    }
}
