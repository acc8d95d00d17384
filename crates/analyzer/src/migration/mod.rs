//! Copying another Dependency-Track, 4.x or 5.x, into this one through its API.
//!
//! UUIDs stay, so that links, badges and pipelines go on working. Every object that was dealt with has
//! a row in the [`book`], in which a copy goes on after a kill; a second one brings only what changed,
//! and leaves alone what was decided here meanwhile. What can be written through our own API is written
//! through it ([`door`]), with its rules; projects, components and decisions are written as rows, because
//! they keep uuids, times and names.

mod access;
mod analysis;
mod book;
mod compare;
mod component;
mod config;
mod content;
mod door;
mod kind;
mod license;
mod notification;
mod policy;
mod project;
mod report;
mod repository;
mod tag;
mod user;
mod violation;
mod vulnerability;
mod vulnerability_policy;
mod waiting;

pub use report::{Findings, Line, Note, Report};

pub(crate) use waiting::apply as apply_waiting;

use std::collections::HashMap;
use std::sync::Mutex;

use dependency_track::Client;

use crate::Analyzer;
use crate::server::AppState;
use book::Book;
use door::Door;

/// Hears the name and the first password of a person.
pub type FirstPassword<'a> = &'a (dyn Fn(&str, &str) + Send + Sync);

/// How to copy.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Only tell what would come.
    pub dry_run: bool,
    /// Whether what was changed here gives way to what is there.
    pub overwrite: bool,
    /// How many projects are read at once.
    pub parallel: usize,
    /// Hears the name and the first password of every person who is made.
    pub first_password: Option<FirstPassword<'a>>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { dry_run: false, overwrite: false, parallel: 4, first_password: None }
    }
}

/// Why a copy ended early. What was copied stays, and the next one goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The other server.
    #[error(transparent)]
    There(#[from] dependency_track::Error),
    /// This one.
    #[error(transparent)]
    Here(#[from] crate::Error),
    /// The other server is older than what can be read.
    #[error("{0} is too old: Dependency-Track 4.8 or later is needed")]
    TooOld(String),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Error {
        Error::Here(error.into())
    }
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::There(error) => Some(error.hint()),
            Error::Here(_) => None,
            Error::TooOld(_) => Some("update it first, then copy it".to_owned()),
        }
    }
}

/// How often a copy goes on by itself after the database failed.
const TRIES: usize = 2;

type Result<T, E = Error> = std::result::Result<T, E>;

/// Hears the present phase, how much of it is done, and of how much.
pub type Told<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Send + Sync);

/// One copy.
struct Run<'a> {
    state: &'a AppState,
    from: &'a Client,
    door: Door,
    options: Options<'a>,
    book: Book,
    told: Told<'a>,
    /// Lists that may not be read: the noun and what to do.
    missing: Mutex<Vec<(String, String)>>,
    /// What is left to do by hand.
    advice: Mutex<Vec<String>>,
    /// What the licences and licence groups of the other server are called, by uuid.
    licences: Mutex<HashMap<String, String>>,
}

impl Run<'_> {
    /// What came of copying a noun: a list that may not be read, or that the other server does not have,
    /// is remembered and the rest goes on; everything else ends the copy.
    fn settle(&self, noun: &str, result: Result<()>) -> Result<()> {
        use dependency_track::Error as There;
        let why = match result {
            Err(Error::There(error @ (There::Forbidden { .. } | There::NotDependencyTrack { .. }))) => {
                match error {
                    There::Forbidden { .. } => format!("{error}; {}", error.hint()),
                    _ => "the server does not have this list".to_owned(),
                }
            }
            Err(Error::There(
                error @ (There::BadResponse { .. }
                | There::NotFound { .. }
                | There::Rejected { .. }
                | There::Server { .. }
                | There::Incomplete { .. }),
            )) => error.to_string(),
            other => return other,
        };
        tracing::warn!(noun, why, "not everything is copied");
        if let Ok(mut missing) = self.missing.lock() {
            let line = (noun.to_owned(), why);
            if !missing.contains(&line) {
                missing.push(line);
            }
        }
        Ok(())
    }

    /// Whether a list was not refused before.
    fn may(&self, noun: &str) -> bool {
        self.missing.lock().is_ok_and(|missing| !missing.iter().any(|(known, _)| known == noun))
    }

    /// Something that is left to do by hand.
    fn advise(&self, line: String) {
        if let Ok(mut advice) = self.advice.lock() {
            advice.push(line);
        }
    }

    fn tell(&self, phase: &str, done: u64, total: Option<u64>) {
        (self.told)(phase, done, total);
    }
}

impl Analyzer {
    /// Copies another server into this one. `told` hears of the progress.
    ///
    /// # Errors
    /// When the other server cannot be reached, is none, or does not take the key; when the database
    /// fails. What may not be read or written is no error but a line of the report.
    pub async fn migrate(&self, from: &Client, options: Options<'_>, told: Told<'_>) -> Result<Report> {
        for _ in 0..TRIES {
            match self.copy(from, options, told).await {
                // Workers write at the same time, and of two that wait for each other PostgreSQL ends one. A copy
                // goes on where it was.
                Err(Error::Here(crate::Error::Storage(error))) => {
                    tracing::warn!(%error, "the copy was interrupted and goes on");
                }
                ended => return ended,
            }
        }
        self.copy(from, options, told).await
    }

    async fn copy(&self, from: &Client, options: Options<'_>, told: Told<'_>) -> Result<Report> {
        let check = from.check().await?;
        let version = check.version.semver;
        if version < (4, 8, 0) {
            return Err(Error::TooOld(check.version.version));
        }
        let source = from.url().to_string();
        let book = Book::open(&self.state.db, &source, options.dry_run).await?;
        let door = Door::new(self.router());
        let run = Run {
            state: &self.state,
            from,
            door,
            options,
            book,
            told,
            missing: Mutex::default(),
            advice: Mutex::default(),
            licences: Mutex::default(),
        };
        // What others refer to comes first.
        run.settle("settings", config::copy(&run).await)?;
        run.settle("repositories", repository::copy(&run).await)?;
        run.settle("licences", license::copy(&run).await)?;
        run.settle("licence groups", license::copy_groups(&run).await)?;
        run.settle("OpenID Connect groups", access::copy_groups(&run).await)?;
        run.settle("teams", access::copy_teams(&run).await)?;
        run.settle("users", user::copy(&run).await)?;
        run.settle("tags", tag::copy(&run).await)?;
        run.settle("internal vulnerabilities", vulnerability::copy(&run).await)?;
        let projects = match project::copy(&run).await {
            Ok(projects) => projects,
            Err(error) => {
                run.settle("projects", Err(error))?;
                Vec::new()
            }
        };
        run.settle("project access", access::copy_projects(&run).await)?;
        run.settle("policies", policy::copy(&run).await)?;
        run.settle("vulnerability policies", vulnerability_policy::copy(&run).await)?;
        content::copy(&run, &projects).await?;
        // Rules last, so that nobody is told of what was copied.
        run.settle("publishers", notification::copy_publishers(&run).await)?;
        run.settle("notification rules", notification::copy_rules(&run).await)?;
        if !options.dry_run {
            waiting::apply(&self.state.db).await?;
            crate::policy::settle(&self.state.db).await?;
        }
        let report = report::make(&run, &check.version.version).await?;
        run.book.end().await?;
        Ok(report)
    }
}
