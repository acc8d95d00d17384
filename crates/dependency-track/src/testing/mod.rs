//! A stand-in for a Dependency-Track server, for tests and demonstrations: it answers the calls of this
//! client in the shapes of version 4 or 5, keeps state, and can be made to fail. Its data are made up, or
//! rows of a real server that were recorded.

#![allow(clippy::indexing_slicing, reason = "JSON that this module makes itself")]

mod data;
mod recording;
mod routes;

pub use data::{Analysis, Comment, Flaw, Generation, State};

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

/// The API key that the stand-in takes.
pub const KEY: &str = "odt_standin0_0123456789abcdefghijklmnopqrstuv";

/// How the stand-in misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    #[default]
    None,
    /// Every call is answered with this status.
    Status(u16),
    /// Every call takes this long.
    Slow(Duration),
    /// Lists of findings lack their last row, and the count says otherwise.
    Trimmed,
}

/// A running stand-in; it ends with the value.
pub struct StandIn {
    /// Where it answers.
    pub url: String,
    shared: Shared,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the state has failed already.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl StandIn {
    /// Starts an empty one on a free port of the loopback.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(generation: Generation) -> std::io::Result<StandIn> {
        StandIn::listen(generation, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// As [`StandIn::start`], on this address.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn listen(generation: Generation, address: SocketAddr) -> std::io::Result<StandIn> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Shared(Arc::new(Mutex::new(State::new(generation))));
        let app = routes::router(shared.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(StandIn { url, shared, task })
    }

    /// What it knows; the lock must not be held over an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Takes the project `shop` of a recorded server with its components and findings.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn load(&self, folder: &Path) -> Result<Uuid, String> {
        recording::load(&mut self.state(), folder)
    }

    /// What the server tells webhooks about a change of a project.
    pub fn notification(&self, group: &str, project: Uuid) -> Value {
        self.state().notification(group, project)
    }
}
