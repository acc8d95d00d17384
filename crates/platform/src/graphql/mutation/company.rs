//! Changes of companies and their teams.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::company::{self, Action, Change, TeamChange};
use crate::graphql::caller::{Answer, begin, caller, commit, number, numbers, platform, told};
use crate::graphql::company::{Company, Team};
use crate::{Error, audit, retried};

/// A new company.
#[derive(InputObject)]
struct CreateCompanyInput {
    label: String,
    description: Option<String>,
}

/// A changed company; what is not named stays.
#[derive(InputObject)]
struct UpdateCompanyInput {
    company_id: ID,
    label: Option<String>,
    description: Option<String>,
    contact_email: Option<String>,
    contact_name: Option<String>,
}

/// Which company to delete, and its name to confirm.
#[derive(InputObject)]
struct DeleteCompanyInput {
    company_id: ID,
    label: String,
}

/// What was deleted.
#[derive(SimpleObject)]
struct DeleteCompanyPayload {
    deleted_id: ID,
}

/// A new team.
#[derive(InputObject)]
struct CreateTeamInput {
    client_mutation_id: Option<String>,
    label: String,
    allowed_portal_user_ids: Option<Vec<ID>>,
    company_id: i32,
}

/// A changed team.
#[derive(InputObject)]
struct UpdateTeamInput {
    client_mutation_id: Option<String>,
    id: ID,
    label: String,
    allowed_portal_user_ids: Option<Vec<ID>>,
}

/// Which team to delete.
#[derive(InputObject)]
struct DeleteTeamInput {
    client_mutation_id: Option<String>,
    id: ID,
}

/// The new team.
#[derive(SimpleObject)]
struct CreateTeamPayload {
    client_mutation_id: Option<String>,
    team: Team,
}

/// The changed team.
#[derive(SimpleObject)]
struct UpdateTeamPayload {
    client_mutation_id: Option<String>,
    team: Team,
}

/// What became of it.
#[derive(SimpleObject)]
struct DeleteTeamPayload {
    client_mutation_id: Option<String>,
    msg: Option<String>,
}

async fn find_team(context: &Context<'_>, id: i64) -> Answer<company::Team> {
    let caller = caller(context)?;
    let found = company::team_by_id(&platform(context)?.db, &caller.company_ids(), id).await.map_err(told)?;
    let found = found.ok_or_else(|| told(Error::NotFound("team")))?;
    caller.require(found.company_id, Action::EditTeams).map_err(told)?;
    Ok(found)
}

async fn find(context: &Context<'_>, id: i64) -> Answer<company::Company> {
    let found = company::by_id(&platform(context)?.db, id).await.map_err(told)?;
    found.ok_or_else(|| told(Error::NotFound("company")))
}

#[derive(Default)]
pub(super) struct CompanyMutation;

#[Object]
impl CompanyMutation {
    /// Makes a company; who makes it owns it.
    async fn create_company(&self, context: &Context<'_>, input: CreateCompanyInput) -> Answer<Company> {
        let caller = caller(context)?;
        let Some(owner) = caller.user() else {
            return Err(told(Error::Forbidden {
                message: "a company belongs to a person, and this key belongs to none".to_owned(),
                hint: "log in, or use a personal key".to_owned(),
            }));
        };
        let change = Change { label: Some(input.label), description: input.description, ..Change::default() };
        let tx = begin(context).await?;
        let id = company::create(&tx, owner, &change).await.map_err(told)?;
        let target = format!("company {id}");
        audit::write(&tx, id, &caller.who(), "company.create", &target, change.label).await.map_err(told)?;
        commit(tx).await?;
        find(context, id).await.map(Company)
    }

    async fn update_company(&self, context: &Context<'_>, input: UpdateCompanyInput) -> Answer<Company> {
        let (caller, id) = (caller(context)?, number(&input.company_id));
        caller.require(id, Action::EditCompany).map_err(told)?;
        let change = Change {
            label: input.label,
            description: input.description,
            contact_email: input.contact_email,
            contact_name: input.contact_name,
        };
        let tx = begin(context).await?;
        company::update(&tx, id, &change).await.map_err(told)?;
        let target = format!("company {id}");
        audit::write(&tx, id, &caller.who(), "company.update", &target, change.label).await.map_err(told)?;
        commit(tx).await?;
        find(context, id).await.map(Company)
    }

    /// Deletes a company with everything in it; its name must be given to confirm.
    async fn delete_company(
        &self,
        context: &Context<'_>,
        input: DeleteCompanyInput,
    ) -> Answer<DeleteCompanyPayload> {
        let (caller, id) = (caller(context)?, number(&input.company_id));
        caller.require(id, Action::DeleteCompany).map_err(told)?;
        let found = find(context, id).await?;
        let tx = begin(context).await?;
        company::delete(&tx, &found, &input.label).await.map_err(told)?;
        commit(tx).await?;
        // Its audit log is gone with it: the server's log keeps that somebody did this.
        tracing::info!(company = id, actor = caller.who().actor, "a company was deleted");
        Ok(DeleteCompanyPayload { deleted_id: id.into() })
    }

    /// Makes a team. Sent again with the same clientMutationId, it answers the team it made.
    async fn create_team(&self, context: &Context<'_>, input: CreateTeamInput) -> Answer<CreateTeamPayload> {
        let (caller, company) = (caller(context)?, i64::from(input.company_id));
        caller.require(company, Action::EditTeams).map_err(told)?;
        let sent = input.client_mutation_id.as_deref();
        let members = input.allowed_portal_user_ids.map(|ids| numbers(Some(ids)));
        let change = TeamChange { label: input.label, members };
        let tx = begin(context).await?;
        let id = match retried::before(&tx, &caller.key(), "createTeam", sent).await.map_err(told)? {
            Some(id) => id,
            None => {
                let id = company::create_team(&tx, company, &change).await.map_err(told)?;
                retried::remember(&tx, &caller.key(), "createTeam", sent, id).await.map_err(told)?;
                let target = format!("team {id}");
                audit::write(&tx, company, &caller.who(), "team.create", &target, Some(change.label))
                    .await
                    .map_err(told)?;
                id
            }
        };
        commit(tx).await?;
        let team = Team(find_team(context, id).await?);
        Ok(CreateTeamPayload { client_mutation_id: input.client_mutation_id, team })
    }

    async fn update_team(&self, context: &Context<'_>, input: UpdateTeamInput) -> Answer<UpdateTeamPayload> {
        let (caller, found) = (caller(context)?, find_team(context, number(&input.id)).await?);
        let members = input.allowed_portal_user_ids.map(|ids| numbers(Some(ids)));
        let change = TeamChange { label: input.label, members };
        let tx = begin(context).await?;
        company::update_team(&tx, &found, &change).await.map_err(told)?;
        let target = format!("team {}", found.id);
        audit::write(&tx, found.company_id, &caller.who(), "team.update", &target, Some(change.label))
            .await
            .map_err(told)?;
        commit(tx).await?;
        let team = Team(find_team(context, found.id).await?);
        Ok(UpdateTeamPayload { client_mutation_id: input.client_mutation_id, team })
    }

    async fn delete_team(&self, context: &Context<'_>, input: DeleteTeamInput) -> Answer<DeleteTeamPayload> {
        let (caller, found) = (caller(context)?, find_team(context, number(&input.id)).await?);
        let tx = begin(context).await?;
        company::delete_team(&tx, found.id).await.map_err(told)?;
        let target = format!("team {}", found.id);
        audit::write(&tx, found.company_id, &caller.who(), "team.delete", &target, Some(found.label.clone()))
            .await
            .map_err(told)?;
        commit(tx).await?;
        let msg = Some(format!("the team {} was deleted", found.label));
        Ok(DeleteTeamPayload { client_mutation_id: input.client_mutation_id, msg })
    }
}
