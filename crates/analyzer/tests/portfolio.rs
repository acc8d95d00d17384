//! Projects with what belongs to them, through HTTP: collections, clones, properties, lists, and who
//! may see them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use analyzer::{Options, Spoken};
use base64::Engine;
use common::Running;
use common::portfolio::{App, shop};
use identity::Permission;
use serde_json::{Value, json};
use storage::{Sql, params};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_has_nothing_of_its_own() {
    let app = App::start().await;
    let sent = json!({
        "name": "all", "collectionLogic": "AGGREGATE_DIRECT_CHILDREN_WITH_TAG", "collectionTag": { "name": " Kids " }
    });
    let collection = app.project(sent).await;
    let shown = app.get(&format!("/v1/project/{collection}")).await.body;
    assert_eq!(shown["collectionLogic"], "AGGREGATE_DIRECT_CHILDREN_WITH_TAG");
    assert_eq!(shown["collectionTag"], json!({ "name": "kids" }));
    let of_tag = app.get("/v1/tag/kids/collectionProject").await;
    assert_eq!((of_tag.total, names(&of_tag.body)), (Some(1), vec!["all"]));

    let component = json!({ "name": "x", "classifier": "LIBRARY" });
    let refused = app.send("PUT", &format!("/v1/component/project/{collection}"), component.clone()).await;
    assert_eq!((refused.status, refused.body), (400, json!("Collection project cannot contain components.")));
    let refused = app.send("PUT", &format!("/v1/service/project/{collection}"), json!({ "name": "s" })).await;
    assert_eq!((refused.status, refused.body), (400, json!("Collection project cannot contain services.")));
    let refused = app.send("PUT", "/v1/bom", json!({ "project": collection, "bom": "aGVsbG8=" })).await;
    assert_eq!((refused.status, refused.body), (400, json!("BOM cannot be uploaded to collection project.")));
    let refused = app.send("PUT", "/v1/vex", json!({ "project": collection, "vex": "aGVsbG8=" })).await;
    assert_eq!((refused.status, refused.body), (400, json!("VEX cannot be uploaded to collection project.")));

    // A tag without the logic that asks for it is dropped.
    let sent = json!({ "collectionLogic": "AGGREGATE_DIRECT_CHILDREN" });
    let changed = app.send("PATCH", &format!("/v1/project/{collection}"), sent).await;
    assert_eq!((changed.status, &changed.body["collectionTag"]), (200, &Value::Null));

    let plain = app.project(json!({ "name": "plain" })).await;
    let made = app.send("PUT", &format!("/v1/component/project/{plain}"), component).await;
    assert_eq!(made.status, 201);
    let sent = json!({ "collectionLogic": "AGGREGATE_DIRECT_CHILDREN" });
    let refused = app.send("PATCH", &format!("/v1/project/{plain}"), sent).await;
    let text = "Project cannot be made a collection project while it has components or services!";
    assert_eq!((refused.status, refused.body), (409, json!(text)));
    let unknown = app.send("PUT", "/v1/project", json!({ "name": "u", "collectionLogic": "SOME" })).await;
    assert_eq!((unknown.status, unknown.kind.as_str()), (400, "application/problem+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_of_a_project_are_kept_and_secrets_are_not_shown() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "p" })).await;
    let path = format!("/v1/project/{project}/property");
    let plain = json!({
        "groupName": "integrations", "propertyName": "kenna.asset.external_id", "propertyValue": " 7 ",
        "propertyType": "INTEGER", "description": "its number"
    });
    let made = app.send("PUT", &path, plain.clone()).await;
    assert_eq!((made.status, &made.body["propertyValue"]), (201, &json!("7")));
    let twice = app.send("PUT", &path, plain).await;
    let text = "A property with the specified project/group/name combination already exists.";
    assert_eq!((twice.status, twice.body), (409, json!(text)));
    let secret =
        json!({ "propertyName": "token", "propertyValue": "s3cret", "propertyType": "ENCRYPTEDSTRING" });
    let made = app.send("PUT", &path, secret).await;
    assert_eq!(made.body["propertyValue"], "HiddenDecryptedPropertyPlaceholder");
    let stored: String = app
        .test
        .db
        .scalar("SELECT value FROM project_property WHERE name = 'token'", params![])
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.contains("s3cret"), "{stored}");
    let same = json!({ "propertyName": "token", "propertyValue": "HiddenDecryptedPropertyPlaceholder" });
    assert_eq!(app.send("POST", &path, same).await.status, 304);
    let wrong = json!({
        "groupName": "integrations", "propertyName": "kenna.asset.external_id", "propertyValue": "seven"
    });
    let refused = app.send("POST", &path, wrong).await;
    let text = "The property expected an integer and an integer was not sent.";
    assert_eq!((refused.status, refused.body), (400, json!(text)));
    let listed = app.get(&path).await.body;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(app.get(&format!("/v1/project/{project}")).await.body["properties"], listed);
    let gone = app.send("DELETE", &path, json!({ "propertyName": "token" })).await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.get(&path).await.body.as_array().unwrap().len(), 1);
    let unknown = app.send("DELETE", &path, json!({ "propertyName": "token" })).await;
    assert_eq!(unknown.status, 404);
}

/// A project with an SBOM, a tag, a property, a decision, and the uuid of its component `a`.
async fn full(app: &App) -> (String, String) {
    let sent = json!({ "name": "shop", "version": "1", "tags": [{ "name": "web" }], "isLatest": true });
    let project = app.project(sent).await;
    app.upload(&project, &shop()).await;
    let path = format!("/v1/project/{project}/property");
    let property = json!({ "propertyName": "k", "propertyValue": "v", "propertyType": "STRING" });
    assert_eq!(app.send("PUT", &path, property).await.status, 201);
    let components = app.get(&format!("/v1/component/project/{project}?searchText=a")).await.body;
    let component = components[0]["uuid"].as_str().unwrap().to_owned();
    let flaw = json!({ "vulnId": "INT-1", "source": "INTERNAL", "severity": "HIGH", "description": "bad" });
    let flaw = app.send("PUT", "/v1/vulnerability", flaw).await;
    assert_eq!(flaw.status, 201, "{flaw:?}");
    let flaw = flaw.body["uuid"].as_str().unwrap().to_owned();
    let path = format!("/v1/vulnerability/{flaw}/component/{component}");
    assert_eq!(app.send_as(&app.key, "POST", &path, None).await.status, 200);
    let decision = json!({
        "project": project, "component": component, "vulnerability": flaw, "analysisState": "NOT_AFFECTED",
        "comment": "not reached", "isSuppressed": true
    });
    assert_eq!(app.send("PUT", "/v1/analysis", decision).await.status, 200);
    (project, component)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_has_what_was_asked_for_and_its_graph_is_its_own() {
    let app = App::start().await;
    let (project, component) = full(&app).await;
    let sent = json!({
        "project": project, "version": "2", "includeTags": true, "includeProperties": true, "includeComponents": true,
        "includeServices": true, "includeAuditHistory": true, "includeACL": true, "makeCloneLatest": true
    });
    let started = app.send("PUT", "/v1/project/clone", sent.clone()).await;
    assert_eq!(started.status, 200, "{started:?}");
    app.wait(started.body["token"].as_str().unwrap()).await;
    let made = app.get("/v1/project/lookup?name=shop&version=2").await.body;
    let clone = made["uuid"].as_str().unwrap();
    assert_eq!(made["tags"], json!([{ "name": "web" }]));
    assert_eq!((&made["isLatest"], &made["lastBomImport"]), (&json!(true), &Value::Null));
    assert_eq!(made["properties"][0]["propertyName"], "k");
    assert_eq!(app.get(&format!("/v1/project/{project}")).await.body["isLatest"], false);

    let components = app.get(&format!("/v1/component/project/{clone}?sortName=name")).await.body;
    assert_eq!(names(&components), ["a", "b", "c"]);
    let copy = components[0]["uuid"].as_str().unwrap();
    assert_ne!(copy, component);
    let direct = app.get(&format!("/v1/dependencyGraph/project/{clone}/directDependencies")).await.body;
    assert_eq!(names(&direct), ["a", "pay"]);
    assert_eq!(direct[0]["uuid"], copy);
    let below: Value = serde_json::from_str(direct[0]["directDependencies"].as_str().unwrap()).unwrap();
    assert_eq!(below[0]["uuid"], components[1]["uuid"]);
    for what in ["property", "occurrence"] {
        let (of_copy, of_source) = (
            app.get(&format!("/v1/component/{copy}/{what}")).await.body,
            app.get(&format!("/v1/component/{component}/{what}")).await.body,
        );
        assert_eq!(of_copy.as_array().unwrap().len(), of_source.as_array().unwrap().len());
        assert_eq!(of_copy.as_array().unwrap().len(), 2);
        assert_ne!(of_copy[0], of_source[0]);
    }
    let findings = app.get(&format!("/v1/finding/project/{clone}?suppressed=true")).await.body;
    assert_eq!(findings[0]["analysis"]["state"], "NOT_AFFECTED");
    let flaw = findings[0]["vulnerability"]["uuid"].as_str().unwrap();
    let path = format!("/v1/analysis?project={clone}&component={copy}&vulnerability={flaw}");
    let decision = app.get(&path).await.body;
    assert!(
        decision["analysisComments"].as_array().unwrap().iter().any(|one| one["comment"] == "not reached")
    );

    let twice = app.send("PUT", "/v1/project/clone", sent).await;
    let text = "A project with the specified name and version already exists.";
    assert_eq!((twice.status, twice.body), (409, json!(text)));
    let unknown = json!({ "project": "deadbeef-0000-4000-8000-00000000abcd", "version": "9" });
    assert_eq!(app.send("PUT", "/v1/project/clone", unknown).await.status, 404);
    assert_eq!(app.send("PUT", "/v1/project/clone", json!({ "project": project })).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn version_2_clones_at_once_and_without_decisions_unless_asked() {
    let app = App::start().await;
    let (project, _) = full(&app).await;
    let path = format!("/v2/projects/{project}/clone");
    let made =
        app.send("POST", &path, json!({ "version": "2", "includes": ["COMPONENTS", "FINDINGS"] })).await;
    assert_eq!(made.status, 201, "{made:?}");
    let clone = made.body["uuid"].as_str().unwrap();
    let shown = app.get(&format!("/v1/project/{clone}")).await.body;
    assert_eq!((&shown["tags"], &shown["isLatest"]), (&json!([]), &json!(false)));
    let findings = app.get(&format!("/v1/finding/project/{clone}")).await.body;
    assert_eq!(findings[0]["analysis"]["isSuppressed"], false);
    let twice = app.send("POST", &path, json!({ "version": "2" })).await;
    assert_eq!((twice.status, twice.kind.as_str()), (409, "application/problem+json"));
    let unknown = app.send("POST", &path, json!({ "version": "3", "includes": ["EVERYTHING"] })).await;
    assert_eq!((unknown.status, &unknown.body["errors"][0]["path"]), (400, &json!("includes")));
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_listed_in_a_few_words() {
    let app = App::start().await;
    let parent = app.project(json!({ "name": "top", "version": "1" })).await;
    let child =
        json!({ "name": "kid", "parent": { "uuid": parent }, "tags": [{ "name": "t" }], "active": false });
    app.project(child).await;
    let top = app.get("/v1/project/concise?onlyRoot=true").await;
    assert_eq!((top.total, &top.body[0]["hasChildren"]), (Some(1), &json!(true)));
    assert_eq!(top.body[0].get("tags"), None);
    let kids = app.get(&format!("/v1/project/concise/{parent}/children?includeMetrics=true")).await;
    assert_eq!((kids.total, names(&kids.body)), (Some(1), vec!["kid"]));
    for (query, found) in
        [("tag=T", 1), ("active=true", 1), ("classifier=application", 0), ("team=none", 0), ("name=kid", 1)]
    {
        assert_eq!(app.get(&format!("/v1/project/concise?{query}")).await.total, Some(found), "{query}");
    }
    let refused = app.get("/v1/project/concise?sortName=color").await;
    assert_eq!((refused.status, &refused.body["type"]), (400, &json!("/problems/invalid-sort-field")));
    assert_eq!(refused.body["invalidField"], "color");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_projects_are_told_together() {
    let app = App::start().await;
    let sent = json!({ "name": "bell \u{7}", "cpe": "nonsense", "version": "v".repeat(256) });
    let refused = app.send("PUT", "/v1/project", sent).await;
    assert_eq!(refused.status, 400);
    let mut paths: Vec<&str> =
        refused.body.as_array().unwrap().iter().map(|rule| rule["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["cpe", "name", "version"]);
    let text = "The name may only contain printable characters";
    assert!(refused.body.as_array().unwrap().iter().any(|rule| rule["message"] == text));
    let nested = app.send("PUT", "/v1/project", json!({ "name": "n", "supplier": "me" })).await;
    assert_eq!((nested.status, nested.kind.as_str()), (400, "application/problem+json"));
    let author = app.project(json!({ "name": "a", "author": "Ada" })).await;
    let shown = app.get(&format!("/v1/project/{author}")).await.body;
    assert_eq!((&shown["author"], &shown["authors"]), (&json!("Ada"), &json!([{ "name": "Ada" }])));

    let gone = app.send("POST", "/v1/project/batchDelete", json!([author, "nobody"])).await;
    assert_eq!((gone.status, &gone.body["errors"]), (400, &json!({ "nobody": "Project not found" })));
    assert_eq!(app.get(&format!("/v1/project/{author}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_come_as_numbers_and_flags_as_words_too() {
    let app = App::start().await;
    let made = app.project(json!({ "name": 7, "version": 1.5, "active": false })).await;
    let shown = app.get(&format!("/v1/project/{made}")).await.body;
    assert_eq!((&shown["name"], &shown["version"]), (&json!("7"), &json!("1.5")));
    let bom =
        base64::engine::general_purpose::STANDARD.encode(r#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#);
    let sent = json!({ "projectName": "numbered", "projectVersion": 2, "autoCreate": "true", "bom": bom });
    assert_eq!(app.send("PUT", "/v1/bom", sent).await.status, 200);
    assert_eq!(app.get("/v1/project/lookup?name=numbered&version=2").await.status, 200);
    for (word, count) in [("True", 1), ("TRUE", 1), ("False", 2), ("no", 2)] {
        assert_eq!(
            app.get(&format!("/v1/project?excludeInactive={word}")).await.total,
            Some(count),
            "{word}"
        );
    }
    let value = |value: Value| json!({ "groupName": "general", "propertyName": "badge.enabled", "propertyValue": value });
    let set = app.send("POST", "/v1/configProperty/aggregate", json!([value(json!(true))])).await;
    assert_eq!((set.status, &set.body[0]["propertyValue"]), (200, &json!("true")));
    assert_eq!(app.send("POST", "/v1/configProperty", value(json!({}))).await.status, 400);
    let team = app.send("PUT", "/v1/team", json!({ "name": 5 })).await;
    assert_eq!((team.status, &team.body["name"]), (201, &json!("5")));
    assert_eq!(app.send("PUT", "/v1/team", json!({ "name": {} })).await.status, 400);
    let policy =
        json!({ "name": "p", "operator": "ANY", "violationState": "INFO", "includeChildren": "true" });
    let policy = app.send("PUT", "/v1/policy", policy).await;
    let mut policy = policy.body;
    policy["includeChildren"] = json!("True");
    let policy = app.send("POST", "/v1/policy", policy).await;
    assert_eq!((policy.status, &policy.body["includeChildren"]), (200, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_team_may_not_see_is_neither_shown_nor_counted() {
    let app = App::start().await;
    let (foreign, component) = full(&app).await;
    let own = app.project(json!({ "name": "own" })).await;
    let key = app
        .team(
            "limited",
            &[Permission::ViewPortfolio, Permission::PortfolioManagement, Permission::TagManagement],
        )
        .await;
    let tx = app.test.db.begin().await.unwrap();
    let team = app.identity.team_by_name(&tx, "limited").await.unwrap().unwrap();
    tx.execute(
        "INSERT INTO project_team (project_id, team_id) SELECT id, ? FROM project WHERE uuid = ?",
        params![team.id, own.clone()],
    )
    .await
    .unwrap();
    tx.execute("UPDATE config_property SET value = 'true' WHERE name = 'acl.enabled'", params![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let get = async |path: String| app.send_as(&key, "GET", &path, None).await;
    for path in ["/v1/project", "/v1/project/concise"] {
        let listed = get(path.to_owned()).await;
        assert_eq!((listed.total, names(&listed.body)), (Some(1), vec!["own"]), "{path}");
    }
    for path in [
        format!("/v1/project/{foreign}"),
        format!("/v1/project/{foreign}/children"),
        format!("/v1/project/{foreign}/property"),
        format!("/v1/project/concise/{foreign}/children"),
        format!("/v1/component/project/{foreign}"),
        format!("/v1/component/{component}"),
        format!("/v1/component/{component}/property"),
        format!("/v1/component/{component}/occurrence"),
        format!("/v1/service/project/{foreign}"),
        format!("/v1/dependencyGraph/project/{foreign}/directDependencies"),
        format!("/v1/dependencyGraph/component/{component}/directDependencies"),
        format!("/v1/component/project/{foreign}/dependencyGraph/{component}"),
        format!("/v2/projects/{foreign}/components"),
        "/v1/project/lookup?name=shop&version=1".to_owned(),
    ] {
        assert_eq!(get(path.clone()).await.status, 403, "{path}");
    }
    let text = json!("Access to the specified component is forbidden");
    assert_eq!(get(format!("/v1/component/{component}")).await.body, text);
    assert_eq!(get("/v1/component/identity?name=a".to_owned()).await.total, Some(0));
    assert_eq!(get("/v2/components".to_owned()).await.body["total"]["count"], 0);
    assert_eq!(get("/v1/search?query=shop".to_owned()).await.body["results"]["project"], json!([]));
    let tags = get("/v1/tag?searchText=web".to_owned()).await;
    assert_eq!(tags.body[0]["projectCount"], 0);
    let refused = app.send_as(&key, "DELETE", "/v1/tag", Some(json!(["web"]))).await;
    let text = "The tag is assigned to 1 project(s) that are not accessible by the authenticated principal.";
    assert_eq!((refused.status, &refused.body["errors"]["web"]), (400, &json!(text)));
    let child = json!({ "name": "child", "parent": { "uuid": foreign } });
    let refused = app.send_as(&key, "PUT", "/v1/project", Some(child)).await;
    let text = json!("Access to the specified parent project is forbidden");
    assert_eq!((refused.status, refused.body), (403, text));
    let latest = json!({ "name": "shop", "version": "9", "isLatest": true });
    assert_eq!(app.send_as(&key, "PUT", "/v1/project", Some(latest)).await.status, 403);
    let gone = app.send_as(&key, "POST", "/v1/project/batchDelete", Some(json!([own, foreign]))).await;
    assert_eq!(gone.body["errors"], json!({ foreign: "Access denied to project" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backslash_before_u0000_is_no_nul() {
    let app = App::start().await;
    let said = r"C:\u0000";
    let uuid = app.project(json!({ "name": "path", "description": said })).await;
    assert_eq!(app.get(&format!("/v1/project/{uuid}")).await.body["description"], said);
    for nul in ["a\0b", "\\\0"] {
        let refused = app.send("PUT", "/v1/project", json!({ "name": "nul", "description": nul })).await;
        assert_eq!(refused.status, 400, "{nul:?}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_tell_what_version_5_added() {
    let app = App::start().await;
    let parent = app.project(json!({ "name": "parent", "version": "1" })).await;
    let child = json!({ "name": "child", "version": "1", "isLatest": true, "parent": { "uuid": parent } });
    let child = app.project(child).await;
    app.upload(&child, &shop()).await;
    let list = app.get("/v1/project").await.body;
    let told = |name: &str| list.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(
        (&told("parent")["hasChildren"], &told("child")["hasChildren"]),
        (&json!(true), &json!(false))
    );
    let shown = app.get(&format!("/v1/project/{child}")).await.body;
    assert_eq!(
        shown["versions"],
        json!([{ "uuid": child, "version": "1", "active": true, "isLatest": true }])
    );
    assert_eq!(shown.get("inactiveSince"), None);
    let components = app.get(&format!("/v1/component/project/{child}")).await.body;
    let counts: Vec<&Value> =
        components.as_array().unwrap().iter().map(|component| &component["occurrenceCount"]).collect();
    assert_eq!(counts, [2, 0, 0]);
    let place = format!("/v1/project/{child}");
    let off = app.send("PATCH", &place, json!({ "active": false })).await.body;
    let since = off["inactiveSince"].as_i64().unwrap();
    assert!((storage::now_ms() - since).abs() < 60_000, "{since}");
    let renamed = app.send("PATCH", &place, json!({ "description": "old" })).await.body;
    assert_eq!(renamed["inactiveSince"], since, "it stays");
    let on = app.send("PATCH", &place, json!({ "active": true })).await.body;
    assert_eq!(on.get("inactiveSince"), None);
}

#[tokio::test]
async fn the_frontend_of_version_5_is_not_told_of_projects_that_are_no_collection() {
    for (spoken, version, shown) in [(Spoken::Four, "4.", json!("NONE")), (Spoken::Five, "5.", Value::Null)] {
        let server = Running::idle(Options { spoken, ..Options::default() }).await;
        let about = server.own("GET", "/version", None).await.json();
        assert!(about["version"].as_str().unwrap().starts_with(version), "{about}");
        let made = server.own("PUT", "/v1/project", Some(&json!({ "name": "plain" }))).await.json();
        let mut collection = json!({ "name": "all", "collectionLogic": "AGGREGATE_DIRECT_CHILDREN" });
        collection["parent"] = json!({ "uuid": made["uuid"] });
        let child = server.own("PUT", "/v1/project", Some(&collection)).await.json();
        let path = format!("/v1/project/{}", made["uuid"].as_str().unwrap());
        let plain = server.own("GET", &path, None).await.json();
        assert_eq!((&made["collectionLogic"], &plain["collectionLogic"]), (&shown, &shown));
        assert_eq!(plain["children"][0]["collectionLogic"], "AGGREGATE_DIRECT_CHILDREN", "{plain}");
        assert_eq!(child["collectionLogic"], "AGGREGATE_DIRECT_CHILDREN");
        let list = server.own("GET", "/v1/project?name=plain", None).await.json();
        assert_eq!(list[0]["collectionLogic"], shown, "{list}");
    }
}
