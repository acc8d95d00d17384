//! Who asks, and the errors that tell them what is wrong.

use async_graphql::{Context, ErrorExtensions, ID};
use identity::{Principal, PrincipalKind};

use crate::audit::Who;
use crate::company::{self, Action, Company, Role};
use crate::issue::Actor;
use crate::{Error, Platform};

/// The caller of a request, with the companies it belongs to.
pub(super) struct Caller {
    pub principal: Principal,
    pub companies: Vec<(Company, Role)>,
    /// The network address.
    pub address: Option<String>,
}

impl Caller {
    /// The companies the caller sees.
    pub(super) fn company_ids(&self) -> Vec<i64> {
        self.companies.iter().map(|(company, _)| company.id).collect()
    }

    /// The caller's role in a company.
    pub(super) fn role(&self, company: i64) -> Option<Role> {
        self.companies.iter().find(|(own, _)| own.id == company).map(|(_, role)| *role)
    }

    /// The person, when it is one or a person's key.
    pub(super) fn user(&self) -> Option<i64> {
        self.principal.user_id()
    }

    /// The caller as the author of a change.
    pub(super) fn actor(&self) -> Actor {
        let source = match self.principal.kind {
            PrincipalKind::User { .. } => "USER",
            _ => "API",
        };
        Actor { source, name: self.principal.name(), user: self.user(), run: None }
    }

    /// The caller as the audit log names it.
    pub(super) fn who(&self) -> Who {
        Who { actor: self.principal.name(), address: self.address.clone() }
    }

    /// What tells callers apart whose mutations may be sent twice.
    pub(super) fn key(&self) -> String {
        match &self.principal.kind {
            PrincipalKind::User { id, .. } => format!("user {id}"),
            PrincipalKind::TeamKey { key_id, .. } | PrincipalKind::CompanyKey { key_id, .. } => {
                format!("key {key_id}")
            }
        }
    }

    /// # Errors
    /// [`Error::NotFound`] for a company that is not the caller's, [`Error::Forbidden`] for too low a role.
    pub(super) fn require(&self, company: i64, action: Action) -> Result<Role, Error> {
        company::allowed(self.role(company).ok_or(Error::NotFound("company"))?, action)
    }
}

/// Shorthand for resolvers.
pub(super) type Answer<T> = async_graphql::Result<T>;

/// The error of a resolver, with code and hint.
pub(super) fn told(error: Error) -> async_graphql::Error {
    let code = error.code();
    if code == "INTERNAL" {
        tracing::error!(%error, "a request failed");
        return async_graphql::Error::new("the request failed").extend_with(|_, e| e.set("code", "INTERNAL"));
    }
    let hint = error.hint();
    async_graphql::Error::new(error.to_string()).extend_with(|_, e| {
        e.set("code", code);
        if let Some(hint) = hint {
            e.set("hint", hint);
        }
    })
}

pub(super) fn caller<'a>(context: &Context<'a>) -> Answer<&'a Caller> {
    context.data::<Caller>()
}

pub(super) fn platform<'a>(context: &Context<'a>) -> Answer<&'a Platform> {
    context.data::<Platform>()
}

/// An id as it is stored; what is not a number names nothing.
pub(super) fn number(id: &ID) -> i64 {
    id.parse().unwrap_or(-1)
}

pub(super) fn numbers(ids: Option<Vec<ID>>) -> Vec<i64> {
    ids.unwrap_or_default().iter().map(number).collect()
}

/// The start of a change.
pub(super) async fn begin(context: &Context<'_>) -> Answer<storage::Tx> {
    platform(context)?.db.begin().await.map_err(|e| told(e.into()))
}

/// The end of a change.
pub(super) async fn commit(tx: storage::Tx) -> Answer<()> {
    tx.commit().await.map_err(|e| told(e.into()))
}
