//! Users, sessions, API keys and permissions: one door for both twins.
//!
//! A caller is a person (a session token) or an API key. Keys of a team carry the team's
//! permissions, as in Dependency-Track; keys of a company carry a role on the platform.

mod authenticate;
mod error;
mod key;
mod ldap;
mod login;
mod oidc;
mod password;
mod permission;
mod principal;
mod session;
mod team;
mod token;
mod user;
mod vault;

pub use error::{AuthError, Error, LoginError, PasswordChangeError, Result};
pub use key::{ApiKey, CompanyKey, NewKey};
pub use ldap::{LdapMapping, LdapSettings};
pub use oidc::{OidcGroup, OidcMapping, OidcSettings};
pub use permission::{Permission, PermissionSet, Verb};
pub use principal::{Principal, PrincipalKind};
pub use team::Team;
pub use user::{NewUser, User, UserKind};
pub use vault::{Vault, new_key, rotate_file};

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use storage::{Db, Sql, Tx, params, settings};

/// The door: who is there, and what may they do. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    tokens: token::Tokens,
    /// When each key was last used, until it is written down.
    used: Arc<Mutex<HashMap<i64, i64>>>,
    ldap: Option<Arc<LdapSettings>>,
    oidc: Option<Arc<oidc::Provider>>,
}

impl Identity {
    /// Opens the door on a database: brings the tables up to date and makes the default teams and,
    /// on a fresh database, the user `admin` (password `admin`, to be changed at first login).
    pub async fn open(db: Db) -> Result<Identity> {
        let steps = [
            ("0001_init", include_str!("../migrations/0001_init.sql")),
            ("0002_personal_keys", include_str!("../migrations/0002_personal_keys.sql")),
            ("0003_directories", include_str!("../migrations/0003_directories.sql")),
        ];
        db.migrate("identity", &steps).await?;
        let tx = db.begin().await?;
        tx.lock("identity").await?;
        let secret = settings::get_or_set(&tx, "session_secret", token::new_secret).await?;
        let identity = Identity {
            db: db.clone(),
            tokens: token::Tokens::new(&secret),
            used: Arc::default(),
            ldap: None,
            oidc: None,
        };
        identity.make_defaults(&tx).await?;
        tx.commit().await?;
        Ok(identity)
    }

    /// The same door, where people of a directory can log in too.
    #[must_use]
    pub fn with_directory(mut self, settings: LdapSettings) -> Identity {
        self.ldap = Some(Arc::new(settings));
        self
    }

    /// The same door, where people of a provider of OpenID Connect can log in too.
    #[must_use]
    pub fn with_provider(mut self, settings: OidcSettings) -> Identity {
        self.oidc = Some(Arc::new(oidc::Provider::new(settings)));
        self
    }

    /// Default objects as Dependency-Track makes them on a fresh database.
    async fn make_defaults(&self, tx: &Tx) -> Result<()> {
        if settings::get(tx, "identity_defaults").await?.is_some() {
            return Ok(());
        }
        use Permission::{BomUpload, PortfolioManagement, ViewBadges, ViewPortfolio};
        let defaults: [(&str, &[Permission]); 4] = [
            ("Administrators", &Permission::WHOLE),
            ("Portfolio Managers", &[ViewPortfolio, PortfolioManagement]),
            ("Automation", &[ViewPortfolio, BomUpload]),
            ("Badge Viewers", &[ViewBadges]),
        ];
        for (name, permissions) in defaults {
            let team = self.create_team(tx, name).await?;
            for permission in permissions {
                self.grant_to_team(tx, team.id, *permission).await?;
            }
        }
        let admin = NewUser {
            username: "admin".to_owned(),
            full_name: Some("Administrator".to_owned()),
            email: Some("admin@localhost".to_owned()),
            password_hash: password::hash("admin".to_owned()).await?,
            suspended: false,
            force_password_change: true,
            non_expiry_password: true,
        };
        let admin = self.create_user(tx, admin).await?;
        for permission in Permission::WHOLE {
            self.grant_to_user(tx, admin, permission).await?;
        }
        tx.execute(
            "INSERT INTO team_member (team_id, user_id) SELECT id, ? FROM team WHERE name = 'Administrators'",
            params![admin],
        )
        .await?;
        settings::set(tx, "identity_defaults", "1").await?;
        Ok(())
    }

    /// Writes down when keys were last used. Call it every half minute and at the end.
    pub async fn flush_last_used(&self) -> Result<()> {
        let used = self.used.lock().map(|mut used| std::mem::take(&mut *used)).unwrap_or_default();
        if used.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin().await?;
        for (key, at) in used {
            tx.execute(
                "UPDATE api_key SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
                params![at, key, at],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How many users there are.
    pub async fn user_count(&self) -> Result<i64> {
        Ok(self.db.count("SELECT count(*) FROM user_account", params![]).await?)
    }
}
