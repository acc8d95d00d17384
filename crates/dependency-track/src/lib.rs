//! Typed async client of Dependency-Track: 4.x, 5.x, and servers that speak the same API.
//!
//! One [`Client`] talks to one server with one API key. It paces itself, retries what is safe to
//! retry, never follows a redirect with the key in its hand, and turns every failure into an
//! [`Error`] that says what happened, where, and what to do about it.
//!
//! ```no_run
//! # async fn example() -> Result<(), dependency_track::Error> {
//! use dependency_track::{ApiUrl, Client};
//! let client = Client::builder(ApiUrl::parse("https://dt.example.com/api")?).api_key("odt_…").build()?;
//! let check = client.check().await?;
//! println!("{} {}", check.version.application, check.version.version);
//! let found = client.project_lookup("shop", Some("1.0.0")).await?;
//! if let Some(project) = found {
//!     let findings = client.findings(project.uuid, |read, total| println!("{read}/{total}")).await?;
//!     println!("{} findings", findings.len());
//! }
//! # Ok(()) }
//! ```
//!
//! The two generations differ in places; each type and call says where. The differences that matter
//! most: 4.x answers findings all at once and ignores paging, 5.x pages them by 100 unless asked
//! otherwise; 5.x splits some permissions by verb; notification bodies of 5.x prefix their enums.

mod address;
mod analysis;
mod bom;
mod client;
mod component;
mod error;
mod export;
mod finding;
mod notification;
mod pace;
mod permission;
mod project;
mod retry;
mod secret;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod transport;
mod version;
mod vulnerability;
pub mod webhook;
mod wire;

pub use address::ApiUrl;
pub use analysis::{Analysis, AnalysisRequest, AnalysisState, Comment, Justification, Response};
pub use bom::{BomReceipt, BomTarget, BomUpload};
pub use client::{Builder, Client};
pub use component::{Component, ComponentQuery, RepositoryMeta, ResolvedLicense};
pub use error::Error;
pub use export::{List, Object};
pub use finding::{Attribution, Finding, FindingAnalysis, FindingComponent, FindingQuery};
pub use notification::{Publisher, Rule, WebhookRule};
pub use pace::Pace;
pub use permission::{Check, Permission};
pub use project::{Project, ProjectMetrics, ProjectQuery, ProjectRef, ProjectVersion, Tag};
pub use retry::Retry;
pub use secret::Secret;
pub use transport::Page;
pub use version::Version;
pub use vulnerability::{AffectedRange, Alias, Cwe, Severity, Vulnerability};
pub use wire::parse_time;
