//! People. Passwords cannot be read: who had one gets a new one, to be changed at the first login.

use async_trait::async_trait;
use dependency_track::List;
use rand::Rng;
use serde_json::{Value, json};

use super::access::permissions;
use super::door::path;
use super::kind::{Kind, difference, flag, sync, text, texts};
use super::{Result, Run};

/// Where people log in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Managed,
    Ldap,
    Oidc,
}

impl User {
    fn path(self) -> &'static str {
        match self {
            User::Managed => "managed",
            User::Ldap => "ldap",
            User::Oidc => "oidc",
        }
    }
}

/// A password that nobody can guess.
fn password() -> String {
    let mut random = rand::rng();
    (0..24).map(|_| char::from(random.sample(rand::distr::Alphanumeric))).collect()
}

#[async_trait]
impl Kind for User {
    fn noun(&self) -> &'static str {
        match self {
            User::Managed => "managed users",
            User::Ldap => "LDAP users",
            User::Oidc => "OpenID Connect users",
        }
    }

    fn id(&self, object: &Value) -> String {
        text(object, "username")
    }

    fn key(&self, _: &Value) -> Option<String> {
        None
    }

    fn name(&self, object: &Value) -> String {
        text(object, "username")
    }

    fn facts(&self, object: &Value) -> Value {
        json!({
            "fullname": text(object, "fullname"),
            "email": if *self == User::Managed { text(object, "email") } else { String::new() },
            "suspended": flag(object, "suspended"),
            "nonExpiryPassword": flag(object, "nonExpiryPassword"),
            "teams": texts(object, "teams", "name"),
            "permissions": texts(object, "permissions", "name"),
        })
    }

    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>> {
        Ok(run.door.list(&["user", self.path()]).await?)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>> {
        let username = text(there, "username");
        let or_name = |member: &str| match text(there, member) {
            value if value.trim().is_empty() => username.clone(),
            value => value,
        };
        let mut body = json!({ "username": username });
        if *self == User::Managed {
            body = json!({
                "username": username,
                "fullname": or_name("fullname"),
                "email": or_name("email"),
                "suspended": flag(there, "suspended"),
                "nonExpiryPassword": flag(there, "nonExpiryPassword"),
                "forcePasswordChange": here.is_none_or(|here| flag(here, "forcePasswordChange")),
            });
        }
        let mut note = None;
        let place = path(&["user", self.path()]);
        match (here, self) {
            (None, User::Managed) => {
                let first = password();
                if let Some(body) = body.as_object_mut() {
                    body.insert("newPassword".to_owned(), json!(first));
                    body.insert("confirmPassword".to_owned(), json!(first));
                }
                run.door.call("PUT", &place, Some(body)).await?;
                note = Some(match run.options.first_password {
                    Some(told) => {
                        told(&username, &first);
                        "has a new password, to be changed at the first login"
                    }
                    None => "has no password that anybody knows: set one under Administration",
                });
            }
            (Some(_), User::Managed) => drop(run.door.call("POST", &place, Some(body)).await?),
            (None, _) => drop(run.door.call("PUT", &place, Some(body)).await?),
            (Some(_), _) => {}
        }
        let here = here.cloned().unwrap_or_default();
        let mut left = permissions(run, there, &here, &["user", &username]).await?;
        let (more, less) = difference(&texts(there, "teams", "name"), &texts(&here, "teams", "name"));
        let teams = run.door.list(&["team"]).await?;
        let place = path(&["user", &username, "membership"]);
        for (method, names) in [("POST", more), ("DELETE", less)] {
            for name in names {
                match teams.iter().find(|team| text(team, "name") == name) {
                    Some(team) => {
                        let body = json!({ "uuid": text(team, "uuid") });
                        run.door.call(method, &place, Some(body)).await?;
                    }
                    None => left.push(format!("the team {name} is not here")),
                }
            }
        }
        left.extend(note.map(str::to_owned));
        Ok((!left.is_empty()).then(|| left.join("; ")))
    }
}

/// Copies the people of every kind.
pub(super) async fn copy(run: &Run<'_>) -> Result<()> {
    let kinds =
        [(User::Managed, List::ManagedUsers), (User::Ldap, List::LdapUsers), (User::Oidc, List::OidcUsers)];
    for (kind, list) in kinds {
        let all = run.from.list_all(list).await?;
        sync(run, &kind, &all).await?;
    }
    Ok(())
}
