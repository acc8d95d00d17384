//! Objects of the server as they are, for copying them: every member is kept, known or not.

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::project::found;
use crate::transport::Call;
use crate::{Client, Error, Page, Permission};

/// A list of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Projects, inactive ones included.
    Projects,
    /// Properties of a project. Not paged.
    ProjectProperties(Uuid),
    /// Components of a project.
    Components(Uuid),
    /// Services of a project.
    Services(Uuid),
    /// Policy violations of a project, suppressed ones included.
    Violations(Uuid),
    /// Vulnerabilities by source, without the packages they affect.
    Vulnerabilities,
    /// Tags with how often they are used.
    Tags,
    /// Licences, those of the server's own list included.
    Licenses,
    /// Licence groups.
    LicenseGroups,
    /// Policies with their conditions, projects and tags.
    Policies,
    /// Publishers of notifications. Not paged.
    Publishers,
    /// Rules of notifications, scheduled ones included.
    Rules,
    /// Teams with members, permissions and mapped groups.
    Teams,
    /// Projects that a team may see.
    TeamProjects(Uuid),
    /// People with a password here.
    ManagedUsers,
    /// People of an LDAP directory.
    LdapUsers,
    /// People of an OpenID Connect provider.
    OidcUsers,
    /// Groups of an OpenID Connect provider. Not paged.
    OidcGroups,
    /// Settings; secrets are hidden. Not paged.
    ConfigProperties,
    /// Package repositories.
    Repositories,
}

impl List {
    /// What completes "could not …", the path below `/api/v1`, and the permission.
    fn place(self) -> (&'static str, Vec<String>, Permission) {
        use Permission::{
            AccessManagement, PolicyManagement, PortfolioManagement, SystemConfiguration,
            ViewPolicyViolation, ViewPortfolio,
        };
        let (name, path, permission): (_, &[&str], _) = match self {
            List::Projects => ("list the projects", &["project"], ViewPortfolio),
            List::ProjectProperties(_) => {
                ("list the properties of a project", &["project"], PortfolioManagement)
            }
            List::Components(_) => ("list the components", &["component", "project"], ViewPortfolio),
            List::Services(_) => ("list the services", &["service", "project"], ViewPortfolio),
            List::Violations(_) => {
                ("list the policy violations", &["violation", "project"], ViewPolicyViolation)
            }
            List::Vulnerabilities => ("list the vulnerabilities", &["vulnerability"], ViewPortfolio),
            List::Tags => ("list the tags", &["tag"], ViewPortfolio),
            List::Licenses => ("list the licences", &["license"], ViewPortfolio),
            List::LicenseGroups => ("list the licence groups", &["licenseGroup"], PolicyManagement),
            List::Policies => ("list the policies", &["policy"], PolicyManagement),
            List::Publishers => ("list the publishers", &["notification", "publisher"], SystemConfiguration),
            List::Rules => ("list the notification rules", &["notification", "rule"], SystemConfiguration),
            List::Teams => ("list the teams", &["team"], AccessManagement),
            List::TeamProjects(_) => ("list the projects of a team", &["acl", "team"], AccessManagement),
            List::ManagedUsers => ("list the managed users", &["user", "managed"], AccessManagement),
            List::LdapUsers => ("list the LDAP users", &["user", "ldap"], AccessManagement),
            List::OidcUsers => ("list the OpenID Connect users", &["user", "oidc"], AccessManagement),
            List::OidcGroups => ("list the OpenID Connect groups", &["oidc", "group"], AccessManagement),
            List::ConfigProperties => ("list the settings", &["configProperty"], SystemConfiguration),
            List::Repositories => ("list the repositories", &["repository"], SystemConfiguration),
        };
        let mut path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        if let List::Components(uuid)
        | List::Services(uuid)
        | List::Violations(uuid)
        | List::TeamProjects(uuid)
        | List::ProjectProperties(uuid) = self
        {
            path.push(uuid.to_string());
        }
        if matches!(self, List::ProjectProperties(_)) {
            path.push("property".to_owned());
        }
        (name, path, permission)
    }
}

/// An object of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object<'a> {
    /// A project, with its parent.
    Project(Uuid),
    /// A vulnerability by source and id, with the packages it affects.
    Vulnerability(&'a str, &'a str),
    /// What people decided of a policy violation: component and violation.
    ViolationAnalysis(&'a str, &'a str),
}

impl Client {
    /// One page of a list, from 1. A list that the server does not page comes whole.
    ///
    /// # Errors
    /// [`Error::Forbidden`] names the permission that the list needs.
    pub async fn list(&self, list: List, page: u32, size: u32) -> Result<Page<Value>, Error> {
        let (name, path, permission) = list.place();
        let parts: Vec<&str> = std::iter::once("v1").chain(path.iter().map(String::as_str)).collect();
        let mut call = Call::get(name, &parts, Some(permission)).page(page, size);
        match list {
            List::Components(uuid) | List::Services(uuid) | List::ProjectProperties(uuid) => {
                call = call.about(uuid);
            }
            List::Violations(uuid) => call = call.about(uuid).query("suppressed", true),
            List::Projects => call = call.query("excludeInactive", false),
            List::Vulnerabilities => call = call.query("sortName", "source").query("sortOrder", "asc"),
            _ => {}
        }
        let answer = self.send(&call).await?;
        // Not every list says how long it is; such a one is not paged either. An empty one may have no body.
        let items: Vec<Value> = if answer.body.is_empty() { Vec::new() } else { answer.parse(call.name)? };
        let total = answer.total(call.name).unwrap_or(items.len() as u64);
        Ok(Page { items, total })
    }

    /// A whole list, page by page.
    ///
    /// # Errors
    /// As [`Client::list`]; [`Error::Incomplete`] when it becomes shorter while it is read.
    pub async fn list_all(&self, list: List) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        for number in 1.. {
            let page = self.list(list, number, 100).await?;
            let empty = page.items.is_empty();
            all.extend(page.items);
            if all.len() as u64 >= page.total {
                break;
            }
            if empty {
                let (call, ..) = list.place();
                return Err(Error::Incomplete { call, read: all.len() as u64, expected: page.total });
            }
        }
        Ok(all)
    }

    /// Vulnerability policies of version 5, whole; none where the server has no such list.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `POLICY_MANAGEMENT`.
    pub async fn vulnerability_policies(&self) -> Result<Vec<Value>, Error> {
        const NAME: &str = "list the vulnerability policies";
        let place = ["v2", "vuln-policies"];
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let call = Call::get(NAME, &place, Some(Permission::PolicyManagement))
                .query("limit", 100)
                .maybe("page_token", token.clone());
            let page: Value = match self.send(&call).await {
                Ok(answer) => answer.parse(NAME)?,
                Err(Error::NotFound { .. } | Error::NotDependencyTrack { .. }) => break,
                Err(error) => return Err(error),
            };
            for short in page.get("items").and_then(Value::as_array).into_iter().flatten() {
                let uuid = text(short, "uuid").unwrap_or_default();
                let place = [place.as_slice(), &[uuid.as_str()]].concat();
                let call = Call::get(NAME, &place, Some(Permission::PolicyManagement));
                // One that was deleted meanwhile is no longer to be copied.
                if let Some(answer) = found(self.send(&call).await)? {
                    all.push(answer.parse(NAME)?);
                }
            }
            let next = text(&page, "next_page_token");
            if next.is_none() || next == token {
                break;
            }
            token = next;
        }
        Ok(all)
    }

    /// An object as it is; `None` when there is none.
    ///
    /// # Errors
    /// As any call.
    pub async fn object(&self, object: Object<'_>) -> Result<Option<Value>, Error> {
        let call = match object {
            Object::Project(uuid) => {
                let path = ["v1", "project", &uuid.to_string()];
                Call::get("read the project", &path, Some(Permission::ViewPortfolio))
            }
            Object::Vulnerability(source, id) => {
                let path = ["v1", "vulnerability", "source", source, "vuln", id];
                Call::get("read the vulnerability", &path, Some(Permission::ViewPortfolio))
            }
            Object::ViolationAnalysis(component, violation) => {
                let path = ["v1", "violation", "analysis"];
                Call::get("read the analysis of a violation", &path, Some(Permission::ViewPolicyViolation))
                    .query("component", component)
                    .query("policyViolation", violation)
            }
        };
        let Some(answer) = found(self.send(&call).await)? else { return Ok(None) };
        if answer.body.is_empty() { Ok(None) } else { answer.parse(call.name).map(Some) }
    }

    /// The inventory of a project as CycloneDX JSON. Its `bom-ref`s are the UUIDs of the components.
    ///
    /// # Errors
    /// [`Error::ProjectGone`], [`Error::Forbidden`] without `VIEW_PORTFOLIO`.
    pub async fn bom(&self, project: Uuid) -> Result<Vec<u8>, Error> {
        let path = ["v1", "bom", "cyclonedx", "project", &project.to_string()];
        let call = Call::new(Method::GET, "export the BOM", &path, Some(Permission::ViewPortfolio))
            .about(project)
            .accept("application/vnd.cyclonedx+json, application/octet-stream;q=0.5")
            .query("format", "json")
            .query("variant", "inventory");
        Ok(self.send(&call).await?.body)
    }
}
