//! Companies, people, teams, keys, the audit log.

use async_graphql::{Context, ID, Object};
use identity::PrincipalKind;

use crate::audit;
use crate::company::{self, Action};
use crate::graphql::caller::{Answer, caller, number, platform, told};
use crate::graphql::company::{
    ApiKey, AuditEntry, AuditEntryCollection, Company, CompanyCollection, CompanyMembership, CompanySearch,
    OrderParams, OrderScopesParams, PortalUser, PortalUserCollection, Team, TeamCollection, TeamSearch,
    Viewer,
};
use crate::graphql::scalar::Paging;

#[derive(Default)]
pub(super) struct CompanyQuery;

#[Object]
impl CompanyQuery {
    /// Who asks, and which companies they see.
    async fn viewer(&self, context: &Context<'_>) -> Answer<Viewer> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let user = match caller.user() {
            Some(id) => PortalUser::many(platform, &[id]).await.map_err(told)?.remove(&id),
            None => None,
        };
        let api_key = match &caller.principal.kind {
            PrincipalKind::CompanyKey { key_id, company_id, .. } => {
                let keys = platform.identity.keys_of_company(&platform.db, *company_id).await;
                let own = keys.map_err(|e| told(e.into()))?.into_iter().filter(|key| key.id == *key_id);
                ApiKey::load(platform, own.collect()).await.map_err(told)?.pop()
            }
            _ => None,
        };
        let companies = caller
            .companies
            .iter()
            .map(|(company, role)| CompanyMembership {
                company: Company(company.clone()),
                role: (*role).into(),
            })
            .collect();
        Ok(Viewer { user, api_key, companies })
    }

    /// The companies of the caller.
    async fn companies(
        &self,
        context: &Context<'_>,
        page: Option<i32>,
        limit: Option<i32>,
        params: Option<CompanySearch>,
        order: Option<OrderScopesParams>,
        order_type: Option<OrderParams>,
    ) -> Answer<CompanyCollection> {
        let paging = Paging::new(page, limit);
        let takes = |company: &company::Company| params.as_ref().is_none_or(|search| search.takes(company));
        let own = caller(context)?.companies.iter().map(|(company, _)| company).filter(|c| takes(c));
        let mut own: Vec<&company::Company> = own.collect();
        // There is one order: by name.
        if order_type == Some(OrderParams::Desc) && order.is_none_or(|by| by == OrderScopesParams::Label) {
            own.reverse();
        }
        let total = i64::try_from(own.len()).unwrap_or(i64::MAX);
        let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(paging.limit).unwrap_or(10);
        let collection = own.into_iter().skip(skip).take(take).map(|c| Company(c.clone())).collect();
        Ok(CompanyCollection { collection, metadata: paging.metadata(total) })
    }

    async fn company(&self, context: &Context<'_>, id: ID) -> Answer<Option<Company>> {
        let own = &caller(context)?.companies;
        Ok(own
            .iter()
            .find(|(company, _)| company.id == number(&id))
            .map(|(company, _)| Company(company.clone())))
    }

    /// The people of a company.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn users(
        &self,
        context: &Context<'_>,
        company_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<PortalUserCollection> {
        let (platform, company) = (platform(context)?, number(&company_id));
        caller(context)?.require(company, Action::See).map_err(told)?;
        let paging = Paging::new(page, limit);
        let (members, total) =
            company::members(platform, &platform.db, company, paging.offset(), paging.limit)
                .await
                .map_err(told)?;
        let collection = members.into_iter().map(|member| PortalUser::member(member, company)).collect();
        Ok(PortalUserCollection { collection, metadata: paging.metadata(total) })
    }

    /// The teams of a company.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn teams(
        &self,
        context: &Context<'_>,
        company_id: ID,
        params: Option<TeamSearch>,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<TeamCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let (paging, search) = (Paging::new(page, limit), params.unwrap_or_default());
        let (teams, total) = company::teams(
            &platform(context)?.db,
            company,
            search.label_eq.as_deref(),
            search.label_cont.as_deref(),
            paging.offset(),
            paging.limit,
        )
        .await
        .map_err(told)?;
        Ok(TeamCollection {
            collection: teams.into_iter().map(Team).collect(),
            metadata: paging.metadata(total),
        })
    }

    /// The keys of a company; without the right to manage them, the caller's own.
    async fn api_keys(&self, context: &Context<'_>, company_id: ID) -> Answer<Vec<ApiKey>> {
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&company_id));
        let role = caller.require(company, Action::See).map_err(told)?;
        let mut keys =
            platform.identity.keys_of_company(&platform.db, company).await.map_err(|e| told(e.into()))?;
        if company::allowed(role, Action::ManageKeys).is_err() {
            keys.retain(|key| key.user_id.is_some() && key.user_id == caller.user());
        }
        ApiKey::load(platform, keys).await.map_err(told)
    }

    /// Who changed what, newest first.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn audit_log(
        &self,
        context: &Context<'_>,
        company_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<AuditEntryCollection> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::SeeAudit).map_err(told)?;
        let paging = Paging::new(page, limit);
        let (rows, total) = audit::list(&platform(context)?.db, company, paging.offset(), paging.limit)
            .await
            .map_err(told)?;
        let collection = rows.into_iter().map(AuditEntry::from).collect();
        Ok(AuditEntryCollection { collection, metadata: paging.metadata(total) })
    }
}
