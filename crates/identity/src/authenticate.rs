//! Recognising the caller of a request.

use http::HeaderMap;
use sea_orm::FromQueryResult;
use storage::{Sql, now_ms, params};
use subtle::ConstantTimeEq;

use crate::{AuthError, Identity, PermissionSet, Principal, PrincipalKind, Team, key};

#[derive(FromQueryResult)]
struct StoredKey {
    id: i64,
    public_id: String,
    secret_hash: String,
    team_id: Option<i64>,
    company_id: Option<i64>,
    role: Option<String>,
    comment: Option<String>,
    user_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Account {
    id: i64,
    username: String,
    suspended: bool,
    force_password_change: bool,
}

impl Identity {
    /// The caller of a request: by API key (`X-Api-Key`) or session token (`Authorization: Bearer`,
    /// or the cookie `Authorization-Token`). None when there are no credentials.
    ///
    /// When both are given both must be valid, and the session counts, as in Dependency-Track.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for credentials that are not valid.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Principal>, AuthError> {
        let mut principal = None;
        if let Some(key) = headers.get("x-api-key") {
            let key = key.to_str().map_err(|_| AuthError::Invalid)?;
            principal = Some(self.principal_of_key(key).await?);
        }
        if let Some(token) = bearer(headers)? {
            principal = Some(self.principal_of_token(&token).await?);
        }
        Ok(principal)
    }

    /// The caller behind an API key.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for an unknown, malformed or revoked key.
    pub async fn principal_of_key(&self, presented: &str) -> Result<Principal, AuthError> {
        let (public, hash) = key::decode(presented.trim()).ok_or(AuthError::Invalid)?;
        let stored: StoredKey = self
            .db
            .row(
                "SELECT id, public_id, secret_hash, team_id, company_id, role, comment, user_id FROM api_key \
                 WHERE public_id = ? AND revoked_at IS NULL",
                params![public],
            )
            .await?
            .ok_or(AuthError::Invalid)?;
        if !bool::from(hash.as_bytes().ct_eq(stored.secret_hash.as_bytes())) {
            return Err(AuthError::Invalid);
        }
        if let Ok(mut used) = self.used.lock() {
            used.insert(stored.id, now_ms());
        }
        if let Some(company_id) = stored.company_id {
            let user = match stored.user_id {
                None => None,
                Some(id) => {
                    let found = self.users_by_id(&self.db, &[id]).await.map_err(below)?.pop();
                    let found = found.filter(|user| !user.suspended).ok_or(AuthError::Invalid)?;
                    Some((found.id, found.username))
                }
            };
            let kind = PrincipalKind::CompanyKey {
                key_id: stored.id,
                company_id,
                role: stored.role.unwrap_or_default(),
                name: stored.comment.unwrap_or(stored.public_id),
                user,
            };
            return Ok(Principal { kind, permissions: PermissionSet::default(), session: None });
        }
        let team_id = stored.team_id.ok_or(AuthError::Invalid)?;
        let teams: Vec<Team> =
            self.db.rows("SELECT id, uuid, name FROM team WHERE id = ?", params![team_id]).await?;
        let permissions = self.permissions_of_team(&self.db, team_id).await.map_err(below)?;
        let kind = PrincipalKind::TeamKey {
            key_id: stored.id,
            public_id: stored.public_id,
            teams: teams.into_iter().map(|team| (team.id, team.name)).collect(),
        };
        Ok(Principal { kind, permissions: permissions.with_given(), session: None })
    }

    /// The caller behind a session token.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a token that is malformed or expired, whose session was ended, or whose
    /// user is gone, suspended, or must change the password.
    pub async fn principal_of_token(&self, token: &str) -> Result<Principal, AuthError> {
        let session = self.tokens.read(token).ok_or(AuthError::Invalid)?;
        let account: Account = self
            .db
            .row(
                "SELECT u.id, u.username, u.suspended, u.force_password_change FROM user_account u \
                 JOIN user_session s ON s.user_id = u.id WHERE s.id = ? AND s.expires_at > ?",
                params![session.clone(), now_ms()],
            )
            .await?
            .ok_or(AuthError::Invalid)?;
        if account.suspended || account.force_password_change {
            return Err(AuthError::Invalid);
        }
        let permissions = self.effective_permissions(&self.db, account.id).await.map_err(below)?;
        Ok(Principal {
            kind: PrincipalKind::User { id: account.id, username: account.username },
            permissions: permissions.with_given(),
            session: Some(session),
        })
    }
}

fn below(error: crate::Error) -> AuthError {
    match error {
        crate::Error::Storage(error) => AuthError::Storage(error),
        _ => AuthError::Invalid,
    }
}

/// The session token of a request; an `Authorization` header of another scheme is not ours to judge.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, AuthError> {
    if let Some(header) = headers.get(http::header::AUTHORIZATION) {
        let header = header.to_str().map_err(|_| AuthError::Invalid)?;
        if let Some((scheme, token)) = header.split_once(' ')
            && scheme.eq_ignore_ascii_case("bearer")
        {
            return Ok(Some(token.trim().to_owned()));
        }
    }
    let cookies = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    for cookie in cookies.flat_map(|line| line.split(';')) {
        if let Some(token) = cookie.trim().strip_prefix("Authorization-Token=") {
            return Ok(Some(token.to_owned()));
        }
    }
    Ok(None)
}
