//! The door as callers meet it: defaults, login, keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use http::{HeaderMap, HeaderValue};
use identity::{Identity, LoginError, PasswordChangeError, Permission, PrincipalKind};
use storage::testing::TestDb;

fn with(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    headers
}

#[tokio::test]
async fn admin_changes_the_password_before_the_first_session() {
    let test = TestDb::new().await;
    let identity = Identity::open(test.db.clone()).await.unwrap();
    assert!(matches!(identity.login("admin", "wrong").await, Err(LoginError::InvalidCredentials)));
    assert!(matches!(identity.login("nobody", "admin").await, Err(LoginError::InvalidCredentials)));
    assert!(matches!(identity.login("admin", "admin").await, Err(LoginError::ForcePasswordChange)));
    let change =
        |new: &'static str, confirm: &'static str| identity.change_password("admin", "admin", new, confirm);
    assert!(matches!(change("admin", "admin").await, Err(PasswordChangeError::Same)));
    assert!(matches!(change("one", "two").await, Err(PasswordChangeError::Mismatch)));
    change("correct horse", "correct horse").await.unwrap();
    let token = identity.login("admin", "correct horse").await.unwrap();
    let principal =
        identity.authenticate(&with("authorization", &format!("Bearer {token}"))).await.unwrap().unwrap();
    assert_eq!(principal.name(), "admin");
    assert!(Permission::ALL.into_iter().all(|p| principal.allows(p)));
    let forged = format!("{}x", token);
    assert!(identity.authenticate(&with("authorization", &format!("Bearer {forged}"))).await.is_err());
    // A second start keeps everything as it is.
    let again = Identity::open(test.db.clone()).await.unwrap();
    assert_eq!(again.teams(&test.db).await.unwrap().len(), 4);
    assert!(again.authenticate(&with("authorization", &format!("Bearer {token}"))).await.is_ok());
}

#[tokio::test]
async fn a_key_works_until_it_is_regenerated_or_deleted() {
    let test = TestDb::new().await;
    let identity = Identity::open(test.db.clone()).await.unwrap();
    let team = identity.team_by_name(&test.db, "Automation").await.unwrap().unwrap();
    let tx = test.db.begin().await.unwrap();
    let made = identity.create_team_key(&tx, team.id, Some("ci")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((made.key.len(), made.public_id.len()), (45, 8));
    let principal = identity.authenticate(&with("x-api-key", &made.key)).await.unwrap().unwrap();
    assert!(principal.allows(Permission::BomUpload) && !principal.allows(Permission::AccessManagement));
    identity.flush_last_used().await.unwrap();
    let listed = identity.team_key(&test.db, &made.public_id).await.unwrap().unwrap();
    assert!(listed.last_used_at.is_some());
    assert_eq!(listed.masked().len(), 4 + 8 + 32);
    let tx = test.db.begin().await.unwrap();
    let fresh = identity.regenerate_team_key(&tx, &listed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.public_id, made.public_id);
    assert!(identity.authenticate(&with("x-api-key", &made.key)).await.is_err());
    assert!(identity.authenticate(&with("x-api-key", &fresh.key)).await.unwrap().is_some());
    for odd in ["", "odt_x", "odt__", "a_b_c_d", "ttk_aaaaaaaa_bbbbbbbb", "ünïcode", &"z".repeat(5000)] {
        assert!(identity.principal_of_key(odd).await.is_err(), "{odd:?} must not open the door");
    }
    let tx = test.db.begin().await.unwrap();
    identity.delete_key(&tx, listed.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(identity.authenticate(&with("x-api-key", &fresh.key)).await.is_err());
}

#[tokio::test]
async fn a_company_key_carries_its_role_and_nothing_of_the_analyzer() {
    let test = TestDb::new().await;
    let identity = Identity::open(test.db.clone()).await.unwrap();
    let tx = test.db.begin().await.unwrap();
    let made = identity.create_company_key(&tx, 7, "MANAGER", "pipeline", None).await.unwrap();
    tx.commit().await.unwrap();
    let principal = identity.authenticate(&with("x-api-key", &made.key)).await.unwrap().unwrap();
    assert!(
        matches!(&principal.kind, PrincipalKind::CompanyKey { company_id: 7, role, .. } if role == "MANAGER")
    );
    assert_eq!(principal.permissions.iter().count(), 0);
    let tx = test.db.begin().await.unwrap();
    assert!(!identity.revoke_company_key(&tx, 8, made.id).await.unwrap());
    assert!(identity.revoke_company_key(&tx, 7, made.id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(identity.authenticate(&with("x-api-key", &made.key)).await.is_err());
}
