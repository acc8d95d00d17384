//! The JSON of users, teams and keys. Which lists a team or user shows depends on the operation:
//! Dependency-Track 4.14 leaves out what it did not load (recordings `team.*`, `user.*`).

use identity::{
    ApiKey, Identity, LdapMapping, NewKey, OidcGroup, OidcMapping, PermissionSet, Team, User, UserKind,
};
use serde_json::{Map, Value, json};
use storage::Sql;

use crate::server::Result;

/// `[{name, description}]`
pub fn permissions(set: PermissionSet) -> Value {
    set.iter().map(|p| json!({ "name": p.as_str(), "description": p.description() })).collect()
}

/// A user without teams and permissions, as teams list their members.
fn user_alone(user: &User) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("username".into(), json!(user.username));
    let texts = [
        ("dn", &user.dn),
        ("subjectIdentifier", &user.subject),
        ("fullname", &user.full_name),
        ("email", &user.email),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            out.insert(name.into(), json!(value));
        }
    }
    if user.kind() == UserKind::Managed {
        out.insert("lastPasswordChange".into(), json!(user.last_password_change));
        out.insert("suspended".into(), json!(user.suspended));
        out.insert("forcePasswordChange".into(), json!(user.force_password_change));
        out.insert("nonExpiryPassword".into(), json!(user.non_expiry_password));
    }
    out
}

/// Users with teams (name and uuid) and the permissions granted directly.
pub async fn users(identity: &Identity, sql: &impl Sql, users: &[User]) -> Result<Vec<Value>> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let mut teams = identity.teams_of_users(sql, &ids).await?;
    let granted = identity.permissions_of_users(sql, &ids).await?;
    let one = |user: &User| {
        let mut out = user_alone(user);
        let teams = teams.remove(&user.id).unwrap_or_default();
        let teams = teams.iter().map(|team| json!({ "uuid": team.uuid, "name": team.name }));
        out.insert("teams".into(), teams.collect());
        let granted = granted.get(&user.id).copied().unwrap_or_default();
        out.insert("permissions".into(), permissions(granted));
        out.into()
    };
    Ok(users.iter().map(one).collect())
}

/// A user with teams (name and uuid) and the permissions granted directly.
pub async fn user(identity: &Identity, sql: &impl Sql, user: &User) -> Result<Value> {
    Ok(users(identity, sql, std::slice::from_ref(user)).await?.pop().unwrap_or_default())
}

/// A user after a change of membership: the teams show their permissions.
pub async fn member(identity: &Identity, sql: &impl Sql, user_: &User) -> Result<Value> {
    let mut out = user(identity, sql, user_).await?;
    let granted = identity.permissions_of_teams(sql).await?;
    let teams = identity.teams_of_user(sql, user_.id).await?;
    let teams = teams.iter().map(|team| short(team, granted.get(&team.id).copied().unwrap_or_default()));
    if let Some(object) = out.as_object_mut() {
        object.insert("teams".into(), teams.collect());
    }
    Ok(out)
}

fn short(team: &Team, set: PermissionSet) -> Value {
    json!({ "uuid": team.uuid, "name": team.name, "permissions": permissions(set) })
}

/// A team with its permissions only.
pub async fn team_short(identity: &Identity, sql: &impl Sql, team: &Team) -> Result<Value> {
    Ok(short(team, identity.permissions_of_team(sql, team.id).await?))
}

/// A team with everything in it.
pub async fn team(identity: &Identity, sql: &impl Sql, team: &Team) -> Result<Value> {
    Ok(teams(identity, sql, std::slice::from_ref(team)).await?.pop().unwrap_or_default())
}

/// Teams with everything in them.
pub async fn teams(identity: &Identity, sql: &impl Sql, teams: &[Team]) -> Result<Vec<Value>> {
    let keys = identity.keys_of_teams(sql).await?;
    let members = identity.members_of_teams(sql).await?;
    let granted = identity.permissions_of_teams(sql).await?;
    let ldap = identity.ldap_mappings(sql).await?;
    let oidc = identity.oidc_mappings(sql).await?;
    let one = |team: &Team| {
        let members = members.get(&team.id).map(Vec::as_slice).unwrap_or_default();
        let of = |kind: UserKind| -> Vec<_> {
            members.iter().filter(|user| user.kind() == kind).map(user_alone).collect()
        };
        let keys = keys.iter().filter(|(id, _)| *id == team.id);
        json!({
            "uuid": team.uuid,
            "name": team.name,
            "apiKeys": keys.map(|(_, key)| api_key(key, None)).collect::<Vec<_>>(),
            "ldapUsers": of(UserKind::Ldap),
            "managedUsers": of(UserKind::Managed),
            "oidcUsers": of(UserKind::Oidc),
            "mappedLdapGroups": ldap.iter().filter(|m| m.team_id == team.id).map(ldap_mapping).collect::<Vec<_>>(),
            "mappedOidcGroups": oidc.iter().filter(|m| m.team_id == team.id).map(oidc_mapping).collect::<Vec<_>>(),
            "permissions": permissions(granted.get(&team.id).copied().unwrap_or_default()),
        })
    };
    Ok(teams.iter().map(one).collect())
}

/// A group of the directory that stands for a team.
pub fn ldap_mapping(mapping: &LdapMapping) -> Value {
    json!({ "uuid": mapping.uuid, "dn": mapping.dn })
}

/// A group of the provider that stands for a team.
pub fn oidc_mapping(mapping: &OidcMapping) -> Value {
    json!({ "uuid": mapping.mapping_uuid, "group": oidc_group(&mapping.group) })
}

/// A group of the provider.
pub fn oidc_group(group: &OidcGroup) -> Value {
    json!({ "uuid": group.uuid, "name": group.name })
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
    out.insert("legacy".into(), json!(key.legacy));
    out.insert("maskedKey".into(), json!(key.masked()));
    out.into()
}
