//! Which projects a caller may see: portfolio access control (behaviour reference §11.5).

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use identity::{Permission, Principal, PrincipalKind};
use storage::{Sql, Value, marks, params};

use super::{AppState, Error, Result};
use crate::config_property;

/// The projects that a caller may see. As an extractor it is that of the request's caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every project: access is not controlled, or the caller is beyond it.
    All,
    /// The projects of some teams.
    Teams {
        /// The teams. Of none there is no project.
        teams: Vec<i64>,
        /// Whether who may see a project may see everything below it.
        below: bool,
    },
}

impl Scope {
    /// The projects that this caller may see.
    pub async fn of(state: &AppState, caller: &Principal) -> Result<Scope> {
        let controlled = config_property::is_on(&state.db, "access-management", "acl.enabled").await?;
        if !controlled || caller.allows(Permission::PortfolioAccessControlBypass) {
            return Ok(Scope::All);
        }
        let teams = match &caller.kind {
            PrincipalKind::User { id, .. } => {
                let teams = state.identity.teams_of_user(&state.db, *id).await?;
                teams.into_iter().map(|team| team.id).collect()
            }
            PrincipalKind::TeamKey { teams, .. } => teams.iter().map(|(id, _)| *id).collect(),
            PrincipalKind::CompanyKey { .. } => Vec::new(),
        };
        let below = config_property::is_on(&state.db, "access-management", "acl.inherit").await?;
        Ok(Scope::Teams { teams, below })
    }

    /// The condition that a column with the id of a project must meet, with its values. It is
    /// always there, so that it can follow an `AND`.
    pub fn condition(&self, column: &str) -> (String, Vec<Value>) {
        match self {
            Scope::All => ("1 = 1".to_owned(), Vec::new()),
            Scope::Teams { teams, below: false } => (
                format!(
                    "{column} IN (SELECT project_id FROM project_team WHERE team_id IN ({}))",
                    marks(teams.len())
                ),
                teams.iter().map(|id| (*id).into()).collect(),
            ),
            Scope::Teams { teams, below: true } => (
                format!(
                    "{column} IN (WITH RECURSIVE visible (id) AS (\
                     SELECT project_id FROM project_team WHERE team_id IN ({}) \
                     UNION SELECT below.id FROM project below JOIN visible ON below.parent_id = visible.id) \
                     SELECT id FROM visible)",
                    marks(teams.len())
                ),
                teams.iter().map(|id| (*id).into()).collect(),
            ),
        }
    }

    /// Whether the caller may see a project.
    pub async fn allows(&self, sql: &impl Sql, project: i64) -> Result<bool> {
        if *self == Scope::All {
            return Ok(true);
        }
        let (condition, values) = self.condition("p.id");
        let text = format!("SELECT count(*) FROM project p WHERE p.id = ? AND {condition}");
        Ok(sql.count(&text, [params![project], values].concat()).await? > 0)
    }

    /// Refuses when the caller may not see a project.
    ///
    /// # Errors
    /// 403 `Access to the specified project is forbidden`.
    pub async fn check(&self, sql: &impl Sql, project: i64) -> Result<()> {
        self.check_as(sql, project, "project").await
    }

    /// The same of something that belongs to a project, for instance a `component`.
    ///
    /// # Errors
    /// 403 `Access to the specified … is forbidden`.
    pub async fn check_as(&self, sql: &impl Sql, project: i64, what: &str) -> Result<()> {
        if self.allows(sql, project).await? {
            return Ok(());
        }
        Err(Error::Text(StatusCode::FORBIDDEN, format!("Access to the specified {what} is forbidden")))
    }
}

impl FromRequestParts<AppState> for Scope {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let caller = parts.extensions.get::<Principal>().ok_or(Error::Unauthorized)?;
        Scope::of(state, caller).await
    }
}
