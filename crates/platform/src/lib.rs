//! The management-platform role: companies, assets and issues, and the integration that keeps them
//! and a Dependency-Track in agreement. It knows Dependency-Track, ours included, by its API only.

pub mod asset;
pub mod company;
mod error;
pub mod graphql;
pub mod integration;
pub mod issue;
pub mod push;
mod secret;
pub mod sync;
mod webhook;

pub use error::{Error, Result};

use std::path::PathBuf;

use axum::Router;
use identity::Identity;
use secret::Vault;
use storage::Db;
use storage::worker::Worker;

/// What the platform needs to know beside its database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the key file lies when no key is given.
    pub data_dir: PathBuf,
    /// The key of stored credentials: 32 bytes as base64.
    pub secret_key: Option<String>,
    /// The address at which people reach the server, for links.
    pub public_url: String,
}

/// The platform on a database. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    db: Db,
    identity: Identity,
    vault: Vault,
    public_url: String,
}

impl Platform {
    /// The platform on this database.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when the key cannot be read or made.
    pub async fn open(db: Db, identity: Identity, options: Options) -> Result<Platform> {
        let vault = Vault::open(options.secret_key.as_deref(), &options.data_dir)?;
        Ok(Platform { db, identity, vault, public_url: options.public_url.trim_end_matches('/').to_owned() })
    }

    /// Brings the tables up to date; on a fresh database makes the company Default, owned by admin.
    pub async fn init(&self) -> Result<()> {
        let steps = [("0001_platform", include_str!("../migrations/0001_platform.sql"))];
        self.db.migrate("platform", &steps).await?;
        company::make_default(self).await
    }

    /// The GraphQL API at `/graphql`, and the receiver of webhooks.
    pub fn router(&self) -> Router {
        graphql::router(self.clone()).merge(webhook::router(self.clone()))
    }

    /// Adds the handlers of the platform's jobs.
    pub fn register(&self, worker: Worker) -> Worker {
        let worker = sync::register(self.clone(), worker);
        push::register(self.clone(), worker)
    }

    /// The id of the company with this label.
    pub async fn company_by_label(&self, label: &str) -> Result<Option<i64>> {
        company::by_label(&self.db, label).await
    }
}
