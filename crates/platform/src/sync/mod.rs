//! Synchronizing an asset with the project it follows.

mod apply;
mod gather;
mod job;
pub mod merge;
mod run;

pub(crate) use job::register;
pub use run::{Cause, Run, by_id, by_ids, cancel, latest, list, queue};
