//! Users, teams, API keys, permissions and access to projects over the wire, as Dependency-Track 4.14
//! speaks of them, with the operations that version 5 has beside them.
//!
//! The objects themselves live in the `identity` crate; here are only their shapes and refusals.

pub(crate) mod acl;
mod key;
mod ldap;
mod membership;
mod oidc;
mod permission;
mod session;
mod team;
mod user;
mod view;

pub(crate) use ldap::register;

use identity::Permission;

use crate::openapi::Schema;
use crate::server::{Access, Route};

const MANAGE: Access = Access::Any(&[Permission::AccessManagement]);
const UNMAPPED: &str = "The provided JSON payload could not be mapped";

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema { name: "Permission", members: "name!: string\ndescription!: string" },
    Schema { name: "TeamPermissions", members: "team!: uuid\npermissions!: [string]" },
    Schema { name: "UserPermissions", members: "username!: string\npermissions!: [string]" },
    Schema {
        name: "User",
        members: "
            username!: string
            dn: string
            subjectIdentifier: string
            fullname: string
            email: string
            lastPasswordChange: millis
            suspended: boolean
            forcePasswordChange: boolean
            nonExpiryPassword: boolean
            teams: [Team]
            permissions: [Permission]",
    },
    Schema {
        name: "ManagedUser",
        members: "
            username!: string
            fullname!: string
            email!: string
            newPassword: string
            confirmPassword: string
            suspended: boolean
            forcePasswordChange: boolean
            nonExpiryPassword: boolean",
    },
    Schema { name: "UserName", members: "username!: string" },
    Schema {
        name: "SelfUpdate",
        members: "fullname!: string\nemail!: string\nnewPassword: string\nconfirmPassword: string",
    },
    Schema { name: "Login", members: "username!: string\npassword!: string" },
    Schema { name: "OidcLogin", members: "idToken!: string\naccessToken: string" },
    Schema {
        name: "PasswordChange",
        members: "username!: string\npassword!: string\nnewPassword!: string\nconfirmPassword!: string",
    },
    Schema { name: "Membership", members: "username!: string\nteams!: [uuid]" },
    Schema {
        name: "Team",
        members: "
            uuid!: uuid
            name!: string
            apiKeys: [ApiKey]
            ldapUsers: [User]
            managedUsers: [User]
            oidcUsers: [User]
            mappedLdapGroups: [LdapMapping]
            mappedOidcGroups: [OidcMapping]
            permissions: [Permission]",
    },
    Schema { name: "TeamName", members: "name!: string" },
    Schema { name: "TeamId", members: "uuid!: uuid" },
    Schema { name: "TeamUpdate", members: "uuid!: uuid\nname!: string" },
    Schema { name: "VisibleTeam", members: "name!: string\nuuid!: uuid" },
    Schema {
        name: "ApiKey",
        members: "
            publicId!: string
            maskedKey!: string
            legacy!: boolean
            created!: millis
            lastUsed: millis
            comment: string
            key: string",
    },
    Schema { name: "AclMapping", members: "team!: uuid\nproject!: uuid" },
    Schema { name: "LdapMapping", members: "uuid!: uuid\ndn!: string" },
    Schema { name: "LdapMappingRequest", members: "team!: uuid\ndn!: string" },
    Schema { name: "OidcGroup", members: "uuid!: uuid\nname!: string" },
    Schema { name: "OidcGroupName", members: "name!: string" },
    Schema { name: "OidcMapping", members: "uuid!: uuid\ngroup!: OidcGroup" },
    Schema { name: "OidcMappingRequest", members: "team!: uuid\ngroup!: uuid" },
];

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    let mut routes = session::routes();
    routes.extend(user::routes());
    routes.extend(membership::routes());
    routes.extend(team::routes());
    routes.extend(key::routes());
    routes.extend(permission::routes());
    routes.extend(acl::routes());
    routes.extend(ldap::routes());
    routes.extend(oidc::routes());
    routes
}

/// A text without surrounding white space, or none when nothing is left (behaviour reference §1.1).
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
