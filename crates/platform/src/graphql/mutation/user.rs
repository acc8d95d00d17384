//! Changes of people and keys.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::company::{self, Action};
use crate::graphql::caller::{Answer, begin, caller, commit, number, platform, told};
use crate::graphql::company::{ApiKey, PortalUser, Role};
use crate::{Error, audit};

/// Who is to come in.
#[derive(InputObject)]
struct InviteUserInput {
    company_id: ID,
    email: String,
    name: Option<String>,
    role: Role,
}

/// Who is to have which role.
#[derive(InputObject)]
struct SetUserRoleInput {
    company_id: ID,
    user_id: ID,
    role: Role,
}

/// Who is to go.
#[derive(InputObject)]
struct RemoveUserInput {
    company_id: ID,
    user_id: ID,
}

/// Who is gone.
#[derive(SimpleObject)]
struct RemoveUserPayload {
    removed_id: ID,
}

/// A new key.
#[derive(InputObject)]
struct CreateApiKeyInput {
    company_id: ID,
    name: String,
    role: Role,
    /// The caller's own: it acts as the caller, can do no more than the caller, and ends with the membership.
    personal: Option<bool>,
}

/// The new key; the only time it is shown.
#[derive(SimpleObject)]
struct CreatedApiKey {
    api_key: ApiKey,
    key: String,
}

/// Which key.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    id: ID,
}

/// The key for answers.
async fn one_key(context: &Context<'_>, company: i64, id: i64) -> Answer<ApiKey> {
    let platform = platform(context)?;
    let keys = platform.identity.keys_of_company(&platform.db, company).await.map_err(|e| told(e.into()))?;
    let keys = keys.into_iter().filter(|key| key.id == id).collect();
    let mut keys = ApiKey::load(platform, keys).await.map_err(told)?;
    keys.pop().ok_or_else(|| told(Error::NotFound("key")))
}

#[derive(Default)]
pub(super) struct UserMutation;

#[Object]
impl UserMutation {
    /// Takes a person into a company. Somebody without an account gets one; its first password is
    /// answered once.
    async fn invite_user(&self, context: &Context<'_>, input: InviteUserInput) -> Answer<PortalUser> {
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&input.company_id));
        let own = caller.require(company, Action::ManageUsers).map_err(told)?;
        let role = company::Role::from(input.role);
        let member = company::invite(platform, company, own, &input.email, input.name.as_deref(), role)
            .await
            .map_err(told)?;
        let tx = begin(context).await?;
        let (target, detail) =
            (format!("user {}", member.user.id), format!("{} {}", member.user.username, role.as_str()));
        audit::write(&tx, company, &caller.who(), "user.invite", &target, Some(detail))
            .await
            .map_err(told)?;
        commit(tx).await?;
        Ok(PortalUser::member(member, company))
    }

    async fn set_user_role(&self, context: &Context<'_>, input: SetUserRoleInput) -> Answer<PortalUser> {
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&input.company_id));
        let own = caller.require(company, Action::ManageUsers).map_err(told)?;
        let (user, role) = (number(&input.user_id), company::Role::from(input.role));
        let tx = begin(context).await?;
        let member = company::set_role(platform, &tx, company, own, user, role).await.map_err(told)?;
        let detail = format!("{} {}", member.user.username, role.as_str());
        audit::write(&tx, company, &caller.who(), "user.role", &format!("user {user}"), Some(detail))
            .await
            .map_err(told)?;
        commit(tx).await?;
        Ok(PortalUser::member(member, company))
    }

    /// Takes a person out of a company; the account and what it did stay.
    async fn remove_user(&self, context: &Context<'_>, input: RemoveUserInput) -> Answer<RemoveUserPayload> {
        let (caller, company, user) = (caller(context)?, number(&input.company_id), number(&input.user_id));
        let own = caller.require(company, Action::ManageUsers).map_err(told)?;
        let tx = begin(context).await?;
        company::remove_member(&tx, company, own, user).await.map_err(told)?;
        audit::write(&tx, company, &caller.who(), "user.remove", &format!("user {user}"), None)
            .await
            .map_err(told)?;
        commit(tx).await?;
        Ok(RemoveUserPayload { removed_id: user.into() })
    }

    /// Makes a key of a company, or the caller's own.
    async fn create_api_key(&self, context: &Context<'_>, input: CreateApiKeyInput) -> Answer<CreatedApiKey> {
        let (platform, caller, company) = (platform(context)?, caller(context)?, number(&input.company_id));
        let (role, personal) = (company::Role::from(input.role), input.personal.unwrap_or_default());
        let needed = if personal { Action::See } else { Action::ManageKeys };
        let own = caller.require(company, needed).map_err(told)?;
        if role > own {
            return Err(told(Error::invalid("role", "a key cannot have more rights than its maker")));
        }
        let user = match (personal, caller.user()) {
            (true, None) => {
                return Err(told(Error::invalid("personal", "this caller is not a person: log in")));
            }
            (true, user) => user,
            (false, _) => None,
        };
        let name = input.name.trim();
        if name.is_empty() {
            return Err(told(Error::invalid("name", "say what the key is for")));
        }
        let tx = begin(context).await?;
        let made = platform.identity.create_company_key(&tx, company, role.as_str(), name, user).await;
        let made = made.map_err(|e| told(e.into()))?;
        let (target, detail) = (format!("key {}", made.id), format!("{name} {}", role.as_str()));
        audit::write(&tx, company, &caller.who(), "key.create", &target, Some(detail)).await.map_err(told)?;
        commit(tx).await?;
        Ok(CreatedApiKey { api_key: one_key(context, company, made.id).await?, key: made.key })
    }

    /// Ends a key: the caller's own, or with the right to manage keys any of the company.
    async fn revoke_api_key(&self, context: &Context<'_>, input: RevokeApiKeyInput) -> Answer<ApiKey> {
        let (platform, caller, id) = (platform(context)?, caller(context)?, number(&input.id));
        for (company, role) in &caller.companies {
            let keys = platform.identity.keys_of_company(&platform.db, company.id).await;
            let Some(key) = keys.map_err(|e| told(e.into()))?.into_iter().find(|key| key.id == id) else {
                continue;
            };
            let own = key.user_id.is_some() && key.user_id == caller.user();
            if !own {
                company::allowed(*role, Action::ManageKeys).map_err(told)?;
            }
            let tx = begin(context).await?;
            platform.identity.revoke_company_key(&tx, company.id, id).await.map_err(|e| told(e.into()))?;
            let target = format!("key {id}");
            audit::write(&tx, company.id, &caller.who(), "key.revoke", &target, key.comment)
                .await
                .map_err(told)?;
            commit(tx).await?;
            return one_key(context, company.id, id).await;
        }
        Err(told(Error::NotFound("key")))
    }
}
