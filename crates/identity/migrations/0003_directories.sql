-- People may come from elsewhere: MANAGED here, LDAP, or OIDC (OpenID Connect). Those have no password here.
ALTER TABLE user_account ADD COLUMN kind TEXT NOT NULL DEFAULT 'MANAGED';

-- The entry in the directory; a word instead while it is unknown.
ALTER TABLE user_account ADD COLUMN dn TEXT;

-- Who it is at the provider of OpenID Connect, from the first login on.
ALTER TABLE user_account ADD COLUMN subject TEXT;

-- A key from before Dependency-Track 4.13, whose public part is shorter.
ALTER TABLE api_key ADD COLUMN legacy BOOLEAN NOT NULL DEFAULT FALSE;

-- A session token is valid while its row is there.
CREATE TABLE user_session (
    id TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

CREATE INDEX user_session_user ON user_session (user_id);

CREATE INDEX user_session_expires ON user_session (expires_at);

-- Which groups elsewhere stand for which teams.
CREATE TABLE ldap_mapping (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    dn TEXT NOT NULL,
    UNIQUE (team_id, dn)
);

CREATE TABLE oidc_group (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE oidc_mapping (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES oidc_group (id) ON DELETE CASCADE,
    UNIQUE (team_id, group_id)
);
