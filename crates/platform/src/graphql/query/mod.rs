//! What can be asked, a file for each noun.

mod asset;
mod company;
mod dashboard;
mod integration;
mod issue;
mod policy;

use async_graphql::MergedObject;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub(super) struct Query(
    company::CompanyQuery,
    asset::AssetQuery,
    issue::IssueQuery,
    integration::IntegrationQuery,
    policy::PolicyQuery,
    dashboard::DashboardQuery,
);
