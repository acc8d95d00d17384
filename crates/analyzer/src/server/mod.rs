//! What every route of the analyzer shares: who may call it, how it is refused, how lists are paged.

mod access;
mod error;
mod extract;
mod headers;
mod lenient;
mod pretty;
mod scope;

pub use access::{Access, Caller, InProcess, Route, route, router};
pub use error::{Error, Result, needed, not_blank};
pub use extract::{Json, Page, Uuid, check_sort, flag, flag_if_any, total};
pub use scope::Scope;

use identity::Identity;
use storage::Db;

/// The version of Dependency-Track whose API the analyzer speaks; clients gate features on it.
pub const SPOKEN_VERSION: &str = "4.14.2";

/// Which clients an analyzer serves. Nearly all answers serve both versions; where one client needs what
/// another cannot bear, this decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Spoken {
    /// Those of version 4, and its frontend.
    #[default]
    Four,
    /// The frontend of version 5.
    Five,
}

impl Spoken {
    /// The version that clients are told.
    pub const fn version(self) -> &'static str {
        match self {
            Spoken::Four => SPOKEN_VERSION,
            Spoken::Five => "5.0.4",
        }
    }
}

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Users, teams and keys.
    pub identity: Identity,
    /// How the process runs.
    pub options: crate::Options,
}
