//! Logging in with the password of an LDAP directory, and groups there that stand for teams here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod directory;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::{Directory, Entry, entry};
use http::{HeaderMap, HeaderValue};
use identity::{Identity, LdapSettings, LoginError, PasswordChangeError, Permission, User, UserKind};
use storage::testing::TestDb;

const BASE: &str = "dc=example,dc=com";

fn people() -> Vec<Entry> {
    let ada = "uid=ada,ou=people,dc=example,dc=com";
    vec![
        entry("cn=search,dc=example,dc=com", Some("searching"), &[]),
        entry(
            ada,
            Some("engine"),
            &[("uid", "ada"), ("mail", "ada@example.com"), ("userPrincipalName", "ada@example.com")],
        ),
        entry("uid=bob,ou=people,dc=example,dc=com", Some("builder"), &[("uid", "bob")]),
        entry("uid=admin,ou=people,dc=example,dc=com", Some("elsewhere"), &[("uid", "admin")]),
        entry(
            "cn=Auditors,ou=groups,dc=example,dc=com",
            None,
            &[("objectClass", "groupOfNames"), ("cn", "Auditors"), ("member", ada)],
        ),
        entry(
            "cn=Builders,ou=groups,dc=example,dc=com",
            None,
            &[("objectClass", "groupOfNames"), ("cn", "Builders")],
        ),
    ]
}

fn settings(url: &str) -> LdapSettings {
    LdapSettings {
        url: url.to_owned(),
        base_dn: BASE.to_owned(),
        bind_username: Some("cn=search,dc=example,dc=com".to_owned()),
        bind_password: Some("searching".to_owned()),
        attribute_name: "uid".to_owned(),
        groups_filter: "(objectClass=groupOfNames)".to_owned(),
        user_groups_filter: "(&(objectClass=groupOfNames)(member={USER_DN}))".to_owned(),
        groups_search_filter: "(&(objectClass=groupOfNames)(cn=*{SEARCH_TERM}*))".to_owned(),
        ..LdapSettings::default()
    }
}

async fn open(test: &TestDb, settings: LdapSettings) -> Identity {
    Identity::open(test.db.clone()).await.unwrap().with_directory(settings)
}

async fn user(identity: &Identity, test: &TestDb, name: &str) -> User {
    identity.user_by_name(&test.db, name).await.unwrap().unwrap()
}

async fn teams(identity: &Identity, test: &TestDb, name: &str) -> Vec<String> {
    let user = user(identity, test, name).await;
    identity.teams_of_user(&test.db, user.id).await.unwrap().into_iter().map(|team| team.name).collect()
}

#[tokio::test]
async fn people_are_found_by_search_and_get_an_account_at_their_first_login() {
    let test = TestDb::new().await;
    let directory = Directory::start(people()).await;
    let own = LdapSettings {
        provisioning: true,
        default_teams: vec!["Automation".to_owned(), "No such team".to_owned()],
        ..settings(&directory.url)
    };
    let identity = open(&test, own).await;
    for (name, password) in [
        ("ada", "wrong"),
        ("ada", ""),
        ("", "engine"),
        ("nobody", "engine"),
        ("a*", "engine"),
        ("ada\0", "engine"),
    ] {
        let refused = identity.login(name, password).await;
        assert!(matches!(refused, Err(LoginError::InvalidCredentials)), "{name:?} {password:?}");
    }
    let token = identity.login("ada", "engine").await.unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["idp"], &claims["sub"]), (&"LDAP".into(), &"ada".into()));
    assert_eq!(claims["permissions"], "BOM_UPLOAD,VIEW_PORTFOLIO");
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    let caller = identity.authenticate(&headers).await.unwrap().unwrap();
    assert!(caller.allows(Permission::BomUpload));
    let ada = user(&identity, &test, "ada").await;
    assert_eq!((ada.kind(), ada.email.as_deref()), (UserKind::Ldap, Some("ada@example.com")));
    assert_eq!(ada.dn.as_deref(), Some("uid=ada,ou=people,dc=example,dc=com"));
    assert_eq!(teams(&identity, &test, "ada").await, ["Automation"]);
    // The next login takes nothing away and gives nothing again.
    let tx = test.db.begin().await.unwrap();
    identity.set_teams(&tx, ada.id, &[]).await.unwrap();
    tx.commit().await.unwrap();
    identity.login("ada", "engine").await.unwrap();
    assert!(teams(&identity, &test, "ada").await.is_empty());
    let change = identity.change_password("ada", "engine", "x", "x").await;
    assert!(matches!(change, Err(PasswordChangeError::NotManaged)));
    identity.end_session(caller.session.as_deref().unwrap()).await.unwrap();
    assert!(identity.authenticate(&headers).await.is_err());
}

#[tokio::test]
async fn a_managed_user_is_tried_first_and_nobody_takes_the_name_over() {
    let test = TestDb::new().await;
    let directory = Directory::start(people()).await;
    let identity = open(&test, LdapSettings { provisioning: true, ..settings(&directory.url) }).await;
    assert!(matches!(identity.login("admin", "admin").await, Err(LoginError::ForcePasswordChange)));
    assert!(matches!(identity.login("admin", "elsewhere").await, Err(LoginError::UnmappedAccount)));
    assert!(matches!(identity.login("admin", "nowhere").await, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn without_somebody_who_searches_the_format_says_who_logs_in() {
    let test = TestDb::new().await;
    let directory = Directory::start(people()).await;
    for (format, attribute) in
        [("uid=%s,ou=people,dc=example,dc=com", "uid"), ("%s@example.com", "userPrincipalName")]
    {
        let own = LdapSettings {
            bind_username: None,
            username_format: format.to_owned(),
            attribute_name: attribute.to_owned(),
            ..settings(&directory.url)
        };
        let identity = open(&test, own).await;
        assert!(matches!(identity.login("ada", "wrong").await, Err(LoginError::InvalidCredentials)));
        if identity.user_by_name(&test.db, "ada").await.unwrap().is_none() {
            // Nobody gets an account without somebody who makes it.
            assert!(matches!(identity.login("ada", "engine").await, Err(LoginError::UnmappedAccount)));
            let tx = test.db.begin().await.unwrap();
            identity.create_user_of(&tx, UserKind::Ldap, "ada").await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(user(&identity, &test, "ada").await.dn.as_deref(), Some("Syncing..."));
        }
        identity.login("ada", "engine").await.unwrap();
        let dn = user(&identity, &test, "ada").await.dn.unwrap();
        assert_eq!(dn, "uid=ada,ou=people,dc=example,dc=com");
    }
}

#[tokio::test]
async fn groups_decide_who_is_in_which_team() {
    let test = TestDb::new().await;
    let directory = Directory::start(people()).await;
    let own = LdapSettings { provisioning: true, team_synchronization: true, ..settings(&directory.url) };
    let identity = open(&test, own).await;
    let all = identity.directory_groups(None).await.unwrap();
    assert_eq!(all, ["cn=Auditors,ou=groups,dc=example,dc=com", "cn=Builders,ou=groups,dc=example,dc=com"]);
    assert_eq!(identity.directory_groups(Some("audit")).await.unwrap(), all[..1]);
    assert!(identity.directory_groups(Some("*)(cn=")).await.unwrap().is_empty());

    let tx = test.db.begin().await.unwrap();
    let automation = identity.team_by_name(&tx, "Automation").await.unwrap().unwrap();
    let viewers = identity.team_by_name(&tx, "Badge Viewers").await.unwrap().unwrap();
    // Directories write names of entries as they like.
    identity
        .create_ldap_mapping(&tx, automation.id, "CN=auditors, OU=groups, DC=example, DC=com")
        .await
        .unwrap();
    identity.create_ldap_mapping(&tx, viewers.id, &all[1]).await.unwrap();
    tx.commit().await.unwrap();
    identity.login("ada", "engine").await.unwrap();
    assert_eq!(teams(&identity, &test, "ada").await, ["Automation"]);

    // She changes the group; the next synchronization follows.
    let rename = |entries: &mut Vec<Entry>, of: &str, values: Vec<String>| {
        let group = entries.iter_mut().find(|entry| entry.dn.contains(of)).unwrap();
        group.attributes.retain(|(name, _)| name != "member");
        group.attributes.push(("member".to_owned(), values));
    };
    let ada = user(&identity, &test, "ada").await.dn.unwrap();
    {
        let mut entries = directory.entries.lock().unwrap();
        rename(&mut entries, "Auditors", Vec::new());
        rename(&mut entries, "Builders", vec![ada]);
    }
    assert_eq!(identity.synchronize_directory().await.unwrap(), 1);
    assert_eq!(teams(&identity, &test, "ada").await, ["Badge Viewers"]);

    // She leaves.
    directory.entries.lock().unwrap().retain(|entry| !entry.dn.starts_with("uid=ada"));
    identity.synchronize_directory().await.unwrap();
    let gone = user(&identity, &test, "ada").await;
    assert_eq!((gone.dn.as_deref(), gone.email), (Some("INVALID"), None));
    assert!(teams(&identity, &test, "ada").await.is_empty());
    assert!(matches!(identity.login("ada", "engine").await, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn without_the_directory_managed_users_still_log_in() {
    let test = TestDb::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    drop(listener);
    let identity = open(&test, settings(&url)).await;
    identity.change_password("admin", "admin", "correct horse", "correct horse").await.unwrap();
    identity.login("admin", "correct horse").await.unwrap();
    assert!(matches!(identity.login("ada", "engine").await, Err(LoginError::Elsewhere)));
    assert!(identity.directory_groups(None).await.is_none());
}
