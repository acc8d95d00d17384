//! What can be changed, a file for each noun. Changes are written to the audit log of the company, those
//! of issues to the history of the issue.

mod asset;
mod company;
mod integration;
mod issue;
mod pipeline;
mod policy;
mod user;

use async_graphql::MergedObject;

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    asset::AssetMutation,
    pipeline::PipelineMutation,
    issue::IssueMutation,
    integration::IntegrationMutation,
    policy::PolicyMutation,
    company::CompanyMutation,
    user::UserMutation,
);
