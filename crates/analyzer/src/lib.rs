//! The Dependency-Track role: projects, components, vulnerabilities, findings and analyses, over
//! the REST API that Dependency-Track 4.14 speaks.

mod access;
mod advisory;
mod analysis;
mod attribution;
mod bom;
mod calculator;
mod component;
mod config_property;
mod cwe;
mod event;
mod evidence;
mod finding;
mod http;
mod metrics;
mod notification;
mod package_version;
mod project;
mod remote;
mod retry;
mod scan;
mod server;
mod source;
mod version;
mod vex;
mod vulnerability;

pub use advisory::Report;
pub use scan::{Component, Finding, Scan, Why, ecosystems, names, scan};
pub use server::{Access, Error, Result, Route};
pub use source::{Source, import, import_for};

use std::path::PathBuf;

use axum::Router;
use identity::Identity;
use server::AppState;
use storage::worker::Worker;
use storage::{Db, Sql, params, settings};

/// How the process runs.
#[derive(Clone)]
pub struct Options {
    /// Folder for files that are being downloaded.
    pub work_dir: PathBuf,
    /// Whether sources of vulnerability data are mirrored by themselves.
    pub mirrors: bool,
    /// What secrets are encrypted with; without it there are none.
    pub vault: Option<identity::Vault>,
}

impl Default for Options {
    fn default() -> Options {
        Options { work_dir: std::env::temp_dir().join("twintrack"), mirrors: false, vault: None }
    }
}

/// What an analysis of everything did.
#[derive(Debug, Clone, Copy)]
pub struct Analyzed {
    /// How many package versions were matched.
    pub matched: u64,
    /// Of these, how many have other matches than before.
    pub changed: u64,
    /// How many matches are new.
    pub new: u64,
}

/// The setting that says that every component and package version has the names of this release.
const NAMED: &str = "package_names";

const MIGRATIONS: [(&str, &str); 4] = [
    ("0001_intelligence", include_str!("../migrations/0001_intelligence.sql")),
    ("0002_portfolio", include_str!("../migrations/0002_portfolio.sql")),
    ("0003_triage", include_str!("../migrations/0003_triage.sql")),
    ("0004_sources", include_str!("../migrations/0004_sources.sql")),
];

/// Brings the analyzer's tables up to date and makes the default objects that are missing.
///
/// # Errors
/// When the database fails, or was made by another build.
pub async fn prepare(db: &Db) -> Result<()> {
    db.migrate("analyzer", &MIGRATIONS).await?;
    let tx = db.begin().await?;
    tx.lock("analyzer defaults").await?;
    config_property::make_defaults(&tx).await?;
    notification::make_defaults(&tx).await?;
    version::make_defaults(&tx).await?;
    if settings::get(&tx, NAMED).await?.is_none() {
        settings::get_or_set(&tx, NAMED, || "1".to_owned()).await?;
        component::identify_all(&tx).await?;
        package_version::name_all(&tx).await?;
        if tx.count("SELECT count(*) FROM package_version", params![]).await? > 0 {
            advisory::queue(&tx).await?;
        }
    }
    tx.commit().await?;
    cwe::load(db).await
}

/// Whether the analyzer's tables are those of this build; nothing is changed.
///
/// # Errors
/// When the database fails.
pub async fn is_prepared(db: &Db) -> Result<bool> {
    Ok(db.is_migrated("analyzer", &MIGRATIONS).await?)
}

/// The analyzer on a database. Cheap to clone.
#[derive(Clone)]
pub struct Analyzer {
    state: AppState,
}

/// Every operation of the API, by noun.
pub fn routes() -> Vec<Route> {
    let nouns = [
        version::routes,
        access::routes,
        analysis::routes,
        bom::routes,
        calculator::routes,
        component::routes,
        config_property::routes,
        cwe::routes,
        event::routes,
        evidence::routes,
        finding::routes,
        metrics::routes,
        notification::routes,
        project::routes,
        source::routes,
        vex::routes,
        vulnerability::routes,
    ];
    nouns.into_iter().flat_map(|routes| routes()).collect()
}

impl Analyzer {
    /// The analyzer on this database.
    pub fn new(db: Db, identity: Identity, options: Options) -> Analyzer {
        Analyzer { state: AppState { db, identity, options } }
    }

    /// Brings the tables up to date and makes the default objects that are missing.
    ///
    /// # Errors
    /// When the database fails, or was made by another build.
    pub async fn init(&self) -> Result<()> {
        prepare(&self.state.db).await
    }

    /// Matches every package version again, tells of what changed, and counts the projects anew;
    /// `told` hears how many are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyze_all(&self, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Analyzed> {
        let found = package_version::analyse_all(&self.state.db, told).await?;
        metrics::refresh_due(&self.state.db).await?;
        Ok(Analyzed {
            matched: found.matched,
            changed: found.changed.len() as u64,
            new: found.new.len() as u64,
        })
    }

    /// Encrypts every stored secret with the present key. How many.
    ///
    /// # Errors
    /// [`identity::Error::SecretKey`] when one cannot be read with either key.
    pub async fn reseal(&self) -> Result<u64> {
        match &self.state.options.vault {
            Some(vault) => config_property::reseal(&self.state.db, vault).await,
            None => Ok(0),
        }
    }

    /// The API, at `/api`.
    pub fn router(&self) -> Router {
        server::router(routes(), self.state.clone())
    }

    /// Adds the handlers of the analyzer's jobs.
    pub fn register(&self, worker: Worker) -> Worker {
        let worker = bom::register(worker);
        let worker = finding::register(worker);
        let worker = advisory::register(worker);
        let worker = remote::register(worker, &self.state.options);
        let worker = vex::register(worker);
        let worker = source::register(worker, &self.state.options);
        notification::register(worker)
    }
}
