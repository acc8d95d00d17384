//! Logging in with tokens of a provider of OpenID Connect, and groups there that stand for teams here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod provider;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Identity, LoginError, OidcSettings, UserKind};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use provider::Provider;
use serde_json::{Value, json};
use storage::testing::TestDb;

fn settings(provider: &Provider) -> OidcSettings {
    OidcSettings {
        issuer: provider.issuer(),
        client_id: "twintrack".to_owned(),
        username_claim: "preferred_username".to_owned(),
        provisioning: true,
        ..OidcSettings::default()
    }
}

async fn open(test: &TestDb, settings: OidcSettings) -> Identity {
    Identity::open(test.db.clone()).await.unwrap().with_provider(settings)
}

async fn teams(identity: &Identity, test: &TestDb, name: &str) -> Vec<String> {
    let user = identity.user_by_name(&test.db, name).await.unwrap().unwrap();
    identity.teams_of_user(&test.db, user.id).await.unwrap().into_iter().map(|team| team.name).collect()
}

fn ada() -> Value {
    json!({ "preferred_username": "ada", "email": "ada@example.com" })
}

#[tokio::test]
async fn the_first_login_makes_an_account_and_keeps_whose_it_is() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let own = OidcSettings { default_teams: vec!["Automation".to_owned()], ..settings(&provider) };
    let identity = open(&test, own).await;
    assert!(identity.has_provider().await);
    let token = identity.login_with_provider(&provider.token(ada()), None).await.unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["idp"], &claims["sub"]), (&json!("OPENID_CONNECT"), &json!("ada")));
    assert_eq!(identity.principal_of_token(&token).await.unwrap().name(), "ada");
    let user = identity.user_by_name(&test.db, "ada").await.unwrap().unwrap();
    assert_eq!((user.kind(), user.subject.as_deref()), (UserKind::Oidc, Some("1234")));
    assert_eq!(user.email.as_deref(), Some("ada@example.com"));
    assert_eq!(teams(&identity, &test, "ada").await, ["Automation"]);
    // Somebody else who is called so at the provider is not let in.
    let other = provider.token(json!({ "preferred_username": "ada", "sub": "9999" }));
    let refused = identity.login_with_provider(&other, None).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
    // Nor does anybody get the account of a managed user, or one that nobody made.
    let admin = provider.token(json!({ "preferred_username": "admin" }));
    assert!(matches!(identity.login_with_provider(&admin, None).await, Err(LoginError::UnmappedAccount)));
    let closed = open(&test, OidcSettings { provisioning: false, ..settings(&provider) }).await;
    let bob = provider.token(json!({ "preferred_username": "bob" }));
    assert!(matches!(closed.login_with_provider(&bob, None).await, Err(LoginError::UnmappedAccount)));
    closed.login_with_provider(&provider.token(ada()), None).await.unwrap();
}

#[tokio::test]
async fn a_token_must_be_signed_by_the_provider_for_this_installation() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let identity = open(&test, settings(&provider)).await;
    let with = |name: &str, value: Value| {
        let mut claims = ada();
        claims[name] = value;
        provider.token(claims)
    };
    let good = provider.token(ada());
    let body = |claims: Value| URL_SAFE_NO_PAD.encode(claims.to_string());
    let unsigned = format!("{}.{}.", body(json!({ "alg": "none" })), body(provider.claims(ada())));
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(&provider.modulus());
    let forged = jsonwebtoken::encode(&header, &provider.claims(ada()), &secret).unwrap();
    let hour_ago = storage::now_ms() / 1_000 - 3_600;
    for (what, token) in [
        ("empty", String::new()),
        ("no token", "a.b.c".to_owned()),
        ("changed", good.replacen('.', ".e30", 1)),
        ("unsigned", unsigned),
        ("signed with the public key as a secret", forged),
        ("signed by somebody else", provider.signed("first", 1, ada())),
        ("signed with an unknown key", provider.signed("unknown", 0, ada())),
        ("over", with("exp", json!(hour_ago))),
        ("of another issuer", with("iss", json!("https://elsewhere.example"))),
        ("for somebody else", with("aud", json!("elsewhere"))),
        ("for several", with("aud", json!(["twintrack", "elsewhere"]))),
        ("made for another party", with("azp", json!("elsewhere"))),
    ] {
        let refused = identity.login_with_provider(&token, None).await;
        assert!(matches!(refused, Err(LoginError::InvalidCredentials)), "{what}: {refused:?}");
    }
    let mut several = ada();
    several["aud"] = json!(["elsewhere", "twintrack"]);
    several["azp"] = json!("twintrack");
    identity.login_with_provider(&provider.token(several), None).await.unwrap();
    identity.login_with_provider(&good, None).await.unwrap();
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_read_when_a_token_has_it() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let identity = open(&test, settings(&provider)).await;
    identity.login_with_provider(&provider.token(ada()), None).await.unwrap();
    provider.rotate();
    identity.login_with_provider(&provider.signed("second", 1, ada()), None).await.unwrap();
    let old = identity.login_with_provider(&provider.token(ada()), None).await;
    assert!(matches!(old, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn what_the_token_does_not_say_is_asked_for() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let identity = open(&test, settings(&provider)).await;
    let short = provider.token(json!({}));
    let refused = identity.login_with_provider(&short, None).await;
    assert!(matches!(refused, Err(LoginError::Elsewhere)));
    provider.say(json!({ "sub": "1234", "preferred_username": "ada", "email": "ada@example.com" }));
    let refused = identity.login_with_provider(&short, Some("wrong")).await;
    assert!(matches!(refused, Err(LoginError::Elsewhere)));
    identity.login_with_provider(&short, Some("open sesame")).await.unwrap();
    provider.say(json!({ "sub": "9999", "preferred_username": "ada" }));
    let refused = identity.login_with_provider(&short, Some("open sesame")).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn groups_decide_who_is_in_which_team() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let identity = open(&test, OidcSettings { team_synchronization: true, ..settings(&provider) }).await;
    let tx = test.db.begin().await.unwrap();
    for (group, team) in [("auditors", "Automation"), ("builders", "Badge Viewers")] {
        let team = identity.team_by_name(&tx, team).await.unwrap().unwrap();
        let group = identity.create_oidc_group(&tx, group).await.unwrap();
        let made = identity.map_oidc_group(&tx, team.id, group.id).await.unwrap().unwrap();
        let again = identity.map_oidc_group(&tx, team.id, group.id).await.unwrap().unwrap();
        assert_eq!(made.mapping_uuid, again.mapping_uuid);
    }
    tx.commit().await.unwrap();
    for (groups, wanted) in [
        (json!(["auditors", "unknown"]), vec!["Automation"]),
        (json!(["auditors", "builders"]), vec!["Automation", "Badge Viewers"]),
        (json!("builders"), vec!["Badge Viewers"]),
        (json!([]), vec![]),
    ] {
        let mut claims = ada();
        claims["groups"] = groups;
        identity.login_with_provider(&provider.token(claims), None).await.unwrap();
        assert_eq!(teams(&identity, &test, "ada").await, wanted);
    }
    // The name comes from the token, the groups from the provider: both are taken together.
    provider.say(json!({ "sub": "1234", "groups": ["auditors"] }));
    identity.login_with_provider(&provider.token(ada()), Some("open sesame")).await.unwrap();
    assert_eq!(teams(&identity, &test, "ada").await, ["Automation"]);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_or_is_another_is_not_available() {
    let (test, provider) = (TestDb::new().await, Provider::start().await);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let identity = open(&test, OidcSettings { issuer: address, ..settings(&provider) }).await;
    assert!(!identity.has_provider().await);
    let token = provider.token(ada());
    assert!(matches!(identity.login_with_provider(&token, None).await, Err(LoginError::Elsewhere)));
    let other = provider.issuer().replace("127.0.0.1", "localhost");
    let identity = open(&test, OidcSettings { issuer: other, ..settings(&provider) }).await;
    assert!(!identity.has_provider().await);
    assert!(!Identity::open(test.db.clone()).await.unwrap().has_provider().await);
}
