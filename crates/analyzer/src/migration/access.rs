//! Teams with their permissions and mapped groups, and which projects they may see.

use async_trait::async_trait;
use dependency_track::List;
use serde_json::{Value, json};

use super::door::path;
use super::kind::{Kind, difference, items, keep_uuid, sync, text, texts};
use super::{Result, Run};

struct Group;

#[async_trait]
impl Kind for Group {
    fn noun(&self) -> &'static str {
        "OpenID Connect groups"
    }

    fn table(&self) -> Option<&'static str> {
        Some("oidc_group")
    }

    fn facts(&self, object: &Value) -> Value {
        json!(text(object, "name"))
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["oidc", "group"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let name = text(there, "name");
        if let Some(here) = here {
            let body = json!({ "uuid": text(here, "uuid"), "name": name });
            run.door.call("POST", "/api/v1/oidc/group", Some(body)).await?;
        } else {
            let made = run.door.call("PUT", "/api/v1/oidc/group", Some(json!({ "name": name }))).await?;
            keep_uuid(run, "oidc_group", &text(&made.unwrap_or_default(), "uuid"), &text(there, "uuid"))
                .await?;
        }
        Ok(None)
    }
}

/// Copies the groups of an OpenID Connect provider.
pub(super) async fn copy_groups(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::OidcGroups).await?;
    sync(run, &Group, &all).await
}

struct Team;

/// The names of the mapped groups.
fn mapped(team: &Value) -> Vec<String> {
    let mut names: Vec<String> = items(team, "mappedOidcGroups")
        .filter_map(|mapping| mapping.get("group"))
        .map(|group| text(group, "name"))
        .collect();
    names.sort();
    names
}

#[async_trait]
impl Kind for Team {
    fn noun(&self) -> &'static str {
        "teams"
    }

    fn table(&self) -> Option<&'static str> {
        Some("team")
    }

    fn facts(&self, object: &Value) -> Value {
        json!({
            "name": text(object, "name"),
            "permissions": texts(object, "permissions", "name"),
            "ldap": texts(object, "mappedLdapGroups", "dn"),
            "oidc": mapped(object),
        })
    }

    fn is_untouched(&self, run: &Run<'_>, _: &Value) -> bool {
        run.book.fresh
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["team"]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let name = text(there, "name");
        let uuid = match here {
            Some(here) => {
                let uuid = text(here, "uuid");
                if text(here, "name") != name {
                    let body = json!({ "uuid": uuid, "name": name });
                    run.door.call("POST", "/api/v1/team", Some(body)).await?;
                }
                uuid
            }
            None => {
                let made = run.door.call("PUT", "/api/v1/team", Some(json!({ "name": name }))).await?;
                let made = text(&made.unwrap_or_default(), "uuid");
                let wanted = text(there, "uuid");
                if keep_uuid(run, "team", &made, &wanted).await? { wanted } else { made }
            }
        };
        let here = here.cloned().unwrap_or_default();
        let mut left = permissions(run, there, &here, &["team", &uuid]).await?;
        left.extend(ldap(run, there, &here, &uuid).await?);
        left.extend(oidc(run, there, &here, &uuid).await?);
        let keys = self.remark(there);
        Ok((!left.is_empty()).then(|| left.into_iter().chain(keys).collect::<Vec<_>>().join("; ")))
    }

    fn remark(&self, there: &Value) -> Option<String> {
        let keys = items(there, "apiKeys").count();
        (keys > 0).then(|| format!("{keys} API keys cannot be read: make new ones for their users"))
    }
}

/// Grants and takes permissions as they are there; what could not be granted.
pub(super) async fn permissions(
    run: &Run<'_>,
    there: &Value,
    here: &Value,
    whose: &[&str],
) -> crate::server::Result<Vec<String>> {
    let (more, less) = difference(&texts(there, "permissions", "name"), &texts(here, "permissions", "name"));
    let mut unknown = Vec::new();
    for (method, names) in [("POST", more), ("DELETE", less)] {
        for name in names {
            let path = path(&[&["permission", name.as_str()], whose].concat());
            match run.door.call(method, &path, None).await {
                Err(crate::Error::Text(..)) => unknown.push(name),
                other => drop(other?),
            }
        }
    }
    Ok(match unknown.is_empty() {
        true => Vec::new(),
        false => vec![format!("permissions that do not exist here were left out: {}", unknown.join(", "))],
    })
}

async fn ldap(
    run: &Run<'_>,
    there: &Value,
    here: &Value,
    team: &str,
) -> crate::server::Result<Option<String>> {
    let (more, less) =
        difference(&texts(there, "mappedLdapGroups", "dn"), &texts(here, "mappedLdapGroups", "dn"));
    for dn in more {
        let body = json!({ "team": team, "dn": dn });
        if let Err(error @ crate::Error::Text(..)) =
            run.door.call("PUT", "/api/v1/ldap/mapping", Some(body)).await
        {
            return Ok(Some(format!("the LDAP group {dn} was not mapped: {error}")));
        }
    }
    for mapping in items(here, "mappedLdapGroups").filter(|mapping| less.contains(&text(mapping, "dn"))) {
        run.door.call("DELETE", &path(&["ldap", "mapping", &text(mapping, "uuid")]), None).await?;
    }
    Ok(None)
}

async fn oidc(
    run: &Run<'_>,
    there: &Value,
    here: &Value,
    team: &str,
) -> crate::server::Result<Option<String>> {
    let (more, less) = difference(&mapped(there), &mapped(here));
    if more.is_empty() && less.is_empty() {
        return Ok(None);
    }
    let groups = run.door.list(&["oidc", "group"]).await?;
    for name in more {
        let Some(group) = groups.iter().find(|group| text(group, "name") == name) else {
            return Ok(Some(format!("the OpenID Connect group {name} is not here")));
        };
        let body = json!({ "team": team, "group": text(group, "uuid") });
        run.door.call("PUT", "/api/v1/oidc/mapping", Some(body)).await?;
    }
    for mapping in items(here, "mappedOidcGroups") {
        let name = mapping.get("group").map(|group| text(group, "name")).unwrap_or_default();
        if less.contains(&name) {
            run.door.call("DELETE", &path(&["oidc", "mapping", &text(mapping, "uuid")]), None).await?;
        }
    }
    Ok(None)
}

/// Copies the teams.
pub(super) async fn copy_teams(run: &Run<'_>) -> Result<()> {
    let all = run.from.list_all(List::Teams).await?;
    sync(run, &Team, &all).await
}

/// That a team may see a project.
struct Sight;

/// The sights of a team on these projects.
fn sights(team: &Value, projects: &[Value]) -> Vec<Value> {
    let uuid = text(team, "uuid");
    let one = |project: &Value| {
        let name = format!("{}: {}", text(team, "name"), text(project, "name"));
        json!({ "team": uuid, "project": text(project, "uuid"), "name": name })
    };
    projects.iter().map(one).collect()
}

#[async_trait]
impl Kind for Sight {
    fn noun(&self) -> &'static str {
        "project access"
    }

    fn id(&self, object: &Value) -> String {
        format!("{}:{}", text(object, "team"), text(object, "project"))
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn facts(&self, _: &Value) -> Value {
        Value::Null
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        for team in run.door.list(&["team"]).await? {
            let projects = run.door.list(&["acl", "team", &text(&team, "uuid")]).await?;
            all.extend(sights(&team, &projects));
        }
        Ok(all)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        _: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let body = json!({ "team": there.get("team"), "project": there.get("project") });
        run.door.call("PUT", "/api/v1/acl/mapping", Some(body)).await?;
        Ok(None)
    }
}

/// Copies which projects the teams may see.
pub(super) async fn copy_projects(run: &Run<'_>) -> Result<()> {
    let mut all = Vec::new();
    for team in run.from.list_all(List::Teams).await? {
        if let Ok(uuid) = text(&team, "uuid").parse() {
            let projects = run.from.list_all(List::TeamProjects(uuid)).await?;
            all.extend(sights(&team, &projects));
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    sync(run, &Sight, &all).await
}
