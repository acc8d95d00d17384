//! The management-platform role: companies, assets and issues, and the integration that keeps them
//! and a Dependency-Track in agreement. It knows Dependency-Track, ours included, by its API only.

pub mod asset;
pub mod audit;
pub mod company;
pub mod connector;
mod control_sync;
pub mod dashboard;
mod error;
mod export;
pub mod gate;
pub mod graphql;
pub mod integration;
pub mod issue;
pub mod push;
mod retried;
pub mod sla;
pub mod sync;
mod webhook;

pub use error::{Error, Result};

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use identity::{Identity, Vault};
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
    /// How gentle the platform is with the servers it is connected to.
    pub limits: Limits,
}

/// How gentle the platform is with the servers it is connected to.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests a second to one host, all integrations of a process together; 0 is no limit.
    pub requests_per_second: u32,
    /// Runs of one integration at the same time, on all nodes.
    pub runs_per_integration: i64,
    /// How long a run waits for further webhooks of its asset, in milliseconds.
    pub webhook_quiet_ms: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { requests_per_second: 10, runs_per_integration: 2, webhook_quiet_ms: 2_000 }
    }
}

/// The platform on a database. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    db: Db,
    identity: Identity,
    vault: Vault,
    public_url: String,
    limits: Limits,
    paces: Arc<Mutex<HashMap<String, dependency_track::Pace>>>,
}

impl Platform {
    /// The platform on this database.
    ///
    /// # Errors
    /// [`identity::Error::SecretKey`] when the key cannot be read or made.
    pub async fn open(db: Db, identity: Identity, options: Options) -> Result<Platform> {
        let vault = Vault::open(options.secret_key.as_deref(), &options.data_dir)?;
        Ok(Platform {
            db,
            identity,
            vault,
            public_url: options.public_url.trim_end_matches('/').to_owned(),
            limits: options.limits,
            paces: Arc::default(),
        })
    }

    /// Brings the tables up to date; on a fresh database makes the company Default, owned by admin.
    pub async fn init(&self) -> Result<()> {
        let steps = [
            ("0001_platform", include_str!("../migrations/0001_platform.sql")),
            ("0002_complete", include_str!("../migrations/0002_complete.sql")),
        ];
        self.db.migrate("platform", &steps).await?;
        company::make_default(self).await
    }

    /// The GraphQL API at `/graphql`, and the receiver of webhooks.
    pub fn router(&self) -> Router {
        graphql::router(self.clone()).merge(webhook::router(self.clone())).merge(export::router(self.clone()))
    }

    /// Adds the handlers of the platform's jobs.
    pub fn register(&self, worker: Worker) -> Worker {
        let worker = sync::register(self.clone(), worker);
        let worker = issue::register(self.clone(), worker);
        let worker = asset::sbom::register(self.clone(), worker);
        push::register(self.clone(), worker)
    }

    /// The budget of requests to the host of this address, shared by everything in this process.
    pub(crate) fn pace(&self, address: &str) -> dependency_track::Pace {
        let host = url::Url::parse(address).ok().and_then(|url| {
            Some(format!("{}:{}", url.host_str()?, url.port_or_known_default().unwrap_or_default()))
        });
        let new = || dependency_track::Pace::per_second(self.limits.requests_per_second);
        match self.paces.lock() {
            Ok(mut paces) => paces.entry(host.unwrap_or_default()).or_insert_with(new).clone(),
            Err(_) => new(),
        }
    }

    /// Encrypts everything that is stored with the present key; see [`rotate_file`].
    ///
    /// # Errors
    /// [`identity::Error::SecretKey`] when something cannot be read with either key.
    pub async fn reseal(&self) -> Result<u64> {
        integration::reseal(self).await
    }

    /// The id of the company with this label.
    pub async fn company_by_label(&self, label: &str) -> Result<Option<i64>> {
        company::by_label(&self.db, label).await
    }
}
