//! The Dependency-Track role: projects, components, vulnerabilities, findings and analyses, over
//! the REST API that Dependency-Track 4.14 speaks.

mod access;
pub mod advisory;
mod analysis;
mod bom;
mod component;
mod config_property;
mod event;
mod finding;
mod http;
mod metrics;
mod notification;
mod package_version;
mod project;
mod server;
mod version;
mod vulnerability;

pub use server::{Access, Error, Result, Route};

use axum::Router;
use identity::Identity;
use server::AppState;
use storage::Db;
use storage::worker::Worker;

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
        component::routes,
        config_property::routes,
        event::routes,
        finding::routes,
        metrics::routes,
        notification::routes,
        project::routes,
        vulnerability::routes,
    ];
    nouns.into_iter().flat_map(|routes| routes()).collect()
}

impl Analyzer {
    /// The analyzer on this database.
    pub fn new(db: Db, identity: Identity) -> Analyzer {
        Analyzer { state: AppState { db, identity } }
    }

    /// Brings the tables up to date and makes the default objects that are missing.
    pub async fn init(&self) -> Result<()> {
        let steps = [
            ("0001_intelligence", include_str!("../migrations/0001_intelligence.sql")),
            ("0002_portfolio", include_str!("../migrations/0002_portfolio.sql")),
            ("0003_triage", include_str!("../migrations/0003_triage.sql")),
        ];
        self.state.db.migrate("analyzer", &steps).await?;
        let tx = self.state.db.begin().await?;
        tx.lock("analyzer defaults").await?;
        config_property::make_defaults(&tx).await?;
        notification::make_defaults(&tx).await?;
        version::make_defaults(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The API, at `/api`.
    pub fn router(&self) -> Router {
        server::router(routes(), self.state.clone())
    }

    /// Adds the handlers of the analyzer's jobs.
    pub fn register(&self, worker: Worker) -> Worker {
        let worker = bom::register(worker);
        let worker = finding::register(worker);
        notification::register(worker)
    }
}
