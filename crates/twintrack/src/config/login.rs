//! Options of where people log in beside their password here: an LDAP directory, a provider of OpenID
//! Connect. An installation that came from Dependency-Track may keep its variables for them.

use clap::Args;
use identity::{LdapSettings, OidcSettings};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where people log in beside their password here.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoginOptions {
    /// LDAP directory in which people have passwords: ldap://HOST or ldaps://HOST [default: none]
    #[arg(long, env = "TWINTRACK_LDAP_URL", value_name = "URL")]
    pub ldap_url: Option<String>,
    /// Entry of the directory below which people and groups are searched
    #[arg(long, env = "TWINTRACK_LDAP_BASE_DN", value_name = "DN")]
    pub ldap_base_dn: Option<String>,
    /// Who searches the directory [default: whoever logs in]
    #[arg(long, env = "TWINTRACK_LDAP_BIND_USERNAME", value_name = "DN")]
    pub ldap_bind_username: Option<String>,
    /// Password of who searches the directory
    #[arg(long, env = "TWINTRACK_LDAP_BIND_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub ldap_bind_password: Option<String>,
    /// What is made of a name at login, which takes the place of %s: uid=%s,ou=people,dc=example,dc=com or %s@example.com [default: %s]
    #[arg(long, env = "TWINTRACK_LDAP_USERNAME_FORMAT", value_name = "FORMAT")]
    pub ldap_username_format: Option<String>,
    /// Attribute that names people [default: userPrincipalName]
    #[arg(long, env = "TWINTRACK_LDAP_ATTRIBUTE_NAME", value_name = "ATTRIBUTE")]
    pub ldap_attribute_name: Option<String>,
    /// Attribute with the e-mail address [default: mail]
    #[arg(long, env = "TWINTRACK_LDAP_ATTRIBUTE_MAIL", value_name = "ATTRIBUTE")]
    pub ldap_attribute_mail: Option<String>,
    /// Which entries are groups [default: groups of Active Directory]
    #[arg(long, env = "TWINTRACK_LDAP_GROUPS_FILTER", value_name = "FILTER")]
    pub ldap_groups_filter: Option<String>,
    /// Which groups a person is in; {USER_DN} stands for the person's entry [default: groups of Active Directory, nested ones too]
    #[arg(long, env = "TWINTRACK_LDAP_USER_GROUPS_FILTER", value_name = "FILTER")]
    pub ldap_user_groups_filter: Option<String>,
    /// Which groups a search finds; {SEARCH_TERM} stands for what is searched [default: groups of Active Directory by cn]
    #[arg(long, env = "TWINTRACK_LDAP_GROUPS_SEARCH_FILTER", value_name = "FILTER")]
    pub ldap_groups_search_filter: Option<String>,
    /// Whether people of the directory get an account at their first login: true or false [default: false]
    #[arg(long, env = "TWINTRACK_LDAP_USER_PROVISIONING", value_name = "BOOLEAN")]
    pub ldap_user_provisioning: Option<bool>,
    /// Whether groups of the directory decide who is in which team: true or false [default: false]
    #[arg(long, env = "TWINTRACK_LDAP_TEAM_SYNCHRONIZATION", value_name = "BOOLEAN")]
    pub ldap_team_synchronization: Option<bool>,
    /// Teams of new accounts of the directory, separated by commas, when groups do not decide
    #[arg(long, env = "TWINTRACK_LDAP_DEFAULT_TEAMS", value_delimiter = ',', value_name = "TEAMS")]
    pub ldap_default_teams: Option<Vec<String>>,
    /// Provider of OpenID Connect at which people log in: the address of its issuer [default: none]
    #[arg(long, env = "TWINTRACK_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// What this installation is called at the provider
    #[arg(long, env = "TWINTRACK_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,
    /// Claim with the name of the user [default: name]
    #[arg(long, env = "TWINTRACK_OIDC_USERNAME_CLAIM", value_name = "CLAIM")]
    pub oidc_username_claim: Option<String>,
    /// Claim with the groups [default: groups]
    #[arg(long, env = "TWINTRACK_OIDC_TEAMS_CLAIM", value_name = "CLAIM")]
    pub oidc_teams_claim: Option<String>,
    /// Whether people of the provider get an account at their first login: true or false [default: false]
    #[arg(long, env = "TWINTRACK_OIDC_USER_PROVISIONING", value_name = "BOOLEAN")]
    pub oidc_user_provisioning: Option<bool>,
    /// Whether groups of the provider decide who is in which team: true or false [default: false]
    #[arg(long, env = "TWINTRACK_OIDC_TEAM_SYNCHRONIZATION", value_name = "BOOLEAN")]
    pub oidc_team_synchronization: Option<bool>,
    /// Teams of new accounts of the provider, separated by commas, when groups do not decide
    #[arg(long, env = "TWINTRACK_OIDC_DEFAULT_TEAMS", value_delimiter = ',', value_name = "TEAMS")]
    pub oidc_default_teams: Option<Vec<String>>,
}

/// The variables of Dependency-Track for these options; they count while its switch says so.
const OF_DEPENDENCY_TRACK: [(&str, &[(&str, &str)]); 2] = [
    (
        "ALPINE_LDAP_ENABLED",
        &[
            ("ldap-url", "ALPINE_LDAP_SERVER_URL"),
            ("ldap-base-dn", "ALPINE_LDAP_BASEDN"),
            ("ldap-bind-username", "ALPINE_LDAP_BIND_USERNAME"),
            ("ldap-bind-password", "ALPINE_LDAP_BIND_PASSWORD"),
            ("ldap-username-format", "ALPINE_LDAP_AUTH_USERNAME_FORMAT"),
            ("ldap-attribute-name", "ALPINE_LDAP_ATTRIBUTE_NAME"),
            ("ldap-attribute-mail", "ALPINE_LDAP_ATTRIBUTE_MAIL"),
            ("ldap-groups-filter", "ALPINE_LDAP_GROUPS_FILTER"),
            ("ldap-user-groups-filter", "ALPINE_LDAP_USER_GROUPS_FILTER"),
            ("ldap-groups-search-filter", "ALPINE_LDAP_GROUPS_SEARCH_FILTER"),
            ("ldap-user-provisioning", "ALPINE_LDAP_USER_PROVISIONING"),
            ("ldap-team-synchronization", "ALPINE_LDAP_TEAM_SYNCHRONIZATION"),
            ("ldap-default-teams", "ALPINE_LDAP_TEAMS_DEFAULT"),
        ],
    ),
    (
        "ALPINE_OIDC_ENABLED",
        &[
            ("oidc-issuer", "ALPINE_OIDC_ISSUER"),
            ("oidc-client-id", "ALPINE_OIDC_CLIENT_ID"),
            ("oidc-username-claim", "ALPINE_OIDC_USERNAME_CLAIM"),
            ("oidc-teams-claim", "ALPINE_OIDC_TEAMS_CLAIM"),
            ("oidc-user-provisioning", "ALPINE_OIDC_USER_PROVISIONING"),
            ("oidc-team-synchronization", "ALPINE_OIDC_TEAM_SYNCHRONIZATION"),
            ("oidc-default-teams", "ALPINE_OIDC_TEAMS_DEFAULT"),
        ],
    ),
];

impl LoginOptions {
    /// These, what is not among them as in `other`.
    pub(super) fn or(self, other: LoginOptions) -> LoginOptions {
        let table = |options: LoginOptions| toml::Table::try_from(options).unwrap_or_default();
        let (mut all, own) = (table(other), table(self));
        all.extend(own);
        all.try_into().unwrap_or_default()
    }

    /// What the variables of Dependency-Track say; `read` gives the value of one.
    ///
    /// # Errors
    /// When a value cannot be that of the option; the message names the variable.
    pub(super) fn of_dependency_track(read: impl Fn(&str) -> Option<String>) -> Result<LoginOptions> {
        let mut all = toml::Table::new();
        for (switch, variables) in OF_DEPENDENCY_TRACK {
            if !read(switch).is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
                continue;
            }
            for (key, variable) in variables {
                let Some(value) = read(variable).filter(|value| !value.trim().is_empty()) else { continue };
                let value = match *key {
                    key if key.ends_with("-teams") => {
                        value.split(',').map(|team| team.trim().to_owned()).collect::<Vec<_>>().into()
                    }
                    key if key.ends_with("-provisioning") || key.ends_with("-synchronization") => {
                        let flag = value.trim().to_lowercase().parse::<bool>();
                        flag.map_err(|_| Error::told(format!("{variable}: {value:?} is not true or false")))?
                            .into()
                    }
                    _ => value.into(),
                };
                all.insert((*key).to_owned(), value);
            }
        }
        all.try_into().map_err(|e: toml::de::Error| Error::told(e.message().to_owned()))
    }

    /// The directory, if there is one.
    ///
    /// # Errors
    /// When options are missing or cannot be right; the message names them.
    pub fn ldap(&self) -> Result<Option<LdapSettings>> {
        let Some(url) = &self.ldap_url else { return Ok(None) };
        if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "ldap" | "ldaps") && url.has_host()) {
            return Err(Error::with_hint(
                format!("ldap-url: {url:?} is not the address of a directory"),
                "give it as ldap://ldap.example.com:389 or ldaps://ldap.example.com:636",
            ));
        }
        let default = LdapSettings::default();
        let text = |own: &Option<String>, default: String| own.clone().unwrap_or(default);
        Ok(Some(LdapSettings {
            url: url.clone(),
            base_dn: self.ldap_base_dn.clone().unwrap_or_default(),
            bind_username: self.ldap_bind_username.clone(),
            bind_password: self.ldap_bind_password.clone(),
            username_format: text(&self.ldap_username_format, default.username_format),
            attribute_name: text(&self.ldap_attribute_name, default.attribute_name),
            attribute_mail: text(&self.ldap_attribute_mail, default.attribute_mail),
            groups_filter: text(&self.ldap_groups_filter, default.groups_filter),
            user_groups_filter: text(&self.ldap_user_groups_filter, default.user_groups_filter),
            groups_search_filter: text(&self.ldap_groups_search_filter, default.groups_search_filter),
            provisioning: self.ldap_user_provisioning.unwrap_or(false),
            team_synchronization: self.ldap_team_synchronization.unwrap_or(false),
            default_teams: self.ldap_default_teams.clone().unwrap_or_default(),
        }))
    }

    /// The provider of OpenID Connect, if there is one.
    ///
    /// # Errors
    /// When options are missing or cannot be right; the message names them.
    pub fn oidc(&self) -> Result<Option<OidcSettings>> {
        let Some(issuer) = &self.oidc_issuer else { return Ok(None) };
        if !url::Url::parse(issuer)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        {
            return Err(Error::with_hint(
                format!("oidc-issuer: {issuer:?} is not the address of a provider"),
                "give it as the provider writes it into tokens, for instance https://login.example.com/realms/staff",
            ));
        }
        let Some(client_id) = self.oidc_client_id.clone() else {
            return Err(Error::with_hint(
                "oidc-client-id is missing",
                "give the id under which this installation is registered at the provider",
            ));
        };
        let default = OidcSettings::default();
        Ok(Some(OidcSettings {
            issuer: issuer.clone(),
            client_id,
            username_claim: self.oidc_username_claim.clone().unwrap_or(default.username_claim),
            teams_claim: self.oidc_teams_claim.clone().unwrap_or(default.teams_claim),
            provisioning: self.oidc_user_provisioning.unwrap_or(false),
            team_synchronization: self.oidc_team_synchronization.unwrap_or(false),
            default_teams: self.oidc_default_teams.clone().unwrap_or_default(),
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_dependency_track_count_while_they_are_switched_on() {
        let variables = |on: &'static str| {
            move |name: &str| match name {
                "ALPINE_LDAP_ENABLED" => Some(on.to_owned()),
                "ALPINE_LDAP_SERVER_URL" => Some("ldap://directory.example:389".to_owned()),
                "ALPINE_LDAP_USER_PROVISIONING" => Some("true".to_owned()),
                "ALPINE_LDAP_TEAMS_DEFAULT" => Some("Automation, Readers".to_owned()),
                "ALPINE_OIDC_ISSUER" => Some("https://login.example".to_owned()),
                _ => None,
            }
        };
        let off = LoginOptions::of_dependency_track(variables("false")).unwrap();
        assert_eq!((off.ldap().unwrap(), off.oidc().unwrap()), (None, None));
        let own =
            LoginOptions { ldap_url: Some("ldaps://other.example".to_owned()), ..LoginOptions::default() };
        let all = own.or(LoginOptions::of_dependency_track(variables("TRUE")).unwrap());
        let ldap = all.ldap().unwrap().unwrap();
        assert_eq!((ldap.url.as_str(), ldap.provisioning), ("ldaps://other.example", true));
        assert_eq!(ldap.default_teams, ["Automation", "Readers"]);
        assert_eq!(all.oidc().unwrap(), None);
        let odd =
            |name: &str| Some(if name.ends_with("PROVISIONING") { "perhaps" } else { "true" }.to_owned());
        assert!(LoginOptions::of_dependency_track(odd).is_err());
    }

    #[test]
    fn what_is_missing_is_said() {
        let options = LoginOptions { ldap_url: Some("http://x".to_owned()), ..LoginOptions::default() };
        assert!(options.ldap().is_err());
        let options = LoginOptions { oidc_issuer: Some("https://x".to_owned()), ..LoginOptions::default() };
        assert!(options.oidc().unwrap_err().to_string().contains("oidc-client-id"));
    }
}
