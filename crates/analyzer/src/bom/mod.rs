//! Uploads of SBOMs: accepted and durable at once, processed by a job.

mod api;
mod job;
mod row;
mod upload;
mod vulnerability;

pub(crate) use api::routes;
pub(crate) use job::register;
pub(crate) use upload::validated;
pub(crate) use vulnerability::source;

/// The job that processes an upload.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Process {
    project: i64,
    blob: i64,
}

/// The kind of that job.
const PROCESS: &str = "bom.process";
