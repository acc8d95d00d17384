//! Deadlines and security gates.

use async_graphql::{Context, ID, Object};

use crate::company::Action;
use crate::graphql::caller::{Answer, caller, number, platform, told};
use crate::graphql::policy::{
    SecurityGatePolicy, SecurityGateRun, SecurityGateRunCollection, SecurityGateStatus, SlaPolicy,
};
use crate::graphql::scalar::Paging;
use crate::{Error, asset, gate, sla};

#[derive(Default)]
pub(super) struct PolicyQuery;

#[Object]
impl PolicyQuery {
    /// The matrix of deadlines of a company.
    async fn sla_policy(&self, context: &Context<'_>, company_id: ID) -> Answer<SlaPolicy> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        Ok(sla::policy(&platform(context)?.db, company).await.map_err(told)?.into())
    }

    /// The policy that counts for an asset (its own, else the company's), or the company's.
    async fn security_gate_policy(
        &self,
        context: &Context<'_>,
        company_id: ID,
        asset_id: Option<ID>,
    ) -> Answer<SecurityGatePolicy> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let found = gate::policy_of(&platform(context)?.db, company, asset_id.as_ref().map(number)).await;
        Ok(match found.map_err(told)? {
            Some(policy) => SecurityGatePolicy::new(policy.scope, policy.yaml),
            None => SecurityGatePolicy::new("GLOBAL", String::new()),
        })
    }

    /// Checks an asset by its policy, now; the execution is kept. A policy given here is used instead.
    async fn security_gate_run(
        &self,
        context: &Context<'_>,
        asset_id: ID,
        policy: Option<String>,
    ) -> Answer<SecurityGateRun> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let found =
            asset::by_id(&platform.db, &caller.company_ids(), number(&asset_id)).await.map_err(told)?;
        let found = found.ok_or_else(|| told(Error::NotFound("asset")))?;
        caller.require(found.company_id, Action::RunGate).map_err(told)?;
        gate::run(platform, &found, policy.as_deref()).await.map(SecurityGateRun).map_err(told)
    }

    /// Executions of security gates, newest first.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn security_gate_runs(
        &self,
        context: &Context<'_>,
        company_id: ID,
        asset_id: Option<ID>,
        status: Option<SecurityGateStatus>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<SecurityGateRunCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let paging = Paging::new(page, limit);
        let (rows, total) = gate::list(
            &platform(context)?.db,
            company,
            asset_id.as_ref().map(number),
            status.map(Into::into),
            paging.offset(),
            paging.limit,
        )
        .await
        .map_err(told)?;
        let collection = rows.into_iter().map(SecurityGateRun).collect();
        Ok(SecurityGateRunCollection { collection, metadata: paging.metadata(total) })
    }
}
