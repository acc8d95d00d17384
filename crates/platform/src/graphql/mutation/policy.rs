//! Changes of deadlines and security gates.

use async_graphql::{Context, Object};

use crate::company::Action;
use crate::graphql::caller::{Answer, begin, caller, commit, number, told};
use crate::graphql::policy::{
    SaveSecurityGatePolicyInput, SaveSlaPolicyInput, SecurityGatePolicy, SlaPolicy,
};
use crate::{Error, asset, audit, gate, sla};

#[derive(Default)]
pub(super) struct PolicyMutation;

#[Object]
impl PolicyMutation {
    /// Saves the matrix of deadlines whole; the deadlines of open issues follow.
    async fn save_sla_policy(&self, context: &Context<'_>, input: SaveSlaPolicyInput) -> Answer<SlaPolicy> {
        let (caller, company) = (caller(context)?, number(&input.company_id));
        caller.require(company, Action::ManagePolicies).map_err(told)?;
        let rules = input.rules();
        let tx = begin(context).await?;
        sla::save(&tx, company, &rules).await.map_err(told)?;
        let detail =
            rules.iter().map(|rule| format!("{} × {}: {} d", rule.severity, rule.business_impact, rule.days));
        let detail = detail.collect::<Vec<_>>().join(", ");
        audit::write(&tx, company, &caller.who(), "sla.save", "SLA policy", Some(detail))
            .await
            .map_err(told)?;
        let saved = sla::policy(&tx, company).await.map_err(told)?;
        commit(tx).await?;
        Ok(saved.into())
    }

    /// Saves the policy of a company or of an asset; an empty text removes it. A text with errors is
    /// answered with them and not saved.
    async fn save_security_gate_policy(
        &self,
        context: &Context<'_>,
        input: SaveSecurityGatePolicyInput,
    ) -> Answer<SecurityGatePolicy> {
        let (caller, company) = (caller(context)?, number(&input.company_id));
        caller.require(company, Action::ManagePolicies).map_err(told)?;
        let asset = input.asset_id.as_ref().map(number);
        let scope = if asset.is_some() { "ASSET" } else { "GLOBAL" };
        if !input.yaml.trim().is_empty() && gate::parse(&input.yaml).is_err() {
            return Ok(SecurityGatePolicy::new(scope, input.yaml));
        }
        let tx = begin(context).await?;
        if let Some(asset) = asset {
            let found = asset::by_id(&tx, &[company], asset).await.map_err(told)?;
            found.ok_or_else(|| told(Error::NotFound("asset")))?;
        }
        gate::save(&tx, company, asset, &input.yaml).await.map_err(told)?;
        let target = asset.map_or("security gate".to_owned(), |id| format!("security gate of asset {id}"));
        audit::write(&tx, company, &caller.who(), "gate.save", &target, None).await.map_err(told)?;
        commit(tx).await?;
        Ok(SecurityGatePolicy::new(scope, input.yaml))
    }
}
