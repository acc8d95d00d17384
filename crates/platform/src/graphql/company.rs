//! Companies, people, teams and keys over GraphQL.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};

use super::caller::{Answer, platform, told};
use super::scalar::{CollectionMetadata, Time};
use crate::company::{self, Member};
use crate::{Platform, integration};

/// A role in a company.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::company::Role")]
pub(super) enum Role {
    /// Also deletes the company.
    Owner,
    /// Also integrations, policies, users and keys.
    Admin,
    /// Also decides, edits assets and starts synchronizations.
    Manager,
    /// Also comments, and moves issues to In Progress and Awaiting Validation.
    Developer,
    /// Sees everything of the company.
    Reader,
}

/// A tenant: everything belongs to one, and nothing of another one can be seen.
pub(super) struct Company(pub company::Company);

#[Object]
impl Company {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its name.
    async fn label(&self) -> &str {
        &self.0.label
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    async fn contact_email(&self) -> Option<&str> {
        self.0.contact_email.as_deref()
    }

    async fn contact_name(&self) -> Option<&str> {
        self.0.contact_name.as_deref()
    }

    /// The kinds of tools that are connected.
    async fn integrations(&self, context: &Context<'_>) -> Answer<Vec<String>> {
        let list = integration::list(&platform(context)?.db, self.0.id).await.map_err(told)?;
        let mut kinds: Vec<String> = list.into_iter().map(|integration| integration.kind).collect();
        kinds.sort();
        kinds.dedup();
        Ok(kinds)
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A page of companies.
#[derive(SimpleObject)]
pub(super) struct CompanyCollection {
    pub collection: Vec<Company>,
    pub metadata: CollectionMetadata,
}

/// Which companies.
#[derive(InputObject)]
pub(super) struct CompanySearch {
    pub label_eq: Option<String>,
    pub label_cont: Option<String>,
    pub contact_email_cont: Option<String>,
    pub contact_email_eq: Option<String>,
}

impl CompanySearch {
    pub(super) fn takes(&self, company: &company::Company) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
        let has = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| text.to_lowercase().contains(&wanted.to_lowercase()))
        };
        let email = company.contact_email.as_deref().unwrap_or_default();
        is(&self.label_eq, &company.label)
            && has(&self.label_cont, &company.label)
            && is(&self.contact_email_eq, email)
            && has(&self.contact_email_cont, email)
    }
}

/// By what companies are sorted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(rename_items = "snake_case")]
pub(super) enum OrderScopesParams {
    Label,
}

/// Up or down.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(rename_items = "UPPERCASE")]
pub(super) enum OrderParams {
    Desc,
    Asc,
}

/// A person, a key, or what else changes things.
#[derive(SimpleObject, Clone, Default)]
#[graphql(complex)]
pub(super) struct PortalUser {
    pub id: ID,
    pub name: Option<String>,
    pub email: String,
    /// Whether the account is shut.
    pub blocked: Option<bool>,
    pub analyst: Option<bool>,
    pub avatar_url: Option<String>,
    pub dashboard_only: Option<bool>,
    /// The role in the company that was asked about.
    pub role: Option<Role>,
    /// Answered once, by inviteUser, when it made a new account.
    pub temporary_password: Option<String>,
    #[graphql(skip)]
    pub company: Option<i64>,
}

#[ComplexObject]
impl PortalUser {
    /// The teams of the person in the company that was asked about.
    async fn teams(
        &self,
        context: &Context<'_>,
        page: Option<i32>,
        per_page: Option<i32>,
    ) -> Answer<Option<Vec<Team>>> {
        let (Some(company), Ok(user)) = (self.company, self.id.parse::<i64>()) else { return Ok(None) };
        let paging = super::scalar::Paging::new(page, per_page);
        let platform = platform(context)?;
        let (teams, _) = company::teams(&platform.db, company, None, None, 0, 1_000).await.map_err(told)?;
        let ids: Vec<i64> = teams.iter().map(|team| team.id).collect();
        let members = company::team_members(&platform.db, &ids).await.map_err(told)?;
        let own = teams.into_iter().filter(|t| members.get(&t.id).is_some_and(|list| list.contains(&user)));
        let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(paging.limit).unwrap_or(10);
        Ok(Some(own.skip(skip).take(take).map(Team).collect()))
    }
}

impl PortalUser {
    /// Somebody of whom only the name is kept.
    pub(super) fn named(name: &str) -> PortalUser {
        PortalUser { id: name.into(), name: Some(name.to_owned()), ..PortalUser::default() }
    }

    pub(super) fn of(user: identity::User) -> PortalUser {
        PortalUser {
            id: user.id.into(),
            name: user.full_name.or(Some(user.username)),
            email: user.email.unwrap_or_default(),
            blocked: Some(user.suspended),
            ..PortalUser::default()
        }
    }

    pub(super) fn member(member: Member, company: i64) -> PortalUser {
        PortalUser {
            role: Some(member.role.into()),
            temporary_password: member.password,
            company: Some(company),
            ..PortalUser::of(member.user)
        }
    }

    /// The people with these ids, by id.
    pub(super) async fn many(platform: &Platform, ids: &[i64]) -> crate::Result<HashMap<i64, PortalUser>> {
        let users = platform.identity.users_by_id(&platform.db, ids).await?;
        Ok(users.into_iter().map(|user| (user.id, PortalUser::of(user))).collect())
    }
}

/// A page of people.
#[derive(SimpleObject)]
pub(super) struct PortalUserCollection {
    pub collection: Vec<PortalUser>,
    pub metadata: CollectionMetadata,
}

/// A team of people, which answers for assets.
#[derive(Clone)]
pub(super) struct Team(pub company::Team);

#[Object]
impl Team {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn label(&self) -> &str {
        &self.0.label
    }

    async fn company(&self, context: &Context<'_>) -> Answer<Option<Company>> {
        let found = company::by_id(&platform(context)?.db, self.0.company_id).await.map_err(told)?;
        Ok(found.map(Company))
    }

    async fn allowed_portal_users(&self, context: &Context<'_>) -> Answer<Option<Vec<PortalUser>>> {
        let platform = platform(context)?;
        let mut members = company::team_members(&platform.db, &[self.0.id]).await.map_err(told)?;
        let ids = members.remove(&self.0.id).unwrap_or_default();
        let mut users = PortalUser::many(platform, &ids).await.map_err(told)?;
        Ok(Some(ids.iter().filter_map(|id| users.remove(id)).collect()))
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A page of teams.
#[derive(SimpleObject)]
pub(super) struct TeamCollection {
    pub collection: Vec<Team>,
    pub metadata: CollectionMetadata,
}

/// Which teams.
#[derive(InputObject, Default)]
pub(super) struct TeamSearch {
    pub label_eq: Option<String>,
    pub label_cont: Option<String>,
}

/// A company of the caller's.
#[derive(SimpleObject)]
pub(super) struct CompanyMembership {
    pub company: Company,
    pub role: Role,
}

/// A key of a company, or of a person in it.
#[derive(SimpleObject)]
pub(super) struct ApiKey {
    id: ID,
    name: String,
    prefix: String,
    role: Role,
    /// Whose key it is; none for a key of the company.
    user: Option<PortalUser>,
    created_at: Time,
    last_used_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl ApiKey {
    pub(super) async fn load(
        platform: &Platform,
        keys: Vec<identity::CompanyKey>,
    ) -> crate::Result<Vec<ApiKey>> {
        let ids: Vec<i64> = keys.iter().filter_map(|key| key.user_id).collect();
        let users = PortalUser::many(platform, &ids).await?;
        Ok(keys
            .into_iter()
            .map(|key| ApiKey {
                id: key.id.into(),
                user: key.user_id.and_then(|id| users.get(&id).cloned()),
                name: key.comment.unwrap_or_default(),
                prefix: format!("ttk_{}", key.public_id),
                role: company::Role::parse(&key.role).unwrap_or(company::Role::Reader).into(),
                created_at: Time(key.created_at),
                last_used_at: key.last_used_at.map(Time),
                revoked_at: key.revoked_at.map(Time),
            })
            .collect())
    }
}

/// Who asks.
#[derive(SimpleObject)]
pub(super) struct Viewer {
    pub user: Option<PortalUser>,
    pub api_key: Option<ApiKey>,
    pub companies: Vec<CompanyMembership>,
}

/// A change that somebody made.
#[derive(SimpleObject)]
pub(super) struct AuditEntry {
    id: ID,
    at: Time,
    actor: String,
    /// For instance `asset.update`.
    action: String,
    /// For instance `asset 12`.
    target: String,
    address: Option<String>,
    detail: Option<String>,
}

impl From<crate::audit::Entry> for AuditEntry {
    fn from(entry: crate::audit::Entry) -> Self {
        AuditEntry {
            id: entry.id.into(),
            at: Time(entry.at),
            actor: entry.actor,
            action: entry.action,
            target: entry.target,
            address: entry.address,
            detail: entry.detail,
        }
    }
}

/// A page of the audit log.
#[derive(SimpleObject)]
pub(super) struct AuditEntryCollection {
    pub collection: Vec<AuditEntry>,
    pub metadata: CollectionMetadata,
}
