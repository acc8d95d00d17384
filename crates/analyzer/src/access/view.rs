//! The JSON of users, teams and keys. Which lists a team or user shows depends on the operation:
//! Dependency-Track 4.14 leaves out what it did not load (recordings `team.*`, `user.*`).

use identity::{ApiKey, Identity, NewKey, PermissionSet, Team, User};
use serde_json::{Map, Value, json};
use storage::Sql;

use crate::server::Result;

/// `[{name, description}]`
pub fn permissions(set: PermissionSet) -> Value {
    set.iter().map(|p| json!({ "name": p.as_str(), "description": p.description() })).collect()
}

/// A user without teams and permissions, as teams list their members.
pub fn user_alone(user: &User) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("username".into(), json!(user.username));
    out.insert("lastPasswordChange".into(), json!(user.last_password_change));
    for (name, value) in [("fullname", &user.full_name), ("email", &user.email)] {
        if let Some(value) = value {
            out.insert(name.into(), json!(value));
        }
    }
    out.insert("suspended".into(), json!(user.suspended));
    out.insert("forcePasswordChange".into(), json!(user.force_password_change));
    out.insert("nonExpiryPassword".into(), json!(user.non_expiry_password));
    out
}

/// A user with teams (name and uuid) and the permissions granted directly.
pub async fn user(identity: &Identity, sql: &impl Sql, user: &User) -> Result<Value> {
    let mut out = user_alone(user);
    let teams = identity.teams_of_user(sql, user.id).await?;
    out.insert(
        "teams".into(),
        teams.iter().map(|team| json!({ "uuid": team.uuid, "name": team.name })).collect(),
    );
    out.insert("permissions".into(), permissions(identity.permissions_of_user(sql, user.id).await?));
    Ok(out.into())
}

/// A user after a change of membership: the teams show their permissions.
pub async fn member(identity: &Identity, sql: &impl Sql, user_: &User) -> Result<Value> {
    let mut out = user(identity, sql, user_).await?;
    let mut teams = Vec::new();
    for team in identity.teams_of_user(sql, user_.id).await? {
        teams.push(team_short(identity, sql, &team).await?);
    }
    if let Some(object) = out.as_object_mut() {
        object.insert("teams".into(), teams.into());
    }
    Ok(out)
}

/// A team with its permissions only.
pub async fn team_short(identity: &Identity, sql: &impl Sql, team: &Team) -> Result<Value> {
    let set = identity.permissions_of_team(sql, team.id).await?;
    Ok(json!({ "uuid": team.uuid, "name": team.name, "permissions": permissions(set) }))
}

/// A team with everything in it.
pub async fn team(identity: &Identity, sql: &impl Sql, team: &Team) -> Result<Value> {
    let keys = identity.keys_of_team(sql, team.id).await?;
    let members = identity.members(sql, team.id).await?;
    let set = identity.permissions_of_team(sql, team.id).await?;
    Ok(json!({
        "uuid": team.uuid,
        "name": team.name,
        "apiKeys": keys.iter().map(|key| api_key(key, None)).collect::<Vec<_>>(),
        "ldapUsers": [],
        "managedUsers": members.iter().map(user_alone).collect::<Vec<_>>(),
        "oidcUsers": [],
        "mappedLdapGroups": [],
        "mappedOidcGroups": [],
        "permissions": permissions(set),
    }))
}

/// A key; its secret only in the answer that makes it.
pub fn api_key(key: &ApiKey, secret: Option<&NewKey>) -> Value {
    let mut out = Map::new();
    if let Some(comment) = &key.comment {
        out.insert("comment".into(), json!(comment));
    }
    out.insert("created".into(), json!(key.created_at));
    if let Some(used) = key.last_used_at {
        out.insert("lastUsed".into(), json!(used));
    }
    out.insert("publicId".into(), json!(key.public_id));
    if let Some(secret) = secret {
        out.insert("key".into(), json!(secret.key));
    }
    out.insert("legacy".into(), json!(false));
    out.insert("maskedKey".into(), json!(key.masked()));
    out.into()
}
