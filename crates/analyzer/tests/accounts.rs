//! Users, teams, keys, permissions and access to projects over HTTP: what happens and how it is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::access::Server;
use identity::{Identity, LdapSettings, Permission};
use serde_json::{Value, json};
use storage::Sql;
use storage::testing::TestDb;

async fn open() -> (Server, String) {
    let server = Server::start().await;
    let (_, key) = server.team("everything", &Permission::WHOLE).await;
    (server, key)
}

#[tokio::test]
async fn a_session_ends_when_its_user_says_so_and_no_other_does() {
    let (server, key) = open().await;
    let (one, two) = (server.session("ada").await, server.session("ada").await);
    let (one, two) = (format!("Bearer {one}"), format!("Bearer {two}"));
    server.json(("GET", "/v1/user/self"), &one, None, 200).await;
    server.json(("POST", "/v1/user/logout"), &one, None, 204).await;
    server.json(("GET", "/v1/user/self"), &one, None, 401).await;
    server.json(("GET", "/v1/user/self"), &two, None, 200).await;
    // Keys have no session: nothing ends, and there is no self.
    server.json(("POST", "/v1/user/logout"), &key, None, 204).await;
    server.json(("GET", "/v1/team/self"), &key, None, 200).await;
    server.json(("GET", "/v1/user/self/permissions"), &key, None, 401).await;
    // A new password ends all sessions but the one that it was set in.
    let three = format!("Bearer {}", server.session("ada").await);
    let change =
        json!({ "fullname": "Ada", "email": "ada@example.com", "newPassword": "x", "confirmPassword": "x" });
    server.json(("POST", "/v1/user/self"), &three, Some(change), 200).await;
    server.json(("GET", "/v1/user/self"), &two, None, 401).await;
    server.json(("GET", "/v1/user/self"), &three, None, 200).await;
    let suspend =
        json!({ "username": "ada", "fullname": "Ada", "email": "ada@example.com", "suspended": true });
    server.json(("POST", "/v1/user/managed"), &key, Some(suspend), 200).await;
    server.json(("GET", "/v1/user/self"), &three, None, 401).await;
}

#[tokio::test]
async fn permissions_are_granted_as_a_set_and_come_with_what_they_give() {
    let (server, key) = open().await;
    let token = format!("Bearer {}", server.session("ada").await);
    let put = |permissions: Value| json!({ "username": "ada", "permissions": permissions });
    let path = ("PUT", "/v1/permission/user");
    let user =
        server.json(path, &key, Some(put(json!(["PORTFOLIO_MANAGEMENT", "VIEW_PORTFOLIO"]))), 200).await;
    assert_eq!(user["permissions"].as_array().unwrap().len(), 2);
    server.json(path, &key, Some(put(json!(["VIEW_PORTFOLIO", "PORTFOLIO_MANAGEMENT"]))), 304).await;
    let own = server.json(("GET", "/v1/user/self/permissions"), &token, None, 200).await;
    assert_eq!(
        own,
        json!([
            "PORTFOLIO_MANAGEMENT",
            "PORTFOLIO_MANAGEMENT_CREATE",
            "PORTFOLIO_MANAGEMENT_DELETE",
            "PORTFOLIO_MANAGEMENT_READ",
            "PORTFOLIO_MANAGEMENT_UPDATE",
            "VIEW_PORTFOLIO"
        ])
    );
    server.json(path, &key, Some(put(json!(["NO_SUCH_PERMISSION"]))), 400).await;
    server.json(path, &key, Some(json!({ "username": "nobody", "permissions": [] })), 404).await;
    server.json(path, &key, Some(json!({ "username": "ada" })), 400).await;
    // Who may make projects may not change them, nor the other way round.
    server.json(path, &key, Some(put(json!(["PORTFOLIO_MANAGEMENT_CREATE"]))), 200).await;
    let made = server.json(("PUT", "/v1/project"), &token, Some(json!({ "name": "p" })), 201).await;
    let project = format!("/v1/project/{}", made["uuid"].as_str().unwrap());
    server.json(("DELETE", &project), &token, None, 403).await;
    server.json(path, &key, Some(put(json!(["PORTFOLIO_MANAGEMENT_DELETE"]))), 200).await;
    server.json(("PUT", "/v1/project"), &token, Some(json!({ "name": "q" })), 403).await;
    server.json(("DELETE", &project), &token, None, 204).await;

    let team = server.json(("PUT", "/v1/team"), &key, Some(json!({ "name": "auditors" })), 201).await;
    let uuid = team["uuid"].as_str().unwrap();
    let set = json!({ "team": uuid, "permissions": ["VIEW_VULNERABILITY"] });
    let team = server.json(("PUT", "/v1/permission/team"), &key, Some(set.clone()), 200).await;
    assert_eq!(team["permissions"][0]["name"], "VIEW_VULNERABILITY");
    server.json(("PUT", "/v1/permission/team"), &key, Some(set), 304).await;
    let join = json!({ "username": "ada", "teams": [uuid] });
    let user = server.json(("PUT", "/v1/user/membership"), &key, Some(join.clone()), 200).await;
    assert_eq!(user["teams"][0]["name"], "auditors");
    server.json(("PUT", "/v1/user/membership"), &key, Some(join), 304).await;
    let unknown = json!({ "username": "ada", "teams": ["deadbeef-0000-4000-8000-00000000abcd"] });
    let refused = server.json(("PUT", "/v1/user/membership"), &key, Some(unknown), 404).await;
    assert_eq!(refused, "The team could not be found.");
    let own = server.json(("GET", "/v1/user/self/permissions"), &token, None, 200).await;
    assert_eq!(own, json!(["PORTFOLIO_MANAGEMENT_DELETE", "VIEW_VULNERABILITY"]));
    let leave = json!({ "username": "ada", "teams": [] });
    server.json(("PUT", "/v1/user/membership"), &key, Some(leave), 200).await;
}

#[tokio::test]
async fn users_of_other_origins_have_a_name_of_their_own() {
    let (server, key) = open().await;
    for (kind, word) in [("ldap", "LDAP"), ("oidc", "OpenID Connect")] {
        let path = format!("/v1/user/{kind}");
        let name = format!("{kind}-user");
        let made = server.json(("PUT", &path), &key, Some(json!({ "username": name })), 201).await;
        let dn = if kind == "ldap" { json!("Syncing...") } else { Value::Null };
        assert_eq!((&made["username"], &made["dn"], &made["teams"]), (&json!(name), &dn, &json!([])));
        assert!(made.get("suspended").is_none(), "{word}");
        let text = server.json(("PUT", &path), &key, Some(json!({ "username": "admin" })), 409).await;
        assert_eq!(text, "A user with the same username already exists. Cannot create new user.");
        let text = server.json(("PUT", &path), &key, Some(json!({ "username": " " })), 400).await;
        assert_eq!(text, "Username cannot be null or blank.");
        let list = server.json(("GET", &path), &key, None, 200).await;
        assert_eq!(list.as_array().unwrap().len(), 1);
        // No password of this installation opens it, whatever is set.
        assert!(server.identity.login(&name, "").await.is_err());
        let update = json!({ "username": name, "fullname": "x", "email": "x", "newPassword": "p", "confirmPassword": "p" });
        server.json(("POST", "/v1/user/managed"), &key, Some(update), 404).await;
        server.json(("DELETE", "/v1/user/managed"), &key, Some(json!({ "username": name })), 404).await;
        server.json(("DELETE", &path), &key, Some(json!({ "username": name })), 204).await;
        let text = server.json(("DELETE", &path), &key, Some(json!({ "username": name })), 404).await;
        assert_eq!(text, "The user could not be found.");
    }
    let managed = server.json(("GET", "/v1/user/managed?searchText=ADM"), &key, None, 200).await;
    assert_eq!(managed[0]["username"], "admin");
}

#[tokio::test]
async fn a_rule_hears_of_users() {
    let (server, key) = open().await;
    let publishers = server.json(("GET", "/v1/notification/publisher"), &key, None, 200).await;
    let rule = json!({ "name": "users", "scope": "SYSTEM", "notificationLevel": "INFORMATIONAL", "publisher": { "uuid": publishers[0]["uuid"] } });
    let mut rule = server.json(("PUT", "/v1/notification/rule"), &key, Some(rule), 201).await;
    rule["notifyOn"] = json!(["USER_CREATED", "USER_DELETED"]);
    server.json(("POST", "/v1/notification/rule"), &key, Some(rule), 200).await;
    let user = json!({ "username": "bob" });
    server.json(("PUT", "/v1/user/ldap"), &key, Some(user.clone()), 201).await;
    server.json(("DELETE", "/v1/user/ldap"), &key, Some(user), 204).await;
    let told: Vec<String> = server
        .test
        .db
        .column("SELECT payload FROM job WHERE kind = 'notification.deliver' ORDER BY id", Vec::new())
        .await
        .unwrap();
    let told: Vec<Value> = told.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let told: Vec<&Value> = told.iter().map(|one| &one["notice"]).collect();
    assert_eq!(
        told.iter().map(|one| &one["content"]).collect::<Vec<_>>(),
        ["LDAP user created", "LDAP user deleted"]
    );
    assert_eq!(
        (&told[0]["group"], &told[0]["subject"]),
        (&json!("USER_CREATED"), &json!({ "username": "bob" }))
    );
}

#[tokio::test]
async fn groups_elsewhere_stand_for_teams() {
    let (server, key) = open().await;
    let team = server.json(("PUT", "/v1/team"), &key, Some(json!({ "name": "auditors" })), 201).await;
    let team = team["uuid"].as_str().unwrap();
    let again = server.json(("PUT", "/v1/team"), &key, Some(json!({ "name": "auditors" })), 409).await;
    assert_eq!((&again["title"], &again["teamUuid"]), (&json!("Team already exists"), &json!(team)));

    // Without a directory its groups cannot be listed, but mapped.
    server.json(("GET", "/v1/ldap/groups"), &key, None, 204).await;
    let mapping = json!({ "team": team, "dn": "cn=auditors,dc=example" });
    let made = server.json(("PUT", "/v1/ldap/mapping"), &key, Some(mapping.clone()), 200).await;
    let text = server.json(("PUT", "/v1/ldap/mapping"), &key, Some(mapping), 409).await;
    assert_eq!(text, "A mapping with the same team and dn already exists.");
    let of_team = format!("/v1/ldap/team/{team}");
    assert_eq!(server.json(("GET", &of_team), &key, None, 200).await, json!([made]));
    let teams = server.json(("GET", "/v1/team"), &key, None, 200).await;
    let shown = teams.as_array().unwrap().iter().find(|one| one["uuid"] == team).unwrap();
    assert_eq!(shown["mappedLdapGroups"], json!([made]));
    let path = format!("/v1/ldap/mapping/{}", made["uuid"].as_str().unwrap());
    server.json(("DELETE", &path), &key, None, 204).await;
    let text = server.json(("DELETE", &path), &key, None, 404).await;
    assert_eq!(text, "The UUID of the mapping could not be found.");

    assert_eq!(server.json(("GET", "/v1/oidc/available"), &key, None, 200).await, json!(false));
    let name = json!({ "name": "builders" });
    let group = server.json(("PUT", "/v1/oidc/group"), &key, Some(name.clone()), 201).await;
    let text = server.json(("PUT", "/v1/oidc/group"), &key, Some(name), 409).await;
    assert_eq!(text, "A group with the same name already exists. Cannot create new group");
    let uuid = group["uuid"].as_str().unwrap();
    let renamed = json!({ "uuid": uuid, "name": "makers" });
    let group = server.json(("POST", "/v1/oidc/group"), &key, Some(renamed), 200).await;
    assert_eq!(server.json(("GET", "/v1/oidc/group"), &key, None, 200).await, json!([group]));
    let mapping = json!({ "team": team, "group": uuid });
    let made = server.json(("PUT", "/v1/oidc/mapping"), &key, Some(mapping.clone()), 200).await;
    assert_eq!(server.json(("PUT", "/v1/oidc/mapping"), &key, Some(mapping), 200).await, made);
    let of_group = server.json(("GET", &format!("/v1/oidc/group/{uuid}/team")), &key, None, 200).await;
    assert_eq!(of_group[0]["mappedOidcGroups"], json!([{ "uuid": made["uuid"], "group": group }]));
    let path = format!("/v1/oidc/group/{uuid}/team/{team}/mapping");
    server.json(("DELETE", &path), &key, None, 204).await;
    server.json(("DELETE", &path), &key, None, 404).await;
    server.json(("DELETE", &format!("/v1/oidc/group/{uuid}")), &key, None, 204).await;
    let text = server.json(("DELETE", &format!("/v1/oidc/group/{uuid}")), &key, None, 404).await;
    assert_eq!(text, "An OpenID Connect group with the specified UUID could not be found.");
}

/// What somebody who sees only some projects is answered.
async fn sees(server: &Server, key: &str, project: &str) -> u16 {
    // A question that every noun's access control answers alike.
    let path = format!("/v1/vulnerability/project/{project}");
    server.send("GET", &path, Some(key), None).await.0.as_u16()
}

#[tokio::test]
async fn teams_see_the_projects_they_were_given_and_those_below() {
    let (server, admin) = open().await;
    let some = [
        Permission::ViewPortfolio,
        Permission::BomUpload,
        Permission::ProjectCreationUpload,
        Permission::PortfolioManagement,
    ];
    let (team, key) = server.team("own", &some).await;
    let (_, other) = server.team("other", &some).await;
    let set = |name: &str, value: &str| json!({ "groupName": "access-management", "propertyName": name, "propertyValue": value });
    server.json(("POST", "/v1/configProperty"), &admin, Some(set("acl.enabled", "true")), 200).await;

    let put = async |who: &str, body: Value, status| {
        server.json(("PUT", "/v1/project"), who, Some(body), status).await
    };
    let parent = put(&admin, json!({ "name": "parent" }), 201).await;
    let parent = parent["uuid"].as_str().unwrap();
    let child = put(&admin, json!({ "name": "child", "parent": { "uuid": parent } }), 201).await;
    let child = child["uuid"].as_str().unwrap();
    assert_eq!((sees(&server, &key, parent).await, sees(&server, &admin, child).await), (403, 200));

    let mapping = json!({ "team": team.uuid, "project": parent });
    server.json(("PUT", "/v1/acl/mapping"), &admin, Some(mapping.clone()), 200).await;
    let text = server.json(("PUT", "/v1/acl/mapping"), &admin, Some(mapping), 409).await;
    assert_eq!(text, "A mapping with the same team and project already exists.");
    let nothing = "deadbeef-0000-4000-8000-00000000abcd";
    let text = server
        .json(("PUT", "/v1/acl/mapping"), &admin, Some(json!({ "team": nothing, "project": parent })), 404)
        .await;
    assert_eq!(text, "The UUID of the team could not be found.");
    let text = server
        .json(("PUT", "/v1/acl/mapping"), &admin, Some(json!({ "team": team.uuid, "project": nothing })), 404)
        .await;
    assert_eq!(text, "The UUID of the project could not be found.");
    let of_team = format!("/v1/acl/team/{}", team.uuid);
    assert_eq!(server.json(("GET", &of_team), &admin, None, 200).await[0]["uuid"], parent);
    assert_eq!((sees(&server, &key, parent).await, sees(&server, &key, child).await), (200, 200));
    assert_eq!((sees(&server, &other, parent).await, sees(&server, &other, child).await), (403, 403));

    // As in version 4 each project is given by itself when that is wanted.
    server.json(("POST", "/v1/configProperty"), &admin, Some(set("acl.inherit", "false")), 200).await;
    assert_eq!((sees(&server, &key, parent).await, sees(&server, &key, child).await), (200, 403));
    server.json(("POST", "/v1/configProperty"), &admin, Some(set("acl.inherit", "true")), 200).await;

    // What a key makes is its team's; who chooses a team must be in it.
    let made = put(&other, json!({ "name": "by the other" }), 201).await;
    let made = made["uuid"].as_str().unwrap();
    assert_eq!((sees(&server, &key, made).await, sees(&server, &other, made).await), (403, 200));
    let chosen = json!({ "name": "chosen", "accessTeams": [{ "uuid": team.uuid }] });
    let text = put(&other, chosen.clone(), 400).await;
    let wanted = format!(
        "The team with UUID {} can not be assigned because it does not exist, or is not accessible to the \
         authenticated principal.",
        team.uuid
    );
    assert_eq!(text, json!(wanted));
    let chosen = put(&admin, chosen, 201).await;
    assert_eq!(sees(&server, &key, chosen["uuid"].as_str().unwrap()).await, 200);
    let by_name = put(&key, json!({ "name": "by name", "accessTeams": [{ "name": "own" }] }), 201).await;
    assert_eq!(sees(&server, &key, by_name["uuid"].as_str().unwrap()).await, 200);

    // Who is in no team sees nothing.
    let token = format!("Bearer {}", server.session("ada").await);
    let grant = json!({ "username": "ada", "permissions": ["VIEW_PORTFOLIO"] });
    server.json(("PUT", "/v1/permission/user"), &admin, Some(grant), 200).await;
    assert_eq!(sees(&server, &token, parent).await, 403);
    let bypass =
        json!({ "username": "ada", "permissions": ["VIEW_PORTFOLIO", "PORTFOLIO_ACCESS_CONTROL_BYPASS"] });
    server.json(("PUT", "/v1/permission/user"), &admin, Some(bypass), 200).await;
    assert_eq!(sees(&server, &token, parent).await, 200);

    let path = format!("/v1/acl/mapping/team/{}/project/{parent}", team.uuid);
    server.json(("DELETE", &path), &admin, None, 204).await;
    assert_eq!(sees(&server, &key, parent).await, 403);
    let path = format!("/v1/acl/mapping/team/{}/project/{nothing}", team.uuid);
    let text = server.json(("DELETE", &path), &admin, None, 404).await;
    assert_eq!(text, "The UUID of the team or project could not be found.");
    server.json(("DELETE", "/v1/team"), &admin, Some(json!({ "uuid": team.uuid })), 204).await;
    let text = "SELECT count(*) FROM project_team WHERE team_id = ?";
    assert_eq!(server.test.db.count(text, vec![team.id.into()]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_from_before_is_accepted_until_it_is_regenerated() {
    let (server, key) = open().await;
    let own = server.json(("GET", "/v1/team/self"), &key, None, 200).await;
    let secret = "s".repeat(27);
    let tx = server.test.db.begin().await.unwrap();
    let team = server.identity.team_by_uuid(&tx, own["uuid"].as_str().unwrap()).await.unwrap().unwrap();
    let row = [
        ("public_id", "abcde".into()),
        // SHA3-256 of the secret.
        ("secret_hash", "8ec3ac998d9ecad304a20de43a451b78df812d9da730f1045b9b04b77142ab97".into()),
        ("prefix", "odt".into()),
        ("team_id", team.id.into()),
        ("created_at", 1_i64.into()),
        ("legacy", true.into()),
    ];
    tx.insert("api_key", &row).await.unwrap();
    tx.commit().await.unwrap();
    for shape in [format!("abcde{secret}"), format!("odt_abcde{secret}"), format!("odt_abcde_{secret}")] {
        server.json(("GET", "/v1/team/self"), &shape, None, 200).await;
    }
    for shape in
        [format!("abcdf{secret}"), format!("abcde{secret}s"), format!("abcde_{secret}"), secret.clone()]
    {
        server.json(("GET", "/v1/team/self"), &shape, None, 401).await;
    }
    let path = format!("/v1/team/key/odt_abcde{secret}");
    let fresh = server.json(("POST", &path), &key, None, 200).await;
    assert_eq!((&fresh["publicId"], &fresh["legacy"]), (&json!("abcde"), &json!(false)));
    server.json(("GET", "/v1/team/self"), fresh["key"].as_str().unwrap(), None, 200).await;
    server.json(("GET", "/v1/team/self"), &format!("abcde{secret}"), None, 401).await;
}

#[tokio::test]
async fn odd_requests_are_refused() {
    let (server, key) = open().await;
    for (method, path, body) in [
        (
            "PUT",
            "/v1/user/managed",
            json!({ "username": "a\0b", "fullname": "x", "email": "x", "newPassword": "x", "confirmPassword": "x" }),
        ),
        ("PUT", "/v1/user/managed", json!({ "username": 7 })),
        ("PUT", "/v1/user/managed", json!([])),
        ("PUT", "/v1/acl/mapping", json!({ "team": "x", "project": "y" })),
        ("PUT", "/v1/ldap/mapping", json!({ "team": "x" })),
        ("PUT", "/v1/oidc/group", json!({ "name": "" })),
        ("PUT", "/v1/permission/team", json!({ "team": [], "permissions": 1 })),
    ] {
        server.json((method, path), &key, Some(body), 400).await;
    }
    server.json(("DELETE", "/v1/permission/VIEW_PORTFOLIO/user/a%00b"), &key, None, 400).await;
    server.json(("GET", "/v1/acl/team/x"), &key, None, 400).await;
}

#[tokio::test]
async fn the_groups_of_a_directory_that_does_not_answer_are_none() {
    let test = TestDb::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    drop(listener);
    let identity = Identity::open(test.db.clone()).await.unwrap();
    let identity = identity.with_directory(LdapSettings { url, ..LdapSettings::default() });
    let server = Server::with(test, identity).await;
    let (_, key) = server.team("everything", &Permission::WHOLE).await;
    server.json(("GET", "/v1/ldap/groups?searchText=x"), &key, None, 204).await;
}
