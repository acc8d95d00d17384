//! The accounts of people of a provider.

use serde_json::Value;
use storage::Tx;

use super::provider::{Claims, Provider, Refusal};
use crate::user::{User, UserKind};
use crate::{Identity, LoginError, Result};

/// Who logs in, as the provider says.
struct Profile {
    subject: String,
    username: String,
    email: Option<String>,
    groups: Vec<String>,
}

/// A claim that is a text with something in it.
fn text(claims: &Claims, name: &str) -> Option<String> {
    let value = claims.get(name).and_then(Value::as_str).map(str::trim);
    value.filter(|text| !text.is_empty() && !text.contains('\0')).map(str::to_owned)
}

impl Provider {
    /// Who these claims are of, if they say enough.
    fn profile(&self, claims: &Claims) -> Option<Profile> {
        let groups = match claims.get(&self.settings.teams_claim) {
            Some(Value::Array(list)) => {
                Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(Value::String(one)) => Some(vec![one.clone()]),
            _ => None,
        };
        if groups.is_none() && self.settings.team_synchronization {
            return None;
        }
        Some(Profile {
            subject: text(claims, "sub")?,
            username: text(claims, &self.settings.username_claim)?,
            email: text(claims, "email"),
            groups: groups.unwrap_or_default(),
        })
    }

    /// Who has these tokens. What the ID token does not say is asked for with the access token.
    async fn profile_of(&self, id_token: &str, access_token: Option<&str>) -> Result<Profile, LoginError> {
        let told = |refusal: Refusal| {
            tracing::warn!(%refusal, "a login with OpenID Connect is refused");
            match refusal {
                Refusal::Token(_) => LoginError::InvalidCredentials,
                Refusal::Provider(_) => LoginError::Elsewhere,
            }
        };
        let claims = self.claims(id_token).await.map_err(told)?;
        if let Some(profile) = self.profile(&claims) {
            return Ok(profile);
        }
        let Some(access_token) = access_token else {
            tracing::error!("the ID token lacks claims that are needed, and there is no access token");
            return Err(LoginError::Elsewhere);
        };
        let said = self.user_info(access_token).await.map_err(told)?;
        // An answer about somebody else must not be used (OpenID Connect Core §5.3.2).
        if text(&said, "sub") != text(&claims, "sub") {
            return Err(told(Refusal::Token("it is of another person than the access token".to_owned())));
        }
        let merged = || {
            let mut all = claims.clone();
            all.extend(said.clone());
            self.profile(&all)
        };
        self.profile(&said).or_else(merged).ok_or_else(|| {
            tracing::error!(
                "neither the ID token nor the provider say who logs in: check the names of the claims"
            );
            LoginError::Elsewhere
        })
    }
}

impl Identity {
    /// Whether people can log in with OpenID Connect: it is set up, and the provider answers.
    pub async fn has_provider(&self) -> bool {
        match &self.oidc {
            Some(provider) => provider.is_there().await,
            None => false,
        }
    }

    /// A session token for who has these tokens of the provider; an account is made when accounts are
    /// made for everybody there. The user is the one with the name; whose name it is at the provider is
    /// kept from the first login on.
    ///
    /// # Errors
    /// [`LoginError`]; nothing is changed then.
    pub async fn login_with_provider(
        &self,
        id_token: &str,
        access_token: Option<&str>,
    ) -> Result<String, LoginError> {
        let provider = self.oidc.as_ref().ok_or(LoginError::InvalidCredentials)?;
        let profile = provider.profile_of(id_token, access_token).await?;
        let settings = &provider.settings;
        let tx = self.db.begin().await?;
        let user = self.account(&tx, UserKind::Oidc, &profile.username, settings.provisioning).await?;
        let (mut user, is_new) = user.ok_or(LoginError::UnmappedAccount)?;
        if user.subject.as_ref().is_some_and(|subject| *subject != profile.subject) {
            tracing::warn!(username = profile.username, "somebody else has the name at the provider now");
            return Err(LoginError::InvalidCredentials);
        }
        self.take_over_profile(&tx, &mut user, &profile).await?;
        if settings.team_synchronization {
            let teams = self.teams_of_oidc_groups(&tx, &profile.groups).await?;
            self.set_teams(&tx, user.id, &teams).await?;
        } else if is_new {
            self.join_default_teams(&tx, user.id, &settings.default_teams).await?;
        }
        tx.commit().await?;
        Ok(self.start_session(&user).await?)
    }

    async fn take_over_profile(&self, tx: &Tx, user: &mut User, profile: &Profile) -> Result<()> {
        user.subject = Some(profile.subject.clone());
        user.email = profile.email.clone();
        self.update_origin(tx, user).await
    }
}
