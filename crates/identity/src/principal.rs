//! Who is asking.

use crate::{Permission, PermissionSet};

/// A caller that was recognised.
#[derive(Debug, Clone)]
pub struct Principal {
    /// A person or a key.
    pub kind: PrincipalKind,
    /// What it may do on the analyzer, with all that follows from it. Empty for keys of a company.
    pub permissions: PermissionSet,
    /// The session of a token, by which it is ended.
    pub session: Option<String>,
}

/// What kind of caller it is.
#[derive(Debug, Clone)]
pub enum PrincipalKind {
    /// A person with a session.
    User {
        /// The user's id.
        id: i64,
        /// The name the user logs in with.
        username: String,
    },
    /// An API key of a team.
    TeamKey {
        /// The key's id.
        key_id: i64,
        /// The public part of the key.
        public_id: String,
        /// Ids and names of its teams.
        teams: Vec<(i64, String)>,
    },
    /// An API key of a company on the platform.
    CompanyKey {
        /// The key's id.
        key_id: i64,
        /// The company it belongs to.
        company_id: i64,
        /// The word of its role there.
        role: String,
        /// What people call it.
        name: String,
        /// The person it acts as, if it is a person's: id and name.
        user: Option<(i64, String)>,
    },
}

impl Principal {
    /// The name for audit trails: the user's name, the team's name of a key, or the key's name.
    pub fn name(&self) -> String {
        match &self.kind {
            PrincipalKind::User { username, .. } => username.clone(),
            PrincipalKind::TeamKey { teams, .. } => {
                teams.first().map_or_else(|| "API key".to_owned(), |(_, name)| name.clone())
            }
            PrincipalKind::CompanyKey { user: Some((_, username)), .. } => username.clone(),
            PrincipalKind::CompanyKey { name, .. } => name.clone(),
        }
    }

    /// Whether the caller has the permission.
    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// The user's id, when it is a person or a person's key.
    pub fn user_id(&self) -> Option<i64> {
        match self.kind {
            PrincipalKind::User { id, .. } | PrincipalKind::CompanyKey { user: Some((id, _)), .. } => {
                Some(id)
            }
            _ => None,
        }
    }
}
