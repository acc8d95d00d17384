//! Components, services, the graph, tags and search, through HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::portfolio::{App, shop};
use identity::Permission;
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// The uuid of the component of a project with this name.
async fn component(app: &App, project: &str, name: &str) -> String {
    let found = app.get(&format!("/v1/component/identity?name={name}&project={project}")).await.body;
    found[0]["uuid"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_brings_properties_occurrences_services_and_who_made_it() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "shop" })).await;
    app.upload(&project, &shop()).await;
    let shown = app.get(&format!("/v1/project/{project}")).await.body;
    assert_eq!(shown["metadata"]["supplier"]["name"], "Shop Ltd");
    assert!(shown["lastVulnerabilityAnalysis"].is_i64());
    let a = component(&app, &project, "a").await;
    let properties = app.get(&format!("/v1/component/{a}/property")).await.body;
    let told: Vec<_> = properties
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["groupName"].as_str(),
                one["propertyName"].as_str().unwrap(),
                one["propertyValue"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(
        told.contains(&(Some("shop"), "tier", "gold")) && told.contains(&(None, "plain", "one")),
        "{told:?}"
    );
    assert_eq!(told.len(), 2);
    let found = app.get(&format!("/v1/component/{a}/occurrence")).await;
    assert_eq!((found.total, &found.body[0]["location"]), (Some(2), &json!("/app/a.js")));
    let services = app.get(&format!("/v1/service/project/{project}")).await;
    assert_eq!(services.total, Some(1));
    let service = &services.body[0];
    assert_eq!(service["provider"], json!({ "name": "PayCo" }));
    assert_eq!(service["data"], json!([{ "direction": "BI_DIRECTIONAL", "name": "PII" }]));
    assert_eq!((&service["authenticated"], &service["crossesTrustBoundary"]), (&json!(true), &json!(true)));

    // The same document again: everything keeps its identity.
    app.upload(&project, &shop()).await;
    assert_eq!(component(&app, &project, "a").await, a);
    assert_eq!(app.get(&format!("/v1/component/{a}/occurrence")).await.body, found.body);
    assert_eq!(app.get(&format!("/v1/service/project/{project}")).await.body[0]["uuid"], service["uuid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_and_decided_survives_the_next_document() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "shop" })).await;
    app.upload(&project, &shop()).await;
    let b = component(&app, &project, "b").await;
    let by_hand = json!({ "name": "mine", "classifier": "LIBRARY", "version": "1", "notes": "ours" });
    let made = app.send("PUT", &format!("/v1/component/project/{project}"), by_hand).await;
    assert_eq!(made.status, 201, "{made:?}");
    let service = app.send("PUT", &format!("/v1/service/project/{project}"), json!({ "name": "own" })).await;
    assert_eq!(service.status, 201, "{service:?}");
    let mut next = shop();
    // Only the qualifiers of b change, c and the service go.
    next["components"][1]["purl"] = json!("pkg:npm/b@2?arch=y");
    next["components"].as_array_mut().unwrap().pop();
    next["services"] = json!([]);
    app.upload(&project, &next).await;
    let listed = app.get(&format!("/v1/component/project/{project}?sortName=name")).await.body;
    assert_eq!(names(&listed), ["a", "b", "mine"]);
    assert_eq!((&listed[1]["uuid"], &listed[1]["purl"]), (&json!(b), &json!("pkg:npm/b@2?arch=y")));
    assert_eq!(listed[2]["notes"], "ours");
    let services = app.get(&format!("/v1/service/project/{project}")).await.body;
    assert_eq!(names(&services), ["own"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graph_leads_to_a_component_and_ends_in_cycles() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "shop" })).await;
    let empty = app.get(&format!("/v1/dependencyGraph/project/{project}/directDependencies")).await;
    assert_eq!((empty.status, empty.body), (200, json!([])));
    app.upload(&project, &shop()).await;
    let (a, b, c) = (
        component(&app, &project, "a").await,
        component(&app, &project, "b").await,
        component(&app, &project, "c").await,
    );
    let graph = app.get(&format!("/v1/component/project/{project}/dependencyGraph/{c}")).await.body;
    assert_eq!(graph.as_object().unwrap().len(), 4, "a, b, c and the service: {graph}");
    assert_eq!(
        (&graph[&a]["expandDependencyGraph"], &graph[&b]["expandDependencyGraph"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(graph[&c]["expandDependencyGraph"], false);
    assert_eq!(graph[&a]["dependencyGraph"], json!([b]));
    let mut below: Vec<&str> =
        graph[&b]["dependencyGraph"].as_array().unwrap().iter().map(|u| u.as_str().unwrap()).collect();
    let mut wanted = [a.as_str(), c.as_str()];
    below.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(below, wanted);
    let both = app.get(&format!("/v1/component/project/{project}/dependencyGraph/{a}%7C{c}")).await;
    assert_eq!(both.status, 200);
    let direct = app.get(&format!("/v1/dependencyGraph/component/{b}/directDependencies")).await.body;
    assert_eq!(names(&direct), ["a", "c"]);
    let shown = app.get(&format!("/v1/project/{project}")).await.body;
    let direct: Value = serde_json::from_str(shown["directDependencies"].as_str().unwrap()).unwrap();
    let kinds: Vec<&str> =
        direct.as_array().unwrap().iter().map(|one| one["objectType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["COMPONENT", "SERVICE"]);
    let only = app.get(&format!("/v1/component/project/{project}?onlyDirect=true")).await.body;
    assert_eq!(names(&only), ["a"]);
    let unknown =
        app.get("/v1/dependencyGraph/project/deadbeef-0000-4000-8000-00000000abcd/directDependencies").await;
    assert_eq!((unknown.status, unknown.body), (404, json!("The component could not be found.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_made_changed_and_deleted_by_hand() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "p" })).await;
    let sent = json!({ "name": "s", "version": "1", "data": [{ "direction": "INBOUND", "name": "PII" }] });
    let made = app.send("PUT", &format!("/v1/service/project/{project}"), sent).await;
    assert_eq!(made.status, 201, "{made:?}");
    let uuid = made.body["uuid"].as_str().unwrap();
    let changed = app
        .send("POST", "/v1/service", json!({ "uuid": uuid, "name": "t", "endpoints": ["https://t.example"] }))
        .await;
    assert_eq!(
        (changed.status, &changed.body["name"], &changed.body["version"]),
        (200, &json!("t"), &Value::Null)
    );
    let wrong = app
        .send("POST", "/v1/service", json!({ "uuid": uuid, "name": "t", "data": [{ "direction": "UP" }] }))
        .await;
    assert_eq!(wrong.status, 400);
    let blank = app.send("PUT", &format!("/v1/service/project/{project}"), json!({})).await;
    assert_eq!((blank.status, &blank.body[0]["path"]), (400, &json!("name")));
    assert_eq!(app.delete(&format!("/v1/service/{uuid}")).await.status, 204);
    let gone = app.delete(&format!("/v1/service/{uuid}")).await;
    assert_eq!((gone.status, gone.body), (404, json!("The UUID of the service could not be found.")));
    let gone = app.get(&format!("/v1/service/{uuid}")).await;
    assert_eq!((gone.status, gone.body), (404, json!("The service could not be found.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_and_hashes_of_components() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "p" })).await;
    let sent = json!({ "name": "x", "classifier": "LIBRARY", "sha256": "AB".repeat(32) });
    let made = app.send("PUT", &format!("/v1/component/project/{project}"), sent).await;
    let uuid = made.body["uuid"].as_str().unwrap();
    assert_eq!(app.get(&format!("/v1/component/hash/{}", "ab".repeat(32))).await.total, Some(1));
    assert_eq!(app.get(&format!("/v1/component/hash/{}", "ac".repeat(32))).await.total, Some(0));
    let found = app.get(&format!("/v2/components?hash_type=SHA3_256&hash={}", "ab".repeat(32))).await.body;
    assert_eq!(found["total"]["count"], 0);
    let path = format!("/v1/component/{uuid}/property");
    let property = json!({ "propertyName": "k", "propertyValue": "v", "propertyType": "STRING" });
    let made = app.send("PUT", &path, property.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let twice = app.send("PUT", &path, property).await;
    let text = "A property with the specified component/group/name/value combination already exists.";
    assert_eq!((twice.status, twice.body), (409, json!(text)));
    let other = json!({ "propertyName": "k", "propertyValue": "w", "propertyType": "STRING" });
    assert_eq!(app.send("PUT", &path, other).await.status, 201);
    let property = made.body["uuid"].as_str().unwrap();
    assert_eq!(app.delete(&format!("{path}/{property}")).await.status, 204);
    assert_eq!(app.delete(&format!("{path}/{property}")).await.status, 404);
    assert_eq!(app.get(&path).await.body.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_components_are_told_apart() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "shop" })).await;
    app.upload(&project, &shop()).await;
    let set = async |name: &str, value: &str| {
        let sent =
            json!({ "groupName": "internal-components", "propertyName": name, "propertyValue": value });
        assert_eq!(app.send("POST", "/v1/configProperty", sent).await.status, 200);
    };
    let internal = async || {
        let list = app.get(&format!("/v1/component/project/{project}?sortName=name")).await.body;
        let list = list.as_array().unwrap().iter().filter(|one| one["isInternal"] == true);
        list.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    set("groups.regex", r"com\.sho").await;
    assert_eq!(app.get("/v1/component/internal/identify").await.status, 204);
    settled(&app).await;
    assert!(internal().await.is_empty(), "the whole group must match");
    set("groups.regex", r"com\..*").await;
    settled(&app).await;
    assert_eq!(internal().await, ["a"]);
    set("names.regex", "c|b").await;
    settled(&app).await;
    assert_eq!(internal().await, ["a", "b", "c"]);
    set("match-mode", "AND").await;
    settled(&app).await;
    assert!(internal().await.is_empty());
}

/// Waits until no job waits or runs.
async fn settled(app: &App) {
    for _ in 0..500 {
        let left = storage::Sql::count(
            &app.test.db,
            "SELECT count(*) FROM job WHERE kind = 'component.internal' AND state IN ('READY', 'RUNNING')",
            storage::params![],
        );
        if left.await.unwrap() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("jobs are left");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_made_given_taken_and_deleted() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "p", "version": "1" })).await;
    assert_eq!(app.send("PUT", "/v1/tag", json!([" Web ", "web", "idle"])).await.status, 201);
    let given = app.send("POST", "/v1/tag/WEB/project", json!([project])).await;
    assert_eq!(given.status, 204, "{given:?}");
    let listed = app.get("/v1/tag?sortName=projectCount&sortOrder=desc").await;
    assert_eq!((listed.total, names(&listed.body)), (Some(2), vec!["web", "idle"]));
    assert_eq!(listed.body[0]["projectCount"], 1);
    let of_tag = app.get("/v1/tag/web/project").await.body;
    assert_eq!(of_tag, json!([{ "uuid": project, "name": "p", "version": "1" }]));
    let none = app.get("/v1/tag/nope/policy").await;
    assert_eq!((none.status, none.total, none.body), (200, Some(0), json!([])));
    let unknown = app.send("POST", "/v1/tag/nope/notificationRule", json!([project])).await;
    assert_eq!(
        (unknown.status, &unknown.body["detail"]),
        (404, &json!("A tag with name nope does not exist"))
    );
    let many: Vec<String> = (0..101).map(|n| format!("t{n}")).collect();
    assert_eq!(app.send("PUT", "/v1/tag", json!(many)).await.status, 400);

    let key = app.team("tagger", &[Permission::TagManagement]).await;
    let refused = app.send_as(&key, "DELETE", "/v1/tag", Some(json!(["web", "idle", "gone"]))).await;
    assert_eq!((refused.status, refused.kind.as_str()), (400, "application/problem+json"));
    let text = "The tag is assigned to 1 project(s), but the authenticated principal is missing the PORTFOLIO_MANAGEMENT permission.";
    assert_eq!(refused.body["errors"], json!({ "web": text, "gone": "Tag does not exist" }));
    assert_eq!(app.send("DELETE", "/v1/tag/web/project", json!([project])).await.status, 204);
    assert_eq!(app.send_as(&key, "DELETE", "/v1/tag", Some(json!(["web", "idle"]))).await.status, 204);
    assert_eq!(app.get("/v1/tag").await.total, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_has_just_been_written() {
    let app = App::start().await;
    let sent = json!({ "name": "Corner Shop", "version": "1", "description": "sells 100% tea" });
    let project = app.project(sent).await;
    app.upload(&project, &shop()).await;
    let found = app.get("/v1/search?query=shop").await.body["results"].clone();
    assert_eq!(
        found["project"],
        json!([{ "uuid": project, "name": "Corner Shop", "version": "1", "description": "sells 100% tea" }])
    );
    assert_eq!(names(&found["component"]), ["a"], "by its group");
    assert!(found.get("vulnerablesoftware").is_none());
    let found = app.get("/v1/search/project?query=100%25").await.body;
    assert_eq!(found["results"]["project"].as_array().unwrap().len(), 1);
    let found = app.get("/v1/search/project?query=100_").await.body;
    assert_eq!(found["results"], json!({ "project": [] }));
    let found = app.get("/v1/search/component?query=0123456789abcdef0123456789abcdef01234567").await.body;
    assert_eq!(found["results"]["component"][0]["sha1"], "0123456789abcdef0123456789abcdef01234567");
    let found = app.get("/v1/search/service?query=PAY").await.body;
    assert_eq!(found["results"]["servicecomponent"][0]["url"], "https://pay.example/api");
    let refused = app.send_as(&app.key, "POST", "/v1/search/reindex?type=NOTHING", None).await;
    assert_eq!((refused.status, refused.body), (400, json!("No valid index type was provided")));
    let done = app.send_as(&app.key, "POST", "/v1/search/reindex?type=PROJECT&type=COMPONENT", None).await;
    app.wait(done.body["token"].as_str().unwrap()).await;
    assert_eq!(app.delete(&format!("/v1/project/{project}")).await.status, 204);
    assert_eq!(app.get("/v1/search/project?query=shop").await.body["results"]["project"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn version_2_lists_components_in_pages_by_cursor() {
    let app = App::start().await;
    let project = app.project(json!({ "name": "shop" })).await;
    app.upload(&project, &shop()).await;
    for path in [format!("/v2/projects/{project}/components"), "/v2/components".to_owned()] {
        for sort in ["name", "group", "last_inherited_risk_score"] {
            let (mut seen, mut token) = (Vec::new(), String::new());
            loop {
                let page = app
                    .get(&format!("{path}?limit=1&sort_by={sort}&sort_direction=DESC&page_token={token}"))
                    .await;
                assert_eq!(page.status, 200, "{page:?}");
                assert_eq!(page.body["total"], json!({ "count": 3, "type": "EXACT" }));
                seen.extend(names(&page.body["items"]).into_iter().map(str::to_owned));
                match page.body["next_page_token"].as_str() {
                    Some(next) => next.clone_into(&mut token),
                    None => break,
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, ["a", "b", "c"], "{path} by {sort}");
        }
    }
    let found = app.get("/v2/components?purl_prefix=pkg:npm/b&expand=metrics").await.body;
    assert_eq!(names(&found["items"]), ["b"]);
    assert_eq!(found["items"][0]["metrics"]["findings_total"], 0);
    assert_eq!(found["items"][0]["project"]["name"], "shop");
    let counted =
        app.get(&format!("/v2/projects/{project}/components?q=a&expand=occurrence_count")).await.body;
    assert_eq!(counted["items"][0]["occurrence_count"], 2);
    for (query, path) in [
        ("limit=0", "limit"),
        ("hash=ab", "hash"),
        ("purl_prefix=x", "purl_prefix"),
        ("page_token=x", "page_token"),
    ] {
        let refused = app.get(&format!("/v2/components?{query}")).await;
        assert_eq!((refused.status, refused.kind.as_str()), (400, "application/problem+json"), "{query}");
        assert_eq!(refused.body["errors"][0]["path"], path);
    }
    let refused = app.get("/v2/components?sort_by=color").await;
    assert_eq!((refused.status, &refused.body["invalid_field"]), (400, &json!("color")));
    let sent = json!({ "project_uuid": project, "name": "new", "hashes": { "md5": "0".repeat(32) } });
    assert_eq!(app.send("POST", "/v2/components", sent).await.status, 201);
    assert_eq!(
        app.get("/v2/components?name_contains=NEW").await.body["items"][0]["hashes"]["md5"],
        "0".repeat(32)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_validated_as_the_tags_of_their_project_say() {
    let app = App::start().await;
    let broken =
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{ "type": "library" }] });
    let broken = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, broken.to_string());
    let set = async |name: &str, value: &str| {
        let sent = json!({ "groupName": "artifact", "propertyName": name, "propertyValue": value });
        assert_eq!(app.send("POST", "/v1/configProperty", sent).await.status, 200);
    };
    let status = async |tags: &[&str], name: &str| {
        let tags: Vec<Value> = tags.iter().map(|tag| json!({ "name": tag })).collect();
        let sent = json!({
            "projectName": name, "projectVersion": "1", "autoCreate": true, "projectTags": tags, "bom": broken
        });
        app.send("PUT", "/v1/bom", sent).await.status
    };
    assert_eq!(status(&[], "first").await, 400);
    assert_eq!(
        app.get("/v1/project/lookup?name=first&version=1").await.status,
        404,
        "a refused document makes no project"
    );
    set("bom.validation.mode", "ENABLED_FOR_TAGS").await;
    set("bom.validation.tags.inclusive", r#"["Strict"]"#).await;
    assert_eq!(status(&["strict"], "second").await, 400);
    assert_eq!(status(&[], "third").await, 200);
    set("bom.validation.mode", "DISABLED_FOR_TAGS").await;
    set("bom.validation.tags.exclusive", r#"["lax"]"#).await;
    assert_eq!(status(&["lax"], "fourth").await, 200);
    assert_eq!(status(&[], "fifth").await, 400);
}
