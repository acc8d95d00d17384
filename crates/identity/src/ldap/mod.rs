//! LDAP directories (RFC 4511): people log in with the password they have there, and groups there
//! stand for teams here. Meanings and defaults are those of Dependency-Track's `alpine.ldap.*`
//! (behaviour reference §11.7).

mod account;
mod mapping;

pub use mapping::LdapMapping;

use std::time::Duration;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, dn_escape, ldap_escape};

/// How long a directory may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many entries are asked for at once: directories refuse to tell more than a thousand.
const PAGE: i32 = 500;

/// Where a directory is, and how people and groups are found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapSettings {
    /// `ldap://HOST:PORT` or `ldaps://HOST:PORT`.
    pub url: String,
    /// Where searches begin.
    pub base_dn: String,
    /// Who searches; without it whoever logs in does.
    pub bind_username: Option<String>,
    /// The password of who searches.
    pub bind_password: Option<String>,
    /// What is made of the name somebody logs in with, which takes the place of `%s`: the name of an
    /// entry (`uid=%s,ou=people,dc=example,dc=com`) or the value of the attribute that names people
    /// (`%s@example.com`).
    pub username_format: String,
    /// The attribute that names people.
    pub attribute_name: String,
    /// The attribute with the e-mail address.
    pub attribute_mail: String,
    /// Which entries are groups.
    pub groups_filter: String,
    /// Which groups a person is in; `{USER_DN}` stands for the person's entry.
    pub user_groups_filter: String,
    /// Which groups a search finds; `{SEARCH_TERM}` stands for what is searched.
    pub groups_search_filter: String,
    /// Whether people get an account when they log in for the first time.
    pub provisioning: bool,
    /// Whether groups decide which teams people are in.
    pub team_synchronization: bool,
    /// Names of the teams of new accounts, when groups do not decide.
    pub default_teams: Vec<String>,
}

impl Default for LdapSettings {
    fn default() -> LdapSettings {
        LdapSettings {
            url: String::new(),
            base_dn: String::new(),
            bind_username: None,
            bind_password: None,
            username_format: "%s".to_owned(),
            attribute_name: "userPrincipalName".to_owned(),
            attribute_mail: "mail".to_owned(),
            groups_filter: "(&(objectClass=group)(objectCategory=Group))".to_owned(),
            user_groups_filter: "(member:1.2.840.113556.1.4.1941:={USER_DN})".to_owned(),
            groups_search_filter: "(&(objectClass=group)(objectCategory=Group)(cn=*{SEARCH_TERM}*))"
                .to_owned(),
            provisioning: false,
            team_synchronization: false,
            default_teams: Vec::new(),
        }
    }
}

/// A person in a directory.
struct Person {
    dn: String,
    mail: Option<String>,
    /// The groups, when they decide.
    groups: Vec<String>,
}

/// An open connection.
struct Session<'a> {
    settings: &'a LdapSettings,
    ldap: Ldap,
}

impl LdapSettings {
    async fn connect(&self) -> Result<Session<'_>, LdapError> {
        // TLS is rustls with ring; a process that chose another provider keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = LdapConnSettings::new().set_conn_timeout(PATIENCE);
        let (connection, ldap) = LdapConnAsync::with_settings(settings, &self.url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory ended");
            }
        });
        Ok(Session { settings: self, ldap })
    }

    /// A connection of who searches; without credentials for that, of nobody.
    async fn searcher(&self) -> Result<Session<'_>, LdapError> {
        let mut session = self.connect().await?;
        if let Some(name) = &self.bind_username {
            let password = self.bind_password.as_deref().unwrap_or_default();
            session.ldap.with_timeout(PATIENCE).simple_bind(name, password).await?.success()?;
        }
        Ok(session)
    }

    /// Whether the format makes the name of an entry.
    fn names_entries(&self) -> bool {
        self.username_format.split_once("%s").is_some_and(|(before, _)| before.contains('='))
    }

    /// The name to log in to the directory with.
    fn login_name(&self, username: &str) -> String {
        let name = if self.names_entries() { dn_escape(username) } else { username.into() };
        self.username_format.replace("%s", &name)
    }

    /// The filter that finds a person.
    fn person_filter(&self, username: &str) -> String {
        let value = if self.names_entries() { username.to_owned() } else { self.login_name(username) };
        format!("({}={})", self.attribute_name, ldap_escape(value))
    }

    /// The person with this name and password; none when they do not fit.
    async fn authenticate(&self, username: &str, password: &str) -> Result<Option<Person>, LdapError> {
        if self.bind_username.is_none() {
            let mut session = self.connect().await?;
            if !session.bind(&self.login_name(username), password).await? {
                return Ok(None);
            }
            return session.person(username).await;
        }
        let mut session = self.searcher().await?;
        let Some(person) = session.person(username).await? else { return Ok(None) };
        let fits = self.connect().await?.bind(&person.dn, password).await?;
        Ok(Some(person).filter(|_| fits))
    }

    /// The names of the groups whose entries a search finds, in order.
    async fn groups(&self, search: Option<&str>) -> Result<Vec<String>, LdapError> {
        let filter = match search {
            Some(term) => self.groups_search_filter.replace("{SEARCH_TERM}", &ldap_escape(term)),
            None => self.groups_filter.clone(),
        };
        let found = self.searcher().await?.search(&filter, &self.attribute_name).await?;
        let mut names: Vec<String> = found.into_iter().map(|entry| entry.dn).collect();
        names.sort_unstable();
        Ok(names)
    }
}

impl Session<'_> {
    /// Whether a name and a password fit.
    async fn bind(&mut self, name: &str, password: &str) -> Result<bool, LdapError> {
        // A directory lets anybody in who gives no password (RFC 4513 §5.1.2).
        if password.is_empty() {
            return Ok(false);
        }
        let answer = self.ldap.with_timeout(PATIENCE).simple_bind(name, password).await?;
        match answer.rc {
            0 => Ok(true),
            // noSuchObject, invalidDNSyntax, inappropriateAuthentication, invalidCredentials,
            // unwillingToPerform: nobody is let in.
            32 | 34 | 48 | 49 | 53 => Ok(false),
            _ => Err(answer.into()),
        }
    }

    /// The one entry with this name. Of several none is meant.
    async fn person(&mut self, username: &str) -> Result<Option<Person>, LdapError> {
        let mail = &self.settings.attribute_mail;
        let mut found = self.search(&self.settings.person_filter(username), mail).await?;
        let (Some(entry), true) = (found.pop(), found.is_empty()) else { return Ok(None) };
        let mail = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(mail));
        let mail = mail.and_then(|(_, values)| values.first().cloned());
        let mut person = Person { dn: entry.dn, mail, groups: Vec::new() };
        if self.settings.team_synchronization {
            let filter = self.settings.user_groups_filter.replace("{USER_DN}", &ldap_escape(&person.dn));
            let groups = self.search(&filter, &self.settings.attribute_name).await?;
            person.groups = groups.into_iter().map(|entry| entry.dn).collect();
        }
        Ok(Some(person))
    }

    /// The entries below the base that a filter finds, with one attribute.
    async fn search(&mut self, filter: &str, attribute: &str) -> Result<Vec<SearchEntry>, LdapError> {
        let base = &self.settings.base_dn;
        let adapters: Vec<Box<dyn Adapter<'_, String, Vec<String>>>> =
            vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE))];
        let attributes = vec![attribute.to_owned()];
        let mut stream = self
            .ldap
            .with_timeout(PATIENCE)
            .streaming_search_with(adapters, base, Scope::Subtree, filter, attributes)
            .await?;
        let mut found = Vec::new();
        while let Some(entry) = stream.next().await? {
            found.push(SearchEntry::construct(entry));
        }
        stream.finish().await.success()?;
        Ok(found)
    }
}
