//! Uploads of SBOMs: accepted and durable at once, processed by a job.

mod api;
mod export;
mod graph;
mod job;
mod keep;
mod parts;
pub(crate) mod row;
mod upload;
mod vulnerability;
mod write;

pub(crate) use api::{SCHEMAS, routes};
pub(crate) use job::register;
pub(crate) use keep::write_kept;
pub(crate) use upload::{tags_of, validated};
pub(crate) use vulnerability::source;

/// The job that processes an upload.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Process {
    project: i64,
    blob: i64,
}

/// The kind of that job.
const PROCESS: &str = "bom.process";
