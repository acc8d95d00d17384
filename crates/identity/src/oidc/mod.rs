//! OpenID Connect (Core 1.0): people log in at a provider, whose browser flow ends with tokens that are
//! checked here. Meanings and defaults are those of Dependency-Track's `alpine.oidc.*` (behaviour
//! reference §11.6).

mod account;
mod group;
mod provider;

pub use group::{OidcGroup, OidcMapping};
pub(crate) use provider::Provider;

/// Which provider, and what its claims mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// The address of the provider; `/.well-known/openid-configuration` below it describes it.
    pub issuer: String,
    /// What this installation is called there: tokens must be for it.
    pub client_id: String,
    /// The claim with the name of the user.
    pub username_claim: String,
    /// The claim with the groups.
    pub teams_claim: String,
    /// Whether people get an account when they log in for the first time.
    pub provisioning: bool,
    /// Whether groups decide which teams people are in.
    pub team_synchronization: bool,
    /// Names of the teams of new accounts, when groups do not decide.
    pub default_teams: Vec<String>,
}

impl Default for OidcSettings {
    fn default() -> OidcSettings {
        OidcSettings {
            issuer: String::new(),
            client_id: String::new(),
            username_claim: "name".to_owned(),
            teams_claim: "groups".to_owned(),
            provisioning: false,
            team_synchronization: false,
            default_teams: Vec::new(),
        }
    }
}
