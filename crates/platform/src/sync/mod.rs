//! Synchronizing an asset with the project it follows.

mod advice;
mod apply;
mod gather;
mod job;
pub mod merge;
mod present;
mod run;
mod schedule;

pub(crate) use job::register;
pub use run::{Cause, Run, by_id, by_ids, cancel, latest, list, queue, queue_all};
pub use schedule::next_after;
