//! The Dependency-Track role: projects, components, vulnerabilities, findings and analyses, over
//! the REST API that Dependency-Track 4.14 speaks.

mod access;
mod advisory;
mod analysis;
mod attribution;
mod badge;
mod bom;
mod calculator;
mod component;
mod config_property;
mod cwe;
mod cyclonedx;
mod dependency_graph;
mod event;
mod evidence;
mod expression;
mod finding;
mod http;
mod integration;
mod license;
mod license_group;
mod metrics;
pub mod migration;
mod notification;
mod openapi;
mod package_version;
mod policy;
mod project;
mod remote;
mod repository;
mod retry;
mod scan;
mod search;
mod server;
mod service;
mod source;
mod tag;
mod v2;
mod version;
mod vex;
mod violation;
mod vulnerability;

pub use advisory::Report;
pub use openapi::{Elsewhere, NOT_ANSWERED, document, operations};
pub use scan::{Component, Finding, Scan, Sought, Why, ecosystems, scan};
pub use server::{Access, Error, Result, Route, Spoken};
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
    /// Addresses for repositories that have none: `(npm, https://…)`, or `(maven/central, https://…)`
    /// where there are several of a type.
    pub repositories: Vec<(String, String)>,
    /// Which clients are served.
    pub spoken: Spoken,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            work_dir: std::env::temp_dir().join("twintrack"),
            mirrors: false,
            vault: None,
            repositories: Vec::new(),
            spoken: Spoken::default(),
        }
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

const MIGRATIONS: [(&str, &str); 12] = [
    ("0001_intelligence", include_str!("../migrations/0001_intelligence.sql")),
    ("0002_portfolio", include_str!("../migrations/0002_portfolio.sql")),
    ("0003_triage", include_str!("../migrations/0003_triage.sql")),
    ("0004_sources", include_str!("../migrations/0004_sources.sql")),
    ("0005_access", include_str!("../migrations/0005_access.sql")),
    ("0006_portfolio", include_str!("../migrations/0006_portfolio.sql")),
    ("0007_policies", include_str!("../migrations/0007_policies.sql")),
    ("0008_notifications", include_str!("../migrations/0008_notifications.sql")),
    ("0009_repositories", include_str!("../migrations/0009_repositories.sql")),
    ("0010_migration", include_str!("../migrations/0010_migration.sql")),
    ("0011_vulnerability_policies", include_str!("../migrations/0011_vulnerability_policies.sql")),
    ("0012_inactive", include_str!("../migrations/0012_inactive.sql")),
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
    repository::make_defaults(&tx).await?;
    version::make_defaults(&tx).await?;
    license::make_defaults(&tx).await?;
    license_group::make_defaults(&tx).await?;
    policy::queue_if_due(&tx).await?;
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

/// A database in memory, with nothing in it: enough for [`import_for`] and [`scan`].
///
/// # Errors
/// When there is no memory for it.
pub async fn scratch() -> Result<Db> {
    // Migrating an empty database takes longer than a scan.
    Ok(Db::scratch(include_str!("../tables.sql")).await?)
}

/// The script of [`scratch`], from the migrations.
///
/// # Errors
/// When a migration fails.
pub async fn tables() -> Result<String> {
    // Records, what is matched with them, and what is marked when one changes.
    let used = [
        "vulnerability",
        "advisory",
        "advisory_alias",
        "advisory_revision",
        "affected_package",
        "package_version",
        "package_name",
        "package_match",
        "epss",
        "known_exploited",
        "component",
        "project",
        "job",
    ];
    let tables = Db::tables_after("analyzer", &MIGRATIONS, &used).await?;
    let says = "-- Tables as the migrations leave them in SQLite. Written by `make gen`.\n";
    Ok(format!("{says}{tables}INSERT INTO advisory_revision (revision) VALUES (0);\n"))
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

/// What every noun brings: its operations and the shapes of its objects.
macro_rules! nouns {
    ($($noun:ident,)*) => {
        /// Every operation of the API, by noun.
        pub fn routes() -> Vec<Route> {
            [$($noun::routes()),*].into_iter().flatten().collect()
        }

        /// The shapes of all objects of the API.
        fn schemas() -> Vec<&'static openapi::Schema> {
            [$($noun::SCHEMAS),*].into_iter().flatten().collect()
        }
    };
}

nouns! {
    version,
    access,
    analysis,
    badge,
    bom,
    calculator,
    component,
    config_property,
    cwe,
    dependency_graph,
    event,
    evidence,
    finding,
    integration,
    license,
    license_group,
    metrics,
    notification,
    openapi,
    policy,
    project,
    repository,
    search,
    service,
    source,
    tag,
    v2,
    vex,
    violation,
    vulnerability,
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
        prepare(&self.state.db).await?;
        repository::set_addresses(&self.state.db, &self.state.options.repositories).await
    }

    /// Matches every package version again, tells of what changed, and counts the projects anew;
    /// `told` hears how many are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyze_all(&self, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Analyzed> {
        let found = package_version::analyse_all(&self.state.db, told).await?;
        policy::settle(&self.state.db).await?;
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
            Some(vault) => {
                let properties = project::reseal(&self.state.db, vault).await?
                    + config_property::reseal(&self.state.db, vault).await?;
                Ok(properties + repository::reseal(&self.state.db, vault).await?)
            }
            None => Ok(0),
        }
    }

    /// The API, at `/api`.
    pub fn router(&self) -> Router {
        server::router(routes(), self.state.clone())
    }

    /// Adds the handlers of the analyzer's jobs.
    pub fn register(&self, worker: Worker) -> Worker {
        let worker = access::register(worker, &self.state.identity);
        let worker = bom::register(worker);
        let worker = project::register(worker);
        let worker = component::register(worker);
        let worker = finding::register(worker);
        let worker = advisory::register(worker);
        let worker = remote::register(worker, &self.state.options);
        let worker = repository::register(worker, &self.state.options);
        let worker = vex::register(worker);
        let worker = policy::register(worker, &self.state.options);
        let worker = source::register(worker, &self.state.options);
        let worker = integration::register(worker, &self.state);
        notification::register(worker, &self.state)
    }
}
